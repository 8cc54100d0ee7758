"""Intervals contain the true value: against Arb (python-flint) and mpmath, and narrow enough to be of use."""

import random
from fractions import Fraction

import flint
import mpmath
import pytest

from wnproof.checker import real
from wnproof.checker.domain import kink
from wnproof.checker.reader import Invalid
from wnproof.checker.real import Interval, Unsettled, point


def ball(q):
    return flint.arb(flint.fmpq(q.numerator, q.denominator))


def contains(x, exact, digits):
    """The Arb ball ``exact`` of 10^-200, which contains the true value, is not beside x."""
    lo, hi = ball(x.lo), ball(x.hi)
    assert not exact < lo, f"below at {digits}"
    assert not exact > hi, f"above at {digits}"


def random_rational(rng):
    kind = rng.randrange(4)
    if kind == 0:
        return Fraction(rng.randint(-40, 40), rng.randint(1, 12))
    if kind == 1:
        return Fraction(rng.randint(-(10**20), 10**20), 10**20)
    if kind == 2:
        return Fraction(rng.choice((-1, 1)), rng.randint(1, 10**30))
    return Fraction(rng.randint(-(2**12), 2**12), 2 ** rng.randint(0, 10))


@pytest.mark.parametrize("name", ["exp", "log", "tanh"])
def test_functions_contain_arb(name):
    rng = random.Random(name)
    with flint.ctx.workprec(800):
        for _ in range(1500):
            q, bits = random_rational(rng), rng.choice((16, 64, 128, 256))
            if name == "log":
                q = abs(q) or Fraction(1)
            out = point(q).increasing(name, bits)
            contains(out, getattr(ball(q), name)(), (q, bits))
            assert out.hi - out.lo <= max(abs(out.lo), abs(out.hi), Fraction(1)) / 2 ** (bits - 8)


def test_roots_contain_arb():
    rng = random.Random(2)
    with flint.ctx.workprec(800):
        for _ in range(1500):
            q, n, bits = abs(random_rational(rng)) or Fraction(2), rng.randint(2, 9), rng.choice((16, 64, 256))
            out = point(q).power(Fraction(1, n), bits)
            contains(out, ball(q).root(n), (q, n))
            assert out.lo**n <= q <= out.hi**n
            assert out.hi - out.lo <= out.hi / 2 ** (bits - 4)


def test_functions_contain_mpmath():
    rng = random.Random(3)
    with mpmath.workdps(120):
        for _ in range(1500):
            q = random_rational(rng)
            for name, x in (("exp", q), ("tanh", q), ("log", abs(q) + Fraction(1, 7))):
                out = point(x).increasing(name, 200)
                true = getattr(mpmath, name)(mpmath.mpf(x.numerator) / x.denominator)
                slack = mpmath.mpf(10) ** -100 * (1 + abs(true))
                assert mpmath.mpf(out.lo.numerator) / out.lo.denominator <= true + slack
                assert true - slack <= mpmath.mpf(out.hi.numerator) / out.hi.denominator


def random_interval(rng):
    a, b = sorted((random_rational(rng), random_rational(rng)))
    return Interval(a, b) if rng.random() < 0.8 else point(a)


def inside(x, rng):
    return x.lo + (x.hi - x.lo) * Fraction(rng.randint(0, 8), 8)


def test_arithmetic_contains_every_point():
    rng = random.Random(4)
    for _ in range(3000):
        x, y, bits = random_interval(rng), random_interval(rng), rng.choice((4, 8, 64))
        p, q = inside(x, rng), inside(y, rng)
        for out, true in ((x.plus(y, bits), p + q), (x.times(y, bits), p * q)):
            assert out.lo <= true <= out.hi
        n = rng.randint(0, 6)
        out = x.power(Fraction(n), bits)
        assert out.lo <= p**n <= out.hi
        if x.sign:
            out = x.power(Fraction(-n), bits)
            assert out.lo <= p**-n <= out.hi
        above, below, order = rng.randint(-3, 3), rng.randint(-3, 3), rng.randint(1, 4)
        out = kink(x, (Fraction(above), Fraction(below), Fraction(order)), bits)
        assert out.lo <= (above if p > 0 else below) * p**order <= out.hi


def test_monotone_functions_contain_every_point():
    rng = random.Random(5)
    with flint.ctx.workprec(400):
        for _ in range(500):
            x = random_interval(rng)
            p = inside(x, rng)
            contains(x.increasing("exp", 32), ball(p).exp(), p)
            contains(x.increasing("tanh", 32), ball(p).tanh(), p)
            if x.lo > 0:
                contains(x.increasing("log", 32), ball(p).log(), p)
                contains(x.power(Fraction(-2, 3), 32), ball(p).root(3) ** -2, p)


def test_points_stay_exact():
    q = Fraction(12345678901234567890, 98765432109876543211)
    assert point(q).times(point(q), 8) == point(q * q)
    assert point(q).power(Fraction(-3), 8) == point(q**-3)
    assert point(q**4).power(Fraction(3, 4), 8) == point(q**3)
    assert point(0).increasing("exp", 8) == point(1)
    assert point(1).increasing("log", 8) == point(0)


def test_rounding_is_outwards():
    rng = random.Random(6)
    for _ in range(2000):
        lo, hi = sorted((random_rational(rng), random_rational(rng)))
        out = real.outward(lo, hi, 5)
        assert out.lo <= lo
        assert hi <= out.hi
        assert real.down(lo, 5) >= lo - abs(lo) / 16


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: point(0).power(Fraction(-1), 64),
        lambda: Interval(Fraction(-1), Fraction(1)).power(Fraction(-1), 64),
        lambda: point(0).power(Fraction(1, 2), 64),
        lambda: point(-1).power(Fraction(1, 3), 64),
        lambda: point(0).increasing("log", 64),
        lambda: Interval(Fraction(0), Fraction(1)).increasing("log", 64),
        lambda: kink(point(0), (Fraction(1), Fraction(0), Fraction(0)), 64),
        lambda: kink(Interval(Fraction(0), Fraction(1)), (Fraction(1), Fraction(0), Fraction(0)), 64),
    ],
)
def test_outside_the_domain(attempt):
    with pytest.raises(Unsettled):
        attempt()


def test_limits():
    with pytest.raises(Invalid):
        point(10**9).increasing("exp", 64)
    with pytest.raises(Invalid):
        point(Fraction(3**5000)).power(Fraction(10_000), 64)


def test_integer_roots():
    rng = random.Random(9)
    for _ in range(2000):
        k, n = rng.randint(1, 10 ** rng.randint(1, 60)), rng.randint(2, 12)
        r = real._integer_root(k, n)
        assert r**n <= k < (r + 1) ** n
        assert real._integer_root(r**n, n) == r or r == 0
        assert real._integer_root((r + 1) ** n - 1, n) == r
    assert all(real._integer_root(2**1000 + k, 1000) == 2 - (k < 0) for k in (-1, 0, 1))
    assert point(Fraction(2) ** 1000).power(Fraction(1001, 1000), 64) == point(Fraction(2) ** 1001)

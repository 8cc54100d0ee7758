"""Piecewise polynomials in statements: exact where the pieces meet, refused where they do not."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
import sympy as sp

import wnproof as wn
from wnproof.claims.pieces import continuous
from wnproof.errors import WnproofError

x, y = sp.symbols("x y", real=True)
P, third = sp.Piecewise, sp.Rational(1, 3)

MEETING = {
    "relu": P((x, x > 0), (0, True)),
    "leaky relu from the other side": P((x / 10, x <= 0), (x, True)),
    "hat": P((0, x < 0), (x, x < 1), (2 - x, x < 2), (0, True)),
    "quadratic in the middle": P((-2 * x - 1, x < -1), (x**2, sp.And(x >= -1, x <= third)), (2 * x / 3 - third**2, True)),
    "two symbols": P((x - y, x > y), (y**2 - x * y, sp.Eq(x, y)), (2 * (y - x) * x, True)),
    "a quadratic decides": P((x**2 + y**2, x**2 + y**2 < 1), (1, True)),
    "a falling condition": P((x, 3 - 2 * x < 3), (-x, True)),
    "a point of its own": P((0, sp.Eq(x, 0)), (x, sp.Ne(x, 0))),
    "an unused piece": P((x, x > 0), (x**2, x > 1), (0, True)),
    "cubes": P((x**3, x > 0), (-(x**2), True)),
}


@pytest.mark.parametrize("name", MEETING)
def test_the_same_function(name):
    expr, rng = MEETING[name], random.Random(name)
    rewritten = continuous(expr)
    assert not rewritten.has(sp.Piecewise)
    for k in range(60):
        values = [sp.Rational(rng.randint(-12, 12), rng.choice((1, 2, 3, 6))) for _ in range(2)]
        at = dict(zip((x, y), [values[0], values[0] if k % 7 == 0 else values[1]], strict=True))
        assert sp.simplify(expr.subs(at) - rewritten.subs(at)) == 0


REFUSED = {
    "a jump": (P((1, x > 0), (0, True)), "differ by 1 where x = 0"),
    "a value of its own": (P((1, sp.Eq(x, 0)), (x, True)), "differ by"),
    "two functions decide": (P((x, sp.And(x > 0, y > 0)), (0, True)), "compare x and y"),
    "no polynomial": (P((sp.exp(x) - 1, x > 0), (0, True)), "are no polynomials"),
    "nothing covers the rest": (P((x, x > 0)), "no condition of the Piecewise holds at x = -1"),
    "no polynomial decides": (P((x, sp.exp(x) > 1), (0, True)), "compare"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name):
    expr, words = REFUSED[name]
    with pytest.raises(WnproofError, match=words):
        wn.equal(expr, x)


def test_statements_about_pieces():
    assert wn.decide(wn.equal(MEETING["relu"], sp.Max(x, 0))).rigor is wn.Rigor.PROVED
    assert wn.decide(wn.equal(MEETING["hat"], sp.Max(sp.Min(x, 2 - x), 0))).rigor is wn.Rigor.PROVED
    assert wn.decide(wn.at_least(MEETING["hat"], 0)).rigor is wn.Rigor.PROVED
    assert wn.decide(wn.at_least(1, MEETING["hat"])).rigor is wn.Rigor.PROVED
    assert wn.decide(wn.at_least(Fraction(9, 10), MEETING["hat"])).rigor is wn.Rigor.REFUTED
    p = sp.Symbol("p", positive=True)
    assert wn.decide(wn.equal(P((p, p > 0), (0, True)), p)).rigor is wn.Rigor.PROVED

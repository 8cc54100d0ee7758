"""Rational intervals with outward rounding: what they exclude is certainly false, what they contain is only possible.

An interval of one point is exact and stays exact under + * and integer powers; all else is rounded outwards to ``bits`` bits.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple, TypeVar

from .reader import invalid

PRECISIONS = (64, 128, 256, 512, 2048)
MAX_BITS, MAX_EXACT, MAX_EXP, MAX_ROOT = 4_000_000, 400_000, 20_000, 2_000
T = TypeVar("T")


class Unsettled(Exception):  # noqa: N818 - no error: more bits may settle it
    """At this precision a sign or a domain is not certain; more bits may settle it."""


class Interval(NamedTuple):
    """All reals between lo and hi."""

    lo: Fraction
    hi: Fraction

    @property
    def sign(self) -> int | None:
        """1, -1 or 0 when certain, else None."""
        return 1 if self.lo > 0 else -1 if self.hi < 0 else 0 if self.lo == self.hi else None


def point(q: Fraction | int) -> Interval:
    """One number."""
    return Interval(Fraction(q), Fraction(q))


def settle(attempt: Callable[[int], T]) -> T:
    """The first answer in a row of growing precisions."""
    reason = ""
    for bits in PRECISIONS:
        try:
            return attempt(bits)
        except Unsettled as why:
            reason = str(why)
    raise invalid(f"{reason} (not settled with {PRECISIONS[-1]} bits)")


def down(x: Fraction, bits: int) -> Fraction:
    """A number <= x with ``bits`` significant bits."""
    shift = bits - abs(x.numerator).bit_length() + x.denominator.bit_length()
    return Fraction(_scaled(x, shift)) / Fraction(2) ** shift


def _scaled(x: Fraction, shift: int) -> int:
    """The integer floor(x 2^shift)."""
    return (x.numerator << shift) // x.denominator if shift >= 0 else x.numerator // (x.denominator << -shift)


def outward(lo: Fraction, hi: Fraction, bits: int) -> Interval:
    """An interval that contains [lo, hi]; a single point is kept as it is unless it is huge."""
    if lo == hi and lo.numerator.bit_length() + lo.denominator.bit_length() < MAX_EXACT:
        return Interval(lo, hi)
    return Interval(down(lo, bits), -down(-hi, bits))


def add(x: Interval, y: Interval, bits: int) -> Interval:
    """X + y."""
    return outward(x.lo + y.lo, x.hi + y.hi, bits)


def mul(x: Interval, y: Interval, bits: int) -> Interval:
    """X y."""
    ends = (x.lo * y.lo, x.lo * y.hi, x.hi * y.lo, x.hi * y.hi)
    return outward(min(ends), max(ends), bits)


def power(x: Interval, q: Fraction, bits: int) -> Interval:
    """The power x^q; Unsettled unless x is certainly in the domain."""
    if q.denominator > MAX_ROOT:
        raise invalid(f"a root of degree beyond {MAX_ROOT}")
    if q.denominator > 1:
        if x.lo <= 0:
            raise Unsettled("the base of a root is not certainly positive")
        x = outward(_root(x.lo, q.denominator, bits).lo, _root(x.hi, q.denominator, bits).hi, bits)
    if q < 0:
        if not x.sign:
            raise Unsettled("a denominator is not certainly different from 0")
        x = outward(1 / x.hi, 1 / x.lo, bits)
    n = abs(q.numerator)
    if max(abs(end.numerator).bit_length() + end.denominator.bit_length() for end in x) * n > MAX_BITS:
        raise invalid(f"a power is beyond the limit of {MAX_BITS} bits")
    lo, hi = sorted((x.lo**n, x.hi**n))
    return outward(Fraction(0) if n and n % 2 == 0 and x.lo < 0 < x.hi else lo, hi, bits)


def _root(x: Fraction, n: int, bits: int) -> Interval:
    """The positive n-th root of x > 0, exact when it is rational."""
    top, bottom = _integer_root(x.numerator, n), _integer_root(x.denominator, n)
    if top**n == x.numerator and bottom**n == x.denominator:
        return point(Fraction(top, bottom))
    shift = max(0, bits + (x.denominator.bit_length() - x.numerator.bit_length()) // n + 2)
    r = _integer_root(_scaled(x, n * shift), n)
    return Interval(Fraction(r, 1 << shift), Fraction(r + 1, 1 << shift))


def _integer_root(k: int, n: int) -> int:
    """The integer floor(k^(1/n)) for k > 0: Newton from above falls until it has arrived; leading bits tell where to begin."""
    r = (_integer_root(k >> n * half, n) + 1) << half if (half := k.bit_length() // (2 * n)) else 1 << -(-k.bit_length() // n)
    while (lower := ((n - 1) * r + k // r ** (n - 1)) // n) < r:
        r = lower
    return r


def exp(x: Interval, bits: int) -> Interval:
    """The exponential, increasing."""
    return Interval(_exp(x.lo, bits).lo, _exp(x.hi, bits).hi) if x != point(0) else point(1)


def _exp(x: Fraction, bits: int) -> Interval:
    """Taylor sum of y = |x| / 2^k <= 1/2 in fixed point, rounded outwards; the tail is below the last term; then k squarings."""
    if abs(x) > MAX_EXP:
        raise invalid(f"exp of a number beyond {MAX_EXP}")
    k = max(0, abs(x.numerator).bit_length() - x.denominator.bit_length() + 2)
    unit = bits + 2 * k + 16
    y = _scaled(abs(x), unit - k)
    lo = hi = term_lo = term_hi = 1 << unit
    n = 0
    while term_hi > 1:
        n += 1
        term_lo = (term_lo * y >> unit) // n
        term_hi = -(-(term_hi * (y + 1)) // (n << unit))
        lo, hi = lo + term_lo, hi + term_hi
    out = Interval(Fraction(lo, 1 << unit), Fraction(hi + term_hi, 1 << unit))
    for _ in range(k):
        out = mul(out, out, unit)
    return out if x >= 0 else Interval(1 / out.hi, 1 / out.lo)


def log(x: Interval, bits: int) -> Interval:
    """The logarithm, increasing; Unsettled unless x is certainly positive."""
    if x.lo <= 0:
        raise Unsettled("the argument of log is not certainly positive")
    return Interval(_log(x.lo, bits).lo, _log(x.hi, bits).hi) if x != point(1) else point(0)


def _log(x: Fraction, bits: int) -> Interval:
    """Log x = e log 2 + log m with x = m 2^e, 1/2 < m < 2, and log m = 2 artanh((m - 1)/(m + 1))."""
    e = x.numerator.bit_length() - x.denominator.bit_length()
    m, unit = x / Fraction(2) ** e, bits + e.bit_length() + 16
    series, sign = _artanh(abs(m - 1) / (m + 1), unit), point(2 if m >= 1 else -2)
    return add(mul(sign, series, bits + 8), mul(point(2 * e), _artanh(Fraction(1, 3), unit), bits + 8), bits + 8)


def _artanh(z: Fraction, unit: int) -> Interval:
    """Z + z^3/3 + z^5/5 + ... for 0 <= z <= 1/3, in fixed point; the tail is below the last power."""
    p_lo, square_lo = _scaled(z, unit), _scaled(z * z, unit)
    p_hi, square_hi = p_lo + 1, square_lo + 1
    lo, hi, n = 0, 0, 1
    while p_hi > 1:
        lo, hi = lo + p_lo // n, hi - (-p_hi // n)
        p_lo, p_hi = p_lo * square_lo >> unit, -(-(p_hi * square_hi) >> unit)
        n += 2
    return Interval(Fraction(lo, 1 << unit), Fraction(hi + 2, 1 << unit))


def tanh(x: Interval, bits: int) -> Interval:
    """Tanh x = 1 - 2/(exp(2 x) + 1), increasing."""
    if x == point(0):
        return point(0)
    lo, hi = _exp(2 * x.lo, bits).lo, _exp(2 * x.hi, bits).hi
    return outward(1 - 2 / (lo + 1), 1 - 2 / (hi + 1), bits)

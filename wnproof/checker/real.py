"""Rational intervals with outward rounding: what they exclude is certainly false, what they contain is only possible.

An interval of one point is exact and stays exact under + * and integer powers; all else is rounded outwards to ``bits`` bits.
"""

from collections.abc import Callable
from decimal import MAX_EMAX, MIN_EMIN, ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from math import floor
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

    def plus(self, y: "Interval", bits: int) -> "Interval":
        """The sum."""
        return outward(self.lo + y.lo, self.hi + y.hi, bits)

    def times(self, y: "Interval", bits: int) -> "Interval":
        """The product."""
        ends = (self.lo * y.lo, self.lo * y.hi, self.hi * y.lo, self.hi * y.hi)
        return outward(min(ends), max(ends), bits)

    def power(self, q: Fraction, bits: int) -> "Interval":
        """The power x^q; Unsettled unless x is certainly in the domain."""
        x = self
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

    def increasing(self, op: str, bits: int) -> "Interval":
        """Its exp, log or tanh; the standard library rounds the first two correctly, here a unit of the last place outwards."""
        if op == "tanh":  # 1 - 2/(exp(2 x) + 1)
            twice = self.times(point(2), bits).increasing("exp", bits)
            return outward(1 - 2 / (twice.lo + 1), 1 - 2 / (twice.hi + 1), bits)
        if op == "exp" and max(map(abs, self)) > MAX_EXP:
            raise invalid(f"exp of a number beyond {MAX_EXP}")
        if op == "log" and self.lo <= 0:
            raise Unsettled("the argument of log is not certainly positive")
        if self == point(op == "log"):
            return point(op == "exp")
        context = Context(prec=bits // 3 + 10, rounding=ROUND_FLOOR, Emin=MIN_EMIN, Emax=MAX_EMAX)
        low, high = (context.divide(Decimal(end.numerator), Decimal(end.denominator)) for end in self)
        high = high if high == self.hi else context.next_plus(high)
        lo, hi = (Fraction(context.exp(z) if op == "exp" else context.ln(z)) for z in (low, high))
        unit = Fraction(10) ** (1 - context.prec)
        return Interval(lo - abs(lo) * unit, hi + abs(hi) * unit)


def point(q: Fraction | int) -> Interval:
    """One number."""
    return Interval(Fraction(q), Fraction(q))


def settle(attempt: Callable[[int], T]) -> T:
    """The first answer in a row of growing precisions."""
    for bits in PRECISIONS:
        try:
            return attempt(bits)
        except Unsettled as why:
            reason = str(why)
    raise invalid(f"{reason} (not settled with {PRECISIONS[-1]} bits)")


def outward(lo: Fraction, hi: Fraction, bits: int) -> Interval:
    """An interval that contains [lo, hi]; a single point is kept as it is unless it is huge."""
    if lo == hi and lo.numerator.bit_length() + lo.denominator.bit_length() < MAX_EXACT:
        return Interval(lo, hi)
    return Interval(down(lo, bits), -down(-hi, bits))


def down(x: Fraction, bits: int) -> Fraction:
    """A number <= x with ``bits`` significant bits."""
    scale = Fraction(2) ** (bits - abs(x.numerator).bit_length() + x.denominator.bit_length())
    return floor(x * scale) / scale


def _root(x: Fraction, n: int, bits: int) -> Interval:
    """The positive n-th root of x > 0, exact when it is rational."""
    top, bottom = _integer_root(x.numerator, n), _integer_root(x.denominator, n)
    if top**n == x.numerator and bottom**n == x.denominator:
        return point(Fraction(top, bottom))
    shift = max(0, bits + (x.denominator.bit_length() - x.numerator.bit_length()) // n + 2)
    r = _integer_root(floor(x * 2 ** (n * shift)), n)
    return Interval(Fraction(r, 1 << shift), Fraction(r + 1, 1 << shift))


def _integer_root(k: int, n: int) -> int:
    """The integer floor(k^(1/n)) for k > 0: Newton from above falls until it has arrived; leading bits tell where to begin."""
    r = (_integer_root(k >> n * half, n) + 1) << half if (half := k.bit_length() // (2 * n)) else 1 << -(-k.bit_length() // n)
    while (lower := ((n - 1) * r + k // r ** (n - 1)) // n) < r:
        r = lower
    return r

"""The sweep behind kind ``arrangement``: S(w) = sum over rows on the circle, once around, in exact integers.

S is linear between neighbouring rays orthogonal to rows; its gradient g is followed around the circle, row by row. With t the
counterclockwise tangent at w, w is critical when 0 lies between -S'(w; -t) and S'(w; t), the one-sided derivatives (Clarke), or
in the sum of the intervals of the rows on their kink (decoupled). Between two rays S is ``|g| cos(angle to g)`` on the circle,
critical at g and -g and zero a quarter turn from them, so nothing happens but at the rays and at these four directions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cmp_to_key
from math import gcd, lcm

Vector = tuple[int, ...]


def dot(a: Vector, b: Vector) -> int:
    """The inner product in the plane."""
    return a[0] * b[0] + a[1] * b[1]


def turn(a: Vector) -> Vector:
    """A quarter turn counterclockwise."""
    return (-a[1], a[0])


def minus(a: Vector) -> Vector:
    """The opposite vector."""
    return tuple(-entry for entry in a)


def total(terms: Iterable[tuple[int, Vector]]) -> Vector:
    """The sum of multiples of vectors in the plane."""
    pairs = list(terms)
    return (sum(c * x[0] for c, x in pairs), sum(c * x[1] for c, x in pairs))


def sign(value: Fraction | int) -> int:
    """-1, 0 or 1."""
    return (value > 0) - (value < 0)


def shortest(a: Iterable[Fraction | int]) -> Vector:
    """The primitive integer vector of the same direction; zero stays zero."""
    entries = [Fraction(entry) for entry in a]
    clear = lcm(*(entry.denominator for entry in entries))
    whole = [int(entry * clear) for entry in entries]
    return tuple(entry // (gcd(*whole) or 1) for entry in whole)


@dataclass(frozen=True)
class Row:
    """Contributes ``up * z`` for z = x . w > 0 and ``down * z`` for z < 0."""

    x: Vector
    up: int
    down: int

    def slope(self, z: int) -> int:
        """The slope on the side of z, which is not zero."""
        return self.up if z > 0 else self.down


@dataclass(frozen=True)
class Corner:
    """A direction w, the gradients of S clockwise and counterclockwise of it, and the rows on their kink there."""

    w: Vector
    before: Vector
    after: Vector
    rows: tuple[Row, ...] = ()

    @property
    def value(self) -> int:
        """S(w)."""
        return dot(self.after, self.w)

    @property
    def moves(self) -> tuple[int, int]:
        """The signs of the change of S along the circle, clockwise and counterclockwise; it bends towards 0."""
        t = turn(self.w)
        return sign(-dot(self.before, t)) or -sign(self.value), sign(dot(self.after, t)) or -sign(self.value)

    def critical(self, alone: bool) -> bool:
        """Whether a generalized gradient at w is parallel to w; ``alone``: every row on its kink chooses its own slope."""
        t = turn(self.w)
        fall, rise = dot(self.before, t), dot(self.after, t)
        low, high = min(fall, rise), max(fall, rise)
        if alone:
            kinks = [(row, dot(row.x, t)) for row in self.rows]
            smooth = fall - sum(row.slope(-z) * z for row, z in kinks)
            low = smooth + sum(min(row.up * z, row.down * z) for row, z in kinks)
            high = smooth + sum(max(row.up * z, row.down * z) for row, z in kinks)
        return low <= 0 <= high


def corner(rows: Sequence[Row], w: Vector) -> Corner:
    """The corner at w, straight from the definition of S."""
    before = [(row.slope(dot(row.x, w) or -dot(row.x, turn(w))), row.x) for row in rows]
    after = [(row.slope(dot(row.x, w) or dot(row.x, turn(w))), row.x) for row in rows]
    return Corner(w, total(before), total(after), tuple(row for row in rows if not dot(row.x, w)))


def sweep(rows: Sequence[Row]) -> Iterator[Corner]:
    """All rays orthogonal to a row, once around counterclockwise, each followed by what happens on the arc to the next one."""
    at: dict[Vector, list[Row]] = {}
    for row in rows:
        for ray in (turn(row.x), minus(turn(row.x))):
            at.setdefault(ray, []).append(row)
    order = sorted(at, key=cmp_to_key(_by_angle))
    gradient = corner(rows, order[0]).before if order else (0, 0)
    for k, ray in enumerate(order):
        before, end, across = gradient, order[(k + 1) % len(order)], [(row, dot(row.x, turn(ray))) for row in at[ray]]
        gradient = total([(1, before), *((row.slope(z) - row.slope(-z), row.x) for row, z in across)])
        yield Corner(ray, before, gradient, tuple(at[ray]))
        for w in (gradient, minus(gradient), turn(gradient), minus(turn(gradient))):
            if dot(turn(ray), w) > 0 and dot(turn(w), end) > 0:  # the arc is half a turn at most
                yield Corner(shortest(w), gradient, gradient)


def _by_angle(a: Vector, b: Vector) -> int:
    return ((a < (0, 0)) - (b < (0, 0))) or -dot(turn(a), b)


def origin_is_critical(rows: Sequence[Row], alone: bool) -> bool:
    """Whether 0 is in the generalized gradient of S at w = 0: the hull of all gradients, or the sum of the rows' segments."""
    if alone:  # the support function of the sum is an S itself, and never negative when 0 is inside
        widest = [Row(row.x, max(row.up, row.down), min(row.up, row.down)) for row in rows]
        return all(corner.value >= 0 for corner in sweep(widest))
    gradients = [corner.after for corner in sweep(rows)] or [(0, 0)]
    edge = gradients[0]
    for g in gradients:  # if an open half-plane holds them all, this is the one furthest clockwise
        edge = g if dot(turn(edge), g) < 0 else edge
    ahead = [(dot(turn(edge), g), dot(edge, g)) for g in gradients]
    return any(across < 0 or (across == 0 and along <= 0) for across, along in ahead)

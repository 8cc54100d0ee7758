"""The sweep behind kind ``arrangement``: every KKT point of one (leaky) ReLU neuron with two inputs, from the raw rows in
exact integers.

S is linear between neighbouring rays orthogonal to rows; its gradient is followed around the circle, row by row. With t the
counterclockwise tangent at w, w is critical when 0 lies between -S'(w; -t) and S'(w; t), the one-sided derivatives (Clarke), or
in the sum of the intervals of the rows on their kink (decoupled). Between two rays S is ``|g| cos(angle to g)`` on the circle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cmp_to_key
from math import gcd, lcm

Vector = tuple[int, ...]


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
    """A ray orthogonal to some rows, and the gradients of S clockwise and counterclockwise of it."""

    ray: Vector
    before: Vector
    after: Vector
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Critical:
    """S at the direction, and the signs of its change along the circle, clockwise and counterclockwise."""

    value: int
    moves: tuple[int, int]


def dot(a: Vector, b: Vector) -> int:
    """The inner product in the plane."""
    return a[0] * b[0] + a[1] * b[1]


def turn(a: Vector) -> Vector:
    """A quarter turn counterclockwise."""
    return (-a[1], a[0])


def minus(a: Vector) -> Vector:
    """The opposite vector."""
    return tuple(-entry for entry in a)


def sign(value: Fraction | int) -> int:
    """-1, 0 or 1."""
    return (value > 0) - (value < 0)


def shortest(a: Iterable[Fraction | int]) -> Vector:
    """The primitive integer vector of the same direction; zero stays zero."""
    entries = [Fraction(entry) for entry in a]
    clear = lcm(*(entry.denominator for entry in entries))
    whole = [int(entry * clear) for entry in entries]
    shared = gcd(*whole) or 1
    return tuple(entry // shared for entry in whole)


def pull(rows: Iterable[Row], w: Vector, alone: bool) -> tuple[int, int]:
    """Lowest and highest component along the circle of the generalized gradient at w, straight from its definition."""
    t, smooth, forward, backward, low, high = turn(w), 0, 0, 0, 0, 0
    for row in rows:
        side, z = dot(row.x, w), dot(row.x, t)
        if side:
            smooth += row.slope(side) * z
        elif z:
            forward, backward = forward + row.slope(z) * z, backward + row.slope(-z) * z
            low, high = low + min(row.up * z, row.down * z), high + max(row.up * z, row.down * z)
    return (smooth + low, smooth + high) if alone else (smooth + min(forward, backward), smooth + max(forward, backward))


def value_at(rows: Iterable[Row], w: Vector) -> int:
    """The value S(w)."""
    return sum(row.slope(z) * z for row in rows if (z := dot(row.x, w)))


def corners(rows: Iterable[Row]) -> Iterator[Corner]:
    """All rays orthogonal to a row, once around counterclockwise."""
    at: dict[Vector, list[Row]] = {}
    for row in rows:
        for ray in (turn(row.x), minus(turn(row.x))):
            at.setdefault(ray, []).append(row)
    order = sorted(at, key=cmp_to_key(_by_angle))
    gradient: Vector = (0, 0)
    for row in rows if order else ():
        slope = row.slope(dot(row.x, order[0]) or -dot(row.x, turn(order[0])))
        gradient = (gradient[0] + slope * row.x[0], gradient[1] + slope * row.x[1])
    for ray in order:
        before = gradient
        for row in at[ray]:
            z = dot(row.x, turn(ray))
            change = row.slope(z) - row.slope(-z)
            gradient = (gradient[0] + change * row.x[0], gradient[1] + change * row.x[1])
        yield Corner(ray, before, gradient, tuple(at[ray]))


def _by_angle(a: Vector, b: Vector) -> int:
    return ((a < (0, 0)) - (b < (0, 0))) or -dot(turn(a), b)


def critical_and_zeros(around: list[Corner], alone: bool) -> tuple[dict[Vector, Critical], list[Vector]]:
    """The critical directions of S, and the directions where S vanishes except those strictly inside an arc of zeros."""
    critical: dict[Vector, Critical] = {}
    zeros = []
    for k, corner in enumerate(around):
        ray, g, end = corner.ray, corner.after, around[(k + 1) % len(around)].ray
        fall, rise, value = dot(corner.before, turn(ray)), dot(g, turn(ray)), dot(g, ray)
        low, high = min(fall, rise), max(fall, rise)
        if alone:
            steps = [(row.up * z, row.down * z, row.slope(-z) * z) for row in corner.rows if (z := dot(row.x, turn(ray)))]
            low = fall + sum(min(up, down) - taken for up, down, taken in steps)
            high = fall + sum(max(up, down) - taken for up, down, taken in steps)
        if low <= 0 <= high:
            # where a one-sided derivative vanishes, S is value * cos(angle) on that side
            critical[ray] = Critical(value, (sign(-fall) or -sign(value), sign(rise) or -sign(value)))
        if value == 0:
            zeros.append(ray)
        if rise * dot(g, turn(end)) < 0:
            w = shortest(g if rise > 0 else minus(g))
            critical[w] = Critical(dot(g, w), (-sign(rise), -sign(rise)))
        if value * dot(g, end) < 0:
            zeros.append(shortest(turn(g) if value > 0 else minus(turn(g))))
    return critical, zeros


def kind_of(*moves: int) -> str:
    """The kind of a point from the signs of the changes of N in the directions that decide it."""
    if not any(moves):
        return "flat"
    return "maximum" if max(moves) <= 0 else "minimum" if min(moves) >= 0 else "saddle"


def origin_is_critical(rows: Iterable[Row], around: list[Corner], alone: bool) -> bool:
    """Whether 0 is in the generalized gradient of S at w = 0: the hull of all gradients, or the sum of the segments of the
    rows.
    """
    if not around:
        return True
    if alone:  # the support function of the sum, on the normals of its edges and on its own line
        tests = [u for corner in around for u in (corner.ray, turn(corner.ray))]
        return all(sum(max(row.up * z, row.down * z) for row in rows if (z := dot(row.x, u))) >= 0 for u in tests)
    gradients = [corner.after for corner in around]
    edge = gradients[0]
    for g in gradients:  # if an open half-plane holds them all, this is the one furthest clockwise
        edge = g if dot(turn(edge), g) < 0 else edge
    ahead = [(dot(turn(edge), g), dot(edge, g)) for g in gradients]
    return any(across < 0 or (across == 0 and along <= 0) for across, along in ahead)

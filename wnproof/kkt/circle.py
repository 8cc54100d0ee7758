"""The correlation of one (leaky) ReLU neuron with two inputs, swept once around the circle in exact integers.

Parallel rows are merged into lines through the origin. Between two neighbouring rays of these lines ``S(w) = sum_i y_i
sigma(w . x_i)`` is linear, ``S(w) = g . w``; the gradient g changes by a multiple of the line's normal at each ray. All
integers below are S times one positive unit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cmp_to_key

from wnproof.kkt.neuron import Direction, Neuron
from wnproof.kkt.points import Kind, Notion

Vector = tuple[int, ...]


def cross(a: Vector, b: Vector) -> int:
    """Positive when b lies counterclockwise of a, by less than half a turn."""
    return a[0] * b[1] - a[1] * b[0]


def dot(a: Vector, b: Vector) -> int:
    """The inner product."""
    return a[0] * b[0] + a[1] * b[1]


def quarter_turn(a: Vector) -> Vector:
    """Vector a turned counterclockwise by a right angle."""
    return (-a[1], a[0])


def opposite(a: Vector) -> Vector:
    """Vector -a."""
    return tuple(-entry for entry in a)


def primitive(a: Sequence[Fraction | int]) -> Vector:
    """The shortest integer vector in the direction of a nonzero rational one.

    >>> primitive((Fraction(1, 2), Fraction(-1, 3)))
    (3, -2)
    """
    clear = math.lcm(*(entry.denominator for entry in a))
    whole = [entry.numerator * (clear // entry.denominator) for entry in a]
    shared = math.gcd(*whole)
    return tuple(entry // shared for entry in whole)


@dataclass(frozen=True)
class Line:
    """All rows on one line through the origin: rows ``c p`` with a primitive normal p, p's first nonzero entry positive.

    ``right`` and ``left`` are the slopes of their sum in p . w for p . w > 0 and < 0; ``low <= high`` bound it when every
    row chooses alone. ``rows`` holds (row, c > 0, y c factor).
    """

    normal: Vector
    right: int
    left: int
    low: int
    high: int
    rows: tuple[tuple[int, bool, Fraction], ...]

    def interval(self, notion: Notion) -> tuple[int, int]:
        """The slopes that the notion allows on the line itself."""
        return (self.low, self.high) if notion.rows_choose_alone else (min(self.left, self.right), max(self.left, self.right))


def merge(neuron: Neuron) -> tuple[list[Line], int]:
    """The lines of the rows that matter, with two inputs in counterclockwise order of their rays, and the unit: integers are
    unit * S * factor.
    """
    bundles: dict[Vector, list[tuple[int, bool, Fraction]]] = {}
    for index, (row, label) in enumerate(zip(neuron.X, neuron.y, strict=True)):
        if label == 0 or not any(row):
            continue
        along = primitive(row)
        towards = along > (0,) * len(along)  # the tuple order is exactly "first nonzero entry positive"
        normal = along if towards else opposite(along)
        axis = next(k for k, entry in enumerate(normal) if entry)
        bundles.setdefault(normal, []).append((index, towards, label * neuron.factor * row[axis] / normal[axis]))
    slope = neuron.slope
    slopes = {
        normal: (
            sum((weight if towards else slope * weight for _, towards, weight in rows), Fraction(0)),
            sum((slope * weight if towards else weight for _, towards, weight in rows), Fraction(0)),
            sum((min(weight, slope * weight) for _, _, weight in rows), Fraction(0)),
            sum((max(weight, slope * weight) for _, _, weight in rows), Fraction(0)),
        )
        for normal, rows in bundles.items()
    }
    unit = math.lcm(1, *(value.denominator for four in slopes.values() for value in four))
    lines = []
    for normal in sorted(bundles, key=cmp_to_key(_counterclockwise) if len(neuron.X[0]) == 2 else None):
        right, left, low, high = (int(value * unit) for value in slopes[normal])
        lines.append(Line(normal, right, left, low, high, tuple(bundles[normal])))
    return lines, unit


@dataclass(frozen=True)
class Arc:
    """The open arc counterclockwise from ray ``start`` to ray ``end`` (at most half a turn), where S has the gradient
    ``gradient``.
    """

    start: Vector
    end: Vector
    gradient: Vector

    def contains(self, w: Vector) -> bool:
        """Strictly inside."""
        return cross(self.start, w) > 0 and cross(w, self.end) > 0


def sweep(lines: Sequence[Line]) -> list[Arc]:
    """All open arcs, counterclockwise; arc k starts at the ray of line k, then of line k - m on the other side."""
    normals = [line.normal for line in lines]
    rays = [quarter_turn(p) for p in normals] + [quarter_turn(opposite(p)) for p in normals]
    gx = sum(line.right * line.normal[0] for line in lines)
    gy = sum(line.right * line.normal[1] for line in lines)
    arcs = []
    for k, ray in enumerate(rays):
        line = lines[k % len(lines)]
        # beyond its own quarter turn p . w is negative, beyond the opposite ray positive again
        change = line.left - line.right if k < len(lines) else line.right - line.left
        gx, gy = gx + change * line.normal[0], gy + change * line.normal[1]
        arcs.append(Arc(ray, rays[(k + 1) % len(rays)], (gx, gy)))
    return arcs


@dataclass(frozen=True)
class Critical:
    """A direction whose generalized gradient is parallel to it.

    ``value`` is S(direction), ``rises`` the one-sided derivatives along the circle, clockwise and counterclockwise (both 0
    inside an arc), ``share`` the position (0 left or low, 1 right or high end) of the slope taken in the line's interval,
    ``line`` None inside an arc.
    """

    direction: Vector
    value: int
    rises: tuple[int, int]
    line: Line | None = None
    share: Fraction = Fraction(0)

    @property
    def smooth(self) -> bool:
        """Whether S has one gradient there."""
        return self.line is None or self.line.left == self.line.right

    def slopes(self, neuron: Neuron, notion: Notion) -> dict[int, Fraction]:
        """The slope of each row on its kink; they add up to the gradient that is parallel to the direction."""
        taken = {}
        for index, towards, weight in self.line.rows if self.line else ():
            high = (weight > neuron.slope * weight) if notion.rows_choose_alone else towards
            share = self.share if high else 1 - self.share
            taken[index] = share + (1 - share) * neuron.slope
        return taken


def kind_on_circle(value: int, rises: tuple[int, int]) -> Kind:
    """The kind of a critical direction, from S there and its one-sided derivatives along the circle.

    S is linear on either side, so on the circle it is ``|g| cos(angle to g)``: where a derivative vanishes, the sign of S
    decides.

    >>> kind_on_circle(1, (0, -2)), kind_on_circle(-1, (0, -2)), kind_on_circle(0, (0, -2))
    (<Kind.MAXIMUM: 'maximum'>, <Kind.SADDLE: 'saddle'>, <Kind.MAXIMUM: 'maximum'>)
    """
    falls = [rise < 0 or (rise == 0 and value > 0) for rise in rises]
    climbs = [rise > 0 or (rise == 0 and value < 0) for rise in rises]
    level = [rise == 0 and value == 0 for rise in rises]
    if all(level):
        return Kind.FLAT
    if all(f or same for f, same in zip(falls, level, strict=True)):
        return Kind.MAXIMUM
    if all(c or same for c, same in zip(climbs, level, strict=True)):
        return Kind.MINIMUM
    return Kind.SADDLE


def critical_on_arcs(arcs: Sequence[Arc]) -> Iterator[Critical]:
    """The directions strictly inside an arc where its nonzero gradient is parallel to w."""
    for arc in arcs:
        for w in (arc.gradient, opposite(arc.gradient)):
            if arc.contains(w):
                d = primitive(w)
                yield Critical(d, dot(arc.gradient, d), (0, 0))


def critical_on_rays(lines: Sequence[Line], arcs: Sequence[Arc], notion: Notion) -> Iterator[Critical]:
    """The rays w where ``rest + s p`` is parallel to w for a slope s of the line's interval."""
    for k, arc in enumerate(arcs):
        line, before, w = lines[k % len(lines)], arcs[k - 1].gradient, arc.start
        p, side = line.normal, line.right if k < len(lines) else line.left
        needed = -(dot(before, p) - side * dot(p, p))  # s * p.p
        low, high = line.interval(notion)
        if low * dot(p, p) <= needed <= high * dot(p, p):
            first, last = (line.low, line.high) if notion.rows_choose_alone else (line.left, line.right)
            share = Fraction(needed - first * dot(p, p), (last - first) * dot(p, p)) if first != last else Fraction(1, 2)
            turn = quarter_turn(w)
            yield Critical(w, dot(arc.gradient, w), (-dot(before, turn), dot(arc.gradient, turn)), line, share)


def isolated_zeros(arcs: Sequence[Arc]) -> Iterator[tuple[Vector, bool]]:
    """The directions with S = 0 that lie on no zero arc, and whether S is smooth there."""
    for k, arc in enumerate(arcs):
        before = arcs[k - 1].gradient
        if (0, 0) not in (before, arc.gradient) and dot(arc.gradient, arc.start) == 0:
            yield arc.start, before == arc.gradient
        for w in (quarter_turn(arc.gradient), quarter_turn(opposite(arc.gradient))):
            if arc.contains(w):
                yield primitive(w), True


def zero_in_hull(gradients: Sequence[Vector]) -> bool:
    """Whether 0 is a convex combination of the gradients: no open half-plane holds them all.

    >>> zero_in_hull([(1, 0), (-1, 1), (-1, -1)]), zero_in_hull([(1, 0), (0, 1)])
    (True, False)
    """
    if (0, 0) in gradients:
        return True
    distinct = sorted({primitive(g) for g in gradients}, key=cmp_to_key(_by_angle))
    gaps = [(a, distinct[(k + 1) % len(distinct)]) for k, a in enumerate(distinct)]
    return not any(a == b or cross(a, b) < 0 for a, b in gaps)


def zero_in_zonotope(lines: Sequence[Line]) -> bool:
    """Whether ``0 = sum_k s_k p_k`` for slopes with low_k <= s_k <= high_k, by the support function on the normals of its
    edges.
    """
    if len(lines) == 1:
        return lines[0].low <= 0 <= lines[0].high
    support = sweep([Line(line.normal, line.high, line.low, line.low, line.high, ()) for line in lines])
    return all(dot(arc.gradient, arc.start) >= 0 for arc in support)


def exact(direction: Sequence[int]) -> Direction:
    """Integers as fractions."""
    return tuple(Fraction(entry) for entry in direction)


def _by_angle(a: Vector, b: Vector) -> int:
    """Around the full turn, starting after (0, -1)."""
    return ((a < (0, 0)) - (b < (0, 0))) or _counterclockwise(a, b)


def _counterclockwise(a: Vector, b: Vector) -> int:
    """Within half a turn."""
    return -cross(a, b)

"""All KKT points of one (leaky) ReLU neuron, exactly, with a certificate that nothing is missing.

The faces of the rows (with two inputs, a sweep once around the circle) give every direction in which S(w) = sum_i y_i
sigma(w . x_i) is critical. With a fixed outer weight that is the answer. With a trained one, N(w, a) = a S(w), each critical
direction of value S != 0 gives (w, +-1)/sqrt 2, of value +-S/2, and the points with N = 0 are

* (w, 0) for every w with S(w) = 0,
* (cos(t) w, sin(t)) for every angle t when moreover 0 is in the generalized gradient of S at w,
* (0, +-1) when 0 is in the generalized gradient of S at the origin.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wnproof.certificate import computed, settle
from wnproof.checker.arrangement import MAX_PARTS
from wnproof.checker.fan import MORE
from wnproof.kkt.circle import (
    Arc,
    Critical,
    Line,
    Vector,
    critical_on_arcs,
    critical_on_rays,
    dot,
    exact,
    isolated_zeros,
    kind_on_circle,
    merge,
    opposite,
    quarter_turn,
    sweep,
    zero_in_hull,
    zero_in_zonotope,
)
from wnproof.kkt.cones import families_of, zero_cones
from wnproof.kkt.count import Count, count
from wnproof.kkt.isolated import Isolated, isolated
from wnproof.kkt.level import fixed
from wnproof.kkt.neuron import Direction, Neuron
from wnproof.kkt.points import Family, Kind, KKTPoint, KKTSet, Notion, clarke, signed_root, unit_vector
from wnproof.kkt.said import completeness_statement, point_statement
from wnproof.kkt.space import Found, kkt_in_space
from wnproof.verdict import Rigor, Verdict, undecided


@dataclass(frozen=True)
class Exact:
    """The method that lists every KKT point of one (leaky) ReLU neuron.

    Args:
        replay: the checker finds the list again by a search of its own, which cuts space into parts; how many parts times rows
            it may take. When it needs more, the list is certified with the grade ``computed``. A million take it about five
            seconds; iris needs less than a fifth of a million with three features and seven with four.

    >>> wide = Neuron.of([[3, 4, 0], [1, 0, 1], [0, 1, 1], [1, 1, 1]], [1, -1, 1, -1])
    >>> [(K.complete.rigor.value, K.complete.grade) for K in (Exact().solve(wide), Exact(replay=0).solve(wide))]
    [('certified', ''), ('certified', 'computed')]
    """

    replay: int = 200_000

    def solve(self, neuron: Neuron, notion: Notion = clarke) -> KKTSet:
        """See ``neuron_kkt_points``."""
        return neuron_kkt_points(neuron, notion, self.replay)


@dataclass(frozen=True)
class Circle:
    """One neuron's circle, swept: lines, arcs and critical directions in integers, unit * S."""

    neuron: Neuron
    notion: Notion
    lines: Sequence[Line]
    arcs: Sequence[Arc]
    critical: Sequence[Critical]
    unit: int


def neuron_kkt_points(neuron: Neuron, notion: Notion = clarke, replay: int = Exact.replay) -> KKTSet:
    """Every KKT point of N on the unit sphere, or on the unit sphere of (w, a) with a trained outer weight.

    ``multiplier u in dN(u), |u| = 1``, kinds decided by exact one-sided derivatives, for n rows of any rank with parallel,
    opposite, duplicate and zero rows: O(n log n) integer operations with two inputs, O(n^(d - 1) log n) steps with d. Directions,
    slopes and squared values are exact; positions and values are their float views.

    Args:
        neuron: rows X (n, d), labels y (n,).
        notion: which generalized gradient counts on kinks.
        replay: the most parts times rows of the checker's search, see ``Exact``.

    Returns:
        The isolated points and the families (always of value 0). The completeness is certified by the checker's own replay, or
        with the grade ``computed`` where that is too large and the count beside agrees; data that are zero throughout are
        degenerate, and it says so.

    Raises:
        WnproofError: E-VALUE when there are too many faces to visit.

    Source: the enumeration is derived from first principles; cf. Maennel, Bousquet, Gelly 2018 for the function.

    >>> K = neuron_kkt_points(Neuron.of([[3, 4], [1, 0]], [1, -1], slope=0))
    >>> [(str(point.value_squared), point.kind.value) for point in K]
    [('20', 'maximum'), ('16/25', 'minimum')]
    >>> K.families[0].dimension, K.families[0].kind.value
    (1, 'flat')
    """
    found = _listed(_swept(neuron, notion)) if len(neuron.X[0]) == 2 else kkt_in_space(neuron, notion)
    families = families_of(found.cones)
    ordered = _ordered(found)
    counted = None if found.swept is None else count(found.swept.rows, found.swept.tally)
    if found.beneath is None:
        says = completeness_statement(neuron, notion, ordered, families)
        complete = _complete(neuron, notion, says, counted, found.doubt, replay)
    else:
        complete = _lifted(fixed(neuron), notion, found, counted, replay)
    every: tuple[Family, ...] = (*families, *([] if found.level is None else [found.level]))
    return KKTSet(tuple(_view(neuron, notion, point) for point in ordered), every, complete, notion, counted)


def _ordered(found: Found) -> list[Isolated]:
    return sorted(found.points, key=lambda point: (-point.signed_square, point.hidden, -(point.sign or 0)))


def _lifted(alone: Neuron, notion: Notion, found: Found, counted: Count | None, replay: int) -> Verdict:
    """The list of a S(w) is as complete as that of S: the checker replays this one."""
    assert found.beneath is not None
    says = completeness_statement(alone, notion, _ordered(found.beneath), families_of(found.beneath.cones))
    below = _complete(alone, notion, says, counted, found.doubt, replay)
    if not below.reaches(Rigor.CERTIFIED):
        return below
    counts = f"{len(found.points)} isolated, {len(families_of(found.cones))} families over w with S(w) = 0 and 0 in dS(w)"
    level = "" if found.level is None else f", and {found.level.where}"
    text = f"all KKT points on the unit sphere of (w, a) of N(w, a) = a S(w): {counts}{level}"
    how = "which was " + below.reason.partition(",")[0] if below.certificate is None else "which the checker has certified"
    return computed(text, f"the formulas for a S(w) from the list of S, {how}", str(below.scope))


def _complete(
    neuron: Neuron, notion: Notion, statement: dict[str, Any], counted: Count | None, doubt: str, replay: int
) -> Verdict:
    about = "the KKT points of one neuron"
    if doubt:
        return undecided(about, f"not decided: {doubt}")
    if not any(label and any(row) for row, label in zip(neuron.X, neuron.y, strict=True)):
        return undecided(
            about, "degenerate (W-ZERODATA): every row or label is zero, so every unit vector is a KKT point, of value 0"
        )
    if counted is not None and not counted.agrees:
        return undecided(about, f"the sweep met another number of rays than there are; {counted.text}")
    n, d = len(merge(neuron)[0]), len(neuron.X[0])
    if replay:
        replayed = settle(statement, {"kind": "arrangement", "parts": min(replay // n, MAX_PARTS)}, claims="certified")
        if MORE not in replayed.reason:
            return replayed
    scope = f"d={d}, n={n} lines of rows that matter, {notion.name} gradients"
    return computed(statement, "a sweep of all faces in exact arithmetic, filtered in floating point with proved bounds", scope)


def _swept(neuron: Neuron, notion: Notion) -> Circle:
    lines, unit = merge(neuron)
    arcs = sweep(lines)
    return Circle(neuron, notion, lines, arcs, (*critical_on_arcs(arcs), *critical_on_rays(lines, arcs, notion)), unit)


def _listed(circle: Circle) -> Found:
    cones = zero_cones(_zero_faces(circle), 2, circle.neuron.trained)
    inside = {ray for cone in cones if len(cone) > 1 for ray in cone}
    points = [point for point in (_trained(circle) if circle.neuron.trained else _fixed(circle)) if _ray(point) not in inside]
    return Found(points, cones, None)


def _ray(point: Isolated) -> tuple[int, ...]:
    return point.hidden if point.sign is None else (*point.hidden, point.sign)


def _fixed(circle: Circle) -> list[Isolated]:
    return [point for c in circle.critical for point in _over(c, circle)]


def _trained(circle: Circle) -> list[Isolated]:
    points = [point for c in circle.critical if c.value for point in _over(c, circle)]
    zeros = isolated_zeros(circle.arcs)
    points += [Isolated(zero, 0, Fraction(0), Kind.SADDLE, 1 if smooth else None, {}) for zero, smooth in zeros]
    kind = _pole_kind(circle)
    if kind is not None:
        points += [Isolated((0, 0), s, Fraction(0), kind if s > 0 else kind.reflected, None, {}) for s in (1, -1)]
    return points


def _zero_faces(circle: Circle) -> list[tuple[Sequence[Vector], Kind | None]]:
    """The faces of the lines, and the rays between, on which S = 0; the kinds of those that are critical."""
    kinds = {c.direction: kind_on_circle(0, c.rises) for c in circle.critical if c.value == 0}
    if not circle.lines:
        return [(((1, 0), (0, 1), (-1, 0), (0, -1)), Kind.FLAT)]
    faces: list[tuple[Sequence[Vector], Kind | None]] = []
    if len(circle.lines) == 1:  # two half-planes and the line between them
        faces += [((a.start, quarter_turn(a.start), a.end), Kind.FLAT) for a in circle.arcs if a.gradient == (0, 0)]
        edge = circle.arcs[0].start
        return [*faces, ((edge, opposite(edge)), kinds.get(edge))]
    faces += [((a.start, a.end), Kind.FLAT) for a in circle.arcs if a.gradient == (0, 0)]
    rays = [a.start for a in circle.arcs if dot(a.gradient, a.start) == 0]
    faces += [((ray,), kinds.get(ray)) for ray in dict.fromkeys([*rays, *(zero for zero, _ in isolated_zeros(circle.arcs))])]
    return [*faces, ((), _pole_kind(circle))]


def _pole_kind(circle: Circle) -> Kind | None:
    """(0, 1), when it is critical: N has the sign of S(w) nearby, and the extremes of S are critical."""
    balanced = (
        zero_in_zonotope(circle.lines) if circle.notion.rows_choose_alone else zero_in_hull([a.gradient for a in circle.arcs])
    )
    if not balanced:
        return None
    positive, negative = (any(side * c.value > 0 for c in circle.critical) for side in (1, -1))
    if not positive and not negative:
        return Kind.FLAT
    return Kind.SADDLE if positive and negative else Kind.MINIMUM if positive else Kind.MAXIMUM


def _over(c: Critical, circle: Circle) -> list[Isolated]:
    slopes, kind = c.slopes(circle.neuron, circle.notion), kind_on_circle(c.value, c.rises)
    return isolated(c.direction, _signed_square(c, circle.unit), kind, c.smooth, slopes, circle.neuron.trained)


def _signed_square(c: Critical, unit: int) -> Fraction:
    square = Fraction(c.value * c.value, unit * unit * (c.direction[0] ** 2 + c.direction[1] ** 2))
    return square if c.value > 0 else -square


def _view(neuron: Neuron, notion: Notion, point: Isolated) -> KKTPoint:
    """The public point: floats beside the exact numbers, its own certificate on demand."""
    square = abs(point.signed_square)
    value = signed_root((point.signed_square > 0) - (point.signed_square < 0), square)
    return KKTPoint(
        u=_position(point.hidden, point.sign),
        value=value,
        value_squared=square,
        direction=_direction(point.hidden, point.sign),
        multiplier=float(neuron.degree) * value,
        slopes=point.slopes,
        kind=point.kind,
        morse_index=point.morse_index,
        residual=0.0,
        settle_verdict=partial(_settle_point, neuron, notion, point),
        hidden_direction=exact(point.hidden),
        outer_sign=point.sign,
    )


def _settle_point(neuron: Neuron, notion: Notion, point: Isolated) -> Verdict:
    return settle(point_statement(neuron, notion, point), {"kind": "arrangement"}, claims="certified")


def _position(hidden: Vector, sign: int | None) -> NDArray[np.float64]:
    u = unit_vector(hidden)
    if sign is not None:
        u = np.append(u, float(sign)) / math.sqrt(abs(sign) + any(hidden))
    u.flags.writeable = False
    return u


def _direction(hidden: Vector, sign: int | None) -> Direction | None:
    """Exact direction in theta's order; with a trained outer weight it is (w, +-|w|), rational only when |w| is."""
    if sign is None:
        return exact(hidden)
    square = sum(entry * entry for entry in hidden)
    norm = math.isqrt(square) if square else 1
    return exact((*hidden, sign * norm)) if sign == 0 or square == 0 or norm * norm == square else None

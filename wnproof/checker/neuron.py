"""From the critical directions of S on the circle to all KKT points of one neuron, with a fixed or a trained outer weight."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from .circle import Corner, Critical, Row, Vector, corners, critical_and_zeros, kind_of, minus, origin_is_critical, sign, turn

Key = tuple[Vector, int | None]  # hidden direction and sign of the trained outer weight (None: fixed)
Piece = tuple[tuple[Vector, ...], str]  # relatively open cone (its rays, sorted) and the kind of its points
Family = tuple[tuple[Vector, ...], int, str, frozenset[Piece]]  # closed cone, dimension, kind inside, boundary
Points = dict[Key, tuple[Fraction, str]]  # sign(N) N^2 and kind
UP, DOWN = (0, 0, 1), (0, 0, -1)


@dataclass(frozen=True)
class Neuron:
    """The rows that matter, as integers; ``unit * S`` is their sum."""

    rows: tuple[Row, ...]
    unit: int
    trained: bool
    alone: bool
    text: str


def replay(neuron: Neuron) -> tuple[Points, frozenset[Family]]:
    """All KKT points: the isolated ones with sign(N) N^2 and kind, and the families, where N = 0."""
    around = list(corners(neuron.rows))
    if all(corner.after == (0, 0) for corner in around):
        size = 3 if neuron.trained else 2
        axes = [tuple(s * (k == j) for k in range(size)) for j in range(size) for s in (1, -1)]
        return {}, frozenset([(tuple(sorted(axes)), size - 1, "flat", frozenset[Piece]())])
    critical, zeros = critical_and_zeros(around, neuron.alone)
    arcs = list(_zero_arcs(around))
    on_arc = {corner.ray for corner in around if (0, 0) in (corner.before, corner.after)}
    if neuron.trained:
        return _trained(neuron, around, critical, [w for w in zeros if w not in on_arc], arcs)
    isolated = {w: c for w, c in critical.items() if w not in on_arc}
    points: Points = {(w, None): (_square(neuron, w, c), kind_of(*c.moves)) for w, c in isolated.items()}
    families = [
        (tuple(sorted(arc)), 1, "flat", frozenset(((end,), kind_of(*critical[end].moves)) for end in (arc[0], arc[-1])))
        for arc in arcs
    ]
    return points, frozenset(families)


def _trained(
    neuron: Neuron, around: list[Corner], critical: dict[Vector, Critical], zeros: list[Vector], arcs: list[tuple[Vector, ...]]
) -> tuple[Points, frozenset[Family]]:
    """N = a S(w): near (w, a)/sqrt 2 moving |a| against |w| shrinks |N|; near a zero of S, N has the sign of a S."""
    values = {sign(c.value) for c in critical.values()}
    poles = {pole: kind_of(*(pole[2] * value for value in values)) for pole in (UP, DOWN)}
    points: Points = {
        (w, s): (s * _square(neuron, w, c) / 4, kind_of(*(s * move for move in c.moves), -s * sign(c.value)))
        for w, c in critical.items()
        for s in (1, -1)
        if c.value
    }
    families: list[Family] = []
    for w in zeros:
        if w in critical:
            for pole in (UP, DOWN):
                inside = kind_of(*(pole[2] * move for move in critical[w].moves))
                ends: frozenset[Piece] = frozenset([(((*w, 0),), "saddle"), ((pole,), poles[pole])])
                families.append((tuple(sorted([(*w, 0), pole])), 1, inside, ends))
        else:
            points[w, 0] = (Fraction(0), "saddle")
    for arc in arcs:
        boundary: set[Piece] = {((pole,), poles[pole]) for pole in (UP, DOWN)}
        for end in (arc[0], arc[-1]):
            boundary.add((((*end, 0),), "saddle"))
            for pole in (UP, DOWN):
                kind = kind_of(*(pole[2] * move for move in critical[end].moves))
                boundary.add((tuple(sorted([(*end, 0), pole])), kind))
        families.append((tuple(sorted([*((*w, 0) for w in arc), UP, DOWN])), 2, "flat", frozenset(boundary)))
    if not families and origin_is_critical(neuron.rows, around, neuron.alone):
        points |= {((0, 0), pole[2]): (Fraction(0), kind) for pole, kind in poles.items()}
    return points, frozenset(families)


def _zero_arcs(around: list[Corner]) -> Iterator[tuple[Vector, ...]]:
    """The maximal closed arcs of zeros: start, end, and the middle between them when they are opposite."""
    size = len(around)
    for k, corner in enumerate(around):
        if corner.after == (0, 0) != corner.before:
            end = next(around[j % size].ray for j in range(k + 1, k + 1 + size) if around[j % size].after != (0, 0))
            yield (corner.ray, turn(corner.ray), end) if end == minus(corner.ray) else (corner.ray, end)


def _square(neuron: Neuron, w: Vector, c: Critical) -> Fraction:
    return Fraction(sign(c.value) * c.value**2, neuron.unit**2 * (w[0] ** 2 + w[1] ** 2))

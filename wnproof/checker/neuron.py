"""From the sweep of S to all KKT points of one neuron: N(w) = S(w) / unit, or N(w, a) = a S(w) / unit with a trained."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from .circle import Corner, Row, Vector, minus, origin_is_critical, sign, sweep, turn

Key = tuple[Vector, int | None]  # hidden direction and sign of the trained outer weight (None: fixed)
Cone = tuple[Vector, ...]  # its rays, sorted
Piece = tuple[Cone, str]  # a relatively open cone and the kind of its points
Family = tuple[Cone, int, str, frozenset[Piece]]  # closed cone, dimension, kind inside, boundary
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


def kind_of(*moves: int) -> str:
    """The kind of a point from the signs of the changes of N in the directions that decide it."""
    if not any(moves):
        return "flat"
    return "maximum" if max(moves) <= 0 else "minimum" if min(moves) >= 0 else "saddle"


def replay(neuron: Neuron) -> tuple[Points, frozenset[Family]]:
    """All KKT points: the isolated ones with sign(N) N^2 and kind, and the families, where N = 0."""
    around = list(sweep(neuron.rows))
    points, families, size = Points(), list[Family](), 3 if neuron.trained else 2
    if all(corner.after == (0, 0) for corner in around):
        axes = [tuple(s * (k == j) for k in range(size)) for j in range(size) for s in (1, -1)]
        return points, frozenset([(tuple(sorted(axes)), size - 1, "flat", frozenset[Piece]())])
    # near w = 0, and near the zeros of S, N has the sign of a S; near (w, a)/sqrt 2 moving |a| against |w| shrinks |N|
    poles = (UP, DOWN) if neuron.trained else ()
    tops: list[Piece] = [((pole,), kind_of(*(pole[2] * sign(c.value) for c in around))) for pole in poles]
    for c in (c for c in around if (0, 0) not in (c.before, c.after)):
        square = Fraction(sign(c.value) * c.value**2, neuron.unit**2 * (c.w[0] ** 2 + c.w[1] ** 2))
        match neuron.trained, c.critical(neuron.alone), sign(c.value):
            case False, True, _:
                points[c.w, None] = square, kind_of(*c.moves)
            case True, False, 0:
                points[c.w, 0] = square, "saddle"
            case True, True, 0:
                base, *quarters = _over(c, neuron.trained)
                families += [(cone, 1, kind, frozenset([base, top])) for (cone, kind), top in zip(quarters, tops, strict=True)]
            case True, True, side:
                for s in (1, -1):
                    points[c.w, s] = s * square / 4, kind_of(*(s * move for move in c.moves), -s * side)
    for start, end in _zero_arcs(around):
        between = [turn(start.w)] if end.w == minus(start.w) else []
        rays = [*((*w, 0)[:size] for w in (start.w, *between, end.w)), *poles]
        edges = [*_over(start, neuron.trained), *_over(end, neuron.trained), *tops]
        families.append((tuple(sorted(rays)), size - 1, "flat", frozenset(edges)))
    if not families and origin_is_critical(neuron.rows, neuron.alone):  # otherwise every family has the poles
        points |= {((0, 0), pole[2]): (Fraction(0), kind) for (pole,), kind in tops}
    return points, frozenset(families)


def _over(zero: Corner, trained: bool) -> list[Piece]:
    """The KKT points over a critical zero w of S: w; or (w, 0) and the quarter circles from there up and down to the poles."""
    if not trained:
        return [((zero.w,), kind_of(*zero.moves))]
    w = (*zero.w, 0)
    return [((w,), "saddle"), *((tuple(sorted([w, p])), kind_of(*(p[2] * move for move in zero.moves))) for p in (UP, DOWN))]


def _zero_arcs(around: list[Corner]) -> Iterator[tuple[Corner, Corner]]:
    """The ends of the maximal closed arcs of zeros."""
    for k, start in enumerate(around):
        if start.after == (0, 0) != start.before:
            yield start, next(corner for corner in around[k + 1 :] + around[:k] if corner.after != (0, 0))

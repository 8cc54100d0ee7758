"""Rays of the arrangement, each with r - 1 independent rows that vanish on it, as the sieve takes them.

Where more than r - 1 rows vanish, the surplus ones are moved away by symbolic distances, e^k for row k with e > 0 small: each
choice of r - 1 independent rows is then a ray of its own, and the faces around it include all those of the arrangement itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from wnproof.kkt.flag import Level
from wnproof.kkt.metric import Metric
from wnproof.kkt.pencils import Indices, Pencils, Signs, later
from wnproof.kkt.wedge import Rows, cross

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Surplus:
    """The rows beside the walls that vanish on V rays.

    Attributes:
        rows: (V, D), -1 behind the last one.
        signs: beside the moved walls, (V, D), 0 behind the last one.
        needs: whether the row's coefficient on a wall is nonzero, (V, D, r - 1).
        first: whether the walls are the first independent ones in order, which is so once for each ray, (V,).
    """

    rows: Indices
    signs: Signs
    needs: NDArray[np.bool_]
    first: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Vertices:
    """V rays and the faces to visit there: on each wall the row vanishes or has the given sign.

    Attributes:
        walls: (V, r - 1).
        sides: signs of the walls, (V, r - 1).
        gradients: of all rows that do not vanish, at the ray and at its opposite, (2, V, d).
        circle, place: where on ``signs`` and ``places`` (C, n) of the pencils the rays lie, (V,) each.
        surplus: None when no other rows vanish.
        again: how many rays at the end repeat others, with other sides.
    """

    walls: Indices
    sides: Signs
    gradients: Floats
    circle: Indices
    place: Indices
    signs: Signs
    places: Indices
    surplus: Surplus | None
    again: int = 0

    def row_signs(self, rays: Indices, rows: Indices) -> Signs:
        """Of some rows at some rays, (K, m); 0 for those that vanish."""
        c = self.circle[rays][:, None]
        places, here = self.places[c, rows], self.place[rays][:, None]
        behind = np.where(places < here, self.signs[c, rows], -self.signs[c, rows])
        return np.asarray(np.where((places == here) | (places == -2), np.int8(0), behind))


def on_pencils(p: Pencils, level: Level, metric: Metric) -> Iterator[Vertices]:
    """The rays on circles, each with its walls in increasing order; first those on which no other row vanishes."""
    n = p.signs.shape[1]
    crossing = p.places >= 0
    full = (p.places == -2).sum(axis=1) > p.walls.shape[1]
    rank = np.empty_like(p.order)
    np.put_along_axis(rank, p.order, np.broadcast_to(np.arange(n), p.order.shape), axis=1)
    ordered = np.take_along_axis(p.places, p.order, axis=1)
    equal = np.zeros(p.order.shape, dtype=bool)
    equal[:, 1:] = (ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)
    tied = equal.copy()
    tied[:, :-1] |= equal[:, 1:]
    tied = np.take_along_axis(tied, rank, axis=1) | full[:, None]
    beyond, before = np.where(p.signs > 0, metric.right, metric.left), np.where(p.signs > 0, metric.left, metric.right)
    beyond[p.places == -2] = 0
    before[p.places == -2] = 0
    base = np.where(crossing, before, beyond) @ metric.unit
    steps = np.take_along_axis((beyond - before) * crossing, p.order, axis=1)[:, :, None] * metric.unit[p.order]
    passed = np.zeros((len(base), n + 1, base.shape[1]))
    np.cumsum(steps, axis=1, out=passed[:, 1:])
    for surplus in (False, True):
        c, k = np.nonzero(crossing & later(p.walls, n) & (tied == surplus))
        size = max(1, 500_000 // n) if surplus else max(1, len(c))
        for part in (slice(lo, lo + size) for lo in range(0, len(c), size)):
            yield _rays(p, level, metric, c[part], k[part], surplus, base, passed, rank, before)


def _rays(
    p: Pencils,
    level: Level,
    metric: Metric,
    c: Indices,
    k: Indices,
    surplus: bool,
    base: Floats,
    passed: Floats,
    rank: Indices,
    before: Floats,
) -> Vertices:
    walls = np.column_stack([p.walls[c], k])
    place = p.places[c, k]
    both = metric.both[walls].sum(axis=1)
    extra = None
    if surplus:
        extra = _surplus(walls, (p.places[c] == place[:, None]) | (p.places[c] == -2), level)
        first = np.zeros(p.places.shape, dtype=np.int64)  # rank of the first row of the tie
        tie = np.take_along_axis(p.places, p.order, axis=1)
        starts = np.ones(tie.shape, dtype=bool)
        starts[:, 1:] = tie[:, 1:] != tie[:, :-1]
        np.put_along_axis(first, p.order, np.maximum.accumulate(np.where(starts, np.arange(tie.shape[1]), 0), axis=1), axis=1)
        inside = extra.rows >= 0
        plus = base[c] + passed[c, first[c, k]] - before[c, k][:, None] * metric.unit[k]
        plus -= np.einsum("vk,vkx->vx", before[c[:, None], extra.rows] * inside, metric.unit[extra.rows])
        both = both + np.einsum("vk,vkx->vx", inside.astype(float), metric.both[extra.rows])
    else:
        plus = base[c] + passed[c, rank[c, k]] - before[c, k][:, None] * metric.unit[k]
    sides = np.concatenate([p.above[c, :, k], p.up[c, k][:, None]], axis=1)
    return _both_sides(
        Vertices(walls, sides, np.stack([plus, metric.both.sum(axis=0) - both - plus]), c, place, p.signs, p.places, extra)
    )


def _both_sides(v: Vertices) -> Vertices:
    """Where a side is in doubt, the ray once for each side."""
    while not v.sides.all():
        ray, wall = np.nonzero(v.sides == 0)
        ray, at = np.unique(ray, return_index=True)
        again = np.concatenate([np.arange(len(v.sides)), ray])
        sides = v.sides[again]
        sides[ray, wall[at]] = 1
        sides[len(v.sides) + np.arange(len(ray)), wall[at]] = -1
        v = taken(v, again, sides)
    return v


def taken(v: Vertices, rays: Indices, sides: Signs) -> Vertices:
    """Some of the rays, with these sides of the walls."""
    s = v.surplus
    some = None if s is None else Surplus(s.rows[rays], s.signs[rays], s.needs[rays], s.first[rays])
    again = len(rays) - (len(v.walls) - v.again)
    return Vertices(v.walls[rays], sides, v.gradients[:, rays], v.circle[rays], v.place[rays], v.signs, v.places, some, again)


def _surplus(
    walls: Indices, vanishing: NDArray[np.bool_], level: Level, rows: Rows | None = None, h: Rows | None = None
) -> Surplus:
    """From the rows that vanish, (V, n), walls included; ``h`` of one nonzero value on each ray."""
    if rows is None or h is None:
        rows = level.floats if level.exact else level.rows
        h = level.height.astype(np.float64) if level.exact else level.height
    vanishing = vanishing.copy()
    np.put_along_axis(vanishing, walls, False, axis=1)
    count = int(vanishing.sum(axis=1).max(initial=0))
    extra = np.argsort(~vanishing, axis=1, kind="stable")[:, :count]
    extra[~np.take_along_axis(vanishing, extra, axis=1)] = -1
    present, m = extra >= 0, walls.shape[1]
    normals, others = rows[walls], rows[extra]
    heights = np.broadcast_to(h, (len(walls), rows.shape[1]))
    coefficients = np.zeros((*extra.shape, m), dtype=np.int8)
    for i in range(m):  # u is orthogonal to the other walls, and of height 0
        u = cross(np.concatenate([np.delete(normals, i, axis=1), heights[:, None]], axis=1))[:, :, None]
        coefficients[:, :, i] = _sign(others @ u)[..., 0] * _sign(normals[:, i : i + 1] @ u)[..., 0] * present
    needs = coefficients != 0
    lowest = np.where(needs, walls[:, None], len(rows)).min(axis=2, initial=len(rows))
    wall = np.argmax(walls[:, None] == lowest[:, :, None], axis=2)
    moved = np.where(lowest < extra, np.take_along_axis(coefficients, wall[:, :, None], axis=2)[..., 0], np.int8(-1))
    earlier = needs & (walls[:, None] > extra[:, :, None])
    return Surplus(extra, moved * present, needs, np.asarray(~earlier.any(axis=(1, 2))))


def _sign(values: Rows) -> Signs:
    return np.asarray((values > 0).astype(np.int8) - (values < 0).astype(np.int8))


def one_by_one(walls: Indices, level: Level, metric: Metric) -> Iterator[Vertices]:
    """The rays of some r - 1 rows each, (m, r - 1), with all faces around, in integers of any length."""
    rays = cross(level.rows[walls])
    independent = np.asarray((rays != 0).any(axis=1))
    walls, rays = walls[independent], rays[independent]
    for wall, ray in zip(walls, rays, strict=True):
        heights = level.rows @ ray
        signs = np.array([(z > 0) - (z < 0) for z in heights], dtype=np.int8)[None]
        vanishing = signs == 0
        extra = _surplus(wall[None], vanishing, level, level.rows, ray[None]) if vanishing.sum() > len(wall) else None
        slopes = [np.where(side * signs[0] > 0, metric.right, metric.left) * (signs[0] != 0) for side in (1, -1)]
        gradients = np.stack([slope @ metric.unit for slope in slopes])[:, None]
        patterns = np.array(list(product((1, -1), repeat=len(wall))), dtype=np.int8)
        places = np.where(vanishing, -2, -1).astype(np.int64)
        one = Vertices(wall[None], patterns[:1], gradients, np.zeros(1, int), np.zeros(1, int), signs, places, extra)
        yield taken(one, np.zeros(len(patterns), dtype=np.int64), patterns)

"""Where rows vanish on the circles on which r - 2 others vanish: every ray of the arrangement, in order along its circles.

On the circle of the rows S, in the chart h = 1, row k vanishes at ``t_k = det(S, k, f) / (det(S, f, h) det(S, k, h))`` and has
beyond it the sign of ``det(S, k, h)``. So one sort gives the signs of all rows at all rays of the circle.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from wnproof.kkt.flag import Level
from wnproof.kkt.wedge import Rows, cross

Signs = NDArray[np.int8]
Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Pencils:
    """C circles.

    Attributes:
        walls: the rows S that vanish on each circle, (C, r - 2).
        signs: of each row beyond its place, (C, n); 0 where it vanishes on the whole circle.
        places: rank along the circle of the point where the row vanishes, equal for equal points, (C, n); -1 for rows that vanish
            nowhere on it, -2 for those that vanish everywhere.
        order: the rows by place, (C, n).
        up: sign of det(S, f, h) det(S, k, h), (C, n).
        above: sign of det(S_i -> f, k, h) det(S, k, h), 0 when in doubt, (C, r - 2, n).
        dependent: how many sets of S and a later row are dependent, those of dependent S included.
    """

    walls: Indices
    signs: Signs
    places: Indices
    order: Indices
    up: Signs
    above: Signs
    dependent: int


def pencils(level: Level, walls: Indices) -> tuple[Pencils, Indices, Indices]:
    """The circles of these S, (C, r - 2), those in doubt about a sign or an order (to be asked with ``exactly``), and the rays
    S with a later k, (m, r - 1), at height h = 0, which no circle has in order.
    """
    rows, h, f = level.floats, level.height.astype(np.float64), level.lowest.astype(np.float64)
    alpha, phi = -cross(_with(rows[walls], h)), -cross(_with(rows[walls], f))
    a, b = alpha @ rows.T, phi @ rows.T
    flat = alpha @ f
    np.put_along_axis(a, walls, 0, axis=1)
    np.put_along_axis(b, walls, 0, axis=1)
    if level.exact:
        everywhere = (a == 0) & (b == 0)
        doubtful = (np.abs(flat) <= level.doubt_below) & ~everywhere.all(axis=1)
    else:
        everywhere = np.zeros(a.shape, dtype=bool)
        np.put_along_axis(everywhere, walls, True, axis=1)
        doubtful = ((np.abs(a) <= level.doubt) & ~everywhere).any(axis=1) | (np.abs(flat) <= level.doubt_below)
    key = np.divide(b * np.sign(flat)[:, None], a, out=np.full(a.shape, np.inf), where=a != 0)
    order = np.argsort(key, axis=1, kind="stable")
    sorted_key = np.take_along_axis(key, order, axis=1)
    finite = sorted_key != np.inf
    same = (sorted_key[:, 1:] == sorted_key[:, :-1]) & finite[:, 1:]
    if not level.exact:  # b / a < b' / a' for neighbours, or else in doubt
        u, v = np.take_along_axis(a, order, axis=1), np.take_along_axis(b, order, axis=1)
        error = level.doubt * (np.abs(u[:, 1:]) + np.abs(u[:, :-1]) + np.abs(v[:, 1:]) + np.abs(v[:, :-1]) + 2 * level.doubt)
        doubtful |= ((np.abs(v[:, 1:] * u[:, :-1] - v[:, :-1] * u[:, 1:]) <= 2 * error) & finite[:, 1:]).any(axis=1)
    elif max(np.abs(a).max(initial=0), np.abs(b).max(initial=0)) >= 2.0**25:  # below, different fractions are different floats
        c, i = np.nonzero(same)
        left, right = order[c, i], order[c, i + 1]
        ties = np.einsum("kx,kx->k", cross(_with(rows[walls[c]], rows[left])), rows[right]) == 0
        doubtful[c[~ties]] = True
    unsure, fine = walls[doubtful], ~doubtful & ~everywhere.all(axis=1)
    below = _below(rows, h, f, level.doubt_below, walls, a)
    at = (a, b, flat, below, everywhere, order, same)
    dependent = int((everywhere & later(walls, len(rows)))[~doubtful].sum())
    return (
        _assembled(walls[fine], dependent, *(part[fine] for part in at)),
        unsure,
        _at_height_zero(walls[fine], a[fine], everywhere[fine]),
    )


def _with(rows: Rows, last: Rows) -> Rows:
    """The rows, (..., t, r), and one more."""
    return np.concatenate([rows, np.broadcast_to(last, (*rows.shape[:-2], rows.shape[-1]))[..., None, :]], axis=-2)


def _below(rows: Rows, h: Rows, f: Rows, doubt: float, walls: Indices, a: Rows) -> Signs:
    """Signs of det(S_i -> f, k, h) det(S, k, h), 0 in doubt: where a coefficient of f is 0 the faces on both sides count."""
    above = np.zeros((len(walls), walls.shape[1], len(rows)), dtype=np.int8)
    for i in range(walls.shape[1]):
        swapped = rows[walls]
        swapped[:, i] = f
        below = -cross(_with(swapped, h)) @ rows.T
        above[:, i] = _signs(below) * _signs(a) * np.asarray(np.abs(below) > doubt)
    return above


def _at_height_zero(walls: Indices, a: Rows, everywhere: NDArray[np.bool_]) -> Indices:
    c, k = np.nonzero((a == 0) & ~everywhere & later(walls, a.shape[1]))
    return np.column_stack([walls[c], k])


def later(walls: Indices, n: int) -> NDArray[np.bool_]:
    """The rows after those of S, (C, n): each r - 1 rows belong to the circle of the first r - 2."""
    return np.asarray(np.arange(n) > walls.max(axis=1, initial=-1)[:, None])


def _assembled(
    walls: Indices,
    dependent: int,
    a: Rows,
    b: Rows,
    flat: Rows,
    above: Signs,
    everywhere: NDArray[np.bool_],
    order: Indices,
    same: NDArray[np.bool_],
) -> Pencils:
    signs = _signs(a)
    nowhere = (signs == 0) & ~everywhere
    side = _signs(flat)[:, None]
    signs[nowhere] = (-_signs(b) * side)[nowhere]
    place = np.zeros(a.shape, dtype=np.int64)
    np.cumsum(~same, axis=1, out=place[:, 1:])
    places = np.empty_like(place)
    np.put_along_axis(places, order, place, axis=1)
    places[nowhere], places[everywhere] = -1, -2
    return Pencils(walls, signs, places, order, side * _signs(a), above, dependent)


def _signs(values: Rows) -> Signs:
    return np.asarray((values > 0).astype(np.int8) - (values < 0).astype(np.int8))


def exactly(level: Level, walls: Indices) -> tuple[Pencils, Indices]:
    """The same in integers of any length, for a few S; where even so det(S, f, h) = 0 all rays of the circle are handed back."""
    rows, h, f = level.rows, level.height, level.lowest
    alpha, phi = -cross(_with(rows[walls], h)), -cross(_with(rows[walls], f))
    a, b = alpha @ rows.T, phi @ rows.T
    flat = alpha @ f
    everywhere = np.asarray((a == 0) & (b == 0))
    independent = ~everywhere.all(axis=1)
    level_circles = independent & np.asarray(flat == 0)
    dependent = int((everywhere & later(walls, len(rows))).sum())
    c, k = np.nonzero(level_circles[:, None] & ~everywhere & later(walls, len(rows)))
    rays = np.column_stack([walls[c], k])
    fine = independent & ~level_circles
    walls, a, b, flat, everywhere = walls[fine], a[fine], b[fine], flat[fine], everywhere[fine]
    order, same = np.zeros(a.shape, dtype=np.int64), np.zeros((len(a), max(a.shape[1] - 1, 0)), dtype=bool)
    for at, side in enumerate(_signs(flat)):
        keys = [(0, Fraction(int(side) * int(y), int(x))) if x else (1, Fraction(0)) for x, y in zip(a[at], b[at], strict=True)]
        order[at] = sorted(range(len(keys)), key=keys.__getitem__)
        same[at] = [keys[j] == keys[k] and not keys[j][0] for j, k in zip(order[at], order[at][1:], strict=False)]
    level_rays = _at_height_zero(walls, a, everywhere)
    below = _below(rows, h, f, 0.0, walls, a)
    return _assembled(walls, dependent, a, b, flat, below, everywhere, order, same), np.concatenate([rays, level_rays])

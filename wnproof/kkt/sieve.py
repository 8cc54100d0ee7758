"""Which faces around rays may hold a KKT point: a filter in floating point that never rejects one that does.

A face has the rows T on their kinks, g is the gradient of the others and w the part of g orthogonal to T. A KKT point of the face
is w or -w, so (1) w or -w has the signs of the face, and (2) w - g is a combination of T with slopes of their intervals. What is
rejected misses (1) or (2) by more than the error of the computation, which is bounded as follows.

With G the Gram matrix of T and b = T g, the computed x solves a system with the matrix G + D, where ``|D| <= k``,
``k = (z^2 (3 z + 2) + z (3 d + 12)) u`` (Cholesky's method backwards, rounding of rows and products), and b is off by
``sqrt(z) e``. The least eigenvalue of the factored matrix is at least ``l = det / 2.72`` (rows of length 1, inequality of means),
so that of G at least l - 2 k >= l / 2; otherwise nothing is rejected. With ``q = sqrt(z) e + k |x|``, x is off by at most
``2 q / l`` and w by ``e + q sqrt(2 / l)`` beside its own rounding. The factors 2 below are room to spare.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wnproof.kkt.balance import may_balance
from wnproof.kkt.flag import UNIT
from wnproof.kkt.loops import PIVOT, Loop
from wnproof.kkt.metric import Floats, Metric
from wnproof.kkt.pencils import Indices, Signs
from wnproof.kkt.vertices import Vertices, taken

CHUNKS = (8, 24, 96)  # rows compared at a time: most faces fail at one of the first


def sieve(v: Vertices, metric: Metric, order: Indices, loop: Loop | None = None) -> Iterator[Signs]:
    """The sign vectors (K, n) of the faces that remain, around the rays and around their opposites.

    ``order`` is the order in which the signs of rows are compared; ``loop`` the same sieve compiled, for rays without surplus.
    """
    m = v.walls.shape[1]
    if loop is not None and v.surplus is None:
        yield _looped(v, metric, order, loop)
        return
    for mask in range(1 << m):
        on, off = ([i for i in range(m) if (mask >> i & 1) == bit] for bit in (1, 0))
        if off or v.surplus is None or v.surplus.first.all():
            rays = v
        else:  # the ray itself, once
            first = np.flatnonzero(v.surplus.first)
            rays = taken(v, first, v.sides[first])
        if len(rays.walls):
            normals = metric.unit[rays.walls]
            visit = Visit(rays, metric, order, on, off, normals, _factor(normals, on))
            for side in (1, -1):
                yield from visit.around(side)


def _looped(v: Vertices, metric: Metric, order: Indices, loop: Loop) -> Signs:
    count = 1000
    while True:
        found = np.zeros((count, 3), dtype=np.int64)
        slopes = metric.right, metric.left, metric.low, metric.high
        rays = map(np.ascontiguousarray, (v.walls, v.sides, v.gradients, v.circle, v.place, v.signs, v.places, order))
        count = loop(metric.unit, *slopes, metric.error, *rays, found)
        if count <= len(found):
            break
    at, masks, side = found[:count].T
    signs = np.asarray(v.row_signs(at, np.arange(len(metric.unit))) * side[:, None], dtype=np.int8)
    for i, wall in enumerate(v.walls[at].T):
        signs[np.arange(count), wall] = np.where(masks >> i & 1, 0, v.sides[at, i] * side)
    return signs


@dataclass(frozen=True, eq=False)
class Factor:
    """Lower triangular factors of V Gram matrices, entries (V,) by place, and a bound below their eigenvalues, 0 if unknown."""

    low: dict[tuple[int, int], Floats]
    least: Floats


def _factor(normals: Floats, on: list[int]) -> Factor:
    low: dict[tuple[int, int], Floats] = {}
    least = np.full(len(normals), 1 / 2.72 if len(on) > 1 else 1.0)
    for i, row in enumerate(on):
        for j in range(i + 1):
            rest = np.einsum("vx,vx->v", normals[:, row], normals[:, on[j]])
            for k in range(j):
                rest -= low[i, k] * low[j, k]
            if j < i:
                low[i, j] = rest / low[j, j]
            else:
                least = least * np.where(rest > PIVOT, rest, 0)
                low[i, i] = np.sqrt(np.where(rest > PIVOT, rest, 1))
    return Factor(low, least)


def _solution(factor: Factor, b: list[Floats]) -> list[Floats]:
    low, y = factor.low, list[Floats]()
    for i, entry in enumerate(b):
        y.append((entry - sum(low[i, k] * y[k] for k in range(i))) / low[i, i])
    for i in reversed(range(len(b))):
        y[i] = (y[i] - sum(low[k, i] * y[k] for k in range(i + 1, len(b)))) / low[i, i]
    return y


@dataclass(frozen=True, eq=False)
class Visit:
    """The faces around V rays on which the walls ``on`` vanish and the walls ``off`` do not."""

    v: Vertices
    metric: Metric
    order: Indices
    on: list[int]
    off: list[int]
    normals: Floats
    factor: Factor

    def around(self, side: int) -> Iterator[Signs]:
        """The sign vectors of those that may hold a KKT point, at the rays (1) or their opposites (-1)."""
        v, metric = self.v, self.metric
        slopes = np.where(v.sides * side > 0, metric.right[v.walls], metric.left[v.walls])
        g = v.gradients[0 if side > 0 else 1]
        for i in self.off:
            g = g + slopes[:, i, None] * self.normals[:, i]
        closed = None  # surplus rows that vanish where the walls on do
        if v.surplus is not None:
            s = v.surplus
            closed = (s.rows >= 0) & ~np.asarray(s.needs[:, :, self.off]).any(axis=2)
            moved = np.where(s.signs * side > 0, metric.right[s.rows], metric.left[s.rows]) * ((s.rows >= 0) & ~closed)
            g = g + np.einsum("vk,vkx->vx", moved, metric.unit[s.rows])
        x = _solution(self.factor, [-np.einsum("vx,vx->v", self.normals[:, i], g) for i in self.on])
        size, off_by, error = self._errors(x, len(g))
        alive = np.ones(len(g), dtype=bool)
        for i, e in zip(self.on, x, strict=True):
            low, high = metric.low[v.walls[:, i]], metric.high[v.walls[:, i]]
            slack = off_by + 16 * UNIT * (np.abs(low) + np.abs(high) + size)
            alive &= (e >= low - slack) & (e <= high + slack)
        if closed is not None:
            alive |= closed.any(axis=1)
        at = np.flatnonzero(alive)
        w = g[at]
        for i, e in zip(self.on, x, strict=True):
            w = w + e[at, None] * self.normals[at, i]
        for sign in (1, -1) if self.off else (1,):
            here = at if not self.off else self._inside(at, sign * w, error[at], side, closed)
            if closed is not None and len(here):
                u = w[np.searchsorted(at, here)]
                here = here[~closed[here].any(axis=1) | self._balanced(here, g[here] - u, error[here], closed)]
            if len(here):
                yield self._signs(here, side, closed)

    def _errors(self, x: list[Floats], count: int) -> tuple[Floats, Floats, Floats]:
        """|x|, and bounds for the errors of x and of w."""
        z, d = len(self.on), self.normals.shape[2]
        size = np.sqrt(sum((e * e for e in x), start=np.zeros(count)))
        k = (z * z * (3 * z + 2) + z * (3 * d + 12)) * UNIT
        q = 2 * (np.sqrt(z) * self.metric.error + k * size)
        sure = self.factor.least >= 4 * k
        least = np.where(sure, self.factor.least, 1)
        rounding = (2 * z + 6 * d + 30) * UNIT * np.sqrt(z) * size
        error = np.where(sure, 2 * self.metric.error + q * np.sqrt(2 / least) + rounding, np.inf)
        return size, np.where(sure, 2 * q / least, np.inf), error

    def _inside(self, at: Indices, u: Floats, e: Floats, side: int, closed: NDArray[np.bool_] | None) -> Indices:
        """The rays of ``at`` for which u may lie in the face."""
        v, unit = self.v, self.metric.unit
        for i in self.off:
            good = np.einsum("vx,vx->v", u, self.normals[at, i]) * v.sides[at, i] * side >= -e
            at, u, e = at[good], u[good], e[good]
        if v.surplus is not None and closed is not None and len(at):
            rows = v.surplus.rows[at]
            heights = np.einsum("vkx,vx->vk", unit[rows], u) * v.surplus.signs[at] * side
            good = ((heights >= -e[:, None]) | closed[at] | (rows < 0)).all(axis=1)
            at, u, e = at[good], u[good], e[good]
        done = 0
        for length in (*CHUNKS, len(self.order)):
            if len(at):
                some = self.order[done : done + length]
                done += length
                good = ((u @ unit[some].T) * v.row_signs(at, some) * side >= -e[:, None]).all(axis=1)
                at, u, e = at[good], u[good], e[good]
        return at

    def _balanced(self, at: Indices, rest: Floats, error: Floats, closed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether all rows that vanish may supply -``rest``."""
        assert self.v.surplus is not None
        extra = np.where(closed[at], self.v.surplus.rows[at], -1)
        rows = np.concatenate([self.v.walls[at][:, self.on], extra], axis=1)
        present = rows >= 0
        low, high = self.metric.low[rows] * present, self.metric.high[rows] * present
        return may_balance(rest, self.metric.unit[rows] * present[:, :, None], low, high, error + self.metric.error)

    def _signs(self, at: Indices, side: int, closed: NDArray[np.bool_] | None) -> Signs:
        v = self.v
        signs = np.asarray(v.row_signs(at, np.arange(len(self.metric.unit))) * side, dtype=np.int8)
        if v.surplus is not None and closed is not None:
            rows, moved = v.surplus.rows[at], v.surplus.signs[at]
            ray, place = np.nonzero((rows >= 0) & ~closed[at])
            signs[ray, rows[ray, place]] = moved[ray, place] * side
        for i in self.off:
            signs[np.arange(len(at)), v.walls[at, i]] = v.sides[at, i] * side
        for i in self.on:
            signs[np.arange(len(at)), v.walls[at, i]] = 0
        return signs

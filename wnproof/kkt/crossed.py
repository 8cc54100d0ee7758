"""How many cells of the arrangement the level S = 0 passes through: those with rays on which S > 0 and others on which S < 0."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from wnproof.kkt.circle import Line
from wnproof.kkt.count import Integers, is_narrow, sets_of
from wnproof.kkt.faces import coordinates, fan_of, independent, shortest
from wnproof.kkt.threads import in_threads
from wnproof.kkt.wedge import cross

MOST_SETS = 1_000_000
BLOCK = 20_000
Hashes = NDArray[np.uint64]


def cells_crossed(lines: Sequence[Line]) -> int | None:
    """The number of cells on which S has both signs; None with more than a million sets of r - 1 lines, or beyond 64 bits.

    S is linear on a cell, which is spanned by rays, and each ray lies on r - 1 independent lines. Cells are told apart by 64-bit
    hashes of their signs.

    >>> from wnproof.kkt.circle import merge
    >>> from wnproof.kkt.neuron import Neuron
    >>> lines, _ = merge(Neuron.of([[3, 4, 0], [1, 0, 0], [0, 0, 1]], [1, -1, -1]))
    >>> cells_crossed(lines)
    3
    """
    rows = np.array(coordinates([line.normal for line in lines]), dtype=object)
    n, r = rows.shape
    slopes = np.array([(line.right, line.left) for line in lines], dtype=object)
    height = math.factorial(r) * math.prod(int(np.abs(column).max()) for column in rows.T)
    if math.comb(n, r - 1) > MOST_SETS or not is_narrow(rows) or height * int(np.abs(slopes).max(axis=1).sum()) >= 2**62:
        return None
    crossing = Crossing(rows.astype(np.int64), slopes.astype(np.int64))
    total = -(-math.comb(n, r - 1) // BLOCK)
    found = list(in_threads(crossing.at_rays, sets_of(n, r - 1, BLOCK), total, "cells on the level"))
    above, below = (np.unique(np.concatenate([part[k] for part in found])) for k in (0, 1))
    return len(np.intersect1d(above, below, assume_unique=True))


class Crossing:
    """Hashes of the cells around rays.

    Args: ``rows`` (n, r) and ``slopes`` (n, 2), right and left.
    """

    def __init__(self, rows: Integers, slopes: Integers) -> None:
        self.rows, self.slopes = rows, slopes
        self.judged: set[bytes] = set()  # rays with more lines, by their lines
        self.marks = np.random.default_rng(0).integers(0, 2**64, size=(2, len(rows)), dtype=np.uint64)

    def at_rays(self, some: Integers) -> tuple[Hashes, Hashes]:
        """Of the cells with a ray on these sets of lines (m, r - 1), where S > 0 and where S < 0."""
        rays = cross(self.rows[some])
        independent_sets = (rays != 0).any(axis=1)
        rays, some = rays[independent_sets], some[independent_sets]
        heights = rays @ self.rows.T
        simple = (heights == 0).sum(axis=1) == some.shape[1]
        fresh = [int(k) for k in np.flatnonzero(~simple) if self._is_new(heights[k])]
        parts: tuple[list[Hashes], list[Hashes]] = ([], [])
        for side in (1, -1):
            up = heights * side > 0
            S = np.where(up, self.slopes[:, 0], self.slopes[:, 1]) * heights * side
            values = S.sum(axis=1)
            marks = np.where(up, self.marks[0], self.marks[1])
            base = np.bitwise_xor.reduce(np.where(heights == 0, np.uint64(0), marks), axis=1)
            for part, chosen in zip(parts, (values > 0, values < 0), strict=True):
                at = np.flatnonzero(chosen & simple)
                for pattern in product((0, 1), repeat=some.shape[1]):
                    walls = np.stack([self.marks[s][some[at, i]] for i, s in enumerate(pattern)] or [np.zeros_like(base[at])])
                    part.append(base[at] ^ np.bitwise_xor.reduce(walls, axis=0))
                for k in fresh:
                    if chosen[k]:
                        part.append(base[k] ^ self._around(heights[k]))
        above, below = (np.concatenate(part) for part in parts)
        return np.unique(above), np.unique(below)

    def _is_new(self, heights: Integers) -> bool:
        lines = np.packbits(heights == 0).tobytes()
        before = len(self.judged)
        self.judged.add(lines)
        return len(self.judged) > before

    def _around(self, heights: Integers) -> Hashes:
        """Of the lines through a ray, for each cell around it."""
        through = np.flatnonzero(heights == 0)
        normals = [shortest(map(int, self.rows[k])) for k in through]
        free = len(independent(normals)) == len(normals)
        cells = list(product((1, -1), repeat=len(normals)) if free else fan_of(normals).cells)
        return np.asarray(np.bitwise_xor.reduce(self.marks[(np.array(cells) < 0).astype(int), through], axis=1), dtype=np.uint64)

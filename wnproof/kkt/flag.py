"""Coordinates in which every face of a central arrangement has one lowest vertex: a flag of subspaces of codimension 2, 4, ...

With a height h and a functional f in general position, a face that meets {h > 0} has a lowest vertex for f in the chart h = 1,
or it crosses {h = f = 0}, where the arrangement cuts out faces with the same signs; the opposite of a face has opposite signs.
Visiting, in each subspace, every vertex with the faces that lie above it, and their opposites, visits every face.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from wnproof.kkt.wedge import Rows

UNIT = 2.0**-53
EXACT = 2**53
HEIGHTS = (2**15, 2**10, 2**5)  # sizes of the entries of h and f: large ones meet few rays at height 0, small ones stay exact


@dataclass(frozen=True, eq=False)
class Level:
    """The rows on one subspace, (n, r) integers, none zero, with h and f, (r,)."""

    rows: Rows
    height: Rows
    lowest: Rows

    @cached_property
    def exact(self) -> bool:
        """Whether determinants of r - 1 rows with h or f, and of r rows, have all partial sums below 2^53 in Laplace's expansion.

        A sum of products, one entry from each column, of absolute values bounds every partial sum.
        """
        return max(self._largest(self.height), self._largest(self.lowest)) < EXACT and self._several < EXACT

    @cached_property
    def _columns(self) -> list[int]:
        return [max(abs(int(e)) for e in column) for column in self.rows.T]

    @property
    def _several(self) -> int:
        return math.factorial(len(self._columns)) * math.prod(self._columns)

    def _largest(self, functional: Rows) -> int:
        c = self._columns
        shares = (abs(int(e)) * math.prod(c[:x] + c[x + 1 :]) for x, e in enumerate(functional))
        return math.factorial(len(c) - 1) * sum(shares)

    @cached_property
    def floats(self) -> NDArray[np.float64]:
        """The rows themselves where determinants are exact, and rows of length 1 otherwise (entries off by two roundings)."""
        return self.rows.astype(np.float64) if self.exact else unit_rows(self.rows)

    @cached_property
    def doubt(self) -> float:
        """A determinant of r - 1 ``floats`` with h or f, or of r of them, of larger modulus has the right sign."""
        return 0.0 if self.exact else self._error(max(1.0, *self._norms), 1)

    @cached_property
    def doubt_below(self) -> float:
        """The same for determinants of r - 2 rows, h and f."""
        h, f = self._norms
        return self._error(h * f, 2)

    @property
    def _norms(self) -> tuple[float, float]:
        """Sums of the moduli of h and of f."""
        return float(np.abs(self.height).sum()), float(np.abs(self.lowest).sum())

    def _error(self, size: float, functionals: int) -> float:
        """The product over the rows of their sums of moduli bounds the sum of the absolute products in Laplace's expansion, and
        each of at most r products and sums of r terms rounds once: relative error at most (r^2 + 3 r + 2) u with entries.
        """
        r = len(self.height)
        largest = float(np.abs(self.floats).sum(axis=1).max())
        size *= max(largest, 1.0) ** (r - functionals)
        return 0.0 if self.exact and size < EXACT else 2 * size * (r * r + 3 * r + 4) * UNIT


def unit_rows(rows: Rows) -> NDArray[np.float64]:
    """Integer rows, however large, at length 1."""
    shifts = [max(max(abs(int(e)) for e in row).bit_length() - 500, 0) for row in rows]
    scaled = np.array([[int(e) / (1 << shift) for e in row] for row, shift in zip(rows, shifts, strict=True)], dtype=np.float64)
    scaled /= np.abs(scaled).max(axis=1, keepdims=True)
    return np.asarray(scaled / np.linalg.norm(scaled, axis=1, keepdims=True))


@dataclass(frozen=True, eq=False)
class Flag:
    """The levels, of dimension r, r - 2, ..., and for odd r the signs (n,) of the rows on the last line."""

    levels: tuple[Level, ...]
    last: NDArray[np.int8] | None


def flag_of(normals: Sequence[Sequence[int]]) -> Flag:
    """The flag for integer rows that span R^r, none zero, drawn with a fixed seed until it is in general position.

    >>> flag = flag_of([(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1)])
    >>> [level.rows.shape for level in flag.levels], bool(flag.last.all())
    ([(4, 3)], True)
    """
    rng = random.Random(0)
    rows = np.array(normals, dtype=object)
    while True:
        levels, rest = [], rows
        while rest.shape[1] >= 2 and rest.any(axis=1).all():
            levels.append(_level(rest, rng))
            rest = _restricted(rest, levels[-1])
        if rest.shape[1] == 0:
            return Flag(tuple(levels), None)
        if rest.shape[1] == 1 and rest.all():
            return Flag(tuple(levels), np.array([1 if e > 0 else -1 for e in rest[:, 0]], dtype=np.int8))


def _level(rows: Rows, rng: random.Random) -> Level:
    r = rows.shape[1]
    for size in HEIGHTS:
        draw = [[rng.choice((-1, 1)) * rng.randint(size // 2, size) for _ in range(r)] for _ in range(2)]
        draw[0][0], draw[1][:2] = 1, [0, 1]
        level = Level(rows, *(np.array(entries, dtype=object) for entries in draw))
        if level.exact:
            return level
    return level


def _restricted(rows: Rows, level: Level) -> Rows:
    """The rows on {h = f = 0}, where h = w_1 + ... and f = w_2 + ...: w_2 and w_1 follow from the other coordinates."""
    h, f = level.height, level.lowest
    if rows.shape[1] == 2:
        return rows[:, 2:]
    columns = [rows[:, j] - f[j] * rows[:, 1] + (h[1] * f[j] - h[j]) * rows[:, 0] for j in range(2, rows.shape[1])]
    return np.stack(columns, axis=1)

"""Exterior products of rows, many at a time: minors without division, so that integers stay integers."""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[Any]  # float64, or Python integers in an object array: the same steps serve both


@lru_cache(maxsize=64)
def _terms(size: int, degree: int) -> tuple[tuple[tuple[int, int, int], ...], ...]:
    """For each minor of ``degree + 1`` rows: (column of the last row, minor of the others, sign)."""
    place = {columns: k for k, columns in enumerate(combinations(range(size), degree))}
    return tuple(
        tuple((x, place[(*columns[:i], *columns[i + 1 :])], (-1) ** (degree - i)) for i, x in enumerate(columns))
        for columns in combinations(range(size), degree + 1)
    )


def wedge(rows: Rows, start: Rows | None = None, degree: int = 0) -> Rows:
    """All minors of t rows in R^r, (..., t, r) -> (..., C(r, t)) in lexicographic order of the columns.

    ``start`` (..., C(r, degree)) are the minors of rows that come before. Exact for integers as long as the sums fit.

    >>> wedge(np.array([[1, 0, 2], [0, 1, 3]]))
    array([ 1,  3, -2])
    """
    size = rows.shape[-1]
    minors = np.ones((*rows.shape[:-2], 1), dtype=rows.dtype) if start is None else start
    for t in range(rows.shape[-2]):
        last = rows[..., t, :]
        columns = []
        for terms in _terms(size, degree + t):
            products = [sign * minors[..., k] * last[..., x] for x, k, sign in terms]
            columns.append(sum(products[1:], start=products[0]))
        minors = np.stack(columns, axis=-1)
    return minors


def cross(rows: Rows) -> Rows:
    """The vector v with ``v . p = det(rows, p)`` for every p: (..., r - 1, r) -> (..., r).

    >>> cross(np.array([[1, 0, 0], [0, 1, 0]]))
    array([0, 0, 1])
    """
    size = rows.shape[-1]
    signs = np.array([(-1) ** (size - 1 - x) for x in range(size)])
    return np.asarray(wedge(rows)[..., ::-1] * signs)

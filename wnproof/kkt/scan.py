"""The sign vectors of all faces that may hold a KKT point of one neuron, from one visit to each face of the arrangement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, islice

import numpy as np
from numpy.typing import NDArray

from wnproof.kkt.circle import Line
from wnproof.kkt.faces import independent
from wnproof.kkt.flag import Level, flag_of
from wnproof.kkt.metric import Metric, metric_of
from wnproof.kkt.pencils import Indices, exactly, pencils
from wnproof.kkt.points import Notion
from wnproof.kkt.sieve import sieve
from wnproof.kkt.vertices import Vertices, on_pencils, one_by_one

BLOCK = 400_000  # rows times circles at a time


def candidates(lines: Sequence[Line], notion: Notion) -> NDArray[np.int8]:
    """Sign vectors (K, n) of all faces of the lines with a KKT point, and a few others; not {0}.

    >>> from wnproof.kkt.circle import merge
    >>> from wnproof.kkt.neuron import Neuron
    >>> from wnproof.kkt.points import clarke
    >>> lines, _ = merge(Neuron.of([[3, 4, 0], [1, 0, 0], [0, 0, 1]], [1, -1, 1]))
    >>> len(candidates(lines, clarke)) < 26
    True
    """
    normals = [line.normal for line in lines]
    columns = independent(list(zip(*(normals[k] for k in independent(normals)), strict=True)))  # w -> x . w by these alone
    flag = flag_of([[p[k] for k in columns] for p in normals])
    metric = metric_of(lines, notion)
    n = len(normals)
    order = np.random.default_rng(0).permutation(n)
    found: set[bytes] = set()
    for level in flag.levels:
        for v in _vertices(level, metric):
            for signs in sieve(v, metric, order):
                found.update(map(bytes, signs))
    if flag.last is not None:
        found.update(bytes(side * flag.last) for side in (1, -1))
    return np.frombuffer(b"".join(sorted(found)), dtype=np.int8).reshape(len(found), n)


def _vertices(level: Level, metric: Metric) -> Iterator[Vertices]:
    n, r = level.rows.shape
    for walls in blocks(n, r - 2, max(1, BLOCK // n)):
        circles, unsure, at_zero = pencils(level, walls)
        yield from on_pencils(circles, level, metric)
        yield from one_by_one(at_zero, level, metric)
        for some in np.split(unsure, range(50, len(unsure), 50)):
            circles, at_zero = exactly(level, some)
            yield from on_pencils(circles, level, metric)
            yield from one_by_one(at_zero, level, metric)


def blocks(n: int, size: int, length: int) -> Iterator[Indices]:
    """All sets of ``size`` of n rows, in blocks (length, size)."""
    subsets = combinations(range(n), size)
    while some := list(islice(subsets, length)):
        yield np.array(some, dtype=np.int64).reshape(len(some), size)

"""The sign vectors of all faces that may hold a KKT point of one neuron, from one visit to each face of the arrangement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice

import numpy as np
from numpy.typing import NDArray

from wnproof.kkt.circle import Line
from wnproof.kkt.count import Tally
from wnproof.kkt.faces import independent
from wnproof.kkt.flag import Level, flag_of
from wnproof.kkt.metric import Metric, metric_of
from wnproof.kkt.pencils import Indices, exactly, pencils
from wnproof.kkt.points import Notion
from wnproof.kkt.sieve import sieve
from wnproof.kkt.vertices import Vertices, on_pencils, one_by_one
from wnproof.kkt.wedge import Rows

BLOCK = 400_000  # rows times circles at a time


@dataclass(frozen=True, eq=False)
class Scan:
    """``signs`` (K, n): the faces with KKT points and a few others; ``rows`` (n, r): coordinates of the normals on their span
    that keep all signs; ``tally``: what was visited.
    """

    signs: NDArray[np.int8]
    rows: Rows
    tally: Tally


def scan(lines: Sequence[Line], notion: Notion) -> Scan:
    """Visit every face of the lines but {0}.

    >>> from wnproof.kkt.circle import merge
    >>> from wnproof.kkt.neuron import Neuron
    >>> from wnproof.kkt.points import clarke
    >>> lines, _ = merge(Neuron.of([[3, 4, 0], [1, 0, 0], [0, 0, 1]], [1, -1, 1]))
    >>> scan(lines, clarke).tally
    Tally(sets=3, rays=3, visits=26, simple=True)
    """
    normals = [line.normal for line in lines]
    columns = independent(list(zip(*(normals[k] for k in independent(normals)), strict=True)))  # w -> x . w by these alone
    flag = flag_of([[p[k] for k in columns] for p in normals])
    metric = metric_of(lines, notion)
    order = np.random.default_rng(0).permutation(len(normals))
    found: set[bytes] = set()
    sets = rays = visits = 0
    simple = True
    for level in flag.levels:
        for v in _vertices(level, metric):
            for signs in sieve(v, metric, order):
                found.update(map(bytes, signs))
            once = len(v.walls) - v.again
            visits += once << v.walls.shape[1] + 1
            simple = simple and v.surplus is None
            if level is flag.levels[0]:
                sets, rays = sets + once, rays + (once if v.surplus is None else int(v.surplus.first[:once].sum()))
    if flag.last is not None:
        found.update(bytes(side * flag.last) for side in (1, -1))
        visits += 2
    signs = np.frombuffer(b"".join(sorted(found)), dtype=np.int8).reshape(len(found), len(normals))
    rows = np.array([[p[k] for k in columns] for p in normals], dtype=object)
    if len(columns) == 1:
        sets = rays = 1
    return Scan(signs, rows, Tally(sets, rays, visits, simple))


def _vertices(level: Level, metric: Metric) -> Iterator[Vertices]:
    n, r = level.rows.shape
    alone: list[Indices] = []
    for walls in blocks(n, r - 2, max(1, BLOCK // n)):
        circles, unsure, at_zero = pencils(level, walls)
        alone.append(at_zero)
        yield from on_pencils(circles, level, metric)
        for some in np.split(unsure, range(50, len(unsure), 50)):
            circles, at_zero = exactly(level, some)
            alone.append(at_zero)
            yield from on_pencils(circles, level, metric)
    yield from one_by_one(np.concatenate(alone), level, metric)


def blocks(n: int, size: int, length: int) -> Iterator[Indices]:
    """All sets of ``size`` of n rows, in blocks (length, size)."""
    subsets = combinations(range(n), size)
    while some := list(islice(subsets, length)):
        yield np.array(some, dtype=np.int64).reshape(len(some), size)

"""The sign vectors of all faces that may hold a KKT point of one neuron, from one visit to each face of the arrangement."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wnproof.kkt.circle import Line
from wnproof.kkt.count import Tally, sets_of
from wnproof.kkt.faces import coordinates
from wnproof.kkt.flag import Level, flag_of
from wnproof.kkt.loops import Loop, compiled
from wnproof.kkt.metric import Metric, metric_of
from wnproof.kkt.pencils import Indices, exactly, pencils
from wnproof.kkt.points import Notion
from wnproof.kkt.sieve import sieve
from wnproof.kkt.threads import in_threads
from wnproof.kkt.vertices import Vertices, on_pencils, one_by_one
from wnproof.kkt.wedge import Rows

BLOCK = 400_000  # rows times circles at a time
DOUBTS = 50  # circles at a time in integers
COMPILED_FROM = 2_000_000  # faces from which machine code pays, as it does where each ray has many


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
    Tally(sets=3, dependent=0, rays=3, visits=26, simple=True)
    """
    normals = [line.normal for line in lines]
    short = coordinates(normals)
    flag = flag_of([list(p) for p in short])
    metric = metric_of(lines, notion)
    order = np.random.default_rng(0).permutation(len(normals))
    r = len(short[0])
    loop = compiled() if r >= 8 or math.comb(len(normals), r - 1) << r > COMPILED_FROM else None
    visited = [Visited(set(), 0, 0, 0, 0, True)]
    for level in flag.levels:
        top = level is flag.levels[0]
        visited += _swept(level, Sieve(level, metric, order, loop, top))
    found = set[bytes]().union(*(part.found for part in visited))
    tallied = ((p.sets, p.dependent, p.rays, p.visits) for p in visited)
    sets, dependent, rays, visits = (sum(column) for column in zip(*tallied, strict=True))
    simple = all(part.simple for part in visited)
    if flag.last is not None:
        found.update(bytes(side * flag.last) for side in (1, -1))
        visits += 2
    signs = np.frombuffer(b"".join(sorted(found)), dtype=np.int8).reshape(len(found), len(normals))
    rows = np.array(short, dtype=object)
    if r == 1:
        sets = rays = 1
    return Scan(signs, rows, Tally(sets, dependent, rays, visits, simple))


@dataclass(frozen=True, eq=False)
class Visited:
    """What some vertices gave: sign vectors, and the tally of what was visited."""

    found: set[bytes]
    sets: int
    dependent: int
    rays: int
    visits: int
    simple: bool


@dataclass(frozen=True, eq=False)
class Sieve:
    """The sieve on one level; sets and rays count on the first one."""

    level: Level
    metric: Metric
    order: Indices
    loop: Loop | None
    top: bool

    def visit(self, vertices: Iterable[Vertices], dependent: int = 0) -> Visited:
        """The vertices one after the other."""
        found: set[bytes] = set()
        sets = rays = visits = 0
        simple = True
        for v in vertices:
            for signs in sieve(v, self.metric, self.order, self.loop):
                found.update(map(bytes, signs))
            once = len(v.walls) - v.again
            visits += once << v.walls.shape[1] + 1
            sets, rays = sets + once, rays + (once if v.surplus is None else int(v.surplus.first[:once].sum()))
            simple = simple and v.surplus is None
        return Visited(found, sets * self.top, dependent * self.top, rays * self.top, visits, simple)

    def circles(self, walls: Indices) -> tuple[Visited, Indices, Indices]:
        """Those of these S, then the S in doubt and the rays at height 0."""
        circles, unsure, at_zero = pencils(self.level, walls)
        return self.visit(on_pencils(circles, self.level, self.metric), circles.dependent), unsure, at_zero

    def exactly(self, walls: Indices) -> tuple[Visited, Indices]:
        """The same for S in doubt."""
        circles, at_zero = exactly(self.level, walls)
        return self.visit(on_pencils(circles, self.level, self.metric), circles.dependent), at_zero


def _swept(level: Level, sieve: Sieve) -> Iterator[Visited]:
    n, r = level.rows.shape
    alone: list[Indices] = []
    doubts: list[Indices] = []
    length = max(1, BLOCK // n)
    total = -(-math.comb(n, r - 2) // length)
    for visited, unsure, at_zero in in_threads(sieve.circles, sets_of(n, r - 2, length), total, "circles"):
        alone.append(at_zero)
        doubts += [unsure[lo : lo + DOUBTS] for lo in range(0, len(unsure), DOUBTS)]
        yield visited
    for visited, at_zero in in_threads(sieve.exactly, doubts, len(doubts), "circles in integers"):
        alone.append(at_zero)
        yield visited
    yield sieve.visit(one_by_one(np.concatenate(alone), level, sieve.metric))

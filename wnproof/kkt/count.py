"""How many faces there are, from the flats alone, beside how many were visited: a test that no part of the sweep was left out.

Every r - 1 independent rows vanish together on one ray. Grouping all sets of r - 1 rows by the primitive integer vector of their
ray gives each ray with its rows and no geometry besides; the ranks below follow from incidences, and with them Whitney numbers,
the characteristic polynomial and the f-vector.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, islice

import numpy as np
from numpy.typing import NDArray

from wnproof.kkt.faces import most_faces
from wnproof.kkt.wedge import Rows, cross, wedge

MOST_SETS = 1_000_000
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Tally:
    """What a sweep met: independent and dependent sets of r - 1 rows, rays up to sign, faces visited, and whether no ray had more
    rows.
    """

    sets: int
    dependent: int
    rays: int
    visits: int
    simple: bool


@dataclass(frozen=True)
class Count:
    """Pairs of numbers that agree when nothing was left out, and the numbers of faces by dimension where they are known.

    ``omitted`` says what was not counted, and why.

    >>> Count((("rays", 3, 3), ("sets of rows", 3, 4)), ()).text
    'count: rays 3 = 3, sets of rows 3 != 4'
    """

    pairs: tuple[tuple[str, int, int], ...]
    faces: tuple[int, ...]
    omitted: str = ""

    @property
    def agrees(self) -> bool:
        """Whether all pairs do."""
        return all(found == expected for _, found, expected in self.pairs)

    @property
    def text(self) -> str:
        """In one line."""
        pairs = [f"{name} {a} {'=' if a == b else '!='} {b}" for name, a, b in self.pairs]
        faces = [f"faces by dimension {' '.join(map(str, self.faces))}"] if self.faces else []
        return "count: " + ", ".join([*pairs, *faces]) + (f" ({self.omitted})" if self.omitted else "")


def count(rows: Rows, tally: Tally) -> Count:
    """The sweep's tally of rows (n, r) that span R^r, no two parallel, beside what their flats say.

    With more than ``MOST_SETS`` sets, or determinants beyond int64, the numbers of sets are compared, and in general position
    those of faces; the count says so. With rank 5 and more the sets on each ray stand for the f-vector.

    >>> axes = np.array([(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0)], dtype=object)
    >>> counted = count(axes, Tally(sets=6, dependent=0, rays=4, visits=0, simple=False))
    >>> counted.agrees, counted.faces
    (True, (8, 18, 12))
    """
    n, r = rows.shape
    pairs: list[tuple[str, int, int]] = []
    if tally.simple:
        pairs.append(("faces visited", tally.visits, most_faces(n, r) - 1))
    pairs.append(("sets of rows", tally.sets + tally.dependent, math.comb(n, r - 1)))
    if math.comb(n, r - 1) > MOST_SETS:
        return Count(tuple(pairs), (), f"rays not grouped: more than {MOST_SETS} sets")
    if not is_narrow(rows):
        return Count(tuple(pairs), (), "rays not grouped: determinants beyond 64 bits")
    rays, bases, dependent = _grouped(rows.astype(np.int64))
    pairs += [("rays", tally.rays, len(rays)), ("dependent sets", tally.dependent, dependent)]
    several = np.flatnonzero(bases > 1)
    inside = [np.flatnonzero(rows.astype(np.int64) @ ray == 0) for ray in rays[several]]
    if r == 3:
        expected = sum(math.comb(len(Z), 2) for Z in inside) + len(rays) - len(several)
        pairs.append(("pairs of rows", expected, math.comb(n, 2)))
        meet = sum(map(len, inside)) + 2 * (len(rays) - len(several))
        return Count(tuple(pairs), (2 * len(rays), 2 * meet, 2 * (1 + meet - len(rays))))
    if r == 4:
        return _in_space(rows, pairs, inside, len(rays) - len(several), dependent)
    spanning = sum(_bases(rows[Z], r - 1) for Z in inside)
    pairs.append(("sets on rays with more rows", spanning, int(bases[several].sum())))
    return Count(tuple(pairs), ())


def is_narrow(rows: Rows) -> bool:
    """Whether all determinants of rows (n, r) fit into int64, with every partial sum."""
    columns = [max(abs(int(e)) for e in column) for column in rows.T]
    return math.factorial(len(columns)) * math.prod(columns) < 2**62


def sets_of(n: int, size: int, length: int) -> Iterator[Integers]:
    """All sets of ``size`` of n rows, in blocks (length, size)."""
    every = combinations(range(n), size)
    while some := list(islice(every, length)):
        yield np.array(some, dtype=np.int64).reshape(len(some), size)


def _primitive(vectors: Integers) -> Integers:
    """Nonzero ones divided by their common divisor, the first entry that is not zero positive; each row as often as before."""
    vectors = vectors // np.gcd.reduce(vectors, axis=1)[:, None]
    lead = np.take_along_axis(vectors, np.argmax(vectors != 0, axis=1)[:, None], axis=1)
    return np.asarray(vectors * np.sign(lead))


def _grouped(rows: Integers) -> tuple[Integers, Integers, int]:
    """The rays (m, r), the number of sets of r - 1 rows on each, and of dependent sets."""
    found, dependent = [], 0
    for some in sets_of(len(rows), rows.shape[1] - 1, 100_000):
        rays = cross(rows[some])
        independent = (rays != 0).any(axis=1)
        dependent += int((~independent).sum())
        found.append(_primitive(rays[independent]))
    rays, bases = _unique(np.concatenate(found))
    return rays, bases, dependent


def _unique(vectors: Integers) -> tuple[Integers, Integers]:
    order = np.lexsort(vectors.T)
    ordered = vectors[order]
    starts = np.flatnonzero(np.concatenate([[True], (ordered[1:] != ordered[:-1]).any(axis=1)]))
    return ordered[starts], np.diff(np.append(starts, len(ordered)))


def _bases(rows: Rows, rank: int) -> int:
    """Sets of ``rank`` rows that are independent."""
    subsets = np.array(list(combinations(range(len(rows)), rank)))
    return int((wedge(rows[subsets].astype(np.int64)) != 0).any(axis=1).sum())


def _in_space(rows: Rows, pairs: list[tuple[str, int, int]], inside: list[Integers], simple: int, dependent: int) -> Count:
    """r = 4: flats of rank 2 have rows m, those of rank 3 have rows Z and the flats of rank 2 below them."""
    n = len(rows)
    both = np.array(list(combinations(range(n), 2)))
    planes = _primitive(wedge(rows.astype(np.int64)[both]))
    _, flat = np.unique(planes, axis=0, return_inverse=True)
    sizes = np.array([(1 + math.isqrt(1 + 8 * int(p))) // 2 for p in np.bincount(flat.ravel())])  # p = m (m - 1) / 2
    which = np.zeros((n, n), dtype=np.int64)
    which[both[:, 0], both[:, 1]] = flat.ravel()
    triples = math.comb(n, 3) - int(sum(math.comb(int(m), 3) for m in sizes))
    meets, flats, rows_in_flats, moebius, spanning = 3 * simple, 3 * simple, 6 * simple, simple, simple
    for Z in inside:
        low, high = np.triu_indices(len(Z), 1)
        m = sizes[np.unique(which[Z[low], Z[high]])]
        meets, flats, rows_in_flats = meets + len(Z), flats + len(m), rows_in_flats + int(m.sum())
        moebius += int((m - 1).sum()) - len(Z) + 1
        spanning += math.comb(len(Z), 3) - sum(math.comb(int(e), 3) for e in m)
    pairs = [*pairs, ("triples of rows", spanning, triples), ("dependent triples", dependent, math.comb(n, 3) - triples)]
    rays = simple + len(inside)
    return Count(tuple(pairs), (2 * rays, 2 * flats, 2 * (n - meets + rows_in_flats), 2 * (n + moebius)))

"""All faces of a central arrangement, one plane at a time, in exact integers.

A face is known by its rays. A plane divides it when rays of it lie strictly on both sides; the new rays are where it cuts the
two-dimensional faces. Everything happens in the span of the normals, whatever their rank.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

Ray = tuple[int, ...]


def inner(a: Sequence[int], b: Sequence[int]) -> int:
    """The inner product."""
    return sum(x * y for x, y in zip(a, b, strict=True))


def shortest(a: Iterable[Fraction | int]) -> Ray:
    """The primitive integer vector in the direction of a rational one, zero for zero.

    >>> shortest((Fraction(1, 2), Fraction(-1, 3), 0))
    (3, -2, 0)
    """
    entries = [Fraction(entry) for entry in a]
    clear = math.lcm(*(entry.denominator for entry in entries))
    whole = [entry.numerator * (clear // entry.denominator) for entry in entries]
    shared = math.gcd(*whole) or 1
    return tuple(entry // shared for entry in whole)


def along(vector: Sequence[Fraction | int], walls: Sequence[Ray]) -> tuple[Fraction, ...]:
    """The projection onto the orthogonal complement of the span of ``walls``, which may be dependent.

    >>> [str(entry) for entry in along((1, 2, 3), [(0, 1, 1), (0, 2, 2)])]
    ['1', '-1/2', '1/2']
    """
    entries = [Fraction(entry) for entry in vector]
    scale = math.lcm(*(entry.denominator for entry in entries))
    basis: list[tuple[Ray, int]] = []
    for wall in walls:
        rest, _ = _beside(wall, basis)
        if any(rest):
            shared = math.gcd(*rest)
            q = tuple(entry // shared for entry in rest)
            basis.append((q, inner(q, q)))
    whole, below = _beside([int(entry * scale) for entry in entries], basis)
    return tuple(Fraction(entry, below * scale) for entry in whole)


def _beside(vector: Sequence[int], basis: Sequence[tuple[Ray, int]]) -> tuple[Sequence[int], int]:
    """A multiple of what is left beside orthogonal vectors, given with their squares, and the positive factor."""
    factor = 1
    for q, square in basis:
        share = inner(vector, q)
        if share:
            vector = [square * e - share * f for e, f in zip(vector, q, strict=True)]
            factor *= square
    return vector, factor


def complement(rows: Sequence[Ray], d: int) -> list[Ray]:
    """A basis of the vectors of R^d orthogonal to every row: what is left of each unit vector beside the rows and those before.

    >>> complement([(1, 0, 0), (2, 0, 0)], 3)
    [(0, 1, 0), (0, 0, 1)]
    """
    found: list[Ray] = []
    for k in range(d):
        rest = along([int(j == k) for j in range(d)], [*rows, *found])
        if any(rest):
            found.append(shortest(rest))
    return found


def independent(rows: Sequence[Ray]) -> list[int]:
    """The indices of the first rows that span all.

    >>> independent([(1, 1, 0), (2, 2, 0), (0, 1, 0), (1, 0, 0)])
    [0, 2]
    """
    found: list[int] = []
    for k, row in enumerate(rows):
        if len(found) == len(row):
            break
        if any(along(row, [rows[j] for j in found])):
            found.append(k)
    return found


def coordinates(normals: Sequence[Ray]) -> list[Ray]:
    """The normals by as many of their entries as their rank is, so that the same signs p . w occur.

    >>> coordinates([(1, 1, 0), (2, 2, 1), (3, 3, 1)])
    [(1, 0), (2, 1), (3, 1)]
    """
    columns = independent(list(zip(*(normals[k] for k in independent(normals)), strict=True)))
    return [tuple(p[k] for k in columns) for p in normals]


def most_faces(n: int, d: int) -> int:
    """The number of faces of n planes in R^d in general position, the most that n planes have.

    >>> most_faces(3, 2), most_faces(8, 3)
    (13, 227)
    """
    cells = [2 * sum(math.comb(n - z - 1, k) for k in range(d - z)) for z in range(min(n, d))]
    return 1 + sum(math.comb(n, z) * count for z, count in enumerate(cells))


@dataclass(frozen=True)
class Fan:
    """The faces: signs on every plane, and rays; {0} has none. ``rays`` are in the span of the normals."""

    faces: dict[tuple[int, ...], frozenset[Ray]]

    @property
    def cells(self) -> list[tuple[int, ...]]:
        """The signs of the full-dimensional faces."""
        return [signs for signs in self.faces if all(signs)]

    @property
    def rays(self) -> list[Ray]:
        """The one-dimensional faces."""
        return [next(iter(rays)) for rays in self.faces.values() if len(rays) == 1]


def fan_of(normals: Sequence[Ray]) -> Fan:
    """All faces of the planes ``{w: p . w = 0}``, p nonzero.

    >>> plane = fan_of([(1, 0), (0, 1), (1, 1)])
    >>> len(plane.cells), len(plane.rays), len(plane.faces)
    (6, 6, 13)
    """
    basis = independent(normals)
    first = [normals[k] for k in basis]
    dual = [shortest(along(p, [*first[:k], *first[k + 1 :]])) for k, p in enumerate(first)]
    faces = {
        signs: frozenset(tuple(s * entry for entry in ray) for s, ray in zip(signs, dual, strict=True) if s)
        for signs in product((-1, 0, 1), repeat=len(dual))
    }
    others = [k for k in range(len(normals)) if k not in basis]
    for k in others:
        faces = _divided(faces, normals[k])
    place = [[*basis, *others].index(k) for k in range(len(normals))]
    return Fan({tuple(signs[k] for k in place): rays for signs, rays in faces.items()})


def _divided(faces: dict[tuple[int, ...], frozenset[Ray]], p: Ray) -> dict[tuple[int, ...], frozenset[Ray]]:
    height = {ray: inner(p, ray) for rays in faces.values() if len(rays) == 1 for ray in rays}
    crossings: dict[frozenset[Ray], Ray] = {}
    for rays in faces.values():
        if len(rays) == 2:
            a, b = rays
            if height[a] * height[b] < 0:
                ends = (abs(height[b]) * e + abs(height[a]) * f for e, f in zip(a, b, strict=True))
                crossings[rays] = shortest(ends)
    out = {}
    for signs, rays in faces.items():
        above = frozenset(ray for ray in rays if height[ray] > 0)
        below = frozenset(ray for ray in rays if height[ray] < 0)
        level = rays - above - below
        if above and below:
            cut = {crossings[pair] for a in above for b in below if (pair := frozenset((a, b))) in crossings}
            out[*signs, 1], out[*signs, -1], out[*signs, 0] = above | level | cut, below | level | cut, level | cut
        else:
            out[*signs, 1 if above else -1 if below else 0] = rays
    return out

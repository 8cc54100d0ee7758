"""The checker's arrangements and hulls against other algorithms: planes added one by one, the simplex method, counting."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import pytest

from wnproof.checker.fan import beyond, both, dot, in_hull, level, shortest
from wnproof.checker.fan import fan as faces
from wnproof.kkt.faces import complement, fan_of
from wnproof.kkt.hull import combination


def fan(rows):
    return dict(faces(rows))


def cells(rows):
    return [signs for signs in fan(rows) if all(signs)]


def rays(rows):
    return {ray for edges in fan(rows).values() for ray in edges}


def normals(seed):
    """Distinct planes with many dependences."""
    rng = random.Random(seed)
    d, n, largest = rng.choice((1, 2, 3, 3, 4)), rng.randint(1, 6), rng.choice((1, 1, 2, 3))
    drawn = [tuple(rng.randint(-largest, largest) for _ in range(d)) for _ in range(n)]
    return sorted({max(both(shortest(row))) for row in drawn if any(row)}) or [(1,) * d]


@pytest.mark.parametrize("block", range(4))
def test_faces_are_those_found_plane_by_plane(block):
    for seed in range(60 * block, 60 * block + 60):
        rows = normals(seed)
        found = fan(rows)
        assert {signs: frozenset(edges) for signs, edges in found.items()} == fan_of(rows).faces
        assert sorted(cells(rows)) == sorted(fan_of(rows).cells)
        assert sorted(rays(rows)) == sorted(fan_of(rows).rays)
        assert level(beyond(rows), len(rows[0])) == complement(rows, len(rows[0]))


@pytest.mark.parametrize("seed", range(40))
def test_faces_alternate_in_sign_to_one_point(seed):
    # Euler's relation of the cone over a sphere: sum over faces of (-1)^dimension is (-1)^rank
    rows = normals(seed)
    rank = len(beyond(rows))
    total = 0
    for signs in fan(rows):
        kinks = [row for row, s in zip(rows, signs, strict=True) if s == 0]
        total += (-1) ** (rank - len(beyond(kinks)))
    assert total == (-1) ** rank


@pytest.mark.parametrize(("n", "d"), [(5, 2), (6, 3), (6, 4)])
def test_planes_in_general_position_have_as_many_cells_as_they_can(n, d):
    rows = [tuple(t**k for k in range(d)) for t in range(1, n + 1)]
    assert len(cells(rows)) == 2 * sum(math.comb(n - 1, k) for k in range(d))
    assert all(all(signs) for signs in cells(rows))


@pytest.mark.parametrize("seed", range(300))
def test_hulls_are_those_of_the_simplex_method(seed):
    rng = random.Random(seed)
    d = rng.randint(1, 4)
    points = [[Fraction(rng.randint(-3, 3), rng.choice((1, 1, 2))) for _ in range(d)] for _ in range(rng.randint(1, 9))]
    target = [Fraction(rng.randint(-2, 2), rng.choice((1, 1, 2))) for _ in range(d)]
    if seed % 3 == 0:  # inside, often on a face
        weights = [rng.choice((0, 0, 1, 2)) for _ in points]
        weights[0] += 1
        target = [Fraction(sum(c * p[k] for c, p in zip(weights, points, strict=True)), sum(weights)) for k in range(d)]
        assert in_hull(points, target)
    shares = combination([(*point, Fraction(1)) for point in points], (*target, Fraction(1)))
    assert in_hull(points, target) == (shares is not None)
    if shares is not None:
        assert min(shares) >= 0
        assert [sum(c * p[k] for c, p in zip(shares, points, strict=True)) for k in range(d)] == target


def test_a_ray_is_where_the_others_vanish():
    rows = [(1, 0, 0), (0, 1, 0), (1, 1, 1)]
    assert sorted(rays(rows)) == sorted(ray for edge in ((0, 0, 1), (1, 0, -1), (0, 1, -1)) for ray in both(edge))
    assert all(sum(dot(row, ray) == 0 for row in rows) == 2 for ray in rays(rows))

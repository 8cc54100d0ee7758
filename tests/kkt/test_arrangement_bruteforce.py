"""The sweep against a brute force that shares nothing with it, on small integer data full of ties, in both notions and both
settings.
"""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from tests.kkt import bruteforce
from wnproof.kkt.arrangement import neuron_kkt_points
from wnproof.kkt.neuron import Neuron
from wnproof.kkt.points import clarke, decoupled
from wnproof.verdict import Rigor

SLOPES = (Fraction(0), Fraction(1, 10))


def random_data(seed, largest=3):
    """Entries and labels so small that duplicates, parallel, opposite and zero rows and zero labels are common; sometimes
    of rank 1.
    """
    rng = random.Random(seed)
    n = rng.choice((1, 2, 3, 4, 4, 5, 5, 6))
    X = [(rng.randint(-largest, largest), rng.randint(-largest, largest)) for _ in range(n)]
    if rng.random() < 0.1:
        X = [(c * X[0][0], c * X[0][1]) for c in (rng.randint(-2, 2) for _ in range(n))]
    if n > 1 and rng.random() < 0.4:
        X[1] = (-X[0][0], -X[0][1])
    y = [rng.choice((-2, -1, -1, 0, 1, 1, 2)) for _ in range(n)]
    slope = rng.choice((*SLOPES, *SLOPES, Fraction(rng.randint(0, 6), 6), Fraction(-1)))
    return tuple(X), tuple(y), slope


def expected_rigor(X, y):
    return Rigor.CERTIFIED if any(label and any(row) for row, label in zip(X, y, strict=True)) else Rigor.UNDECIDED


def signed(point):
    return point.value_squared * (1 if point.value > 0 else -1)


def scaled(direction):
    return bruteforce.shortest(direction) if any(direction) else (0, 0)


def assert_families_match(families, data, notion, trained):
    pieces = {(piece.rays, piece.kind.value) for family in families for piece in family.strata}
    reached = [row for row, label in zip(*data[:2], strict=True) if label and any(row)]
    if reached:
        kept = (tuple(reached), tuple(label for row, label in zip(*data[:2], strict=True) if label and any(row)), data[2])
        assert bruteforce.described(pieces, trained) == bruteforce.zero_pieces(kept, notion is decoupled, trained), data
    else:
        assert len(pieces) == (3 if trained else 1)


@pytest.mark.parametrize("notion", [clarke, decoupled], ids=str)
@pytest.mark.parametrize("block", range(6))
def test_fixed_outer_weight(block, notion):
    for seed in range(50 * block, 50 * block + 50):
        X, y, slope = data = random_data(seed)
        found = neuron_kkt_points(Neuron.of(X, y, slope=slope), notion)
        points, _, _ = bruteforce.fixed_outer(data, notion is decoupled)
        assert found.complete.rigor is expected_rigor(X, y)
        assert {scaled(p.direction): (signed(p), p.kind.value) for p in found} == points, data
        assert len(found) == len(points)
        assert_families_match(found.families, data, notion, trained=False)


@pytest.mark.parametrize("notion", [clarke, decoupled], ids=str)
@pytest.mark.parametrize("block", range(6))
def test_trained_outer_weight(block, notion):
    for seed in range(1000 + 50 * block, 1050 + 50 * block):
        X, y, slope = data = random_data(seed)
        found = neuron_kkt_points(Neuron.of(X, y, slope=slope, outer=None), notion)
        points, _, _, _ = bruteforce.trained_outer(data, notion is decoupled)
        assert found.complete.rigor is expected_rigor(X, y)
        listed = {(scaled(p.hidden_direction), p.outer_sign): (signed(p), p.kind.value) for p in found}
        assert listed == points, data
        assert len(found) == len(points)
        assert_families_match(found.families, data, notion, trained=True)


@pytest.mark.parametrize("seed", range(4))
def test_eight_rows(seed):
    rng = random.Random(seed)
    X = tuple((rng.randint(-4, 4), rng.randint(-4, 4)) for _ in range(8))
    y = tuple(rng.choice((-1, 1)) for _ in range(8))
    data = (X, y, SLOPES[seed % 2])
    points, _, _ = bruteforce.fixed_outer(data)
    found = neuron_kkt_points(Neuron.of(*data[:2], slope=data[2]))
    assert {scaled(p.direction): (signed(p), p.kind.value) for p in found} == points

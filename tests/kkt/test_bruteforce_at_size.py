"""Random tie-rich integer data against brute force on raw rows, up to 7 rows and 4 inputs, in both notions; the counts say
that the hard cases are there. A sample by default, 1,500 sets with ``-m full -s`` (which prints the counts).
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

import pytest

from tests.kkt import bruteforce_space as bruteforce
from wnproof.kkt.arrangement import Exact
from wnproof.kkt.neuron import Neuron
from wnproof.kkt.points import clarke, decoupled

SIZES = (*[(d, n) for d in (2, 3, 4) for n in range(2, 8)], *[(3, 4), (3, 5), (4, 4), (4, 5)] * 2, (3, 7), (4, 7))


def tied(seed):
    """Duplicate, opposite, dependent and zero rows, zero labels, data of a smaller rank."""
    rng = random.Random(f"ties {seed}")
    d, n = rng.choice(SIZES)
    largest = rng.choice((1, 1, 2))
    X = [[rng.randint(-largest, largest) for _ in range(d)] for _ in range(n)]
    flat = rng.random() < 0.3
    if flat:
        column = rng.randrange(d)
        X = [[0 if k == column else e for k, e in enumerate(row)] for row in X]
    if rng.random() < 0.3:
        X[1] = [-e for e in X[0]]
    for k in range(2, n, 2):
        if rng.random() < 0.85:
            X[k] = [rng.choice((1, -1)) * a + b for a, b in zip(X[k - 1], X[k - 2], strict=True)]
    y = [rng.choice((-2, -1, -1, 0, 1, 1, 2)) for _ in X]
    y[0], X[0][d - 1 if flat and column == 0 else 0] = y[0] or 1, X[0][d - 1 if flat and column == 0 else 0] or 1
    return X, y, rng.choice((Fraction(0), Fraction(0), Fraction(1, 10), Fraction(1, 2), Fraction(-1)))


@dataclass
class Counts:
    """Of data sets, by the sizes (inputs, rows), and of the hard cases among them."""

    sizes: Counter = field(default_factory=Counter)
    differing: int = 0  # Clarke's list is not the decoupled one
    deficient: int = 0  # the rank is smaller than d
    trained: int = 0
    points: int = 0
    zero_faces: int = 0

    def __str__(self):
        sizes = ", ".join(f"d={d} n={n}: {count}" for (d, n), count in sorted(self.sizes.items()))
        return (
            f"{self.sizes.total()} sets: {self.differing} where Clarke's list is not the decoupled one, {self.deficient} rank "
            f"deficient, {self.trained} with a trained outer weight, {self.points} points, {self.zero_faces} zero faces ({sizes})"
        )


def compared(seeds):
    """What was compared; every list equals brute force."""
    counts = Counts()
    for seed in seeds:
        X, y, slope = tied(seed)
        trained = seed % 3 == 2
        wanted = [bruteforce.kkt(X, y, slope, alone, trained) for alone in (False, True)]
        for notion, expected in zip((clarke, decoupled), wanted, strict=True):
            kkt = Exact(replay=0).solve(Neuron.of(X, y, slope=slope, outer=None if trained else 1), notion)
            assert bruteforce.described(kkt, X, y) == expected, (seed, X, y, slope)
            counts.points += len(expected[0])
            counts.zero_faces += len(expected[1])
        counts.sizes[len(X[0]), len(X)] += 1
        counts.differing += wanted[0] != wanted[1]
        counts.deficient += bool(bruteforce.kernel(X, len(X[0])))
        counts.trained += trained
    return counts


def test_a_sample():
    counts = compared(range(12, 26))
    assert min(counts.differing, counts.deficient, counts.zero_faces) > 0


@pytest.mark.full
@pytest.mark.parametrize("block", range(5))
def test_many_sets(block):
    counts = compared(range(26 + 300 * block, 326 + 300 * block))
    print(f"\n{counts}")
    assert set(counts.sizes) == set(SIZES)
    assert min(counts.differing, counts.deficient) >= 40


def test_a_trained_outer_weight_doubles_the_reference_case():
    X = [[2, -5, 9], [8, -8, -6], [-6, -6, 2], [-3, 0, -5], [9, 3, 3], [-7, -6, 8], [-3, 7, 5], [-9, -1, 1]]
    y = [-1, -3, 2, -2, -1, -1, -2, -1]
    fixed, trained = (Exact().solve(Neuron.of(X, y, slope="1/10", outer=outer)) for outer in (1, None))
    assert Counter(p.kind.value for p in fixed) == {"maximum": 4, "minimum": 5, "saddle": 7}
    halves = sorted(p.value_squared for p in trained if p.value_squared)
    assert halves == sorted(p.value_squared / 4 for p in fixed for _ in range(2))
    assert len(halves) == 32

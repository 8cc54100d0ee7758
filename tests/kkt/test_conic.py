"""The cone programs find the positive local maxima of the exact list, and say that this is all they do."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest

from wnproof.errors import WnproofError
from wnproof.kkt.arrangement import neuron_kkt_points
from wnproof.kkt.conic import Conic
from wnproof.kkt.neuron import Neuron
from wnproof.kkt.points import Kind
from wnproof.verdict import Rigor


def sample(seed, n=7):
    rng = random.Random(seed)
    X = [(rng.randint(-9, 9), rng.randint(-9, 9)) for _ in range(n)]
    return X, [rng.choice((-1, 1, 1, 1)) for _ in range(n)]


@pytest.mark.parametrize("outer", [1, None], ids=["fixed", "trained"])
@pytest.mark.parametrize("seed", range(6))
def test_the_positive_maxima_of_the_exact_list(seed, outer):
    X, y = sample(seed)
    neuron = Neuron.of(X, y, slope=(0, "1/10")[seed % 2], outer=outer)
    wanted = [point for point in neuron_kkt_points(neuron) if point.kind is Kind.MAXIMUM and point.value > 0]
    found = Conic(cones=100).solve(neuron)
    assert len(found) == len(wanted) > 0
    for point in found:
        nearest = min(wanted, key=lambda other: float(np.linalg.norm(other.u - point.u)))
        assert np.linalg.norm(nearest.u - point.u) < 1e-5
        assert point.value == pytest.approx(nearest.value, rel=1e-8)
        assert 0 <= point.residual < 1e-4
        assert point.verdict.rigor is Rigor.UNDECIDED
    assert found.complete.rigor is Rigor.UNDECIDED
    assert "sees only local maxima" in found.complete.reason


@pytest.mark.parametrize("scale", [Fraction(1, 10**12), Fraction(10**12)], ids=str)
def test_the_size_of_the_data_does_not_matter(scale):
    X, y = sample(3)
    plain = Conic(cones=100).solve(Neuron.of(X, y))
    scaled = Conic(cones=100).solve(Neuron.of([[entry * scale for entry in row] for row in X], y))
    np.testing.assert_allclose([p.u for p in scaled], [p.u for p in plain], atol=1e-4)
    np.testing.assert_allclose([p.value / float(scale) for p in scaled], [p.value for p in plain], rtol=1e-8)


def test_few_cones_are_chosen_evenly_and_said_to_be_few():
    X, y = sample(1)
    found = Conic(cones=3).solve(Neuron.of(X, y))
    assert "3 of 10 cones" in found.complete.reason
    assert len(found) <= 3


def test_zero_data_has_no_cone():
    found = Conic().solve(Neuron.of([[0, 0]], [1]))
    assert len(found) == 0
    assert found.complete.rigor is Rigor.UNDECIDED


def test_mistakes():
    with pytest.raises(WnproofError, match="E-SHAPE"):
        Conic().solve(Neuron.of([[1, 2, 3]], [1]))
    with pytest.raises(WnproofError, match="E-VALUE"):
        Conic(cones=0).solve(Neuron.of([[1, 2]], [1]))

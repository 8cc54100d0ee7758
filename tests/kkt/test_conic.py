"""The cone programs find the positive local maxima of the exact list, and say that this is all they do."""

from __future__ import annotations

import random
from fractions import Fraction

import cvxpy as cp
import numpy as np
import pytest

from wnproof.errors import WnproofError
from wnproof.kkt.arrangement import neuron_kkt_points
from wnproof.kkt.circle import merge
from wnproof.kkt.conic import Climb, Conic, Program, most_cells
from wnproof.kkt.faces import fan_of
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


@pytest.mark.parametrize("d", [3, 4])
@pytest.mark.parametrize("outer", [1, None], ids=["fixed", "trained"])
@pytest.mark.parametrize("seed", range(3))
def test_more_inputs_and_dependent_rows(seed, outer, d):
    rng = random.Random(seed)
    X = [[rng.randint(-3, 3) for _ in range(d)] for _ in range(6 if d == 3 else 5)]
    X[2] = [a + b for a, b in zip(X[0], X[1], strict=True)]
    neuron = Neuron.of(X, [rng.choice((-1, 1, 1)) for _ in X], slope=(0, "1/10")[seed % 2], outer=outer)
    exact = neuron_kkt_points(neuron)
    wanted = [point for point in exact if point.kind is Kind.MAXIMUM and point.value > 0]
    found = Conic().solve(neuron)
    assert [point.value for point in found] == pytest.approx([point.value for point in wanted], rel=1e-7)
    assert len(wanted) > 0


def test_of_many_cells_those_uphill_follow():
    rng = random.Random(4)
    X = [[rng.randint(-99, 99) for _ in range(3)] for _ in range(60)]
    neuron = Neuron.of(X, [rng.choice((-1, 1)) for _ in X])
    found, exact = Conic(cones=40).solve(neuron), neuron_kkt_points(neuron, replay=0)
    assert f"40 of up to {most_cells(60, 3)} cones" in found.complete.reason
    maxima = [point for point in exact if point.kind is Kind.MAXIMUM and point.value > 0]
    assert found.points
    for point in found:
        assert min(float(np.linalg.norm(point.u - other.u)) for other in maxima) < 1e-4


@pytest.mark.parametrize("status", ["optimal_inaccurate", "user_limit", "unbounded", "infeasible"])
def test_only_success_counts(monkeypatch, status):
    monkeypatch.setattr(cp.Problem, "status", property(lambda _: status))
    X, y = sample(3)
    assert len(Conic(cones=10).solve(Neuron.of(X, y))) == 0


def test_a_cone_that_climbs_further_gives_no_point():
    """Two cones meet in a ray at which one of the programs ends; across it the other one rises."""
    X, y = sample(2)
    neuron = Neuron.of(X, y)
    lines, _ = merge(neuron)
    climb = Climb(lines, 1, 1e-4)
    program = Program.over(lines)
    ends = []
    for signs in fan_of([line.normal for line in lines]).cells:
        z = program.solved(climb.gradient(signs), signs) if any(climb.gradient(signs)) else None
        if z is not None:
            ends.append(climb.judged(z, signs))
    assert sum(maximum is None and uphill is not None for maximum, uphill in ends) > 0
    assert sum(maximum is not None for maximum, _ in ends) > 0


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
    with pytest.raises(WnproofError, match="E-VALUE"):
        Conic(cones=0).solve(Neuron.of([[1, 2]], [1]))

"""What a search meets besides regular points: sets of solutions, singular points, kinks, dead neurons, data that cancel."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
import sympy as sp

from wnproof.derive.ncf import ncf
from wnproof.derive.sphere import sphere_problem
from wnproof.kkt.arrangement import neuron_kkt_points
from wnproof.kkt.multistart import Multistart
from wnproof.kkt.points import Kind
from wnproof.kkt.solve import neuron_of
from wnproof.model.activations import leaky_relu, linear, polynomial_relu
from wnproof.model.dataset import Dataset
from wnproof.model.network import Network
from wnproof.verdict import Rigor


def test_the_dead_cone_of_one_neuron_is_one_family_with_its_boundary():
    # N vanishes where both preactivations are negative and is positive elsewhere
    net = Network((2, 1, 1), polynomial_relu(2), fixed={"W2": [[1]]})
    found = Multistart(starts=60).solve(ncf(net, Dataset([[2, 1], [1, 3]], [1, 1])))
    assert [point.kind for point in found] == [Kind.MAXIMUM]
    (dead,) = found.families
    assert (dead.kind, dead.dimension, dead.value) == (Kind.FLAT, 1, pytest.approx(0.0, abs=1e-20))
    assert dead.angle(np.array([-0.6, -0.8])) == pytest.approx(0.0, abs=1e-12)


def test_circles_of_solutions_are_one_family_and_not_hundreds_of_points():
    x, y, z = sp.symbols("x y z")
    found = Multistart(starts=30).solve(sphere_problem(x**2 + y**2 - z**2, (x, y, z)))
    assert [(point.value, point.kind) for point in found] == [(-1.0, Kind.MINIMUM)] * 2
    (circle,) = found.families
    assert (circle.dimension, circle.kind) == (1, Kind.DEGENERATE)
    assert circle.value == pytest.approx(1.0)
    member = circle.sample(seed=0)
    assert member[2] == pytest.approx(0.0, abs=1e-9)
    assert circle.angle(np.array([0.6, 0.8, 0.0])) == pytest.approx(0.0, abs=1e-9)
    assert circle.angle(np.array([0.0, 0.6, 0.8])) == pytest.approx(math.atan2(0.8, 0.6), abs=0.3)
    assert "dimension 1 at least" in found.table()
    assert len(circle.to_json()["members"]) > 10


def test_the_dimension_is_that_of_the_set_and_not_of_the_zero_eigenvalues():
    x, y, z, w = sp.symbols("x y z w")
    found = Multistart(starts=40).solve(sphere_problem((x * y) ** 2 + z**4 + w**4, (x, y, z, w)))
    zeros = [point for point in found if abs(point.value) < 1e-9]
    assert sorted(tuple(np.round(point.u, 2) + 0.0) for point in zeros) == [
        (-1, 0, 0, 0),
        (0, -1, 0, 0),
        (0, 1, 0, 0),
        (1, 0, 0, 0),
    ]
    assert all(point.kind is Kind.DEGENERATE for point in zeros)
    v = sp.symbols("v:4")
    (level,) = Multistart(starts=40).solve(sphere_problem(v[0] ** 4 + v[1] ** 4, v)).families[-1:]
    assert level.value == pytest.approx(0.0, abs=1e-9)
    assert level.dimension == 1  # the circle v0 = v1 = 0, where all three eigenvalues are zero


def test_an_isolated_singular_point_stays_a_point_and_is_called_degenerate():
    x, y, z = sp.symbols("x y z")
    found = Multistart(starts=30).solve(sphere_problem(x**4 + y**4, (x, y, z)))
    singular = [point for point in found if point.kind is Kind.DEGENERATE]
    assert len(singular) == 2
    np.testing.assert_allclose([abs(point.u) for point in singular], [[0, 0, 1]] * 2, atol=1e-4)
    assert found.families == ()
    assert sum(point.kind is Kind.MAXIMUM for point in found) == 4


def test_a_deep_linear_network_has_two_levels_besides_zero():
    X, y = [[1, 2], [0, 3], [-1, 1]], [1, 2, -1]
    found = Multistart(starts=15).solve(ncf(Network((2, 2, 2, 1), linear), Dataset(X, y)))
    top = np.linalg.norm(np.array(X).T @ y) / 3**1.5  # reached by rank-one layers of equal norms
    assert len(found) == 0
    assert [family.value for family in found.families] == pytest.approx([top, 0.0, -top], abs=1e-9)
    assert all(family.kind is Kind.DEGENERATE for family in found.families)


@pytest.mark.parametrize(("outer", "expected"), [(1, Kind.MINIMUM), (-2, Kind.SADDLE)])
def test_on_a_kink_of_the_gradient_both_patterns_decide(outer, expected):
    # N = relu(w1)^2 + outer relu(-w1)^2: both patterns meet at +-e2
    net = Network((2, 1, 1), polynomial_relu(2), fixed={"W2": [[1]]})
    found = Multistart(starts=20).solve(ncf(net, Dataset([[1, 0], [-1, 0]], [1, outer])))
    on_kink = [point for point in found if abs(point.u[0]) < 1e-6]
    assert [point.kind for point in on_kink] == [expected] * 2
    assert all(point.morse_index is None and "kink" in point.verdict.reason for point in on_kink)
    assert sorted(point.value for point in found if point not in on_kink) == pytest.approx(sorted((1, outer)))


@pytest.mark.parametrize("outer", [[[1]], None], ids=["fixed", "trained"])
@pytest.mark.parametrize("seed", range(3))
def test_off_the_kinks_of_a_leaky_neuron_only_points_of_the_exact_list(seed, outer):
    rng = random.Random(seed)
    X = [[rng.randint(-9, 9) for _ in range(2)] for _ in range(7)]
    y = [rng.choice((-1, 1)) for _ in X]
    net = Network((2, 1, 1), leaky_relu("1/10"), fixed=None if outer is None else {"W2": outer})
    problem = ncf(net, Dataset(X, y))
    exact = [point for point in neuron_kkt_points(neuron_of(problem)) if not point.slopes and point.value]
    found = [point for point in Multistart(starts=60).solve(problem) if abs(point.value) > 1e-9]
    assert len(found) == len(exact)
    for point in found:
        nearest = min(exact, key=lambda other: np.linalg.norm(other.u - point.u))  # noqa: B023
        np.testing.assert_allclose(point.u, nearest.u, atol=1e-9)
        assert point.value == pytest.approx(nearest.value)
        assert point.kind is nearest.kind


def test_wide_leaky_networks_have_the_values_of_one_neuron_in_families():
    X, y = [[3, 1], [-1, 2], [2, -5], [-4, -1], [1, 1]], [1, 1, -1, -1, 1]
    exact = neuron_kkt_points(neuron_of(ncf(Network((2, 1, 1), leaky_relu("1/10")), Dataset(X, y))))
    found = Multistart(starts=25).solve(ncf(Network((2, 3, 1), leaky_relu("1/10")), Dataset(X, y)))
    values = np.array([*(point.value for point in exact), 0.0])
    assert found.families
    assert found.families[0].value == pytest.approx(max(values))
    for entry in (*found, *found.families):
        assert np.abs(values - entry.value).min() < 1e-9


@pytest.mark.parametrize(
    ("X", "y"),
    [([[0, 0]], [1]), ([[1, 2]], [0]), ([["1/3", "2/7"], ["1/3", "2/7"], ["5/3", 1], ["5/3", 1]], [1, -1, 3, -3])],
    ids=["zero rows", "zero labels", "labels cancel"],
)
@pytest.mark.parametrize("activation", [linear, polynomial_relu(2)], ids=str)
def test_an_identically_zero_correlation_is_degenerate(activation, X, y):
    found = Multistart(starts=10).solve(ncf(Network((2, 2, 1), activation), Dataset(X, y)))
    assert len(found) == 0
    assert found.complete.rigor is Rigor.UNDECIDED
    assert "degenerate" in found.complete.reason

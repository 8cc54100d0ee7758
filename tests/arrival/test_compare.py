"""Arrival at KKT points, and the slope of early convergence."""

import numpy as np
import pytest
import sympy as sp

import wnproof as wn
from wnproof.arrival.compare import neuron_directions
from wnproof.arrival.convergence import EarlyError
from wnproof.claims.claim import REGISTRY, check_claim, select

x, y = sp.symbols("x y")


def test_arrival_at_the_winner_that_the_start_decides():
    problem = wn.sphere_problem(2 * x**3 + y**3, (x, y))
    points = wn.kkt_points(problem)
    for start, value in (([0.9, 0.8], 2), ([0.3, 0.9], 1)):
        arrival = wn.compare(wn.simulate_ncf(problem, start), points)
        assert arrival.verdict.rigor is wn.Rigor.SUPPORTED
        assert arrival.point.value == pytest.approx(value, abs=1e-9)


def test_a_run_that_has_not_arrived_supports_nothing():
    problem = wn.sphere_problem(2 * x**3 + y**3, (x, y))
    arrival = wn.compare(wn.simulate_ncf(problem, [0.9, 0.8], t_end=0.01), wn.kkt_points(problem))
    assert arrival.verdict.rigor is wn.Rigor.UNDECIDED


def test_one_relu_neuron_on_iris_arrives_at_a_certified_point():
    data = wn.datasets.iris(("petal_length", "petal_width"))
    net = wn.Network((2, 1, 1), wn.relu)
    points = wn.kkt_points(wn.ncf(net, data))
    traj = wn.simulate(wn.gradient_flow(net), data, [1e-8, 2e-8, -3e-8], 0.05, chart=wn.polar, at=np.linspace(0, 0.05, 11))
    early = wn.simulate(wn.gradient_flow(net), data, [1e-8, 2e-8, -3e-8], 0.03, chart=wn.polar)
    arrival = wn.compare(early, points)
    assert arrival.verdict.rigor is wn.Rigor.SUPPORTED
    assert arrival.point is points[0]
    assert arrival.point.verdict.rigor is wn.Rigor.CERTIFIED
    assert neuron_directions(traj, net).shape == (11, 1, 2)


def test_dead_neuron_is_at_distance_zero_of_the_family():
    data = wn.datasets.iris(("petal_length", "petal_width"))
    net = wn.Network((2, 1, 1), wn.relu)
    traj = wn.simulate(wn.gradient_flow(net), data, [-1e-3, -1e-3, 1e-3], 1.0)
    arrival = wn.compare(traj, wn.kkt_points(wn.ncf(net, data)))
    assert arrival.point is None
    assert arrival.angle < 1e-6


def test_early_convergence_has_slope_three_on_random_data():
    rng = np.random.default_rng(0)
    data = wn.Dataset(rng.integers(-20, 21, (8, 3)).tolist(), rng.integers(-3, 4, 8).tolist())
    run = EarlyError(wn.Network((3, 4, 1), wn.polynomial_relu(2)), data, seed=2, deltas=(0.1, 0.05, 0.025, 0.0125))
    assert run.failure == ""
    assert run.estimate == pytest.approx(3, abs=0.02)


def test_the_claim_rejects_two_and_four_and_accepts_only_three():
    select()
    result = check_claim(REGISTRY["kumar-haupt-2024/thm-directional-convergence"])
    assert result.ok
    assert [(c.name, c.caught) for c in result.controls] == [("exponent 2", True), ("exponent 4", True)]
    run = EarlyError(wn.Network((2, 4, 1), wn.polynomial_relu(2)), wn.datasets.iris(("petal_length", "petal_width")), seed=1)
    assert wn.decide(wn.rate(run, 2, rejects=(3,))).rigor is wn.Rigor.UNDECIDED
    assert wn.decide(wn.rate(run, 3, rejects=())).rigor is wn.Rigor.UNDECIDED


def test_points_of_another_network_are_refused():
    data = wn.datasets.iris(("petal_length", "petal_width"))
    net = wn.Network((2, 3, 1), wn.relu)
    traj = wn.simulate(wn.gradient_flow(net), data, net.initial(1e-6, 0), 1e-3)
    with pytest.raises(wn.WnproofError, match="9 parameters, the KKT points have 3"):
        wn.compare(traj, wn.kkt_points(wn.ncf(wn.Network((2, 1, 1), wn.relu), data)))
    with pytest.raises(wn.WnproofError, match="9 parameters, the network has 3"):
        neuron_directions(traj, wn.Network((2, 1, 1), wn.relu))


@pytest.mark.parametrize("normalization", [wn.plain, wn.weight_norm, wn.exponential_weight_norm], ids=repr)
def test_neuron_directions_are_those_of_the_effective_weights(normalization):
    net = wn.Network((2, 2, 1), wn.polynomial_relu(2), normalization=normalization)
    start = net.initial(0.5, 0)
    if normalization is wn.weight_norm:
        start = net.flatten({**net.unflatten(start), "g1": [-1.0, 2.0]})
    data = wn.Dataset([[1, 2], [3, -1]], [1, -1])
    traj = wn.simulate(wn.gradient_flow(net), data, start, 0.01, at=[0, 0.01])
    blocks = net.unflatten(start)
    rows = blocks["W1"] if normalization is wn.plain else blocks["V1"] * np.sign(blocks.get("g1", np.ones(2)))[:, None]
    assert np.allclose(neuron_directions(traj, net)[0], rows / np.linalg.norm(rows, axis=1, keepdims=True))

"""Gradient flow of an integral risk: the gradient against SymPy's integral, and the published divergence of two neurons."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import wnproof as wn
from wnproof.simulation import population
from wnproof.simulation.population import PopulationRisk

x, f, y = sp.symbols("x f y")
RISK = wn.Loss("risk", (f - y) ** 2)
JUMP = wn.Population(sp.Piecewise((0, x <= sp.Rational(1, 2)), (1, True)), (0, 1))


def integral(net: wn.Network, theta: np.ndarray, population_target: sp.Expr, power: int, low: float) -> float:
    """The risk on a grid of 200,001 midpoints: another derivation, right to about 1e-10."""
    n = 200_001
    grid = low + (1 - low) * (np.arange(n) + 0.5) / n
    at = net.unflatten(theta)
    hidden = np.maximum(np.multiply.outer(grid, at["W1"][:, 0]) + at["b1"], 0) ** power
    out = hidden @ at["W2"][0] + (at.get("b2", 0))
    return float(np.mean((out - sp.lambdify(x, population_target, "numpy")(grid)) ** 2) * (1 - low))


@pytest.mark.parametrize(("power", "bias"), [(1, (True, True)), (1, (True, False)), (2, (True, True))])
def test_risk_and_velocity_are_those_of_the_integral(power, bias):
    net = wn.Network((1, 3, 1), wn.polynomial_relu(power), bias=bias)
    target = sp.Abs(x - sp.Rational(1, 3))
    risk = PopulationRisk.of(wn.gradient_flow(net, RISK), wn.Population(target, (-1, 1)))
    rng = np.random.default_rng(power)
    theta = rng.normal(size=net.size)
    value, velocity = risk(theta)
    assert abs(value - integral(net, theta, target, power, -1.0)) < 1e-8
    h = 1e-5
    for k in range(net.size):
        step = h * np.eye(net.size)[k]
        assert abs((risk(theta - step)[0] - risk(theta + step)[0]) / (2 * h) - velocity[k]) < 1e-7


def test_two_neurons_on_the_sphere_diverge_like_the_cube_root_of_time():
    """Rows of norm one do not bound the outer weights when the target jumps: |v| = 5.4026, 11.384, 24.308, 52.119."""
    net = wn.Network((1, 2, 1), wn.relu, bias=(True, True))
    lengths = np.sqrt([1.09, 1.49])
    start = {"W1": (1 / lengths)[:, None], "b1": -np.array([0.3, 0.7]) / lengths, "W2": (np.array([2.5, -2.5]) * lengths)[None]}
    theta = net.flatten(start | {"b2": [0.0]})
    run = wn.simulate(wn.gradient_flow(net, RISK, on=wn.sphere_rows), JUMP, theta, 1e6, at=[1e3, 1e4, 1e5, 1e6], tolerance=1e-7)
    assert run.stop is wn.StopReason.REACHED_END
    largest = [float(np.max(np.abs(net.unflatten(row)["W2"]))) for row in run.theta]
    assert np.allclose(largest, [5.4026246, 11.3837947, 24.3075883, 52.1193462], rtol=1e-6)
    slope = np.log(largest[3] / largest[2]) / np.log(10)
    assert abs(slope - 1 / 3) < 0.004
    assert run.invariant_drift < 1e-9
    assert (np.diff(run.loss) < 0).all()


def test_the_energy_that_is_lost_is_the_squared_velocity():
    net = wn.Network((1, 1, 1), wn.relu, bias=(True, True))
    flow, target = wn.gradient_flow(net, RISK, on=wn.sphere_rows), wn.Population(sp.Abs(x - sp.Rational(3, 10)), (0, 1))
    run = wn.simulate(flow, target, net.flatten({"W1": [[0.6]], "b1": [0.8], "W2": [[1.0]], "b2": [0.0]}), 5.0)
    risk = PopulationRisk.of(flow, target)
    times = np.linspace(0, 5, 4001)
    squares = np.array([risk(run(t))[1] @ risk(run(t))[1] for t in times])
    simpson = (squares[0] + squares[-1] + 4 * squares[1::2].sum() + 2 * squares[2:-1:2].sum()) * times[1] / 3
    assert abs(run.loss[0] - run.loss[-1] - simpson) < 1e-7


@pytest.mark.parametrize(
    ("flow", "what"),
    [
        (wn.gradient_flow(wn.Network((2, 2, 1), wn.relu), RISK), "widths"),
        (wn.gradient_flow(wn.Network((1, 2, 2, 1), wn.relu), RISK), "widths"),
        (wn.gradient_flow(wn.Network((1, 2, 1), wn.relu, normalization=wn.weight_norm), RISK), "plain"),
        (wn.gradient_flow(wn.Network((1, 2, 1), wn.tanh), RISK), "homogeneous"),
        (wn.gradient_flow(wn.Network((1, 2, 1), wn.relu), wn.logistic), "polynomial loss"),
    ],
)
def test_what_is_not_integrated_exactly_is_refused(flow, what):
    with pytest.raises(wn.WnproofError, match=what):
        wn.simulate(flow, JUMP, np.ones(flow.net.size), 1.0)


@pytest.mark.parametrize("scale", [1e60, 1e140], ids=str)
def test_a_start_whose_risk_leaves_the_floats_stops(scale, monkeypatch):
    monkeypatch.setattr(population, "EVALUATIONS", 2000)
    net = wn.Network((1, 2, 1), wn.relu, bias=(True, True))
    run = wn.simulate(wn.gradient_flow(net), JUMP, scale * net.initial(1.0, 0), 5.0)
    assert run.stop in (wn.StopReason.NON_FINITE, wn.StopReason.STEP_LIMIT)
    assert np.array_equal(run.theta[0], scale * net.initial(1.0, 0))
    assert any(run.stop.value in caveat for caveat in run.caveats)


def test_balancedness_is_watched():
    net = wn.Network((1, 3, 1), wn.relu, bias=(True, False))
    run = wn.simulate(wn.gradient_flow(net), JUMP, net.initial(1.0, 0), 2.0)
    assert 0 < run.invariant_drift < 1e-8

"""Trajectories against exact solutions."""

import numpy as np
import pytest
import sympy as sp

import wnproof as wn
from wnproof.simulation.trajectory import StopReason

x, y, z = sp.symbols("x y z")


def test_scalar_linear_network():
    flow = wn.gradient_flow(wn.Network((1, 1, 1), wn.linear))
    traj = wn.simulate(flow, wn.Dataset([[1]], [1]), [0.1, 0.1], 3.0)
    assert traj.stop is StopReason.REACHED_END
    assert np.prod(traj.final) == pytest.approx(0.8029571527703, abs=1e-9)
    p = np.exp(2 * traj.t) / (np.exp(2 * traj.t) - 1 + 100)
    assert np.allclose(np.prod(traj.theta, axis=1), p, rtol=1e-8, atol=0)
    assert traj.error < 1e-7


@pytest.mark.parametrize("chart", [wn.cartesian, wn.polar], ids=["cartesian", "polar"])
@pytest.mark.parametrize("scale", [1e-3, 1e-9])
def test_small_initialization_keeps_its_digits(chart, scale):
    """One linear neuron grows like exp(t) from any scale; an absolute tolerance that ignores the scale would lose this."""
    flow = wn.gradient_flow(wn.Network((1, 1, 1), wn.linear))
    traj = wn.simulate(flow, wn.Dataset([[1]], [1]), [scale, scale], 22.0, chart=chart)
    exact = 1 / (1 + (1 / scale**2 - 1) * np.exp(-2 * traj.t))
    assert np.allclose(np.prod(traj.theta, axis=1), exact, rtol=2e-8, atol=0)
    assert traj.error < 2e-6


def test_blow_up_time_is_enclosed():
    traj = wn.simulate_ncf(wn.sphere_problem(x * y * z, (x, y, z)), 0.3 * np.ones(3) / np.sqrt(3))
    exact = 1 / (0.3 * 3 / np.sqrt(27))
    assert exact == pytest.approx(5.7735026919, abs=1e-10)
    low, high = traj.blowup
    assert low <= exact <= high
    assert high - low < 1e-8 * exact


def test_diagonal_cubic_has_its_exact_solution_and_winner():
    problem = wn.sphere_problem(2 * x**3 + y**3, (x, y))
    traj = wn.simulate_ncf(problem, [0.9, 0.8])
    times = np.linspace(0, 0.95 * traj.blowup[0], 50)
    states = traj(times)
    assert np.allclose(states[:, 0], 1 / (1 / 0.9 - 6 * times), rtol=1e-7)
    assert np.allclose(states[:, 1], 1 / (1 / 0.8 - 3 * times), rtol=1e-7)
    assert traj.direction(traj.t[-1]) == pytest.approx([1, 0], abs=1e-6)


def test_quadratic_form_grows_exponentially_without_blow_up():
    problem = wn.sphere_problem(3 * x**2 + y**2, (x, y))
    traj = wn.simulate_ncf(problem, [1e-3, 1.0], t_end=2.0)
    assert traj.stop is StopReason.REACHED_END
    assert traj.blowup is None
    assert traj.final == pytest.approx([1e-3 * np.exp(12.0), np.exp(4.0)], rel=1e-7)
    assert wn.simulate_ncf(problem, [1e-3, 1.0]).stop is StopReason.CONVERGED


def test_one_neuron_crossing_a_kink_is_piecewise_exact():
    """f = w x with w crossing 0 while a second, fixed unit pulls: leaky ReLU of z = w x + b, trained b, fixed W1."""
    net = wn.Network((1, 1, 1), wn.leaky_relu("1/2"), bias=True, fixed={"W1": [[0]], "W2": [[1]]})
    traj = wn.simulate(wn.gradient_flow(net), wn.Dataset([[1]], [2]), [-1.0], 4.0)
    # z' = -s (s z - 2): on the left s = 1/2, z = 4 - 5 exp(-t/4) until t* = 4 ln(5/4); on the right z = 2 - 2 exp(-(t - t*))
    crossing = 4 * np.log(5 / 4)
    assert len(traj.events) == 1
    assert traj.events[0][0] == pytest.approx(crossing, abs=1e-9)
    assert traj.events[0][1] == "z1[0,0]"
    assert traj.final[0] == pytest.approx(2 - 2 * np.exp(-(4 - crossing)), abs=1e-9)
    assert traj(0.5)[0] == pytest.approx(4 - 5 * np.exp(-0.125), abs=1e-9)


def test_error_estimate_is_honest():
    flow = wn.gradient_flow(wn.Network((1, 1, 1), wn.linear))
    for tolerance in (1e-4, 1e-6, 1e-8):
        traj = wn.simulate(flow, wn.Dataset([[1]], [1]), [0.1, 0.1], 3.0, tolerance=tolerance)
        p = np.exp(2 * traj.t) / (np.exp(2 * traj.t) - 1 + 100)
        true = np.max(np.abs(np.sqrt(p) - traj.theta[:, 0]) / np.sqrt(p))
        assert true <= 10 * traj.error


def test_dense_output_is_as_accurate_as_the_steps():
    flow = wn.gradient_flow(wn.Network((1, 1, 1), wn.linear))
    traj = wn.simulate(flow, wn.Dataset([[1]], [1]), [0.1, 0.1], 3.0)
    times = np.random.default_rng(0).uniform(0, 3, 200)
    p = np.exp(2 * times) / (np.exp(2 * times) - 1 + 100)
    assert np.allclose(np.prod(traj(times), axis=1), p, rtol=1e-7)
    with pytest.raises(wn.WnproofError, match="outside the run"):
        traj(3.1)


@pytest.mark.parametrize("size", [1e-12, 1, 1e12], ids=str)
@pytest.mark.parametrize("radius", [1e-9, 1, 1e6], ids=str)
def test_blow_up_time_at_every_scale(size, radius):
    problem = wn.sphere_problem(sp.Rational(size) * (2 * x**3 + y**3), (x, y))
    low, high = wn.simulate_ncf(problem, [radius, 0.8 * radius]).blowup
    exact = 1 / (6 * size * radius)
    assert low <= exact <= high
    assert high - low < 1e-8 * exact


def test_blow_up_before_the_end_time_stops_the_run():
    traj = wn.simulate_ncf(wn.sphere_problem(2 * x**3 + y**3, (x, y)), [0.9, 0.8], t_end=1.0)
    assert traj.stop is StopReason.BLOW_UP
    assert traj.blowup[0] <= 1 / 5.4 <= traj.blowup[1]


def test_a_bound_on_the_blow_up_time_from_any_state():
    traj = wn.simulate_ncf(wn.sphere_problem(2 * x**3 + y**3, (x, y)), [0.9, 0.8], t_end=0.1)
    assert traj.stop is StopReason.REACHED_END
    assert traj.t[-1] == 0.1
    assert traj.blowup[0] <= 1 / 5.4 <= traj.blowup[1]


def test_collapse_to_the_origin():
    """N < 0 along the way: u = 1/(1/u0 + 3 t) shrinks for ever, its direction stands still."""
    traj = wn.simulate_ncf(wn.sphere_problem(-(x**3), (x,)), [0.5], t_end=100.0)
    assert traj.blowup is None
    assert traj.final == pytest.approx([1 / (2 + 300)], rel=1e-8)
    assert wn.simulate_ncf(wn.sphere_problem(-(x**3), (x,)), [0.5]).stop is StopReason.CONVERGED


def test_stall_of_a_squared_relu_neuron():
    """A negative outer weight pushes w off the data before it changes sign; the limit has w and v both nonzero."""
    net = wn.Network((2, 1, 1), wn.polynomial_relu(2))
    traj = wn.simulate_ncf(wn.ncf(net, wn.Dataset([[1, 2]], [1])), [0.3, 0.3, -0.5])
    assert traj.stop is StopReason.CONVERGED
    assert traj.blowup is None
    assert np.allclose(traj.final, [0.12, -0.06, -0.4111], atol=1e-3)
    assert traj.invariant_drift < 1e-8


@pytest.mark.parametrize("tolerance", [1e-4, 1e-6, 1e-9, 1e-11])
def test_error_of_the_correlation_flow_is_honest(tolerance):
    traj = wn.simulate_ncf(wn.sphere_problem(2 * x**3 + y**3, (x, y)), [0.9, 0.8], t_end=0.15, tolerance=tolerance)
    times = np.linspace(0, 0.15, 40)
    exact = np.stack([1 / (1 / 0.9 - 6 * times), 1 / (1 / 0.8 - 3 * times)], axis=1)
    true = np.max(np.linalg.norm(traj(times) - exact, axis=1) / np.linalg.norm(exact, axis=1))
    assert true <= 10 * traj.error
    assert traj.error < 100 * tolerance


@pytest.mark.parametrize("tolerance", [1e-4, 1e-7, 1e-10])
def test_error_across_a_kink_is_honest(tolerance):
    net = wn.Network((1, 1, 1), wn.leaky_relu("1/2"), bias=True, fixed={"W1": [[0]], "W2": [[1]]})
    traj = wn.simulate(wn.gradient_flow(net), wn.Dataset([[1]], [2]), [-1.0], 4.0, tolerance=tolerance)
    crossing = 4 * np.log(5 / 4)
    times = np.concatenate([np.linspace(0, 0.8, 20), np.linspace(1, 4, 20)])
    exact = np.where(times < crossing, 4 - 5 * np.exp(-times / 4), 2 - 2 * np.exp(-(times - crossing)))
    true = np.max(np.abs(traj(times)[:, 0] - exact) / np.abs(exact))
    assert true <= 10 * traj.error


def test_a_direction_that_settles_too_slowly_says_so():
    """N = (3 x^2 + (3 - 1/100) y^2) / 2: the radius leaves the floats long before the directions part."""
    problem = wn.sphere_problem(sp.Rational(3, 2) * x**2 + sp.Rational(299, 200) * y**2, (x, y))
    traj = wn.simulate_ncf(problem, [1.0, 1.0])
    assert traj.stop is StopReason.NORM_LIMIT
    assert np.all(np.isfinite(traj.theta))
    assert np.all(np.isfinite(traj.loss))
    assert traj.direction(traj.t_stop)[1] > 1e-3

"""How long small initializations stay small, and how well the flow of N describes them until then."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq

import wnproof as wn
from wnproof.arrival.convergence import EarlyError


def escape_time(flow, data, start, delta, radius, t_end):
    traj = wn.simulate(flow, data, delta * start, t_end, chart=wn.polar, tolerance=1e-11)
    assert traj.stop is wn.StopReason.REACHED_END
    reached = brentq(lambda t: float(np.linalg.norm(traj(t))) - radius, 0.0, t_end, xtol=1e-12)
    return reached, traj


def test_the_escape_takes_log_one_over_delta_by_twice_the_best_value():
    """N = a . W (3, 4) is at most 5/2 on the sphere, so that a start 100 times smaller costs log(100) / 5 more."""
    net = wn.Network((2, 3, 1), wn.linear)
    data = wn.Dataset([[1, 0], [0, 1]], [3, 4])
    best = 5 / 2
    start = net.initial(1.0, seed=3)
    start /= np.linalg.norm(start)
    times = [escape_time(wn.gradient_flow(net), data, start, delta, 0.5, 6.0)[0] for delta in (1e-3, 1e-5, 1e-7)]
    assert np.diff(times) == pytest.approx(math.log(100) / (2 * best), abs=2e-5)
    assert abs(np.diff(times) - math.log(100) / best).min() > 0.5


def test_from_a_saddle_it_escapes_earlier_and_elsewhere():
    """Sum y_i x_i^T = diag(10, 1) with start on its second singular pair, of value 1/2: a time log(1/delta) by the rule.

    Terms of order delta^3 have a part along the first pair, which grows ten times as fast: 3/10 of that time is left.
    """
    net = wn.Network((2, 2, 2), wn.linear)
    data = wn.Dataset([[1, 0], [1, 1]], [[10, -1], [0, 1]])
    start = net.flatten({"W1": [[0, math.sqrt(0.5)], [0, 0]], "W2": [[0, 0], [math.sqrt(0.5), 0]]})
    gradient = wn.kernel(wn.ncf(net, data))(start)
    assert gradient == pytest.approx(1.0 * start)  # a KKT point of value 1/2
    deltas = (10**-1.5, 10**-2.0, 10**-2.5)
    runs = [escape_time(wn.gradient_flow(net), data, start, delta, 0.5, 4.0) for delta in deltas]
    slopes = np.diff([t for t, _ in runs]) / np.diff(np.log(1 / np.array(deltas)))
    assert slopes == pytest.approx(0.3, abs=0.02)
    for t, traj in runs:
        first = net.unflatten(traj(t))["W1"]
        assert np.linalg.norm(first[:, 0]) > 3 * np.linalg.norm(first[:, 1])


def test_three_squared_layers_have_slope_seven():
    """Three layers of squared ReLU: L = 1 + 2 + 4, and the error of early convergence is of order delta^7."""
    rng = np.random.default_rng(0)
    data = wn.Dataset(rng.integers(-2, 3, (4, 2)).tolist(), rng.integers(-3, 4, 4).tolist())
    run = EarlyError(wn.Network((2, 2, 2, 1), wn.polynomial_relu(2)), data, seed=0, deltas=(0.4, 0.3, 0.22, 0.16))
    assert run.failure == ""
    assert run.exponents == pytest.approx(7, abs=1e-3)

"""The chart of logarithmic time and loss against closed forms and against natural time."""

import math

import mpmath
import numpy as np
import pytest

import wnproof as wn

NODE = wn.Network((1, 1, 1), wn.polynomial_relu(2), normalization=wn.exponential_weight_norm, fixed={"W2": [[1]]})
ONE = wn.Dataset([[1]], [1])


def one_node(t_end, **options):
    """One squared ReLU node under EWN from s = 1: 4 t = F(s) - F(1) with F(s) = Ei(s) - e^s/s."""
    return wn.simulate(wn.gradient_flow(NODE, wn.exponential), ONE, [1.0, 0.0], t_end, chart=wn.log_time, **options)


def exact_time(s):
    with mpmath.workdps(40):
        F = [mpmath.ei(x) - mpmath.exp(x) / x for x in (mpmath.mpf(s), mpmath.mpf(1))]
        return float(mpmath.log((F[0] - F[1]) / 4))


def test_one_node_under_exponential_weight_normalization():
    traj = one_node(1e2, tolerance=1e-11)
    assert -traj.log_loss[-1] == pytest.approx(10.4186239946078, abs=1e-9)
    assert traj.loss[-1] == pytest.approx(math.exp(-10.4186239946078), rel=1e-9)


def test_all_times_on_the_way_to_the_end_of_the_floats():
    at = np.logspace(-2, 300, 20)
    traj = one_node(1e300, at=at)
    assert traj.stop is wn.StopReason.REACHED_END
    for t, log_t, s in zip(at, traj.log_t, -traj.log_loss, strict=True):
        assert log_t == pytest.approx(math.log(t), rel=1e-14)
        assert exact_time(s) == pytest.approx(log_t, abs=1e-6)
    assert traj(at[10]) == pytest.approx(traj.theta[10], abs=1e-12)


@pytest.mark.full
def test_beyond_the_floats():
    traj = one_node(math.inf)
    assert traj.log_loss[-1] == pytest.approx(-1e4, rel=1e-12)
    assert traj.t_stop == math.inf
    assert traj.log_t[-1] == pytest.approx(exact_time(1e4), abs=20 * traj.error)
    assert traj.error < 1e-5
    assert "exp(-1" in repr(traj)


@pytest.mark.parametrize("loss", [wn.logistic, wn.exponential.averaged], ids=repr)
def test_it_agrees_with_natural_time(loss):
    """Three layers with kinks that are crossed."""
    flow = wn.gradient_flow(wn.Network((2, 3, 2, 1), wn.leaky_relu("1/10")), loss)
    data = wn.Dataset([[1, 2], [2, -1], [1, 1]], [1, 1, 1])
    start = np.abs(flow.net.initial(0.7, seed=3)) - 0.2
    at = [0.5, 20.0]
    mine, other = (wn.simulate(flow, data, start, 20.0, at=at, chart=chart) for chart in (wn.log_time, wn.cartesian))
    assert mine.stop is other.stop is wn.StopReason.REACHED_END
    assert [what for _, what in mine.events] == [what for _, what in other.events]
    assert mine.theta == pytest.approx(other.theta, abs=1e-7)
    assert mine.loss == pytest.approx(other.loss, rel=1e-7)


def test_the_tail_of_the_logistic_loss_is_the_exponential_one():
    flows = [wn.gradient_flow(wn.Network((1, 1, 1), wn.linear), loss) for loss in (wn.logistic, wn.exponential)]
    runs = [wn.simulate(flow, ONE, [1.0, 1.5], 1e60, chart=wn.log_time) for flow in flows]
    assert runs[0].log_loss[-1] == pytest.approx(runs[1].log_loss[-1], abs=1e-3)
    assert runs[0].log_loss[-1] < -130
    w = runs[0].final
    assert w[1] ** 2 - w[0] ** 2 == pytest.approx(1.25, abs=1e-6)


def test_losses_that_do_not_vanish_are_refused_or_told():
    with pytest.raises(wn.WnproofError, match="log_time"):
        wn.simulate(wn.gradient_flow(NODE), ONE, [1.0, 0.0], 1.0, chart=wn.log_time)
    flow = wn.gradient_flow(wn.Network((1, 1, 1), wn.linear), wn.exponential)
    traj = wn.simulate(flow, wn.Dataset([[1], [1]], [1, -1]), [1.0, 1.5], math.inf, chart=wn.log_time)
    assert not traj.stop.sound
    assert traj.log_loss[-1] == pytest.approx(math.log(2), abs=1e-3)
    assert traj.log_loss[0] > 1

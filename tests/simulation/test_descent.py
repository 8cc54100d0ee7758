"""Gradient descent: Euler's method exactly, its distance to the flow of first order in the step, loss-scaled steps."""

from __future__ import annotations

import numpy as np
import pytest

import wnproof as wn

DATA = wn.Dataset([[1, 2], [-1, 1], [2, -1], [1, 1]], [1, -1, 1, 1])
NET = wn.Network((2, 3, 1), wn.tanh)
FLOW = wn.gradient_flow(NET, wn.logistic)
START = NET.initial(0.5, seed=1)


def test_a_step_is_the_step_that_is_derived():
    run = wn.descend(FLOW, DATA, START, 0.25, 3)
    step = wn.kernel(FLOW.step("1/4"), DATA)
    theta = START
    for state in run.theta:
        assert np.allclose(state, theta, rtol=1e-14, atol=1e-15)
        theta = step(theta)
    assert run.t.tolist() == [0.0, 0.25, 0.5, 0.75]
    assert np.allclose(run(0.375), (run.theta[1] + run.theta[2]) / 2)
    assert np.array_equal(run(0.75), run.theta[3])


def test_the_gap_to_gradient_flow_is_of_first_order():
    flow = wn.simulate(FLOW, DATA, START, 2.0, tolerance=1e-11)
    gaps = []
    for steps in (100, 200, 400):
        run = wn.descend(FLOW, DATA, START, 2.0 / steps, steps)
        gap = wn.gap(run, flow)
        assert gap.resolved
        assert len(gap.t) == steps + 1
        gaps.append(gap.largest)
    assert np.allclose(np.array(gaps[:-1]) / gaps[1:], 2, rtol=0.02)


def test_the_gap_of_a_run_across_kinks_and_of_one_that_diverges():
    net = wn.Network((2, 3, 1), wn.relu)
    relu, start = wn.gradient_flow(net), net.initial(0.5, seed=0)
    flow = wn.simulate(relu, DATA, start, 4.0)
    gaps = [wn.gap(wn.descend(relu, DATA, start, step, round(4 / step)), flow).largest for step in (4e-3, 1e-3)]
    assert 3 * gaps[1] < gaps[0] < 0.1
    diverged = wn.gap(wn.descend(relu, DATA, start, 2.0, 50), flow)
    assert diverged.t[-1] <= 4.0
    assert diverged.largest > 1


def test_a_gap_below_the_flows_error_is_not_resolved():
    flow = wn.simulate(FLOW, DATA, START, 1e-3, tolerance=1e-3)
    gap = wn.gap(wn.descend(FLOW, DATA, START, 1e-9, 1), flow)
    assert not gap.resolved
    assert "error of the flow" in repr(gap)
    with pytest.raises(wn.WnproofError, match="start apart"):
        wn.gap(wn.descend(FLOW, DATA, 2 * START, 0.1, 3), flow)
    with pytest.raises(wn.WnproofError, match="iterates have shape"):
        wn.gap(
            wn.descend(FLOW, DATA, START, 0.1, 3), wn.simulate(wn.gradient_flow(wn.Network((2, 1), wn.linear)), DATA, [1, 1], 1.0)
        )


def test_loss_scaled_steps_go_on_where_fixed_ones_stand_still():
    net = wn.Network((2, 1), wn.linear)
    data, flow = wn.Dataset([[2, 1]], [1]), wn.gradient_flow(net, wn.exponential)
    fixed = wn.descend(flow, data, [1.0, 1.0], 0.1, 400)
    scaled = wn.descend(flow, data, [1.0, 1.0], lambda loss: 0.1 / loss, 400)
    assert -np.log(scaled.loss[-1]) > 150  # q grows by 0.1 |x|^2 a step
    assert -np.log(fixed.loss[-1]) < 15
    assert np.allclose(np.diff(-np.log(scaled.loss)), 0.5, rtol=1e-9)


def test_steps_break_what_the_flow_conserves_by_a_first_order_amount():
    net = wn.Network((2, 3, 1), wn.relu)
    start = net.initial(0.5, seed=0)
    drifts = [wn.descend(wn.gradient_flow(net), DATA, start, 0.4 / n, n).invariant_drift for n in (100, 200)]
    assert 1.8 < drifts[0] / drifts[1] < 2.2


def test_a_diverging_run_keeps_what_it_has():
    run = wn.descend(wn.gradient_flow(wn.Network((2, 2, 1), wn.linear)), DATA, np.ones(6), 10.0, 200)
    assert run.stop is wn.StopReason.NON_FINITE
    assert np.isfinite(run.theta).all()
    assert 1 < len(run.t) < 200


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ((START[:-1], 0.1, 3), "wanted"),
        ((START, 0.0, 3), "step 0.0"),
        ((START, 0.1, 0), "0 steps"),
        ((START * np.nan, 0.1, 3), "not finite"),
    ],
)
def test_bad_arguments_are_named(arguments, what):
    with pytest.raises(wn.WnproofError, match=what):
        wn.descend(FLOW, DATA, *arguments)


def test_a_step_that_is_no_step_stops_the_run():
    assert wn.descend(FLOW, DATA, START, lambda _: -1.0, 3).stop is wn.StopReason.NON_FINITE

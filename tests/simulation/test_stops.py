"""Runs that cannot be trusted say so; what was computed before is kept."""

import json

import numpy as np
import pytest
import sympy as sp

import wnproof as wn
from wnproof.simulation import stepper
from wnproof.simulation.patterns import PatternField
from wnproof.simulation.smooth import _difference
from wnproof.simulation.stepper import Steps
from wnproof.simulation.trajectory import StopReason


def sliding():
    """The first sample pulls w across the kink z = 0 of the second, whose own residual pushes it back at once."""
    net = wn.Network((2, 1, 1), wn.relu, fixed={"W2": [[1]]})
    data = wn.Dataset([[1, 0], [1, 1]], [2, -3])
    return wn.gradient_flow(net), data


def test_sliding_stops_with_its_reason_and_keeps_the_way_there():
    flow, data = sliding()
    traj = wn.simulate(flow, data, [0.5, 0.1], 50.0, chart=wn.polar)
    assert traj.stop is StopReason.KINK_UNRESOLVED
    assert not traj.stop.sound
    assert 0 < traj.t[-1] < 50
    z = data.X[1] @ traj.final
    assert abs(z) < 1e-9
    euler = np.array([0.5, 0.1])
    ker, h = wn.kernel(flow, data), 1e-5
    for _ in range(round(traj.t[-1] / h)):
        euler = euler + h * ker(euler)
    assert traj.final == pytest.approx(euler, abs=1e-3)


def test_a_run_that_sticks_supports_nothing():
    flow, data = sliding()
    traj = wn.simulate(flow, data, [0.5, 0.1], 50.0, chart=wn.polar)
    problem = wn.ncf(flow.net, data)
    arrival = wn.compare(traj, wn.kkt_points(problem))
    assert arrival.verdict.rigor is wn.Rigor.UNDECIDED
    assert "kink" in arrival.verdict.reason


def test_non_finite_velocity_stops():
    flow = wn.gradient_flow(wn.Network((1, 1, 1), wn.linear), wn.exponential)
    traj = wn.simulate(flow, wn.Dataset([[1]], [-1]), [30.0, 30.0], 1.0)
    assert traj.stop in (StopReason.NON_FINITE, StopReason.STEP_LIMIT)
    assert np.all(np.isfinite(traj.theta))


def test_step_limit(monkeypatch):
    monkeypatch.setattr(stepper, "EVALUATIONS", 50)
    flow = wn.gradient_flow(wn.Network((1, 1, 1), wn.linear))
    traj = wn.simulate(flow, wn.Dataset([[1]], [1]), [0.1, 0.1], 1e6)
    assert traj.stop is StopReason.STEP_LIMIT
    assert traj.t[-1] < 1e6


@pytest.mark.parametrize(
    ("theta0", "t_end", "code"),
    [
        ([0.0, 0.0], 1.0, "E-ZEROINIT"),
        ([1.0, np.nan], 1.0, "E-NONFINITE"),
        ([1.0], 1.0, "E-SHAPE"),
        ([[[1.0]], [[1.0]]], 1.0, "E-SHAPE"),
        ([1.0, 1.0], 0.0, "E-VALUE"),
        ([1.0, 1.0], -1.0, "E-VALUE"),
    ],
)
def test_bad_input(theta0, t_end, code):
    flow = wn.gradient_flow(wn.Network((1, 1, 1), wn.linear))
    with pytest.raises(wn.WnproofError) as caught:
        wn.simulate(flow, wn.Dataset([[1]], [1]), theta0, t_end)
    assert caught.value.code == code


def test_data_of_another_shape():
    flow = wn.gradient_flow(wn.Network((1, 1, 1), wn.linear))
    with pytest.raises(wn.WnproofError, match="X is 1x2, the network has 1 inputs"):
        wn.simulate(flow, wn.Dataset([[1, 2]], [1]), [1.0, 1.0], 1.0)


@pytest.mark.parametrize("normalization", [wn.plain, wn.weight_norm, wn.exponential_weight_norm], ids=repr)
def test_conserved_quantities_drift_at_the_tolerance(normalization):
    net = wn.Network((3, 4, 1), wn.polynomial_relu(2), normalization=normalization)
    rng = np.random.default_rng(1)
    data = wn.Dataset(rng.integers(-3, 4, (6, 3)).tolist(), rng.integers(-2, 3, 6).tolist())
    traj = wn.simulate(wn.gradient_flow(net), data, net.initial(0.3, 0), 1.0)
    assert traj.stop is StopReason.REACHED_END
    assert traj.invariant_drift < 1e-7


def test_interrupting_keeps_what_was_computed(monkeypatch):
    flow = wn.gradient_flow(wn.Network((1, 1, 1), wn.linear))
    calls = 0

    def interrupted(field, theta, pattern):
        nonlocal calls
        calls += 1
        if calls == 200:
            raise KeyboardInterrupt
        return original(field, theta, pattern)

    original = PatternField.velocity
    monkeypatch.setattr(PatternField, "velocity", interrupted)
    traj = wn.simulate(flow, wn.Dataset([[1]], [1]), [0.1, 0.1], 10.0)
    assert traj.stop is StopReason.INTERRUPTED
    assert not traj.stop.sound
    assert traj.error == np.inf
    assert 0 < traj.t_stop < 10
    assert np.prod(traj.final) == pytest.approx(1 / (1 + 99 * np.exp(-2 * traj.t_stop)), rel=1e-8)


def test_output_times():
    flow = wn.gradient_flow(wn.Network((1, 1, 1), wn.linear))
    data = wn.Dataset([[1]], [1])
    traj = wn.simulate(flow, data, [0.1, 0.1], 3.0, at=[0, 1.5, 3.0])
    assert traj.t.tolist() == [0, 1.5, 3.0]
    assert np.array_equal(traj(traj.t), traj.theta)
    for at in ([1, 0.5], [0, 4], [], [[1]], [np.nan]):
        with pytest.raises(wn.WnproofError, match="increasing times"):
            wn.simulate(flow, data, [0.1, 0.1], 3.0, at=at)


def test_a_long_trial_step_that_overflows_is_shortened():
    """From f = -50 the exponential loss pulls with e^50: the first trial steps leave the floats, the solution does not."""
    flow = wn.gradient_flow(wn.Network((1, 1), wn.linear), wn.exponential)
    traj = wn.simulate(flow, wn.Dataset([[1]], [1]), [-50.0], 1.0)  # w' = exp(-w): exp(w) = exp(-50) + t
    assert traj.stop is StopReason.REACHED_END
    assert traj(1e-3)[0] == pytest.approx(np.log(np.exp(-50.0) + 1e-3), rel=1e-7)


def test_json_holds_plain_numbers():
    flow, data = sliding()
    traj = wn.simulate(flow, data, [0.5, -0.5], 5.0, chart=wn.polar)
    text = json.dumps(traj.to_json(), allow_nan=False)
    assert json.loads(text)["error"] is None
    assert json.loads(text)["stop"] == "KINK_UNRESOLVED"


@pytest.mark.parametrize("tolerance", [0, 1e-13, 1.0, -1, np.nan])
def test_tolerances_out_of_reach(tolerance):
    flow = wn.gradient_flow(wn.Network((1, 1, 1), wn.linear))
    with pytest.raises(wn.WnproofError, match="between 1e-12 and 1"):
        wn.simulate(flow, wn.Dataset([[1]], [1]), [0.1, 0.1], 1.0, tolerance=tolerance)


def test_zero_starts_of_the_correlation_flow_are_refused():
    problem = wn.sphere_problem(sp.Symbol("x") ** 3, (sp.Symbol("x"),))
    for start, code in (([0.0], "E-ZEROINIT"), ([np.inf], "E-NONFINITE"), ([1.0, 2.0], "E-SHAPE")):
        with pytest.raises(wn.WnproofError) as caught:
            wn.simulate_ncf(problem, start)
        assert caught.value.code == code


def test_what_has_to_be_known_about_a_run_is_said():
    """Nothing about a smooth run to its end; the kinks of another; why a third one stopped, without an estimate of its error."""
    net, relu = wn.Network((2, 2, 1), wn.tanh), wn.Network((2, 2, 1), wn.relu)
    data = wn.Dataset([[1, 2], [2, -1]], [1, -1])
    smooth = wn.simulate(wn.gradient_flow(net), data, net.initial(0.5, seed=0), 1.0)
    assert smooth.caveats == ()
    opposed = wn.Dataset([[1, 0], [1, 1]], [2, -3])
    kinked = wn.simulate(wn.gradient_flow(relu), opposed, [0.5, 0.1, -0.2, 0.9, 1.0, 0.7], 3.0)
    assert kinked.events
    assert [caveat for caveat in kinked.caveats if "proves nothing" in caveat]
    assert kinked.to_json()["caveats"] == list(kinked.caveats)
    far = wn.simulate(
        wn.gradient_flow(wn.Network((1, 1, 1), wn.linear), wn.exponential), wn.Dataset([[30]], [1]), [1.0, -30.0], 1.0
    )
    assert any(far.stop.value in caveat for caveat in far.caveats)


def test_runs_that_met_other_kinks_have_no_error_estimate():
    steps = Steps(1.0, np.ones(1), [(0.0, 1.0, lambda _: np.ones(1))], [(0.5, 0, True), (0.7, 1, True)])
    swapped = Steps(1.0, np.ones(1), steps.pieces, [(0.5, 1, True), (0.7, 0, True)])
    missed = Steps(1.0, np.ones(1), steps.pieces, [(0.5, 0, True)])
    assert _difference(steps, swapped, lambda run, s: run(s), steps.grid, 1.0) < 1e-14
    assert _difference(steps, missed, lambda run, s: run(s), steps.grid, 1.0) == np.inf


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e160, 1e300], ids=str)
@pytest.mark.parametrize("activation", [wn.tanh, wn.relu], ids=str)
def test_starts_whose_squares_leave_the_floats_are_refused(activation, scale):
    net = wn.Network((2, 3, 1), activation)
    data = wn.Dataset([[1, 2], [2, -1], [-1, 1]], [1, -1, 2])
    with pytest.raises(wn.WnproofError, match="leaves the floats"):
        wn.simulate(wn.gradient_flow(net), data, scale * net.initial(1.0, seed=0), 1.0)


@pytest.mark.parametrize("scale", [1e20, 1e100, 1e140], ids=str)
@pytest.mark.parametrize("activation", [wn.tanh, wn.relu, wn.polynomial_relu(2)], ids=str)
def test_far_starts_are_followed_or_stop_with_their_reason(activation, scale, monkeypatch):
    monkeypatch.setattr(stepper, "EVALUATIONS", 20_000)
    net = wn.Network((2, 3, 1), activation)
    flow, data = wn.gradient_flow(net), wn.Dataset([[1, 2], [2, -1], [-1, 1]], [1, -1, 2])
    run = wn.simulate(flow, data, scale * net.initial(1.0, seed=0), 1.0)
    assert run.theta[0] == pytest.approx(scale * net.initial(1.0, seed=0), rel=1e-12)
    assert bool(run.caveats) == (activation is not wn.tanh)  # its velocity is bounded
    assert wn.descend(flow, data, scale * net.initial(1.0, seed=0), 0.1, 5).caveats or activation is wn.tanh

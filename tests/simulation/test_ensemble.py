"""Many trajectories at once are those that are simulated one by one."""

import json

import numpy as np
import pytest

import wnproof as wn
from wnproof.simulation.lanes import Lanes

DATA = wn.Dataset([[1, 2, -1], [2, 0, 1], [-1, 1, 3], [0, -2, 1]], [1, -1, 2, 0])


@pytest.mark.parametrize(
    ("net", "members"),
    [(wn.Network((3, 4, 1), wn.tanh, bias=True), 2000), (wn.Network((3, 2, 2, 1), wn.linear), 3)],
    ids=["2000", "3"],
)
def test_members_are_the_single_runs(net, members):
    flow = wn.gradient_flow(net, wn.square.averaged)
    start = net.initial(1.0, seed=4, members=members)
    at = [0.5, 3.0]
    runs = wn.simulate(flow, DATA, start, 5.0, at=at)
    assert runs.theta.shape == (4, net.size, members)
    assert runs.t.tolist() == [0.0, 0.5, 3.0, 5.0]
    assert not runs.failed
    for e in (0, members // 2, members - 1):
        alone = wn.simulate(flow, DATA, start[:, e], 5.0, at=runs.t)
        assert np.abs(runs.theta[:, :, e] - alone.theta).max() < 2 * alone.error + 1e-9
        assert np.allclose(runs.loss[:, e], alone.loss, rtol=1e-8)
        assert np.abs(runs(3.0)[:, e] - alone(3.0)).max() < 1e-8
    assert np.median(runs.errors) < 1e-9


def test_closed_form_at_every_scale():
    """p' = 2 p (1 - p) for balanced scalar networks, from members over six decades."""
    flow = wn.gradient_flow(wn.Network((1, 1, 1), wn.linear))
    a = np.logspace(-5, 1, 300)
    runs = wn.simulate(flow, wn.Dataset([[1]], [1]), np.stack([a, a]), 3.0)
    p, p0 = runs.final[0] * runs.final[1], a * a
    exact = np.exp(6.0) / (np.exp(6.0) - 1 + 1 / p0)
    assert np.abs(p / exact - 1).max() < 1e-8
    assert (np.abs(p / exact - 1) < 20 * runs.errors + 1e-10).all()
    assert runs.invariant_drift < 1e-8


def test_failures_are_kept_and_told():
    """exp(900) leaves the floats, for one member only; the others are not touched by it."""
    flow = wn.gradient_flow(wn.Network((1, 1, 1), wn.linear), wn.exponential)
    start = np.array([[1.0, 1.0, 1.0], [1.0, -30.0, 0.5]])
    runs = wn.simulate(flow, wn.Dataset([[30]], [1]), start, 1.0)
    assert runs.failed == (1,)
    assert runs.stop is runs.stops[1]
    assert np.isnan(runs.theta[-1, :, 1]).all()
    assert runs.ends[1] < 1.0
    assert np.isinf(runs.errors[1])
    assert np.isfinite(runs.errors[[0, 2]]).all()
    alone = wn.simulate(flow, wn.Dataset([[30]], [1]), start[:, 2], 1.0)
    assert np.allclose(runs.final[:, 2], alone.final, rtol=1e-8)
    assert runs.member(1).stop is runs.stops[1]
    assert json.loads(json.dumps(runs.to_json()))["members"][2]["stop"] == "REACHED_END"


def test_relu_members_follow_their_kinks():
    net = wn.Network((2, 3, 1), wn.relu)
    flow, data = wn.gradient_flow(net), wn.Dataset([[1, 2], [2, -1], [-1, 1]], [1, -1, 2])
    start, seen = net.initial(0.5, seed=1, members=3), []
    runs = wn.simulate(flow, data, start, 4.0, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    for e in range(3):
        alone = wn.simulate(flow, data, start[:, e], 4.0)
        assert np.array_equal(runs.final[:, e], alone.final)
        assert runs.member(e).events == alone.events


def test_interrupting_keeps_the_members_that_are_done(monkeypatch):
    net = wn.Network((3, 4, 1), wn.tanh)
    calls = []

    def velocity(kernel, theta):
        calls.append(theta.shape)
        if len(calls) == 400:
            raise KeyboardInterrupt
        return kernel(theta)

    own = Lanes.__init__

    def watched(self, kernel, *rest):
        own(self, lambda theta: velocity(kernel, theta), *rest)

    monkeypatch.setattr(Lanes, "__init__", watched)
    runs = wn.simulate(wn.gradient_flow(net), DATA, net.initial(1.0, 0, members=4000), 3.0)
    done = np.array([stop is wn.StopReason.REACHED_END for stop in runs.stops])
    assert 0 < done.sum() < 4000
    assert np.isfinite(runs.theta[-1][:, done]).all()
    assert np.isinf(runs.errors).all()  # there is no coarser run to compare with
    assert len(calls) == 400
    assert {runs.stops[e] for e in np.flatnonzero(~done)} == {wn.StopReason.INTERRUPTED}


@pytest.mark.parametrize(("shape", "code"), [((5, 3), "E-SHAPE"), ((4, 0), "E-SHAPE"), ((4, 2, 2), "E-SHAPE")])
def test_bad_starts_are_named(shape, code):
    flow = wn.gradient_flow(wn.Network((3, 1, 1), wn.tanh))
    with pytest.raises(wn.WnproofError) as caught:
        wn.simulate(flow, DATA, np.ones(shape), 1.0)
    assert caught.value.code == code


def test_what_has_to_be_known_of_members_is_counted():
    """The first branches where it starts on its kink, the second interpolates, the third rests on the dead side."""
    flow = wn.gradient_flow(wn.Network((1, 1, 1), wn.relu, fixed={"W2": [[1]]}, bias=True))
    runs = wn.simulate(flow, wn.Dataset([[1]], [1]), [[1.0, 1.0, -1.0], [-1.0, 0.5, -1.0]], 40.0, branches=wn.first_branch)
    assert runs.branched == (0,)
    assert [rest is not None for rest in runs.rests] == [run.interpolated is not None for run in map(runs.member, range(3))]
    assert any(caveat.startswith("1 of 3 branched") for caveat in runs.caveats)
    assert runs.to_json()["caveats"] == list(runs.caveats)
    assert all(caveat in repr(runs) for caveat in runs.caveats)
    smooth = wn.simulate(wn.gradient_flow(wn.Network((1, 1), wn.linear)), wn.Dataset([[1]], [1]), [[0.5, 2.0]], 1.0)
    assert (smooth.caveats, smooth.branched) == ((), ())


def test_other_times_have_to_be_asked_for():
    flow = wn.gradient_flow(wn.Network((3, 1, 1), wn.tanh))
    runs = wn.simulate(flow, DATA, np.ones((4, 2)), 1.0)
    with pytest.raises(wn.WnproofError, match="no output time"):
        runs(0.5)

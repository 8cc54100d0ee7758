"""From saddle to saddle: dwell times against log(1/delta), and the residual's correlation function at each saddle."""

import math

import numpy as np
import pytest

import wnproof as wn
from wnproof.arrival.itinerary import DwellSlope, itinerary

NET = wn.Network((3, 5, 1), wn.relu)
DATA = wn.Dataset([[1, 0, 0], [0, 1, 0], [0, 0, 1], ["3/5", "4/5", 0]], [3, -1, 2, 1])


def run(net, data, delta, duration, loss=wn.square, seed=1):
    flow, start = wn.gradient_flow(net, loss), net.initial(1.0, seed)
    traj = wn.simulate(flow, data, delta * start / np.linalg.norm(start), duration * math.log(1 / delta))
    return traj, itinerary(flow, data, traj)


@pytest.mark.parametrize("loss", [wn.square, wn.square.averaged], ids=str)
def test_what_escapes_follows_the_residual_and_not_the_labels(loss):
    """log |u| of the escaping neuron grows at twice the residual's N; with the labels for the residual it would not."""
    traj, found = run(NET, DATA, 1e-6, 5 if loss is wn.square else 16, loss, seed=4)
    assert len(found.saddles) >= 2
    for k, saddle in enumerate(found.saddles):
        j, when = saddle.escaping, (saddle.quietest + saddle.until) / 2
        step = 1e-4 * saddle.dwell
        sizes = [np.linalg.norm(NET.unflatten(theta)["W1"][j]) for theta in traj([when - step, when + step])]
        growth = math.log(sizes[1] / sizes[0]) / (2 * step)
        assert saddle.rate(saddle.direction) == pytest.approx(growth, rel=2e-2)
        point, angle = saddle.nearest(wn.kkt_points(saddle.problem))
        assert angle < 2e-2
        assert 2 * point.value == pytest.approx(growth, rel=2e-2)
        labels = wn.ncf(wn.Network((3, 1, 1), wn.relu), DATA, loss)
        wrong = 2 * float(wn.kernel(labels.value)(saddle.direction))
        assert (abs(wrong / growth - 1) > 0.2) == (k > 0)


def test_dwell_times_grow_as_the_rates_say():
    """Labels 2 and -1 on orthogonal samples: rates 2 and 1, so that the second neuron waits log(1/delta)/2 at each saddle."""
    net, data = wn.Network((2, 3, 1), wn.relu), wn.Dataset([[1, 0], [0, 1]], [2, -1])
    start = net.flatten({"W1": [[1, 0.3], [0.2, 1], [-1, -1]], "W2": [[0.5, -0.7, 1]]})
    flow = wn.gradient_flow(net)
    found = itinerary(flow, data, wn.simulate(flow, data, 1e-6 * start, 2 * math.log(1e6)))
    assert [(saddle.escaping, len(saddle.small)) for saddle in found.saddles] == [(0, 3), (1, 2)]
    assert found.slopes == pytest.approx([0.5, 0.5], abs=1e-3)
    measured = DwellSlope(flow, data, start, 1, 2.0)
    assert measured.failure == ""
    assert measured.estimate == pytest.approx(found.slopes[1], abs=5e-3)
    assert "neuron 1 escapes at rate" in repr(found)


def test_modes_of_a_linear_network_wait_for_each_other():
    """Singular values 3 and 1: 1/3 at the origin, and 1 - 1/3 at the saddle, not the 1 of a start that begins there."""
    flow = wn.gradient_flow(wn.Network((2, 2, 2), wn.linear))
    data, start = wn.Dataset([[1, 0], [0, 1]], [[3, 0], [0, 1]]), 0.25 + 0.1 * np.arange(8)
    for k, slope in enumerate((1 / 3, 2 / 3)):
        assert DwellSlope(flow, data, start, k, 2.0).estimate == pytest.approx(slope, abs=2e-3)


def test_what_cannot_be_measured_is_said():
    flow = wn.gradient_flow(wn.Network((2, 2, 2), wn.linear))
    data = wn.Dataset([[1, 0], [0, 1]], [[3, 0], [0, 1]])
    assert "saddles are seen" in DwellSlope(flow, data, np.ones(8), 3, 2.0, (1e-3, 1e-4, 1e-5)).failure
    deep = wn.gradient_flow(wn.Network((2, 2, 2, 1), wn.relu))
    traj = wn.simulate(flow, data, np.ones(8), 1.0)
    with pytest.raises(wn.WnproofError, match="decouple"):
        itinerary(deep, data, traj)
    with pytest.raises(wn.WnproofError, match="parameters"):
        itinerary(wn.gradient_flow(NET), DATA, traj)
    with pytest.raises(wn.WnproofError, match="quiet"):
        itinerary(flow, data, traj, quiet=1.0)

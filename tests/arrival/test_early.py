"""The early phase: its first order is what runs show at small delta, and it says when delta is not small."""

from __future__ import annotations

import numpy as np
import pytest
from typer.testing import CliRunner

import wnproof as wn
from wnproof.cli import app

IRIS = wn.datasets.iris(("petal_length", "petal_width"))
SMALL = 2e-4
NET = wn.Network((2, 4, 1), wn.polynomial_relu(2))


def direction(net, seed=0):
    u = net.initial(1.0, seed)
    return u / np.linalg.norm(u)


@pytest.mark.parametrize("loss", [wn.square, wn.square.averaged, wn.logistic, wn.exponential], ids=str)
def test_the_estimate_is_the_distance_of_runs_at_small_scales(loss):
    u0 = direction(NET)
    phase = wn.early_phase(NET, IRIS, SMALL * u0, loss)
    assert phase.trusted
    limit = wn.simulate_ncf(wn.ncf(NET, IRIS, loss), u0, phase.aligned, tolerance=1e-12)
    times = np.linspace(0, phase.aligned, 60)[1:]
    run = wn.simulate(wn.gradient_flow(NET, loss), IRIS, SMALL * u0, times[-1] / SMALL, chart=wn.polar, tolerance=1e-11)
    u = limit(times)
    measured = np.max(np.linalg.norm(run(times / SMALL) / SMALL - u, axis=1) / np.linalg.norm(u, axis=1))
    assert phase.error == pytest.approx(measured, rel=0.03)
    assert phase.error / phase.delta**3 == pytest.approx(phase.tolerance / phase.largest**3)
    assert phase.horizon[0] > phase.aligned


def test_a_start_that_is_too_large_is_called_so():
    phase = wn.early_phase(NET, IRIS, 0.05 * direction(NET))
    assert not phase.trusted
    assert "not small by then: too large" in str(phase)


def test_degree_two_has_no_blow_up():
    net = wn.Network((2, 3, 1), wn.linear)
    phase = wn.early_phase(net, IRIS, 1e-3 * direction(net))
    assert phase.degree == 2
    assert phase.horizon == (np.inf, np.inf)
    assert phase.time == phase.aligned
    assert "blow-up" not in str(phase)


def test_what_has_no_early_phase_is_refused():
    with pytest.raises(wn.WnproofError, match="couples outputs"):
        wn.early_phase(wn.Network((2, 3, 2), wn.linear), wn.Dataset([[1, 0]], [[1, 0]]), np.ones(12), wn.cross_entropy)
    with pytest.raises(wn.WnproofError):
        wn.early_phase(NET, IRIS, np.zeros(NET.size))


def test_the_command_line_says_how_small_the_start_is():
    call = ["simulate", "--widths", "2,4,1", "--activation", "polynomial-relu:2", "--features", "petal_length,petal_width"]
    run = CliRunner().invoke(app, [*call, "--scale", "1e-3", "--t-end", "0.1", "--polar"])
    assert "early phase at delta" in run.output
    assert "training time" in run.output

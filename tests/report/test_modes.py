"""Pictures of runs along kinks show what the run says."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

import wnproof as wn
from wnproof.report.modes import draw_directions, draw_slides, slides

mpl.use("Agg")
NET = wn.Network((2, 2, 1), wn.relu)
DATA = wn.Dataset([[1, 0], [1, 1], [-1, 2]], [2, -3, 1])


@pytest.fixture(scope="module")
def traj():
    return wn.simulate(wn.gradient_flow(NET), DATA, [0.5, 0.1, -0.2, 0.9, 0.8, 0.7], 4.0)


def test_slides_are_where_the_preactivation_is_zero(traj):
    found = slides(traj)
    assert found
    for neuron, sample, start, end in found:
        times = np.linspace(start, end, 7)[1:-1]
        for theta in traj(times):
            assert abs(DATA.X[sample] @ NET.unflatten(theta)["W1"][neuron]) < 1e-12
        assert any(time == pytest.approx(start) and f"z1[{sample},{neuron}]" in what for time, what in traj.events)


def test_one_bar_per_slide(traj):
    axes = Figure().add_subplot()
    draw_slides(traj, axes)
    bars = sorted((bar.get_x(), bar.get_x() + bar.get_width()) for bar in axes.patches)
    assert np.allclose(bars, sorted((start, end) for _, _, start, end in slides(traj)))
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        f"neuron {j} on sample {i}" for j, i in sorted({(j, i) for j, i, _, _ in slides(traj)})
    ]


def test_directions_are_angles(traj):
    axes = Figure().add_subplot()
    draw_directions(traj, NET, axes)
    assert len(axes.lines) == 2
    first = NET.unflatten(traj.theta[0])["W1"]
    for line, row in zip(axes.lines, first, strict=True):
        assert line.get_ydata()[0] == pytest.approx(np.degrees(np.arctan2(row[1], row[0])))


def test_a_turn_through_the_cut_is_no_line_across():
    net = wn.Network((2, 1, 1), wn.linear, fixed={"W2": [[1]]})
    data = wn.Dataset([[0, 1], [1, 0]], [1, -1])
    traj = wn.simulate(wn.gradient_flow(net), data, [-1.0, -0.5], 3.0)
    axes = Figure().add_subplot()
    draw_directions(traj, net, axes)
    angles = axes.lines[0].get_ydata()
    assert angles[0] < 0 < angles[-1]
    assert np.isnan(angles).sum() == 1


def test_runs_without_modes_and_other_inputs_are_refused(traj):
    flow = wn.gradient_flow(wn.Network((2, 1, 1), wn.tanh))
    with pytest.raises(wn.WnproofError, match="no modes"):
        slides(wn.simulate(flow, wn.Dataset([[1, 0]], [1]), [1.0, 0.0, 1.0], 0.1))
    with pytest.raises(wn.WnproofError, match="no angle"):
        draw_directions(traj, wn.Network((3, 1, 1), wn.relu), Figure().add_subplot())

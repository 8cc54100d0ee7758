"""Pictures of runs show the run's own numbers."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

import wnproof as wn

NET = wn.Network((2, 2, 1), wn.relu)
DATA = wn.Dataset([[1, 0], [1, 1], [-1, 2]], [2, -3, 1])
START = [0.5, 0.1, -0.2, 0.9, 0.8, 0.7]


@pytest.fixture(scope="module")
def traj():
    return wn.simulate(wn.gradient_flow(NET), DATA, START, 4.0, at=np.linspace(0, 4, 50))


def axes(**options):
    return Figure().add_subplot(**options)


def test_loss_and_norms(traj):
    drawn = axes()
    wn.draw_loss(traj, drawn)
    assert np.array_equal(drawn.lines[0].get_xydata(), np.column_stack([traj.t, traj.loss]))
    assert drawn.get_yscale() == "log"
    drawn = axes()
    wn.draw_norms(traj, NET, drawn)
    lengths = np.linalg.norm(traj.theta[:, :4].reshape(-1, 2, 2), axis=2)
    assert np.allclose([line.get_ydata() for line in drawn.lines], [*lengths.T, np.linalg.norm(traj.theta, axis=1)])


def test_in_log_time_both_axes_are_logarithms():
    net = wn.Network((2, 1), wn.linear)
    run = wn.simulate(wn.gradient_flow(net, wn.exponential), wn.Dataset([[2, 1]], [1]), [1.0, 1.0], np.inf, chart=wn.log_time)
    drawn = axes()
    wn.draw_loss(run, drawn)
    x, y = drawn.lines[0].get_data()
    assert x[-1] == pytest.approx(1e4 / np.log(10), rel=1e-2)
    assert y[-1] == pytest.approx(-1e4 / np.log(10), rel=1e-6)


def test_the_correlation_flow_is_drawn_with_its_cosines():
    net = wn.Network((2, 1, 1), wn.relu)
    problem = wn.ncf(net, DATA)
    kkt, run = wn.kkt_points(problem), wn.simulate_ncf(problem, [0.9, -0.1, 0.3])
    drawn = axes()
    wn.draw_cosines(run, kkt, drawn)
    arrival = wn.compare(run, kkt)
    assert max(line.get_ydata()[-1] for line in drawn.lines) == pytest.approx(np.cos(arrival.angle), abs=1e-12)
    assert f"N = {arrival.point.value:.4g} (maximum)" in [line.get_label() for line in drawn.lines]
    drawn = axes()
    wn.draw_loss(run, drawn)
    assert (drawn.get_yscale(), drawn.get_ylabel()) == ("linear", "-N")


def test_directions_go_from_the_centre_to_the_rim(traj):
    drawn = axes(projection="polar")
    wn.draw_circle(traj, NET, drawn, DATA)
    kinks, curves = drawn.lines[: 2 * DATA.n], [line for line in drawn.lines[2 * DATA.n :] if len(line.get_xdata()) > 1]
    for k, line in enumerate(kinks):
        angle = line.get_xdata()[0]
        assert abs(DATA.X[k // 2] @ [np.cos(angle), np.sin(angle)]) < 1e-12
    for j, line in enumerate(curves):
        angles, radii = line.get_data()
        end = NET.unflatten(traj.final)["W1"][j]
        assert [np.cos(angles[-1]), np.sin(angles[-1])] == pytest.approx(end / np.linalg.norm(end))
        assert (radii[0], radii[-1]) == pytest.approx((0.15, 1.0))


def test_the_gap_is_drawn(traj):
    gap = wn.gap(wn.descend(wn.gradient_flow(NET), DATA, START, 0.01, 300), traj)
    drawn = axes()
    wn.draw_gap(gap, drawn)
    assert np.array_equal(drawn.lines[0].get_ydata(), gap.distance[gap.distance > 0])
    assert np.array_equal(drawn.lines[1].get_ydata(), gap.uncertainty)


def test_one_sheet_holds_what_there_is(traj, tmp_path, monkeypatch):
    panels = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_args, **_options: panels.append(len(figure.axes)))
    wn.sheet(traj, NET, tmp_path / "a.png", data=DATA)
    net = wn.Network((3, 2, 1), wn.tanh)
    data = wn.Dataset([[1, 0, 1]], [1])
    wn.sheet(wn.simulate(wn.gradient_flow(net), data, net.initial(1.0, seed=0), 0.1), net, tmp_path / "b.svg")
    assert panels == [4, 2]


def test_what_cannot_be_drawn_is_refused(traj):
    wide = wn.Network((3, 1, 1), wn.relu)
    with pytest.raises(wn.WnproofError, match="no circle"):
        wn.draw_circle(traj, wide, axes(projection="polar"))
    with pytest.raises(wn.WnproofError, match="parameters"):
        wn.draw_norms(traj, wide, axes())
    with pytest.raises(wn.WnproofError, match="have others"):
        wn.draw_cosines(traj, wn.kkt_points(wn.ncf(wn.Network((2, 1, 1), wn.relu), DATA)), axes())
    with pytest.raises(wn.WnproofError, match="ensemble"):
        wn.draw_loss(wn.simulate(wn.gradient_flow(NET), DATA, np.ones((6, 2)), 0.1), axes())
    with pytest.raises(wn.WnproofError, match="no format"):
        wn.sheet(traj, NET, Path("run.txt"))

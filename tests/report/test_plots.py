"""Pictures of lists: every point is drawn once, at its place."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from wnproof.kkt.arrangement import neuron_kkt_points
from wnproof.kkt.neuron import Neuron
from wnproof.report.listed import save_list
from wnproof.report.plots import MARKS, draw, shape_of

X = [[2, -5, 9, 1], [8, -8, -6, 2], [-6, -6, 2, 0], [-3, 0, -5, 1], [9, 3, 3, -4], [-7, -6, 8, 2]]
Y = [-1, -3, 2, -2, -1, 1]


def neuron(d, outer=1, slope="1/10"):
    return Neuron.of([row[:d] for row in X], Y, slope=slope, outer=outer)


def drawn(figure):
    """How many marks of each kind, and the largest radius."""
    found, reach = dict.fromkeys(MARKS, 0), 0.0
    for axes in figure.axes:
        for dots in axes.collections:
            kind = next((kind for kind in MARKS if str(dots.get_label()).startswith(kind.value)), None)
            if kind is not None:
                found[kind] += len(dots.get_offsets())
                reach = max(reach, *np.linalg.norm(dots.get_offsets(), axis=1), 0.0)
    return found, reach


@pytest.mark.parametrize(("d", "outer"), [(2, 1), (3, 1), (2, None), (4, 1)])
def test_every_point_is_drawn_once(d, outer):
    kkt = neuron_kkt_points(neuron(d, outer))
    figure = Figure()
    draw(kkt, figure, shape_of(neuron(d, outer)))
    found, reach = drawn(figure)
    equator = sum(point.u[2] == 0 for point in kkt) if d + (outer is None) == 3 else 0
    assert sum(found.values()) == len(kkt) + equator
    for kind in MARKS:
        assert found[kind] >= sum(point.kind is kind for point in kkt)
    if d + (outer is None) == 3:
        assert reach <= 1 + 1e-12


@pytest.mark.parametrize("scale", ["1/1000000000000", "1000000000000"])
def test_the_shape_is_that_of_n_at_any_scale(scale):
    small = neuron(2)
    scaled = Neuron.of([[entry * 10**400 for entry in row] for row in small.X], [c * small.y[0] for c in small.y], outer=scale)
    u = np.array([[0.6, 0.8], [-1.0, 0.0], [0.0, -1.0]])
    ratio = shape_of(Neuron.of(small.X, [c * small.y[0] for c in small.y]))(u) / shape_of(scaled)(u)
    np.testing.assert_allclose(ratio, ratio[0])
    for point in neuron_kkt_points(small):
        assert np.sign(shape_of(small)(point.u)) == np.sign(point.value)


def test_a_list_is_saved(tmp_path):
    kkt = neuron_kkt_points(neuron(2, slope=0))
    save_list(kkt, tmp_path / "out", neuron(2, slope=0))
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"complete.json", "kkt.csv", "kkt.tex", "kkt.png", *(f"point-{k}.json" for k in range(len(kkt)))}
    assert (tmp_path / "out" / "kkt.csv").read_text() == kkt.to_csv()

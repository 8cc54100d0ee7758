"""What is timed is right: every hand-written velocity is the generated one, and the plot is drawn; no time is asserted."""

from __future__ import annotations

import numpy as np
import pytest

from tests.benchmarks import forms, networks
from tests.benchmarks.arrangements import IRIS, Case, figures
from tests.benchmarks.handwritten import handwritten, normalized
from tests.benchmarks.kernels import comparison, plot
from tests.benchmarks.timing import interleaved, ratio
from tests.benchmarks.workloads import W1, W3, WORKLOADS
from wnproof.kernels import numba_target


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda w: w.name)
def test_the_hand_written_velocity_is_the_generated_one(workload):
    theta = workload.theta
    hand = handwritten(workload)(theta, np.empty_like(theta))
    assert workload.kernel()(theta) == pytest.approx(hand, rel=1e-9, abs=1e-12)


def test_the_table_has_a_row_for_each_generated_kernel(capsys):
    comparison([W1], 1)
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.startswith("W1  derive + emit ")
    assert [row.split()[4] for row in rows] == ["numpy", *["numba", "loop"] * numba_target.available()]


def test_blocks_of_samples_change_nothing():
    out = np.empty_like(W3.theta)
    whole = normalized(W3)(W3.theta, out).copy()
    assert normalized(W3, block=30)(W3.theta, out) == pytest.approx(whole, rel=1e-10, abs=1e-13)


def test_every_candidate_has_a_time_per_round():
    times = interleaved({"a": lambda: None, "b": lambda: sum(range(1000))}, rounds=5, slice_seconds=1e-4)
    assert [len(v) for v in times.values()] == [5, 5]
    assert ratio({"a": [9.0, 2.0, 6.0], "b": [1.0, 3.0, 9.0]}, "a", "b") == 2.0


def test_the_plot_is_an_svg(tmp_path):
    path = tmp_path / "growth.svg"
    plot({"width m": {"m=4": 10.0, "m=16": 30.0}}, path)
    assert "<svg" in path.read_text(encoding="utf-8")


def test_what_is_timed_of_arrangements_is_counted():
    f = figures(Case("random", d=4, n=12))
    assert f.agrees
    assert "faces visited" in f.text
    assert f.points > 0
    assert {case.d for case in IRIS} == {2, 3, 4, 5}
    assert [figures(case).lines for case in IRIS if case.d == 2] == [111, 111, 73, 73, 73, 73]
    assert figures(IRIS[1], starts=8).arrived == "up: 8 at points; down: 8 at points"
    assert figures(Case("random", d=3, n=12, trained=True, numpy=True)).agrees


def test_what_is_timed_of_forms_is_complete():
    head, line = forms.table((forms.Case(3, 4, second=True),))
    assert head.split()[:2] == ["form", "points"]
    assert "certified: 15 real lines" in line


def test_what_is_timed_of_networks_is_compared():
    head, line = networks.deep_table(starts=10, names=("leaky 3-4-1",))
    assert head.split()[0] == "network"
    assert line.split()[:3] == ["leaky", "3-4-1", "16"]
    found = networks.naive(networks.wide_problem(1, "trained"), starts=4)
    assert 0 <= found.found <= found.of

"""The count beside the list: face numbers from flats are those of all faces, and a sweep that leaves something out disagrees."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from wnproof.certificate import computed
from wnproof.errors import WnproofError
from wnproof.kkt import arrangement, scan, space
from wnproof.kkt.arrangement import Exact, neuron_kkt_points
from wnproof.kkt.circle import merge
from wnproof.kkt.count import Tally, count
from wnproof.kkt.faces import fan_of, most_faces
from wnproof.kkt.neuron import Neuron
from wnproof.kkt.points import clarke
from wnproof.verdict import Rigor, Verdict


def tied_rows(seed, d):
    rng = random.Random(seed)
    X = [[rng.randint(-2, 2) for _ in range(d)] for _ in range(rng.randint(d, 9 if d == 3 else 7))]
    X[1] = [a + b for a, b in zip(X[0], X[2], strict=True)]
    X += [[int(j == k) for j in range(d)] for k in range(d)]
    return merge(Neuron.of(X, [1] * len(X)))[0]


def by_dimension(lines):
    normals = np.array([line.normal for line in lines])
    dimensions = Counter()
    for signs in fan_of([line.normal for line in lines]).faces:
        zero = normals[np.array(signs) == 0]
        dimensions[normals.shape[1] - (np.linalg.matrix_rank(zero) if len(zero) else 0)] += 1
    return tuple(dimensions[k] for k in range(1, normals.shape[1] + 1))


@pytest.mark.parametrize("d", [3, 4, 5])
@pytest.mark.parametrize("seed", range(6))
def test_flats_give_the_numbers_of_faces(seed, d):
    lines = tied_rows(seed, d)
    swept = scan.scan(lines, clarke)
    counted = count(swept.rows, swept.tally)
    assert counted.agrees, counted.text
    assert len(counted.pairs) >= 3
    assert counted.faces == (by_dimension(lines) if d < 5 else ())


@pytest.mark.parametrize(("n", "d"), [(12, 3), (9, 4), (8, 5), (9, 8), (6, 2)])
def test_every_face_of_rows_in_general_position_is_visited_once(n, d):
    rng = random.Random(n)
    lines, _ = merge(Neuron.of([[rng.randint(-9999, 9999) for _ in range(d)] for _ in range(n)], [1] * n))
    swept = scan.scan(lines, clarke)
    assert swept.tally.simple
    assert swept.tally.visits == most_faces(n, d) - 1


@pytest.mark.parametrize("change", ["sets", "dependent", "rays"])
def test_what_is_left_out_shows(change):
    for d in (3, 4, 5):
        swept = scan.scan(tied_rows(1, d), clarke)
        less = replace(swept.tally, **{change: getattr(swept.tally, change) - 1})
        assert not count(swept.rows, less).agrees
        assert "!=" in count(swept.rows, less).text


def test_a_sweep_that_skips_circles_is_not_certified(monkeypatch):
    neuron = Neuron.of([[2, -5, 9], [8, -8, -6], [-6, -6, 2], [-3, 0, -5], [9, 3, 3]], [-1, -3, 2, -2, -1])
    assert neuron_kkt_points(neuron, replay=0).complete.grade == "computed"
    blocks = scan.sets_of
    monkeypatch.setattr(scan, "sets_of", lambda n, size, length: (some[1:] for some in blocks(n, size, length)))
    complete = neuron_kkt_points(neuron, replay=0).complete
    assert complete.rigor is Rigor.UNDECIDED
    assert "!=" in complete.reason


def test_computed_says_so_and_needs_a_right_statement():
    neuron = Neuron.of([[3, 4], [1, 0]], [1, -1])
    complete = Exact(replay=0).solve(neuron).complete
    assert complete.rigor is Rigor.CERTIFIED
    assert complete.grade == "computed"
    assert complete.certificate is None
    assert str(complete).startswith("certified (computed): all KKT points")
    assert "not replayed by the checker" in str(complete)
    assert Exact().solve(neuron).complete.grade == ""
    with pytest.raises(WnproofError, match="E-STATEMENT"):
        computed({"says": "kkt_complete"}, "nobody", "")
    with pytest.raises(WnproofError, match="E-VERDICT"):
        Verdict(Rigor.CERTIFIED, "all", grade="computed")


def test_zero_data_are_not_certified():
    assert arrangement.neuron_kkt_points(Neuron.of([[1, 2, 3]], [0])).complete.rigor is Rigor.UNDECIDED
    assert count(np.array([[1]], dtype=object), Tally(1, 0, 1, 2, True)).agrees
    assert space.is_small(Neuron.of([[1, 2, 3]] * 5, [1] * 5))


def test_what_is_not_counted_is_said(monkeypatch):
    swept = scan.scan(tied_rows(1, 4), clarke)
    whole = count(swept.rows, swept.tally)
    assert whole.omitted == ""
    monkeypatch.setattr("wnproof.kkt.count.MOST_SETS", 10)
    few = count(swept.rows, swept.tally)
    assert few.agrees
    assert "more than 10 sets" in few.text
    assert few.pairs == tuple(pair for pair in whole.pairs if pair[0] in ("faces visited", "sets of rows"))
    monkeypatch.undo()
    assert "beyond 64 bits" in count(swept.rows * 10**9, swept.tally).text

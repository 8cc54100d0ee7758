"""A trained outer weight on many rows: all zeros of S as one set say what the list by cones says."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest

from tests.kkt import bruteforce_space as bruteforce
from tests.kkt.test_bruteforce_at_size import tied
from wnproof.claims.kkt import kkt_complete
from wnproof.derive.ncf import ncf
from wnproof.errors import WnproofError
from wnproof.kkt import origin, space
from wnproof.kkt.arrangement import Exact
from wnproof.kkt.circle import merge
from wnproof.kkt.crossed import cells_crossed
from wnproof.kkt.face import Face, Lines
from wnproof.kkt.level import ZeroLevel
from wnproof.kkt.listing import read_csv
from wnproof.kkt.neuron import Neuron
from wnproof.kkt.origin import Origin
from wnproof.kkt.points import Kind, KKTFamily, clarke, decoupled
from wnproof.kkt.solve import kkt_points
from wnproof.kkt.wide_points import wide_points
from wnproof.model.activations import leaky_relu, relu
from wnproof.model.dataset import Dataset
from wnproof.model.datasets import iris
from wnproof.model.network import Network
from wnproof.verdict import Rigor


def described(kkt, X, y):
    """Points with N != 0, and the kinds of the pieces with N = 0 that are cones."""
    cones = [family for family in kkt.families if isinstance(family, KKTFamily)]
    return bruteforce.described(type(kkt)(kkt.points, tuple(cones), kkt.complete, kkt.notion), X, y)


@pytest.mark.parametrize("notion", [clarke, decoupled], ids=str)
def test_the_level_stands_for_the_cones_over_zeros(monkeypatch, notion):
    seen = Counter()
    for seed in range(50):
        X, y, slope = tied(seed)
        neuron = Neuron.of(X, y, slope=slope, outer=None)
        if len(X[0]) == 2 or not merge(neuron)[0]:
            continue
        by_cones = Exact(replay=0).solve(neuron, notion)
        with monkeypatch.context() as patch:
            patch.setattr(space, "PIECES", -1)
            kkt = Exact(replay=0).solve(neuron, notion)
        nonzero, zeros = described(by_cones, X, y)
        found, critical = described(kkt, X, y)
        assert found == nonzero, seed
        assert critical == {place: kind for place, kind in zeros.items() if place in critical}
        levels = [family for family in kkt.families if isinstance(family, ZeroLevel)]
        rest = {place: kind for place, kind in zeros.items() if place not in critical}
        assert set(rest.values()) <= {"saddle"}
        assert all(side == 0 for _, side in rest)
        assert bool(levels) >= bool(rest)
        for level in levels:
            kept = [x for x, label in zip(X, y, strict=True) if label and any(x)]
            for draw in range(5):
                w = level.zero(draw)
                signs = tuple(bruteforce.sign(bruteforce.dot(x, w)) for x in kept)
                assert (signs, 0) in zeros
        assert kkt.complete.rigor is Rigor.CERTIFIED
        assert kkt.complete.grade == "computed"
        seen["level"] += bool(levels)
        seen["more"] += bool(rest)
        seen["poles"] += any(p.hidden_direction == (0,) * len(X[0]) for p in kkt)
    assert min(seen.values()) >= 3


@pytest.mark.parametrize("notion", [clarke, decoupled], ids=str)
def test_the_origin_is_decided_as_by_all_cells(notion):
    answers = Counter()
    for seed in range(80):
        X, y, slope = tied(seed)
        lines, _ = merge(Neuron.of(X, y, slope=slope))
        if lines:
            swept = space.scan(lines, notion)
            by_cells = Face(Lines(lines), np.zeros(len(lines), dtype=np.int8), notion).balance is not None
            assert Origin(lines, notion, swept.rows).is_critical() is by_cells
            answers[by_cells] += 1
    assert min(answers.values()) > 15


def test_the_cell_furthest_along_is_found_when_few_are_known(monkeypatch):
    monkeypatch.setattr(origin, "STARTS", 1)
    asked = []
    promising = Origin._promising
    monkeypatch.setattr(Origin, "_promising", lambda self, ends: asked.append(0) or promising(self, ends))
    answers = Counter()
    for seed in range(120):
        rng = random.Random(seed)
        X = [[rng.randint(-2, 2) for _ in range(3)] for _ in range(rng.randint(4, 7))]
        neuron = Neuron.of(X, [rng.choice((1, 1, -1)) for _ in X], slope="1/3")
        lines, _ = merge(neuron)
        by_cells = Face(Lines(lines), np.zeros(len(lines), dtype=np.int8), clarke).balance is not None
        assert Origin(lines, clarke, space.scan(lines, clarke).rows).is_critical() is by_cells, seed
        answers[by_cells, bool(asked)] += 1
        asked.clear()
    assert min(answers[True, True], answers[False, True]) >= 5, answers


def test_rounding_leaves_the_origin_undecided_rather_than_wrong():
    lines, _ = merge(Neuron.of([[10**30, 1, 0], [10**30, 0, 1], [1, 1, 1]], [1, -1, 0], slope="1/10"))
    rows = np.array([line.normal for line in lines], dtype=object)
    assert Origin(lines, clarke, rows).is_critical() in (False, None)


@pytest.fixture(scope="module")
def flowers():
    table = iris()
    X = [[str(entry) for entry in row[1:]] for row in table.exact_X]
    return Neuron.of(X, [int(label) for label in table.exact_y.ravel()], slope="1/10", outer=None)


def test_cells_that_the_level_passes_through_are_counted(monkeypatch):
    crossed = 0
    for seed in range(40):
        X, y, slope = tied(seed)
        lines, _ = merge(Neuron.of(X, y, slope=slope))
        if lines:
            cells = (face for face in space.faces(Lines(lines), clarke) if all(face.signs))
            heights = [[bruteforce.dot(face.gradient, ray) for ray in face.rays] for face in cells]
            assert cells_crossed(lines) == sum(max(cell) > 0 > min(cell) for cell in heights), seed
            crossed += cells_crossed(lines)
    assert crossed > 150
    monkeypatch.setattr("wnproof.kkt.crossed.MOST_SETS", 1)
    assert cells_crossed(merge(Neuron.of([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [1, -1, 1]))[0]) is None


def test_many_rows(flowers):
    kkt = Exact().solve(flowers)
    assert kkt.complete.rigor is Rigor.CERTIFIED
    assert kkt.counted.agrees
    alone = Exact().solve(space.fixed(flowers))
    halves = sorted(p.value_squared for p in kkt if p.value)
    assert halves == sorted(p.value_squared / 4 for p in alone for _ in range(2))
    (level,) = kkt.families
    assert (level.dimension, level.value, level.kind) == (1, 0.0, Kind.SADDLE)
    assert "every (w, 0) with 0 = S(w)" in kkt.table()
    assert f"through {level.cells} cells" in kkt.table()
    assert "every (w, 0) with 0 = S(w)" in kkt.to_latex()
    assert [(entry.what, entry.value_squared) for entry in read_csv(kkt.to_csv())][-1] == ("level", 0)
    for seed in range(20):
        w = level.zero(seed)
        assert level.at(w) == 0
        assert level.angle(level.sample(seed)) < 1e-8
    assert level.at((1, 0, 0)) != 0
    assert level.angle(np.array([1.0, 0, 0, 0])) > 1e-3


def test_the_list_of_s_is_replayed():
    rng = random.Random(0)
    X = [[rng.randint(-9, 9) for _ in range(3)] for _ in range(26)]
    neuron = Neuron.of(X, [rng.choice((-1, 1)) for _ in X], slope="1/10", outer=None)
    replayed, alone = (Exact(replay=replay).solve(neuron).complete for replay in (Exact.replay, 0))
    assert "from the list of S, which the checker has certified" in replayed.reason
    assert "from the list of S, which was computed by a sweep" in alone.reason
    assert replayed.rigor is alone.rigor is Rigor.CERTIFIED
    assert Exact().solve(space.fixed(neuron)).complete.grade == ""


def test_many_families_take_one_line_for_those_alike():
    rng = random.Random(0)
    X = [[rng.randint(-9, 9) for _ in range(3)] for _ in range(12)]
    kkt = Exact(replay=0).solve(Neuron.of(X, [rng.choice((-1, 1)) for _ in X], outer=None, slope=Fraction(1, 10)))
    assert len(kkt.families) > 12
    lines = [line for line in kkt.table().splitlines() if "families of value 0" in line]
    assert sum(int(line.split()[0]) for line in lines) == len(kkt.families)
    assert "families of dimension" in kkt.to_latex()


def test_a_level_is_no_list_of_cones_that_a_claim_could_name():
    table = iris()
    data = Dataset([[str(entry) for entry in row[1:]] for row in table.exact_X], [int(label) for label in table.exact_y.ravel()])
    N = ncf(Network((3, 1, 1), relu), data)
    with pytest.raises(WnproofError, match="E-VALUE.*no cones"):
        kkt_complete(N, kkt_points(N))
    wide = wide_points(ncf(Network((3, 3, 1), leaky_relu("1/10")), data))
    assert wide.complete.rigor is Rigor.CERTIFIED
    zeros = next(family for family in wide.families if family.value == 0)
    assert zeros.dimension == 5  # three neurons, each in a cone of dimension 2
    assert zeros.angle(zeros.sample(0)) < 1e-8


def test_a_family_between_two_rays_is_sampled_evenly():
    family = KKTFamily(((Fraction(-100), Fraction(9)), (Fraction(100), Fraction(9))), 1, 0.0, Kind.FLAT, ())
    angles = [np.arctan2(*family.sample(seed)[::-1]) for seed in range(300)]
    low, high = np.arctan2(9, 100), np.pi - np.arctan2(9, 100)
    shares = (np.array(angles) - low) / (high - low)
    assert shares.min() > 0
    assert shares.max() < 1
    assert np.histogram(shares, 4, (0, 1))[0].min() > 50

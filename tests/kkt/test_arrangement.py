"""The exact list on its own: slopes, kinds, scaling, symmetries, degenerate data, iris, and what the results look like."""

from __future__ import annotations

import csv
import json
import math
import random
from fractions import Fraction
from importlib.resources import files

import numpy as np
import pytest

from wnproof.errors import WnproofError
from wnproof.kkt.arrangement import Exact, neuron_kkt_points
from wnproof.kkt.neuron import Neuron
from wnproof.kkt.points import Kind, clarke, decoupled
from wnproof.verdict import Rigor

SETTINGS = [(slope, outer) for slope in ("0", "1/10") for outer in (1, None)]


def sample(seed, n=6, slope=0, outer=1, largest=5):
    rng = random.Random(seed)
    X = [(rng.randint(-largest, largest), rng.randint(-largest, largest)) for _ in range(n)]
    return Neuron.of(X, [rng.choice((-2, -1, 1, 2)) for _ in range(n)], slope=slope, outer=outer)


def iris(slope="0", outer=1):
    rows = list(csv.DictReader(files("wnproof").joinpath("model/iris.csv").read_text().splitlines()))
    X = [(row["petal_length"], row["petal_width"]) for row in rows]
    return Neuron.of(X, [1 if row["species"] == "setosa" else -1 for row in rows], slope=slope, outer=outer)


def correlation(neuron, theta):
    """N in float64 at theta (P, E)."""
    z = np.array(neuron.X, dtype=float) @ theta[:2]
    active = np.where(z > 0, z, float(neuron.slope) * z)
    return float(neuron.factor) * (np.array(neuron.y, dtype=float) @ active) * (theta[2] if neuron.trained else 1.0)


def nearby(u, rng):
    """Unit vectors near u: turns of the hidden weights of many sizes (a kink hides the second order), and trades of norm."""
    turn, trade = 1e-4 * rng.standard_normal((2, 4000))
    turn *= 10.0 ** -rng.uniform(0, 7, 4000)
    if not u[:2].any():
        around = u[:, None] + 1e-4 * rng.standard_normal((3, 4000))
        return around / np.linalg.norm(around, axis=0)
    angle = np.arctan2(u[1], u[0]) + turn
    tilt = (np.arctan2(u[2], np.hypot(u[0], u[1])) + trade) if len(u) == 3 else 0 * trade
    return np.stack([np.cos(tilt) * np.cos(angle), np.cos(tilt) * np.sin(angle), np.sin(tilt)][: len(u)])


def summary(kkt):
    return [(point.hidden_direction, point.outer_sign, point.value_squared, point.kind) for point in kkt]


@pytest.mark.parametrize("notion", [clarke, decoupled], ids=str)
@pytest.mark.parametrize("seed", range(40))
def test_the_slopes_give_a_gradient_parallel_to_the_point(seed, notion):
    neuron = sample(seed, slope=("0", "1/10", "-1")[seed % 3])
    for point in neuron_kkt_points(neuron, notion):
        d = point.direction
        gradient = [Fraction(0), Fraction(0)]
        for index, (x, label) in enumerate(zip(neuron.X, neuron.y, strict=True)):
            z = x[0] * d[0] + x[1] * d[1]
            if z == 0 and any(x):
                slope = point.slopes[index]
                assert min(neuron.slope, 1) <= slope <= 1
            else:
                assert index not in point.slopes
                slope = Fraction(1) if z > 0 else neuron.slope
            gradient = [g + label * slope * entry for g, entry in zip(gradient, x, strict=True)]
        multiplier = (gradient[0] * d[0] + gradient[1] * d[1]) / (d[0] ** 2 + d[1] ** 2)
        assert gradient == [multiplier * d[0], multiplier * d[1]]
        assert multiplier**2 * (d[0] ** 2 + d[1] ** 2) == point.value_squared
        assert point.multiplier == pytest.approx(math.copysign(1, multiplier) * math.sqrt(point.value_squared))


def test_rows_on_one_kink_share_their_pattern_unless_they_choose_alone():
    neuron = Neuron.of([[1, 0], [1, 0], [1, 1]], [1, -1, 1])
    (point,) = neuron_kkt_points(neuron)
    assert (point.direction, point.slopes) == ((1, 1), {})
    (_, extra) = neuron_kkt_points(neuron, decoupled)
    assert (extra.direction, extra.kind, extra.slopes) == ((0, 1), Kind.SADDLE, {0: 0, 1: 1})


@pytest.mark.parametrize(("slope", "outer"), SETTINGS)
@pytest.mark.parametrize("seed", range(12))
def test_kinds_agree_with_samples_nearby(seed, slope, outer):
    neuron = sample(seed, slope=slope, outer=outer)
    rng = np.random.default_rng(seed)
    scale = sum(abs(float(label)) * math.hypot(*map(float, x)) for x, label in zip(neuron.X, neuron.y, strict=True))
    for point in neuron_kkt_points(neuron):
        changes = correlation(neuron, nearby(point.u, rng)) - point.value
        up, down = changes.max() > 1e-13 * scale, changes.min() < -1e-13 * scale
        seen = Kind.SADDLE if up and down else Kind.MINIMUM if up else Kind.MAXIMUM if down else Kind.FLAT
        assert point.kind is seen
        assert correlation(neuron, point.u[:, None])[0] == pytest.approx(point.value, abs=1e-12 * scale)


@pytest.mark.parametrize(("slope", "outer"), SETTINGS)
def test_families_are_critical_and_of_value_zero(slope, outer):
    seen = 0
    for seed in range(60):
        neuron = sample(seed, n=3, slope=slope, outer=outer, largest=1)
        for family in neuron_kkt_points(neuron).families:
            seen += 1
            for draw in range(4):
                u = family.sample(draw)
                assert np.linalg.norm(u) == pytest.approx(1)
                values = correlation(neuron, u[:, None] + 1e-6 * np.random.default_rng(draw).standard_normal((len(u), 400)))
                assert abs(correlation(neuron, u[:, None])[0]) < 1e-12
                kind = {(False, False): Kind.FLAT, (True, False): Kind.MINIMUM, (False, True): Kind.MAXIMUM}
                assert family.kind is kind[bool(values.max() > 1e-12), bool(values.min() < -1e-12)]
    assert seen > 2


@pytest.mark.parametrize("power", [-300, -12, -3, 12, 300])
def test_the_size_of_the_data_only_scales_the_values(power):
    factor = Fraction(10) ** power
    for seed in range(5):
        neuron = sample(seed, outer=(1, None)[seed % 2])
        plain, scaled = (
            neuron_kkt_points(neuron),
            neuron_kkt_points(
                Neuron(tuple(tuple(e * factor for e in x) for x in neuron.X), neuron.y, neuron.slope, neuron.outer)
            ),
        )
        assert [(d, s, q * factor**2, k) for d, s, q, k in summary(plain)] == summary(scaled)
        assert scaled.complete.rigor is Rigor.CERTIFIED
        assert scaled.families == plain.families
        np.testing.assert_allclose([p.value for p in scaled], [p.value * float(factor) for p in plain], rtol=1e-14)


@pytest.mark.parametrize("seed", range(10))
def test_symmetries(seed):
    neuron = sample(seed, slope="1/3")
    order = random.Random(seed).sample(range(6), 6)
    shuffled = Neuron(tuple(neuron.X[k] for k in order), tuple(neuron.y[k] for k in order), neuron.slope)
    assert summary(neuron_kkt_points(shuffled)) == summary(neuron_kkt_points(neuron))
    negative = {(d, s, q, k.reflected) for d, s, q, k in summary(neuron_kkt_points(neuron))}
    assert set(summary(neuron_kkt_points(Neuron(neuron.X, neuron.y, neuron.slope, Fraction(-1))))) == negative
    turned = Neuron(tuple((-x[1], x[0]) for x in neuron.X), neuron.y, neuron.slope)
    assert {((d[1], -d[0]), s, q, k) for d, s, q, k in summary(neuron_kkt_points(turned))} == set(
        summary(neuron_kkt_points(neuron))
    )
    trained = [p for p in neuron_kkt_points(Neuron(neuron.X, neuron.y, neuron.slope, None)) if p.value]
    halves = sorted((s * p.value / 2 for p in neuron_kkt_points(neuron) if p.value for s in (1, -1)), reverse=True)
    np.testing.assert_allclose([p.value for p in trained], halves)


@pytest.mark.parametrize(("slope", "outer", "count"), [("0", 1, 2), ("0", None, 5), ("1/10", 1, 6), ("1/10", None, 14)])
def test_iris_petals(slope, outer, count):
    kkt = Exact().solve(iris(slope, outer))
    assert len(kkt) == count
    halves = 1 if outer else 2  # over the flat arc: the arc, or the points above it and below it
    assert len(kkt.families) == (halves if slope == "0" else 0)
    assert kkt.complete.rigor is Rigor.CERTIFIED
    assert all(point.verdict.rigor is Rigor.CERTIFIED for point in kkt)
    values = [point.value for point in kkt]
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("slope", ["0", "1/10"])
def test_iris_extremes_seen_by_a_grid_and_a_line_search(slope):
    neuron = iris(slope)
    kkt = neuron_kkt_points(neuron)
    for sign, kind in ((1, Kind.MAXIMUM), (-1, Kind.MINIMUM)):
        grid = np.linspace(-np.pi, np.pi, 100_000, endpoint=False)
        height = sign * correlation(neuron, np.stack([np.cos(grid), np.sin(grid)]))
        peaks = grid[(height >= np.roll(height, 1)) & (height > np.roll(height, -1))]
        low, high = peaks - grid[1] + grid[0], peaks + grid[1] - grid[0]
        for _ in range(80):
            left, right = (2 * low + high) / 3, (low + 2 * high) / 3
            heights = [sign * correlation(neuron, np.stack([np.cos(a), np.sin(a)])) for a in (left, right)]
            rises = heights[0] < heights[1]
            low, high = np.where(rises, left, low), np.where(rises, high, right)
        ends = correlation(neuron, np.stack([np.cos(low), np.sin(low)]))
        listed = np.array([point.value for point in kkt if point.kind is kind])
        flat = np.zeros(len(kkt.families))  # the edge of a flat cone ends an ascent, too
        assert np.abs(ends[:, None] - [*listed, *flat]).min(axis=1).max() < 1e-6
        assert np.abs(ends[:, None] - listed).min(axis=0).max() < 1e-6


def test_each_point_has_its_own_certificate():
    kkt = neuron_kkt_points(Neuron.of([[3, 4], [1, 0]], [1, -1], outer=None))
    for point in kkt:
        assert point.verdict is point.verdict
        statement = point.verdict.certificate.statement
        assert statement["says"] == "kkt_point"
        assert point.verdict.rigor is Rigor.CERTIFIED
    assert {point.outer_sign for point in kkt} == {1, 0, -1}


def test_smooth_points_have_a_morse_index_and_kinks_have_none():
    smooth, kink = neuron_kkt_points(Neuron.of([[3, 4], [1, 0]], [1, -1]))
    assert (smooth.kind, smooth.morse_index, smooth.slopes) == (Kind.MAXIMUM, 1, {})
    assert (kink.kind, kink.morse_index, kink.slopes) == (Kind.MINIMUM, None, {0: Fraction(3, 25)})
    trained = neuron_kkt_points(Neuron.of([[3, 4]], [1], slope="1/2", outer=None))
    assert [(p.kind, p.morse_index) for p in trained if p.value] == [(Kind.MAXIMUM, 2)] * 2 + [(Kind.MINIMUM, 0)] * 2
    assert [(p.kind, p.morse_index) for p in trained if not p.value] == [(Kind.SADDLE, None)] * 2
    flat_phantom = neuron_kkt_points(Neuron.of([[0, 1], [1, 0], [1, 0]], [1, 1, -1], slope="1/2"))
    assert [(p.direction, p.morse_index) for p in flat_phantom] == [((0, 1), 1), ((0, -1), 0)]


def test_directions_are_exact_where_they_are_rational():
    by_sign = {p.outer_sign: p for p in neuron_kkt_points(Neuron.of([[3, 4]], [1], slope="1/2", outer=None)) if p.value > 0}
    assert by_sign[1].direction == (3, 4, 5)
    assert by_sign[-1].direction == (-3, -4, -5)
    irrational = neuron_kkt_points(Neuron.of([[1, 1]], [1], outer=None))[0]
    assert irrational.direction is None
    assert irrational.hidden_direction == (1, 1)
    np.testing.assert_allclose(irrational.u, [0.5, 0.5, math.sqrt(0.5)])
    with pytest.raises(ValueError, match="read-only"):
        irrational.u[0] = 0


@pytest.mark.parametrize(("X", "y"), [([[0, 0], [0, 0]], [1, -1]), ([[1, 2], [3, 4]], [0, 0])])
@pytest.mark.parametrize("outer", [1, None])
def test_zero_data_is_degenerate_and_says_so(X, y, outer):
    kkt = neuron_kkt_points(Neuron.of(X, y, outer=outer))
    assert len(kkt) == 0
    assert [(f.dimension, f.kind, f.value) for f in kkt.families] == (
        [(1, Kind.FLAT, 0.0)] if outer else [(2, Kind.FLAT, 0.0)] * 2
    )
    assert kkt.complete.rigor is Rigor.UNDECIDED
    assert "degenerate" in kkt.complete.reason


def test_rows_that_cancel_leave_the_whole_circle_and_that_is_certain():
    kkt = neuron_kkt_points(Neuron.of([[1, 0], [2, 0]], [2, -1]))
    assert len(kkt) == 0
    assert [len(family.rays) for family in kkt.families] == [3, 3]
    assert kkt.complete.rigor is Rigor.CERTIFIED


def test_a_half_circle_of_zeros_is_a_closed_family_with_its_ends():
    (family,) = neuron_kkt_points(Neuron.of([[1, 0]], [-1])).families
    assert (family.dimension, family.kind, family.rays) == (1, Kind.FLAT, ((-1, 0), (0, -1), (0, 1)))
    assert [(piece.rays, piece.kind) for piece in family.boundary] == [(((0, -1),), Kind.MAXIMUM), (((0, 1),), Kind.MAXIMUM)]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (([[1, 2], [1, 2, 3]], [1, 1]), "E-SHAPE"),
        (([[1, 2]], [1, 1]), "E-SHAPE"),
        (([], []), "E-EMPTY"),
        (([[]], [1]), "E-EMPTY"),
    ],
)
def test_mistakes_are_named(arguments, code):
    with pytest.raises(WnproofError) as caught:
        neuron_kkt_points(Neuron.of(*arguments))
    assert caught.value.code == code


def test_numbers_beyond_the_interpreters_spelling():
    rng = random.Random(3)
    X = [(Fraction(rng.randint(1, 99), rng.getrandbits(4000) | 1), Fraction(1, rng.getrandbits(4000) | 1)) for _ in range(6)]
    kkt = neuron_kkt_points(Neuron.of(X, [1, -1, 1, -1, 1, 1], slope="1/10"))
    assert kkt.complete.rigor is Rigor.CERTIFIED
    assert max(len(point["value_squared"]) for point in kkt.to_json()["points"]) > 5000
    assert "~" in kkt.table()


def test_a_vanishing_outer_weight_is_a_mistake():
    with pytest.raises(WnproofError, match="E-VALUE"):
        Neuron.of([[1, 2]], [1], outer=0)


def test_the_list_reads_as_a_sequence_and_prints():
    kkt = neuron_kkt_points(Neuron.of([[3, 4], [1, 0]], [1, -1]))
    assert [point.kind for point in kkt[:1]] == [Kind.MAXIMUM]
    assert kkt[-1] is list(kkt)[1]
    assert kkt.table().splitlines()[:4] == [
        "#  value        value^2  kind     u                      slopes on kinks",
        "0  4.472135955  20       maximum  (0.447214, 0.894427)   -",
        "1  -0.8         16/25    minimum  (0.800000, -0.600000)  0: 3/25",
        "family: value 0, dimension 1, flat, spanned by (-4, 3), (0, -1)",
    ]
    assert kkt.table().splitlines()[4].startswith("certified: all KKT points on the unit sphere: 2 isolated")
    assert "<td>minimum</td>" in kkt._repr_html_()
    data = json.loads(json.dumps(kkt.to_json()))
    assert data["points"][1]["slopes"] == {"0": "3/25"}
    assert data["families"][0]["boundary"][0] == {"rays": [["-4", "3"]], "kind": "minimum"}
    rng = random.Random(0)
    X = [(rng.randint(-99, 99), rng.randint(-99, 99)) for _ in range(300)]
    long = repr(neuron_kkt_points(Neuron.of(X, [rng.choice((-1, 1)) for _ in X])))
    assert len(long.splitlines()) <= 30

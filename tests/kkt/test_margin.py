"""KKT points of the maximum-margin problem: the figures of the literature, and points that are none."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
import sympy as sp
from scipy.optimize import minimize

import wnproof as wn
from wnproof.derive.margin import margin_problem
from wnproof.verdict import Rigor


def unit(n: int) -> list[list[int]]:
    return [[int(i == k) for k in range(n)] for i in range(n)]


def frei(d: int, width: int = 4, slope: str = "1/4", scale: str = "1/2") -> wn.Network:
    half = width // 2
    return wn.Network((d, width, 1), wn.leaky_relu(slope), fixed={"W2": [[1] * half + [-1] * half]}, scale=scale)


@pytest.mark.parametrize("slope", ["1/4", "1/10", "3/10", "9/10"])
def test_orthonormal_data_give_rank_two(slope: str) -> None:
    found = wn.margin_kkt(frei(3, slope=slope), wn.Dataset(unit(3), [1, 1, -1]))
    (point,) = found.points
    assert point.multipliers == (2 / (1 + Fraction(slope) ** 2),) * 3
    assert (point.margins, point.rank) == ((1, 1, 1), 2)
    assert point.value == sum(point.multipliers) / 2 == sum(w**2 for w in point.theta) / 2
    assert point.verdict.rigor is Rigor.CERTIFIED
    rows = np.array(point.theta, dtype=object).reshape(4, 3)
    assert (rows[0] == rows[1]).all()
    assert (rows[2] == rows[3]).all()


def test_the_convex_program_in_the_weights_has_the_same_minimum() -> None:
    data = wn.Dataset([[3, 1, 0, 0, 1], [-1, 3, 1, 0, 0], [0, -1, 4, 0, 0]], [1, -1, 1])
    (point,) = wn.margin_kkt(frei(5, scale="1"), data).points
    X, a = data.X, np.array([1, 1, -1, -1])
    slopes = np.where(np.outer(a, data.y) > 0, 1, 0.25)

    def margins(theta: np.ndarray) -> np.ndarray:
        return data.y * np.einsum("j,ji,ji->i", a, slopes, theta.reshape(4, 5) @ X.T) - 1

    solved = minimize(
        lambda t: t @ t / 2,
        np.ones(20),
        jac=lambda t: t,
        constraints={"type": "ineq", "fun": margins},
        options={"ftol": 1e-14, "maxiter": 500},
    )
    assert solved.fun == pytest.approx(float(point.value), rel=1e-8)
    assert solved.x == pytest.approx(np.array(point.theta, dtype=float), abs=1e-5)


def test_nearly_orthogonal_data_in_two_thousand_dimensions() -> None:
    rng = random.Random(5)
    data = wn.Dataset([[rng.randint(-9, 9) for _ in range(2000)] for _ in range(10)], [1, -1] * 5)
    found = wn.margin_kkt(frei(2000, 16, "3/10", "1/4"), data)
    (point,) = found.points
    assert point.verdict.rigor is Rigor.CERTIFIED
    assert (point.rank, set(point.margins)) == (2, {1})
    assert "certified" in repr(found)
    # the bound of the theorem, R_min^2 >= 3 gamma^-3 R^2 n max |<x_i, x_j>| for norms R_min..R, is not met, as it need not be
    gram = np.array(margin_problem(frei(2000, 16, "3/10", "1/4"), data).gram, dtype=float)
    assert np.diag(gram).min() < 3 / 0.3**3 * 10 * np.abs(gram - np.diag(np.diag(gram))).max()


def test_samples_beyond_the_margin_have_no_multiplier() -> None:
    data = wn.Dataset([[1, 0], [3, 0], [0, 1]], [1, 1, -1])
    (point,) = wn.margin_kkt(frei(2, 2, scale="1"), data).points
    assert point.margins == (1, 3, 1)
    assert point.multipliers[1] == 0
    assert point.verdict.rigor is Rigor.CERTIFIED


def test_equal_samples_share_a_multiplier() -> None:
    data = wn.Dataset([[1, 0], [1, 0], [0, 1]], [1, 1, -1])
    (point,) = wn.margin_kkt(frei(2, 2, scale="1"), data).points
    assert point.multipliers[0] + point.multipliers[1] == point.multipliers[2] == Fraction(16, 17)
    assert point.verdict.rigor is Rigor.CERTIFIED


def brute_force(X: list[list[int]], y: list[int], a: list[int], pattern: list[list[sp.Rational]]) -> sp.Matrix | None:
    """The weights (m, d) of the pattern's KKT point, by trying every set of samples that may carry the margin."""
    n = len(X)
    pulls = [sp.Matrix([[y[i] * a[j] * s[i] * x for x in X[i]] for j, s in enumerate(pattern)]) for i in range(n)]
    H = sp.Matrix(n, n, lambda i, k: sum(p * q for p, q in zip(pulls[i], pulls[k], strict=True)))
    for support in (c for size in range(1, n + 1) for c in combinations(range(n), size)):
        own = H.extract(support, support)
        if own.det() == 0:
            continue
        sizes = dict(zip(support, own.LUsolve(sp.ones(len(support), 1)), strict=True))
        if min(sizes.values()) < 0 or any(sum(H[i, k] * size for k, size in sizes.items()) < 1 for i in range(n)):
            continue
        W = sum((size * pulls[k] for k, size in sizes.items()), sp.zeros(*pulls[0].shape))
        z = W * sp.Matrix(X).T
        return W if all(z[j, i] * (2 * s[i] - 1) >= 0 for j, s in enumerate(pattern) for i in range(n)) else None
    return None


def test_random_patterns_against_every_support() -> None:
    rng, found, quarter = random.Random(11), 0, sp.Rational(1, 4)
    for _ in range(40):
        n, m = rng.randint(1, 3), rng.randint(1, 2)
        X = [[rng.randint(-3, 3) for _ in range(3)] for _ in range(n)]
        y, a = [rng.choice((-1, 1)) for _ in range(n)], [rng.choice((-1, 1)) for _ in range(m)]
        pattern = [[rng.choice((quarter, sp.S.One)) for _ in range(n)] for _ in range(m)]
        net = wn.Network((3, m, 1), wn.leaky_relu("1/4"), fixed={"W2": [a]})
        points = wn.margin_kkt(net, wn.Dataset(X, y), [pattern]).points
        W = brute_force(X, y, a, pattern)
        assert (W is not None) == bool(points)
        for point in points:
            found += 1
            assert [sp.Rational(w.numerator, w.denominator) for w in point.theta] == list(W)
            assert point.verdict.rigor is Rigor.CERTIFIED
    assert found >= 5


def test_correlated_data_break_the_pattern() -> None:
    found = wn.margin_kkt(frei(2, 2), wn.Dataset([[3, 1], [1, 3]], [1, -1]))
    assert not found.points
    assert "the pattern breaks" in repr(found)
    clash = wn.margin_kkt(frei(1, 2), wn.Dataset([[1], [2]], [1, -1]))
    assert not clash.points
    assert "none:" in repr(clash)


def test_relu_has_a_point_for_every_cover_of_the_classes() -> None:
    data, net = wn.Dataset(unit(4), [1, 1, -1, -1]), frei(4, slope="0", scale="1")
    covers = [
        [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]],
        [[1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]],
        [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
        [[1, 1, 0, 0], [0, "1/2", 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]],
        [[1, 0, 0, 0], [1, 0, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]],
    ]
    found = wn.margin_kkt(net, data, covers)
    assert [point.rank for point in found.points] == [2, 3, 4]
    assert [point.value for point in found.points] == [1, Fraction(5, 4), 2]
    assert all(point.verdict.rigor is Rigor.CERTIFIED for point in found.points)
    reasons = [reason for _, reason in found.rejected]
    assert "<w_1, x_1>" in reasons[0]  # half a slope is for a neuron on its kink
    assert "sample 1" in reasons[1]  # that no neuron of its sign sees


def test_trained_outer_weights_and_the_three_over_root_five() -> None:
    net = wn.Network((1, 2, 1), wn.relu, bias=True)
    (point,) = wn.margin_kkt(net, wn.Dataset([["-1/2"], [2]], [-1, 1])).points
    assert sp.simplify(point.value - 3 / sp.sqrt(5)) == 0
    assert point.verdict.rigor is Rigor.CERTIFIED
    w, b, a = ([sp.sympify(x) for x in point.theta[k : k + 2]] for k in (0, 2, 4))
    assert [sp.simplify(a[j] ** 2 - w[j] ** 2 - b[j] ** 2) for j in (0, 1)] == [0, 0]
    assert [float(sp.deg(sp.atan2(b[j], w[j]))) for j in (0, 1)] == pytest.approx([26.5650512, 116.5650512])
    x, y, size = [sp.Rational(-1, 2), 2], [-1, 1], point.multipliers
    for j, slopes in enumerate(point.pattern):  # the definition, entry by entry, in exact numbers
        z = [sp.simplify(w[j] * x[i] + b[j]) for i in (0, 1)]
        assert all(z[i] == 0 or (z[i] > 0) == (slopes[i] == 1) for i in (0, 1))
        for entry, direction in (
            (w[j], [a[j] * slopes[i] * x[i] for i in (0, 1)]),
            (b[j], [a[j] * slopes[i] for i in (0, 1)]),
            (a[j], [sp.Max(z[i], 0) for i in (0, 1)]),
        ):
            assert sp.simplify(entry - sum(size[i] * y[i] * direction[i] for i in (0, 1))) == 0


def test_trained_neurons_with_different_roots() -> None:
    data = wn.Dataset([[1, 2, 0], [0, 0, 1]], [1, -1])
    (point,) = wn.margin_kkt(wn.Network((3, 3, 1), wn.relu), data).points
    assert point.verdict.rigor is Rigor.CERTIFIED
    assert sp.simplify(point.value - 1 - 1 / sp.sqrt(5)) == 0
    assert point.theta[6:9] == (0, 0, 0)  # the third neuron is not used
    leaky = wn.margin_kkt(wn.Network((3, 2, 1), wn.leaky_relu("1/4")), data)
    assert "moves two neurons" in leaky.rejected[0][1]


def test_what_is_no_kkt_point_is_refuted() -> None:
    problem = margin_problem(frei(3), wn.Dataset(unit(3), [1, 1, -1]))
    (point,) = wn.margin_kkt(problem.net, problem.data).points

    def verdict(rows: int = 1, sizes: Fraction = Fraction(1)) -> Rigor:
        weights = tuple(tuple(entry * rows for entry in row) for row in point.weights)
        statement = problem.statement(weights, point.outer, tuple(size * sizes for size in point.sizes))
        return wn.decide(statement).rigor

    assert verdict() is Rigor.CERTIFIED
    assert verdict(sizes=Fraction(2)) is Rigor.REFUTED  # theta is no longer the combination
    assert verdict(rows=2, sizes=Fraction(2)) is Rigor.REFUTED  # it is, with margins 2 where lambda > 0
    assert verdict(rows=-1) is Rigor.REFUTED
    first = point.theta[0] + Fraction(1, 10**9)
    moved = wn.margin_point(problem.net, problem.data, [first, *point.theta[1:]], point.multipliers)
    assert wn.decide(moved).rigor is Rigor.REFUTED
    assert wn.decide(wn.margin_point(problem.net, problem.data, point.theta, point.multipliers)).rigor is Rigor.CERTIFIED


def test_lengths_of_trained_neurons_are_part_of_the_statement() -> None:
    (point,) = wn.margin_kkt(wn.Network((1, 2, 1), wn.relu, bias=True), wn.Dataset([["-1/2"], [2]], [-1, 1])).points
    for wrong in ((1, 1), tuple(reversed(point.lengths))):
        lengths = tuple(map(Fraction, wrong))
        statement = point.problem.statement(point.weights, point.outer, point.sizes, lengths)
        assert wn.decide(statement).rigor is Rigor.REFUTED


@pytest.mark.parametrize(
    ("net", "labels", "code"),
    [
        (wn.Network((2, 2, 2, 1), wn.relu), [1, -1], "E-SHAPE"),
        (wn.Network((2, 2, 1), wn.tanh), [1, -1], "E-VALUE"),
        (wn.Network((2, 2, 1), wn.relu, fixed={"W2": None}), [1, -1], "E-VALUE"),
        (wn.Network((2, 2, 1), wn.relu, scale=1 / sp.sqrt(2)), [1, -1], "E-VALUE"),
        (wn.Network((2, 2, 1), wn.relu), [1, 2], "E-VALUE"),
    ],
)
def test_other_problems_are_refused(net: wn.Network, labels: list[int], code: str) -> None:
    with pytest.raises(wn.WnproofError, match=code):
        wn.margin_kkt(net, wn.Dataset(unit(2), labels))


def test_patterns_are_checked() -> None:
    data, net = wn.Dataset(unit(2), [1, -1]), frei(2, 2)
    with pytest.raises(wn.WnproofError, match="E-SHAPE"):
        wn.margin_kkt(net, data, [[[1, 1]]])
    with pytest.raises(wn.WnproofError, match="E-VALUE"):
        wn.margin_kkt(net, data, [[[1, 0], [0, 1]]])

"""Tangent kernels: parts against finite differences, limits against integrals, sampling and exact dependence."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from flint import arb, arb_mat, ctx

from wnproof.derive.arccosine import TwoSided, arc_cosine
from wnproof.derive.directions import dependence, primitive
from wnproof.derive.ntk import ntk
from wnproof.derive.wide import Smallest
from wnproof.errors import WnproofError
from wnproof.kernels.kernel import kernel
from wnproof.model import datasets
from wnproof.model.activations import absolute, leaky_relu, linear, polynomial_relu, relu, tanh
from wnproof.model.dataset import Dataset
from wnproof.model.initial import dukler
from wnproof.model.network import Network
from wnproof.model.normalizations import exponential_weight_norm, plain, weight_norm
from wnproof.verdict import Rigor

# the six roots of a hexagon, in the plane x + y + z = 0
HEXAGON = [[1, -1, 0], [1, 0, -1], [0, 1, -1], [-1, 1, 0], [-1, 0, 1], [0, -1, 1]]


def paper(d, activation=relu):
    """Dukler, Gu and Montufar's network with four neurons."""
    return Network((d, 4, 1), activation, normalization=weight_norm, fixed={"W2": None}, scale="1/2")


def limit(rows, activation=relu, normalized=False):
    return ntk(paper(len(rows[0]), activation)).limit(Dataset(rows, [1] * len(rows)), normalized=normalized)


def data(n, d, outputs=1, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.standard_normal((n, outputs))
    return Dataset(rng.standard_normal((n, d)), y if outputs > 1 else y[:, 0])


NETS = {
    "plain": Network((3, 4, 1), relu),
    "weight norm, fixed signs": Network((3, 4, 1), relu, normalization=weight_norm, fixed={"W2": [[1, -1, 1, 1]]}, scale="1/2"),
    "exponential, leaky": Network((3, 4, 1), leaky_relu("1/10"), normalization=exponential_weight_norm),
    "three layers, bias": Network((2, 3, 3, 1), tanh, normalization=weight_norm, bias=True),
    "squared": Network((3, 4, 1), polynomial_relu(2), normalization=weight_norm),
}


@pytest.mark.parametrize("name", NETS)
def test_the_gram_kernel_is_the_jacobian_times_its_transpose(name):
    net = NETS[name]
    sample = data(5, net.widths[0], net.widths[-1])
    theta = net.initial(1.0, 3)
    f = kernel(net.output, sample)
    step = 1e-6
    columns = [(f(theta + step * e).ravel() - f(theta - step * e).ravel()) / (2 * step) for e in np.eye(net.size)]
    jacobian = np.stack(columns, axis=1)
    gram = kernel(ntk(net).gram, sample)(theta)
    np.testing.assert_allclose(gram.reshape(len(jacobian), -1), jacobian @ jacobian.T, rtol=1e-6, atol=1e-6)
    parts = [kernel(ntk(net).part([b.name], b.name), sample)(theta) for b in net.parameters.blocks]
    np.testing.assert_allclose(sum(parts), gram, rtol=1e-10, atol=1e-12)


def test_lengths_and_directions_are_the_whole_kernel_where_only_they_are_trained():
    net = NETS["weight norm, fixed signs"]
    sample, theta = data(5, 3), net.initial(0.3, 1, law=dukler)
    whole, lengths, directions = (
        kernel(q, sample)(theta) for q in (ntk(net).gram, ntk(net).length_part, ntk(net).direction_part)
    )
    np.testing.assert_allclose(lengths + directions, whole, rtol=1e-10)
    V, g = net.unflatten(theta)["V1"], net.unflatten(theta)["g1"]
    norms = np.linalg.norm(V, axis=1)
    z = sample.X @ (V / norms[:, None]).T
    outputs = np.maximum(z, 0)
    across = np.stack([sample.X - np.outer(z[:, k], V[k] / norms[k]) for k in range(4)])
    slopes = ((z > 0) * g / norms).T[:, :, None] * across
    np.testing.assert_allclose(lengths, outputs @ outputs.T / 4, rtol=1e-10)
    np.testing.assert_allclose(directions, np.einsum("kia,kja->ij", slopes, slopes) / 4, rtol=1e-10)
    with pytest.raises(WnproofError, match="no trained block for the length part"):
        _ = ntk(NETS["plain"]).length_part
    with pytest.raises(WnproofError, match="no trained block 'W2'; known: V1, g1"):
        ntk(net).part(["W2"], "output")
    with pytest.raises(WnproofError, match="has 2 outputs"):
        ntk(Network((1, 2), relu))
    with pytest.raises(WnproofError, match="has no trained block"):
        ntk(Network((1, 1), relu, fixed={"W1": [[1]]}))


@pytest.mark.parametrize("degree", range(1, 7))
def test_arc_cosine_kernels_are_antiderivatives_of_each_other(degree):
    t = sp.Symbol("t", real=True)

    def value(p):
        S, C = (sum(sp.Rational(c.numerator, c.denominator) * t**k for k, c in enumerate(cs)) for cs in arc_cosine(p))
        return sp.sqrt(1 - t**2) * S + sp.acos(-t) * C

    assert sp.simplify(sp.diff(value(degree), t) - degree**2 * value(degree - 1)) == 0
    assert sp.simplify(value(degree).subs(t, -1)) == 0
    # equal rows: E max(a, 0)^2p = (2p - 1)!! / 2
    assert sp.simplify(value(degree).subs(t, 1) / (2 * sp.pi)) == sp.factorial2(2 * degree - 1) / 2


def test_the_limits_in_two_dimensions_are_integrals_over_the_circle():
    phi = sp.Symbol("phi", real=True)
    for x, y in ((4, 3), (-5, 12), (1, 1), (-7, 1)):
        cosine, sine = sp.Rational(x) / sp.sqrt(x * x + y * y), sp.Rational(y) / sp.sqrt(x * x + y * y)
        theta = sp.acos(cosine)
        span = (phi, theta - sp.pi / 2, sp.pi / 2)  # where both cos(phi) and cos(phi - theta) are positive
        along = sp.integrate(sp.cos(phi) * (cosine * sp.cos(phi) + sine * sp.sin(phi)), span) / (2 * sp.pi)
        across = sp.integrate(sp.sin(phi) * (cosine * sp.sin(phi) - sine * sp.cos(phi)), span) / (2 * sp.pi)
        found = limit([[1, 0], [x, y]], normalized=True)
        with ctx.workprec(200):
            for entry, value in ((found.G, along), (found.V, across), (found.H, along + across)):
                assert abs(entry[0][1] - arb(str(sp.N(value, 40)))) < 1e-35


@pytest.mark.parametrize("d", [2, 3, 10])
def test_entries_at_ten_cosines_are_known_to_twelve_digits(d):
    pairs = [(1, 0), (24, 7), (4, 3), (3, 4), (1, 10), (0, 1), (-1, 10), (-3, 4), (-24, 7), (-(10**9), 1)]
    rows = [[1, *[0] * (d - 1)], *([a, b, *[0] * (d - 2)] for a, b in pairs)]
    found = limit(rows, normalized=True)
    assert found.radius < 1e-12
    for k, (a, b) in enumerate(pairs, start=1):
        theta = math.atan2(b, a)
        H = (math.pi - theta) * math.cos(theta) / (2 * math.pi)
        G = (math.sin(theta) + (math.pi - theta) * math.cos(theta)) / (2 * math.pi * d)
        assert float(found.H[0][k].mid()) == pytest.approx(H, abs=1e-14)
        assert float(found.G[0][k].mid()) == pytest.approx(G, abs=1e-14)
        assert float(found.V[0][k].mid()) == pytest.approx(H - G, abs=1e-14)


@pytest.mark.parametrize("activation", [relu, leaky_relu("1/10"), polynomial_relu(2), polynomial_relu(3, "1/2"), absolute])
def test_the_limits_are_means_over_gaussian_rows(activation):
    rows = [[1, 0, 0], [2, 1, -1], ["-1/2", 1, 1]]
    found, X = limit(rows, activation), np.array([[1, 0, 0], [2, 1, -1], [-0.5, 1, 1]])
    W = np.random.default_rng(5).standard_normal((400_000, 3))
    sigma = TwoSided.of(activation)
    z = W @ X.T
    slopes = np.where(z > 0, float(sigma.right), float(sigma.left)) * sigma.degree * z ** (sigma.degree - 1)
    length = slopes * z / np.linalg.norm(W, axis=1, keepdims=True)
    H, G = (slopes.T @ slopes) * (X @ X.T) / len(W), length.T @ length / len(W)
    expected = [np.array([[float(e.mid()) for e in row] for row in M]) for M in (found.H, found.G)]
    np.testing.assert_allclose(H, expected[0], rtol=0.02, atol=0.02 * np.abs(H).max())
    np.testing.assert_allclose(G, expected[1], rtol=0.02, atol=0.02 * np.abs(G).max())


def test_a_wide_network_comes_near_its_limit():
    rows = [[1, 0], ["3/5", "4/5"], ["-4/5", "3/5"]]
    m = 40_000
    net = Network((2, m, 1), relu, normalization=weight_norm, fixed={"W2": [[1] * m]}, scale=Fraction(1, 200))
    found = ntk(net).limit(Dataset(rows, [1] * 3))
    for alpha in (0.3, 3.0):
        theta = net.initial(alpha, 2, law=dukler)
        parts = ((ntk(net).direction_part, found.V, alpha**2), (ntk(net).length_part, found.G, 1))
        for part, wide, scale in parts:
            sampled = kernel(part, Dataset(rows, [1] * 3))(theta) * scale
            assert np.abs(sampled - [[float(e.mid()) for e in row] for row in wide]).max() < 0.01


@pytest.mark.parametrize("activation", [relu, polynomial_relu(2)])
def test_bounds_of_the_smallest_eigenvalue_are_close_and_agree_with_floats(activation):
    for seed in range(5):
        found = limit(data(6, 4, seed=seed).exact_X.tolist(), activation)
        for bounds, matrix in ((found.lambda_0, found.V), (found.mu_0, found.G), (found.h_0, found.H)):
            smallest = np.linalg.eigvalsh([[float(e.mid()) for e in row] for row in matrix])[0]
            assert 0 < bounds.lower <= bounds.upper < bounds.lower * Fraction(1001, 1000)
            assert float(bounds.lower) == pytest.approx(smallest, rel=1e-6)


@pytest.mark.parametrize("alpha", ["1/10", "3/10", 1, 3, 10])
def test_both_parts_together_obey_weyl(alpha):
    found = limit(data(6, 5, seed=3).exact_X.tolist(), normalized=True)
    whole, scale = found.tangent(alpha), Fraction(alpha) ** 2
    assert whole.lower >= (found.lambda_0.lower / scale + found.mu_0.lower) * Fraction(999999, 1000000)
    matrix = np.array(
        [
            [float(v.mid() / arb(float(scale)) + g.mid()) for v, g in zip(*r, strict=True)]
            for r in zip(found.V, found.G, strict=True)
        ]
    )
    assert float(whole.lower) == pytest.approx(np.linalg.eigvalsh(matrix)[0], rel=1e-9)
    if alpha == 1:
        assert whole.lower == pytest.approx(found.h_0.lower, rel=1e-9)
    assert limit(HEXAGON).tangent(alpha).reason == limit(HEXAGON).mu_0.reason
    with pytest.raises(WnproofError, match="alpha is 0"):
        found.tangent(0)


def test_a_wide_network_loses_its_error_at_twice_the_smallest_eigenvalue():
    """The kernel of a wide network at its start, at three scales: the smallest eigenvalue is the limit's, not another part's."""
    sample = data(4, 5, seed=1)
    m = 40_000
    net = Network((5, m, 1), relu, normalization=weight_norm, fixed={"W2": [[1] * m]}, scale=Fraction(1, 200))
    found = ntk(net).limit(sample)
    for alpha in (0.3, 1.0, 3.0):
        gram = kernel(ntk(net).gram, sample)(net.initial(alpha, 2, law=dukler))
        assert np.linalg.eigvalsh(gram)[0] == pytest.approx(float(found.tangent(alpha).lower), rel=0.05)


def test_the_lower_bound_lets_eigenvalues_of_the_whole_matrix_through():
    """Flint's own determinant as a second opinion: det(A - t I) has no sign change below the lower bound."""
    found = limit([[1, 0], ["3/5", "4/5"], ["-4/5", "3/5"]])
    for t in (found.lambda_0.lower, found.lambda_0.upper + Fraction(1, 10**6)):
        shifted = [
            [e - (arb(t.numerator) / t.denominator if i == j else 0) for j, e in enumerate(r)] for i, r in enumerate(found.V)
        ]
        assert (arb_mat(shifted).det() > 0) == (t == found.lambda_0.lower)


def test_distinct_points_do_not_suffice():
    """z = (1, -1, 1, -1, 1, -1) is a null vector of both limits on the hexagon; its five first corners have none."""
    for normalized in (False, True):
        found = limit(HEXAGON, normalized=normalized)
        assert found.lambda_0 == found.mu_0 == Smallest(Fraction(0), Fraction(0), found.lambda_0.reason)
        assert "3 pairs of opposite directions span 2 dimensions" in found.lambda_0.reason
        for matrix in (found.V, found.G):
            for row in matrix:
                assert sum((-1) ** k * e for k, e in enumerate(row)).contains(0)
    five = limit(HEXAGON[:5], normalized=True)
    assert min(five.lambda_0.lower, five.mu_0.lower) > 0
    assert limit([[1, 0], [-1, 0]]).mu_0.lower > 0, "two opposite points alone are independent"


def test_reasons_for_zero():
    assert dependence([(1, 2), (0, 0)], 1) == "sample 1 is zero"
    assert dependence([(1, 2), (2, 4)], 2) == "samples 0 and 1 have the same direction"
    assert dependence([(1, 2), (-2, -4)], 1) == ""
    assert dependence(HEXAGON, 2) == ""
    assert "1 pairs" not in dependence([(1, 0), (-1, 0), (0, 1), (0, -3)], 1)
    assert limit([[1], [-2]]).lambda_0.reason == "in one dimension no direction moves"
    assert limit([[1], [-2]]).mu_0.lower > 0
    singular = limit([[1, 0], [0, 1], [1, 1]], linear)
    assert singular.mu_0.lower == 0 <= singular.mu_0.upper < Fraction(1, 10**10)


def test_iris_without_parallel_rows_is_positive_definite():
    iris = datasets.iris()
    whole = ntk(paper(4)).limit(iris, normalized=True)
    assert "have the same direction" in whole.lambda_0.reason
    assert whole.lambda_0.upper == whole.mu_0.upper == 0
    rows = list({primitive(row): row for row in iris.exact_X.tolist()}.values())
    assert len(rows) == 149
    found = limit(rows, normalized=True)
    assert not found.lambda_0.reason
    assert float(found.lambda_0.lower) == pytest.approx(2.90849579618e-4, rel=1e-9)
    assert float(found.mu_0.lower) == pytest.approx(9.7693285667e-10, rel=1e-9)
    assert found.mu_0.upper < found.mu_0.lower * Fraction(1000001, 1000000)
    assert (found.verdict.rigor, found.verdict.grade) == (Rigor.CERTIFIED, "computed")
    assert "of V is between 0.000290849579" in str(found.verdict)
    assert "of V is 0: samples 101 and 142 have the same direction" in str(whole.verdict)


REFUSED = {
    "plain": (Network((2, 4, 1), relu, fixed={"W2": None}, scale="1/2"), "no infinite-width limit"),
    "trained output": (Network((2, 4, 1), relu, normalization=weight_norm, scale="1/2"), "no infinite-width limit"),
    "scale": (Network((2, 4, 1), relu, normalization=weight_norm, fixed={"W2": None}), "scale 1/sqrt"),
    "no signs": (Network((2, 1, 1), relu, normalization=weight_norm, fixed={"W2": [[2]]}), "no infinite-width limit"),
    "both layers": (Network((2, 1, 1), relu, normalization=(weight_norm, weight_norm), fixed={"V2": None}), "no infinite-width"),
    "deep": (Network((2, 1, 1, 1), relu, normalization=(weight_norm, plain, plain), fixed={"W2": None}), "no infinite-width"),
    "bias": (Network((2, 1, 1), relu, normalization=weight_norm, bias=True, fixed={"W2": None}), "no infinite-width limit"),
    "tanh": (paper(2, tanh), "no infinite-width kernel in closed form for tanh"),
    "dimension": (paper(3), "the data have 2 features, the network 3"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_networks_without_a_known_limit_are_refused(name):
    net, message = REFUSED[name]
    with pytest.raises(WnproofError, match=message):
        ntk(net).limit(Dataset([[1, 0], [0, 1]], [1, 1]))

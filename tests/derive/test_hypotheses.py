"""Hypotheses: exact margins at data worked out by hand, on both sides of equality."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from wnproof.derive.flow import gradient_flow
from wnproof.derive.hypotheses import Margin, nearly_orthogonal, no_parallel, nonvanishing, small_loss, unit_norm
from wnproof.errors import WnproofError
from wnproof.kernels.kernel import kernel
from wnproof.model import datasets
from wnproof.model.activations import erf, relu, tanh
from wnproof.model.dataset import Dataset
from wnproof.model.losses import exponential, logistic, square
from wnproof.model.network import Network
from wnproof.model.normalizations import exponential_weight_norm, weight_norm


def of(rows):
    return Dataset(rows, [1] * len(rows))


def test_parallel_samples():
    found = no_parallel(of([[1, 0], [0, 1], [1, 1]]))
    assert (found.lower, found.upper, found.where, found.holds) == (Fraction(1, 2), Fraction(1, 2), "samples 0, 2", True)
    for rows in ([[1, 2], [2, 4]], [[1, 2], [-3, -6]], [[1, 2], [0, 0]]):
        assert no_parallel(of(rows)).holds is False
    assert no_parallel(of([[1, 0], [1, Fraction(1, 10**40)]])).holds is True
    assert no_parallel(datasets.iris()).holds is False
    assert repr(found).startswith("holds with margin 1/2 at samples 0, 2")


def test_unit_norm():
    assert unit_norm(of([["3/5", "4/5"], [0, -1]])).holds is True
    almost = unit_norm(of([[1, 0], [1, "1/1000"]]))
    assert (almost.holds, almost.lower, almost.where) == (False, Fraction(-1, 10**6), "sample 1")
    assert unit_norm(of([[0.6, 0.8]])).holds is False, "floats stand for their exact values"


def test_nearly_orthogonal_data_up_to_equality():
    # min |x|^2 = 9, max = 10, overlap 3, n = 2
    rows = [[3, 0], [1, 3]]
    equality = Fraction(9) / (Fraction(10, 9) * 2 * 3)
    assert nearly_orthogonal(of(rows), equality).lower == 0
    assert nearly_orthogonal(of(rows), equality).holds is True
    assert nearly_orthogonal(of(rows), equality + Fraction(1, 10**30)).holds is False
    assert nearly_orthogonal(of([[1, 0], [0, 5]]), 10**9).lower == 1
    with pytest.raises(WnproofError, match="sample 1 is zero"):
        nearly_orthogonal(of([[1, 0], [0, 0]]), 1)
    for hypothesis in (no_parallel, lambda data: nearly_orthogonal(data, 1)):
        with pytest.raises(WnproofError, match="one sample has no pairs"):
            hypothesis(of([[1, 0]]))


def test_vanishing_neurons():
    net = Network((2, 2, 1), relu)
    found = nonvanishing(net, {"W1": [[3, 4], ["1/10", 0]], "W2": [[0, 0]]})
    assert (found.lower, found.where, found.holds) == (Fraction(1, 100), "row 1 of W1", True)
    assert nonvanishing(net, {"W1": [[3, 4], [0, 0]]}).holds is False
    normalized = Network((2, 2, 1), relu, normalization=weight_norm)
    assert nonvanishing(normalized, {"V1": [[1, 0], [0, 2]]}).lower == 1
    with pytest.raises(WnproofError, match="no values for block 'W1'"):
        nonvanishing(net, {})
    with pytest.raises(WnproofError, match=r"W1 is \(1, 2\), wanted \(2, 2\)"):
        nonvanishing(net, {"W1": [[1, 2]]})
    with pytest.raises(WnproofError, match="no trained hidden rows"):
        nonvanishing(Network((2, 1), relu), {"W1": [[1, 2]]})


def test_the_loss_against_a_bound():
    net, data = Network((2, 1, 1), relu), Dataset([[1, 0], [0, 1]], [1, -1])
    blocks = {"W1": [[2, 3]], "W2": [[1]]}
    exact = small_loss(gradient_flow(net, square), data, blocks, 9)
    value = Fraction(1, 2) * (1 + 16)
    assert exact.lower == exact.upper == 9 - value
    assert small_loss(gradient_flow(net, square), data, blocks, value).holds is False, "equality is not below"
    for flow in (gradient_flow(net, exponential), gradient_flow(net, logistic), gradient_flow(net, exponential.averaged)):
        found = small_loss(flow, data, blocks, 1)
        terms = [math.exp(-2), math.exp(3)] if flow.criterion is not logistic else [math.log1p(math.exp(s)) for s in (-2, 3)]
        total = sum(terms) / (2 if flow.criterion.mean else 1)
        assert found.lower < found.upper < found.lower + Fraction(1, 10**60)
        assert float(found.lower) == pytest.approx(1 - total, rel=1e-12)
        assert found.holds is False


@pytest.mark.parametrize("normalization", [weight_norm, exponential_weight_norm])
@pytest.mark.parametrize("activation", [relu, tanh])
def test_the_loss_of_normalized_networks_is_the_kernels(normalization, activation):
    net = Network((2, 3, 1), activation, normalization=normalization, bias=True)
    flow, data = gradient_flow(net, exponential), Dataset([[1, 2], ["-1/2", 1]], [1, -1])
    theta = net.initial(0.7, 4)
    found = small_loss(flow, data, net.unflatten(theta), 5)
    assert found.upper - found.lower < Fraction(1, 10**60)
    assert float(found.lower) == pytest.approx(5 - float(kernel(flow.loss, data)(theta)), rel=1e-12)


def test_a_loss_without_a_ball_is_refused():
    data = Dataset([[1, 0]], [1])
    with pytest.raises(WnproofError, match="no ball around"):
        small_loss(gradient_flow(Network((2, 1, 1), erf), exponential), data, {"W1": [[1, 1]], "W2": [[1]]})


def test_open_margins_are_neither_true_nor_false():
    assert Margin("h", Fraction(-1), Fraction(1), True, "").holds is None
    assert Margin("h", Fraction(0), Fraction(1), True, "").holds is None
    assert Margin("h", Fraction(0), Fraction(1), False, "").holds is True
    assert Margin("h", Fraction(-1), Fraction(0), False, "").holds is None

"""Networks: blocks, biases, fixed blocks, symbols; activations, normalizations, losses and their names."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from wnproof.errors import WnproofError
from wnproof.graph.expand import expand
from wnproof.graph.nodes import argument
from wnproof.model import names
from wnproof.model.activations import absolute, leaky_relu, linear, polynomial_relu, relu, tanh
from wnproof.model.losses import Loss, exponential, logistic, square
from wnproof.model.network import Network
from wnproof.model.normalizations import exponential_weight_norm, plain, weight_norm

BLOCKS = {
    "plain": (Network((3, 4, 2), relu), [("W1", (4, 3)), ("W2", (2, 4))]),
    "scalar": (Network((3, 4, 1), relu), [("W1", (4, 3)), ("W2", (1, 4))]),
    "deep": (Network((3, 4, 5, 1), relu), [("W1", (4, 3)), ("W2", (5, 4)), ("W3", (1, 5))]),
    "bias": (
        Network((3, 4, 5, 1), relu, bias=True),
        [("W1", (4, 3)), ("b1", (4,)), ("W2", (5, 4)), ("b2", (5,)), ("W3", (1, 5))],
    ),
    "bias by layer": (Network((3, 4, 1), relu, bias=(False, True)), [("W1", (4, 3)), ("W2", (1, 4)), ("b2", (1,))]),
    "SWN": (Network((3, 4, 1), relu, normalization=weight_norm), [("V1", (4, 3)), ("g1", (4,)), ("W2", (1, 4))]),
    "EWN with bias": (
        Network((3, 4, 1), relu, normalization=exponential_weight_norm, bias=True),
        [("V1", (4, 3)), ("a1", (4,)), ("b1", (4,)), ("W2", (1, 4))],
    ),
    "both layers": (
        Network((3, 4, 2), relu, normalization=(weight_norm, exponential_weight_norm)),
        [("V1", (4, 3)), ("g1", (4,)), ("V2", (2, 4)), ("a2", (2,))],
    ),
    "fixed": (Network((3, 4, 1), relu, fixed={"W2": [[1, 1, -1, 1]]}), [("W1", (4, 3))]),
    "fixed symbol": (Network((3, 4, 1), relu, fixed={"W1": None}), [("W2", (1, 4))]),
    "one layer": (Network((3, 1), relu, bias=True), [("W1", (1, 3))]),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks_in_thetas_order(name):
    net, blocks = BLOCKS[name]
    assert [(n, shape) for n, shape, _ in net.blocks] == blocks
    assert net.size == sum(int(np.prod(shape)) for _, shape in blocks)
    theta = np.arange(float(net.size))
    assert (net.flatten(net.unflatten(theta)) == theta).all()
    ensemble = np.stack([theta, -theta], axis=1)
    assert (net.flatten(net.unflatten(ensemble)) == ensemble).all()


def test_the_output_is_the_formula():
    """f = scale W2 sigma(W1 x + b1) + scale b2, by hand."""
    net = Network((2, 2, 2), leaky_relu("1/10"), bias=(True, True), scale="1/2")
    given = {"W1": [[1, -1], [2, 0]], "b1": [1, -3], "W2": [[1, 2], [3, -4]], "b2": [5, 7], "X": [[1, 3]]}
    hidden = [Fraction(-1, 10), Fraction(-1, 10)]
    expected = [Fraction(1, 2) * (w[0] * hidden[0] + w[1] * hidden[1] + b) for w, b in zip(given["W2"], given["b2"], strict=True)]
    assert [Fraction(str(v)) for v in expand(net.output.node, {**net.sizes, "i": 1}, given)[0]] == expected


@pytest.mark.parametrize("normalization", [weight_norm, exponential_weight_norm], ids=repr)
def test_effective_weights_are_rows_of_the_given_length(normalization):
    net = Network((2, 2, 1), linear, normalization=normalization)
    length = {"g1": [2, -3]} if normalization is weight_norm else {"a1": [0, 0]}
    W = expand(net.layers[0].weight, net.sizes, {"V1": [[3, 4], [-5, 12]], **length})
    factors = [2, -3] if normalization is weight_norm else [1, 1]
    rows = [[sp.Rational(3, 5), sp.Rational(4, 5)], [sp.Rational(-5, 13), sp.Rational(12, 13)]]
    assert W.tolist() == [[f * v for v in row] for f, row in zip(factors, rows, strict=True)]
    assert [n for n, _, _ in net.effective().blocks] == ["W1", "W2"]


BAD = {
    "one width": (lambda: Network((3,), relu), "E-SHAPE", "widths are"),
    "float width": (lambda: Network((3, 2.0, 1), relu), "E-SHAPE", "widths are"),
    "width zero": (lambda: Network((3, 0, 1), relu), "E-EMPTY", "every width is at least 1"),
    "no input": (lambda: Network((0, 1), relu), "E-EMPTY", "every width is at least 1"),
    "call forgotten": (lambda: Network((3, 2, 1), leaky_relu), "E-VALUE", r"write leaky_relu\('1/10'\)"),
    "degree forgotten": (lambda: Network((3, 2, 1), polynomial_relu), "E-VALUE", r"write polynomial_relu\(2\)"),
    "name as text": (lambda: Network((3, 2, 1), "relu"), "E-VALUE", "is no activation"),
    "loss for activation": (lambda: Network((3, 2, 1), square), "E-VALUE", "is no activation"),
    "normalization as text": (lambda: Network((3, 2, 1), relu, normalization="plain"), "E-VALUE", "normalization is 'plain'"),
    "normalizations": (lambda: Network((3, 2, 1), relu, normalization=(plain,)), "E-SHAPE", "1 values of normalization for 2"),
    "biases": (lambda: Network((3, 2, 1), relu, bias=(True,) * 3), "E-SHAPE", "3 values of bias for 2 layers"),
    "bias is no boolean": (lambda: Network((3, 2, 1), relu, bias=1), "E-VALUE", "bias is 1"),
    "float scale": (lambda: Network((3, 2, 1), relu, scale=0.5), "E-FLOAT", "0.5 is a float"),
    "zero scale": (lambda: Network((3, 2, 1), relu, scale=0), "E-VALUE", "scale is 0"),
    "symbolic scale": (lambda: Network((3, 2, 1), relu, scale=1 / sp.Symbol("m")), "E-VALUE", "no exact number"),
    "unknown fixed block": (lambda: Network((3, 2, 1), relu, fixed={"W3": None}), "E-NAME", "no block 'W3'; known: W1, W2"),
    "fixed shape": (lambda: Network((3, 2, 1), relu, fixed={"W2": [1, 1]}), "E-SHAPE", r"fixed W2 is \(2,\), wanted \(1, 2\)"),
    "fixed nan": (lambda: Network((1, 1, 1), relu, fixed={"W2": [[float("nan")]]}), "E-NONFINITE", r"W2\[0,0\] is nan"),
    "unknown block": (lambda: Network((3, 2, 1), relu)["W9"], "E-NAME", "no block 'W9'"),
    "partly fixed": (
        lambda: Network((3, 2, 1), relu, normalization=weight_norm, fixed={"g1": None}).effective(),
        "E-VALUE",
        "only partly trained",
    ),
    "float slope": (lambda: leaky_relu(0.1), "E-FLOAT", "write 1/10 as"),
    "negative slope": (lambda: leaky_relu("-1/10"), "E-VALUE", "leaky_relu has slope -1/10"),
    "slope above one": (lambda: polynomial_relu(2, 3), "E-VALUE", "polynomial_relu has slope 3"),
    "irrational slope": (lambda: leaky_relu(1 / sp.sqrt(2)), "E-VALUE", "a slope is a rational number"),
    "degree zero": (lambda: polynomial_relu(0), "E-VALUE", "degree is an integer >= 1"),
    "float degree": (lambda: polynomial_relu(2.0), "E-VALUE", "degree is an integer >= 1"),
    "boolean degree": (lambda: polynomial_relu(True), "E-VALUE", "degree is an integer >= 1"),
}


@pytest.mark.parametrize("name", BAD)
def test_mistakes_are_named(name):
    build, code, message = BAD[name]
    with pytest.raises(WnproofError, match=message) as caught:
        build()
    assert caught.value.code == code


def test_text():
    net = Network((2, 3, 1), leaky_relu("1/10"), normalization=weight_norm, bias=True, fixed={"W2": None}, scale=1 / sp.sqrt(3))
    assert repr(net) == (
        "Network 2-3-1; leaky_relu(1/10); normalization weight_norm, plain; bias in layer 1; fixed W2; "
        "scale sqrt(3)/3; 12 parameters"
    )
    assert repr(Network((2, 3, 1), relu)) == "Network 2-3-1; relu; 9 parameters"


def test_symbols_are_the_networks_own_and_real():
    entries = Network((2, 3, 1), relu).symbols("W1")
    assert entries.shape == (3, 2)
    assert all(s.is_real for s in sp.flatten(entries))
    assert entries[2, 1].name == "W1_2_1"


ACTIVATIONS = {
    "linear": (linear, lambda z: z, 1),
    "relu": (relu, lambda z: max(z, 0), 1),
    "absolute": (absolute, abs, 1),
    "leaky": (leaky_relu("1/10"), lambda z: max(z, z / 10), 1),
    "leaky with slope 1": (leaky_relu(1), lambda z: z, 1),
    "squared": (polynomial_relu(2), lambda z: max(z, 0) ** 2, 2),
    "cubed leaky": (polynomial_relu(3, "1/2"), lambda z: max(z, z / 2) ** 3, 3),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_are_their_formulas(name):
    activation, formula, degree = ACTIVATIONS[name]
    assert activation.degree == degree
    for z in (Fraction(-7, 3), Fraction(0), Fraction(5, 2)):
        value = activation.expr.subs(argument(0), sp.Rational(z.numerator, z.denominator))
        assert Fraction(int(value.p), int(value.q)) == formula(z)
    assert (activation.slopes is None) == (degree != 1)


def test_slopes():
    assert relu.slopes == (1, 0)
    assert leaky_relu("1/10").slopes == (1, Fraction(1, 10))
    assert absolute.slopes == (1, -1)
    assert linear.slopes == (1, 1)
    assert tanh.degree is None


NAMES = {"relu": relu, "leaky-relu:1/10": leaky_relu("1/10"), "polynomial_relu:3,1/2": polynomial_relu(3, "1/2"), " tanh ": tanh}


@pytest.mark.parametrize("text", NAMES)
def test_names_are_members(text):
    assert names.activation(text) == NAMES[text]


BAD_NAMES = {
    "nearest first": (lambda: names.activation("rleu"), "E-NAME", r"unknown 'rleu'; known: relu, "),
    "nearest of another family": (lambda: names.normalization("weight"), "E-NAME", "known: "),
    "loss": (lambda: names.loss("logistc"), "E-NAME", "known: logistic, "),
    "suffix": (lambda: names.loss("logistic.mean"), "E-NAME", "known: logistic, logistic.averaged"),
    "needless argument": (lambda: names.activation("relu:2"), "E-VALUE", "relu takes no argument"),
    "too many arguments": (lambda: names.activation("leaky-relu:1,2,3"), "E-VALUE", "got 3 arguments"),
    "empty argument": (lambda: names.activation("leaky-relu:"), "E-VALUE", "is no number"),
    "superscript": (lambda: names.activation("polynomial-relu:\u00b2"), "E-VALUE", "degree is an integer"),
    "empty": (lambda: names.activation(""), "E-NAME", "unknown ''"),
}


@pytest.mark.parametrize("name", BAD_NAMES)
def test_wrong_names(name):
    build, code, message = BAD_NAMES[name]
    with pytest.raises(WnproofError, match=message) as caught:
        build()
    assert caught.value.code == code


PULLS = {square: lambda y: y, logistic: lambda y: y / 2, exponential: lambda y: y}


@pytest.mark.parametrize("loss", PULLS, ids=repr)
def test_pulls_are_exact(loss):
    for y in (Fraction(1), Fraction(-1), Fraction(2, 3), Fraction(0)):
        value = loss.pull(y)
        assert value.is_Rational
        assert Fraction(int(value.p), int(value.q)) == PULLS[loss](y)
        assert loss.averaged.pull(y) == value


def test_an_irrational_pull_stays_irrational():
    shifted = Loss("shifted", sp.exp(argument(0) + 1) * argument(1))
    assert shifted.pull(Fraction(1)) == -sp.E


def test_losses_say_what_they_mean():
    assert square.convention == "square loss (f - y)**2/2, sum over samples"
    assert logistic.averaged.convention.endswith("mean over samples")
    assert repr(square.averaged) == "square.averaged"

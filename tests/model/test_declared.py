"""Normalizations and losses a user declares: their networks, gradients, homogeneity and pulls; every mistake with its code."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from tests.laws.exact import difference_is_zero
from wnproof.derive.flow import gradient_flow
from wnproof.derive.homogeneity import homogeneity
from wnproof.derive.ncf import ncf, pulls
from wnproof.errors import WnproofError
from wnproof.graph.expand import expand, symbols
from wnproof.graph.kink import Pw
from wnproof.graph.nodes import argument
from wnproof.model.activations import relu
from wnproof.model.dataset import Dataset
from wnproof.model.losses import Loss, cross_entropy, logistic, square, sum_outputs
from wnproof.model.network import Network
from wnproof.model.normalizations import Normalization, matrix, neuron, norm, plain, weight_norm
from wnproof.verdict import Rigor

V, U, g, s, c = sp.symbols("V U g s c")
f, y = sp.symbols("f y")
SOFTPLUS_NORM = Normalization("softplus_norm", {"V": matrix, "s": neuron}, sp.log(1 + sp.exp(s)) * V / norm(V))
NORMALIZATIONS = {
    "softplus of the length": SOFTPLUS_NORM,
    "two matrices": Normalization("two", {"V": matrix, "U": matrix, "g": neuron}, g * V / norm(U)),
    "neuron first": Normalization("first", {"g": neuron, "V": matrix}, g**2 * V / norm(V)),
    "no length": Normalization("square", {"V": matrix}, V**3),
    "power of the norm": Normalization("power", {"V": matrix}, V * norm(V) ** 2),
}
LOSSES = {
    "log cosh": Loss("log_cosh", sp.log(sp.exp(f - y) + sp.exp(y - f))),
    "quartic": Loss("quartic", (f - y) ** 4 / 4),
    "squared hinge": Loss("squared_hinge", Pw(1 - y * f, 1, 0, 2)),
    "outputs around their mean": Loss("around", (f - sum_outputs(f) / 2 - y) ** 2),
    "pairwise exponential": Loss("pairwise", y * sum_outputs(sp.exp((1 - y) * f)) * sp.exp(-f)),
}


def gradient_is_sympys(net, loss):
    flow = gradient_flow(net, loss)
    sizes = {**net.sizes, "i": 1}
    total = expand(flow.loss.node, sizes)[()]
    for block, root in zip(net.parameters.blocks, flow.velocity.roots, strict=True):
        shape = tuple(sizes[a] for a in block.axes)
        for symbol, entry in zip(symbols(block.name, shape).ravel(), expand(root, sizes).ravel(), strict=True):
            assert difference_is_zero(-sp.diff(total, symbol), entry), symbol


@pytest.mark.parametrize("name", NORMALIZATIONS)
def test_the_gradient_of_a_declared_normalization_is_sympys(name):
    gradient_is_sympys(Network((2, 2, 1), relu, normalization=NORMALIZATIONS[name], bias=True), square)


@pytest.mark.parametrize("name", LOSSES)
def test_the_gradient_of_a_declared_loss_is_sympys(name):
    gradient_is_sympys(Network((2, 2), relu), LOSSES[name])


def test_the_effective_weight_is_the_declared_expression():
    net = Network((2, 1, 1), relu, normalization=NORMALIZATIONS["two matrices"])
    assert [name for name, _, _ in net.blocks] == ["V1", "U1", "g1", "W2"]
    W = expand(net.layers[0].weight, net.sizes, {"V1": [[1, -2]], "U1": [[3, 4]], "g1": [10]})
    assert W.tolist() == [[2, -4]]
    assert Network((2, 1, 1), relu, normalization=NORMALIZATIONS["neuron first"]).layers[0].weight.axes == ("h1", "h0")


def test_degrees_of_declared_normalizations_are_proved():
    found = homogeneity(Network((2, 3, 1), relu, normalization=NORMALIZATIONS["power of the norm"]))
    assert (found.degree, found.by_block) == (4, {"V1": 3, "W2": 1})
    assert found.verdict.rigor is Rigor.PROVED
    assert homogeneity(Network((2, 3, 1), relu, normalization=SOFTPLUS_NORM)).by_block == {"V1": 0, "s1": None, "W2": 1}


def test_what_follows_from_a_declared_normalization():
    net = Network((2, 3, 1), relu, normalization=SOFTPLUS_NORM)
    assert "softplus_norm" in repr(net)
    assert net.effective().normalizations == (plain, plain)
    with pytest.raises(WnproofError, match=r"not known from a weight; give theta yourself") as caught:
        net.initial(1.0, 0)
    assert caught.value.code == "E-VALUE"
    own = Network((2, 3, 1), relu, normalization=Normalization("doubled", {"W": matrix}, 2 * sp.Symbol("W")), fixed={"W1": None})
    with pytest.raises(WnproofError, match="W1 is fixed"):
        own.effective()
    assert Normalization("weight_norm", {"V": matrix, "g": neuron}, g * V / norm(V)) == weight_norm
    assert {weight_norm: 1}[Normalization("weight_norm", weight_norm.raw, weight_norm.weight)] == 1


def test_pulls_of_coupled_outputs():
    half = Fraction(1, 2)
    for k in (2, 3, 5):
        labels = [Fraction(o - 1, 3) for o in range(k)]
        wanted = [label - sum(labels) / k for label in labels]
        assert list(cross_entropy.pulls(labels)) == [sp.Rational(z.numerator, z.denominator) for z in wanted]
    assert LOSSES["outputs around their mean"].pulls([Fraction(1), Fraction(0)]) == (1, -1)
    assert square.pulls([half, Fraction(2)]) == (sp.Rational(1, 2), 2)
    assert logistic.averaged.pulls([half]) == (sp.Rational(1, 4),)
    data = Dataset([[1, 0], [0, 1]], [[1, 0, 0], [0, "1/2", 1]])
    assert pulls(data, cross_entropy.averaged).tolist() == [
        [Fraction(1, 3), Fraction(-1, 6), Fraction(-1, 6)],
        [Fraction(-1, 4), Fraction(0), Fraction(1, 4)],
    ]


def test_the_correlation_of_cross_entropy_is_that_of_its_pulls():
    """N(u) = sum_io z_io f_io with z_io = -d(sum_p l_ip)/df_io at f = 0, against SymPy's derivative of the expanded loss."""
    data = Dataset([[1, 2], [3, "-1/2"]], [[1, 0], ["1/3", 2]])
    net = Network((2, 1, 2), relu)
    problem = ncf(net, data, cross_entropy)
    outputs = sp.Matrix(2, 2, lambda i, o: sp.Symbol(f"f_{i}_{o}", real=True))
    Y = sp.Matrix(2, 2, [sp.Rational(v.numerator, v.denominator) for v in data.exact_y.ravel()])
    loss = sum(
        Y[i, o] * (sp.log(sum(sp.exp(outputs[i, p]) for p in range(2))) - outputs[i, o]) for i in range(2) for o in range(2)
    )
    zero = dict.fromkeys(outputs, 0)
    f_at = expand(net.output.node, {**net.sizes, "i": 2}, {"X": data.exact_X})
    wanted = sum(-sp.diff(loss, outputs[i, o]).subs(zero) * f_at[i, o] for i in range(2) for o in range(2))
    assert sp.expand(problem.expression - wanted) == 0
    assert problem.degree == 2
    assert "sum over outputs" in problem.value.convention


def test_losses_say_what_they_mean():
    assert LOSSES["quartic"].convention == "quartic loss (f - y)**4/4, sum over samples"
    assert cross_entropy.averaged.convention == (
        "cross_entropy loss -y*log(exp(f)/sum_outputs(exp(f))), sum over outputs, mean over samples"
    )
    assert repr(LOSSES["quartic"].averaged) == "quartic.averaged"
    assert Loss("square", (f - y) ** 2 / 2) == square
    assert hash(Loss("square", (argument(0) - argument(1)) ** 2 / 2)) == hash(square)


VW = {"V": matrix, "g": neuron}
BAD = {
    "raw name of two letters": (
        lambda: Normalization("n", {"Vb": matrix}, sp.Symbol("Vb")),
        "E-NAME",
        "'Vb' of n is no free letter",
    ),
    "raw name of the bias": (lambda: Normalization("n", {"b": matrix}, sp.Symbol("b")), "E-NAME", "one letter other than"),
    "raw name of the data": (lambda: Normalization("n", {"X": matrix}, sp.Symbol("X")), "E-NAME", "no free letter"),
    "raw name is no text": (lambda: Normalization("n", {V: matrix}, V), "E-NAME", "no free letter"),
    "kind as text": (lambda: Normalization("n", {"V": "matrix"}, V), "E-VALUE", "write wn.matrix or wn.neuron"),
    "no matrix": (lambda: Normalization("n", {"g": neuron}, g), "E-VALUE", "at least one a matrix"),
    "letter twice": (lambda: Normalization("n", [("V", matrix), ("V", neuron)], V), "E-VALUE", "distinct letters"),
    "nothing raw": (lambda: Normalization("n", {}, V), "E-VALUE", "at least one a matrix"),
    "idle parameter": (lambda: Normalization("n", VW, V / norm(V)), "E-VALUE", "parameter g does not occur"),
    "constant along a row": (lambda: Normalization("n", VW, g * norm(V)), "E-VALUE", "same along a row"),
    "norm of a neuron": (lambda: Normalization("n", VW, V / norm(g)), "E-VALUE", r"norm\(g\) in n is no norm of a raw matrix"),
    "norm of an expression": (lambda: Normalization("n", VW, g * V / norm(2 * V)), "E-VALUE", "write norm"),
    "norm of two": (lambda: Normalization("n", VW, g * V / norm(V, g)), "E-VALUE", "write norm"),
    "unknown symbol": (lambda: Normalization("n", {"V": matrix}, c * V), "E-SYMBOL", "written in 'c'; its symbols are V"),
    "float": (lambda: Normalization("n", {"V": matrix}, 0.5 * V), "E-FLOAT", "holds the float 0.5"),
    "text": (lambda: Normalization("n", {"V": matrix}, "V"), "E-VALUE", "not text"),
    "kink": (lambda: Normalization("n", VW, sp.Abs(g) * V / norm(V)), "E-KINK", "a weight is smooth"),
    "unknown function": (lambda: Normalization("n", {"V": matrix}, sp.Function("h")(V)), "E-VALUE", "undefined function h"),
    "normalization without a name": (lambda: Normalization("", {"V": matrix}, V), "E-VALUE", "is called ''"),
    "loss in other symbols": (lambda: Loss("l", (f - c) ** 2), "E-SYMBOL", "written in 'c'; its symbols are f, y"),
    "loss without f": (lambda: Loss("l", y**2), "E-VALUE", "does not depend on f"),
    "loss as text": (lambda: Loss("l", "f - y"), "E-VALUE", "not text"),
    "loss with a float": (lambda: Loss("l", 0.1 * f), "E-FLOAT", r"write 1/10 as sp.Rational\(1, 10\)"),
    "loss in a positive symbol": (lambda: Loss("l", sp.Symbol("f", positive=True)), "E-SYMBOL", "not every real number"),
    "loss with a kink": (lambda: Loss("l", sp.Max(0, 1 - y * f)), "E-KINK", "the hinge loss is Pw"),
    "loss with a hidden kink": (lambda: Loss("l", sp.sqrt((f - y) ** 2)), "E-KINK", "has a kink"),
    "loss with a jump": (lambda: Loss("l", Pw(-y * f, 1, 0, 0)), "E-KINK", "kink or a jump"),
    "sum in a sum": (lambda: Loss("l", sum_outputs(sum_outputs(f))), "E-VALUE", "without sums"),
    "sum of two": (lambda: Loss("l", sum_outputs(f, y)), "E-VALUE", "takes one expression"),
    "no derivative of one output": (lambda: cross_entropy.derivative(), "E-VALUE", "depends on one output alone"),
    "pull of one output": (lambda: cross_entropy.pulls([Fraction(1)]), "E-SHAPE", "several outputs"),
    "one output": (lambda: gradient_flow(Network((2, 2, 1), relu), cross_entropy).loss, "E-SHAPE", "here there is 1"),
}


@pytest.mark.parametrize("name", BAD)
def test_mistakes_are_named(name):
    build, code, message = BAD[name]
    with pytest.raises(WnproofError, match=message) as caught:
        build()
    assert caught.value.code == code


def test_the_pulls_of_many_samples_are_quick_to_draw():
    """One derivative for all samples: exact labels are filled in."""
    data = Dataset(np.ones((200, 2), dtype=int), np.arange(2000).reshape(200, 10))
    z = pulls(data, cross_entropy)
    assert z.shape == (200, 10)
    assert all(sum(row) == 0 for row in z)

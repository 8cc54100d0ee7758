"""What users write becomes the statement they mean, or an error that says what to write."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp

from wnproof.claims.statements import at_least, conserved, equal, every, flow_is, homogeneous
from wnproof.derive.flow import gradient_flow
from wnproof.derive.ncf import ncf
from wnproof.errors import WnproofError
from wnproof.graph.nodes import argument, multiply, pointwise
from wnproof.model.activations import polynomial_relu, relu, tanh
from wnproof.model.dataset import Dataset
from wnproof.model.losses import logistic, square
from wnproof.model.network import Network
from wnproof.model.normalizations import exponential_weight_norm, weight_norm
from wnproof.prove.decide import decide
from wnproof.verdict import Rigor

x, y = sp.symbols("x y", real=True)
NET = Network((3, 4, 1), relu, bias=True)
FLOW = gradient_flow(NET)
W1, W2, b1 = NET["W1"], NET["W2"], NET["b1"]
EWN = Network((3, 4, 1), relu, normalization=exponential_weight_norm)

LAWS = {
    "rows": (W1.row_squares(), "h1", {"W1": 1}, {}),
    "per neuron with bias": (
        W1.row_squares() + b1.squares() - W2.column_squares(),
        "h1",
        {"W1": 1, "b1": 1, "W2": -1},
        {},
    ),
    "coefficients": ("2/3" * (W1.row_squares() - 3 * W2.squares()), "h1", {"W1": Fraction(2, 3), "W2": -2}, {}),
    "negated": (-(W1.row_squares() - b1 * b1), "h1", {"W1": -1, "b1": 1}, {}),
    "layer sums": (W1.dot(W1) - W2.dot(W2), None, {"W1": 1, "W2": -1}, {}),
    "sum of squares": (W2.squares().sum() - W1.row_squares().sum(), None, {"W1": -1, "W2": 1}, {}),
    "sum of a difference": ((W1.row_squares() - W2.squares()).sum(), None, {"W1": 1, "W2": -1}, {}),
    "columns": (W1.column_squares(), "h0", {"W1": 1}, {}),
    "terms that cancel": (W1.row_squares() + b1.squares() - b1.squares(), "h1", {"W1": 1}, {}),
    "linear": (b1 * 2, "h1", {}, {"b1": 2}),
    "linear sum": (3 * b1.sum(), None, {}, {"b1": 3}),
    "mixed": (b1.squares() - b1, "h1", {"b1": 1}, {"b1": -1}),
}


@pytest.mark.parametrize("name", LAWS)
def test_every_form_of_a_law(name):
    quantity, axis, squares, linear = LAWS[name]
    law = conserved(FLOW, quantity)
    assert (law.axis, dict(law.squares), dict(law.linear)) == (axis, squares, linear)
    assert set(law.trained) == {"W1", "b1", "W2"}


NO_LAWS = {
    "entry by entry": (lambda: W1.squares(), "E-SHAPE", "one value, or one per neuron"),
    "a matrix": (lambda: W1, "E-SHAPE", "one value, or one per neuron"),
    "fourth powers": (lambda: b1.squares() * b1.squares(), "E-VALUE", "no sum of squared norms"),
    "a product of blocks": (lambda: W2 * b1, "E-VALUE", "no sum of squared norms"),
    "an inner product": (lambda: W2.dot(b1), "E-VALUE", "no sum of squared norms"),
    "square of a sum": (lambda: b1.sum() * b1.sum(), "E-VALUE", "no sum of squared norms"),
    "a constant": (lambda: b1.squares() + 1, "E-VALUE", "no sum of squared norms"),
    "irrational": (lambda: b1.squares() * sp.sqrt(2), "E-VALUE", "no sum of squared norms"),
    "a sum that counts a scalar": (lambda: (W1.row_squares() + W2.dot(W2)).sum(), "E-SHAPE", "a summand lacks an axis"),
    "a function": (lambda: NET.quantity(pointwise(sp.tanh(argument(0)), b1.node), "t"), "E-VALUE", "no sum of squared norms"),
    "rows against a sum": (lambda: W1.row_squares() - W2.dot(W2), "E-SHAPE", "a term"),
    "rows against columns": (lambda: W1.row_squares() - W1.column_squares(), "E-SHAPE", "one value, or one per neuron"),
    "a Gram matrix beside another": (lambda: W1.row_gram() - W1.column_gram(), "E-SHAPE", "one value, or one per neuron"),
    "a Gram matrix times another": (lambda: W1.row_gram() * W2.column_gram(), "E-VALUE", "no sum of"),
    "another network": (lambda: Network((3, 5, 1), relu, bias=True)["W1"].row_squares(), "E-SHAPE", "no quantity of"),
}


@pytest.mark.parametrize("name", NO_LAWS)
def test_what_is_no_law_is_refused_before_anything_is_decided(name):
    build, code, message = NO_LAWS[name]
    with pytest.raises(WnproofError, match=message) as caught:
        conserved(FLOW, build())
    assert caught.value.code == code


VERDICTS = {
    "balance": (relu, {}, lambda n: n["W1"].row_squares() - n["W2"].squares(), Rigor.PROVED),
    "balance, p = 2": (polynomial_relu(2), {}, lambda n: n["W1"].row_squares() - 2 * n["W2"].squares(), Rigor.PROVED),
    "wrong p": (polynomial_relu(2), {}, lambda n: n["W1"].row_squares() - n["W2"].squares(), Rigor.REFUTED),
    "wrong sign": (relu, {}, lambda n: n["W1"].row_squares() + n["W2"].squares(), Rigor.REFUTED),
    "bias left out": (relu, {"bias": True}, lambda n: n["W1"].row_squares() - n["W2"].squares(), Rigor.REFUTED),
    "bias counted": (
        relu,
        {"bias": True},
        lambda n: n["W1"].row_squares() + n["b1"].squares() - n["W2"].squares(),
        Rigor.PROVED,
    ),
    "tanh": (tanh, {}, lambda n: n["W1"].row_squares() - n["W2"].squares(), Rigor.REFUTED),
    "SWN directions": (relu, {"normalization": weight_norm}, lambda n: n["V1"].row_squares(), Rigor.PROVED),
    "SWN direction columns": (relu, {"normalization": weight_norm}, lambda n: n["V1"].column_squares(), Rigor.REFUTED),
    "EWN logarithm": (
        relu,
        {"normalization": exponential_weight_norm},
        lambda n: 2 * n["a1"] - n["W2"].squares(),
        Rigor.PROVED,
    ),
    "EWN squares": (
        relu,
        {"normalization": exponential_weight_norm},
        lambda n: n["a1"].squares() - n["W2"].squares(),
        Rigor.REFUTED,
    ),
    "EWN wrong factor": (relu, {"normalization": exponential_weight_norm}, lambda n: n["a1"] - n["W2"].squares(), Rigor.REFUTED),
}


@pytest.mark.parametrize("name", VERDICTS)
def test_laws_are_decided(name):
    activation, options, quantity, rigor = VERDICTS[name]
    net = Network((3, 4, 1), activation, **options)
    assert decide(conserved(gradient_flow(net), quantity(net))).rigor is rigor


BAD = {
    "string": (lambda: equal("x", 1), "E-VALUE", "no expression"),
    "code in a string": (lambda: equal("__import__('os').getpid()", 1), "E-VALUE", "no expression"),
    "float": (lambda: equal(0.5 * x, x), "E-FLOAT", "0.5"),
    "bare float": (lambda: equal(0.5, x), "E-FLOAT", "0.5"),
    "bool": (lambda: equal(True, x), "E-VALUE", "no expression"),
    "matrix": (lambda: equal(sp.Matrix([x]), x), "E-VALUE", "no expression"),
    "infinity": (lambda: equal(x, sp.oo), "E-VALUE", "no finite real expression"),
    "imaginary": (lambda: equal(x, sp.I * x), "E-VALUE", "no finite real expression"),
    "one name, two symbols": (lambda: equal(x, sp.Symbol("x")), "E-SYMBOL", "two symbols are called 'x'"),
    "two assumptions": (lambda: equal(x, x, [sp.Symbol("x", positive=True) > 2]), "E-SYMBOL", "two symbols"),
    "integer": (lambda: equal(sp.Symbol("n", integer=True), 1), "E-SYMBOL", "no.*real symbol|not a real symbol"),
    "imaginary symbol": (lambda: equal(sp.Symbol("n", imaginary=True), 1), "E-SYMBOL", "not a real symbol"),
    "not commutative": (lambda: equal(sp.Symbol("n", commutative=False), 1), "E-SYMBOL", "not a real symbol"),
    "python equality": (lambda: equal(x, y, [x == y]), "E-VALUE", "no relation"),
    "an expression as domain": (lambda: equal(x, y, [x - y]), "E-VALUE", "no relation"),
    "never true": (lambda: equal(x, y, [sp.Symbol("c", positive=True) < 0]), "E-VACUOUS", "never true"),
    "too many symbols": (lambda: equal(sp.Add(*sp.symbols("a0:65")), 0), "E-SIZE", "65 symbols"),
    "widths": (lambda: equal(W2, Network((3, 5, 1), relu)["W2"]), "E-SHAPE", "axis h1 has length 4 on one side and 5"),
    "unknown block": (lambda: homogeneous(NET.output, 1, ["W9"]), "E-NAME", "no trained block 'W9'"),
    "float degree": (lambda: homogeneous(NET.output, 2.0), "E-FLOAT", "2.0 is a float"),
    "irrational degree": (lambda: homogeneous(NET.output, sp.sqrt(2)), "E-VALUE", "no rational number"),
    "velocity of no block": (lambda: flow_is(FLOW, {"V1": W1}), "E-NAME", "no block 'V1'"),
    "no velocity": (lambda: flow_is(FLOW, {}), "E-NOCLAIMS", "says nothing"),
    "another flow's velocity": (
        lambda: flow_is(FLOW, gradient_flow(Network((3, 4, 1), relu)).velocity),
        "E-SHAPE",
        "2 blocks, the flow 3",
    ),
    "nothing": (lambda: every(), "E-NOCLAIMS", "says nothing"),
}


@pytest.mark.parametrize("name", BAD)
def test_mistakes_are_named(name):
    build, code, message = BAD[name]
    with pytest.raises(WnproofError, match=message) as caught:
        build()
    assert caught.value.code == code


def test_assumptions_are_part_of_the_domain():
    positive = sp.Symbol("p", positive=True)
    assert decide(equal(sp.Abs(positive - y) * positive, sp.Abs(positive**2 - positive * y))).rigor is not Rigor.REFUTED
    kinds = {"positive": ">", "negative": ">", "nonnegative": ">=", "nonpositive": ">=", "nonzero": "!="}
    for assumption, kind in kinds.items():
        (condition,) = equal(sp.Symbol("c", **{assumption: True}), y).where
        assert condition[0] == kind
    assert equal(positive, y, [positive > 0]).where == equal(positive, y).where
    assert equal(x, y, x > 0).where == equal(x, y, [x > 0]).where


def test_fixed_numbers_count():
    """The outer weight 1 and the outer weight 2 give different networks, though their leaves have one name."""
    one, two = (Network((2, 1, 1), relu, fixed={"W2": [[k]]}) for k in (1, 2))
    free = Network((2, 1, 1), relu, fixed={"W2": None})
    assert decide(equal(one.output, two.output)).rigor is Rigor.REFUTED
    assert decide(equal(2 * one.output, two.output)).rigor is Rigor.PROVED
    assert decide(equal(free.output, one.output)).rigor is Rigor.REFUTED


def test_different_numbers_are_written_out():
    """f = relu(w1 x) - relu(w2 x): at its own numbers, not at those of another network."""
    signs, others = (Network((1, 2, 1), relu, fixed={"W2": [row]}) for row in ([1, -1], [1, 2]))
    W = signs.symbols("W1")
    assert decide(equal(signs.output, signs.output)).rigor is Rigor.PROVED
    assert decide(equal(signs.output, others.output)).rigor is Rigor.REFUTED
    assert decide(equal(others.output, signs.output)).rigor is Rigor.REFUTED
    one = Network((1, 1, 1), relu, fixed={"W2": [[1]]})
    data = Dataset([[2], [-3]], [1, 1])
    value = sp.Max(2 * W[0, 0], 0) + sp.Max(-3 * W[0, 0], 0) - sp.Max(2 * W[1, 0], 0) - sp.Max(-3 * W[1, 0], 0)
    assert decide(equal(ncf(signs, data).value, value)).rigor is Rigor.PROVED
    assert decide(equal(ncf(others, data).value, value)).rigor is Rigor.REFUTED
    assert decide(at_least(ncf(one, data).value, 0)).rigor is Rigor.PROVED
    assert decide(at_least(ncf(one, Dataset([[2], [-3]], [1, -1])).value, 0)).rigor is Rigor.REFUTED


def test_the_flow_with_different_fixed_numbers():
    signs, others = (gradient_flow(Network((2, 2, 1), relu, fixed={"W2": [row]})) for row in ([1, -1], [1, -2]))
    assert decide(flow_is(signs, signs.velocity)).rigor is Rigor.PROVED
    twice = signs.velocity.with_node(multiply(2, signs.velocity.roots[0]), "2 velocity")
    assert decide(flow_is(signs, {"W1": twice})).rigor is Rigor.REFUTED
    assert signs.velocity.roots == others.velocity.roots
    assert decide(flow_is(signs, others.velocity)).rigor is Rigor.REFUTED  # at its own numbers
    dead = gradient_flow(Network((1, 2, 1), relu, fixed={"W2": [[1, 0]]}))
    assert decide(flow_is(dead, dead.velocity)).rigor is Rigor.PROVED


def test_a_velocity_keeps_the_numbers_of_its_network():
    one, two = (gradient_flow(Network((2, 1, 1), relu, fixed={"W2": [[k]]})) for k in (1, 2))
    assert decide(flow_is(one, one.velocity)).rigor is Rigor.PROVED
    assert decide(flow_is(one, two.velocity)).rigor is Rigor.REFUTED


def test_what_is_too_large_is_not_written_out():
    net = Network((9, 9, 1), relu, fixed={"W2": [[1, 2, 3, 4, 5, 6, 7, 8, 9]]})
    with pytest.raises(WnproofError, match="E-SIZE"):
        equal(net.output, net.output)


def test_homogeneous_is_decided():
    net = Network((2, 3, 3, 1), polynomial_relu(2, "1/2"))
    assert decide(homogeneous(net.output, 7)).rigor is Rigor.PROVED
    assert decide(homogeneous(net.output, 4, ["W1"])).rigor is Rigor.PROVED
    assert decide(homogeneous(net.output, 6)).rigor is Rigor.REFUTED
    assert decide(homogeneous(net.output, "9/2", ["W1"])).rigor is Rigor.REFUTED


@pytest.mark.parametrize("loss", [square, logistic, square.averaged], ids=repr)
def test_the_derived_flow_is_the_flow_and_nothing_else_is(loss):
    net = Network((2, 1, 1), relu)
    flow = gradient_flow(net, loss)
    assert decide(flow_is(flow, flow.velocity, samples=2)).rigor is Rigor.PROVED
    wrong = {
        w.name: -1 * flow.velocity.with_node(r, w.name) for w, r in zip(net.parameters.leaves, flow.velocity.roots, strict=True)
    }
    assert decide(flow_is(flow, wrong, samples=2)).rigor is Rigor.REFUTED


def test_every_is_as_strong_as_its_weakest_part():
    true, false, open_ = equal(x, x), equal(x, y), equal(sp.erf(x), x)
    assert every(true) is true
    assert decide(every(true, equal(sp.Abs(x) ** 2, x**2))).rigor is Rigor.PROVED
    assert decide(every(true, false)).rigor is Rigor.REFUTED
    assert decide(every(true, open_)).rigor is Rigor.UNDECIDED

"""Balancedness in detail: by how much gradient descent and weight decay break it, and the matrix law of linear networks."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from wnproof.claims.claim import claim
from wnproof.claims.core import DERIVED
from wnproof.claims.statements import conserved, equal, every, flow_is
from wnproof.derive.flow import gradient_flow
from wnproof.graph.nodes import Leaf, Node, add, argument, constant, contract, leaf, multiply, pointwise
from wnproof.graph.quantity import Quantity
from wnproof.graph.statement import Evolves, Statement
from wnproof.model.activations import Activation, linear, polynomial_relu, relu
from wnproof.model.losses import logistic, square
from wnproof.model.network import Network
from wnproof.model.normalizations import exponential_weight_norm, weight_norm


@claim(
    "core/descent-step",
    source=DERIVED,
    controls={
        "|v| is constant": dict(growth=0, powers=()),
        "|v|^2 grows by 2 eta^2 |grad|^2": dict(growth=2, powers=()),
        "a step keeps balancedness": dict(growth=0, normalized=False),
        "coefficient 1 at p = 2": dict(coefficient=1, normalized=False, powers=(2,)),
    },
)
def descent_step(
    growth: int = 1, coefficient: int | None = None, normalized: bool = True, powers: Sequence[int] = (1, 2)
) -> Statement:
    """A step of gradient descent: |v|^2 grows by eta^2 |grad_v L|^2 under weight normalization, and |W_1[j,:]|^2 - p
    |W_2[:,j]|^2 changes by eta^2 (|grad W_1[j,:]|^2 - p |grad W_2[:,j]|^2).

    For every eta, SWN and EWN with square and logistic loss, plain networks with p = 1, 2, at one or two hidden neurons.
    """
    eta = sp.Symbol("eta")
    parts: list[Statement] = []
    for normalization in (weight_norm, exponential_weight_norm) if normalized else ():
        for loss in (square, logistic):
            net = Network((2, 1, 1), relu, normalization=normalization)
            flow = gradient_flow(net, loss)
            before, after, rate = net["V1"], _block(flow.step(eta), "V1"), _block(flow.velocity, "V1")
            parts.append(flow_is(flow, flow.velocity))
            parts.append(equal(after.row_squares() - before.row_squares(), _grown(growth, rate.row_squares()), samples=1))
    for p in powers:
        for widths in ((2, 1, 1), (1, 2, 1)):
            net = Network(widths, polynomial_relu(p))
            flow = gradient_flow(net)
            before, after, rate = (
                _law(one, two, coefficient or p)
                for one, two in (
                    (net["W1"], net["W2"]),
                    *((_block(q, "W1"), _block(q, "W2")) for q in (flow.step(eta), flow.velocity)),
                )
            )
            parts += [flow_is(flow, flow.velocity), equal(after - before, _grown(growth, rate), samples=1)]
    return every(*parts)


def _block(q: Quantity, name: str) -> Quantity:
    """One block of a flat quantity."""
    names = [block.name for block in q.parameters.blocks]
    return q.with_node(q.roots[names.index(name)], name)


def _law(lower: Quantity, upper: Quantity, coefficient: int) -> Quantity:
    return lower.row_squares() - coefficient * upper.column_squares()


def _grown(factor: int, q: Quantity) -> Quantity:
    """factor eta^2 q, with the axes of q also for factor 0."""
    grown = pointwise(argument(0) ** 2 * argument(1), leaf("eta"), q.node)
    return q.with_node(contract((constant(factor), grown), q.axes), f"{factor} eta^2 {q.name}")


@claim(
    "core/weight-decay",
    source=DERIVED,
    controls={
        "decay keeps balancedness": dict(rate=0),
        "Q decays like exp(-lambda t)": dict(rate=1),
        "coefficient 1 at p = 2": dict(coefficient=1, powers=(2,), normalized=False),
    },
)
def weight_decay(
    rate: int = 2, coefficient: int | None = None, powers: Sequence[int] = (1, 2), normalized: bool = True
) -> Statement:
    """With weight decay lambda_l |W_l|^2 / 2, Q = |W_1[j,:]|^2 - p |W_2[:,j]|^2 obeys Q' = -2 lambda_1 |W_1[j,:]|^2 + 2 p
    lambda_2 |W_2[:,j]|^2, so Q' = -2 lambda Q when they are equal; with decay on v, |v|^2 decays like exp(-2 lambda t).
    """
    parts: list[Statement] = []
    for p in powers:
        net = Network((1, 2, 1), polynomial_relu(p))
        k, first, second = coefficient or p, leaf("lambda1"), leaf("lambda2")
        one, two = net["W1"], net["W2"]
        decayed = add([gradient_flow(net).loss.node, _decay(first, one.node), _decay(second, two.node)])
        falls = pointwise(
            argument(2) * argument(3) - argument(0) * argument(1),
            *(first, one.row_squares().node, second, multiply(k, two.column_squares().node)),
        )
        parts.append(_evolves(net, decayed, _law(one, two, k), rate, falls))
    for normalization in (weight_norm, exponential_weight_norm) if normalized else ():
        net = Network((2, 1, 1), relu, normalization=normalization)
        weight, length = leaf("lambda"), net["V1"].row_squares()
        decayed = add([gradient_flow(net).loss.node, _decay(weight, net["V1"].node)])
        falls = pointwise(-argument(0) * argument(1), weight, length.node)
        parts.append(_evolves(net, decayed, length, rate, falls))
    return every(*parts)


def _decay(weight: Leaf, tensor: Node) -> Node:
    """lambda |W|^2 / 2."""
    return pointwise(argument(0) * argument(1) / 2, weight, contract((tensor, tensor), ()))


def _evolves(net: Network, function: Node, q: Quantity, factor: int, rate: Node) -> Statement:
    """Along the gradient flow of the function, q' = factor rate."""
    velocity = contract((constant(factor), rate), q.axes)
    return Evolves(function, net.parameters.leaves, q.node, velocity, {**net.sizes, "i": 1})


@claim(
    "core/balance-matrix",
    source=DERIVED,
    controls={
        "ReLU keeps the whole matrix": dict(activation=relu),
        "squared ReLU keeps it with p = 2": dict(activation=polynomial_relu(2), coefficient=2),
        "z^2, which has no kink, keeps it with p = 2": dict(activation=polynomial_relu(2, 1), coefficient=2),
        "sum instead of difference": dict(coefficient=-1),
        "the bias left out": dict(counted=0),
    },
)
def balance_matrix(activation: Activation = linear, coefficient: int = 1, counted: int = 1) -> Statement:
    """Linear networks: W_l W_l^T + b_l b_l^T - W_(l+1)^T W_(l+1) is constant as a matrix, biases or not.

    For all widths, sample counts, data and losses, depth 2 to 4: the output does not change under W_l -> A W_l, b_l -> A b_l,
    W_(l+1) -> W_(l+1) A^-1. For ReLU only the diagonal is constant.
    """
    parts: list[Statement] = []
    for depth in (2, 3, 4) if activation is linear else (2,):
        for bias in (False, True) if activation is linear else (False,):
            net = Network((2,) * (depth + 1), activation, bias=(bias,) * depth)
            for layer in range(1, depth):
                law = net[f"W{layer}"].row_gram() - coefficient * net[f"W{layer + 1}"].column_gram()
                parts.append(conserved(gradient_flow(net), law + counted * net[f"b{layer}"].column_gram() if bias else law))
    return every(*parts)

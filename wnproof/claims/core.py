"""Auxiliary facts that every paper of the field uses: Euler, balancedness, weight-normalized flows, blow-up, rescaling,
KKT points.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product

import sympy as sp

from wnproof.claims.claim import claim
from wnproof.claims.expressions import node_of
from wnproof.claims.statements import conserved, every, flow_is, homogeneous
from wnproof.derive.flow import gradient_flow
from wnproof.graph.gradient import gradient
from wnproof.graph.kink import Pw
from wnproof.graph.nodes import add, contract, leaf, multiply
from wnproof.graph.quantity import Quantity
from wnproof.graph.statement import Equal, Statement
from wnproof.model.activations import Activation, polynomial_relu, relu, tanh
from wnproof.model.losses import Loss, exponential, logistic, square
from wnproof.model.network import Network
from wnproof.model.normalizations import Normalization, exponential_weight_norm, plain, weight_norm

DERIVED = "derived from first principles"
Degree = Callable[[int, int], Fraction]


def geometric(depth: int, power: int) -> Fraction:
    """1 + p + ... + p^(D-1)."""
    return Fraction(sum(power**k for k in range(depth)))


def depth_times_power(depth: int, power: int) -> Fraction:
    """D p, the plausible wrong degree."""
    return Fraction(depth * power)


@claim(
    "core/gradient-flow",
    source=DERIVED,
    controls={"mean instead of sum": dict(derived=square.averaged), "sign": dict(sign=-1)},
)
def flow_equations(derived: Loss | None = None, sign: int = 1) -> Statement:
    """The derived tensor equations are theta' = -grad L: entry by entry the checker's own derivative, for every
    normalization and loss, one hidden neuron, any number of inputs; one sample, and two for the plain ReLU network.
    """
    parts = []
    for normalization in (plain, weight_norm, exponential_weight_norm):
        for activation in (relu, polynomial_relu(2, "1/2"), tanh):
            for loss in (square, logistic, exponential):
                samples = 2 if activation is relu and normalization is plain else 1
                net = Network((samples + 1, 1, 1), activation, normalization=normalization, bias=activation is relu)
                flow = gradient_flow(net, loss)
                stated = flow if derived is None else gradient_flow(net, derived)
                velocities = {
                    w.name: sign * flow.velocity.with_node(root, w.name)
                    for w, root in zip(net.parameters.leaves, stated.velocity.roots, strict=True)
                }
                parts.append(flow_is(flow, velocities, samples=samples))
    return every(*parts)


@claim(
    "core/euler",
    source=DERIVED,
    controls={
        "degree D p": dict(degree=depth_times_power, depths=(3,), powers=(2,)),
        "tanh has a degree": dict(activation=tanh, identity=False, depths=(2,), powers=(1,)),
        "a bias in the output layer keeps the degree": dict(bias=True, identity=False, depths=(2,), powers=(1,)),
    },
)
def euler(
    degree: Degree = geometric,
    depths: Sequence[int] = (1, 2, 3, 4),
    powers: Sequence[int] = (1, 2, 3),
    activation: Activation | None = None,
    bias: bool = False,
    identity: bool = True,
) -> Statement:
    """A bias-free network of depth D with p-homogeneous activation has degree (p^D - 1)/(p - 1), p^(D-l) in layer l, and
    <grad N, theta> = L N.

    The degrees hold for all widths; Euler's identity is shown at width 1 with two inputs, at and between the kinks.
    """
    parts: list[Statement] = []
    for depth in depths:
        for power in powers:
            sigma = activation or polynomial_relu(power, "1/10")
            net = Network((2,) + (1,) * depth, sigma, bias=(False,) * (depth - 1) + (bias,))
            total = degree(depth, power)
            parts.append(homogeneous(net.output, total))
            if activation is None and not bias:
                parts.extend(homogeneous(net.output, power ** (depth - layer), [f"W{layer}"]) for layer in range(1, depth + 1))
            if identity and depth <= 3:  # controls on the degree leave it out: the identity alone would catch them
                parts.append(_euler_identity(net, total))
    return every(*parts)


def _euler_identity(net: Network, total: Fraction) -> Statement:
    value = contract((leaf("Z", ("i",)), net.output.node), ())
    blocks = net.parameters.leaves
    radial = add([contract((w, g), ()) for w, g in zip(blocks, gradient(value, blocks), strict=True)])
    return Equal(radial, multiply(sp.Rational(total.numerator, total.denominator), value), {**net.sizes, "i": 1})


@claim(
    "core/relu-homog",
    source=DERIVED,
    controls={"negative scale": dict(positive=False), "sigma(c z) = c sigma(z) at p = 2": dict(exponent=1, powers=(2,))},
)
def relu_homogeneity(positive: bool = True, exponent: int | None = None, powers: Sequence[int] = (1, 2, 3)) -> Statement:
    """sigma(c z) = c^p sigma(z) for c > 0 and z sigma'(z) = p sigma(z) (every slope at the kink), sigma(z) = max(z, a
    z)^p, a = 0, 1/10.
    """
    c, z = sp.symbols("c z", real=True)
    domain = ((">", node_of(c if positive else -c)),)
    parts: list[Statement] = []
    for p in powers:
        for a in (sp.S.Zero, sp.Rational(1, 10)):
            scaled, sigma, slope = (Pw(c * z, 1, a**p, p), Pw(z, 1, a**p, p), Pw(z, p, p * a**p, p - 1))
            parts.append(Equal(node_of(scaled), node_of(c ** (exponent or p) * sigma), where=domain))
            parts.append(Equal(node_of(z * slope), node_of(p * sigma)))
    return every(*parts)


@claim(
    "core/balance-layer",
    source=DERIVED,
    controls={
        "coefficient 1 at p = 2": dict(coefficient=1, powers=(2,)),
        "coefficient p^2": dict(coefficient=4, powers=(2,)),
        "tanh balances": dict(activation=tanh, powers=(1,)),
        "whole layers, upper bias counted": dict(upper_bias=True, powers=(1,)),
    },
)
def balancedness(
    coefficient: int | None = None,
    powers: Sequence[int] = (1, 2, 3),
    activation: Activation | None = None,
    upper_bias: bool = False,
) -> Statement:
    """|W_l[j,:]|^2 - p |W_(l+1)[:,j]|^2 is constant for every hidden neuron j and layer l, an incoming bias counted with
    its row.
    """
    parts: list[Statement] = []
    for p in powers:
        k = coefficient or p
        sigma = activation or polynomial_relu(p, "1/10")
        for depth in (2, 3, 4):
            net = Network((3,) + (4,) * (depth - 1) + (1,), sigma, bias=(False,) * (depth - 1) + (upper_bias,))
            flow = gradient_flow(net)
            for layer in range(1, depth):
                lower, upper = net[f"W{layer}"], net[f"W{layer + 1}"]
                if upper_bias:
                    counted = upper.dot(upper) + (net[f"b{depth}"].squares() if layer + 1 == depth else 0)
                    parts.append(conserved(flow, lower.dot(lower) - k * counted))
                else:
                    parts.append(conserved(flow, lower.row_squares() - k * upper.column_squares()))
        if activation is None and not upper_bias:
            net = Network((3, 4, 1), sigma, bias=True)
            law = net["W1"].row_squares() + net["b1"].squares() - k * net["W2"].column_squares()
            if p == 1:
                parts.append(conserved(gradient_flow(net), law))
    return every(*parts)


@claim(
    "core/balance-neuron",
    source=DERIVED,
    controls={
        "coefficient 1 at p = 2": dict(coefficient=1, powers=(2,)),
        "the bias left out": dict(counted=0, powers=(1,)),
        "the bias of the layer above counted": dict(above=1, powers=(1,)),
        "log-norms once": dict(logarithms=1, powers=(1,)),
    },
)
def neuron_balance(
    coefficient: int | None = None, powers: Sequence[int] = (1, 2, 3), counted: int = 1, above: int = 0, logarithms: int = 2
) -> Statement:
    """Two layers inside any network: |W_l[j,:]|^2 + b_l[j]^2 - p |W_(l+1)[:,j]|^2 is constant, whatever is below and above.

    The loss is any differentiable function of W_(l+1) sigma(W_l h + b_l) + b_(l+1) for all samples together, and the inputs h
    of the two layers may move: so networks of every depth have this law, whatever other layers are around these two. Under weight
    normalization g_j^2, under its exponential form 2 a_j, takes the place of the row; below a normalized layer, the sums over
    both layers have the law.
    """
    parts: list[Statement] = []
    for p in powers:
        k, sigma = coefficient or p, polynomial_relu(p, "1/10")
        inside = Network((3, 4, 2), sigma, bias=(True, True))
        law = inside["W1"].row_squares() + counted * inside["b1"].squares() - k * inside["W2"].column_squares()
        if above:
            law = inside["W1"].dot(inside["W1"]) + inside["b1"].squares().sum() - k * inside["W2"].dot(inside["W2"])
            law = law - k * inside["b2"].squares().sum()
        parts.append(conserved(gradient_flow(inside), law))
        for lower in (weight_norm, exponential_weight_norm):
            net = Network((3, 4, 2), sigma, normalization=lower, bias=(True, True))
            own = net["g1"].squares() if lower is weight_norm else logarithms * net["a1"]
            law = own + counted * net["b1"].squares() - k * net["W2"].column_squares()
            parts.append(conserved(gradient_flow(net), law))
        for lower, upper in product((plain, weight_norm, exponential_weight_norm), (weight_norm, exponential_weight_norm)):
            net = Network((3, 4, 2), sigma, normalization=(lower, upper), bias=(True, True))
            law = _scaled(net, lower, 1, logarithms) + counted * net["b1"].dot(net["b1"])
            parts.append(conserved(gradient_flow(net), law - k * _scaled(net, upper, 2, logarithms)))
    return every(*parts)


def _scaled(net: Network, normalization: Normalization, layer: int, logarithms: int) -> Quantity:
    """What a layer's scaling moves: |W|^2, |g|^2 or twice the sum of the log-norms."""
    if normalization is exponential_weight_norm:
        return logarithms * net[f"a{layer}"].sum()
    block = net[f"W{layer}" if normalization is plain else f"g{layer}"]
    return block.dot(block)


@claim(
    "core/wn-balance",
    source=DERIVED,
    controls={
        "EWN conserves squares": dict(logarithmic=False),
        "coefficient 1 at p = 2": dict(coefficient=1, powers=(2,)),
        "neuron by neuron under a normalized output layer": dict(neuronwise=True, powers=(1,)),
    },
)
def normalized_balance(
    coefficient: int | None = None, powers: Sequence[int] = (1, 2, 3), logarithmic: bool = True, neuronwise: bool = False
) -> Statement:
    """SWN: |v_j| and g_j^2 - p |W_2[:,j]|^2 are constant; EWN: |v_j| and 2 a_j - p |W_2[:,j]|^2; layer sums when both
    layers are normalized. The output has degree 0 in V, p in g and 1 in W_2.
    """
    parts: list[Statement] = []
    for p in powers:
        k, sigma = coefficient or p, polynomial_relu(p)
        for normalization in (weight_norm, exponential_weight_norm):
            swn = normalization is weight_norm
            net = Network((3, 4, 1), sigma, normalization=normalization)
            flow = gradient_flow(net)
            parts += [homogeneous(net.output, 0, ["V1"]), homogeneous(net.output, 1, ["W2"])]
            if swn:
                parts.append(homogeneous(net.output, p, ["g1"]))
            own = net["g1"].squares() if swn else 2 * net["a1"] if logarithmic else net["a1"].squares()
            parts += [conserved(flow, net["V1"].row_squares()), conserved(flow, own - k * net["W2"].column_squares())]
            full = Network((3, 4, 2), sigma, normalization=(normalization, normalization))
            if neuronwise and swn:
                law = full["g1"].squares() - k * full["V2"].column_squares()
            elif swn:
                law = full["g1"].dot(full["g1"]) - k * full["g2"].dot(full["g2"])
            else:
                law = full["a1"].sum() - k * full["a2"].sum()
            parts.append(conserved(gradient_flow(full), law))
    return every(*parts)

"""Auxiliary facts that every paper of the field uses: Euler, balancedness, weight-normalized flows, blow-up, rescaling,
KKT points.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import sympy as sp

from wnproof.claims.claim import claim
from wnproof.claims.expressions import node_of
from wnproof.claims.statements import conserved, every, flow_is, homogeneous
from wnproof.derive.flow import gradient_flow
from wnproof.graph.gradient import gradient
from wnproof.graph.kink import Pw
from wnproof.graph.nodes import add, argument, contract, leaf, multiply, pointwise
from wnproof.graph.relabel import substitute
from wnproof.graph.statement import Equal, Evolves, Statement
from wnproof.model.activations import Activation, linear, polynomial_relu, relu, tanh
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
    normalization and loss.
    """
    parts = []
    for normalization in (plain, weight_norm, exponential_weight_norm):
        for activation in (relu, polynomial_relu(2, "1/2"), tanh):
            for loss in (square, logistic, exponential):
                net = Network((2, 1, 1), activation, normalization=normalization, bias=activation is relu)
                flow = gradient_flow(net, loss)
                stated = flow if derived is None else gradient_flow(net, derived)
                velocities = {
                    w.name: sign * flow.velocity.with_node(root, w.name)
                    for w, root in zip(net.parameters.leaves, stated.velocity.roots, strict=True)
                }
                parts.append(flow_is(flow, velocities, samples=2))
    return every(*parts)


@claim(
    "core/euler",
    source=DERIVED,
    controls={
        "degree D p": dict(degree=depth_times_power, depths=(3,), powers=(2,)),
        "tanh has a degree": dict(activation=tanh, depths=(2,), powers=(1,)),
        "a bias in the output layer keeps the degree": dict(bias=True, depths=(2,), powers=(1,)),
    },
)
def euler(
    degree: Degree = geometric,
    depths: Sequence[int] = (1, 2, 3, 4),
    powers: Sequence[int] = (1, 2, 3),
    activation: Activation | None = None,
    bias: bool = False,
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
            if depth <= 3:
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
    layers are normalized.
    """
    parts: list[Statement] = []
    for p in powers:
        k, sigma = coefficient or p, polynomial_relu(p)
        for normalization in (weight_norm, exponential_weight_norm):
            swn = normalization is weight_norm
            net = Network((3, 4, 1), sigma, normalization=normalization)
            flow = gradient_flow(net)
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


@claim(
    "core/wn-flows",
    source=DERIVED,
    controls={
        "EWN is -|w|^2 c for every |v|": dict(tangential=0, which=(exponential_weight_norm,)),
        "SWN is -|w|^2 c": dict(radial=False, which=(weight_norm,)),
        "SWN with g^2/|v|": dict(tangential=1, which=(weight_norm,)),
    },
)
def normalized_flows(
    tangential: int = 2,
    radial: bool = True,
    which: Sequence[Normalization] = (weight_norm, exponential_weight_norm),
    dimensions: Sequence[int] = (2, 3),
) -> Statement:
    """SWN: w' = -(h h^T + (g/|v|)^2 P_h) c; EWN: w' = -|w|^2 (h h^T + |v|^-2 P_h) c, h = v/|v|, for every covector c =
    dL/dw and every |v| > 0.

    Entry by entry for d = 2, 3, from the raw flow that the checker derives.
    """
    parts = []
    for normalization in which:
        for d in dimensions:
            net = Network((d, 1), linear, normalization=(normalization,))
            flow = gradient_flow(net).effective()
            v, c, size = net["V1"].node, flow.covectors[0], net["g1" if normalization is weight_norm else "a1"].node
            square, work = contract((v, v), ()), contract((v, c), ())
            length = argument(0) if normalization is weight_norm else sp.exp(argument(0))
            scale = pointwise(length**2, size)
            along = pointwise(argument(0) * argument(1) / argument(2), v, work, square)
            across = pointwise(argument(0) - argument(1), c, along)
            plane = pointwise(-argument(0) * argument(1) * argument(2) ** sp.Rational(-tangential, 2), scale, across, square)
            line = (
                multiply(-1, along)
                if normalization is weight_norm and radial
                else pointwise(-argument(0) * argument(1), scale, along)
            )
            parts.append(flow_is(flow, {"W1": net.quantity(add([plane, line]), "W1")}))
    return every(*parts)


@claim(
    "core/polar-ode",
    source=DERIVED,
    controls={
        "r' = L r^L N(h)": dict(radial=1),
        "h' = r^(L-1) P grad N": dict(angular=1),
        "factor L missing": dict(factor=Fraction(1)),
    },
)
def polar(radial: int = 0, angular: int = 0, factor: Fraction | None = None) -> Statement:
    """For u' = grad N(u), N of degree L, r = |u|, h = u/r: r' = L r^(L-1) N(h), h' = r^(L-2) (I - h h^T) grad N(h), N' =
    |grad N|^2.

    For concrete forms: a cubic in two and a quartic in three variables.
    """
    x, y, z = sp.symbols("x y z", real=True)
    parts: list[Statement] = []
    for form, variables in ((x**3 + 2 * x**2 * y - 3 * y**3, (x, y)), (x**4 - x**2 * y * z + 5 * y**2 * z**2, (x, y, z))):
        degree = sp.Poly(form, *variables).total_degree()
        r = sp.sqrt(sum(v**2 for v in variables))
        at_h = {v: v / r for v in variables}
        slopes = [sp.diff(form, v) for v in variables]
        on_sphere = [slope.xreplace(at_h) for slope in slopes]
        work = sum(v / r * s for v, s in zip(variables, on_sphere, strict=True))
        rates = [(r, (factor or degree) * r ** (degree - 1 + radial) * form.xreplace(at_h)), (form, sum(s**2 for s in slopes))]
        rates += [(v / r, r ** (degree - 2 + angular) * (s - v / r * work)) for v, s in zip(variables, on_sphere, strict=True)]
        trained = tuple(leaf(v.name) for v in variables)
        parts += [Evolves(node_of(-form), trained, node_of(quantity), node_of(rate)) for quantity, rate in rates]
    return every(*parts)


@claim(
    "core/blowup",
    source=DERIVED,
    controls={
        "L = 4 without the factor L - 2": dict(factor=lambda degree: degree, degrees=(4,)),
        "L = 3 with 1/(N r0)": dict(factor=lambda degree: degree - 2, degrees=(3,)),
    },
)
def blowup(factor: Callable[[int], int] = lambda degree: degree * (degree - 2), degrees: Sequence[int] = (3, 4)) -> Statement:
    """On a KKT ray r' = L N r^(L-1): r(t) = (r0^(2-L) - L (L-2) N t)^(-1/(L-2)), which ends at T = r0^(2-L)/(L (L-2) N),
    N > 0, r0 > 0, t < T.
    """
    t, value, start = sp.symbols("t N r0", real=True)
    parts: list[Statement] = []
    for degree in degrees:
        base = start ** (2 - degree) - factor(degree) * value * t
        r = base ** sp.Rational(-1, degree - 2)
        domain = ((">", node_of(start)), (">", node_of(value)), (">", node_of(base)))
        parts.append(Evolves(node_of(-t), (leaf("t"),), node_of(r), node_of(degree * value * r ** (degree - 1)), where=domain))
        parts.append(Equal(node_of(r.subs(t, 0)), node_of(start), where=domain[:2]))
        end = start ** (2 - degree) / (degree * (degree - 2) * value)
        parts.append(Equal(node_of(base.subs(t, end)), node_of(0), where=domain[:2]))
    return every(*parts)


@claim(
    "core/rescale",
    source=DERIVED,
    controls={
        "time t/delta^(L-1)": dict(horizon=1),
        "time t/delta^(L-3)": dict(horizon=-1),
        "delta^(L-1) inside the loss": dict(inside=-1),
    },
)
def rescale(horizon: int = 0, inside: int = 0) -> Statement:
    """s(t) = w(t/delta^(L-2))/delta obeys s' = -J_H(s)^T l'(delta^L H(X; s), y) exactly, delta > 0, for square, logistic
    and exponential loss.

    Shown on two-layer ReLU (L = 2) and squared ReLU (L = 3) networks of one neuron and two inputs.
    """
    parts = []
    delta = leaf("delta")
    for power in (1, 2):
        for loss in (square, logistic, exponential):
            net = Network((2, 1, 1), polynomial_relu(power))
            flow = gradient_flow(net, loss)
            degree, blocks = power + 1, net.parameters.leaves
            scaled = {w: pointwise(argument(0) * argument(1), delta, w) for w in blocks}
            # s' = w'(t / delta^(L-2)) / delta^(L-1), and w' = -grad loss at delta s = -delta^-1 grad_s loss(delta s)
            potential = pointwise(argument(0) ** -(degree + horizon) * argument(1), delta, substitute(flow.loss.node, scaled))
            output = net.output.node
            pull = pointwise(
                -loss.derivative().xreplace({argument(0): argument(2) ** (degree + inside) * argument(0)}),
                output,
                leaf("Y", output.axes),
                delta,
            )
            weighted = leaf("R", output.axes)
            jacobian = gradient(contract((weighted, output), ()), blocks)
            for w, product in zip(blocks, jacobian, strict=True):
                velocity = substitute(product, {weighted: pull})
                parts.append(Evolves(potential, blocks, w, velocity, {**net.sizes, "i": 1}, ((">", delta),)))
    return every(*parts)

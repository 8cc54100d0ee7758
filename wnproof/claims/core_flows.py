"""Auxiliary facts about flows: under weight normalization, in polar form, at blow-up, from small initialization."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

import sympy as sp

from wnproof.claims.claim import claim
from wnproof.claims.core import DERIVED
from wnproof.claims.expressions import node_of
from wnproof.claims.statements import every, flow_is
from wnproof.derive.flow import gradient_flow
from wnproof.derive.polar import PolarFlow, polar_ascent
from wnproof.derive.projected import sphere_rows
from wnproof.graph.gradient import gradient
from wnproof.graph.nodes import Leaf, Node, add, argument, contract, leaf, multiply, pointwise
from wnproof.graph.quantity import exact
from wnproof.graph.relabel import substitute
from wnproof.graph.statement import Equal, Evolves, Statement
from wnproof.model.activations import linear, polynomial_relu, relu, tanh
from wnproof.model.losses import exponential, logistic, square
from wnproof.model.network import Network
from wnproof.model.normalizations import Normalization, exponential_weight_norm, weight_norm


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

    Entry by entry for d = 2, 3, from the raw flow that the checker derives; the induced flow that ``effective`` derives is
    the same.
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
            parts.append(flow_is(flow, {"W1": flow.velocity[0]}))
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

    For concrete forms: a cubic in two and a quartic in three variables. What ``polar`` derives of a two-layer network's N and of
    its gradient flow, where nothing is homogeneous, is proved for one neuron of two inputs and one sample.
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
    network = gradient_flow(Network((2, 1, 1), polynomial_relu(2)))
    value = replace(network.net.output, roots=(contract((leaf("Z", ("i",)), network.net.output.node), ()),))
    parts += _derived(multiply(-1, value.node), polar_ascent(value, Fraction(3)))
    return every(*parts, *_derived(network.loss.node, network.polar()))


def _derived(function: Node, flow: PolarFlow) -> list[Statement]:
    """A derived polar form, at rho = |theta| and h = theta/|theta|."""
    radius, *blocks = flow.velocity.parameters.leaves
    square = add([contract((w, w), ()) for w in blocks])
    length = pointwise(sp.sqrt(argument(0)), square)
    directions: dict[Leaf, Node] = {w: pointwise(argument(0) / sp.sqrt(argument(1)), w, square) for w in blocks}
    at = {radius: length, **directions}
    sizes = {**flow.velocity.sizes, "i": 1}
    rates = zip((length, *directions.values()), (flow.radial, *flow.angular), strict=True)
    return [Evolves(function, tuple(blocks), q, substitute(rate.node, at), sizes) for q, rate in rates]


@claim(
    "core/blowup",
    source=DERIVED,
    controls={
        "L = 4 without the factor L - 2": dict(factor=lambda degree: degree, degrees=(4,)),
        "L = 3 with 1/(N r0)": dict(factor=lambda degree: degree - 2, degrees=(3,)),
        "L = 2 ends in finite time, too": dict(lasting=False),
        "L = 2 with e^(N t)": dict(growth=1),
    },
)
def blowup(
    factor: Callable[[int], int] = lambda degree: degree * (degree - 2),
    degrees: Sequence[int] = (3, 4),
    lasting: bool = True,
    growth: int = 2,
) -> Statement:
    """On a KKT ray r' = L N r^(L-1): r(t) = (r0^(2-L) - L (L-2) N t)^(-1/(L-2)), which ends at T = r0^(2-L)/(L (L-2) N),
    N > 0, r0 > 0, t < T. For L = 2 there is no end: r(t) = r0 e^(2 N t) for all t.
    """
    t, value, start = sp.symbols("t N r0", real=True)
    parts: list[Statement] = []
    square = start * sp.exp(growth * value * t) if lasting else 1 / (1 / start - 2 * value * t)
    while_finite = () if lasting else ((">", node_of(1 / square)),)
    positive = ((">", node_of(start)), (">", node_of(value)))
    parts.append(
        Evolves(node_of(-t), (leaf("t"),), node_of(square), node_of(2 * value * square), where=(*positive, *while_finite))
    )
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
    "core/direction-rate",
    source=DERIVED,
    controls={
        "the Hessian on the whole space": dict(power=1),
        "exponent L N / gap": dict(power=Fraction(3, 5)),
        "the winner is the largest start": dict(weight=0),
        "the winner is the largest coefficient": dict(weight=2),
    },
)
def direction_rate(power: Fraction | int = Fraction(5, 3), weight: int = 1) -> Statement:
    """|h - u*| = Theta(|u|^(-gap / (L N*))), gap = L N* - mu, mu the largest eigenvalue of the Hessian on the tangent space: for
    N = x^3 - x y^2 at e1, gap = 5, (y/x) x^(5/3) (5 - (y/x)^2)^(1/3) is constant. For N = sum_i a_i u_i^3, 1/u_i = 1/u_i(0) - 3
    a_i t, and 1/(a_1 u_1) - 1/(a_2 u_2) is constant: the largest a_i u_i(0) > 0 wins.
    """
    x, y, t = sp.symbols("x y t", real=True)
    exponent = exact(power)
    inside = ((">", node_of(x)), (">", node_of(y)), (">", node_of(5 * x**2 - y**2)))
    kept = y / x * x**exponent * (5 - (y / x) ** 2) ** sp.Rational(1, 3)
    parts: list[Statement] = [Evolves(node_of(x * y**2 - x**3), (leaf("x"), leaf("y")), node_of(kept), node_of(0), where=inside)]
    a, b, start = sp.symbols("a1 a2 u0", real=True)
    positive = tuple((">", node_of(q)) for q in (x, y, a, b))
    both = 1 / (a**weight * x) - 1 / (b**weight * y)
    parts.append(Evolves(node_of(-a * x**3 - b * y**3), (leaf("x"), leaf("y")), node_of(both), node_of(0), where=positive))
    solution = 1 / (1 / start - 3 * a * t)
    domain = ((">", node_of(start)), (">", node_of(1 / start - 3 * a * t)))
    parts.append(Evolves(node_of(-t), (leaf("t"),), node_of(solution), node_of(3 * a * solution**2), where=domain))
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


@claim(
    "core/projected-flow",
    source=DERIVED,
    controls={
        "not projected": dict(projection=0),
        "radial part subtracted twice": dict(projection=2),
        "L' = -|grad L|^2 without the projection": dict(energy=0),
    },
)
def projected_flow(projection: int = 1, energy: int = 1, dimensions: Sequence[int] = (2, 3)) -> Statement:
    """On a sphere times a plane: a' = -(I - a a^T) grad_a L, v' = -grad_v L, |a| is constant, L' = -|projected grad L|^2.

    For every covector (c, e) = grad L at the unit vector h = a/|a|: along the gradient flow of L(h), which at |a| = 1 is the
    projected one, everything that concerns a is slower by |a|^2. The flow that ``on=sphere_rows`` derives is the same.
    """
    parts: list[Statement] = []
    for d in dimensions:
        a, c, v, e = leaf("a", ("k",)), leaf("c", ("k",)), leaf("v"), leaf("e")
        length, work = contract((a, a), ()), contract((a, c), ())
        unit = pointwise(argument(0) / sp.sqrt(argument(1)), a, length)
        radial = pointwise(argument(0) * argument(1) / argument(2), a, work, length)
        loss = add([contract((c, unit), ()), pointwise(argument(0) * argument(1), e, v)])
        falls = pointwise(
            (energy * argument(1) ** 2 / argument(2) - argument(0)) / argument(2) - argument(3) ** 2,
            contract((c, c), ()),
            work,
            length,
            e,
        )
        rates: list[tuple[Node, Node]] = [
            (unit, pointwise((projection * argument(1) - argument(0)) / argument(2), c, radial, length)),
            (v, multiply(-1, e)),
            (length, multiply(0, length)),
            (loss, falls),
        ]
        parts += [Evolves(loss, (a, v), quantity, rate, {"k": d}) for quantity, rate in rates]
    for net in (
        Network((2, 1, 1), relu, bias=True),
        Network((1, 2, 1), polynomial_relu(2)),
        Network((1, 1, 1, 1), tanh, bias=True),
    ):
        flow = gradient_flow(net, on=sphere_rows)
        parts.append(flow_is(flow, flow.velocity))
    return every(*parts)

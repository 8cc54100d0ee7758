"""Eberle, Jentzen, Riekert and Weiss, normalized gradient flow of shallow ReLU networks (arXiv 2207.06246).

The risk of the paper is an integral over the input; in identities it is a sum over samples, of which it is a limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import sympy as sp

from wnproof.arrival.bounded import EnergyShare, OneNeuronGrowth
from wnproof.arrival.growth import OuterGrowth
from wnproof.claims.claim import claim
from wnproof.claims.simulated import Simulated, near, rate
from wnproof.claims.statements import conserved, every, flow_is
from wnproof.derive.flow import gradient_flow
from wnproof.derive.projected import ProjectedFlow, sphere_rows
from wnproof.graph.gradient import gradient
from wnproof.graph.nodes import Leaf, Node, add, argument, constant, contract, leaf, leaves, multiply, ones, pointwise
from wnproof.graph.relabel import substitute
from wnproof.graph.statement import Equal, Evolves, Homogeneous, Statement
from wnproof.model.activations import Activation, leaky_relu, polynomial_relu, relu, tanh
from wnproof.model.network import Network
from wnproof.verdict import Rigor

SOURCE = "[paper] arXiv 2207.06246 for the setting, the statement reconstructed; the identities are derived from first principles"


@claim(
    "eberle-2022/submanifold",
    source=SOURCE,
    controls={
        "J J^T = 2 diag(|a_j|^2)": dict(gram=2),
        "J J^T = 4 I off the submanifold too": dict(power=0),
        "no bias in the row, |w_j|^2": dict(biased=False),
    },
)
def submanifold(gram: int = 4, power: int = 1, biased: bool = True) -> Statement:
    """The Jacobian J of the squared row norms c_j = |a_j|^2 has J J^T = 4 diag(|a_j|^2), which is 4 I where all |a_j| = 1.

    So 1 is a regular value and M = {|a_j| = 1 for every hidden row} is smooth, of dimension size(theta) - #rows. Said as the
    flow of -<s, c> for a free covector s: along it c' = J J^T s. Two rows, inputs of every dimension.
    """
    net = Network((2, 2, 1), relu, bias=True)
    w, b = net["W1"].node, net["b1"].node
    length = contract((w, w), ("h1",))
    squares = add([length, contract((b, b), ("h1",))])
    covector = leaf("s", ("h1",))
    descent = multiply(-1, contract((covector, squares), ()))
    velocity = pointwise(gram * argument(0) * argument(1) ** power, covector, squares if biased else length)
    return Evolves(descent, net.parameters.leaves[:2], squares, velocity, net.sizes)


@claim(
    "eberle-2022/representability",
    source=SOURCE,
    controls={
        "tanh": dict(activations=(tanh,)),
        "output weights left as they are": dict(moved=0),
        "squared ReLU with |a| v": dict(activations=(polynomial_relu(2),), power=1),
        "output weights of norm one too": dict(normalized_output=True),
    },
)
def representability(
    activations: Sequence[Activation] = (relu, leaky_relu("1/10"), polynomial_relu(2)),
    power: int | None = None,
    moved: int = 1,
    normalized_output: bool = False,
) -> Statement:
    """Rows a_j = (w_j, b_j) != 0 divided by |a_j| and outgoing weights multiplied by |a_j|^p leave the output as it is.

    Widths 2-1-1 and 1-2-1, and layer by layer at 1-1-1-1, biases included; one common factor for all rows at all widths.
    """
    parts: list[Statement] = []
    for activation in activations:
        p = power or int(activation.degree or 1)
        for widths in ((2, 1, 1), (1, 2, 1), (1, 1, 1, 1)):
            net = Network(widths, activation, bias=True)
            output = net.output.node
            at = _normalized(net, p * moved)
            if normalized_output:
                last = net[f"W{net.depth}"].node
                at[_leaf(last)] = pointwise(argument(0) / sp.sqrt(argument(1)), last, contract((last, last), ()))
            parts.append(Equal(substitute(output, at), output, {**net.sizes, "i": 1}))
        if moved and activation.degree is not None and not normalized_output:
            net = Network((2, 3, 1), activation, bias=True)
            parts.append(Homogeneous(net.output.node, {"W1": Fraction(1), "b1": Fraction(1), "W2": Fraction(-p)}, Fraction(0)))
    return every(*parts)


def _leaf(node: Node) -> Leaf:
    (found,) = leaves(node)
    return found


def _normalized(net: Network, power: int) -> dict[Leaf, Node]:
    """Every hidden row divided by its norm, the next layer's column multiplied by that norm first."""
    at: dict[Leaf, Node] = {}
    squares: Node | None = None
    for layer in net.layers:
        weight = layer.raw["W"]
        scaled = weight if squares is None else pointwise(argument(0) * argument(1) ** sp.Rational(power, 2), weight, squares)
        if layer.number == net.depth:
            at[weight] = scaled
            break
        assert layer.bias is not None
        squares = add([contract((scaled, scaled), layer.rows), contract((layer.bias, layer.bias), layer.rows)])
        for tensor, node in ((weight, scaled), (layer.bias, layer.bias)):
            at[tensor] = pointwise(argument(0) / sp.sqrt(argument(1)), node, squares)
    return at


@claim(
    "eberle-2022/invariance",
    source=SOURCE,
    controls={
        "L' = -|grad L|^2 without the projection": dict(projected=0),
        "the radial part counted twice": dict(projected=2),
        "the angle moves by +dL/dphi": dict(turn=-1),
    },
)
def invariance(projected: int = 1, turn: int = 1) -> Statement:
    """The normalized flow keeps |a_j| = 1, L' = -|Proj grad L|^2, and with one input, a = (cos phi, sin phi): phi' = -dL/dphi, v'
    = -dL/dv, c' = -dL/dc.

    For every |a_j| > 0 along the gradient flow of L(a/|a|), slower by |a|^2 in what concerns a. The angle is read off its
    tangent b/w, whose derivative is phi' / cos^2 phi, where w != 0.
    """
    parts: list[Statement] = []
    for net in (Network((1, 1, 1), relu, bias=(True, True)), Network((2, 1, 1), relu, bias=True)):
        flow = gradient_flow(net, on=sphere_rows)
        trained, sizes, (row,) = net.parameters.leaves, {**net.sizes, "i": 2}, flow.rows
        square, at = flow.squares[row[0]], flow.units
        slopes = _slopes(flow, at)
        radial = _inner([at[t] for t in row], [slopes[t] for t in row], ("h1",))
        steep = _inner([slopes[t] for t in row], [slopes[t] for t in row], ("h1",))
        rows = contract((pointwise((projected * argument(1) ** 2 - argument(0)) / argument(2), steep, radial, square),), ())
        others = [multiply(-1, contract((slopes[t], slopes[t]), ())) for t in trained if t not in row]
        falls = add([rows, *others])
        still = contract((constant(0), ones("h1")), ("h1",))
        parts += [
            flow_is(flow, flow.velocity),
            Evolves(flow.lift.node, trained, square, still, sizes),
            Evolves(flow.lift.node, trained, flow.lift.node, falls, {**sizes, "i": 1}),
        ]
        if net.widths[0] == 1:
            w, b = contract((row[0],), ("h1",)), row[1]
            tangent = pointwise(argument(1) / argument(0), w, b)
            cross = [contract((at[row[0]], slopes[row[1]]), ("h1",)), contract((at[row[1]], slopes[row[0]]), ("h1",))]
            angle = pointwise((argument(1) - argument(0)) * turn, *cross)  # -dL/dphi at (w, b)/|a|
            moves = pointwise(argument(0) / argument(1) ** 2, angle, w)  # 1/cos^2 phi = |a|^2/w^2, slower by |a|^2
            parts.append(Evolves(flow.lift.node, trained, tangent, moves, sizes))
    return every(*parts)


def _slopes(flow: ProjectedFlow, at: dict[Leaf, Node]) -> dict[Leaf, Node]:
    """grad L at another point, block by block."""
    blocks = flow.net.parameters.leaves
    return {w: substitute(g, at) for w, g in zip(blocks, gradient(flow.loss.node, blocks), strict=True)}


def _inner(left: Sequence[Node], right: Sequence[Node], axes: tuple[str, ...]) -> Node:
    return add([contract((a, b), axes) for a, b in zip(left, right, strict=True)])


@claim(
    "eberle-2022/not-standard-gf",
    source=SOURCE,
    controls={
        "V' = -dL/dV": dict(radius=0),
        "a time change of the normalized flow, V' = -|a|^-2 dL/dV": dict(radius=-1),
        "phi' = -dL/dphi": dict(turning=0),
        "|a|^2 + v^2 is conserved": dict(sign=1),
    },
)
def not_standard(radius: int = 1, turning: int = 1, sign: int = -1) -> Statement:
    """Standard gradient flow in the normalized flow's coordinates h = a/|a|, V = |a| v: h' = -|a|^-2 (I - h h^T) grad_h L(h, V),
    V' = -(|a|^2 + v^2) dL/dV, |a|^2 - v^2 conserved.

    The normalized flow has the coefficients 1 and 1 in their place, and no change of time makes both of them so. One neuron,
    one and two inputs, biases included; the conserved quantity for all widths.
    """
    parts: list[Statement] = []
    for net in (Network((1, 1, 1), relu, bias=(True, True)), Network((2, 1, 1), relu, bias=True)):
        plain, flow = gradient_flow(net), gradient_flow(net, on=sphere_rows)
        trained, sizes, (row,) = net.parameters.leaves, {**net.sizes, "i": 1}, flow.rows
        square, v = flow.squares[row[0]], net["W2"].node
        V = pointwise(argument(0) * sp.sqrt(argument(1)), v, square)
        at = {**flow.units, _leaf(v): V}
        slopes = _slopes(flow, at)
        factor = {1: argument(0) + argument(1) ** 2, 0: sp.S.One, -1: 1 / argument(0)}[radius]
        parts.append(Evolves(plain.loss.node, trained, V, pointwise(-factor * argument(2), square, v, slopes[_leaf(v)]), sizes))
        radial = _inner([at[t] for t in row], [slopes[t] for t in row], ("h1",))
        for t in row:
            tangential = add([pointwise(argument(0) * argument(1), at[t], radial), multiply(-1, slopes[t])])
            moves = pointwise(argument(0) / argument(1) ** turning, tangential, square)
            parts.append(Evolves(plain.loss.node, trained, at[t], moves, sizes))
    wide = Network((2, 3, 1), relu, bias=True)
    law = wide["W1"].row_squares() + wide["b1"].squares() + sign * wide["W2"].column_squares()
    return every(*parts, conserved(gradient_flow(wide), law))


@claim(
    "eberle-2022/two-neurons",
    source="derived from first principles: a counterexample beside the paper's theorem on one hidden neuron, arXiv 2207.06246",
    requires=Rigor.SUPPORTED,
)
def two_neurons() -> Simulated:
    """Two hidden neurons with unit rows and a target that jumps: the outer weights diverge like t^(1/3), although the rows are
    bounded. For a jump of 1 at x0, uniform density and the risk int (f - target)^2, |v| ~ (sqrt(1 + x0^2) t / 8)^(1/3).

    The run up to t = 10^6 excludes bounded weights (exponent 0), t^(1/4) and t^(1/2).
    """
    return rate(OuterGrowth(), 1 / 3, rejects=(0, 1 / 4, 1 / 2), tolerance=0.01)


@claim("eberle-2022/thm-bounded", source="[paper] arXiv 2207.06246 (abstract), the statement", requires=Rigor.SUPPORTED)
def bounded() -> Simulated:
    """One hidden neuron and a Lipschitz target: trajectories of the normalized flow are bounded. The largest outer weight of
    seeded runs to |x - 3/10| stops growing, exponent 0.

    The runs up to t = 10^4 exclude the t^(1/3) of two neurons at a jump, and t^(1/4).
    """
    return rate(OneNeuronGrowth(), 0, rejects=(1 / 3, 1 / 4), tolerance=0.01)


@claim(
    "eberle-2022/reversal",
    source="[paper] arXiv 2207.06246 for the setting; the energy identity is derived, and proved as eberle-2022/invariance",
    requires=Rigor.SUPPORTED,
)
def energy() -> Simulated:
    """The risk that the normalized flow loses is the integral of the squared projected gradient: their ratio is 1 along a run.

    The run excludes 1/2, 2 and 0.527, the ratio to the squared gradient without the projection.
    """
    return near(EnergyShare(), 1.0, 1e-3, (0.5, 2, 0.527))

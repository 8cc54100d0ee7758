"""Small initialization under weight normalization: where directions go, and that lengths do not go where KKT points are."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

from wnproof.claims.claim import claim
from wnproof.claims.statements import conserved, equal, every
from wnproof.derive.flow import gradient_flow
from wnproof.graph.kink import Pw
from wnproof.graph.nodes import add, argument, contract, leaf, multiply, pointwise
from wnproof.graph.statement import Evolves, Shares, Statement
from wnproof.model.activations import leaky_relu, linear, relu
from wnproof.model.network import Network
from wnproof.model.normalizations import exponential_weight_norm

SOURCE = "new; derived from first principles"


@claim(
    "wnproof/ewn-directions",
    source=SOURCE,
    controls={
        "|V_j| does not matter": dict(lengths=0),
        "the norm |w_j| does not matter": dict(norms=0),
        "the outer weight does not matter": dict(outer=0),
        "the radial part moves h, too": dict(projected=0),
    },
)
def directions(lengths: int = 1, norms: int = 1, outer: int = 1, projected: int = 1) -> Statement:
    """EWN in both layers, (leaky) ReLU: along the limit flow of small initialization every hidden direction h_j obeys h_j' =
    |w_j| v_j |V_j|^-2 P_j grad G(h_j), with G(w) = sum_i z_i sigma(<w, x_i>) of one neuron and v_j its outer weight.

    So each direction climbs G (v_j > 0) or descends it, in a time of its own: where that time has no end, its limits are KKT
    points of the one-neuron problem, although the limit as a whole is in general no KKT point of N. Two inputs, two neurons or
    two samples; N is moved by its own gradient in the raw parameters, which is the limit flow.
    """
    parts: list[Statement] = []
    cases = ((relu, sp.S.Zero, 1, 2), (relu, sp.S.Zero, 2, 1), (leaky_relu("1/10"), sp.Rational(1, 10), 1, 1))
    for activation, slope, neurons, samples in cases:
        net = Network((2, neurons, 1), activation, normalization=(exponential_weight_norm,) * 2)
        N = contract((leaf("Z", ("i",)), net.output.node), ())
        V, a, x = net["V1"].node, net["a1"].node, leaf("X", ("i", "h0"))
        v = contract((net.layers[1].weight,), ("h1",))
        squares = contract((V, V), ("h1",))
        side = pointwise(Pw(argument(0), 1, slope, 0), contract((V, x), ("i", "h1")))
        pull = contract((leaf("Z", ("i",)), side, x), ("h1", "h0"))
        along = contract((V, pull), ("h1",))
        radial = pointwise(-projected * argument(0) * argument(1) / argument(2), V, along, squares)
        speed = pointwise(sp.exp(norms * argument(0)) * argument(1) ** outer / argument(2) ** lengths, a, v, squares)
        h = pointwise(argument(0) / sp.sqrt(argument(1)), V, squares)
        moves = pointwise(argument(0) * argument(1), speed, add([pull, radial]))
        parts.append(Evolves(multiply(-1, N), net.parameters.leaves, h, moves, {**net.sizes, "i": samples}))
    return every(*parts)


@claim(
    "wnproof/no-carry-over",
    source=SOURCE,
    controls={
        "|w| |v| is constant": dict(sign=1),
        "|w|^2 / |v| is constant": dict(power=2),
        "KKT points have |w|^2 = 2 v^2": dict(share=Fraction(2, 3)),
        "a frozen direction is a KKT direction": dict(residual=0),
    },
)
def no_carry_over(sign: int = -1, power: int = 1, share: Fraction = Fraction(1, 2), residual: int = 16) -> Statement:
    """Early convergence to KKT points of N does not carry over to weight normalization. EWN, one hidden neuron of degree 1: the
    ratio |w|/|v| is constant for ever, on all data and for every loss, while |w| = |v| at every KKT point with N != 0. SWN, |v| =
    1: directions are frozen, and the sample (1, 0) has a tangential gradient of squared length 16/25 at (3, 4)/5.

    The ratio is exp(a_1 - a_2) of the logarithmic lengths; every input dimension. Three activations.
    """
    parts: list[Statement] = []
    for activation in (linear, relu, leaky_relu("1/10")):
        net = Network((3, 1, 1), activation, normalization=(exponential_weight_norm,) * 2)
        parts.append(conserved(gradient_flow(net), power * net["a1"].sum() + sign * net["a2"].sum()))
        plain = Network((3, 1, 1), activation)
        N = contract((leaf("Z", ("i",)), plain.output.node), ())
        parts.append(Shares(N, {"W1": share, "W2": 1 - share}))
    x, h = sp.Matrix([1, 0]), sp.Matrix([3, 4]) / 5
    tangential = x - h * (h.T * x)[0]
    return every(*parts, equal(25 * (tangential.T * tangential)[0], residual))

"""Kumar and Haupt, two-homogeneous networks near small initializations and saddles (arXiv 2402.09226)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import sympy as sp

from wnproof.claims.claim import claim
from wnproof.claims.expressions import node_of
from wnproof.claims.statements import every
from wnproof.graph.gradient import gradient
from wnproof.graph.nodes import Node, argument, contract, leaf, multiply, pointwise
from wnproof.graph.relabel import substitute
from wnproof.graph.statement import Equal, Evolves, Relation, Shares, Statement
from wnproof.model.activations import Activation, leaky_relu, linear, polynomial_relu, relu
from wnproof.model.network import Network


@claim(
    "kumar-haupt-2h-2024/kkt-two-layer",
    source="[paper] arXiv 2402.09226 for the setting; the identities are derived from first principles",
    controls={
        "|v|^2 = 1/3": dict(share=Fraction(1, 3)),
        "equal shares for squared ReLU": dict(activations=(polynomial_relu(2),)),
        "multiplier N instead of 2 N": dict(multiplier=1),
    },
)
def two_layer(
    share: Fraction = Fraction(1, 2), activations: Sequence[Activation] = (relu, leaky_relu("1/10"), linear), multiplier: int = 2
) -> Statement:
    """N(v, u) = v sum_i y_i sigma(<x_i, u>) with (leaky) ReLU: at a KKT point with N != 0, |v| = |u| = 1/sqrt 2.

    For all dimensions, widths and data. For the form N(u) = sum_i y_i <x_i, u>^2 = u^T M u, u' = grad N is u' = 2 M u and
    <u, grad N> = 2 N: a KKT point is a unit eigenvector of M, N its eigenvalue; at d = 2, 3 and two samples.
    """
    parts: list[Statement] = []
    for activation in activations:
        net = Network((3, 4, 1), activation)
        value = contract((leaf("Z", ("i",)), net.output.node), ())
        parts.append(Shares(value, {"W1": 1 - share, "W2": share}))
    u, X, y = leaf("u", ("k",)), leaf("X", ("i", "k")), leaf("y", ("i",))
    along = contract((X, u), ("i",))
    form = contract((y, pointwise(argument(0) ** 2, along)), ())
    moved = multiply(2, contract((y, along, X), ("k",)))
    half = pointwise(argument(0) / 2, contract((u, u), ()))
    for d in (2, 3):
        sizes = {"k": d, "i": 2}
        parts.append(Evolves(multiply(-1, form), (u,), u, moved, sizes))
        parts.append(Evolves(multiply(-1, form), (u,), half, multiply(multiplier, form), sizes))
    return every(*parts)


SETTING = "[paper] arXiv 2402.09226 for the setting (abstract); the identities are derived from first principles"


@claim(
    "kumar-haupt-2h-2024/thm-small-init",
    source=SETTING,
    controls={
        "delta^3 in front of the output": dict(lag=3),
        "growth e^(N t)": dict(growth=1),
        "the largest value is |X^T y|": dict(height=1),
    },
)
def small_initialization(lag: int = 2, growth: int = 2, height: Fraction = Fraction(1, 2)) -> Statement:
    """H of degree 2, square loss, w = delta s: s' = grad N(s) - delta^2 J^T H(s), N(u) = <y, H(X; u)>, with no change of time;
    on a KKT ray |s| = r0 e^(2 N t); for one neuron of v^T W x, q = |X^T y|: q/2 (v^2 + |w|^2) - N is a sum of squares.

    For leaky ReLU and linear networks of one hidden neuron and two inputs, two samples.
    """
    parts: list[Statement] = []
    for activation in (leaky_relu("1/10"), linear):
        net = Network((2, 1, 1), activation)
        labels = leaf("Y", net.output.node.axes)
        parts += _residual_flow(net, labels, labels, Fraction(lag))
    t, start, value, q = sp.symbols("t r0 N q", real=True)
    ray = start * sp.exp(growth * value * t)
    parts.append(Evolves(node_of(-t), (leaf("t"),), node_of(ray), node_of(2 * value * ray)))
    (v, w1, w2), xi = sp.symbols("v w1 w2", real=True), sp.symbols("x1 x2", real=True)
    area, along = w1 * xi[1] - w2 * xi[0], w1 * xi[0] + w2 * xi[1]
    gap = sp.Rational(height.numerator, height.denominator) * q * (v**2 + w1**2 + w2**2) - v * along  # of one hidden neuron
    squares = ((q * v - along) ** 2 + area**2) / (2 * q)
    domain: tuple[Relation, ...] = ((">", node_of(q)), ("=", node_of(q**2 - xi[0] ** 2 - xi[1] ** 2)))
    parts.append(Equal(node_of(gap), node_of(squares), where=domain))
    return every(*parts)


@claim(
    "kumar-haupt-2h-2024/saddle",
    source=SETTING,
    controls={
        "the labels instead of the residual": dict(residual=False),
        "delta instead of delta^2": dict(lag=1),
        "the other part's drift has no effect": dict(drift=0),
    },
)
def saddle(residual: bool = True, lag: int = 2, drift: int = 1) -> Statement:
    """Square loss of H_n(w_n) + H_z(w_z), H_z of degree 2, w_z = delta s, near a saddle (w*, 0): s' = grad N(s) - J_z^T (H_n(w_n)
    - H_n(w*)) - delta^2 J_z^T H_z(s), N(u) = <y - H_n(w*), H_z(u)>.

    For every function H_n; H_z a leaky ReLU or linear network of one hidden neuron and two inputs, two samples.
    """
    parts: list[Statement] = []
    for activation in (leaky_relu("1/10"), linear):
        net = Network((2, 1, 1), activation)
        axes = net.output.node.axes
        now, then, labels = (leaf(name, axes) for name in ("Hn", "Hstar", "Y"))
        wanted = pointwise(argument(0) - argument(1), labels, now)
        left = pointwise(argument(0) - int(residual) * argument(1) - drift * (argument(2) - argument(1)), labels, then, now)
        parts += _residual_flow(net, wanted, left, Fraction(lag))
    return every(*parts)


def _residual_flow(net: Network, wanted: Node, left: Node, lag: Fraction) -> list[Statement]:
    """s' = J^T (left - delta^lag H(s)) along the flow of |delta^2 H(s) - wanted|^2 / 2, w = delta s, block by block."""
    delta, output, blocks = leaf("delta"), net.output.node, net.parameters.leaves
    scaled = {w: pointwise(argument(0) * argument(1), delta, w) for w in blocks}
    error = pointwise((argument(0) - argument(1)) ** 2 / 2, substitute(output, scaled), wanted)
    potential = pointwise(argument(0) ** -2 * argument(1), delta, contract((error,), ()))  # s' = w'(delta s) / delta
    pull = pointwise(argument(0) - argument(1) ** sp.Rational(lag.numerator, lag.denominator) * argument(2), left, delta, output)
    weighted = leaf("R", output.axes)
    jacobian = gradient(contract((weighted, output), ()), blocks)
    domain: tuple[Relation, ...] = ((">", delta),)
    sizes = {**net.sizes, "i": 2}
    velocities = (substitute(product, {weighted: pull}) for product in jacobian)
    return [Evolves(potential, blocks, w, velocity, sizes, domain) for w, velocity in zip(blocks, velocities, strict=True)]

"""Small initialization under weight normalization: exact rescaled equations that no paper states."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from wnproof.claims.claim import claim
from wnproof.claims.statements import every
from wnproof.derive.flow import GradientFlow, gradient_flow
from wnproof.derive.homogeneity import degrees
from wnproof.derive.residual import residual
from wnproof.graph.gradient import gradient
from wnproof.graph.nodes import Leaf, Node, add, argument, contract, leaf, multiply, pointwise
from wnproof.graph.relabel import substitute
from wnproof.graph.statement import Evolves, Statement
from wnproof.model.activations import polynomial_relu
from wnproof.model.losses import Loss, logistic, square
from wnproof.model.network import Layer, Network
from wnproof.model.normalizations import Normalization, exponential_weight_norm, weight_norm

SOURCE = "new; derived from first principles"
CASES: tuple[tuple[tuple[int, ...], int, Loss], ...] = (
    ((1, 2, 1), 1, square),
    ((2, 1, 1), 1, logistic),
    ((2, 1, 1), 2, square),
)


def _network(widths: tuple[int, ...], power: int, normalization: Normalization) -> Network:
    return Network(widths, polynomial_relu(power), normalization=(normalization,) * (len(widths) - 1))


def _pulls(flow: GradientFlow, delta: Node, shift: int) -> dict[int, Node]:
    """c = J_H(s)^T l'(delta^(L + shift) H(X; s), y) per layer, H the network of the effective weights, at s = w(raw)."""
    net = flow.net
    effective = net.effective()
    degree, _ = degrees(effective)
    assert degree is not None
    output = effective.output.node
    small = pointwise(argument(0) ** int(degree + shift) * argument(1), delta, output)
    pulled, pull = residual(flow.criterion, small, leaf("Y", output.axes)), leaf("R", output.axes)
    weights = {leaf(f"W{layer.number}", layer.rows + layer.columns): layer.weight for layer in net.layers}
    products = gradient(contract((pull, output), ()), list(weights))
    pulled = substitute(pulled, weights)
    return {
        layer.number: substitute(product, {**weights, pull: pulled}) for layer, product in zip(net.layers, products, strict=True)
    }


def _split(layer: Layer, covector: Node) -> tuple[Node, Node, Node]:
    """(h h^T c, (I - h h^T) c, |v|^2) for the rows of a layer."""
    v = layer.raw["V"]
    squares = contract((v, v), layer.rows)
    along = pointwise(argument(0) * argument(1) / argument(2), v, contract((v, covector), layer.rows), squares)
    return along, add([covector, multiply(-1, along)]), squares


@claim(
    "wnproof/ewn-small-init",
    source=SOURCE,
    controls={
        "horizon delta^-(L-2), as without normalization": dict(horizon=-2),
        "delta^(L-1) inside the loss": dict(inside=-1),
        "|v| does not matter": dict(tangential=0),
        "s' = grad N, as without normalization": dict(norms=0),
    },
)
def exponential_small_init(horizon: int = 0, inside: int = 0, tangential: int = 1, norms: int = 2) -> Statement:
    """EWN in every layer, w(0) = delta w0: s(tau) = w(tau/delta^L)/delta obeys s_u' = -|s_u|^2 (h_u h_u^T + |v_u|^-2 P_u)
    J_u(s)^T l'(delta^L H(X; s), y) per node u, exactly, |v_u| constant; with |v_u| = 1 it tends to |s_u|^2 grad_u N(s).

    So the horizon is delta^-L and not delta^-(L-2). delta = exp(lambda) shifts every log-length; two layers, p = 1, 2. The
    equations of ``rescaled`` for the raw parameters are exact.
    """
    parts: list[Statement] = []
    shift = leaf("lambda")
    delta = pointwise(sp.exp(argument(0)), shift)
    for widths, power, loss in CASES:
        net = _network(widths, power, exponential_weight_norm)
        flow, degree = gradient_flow(net, loss), power + 1
        small = {layer.raw["a"]: add([layer.raw["a"], _spread(shift, layer)]) for layer in net.layers}
        shrunk = substitute(flow.loss.node, small)
        # V and a - lambda both move by -delta^-L grad of the loss at the small weights
        function = pointwise(sp.exp(-(degree + horizon) * argument(0)) * argument(1), shift, shrunk)
        raw, sizes = net.parameters.leaves, {**net.sizes, "i": 1}
        for layer in net.layers:
            along, across, squares = _split(layer, _pulls(flow, delta, inside)[layer.number])
            turned = add([along, pointwise(argument(0) / argument(1) ** tangential, across, squares)])
            moves = pointwise(-sp.exp(norms * argument(0)) * argument(1), layer.raw["a"], turned)
            parts.append(Evolves(function, raw, layer.weight, moves, sizes))
        parts += _stated(flow, {leaf("delta"): delta}, dict.fromkeys(raw, function), sizes)
    return every(*parts)


def _spread(node: Node, layer: Layer) -> Node:
    return contract((node,), layer.rows)


@claim(
    "wnproof/swn-small-init",
    source=SOURCE,
    controls={
        "horizon delta^-L, as under EWN": dict(horizon=2),
        "directions move at order delta": dict(tangential=1),
        "directions are frozen exactly": dict(turning=0),
        "delta^(L-1) inside the loss": dict(inside=-1),
    },
)
def standard_small_init(horizon: int = 0, inside: int = 0, tangential: int = 2, turning: int = 1) -> Statement:
    """SWN in every layer, w(0) = delta w0: s(tau) = w(tau/delta^(L-2))/delta obeys s_u' = -(h_u h_u^T + delta^2 |s_u|^2/|v_u|^2
    P_u) J_u(s)^T l'(delta^L H(X; s), y) per node u, exactly, |v_u| constant.

    With |v_u| = 1 directions are frozen up to delta^2 while norms move; with |v_u| of order delta they move at order one. Two
    layers, p = 1, 2. The equations of ``rescaled`` for the raw parameters are exact.
    """
    parts: list[Statement] = []
    delta = leaf("delta")
    for widths, power, loss in CASES:
        net = _network(widths, power, weight_norm)
        flow, degree = gradient_flow(net, loss), power + 1
        raw, sizes = net.parameters.leaves, {**net.sizes, "i": 1}
        lengths = {layer.raw["g"]: pointwise(argument(0) * argument(1), delta, layer.raw["g"]) for layer in net.layers}
        shrunk = substitute(flow.loss.node, lengths)
        # along both parts of s' by the chain rule: through g/delta, and through V
        slow = _scaled(delta, -(degree - 2 + horizon), shrunk)
        fast = _scaled(delta, -(degree + horizon), shrunk)
        for layer in net.layers:
            along, across, squares = _split(layer, _pulls(flow, delta, inside)[layer.number])
            turned = pointwise(
                -turning * argument(0) ** tangential * argument(1) ** 2 * argument(2) / argument(3),
                *(delta, layer.raw["g"], across, squares),
            )
            turned = turned if turning else contract((multiply(0, along),), layer.weight.axes)
            domain = ((">", delta),)
            parts.append(Evolves(fast, (layer.raw["g"],), layer.weight, multiply(-1, along), sizes, domain))
            parts.append(Evolves(slow, (layer.raw["V"],), layer.weight, turned, sizes, domain))
        functions: dict[Leaf, Node] = {w: fast if w.name[0] == "g" else slow for w in raw}
        parts += _stated(flow, {}, functions, sizes)
    return every(*parts)


def _scaled(delta: Node, power: int, node: Node) -> Node:
    return pointwise(argument(0) ** power * argument(1), delta, node)


def _stated(flow: GradientFlow, at: dict[Leaf, Node], functions: dict[Leaf, Node], sizes: dict[str, int]) -> Sequence[Statement]:
    """The library's own rescaled equations, block by block, each along the function whose gradient moves the block."""
    velocity = flow.rescaled(sp.Symbol("delta")).velocity
    domain = () if at else ((">", leaf("delta")),)
    pairs = zip(functions.items(), velocity.roots, strict=True)
    return [Evolves(function, (w,), w, substitute(root, at), sizes, domain) for (w, function), root in pairs]

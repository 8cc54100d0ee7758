"""Kumar and Haupt, two-homogeneous networks near small initializations and saddles (arXiv 2402.09226)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from wnproof.claims.claim import claim
from wnproof.claims.statements import every
from wnproof.graph.nodes import argument, contract, leaf, multiply, pointwise
from wnproof.graph.statement import Evolves, Shares, Statement
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

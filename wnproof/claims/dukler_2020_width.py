"""Dukler, Gu and Montufar's rates need width: with fewer weights than samples some residual does not fall at first."""

from __future__ import annotations

import sympy as sp

from wnproof.claims.claim import claim
from wnproof.claims.statements import every
from wnproof.derive.ntk import SECOND, ntk
from wnproof.graph.nodes import Node, add, argument, constant, contract, leaf, multiply, ones, pointwise
from wnproof.graph.relabel import substitute
from wnproof.graph.statement import Equal, Relation, Statement
from wnproof.model.activations import relu
from wnproof.model.network import SAMPLES, Network
from wnproof.model.normalizations import weight_norm


@claim(
    "dukler-2020/width",
    source="[memory] arXiv 2006.06878 assumes a width that grows with the samples; that some width is needed is derived",
    controls={
        "two samples, as many as weights": dict(third=0),
        "the residual (p, q, 1)": dict(third=1),
        "samples on both sides of the neuron": dict(together=False),
        "the residual (q, p, -1)": dict(swapped=True),
    },
)
def width(third: int = -1, together: bool = True, swapped: bool = False) -> Statement:
    """More samples than weights w = g v/|v| leave no exponential bound at any alpha: one neuron, samples a, b, p a + q b in two
    dimensions, all on its side, p, q > 0. Lambda (p, q, -1) = 0 for both parts of Lambda = V / alpha^2 + G.

    So d/dt |f - y|^2 = -2 r^T Lambda r = 0 at the start for labels with the residual r = f - y = (p, q, -1), whose norm is not 0.
    Entry by entry against any fourth vector, for every v, g > 0 and c.
    """
    net = Network((2, 1, 1), relu, normalization=weight_norm, fixed={"W2": None})
    first, second = leaf("X", (SAMPLES, "h0")), leaf("X", (SECOND, "h0"))
    a, b, p, q = leaf("A", first.axes), leaf("B", first.axes), leaf("p"), leaf("q")
    combined = pointwise(argument(0) * argument(2) + argument(1) * argument(3), a, b, p, q)
    residual: tuple[tuple[Node, Node], ...] = (
        (q if swapped else p, a),
        (p if swapped else q, b),
        (constant(sp.Integer(third)), combined),
    )
    side: list[Relation] = [(">", contract((leaf("V1", ("h1", "h0")), x), (SAMPLES, "h1"))) for x in (a, b)]
    domain = ((">", leaf("g1", ("h1",))), (">", p), (">", q), *(side if together else side[:1]))
    zero = contract((multiply(0, ones(SAMPLES)), ones(SECOND)), (SAMPLES, SECOND))
    parts: list[Statement] = []
    for part in (ntk(net).length_part, ntk(net).direction_part):
        terms = [
            pointwise(argument(0) * argument(1), substitute(part.node, {second: leaf("Z", second.axes), first: x}), r)
            for r, x in residual
        ]
        parts.append(Equal(add(terms), zero, {**net.sizes, SAMPLES: 1, SECOND: 1}, domain))
    return every(*parts)

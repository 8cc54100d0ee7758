"""Dukler, Gu and Montufar (arXiv 2006.06878): what training does with the lengths and the directions, proved and measured."""

from __future__ import annotations

import sympy as sp

from wnproof.arrival.lazy import DirectionMovement, ResidualDecay
from wnproof.claims.claim import claim
from wnproof.claims.simulated import Simulated, near, rate
from wnproof.claims.statements import conserved, equal, every
from wnproof.derive.flow import gradient_flow
from wnproof.graph.nodes import argument, constant, contract, leaf, pointwise
from wnproof.graph.quantity import Quantity
from wnproof.graph.statement import Statement
from wnproof.model.activations import relu
from wnproof.model.losses import square
from wnproof.model.network import Network
from wnproof.model.normalizations import weight_norm
from wnproof.verdict import Rigor

MEMORY = "[memory] arXiv 2006.06878 for the statement; the rate that is compared is derived"


@claim(
    "dukler-2020/norm-const",
    source="[memory] arXiv 2006.06878 for the statement; the increment is derived from first principles",
    controls={
        "|v| is constant under gradient descent": dict(growth=0),
        "|v|^2 grows by eta |grad|^2": dict(power=1),
        "the lengths g are constant too": dict(kept="g1"),
    },
)
def norm_const(growth: int = 1, power: int = 2, kept: str = "V1") -> Statement:
    """Gradient flow keeps every |v_k|; a step of gradient descent makes |v_k|^2 larger by eta^2 |grad_(v_k) L|^2.

    The first for all widths and losses, the second for the square loss, one neuron with two inputs, one sample.
    """
    wide = Network((3, 4, 1), relu, normalization=weight_norm, fixed={"W2": None})
    still = conserved(gradient_flow(wide, square), wide[kept].row_squares() if kept == "V1" else wide[kept].squares())
    net = Network((2, 1, 1), relu, normalization=weight_norm, fixed={"W2": None})
    flow = gradient_flow(net, square)
    before, after, slope = (_directions(q).row_squares() for q in (net["V1"], flow.step(sp.Symbol("eta")), flow.velocity))
    larger = pointwise(argument(0) ** power * argument(1), leaf("eta"), slope.node)
    grown = contract((constant(growth), larger), slope.axes)  # of these axes also when nothing grows
    return every(still, equal(after - before, slope.with_node(grown, "grown"), samples=1))


def _directions(q: Quantity) -> Quantity:
    return q.with_node(q.roots[0], "V1")


@claim("dukler-2020/observed-V", source=MEMORY, requires=Rigor.SUPPORTED)
def observed_directions() -> Simulated:
    """alpha = 3/10: the squared residual falls at about twice the least eigenvalue of V / alpha^2 + G in the limit of infinite
    width, and never more slowly than e^(-omega t), omega = max(lambda_0 / alpha^2, mu_0).

    The run excludes the rate lambda_0 / alpha^4, and 2 mu_0, the rate without directions.
    """
    run = ResidualDecay(0.3)
    return near(run, run.expected, 0.2 * run.expected, (run.lambda_0 / 0.3**4, 2 * run.mu_0))


@claim("dukler-2020/observed-G", source=MEMORY, requires=Rigor.SUPPORTED)
def observed_lengths() -> Simulated:
    """alpha = 10: the squared residual falls at about twice the least eigenvalue of V / alpha^2 + G, nearly that of G alone, and
    never more slowly than e^(-omega t).

    The run excludes the rate lambda_0, which is that of alpha = 1, and mu_0 / 2.
    """
    run = ResidualDecay(10.0)
    return near(run, run.expected, 0.3 * run.expected, (run.lambda_0, run.mu_0 / 2))


@claim(
    "dukler-2020/lazy-direction",
    source="[paper] arXiv 2006.06878 for lazy directions (abstract); the exponent is derived from (v/|v|)' = -(g/|v|^2) P c",
    requires=Rigor.SUPPORTED,
)
def lazy_direction() -> Simulated:
    """Directions move by Theta(alpha^-2) up to a fixed time as alpha -> infinity: max_k |v_k(T)/|v_k(T)| - v_k(0)/|v_k(0)||.

    The run excludes alpha^-1 and alpha^-3.
    """
    return rate(DirectionMovement(), -2, rejects=(-1, -3))

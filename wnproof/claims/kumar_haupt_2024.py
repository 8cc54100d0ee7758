"""Kumar and Haupt, early directional convergence of deep homogeneous networks (arXiv 2403.08121)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import sympy as sp

from wnproof.arrival.convergence import EarlyError
from wnproof.claims.claim import claim
from wnproof.claims.expressions import node_of
from wnproof.claims.simulated import Simulated, rate
from wnproof.claims.statements import conserved, every
from wnproof.derive.flow import gradient_flow
from wnproof.graph.nodes import constant, contract, leaf, multiply, ones
from wnproof.graph.statement import Evolves, Shares, Statement
from wnproof.model.activations import polynomial_relu
from wnproof.model.datasets import iris
from wnproof.model.network import Network
from wnproof.verdict import Rigor

Share = Callable[[int, int, int], Fraction]


def geometric_share(depth: int, power: int, layer: int) -> Fraction:
    """p^(D-l) / (1 + p + ... + p^(D-1))."""
    return Fraction(power ** (depth - layer), sum(power**k for k in range(depth)))


def equal_share(depth: int, _power: int, _layer: int) -> Fraction:
    """1/D, true at p = 1 only."""
    return Fraction(1, depth)


def linear_share(depth: int, power: int, layer: int) -> Fraction:
    """(1 + p (D - l)) / total, a plausible wrong one."""
    return Fraction(1 + power * (depth - layer), sum(1 + power * (depth - k) for k in range(1, depth + 1)))


@claim(
    "kumar-haupt-2024/kkt-balance",
    source="[paper] arXiv 2403.08121 for the setting; the identity is derived from first principles",
    controls={
        "equal norms at p = 2": dict(share=equal_share, depths=(2, 3), powers=(2,)),
        "shares 1 + p(D-l)": dict(share=linear_share, depths=(2,), powers=(3,)),
    },
)
def kkt_balance(
    share: Share = geometric_share, depths: Sequence[int] = (2, 3, 4), powers: Sequence[int] = (1, 2, 3)
) -> Statement:
    """At a KKT point of the neural correlation function with N != 0 on the unit sphere, |W_l|_F^2 = p^(D-l) / (1 + p +
    ... + p^(D-1)).

    For all widths, data and labels: Euler's identity block by block.
    """
    parts = []
    for depth in depths:
        for power in powers:
            net = Network((3,) + (4,) * (depth - 1) + (1,), polynomial_relu(power, "1/10"))
            value = contract((leaf("Z", ("i",)), net.output.node), ())
            parts.append(Shares(value, {f"W{k}": share(depth, power, k) for k in range(1, depth + 1)}))
    return every(*parts)


@claim(
    "kumar-haupt-2024/lemma-ncf-flow",
    source="[paper] arXiv 2403.08121 for the setting, the lemma reconstructed; the conserved quantity is derived",
    controls={
        "|w|^2 - v^2": dict(coefficient=1),
        "|w|^2 - 4 v^2": dict(coefficient=4),
        "|w|^2 + 2 v^2": dict(coefficient=-2),
        "the stall decays twice as fast": dict(decay=4),
    },
)
def correlation_flow(coefficient: int = 2, decay: int = 2) -> Statement:
    """Along u' = grad N(u), N = v sum_i z_i sigma(<w, x_i>), q = |w|^2 - 2 v^2 is constant for sigma(z) = z^2 and ReLU^2.

    For all input dimensions, widths and data; N itself at d = 2. For z^2 in one dimension, N = m v w^2, the case q = 0, v < 0
    is v = v0 / (1 - 2 m v0 t), w^2 = 2 v^2: u -> 0 like 1/t.
    """
    parts: list[Statement] = []
    for activation in (polynomial_relu(2, 1), polynomial_relu(2)):
        net = Network((2, 1, 1), activation)
        value = contract((leaf("Z", ("i",)), net.output.node), ())
        q = net["W1"].row_squares() - coefficient * net["W2"].column_squares()
        parts.append(conserved(gradient_flow(net), q))
        rate = contract((constant(0), *map(ones, q.axes)), q.axes)
        parts.append(Evolves(multiply(-1, value), net.parameters.leaves, q.node, rate, {**net.sizes, "i": 2}))
    t, m, start = sp.symbols("t m v0", real=True)
    left = 1 - decay * m * start * t
    v, w = start / left, -sp.sqrt(2) * start / left
    domain = ((">", node_of(m)), (">", node_of(-start)), (">", node_of(left)))
    for path, velocity in ((v, m * w**2), (w, 2 * m * v * w)):
        parts.append(Evolves(node_of(-t), (leaf("t"),), node_of(path), node_of(velocity), where=domain))
    return every(*parts)


@claim(
    "kumar-haupt-2024/thm-directional-convergence",
    source="[paper] arXiv 2403.08121 for the statement (constants reconstructed); the exponent is derived from first principles",
    requires=Rigor.SUPPORTED,
)
def directional_convergence(seed: int = 1) -> Simulated:
    """From w(0) = delta u0, w(t/delta^(L-2))/delta stays within Theta(delta^L) of the flow u' = grad N(u) up to half its
    blow-up time.

    Two-layer squared ReLU network (L = 3) on petal length and width of iris, square loss: the error's slope in delta is
    3, and the same runs exclude 2 and 4.
    """
    net = Network((2, 4, 1), polynomial_relu(2))
    return rate(EarlyError(net, iris(("petal_length", "petal_width")), seed=seed), 3, rejects=(2, 4))

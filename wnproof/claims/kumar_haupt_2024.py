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
from wnproof.graph.nodes import Node, add, argument, constant, contract, leaf, multiply, ones, pointwise
from wnproof.graph.statement import Evolves, Relation, Shares, Statement
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
    larger=dict(depths=(2, 3, 4, 5, 6), powers=(1, 2, 3, 4)),
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


@claim(
    "kumar-haupt-2024/rank-one-kkt",
    source="[paper] arXiv 2403.08121 announces conditions for rank-one KKT points; these are reconstructed and derived",
    controls={
        "any unit vectors at p = 2": dict(powers=(2,), equal_entries=False),
        "k^(-1) at p = 2 for the second layer": dict(powers=(2,), exponent=-1),
        "coefficient 1 at p = 2": dict(powers=(2,), coefficient=1),
    },
)
def rank_one(
    powers: Sequence[int] = (1, 2),
    equal_entries: bool | None = None,
    exponent: Fraction = Fraction(-1, 2),
    coefficient: int | None = None,
) -> Statement:
    """u' = grad N keeps W_1 = a_1 w^T, W_2 = c_2 a_2 a_1^T, W_3 = c_3 a_2^T, |a_l| = 1, and moves (w, c_2, c_3) by grad (q N_1),
    N_1 of one neuron a layer: a KKT point of N_1 is one of N, with value q N_1. sigma(z) = z: any a_l, q = 1. sigma(z) = z^2:
    equal entries of a_l on k_l neurons, q = k_1^-1 k_2^(-1/2).

    At widths 2-2-2-1, 1-4-1-1 and 1-1-4-1. Necessary at p: a KKT point has |W_l[j,:]|^2 = p |W_(l+1)[:,j]|^2, as Q' = 2 L N Q
    there for every conserved Q; for all widths.
    """
    parts: list[Statement] = []
    for p in powers:
        equal = p > 1 if equal_entries is None else equal_entries
        for inputs, first, second in ((1, 4, 1), (1, 1, 4)) if equal else ((2, 2, 2),):
            ratio = sp.Rational(1, first) * sp.Integer(second) ** sp.Rational(str(exponent)) if p > 1 else sp.S.One
            parts += _along_rank_one(p, (inputs, first, second), ratio, equal)
        net = Network((2, 2, 2, 1), polynomial_relu(p))
        for k in (1, 2):
            law = net[f"W{k}"].row_squares() - (coefficient or p) * net[f"W{k + 1}"].column_squares()
            parts.append(conserved(gradient_flow(net), law))
    return every(*parts)


def _along_rank_one(power: int, widths: tuple[int, int, int], ratio: sp.Expr, equal: bool) -> list[Statement]:
    """W - rank one does not move where it is 0, when N of the wide and ratio N_1 of the thin network ascend together."""
    inputs, first, second = widths
    X, Z = leaf("X", ("i", "h0")), leaf("Z", ("i",))
    W = (leaf("W1", ("h1", "h0")), leaf("W2", ("h2", "h1")), leaf("W3", ("h2",)))
    w, c2, c3 = leaf("w", ("h0",)), leaf("c2"), leaf("c3")
    domain: list[Relation] = []
    units: list[Node] = []
    for axis, size in (("h1", first), ("h2", second)):
        if equal:
            units.append(contract((constant(1 / sp.sqrt(size)), ones(axis)), (axis,)))
        else:
            units.append(leaf(f"a_{axis}", (axis,)))
            domain.append(("=", add([contract((units[-1], units[-1]), ()), constant(-1)])))

    def act(node: Node) -> Node:
        return pointwise(argument(0) ** power, node)

    wide = contract((Z, W[2], act(contract((W[1], act(contract((W[0], X), ("i", "h1")))), ("i", "h2")))), ())
    thin = contract((Z, c3, act(contract((c2, act(contract((w, X), ("i",)))), ("i",)))), ())
    ascent = add([multiply(-1, wide), multiply(-ratio, thin)])
    a, b = units
    products = (contract((a, w), ("h1", "h0")), contract((c2, b, a), ("h2", "h1")), contract((c3, b), ("h2",)))
    gaps = [add([weight, multiply(-1, product)]) for weight, product in zip(W, products, strict=True)]
    where = (*(("=", gap) for gap in gaps), *domain)
    still = [contract((constant(0), *map(ones, gap.axes)), gap.axes) for gap in gaps]
    sizes = {"h0": inputs, "h1": first, "h2": second, "i": 2}
    return [Evolves(ascent, (*W, w, c2, c3), gap, zero, sizes, where) for gap, zero in zip(gaps, still, strict=True)]

"""Morwani and Ramaswamy, inductive bias of gradient descent under weight normalization (arXiv 2010.12909)."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from wnproof.arrival.one_sample import BoundedWeight, DescentPower, LossPower
from wnproof.claims.claim import claim
from wnproof.claims.expressions import node_of, relation
from wnproof.claims.simulated import Simulated, near, rate
from wnproof.claims.statements import at_least, equal, every, homogeneous
from wnproof.derive.flow import gradient_flow
from wnproof.graph.nodes import add, argument, constant, contract, leaf, ones, pointwise
from wnproof.graph.statement import AtLeast, Evolves, Statement
from wnproof.model.activations import leaky_relu, linear
from wnproof.model.network import Network
from wnproof.model.normalizations import Normalization, exponential_weight_norm, weight_norm
from wnproof.verdict import Rigor

EWN, SWN = exponential_weight_norm, weight_norm


@claim(
    "morwani-ramaswamy-2022/thm-flow-equivalence",
    source="[paper] arXiv 2010.12909 for the statement (abstract); the identities are derived from first principles",
    controls={
        "EWN is -|w|^2 grad for every |v|": dict(tangential=0, which=(EWN,), unit=(False,)),
        "SWN is -|w|^2 / |v|^2 grad": dict(bend=0, which=(SWN,), unit=(False,)),
        "SWN with (1 - |w|^2 / |v|^2) w w^T": dict(power=0, which=(SWN,), unit=(False,)),
        "EWN is plain gradient flow at one rate for all nodes": dict(common=True, which=(EWN,), unit=(True,)),
    },
)
def flow_equivalence(
    tangential: int = 2,
    bend: int = 1,
    power: int = 1,
    common: bool = False,
    which: Sequence[Normalization] = (EWN, SWN),
    unit: Sequence[bool] = (True, False),
) -> Statement:
    """With |v_u| = 1, per node u and for every covector c = grad_(w_u) L: EWN is w_u' = -|w_u|^2 c; SWN is w_u' = -(|w_u|^2 c +
    (1 - |w_u|^2)/|w_u|^2 (w_u^T c) w_u) where w_u != 0; |v_u| is constant.

    For every |v_u| > 0, with r = |w_u|^2/|v_u|^2 and b = |w_u|^2 under EWN, 1 under SWN: w_u' = -(r c + (b - r)/|w_u|^2 (w_u^T c)
    w_u). At d = 2 and 3 inputs, for two nodes under EWN.
    """
    parts: list[Statement] = []
    for normalization in which:
        for widths in ((2, 2), (3, 1)) if normalization is EWN else ((2, 1), (3, 1)):
            flow = gradient_flow(Network(widths, linear, normalization=(normalization,))).effective()
            (weight,), (covector,), layer = flow.weights, flow.covectors, flow.layers[0]
            rows, w, V = layer.rows, weight.node, layer.raw["V"]
            square, length, work = (contract(pair, rows) for pair in ((V, V), (w, w), (w, covector)))
            for on_spheres in unit:
                scale = constant(1) if on_spheres else square
                rate = pointwise(argument(0) * argument(1) ** sp.Rational(-tangential, 2), length, scale)
                turning = pointwise(-argument(0) * argument(1), contract((rate,), ()) if common else rate, covector)
                along = argument(3) if normalization is EWN else 1
                bent = pointwise(
                    bend * (argument(0) - along) / argument(3) ** power * argument(1) * argument(2), rate, work, w, length
                )
                velocity = turning if (normalization is EWN and on_spheres) or not bend else add([turning, bent])
                where = [("=", pointwise(argument(0) - 1, square))] if on_spheres else []
                domain = (*where, ("!=", length))
                parts.append(Evolves(flow.work.node, tuple(layer.raw.values()), w, velocity, flow.net.sizes, domain))
            still = contract((constant(0), *map(ones, rows)), rows)
            parts.append(Evolves(flow.work.node, tuple(layer.raw.values()), square, still, flow.net.sizes))
    return every(*parts)


@claim(
    "morwani-ramaswamy-2022/simple-traj",
    source="[paper] the authors' public code simple-traj.py for the setting; the conserved quantities are derived",
    controls={
        "EWN conserves w1/x1 - w2/x2": dict(swapped=True, which=(EWN,)),
        "no normalization conserves 1/(x1 w1) - 1/(x2 w2)": dict(swapped=True, which=(None,)),
        "EWN conserves the sum": dict(sign=1, which=(EWN,)),
        "SWN conserves the sum": dict(sign=1, which=(SWN,)),
        "1/w is slower by x": dict(power=0, which=(EWN,)),
    },
)
def simple_trajectory(
    swapped: bool = False, sign: int = -1, power: int = 1, which: Sequence[Normalization | None] = (EWN, SWN, None)
) -> Statement:
    """One sample x, output w1 x1 + w2 x2, every coordinate a node: EWN conserves 1/(x1 w1) - 1/(x2 w2), no normalization and SWN
    (w = g v/|v|) conserve w1/x1 - w2/x2.

    For exponential, logistic and square loss and all x1, x2 != 0. In the time ds = -l'(f) dt, under EWN 1/w falls at rate x.
    """
    x, a, g, v = (sp.symbols(f"{name}1 {name}2", real=True) for name in "xagv")
    y = sp.Symbol("y", real=True)
    weights = {EWN: [sp.exp(s) for s in a], SWN: [s * r / sp.sqrt(r**2) for s, r in zip(g, v, strict=True)], None: list(g)}
    raw = {EWN: a, SWN: (*g, *v), None: g}
    parts: list[Statement] = []
    for normalization in which:
        w, trained = weights[normalization], tuple(leaf(s.name) for s in raw[normalization])
        f = w[0] * x[0] + w[1] * x[1]
        inverse = (normalization is EWN) is not swapped
        terms = [1 / (p * q) if inverse else p / q for p, q in zip(w, x, strict=True)]
        for loss, slope in (
            (sp.exp(-y * f), -y * sp.exp(-y * f)),
            (sp.log(1 + sp.exp(-y * f)), -y * sp.exp(-y * f) / (1 + sp.exp(-y * f))),
            ((f - y) ** 2 / 2, f - y),
        ):
            domain = tuple(("!=", node_of(s)) for s in (*x, *(v if normalization is SWN else ())))
            law = node_of(terms[0] + sign * terms[1])
            parts.append(Evolves(node_of(loss), trained, law, node_of(0), where=domain))
            if normalization is EWN:
                rates = [node_of(slope * s**power) for s in x]
                parts += [Evolves(node_of(loss), trained, node_of(1 / p), r) for p, r in zip(w, rates, strict=True)]
    return every(*parts)


@claim(
    "morwani-ramaswamy-2022/rate",
    source="[paper] arXiv 2010.12909 for the rate, which is the implicit solution of these equations; they are derived",
    controls={
        "q^(2 - 2/L) under EWN": dict(depths=(2, 3), powers=1),
        "K = L^2 for L nodes": dict(depths=(2, 3), nodes_squared=True),
        "q^2 without normalization, L = 2": dict(depths=(), degrees=(2,), plain_power=2),
        "K = L without normalization": dict(depths=(), degrees=(2, 3), plain_square=False),
    },
)
def rate_equation(
    depths: Sequence[int] = (1, 2, 3, 4),
    degrees: Sequence[int] = (1, 2, 3, 4),
    powers: int = 2,
    nodes_squared: bool = False,
    plain_power: int | None = None,
    plain_square: bool = True,
) -> Statement:
    """One sample classified rightly, exponential loss, q = -log L: q' = L q^2 e^(-q) for a chain of L nodes under EWN, q' = L^2
    q^2 e^(-q) for one node of degree L, and q' = L^2 x^(2/L) q^(2 - 2/L) e^(-q) for q = x w^L without normalization.

    So L t (log t)^2 tends to a constant under EWN at every depth, where the plain power of the logarithm is 2 - 2/L.
    """
    x, w = sp.symbols("x w", real=True)
    parts: list[Statement] = []
    for depth in depths:
        sizes = sp.symbols(f"a1:{depth + 1}", real=True)
        one = sp.Symbol("a", real=True)
        chain, single = x * sp.exp(sp.Add(*sizes)), x * sp.exp(depth * one)
        for q, trained, k in ((chain, sizes, depth**2 if nodes_squared else depth), (single, (one,), depth**2)):
            leaves = tuple(leaf(s.name) for s in trained)
            parts.append(Evolves(node_of(sp.exp(-q)), leaves, node_of(q), node_of(k * q**powers * sp.exp(-q))))
    for L in degrees:
        q = x * w**L
        growth = x ** sp.Rational(2, L) * q ** (plain_power or 2 - sp.Rational(2, L))
        domain = ((">", node_of(x)), (">", node_of(w)))
        velocity = node_of(L ** (2 if plain_square else 1) * growth * sp.exp(-q))
        parts.append(Evolves(node_of(sp.exp(-q)), (leaf("w"),), node_of(q), velocity, where=domain))
    return every(*parts)


@claim(
    "morwani-ramaswamy-2022/finite-time",
    source="[paper] arXiv 2010.12909 announces a finite-time rate; the constant and each step are derived from first principles",
    controls={
        "kappa = D, whatever the widths": dict(share=0),
        "L(0) >= 1": dict(below_one=False),
        "the mean loss with L(0) < 1": dict(lag=1),
    },
)
def finite_time(share: int = 1, below_one: bool = True, lag: int = 0) -> Statement:
    """EWN, every layer of degree 1 with K_l nodes, exponential loss L = sum_i e^(-q_i) < 1, t = -log L: t' >= kappa t^2 e^(-t)
    with kappa = sum_l 1/K_l. Step by step, the descent being L' = -sum_u |w_u|^2 |c_u|^2, c_u = grad_u L.

    |w|^2 |c|^2 >= <w, c>^2 for each node, in every dimension; K sum_u a_u^2 >= (sum_u a_u)^2 over the nodes of a layer; sum_u
    <w_u, c_u> = -sum_i q_i e^(-q_i) =: -S for each layer, which is its degree 1; S >= t L, as q_i >= t by e^(-q_i) <= L; S^2 >=
    (t L)^2, as t > 0 by L < 1. For 2 to 4 nodes and samples, a leaky ReLU network of depth 3 at all widths.
    """
    w, c = leaf("w", ("k",)), leaf("c", ("k",))
    lengths = contract((contract((w, w), ()), contract((c, c), ())), ())
    parts: list[Statement] = [AtLeast(lengths, contract((contract((w, c), ()),) * 2, ()), {"k": 2})]
    net = Network((2, 2, 2, 1), leaky_relu("1/10"))
    parts += [homogeneous(net.output, 1, [f"W{layer}"]) for layer in (1, 2, 3)]
    t = sp.Symbol("t", real=True)
    for count in (2, 3, 4):
        a, q, p = (sp.symbols(f"{name}1:{count + 1}", real=True) for name in "aqp")  # p_i stands for e^(-q_i)
        parts.append(at_least(count**share * sum(x**2 for x in a), sum(a) ** 2))
        domain = [*(x >= t - lag for x in q), *(x > 0 for x in p)]
        parts.append(at_least(sum(x * y for x, y in zip(q, p, strict=True)), t * sum(p), domain))
    pull, below = sp.symbols("S B", real=True)  # B stands for t L
    parts.append(at_least(pull**2, below**2, [pull >= below, *([below > 0] if below_one else [])]))
    return every(*parts)


@claim(
    "morwani-ramaswamy-2022/alignment",
    source="[paper] arXiv 2010.12909 for the relation, remembered; the example and its equations are derived",
    controls={
        "the relations swapped": dict(swapped=True),
        "EWN is slower for the second sample": dict(power=1),
    },
)
def alignment(swapped: bool = False, power: int = 0) -> Statement:
    """Samples (1, 0) and (0, 2), weights w1, w2 > 0, exponential loss: under EWN q_i' = q_i^2 e^(-q_i) alike for q1 = w1, q2 = 2
    w2, and |w_i| |c_i| = q_i e^(-q_i); without normalization w1' = e^(-w1), w2' = 2 e^(-2 w2) and |w_i| / |c_i| = w_i / w_i'.
    """
    a, w = sp.symbols("a1 a2", real=True), sp.symbols("w1 w2", real=True)
    parts: list[Statement] = []
    for normalized in (True, False):
        weights = [sp.exp(s) for s in a] if normalized else list(w)
        trained = tuple(leaf(s.name) for s in (a if normalized else w))
        q = [weights[0], 2 * weights[1]]
        loss = sum(sp.exp(-x) for x in q)
        for k, (x, weight) in enumerate(zip(q, weights, strict=True)):
            scale = 2**k
            if normalized is not swapped:
                observed, rate = x, x**2 * sp.exp(-x) / scale**power
            else:
                observed, rate = weight, scale * sp.exp(-x)
            parts.append(Evolves(node_of(loss), trained, node_of(observed), node_of(rate)))
    return every(*parts)


@claim(
    "morwani-ramaswamy-2022/relative-sparsity",
    source="[paper] arXiv 2010.12909 for the notion (abstract); the one-sample model is derived",
    controls={
        "the larger weight wins": dict(by_weight=True),
        "plain flow is sparse too": dict(plain_limit=0),
    },
)
def relative_sparsity(by_weight: bool = False, plain_limit: int = 1) -> Statement:
    """One sample x, weights w1, w2 > 0, u = w(0): in ds = -l'(f) dt EWN is 1/w_i = 1/u_i - x_i s; at s = 1/(x1 u1), where w1 is
    infinite, 1/w2 = (x1 u1 - x2 u2) / (x1 u1 u2), positive when x1 u1 > x2 u2: w2 stays bounded. Without normalization w_i = u_i
    + x_i s, and w1/w2 tends to x1/x2: x2 w1 - x1 w2 is constant.
    """
    s = sp.Symbol("s", real=True)
    x, start = sp.symbols("x1 x2", real=True), sp.symbols("u1 u2", real=True)
    positive = [z > 0 for z in (*x, *start)]
    domain = tuple(relation(r) for r in positive)
    ends = [1 / u - y * s for u, y in zip(start, x, strict=True)]
    parts: list[Statement] = []
    for end, y in zip(ends, x, strict=True):
        inside = (*domain, (">", node_of(end)))
        parts.append(Evolves(node_of(-s), (leaf("s"),), node_of(1 / end), node_of(y / end**2), where=inside))
    ahead = x[0] * start[0] - x[1] * start[1]
    last = ends[1].subs(s, 1 / (x[0] * start[0]))
    parts.append(equal(last, ahead / (x[0] * start[0] * start[1]), positive))
    parts.append(at_least(last, 0, [*positive, (start[0] - start[1] if by_weight else ahead) >= 0]))
    grown = [u + y * s for u, y in zip(start, x, strict=True)]
    parts.append(Evolves(node_of(-s), (leaf("s"),), node_of(x[1] * grown[0] - plain_limit * x[0] * grown[1]), node_of(0)))
    return every(*parts)


@claim(
    "morwani-ramaswamy-2022/simple-limits",
    source="[paper] the authors' public code simple-traj.py for sample and starts; the limits are derived",
    requires=Rigor.SUPPORTED,
)
def simple_limits() -> Simulated:
    """x = (2, 1), w(0) = (1, 3), EWN: w_2 -> infinity and w_1 -> 1 / (x_1 I) = 3, I = 1/(x_1 w_1) - 1/(x_2 w_2).

    The run excludes that w_1 stays at 1, that it tends to 3/2 = 1/(2 x_1 I), and 6, the limit with the samples' entries swapped.
    """
    return near(BoundedWeight((1, 3)), 3.0, 0.001, (1, 1.5, 6))


@claim(
    "morwani-ramaswamy-2022/gd-rate",
    source="[paper] arXiv 2010.12909 for the rate of gradient descent (abstract); the one-node model is derived",
    requires=Rigor.SUPPORTED,
)
def gd_rate() -> Simulated:
    """Gradient descent with steps of constant size, EWN, one node: L(d) = Theta(1 / (d (log d)^2)) after d steps, as the margin
    q = -log L moves by K q^a e^(-q) in one step, a = 2.

    The run excludes the powers 0, 1 and 4/3, which are those without normalization at degrees 1, 2 and 3.
    """
    return rate(DescentPower(), 2, rejects=(0, 1, 4 / 3), tolerance=0.01)


@claim(
    "morwani-ramaswamy-2022/observed-rate",
    source="[paper] arXiv 2010.12909 for the rate and that depth does not change it (abstract)",
    requires=Rigor.SUPPORTED,
)
def observed_rate() -> Simulated:
    """EWN in every layer of a ReLU network of depth 3: L(t) = Theta(1 / (t (log t)^2)), run until t = 10^300.

    The run excludes the powers 4/3, which is that of this depth without normalization, 1 and 0.
    """
    return rate(LossPower(3), 2, rejects=(4 / 3, 1, 0))

"""Kumar and Haupt's flow of the neural correlation function in small cases: where it stalls, and how fast it turns."""

from __future__ import annotations

import sympy as sp

from wnproof.claims.claim import claim
from wnproof.claims.expressions import node_of, relation
from wnproof.claims.statements import equal, every
from wnproof.graph.kink import Pw
from wnproof.graph.nodes import leaf
from wnproof.graph.statement import Evolves, Statement


@claim(
    "kumar-haupt-2024/stall-away-from-zero",
    source="[paper] arXiv 2403.08121 for the flow; that ReLU^2 stalls away from 0 in two dimensions is derived",
    controls={
        "it stalls at w = 0 only": dict(across=0),
        "v^2 = |w|^2 - q": dict(half=1),
        "every point with <w, x> > 0 too": dict(side=1),
    },
)
def stall(across: int = 1, half: int = 2, side: int = -1) -> Statement:
    """N(u) = v relu(<w, x>)^2 with one sample x in the plane: u' = grad N keeps the component of w across x and q = |w|^2 -
    2 v^2, and every (w, v) with <w, x> <= 0 is at rest. So a flow that stops at <w, x> = 0 has w = the component across x and v^2
    = (|w|^2 - q)/2, which need not be 0: beside "to 0 or blow-up" there is a third way for ReLU^2.
    """
    v, (w1, w2), (x1, x2) = sp.Symbol("v", real=True), sp.symbols("w1 w2", real=True), sp.symbols("x1 x2", real=True)
    along, beside = w1 * x1 + w2 * x2, w2 * x1 - w1 * x2
    correlation = -v * Pw(along, 1, 0, 2)
    trained = tuple(leaf(name) for name in ("v", "w1", "w2"))
    laws = (beside, w1**2 + w2**2 - 2 * v**2)
    parts: list[Statement] = [Evolves(node_of(correlation), trained, node_of(kept), node_of(0)) for kept in laws]
    rest = (relation(side * along >= 0),)
    parts += [Evolves(node_of(correlation), trained, w, node_of(0), where=rest) for w in trained]
    square = x1**2 + x2**2
    end = [-across * beside * x2 / square, across * beside * x1 / square]  # of length |beside|/|x|, orthogonal to x
    domain = [square > 0, sp.Eq(along, 0)]
    parts += [equal(entry, w, domain) for entry, w in zip(end, (w1, w2), strict=True)]
    q = w1**2 + w2**2 - 2 * v**2
    parts.append(equal((w1**2 + w2**2 - q) / half, v**2))
    return every(*parts)


@claim(
    "kumar-haupt-2h-2024/eigenvector-rate",
    source="[paper] arXiv 2402.09226 for the setting; the rate is derived",
    controls={
        "rate l1 - l2": dict(rate=1),
        "rate 2 l1": dict(other=0),
        "every start turns to the largest eigenvector": dict(moves=1),
    },
)
def eigenvector_rate(rate: int = 2, other: int = 1, moves: int = 0) -> Statement:
    """N(u) = l1 u1^2 + l2 u2^2 + l3 u3^2 in the basis of eigenvectors: u2/u1 falls like e^(-2 (l1 - l2) t), exactly, and the
    plane u1 = 0 is never left, so that a start orthogonal to the first eigenvector does not find it.

    In the eigenbasis of any sum_i y_i x_i x_i^T, squared activation.
    """
    u, eigenvalues = sp.symbols("u1:4", real=True), sp.symbols("l1:4", real=True)
    ascent = node_of(-sum(e * x**2 for e, x in zip(eigenvalues, u, strict=True)))
    trained = tuple(leaf(x.name) for x in u)
    domain = (relation(sp.Ne(u[0], 0)),)
    parts: list[Statement] = []
    for k in (1, 2):
        ratio = u[k] / u[0]
        gap = rate * (eigenvalues[0] - other * eigenvalues[k])
        parts.append(Evolves(ascent, trained, node_of(ratio), node_of(-gap * ratio), where=domain))
    plane = (relation(sp.Eq(u[0], 0)),)
    parts.append(Evolves(ascent, trained, leaf("u1"), node_of(moves * u[1]), where=plane))
    return every(*parts)


@claim(
    "kumar-haupt-2h-2024/largest-value",
    source="[paper] arXiv 2402.09226 for the setting; derived from first principles",
    controls={
        "lambda = N": dict(multiplier=1),
        "|v| = 2 |W|": dict(share=2),
        "N = |X^T y|": dict(height=1),
    },
)
def largest_value(multiplier: int = 2, share: int = 1, height: str | int = "1/2") -> Statement:
    """H = v^T W x, N = v^T W s with s = X^T y: at v = a, W = a s^T/|s| for every vector a, grad N = 2 N/|u|^2 u and N/|u|^2 =
    |s|/2: the rank-one KKT points, |v| = |W|.

    Two hidden neurons and two inputs.
    """
    (a1, a2), (s1, s2) = sp.symbols("a1 a2", real=True), sp.symbols("s1 s2", real=True)
    a, s = sp.Matrix([a1, a2]), sp.Matrix([s1, s2])
    size = sp.sqrt(s1**2 + s2**2)
    v, W = share * a, a * s.T / size
    correlation = (v.T * W * s)[0]
    square = (v.T * v)[0] + (W * W.T).trace()
    factor = multiplier * correlation / square
    domain = [s1**2 + s2**2 > 0, a1**2 + a2**2 > 0]
    slopes = [*(W * s), *(v * s.T)]
    pairs = zip(slopes, [*v, *W], strict=True)
    parts: list[Statement] = [equal(slope, factor * entry, domain) for slope, entry in pairs]
    parts.append(equal(correlation / square, sp.Rational(height) * size, domain))
    V, M = sp.symbols("v1 v2", real=True), sp.symbols("W11 W12 W21 W22", real=True)
    value = sum(V[j] * M[2 * j + k] * (s1, s2)[k] for j in range(2) for k in range(2))
    trained = tuple(leaf(x.name) for x in (*V, *M))
    for j in range(2):
        row = M[2 * j] * s1 + M[2 * j + 1] * s2
        parts.append(Evolves(node_of(-value), trained, leaf(V[j].name), node_of(row)))
        parts += [Evolves(node_of(-value), trained, leaf(M[2 * j + k].name), node_of(V[j] * (s1, s2)[k])) for k in range(2)]
    return every(*parts)

"""Chou, Rauhut and Ward, robust implicit regularization by weight normalization (arXiv 2305.05448)."""

from __future__ import annotations

import sympy as sp

from wnproof.claims.claim import claim
from wnproof.claims.expressions import node_of, relation
from wnproof.claims.statements import every
from wnproof.graph.nodes import leaf
from wnproof.graph.statement import Evolves, Statement


@claim(
    "chou-2023/diagonal-weight-normalization",
    source="[paper] arXiv 2305.05448 for the setting (diagonal linear networks); the equations are derived",
    controls={
        "degree one": dict(power=0),
        "x follows the plain diagonal flow": dict(normalized=False),
        "|g| is constant": dict(frozen="g"),
    },
)
def diagonal_flow(power: int = 1, normalized: bool = True, frozen: str = "v") -> Statement:
    """A diagonal linear network x = w^L entry by entry with w = g v/|v|, any loss: with c_k = L w_k^(L-1) dF/dx_k, |v| is
    constant and x_k' = -L w_k^(L-1) (h h^T c + (g/|v|)^2 (c - h h^T c))_k, h = v/|v|; without normalization x_k' = -L
    w_k^(L-1) c_k.

    Two entries, L = 1, 2, 3; dF/dx is any covector e, that is F = <e, x>.
    """
    g, (v1, v2), (e1, e2) = sp.Symbol("g", real=True), sp.symbols("v1 v2", real=True), sp.symbols("e1 e2", real=True)
    trained = tuple(leaf(name) for name in ("g", "v1", "v2"))
    length = sp.sqrt(v1**2 + v2**2)
    domain = tuple(relation(r) for r in (v1**2 + v2**2 > 0,))
    parts: list[Statement] = []
    for degree in (1, 2, 3):
        w = [g * v / length for v in (v1, v2)]
        x = [entry**degree for entry in w]
        loss = e1 * x[0] + e2 * x[1]
        slopes = [degree * entry ** ((degree - 1) * power) for entry in w]
        c = [slope * e for slope, e in zip(slopes, (e1, e2), strict=True)]
        along = (v1 * c[0] + v2 * c[1]) / length**2
        kept = {"v": v1**2 + v2**2, "g": g**2}[frozen]
        parts.append(Evolves(node_of(loss), trained, node_of(kept), node_of(0), where=domain))
        for k, v in enumerate((v1, v2)):
            moved = along * v + g**2 / length**2 * (c[k] - along * v) if normalized else c[k]
            parts.append(Evolves(node_of(loss), trained, node_of(x[k]), node_of(-slopes[k] * moved), where=domain))
    return every(*parts)

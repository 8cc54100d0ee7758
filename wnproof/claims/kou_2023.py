"""Kou, Chen and Gu, implicit bias on nearly orthogonal data: the rank of the weights (2023)."""

from __future__ import annotations

import sympy as sp

from wnproof.claims.claim import claim
from wnproof.claims.statements import equal, every
from wnproof.graph.statement import Statement

FAR: tuple[sp.Rational, ...] = (sp.S.Zero, sp.S.One)


@claim(
    "kou-2023/stable-rank",
    source="[memory] Kou, Chen and Gu 2023 for the subject; that the limit is per block of output signs is derived here",
    controls={
        "stable rank one for all of W": dict(power=0),
        "second singular value sqrt(1 + g^2)": dict(second=0),
        "overlapping classes": dict(other=(sp.Rational(3, 5), sp.Rational(4, 5))),
        "classes of different length": dict(other=(sp.S.Zero, sp.Integer(2))),
    },
)
def stable_rank(power: int = 1, second: int = 1, other: tuple[sp.Rational, ...] = FAR) -> Statement:
    """Leaky ReLU of slope g on orthogonal classes of one length, S and T: rows along v = S - g T for positive and w = T - g S for
    negative outputs have the singular values (1 + g)|S| and (1 - g)|S|, and the stable rank 1 + ((1 - g)/(1 + g))^2, not 1;
    cos(v, w) = -2 g/(1 + g^2).

    M = v v^T + w w^T has M (S - T) = (1 + g)^2 |S|^2 (S - T), M (S + T) = (1 - g)^2 |S|^2 (S + T), and the trace that is
    their sum. In the plane of S = (s, 0) and T = (0, s); only inner products matter. As many rows of each kind as of the other.
    """
    g, s = sp.symbols("g s", real=True)
    S, T = sp.Matrix([s, 0]), s * sp.Matrix(other)
    v, w = S - g * T, T - g * S
    M = v * v.T + w * w.T
    small = (1 - g) ** 2 if second else 1 + g**2
    parts: list[Statement] = []
    for x, factor in ((S - T, (1 + g) ** 2), (S + T, small)):
        parts += [equal(left, right) for left, right in zip(M * x, factor * s**2 * x, strict=True)]
    domain = [s > 0, g >= 0]
    ratio = M.trace() / ((1 + g) ** 2 * s**2)
    parts.append(equal(ratio, 1 + power * ((1 - g) / (1 + g)) ** 2, domain))
    lengths = sp.sqrt((v.T * v)[0]) * sp.sqrt((w.T * w)[0])
    parts.append(equal((v.T * w)[0] / lengths, -2 * g / (1 + g**2), domain))
    return every(*parts)

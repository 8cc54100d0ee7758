"""Inequalities behind the theory: a normalized form never falls along its own gradient flow, because of Cauchy and Schwarz."""

from __future__ import annotations

import sympy as sp

from wnproof.claims.claim import claim
from wnproof.claims.expressions import node_of
from wnproof.claims.statements import at_least, every
from wnproof.graph.nodes import contract, leaf
from wnproof.graph.statement import AtLeast, EvolvesAtLeast, Statement


@claim(
    "core/normalized-growth",
    source="derived from first principles",
    controls={"downhill": dict(sign=-1), "a higher power of the norm": dict(power=4), "three times the mean": dict(factor=3)},
)
def normalized_growth(sign: int = 1, power: int = 2, factor: int = 2) -> Statement:
    """d/dt [N/|u|^2] >= 0 along u' = grad N for every quadratic form of two variables, where u is not 0; <u, v>^2 <= |u|^2 |v|^2
    in every dimension, and 2 sqrt(p q) <= p + q.
    """
    x, y, a, b, c = sp.symbols("x y a b c", real=True)
    p, q = sp.symbols("p q", positive=True)
    form = a * x**2 + 2 * b * x * y + c * y**2
    ratio = form / (x**2 + y**2) ** sp.Rational(power, 2)
    grows = EvolvesAtLeast(node_of(-sign * form), (leaf("x"), leaf("y")), node_of(ratio), node_of(sp.S.Zero))
    u, v = leaf("u", ("k",)), leaf("v", ("k",))
    squares = contract((contract((u, u), ()), contract((v, v), ())), ())
    schwarz = AtLeast(squares, contract((contract((u, v), ()),) * 2, ()), {"k": 2})
    return every(grows, schwarz, at_least(p + q, factor * sp.sqrt(p * q)))

"""Inequalities behind the theory: a normalized form never falls along its own gradient flow, because of Cauchy and Schwarz."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sympy as sp

from wnproof.claims.claim import claim
from wnproof.claims.expressions import node_of
from wnproof.claims.statements import at_least, every
from wnproof.graph.nodes import contract, leaf
from wnproof.graph.statement import AtLeast, Evolves, EvolvesAtLeast, Statement


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


@claim(
    "core/blowup-bounds",
    source="derived from first principles",
    controls={
        "the upper bound with L (L - 1)": dict(upper=lambda degree: degree * (degree - 1), degrees=(3,)),
        "the lower bound without L - 2": dict(lower=lambda degree: degree, degrees=(4,)),
        "the lower bound with L (L - 1)": dict(lower=lambda degree: degree * (degree - 1), degrees=(3,)),
    },
)
def blowup_bounds(
    upper: Callable[[int], int] = lambda degree: degree * (degree - 2),
    lower: Callable[[int], int] = lambda degree: degree * (degree - 2),
    degrees: Sequence[int] = (3, 4),
) -> Statement:
    """Along u' = grad N, N > 0 of degree L > 2: d/dt [-|u|^2 / N] >= L (L - 2), so the blow-up is at T* <= |u0|^2 / (L (L - 2)
    N(u0)); d/dt |u|^(2-L) = -L (L - 2) N(u/|u|), so T* >= |u0|^(2-L) / (L (L - 2) N_max), N_max the maximum of N on the sphere.

    The first by Cauchy, Schwarz and Euler, for cubics and quartics in two and three variables.
    """
    x, y, z = sp.symbols("x y z", real=True)
    forms = {3: (x**2 * y, x * y * z), 4: (x**3 * y,)}
    parts: list[Statement] = []
    for degree in degrees:
        for form in forms[degree]:
            variables = sorted(form.free_symbols, key=str)
            square, trained = sum(v**2 for v in variables), tuple(leaf(v.name) for v in variables)
            positive = ((">", node_of(form)),)
            shrinks = -lower(degree) * form / square ** sp.Rational(degree, 2)
            radius = node_of(square ** sp.Rational(2 - degree, 2))
            parts.append(EvolvesAtLeast(node_of(-form), trained, node_of(-square / form), node_of(upper(degree)), where=positive))
            parts.append(Evolves(node_of(-form), trained, radius, node_of(shrinks), where=positive))
    return every(*parts)

"""Eberle, Jentzen, Riekert and Weiss (arXiv 2207.06246): a box that the normalized flow never leaves, proved on its faces."""

from __future__ import annotations

import sympy as sp

from wnproof.claims.claim import claim
from wnproof.claims.statements import at_least, equal, every
from wnproof.graph.statement import Statement

KNOTS, SLOPES = (sp.Rational(1, 6), sp.Rational(1, 2)), (sp.Integer(1), sp.Rational(5, 3))
LEVEL, RISK = sp.Rational(13, 10000), sp.Rational(4, 3645)
START = (sp.Rational(1, 3), sp.Rational(4, 3), sp.Rational(1, 27))


@claim(
    "eberle-2022/box",
    source="[paper] arXiv 2207.06246 for boundedness (abstract); this box, its level and the proof are derived",
    controls={
        "level 1/100": {"level": sp.Rational(1, 100)},
        "knots up to 7/20 only": {"knots": (KNOTS[0], sp.Rational(7, 20))},
        "slopes from 4/3": {"slopes": (START[1], SLOPES[1])},
        "the start has risk 1/1000": {"lost": sp.Rational(1, 1000)},
        "|v| is the slope": {"stretched": 0},
    },
)
def box(
    level: sp.Expr = LEVEL,
    knots: tuple[sp.Expr, sp.Expr] = KNOTS,
    slopes: tuple[sp.Expr, sp.Expr] = SLOPES,
    lost: sp.Expr = RISK,
    stretched: int = 1,
) -> Statement:
    """One ReLU neuron with unit row (w, b), target x^2, uniform density on [0, 1], risk integral of (f - x^2)^2: from every start
    with w > 0, knot q = -b/w in [1/6, 1/2], slope S = v w in [1, 5/3] and risk below 13/10000 the normalized flow stays there for
    ever, and |v| = S sqrt(1 + q^2) <= 5/3 sqrt(5/4).

    The risk only falls along the flow (eberle-2022/invariance), and it is at least 13/10000 wherever q or S is at an end of its
    interval, for every outer bias c. Such starts exist: the risk at q = 1/3, S = 4/3, c = 1/27 is 4/3645. For w > 0 the network
    is c + S relu(x - q).
    """
    q, S, c, x, w, b, v = sp.symbols("q S c x w b v", real=True)
    risk = sp.integrate(sp.expand((c - x**2) ** 2), (x, 0, q))
    risk = sp.expand(risk + sp.integrate(sp.expand((c + S * (x - q) - x**2) ** 2), (x, q, 1)))
    forward = w > 0
    parts: list[Statement] = [equal(c + v * sp.Max(w * x + b, 0), c + v * w * sp.Max(x + b / w, 0), forward)]
    unit = [forward, sp.Eq(w**2 + b**2, 1)]
    parts.append(equal(v**2, (v * w) ** 2 * (1 + stretched * (b / w) ** 2), unit))
    parts += [at_least(risk.subs(q, end), level) for end in knots]
    parts += [at_least(risk.subs(S, end), level, [q >= knots[0], q <= knots[1]]) for end in slopes]
    parts.append(equal(risk.subs(dict(zip((q, S, c), START, strict=True))), lost))
    parts.append(at_least(level, lost))
    return every(*parts)

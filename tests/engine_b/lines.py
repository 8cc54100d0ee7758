"""Lines of KKT points of a form in two variables, from the real roots of one polynomial."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp
from flint import Ordering, fmpq, fmpq_mpoly_ctx


def true(statement):
    """Whether each box has one line, no two the same one, and every line is in one if they are said to be all."""
    assert len(statement["trained"]) == 2
    p = _form(statement)
    degree = p.total_degree()
    if any(sum(e) != degree for e in p.monoms()) or degree < 1:
        return False
    t = sp.Symbol("t")
    along = p.as_expr().subs(dict(zip(p.gens, (1, t), strict=True)))
    slope = sp.Poly(sp.diff(along, t) * (1 + t**2) - degree * t * along, t)
    if slope.is_zero:
        return False  # every line is one
    lines = [(sp.S.One, root) for root in dict.fromkeys(slope.real_roots())] + [(sp.S.Zero, sp.S.One)] * (slope.degree() < degree)
    places = []
    for chart, centre, radius in statement["boxes"]:
        middle, r = sp.Rational(centre[1 - chart]), sp.Rational(radius)
        inside = [k for k, line in enumerate(lines) if line[chart] != 0 and _near(line[1 - chart] / line[chart], middle, r)]
        if len(inside) != 1:
            return False
        places += inside
    return len(set(places)) == len(places) and (not statement["complete"] or len(places) == len(lines))


def _near(x, middle, radius):
    return bool(sp.Abs(x - middle).evalf(60) <= radius)


def _form(statement):
    context = fmpq_mpoly_ctx.get(statement["trained"], Ordering.lex)
    places, done = dict(zip(statement["trained"], context.gens(), strict=True)), []
    for node in statement["graph"]:
        of = [done[k] for k in node.get("args", ())]
        done.append(places[node["leaf"]] if "leaf" in node else _value(node["map"], of, context))
    x = sp.symbols(statement["trained"], real=True)
    terms = {e: sp.Rational(int(fmpq(c).p), int(fmpq(c).q)) for e, c in done[statement["function"]].to_dict().items()}
    return sp.Poly.from_dict({tuple(map(int, e)): c for e, c in terms.items()}, *x)


def _value(expression, of, context):
    op, *rest = expression
    if op == "arg":
        return of[rest[0]]
    if op == "num":
        number = Fraction(rest[0])
        return context.constant(fmpq(number.numerator, number.denominator))
    if op == "^":
        return _value(rest[0], of, context) ** int(rest[1])
    out = _value(rest[0], of, context)
    for more in rest[1:]:
        out = out + _value(more, of, context) if op == "+" else out * _value(more, of, context)
    return out

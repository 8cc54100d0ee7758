"""Plain SymPy expressions at exact points, straight from the tree: what the user wrote, before anything is translated."""

from __future__ import annotations

import sympy as sp
from flint import fmpq

from tests.engine_b import numbers as n

RELATIONS = {
    sp.StrictGreaterThan: (1,),
    sp.GreaterThan: (0, 1),
    sp.StrictLessThan: (-1,),
    sp.LessThan: (-1, 0),
    sp.Equality: (0,),
    sp.Unequality: (-1, 1),
}


def value(expr, point):
    """The expression's value; ``point`` maps symbols' names to rationals."""
    if expr.is_Symbol:
        return point[expr.name]
    if expr.is_Rational:
        return fmpq(int(expr.p), int(expr.q))
    if expr is sp.E:
        return n.exp(n.ball(fmpq(1)))
    of = [value(a, point) for a in expr.args]
    if expr.is_Add or expr.is_Mul:
        out = of[0]
        for x in of[1:]:
            out = (n.add if expr.is_Add else n.mul)(out, x)
        return out
    if expr.is_Pow:
        return n.power(of[0], of[1])
    if isinstance(expr, sp.Max | sp.Min):
        return _largest(of, 1 if isinstance(expr, sp.Max) else -1)
    if isinstance(expr, sp.Abs):
        return _largest([of[0], n.mul(fmpq(-1), of[0])], 1)
    if type(expr).__name__ == "Pw":
        side, (z, above, below, p) = n.sign(of[0]), of
        if p == 0 and not side and above != below:
            raise n.Undefined("the side of a kink")
        if side is None:
            return n.hull(*(n.mul(c, n.integer_power(z, int(p.p))) for c in (above, below)))
        return fmpq(0) if not side and p else n.mul(below if side < 0 else above, n.integer_power(z, int(p.p)))
    return {sp.exp: n.exp, sp.log: n.log, sp.tanh: n.tanh}[type(expr)](of[0])


def _largest(of, orientation):
    """Max (1) or Min (-1); balls that overlap are joined."""
    best = of[0]
    for x in of[1:]:
        side = n.sign(n.add(x, n.mul(fmpq(-1), best)))
        if side is None:
            best = n.ball(x).union(n.ball(best))
        elif side * orientation > 0:
            best = x
    return best


def false_at(left, right, where, point, bits=256):
    """Whether left = right is certainly false at a point at which every relation of ``where`` certainly holds."""
    with n.precision(bits):
        try:
            for relation in where:
                side = n.sign(n.add(value(relation.lhs, point), n.mul(fmpq(-1), value(relation.rhs, point))))
                if side not in RELATIONS[type(relation)]:
                    return False
            return n.differ(value(left, point), value(right, point))
        except (n.Undefined, ZeroDivisionError):
            return False

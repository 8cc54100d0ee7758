"""Exact equality of SymPy expressions built from polynomials, roots, exp, log, tanh, erf and kinks, as an identity of
rational functions."""

from __future__ import annotations

import sympy as sp

from wnproof.graph.kink import Pw


def difference_is_zero(a: sp.Expr, b: sp.Expr) -> bool:
    """Whether a - b vanishes identically, opaque functions being independent symbols and s^2 = its base for square roots."""
    expr = sp.S(a) - sp.S(b)
    relations = []
    for k in range(100):
        powers = [
            p for p in expr.atoms(sp.Pow) if p.exp.is_Rational and p.exp.q == 2 and not p.base.is_Symbol and not p.base.is_number
        ]
        if not powers:
            break
        base = min((p.base for p in powers), key=sp.count_ops)
        root = sp.Symbol(f"root{k}", positive=True)
        expr = expr.subs(base, root**2)
        relations.append(root**2 - base)
    opaque = sorted(expr.atoms(Pw, sp.exp, sp.log, sp.tanh, sp.erf), key=sp.count_ops, reverse=True)
    exponentials: dict[sp.Expr, sp.Dummy] = {}
    for k, f in enumerate(opaque):
        expr = expr.xreplace({f: _power(f, exponentials) if isinstance(f, sp.exp) else sp.Dummy(f"f{k}")})
    numerator = sp.expand(sp.numer(sp.together(expr)))
    if numerator == 0 or not relations:
        return numerator == 0
    generators = sorted(
        numerator.free_symbols | {s for r in relations for s in r.free_symbols},
        key=lambda s: (not s.name.startswith("root"), s.name),
    )
    return sp.reduced(numerator, relations[::-1], *generators, order="lex")[1] == 0


def _power(exponential: sp.exp, named: dict[sp.Expr, sp.Dummy]) -> sp.Expr:
    """exp(a u + b v + ...) as a product of powers of one symbol for exp(u), one for exp(v), ...; a, b, ... are integers."""
    result = sp.S.One
    for term in sp.Add.make_args(sp.expand(exponential.args[0])):
        coefficient, u = term.as_coeff_Mul()
        size, u = (coefficient, u) if coefficient.is_Integer else (sp.S.One, term)
        result *= named.setdefault(u, sp.Dummy("exp")) ** size
    return result

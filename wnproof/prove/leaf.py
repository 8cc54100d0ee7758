"""What closes one case: zero, cofactors of what is 0 there, sums of products of facts, sums of squares, or a contradiction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from wnproof.checker.case import Case
from wnproof.checker.polynomial import POSITIVE, Poly, plus
from wnproof.graph.quantity import as_fraction
from wnproof.graph.statement import text
from wnproof.prove.contradiction import combination, contradiction
from wnproof.prove.squares import no_point, sum_of_squares


def leaf_evidence(case: Case, thorough: bool = True) -> object | None:
    """The leaf in the checker's form, or None when nothing was found; semidefinite programs only where ``thorough``."""
    remaining = [case.ring.numerator(difference) for _, difference in case.differences]
    if not any(remaining):
        return "zero"
    rows: list[Any] = []
    for difference in remaining:
        row = _row(case, difference, thorough) if difference else []
        if row is None:
            return contradiction(case) or (no_point(case) if thorough and not case.equation else None)
        rows.append(row)
    return {"sums": rows}


def _row(case: Case, difference: Poly, thorough: bool) -> list[Any] | None:
    """Terms that add up to the difference."""
    if (row := _cofactors(case, difference)) is not None or case.equation:
        return row
    facts = [*case.facts(), (plus({}, difference, -1), POSITIVE)]
    row = combination(case, facts, difference)
    return sum_of_squares(case, facts, difference) if row is None and thorough else row


def _cofactors(case: Case, difference: Poly) -> list[Any] | None:
    """Terms [1, [k], C_k] with difference = sum_k C_k fact_k, facts that are 0, modulo the roots' own equations, by polynomial
    division.
    """
    zeros = {k: p for k, (p, signs) in enumerate(case.facts()) if signs == {0}}
    if not zeros:
        return None
    atoms = case.ring.atoms
    symbols = {k: sp.Symbol(f"a{k}") for k in case.atoms}
    roots = [_expr({((k, atoms[k].degree),): 1}, symbols) - _expr(atoms[k].base, symbols) for k in case.atoms if atoms[k].degree]
    divisors = {k: _expr(p, symbols) for k, p in zeros.items()}
    target = _expr(difference, symbols)
    every = [*divisors.values(), *roots]
    generators = sorted((target.free_symbols | {s for d in every for s in d.free_symbols}), key=lambda s: s.name)
    if any(not expr.is_polynomial(*generators) for expr in (target, *every)):
        return None
    for order in (generators, generators[::-1]):
        quotients, remainder = sp.reduced(target, every, *order, order="grevlex", polys=True)
        if remainder.is_zero:
            names = {s: atoms[k].name for k, s in symbols.items()}
            return [
                ["1", [k], _encode(quotient, order, names)]
                for k, quotient in zip(divisors, quotients, strict=False)
                if not quotient.is_zero
            ]
    return None


def _expr(p: Mapping[Any, Any], symbols: Mapping[int, sp.Symbol]) -> sp.Expr:
    terms = (sp.Mul(sp.Rational(c.numerator, c.denominator), *(symbols[a] ** sp.Rational(e) for a, e in m)) for m, c in p.items())
    return sp.Add(*terms)


def _encode(quotient: sp.Poly, generators: list[sp.Symbol], names: Mapping[sp.Symbol, str]) -> list[Any]:
    rows = []
    for powers, c in quotient.terms():
        if c:
            rows.append([text(as_fraction(c)), {names[g]: int(e) for g, e in zip(generators, powers, strict=True) if e}])
    return rows

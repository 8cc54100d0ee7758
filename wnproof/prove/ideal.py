"""What is 0 in a case: symbols that it gives outright, and polynomials as combinations of what is 0."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import sympy as sp

from wnproof.checker.case import Case
from wnproof.checker.polynomial import Poly, plus
from wnproof.graph.quantity import as_fraction
from wnproof.graph.statement import text


def given_outright(case: Case) -> dict[int, Poly]:
    """Atoms that equations of the case give in terms of others, a = p without a; no such atom is left in any p."""
    given: dict[int, Poly] = {}
    zeros = [p for p, signs in case.facts() if signs == {0}]
    everywhere = Counter(a for fact in zeros for a in {a for m in fact for a, _ in m})
    for fact in zeros:
        p = substituted(case, fact, given)
        uses = [a for m in p for a, _ in m]
        alone = [
            m[0][0]
            for m in p
            if len(m) == 1 and m[0][1] == 1 and uses.count(m[0][0]) == 1 and not case.ring.atoms[m[0][0]].degree
        ]
        if alone:
            a = min(alone, key=lambda a: (everywhere[a], a))
            c = p[((a, 1),)]
            value = {m: -x / c for m, x in p.items() if m != ((a, 1),)}
            given = {b: substituted(case, q, {a: value}) for b, q in given.items()} | {a: value}
    return given


def substituted(case: Case, p: Poly, given: Mapping[int, Poly]) -> Poly:
    """The polynomial with these atoms replaced."""
    out: Poly = {}
    for m, c in p.items():
        part: Poly = {tuple((a, e) for a, e in m if a not in given): c}
        for a, e in m:
            if a in given:
                part = case.ring.product(part, case.ring.raised(given[a], int(e)))
        out = plus(out, part)
    return out


def cofactors(case: Case, difference: Poly) -> list[Any] | None:
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
    given = {symbols[a] for a in given_outright(case)}
    eliminated = sorted(generators, key=lambda s: s not in given)
    for ranking, order in (("grevlex", generators), ("grevlex", generators[::-1]), ("lex", eliminated)):
        quotients, remainder = sp.reduced(target, every, *order, order=ranking, polys=True)
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

"""Cell evidence: the sign tree of an identity, with ideal cofactors where an equation of the path is needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import chain, count
from typing import Any

import sympy as sp

from wnproof.checker.cells import ALLOWED, Case, Split, grow, start
from wnproof.checker.domain import pose
from wnproof.checker.polynomial import Poly
from wnproof.checker.reader import Invalid
from wnproof.checker.statement import Identity, parse
from wnproof.graph.quantity import as_fraction
from wnproof.graph.statement import text
from wnproof.prove.contradiction import contradiction
from wnproof.prove.inside import inside_points
from wnproof.prove.witness import point_evidence

Json = dict[str, Any]
Evidence = dict[str, Any]
CASE_LIMIT = 20_000


class _TooManyCases(Exception):  # noqa: N818 - a limit, not a mistake
    """The tree has more leaves than anyone would want to check, or one that stays open."""


def cell_evidence(statement: Json, open_cases: list[Case]) -> Iterator[Evidence]:
    """The tree of the encoded statement with every leaf closed, beside candidate points of its domain.

    Nothing comes when a leaf stays open (its case goes to ``open_cases``), and nothing beyond the limits (``CASE_LIMIT``
    leaves, the checker's bounds on products). The tree is grown with the checker's own arithmetic: evidence needs no
    trust, and one arithmetic is enough to find it.
    """
    parsed = parse(statement)
    assert isinstance(parsed, Identity)
    leaves = count()
    closed: list[Case] = []

    def close(case: Case) -> object:
        if next(leaves) >= CASE_LIMIT:
            raise _TooManyCases
        leaf = _close(case)
        if leaf is None:
            open_cases.append(case)
        elif not (isinstance(leaf, dict) and "empty" in leaf):
            closed.append(case)
        return leaf

    try:
        tree = grow(parsed, close)
    except (_TooManyCases, Invalid):
        return
    if not open_cases:
        for point in chain((point for _, point in point_evidence(statement)), inside_points(statement, closed)):
            yield {"kind": "cells", "tree": tree, "point": point}


def is_vacuous(statement: Json) -> bool:
    """Whether the encoded identity's domain is shown to be empty: in every case the signs of its relations contradict each other.

    False when that is not shown, which does not mean that the domain has a point.
    """
    parsed = parse(statement)
    assert isinstance(parsed, Identity)
    leaves = count()
    with suppress(Split, Invalid):  # a sign that follows from the others is not among the facts of a case
        whole = start(pose(parsed))
        if any(not whole.ring.possible(whole.value(k)) & ALLOWED[relation] for relation, k in whole.task.where):
            return True

    def close(case: Case) -> object:
        leaf = contradiction(case) if next(leaves) < CASE_LIMIT else None
        if leaf is None:
            raise _TooManyCases
        return leaf

    try:
        grow(parsed, close)
    except (_TooManyCases, Invalid):
        return False
    return True


def _close(case: Case) -> object | None:
    """What closes the case: "zero", cofactors of the path's relations, or signs that contradict each other."""
    remaining = [case.ring.cleared(difference)[0] for _, difference in case.differences]
    if not any(remaining):
        return "zero"
    rows = [_cofactors(difference, case) for _, difference in case.differences]
    return {"ideal": rows} if all(row is not None for row in rows) else contradiction(case)


def _cofactors(difference: Poly, case: Case) -> list[Any] | None:
    """Polynomials C_k with difference = sum_k C_k relation_k modulo the roots' own equations, by polynomial division."""
    if not difference:
        return [[] for _ in case.relations]
    if not case.relations:
        return None
    atoms = case.ring.atoms
    symbols = {k: sp.Symbol(f"a{k}") for k in range(len(atoms))}
    roots = [_expr({((k, atom.degree),): 1}, symbols) - _expr(atom.base, symbols) for k, atom in enumerate(atoms) if atom.degree]
    given = [_expr(relation, symbols) for relation in case.relations]
    divisors = [divisor for divisor in (*given, *roots) if divisor != 0]  # a relation may hold throughout the case
    target = _expr(difference, symbols)
    generators = sorted((target.free_symbols | {s for d in divisors for s in d.free_symbols}), key=lambda s: s.name)
    if any(not expr.is_polynomial(*generators) for expr in (target, *divisors)):
        return None
    for order in (generators, generators[::-1]):
        quotients, remainder = sp.reduced(target, divisors, *order, order="grevlex", polys=True)
        if remainder.is_zero:
            names = {s: atoms[k].name for k, s in symbols.items()}
            found = iter(quotients)
            return [_encode(next(found), order, names) if divisor != 0 else [] for divisor in given]
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

"""Positivstellensatz evidence: that the signs known in a case contradict each other, found by linear programming and made exact.

Products of at most two facts p >= 0 are added up with unknown coefficients; a sum that vanishes identically, with a
positive coefficient on a product of facts p > 0, shows that no point has these signs. Degree two is enough for products
of kinks' arguments; degree one is Farkas' lemma.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import sympy as sp
from scipy.optimize import linprog
from scipy.sparse import csc_array, vstack

from wnproof.checker.cells import Case
from wnproof.checker.polynomial import Poly
from wnproof.checker.reader import Invalid
from wnproof.graph.quantity import as_fraction, exact
from wnproof.graph.statement import text

FACT_LIMIT = 40
Term = tuple[tuple[int, ...], Poly, bool, bool]  # facts, their product, positive, zero


def contradiction(case: Case) -> dict[str, Any] | None:
    """The leaf {"empty": ...} that shows the case to be empty, or None when none was found."""
    facts = case.facts()
    if not 0 < len(facts) <= FACT_LIMIT:
        return None
    for largest in (1, 2):  # products of facts on a thin case nearly vanish, which a float cannot tell from a proof
        try:
            terms = [_term(case, facts, picks) for picks in _picks(len(facts), largest)]
        except Invalid:
            return None
        if (solution := _solution(terms)) is not None:
            return {"empty": [[text(c), list(term[0])] for c, term in zip(solution, terms, strict=True) if c]}
    return None


def _picks(facts: int, largest: int) -> list[tuple[int, ...]]:
    return [picks for size in range(largest + 1) for picks in combinations_with_replacement(range(facts), size)]


def _term(case: Case, facts: list[tuple[Poly, frozenset[int]]], picks: tuple[int, ...]) -> Term:
    product: Poly = {(): Fraction(1)}
    for k in picks:
        product = case.ring.product(product, facts[k][0])
    signs = [facts[k][1] for k in picks]
    return picks, product, all(s == {1} for s in signs), any(s == {0} for s in signs)


def _solution(terms: list[Term]) -> list[Fraction] | None:
    """Coefficients of a vanishing sum, exact: the linear program names the terms, rational arithmetic finds the numbers."""
    rows = {monomial: k for k, monomial in enumerate(sorted({m for _, p, _, _ in terms for m in p}))}
    size = [max(map(abs, p.values()), default=Fraction(1)) for _, p, _, _ in terms]
    entries = [(rows[m], column, float(c / size[column])) for column, (_, p, _, _) in enumerate(terms) for m, c in p.items()]
    values, (i, j) = [e[2] for e in entries], zip(*((e[0], e[1]) for e in entries), strict=True)
    sums = csc_array((values, (np.array(i), np.array(j))), shape=(len(rows), len(terms)))
    positive = csc_array(np.array([[float(strict) for _, _, strict, _ in terms]]))
    bounds = [(None, None) if zero else (0, None) for *_, zero in terms]
    found = linprog(
        np.array([0.0 if zero else 1.0 for *_, zero in terms]),
        A_eq=vstack([sums, positive]),
        b_eq=np.append(np.zeros(len(rows)), 1.0),
        bounds=bounds,
        method="highs",
    )
    if found.status != 0:
        return None
    chosen = [k for k, x in enumerate(found.x) if abs(x) > 1e-9]
    return _exact(terms, chosen)


def _exact(terms: list[Term], chosen: list[int]) -> list[Fraction] | None:
    """The one combination of the chosen terms that vanishes, when it has the signs it needs."""
    monomials = sorted({m for k in chosen for m in terms[k][1]})
    matrix = sp.Matrix(len(monomials), len(chosen), lambda r, c: exact(terms[chosen[c]][1].get(monomials[r], Fraction(0))))
    for vector in matrix.nullspace():
        for sign in (1, -1):
            numbers = [sign * as_fraction(x) for x in vector]
            if all(x > 0 or terms[k][3] or not x for x, k in zip(numbers, chosen, strict=True)):
                out = [Fraction(0)] * len(terms)
                for x, k in zip(numbers, chosen, strict=True):
                    out[k] = x
                return out
    return None

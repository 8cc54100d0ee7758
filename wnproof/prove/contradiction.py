"""Sums of products of facts that a case's leaf asks for, found by linear programming and made exact.

Products of at most two facts p >= 0, in which atoms that equations give outright are replaced, are added up with unknown
coefficients. A sum that vanishes identically, with a positive coefficient on a product of facts p > 0, shows that no point has
these signs; a sum that is the difference of two sides shows an inequality. Degree two is enough for products of kinks'
arguments; degree one is Farkas' lemma.
"""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from itertools import combinations_with_replacement, product
from typing import Any

import numpy as np
import sympy as sp
from scipy.optimize import linprog
from scipy.sparse import csc_array, vstack

from wnproof.checker.case import Case, Fact
from wnproof.checker.polynomial import Poly, plus
from wnproof.checker.reader import Invalid
from wnproof.graph.quantity import as_fraction, exact
from wnproof.graph.statement import text
from wnproof.prove.ideal import cofactors, given_outright, substituted

FACT_LIMIT = 40
ONE = [["1", {}]]  # the factor 1
Term = tuple[tuple[int, ...], Poly, bool, bool]  # facts, their product, positive, zero
Leaf = list[Any]  # terms in the checker's form


def contradiction(case: Case) -> dict[str, Any] | None:
    """The leaf {"empty": ...} that shows the case to be empty, or None when none was found."""
    terms = _combined(case, case.facts(), None)
    return None if terms is None else {"empty": terms}


def combination(case: Case, facts: list[Fact], target: Poly) -> Leaf | None:
    """Terms of these facts that add up to the target, or None when none were found."""
    return _combined(case, facts, target)


def product_of(case: Case, facts: list[Fact], picks: tuple[int, ...]) -> Poly:
    """The product of the picked facts."""
    product: Poly = {(): Fraction(1)}
    for k in picks:
        product = case.ring.product(product, facts[k][0])
    return product


def _combined(case: Case, facts: list[Fact], target: Poly | None) -> Leaf | None:
    if not 0 < len(facts) <= FACT_LIMIT:
        return None
    given = given_outright(case)
    for largest, replaced in product((1, 2), ({}, given) if given else ({},)):
        # products of facts on a thin case nearly vanish, which a float cannot tell from a proof
        try:
            terms = [_term(case, facts, picks) for picks in _picks(len(facts), largest)]
            reduced = [(picks, substituted(case, p, replaced), strict, zero) for picks, p, strict, zero in terms]
        except Invalid:
            return None
        goal = None if target is None else substituted(case, target, replaced)
        if (solution := _solution(reduced, goal)) is not None:
            chosen = [(c, term) for c, term in zip(solution, terms, strict=True) if c]
            left = reduce(lambda sum_, own: plus(sum_, own[1][1], -own[0]), chosen, target or {})
            if (rest := cofactors(case, left) if left else []) is not None:
                return [*([text(c), list(picks), ONE] for c, (picks, *_) in chosen), *rest]
    return None


def _picks(facts: int, largest: int) -> list[tuple[int, ...]]:
    return [picks for size in range(largest + 1) for picks in combinations_with_replacement(range(facts), size)]


def _term(case: Case, facts: list[Fact], picks: tuple[int, ...]) -> Term:
    signs = [facts[k][1] for k in picks]
    return picks, product_of(case, facts, picks), all(s == {1} for s in signs), any(s == {0} for s in signs)


def _solution(terms: list[Term], target: Poly | None) -> list[Fraction] | None:
    """Coefficients of the sum, exact: the linear program names the terms, rational arithmetic finds the numbers."""
    goal = target or {}
    rows = {monomial: k for k, monomial in enumerate(sorted({m for p in (goal, *(t[1] for t in terms)) for m in p}))}
    size = [max(map(abs, p.values()), default=Fraction(1)) for _, p, _, _ in terms]
    entries = [(rows[m], column, float(c / size[column])) for column, (_, p, _, _) in enumerate(terms) for m, c in p.items()]
    values, (i, j) = [e[2] for e in entries], zip(*((e[0], e[1]) for e in entries), strict=True)
    sums = csc_array((values, (np.array(i), np.array(j))), shape=(len(rows), len(terms)))
    wanted = np.zeros(len(rows))
    for monomial, c in goal.items():
        wanted[rows[monomial]] = float(c / max(map(abs, goal.values())))
    if target is None:
        sums = vstack([sums, csc_array(np.array([[float(strict) for _, _, strict, _ in terms]]))])
        wanted = np.append(wanted, 1.0)
    bounds = [(None, None) if zero else (0, None) for *_, zero in terms]
    cost = np.array([0.0 if zero else 1.0 for *_, zero in terms])
    found = linprog(cost, A_eq=sums, b_eq=wanted, bounds=bounds, method="highs")
    if found.status != 0:
        return None
    return _exact(terms, [k for k, x in enumerate(found.x) if abs(x) > 1e-9], target)


def _exact(terms: list[Term], chosen: list[int], target: Poly | None) -> list[Fraction] | None:
    """A combination of the chosen terms that vanishes, or is the target, when it has the signs it needs."""
    columns = [*(terms[k][1] for k in chosen), *([] if target is None else [target])]
    monomials = sorted({m for p in columns for m in p})
    matrix = sp.Matrix(len(monomials), len(columns), lambda r, c: exact(columns[c].get(monomials[r], Fraction(0))))
    for vector in matrix.nullspace():
        for sign in (1, -1) if target is None else () if not vector[-1] else (-1 / vector[-1],):
            numbers = [as_fraction(sign * x) for x in vector[: len(chosen)]]
            if all(x > 0 or terms[k][3] or not x for x, k in zip(numbers, chosen, strict=True)):
                out = [Fraction(0)] * len(terms)
                for x, k in zip(numbers, chosen, strict=True):
                    out[k] = x
                return out
    return None

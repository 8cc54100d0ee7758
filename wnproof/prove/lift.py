"""Rational points of a case, one symbol after the other: thin cells, irrational cells and surfaces included.

Once all but one of a fact's symbols have values, the fact is about one real number: an equation leaves its rational roots, an
inequality a few open intervals between roots. Values are taken there, where one is free from a short list; a fact that fails
sends the search to other values. Roots are isolated exactly, so no interval is too thin and none too far.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

import sympy as sp

from wnproof.checker.case import Case
from wnproof.checker.polynomial import Poly
from wnproof.graph.quantity import as_fraction, exact

Named = dict[tuple[tuple[str, int], ...], Fraction]  # a polynomial by names of symbols
Fact = tuple[Named, frozenset[int]]  # and the signs that it can have
Condition = tuple[list[Fraction], frozenset[int]]  # the same of a polynomial in one symbol, constant first
Point = dict[str, Fraction]
ATTEMPTS, MAX_DEGREE, REFINEMENTS = 24, 24, 40
PLAIN = tuple(map(Fraction, ("1", "2", "-1", "3", "-2", "1/2", "0", "3/5", "-4/5", "-3", "5", "-1/2")))


def lifted(case: Case, rng: random.Random) -> Iterator[Point]:
    """Points at which every fact of the case that is a polynomial in symbols holds; seeded by ``rng``."""
    names = {k: atom.name for k, atom in enumerate(case.ring.atoms) if ("sym", atom.name) in case.ring.index}
    found = [(_named(p, names), signs) for p, signs in case.facts()]
    facts = [(p, signs) for p, signs in found if p is not None]
    symbols = sorted({name for p, _ in facts for m in p for name, _ in m})
    given = _given(facts)
    for _ in range(ATTEMPTS if symbols else 0):
        if (point := _completed({}, symbols, facts, given, rng)) is not None:
            yield point


def _named(p: Poly, names: dict[int, str]) -> Named | None:
    """The polynomial by names of symbols; None when it has another atom in it."""
    if any(a not in names or e != int(e) or e < 0 for m in p for a, e in m):
        return None
    return {tuple((names[a], int(e)) for a, e in m): c for m, c in p.items()}


def _given(facts: list[Fact]) -> set[str]:
    """Symbols that an equation gives in terms of others, so that they had better wait for these."""
    return {
        name
        for p, signs in facts
        for ((name, e), *rest) in filter(None, p)
        if signs == {0} and not rest and e == 1 and sum(name == other for m in p for other, _ in m) == 1
    }


def _completed(point: Point, symbols: list[str], facts: list[Fact], given: set[str], rng: random.Random) -> Point | None:
    """The point with values for all symbols, or None when a fact is left without one."""
    left = [name for name in symbols if name not in point]
    if not left:
        return point
    alone: dict[str, list[Condition]] = {name: [] for name in left}
    for p, signs in facts:
        open_ones = {name for m in p for name, _ in m if name not in point}
        if len(open_ones) == 1:
            alone[name := open_ones.pop()].append((_restricted(p, name, point), signs))
    tied = [name for name in left if any(signs == {0} for _, signs in alone[name])]
    name = rng.choice(tied or [name for name in left if name not in given] or left)
    values = _values(alone[name], rng)
    return None if not values else _completed(point | {name: rng.choice(values)}, symbols, facts, given, rng)


def _restricted(p: Named, name: str, point: Point) -> list[Fraction]:
    """Coefficients, constant first, of the polynomial in one symbol when the others have their values."""
    out: dict[int, Fraction] = {}
    for m, c in p.items():
        degree = 0
        for other, e in m:
            if other == name:
                degree = e
            else:
                c *= point[other] ** e
        out[degree] = out.get(degree, Fraction(0)) + c
    return [out.get(k, Fraction(0)) for k in range(max(out, default=0) + 1)]


def _values(conditions: list[Condition], rng: random.Random) -> list[Fraction]:
    """Rational numbers at which every condition (coefficients, possible signs) holds."""
    forms = [coefficients for coefficients, _ in conditions if any(coefficients[1:])]
    equations = [coefficients for coefficients, signs in conditions if signs == {0} and any(coefficients[1:])]
    if equations:
        tried = [as_fraction(root) for root in _form(equations[0]).ground_roots()]
    elif forms:
        tried = _between(forms, rng)
    else:
        tried = list(PLAIN)
    return [x for x in tried if all(_sign(coefficients, x) in signs for coefficients, signs in conditions)]


def _form(coefficients: list[Fraction]) -> sp.Poly:
    return sp.Poly([exact(c) for c in reversed(coefficients)], sp.Symbol("t"), domain="QQ")


def _between(forms: list[list[Fraction]], rng: random.Random) -> list[Fraction]:
    """A number between every two neighbouring roots, one beyond the outer ones, and plain numbers."""
    form = sp.prod([_form(f).sqf_part() for f in forms]).sqf_part()
    if form.degree() > MAX_DEGREE:
        return list(PLAIN)
    roots = _isolated(form)
    if not roots:
        return list(PLAIN)
    beyond = Fraction(rng.randint(1, 5), rng.choice((1, 1, 2)))
    out = [roots[0][0] - beyond, roots[-1][1] + beyond]
    for (_, b), (c, _) in pairwise(roots):
        share = Fraction(rng.choice((1, 1, 2, 3)), 4)
        out.append(b * (1 - share) + c * share)
    return [*PLAIN, *out]


def _isolated(form: sp.Poly) -> list[tuple[Fraction, Fraction]]:
    """Intervals around the real roots, in order: rational roots as points, the others apart where a few bisections do it."""
    t = form.gen
    rational = sorted(as_fraction(root) for root in form.ground_roots())
    for root in rational:
        form = form.quo(sp.Poly(t - exact(root), t, domain="QQ"))
    ends = [pair for pair, _ in form.intervals()]
    for _ in range(REFINEMENTS):
        near = {k for k, (a, b) in enumerate(ends) if any(a <= exact(r) <= b for r in rational)}
        near |= {k for k in range(len(ends) - 1) if ends[k][1] == ends[k + 1][0]}
        for k in near:
            ends[k] = form.refine_root(*ends[k], steps=1)
        if not near:
            break
    return sorted([(r, r) for r in rational] + [(as_fraction(a), as_fraction(b)) for a, b in ends])


def _sign(coefficients: list[Fraction], x: Fraction) -> int:
    value = Fraction(0)
    for c in reversed(coefficients):
        value = value * x + c
    return (value > 0) - (value < 0)

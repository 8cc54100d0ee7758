"""Positivstellensatz leaves by sums of squares: a target as squares times products of facts, and multiples of what is 0."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, product
from math import comb
from typing import Any

from wnproof.checker.case import Case, Fact
from wnproof.checker.polynomial import Monomial, Poly, join, plus
from wnproof.checker.reader import Invalid
from wnproof.graph.statement import text
from wnproof.prove.contradiction import ONE, Leaf, product_of
from wnproof.prove.gram import Block, exact_sums

FACT_LIMIT, ATOM_LIMIT, BASIS_LIMIT, DEGREE_LIMIT = 8, 9, 50, 10
Plan = tuple[list[Block], list[tuple[int, Poly]]]  # blocks, and (fact that is 0, monomial)


def no_point(case: Case) -> dict[str, Any] | None:
    """The leaf {"empty": ...} with sums of squares: a positive fact, or 1, is minus such a sum."""
    facts = case.facts()
    if not 0 < len(facts) <= FACT_LIMIT:
        return None
    for k in (None, *(k for k, (_, signs) in enumerate(facts) if signs == {1})):
        positive: Poly = {(): Fraction(1)} if k is None else facts[k][0]
        terms = _terms(case, facts, plus({}, positive, -1), _plans(case, facts, plus({}, positive, -1), False))
        if terms is not None:
            return {"empty": [["1", [] if k is None else [k], ONE], *terms]}
    return None


def sum_of_squares(case: Case, facts: list[Fact], target: Poly) -> Leaf | None:
    """Terms that add up to the target, or to 0 with a positive one; the last fact is that the target is negative.

    So (1 + squares) target = sum is found, and positive fact * target = sum.
    """
    terms = _terms(case, facts, target, _plans(case, facts, target, True))
    denial = len(facts) - 1
    for k in (k for k, (_, signs) in enumerate(facts[:FACT_LIMIT]) if signs == {1} and k != denial):
        if terms is None:
            scaled = case.ring.product(facts[k][0], target)
            terms = _terms(case, facts, scaled, _plans(case, facts, scaled, True))
            terms = None if terms is None else [["1", [k, denial], ONE], *terms]
    return terms


def _terms(case: Case, facts: list[Fact], target: Poly, plans: Iterator[Plan]) -> Leaf | None:
    try:
        for blocks, free in plans:
            columns = [case.ring.product(facts[k][0], p) for k, p in free]
            if (found := exact_sums(target, blocks, columns, case.ring.product)) is not None:
                squares = [[text(c), list(picks), _encode(case, p)] for picks, c, p in found.squares]
                cofactors = [
                    ["1", [k], _encode(case, {m: c * x for m, x in p.items()})]
                    for c, (k, p) in zip(found.free, free, strict=True)
                    if c
                ]
                return squares + cofactors
    except Invalid:  # beyond the checker's limits
        return None
    return None


def _plans(case: Case, facts: list[Fact], target: Poly, denied: bool) -> Iterator[Plan]:
    """What to try, small first: squares alone, with one fact each, with two, then of higher degree, with the denial's own."""
    given = list(range(len(facts) - denied))
    zeros = [k for k in given if facts[k][1] == {0}]
    others = [k for k in given if facts[k][1] != {0}]
    used = [target, *(facts[k][0] for k in given)]
    exponents = [e for p in used for m in p for _, e in m]
    atoms = sorted({a for p in used for m in p for a, _ in m})
    if len(atoms) > ATOM_LIMIT or any(e != int(e) or e < 0 for e in exponents):
        return
    degree = _even(_degree(target))
    rooted = any(case.ring.atoms[a].degree for a in atoms)
    own = sorted({a for m in target for a, _ in m})
    if target and degree and not rooted:
        yield [Block((), {(): Fraction(1)}, _newton(target, own, degree // 2))], []
    if len(given) > FACT_LIMIT:
        return
    largest = max([degree, *(_even(_degree(facts[k][0])) for k in given), *([2] if rooted else [])])
    singles: list[tuple[int, ...]] = [(), *((k,) for k in others)]
    pairs = [*singles, *combinations(others, 2)]
    plans = [(singles, largest), (pairs, max(largest, 2)), (pairs, max(largest, 2) + 2)]
    if denied:
        plans.append(([*pairs, (len(facts) - 1,)], max(largest, 2) + 2))
    for labels, bound in plans:
        if bound > DEGREE_LIMIT:
            return
        blocks, free = [], []
        for picks in labels:
            factor = product_of(case, facts, picks)
            room = bound - _degree(factor)
            if room >= 0:
                blocks.append(Block(picks, factor, _monomials(atoms, room // 2)))
        for k in zeros:
            free += [(k, z) for z in _monomials(atoms, bound - _degree(facts[k][0]))]
        if any(len(block.basis) > BASIS_LIMIT for block in blocks):
            return
        yield blocks, free


def _degree(p: Poly) -> int:
    return max((int(sum(e for _, e in m)) for m in p), default=0)


def _even(n: int) -> int:
    return n + n % 2


def _monomials(atoms: list[int], degree: int) -> tuple[Poly, ...]:
    """All monomials of at most this degree; too many of them are none."""
    if degree < 0 or comb(len(atoms) + degree, degree) > 10 * BASIS_LIMIT:
        return ()
    found = {m: None for size in range(degree + 1) for m in _of_degree(atoms, size)}
    return tuple({m: Fraction(1)} for m in found)


def _of_degree(atoms: list[int], degree: int) -> Iterator[Monomial]:
    if not degree:
        yield ()
    elif atoms:
        for e in range(degree, -1, -1):
            for rest in _of_degree(atoms[1:], degree - e):
                yield join(((atoms[0], e),) if e else (), rest)


def _newton(target: Poly, atoms: list[int], half: int) -> tuple[Poly, ...]:
    """Monomials that a square in a sum for the target can have: in the box of half its exponents, and with a square that is in
    the target or is made by two others.
    """
    powers = [dict(m) for m in target]
    ranges = []
    for a in atoms:
        exponents = [int(m.get(a, 0)) for m in powers]
        ranges.append(range((min(exponents) + 1) // 2, max(exponents) // 2 + 1))
    lowest = min(int(sum(m.values())) for m in powers)
    size = 1
    for r in ranges:
        size *= len(r)
    if size > 20_000:
        return ()
    kept = {
        tuple((a, e) for a, e in zip(atoms, chosen, strict=True) if e)
        for chosen in product(*ranges)
        if lowest <= 2 * sum(chosen) <= 2 * half
    }
    while kept:
        made = {join(m, n) for m, n in combinations(sorted(kept), 2)}
        left = {m for m in kept if join(m, m) in target or join(m, m) in made}
        if left == kept:
            break
        kept = left
    return tuple({m: Fraction(1)} for m in sorted(kept))


def _encode(case: Case, p: Poly) -> list[Any]:
    return [[text(c), {case.ring.atoms[a].name: int(e) for a, e in m}] for m, c in sorted(p.items())]

"""Points inside a case whose identity fails: thin and far cells are found by linear programming, edges by solving their
equations.

The facts of a case that are linear in the symbols cut out a polyhedron. Equations are solved exactly, the deepest point
of what is left (and mixtures with other points of it) is rounded to rationals. Points that obey the nonlinear facts too, or
lie where rounding would lose them, are found one symbol after the other (lift). The checker decides about every point.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from scipy.optimize import linprog

from wnproof.checker.case import Case
from wnproof.checker.polynomial import Poly, freeze
from wnproof.graph.quantity import as_fraction, exact
from wnproof.graph.statement import text
from wnproof.prove.lift import lifted
from wnproof.prove.lowest import lowest

Json = dict[str, Any]
Row = tuple[dict[str, Fraction], Fraction]  # coefficients and constant of a linear polynomial
MIXTURES, CASES, ENTRIES = 4, 24, 8


def inside_evidence(statement: Json, cases: list[Case], seed: int = 2) -> Iterator[Json]:
    """Witnesses against an encoded identity, a few from inside each of its open cases."""
    rng = random.Random(seed)
    for case in cases[:CASES]:
        for variant in [case] if case.equation else [denied(case, p) for _, p in case.differences if p][:ENTRIES]:
            for point in (*_points(variant, rng), *lifted(variant, rng)):
                yield {"kind": "witness", "values": _values(statement, point, rng)}
    for case in cases[:CASES] if not all(case.equation for case in cases) else ():
        for _, p in case.differences[:ENTRIES]:
            for point in lowest(case, p, rng):
                yield {"kind": "witness", "values": _values(statement, point, rng)}


def denied(case: Case, difference: Poly) -> Case:
    """The part of the case where the difference is negative."""
    signs = {**case.ring.signs, freeze(difference): frozenset((-1,))}
    return replace(case, ring=replace(case.ring, signs=signs))


def inside_points(statement: Json, cases: list[Case], seed: int = 3) -> Iterator[Json]:
    """Values for every leaf of an encoded identity, a few from inside each case: one shows that it is not about nothing."""
    for evidence in inside_evidence(statement, cases, seed):
        yield evidence["values"]


def _points(case: Case, rng: random.Random) -> Iterator[dict[str, Fraction]]:
    """Rational points that satisfy the linear facts of the case, strictly where they are strict."""
    facts = [(row, signs) for p, signs in case.facts() if (row := _linear(case, p)) is not None]
    solved = _solved([row for row, signs in facts if signs == {0}])
    if solved is None:
        return
    rows = [_substituted(row, solved) for row, signs in facts if signs != {0}]
    names = sorted({name for coefficients, _ in rows for name in coefficients})
    deep = _deepest(rows, names, np.zeros(len(names)))
    if deep is None:
        return
    for k in range(MIXTURES):
        direction = np.array([rng.uniform(-1, 1) for _ in names])
        other = _deepest(rows, names, direction)
        mixed = deep if k == 0 or other is None else 0.7 * deep + 0.3 * other
        free = {name: Fraction(float(x)).limit_denominator(10**9) for name, x in zip(names, mixed, strict=True)}
        for name in sorted({n for coefficients, _ in solved.values() for n in coefficients} - set(free)):
            free[name] = Fraction(rng.randint(1, 5))
        yield free | {name: _at(row, free) for name, row in solved.items()}


def _linear(case: Case, p: Poly) -> Row | None:
    """The polynomial as a linear form in symbols, or None."""
    coefficients: dict[str, Fraction] = {}
    constant = Fraction(0)
    for monomial, c in p.items():
        if not monomial:
            constant = c
        elif (
            len(monomial) == 1
            and monomial[0][1] == 1
            and case.ring.index.get(("sym", case.ring.atoms[monomial[0][0]].name)) is not None
        ):
            coefficients[case.ring.atoms[monomial[0][0]].name] = c
        else:
            return None
    return coefficients, constant


def _solved(equations: list[Row]) -> dict[str, Row] | None:
    """The equations solved for some of their symbols, exactly; None when they have no solution."""
    names = sorted({name for coefficients, _ in equations for name in coefficients})
    symbols = {name: sp.Symbol(f"s{k}") for k, name in enumerate(names)}
    back = {symbol: name for name, symbol in symbols.items()}
    forms = [
        sp.Add(*(exact(c) * symbols[n] for n, c in coefficients.items()), exact(constant)) for coefficients, constant in equations
    ]
    solutions = sp.solve(forms, list(symbols.values()), dict=True) if forms else [{}]
    if not solutions:
        return None
    out = {}
    for symbol, expr in solutions[0].items():
        poly = sp.Poly(expr, *symbols.values()) if symbols else None
        assert poly is not None
        coefficients = {back[s]: as_fraction(poly.coeff_monomial(s)) for s in expr.free_symbols}
        out[back[symbol]] = (coefficients, as_fraction(poly.coeff_monomial(1)))
    return out


def _substituted(row: Row, solved: dict[str, Row]) -> Row:
    coefficients, constant = dict(row[0]), row[1]
    for name in [n for n in row[0] if n in solved]:
        factor = coefficients.pop(name)
        inner, offset = solved[name]
        constant += factor * offset
        for other, c in inner.items():
            coefficients[other] = coefficients.get(other, Fraction(0)) + factor * c
    return coefficients, constant


def _deepest(rows: list[Row], names: list[str], direction: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """A point with the largest common margin (at most 1, rows scaled to norm 1), leaning towards a direction within a box."""
    if not names:
        return np.zeros(0)
    scaled = []
    for coefficients, constant in rows:
        size = max((abs(c) for c in coefficients.values()), default=None)
        if size:
            scaled.append(([-float(coefficients.get(n, Fraction(0)) / size) for n in names] + [1.0], float(constant / size)))
    if not scaled:
        return direction
    matrix, bound = np.array([row for row, _ in scaled]), np.array([b for _, b in scaled])
    if not np.all(np.isfinite(bound)):
        return None
    reach = 10 * (1 + float(np.max(np.abs(bound))))
    found = linprog(np.append(-1e-3 * direction, -1.0), A_ub=matrix, b_ub=bound, bounds=[(-reach, reach)] * len(names) + [(0, 1)])
    return np.asarray(found.x[:-1]) if found.status == 0 else None


def _at(row: Row, point: dict[str, Fraction]) -> Fraction:
    return sum((c * point[name] for name, c in row[0].items()), row[1])


def _values(statement: Json, point: dict[str, Fraction], rng: random.Random) -> Json:
    """Nested values for every leaf: the point's where it has one, small integers elsewhere."""
    values: Json = {}
    for node in statement["graph"]:
        if node.get("leaf", "1") != "1":
            values[node["leaf"]] = _nested(node["leaf"], [statement["sizes"][a] for a in node["axes"]], (), point, rng)
    return values


def _nested(name: str, shape: list[int], index: tuple[int, ...], point: dict[str, Fraction], rng: random.Random) -> Any:
    if shape:
        return [_nested(name, shape[1:], (*index, k), point, rng) for k in range(shape[0])]
    entry = f"{name}[{','.join(map(str, index))}]" if index else name
    return text(point.get(entry, Fraction(rng.choice((-2, -1, 1, 2, 3)))))

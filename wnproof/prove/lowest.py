"""Points where a polynomial of a case is small: a simplex search in floats from seeded starts, rounded to rationals."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from scipy.optimize import minimize

from wnproof.checker.case import Case
from wnproof.checker.polynomial import Poly

Point = dict[str, Fraction]
STARTS, MOST_SYMBOLS, FAR = 8, 12, 1e100
DENOMINATORS = (1, 4, 10, 100, 10**4, 10**8)


def lowest(case: Case, target: Poly, rng: random.Random) -> Iterator[Point]:
    """Rational points near local minima of the target, where the facts of the case hold as far as a penalty sees to it."""
    value = evaluator(case)
    names = sorted(case.ring.atoms[k].name for k in case.atoms if ("sym", case.ring.atoms[k].name) in case.ring.index)
    facts = [p for p, _ in case.facts()]
    if not 0 < len(names) <= MOST_SYMBOLS:
        return

    def height(x: Any) -> float:
        at = dict(zip(names, map(float, x), strict=True))
        try:
            low = min((value(p, at) for p in facts), default=0.0)
            found = value(target, at) + 100 * max(0.0, -low)
        except (ArithmeticError, ValueError):
            return FAR
        return found if abs(found) < FAR else FAR  # not a number either

    for k in range(STARTS):
        start = np.array([rng.gauss(0, 1) * 3 ** (k % 3) for _ in names])
        best = minimize(height, start, method="Nelder-Mead", options={"maxiter": 150 * len(names), "xatol": 1e-9, "fatol": 1e-14})
        if best.fun < FAR:
            for denominator in DENOMINATORS:
                yield {n: Fraction(float(x)).limit_denominator(denominator) for n, x in zip(names, best.x, strict=True)}


def evaluator(case: Case) -> Callable[[Poly, Mapping[str, float]], float]:
    """The value of a polynomial of the case at given symbols, in floats; other atoms are computed from what they stand for."""
    keys = {k: key for key, k in case.ring.index.items()}
    atoms = case.ring.atoms

    def atom(k: int, at: Mapping[str, float]) -> float:
        key: Any = keys[k]
        match key[0]:
            case "sym":
                return at[atoms[k].name]
            case "root":
                return value(atoms[k].base, at) ** (1 / atoms[k].degree) if value(atoms[k].base, at) >= 0 else math.nan
            case "pole":
                return value(atoms[k].base, at)
            case "exp":
                return math.exp(value({key[1]: Fraction(1)}, at))
            case "log" | "tanh":
                inner = value(dict(key[1]), at) / value({key[2]: Fraction(1)}, at)
                return math.log(inner) if key[0] == "log" else math.tanh(inner)
        return 0.5  # a slope, any number

    def value(p: Poly, at: Mapping[str, float]) -> float:
        return math.fsum(float(c) * math.prod(atom(a, at) ** float(e) for a, e in m) for m, c in p.items())

    return value

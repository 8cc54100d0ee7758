"""Inequalities: no wrong one is proved and no true one refuted, by machine mutants of true ones and by random functions."""

from __future__ import annotations

import json
import random
from collections import Counter

import pytest
import sympy as sp

import wnproof as wn
from tests.engine_b import search
from tests.soundness.size import sized

x, y, z = sp.symbols("x y z", real=True)
R, Max, Abs = sp.Rational, sp.Max, sp.Abs
BASES = [
    (x**2 + y**2, 2 * x * y, []),
    (x**2 + y**2 + z**2, x * y + y * z + z * x, []),
    ((x**2 + y**2) * (z**2 + 1), (x * z + y) ** 2, []),
    (x**4 + y**4, x**3 * y + x * y**3, []),
    (Abs(x) + Abs(y), Abs(x + y), []),
    (Abs(x - y), Abs(Max(x, 0) - Max(y, 0)), []),
    (Max(x, y), (x + y) / 2, []),
    (Max(x, 0) ** 2 + Max(-x, 0) ** 2, x**2, []),
    (x * y + 1, x + y, [x >= 1, y >= 1]),
    (x**3, x**2, [x >= 1]),
    (1, x, [sp.Eq(x**2 + y**2, 1)]),
    (x + y, x, [y >= 0]),
    (sp.sqrt(x**2 + y**2), x, []),
    (1, Max(x, 0) - Max(x - 1, 0), []),
    (2 * Max(x, 0), x + Max(x, 0) - Max(-x, 0), []),
]
OPERATORS = {
    "the sides change places": lambda a, b, w: (b, a, w),
    "the right side grows": lambda a, b, w: (a, R(1001, 1000) * b + (R(1, 1000) if sp.sympify(b).is_number else 0), w),
    "the right side is raised": lambda a, b, w: (a, b + R(1, 10**6), w),
    "the left side shrinks": lambda a, b, w: (R(999, 1000) * a, b, w),
    "a relation is dropped": lambda a, b, w: (a, b, w[1:]),
    "the domain is turned around": lambda a, b, w: (a, b, [r.func(r.rhs, r.lhs) if not isinstance(r, sp.Eq) else r for r in w]),
    "a variable is another": lambda a, b, w: (a, sp.sympify(b).xreplace({x: y, y: x}) + 0 * x, w),
    "a square is cubed": lambda a, b, w: (a, sp.sympify(b).replace(lambda e: e.is_Pow and e.exp == 2, lambda e: e.base**3), w),
    "a kink moves": lambda a, b, w: (a, sp.sympify(b).replace(Max, lambda *e: Max(*(k + R(1, 100) for k in e))), w),
}


@pytest.mark.soundness
def test_true_inequalities_and_their_mutants():
    """A mutant counts when the second engine finds an exact point where it is false."""
    found, rng = Counter(), random.Random(8)
    for a, b, where in BASES:
        base = wn.at_least(a, b, where)
        verdict = wn.decide(base)
        found["true", verdict.rigor.name] += 1
        assert verdict.rigor is not wn.Rigor.REFUTED, (a, b, where)
        for operator in OPERATORS.values():
            wrong = wn.at_least(*operator(a, b, where))
            if search.counterexample(json.loads(json.dumps(wrong.encode())), rng, 60) is None:
                continue
            verdict = wn.decide(wrong)
            found["wrong", verdict.rigor.name] += 1
            assert verdict.rigor not in (wn.Rigor.PROVED, wn.Rigor.CERTIFIED), (a, b, where)
    print(f"\ninequalities: {dict(found)}")
    assert found["true", "PROVED"] >= len(BASES) - 1
    assert found["wrong", "REFUTED"] > 0.95 * (found["wrong", "REFUTED"] + found["wrong", "UNDECIDED"])
    assert found["wrong", "REFUTED"] > 60


def form(rng):
    """A random polynomial or piecewise linear function, small and often nonnegative."""

    def polynomial(terms):
        return sum(rng.randint(-3, 3) * x ** rng.randint(0, 2) * y ** rng.randint(0, 2) for _ in range(terms))

    style = rng.randrange(4)
    if style == 0:
        return sum(polynomial(2) ** 2 for _ in range(2)) + rng.choice((0, 0, R(1, 100), -R(1, 100)))
    if style == 1:
        return sum(
            rng.randint(-1, 3) * Abs(rng.randint(-2, 2) * x + rng.randint(-2, 2) * y + rng.randint(-1, 1)) for _ in range(3)
        )
    if style == 2:
        return polynomial(3)
    return Max(polynomial(2), polynomial(2)) - polynomial(1)


@pytest.mark.soundness
@pytest.mark.parametrize("seed", range(sized(2, 20)))
def test_random_inequalities(seed):
    """Proved: the second engine finds no point against it. Refuted: false at the witness, by its arithmetic."""
    rng, found = random.Random(100 + seed), Counter()
    for _ in range(sized(12, 100)):
        where = rng.choice(([], [], [x > y], [x >= 0, y >= 0], [sp.Eq(x, y)]))
        verdict = wn.decide(wn.at_least(form(rng), 0, where))
        found[verdict.rigor.name] += 1
        if verdict.certificate is not None:
            fields = json.loads(verdict.certificate.data)
            assert search.honest(fields, fields["verdict"], rng, 25), fields["statement"]
    print(f"\nrandom inequalities: {dict(found)}")
    assert found["PROVED"]
    assert found["REFUTED"]

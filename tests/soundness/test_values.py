"""Random expressions at random points: checker, second engine (tree and graph) and SymPy's substitution give one value."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction

import pytest
import sympy as sp
from flint import arb, fmpq

import wnproof as wn
from tests.engine_b import expressions, falsify
from tests.engine_b import numbers as n
from tests.engine_b.jets import tables
from tests.soundness.size import sized
from tests.soundness.trees import SYMBOLS, expression
from wnproof.checker.domain import evaluate, pose, require
from wnproof.checker.reader import Invalid
from wnproof.checker.real import Unsettled
from wnproof.checker.statement import parse

BLOCKS, EACH = sized(2, 40), sized(50, 2500)
POINTS, BITS = 10, 160
CLOSE = arb(2) ** -60  # far above both roundings, far below any other value of these trees


def rational(rng):
    return Fraction(rng.choice((-1, 0, 1))) if rng.random() < 0.3 else Fraction(rng.randint(-30, 30), rng.randint(1, 6))


def of_checker(task, root, values):
    """The checker's interval, or None where it does not say that there is a value."""
    try:
        require(task.arena, task.defined, values)
        return evaluate(task.arena, [root], values, BITS)[root]
    except (Invalid, Unsettled):
        return None


def of_second(question):
    try:
        return question()
    except (n.Undefined, ZeroDivisionError):
        return None


def as_ball(interval):
    lo, hi = (arb(fmpq(q.numerator, q.denominator)) for q in interval)
    return lo.union(hi)


def of_sympy(expr, point):
    """The value after substitution to thirty digits, or None where it is not a finite real number."""
    value = expr.subs({s: sp.Rational(point[s.name].numerator, point[s.name].denominator) for s in SYMBOLS}, simultaneous=True)
    if value.is_Rational:
        return arb(fmpq(int(value.p), int(value.q)))
    if value.is_finite is False or value.has(sp.nan, sp.zoo, sp.oo, sp.I):
        return None
    value = value.evalf(40)
    return arb(str(value)) if value.is_Float else None


@pytest.mark.soundness
@pytest.mark.parametrize("block", range(BLOCKS))
def test_values_agree(block):
    rng, found = random.Random(7000 + block), Counter()
    for _ in range(EACH):
        try:
            expr = sp.S(expression(rng, rng.choice((2, 2, 3, 4))))
            encoded = wn.equal(expr, sp.S(0)).encode()
            task = pose(parse(encoded))
        except (ValueError, wn.WnproofError, Invalid):
            found["no statement"] += 1
            continue
        (_, root, _), names = task.entries[0], sorted(falsify.leaves(encoded))
        for _ in range(POINTS):
            point = {s.name: rational(rng) for s in SYMBOLS}
            exact = {name: fmpq(q.numerator, q.denominator) for name, q in point.items()}
            values = {name: {(): exact[name]} for name in names}
            mine = of_checker(task, root, point)
            with n.precision(BITS):
                written = of_second(lambda: expressions.value(expr, exact))  # noqa: B023 - asked at once
                drawn = of_second(lambda: tables(encoded["graph"], {}, values)[encoded["left"]][1][()].value)  # noqa: B023
                if mine is None:
                    found["no value"] += 1
                    continue
                own = as_ball(mine)
                for other in (written, drawn):
                    if other is not None:
                        found["second engine"] += 1
                        assert own.overlaps(n.ball(other)), (expr, point, mine, other)
                substituted = of_sympy(expr, point)
                if substituted is not None:
                    found["SymPy"] += 1
                    far = abs(substituted - own) > CLOSE * (1 + abs(substituted))  # certainly: cancellation makes balls wide
                    assert not far, (expr, point, mine, substituted)
    print(f"\nvalues compared: {dict(found)}")
    assert found["second engine"] > EACH * POINTS / 2
    assert found["SymPy"] > EACH * POINTS / 4

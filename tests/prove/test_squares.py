"""Inequalities: sums of squares and of products of facts are found, and what is false is refuted at an exact point."""

from __future__ import annotations

import pytest
import sympy as sp

from wnproof.claims.statements import at_least
from wnproof.prove.decide import decide
from wnproof.verdict import Rigor

x, y, z, a, b, c = sp.symbols("x y z a b c", real=True)
p, q = sp.symbols("p q", positive=True)
u, v = sp.symbols("u v")
R = sp.Rational
TRUE = {
    "square": at_least(x**2 + y**2, 2 * x * y),
    "means": at_least((p + q) / 2, sp.sqrt(p * q)),
    "Cauchy-Schwarz": at_least((x**2 + y**2 + z**2) * (a**2 + b**2 + c**2), (a * x + b * y + c * z) ** 2),
    "harmonic mean": at_least((p + q) / 2, 2 / (1 / p + 1 / q)),
    "Lipschitz": at_least(sp.Abs(x - y), sp.Abs(sp.Max(x, 0) - sp.Max(y, 0))),
    "sphere": at_least(1, x**4 + y**4, [sp.Eq(x**2 + y**2, 1)]),
    "corner": at_least(x * y + 1, x + y, [x >= 1, y >= 1]),
    "length": at_least(sp.sqrt(x**2 + y**2), x),
    "Bernoulli": at_least((1 + x) ** 3, 1 + 3 * x, [x >= -1]),
    "exponentials": at_least(sp.exp(x) + sp.exp(-x), 2),
}
FALSE = {
    "integers only": at_least(x**2, x),
    "between two roots": at_least(x**4 - x**2 + R(2499, 10000), 0),
    "a small number": at_least(x**2 - 2 * x * y + y**2, R(1, 10**300)),
    "a thin cell": at_least(0, sp.Max(x - 1, 0) * sp.Max(1 + R(1, 10**20) - x, 0)),
    "a constant": at_least(x**4 * y**2 + x**2 * y**4 + 1, R(3001, 1000) * x**2 * y**2),
    "a smooth minimum": at_least(sp.sqrt(1 + x**2) + y**2 - y, R(7501, 10000)),
    "strict relations": at_least(sp.Max(x, y), 2, [x > 1, sp.Ne(y, 0)]),
}
OPEN = {"contradictory": at_least(u, u + 1, [u**2 + v**2 < 0]), "contradictory too": at_least(u, u + 1, [u**2 + v**2 + 1 <= 0])}


@pytest.mark.parametrize("name", TRUE)
def test_true(name):
    assert decide(TRUE[name]).rigor is Rigor.PROVED


@pytest.mark.parametrize("name", FALSE)
def test_false(name):
    assert decide(FALSE[name]).rigor is Rigor.REFUTED


@pytest.mark.parametrize("name", OPEN)
def test_an_empty_domain_is_vacuous(name):
    verdict = decide(OPEN[name])
    assert verdict.rigor is Rigor.UNDECIDED
    assert verdict.reason.startswith("vacuous")


def test_a_form_that_is_no_sum_of_squares_is_not_refuted():
    motzkin = at_least(x**4 * y**2 + x**2 * y**4 + 1, 3 * x**2 * y**2)
    assert decide(motzkin).rigor is not Rigor.REFUTED

"""Points inside thin, far and irrational cells, and on surfaces, are found exactly."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp

import wnproof as wn

x, y = sp.symbols("x y", real=True)
THIN = sp.Rational(1, 10**40)


def relu(e):
    return sp.Max(e, 0)


@pytest.mark.parametrize(
    ("left", "right", "where"),
    [
        (relu(relu(x - 7) * relu(7 + THIN - x)), 0, ()),
        (relu(relu(x - y) * relu(y + THIN - x)), 0, ()),
        (relu(2 - x**2) * relu(x - sp.Rational(1414213, 10**6)), 0, ()),
        (relu(y) * relu(x - 10**12 * y), 0, ()),
        (relu(x), x, (x >= -sp.Rational(1, 10**300),)),
        (x * y**2, 1, (sp.Eq(x**2 * y, 3), y > 0)),
    ],
    ids=["thin", "strip", "irrational", "angle", "edge", "surface"],
)
def test_a_hidden_cell_is_found(left, right, where):
    assert wn.decide(wn.equal(sp.S(left), sp.S(right), where)).rigor is wn.Rigor.REFUTED


@pytest.mark.parametrize(
    ("left", "right", "where"),
    [
        (x * y, 1, (sp.Eq(x, 2), sp.Eq(y, sp.Rational(1, 2)))),
        (relu(x), x, (x > 1, x < 1 + sp.Rational(1, 10**6))),
        (x**2 * y**2, 49, (sp.Eq(x * y, 7),)),
    ],
    ids=["one point", "thin domain", "hyperbola"],
)
def test_a_domain_without_plain_points_is_not_empty(left, right, where):
    verdict = wn.decide(wn.equal(sp.S(left), sp.S(right), where))
    assert verdict.rigor is wn.Rigor.PROVED
    point = {name: sp.Rational(str(Fraction(q))) for name, q in verdict.certificate.evidence["point"].items()}
    assert all(relation.subs({x: point["x"], y: point.get("y", 0)}) for relation in where)


def test_an_irrational_surface_stays_undecided():
    assert wn.decide(wn.equal(x**3, 2 * x, [sp.Eq(x**2, 2)])).rigor is wn.Rigor.UNDECIDED


def test_a_degree_that_is_off_by_a_thousandth_is_refuted():
    output = wn.Network((2, 2, 1), wn.relu).output
    assert wn.decide(wn.claims.statements.homogeneous(output, Fraction(2001, 1000))).rigor is wn.Rigor.REFUTED

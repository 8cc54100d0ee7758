"""Witnesses from inside thin, far and flat cells, and none where the statement is true."""

import pytest
import sympy as sp

from wnproof.claims.statements import equal, flow_is, homogeneous
from wnproof.derive.flow import gradient_flow
from wnproof.model.activations import relu
from wnproof.model.network import Network
from wnproof.prove.decide import decide
from wnproof.verdict import Rigor

x, y, z = sp.symbols("x y z", real=True)
Max, Min, Abs = sp.Max, sp.Min, sp.Abs

FALSE = {
    "far": equal(Max(x - 10**9, 0), 0),
    "far in the plane": equal(Max(x + y - 10**6, 0) * Max(x - y, 0), 0),
    "a far minimum": equal(Min(x, 10**12), x),
    "thin": equal(Max(sp.Rational(1, 10**6) - Abs(x - 7), 0), 0),
    "a thin wedge": equal(Max(y, 0) * Max(x - 1000 * y, 0), 0),
    "a small simplex": equal(Max(x, 0) * Max(y, 0) * Max(sp.Rational(1, 1000) - x - y, 0), 0),
    "on an edge only": equal(Max(x - 5, 0) * Max(y - 5, 0), 0, where=(sp.Eq(x + y, 13),)),
    "an equation with a far solution": equal(x, 0, where=(sp.Eq(3 * x, 10**7),)),
    "kinks inside kinks": equal(Max(Max(x - 100, 0) - Max(y, 0) - 50, 0), 0),
}


@pytest.mark.parametrize("name", FALSE)
def test_a_witness_is_found(name):
    verdict = decide(FALSE[name])
    assert verdict.rigor is Rigor.REFUTED, verdict.reason


def test_a_velocity_that_is_wrong_on_one_pattern_only():
    flow = gradient_flow(Network((2, 2, 1), relu))
    roots = flow.velocity.roots
    wrong = dict(zip([w.name for w in flow.net.parameters.leaves], [flow.velocity.with_node(r, "v") for r in roots], strict=True))
    both = flow.net.quantity(roots[1], "W2") + flow.net["W2"] * 0
    assert decide(flow_is(flow, {"W1": wrong["W1"], "W2": both})).rigor is Rigor.PROVED
    assert decide(flow_is(flow, {"W1": -wrong["W1"]})).rigor is Rigor.REFUTED


def test_empty_domains_stay_undecided():
    assert decide(equal(x, y, where=(x > 0, x < 0))).rigor is Rigor.UNDECIDED
    assert decide(equal(x, y, where=(x > y, y > z, z > x))).rigor is Rigor.UNDECIDED


def test_a_relation_that_holds_throughout_a_case():
    """max(x, 0) = 0 says nothing more where x < 0."""
    assert decide(equal(y, 2 * y, sp.Eq(Max(x, 0), 0))).rigor is Rigor.REFUTED
    assert decide(equal(Max(x, 0) * y, 0, sp.Eq(Max(x, 0), 0))).rigor is Rigor.PROVED


def test_a_fractional_degree_is_refuted():
    net = Network((2, 3, 1), relu)
    for degree in ("3/2", "19/10", "201/100"):
        assert decide(homogeneous(net.output, degree)).rigor is Rigor.REFUTED

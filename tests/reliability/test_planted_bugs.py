"""Planted bugs in the untrusted parts: each makes ``wnproof verify`` fail, and none yields a wrong hard verdict."""

from copy import copy
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from sympy.core.cache import clear_cache

import wnproof as wn
from wnproof.claims.claim import REGISTRY, check_claim, select
from wnproof.graph import gradient as gradient_module
from wnproof.graph import kink, weights
from wnproof.kkt import solve
from wnproof.kkt.points import KKTSet
from wnproof.model.losses import Loss
from wnproof.prove import decide as prover

select()


@pytest.fixture(autouse=True)
def _fresh_derivatives():
    """SymPy remembers derivatives: none from before may hide a planted bug, and none made under it may outlive it."""
    clear_cache()
    yield
    clear_cache()


def verdicts(*slugs):
    return {slug: check_claim(REGISTRY[slug]) for slug in slugs}


def assert_fails(*slugs):
    results = verdicts(*slugs)
    assert not all(result.ok for result in results.values())
    return results


def test_unharmed():
    for result in verdicts("core/gradient-flow", "core/euler", "core/balance-layer", "core/kkt").values():
        assert result.ok


def test_broken_derivative_rule_of_the_kink(monkeypatch):
    def fdiff(self, argindex=1):
        z, c_plus, c_minus, p = self.args
        return kink.Pw(z, c_plus, c_minus, p - 1) if p > 0 else sp.S.Zero  # the factor p is lost

    monkeypatch.setattr(kink.Pw, "fdiff", fdiff)
    results = assert_fails("core/gradient-flow", "core/euler")
    assert results["core/gradient-flow"].verdict.rigor is wn.Rigor.REFUTED


def test_gradient_loses_a_share(monkeypatch):
    share = gradient_module._share
    monkeypatch.setattr(
        gradient_module, "_share", lambda node, k, adjoint, axes: None if k == 1 else share(node, k, adjoint, axes)
    )
    monkeypatch.setattr("wnproof.claims.core.gradient", gradient_module.gradient)
    assert_fails("core/gradient-flow")


def test_loss_derivative_has_the_wrong_sign(monkeypatch):
    right = Loss.derivative
    monkeypatch.setattr(Loss, "derivative", lambda self: -right(self))
    assert_fails("core/rescale")


def test_gauge_proposer_forgets_the_kink(monkeypatch):
    """The proposer is not trusted: a wrong degree is proposed, and the checker does not accept it."""
    monkeypatch.setattr(weights, "Pw", type("Other", (), {}))
    net = wn.Network((2, 3, 1), wn.polynomial_relu(2))
    assert wn.homogeneity(net).verdict.rigor in (wn.Rigor.UNDECIDED, wn.Rigor.PROVED)
    assert wn.decide(wn.homogeneous(net.output, 2)).rigor is wn.Rigor.REFUTED


def test_broken_gauge_rule_in_the_checker(monkeypatch):
    """A kink of order p that multiplies weights by 1 proves the degree D p, which is caught as a control that is not refuted."""
    from wnproof.checker import gauge

    right = gauge.operation

    def operation(node, of):
        return of[0] if node.op == "pw" else right(node, of)

    monkeypatch.setattr(gauge, "operation", operation)
    assert_fails("core/euler", "core/balance-layer")


def test_witnesses_are_random_points_of_no_meaning(monkeypatch):
    """A witness finder that returns garbage refutes nothing: controls are then not caught."""
    monkeypatch.setattr(prover, "witness_evidence", lambda statement: iter([{"kind": "witness", "values": {}}]))
    assert_fails("core/euler")


@pytest.mark.parametrize("seed", range(3))
def test_solver_that_returns_random_points(monkeypatch, seed):
    from dataclasses import replace

    from wnproof.claims import core_kkt

    rng = np.random.default_rng(seed)

    def random_points(problem, **options):
        found = solve.kkt_points(problem, **options)
        moved = tuple(
            replace(p, hidden_direction=(Fraction(int(rng.integers(1, 10**6))), Fraction(int(rng.integers(1, 10**6)))))
            for p in found.points
            if p.value
        )
        return KKTSet(moved, found.families, found.complete, found.notion)

    monkeypatch.setattr(core_kkt, "kkt_points", random_points)
    result = check_claim(REGISTRY["core/kkt"])
    assert result.verdict.rigor is wn.Rigor.REFUTED
    assert not result.ok
    assert not result.verdict.reaches(wn.Rigor.CERTIFIED)


def test_solver_that_loses_a_point_or_names_a_wrong_kind(monkeypatch):
    from dataclasses import replace

    from wnproof.claims import core_kkt

    def damaged(change):
        def points(problem, **options):
            found = solve.kkt_points(problem, **options)
            return KKTSet(change(found.points), found.families, found.complete, found.notion)

        return points

    for change in (
        lambda points: points[1:],
        lambda points: (replace(points[0], kind=wn.Kind.SADDLE), *points[1:]),
        lambda points: (replace(points[0], value_squared=points[0].value_squared + 1), *points[1:]),
    ):
        monkeypatch.setattr(core_kkt, "kkt_points", damaged(change))
        result = check_claim(REGISTRY["core/kkt"])
        assert not result.verdict.reaches(wn.Rigor.CERTIFIED)
    monkeypatch.setattr(core_kkt, "kkt_points", damaged(lambda points: (*points, points[0])))
    with pytest.raises(wn.WnproofError, match="listed twice"):
        check_claim(REGISTRY["core/kkt"])


def test_row_that_is_lost_on_the_way_to_the_neuron(monkeypatch):
    """The statement names its data: a neuron without the last row is another statement."""
    from dataclasses import replace

    right = solve.neuron_of
    data = wn.datasets.iris(("petal_length", "petal_width"))
    problem = wn.ncf(wn.Network((2, 1, 1), wn.relu, fixed={"W2": [[1]]}), data)
    honest = wn.kkt_points(problem).complete
    monkeypatch.setattr(solve, "neuron_of", lambda p: replace(right(p), X=right(p).X[:-1], y=right(p).y[:-1]))
    other = wn.kkt_points(problem).complete
    assert honest.certificate.statement != other.certificate.statement
    assert "n=149" in other.statement


def test_activation_with_a_wrong_degree_is_not_believed():
    wrong = copy(wn.polynomial_relu(2))
    object.__setattr__(wrong, "degree", Fraction(3))
    net = wn.Network((2, 3, 1), wn.relu)
    object.__setattr__(net, "activation", wrong)
    laws = wn.conservation_laws(net)
    assert laws.laws == ()
    assert wn.homogeneity(net).degree == 3


def test_conserved_quantity_without_its_factor_two():
    """a_j moves half as fast as a square: the law of EWN is 2 a - |W2|^2, and a - |W2|^2 is refuted."""
    net = wn.Network((3, 4, 1), wn.relu, normalization=wn.exponential_weight_norm)
    flow = wn.gradient_flow(net)
    assert wn.decide(wn.conserved(flow, 2 * net["a1"] - net["W2"].column_squares())).rigor is wn.Rigor.PROVED
    assert wn.decide(wn.conserved(flow, net["a1"] - net["W2"].column_squares())).rigor is wn.Rigor.REFUTED

"""More planted bugs, one layer each: none ends in a wrong hard verdict, and verify is not ok."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from fractions import Fraction

import pytest
import sympy as sp
from sympy.core.cache import clear_cache

from wnproof.checker import gauge
from wnproof.claims.claim import REGISTRY, check_claim, select
from wnproof.claims.statements import conserved, equal, flow_is, homogeneous
from wnproof.derive.conservation import conservation_laws
from wnproof.derive.flow import gradient_flow
from wnproof.derive.homogeneity import Homogeneity, homogeneity
from wnproof.errors import WnproofError
from wnproof.graph import gradient as reverse
from wnproof.graph import tangent as forward
from wnproof.graph.kink import Pw
from wnproof.graph.nodes import Contract, Map, argument, contract
from wnproof.graph.statement import Conserved
from wnproof.model.activations import Activation, polynomial_relu, relu
from wnproof.model.losses import logistic, square
from wnproof.model.network import Network
from wnproof.model.normalizations import exponential_weight_norm, weight_norm
from wnproof.prove import identity
from wnproof.prove.decide import decide
from wnproof.verdict import Rigor

select()
x, y = sp.symbols("x y", real=True)
HARD = (Rigor.PROVED, Rigor.CERTIFIED)


@pytest.fixture(autouse=True)
def _fresh_derivatives():
    """SymPy remembers derivatives: none from before may hide a planted bug, and none made under it may outlive it."""
    clear_cache()
    yield
    clear_cache()


def claim_is_not_ok(slug):
    """The claim fails, or cannot even be stated; it does not reach its verdict with all controls caught."""
    with suppress(WnproofError):
        result = check_claim(REGISTRY[slug])
        assert not result.ok, result
        return result.verdict
    return None


def flow_claim(net, loss=square, samples=2):
    flow = gradient_flow(net, loss)
    return decide(flow_is(flow, flow.velocity, samples=samples))


def test_nothing_is_planted():
    assert flow_claim(Network((2, 2, 1), polynomial_relu(2)), logistic).rigor is Rigor.PROVED
    for slug in ("core/wn-flows", "core/wn-balance", "core/rescale", "core/relu-homog"):
        assert check_claim(REGISTRY[slug]).ok


# derivatives ------------------------------------------------------------------------------------------------------


def test_forward_mode_drops_a_product_term(monkeypatch):
    right = forward.add
    monkeypatch.setattr(forward, "add", lambda terms: right(terms[:1]))
    assert claim_is_not_ok("core/wn-flows").rigor is Rigor.REFUTED


def test_forward_mode_forgets_the_chain_rule(monkeypatch):
    monkeypatch.setattr(forward, "sp", type("SymPy", (), {"diff": staticmethod(lambda expr, slot: sp.S.One)}))
    assert claim_is_not_ok("core/wn-flows").rigor is Rigor.REFUTED


def transposed(node, k, adjoint, axes):
    """The share of a contraction goes to the wrong factor."""
    if isinstance(node, Contract) and len(node.operands) == 2:
        return contract((node.operands[k], adjoint), axes)
    return RIGHT_SHARE(node, k, adjoint, axes)


def unsummed_slope(node, k, adjoint, axes):
    """The derivative of a Map forgets its slope."""
    return contract((adjoint,), axes) if isinstance(node, Map) else RIGHT_SHARE(node, k, adjoint, axes)


RIGHT_SHARE = reverse._share


@pytest.mark.parametrize("wrong", [transposed, unsummed_slope], ids=lambda f: f.__name__)
def test_reverse_mode_is_broken(monkeypatch, wrong):
    monkeypatch.setattr(reverse, "_share", wrong)
    assert flow_claim(Network((2, 2, 1), relu)).rigor is Rigor.REFUTED
    assert claim_is_not_ok("core/gradient-flow").rigor is Rigor.REFUTED


@pytest.mark.parametrize("shift", [-1, 1])
def test_the_kink_differentiates_to_a_wrong_order(monkeypatch, shift):
    def fdiff(self, argindex=1):
        z, c_plus, c_minus, p = self.args
        return Pw(z, p * c_plus, p * c_minus, max(p - 1 + shift, 0))

    monkeypatch.setattr(Pw, "fdiff", fdiff)
    assert flow_claim(Network((2, 1, 1), polynomial_relu(3))).rigor is Rigor.REFUTED


def test_the_kink_differentiates_to_its_right_side_only(monkeypatch):
    monkeypatch.setattr(Pw, "fdiff", lambda self, argindex=1: self.args[3] * self.args[1] * self.args[0] ** (self.args[3] - 1))
    assert flow_claim(Network((2, 1, 1), polynomial_relu(2, "1/2"))).rigor is Rigor.REFUTED


# models -----------------------------------------------------------------------------------------------------------

FALSE_FLOWS = {
    "the loss is halved": lambda net: gradient_flow(net, replace(square, expr=square.expr / 2)),
    "the label is dropped": lambda net: gradient_flow(net, replace(square, expr=argument(0) ** 2 / 2)),
    "the loss has the wrong sign": lambda net: gradient_flow(net, replace(square, expr=-square.expr)),
    "the mean is taken": lambda net: gradient_flow(net, square.averaged),
    "the slope is wrong": lambda net: gradient_flow(Network(net.widths, polynomial_relu(1, "1/9")), square),
    "the power is wrong": lambda net: gradient_flow(Network(net.widths, polynomial_relu(2, "1/10")), square),
    "the scale is forgotten": lambda net: gradient_flow(Network(net.widths, net.activation, scale=2), square),
}


@pytest.mark.parametrize("name", FALSE_FLOWS)
def test_a_velocity_of_another_model_is_refuted(name):
    net = Network((2, 1, 1), polynomial_relu(1, "1/10"))
    assert decide(flow_is(gradient_flow(net, square), FALSE_FLOWS[name](net).velocity, samples=2)).rigor is Rigor.REFUTED


def test_degrees_are_off_by_one_layer(monkeypatch):
    monkeypatch.setattr("wnproof.derive.homogeneity._degree", lambda net, names: Fraction(net.depth + 1))
    assert homogeneity(Network((2, 3, 1), relu)).verdict.rigor is Rigor.REFUTED


def test_a_block_degree_is_proposed_for_another_block():
    net = Network((2, 3, 1), polynomial_relu(2))
    swapped = Homogeneity(net, Fraction(3), {"W1": Fraction(1), "W2": Fraction(2)})
    assert swapped.verdict.rigor is Rigor.REFUTED


def test_an_activation_lies_about_its_degree():
    """The laws proposed from the declared degree are not the network's."""
    lying = Activation("lying", Pw(argument(0), 1, 0, 2))
    object.__setattr__(lying, "degree", Fraction(1))
    net = Network((2, 3, 1), lying)
    assert homogeneity(net).degree == 3
    for law in conservation_laws(net).laws:
        assert decide(law).rigor is not Rigor.PROVED
    assert decide(conserved(gradient_flow(net), net["W1"].row_squares() - net["W2"].squares())).rigor is Rigor.REFUTED


def test_conservation_laws_lose_their_degree(monkeypatch):
    """Proposed with p = 1 for every activation: not accepted for p = 2."""
    net = Network((2, 3, 1), polynomial_relu(2))
    law = conservation_laws(net).laws[0]
    wrong = Conserved(law.function, law.trained, law.axis, {"W1": Fraction(1), "W2": Fraction(-1)})
    assert decide(law).rigor is Rigor.PROVED
    assert decide(wrong).rigor is Rigor.REFUTED


# provers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("leaf", ["zero", {"sums": [[]]}], ids=str)
def test_cells_are_closed_blindly(monkeypatch, leaf):
    monkeypatch.setattr(identity, "leaf_evidence", lambda case, thorough: leaf)
    for false in (equal(sp.Max(0, x), x), equal(sp.Abs(x) + sp.Abs(y), sp.Abs(x + y)), equal(x, y, [sp.Eq(x * y, 0)])):
        assert decide(false).rigor not in HARD


def test_a_branch_of_the_tree_is_cut(monkeypatch):
    right = identity.grow

    def cut(statement, close):
        tree = right(statement, close)
        return tree["gt"] if isinstance(tree, dict) and "gt" in tree else tree

    monkeypatch.setattr(identity, "grow", cut)
    monkeypatch.setattr(identity, "leaf_evidence", lambda case, thorough: "zero")
    assert decide(equal(sp.Max(0, x), x)).rigor not in HARD


def test_weights_are_proposed_for_a_law_that_is_none(monkeypatch):
    """Evidence that typechecks, for another statement than the one in hand."""
    net = Network((2, 3, 1), relu, normalization=exponential_weight_norm)
    flow = gradient_flow(net)
    true, false = conserved(flow, 2 * net["a1"] - net["W2"].squares()), conserved(flow, net["a1"].squares() - net["W2"].squares())
    from wnproof.prove import decide as prover

    evidence = decide(true).certificate.evidence
    monkeypatch.setattr(prover, "gauge_evidence", lambda *_: iter([evidence]))
    assert decide(true).rigor is Rigor.PROVED
    assert decide(false).rigor is Rigor.REFUTED


def test_witnesses_against_true_statements_are_not_accepted(monkeypatch):
    from wnproof.prove import decide as prover

    false = decide(equal(x, y))
    monkeypatch.setattr(prover, "witness_evidence", lambda *_: iter([false.witness]))
    monkeypatch.setattr(prover, "cell_evidence", lambda *_: iter(()))
    assert decide(equal(x + y - y, x + 0 * y)).rigor is not Rigor.REFUTED
    assert decide(equal(sp.Abs(x * y) + x, sp.Abs(x) * sp.Abs(y) + x)).rigor is Rigor.UNDECIDED


# rules of the checker: a broken rule is caught by a claim's controls ----------------------------------------------


RIGHT_OPERATION = gauge.operation


def unchecked_sums(node, of):
    """The typing without the rule that a summed axis carries no weight."""
    if node.op != "*":
        return RIGHT_OPERATION(node, of)
    return {g: e for g, e in gauge.gather(term for w in of for term in w.items()).items() if g == gauge.GLOBAL or g in node.axes}


def exp_keeps_weights(node, of):
    """exp(c a) = c exp(a), the plausible wrong rule."""
    return RIGHT_OPERATION(node, of) if node.op != "exp" else of[0]


def sums_of_anything(node, of):
    """A sum has the weight of its first term."""
    return RIGHT_OPERATION(node, of) if node.op != "+" else of[0]


def opaque_is_linear(node, of):
    """tanh(c z) = c tanh(z)."""
    return RIGHT_OPERATION(node, of) if node.op != "tanh" else of[0]


BROKEN_RULES = {
    "a summed axis is not checked": (unchecked_sums, "core/wn-balance"),
    "exp keeps weights": (exp_keeps_weights, "core/wn-balance"),
    "unequal weights add": (sums_of_anything, "core/euler"),
    "tanh is homogeneous": (opaque_is_linear, "core/euler"),
}


@pytest.mark.parametrize("name", BROKEN_RULES)
def test_a_broken_gauge_rule_makes_a_control_slip_through(monkeypatch, name):
    wrong, slug = BROKEN_RULES[name]
    assert check_claim(REGISTRY[slug]).ok
    monkeypatch.setattr(gauge, "operation", wrong)
    claim_is_not_ok(slug)


def test_degrees_of_weight_norm_blocks_cannot_be_traded():
    net = Network((2, 3, 1), relu, normalization=weight_norm)
    assert decide(homogeneous(net.output, 1, ["g1"])).rigor is Rigor.PROVED
    assert decide(homogeneous(net.output, 1, ["V1"])).rigor is Rigor.REFUTED
    assert decide(homogeneous(net.output, 0, ["V1"])).rigor is Rigor.PROVED

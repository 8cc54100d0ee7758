"""Leaves that are empty: signs that contradict each other, and signs that do not (mutations: test_mutations.py)."""

from __future__ import annotations

import copy

import pytest
import sympy as sp

from wnproof.certificate import settle
from wnproof.checker.reader import Invalid
from wnproof.checker.statement import parse
from wnproof.claims.statements import equal
from wnproof.prove.decide import decide
from wnproof.prove.identity import grow
from wnproof.verdict import Rigor

x, y, z = sp.symbols("x y z", real=True)
ONE = [["1", {}]]
Max, Min, Abs = sp.Max, sp.Min, sp.Abs

TRUE = {
    "product of moduli": equal(Abs(x, evaluate=False) * Abs(y), Max(x * y, -x * y)),
    "maximum of moduli": equal(Abs(x + y) + Abs(x - y), 2 * Max(Abs(x), Abs(y))),
    "one sign": equal(Abs(x + y), Abs(x) + Abs(y), where=(x > 0, y > 0)),
    "not negative": equal(Abs(x + y), x + y, where=(x >= 0, y >= 0)),
    "three in a row": equal(Max(x - z, 0) * Max(z - y, 0) * Max(y - x, 0), 0),
    "clipping": equal(Max(Min(x, 1), -1), Min(Max(x, -1), 1)),
    "hat": equal(Max(x, 0) - 2 * Max(x - 1, 0) + Max(x - 2, 0), Max(Min(x, 2 - x), 0)),
    "an equation": equal(Abs(x), y, where=(sp.Eq(x - y, 0), y > 0)),
}


@pytest.mark.parametrize("name", TRUE)
def test_true(name):
    verdict = decide(TRUE[name])
    assert verdict.rigor is Rigor.PROVED, verdict


def empties(tree):
    """Every {"empty": terms} of a tree."""
    if isinstance(tree, dict):
        if "empty" in tree:
            yield tree
        else:
            for part in tree.values():
                yield from empties(part)


def certificate(statement):
    verdict = decide(statement)
    return verdict.certificate.statement, verdict.certificate.evidence


FALSE = {
    "|x + y| = |x| + |y|": equal(Abs(x + y), Abs(x) + Abs(y)),
    "an edge": equal(Max(x, 0) * Max(y, 0), 0, where=(x + y >= 0,)),
    "a strict relation": equal(Max(x, 0) * Max(1 - x, 0), 0, where=(x >= 0, 1 - x >= 0)),
}


@pytest.mark.parametrize("name", FALSE)
def test_no_leaf_of_a_false_statement_is_empty_by_any_small_evidence(name):
    """Every leaf is called empty, by every choice of at most two facts with unit coefficients."""
    statement = FALSE[name]
    assert decide(statement).rigor is Rigor.REFUTED
    opened = []

    def leaf(case):
        count = len(case.facts())
        picks = [[], *[[i] for i in range(count)], *[[i, j] for i in range(count) for j in range(i, count)]]
        accepted = 0
        for p in picks:
            for q in picks:
                try:
                    case.check({"empty": [["1", p, ONE], ["1", q, ONE]]}, "leaf")
                    accepted += 1
                except Invalid:
                    continue
        opened.append((accepted, any(case.ring.numerator(d) for _, d in case.differences)))
        return "zero"

    grow(parse(statement.encode()), leaf)
    assert any(not accepted and different for accepted, different in opened)


def test_tampered_terms_are_rejected():
    statement, evidence = certificate(TRUE["maximum of moduli"])
    leaves = list(empties(evidence["tree"]))
    assert leaves
    for change in (
        lambda terms: terms.clear(),
        lambda terms: terms.pop(),
        lambda terms: terms[0].__setitem__(0, "-1"),
        lambda terms: terms[0].__setitem__(0, "7/3"),
        lambda terms: terms[0].__setitem__(1, []),
        lambda terms: terms[0][1].append(99),
        lambda terms: terms.append(["1", [], ONE]),
        lambda terms: terms.append(["0", [], ONE]),
    ):
        damaged = copy.deepcopy(evidence)
        change(next(iter(empties(damaged["tree"])))["empty"])
        assert settle(statement, damaged).rigor is Rigor.UNDECIDED


def test_roots_that_belong_to_another_case_are_no_facts():
    """sqrt(x y) splits into sqrt(x) sqrt(y) where both are positive; where both are negative that is no reason to be empty."""
    statement = equal(sp.sqrt(x * y) * (1 + 0 * x), sp.sqrt(x * y) * Max(sp.sign(1), 1) + Max(-x, 0), where=(x * y > 0,))
    assert decide(statement).rigor is Rigor.REFUTED
    both = equal(Max(x, 0) * sp.sqrt(x * y) + Max(-x, 0) * sp.sqrt(x * y), Abs(x) * sp.sqrt(x * y), where=(x * y > 0,))
    assert decide(both).rigor is Rigor.PROVED

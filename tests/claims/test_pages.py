"""What a reader of the catalogue sees: a page, LaTeX, margins of data, larger cases, and what hypotheses are needed for."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp

from wnproof import cli
from wnproof.claims.claim import REGISTRY, Claim, check_claim, select
from wnproof.claims.dropped import without
from wnproof.claims.latex import display, formulas
from wnproof.claims.simulated import Measured, near
from wnproof.claims.statements import at_least, equal
from wnproof.runs.verification import verify
from wnproof.verdict import Rigor

select()
EXACT = [slug for slug, entry in REGISTRY.items() if entry.controls]
NEEDED = {
    "core/relu-homog": "c > 0",
    "core/blowup": "r0 > 0",
    "core/rescale": "delta > 0",
    "kumar-haupt-2024/stall-away-from-zero": "w1*x1 + w2*x2 = 0",
    "kumar-haupt-2h-2024/eigenvector-rate": "u1 = 0",
    "dukler-2020/weyl": "h - mu*s >= 0",
    "dukler-2020/thm-V": "-omega*s/2 + v >= 0",
    "dukler-2020/thm-G": "h - omega*s/2 >= 0",
    "dukler-2020/width": "p > 0",
    "morwani-ramaswamy-2022/thm-flow-equivalence": "|V1|**2 - 1 = 0",
    "morwani-ramaswamy-2022/finite-time": "-B + S >= 0",
    "eberle-2022/box": "1/2 - q >= 0",
    "shilton-2024/relu-cell": "z*(dz + z) > 0",
    "herranz-2024/path-count": "1/2 - rho >= 0",
    "lyu-li-2020/margin-grows": "B > 0",
    "wnproof/ewn-blow-up": "-N**2*kappa + S >= 0",
}


@pytest.mark.parametrize("slug", NEEDED)
def test_a_hypothesis_is_needed_and_the_point_against_the_rest_is_small(slug):
    found = without(REGISTRY[slug], NEEDED[slug])
    assert found.necessary, found
    assert max(abs(Fraction(number)) for value in found.point.values() for number in _flat(value)) <= 5


def _flat(value):
    return [number for item in value for number in _flat(item)] if isinstance(value, list) else [value]


@pytest.mark.parametrize("slug", EXACT)
def test_every_exact_claim_has_latex_that_is_balanced(slug):
    text = display(REGISTRY[slug].state())
    assert text.startswith("\\begin{gather*}\n  ")
    assert text.endswith("\n\\end{gather*}")
    assert "\\text{see the claim in words}" not in text
    depth = 0
    for before, after in zip(" " + text, text, strict=False):
        depth += (after == "{") - (after == "}") if before != "\\" else 0
        assert depth >= 0
    assert depth == 0
    for left, right in ((r"\left", r"\right"), (r"\Bigl", r"\Bigr"), (r"\begin", r"\end")):
        assert text.count(left) - text.count(r"\leftarrow") == text.count(right) - text.count(r"\rightarrow")


def test_latex_says_relations_and_runs():
    x = sp.Symbol("x", real=True)
    assert list(formulas(equal(sp.Max(x, 0), x, x > 0))) == [r"\left[x\right]_{+} = x \quad\text{where } x > 0"]
    assert list(formulas(at_least(x**2, 0))) == [r"x^{2} \ge 0"]
    assert list(formulas(near(Measured("a run", 1.0, 0.0), 1, 0.1, (2,)))) == [r"\text{see the claim in words}"]


def test_the_page_and_the_margins_of_data(capsys):
    assert cli.run(["claims", "dukler-2020/pd", "--data", "iris"]) == 0
    out = capsys.readouterr().out
    for line in (
        "source:",
        "convention: losses are sums",
        "requires:   proved",
        "of data:    no parallel; unit norm",
        "controls:",
    ):
        assert line in out
    assert "fails with margin 0 at samples 101, 142: no two samples are parallel" in out
    assert cli.run(["claims", "core/euler", "--data", "iris"]) == 0
    assert "supposes nothing about the data" in capsys.readouterr().out
    assert cli.run(["claims", "core/relu-homog", "--latex"]) == 0
    assert capsys.readouterr().out.startswith("\\begin{gather*}")
    assert cli.run(["claims", "--latex"]) == 2
    assert "are about one claim" in capsys.readouterr().err


def test_a_run_is_not_run_for_its_page(capsys):
    """The page of a supported claim does not call what would run it."""

    def explode():
        raise AssertionError("it was run")

    entry = Claim("test/run", explode, "test", {}, Rigor.SUPPORTED)
    REGISTRY[entry.slug] = entry
    try:
        assert cli.run(["claims", "test/run"]) == 0
    finally:
        del REGISTRY[entry.slug]
    assert "controls:   within the run" in capsys.readouterr().out


def test_the_larger_case_is_decided_when_it_is_asked_for(tmp_path):
    x = sp.Symbol("x", real=True)
    entry = Claim("test/larger", lambda k=1: equal(x**k * x, x ** (k + 1)), "test", {}, Rigor.PROVED, {"k": -2})
    assert check_claim(entry).verdict.scope.text == "everywhere"
    assert check_claim(entry, full=True).verdict.scope.text == "where x != 0"
    slug = "kumar-haupt-2024/kkt-balance"
    usual, larger = (verify(slug, jobs=1, full=full)[slug] for full in (False, True))
    assert usual.ok
    assert larger.ok
    count = [len(result.verdict.certificate.statement["of"]) for result in (usual, larger)]
    assert count == [9, 20]


def test_some_claims_have_larger_cases_and_all_their_constants_exist():
    having = [entry for entry in REGISTRY.values() if entry.larger]
    assert len(having) >= 8
    for entry in having:
        names = entry.state.__code__.co_varnames[: entry.state.__code__.co_argcount]
        assert set(entry.larger) <= set(names), entry.slug

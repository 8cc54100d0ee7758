"""What an engine computes is certified at most, only when it tells its statement apart, and comes through a worker as such."""

from __future__ import annotations

import pytest

from wnproof.certificate import computed, engine_of
from wnproof.claims.claim import Claim, check_claim
from wnproof.claims.engine import ByEngine
from wnproof.runs.decided import result, written
from wnproof.runs.task import Outcome
from wnproof.runs.verification import verify
from wnproof.verdict import Rigor, undecided

FOUND = computed("the number is 3", "an engine: balls", "n=1")


@pytest.mark.parametrize(
    ("statement", "rigor"),
    [
        (ByEngine(FOUND, (("4", True),)), Rigor.CERTIFIED),
        (ByEngine(FOUND, (("4", True), ("7/2", False))), Rigor.UNDECIDED),
        (ByEngine(FOUND, ()), Rigor.UNDECIDED),
        (ByEngine(undecided("the number is 3", "no room"), (("4", True),)), Rigor.UNDECIDED),
    ],
    ids=["told apart", "one variant left", "no variant", "nothing found"],
)
def test_it_must_tell_its_statement_apart(statement, rigor):
    found = check_claim(Claim("a/b", lambda: statement, "test", {}, Rigor.CERTIFIED))
    assert found.verdict.rigor is rigor
    assert found.ok == (rigor is Rigor.CERTIFIED)


def test_it_comes_through_a_worker_unchanged_and_never_stronger():
    entry = Claim("a/b", lambda: ByEngine(FOUND, (("4", True),)), "test", {}, Rigor.CERTIFIED)
    value = written(check_claim(entry))
    there = result(entry, Outcome(value)).verdict
    assert str(there) == str(FOUND)
    assert (there.grade, there.certificate, engine_of(there)) == ("computed", None, "an engine: balls")
    for rigor in ("proved", "refuted"):
        assert result(entry, Outcome({**value, "rigor": rigor})).verdict.rigor is Rigor.UNDECIDED
    assert result(entry, Outcome({**value, "engine": ""})).verdict.rigor is Rigor.UNDECIDED


def test_in_a_process_of_its_own():
    found = verify("dukler-2020/a-posteriori", jobs=1)["dukler-2020/a-posteriori"]
    assert found.ok
    assert (found.verdict.rigor, found.verdict.grade) == (Rigor.CERTIFIED, "computed")

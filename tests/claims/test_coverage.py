"""Every statement of the papers has claims at the strength it is marked with, or says why not; every claim belongs to one."""

from __future__ import annotations

import pytest

from wnproof import cli
from wnproof.claims.claim import REGISTRY, select
from wnproof.claims.coverage import ITEMS, MARKS
from wnproof.verdict import Rigor

select()


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: f"{item.paper}: {item.says}")
def test_every_mark_is_met_or_excused(item):
    assert item.claims
    assert set(item.claims) <= set(REGISTRY)
    assert set(item.marks) <= set(MARKS)
    for mark, met in item.met(REGISTRY).items():
        assert met != (mark in item.open), f"{mark}: met {met}, excused {mark in item.open}"
    assert all(reason for reason in item.open.values())


def test_every_claim_of_a_paper_belongs_to_a_statement():
    """New ground may grow without."""
    covered = {slug for item in ITEMS for slug in item.claims}
    shipped = {slug for slug, entry in REGISTRY.items() if entry.state.__module__.startswith("wnproof.claims.")}
    papers = {slug for slug in shipped if not slug.startswith("wnproof/")}
    assert papers - covered == set(), "name the statement that the claim is about in wnproof/claims/coverage.py"
    assert covered <= shipped


def test_the_exceptions_are_few_and_none_weakens_a_paper_s_own_theorem():
    excused = {(item.paper, item.says, mark) for item in ITEMS for mark in item.open}
    assert len({says for _, says, _ in excused}) <= 2
    assert {paper for paper, *_ in excused} <= {"dukler-2020", "biggs-guedj-2022"}
    assert {mark for item in ITEMS for mark in item.marks} == set(MARKS)
    assert set(MARKS.values()) == {Rigor.PROVED, Rigor.CERTIFIED, Rigor.SUPPORTED}


def test_the_command(capsys):
    assert cli.run(["claims", "--papers"]) == 0
    out = capsys.readouterr().out
    assert out.count("\n") >= len(ITEMS)
    assert "(P)(C)S" in out
    assert "not proved: an expectation over a Gaussian" in out

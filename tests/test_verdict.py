"""Verdicts: who may make them, how they compare, what their text may contain."""

import dataclasses
import json
from itertools import product

import pytest

from wnproof.certificate import settle
from wnproof.errors import WnproofError
from wnproof.verdict import Rigor, Scope, Verdict, supported, undecided

GRAPH = [{"leaf": "w", "axes": []}, {"map": ["^", ["arg", 0], "2"], "args": [0]}]
SQUARE = {"says": "homogeneous", "graph": GRAPH, "function": 1, "scaled": {"w": "1"}, "degree": "2"}
EVIDENCE = {"kind": "gauge", "sizes": {}, "values": {"w": "1"}}
WITNESS = {"kind": "witness", "sizes": {}, "values": {"w": "1"}, "scale": "2"}


@pytest.fixture
def proved():
    return settle(SQUARE, EVIDENCE)


@pytest.fixture
def refuted():
    return settle({**SQUARE, "degree": "3"}, WITNESS, claims="refuted")


def test_order(proved, refuted):
    certified = settle(SQUARE, EVIDENCE, claims="certified")
    row = [proved, certified, supported("s", "", 3, "d"), undecided("s", "r"), refuted]
    assert [v.rigor for v in row] == list(Rigor)
    for (i, v), (j, rigor) in product(enumerate(row), enumerate(Rigor)):
        assert v.reaches(rigor) is (i <= j if 4 not in (i, j) else i == j)


def test_a_verdict_is_not_a_truth_value(proved):
    with pytest.raises(TypeError, match=r"verdict.reaches\(Rigor.PROVED\)"):
        bool(proved)
    with pytest.raises(TypeError):
        assert not undecided("s", "r")


@pytest.mark.parametrize("rigor", [Rigor.PROVED, Rigor.CERTIFIED, Rigor.REFUTED])
def test_hard_verdicts_come_from_the_checker_alone(rigor, proved):
    for extra in ({}, {"certificate": proved.certificate}, {"certificate": proved.certificate, "door": object()}):
        with pytest.raises(WnproofError, match="E-VERDICT"):
            Verdict(rigor, "two is odd", **extra)
    for change in ({"rigor": rigor}, {"statement": "two is odd"}):
        with pytest.raises(WnproofError, match="E-VERDICT"):
            dataclasses.replace(proved, **change)
    with pytest.raises(WnproofError, match="E-VERDICT"):
        dataclasses.replace(undecided("s", "r"), rigor=rigor)


def test_verdicts_are_frozen(proved):
    with pytest.raises(dataclasses.FrozenInstanceError):
        proved.rigor = Rigor.REFUTED


def test_text(proved, refuted):
    assert str(proved) == "proved: f(c^(1) w) = c^(2) f for every c > 0, f = w^(2), all widths and sample counts, all values"
    assert str(refuted).startswith("refuted: f(c^(1) w) = c^(3) f")
    assert str(supported("s", "t < 1", 3, "worst error 1e-3")) == "supported: s, t < 1; 3 runs, worst error 1e-3"
    assert repr(proved) == f"<{proved}>"
    assert "<b>proved</b>" in proved._repr_html_()
    assert len(repr(undecided("s" * 10_000, "r"))) < 1300


@pytest.mark.parametrize("word", ["proved", "certified", "supported", "refuted", "Proved", "REFUTED"])
def test_an_undecided_verdict_names_no_other(word):
    for v in (undecided(word, "r"), undecided("s", f"not {word}, timeout"), undecided("s", "r", f"where {word}")):
        assert word.lower() not in str(v).lower()
        assert word.lower() not in v.to_json().lower()
        assert word.lower() not in repr(v).lower()
    assert "disapproved" in str(undecided("disapproved", "r"))


def test_rejected_evidence_is_undecided():
    v = settle({**SQUARE, "degree": "3"}, EVIDENCE)
    assert v.rigor is Rigor.UNDECIDED
    assert v.reason == "evidence rejected: the function has weight {t: 2}, not degree 3"
    assert (v.certificate, v.witness, v.runs) == (None, None, None)
    assert v.statement.startswith("f(c^(1) w) = c^(3) f")


def test_evidence_that_overclaims_is_undecided():
    v = settle({**SQUARE, "degree": "3"}, WITNESS, claims="proved")
    assert v.rigor is Rigor.UNDECIDED
    assert "refuted" not in str(v)


def test_no_run_supports_nothing():
    with pytest.raises(WnproofError, match="E-VALUE"):
        supported("s", "", 0, "d")


def test_json(proved, refuted):
    fields = json.loads(refuted.to_json())
    assert fields["verdict"] == "refuted"
    assert fields["witness"] == WITNESS
    assert json.loads(proved.to_json())["scope"] == "all widths and sample counts, all values"


def test_equal_and_hashable(proved, refuted):
    assert proved == settle(SQUARE, EVIDENCE)
    assert len({proved, refuted, settle(SQUARE, EVIDENCE)}) == 2


def test_scope():
    assert str(Scope("d=2")) == "d=2"
    assert not Scope()

"""Certificates on disk, and the door: settle and check."""

import json
import subprocess
import sys

import pytest

from wnproof.certificate import Certificate, canonical, check, check_claim, settle
from wnproof.errors import WnproofError
from wnproof.verdict import Rigor

GRAPH = [{"leaf": "w", "axes": []}, {"map": ["^", ["arg", 0], "2"], "args": [0]}]
SQUARE = {"says": "homogeneous", "graph": GRAPH, "function": 1, "scaled": {"w": "1"}, "degree": "2"}
EVIDENCE = {"kind": "gauge", "sizes": {}, "values": {"w": "1"}}


@pytest.fixture
def proved():
    return settle(SQUARE, EVIDENCE)


def test_canonical():
    assert canonical({"b": 1, "a": ["é", None]}) == '{"a":["é",null],"b":1}\n'.encode()
    assert canonical({"a": (1, 2)}) == b'{"a":[1,2]}\n'
    assert canonical(SQUARE) == canonical(json.loads(canonical(SQUARE)))


@pytest.mark.parametrize("value", [1.0, [0.5], {"a": {"b": [float("nan")]}}])
def test_no_floats(value):
    with pytest.raises(WnproofError, match="E-FLOAT"):
        canonical(value)
    with pytest.raises(WnproofError, match="E-FLOAT"):
        settle({**SQUARE, "degree": value}, EVIDENCE)


@pytest.mark.parametrize("value", [{1, 2}, object(), "\ud800"])
def test_not_json(value):
    with pytest.raises(WnproofError, match="E-VALUE"):
        canonical(value)


def test_settle_writes_what_the_checker_read(proved):
    certificate = proved.certificate
    assert certificate.data == canonical(json.loads(certificate.data))
    assert certificate.statement == SQUARE
    assert certificate.evidence == EVIDENCE
    assert certificate.kind == "gauge"
    assert json.loads(certificate.text)["verdict"] == "proved"
    assert check(certificate) == check(certificate.data) == proved


def test_later_changes_of_the_evidence_change_nothing():
    evidence = json.loads(json.dumps(EVIDENCE))
    v = settle(SQUARE, evidence)
    evidence["values"] = {}
    assert check(v.certificate).rigor is Rigor.PROVED


def test_save_and_load(tmp_path, proved):
    path = proved.certificate.save(tmp_path / "c.json")
    assert Certificate.load(path) == proved.certificate
    assert check(path) == check(str(path)) == proved
    assert [p.name for p in tmp_path.iterdir()] == ["c.json"]


def test_a_file_is_replaced_as_a_whole(tmp_path, proved):
    path = tmp_path / "c.json"
    path.write_text("old" * 10_000)
    proved.certificate.save(path)
    assert path.read_bytes() == proved.certificate.data


def test_errors_of_the_file_system(tmp_path, proved):
    for attempt in (
        lambda: check(tmp_path / "none"),
        lambda: check(tmp_path),
        lambda: proved.certificate.save(tmp_path / "no" / "c"),
    ):
        with pytest.raises(WnproofError, match="E-IO") as failure:
            attempt()
        assert failure.value.exit_code == 7
    (tmp_path / "d").mkdir()
    with pytest.raises(WnproofError, match="E-IO"):
        proved.certificate.save(tmp_path / "d")
    assert [p.name for p in tmp_path.iterdir()] == ["d"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda d: d[:-10], "E-CERT-SYNTAX"),
        (lambda d: d.replace(b'"version":1', b'"version":2'), "E-CERT-VERSION"),
        (lambda d: d.replace(b'"degree":"2"', b'"degree":"3"'), "E-CERT-INVALID"),
        (lambda d: d.replace(b'"proved"', b'"refuted"'), "E-CERT-OVERCLAIM"),
    ],
)
def test_codes_of_bad_certificates(change, code, proved):
    with pytest.raises(WnproofError) as failure:
        check(change(proved.certificate.data))
    assert failure.value.code == code
    assert failure.value.exit_code == 5


def test_check_against_a_claim(proved):
    assert check_claim(proved.certificate, SQUARE) == proved
    with pytest.raises(WnproofError, match="E-CERT-MISMATCH"):
        check_claim(proved.certificate, {**SQUARE, "degree": "3"})


@pytest.mark.parametrize(
    "statement", [{}, {"says": "nice"}, {**SQUARE, "graph": []}, {**SQUARE, "scaled": {"v": "1"}}, {**SQUARE, "degree": 2}]
)
def test_malformed_statements_are_mistakes(statement):
    with pytest.raises(WnproofError, match="E-STATEMENT"):
        settle(statement, EVIDENCE)


@pytest.mark.parametrize(
    "evidence", [{}, {"kind": "nice"}, {"kind": "gauge"}, {**EVIDENCE, "more": 1}, {"kind": "cells", "tree": None, "point": {}}]
)
def test_malformed_evidence_is_undecided(evidence):
    v = settle(SQUARE, evidence)
    assert v.rigor is Rigor.UNDECIDED
    assert v.reason.startswith("evidence rejected: ")


def test_checking_imports_no_third_party_package():
    code = (
        "import sys; import wnproof.certificate; print(sorted({m.split('.')[0] for m in sys.modules} - sys.stdlib_module_names))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    names = set(json.loads(done.stdout.replace("'", '"')))
    assert not names & {"sympy", "numpy", "scipy", "cvxpy", "flint", "typer", "rich", "matplotlib"}

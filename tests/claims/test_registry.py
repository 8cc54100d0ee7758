"""The registry, claim files, results: what is selected, what is reported, and with which exit code."""

from __future__ import annotations

import json

import pytest
import sympy as sp

from wnproof.claims.claim import REGISTRY, Claim, Result, Results, check_claim, claim, load_file, select, verify
from wnproof.claims.simulated import Simulated
from wnproof.claims.statements import equal
from wnproof.errors import WnproofError, gravest
from wnproof.verdict import Rigor

x = sp.Symbol("x", real=True)
GOOD = """\
import sympy as sp
import wnproof as wn


@wn.claim("file/parts", source="test", controls={"factor 2": dict(k=2)})
def parts(k=1):
    '''Positive minus negative part.

    For all reals.
    '''
    x = sp.Symbol("x")
    return wn.equal(sp.Max(x, 0) - sp.Max(-x, 0), k * x)
"""


pytestmark = pytest.mark.usefixtures("registry")


@pytest.fixture
def file(tmp_path):
    def write(text, name="claims.py"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_a_claim_is_its_function_with_its_controls():
    @claim("test/abs", source="mine", controls={"wrong": dict(k=2), "right": dict(k=1)})
    def absolute(k=1):
        """|x|^2 = x^2.

        More words.
        """
        return equal(sp.Abs(x) ** 2, k * x**2)

    assert absolute(k=3).encode()["says"] == "equal"
    entry = REGISTRY["test/abs"]
    assert (entry.title, entry.text, entry.source) == ("|x|^2 = x^2.", "|x|^2 = x^2.\n\nMore words.", "mine")
    result = check_claim(entry)
    assert result.verdict.rigor is Rigor.PROVED
    assert [(c.name, c.verdict, c.caught) for c in result.controls] == [("wrong", "refuted", True), ("right", "proved", False)]
    assert not result.ok, "a control that is true must fail the claim"


def test_names_are_taken_once():
    @claim("test/once", source="mine")
    def first():
        return equal(x, x)

    with pytest.raises(WnproofError, match=r"already there; first at test_registry.py:\d+") as caught:
        claim("test/once", source="mine")(first)
    assert caught.value.code == "E-DUPNAME"


def test_selection():
    everything = select()
    assert {c.slug for c in everything} == set(REGISTRY)
    assert {c.slug for c in select("core/*")} == {slug for slug in REGISTRY if slug.startswith("core/")}
    assert [c.slug for c in select("core/euler", "core/eu*", REGISTRY["core/euler"])] == ["core/euler"]
    with pytest.raises(WnproofError, match="no claim matches 'core/nothing'; known: .*core/euler") as caught:
        select("core/nothing")
    assert caught.value.code == "E-NAME"


def test_a_file_is_verified_and_may_be_loaded_again(file):
    path = file(GOOD)
    results = verify(path)
    assert results.ok
    assert list(results) == ["file/parts"]
    assert REGISTRY["file/parts"].text == "Positive minus negative part.\n\nFor all reals."
    path.write_text(GOOD.replace("k * x)", "3 * k * x)"))
    assert verify(str(path))["file/parts"].verdict.rigor is Rigor.REFUTED


BAD_FILES = {
    "empty": (b"", "E-NOCLAIMS", "no claims found"),
    "no claim": (b"x = 1\n", "E-NOCLAIMS", "no claims found"),
    "syntax": (b"import wnproof\nx = (\n", "E-LOAD", "SyntaxError"),
    "import": (b"\n\nimport no_such_module\n", "E-LOAD", "ModuleNotFoundError"),
    "exception": (b"x = 1\n1 / 0\n", "E-LOAD", "ZeroDivisionError"),
    "exit": (b"import sys\nsys.exit(0)\n", "E-LOAD", "ended the program with 0"),
    "encoding": (b"# \xff\n", "E-ENCODING", "byte 0xff at offset 2"),
    "nul": (b"x = 1\n\x00", "E-ENCODING", "byte 0x00 at offset 6"),
    "twice": ((GOOD + GOOD).encode(), "E-DUPNAME", "already there"),
    "taken": (GOOD.replace("file/parts", "core/euler").encode(), "E-DUPNAME", "already there"),
    "wnproof error": (b"import wnproof as wn\n\nwn.leaky_relu(0.1)\n", "E-FLOAT", "0.1 is a float"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_files_are_located_and_leave_nothing_behind(file, name):
    content, code, message = BAD_FILES[name]
    before = set(REGISTRY)
    path = file(content)
    with pytest.raises(WnproofError, match=message) as caught:
        load_file(path)
    assert caught.value.code == code
    assert caught.value.exit_code == 4
    assert code == "E-NOCLAIMS" or caught.value.where.startswith(str(path))
    assert set(REGISTRY) == before


LINES = {"syntax": 2, "import": 3, "exception": 2, "exit": 2, "wnproof error": 3}


@pytest.mark.parametrize("name", LINES)
def test_the_line_is_named_for_a_relative_path_too(file, name, monkeypatch):
    path = file(BAD_FILES[name][0])
    monkeypatch.chdir(path.parent)
    with pytest.raises(WnproofError) as caught:
        select("claims.py")
    assert caught.value.where == f"claims.py:{LINES[name]}"


def test_a_file_that_is_not_there(tmp_path):
    for path in (tmp_path / "none.py", tmp_path):
        with pytest.raises(WnproofError, match="cannot read") as caught:
            load_file(path)
        assert (caught.value.code, caught.value.exit_code) == ("E-IO", 7)


BAD_CLAIMS = {
    "raises": ("return 1 / 0", "E-LOAD", "ZeroDivisionError"),
    "returns nothing": ("pass", "E-LOAD", "returned NoneType, no statement"),
    "returns a bool": ("return True", "E-LOAD", "returned bool, no statement"),
    "float": ("return wn.equal(0.1, 1)", "E-FLOAT", "0.1"),
    "wrong control": ("return wn.equal(1, 1)", "E-LOAD", "unexpected keyword"),
}


@pytest.mark.parametrize("name", BAD_CLAIMS)
def test_a_claim_that_cannot_be_stated_is_an_error_with_its_line(file, name):
    body, code, message = BAD_CLAIMS[name]
    path = file(f"import wnproof as wn\n\n@wn.claim('a/b', source='', controls={{'c': dict(k=1)}})\ndef f():\n    {body}\n")
    with pytest.raises(WnproofError, match=message) as caught:
        verify(path)
    assert caught.value.code == code
    assert str(path) in caught.value.where


def row(slug, left, right, requires=Rigor.PROVED, controls=None):
    entry = Claim(slug, lambda k=1: equal(left, k * right), "test", controls or {}, requires)
    return check_claim(entry)


def test_the_json_of_a_verification():
    results = Results({"a/b": row("a/b", x, x, controls={"two": {"k": 2}})})
    written = json.loads(json.dumps(results.to_json()))
    assert set(written) == {"version", "claims", "exit"}
    (entry,) = written["claims"]
    assert set(entry) == {"claim", "verdict", "grade", "scope", "reason", "controls", "seconds"}
    assert (entry["claim"], entry["verdict"], entry["grade"], entry["reason"]) == ("a/b", "proved", "", "")
    assert entry["controls"] == [{"name": "two", "verdict": "refuted"}]
    assert isinstance(entry["seconds"], float)
    assert written["exit"] == 0


def test_every_claim_of_the_package_ships_controls():
    """A run, and an engine that computes bounds, judge their wrong variants themselves."""
    select()
    within = {slug for slug, entry in REGISTRY.items() if not entry.controls and entry.requires is not Rigor.SUPPORTED}
    assert within == {"dukler-2020/lambda-of-iris", "dukler-2020/a-posteriori", "kumar-haupt-2024/enclosed-arrival"}


def test_exit_codes():
    true, false, open_ = row("a/t", x, x), row("a/f", x, 2 * x), row("a/o", sp.erf(x), x)
    uncaught = row("a/u", x, x, controls={"one": {"k": 1}})
    certified = row("a/c", x, x, requires=Rigor.CERTIFIED)

    def code(*rows: Result):
        return Results({r.claim.slug: r for r in rows}).exit_code

    assert code(true) == 0
    assert code(true, certified) == 0
    assert code(true, open_) == 3
    assert code(true, uncaught) == 3
    assert code(true, open_, false) == 1
    assert not Results({"a": uncaught}).ok
    assert gravest([0, 3, 1]) == 1
    assert gravest([3, 4, 1, 7]) == 7
    assert gravest([]) == 0


def test_the_table_has_one_line_a_claim():
    table = Results({r.claim.slug: r for r in (row("a/t", x, x), row("a/o", sp.erf(x), x))}).table().splitlines()
    assert len(table) == 3
    assert table[1].split()[:3] == ["a/t", "proved", "0/0"]
    assert "out-of-fragment: erf" in table[2]


class Measured:
    """A run with a given outcome."""

    def __init__(self, estimate, uncertainty=0.0, failure=""):
        self.text, self.runs = "eight runs of a test", 8
        self.estimate, self.uncertainty, self.failure = estimate, uncertainty, failure


SIMULATED = {
    "agrees and tells apart": (Measured(3.01), (2, 4), Rigor.SUPPORTED, ""),
    "disagrees": (Measured(2.5), (2, 4), Rigor.UNDECIDED, "evidence-against"),
    "tells nothing apart": (Measured(3.0, uncertainty=1.5), (2, 4), Rigor.UNDECIDED, "does not tell it apart"),
    "no wrong variant": (Measured(3.0), (), Rigor.UNDECIDED, "does not tell it apart"),
    "failed": (Measured(3.0, failure="simulation: blow-up"), (2, 4), Rigor.UNDECIDED, "blow-up"),
    "nan": (Measured(float("nan")), (2, 4), Rigor.UNDECIDED, ""),
    "uncertainty nan": (Measured(3.0, uncertainty=float("nan")), (2, 4), Rigor.UNDECIDED, ""),
}


@pytest.mark.parametrize("name", SIMULATED)
def test_a_simulated_statement_is_supported_at_most_and_only_by_a_sound_run(name):
    run, rejects, rigor, reason = SIMULATED[name]
    statement = Simulated(run, 3.0, 0.1, rejects, "exponent")
    verdict = statement.decide()
    assert verdict.rigor is rigor
    assert reason in verdict.reason
    entry = Claim("a/s", lambda: statement, "test", {}, Rigor.SUPPORTED)
    assert check_claim(entry).ok == (rigor is Rigor.SUPPORTED)

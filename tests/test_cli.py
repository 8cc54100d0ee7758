"""Every command once, and every bad input: one line on stderr, the exit code, no traceback."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import wnproof
from wnproof import cli

ROOT = Path(wnproof.__file__).resolve().parent.parent
CLAIM = """\
import sympy as sp
import wnproof as wn


@wn.claim("mine/{name}", source="test", controls={{"factor 2": dict(k=2)}})
def parts(k={k}):
    x = sp.Symbol("x")
    return wn.equal(sp.Max(x, 0) - sp.Max(-x, 0), k * x)
"""


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """A folder of claim files and data, good and bad."""
    folder = tmp_path_factory.mktemp("cli")
    files = {
        "good.py": CLAIM.format(name="good", k=1),
        "false.py": CLAIM.format(name="false", k=3),
        "open.py": CLAIM.format(name="open", k=1).replace("k * x)", "sp.erf(k * x))"),
        "empty.py": "",
        "syntax.py": "x = (\n",
        "exits.py": "import os, sys\nsys.exit(0)\n",
        "raises.py": "import wnproof as wn\n\n\n@wn.claim('mine/raises', source='')\ndef f():\n    return 1 / 0\n",
        "twice.py": CLAIM.format(name="twice", k=1) * 2,
        "points.csv": "a,b,label\n1,2,1\n3,1,-1\n2,2,1\n",
        "one.csv": "a,b,label\n3,4,1\n1,0,-1\n",
        "point.csv": "1,2\n",
        "spoiled.csv": "1,x.y\n",
        "space.csv": "a,b,c,label\n1,0,2,1\n0,1,1,-1\n1,1,-1,2\n2,-1,1,1\n",
        "windows.csv": "\ufeffa,b,label\r\n1,2,1\r\n3,1,-1\r\n2,2,1\r\n",
        "ragged.csv": "a,b,label\n1,2,1\n3,1\n",
        "nan.csv": "a,b,label\n1,2,1\n3,nan,1\n",
        "words.csv": "a,b,label\n1,two,1\n",
        "bomb.csv": "a,b,label\n1,1e999999999,1\n",
        "columns.csv": "a,a,label\n1,2,1\n",
        "header.csv": "a,b,label\n",
        "zero.csv": "a,b,label\n0,0,1\n0,0,1\n",
    }
    for name, content in files.items():
        (folder / name).write_bytes(content.encode())
    (folder / "latin.csv").write_bytes(b"a,b,label\n1,2,\xff\n")
    (folder / "nul.csv").write_bytes(b"a,b,label\n1,2,\x00\n")
    np.savez(folder / "weights.npz", W1=[[0.1, 0.2]])
    np.savez(folder / "other.npz", V1=[[0.1, 0.2]])
    (folder / "bad.json").write_bytes(b"{")
    return folder


def wn(here, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "160"}
    done = subprocess.run(
        [sys.executable, "-m", "wnproof", *arguments], capture_output=True, text=True, cwd=here, env=environment, timeout=120
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


def inside(here, capsys, monkeypatch, *arguments):
    """The same without a process of its own."""
    monkeypatch.chdir(here)
    code = cli.run(list(arguments))
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return code, captured.out, captured.err


GOOD = {
    "verify a file": (("verify", "good.py"), 0, "1 of 1 claims reach their verdict"),
    "verify a slug": (("verify", "core/relu-homog"), 0, "2/2 caught"),
    "verify a glob": (("verify", "core/bl*"), 0, "core/blowup"),
    "claims": (("claims",), 0, "core/euler"),
    "one claim": (("claims", "core/euler"), 0, "degree D p; tanh has a degree"),
    "derive": (("derive", "--widths", "2,2,1"), 0, "proved for all widths"),
    "derive latex": (("derive", "--normalization", "exponential-weight-norm", "--latex"), 0, r"\begin{align*}"),
    "kernel": (("kernel", "--widths", "2,2,1", "--samples", "3"), 0, "def "),
    "kkt": (("kkt", "--data", "points.csv", "--target", "label"), 0, "certified"),
    "kkt with three inputs": (("kkt", "--data", "space.csv", "--target", "label", "--trained-outer"), 0, "certified"),
    "kkt by other methods": (("kkt", "--data", "points.csv", "--target", "label", "--compare"), 0, "Multistart(starts=200"),
    "kkt of a given point": (("kkt", "--data", "one.csv", "--target", "label", "--point", "point.csv"), 0, "certified"),
    "kkt of trained weights": (("kkt", "--data", "one.csv", "--target", "label", "--point", "weights.npz"), 3, "residual"),
    "kkt of a wide network": (
        ("kkt", "--data", "points.csv", "--target", "label", "--hidden", "3", "--trained-outer"),
        0,
        "3 neurons",
    ),
    "kkt of a deep network": (
        ("kkt", "--data", "one.csv", "--target", "label", "--hidden", "2,2", "--activation", "leaky-relu:1/10", "--compare"),
        3,
        "500 starts",
    ),
    "kkt with basins": (("kkt", "--data", "one.csv", "--target", "label", "--basins", "5"), 0, "share of starts"),
    "kkt of a file from Windows": (("kkt", "--data", "windows.csv", "--target", "label"), 0, "certified"),
    "simulate": (
        ("simulate", "--data", "points.csv", "--target", "label", "--activation", "tanh", "--widths", "2,2,1", "--t-end", "0.1"),
        0,
        "t = 0",
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_every_command(here, name):
    arguments, code, words = GOOD[name]
    returned, out, err = wn(here, *arguments)
    assert (returned, err) == (code, "")
    assert words in out


def test_certificates_are_written_and_check_out(here, tmp_path):
    code, _, err = wn(here, "verify", "good.py", "core/blowup", "--out", str(tmp_path / "certs"))
    assert (code, err) == (0, "")
    written = sorted((tmp_path / "certs").iterdir())
    assert [path.name for path in written] == ["core--blowup.json", "mine--good.json"]
    code, out, err = wn(here, "check", str(written[1]))
    assert (code, err) == (0, "")
    assert out.startswith("proved")
    spoiled = tmp_path / "spoiled.json"
    spoiled.write_bytes(written[1].read_bytes().replace(b'"k"', b'"q"').replace(b"zero", b"nought"))
    assert wn(here, "check", str(spoiled))[0] == 5


JSON = {
    "verify": (("verify", "good.py", "open.py", "--json"), 3),
    "kkt": (("kkt", "--data", "points.csv", "--target", "label", "--json"), 0),
    "simulate": (
        ("simulate", "--data", "points.csv", "--target", "label", "--activation", "tanh", "--t-end", "0.01", "--json"),
        0,
    ),
}


@pytest.mark.parametrize("name", JSON)
def test_json_is_one_object_on_stdout(here, capsys, monkeypatch, name):
    arguments, code = JSON[name]
    returned, out, err = inside(here, capsys, monkeypatch, *arguments)
    assert (returned, err) == (code, "")
    assert isinstance(json.loads(out), dict)


def test_the_json_of_verify(here, capsys, monkeypatch):
    _, out, _ = inside(here, capsys, monkeypatch, "verify", "good.py", "false.py", "open.py", "--json")
    written = json.loads(out)
    assert {row["claim"]: row["verdict"] for row in written["claims"]} == {
        "mine/good": "proved",
        "mine/false": "refuted",
        "mine/open": "undecided",
    }
    assert written["exit"] == 1
    assert all(row["controls"][0]["name"] == "factor 2" for row in written["claims"])
    assert re.fullmatch(r"[0-9].*", written["version"])


BAD = {
    "refuted": (("verify", "false.py"), 1, ""),
    "undecided": (("verify", "open.py"), 3, ""),
    "missing file": (("verify", "none.py"), 7, r"wnproof: error\[E-IO\] cannot read 'none.py': No such file"),
    "directory": (("kkt", "--data", "."), 7, r"wnproof: error\[E-IO\] cannot read '.': Is a directory"),
    "empty claim file": (("verify", "empty.py"), 4, r"wnproof: error\[E-NOCLAIMS\] no claims found in 'empty.py'"),
    "syntax error": (("verify", "syntax.py"), 4, r"wnproof: error\[E-LOAD\] syntax.py:1: SyntaxError"),
    "exit in a claim file": (("verify", "exits.py"), 4, r"wnproof: error\[E-LOAD\] exits.py:2: it ended the program with 0"),
    "claim that raises": (("verify", "raises.py"), 4, r"wnproof: error\[E-LOAD\] .*raises.py:6: ZeroDivisionError"),
    "claim twice": (("verify", "twice.py"), 4, r"wnproof: error\[E-DUPNAME\] twice.py:\d+: claim 'mine/twice' is already there"),
    "no such claim": (("verify", "core/none"), 4, r"wnproof: error\[E-NAME\] no claim matches 'core/none'"),
    "unknown option": (("derive", "--nope"), 2, r"wnproof: error\[E-USAGE\] No such option: --nope"),
    "unknown command": (("prove",), 2, r"wnproof: error\[E-USAGE\] No such command 'prove'"),
    "unknown activation": (("derive", "--activation", "rleu"), 2, r"wnproof: error\[E-NAME\] unknown 'rleu'; known: relu, "),
    "unknown normalization": (("derive", "--normalization", "weight"), 2, r"wnproof: error\[E-NAME\] unknown 'weight'; known: "),
    "unknown loss": (("derive", "--loss", "sqare"), 2, r"wnproof: error\[E-NAME\] unknown 'sqare'; known: square, "),
    "unknown loss suffix": (("derive", "--loss", "square.mean"), 2, r"wnproof: error\[E-NAME\] unknown 'square.mean'"),
    "slope forgotten": (("derive", "--activation", "leaky-relu"), 2, r"error\[E-VALUE\].*\nhelp: write leaky_relu\('1/10'\)"),
    "slope too large": (("derive", "--activation", "leaky-relu:2"), 2, r"error\[E-VALUE\] leaky_relu has slope 2"),
    "slope is no number": (("derive", "--activation", "leaky-relu:x"), 2, r"error\[E-VALUE\] 'x' is no number"),
    "width zero": (("derive", "--widths", "2,0,1"), 2, r"error\[E-EMPTY\] widths are \(2, 0, 1\)"),
    "widths are words": (("derive", "--widths", "2,x,1"), 2, r"error\[E-VALUE\] widths are '2,x,1'"),
    "no samples": (("kernel", "--samples", "0"), 2, r"error\[E-USAGE\]"),
    "unknown quantity": (("kernel", "--quantity", "x"), 2, r"error\[E-NAME\] unknown 'x'; known: velocity"),
    "negative seed": (("simulate", "--seed", "-1"), 2, r"error\[E-USAGE\]"),
    "ragged": (("kkt", "--data", "ragged.csv", "--target", "label"), 4, r"error\[E-SHAPE\] ragged.csv:3: 2 fields"),
    "nan": (("kkt", "--data", "nan.csv", "--target", "label"), 4, r"error\[E-NONFINITE\] nan.csv:3: b is nan"),
    "words": (("kkt", "--data", "words.csv", "--target", "label"), 4, r"error\[E-VALUE\] words.csv:2: 'two' is no number"),
    "decimal bomb": (("kkt", "--data", "bomb.csv", "--target", "label"), 4, r"error\[E-SIZE\] bomb.csv:2: number 1e999999999"),
    "columns of one name": (("kkt", "--data", "columns.csv", "--target", "label"), 4, r"error\[E-DUPNAME\] columns.csv:1"),
    "no samples in the file": (("kkt", "--data", "header.csv", "--target", "label"), 4, r"error\[E-EMPTY\] header.csv"),
    "not UTF-8": (
        ("kkt", "--data", "latin.csv", "--target", "label"),
        4,
        r"error\[E-ENCODING\] latin.csv: byte 0xff at offset 14",
    ),
    "NUL": (("kkt", "--data", "nul.csv", "--target", "label"), 4, r"error\[E-ENCODING\] nul.csv: byte 0x00 at offset 14"),
    "no weights": (
        ("kkt", "--data", "one.csv", "--target", "label", "--point", "other.npz"),
        4,
        r"error\[E-NAME\] other.npz: no array 'W1'",
    ),
    "a point of words": (
        ("kkt", "--data", "one.csv", "--target", "label", "--point", "spoiled.csv"),
        4,
        r"error\[E-VALUE\] spoiled.csv: 'x.y' is no number",
    ),
    "no such column": (("kkt", "--data", "points.csv"), 4, r"error\[E-NAME\] points.csv: no column 'y'; known: a, b, label"),
    "wrong width": (
        ("simulate", "--data", "points.csv", "--target", "label", "--widths", "3,2,1"),
        4,
        r"error\[E-SHAPE\] X is 3x2, the network has 3 inputs",
    ),
    "scale": (("simulate", "--data", "points.csv", "--target", "label", "--scale", "nan"), 4, r"error\[E-VALUE\] scale is nan"),
    "certificate is no JSON": (("check", "bad.json"), 5, r"error\[E-CERT-SYNTAX\]"),
    "certificate is missing": (("check", "none.json"), 7, r"error\[E-IO\]"),
}
SEVERAL = (
    "missing file",
    "unknown option",
    "no such claim",
    "nan",
    "refuted",
    "certificate is no JSON",
    "certificate is missing",
)


@pytest.mark.parametrize("name", [name for name in BAD if not name.startswith("certificate")])
def test_bad_input(here, capsys, monkeypatch, name):
    arguments, code, message = BAD[name]
    returned, _, err = inside(here, capsys, monkeypatch, *arguments)
    assert returned == code
    assert re.search(message, err), err
    assert bool(err) == bool(message), err
    assert len(err.splitlines()) <= 2


@pytest.mark.parametrize("name", SEVERAL)
def test_bad_input_of_the_program_itself(here, name):
    arguments, code, message = BAD[name]
    returned, _, err = wn(here, *arguments)
    assert returned == code
    assert re.search(message, err), err


def test_other_files_still_run_and_the_gravest_error_counts(here, capsys, monkeypatch):
    code, out, err = inside(here, capsys, monkeypatch, "verify", "syntax.py", "false.py", "good.py", "none.py")
    assert code == 7
    assert "mine/good" in out
    assert "mine/false" in out
    assert "error[E-LOAD] syntax.py:1" in err
    assert "error[E-IO]" in err


def test_a_run_is_drawn(here, capsys, monkeypatch):
    run = ("simulate", "--data", "points.csv", "--target", "label", "--widths", "2,3,1", "--t-end", "0.5", "--scale", "1")
    code, out, _ = inside(here, capsys, monkeypatch, *run, "--picture", "run.png")
    assert (code, (here / "run.png").read_bytes()[:4]) == (0, b"\x89PNG")
    assert "Trajectory of 9 parameters" in out
    assert inside(here, capsys, monkeypatch, *run, "--picture", "run.doc")[0] == 4
    assert inside(here, capsys, monkeypatch, *run, "--picture", "no/run.png")[0] == 7


def test_an_ensemble_says_its_seed(here, capsys, monkeypatch):
    run = ("simulate", "--data", "points.csv", "--target", "label", "--activation", "tanh", "--members", "3", "--seed", "5")
    code, out, err = inside(here, capsys, monkeypatch, *run)
    assert (code, err) == (0, "")
    assert "Ensemble of 3 trajectories" in out
    assert "seed 5, scale 0.001" in out
    assert inside(here, capsys, monkeypatch, *run, "--picture", "run.png")[0] == 2


def test_zero_data_is_degenerate_and_not_certified_to_be_more(here, capsys, monkeypatch):
    code, out, _ = inside(here, capsys, monkeypatch, "kkt", "--data", "zero.csv", "--target", "label")
    assert code in (0, 3)
    assert "Traceback" not in out


def test_a_traceback_only_with_debug(here):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "wnproof", "verify", "raises.py", "--debug"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=here, env=environment, timeout=120)
    assert done.returncode == 4
    assert "ZeroDivisionError: division by zero" in done.stderr
    assert "Traceback" in done.stderr


def test_an_internal_error_is_one_line_and_exit_8(here, capsys, monkeypatch):
    def broken(*_):
        raise RuntimeError("something unforeseen")

    monkeypatch.setattr(cli.models, "network", broken)
    code, _, err = inside(here, capsys, monkeypatch, "derive")
    assert code == 8
    assert err.startswith("wnproof: error[E-INTERNAL] RuntimeError: something unforeseen\nhelp: ")


def test_an_interrupt_is_130(here, capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli.models, "network", interrupted)
    code, _, err = inside(here, capsys, monkeypatch, "derive")
    assert (code, err) == (130, "wnproof: interrupted\n")

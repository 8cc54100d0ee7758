"""Claim files under pytest: what passes, fails, is skipped, and is an error."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import wnproof

ROOT = Path(wnproof.__file__).resolve().parent.parent
CLAIMS = """\
import sympy as sp
import wnproof as wn

x = sp.Symbol("x", real=True)


@wn.claim("p/true", source="", controls={"twice": dict(k=2)})
def true(k=1):
    return wn.equal(sp.Abs(x), k * sp.Max(x, -x))


@wn.claim("p/false", source="")
def false():
    '''|x| is x.'''
    return wn.equal(sp.Abs(x), x)


@wn.claim("p/open", source="")
def open_():
    return wn.equal(sp.erf(x), x)


@wn.claim("p/uncaught", source="", controls={"no mistake": dict(k=1)})
def uncaught(k=1):
    return wn.equal(x, k * x)


@wn.claim("p/raises", source="")
def raises():
    return 1 / 0
"""


def run(folder, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-p", "wnproof.pytest_plugin", "-p", "no:cacheprovider", "-rA", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, timeout=120)


def test_claims_are_items(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\nwnproof_files = claims_*.py\n")
    (tmp_path / "claims_all.py").write_text(CLAIMS)
    (tmp_path / "other.py").write_text("1 / 0\n")
    done = run(tmp_path, "--allow-undecided")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "PASSED claims_all.py::p/true" in done.stdout
    assert "1 skipped" in done.stdout
    assert "undecided: out-of-fragment: erf" in done.stdout
    assert set(re.findall(r"FAILED claims_all.py::(\S+)", done.stdout)) == {"p/false", "p/uncaught", "p/raises"}
    assert re.search(r"p/false: \|x\| is x\.\nrefuted: .*\nwitness: \{'x': '-\d+", done.stdout)
    assert "control 'no mistake' was not caught: proved" in done.stdout
    assert f"claims_all.py:{len(CLAIMS.splitlines())}: [E-LOAD] ZeroDivisionError" in done.stdout
    done = run(tmp_path, "claims_all.py::p/open")
    assert done.returncode == 1
    assert "undecided: " in done.stdout
    (tmp_path / "claims_all.py").write_text("x = (\n")
    done = run(tmp_path)
    assert done.returncode == 2
    assert re.search(r"claims_all.py:1: \[E-LOAD\] SyntaxError", done.stdout)

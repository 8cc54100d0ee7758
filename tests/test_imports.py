"""The facade is light: importing the package, or checking a certificate, loads no third-party module; every public name loads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import wnproof

ROOT = Path(wnproof.__file__).resolve().parent.parent
OURS = {"wnproof", "wnproof_checker", "__main__", "__mp_main__"}
FOREIGN = f"sorted({{name.partition('.')[0] for name in sys.modules}} - set(sys.stdlib_module_names) - {OURS})"


def run(code):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def at_rest():
    """What this interpreter loads by itself (site customizations, editable installs)."""
    return set(run(f"import json, sys; print(json.dumps({FOREIGN}))"))


def test_importing_the_package_loads_nothing_else(at_rest):
    assert set(run(f"import json, sys, wnproof, wnproof.checker; print(json.dumps({FOREIGN}))")) <= at_rest


def test_checking_a_certificate_loads_nothing_else(at_rest, tmp_path):
    from wnproof.claims.statements import equal
    from wnproof.prove.decide import decide

    path = decide(equal(1, 1)).certificate.save(tmp_path / "c.json")
    code = f"""
import contextlib, io, json, sys
sys.argv = ["wnproof", "check", {str(path)!r}]
from wnproof.__main__ import main
with contextlib.redirect_stdout(io.StringIO()) as out:
    try:
        main()
    except SystemExit as done:
        code = done.code
print(json.dumps([code, out.getvalue(), {FOREIGN}]))
"""
    exit_code, text, foreign = run(code)
    assert exit_code == 0
    assert text.startswith("proved")
    assert set(foreign) <= at_rest


@pytest.mark.parametrize("name", wnproof.__all__)
def test_every_public_name_loads_and_says_what_it_is(name):
    value = getattr(wnproof, name)
    assert value is not None
    assert name in dir(wnproof)
    if isinstance(value, type) or callable(value):
        assert value.__doc__


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="no attribute 'rleu'"):
        _ = wnproof.rleu
    assert not hasattr(wnproof, "torch")

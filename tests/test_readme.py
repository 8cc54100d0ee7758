"""The README is true: its session prints what it says, its claim verifies, its example runs."""

import doctest
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_session():
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    results = doctest.testfile(str(ROOT / "README.md"), module_relative=False, optionflags=flags, encoding="utf-8")
    assert results.attempted > 8
    assert results.failed == 0


def test_claim_of_your_own(tmp_path):
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    path = tmp_path / "mine.py"
    path.write_text("import wnproof as wn\n" + code, encoding="utf-8")
    command = [sys.executable, "-m", "wnproof", "verify", str(path)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert run.returncode == 0, run.stderr
    assert "mine/neuron-balance" in run.stdout
    assert "1/1 caught" in run.stdout


def test_commands_are_the_documented_two():
    commands = re.findall(r"^    (python3 -m venv .*)$", README, re.MULTILINE)
    assert len(commands) == 2
    assert commands[0].endswith(".venv/bin/wnproof verify")
    assert commands[1].endswith(".venv/bin/python -m pytest -q")


def test_example_runs_and_asserts_what_it_shows(tmp_path):
    picture = tmp_path / "alignment.svg"
    script = ROOT / "examples" / "01_iris_early_alignment.py"
    run = subprocess.run([sys.executable, str(script), str(picture)], capture_output=True, text=True, cwd=ROOT, check=False)
    assert run.returncode == 0, run.stderr
    assert picture.stat().st_size > 10_000
    assert "arrived at a smooth maximum" in run.stdout

"""``python wnproof/checker``: on its own, without the package around it and without site-packages."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import written_out as w

import wnproof.checker

FOLDER = Path(wnproof.checker.__file__).parent


def run(*arguments, cwd=None):
    return subprocess.run(
        [sys.executable, "-S", "-E", str(FOLDER), *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=60,
        check=False,
    )


@pytest.fixture
def proof(tmp_path):
    path = tmp_path / "cert.json"
    path.write_bytes(w.certificate(w.EWN, w.EWN_EVIDENCE))
    return path


def test_proof(proof):
    done = run(proof, cwd=proof.parent)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("proved: (-1) |W2|^2 + (2) sum(a) is constant for each index of h separately")
    assert done.stdout.endswith("[all widths and sample counts, all data, every differentiable loss]\n")


def test_refutation(tmp_path):
    path = tmp_path / "cert.json"
    path.write_bytes(w.certificate(w.WRONG_EWN, w.WRONG_EWN_EVIDENCE, "refuted"))
    done = run(path)
    assert done.returncode == 0
    assert done.stdout.startswith("refuted: ")


def test_invalid(tmp_path):
    path = tmp_path / "cert.json"
    path.write_bytes(w.certificate(w.WRONG_EWN, w.EWN_EVIDENCE))
    done = run(path)
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr.startswith("error[E-CERT-INVALID] ")


def test_claim(proof):
    claim = proof.with_name("claim.json")
    claim.write_text(json.dumps(w.EWN))
    assert run(proof, "--claim", claim).returncode == 0
    claim.write_text(json.dumps(w.WRONG_EWN))
    done = run(proof, "--claim", claim)
    assert done.returncode == 5
    assert "E-CERT-MISMATCH" in done.stderr
    claim.write_text("{")
    assert "E-CERT-SYNTAX" in run(proof, "--claim", claim).stderr


def test_missing_file(tmp_path):
    done = run(tmp_path / "none.json")
    assert done.returncode == 7
    assert "E-IO" in done.stderr
    assert run(tmp_path).returncode == 7


@pytest.mark.parametrize(
    "arguments", [(), ("--help",), ("a", "b"), ("a", "--claim"), ("a", "--claim", "b", "c"), ("--claim", "a", "b")]
)
def test_usage(arguments):
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: ")


def test_kinds():
    done = run("--kinds")
    assert done.returncode == 0
    said = re.findall(r"^Kinds? (.*?):", done.stdout, re.MULTILINE)
    assert set(re.findall(r"\w+", " ".join(said).replace(" and ", " "))) == set(wnproof.checker.KINDS)
    for word in ("Noether", "Positivstellensatz", "rotation", "slope", "rounded", "replayed", "weakest"):
        assert word in done.stdout


def test_the_checker_imports_the_standard_library_only():
    for file in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            assert all(name.split(".")[0] in sys.stdlib_module_names for name in names), (file.name, names)
            assert not (isinstance(node, ast.ImportFrom) and node.level > 1), file.name
            assert not isinstance(node, ast.Assert), f"{file.name}: python -O would drop it"


def test_the_checker_stays_small():
    lines = {file.stem: len(file.read_text().splitlines()) for file in FOLDER.glob("*.py")}
    assert max(lines.values()) <= 220, lines
    assert sum(lines.values()) <= 2500, lines

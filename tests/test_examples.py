"""The examples run, assert what they show, and print it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def test_weight_norm_flows():
    script = ROOT / "examples" / "02_weight_norm_flows.py"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
    assert run.returncode == 0, run.stderr
    pages = run.stdout.split("\\begin{align*}")
    assert len(pages) == 7
    assert all(page.count("\\end{align*}") == 1 for page in pages[1:])
    verdicts = [line for line in run.stdout.splitlines() if ": proved [" in line or ": refuted by" in line]
    assert len(verdicts) == 14
    assert sum("refuted" in line for line in verdicts) == 4
    assert any("all widths and sample counts" in line for line in verdicts)


def test_conservation_table():
    script = ROOT / "examples" / "03_conservation_table.py"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
    assert run.returncode == 0, run.stderr
    rows = [line.split() for line in run.stdout.splitlines()[1:]]
    counts = {tuple(row[:3]): row[4:] for row in rows}
    assert len(counts) == 24
    assert all(verdicts == ["proved", "proved"] for _, *verdicts, _ in counts.values())
    assert all(laws == quadratic for (net, _, kind), (laws, *_, quadratic) in counts.items() if (net, kind) != ("2-2-2-1", "EWN"))
    assert counts["2-3-1", "linear", "plain"][0] == "6"
    assert counts["2-3-1", "ReLU", "plain"][0] == "3"
    assert counts["2-2-2-1", "ReLU", "EWN"] == ["7", "proved", "proved", "8"]


PICTURES = {
    "04_early_convergence": ["0.0125 & 1.9002e-05 & 2.9997"],
    "05_length_and_direction": ["the smallest eigenvalue of V is between 0.0270200657583 and", "& 1.000 "],
    "06_sparsity_on_xor": ["no normalization & -51.5 & 20 & 20", "EWN & -57.1 & 4 & 7"],
    "07_unit_rows": ["1e+03 & 5.4026", "1e+04 & 11.384", "1e+05 & 24.308", "1e+06 & 52.119"],
    "08_small_weights_under_normalization": ["& 3.000 & 3", "& 2.001 & 2"],
    "10_saddle_to_saddle": ["0 & 7.5000 & 3.6000", "1 & 2.5000 & 2.0000", "2 & 0.5000 & 1.0000", "3 saddles"],
}
SLOW = ("05_length_and_direction", "07_unit_rows")


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.full if name in SLOW else ()) for name in PICTURES])
def test_pictures_of_the_papers(name, tmp_path):
    """Each prints a table for LaTeX and writes its picture."""
    script, picture = ROOT / "examples" / f"{name}.py", tmp_path / "picture.svg"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    call = [sys.executable, str(script), str(picture)]
    run = subprocess.run(call, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
    assert run.returncode == 0, run.stderr
    assert "\\begin{tabular}" in run.stdout
    assert "\\bottomrule" in run.stdout
    for line in PICTURES[name]:
        assert line in run.stdout, run.stdout
    assert picture.read_text().startswith("<?xml")


def test_deep_networks():
    script = ROOT / "examples" / "09_deep_networks.py"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
    assert run.returncode == 0, run.stderr
    lines = run.stdout.splitlines()
    assert lines[0].startswith("16 families")
    assert sum("maximum, chain" in line for line in lines) == 6
    assert any(line.startswith("smooth, listed: 65.33341") and line.endswith("not listed: none") for line in lines)
    assert any(line.startswith("listed, not reached: 0.8050729") for line in lines)
    assert lines[-1].startswith("certified (computed)")

"""The examples run, assert what they show, and print it."""

import os
import subprocess
import sys
from pathlib import Path

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

"""``verify`` in processes: the same results as here, limits, kills at random times, interrupts."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

import wnproof
from wnproof.claims.claim import REGISTRY
from wnproof.claims.claim import verify as verify_here
from wnproof.errors import WnproofError
from wnproof.runs.decided import result, written
from wnproof.runs.journal import NAME
from wnproof.runs.task import Limits, Outcome
from wnproof.runs.verification import CERTIFICATES, REPORT, report, save, verify
from wnproof.verdict import Rigor

ROOT = Path(wnproof.__file__).resolve().parent.parent
FEW = ("core/relu-homog", "core/blowup", "kumar-haupt-2024/thm-directional-convergence")
MANY = """\
import os, time
import sympy as sp
import wnproof as wn

COUNT = 24


def declare(n):
    @wn.claim(f"many/{n}", source="test", controls={"wrong": dict(k=2)})
    def state(k=1):
        if k == 1:
            log = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            os.write(log, f"many/{n}\\n".encode())
            os.close(log)
            time.sleep(0.02)
        x = sp.Symbol("x")
        return wn.equal((x + n) ** 2, k * x**2 + 2 * n * x + n**2)


for n in range(1, COUNT):
    declare(n)
"""
ENDS = """\
import os, time
import wnproof as wn


@wn.claim("ends/sleeps", source="test")
def sleeps():
    time.sleep(60)


@wn.claim("ends/needs-memory", source="test")
def needs_memory():
    return bytearray(8 << 30)


@wn.claim("ends/raises", source="test")
def raises():
    return 1 / 0


@wn.claim("ends/leaves", source="test")
def leaves():
    os._exit(0)


@wn.claim("ends/well", source="test")
def well():
    return wn.equal(1, 1)
"""


pytestmark = pytest.mark.usefixtures("registry")


def started(folder, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    command = [sys.executable, "-m", "wnproof", "verify", *arguments]
    heed = partial(
        signal.signal, signal.SIGINT, signal.SIG_DFL
    )  # a suite in the background ignores it, and so would its children
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder, env=environment, preexec_fn=heed
    )


def test_workers_find_what_is_found_here(tmp_path):
    here, there = verify_here(*FEW), verify(*FEW, jobs=2, journal=tmp_path)
    assert report(here) == report(there) == (tmp_path / REPORT).read_bytes()
    assert list(there) == list(FEW), "in the order of the claims, whichever was first"
    for slug in FEW:
        one, two = here[slug].verdict, there[slug].verdict
        assert (one, here[slug].controls) == (two, there[slug].controls)
    names = sorted(path.name for path in (tmp_path / CERTIFICATES).iterdir())
    assert names == ["core--blowup.json", "core--relu-homog.json"]


def test_no_message_earns_a_hard_verdict():
    entry = REGISTRY["core/relu-homog"]
    good = written(verify_here(entry)[entry.slug])
    assert result(entry, Outcome(good)).verdict.rigor is Rigor.PROVED
    other = written(verify_here("core/blowup")["core/blowup"])
    for wrong in (
        good | {"certificate": None},
        good | {"certificate": good["certificate"].replace('"1"', '"3"')},
        good | {"rigor": "refuted"},
        good | {"rigor": "certified"},
        good | {"rigor": "supported", "runs": 1},
        good | {"rigor": "undecided"},
    ):
        assert result(entry, Outcome(wrong)).verdict.rigor not in (Rigor.PROVED, Rigor.CERTIFIED, Rigor.REFUTED)
    assert result(entry, Outcome(good | {"certificate": other["certificate"]})).verdict.statement == other["statement"]


def test_limits_make_undecided_and_mistakes_are_reported(tmp_path):
    (tmp_path / "ends.py").write_text(ENDS)
    process = started(tmp_path, "ends.py", "--jobs", "2", "--timeout", "2", "--memory", "2", "--json")
    out, err = process.communicate(timeout=60)
    found = {row["claim"]: (row["verdict"], row["reason"]) for row in json.loads(out)["claims"]}
    assert found == {
        "ends/sleeps": ("undecided", "timeout 2 s"),
        "ends/needs-memory": ("undecided", "memory 2 GiB"),
        "ends/leaves": ("undecided", "the process ended itself with 0"),
        "ends/well": ("proved", ""),
    }
    assert process.returncode == 4
    assert "error[E-LOAD]" in err
    assert "ZeroDivisionError" in err
    assert "ends.py:17" in err


def log_of(folder):
    path = folder / "log"
    return Counter(path.read_text().split()) if path.exists() else Counter()


def journaled(folder):
    """The claims whose lines are whole, and the file's length."""
    path = folder / "journal" / NAME
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    return [json.loads(line[65:])["name"] for line in lines[1:] if line.endswith(b"\n")]


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.full)])
def test_a_run_killed_at_random_times_goes_on_where_it_was(tmp_path, kills):
    draw = random.Random(kills)
    count = 5 * (kills + 1)
    claims = tmp_path / "many.py"
    claims.write_text(MANY.replace("LOG", repr(str(tmp_path / "log"))).replace("COUNT = 24", f"COUNT = {count + 1}"))
    settled = 0
    for _ in range(kills):
        process = started(tmp_path, str(claims), "--jobs", "2", "--journal", "journal")
        until = len(journaled(tmp_path)) + draw.randint(1, 3)
        while len(journaled(tmp_path)) < until and process.poll() is None:
            time.sleep(0.002)
        time.sleep(draw.uniform(0, 0.04))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        names = journaled(tmp_path)
        assert len(names) == len(set(names)) < count
        assert settled < len(names)
        settled = len(names)
    finished = journaled(tmp_path)
    once = {name: log_of(tmp_path)[name] for name in finished}
    process = started(tmp_path, "--resume", "journal", "--jobs", "2")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert f"{count} of {count} claims reach their verdict" in out
    assert {name: log_of(tmp_path)[name] for name in finished} == once, "what was finished is not run again"
    assert Counter(journaled(tmp_path)) == Counter(f"many/{n}" for n in range(1, count + 1))
    save(tmp_path / "uninterrupted", verify_here(claims))
    for part in (REPORT, *(f"{CERTIFICATES}/many--{n}.json" for n in range(1, count + 1))):
        assert (tmp_path / "journal" / part).read_bytes() == (tmp_path / "uninterrupted" / part).read_bytes()


def test_an_interrupt_prints_what_is_finished_and_how_to_go_on(tmp_path):
    claims = tmp_path / "many.py"
    claims.write_text(MANY.replace("LOG", repr(str(tmp_path / "log"))).replace("0.02", "0.2"))
    process = started(tmp_path, "many.py", "--jobs", "1", "--journal", "journal")
    while len(journaled(tmp_path)) < 2 and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert "of 23 claims are finished\nhelp: wnproof verify --resume journal" in err
    assert "many/1 " in out
    assert "many/23" not in out


def test_a_changed_claim_is_decided_again(tmp_path):
    path = tmp_path / "mine.py"
    text = (
        "import wnproof as wn\n\n\n@wn.claim('mine/one', source='', controls={'two': dict(k=2)})\n"
        "def one(k=1):\n    return wn.equal(1, k)\n"
    )
    path.write_text(text)
    assert verify(path, jobs=1, journal=tmp_path / "j").ok
    path.write_text(text.replace("equal(1, k)", "equal(3, k)"))
    assert verify(path, jobs=1, journal=tmp_path / "j")["mine/one"].verdict.rigor is Rigor.REFUTED
    process = started(tmp_path, "--resume", "j", "--timeout", "30")
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (
        1,
        "wnproof: warning[W-RESUME] 1 results of another program or other limits, run again\n",
    )
    assert (tmp_path / "j" / NAME).read_bytes().count(b"\n") == 4


def test_resume_is_about_one_journal(tmp_path):
    for arguments, code, words in (
        (("--resume", "none"), 7, "cannot read 'none/journal.jsonl'"),
        (("core/euler", "--resume", "none"), 2, "takes its claims from the journal"),
        (("--jobs", "0"), 2, "--jobs"),
    ):
        process = started(tmp_path, *arguments)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out) == (code, "")
        assert words in err


def test_what_needs_processes_says_so():
    with pytest.raises(WnproofError, match="give jobs=1"):
        verify("core/relu-homog", limits=Limits(1))

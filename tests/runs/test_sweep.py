"""Workers: values come back in order, limits end them, nothing they do reaches the parent."""

from __future__ import annotations

import os
import sys
import time

import pytest

from wnproof.errors import WnproofError
from wnproof.runs.journal import NAME, Journal
from wnproof.runs.pool import INSIDE
from wnproof.runs.sweep import sweep
from wnproof.runs.task import Limits, Outcome, Task, reference

SHORT = Limits(seconds=20)


def square(k):
    return {"k": k, "square": k * k, "text": "e" * k}


def behave(how):
    """One of the things that a task can do to its process."""
    if how == "sleep":
        time.sleep(60)
    elif how == "children":
        os.system("sleep 60 & sleep 60")
    elif how == "memory":
        return len(bytearray(3 << 30))
    elif how == "exit":
        os._exit(3)
    elif how == "kill":
        os.kill(os.getpid(), 9)
    elif how == "parent":
        os.kill(os.getppid(), 9)
    elif how == "print":
        print("not an answer", flush=True)
        sys.stdout.flush()
    elif how == "raise":
        raise RuntimeError("broken")
    elif how == "mistake":
        raise WnproofError("E-SHAPE", "X is 5x3, y has 4", help="give one label per row of X")
    return how


def test_values_come_in_the_order_of_the_points_and_long_ones_arrive_whole():
    points = [{"k": k} for k in (300_000, 1, 70_000, 0, 12)]
    assert [outcome.value for outcome in sweep(square, points, jobs=2)] == [square(**point) for point in points]


ENDS = {
    "sleep": "timeout 0.4 s",
    "children": "timeout 0.4 s",
    "exit": "ended itself with 3",
    "kill": "SIGKILL",
    "parent": "the worker's parent ended",
}


def test_what_a_task_does_to_its_process_stays_there():
    points = [{"how": how} for how in (*ENDS, "print")]
    found = sweep(behave, points, jobs=1, limits=Limits(seconds=0.4))
    for (how, words), outcome in zip(ENDS.items(), found, strict=False):
        assert words in outcome.failure, how
        assert outcome.value is None
    assert found[-1].value == "print", "the last one runs as if nothing had been"


def test_memory_is_limited():
    (outcome,) = sweep(behave, [{"how": "memory"}], jobs=1, limits=Limits(20, 1 << 30))
    assert outcome.failure == "memory 1 GiB"
    assert outcome.final


@pytest.mark.parametrize(("how", "code"), [("raise", "E-INTERNAL"), ("mistake", "E-SHAPE")])
def test_mistakes_are_raised_here(how, code):
    with pytest.raises(WnproofError) as caught:
        sweep(behave, [{"how": how}], jobs=1, limits=SHORT)
    assert caught.value.code == code


def test_a_journal_answers_for_what_is_finished(tmp_path):
    points = [{"k": k} for k in range(4)]
    told = []
    first = sweep(square, points[:3], jobs=1, journal=tmp_path, progress=lambda *at: told.append(at[:2]))
    lines = (tmp_path / NAME).read_bytes()
    assert sweep(square, points, jobs=2, journal=tmp_path)[:3] == first
    assert (tmp_path / NAME).read_bytes().startswith(lines)
    assert (tmp_path / NAME).read_bytes().count(b"\n") == 5, "one line for the run and one a point"
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_journal_is_cut_at_its_first_broken_line(tmp_path):
    with Journal(tmp_path, ["a"]) as journal:
        for k in range(5):
            journal.write(f"key{k}", f"task{k}", Outcome(value=k))
    whole = (tmp_path / NAME).read_bytes()
    lines = whole.splitlines(keepends=True)
    for cut in range(0, len(whole), 37):
        (tmp_path / NAME).write_bytes(whole[:cut])
        with Journal(tmp_path) as journal:
            kept = sum(len(b"".join(lines[: k + 1])) <= cut for k in range(len(lines)))
            assert len(journal.done) == max(kept - 1, 0)
            journal.write("again", "again", Outcome(value="again"))
        with Journal(tmp_path) as journal:
            assert journal.done["again"].value == "again"
    spoiled = bytearray(whole)
    spoiled[len(lines[0]) + len(lines[1]) + 80] ^= 1
    (tmp_path / NAME).write_bytes(spoiled)
    with Journal(tmp_path) as journal:
        assert [o.value for o in journal.done.values()] == [0]


def test_a_journal_has_one_writer(tmp_path):
    with Journal(tmp_path), pytest.raises(WnproofError) as caught:
        Journal(tmp_path)
    assert (caught.value.code, caught.value.exit_code) == ("E-LOCKED", 7)


def test_a_journal_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WnproofError) as caught:
        Journal(tmp_path / "file")
    assert caught.value.code == "E-IO"


def test_keys_tell_tasks_limits_and_programs_apart():
    task = Task("a", "m:f", {"k": 1})
    keys = {
        task.key(Limits(), "p"),
        task.key(Limits(1), "p"),
        task.key(Limits(memory=1), "p"),
        task.key(Limits(), "q"),
        Task("b", "m:f", {"k": 1}).key(Limits(), "p"),
        Task("a", "m:g", {"k": 1}).key(Limits(), "p"),
        Task("a", "m:f", {"k": 2}).key(Limits(), "p"),
    }
    assert len(keys) == 7
    assert Task("a", "m:f", {"k": 1}).key(Limits(), "p") in keys


def test_workers_start_no_workers(monkeypatch):
    monkeypatch.setenv(INSIDE, "1")
    with pytest.raises(WnproofError, match="__main__") as caught:
        sweep(square, [{"k": 1}], jobs=1)
    assert caught.value.code == "E-LOAD"


def test_what_no_worker_could_find_is_refused():
    for function in (lambda k: k, Outcome.raised):
        with pytest.raises(WnproofError, match="not at the top"):
            reference(function)
    with pytest.raises(WnproofError, match="0 jobs"):
        sweep(square, [{"k": 1}], jobs=0)
    with pytest.raises(WnproofError, match="seconds of a limit"):
        Limits(0)


def test_a_script_is_found_by_its_file(tmp_path):
    import subprocess

    script = tmp_path / "script.py"
    script.write_text(
        "import wnproof as wn\n\n\ndef double(k):\n    return 2 * k\n\n\n"
        "if __name__ == '__main__':\n    print([o.value for o in wn.sweep(double, [{'k': 1}, {'k': 21}], jobs=2)])\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, env=environment, timeout=60)
    assert (done.returncode, done.stdout) == (0, "[2, 42]\n"), done.stderr

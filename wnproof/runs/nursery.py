"""The process that workers are born from: it has loaded what they need, and is left alone by everything they do.

It reads one task a line on stdin, forks a worker for each, kills it at its limits, and writes one outcome a line. It holds one
thread, so that forking is safe; it ends when its stdin does, and its worker with it.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
import select
import signal
import sys
import time
from typing import IO

from wnproof.errors import WnproofError
from wnproof.runs.task import Json, resolve

HEADER = 8


def main() -> None:
    """Serve the tasks on stdin until it is closed; the first line may name a call that loads what all need."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a task prints is not an answer
    requests = os.fdopen(os.dup(0), "rb", buffering=0)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    setup = json.loads(requests.readline())
    if setup is not None:
        with contextlib.suppress(Exception):  # the first task that needs it meets the same mistake, and reports it
            resolve(setup["function"])(**setup["arguments"])
    gc.freeze()  # what is loaded stays, so that no worker's collector writes to the pages it shares
    while line := requests.readline():
        request = json.loads(line)
        started = time.perf_counter()
        outcome = _born(request, requests)
        outcome["seconds"] = time.perf_counter() - started
        answers.write(json.dumps(outcome).encode() + b"\n")
        answers.flush()


def _born(request: Json, requests: IO[bytes]) -> dict[str, Json]:
    """Fork a worker for the request and wait for its answer, the end of its time, or the end of the parent."""
    reading, writing = os.pipe()
    worker = os.fork()
    if worker == 0:
        os.close(reading)
        _work(request, writing)
    os.close(writing)
    deadline = time.monotonic() + request["seconds"]
    content = bytearray()
    failure = ""
    while not _complete(content):
        ready, _, _ = select.select([reading, requests.fileno()], [], [], max(0.0, deadline - time.monotonic()))
        if reading in ready:
            if not (piece := os.read(reading, 1 << 16)):
                break
            content += piece
        elif ready:  # nothing is asked while a worker is at it: the parent is gone
            _end(worker)
            os._exit(0)
        else:
            failure = f"timeout {request['seconds']:g} s"
            break
    os.close(reading)
    if not failure and not _complete(content):
        return {"failure": _death(_end(worker, kill=False))}
    _end(worker)
    return {"failure": failure} if failure else dict(json.loads(content[HEADER:]))


def _complete(content: bytearray) -> bool:
    return len(content) >= HEADER and len(content) == HEADER + int.from_bytes(content[:HEADER], "big")


def _end(worker: int, *, kill: bool = True) -> int:
    """Kill the worker with all that it started, and collect it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if kill:
            os.kill(worker, signal.SIGKILL)
    _, status = os.waitpid(worker, 0)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(worker, signal.SIGKILL)
    return status


def _death(status: int) -> str:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number == signal.SIGXCPU:
            return "timeout"
        out_of_memory = ", as the system does when memory is short" if number == signal.SIGKILL else ""
        return f"the process was ended by {signal.Signals(number).name}{out_of_memory}"
    return f"the process ended itself with {os.waitstatus_to_exitcode(status)}"


def _work(request: Json, writing: int) -> None:
    """In the worker: call the function within its limits, answer, and leave without the nursery's clean-up."""
    try:
        os.setpgid(0, 0)
        resource.setrlimit(resource.RLIMIT_AS, (request["memory"],) * 2)
        cpu = int(2 * request["seconds"]) + 2  # counts only where the nursery is gone
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
        content = json.dumps(_answer(request)).encode()
        view = memoryview(len(content).to_bytes(HEADER, "big") + content)
        while view:
            view = view[os.write(writing, view) :]
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(0)


def _answer(request: Json) -> dict[str, Json]:
    memory = f"memory {request['memory'] / (1 << 30):g} GiB"
    try:
        return {"value": resolve(request["function"])(**request["arguments"])}
    except MemoryError:
        return {"failure": memory}
    except WnproofError as error:
        if isinstance(error.__cause__, MemoryError):
            return {"failure": memory}
        return {"error": {"code": error.code, "what": error.what, "help": error.help, "where": error.where}}
    except Exception as error:
        return {"error": {"code": "E-INTERNAL", "what": f"{type(error).__name__}: {error}", "help": "", "where": ""}}


if __name__ == "__main__":
    main()

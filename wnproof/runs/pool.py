"""Tasks spread over nurseries, outcomes as they come."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from wnproof.errors import WnproofError
from wnproof.runs.task import Json, Limits, Outcome, Task
from wnproof.simulation.workers import INSIDE

_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


@dataclass
class _Nursery:
    """A nursery process, what it was asked last, and what it has answered so far."""

    process: subprocess.Popen[bytes]
    task: Task | None = None
    answered: bytearray = field(default_factory=bytearray)

    @classmethod
    def start(cls, setup: Json) -> _Nursery:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p or os.getcwd() for p in sys.path), INSIDE: "1"}
        environment.update(dict.fromkeys(_ONE_THREAD, "1"))
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "wnproof.runs.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,  # an interrupt on the terminal is for the parent
            bufsize=0,
        )
        nursery = cls(process)
        nursery._send(setup)
        return nursery

    def ask(self, task: Task, limits: Limits) -> None:
        self.task = task
        self.answered.clear()
        self._send({"function": task.function, "arguments": task.arguments, "seconds": limits.seconds, "memory": limits.memory})

    def _send(self, value: Json) -> None:
        assert self.process.stdin is not None
        view = memoryview(json.dumps(value).encode() + b"\n")
        with contextlib.suppress(BrokenPipeError):  # its death is seen where its answer is read
            while view:
                view = view[self.process.stdin.write(view) or 0 :]

    def fileno(self) -> int:
        assert self.process.stdout is not None
        return self.process.stdout.fileno()

    def heard(self) -> Outcome | None:
        """The outcome when it is complete; a nursery that died is an outcome too."""
        piece = os.read(self.fileno(), 1 << 16)
        self.answered += piece
        if not piece:
            return Outcome(failure=f"the worker's parent ended with {self.process.wait()}")
        return Outcome(**json.loads(self.answered)) if self.answered.endswith(b"\n") else None

    def close(self) -> None:
        """Let it end, with the worker that it may have."""
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()
        try:
            self.process.wait(2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def outcomes(
    tasks: Sequence[Task], jobs: int, limits: Limits | None = None, setup: Task | None = None
) -> Iterator[tuple[Task, Outcome]]:
    """(task, outcome) in the order in which tasks finish, each in a process of its own, ``jobs`` of them at a time.

    Args: ``setup`` a call that every nursery makes once before it has workers, to load what they share.
    Raises: WnproofError E-VALUE for fewer than one job, E-LOAD inside a worker: a script that starts workers when it is
        imported would start them forever.
    """
    if jobs < 1:
        raise WnproofError("E-VALUE", f"{jobs} jobs do nothing", help="give at least 1")
    if INSIDE in os.environ:
        raise WnproofError("E-LOAD", "a worker starts workers", help="start them below if __name__ == '__main__':")
    limits, waiting = limits or Limits(), deque(tasks)
    first = None if setup is None else {"function": setup.function, "arguments": setup.arguments}
    nurseries: list[_Nursery] = []
    with selectors.DefaultSelector() as selector:

        def begin() -> None:
            nursery = _Nursery.start(first)
            nurseries.append(nursery)
            selector.register(nursery.fileno(), selectors.EVENT_READ, nursery)
            nursery.ask(waiting.popleft(), limits)

        try:
            for _ in range(min(jobs, len(waiting))):
                begin()
            while any(nursery.task for nursery in nurseries):
                for key, _ in selector.select():
                    nursery = key.data
                    outcome = nursery.heard()
                    if outcome is None:
                        continue
                    done, nursery.task = nursery.task, None
                    if nursery.process.poll() is not None:
                        selector.unregister(key.fd)
                        nursery.close()
                        nurseries.remove(nursery)
                        if waiting:
                            begin()
                    elif waiting:
                        nursery.ask(waiting.popleft(), limits)
                    assert done is not None
                    yield done, outcome
        finally:
            for nursery in nurseries:
                nursery.close()

"""The same function for many numbers, on all processors: forked processes that share what is loaded, and one in their place where
forking is not possible.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import warnings
from collections.abc import Callable, Generator, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import TypeVar

T = TypeVar("T")
INSIDE = "WNPROOF_WORKER"  # in the environment of processes that are one of many already
FEWEST = 8  # calls for a worker, below which it is not worth its start


def processors(calls: int) -> int:
    """How many workers to use for so many calls; 1 where forking is not safe, or inside a worker."""
    if sys.platform != "linux" or INSIDE in os.environ:
        return 1
    return max(1, min(len(os.sched_getaffinity(0)), calls // FEWEST))


def spread(function: Callable[[int], T], calls: int, workers: int) -> Generator[tuple[int, T]]:
    """(k, function(k)) for k = 0 .. calls - 1 as they are done; what the function returns has to be picklable.

    Args:
        function: any callable, closures included, since workers are forked.
        calls: how many.
        workers: processes at a time; with one, the calls are made here, in order.

    An exception of the function is raised here; a call whose worker dies is left out. Closing the iterator ends the workers.

    >>> dict(spread(lambda k: k * k, 3, 1))
    {0: 0, 1: 1, 2: 4}
    """
    if workers == 1:
        yield from ((k, function(k)) for k in range(calls))
        return
    context, waiting = get_context("fork"), iter(range(calls))
    lines: dict[Connection, int] = {}
    processes = []
    try:
        for _ in range(workers):
            mine, other = context.Pipe()
            process = context.Process(target=_serve, args=(function, other, mine), daemon=True)
            with warnings.catch_warnings():  # threads of numerical libraries are idle, and stay behind
                warnings.simplefilter("ignore", DeprecationWarning)
                process.start()
            other.close()
            processes.append(process)
            _ask(mine, waiting, lines)
        while lines:
            for line in wait(list(lines)):
                assert isinstance(line, Connection)
                k = lines.pop(line)
                try:
                    worked, value = line.recv()
                except (EOFError, OSError):  # it died
                    continue
                if not worked:
                    raise value
                _ask(line, waiting, lines)
                yield k, value
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.join()


def _ask(line: Connection, waiting: Iterator[int], lines: dict[Connection, int]) -> None:
    k = next(waiting, None)
    with contextlib.suppress(OSError):
        line.send(k)
        if k is not None:
            lines[line] = k


def _serve(function: Callable[[int], object], line: Connection, other: Connection) -> None:
    """In a worker: answer until nothing is asked any more or the parent is gone."""
    other.close()
    os.environ[INSIDE] = "1"
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with contextlib.suppress(EOFError, OSError):
        while (k := line.recv()) is not None:
            try:
                answer: tuple[bool, object] = (True, function(k))
            except Exception as error:
                answer = (False, error)
            line.send(answer)

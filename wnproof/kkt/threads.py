"""Work in blocks on all processors, in order, with a bar on a terminal; Ctrl-C stops after the blocks at hand."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Block = TypeVar("Block")
Result = TypeVar("Result")

BAR_FROM = 20  # blocks


def processors() -> int:
    """Those this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_threads(work: Callable[[Block], Result], blocks: Iterable[Block], total: int, name: str) -> Iterator[Result]:
    """``work(block)`` for each of ``total`` blocks, in order; at most two blocks a processor are held at a time.

    >>> list(in_threads(lambda k: k * k, range(4), 4, "squares"))
    [0, 1, 4, 9]
    """
    if total < 2:
        yield from map(work, blocks)
        return
    source, waiting = iter(blocks), deque[Future[Result]]()
    pool = ThreadPoolExecutor(processors())
    try:
        for _ in _shown(total, name):
            waiting.extend(pool.submit(work, block) for block in islice(source, 2 * processors() - len(waiting)))
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _shown(total: int, name: str) -> Iterator[int]:
    """Numbers up to ``total``, with a bar on stderr when there are many and it is a terminal."""
    if total < BAR_FROM:
        yield from range(total)
        return
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        yield from progress.track(range(total), description=name)

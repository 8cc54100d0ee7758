"""Interleaved timing: on a shared machine only ratios of times that were taken side by side mean anything."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from time import process_time


def interleaved(
    calls: Mapping[str, Callable[[], object]], rounds: int = 60, slice_seconds: float = 2e-3
) -> dict[str, list[float]]:
    """Seconds per call of each, one short run of every candidate per round, in an order drawn anew (seeded) for every round.

    It is processor time, of all threads: what other programs take in between is not in it. A fixed order can fall into step with
    the scheduler of a busy machine, which then interrupts always the same candidate.
    """
    order = random.Random(0)
    repeats = {}
    for name, call in calls.items():
        call()
        start = process_time()
        call()
        repeats[name] = max(1, int(slice_seconds / max(process_time() - start, 1e-7)))
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in order.sample(list(calls.items()), len(calls)):
            count = range(repeats[name])
            start = process_time()
            for _ in count:
                call()
            times[name].append((process_time() - start) / len(count))
    return times


def ratio(times: Mapping[str, list[float]], above: str, below: str) -> float:
    """The least time of one over the least time of the other: what else runs on the machine only adds time."""
    return min(times[above]) / min(times[below])

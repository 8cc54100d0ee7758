"""Interleaved timing: on a shared machine only ratios of times that were taken side by side mean anything."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from time import perf_counter


def interleaved(
    calls: Mapping[str, Callable[[], object]], rounds: int = 60, slice_seconds: float = 2e-3
) -> dict[str, list[float]]:
    """Seconds per call of each, one short run of every candidate per round, in turn."""
    repeats = {}
    for name, call in calls.items():
        call()
        start = perf_counter()
        call()
        repeats[name] = max(1, int(slice_seconds / max(perf_counter() - start, 1e-7)))
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            count = range(repeats[name])
            start = perf_counter()
            for _ in count:
                call()
            times[name].append((perf_counter() - start) / len(count))
    return times


def ratio(times: Mapping[str, list[float]], above: str, below: str) -> float:
    """The median over the rounds of time(above)/time(below), each pair taken within one round."""
    return statistics.median(a / b for a, b in zip(times[above], times[below], strict=True))

"""u' = grad N(u) along the sphere where kinks lie in several layers: all starts together, steps short only where grad N jumps.

Euler's method for u' in the generalized gradient of N converges to solutions of this inclusion when the steps tend to 0; where a
kink attracts, it steps to and fro across it and moves along it on average. Heun's method is of second order off the kinks.

Source: Filippov 1988 for the inclusion.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Velocity = Callable[[FloatArray], FloatArray]
Progress = Callable[[int, int], None]
LONG, GROWTH = 0.05, 1.2  # of steps, where 1 is the time in which u would move by 1 at the mean |grad N|
JUMP = 0.02  # a step in which the velocity changes by more is made again, shorter
WINDOW, STILL = 1.0, 1e-5  # a start has arrived when its mean position of one window is that of the one before
LONGEST = 300.0
SHRINK, LAST = 0.95, 200  # steps at the end, which take the width of the zigzag away


@dataclass(frozen=True, eq=False)
class Stepped:
    """Where starts are after following a velocity on the sphere.

    Attributes:
        last: unit vectors (P, E).
        settled: (E,), those that stand still.
    """

    last: FloatArray
    settled: NDArray[np.bool_]


def stepped(velocity: Velocity, start: FloatArray, shortest: float, progress: Progress | None = None) -> Stepped:
    """Follow a tangential velocity (P, E) -> (P, E) from unit vectors (P, E) until each start stands still.

    ``shortest`` is the length of steps where the velocity jumps; halving it tells how far the answer can be trusted. Interrupted,
    it returns where the starts are. ``progress`` is called with the number of starts that are done, and of all.

    >>> around = np.array([[0.6], [0.8]])
    >>> def uphill(u):
    ...     g = np.array([[1.0], [0.0]]) - 3 * np.sign(u[1]) * np.array([[0.0], [1.0]])
    ...     return g - (g * u).sum(axis=0) * u
    >>> end = stepped(uphill, around, 1e-3)
    >>> bool(np.abs(end.last - [[1.0], [0.0]]).max() < 1e-6), end.settled.tolist()
    (True, [True])
    """
    march = _March(velocity, shortest, start)
    try:
        while march.going():
            if progress is not None:
                progress(start.shape[1] - len(march.live), start.shape[1])
        if progress is not None:
            progress(start.shape[1], start.shape[1])
        u = march.u
        for k in range(LAST):
            u = _unit(u + shortest * SHRINK**k * velocity(u))
    except KeyboardInterrupt:
        return Stepped(march.u, march.settled)
    return Stepped(u, march.settled)


class _March:
    """Positions, step lengths and clocks of all starts; ``live`` are the numbers of those that go on."""

    def __init__(self, velocity: Velocity, shortest: float, start: FloatArray) -> None:
        members = start.shape[1]
        self.velocity, self.shortest, self.u = velocity, shortest, start.copy()
        self.lengths, self.time, self.inside = np.full(members, LONG), np.zeros(members), np.zeros(members)
        self.total, self.before = np.zeros_like(start), np.full_like(start, np.inf)
        self.settled, self.live = np.zeros(members, dtype=bool), np.arange(members)

    def going(self) -> bool:
        """Steps until some start has filled a window; whether any goes on."""
        while len(self.live):
            moved = self._step()
            full = moved[self.inside[moved] >= WINDOW]
            if len(full):
                mean = self.total[:, full] / self.inside[full]
                self.settled[full] = np.linalg.norm(mean - self.before[:, full], axis=0) <= STILL
                self.before[:, full], self.total[:, full], self.inside[full] = mean, 0.0, 0.0
                self.live = self.live[~self.settled[self.live] & (self.time[self.live] < LONGEST)]
                return len(self.live) > 0
        return False

    def _step(self) -> NDArray[np.intp]:
        """One step of Heun's method of each start that goes on, or a shorter length for it; the numbers of those that moved."""
        here, length = self.u[:, self.live], self.lengths[self.live]
        first = self.velocity(here)
        second = self.velocity(_unit(here + length * first))
        jump = np.linalg.norm(second - first, axis=0)
        taken = (jump <= JUMP) | (length <= self.shortest)
        moved, step = self.live[taken], length[taken]
        self.u[:, moved] = _unit(here[:, taken] + step / 2 * (first + second)[:, taken])
        self.total[:, moved] += step * self.u[:, moved]
        self.inside[moved] += step
        self.time[moved] += step
        calm = jump[taken] <= JUMP / 4
        self.lengths[moved[calm]] = np.minimum(GROWTH * step[calm], LONG)
        self.lengths[self.live[~taken]] = np.maximum(length[~taken] / 2, self.shortest)
        return np.asarray(moved)


def _unit(u: FloatArray) -> FloatArray:
    return np.asarray(u / np.linalg.norm(u, axis=0))

"""DOP853 for many solutions of one autonomous system at once, each with its own time and its own steps.

A fixed number of lanes is computed together; a member that ends leaves its lane to the next one, so that no member waits for
another and the memory does not grow with the ensemble.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import DOP853

from wnproof.simulation.trajectory import StopReason

FloatArray = NDArray[np.float64]
Velocity = Callable[[FloatArray], FloatArray]
Reasons = dict[StopReason, NDArray[np.bool_]]
A, B = np.ascontiguousarray(DOP853.A[:12, :12]), np.ascontiguousarray(DOP853.B)
ERRORS = np.stack([DOP853.E5, DOP853.E3])
NUMBERS, FEWEST = 1 << 18, 16  # numbers in all stages: they stay near the cache; lanes below which kernels are all overhead
STEPS = 30_000  # of one member, rejected ones included
SHRINK = 30  # steps in a row that left the floats


@dataclass(frozen=True, eq=False)
class Lanes:
    """What is integrated, and until when.

    Attributes:
        velocity: theta (P, E) -> (P, E).
        times: (T,) output times, from 0; every member steps onto each of them.
        tolerance: relative, per step; absolute, a tenth of it in units of the member's start.
        settled: theta (P, E), velocity (P, E) -> reasons to stop early, each with the members (E,) it holds for.
    """

    velocity: Velocity
    times: FloatArray
    tolerance: float
    settled: Callable[[FloatArray, FloatArray], Reasons]

    def run(self, start: FloatArray, report: Callable[[int], None]) -> Ends:
        """All members from start (P, E); ``report`` is called with the number of members done. Ctrl-C keeps what there is."""
        ends = Ends.empty(start, self.times)
        with np.errstate(all="ignore"):  # what is not finite stops its member
            try:
                _Running(self, start, ends, report).to_the_end()
            except KeyboardInterrupt:
                ends.interrupted = True
        return ends


def twice(
    velocity: Velocity,
    times: FloatArray,
    tolerances: tuple[float, float],
    settled: Callable[[FloatArray, FloatArray], Reasons],
    start: FloatArray,
    progress: Callable[[int, int], None] | None,
) -> tuple[Ends, Ends]:
    """All members at the finer tolerance and at the coarser one; nothing is run after Ctrl-C."""
    members = start.shape[1]

    def report(done: int) -> None:
        if progress is not None:
            progress(done, 2 * members)

    fine = Lanes(velocity, times, tolerances[0], settled).run(start, report)
    if fine.interrupted:
        return fine, Ends.empty(start, times)
    return fine, Lanes(velocity, times, tolerances[1], settled).run(start, lambda done: report(members + done))


@dataclass(eq=False)
class Ends:
    """theta (T, P, E) at the output times (not-a-number once a member has stopped), last states (P, E), times (E,), and why."""

    theta: FloatArray
    last: FloatArray
    t: FloatArray
    stops: list[StopReason]
    interrupted: bool = False

    @classmethod
    def empty(cls, start: FloatArray, times: FloatArray) -> Ends:
        """Nothing computed yet."""
        theta = np.full((len(times), *start.shape), np.nan)
        theta[0] = start
        return cls(theta, start.copy(), np.zeros(start.shape[1]), [StopReason.INTERRUPTED] * start.shape[1])


class _Running:
    """The lanes in progress: ``member`` (W,) says who is in which lane, -1 nobody."""

    def __init__(self, lanes: Lanes, start: FloatArray, ends: Ends, report: Callable[[int], None]) -> None:
        self.lanes, self.start, self.ends, self.report = lanes, start, ends, report
        P, E = start.shape
        self.waiting, self.done = 0, 0
        width = max(FEWEST, min(NUMBERS // (13 * max(P, 1)), E))
        self.member = np.full(width, -1)
        self.theta, self.K = np.zeros((P, width)), np.zeros((13, P, width))
        self.t, self.h, self.scale = np.zeros(width), np.zeros(width), np.ones(width)
        self.next, self.steps, self.shrunk = np.ones(width, int), np.zeros(width, int), np.zeros(width, int)
        self.refused = np.zeros(width, bool)

    def to_the_end(self) -> None:
        self._fill()
        while (self.member >= 0).any():
            self._step()
            if self.waiting < self.start.shape[1]:
                if (self.member < 0).any():
                    self._fill()
            elif FEWEST <= len(self.member) // 2 >= (self.member >= 0).sum():
                self._narrow()

    def _fill(self) -> None:
        """The next members into the free lanes, each with its first step."""
        free = np.flatnonzero(self.member < 0)[: self.start.shape[1] - self.waiting]
        if not free.size:
            return
        who = np.arange(self.waiting, self.waiting + free.size)
        self.waiting += free.size
        self.member[free] = who
        self.theta[:, free] = self.start[:, who]
        self.scale[free] = np.maximum(np.linalg.norm(self.start[:, who], axis=0), 1e-300)
        self.t[free], self.next[free], self.steps[free], self.shrunk[free], self.refused[free] = 0.0, 1, 0, 0, False
        velocity = self.lanes.velocity(self.theta)
        self.K[0][:, free] = velocity[:, free]
        self.h[free] = self._first_steps(free)
        self._end(free, self._settled(free))

    def _first_steps(self, which: NDArray[np.intp]) -> FloatArray:
        """Hairer, Norsett and Wanner, II.4: from the sizes of theta and its velocity, and how the velocity changes."""
        theta, velocity = self.theta[:, which], self.K[0][:, which]
        weight = self._weight(np.abs(theta), self.scale[which])
        size, speed = _mean(theta / weight), _mean(velocity / weight)
        h = np.where((size < 1e-5) | (speed < 1e-5), 1e-6 * self.scale[which], 0.01 * size / np.maximum(speed, 1e-300))
        trial = self.theta.copy()
        trial[:, which] += h * velocity
        bend = _mean((self.lanes.velocity(trial)[:, which] - velocity) / weight) / h
        steepest = np.fmax(speed, bend)
        return np.asarray(np.minimum(100 * h, (0.01 / np.maximum(steepest, 1e-300)) ** 0.125))

    def _weight(self, size: FloatArray, scale: FloatArray) -> FloatArray:
        return np.asarray(self.lanes.tolerance * (0.1 * scale + size))

    def _step(self) -> None:
        """One step of every lane, accepted or not."""
        times, K, theta = self.lanes.times, self.K, self.theta
        busy = self.member >= 0
        left = np.where(busy, times[np.minimum(self.next, len(times) - 1)] - self.t, 0.0)
        lands = self.h >= left * (1 - 1e-12)
        h = np.where(lands, left, self.h)
        P, W = theta.shape
        flat = K.reshape(13, P * W)
        for s in range(1, 12):
            K[s] = self.lanes.velocity(theta + h * (A[s, :s] @ flat[:s]).reshape(P, W))
        new = theta + h * (B @ flat[:12]).reshape(P, W)
        K[12] = self.lanes.velocity(new)
        weight = self._weight(np.maximum(np.abs(theta), np.abs(new)), self.scale)
        fifth, third = ((e @ flat).reshape(P, W) / weight for e in ERRORS)
        squares = (fifth**2).sum(axis=0), (third**2).sum(axis=0)
        error = np.where(squares[0] == 0, 0.0, h * squares[0] / np.sqrt((squares[0] + 0.01 * squares[1]) * P))
        good = busy & (error < 1) & np.isfinite(K[12]).all(axis=0)
        factor = np.clip(0.9 * np.maximum(error, 1e-300) ** -0.125, 0.2, np.where(self.refused, 1.0, 10.0))
        factor = np.where(np.isfinite(error) & np.isfinite(factor), factor, 0.2)
        self.h = np.where(good, np.where(lands, np.maximum(self.h, h * factor), h * factor), h * np.minimum(factor, 0.9))
        self.steps += 1
        self.shrunk = np.where(np.isfinite(error), 0, self.shrunk + 1)
        self.refused = ~good
        self.t = np.where(good, np.where(lands, times[np.minimum(self.next, len(times) - 1)], self.t + h), self.t)
        theta[:, good] = new[:, good]
        K[0][:, good] = K[12][:, good]
        self._after(np.flatnonzero(busy), good, lands)

    def _after(self, busy: NDArray[np.intp], good: NDArray[np.bool_], lands: NDArray[np.bool_]) -> None:
        """Write down the output times that were reached, and see who is done."""
        times = self.lanes.times
        landed = np.flatnonzero(good & lands)
        self.ends.theta[self.next[landed], :, self.member[landed]] = self.theta[:, landed].T
        self.next[landed] += 1
        reasons = {StopReason.REACHED_END: self.next[busy] == len(times), **self._settled(busy)}
        reasons[StopReason.NON_FINITE] = self.shrunk[busy] > SHRINK
        reasons[StopReason.STEP_LIMIT] = (self.steps[busy] >= STEPS) | (self.t[busy] + self.h[busy] == self.t[busy])
        self._end(busy, reasons)

    def _settled(self, lanes: NDArray[np.intp]) -> Reasons:
        return self.lanes.settled(self.theta[:, lanes], self.K[0][:, lanes])

    def _end(self, lanes: NDArray[np.intp], reasons: Reasons) -> None:
        """Take the members out that have a reason to stop; the first one counts."""
        left = np.ones(lanes.size, bool)
        for reason, holds in reasons.items():
            ending = lanes[holds & left]
            left &= ~holds
            for member in self.member[ending]:
                self.ends.stops[int(member)] = reason
            self.ends.last[:, self.member[ending]], self.ends.t[self.member[ending]] = self.theta[:, ending], self.t[ending]
            self.member[ending], self.h[ending] = -1, 0.0
        if not left.all():
            self.done += int((~left).sum())
            self.report(self.done)

    def _narrow(self) -> None:
        """Half as many lanes, when nobody waits any more."""
        order = np.argsort(self.member < 0, kind="stable")[: len(self.member) // 2]
        self.member, self.t, self.h, self.scale = self.member[order], self.t[order], self.h[order], self.scale[order]
        self.next, self.steps, self.shrunk, self.refused = (a[order] for a in (self.next, self.steps, self.shrunk, self.refused))
        self.theta, self.K = np.ascontiguousarray(self.theta[:, order]), np.ascontiguousarray(self.K[:, :, order])


def _mean(values: FloatArray) -> FloatArray:
    """The root of the mean square of each column."""
    return np.asarray(np.sqrt((values**2).mean(axis=0)))

"""Adaptive Runge-Kutta steps from kink to kink: SciPy's DOP853 on a frozen activation pattern, restarted where a
preactivation vanishes.

Behind the kink the flow carries on (crossed), comes to rest (the neuron has died on its last kink), or points back (sliding),
which is not followed here; neither is a start on a kink, which may be left in several ways.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import DOP853
from scipy.optimize import brentq

from wnproof.simulation.charts import Coordinates
from wnproof.simulation.crossings import NODES, TOGETHER, first_zeros
from wnproof.simulation.patterns import PatternField
from wnproof.simulation.trajectory import StopReason

FloatArray = NDArray[np.float64]
Dense = Callable[[float], FloatArray]
EVALUATIONS, CROSSINGS, RETRIES = 400_000, 5_000, 30
UNDECIDED_RATE = 1e-7  # of the rate before the kink: below it the sign behind is rounding
PUSH = 1e-6  # how far ahead one looks for the side a preactivation enters


class _NotFiniteError(ArithmeticError):
    """The velocity left the floating-point numbers."""


class _StuckError(ArithmeticError):
    """The flow does not leave a kink to a definite side."""


@dataclass(frozen=True, eq=False)
class Problem:
    """What is integrated: a field in coordinates.

    Attributes:
        field, coordinates: the velocity of theta, and the state it is integrated in.
        s_end: the last s; may be infinite.
        ending: the run also ends where this function of the state reaches zero from below; None when s alone decides.
        done: another reason to stop, asked after every step.
    """

    field: PatternField
    coordinates: Coordinates
    s_end: float
    ending: Callable[[FloatArray], float] | None
    done: Callable[[FloatArray], StopReason | None]


@dataclass(eq=False)
class Steps:
    """A run: pieces of dense output in the variable s, the last state, the kinks met as (s, kink, whether it was crossed), and
    why it stopped.
    """

    s: float
    state: FloatArray
    pieces: list[tuple[float, float, Dense]] = field(default_factory=list)
    met: list[tuple[float, int, bool]] = field(default_factory=list)
    stop: StopReason = StopReason.REACHED_END

    def __call__(self, s: float) -> FloatArray:
        """The state at s, from dense output."""
        if not self.pieces:
            return self.state
        return np.asarray(self.pieces[min(bisect_left(self.pieces, s, key=lambda p: p[1]), len(self.pieces) - 1)][2](s))

    @property
    def sequences(self) -> dict[int, list[bool]]:
        """How each kink was met, time after time; the order of different kinks, which may tie, is left out."""
        found: dict[int, list[bool]] = {}
        for _, kink, crossed in self.met:
            found.setdefault(kink, []).append(crossed)
        return found

    @property
    def grid(self) -> FloatArray:
        """Ends and midpoints of the pieces."""
        ends = np.array([0.0, *(end for _, end, _ in self.pieces)])
        return np.sort(np.concatenate([ends, (ends[1:] + ends[:-1]) / 2]))


def integrate(problem: Problem, start: FloatArray, tolerance: float) -> Steps:
    """Integrate from s = 0 to a stop; what was computed before a failure or Ctrl-C is kept."""
    run = Steps(0.0, start)
    with np.errstate(all="ignore"):  # what is not finite stops the run
        try:
            _Integration(problem, run, tolerance).to_the_end()
        except _NotFiniteError:
            run.stop = StopReason.NON_FINITE
        except _StuckError:
            run.stop = StopReason.KINK_UNRESOLVED
        except KeyboardInterrupt:
            run.stop = StopReason.INTERRUPTED
    return run


class _Integration:
    """One run in progress: the pattern, the kinks just met, and those a dead neuron rests on."""

    def __init__(self, problem: Problem, run: Steps, tolerance: float) -> None:
        self.problem, self.run, self.tolerance = problem, run, tolerance
        self.evaluations, self.retries = 0, 0
        self.step: float | None = None
        self.scale = float(np.linalg.norm(problem.coordinates.representative(run.state)))
        kinks = problem.field.kinks
        self.sides, self.fresh, self.resting = np.zeros(kinks), np.zeros(kinks, bool), np.zeros(kinks, bool)

    def to_the_end(self) -> None:
        run, problem = self.run, self.problem
        reason = problem.done(run.state)
        self._first_sides()
        while reason is None:
            solver = self._solver()
            restart = False
            while not restart and reason is None:
                if self.evaluations > EVALUATIONS:
                    reason = StopReason.STEP_LIMIT
                    break
                try:
                    if solver.step() is not None:
                        reason = StopReason.STEP_LIMIT
                        break
                except _NotFiniteError:
                    self._retry()
                    restart = True
                    break
                self.step = float(solver.h_previous)
                restart, reason = self._accept(solver.dense_output(), float(solver.t_old), float(solver.t))
        run.stop = reason

    def _velocity(self, _s: float, state: FloatArray) -> FloatArray:
        self.evaluations += 1
        value = self.problem.coordinates.velocity(state, lambda theta: self.problem.field.velocity(theta, self.pattern))
        if not np.all(np.isfinite(value)):
            raise _NotFiniteError
        return value

    def _solver(self) -> DOP853:
        """A solver from here; without a step size to go on with, SciPy looks for one."""
        self.pattern = (self.sides > 0).astype(np.float64)
        self.scale = max(self.scale, float(np.linalg.norm(self.problem.coordinates.representative(self.run.state))))
        args = dict(rtol=self.tolerance, atol=0.1 * self.tolerance)
        speed = float(np.linalg.norm(self._velocity(self.run.s, self.run.state)))
        if self.step is None:
            try:
                return DOP853(self._velocity, self.run.s, self.run.state, self.problem.s_end, **args)
            except _NotFiniteError:  # its trial step was too long
                self.step = 1e-3 / speed
        first = min(self.step, self.problem.s_end - self.run.s)
        return DOP853(self._velocity, self.run.s, self.run.state, self.problem.s_end, first_step=first, **args)

    def _retry(self) -> None:
        """A shorter step, when a stage of the last one left the floats."""
        self.retries += 1
        if self.retries > RETRIES:
            raise _NotFiniteError
        speed = float(np.linalg.norm(self._velocity(self.run.s, self.run.state)))
        self.step = 0.1 * (1 / speed if self.step is None else self.step)

    def _accept(self, dense: Dense, start: float, end: float) -> tuple[bool, StopReason | None]:
        """Take a step up to the first kink or the end of the run; whether to restart, and why to stop."""
        run, ending = self.run, self.problem.ending
        kink, met = self._first_kink(dense, start, end)
        crossing, reason = kink < np.inf, None
        end = min(kink, end)
        if ending is not None and ending(dense(end)) >= 0:
            end = float(brentq(lambda s: ending(dense(s)), start, end, xtol=1e-15 * end, rtol=1e-15))
            crossing, reason = False, StopReason.REACHED_END
        elif end >= self.problem.s_end:
            crossing, reason = False, StopReason.REACHED_END
        run.pieces.append((start, end, dense))
        run.s, run.state = end, np.asarray(dense(end))
        if crossing:
            self._cross(met)
        else:
            self.fresh[:] = False
            self._watch_resting(dense, start, end)
        return crossing, reason or self.problem.done(run.state)

    def _surfaces(self, state: FloatArray, pattern: FloatArray) -> FloatArray:
        return self.problem.field.surfaces(self.problem.coordinates.representative(state), pattern)

    def _rates(self, state: FloatArray, sides: FloatArray) -> FloatArray:
        theta = self.problem.coordinates.representative(state)
        return self.problem.field.rates(theta, (sides > 0).astype(np.float64), self.scale)

    def _first_sides(self) -> None:
        """The sides at the start; a preactivation that is zero there has to be zero nearby too (a zero sample, a dead layer)."""
        if not self.problem.field.kinks:
            return
        theta = self.problem.coordinates.representative(self.run.state)
        self.sides = self._entered(np.zeros_like(self.sides), np.zeros_like(theta), np.ones_like(self.fresh))
        random = np.random.default_rng(0).standard_normal(theta.shape)
        near = self._entered(self.sides, PUSH * self.scale * random, self.sides == 0)
        if ((self.sides == 0) & (near != 0)).any():
            raise _StuckError

    def _entered(self, sides: FloatArray, shift: FloatArray, which: NDArray[np.bool_]) -> FloatArray:
        """The sides that some kinks have at theta + shift, from the first layer on."""
        theta = self.problem.coordinates.representative(self.run.state) + shift
        found = sides
        while True:
            values = self.problem.field.surfaces(theta, (found > 0).astype(np.float64))
            better = np.where(which, np.sign(values), sides)
            if np.array_equal(better, found):
                return found
            found = better

    def _first_kink(self, dense: Dense, start: float, end: float) -> tuple[float, NDArray[np.bool_]]:
        """Where the first kink is met within the step (inf: nowhere), and which ones are met there."""
        if not self.problem.field.kinks:
            return np.inf, self.fresh
        values = np.stack([self._surfaces(dense(s), self.pattern) for s in start + (end - start) * NODES])
        seen = np.where(self.resting, 0.0, self.sides * values)
        zeros = first_zeros(seen, self.fresh)
        first = float(zeros.min())
        if first == np.inf:
            return np.inf, self.fresh
        return start + first * (end - start), zeros <= first + TOGETHER

    def _cross(self, met: NDArray[np.bool_]) -> None:
        """Behind the kinks: every one of them has to be left on the side that is entered, or rested on."""
        run = self.run
        incoming = self._rates(run.state, self.sides)
        theta = self.problem.coordinates.representative(run.state)
        forward = self.problem.field.velocity(theta, self.pattern)
        shift = PUSH * self.scale * forward / max(float(np.linalg.norm(forward)), 1e-300)
        sides = self._entered(self.sides, shift, met | (self.sides == 0))
        outgoing = self._rates(run.state, sides)
        flipped = (met | (self.sides == 0)) & (sides != 0)
        resting = flipped & (outgoing == 0)
        stuck = flipped & ~resting & ~(sides * outgoing > UNDECIDED_RATE * np.abs(incoming))
        if stuck.any() or len(run.met) >= CROSSINGS:
            raise _StuckError
        run.met += [(run.s, int(k), not resting[k]) for k in np.flatnonzero(met)]
        self.sides, self.fresh, self.resting = sides, flipped, self.resting | resting

    def _watch_resting(self, dense: Dense, start: float, end: float) -> None:
        """A neuron that died on a kink can come back once the residual has changed its sign: two solutions from there on."""

        def lift(s: float) -> float:
            """The fastest rate at which a resting kink would be left on the side it came from."""
            rates = []
            for k in np.flatnonzero(self.resting):
                sides = self.sides.copy()
                sides[k] = -sides[k]
                rates.append(sides[k] * self._rates(np.asarray(dense(s)), sides)[k])
            return float(max(rates))

        for s in ((start + end) / 2, end) if self.resting.any() else ():
            if lift(s) > 0:
                branch = start if lift(start) >= 0 else float(brentq(lift, start, s, xtol=1e-12 * (end - start)))
                self.run.pieces[-1] = (start, branch, dense)
                self.run.s, self.run.state = branch, np.asarray(dense(branch))
                raise _StuckError

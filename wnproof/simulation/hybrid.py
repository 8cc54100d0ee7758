"""The flow of two-layer (leaky) ReLU networks across kinks: crossed, slid along, died on, reached at the origin and left again.

Taylor steps inside a mode end at the first zero of a height w_j . e_g or of a slack of a slide; both are polynomials in time, so
Bernstein coefficients miss none. There the complementarity problem of the neuron's kinks says how it goes on.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from wnproof.simulation.clarke import UnresolvedError, exits, outward, slack_size, ways_on, ways_through_zero
from wnproof.simulation.compiled_flow import Swift
from wnproof.simulation.crossings import bernstein, first_negative
from wnproof.simulation.flow_loop import (
    AT_REST,
    FAST,
    FINISHED,
    FULL,
    INTERPOLATED,
    NON_FINITE,
    TOO_LARGE,
    TOO_SHORT,
    UNCOMMON,
    UNRESOLVED,
)
from wnproof.simulation.hybrid_run import Accuracy, HybridRun, Meeting
from wnproof.simulation.kink_zeros import FROZEN, LATEST, TOGETHER
from wnproof.simulation.rows import ON_KINK
from wnproof.simulation.taylor import TIED, Path, Series, State, TwoLayer
from wnproof.simulation.trajectory import StopReason

FloatArray = NDArray[np.float64]
STEPS, MEETINGS = 50_000, 5_000
HALTS = {
    NON_FINITE: StopReason.NON_FINITE,
    TOO_SHORT: StopReason.STEP_LIMIT,
    UNRESOLVED: StopReason.KINK_UNRESOLVED,
    TOO_LARGE: StopReason.BLOW_UP,
}

Choice = Callable[[int], int | None]
"""Which of several ways to take at the first, second, ... branching point (0, 1, ...); None stops."""


def follow(model: TwoLayer, start: State, t_end: float, accuracy: Accuracy, limit: float, choice: Choice) -> HybridRun:
    """The solution from ``start`` to ``t_end``, or to where |theta| exceeds ``limit`` or no way on is known.

    What was computed before a failure or Ctrl-C is kept.
    """
    located = model.rows.located(start.raw)
    heights, near = located @ model.lines.T, ON_KINK * np.linalg.norm(located, axis=1, keepdims=True)
    signs = np.where(np.abs(heights) <= near, 0, np.sign(model.rows.effective(start.raw) @ model.lines.T))
    run = HybridRun(start, signs.astype(np.int8))
    with np.errstate(all="ignore"):  # what is not finite stops the run
        try:
            _Following(model, run, t_end, accuracy, limit, choice).to_the_end()
        except UnresolvedError:
            run.stop = StopReason.KINK_UNRESOLVED
        except _BranchingError:
            run.stop = StopReason.BRANCHING
        except KeyboardInterrupt:
            run.stop = StopReason.INTERRUPTED
    return run


class _BranchingError(ArithmeticError):
    """The flow has several solutions, and none of them is to be followed."""


class _Following:
    """One run in progress; ``fresh`` are the (neuron, kink) whose functions start from zero."""

    def __init__(self, model: TwoLayer, run: HybridRun, t_end: float, accuracy: Accuracy, limit: float, choice: Choice) -> None:
        self.model, self.run, self.t_end, self.accuracy, self.limit, self.choice = model, run, t_end, accuracy, limit, choice
        self.fresh = np.zeros(run.modes.shape, bool)
        self.pace = 1.0
        self.along, self.along_modes = model.sliding(run.modes), run.modes.copy()

    def to_the_end(self) -> None:
        run = self.run
        for j in np.flatnonzero((run.modes == 0).any(axis=1)):
            self._meet(int(j), set())
        run.history.append((run.t, run.modes.copy()))
        swift = Swift.of(self.model, run, self.t_end, self.accuracy, self.limit)
        while len(run.pieces) < STEPS and len(run.met) <= MEETINGS:
            if not (self._step() if swift is None else self._steps(swift)):
                return
        run.stop = StopReason.STEP_LIMIT

    def _steps(self, swift: Swift) -> bool:
        """Compiled steps, and the meeting that is too uncommon for them; whether to go on."""
        halt = swift.onward(self.fresh)
        if halt == UNCOMMON:
            met = swift.uncommon()
            self._meet_all(met)
            swift.hold(met)
            return self._goes_on()
        if halt == AT_REST:
            return self._rest()
        if halt not in (FULL, FINISHED):
            self.run.stop = HALTS[halt]
        return halt == FULL

    def _step(self) -> bool:
        """One step, up to the first meeting; whether to go on."""
        run, model = self.run, self.model
        if not np.array_equal(run.modes, self.along_modes):
            self.along, self.along_modes = model.sliding(run.modes), run.modes.copy()
        along = self.along
        rate = model.series(run.state, run.modes, along, 1).rate
        pace = self.pace = 1.0 if 1 / FAST <= rate <= FAST or rate == 0 else 1 / rate
        series = model.series(run.state, run.modes, along, self.accuracy.order, pace)
        if not np.isfinite(series.sizes).all():
            run.stop = StopReason.NON_FINITE
            return False
        if along.along and np.abs(series.R[0]).max() < INTERPOLATED * model.residual.size(0 * series.R[0]):
            return self._rest()
        left = (self.t_end - run.t) / pace
        h = min(series.reach(self.accuracy.tolerance), left)
        if run.t + pace * h == run.t:
            run.stop = StopReason.STEP_LIMIT
            return False
        zeros = self._zeros(series, along.along, h)
        first = min(zeros.values(), default=np.inf)
        met = {pair for pair, zero in zeros.items() if pace * (zero - first) <= TOGETHER * max(pace, run.t)}
        step = min(first, h)
        end = self.t_end if step >= left else run.t + pace * step
        run.pieces.append((run.t, end, series.path))
        run.t, run.state = end, series.path.at(pace * step)
        if pace * step > TOGETHER * max(pace, run.t):
            self.fresh[:] = False
        for j, (S, inverse) in along.along.items():
            if not model.rows.vanished(run.state.raw, j):
                model.rows.onto(run.state.raw, j, np.eye(model.lines.shape[1]) - model.lines[S].T @ inverse)
        if met:
            self._meet_all({j: {kink for neuron, kink in met if neuron == j} for j in sorted({neuron for neuron, _ in met})})
        return self._goes_on()

    def _meet_all(self, met: dict[int, set[int]]) -> None:
        for j, kinks in met.items():
            self._meet(j, kinks)
        self.run.history.append((self.run.t, self.run.modes.copy()))

    def _goes_on(self) -> bool:
        """Whether the end is not reached, nor the limit."""
        run = self.run
        if run.t >= self.t_end:
            return False
        if not max(float(np.abs(a).max(initial=0.0)) for a in (*run.state.raw, run.state.A)) < self.limit:
            run.stop = StopReason.BLOW_UP
            return False
        return True

    def _rest(self) -> bool:
        """Nothing moves any more: one constant piece to the end."""
        run = self.run
        state = run.state
        still = Path(tuple(a[None] for a in state.raw), state.A[None], state.b[None], 1.0)
        run.pieces.append((run.t, self.t_end, still))
        run.interpolated, run.t = run.t, self.t_end
        return False

    def _zeros(
        self, series: Series, along: dict[int, tuple[NDArray[np.intp], FloatArray]], h: float
    ) -> dict[tuple[int, int], float]:
        """(neuron, kink) -> where one of its functions turns negative within (0, h]."""
        zeros: dict[tuple[int, int], float] = {}
        powers = h ** np.arange(len(series.W), dtype=np.float64)
        heights = series.heights * self.run.modes * powers[:, None, None]
        moving = np.abs(heights[1:]).sum(axis=0)
        suspect = (self.run.modes != 0) & (moving > 0) & (heights[0] <= moving)
        lengths = np.linalg.norm(series.W[0], axis=1)
        for j, g in zip(*np.nonzero(suspect), strict=True):
            pair = int(j), int(g)
            self._watch(zeros, pair, heights[:, j, g], float(1e-2 * lengths[j] + np.abs(heights[1:, j, g]).max()), h, 0.0)
        for j, (S, inverse) in along.items():
            rays = exits(self.model, self.run.state, j, S)
            if rays is not None:
                size = max(slack_size(self.model, series, j, int(g), powers) for g in S)
                for rate in (outward(series, j, S, rays) * powers[:, None]).T:
                    self._watch(zeros, (j, int(S[0])), -rate, size, h, 1e-13)
                continue
            slacks = series.slacks(j, S, inverse)
            for column, g in enumerate(S):
                size = slack_size(self.model, series, j, int(g), powers)
                pulls = np.abs(series.above[:, j, g]) + np.abs(series.below[:, j, g])
                if (pulls * powers).max() < FROZEN * size:
                    continue
                for slack in slacks:
                    self._watch(zeros, (j, int(g)), slack[:, column] * powers[: len(slack)], size, h, 1e-13)
        return zeros

    def _watch(
        self, zeros: dict[tuple[int, int], float], pair: tuple[int, int], values: FloatArray, size: float, h: float, floor: float
    ) -> None:
        """Note the first time in units of h at which sum_k values[k] s^k, lifted by floor * size, turns negative."""
        if not values.any():  # a neuron that rests on its kink: it is not left on that side
            return
        values = values.copy()
        if self.fresh[pair]:
            large = np.flatnonzero(np.abs(values) > TIED * size)
            if not large.size or large[0] >= LATEST:
                return
            values = values[large[0] :]
            if values[0] < 0:
                raise UnresolvedError
        elif values[0] >= -floor * size:
            values[0] += floor * size
        soonest = min(zeros.values(), default=np.inf)
        if soonest < h:  # what comes later is of no interest
            h, whole = min(h, soonest * (1 + 1e-6) + 2 * TOGETHER * max(1.0, self.run.t / self.pace)), h
            values *= (h / whole) ** np.arange(len(values))
        if values[0] > np.abs(values[1:]).sum():
            return
        if values[0] <= 0:
            zero = 0.0
        else:
            b = bernstein(values)
            b[np.abs(b) <= 4e-16 * np.abs(b).max()] = 0.0
            zero = first_negative(b) * h
        if zero < np.inf:
            zeros[pair] = min(zero, zeros.get(pair, np.inf))

    def _meet(self, j: int, met: set[int]) -> None:
        """Neuron j on its kinks: find the ways on, and take one."""
        run, model = self.run, self.model
        kinks = [k for k in met if run.modes[j, k] != 0]
        model.rows.met(run.state.raw, j, model.lines[kinks])
        if model.rows.vanished(run.state.raw, j):
            Z = np.arange(len(model.lines))
            ways = ways_through_zero(model, run.state, run.modes, j)
        else:
            Z = self._onto_kinks(j, met)
            ways = ways_on(model, run.state, run.modes, j, Z)
        before = tuple(int(s) for s in run.modes[j, Z])
        taken: int | None = 0 if ways.unique else self.choice(sum(not m.ways.unique for m in run.met))
        after = ways.signs[taken or 0]
        modes = run.modes.copy()
        modes[j, Z] = after
        series = model.series(run.state, modes, model.sliding(modes), 1)
        dead = not series.force[:, j].any()
        meeting = Meeting(run.t, j, tuple(int(g) for g in Z), before, after, ways, dead)
        if taken is None:
            run.branch = meeting
            raise _BranchingError
        run.modes[j, Z] = after
        self.fresh[j, Z] = True
        run.met.append(meeting)

    def _onto_kinks(self, j: int, met: set[int]) -> NDArray[np.intp]:
        """The kinks that neuron j is on, and the neuron exactly on them."""
        run, model = self.run, self.model
        near = model.rows.rounding(run.state.raw, j)
        on = (run.modes[j] == 0) | (np.abs(model.lines @ model.rows.located(run.state.raw)[j]) <= near)
        on[list(met)] = True
        Z, D = np.flatnonzero(on), model.lines.shape[1]
        everywhere = int(np.linalg.matrix_rank(model.lines[Z], tol=1e-9)) == D
        if everywhere and not model.rows.reach_zero:
            raise UnresolvedError
        model.rows.onto(run.state.raw, j, np.eye(D) - np.linalg.pinv(model.lines[Z], rcond=1e-9) @ model.lines[Z])
        if everywhere:
            run.state.raw[0][j] = 0.0
        return Z

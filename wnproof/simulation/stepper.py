"""Adaptive Runge-Kutta steps that stop at kinks: SciPy's DOP853 between sign changes of the preactivations.

Inside a linear region the velocity is smooth. A step over which a preactivation changes sign is cut at the first change;
there the velocity just behind the kink decides: it carries on (crossed) or it points back (sliding, which is not followed here).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import DOP853
from scipy.optimize import brentq

from wnproof.simulation.trajectory import StopReason

FloatArray = NDArray[np.float64]
Field = Callable[[FloatArray], FloatArray]
Dense = Callable[[float], FloatArray]
EVALUATIONS, CROSSINGS = 400_000, 5_000
_PROBES = (0.25, 0.5, 0.75, 1.0)


class NotFiniteError(ArithmeticError):
    """The velocity left the floating-point numbers."""


@dataclass
class Steps:
    """An integration in progress: pieces of dense output in the variable s, the last state, crossings, and why it stopped."""

    s: float
    state: FloatArray
    pieces: list[tuple[float, float, Dense]] = field(default_factory=list)
    crossings: list[tuple[float, int]] = field(default_factory=list)
    stop: StopReason = StopReason.REACHED_END


@dataclass(frozen=True)
class Problem:
    """state' = velocity(state); ``kinks`` gives the preactivations, empty when the velocity is continuous; ``done`` ends
    the run.
    """

    velocity: Field
    kinks: Callable[[FloatArray], FloatArray] | None
    done: Callable[[float, FloatArray], StopReason | None]


def integrate(problem: Problem, state: FloatArray, s_end: float, rtol: float, atol: float) -> Steps:
    """Integrate from s = 0 to s_end, or to an earlier stop; what was computed before a failure is kept."""
    run = Steps(0.0, np.array(state, dtype=np.float64))
    spent, scale = 0, 0.0

    def velocity(_s: float, y: FloatArray) -> FloatArray:
        nonlocal spent
        spent += 1
        value = problem.velocity(y)
        if not np.all(np.isfinite(value)):
            raise NotFiniteError
        return value

    try:
        while run.s < s_end:
            solver = DOP853(velocity, run.s, run.state, s_end, rtol=rtol, atol=atol)
            crossed = False
            while solver.status == "running" and not crossed:
                before = solver.y.copy()
                scale = max(scale, float(np.linalg.norm(before)))
                if solver.step() is not None or spent > EVALUATIONS:
                    run.stop = StopReason.STEP_LIMIT
                    return run
                dense, start, end = solver.dense_output(), float(solver.t_old), float(solver.t)
                crossing = None if problem.kinks is None else _first_crossing(problem.kinks, before, dense, start, end)
                if crossing is not None:
                    crossed, (end, index) = True, crossing
                run.pieces.append((start, end, dense))
                run.s, run.state = end, np.asarray(dense(end)) if crossed else solver.y.copy()
                if crossed:
                    assert problem.kinks is not None
                    passed = _passed(problem, before, run.state, index, scale)
                    if passed is None or len(run.crossings) >= CROSSINGS:
                        run.stop = StopReason.KINK_UNRESOLVED
                        return run
                    run.state = passed
                    run.crossings.append((end, index))
                reason = problem.done(run.s, run.state)
                if reason is not None:
                    run.stop = reason
                    return run
    except (NotFiniteError, FloatingPointError):
        run.stop = StopReason.NON_FINITE
    return run


def _first_crossing(
    kinks: Callable[[FloatArray], FloatArray], before: FloatArray, dense: Dense, start: float, end: float
) -> tuple[float, int] | None:
    """The earliest sign change of a preactivation within the step, and which one."""
    signs = np.sign(kinks(before))
    low = start
    for fraction in _PROBES:
        high = start + fraction * (end - start)
        changed = np.flatnonzero(np.sign(kinks(dense(high))) * signs < 0)
        if changed.size:
            times = [_root(partial(_entry, kinks, dense, int(k)), low, high, signs[k]) for k in changed]
            first = int(np.argmin(times))
            return times[first], int(changed[first])
        low = high
    return None


def _entry(kinks: Callable[[FloatArray], FloatArray], dense: Dense, k: int, s: float) -> float:
    return float(kinks(dense(s))[k])


def _root(value: Callable[[float], float], low: float, high: float, sign: float) -> float:
    return low if value(low) * sign <= 0 else float(brentq(value, low, high, xtol=1e-15 * max(1.0, abs(high)), rtol=1e-14))


def _passed(problem: Problem, before: FloatArray, at: FloatArray, index: int, scale: float) -> FloatArray | None:
    """A state just behind the kink, a tiny step in units of ``scale``, or None when the velocity there points back."""
    assert problem.kinks is not None
    side = np.sign(problem.kinks(before)[index])
    forward = problem.velocity(before + (at - before) * (1 - 1e-9))
    for exponent in (-14, -13, -12, -11):
        nudge = 10.0**exponent * scale / max(float(np.linalg.norm(forward)), 1e-300)
        behind = at + nudge * forward
        if np.sign(problem.kinks(behind)[index]) == -side:
            onward = problem.velocity(behind)
            rate = problem.kinks(behind + nudge * onward)[index] - problem.kinks(behind)[index]
            return behind if np.sign(rate) == -side else None
    return None

"""A trajectory: what was computed, why it stopped, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wnproof.errors import WnproofError

FloatArray = NDArray[np.float64]
COARSE = 1e-2  # an error that has to be known of


class StopReason(Enum):
    """Why a run ended; each text says what to do about it."""

    REACHED_END = "reached the end time"
    CONVERGED = "the direction converged"
    BLOW_UP = "blow-up: see .blowup for the time"
    NORM_LIMIT = "the norm left the range of floats before the direction converged: give an end time"
    NON_FINITE = "a velocity was not finite: check the data and the scale of the start"
    KINK_UNRESOLVED = "the trajectory sticks to a kink (sliding) or may leave it in several ways, which is not followed here"
    BRANCHING = "several solutions go on from here: follow one with branches=wn.first_branch, or all with wn.simulate_branches"
    STEP_LIMIT = "steps too many or too short: raise the tolerance, shorten the run or use another chart"
    INTERRUPTED = "interrupted: what was computed is kept; run it again to the end"

    @property
    def sound(self) -> bool:
        """Whether everything up to the stop can be used as evidence."""
        return self in (StopReason.REACHED_END, StopReason.CONVERGED, StopReason.BLOW_UP, StopReason.NORM_LIMIT)


@dataclass(frozen=True, eq=False)
class Trajectory:
    """A computed solution theta(t), 0 <= t <= t_stop.

    Attributes:
        t: output times (T,).
        theta: states (T, P).
        loss: loss at the output times (T,); for the flow of a neural correlation function, -N.
        events: (time, what) of every kink that was met.
        stop: why it ended.
        t_stop: when.
        error: estimated relative error, the largest difference to a run at ten times the tolerance; infinite when the two
            stopped for different reasons or met different kinks.
        invariant_drift: largest drift of a conserved quantity relative to the size of its terms; None when none is known. A
            small drift does not make a trajectory right where it meets kinks.
        branches: (time, what) of every point with several solutions; where one of them was followed, which.
        modes: (time, signs (samples, neurons)) from that time on, for two-layer networks that are followed across kinks: 1 and -1
            are the sides of a preactivation, 0 where it slides along its kink.
        interpolated: when the residuals of a run along kinks had become rounding; it is at rest from then on.
        ways: when it stopped with BRANCHING, the number of ways on.
        log_t, log_loss: logarithms of the output times and losses in the chart ``log_time``; finite far beyond floats.
        blowup: (low, high) around the blow-up time, as far as the integration is right; None when none is in sight.
    """

    t: FloatArray
    theta: FloatArray
    loss: FloatArray
    events: tuple[tuple[float, str], ...]
    stop: StopReason
    t_stop: float
    error: float
    invariant_drift: float | None
    blowup: tuple[float, float] | None
    curve: Callable[[float], FloatArray] = field(repr=False)
    branches: tuple[tuple[float, str], ...] = ()
    modes: tuple[tuple[float, NDArray[np.int8]], ...] = ()
    ways: int = 0
    interpolated: float | None = None
    log_t: FloatArray | None = None
    log_loss: FloatArray | None = None

    def __post_init__(self) -> None:
        for array in (self.t, self.theta, self.loss):
            array.setflags(write=False)

    def __call__(self, t: Any) -> FloatArray:
        """theta at time t: (P,), or (len(t), P) for an array of times; accurate as the integration itself.

        Raises: WnproofError E-VALUE for a time outside the run.
        """
        times = np.atleast_1d(np.asarray(t, dtype=np.float64))
        outside = times[~((times >= 0) & (times <= self.t_stop))]
        if outside.size:
            raise WnproofError("E-VALUE", f"t = {outside[0]} is outside the run [0, {self.t_stop}]")
        states = np.array([self.curve(float(time)) for time in times]).reshape(len(times), -1)
        return states[0] if np.ndim(t) == 0 else states

    def direction(self, t: Any) -> FloatArray:
        """theta / |theta| at time t."""
        states = self(t)
        return np.asarray(states / np.linalg.norm(states, axis=-1, keepdims=True))

    @property
    def final(self) -> FloatArray:
        """The last state (P,)."""
        return self.curve(self.t_stop)

    @property
    def slid(self) -> bool:
        """Whether a neuron slides along a kink, or lies dead on one, anywhere in the run."""
        return any(bool((signs == 0).any()) for _, signs in self.modes)

    @property
    def caveats(self) -> tuple[str, ...]:
        """What has to be known before the run is used as evidence; empty when nothing does."""
        found = [] if self.stop.sound else [f"stopped at t = {self.t_stop:.10g}: {self.stop.value}"]
        if not np.isfinite(self.error):
            found.append("no error estimate: a coarser run stopped elsewhere, met other kinks, or was not made")
        elif self.error > COARSE:
            found.append(f"runs at two tolerances differ by {self.error:.1e} of the solution")
        if not (np.isfinite(self.theta).all() and (np.isfinite(self.loss).all() or self.log_loss is not None)):
            found.append("some states or losses are not finite")
        if self.branches and self.stop is not StopReason.BRANCHING:
            found.append(f"branched: it follows one of several solutions from t = {self.branches[0][0]:.10g} on")
        if self.interpolated is not None:
            found.append(f"interpolated: from t = {self.interpolated:.10g} on the residuals are rounding, and it rests")
        if (self.events or self.slid) and self.invariant_drift is not None:
            found.append("it meets kinks: that conserved quantities hardly drift proves nothing about what happened there")
        return tuple(found)

    def to_json(self) -> dict[str, Any]:
        """Plain data; numbers that are not finite become null."""
        return {
            "t": self.t.tolist(),
            "theta": self.theta.tolist(),
            "loss": [_number(value) for value in self.loss],
            "events": [list(event) for event in self.events],
            "branches": [list(branch) for branch in self.branches],
            "caveats": list(self.caveats),
            "stop": self.stop.name,
            "t_stop": self.t_stop,
            "error": _number(self.error),
            "invariant_drift": self.invariant_drift,
            "blowup": None if self.blowup is None else list(self.blowup),
        }

    def __repr__(self) -> str:
        sizes = f"|theta| {np.linalg.norm(self(0.0)):.4g} -> {np.linalg.norm(self.final):.4g}"
        last = f"{self.loss[-1]:.6g}" if self.log_loss is None else f"exp({self.log_loss[-1]:.10g})"
        drift = "" if self.invariant_drift is None else f", conserved quantities drift by {self.invariant_drift:.1e}"
        lines = [
            f"Trajectory of {self.theta.shape[1]} parameters, t = 0 .. {self.t_stop:.10g}: {self.stop.value}",
            f"  loss {self.loss[0]:.6g} -> {last}, {sizes}, {len(self.events)} kinks met",
            f"  relative error {self.error:.1e} (against a coarser run){drift}",
        ]
        lines += [f"  {caveat}" for caveat in self.caveats if not caveat.startswith("stopped")]
        lines += [f"  t = {time:.10g}: {what}" for time, what in self.branches]
        if self.blowup is not None:
            lines.append(f"  blow-up between {self.blowup[0]:.12g} and {self.blowup[1]:.12g}")
        return "\n".join(lines)


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None

"""A trajectory: what was computed, why it stopped, and how far it can be trusted."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wnproof.errors import WnproofError

FloatArray = NDArray[np.float64]


class StopReason(Enum):
    """Why a run ended; each text says what to do about it."""

    REACHED_END = "reached the end time"
    CONVERGED = "the direction converged"
    BLOW_UP = "blow-up: see .blowup for the time"
    NON_FINITE = "a velocity was not finite: check the data and the scale of the start"
    KINK_UNRESOLVED = "the trajectory sticks to a kink (sliding), which this integrator does not follow"
    STEP_LIMIT = "step limit: raise the tolerance, shorten the run or use another chart"

    @property
    def sound(self) -> bool:
        """Whether everything up to the stop can be used as evidence."""
        return self in (StopReason.REACHED_END, StopReason.CONVERGED, StopReason.BLOW_UP)


@dataclass(frozen=True)
class Piece:
    """Dense output between two times: ``evaluate`` maps a time to theta."""

    start: float
    end: float
    evaluate: Callable[[float], FloatArray]


@dataclass(frozen=True, eq=False)
class Trajectory:
    """A computed solution theta(t).

    Attributes:
        t: output times (T,).
        theta: states (T, P).
        loss: loss at the output times (T,); for a flow of the neural correlation function, -N.
        events: (time, what) of every kink that was crossed.
        stop: why it ended.
        error: largest relative difference to a run at ten times the tolerance, over the output times.
        invariant_drift: largest drift of a conserved quantity relative to its scale, or None when none is known. A small
        drift does not
            make a trajectory right where it meets kinks.
        blowup: (low, high) enclosing the blow-up time as far as the integration is right, or None.
    """

    t: FloatArray
    theta: FloatArray
    loss: FloatArray
    events: tuple[tuple[float, str], ...]
    stop: StopReason
    error: float
    invariant_drift: float | None
    blowup: tuple[float, float] | None
    pieces: tuple[Piece, ...] = field(repr=False)

    def __call__(self, t: Any) -> FloatArray:
        """theta at time t: (P,), or (len(t), P) for an array of times; accurate as the integration itself.

        Raises: WnproofError E-VALUE for a time outside the run.
        """
        times = np.atleast_1d(np.asarray(t, dtype=np.float64))
        outside = times[(times < self.t[0]) | (times > self.t[-1]) | np.isnan(times)]
        if outside.size:
            raise WnproofError("E-VALUE", f"t = {outside[0]} is outside the run [{self.t[0]}, {self.t[-1]}]")
        ends = [piece.end for piece in self.pieces]
        states = np.array([self._at(float(time), ends) for time in times])
        return states[0] if np.ndim(t) == 0 else states

    def _at(self, time: float, ends: list[float]) -> FloatArray:
        if not self.pieces:
            return np.asarray(self.theta[0])
        return self.pieces[min(bisect_left(ends, time), len(ends) - 1)].evaluate(time)

    def direction(self, t: Any) -> FloatArray:
        """theta / |theta| at time t."""
        states = self(t)
        return np.asarray(states / np.linalg.norm(states, axis=-1, keepdims=True))

    @property
    def final(self) -> FloatArray:
        """The last state (P,)."""
        return np.asarray(self.theta[-1])

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "t": self.t.tolist(),
            "theta": self.theta.tolist(),
            "loss": self.loss.tolist(),
            "events": [list(event) for event in self.events],
            "stop": self.stop.name,
            "error": self.error,
            "invariant_drift": self.invariant_drift,
            "blowup": None if self.blowup is None else list(self.blowup),
        }

    def __repr__(self) -> str:
        norm = np.linalg.norm(self.theta, axis=1)
        lines = [
            f"Trajectory of {self.theta.shape[1]} parameters, t = {self.t[0]:g} .. {self.t[-1]:.10g}: {self.stop.value}",
            f"  loss {self.loss[0]:.6g} -> {self.loss[-1]:.6g}, |theta| {norm[0]:.4g} -> {norm[-1]:.4g}, "
            f"{len(self.events)} kinks crossed",
            f"  error {self.error:.1e} (against a coarser run)",
        ]
        if self.invariant_drift is not None:
            lines[-1] += f", conserved quantities drift by {self.invariant_drift:.1e}"
        if self.blowup is not None:
            lines.append(f"  blow-up between {self.blowup[0]:.12g} and {self.blowup[1]:.12g}")
        return "\n".join(lines)

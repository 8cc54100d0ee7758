"""What a run of the hybrid flow records: pieces of solution, meetings with kinks, and why it stopped."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wnproof.simulation.clarke import Ways
from wnproof.simulation.taylor import Modes, Path, State
from wnproof.simulation.trajectory import StopReason

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Meeting:
    """At ``time``, neuron ``neuron`` on ``kinks`` changes its signs from ``before`` to ``after`` (0 slides), one of ``ways``.

    ``unique`` says whether the solution is; ``dead`` that nothing moves the neuron any more.
    """

    time: float
    neuron: int
    kinks: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    ways: Ways
    dead: bool


@dataclass(eq=False)
class HybridRun:
    """A run: pieces (start, end, path) in time, the modes that hold from each meeting on, and why it stopped."""

    state: State
    modes: Modes
    t: float = 0.0
    pieces: list[tuple[float, float, Path]] = field(default_factory=list)
    met: list[Meeting] = field(default_factory=list)
    history: list[tuple[float, Modes]] = field(default_factory=list)
    stop: StopReason = StopReason.REACHED_END
    branch: Meeting | None = None
    interpolated: float | None = None

    def states(self, times: FloatArray) -> State:
        """The states at increasing times (T,) of the run; T is each array's last axis."""
        ends = [end for _, end, _ in self.pieces]
        places = np.minimum(np.searchsorted(ends, times), len(ends) - 1)
        found = [self.pieces[p][2].along(times[places == p] - self.pieces[p][0]) for p in np.unique(places)]
        raw = tuple(np.concatenate(blocks, axis=-1) for blocks in zip(*(state.raw for state in found), strict=True))
        return State(raw, *(np.concatenate([getattr(state, name) for state in found], axis=-1) for name in ("A", "b")))


@dataclass(frozen=True)
class Accuracy:
    """Order of the Taylor steps and the size of their last two terms relative to the solution."""

    order: int
    tolerance: float

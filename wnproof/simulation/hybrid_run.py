"""What a run of the hybrid flow records: pieces of solution, meetings with kinks, and why it stopped."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

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
        starts, ends, paces = np.array([(start, end, path.pace) for start, end, path in self.pieces]).T
        places = np.minimum(np.searchsorted(ends, times), len(ends) - 1)
        powers = ((times - starts[places]) / paces[places]) ** np.arange(max(len(path.A) for _, _, path in self.pieces))[:, None]
        whole = (*self.state.raw, self.state.A, self.state.b)
        found = [np.empty((a.size, len(times))) for a in whole]
        bounds = np.flatnonzero(np.diff(places, prepend=-1, append=-1))
        for begin, end in pairwise(bounds.tolist()):
            path = self.pieces[places[begin]][2]
            for values, a in zip(found, (*path.raw, path.A, path.b), strict=True):
                values[:, begin:end] = a.reshape(len(a), -1).T @ powers[: len(a), begin:end]
        *raw, A, b = (values.reshape(*a.shape, -1) for values, a in zip(found, whole, strict=True))
        return State(tuple(raw), A, b)


@dataclass(frozen=True)
class Accuracy:
    """Order of the Taylor steps and the size of their last two terms relative to the solution."""

    order: int
    tolerance: float

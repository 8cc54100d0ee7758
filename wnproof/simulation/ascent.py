"""Where a direction goes under u' = grad N(u) for two-layer (leaky) ReLU networks: along and across their kinks."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wnproof.derive.flow import GradientFlow
from wnproof.derive.ncf import pulls
from wnproof.derive.sphere import SphereProblem
from wnproof.kernels.kernel import Kernel, kernel
from wnproof.model.losses import square
from wnproof.model.normalizations import plain
from wnproof.simulation.charts import unit
from wnproof.simulation.hybrid import follow
from wnproof.simulation.hybrid_run import Accuracy
from wnproof.simulation.residuals import Constant
from wnproof.simulation.trajectory import StopReason
from wnproof.simulation.two_layer import Reading, reading

FloatArray = NDArray[np.float64]
ACCURACIES = Accuracy(16, 1e-13), Accuracy(12, 1e-11)
STRETCH, STRETCHES = 0.5, 1000  # in units of 1 / |grad N|, too short to reach the origin; how many at most
STILL = 1e-9  # what a direction that has arrived moves in one stretch


@dataclass(frozen=True, eq=False)
class Ascent:
    """The flow of N on directions: N is homogeneous, so that every stretch may start from length one again.

    Where N < 0 the direction has its limit on the way to the origin, which is never reached here.
    """

    read: Reading
    gradient: Kernel

    @classmethod
    def of(cls, problem: SphereProblem) -> Ascent | None:
        """Of a neural correlation function; None when its network is followed in another way."""
        origin = problem.correlation
        if origin is None or any(normalization is not plain for normalization in origin.net.normalizations):
            return None
        read = reading(GradientFlow(origin.net, square), origin.data)
        if read is None:
            return None
        z = np.atleast_2d(np.array(pulls(origin.data, origin.loss), dtype=np.float64).T)
        return cls(replace(read, model=replace(read.model, residual=Constant(-z, 1.0))), kernel(problem))

    def arrive(self, start: FloatArray) -> tuple[FloatArray, StopReason, float]:
        """(final direction, why it stopped, the difference to a coarser run), from a unit vector (P,).

        Where several ways go on, it stops with BRANCHING; one that does not settle stops with STEP_LIMIT.
        """
        (fine, stop), (coarse, other) = (self._settle(start, accuracy) for accuracy in ACCURACIES)
        return fine, stop, float(np.linalg.norm(fine - coarse)) if stop is other else math.inf

    def _settle(self, start: FloatArray, accuracy: Accuracy) -> tuple[FloatArray, StopReason]:
        h, steepest, still = start, 0.0, 0
        for _ in range(STRETCHES):
            steepest = max(steepest, float(np.linalg.norm(self.gradient(h))))
            if steepest == 0:
                return h, StopReason.CONVERGED
            run = follow(self.read.model, self.read.state(h), STRETCH / steepest, accuracy, math.inf, lambda _: None)
            end = self.read.theta(run.state)
            if run.stop is not StopReason.REACHED_END or not np.isfinite(end).all() or not end.any():
                return h, StopReason.KINK_UNRESOLVED if run.stop is StopReason.REACHED_END else run.stop
            still = still + 1 if np.linalg.norm(unit(end) - h) <= STILL else 0
            h = unit(end)
            if still == 2:
                return h, StopReason.CONVERGED
        return h, StopReason.STEP_LIMIT

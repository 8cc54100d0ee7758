"""The error of early directional convergence: how fast small initialization approaches the flow of the neural
correlation function.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from wnproof.arrival.measurement import ErrorExponents
from wnproof.derive.flow import gradient_flow
from wnproof.derive.ncf import ncf
from wnproof.model.dataset import Dataset
from wnproof.model.losses import Loss, square
from wnproof.model.network import Network
from wnproof.simulation.charts import polar
from wnproof.simulation.smooth import simulate, simulate_ncf
from wnproof.simulation.trajectory import StopReason

FloatArray = NDArray[np.float64]
RESOLVED = 1e-2  # the share of the measured error that integration may have


@dataclass(frozen=True, eq=False)
class EarlyError(ErrorExponents):
    """sup over t <= fraction T* of |w(t/delta^(L-2))/delta - u(t)|, u the flow of N from u0, w the gradient flow from delta u0.

    Attributes:
        net, data, loss: the network (homogeneous of degree L > 2) and its data.
        seed: of the direction u0.
        deltas: decreasing scales.
        fraction: of the blow-up time T* of u.
    """

    net: Network
    data: Dataset
    loss: Loss = square
    seed: int = 0
    deltas: tuple[float, ...] = (0.2, 0.1, 0.05, 0.025)
    fraction: float = 0.5

    @cached_property
    def _measured(self) -> tuple[FloatArray, str]:
        problem = ncf(self.net, self.data, self.loss)
        start = self.net.initial(1.0, self.seed)
        start = start / np.linalg.norm(start)
        whole = simulate_ncf(problem, start)
        if whole.stop is not StopReason.BLOW_UP or whole.blowup is None:
            return np.zeros(0), f"the limit flow has no blow-up time: {whole.stop.value}"
        times = np.linspace(0, self.fraction * whole.blowup[0], 41)[1:]
        limit = simulate_ncf(problem, start, float(times[-1]), tolerance=1e-12)
        reference = limit(times)
        flow, degree = gradient_flow(self.net, self.loss), float(problem.degree)
        errors = []
        for delta in self.deltas:
            scaled = times / delta ** (degree - 2)
            run = simulate(flow, self.data, delta * start, float(scaled[-1]), chart=polar, tolerance=1e-11)
            if run.stop is not StopReason.REACHED_END:
                return np.zeros(0), f"simulation at delta = {delta:g}: {run.stop.value}"
            errors.append(float(np.max(np.linalg.norm(run(scaled) / delta - reference, axis=1))))
            integration = (run.error + limit.error) * float(np.max(np.linalg.norm(reference, axis=1)))
            if not integration <= RESOLVED * errors[-1]:
                failure = f"integration error {integration:.1e} is not small against {errors[-1]:.1e}"
                return np.zeros(0), f"simulation at delta = {delta:g}: {failure}"
        return np.array(errors), ""

    @property
    def uncertainty(self) -> float:
        """How much the exponent still moves between the two smallest pairs of scales, and what integration can have changed."""
        integration = 2 * RESOLVED / abs(np.log(self.deltas[-1] / self.deltas[-2]))
        return super().uncertainty + float(integration)

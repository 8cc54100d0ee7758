"""Early training from small initialization under weight normalization: how fast it tends to a limit flow of its own, which is
not the flow of the neural correlation function.

With s = w / delta for the effective weights w, lengths |v_u| = 1, degree L and nodes u:

    exponential:  s_u' = |s_u|^2 grad_u N(s) + O(delta^L)      in the time delta^L t,
    standard:     s_u' = h_u h_u^T grad_u N(s) + O(delta^2)    in the time delta^(L-2) t, h_u = s_u / |s_u|.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from wnproof.arrival.convergence import RESOLVED
from wnproof.arrival.measurement import ErrorExponents
from wnproof.derive.flow import gradient_flow
from wnproof.derive.ncf import ncf
from wnproof.errors import WnproofError
from wnproof.kernels.kernel import kernel
from wnproof.model.dataset import Dataset
from wnproof.model.losses import Loss, square
from wnproof.model.network import Network
from wnproof.model.normalizations import exponential_weight_norm, weight_norm
from wnproof.simulation.smooth import simulate
from wnproof.simulation.trajectory import StopReason

FloatArray = NDArray[np.float64]
TIMES = 40


@dataclass(frozen=True, eq=False)
class NormalizedEarlyError(ErrorExponents):
    """sup |w(t) / delta - s| until |s| has grown by ``growth``, against delta.

    Attributes:
        net, data, loss: every layer under the same weight normalization, no biases, homogeneous activation.
        seed: of the start s(0), |s(0)| = 1.
        deltas: decreasing scales.
        growth: of |s|, above 1.

    Raises: WnproofError E-VALUE for other networks.
    """

    net: Network
    data: Dataset
    loss: Loss = square
    seed: int = 0
    deltas: tuple[float, ...] = (0.2, 0.1, 0.05, 0.025)
    growth: float = 1.5

    def __post_init__(self) -> None:
        laws = {law.name for law in self.net.normalizations}
        if laws not in ({weight_norm.name}, {exponential_weight_norm.name}) or any(self.net.biases) or self.net.fixed:
            help = "take weight_norm or exponential_weight_norm in every layer, without biases"
            raise WnproofError("E-VALUE", f"{self.net} is not normalized in one way", help=help)

    @property
    def exponential(self) -> bool:
        """Whether lengths are exponentials."""
        return self.net.normalizations[0] is exponential_weight_norm

    def limit(self) -> Callable[[FloatArray], FloatArray]:
        """s -> s' of the limit flow, in the effective weights (P,)."""
        effective = self.net.effective()
        gradient = kernel(ncf(effective, self.data, self.loss).gradient)

        def velocity(s: FloatArray) -> FloatArray:
            weights, slopes = effective.unflatten(s), effective.unflatten(np.asarray(gradient(s)))
            moved = {}
            for name, rows in weights.items():
                squares = (rows**2).sum(axis=1, keepdims=True)
                along = (rows * slopes[name]).sum(axis=1, keepdims=True) * rows / squares
                moved[name] = squares * slopes[name] if self.exponential else along
            return np.asarray(effective.flatten(moved), dtype=np.float64)

        return velocity

    @cached_property
    def _measured(self) -> tuple[FloatArray, str]:
        effective = self.net.effective()
        start = effective.initial(1.0, self.seed)
        start = start / np.linalg.norm(start)
        times, reference, failure = self._reference(start)
        if failure:
            return np.zeros(0), failure
        flow, degree = gradient_flow(self.net, self.loss), float(ncf(effective, self.data, self.loss).degree)
        horizon = degree if self.exponential else degree - 2
        weights = [kernel(self.net.quantity(layer.weight, "effective weights")) for layer in self.net.layers]
        errors = []
        for delta in self.deltas:
            scaled = times / delta**horizon
            run = simulate(flow, self.data, self._raw(delta * start), float(scaled[-1]), at=scaled, tolerance=1e-11)
            if run.stop is not StopReason.REACHED_END or not run.error < 1e-4:
                return np.zeros(0), f"simulation at delta = {delta:g}: {run.stop.value}, relative error {run.error:.1e}"
            own = np.array([np.concatenate([np.ravel(weight(theta)) for weight in weights]) for theta in run.theta])
            errors.append(float(np.max(np.linalg.norm(own / delta - reference, axis=1))))
            integration = 10 * run.error * float(np.max(np.abs(run.theta))) + 1e-10
            if not integration <= RESOLVED * errors[-1]:
                return np.zeros(0), f"integration error {integration:.1e} is not small against {errors[-1]:.1e}"
        return np.array(errors), ""

    def _reference(self, start: FloatArray) -> tuple[FloatArray, FloatArray, str]:
        """Times, the limit flow at them, and why there is none."""
        velocity, size = self.limit(), float(np.linalg.norm(start))

        def grown(_t: float, s: FloatArray) -> float:
            return float(np.linalg.norm(s)) - self.growth * size

        grown.terminal = True  # type: ignore[attr-defined]
        speed = float(np.linalg.norm(velocity(start)))
        longest = 100 / speed if speed else 1.0
        options = dict(method="DOP853", rtol=1e-12, atol=1e-14)
        whole = solve_ivp(lambda _t, s: velocity(s), (0, longest), start, events=grown, **options)
        if whole.status != 1:
            return np.zeros(0), np.zeros(0), f"the limit flow does not grow by {self.growth:g}"
        times = np.linspace(0, float(whole.t[-1]), TIMES + 1)[1:]
        exact = solve_ivp(lambda _t, s: velocity(s), (0, times[-1]), start, t_eval=times, **options)
        return times, exact.y.T, ""

    def _raw(self, theta: FloatArray) -> FloatArray:
        """Raw parameters of effective weights, directions of length one."""
        blocks, letter = {}, "a" if self.exponential else "g"
        for layer, rows in zip(self.net.layers, self.net.effective().unflatten(theta).values(), strict=True):
            lengths = np.linalg.norm(rows, axis=1, keepdims=True)
            blocks[f"V{layer.number}"] = rows / lengths
            blocks[f"{letter}{layer.number}"] = np.log(lengths[:, 0]) if self.exponential else lengths[:, 0]
        return np.asarray(self.net.flatten(blocks), dtype=np.float64)

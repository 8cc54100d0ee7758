"""How small is small: when a start at scale delta aligns, how far it is then from the flow of the correlation function, and below
which delta that distance can be trusted to be small.

s(t) = w(t/delta^(L-2))/delta obeys s' = grad N(s) - delta^L J(s)^T l''(0, y) f(s) + O(delta^(2L)), so s = u + delta^L e + ...

    u' = grad N(u)        e' = D^2 N(u) e - J(u)^T l''(0, y) f(u),  e(0) = 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from wnproof.derive.flow import gradient_flow
from wnproof.derive.ncf import ncf
from wnproof.derive.sphere import SphereProblem
from wnproof.errors import WnproofError
from wnproof.graph.nodes import argument
from wnproof.kernels.kernel import kernel
from wnproof.model.dataset import Dataset
from wnproof.model.losses import Loss, square
from wnproof.model.network import Network
from wnproof.simulation.smooth import simulate_ncf
from wnproof.simulation.trajectory import StopReason

FloatArray = NDArray[np.float64]
TIMES = 400


@dataclass(frozen=True)
class EarlyPhase:
    """The early phase of one start; floating point, no promise.

    Attributes:
        degree: L.
        delta: the scale of the start, |w(0)|.
        horizon: bounds of the blow-up time T* of u, in the time of u; infinite for L = 2.
        aligned: when the direction of u is within ``angle`` (radians) of its limit, in the time of u.
        time: the same in training time, aligned / delta^(L-2).
        error: first order estimate of the largest |s - u| / |u| up to then; of no meaning beyond 1.
        largest: the delta at which that estimate is ``tolerance``.
    """

    degree: float
    delta: float
    horizon: tuple[float, float]
    aligned: float
    time: float
    error: float
    largest: float
    angle: float
    tolerance: float

    @property
    def trusted(self) -> bool:
        """Whether delta is at most ``largest``."""
        return self.delta <= self.largest

    def __repr__(self) -> str:
        low, high = self.horizon
        end = f"blow-up of the limit flow at {low:.6g} .. {high:.6g}, " if math.isfinite(high) else ""
        verdict = "small enough" if self.trusted else "too large"
        error = f"about {self.error:.2g}" if self.error < 1 else "not small"
        return (
            f"early phase at delta = {self.delta:g}, degree {self.degree:g}: {end}aligned within {self.angle:g} at "
            f"{self.aligned:.6g} (training time {self.time:.6g}); distance to the limit flow {error} by then: "
            f"{verdict}, {self.tolerance:g} is reached at delta = {self.largest:.3g}"
        )


def early_phase(
    net: Network, data: Dataset, theta0: Any, loss: Loss = square, *, angle: float = 0.1, tolerance: float = 0.1
) -> EarlyPhase:
    """The early phase from theta0 (P,): delta = |theta0|, u(0) = theta0/delta.

    Raises: WnproofError E-SHAPE, E-ZEROINIT, E-VALUE where the limit flow is not followed to its limit direction, or for losses
        that couple outputs.

    Source: the scale delta^L of the distance is Kumar and Haupt's setting; the linear equation of its factor is derived here.

    >>> from wnproof.model.activations import linear
    >>> phase = early_phase(Network((1, 1, 1, 1), linear), Dataset([[1]], [1]), [0.01, 0.02, 0.02])
    >>> phase.degree, phase.trusted, phase.error < 1e-4
    (3.0, True, True)
    """
    if loss.couples_outputs:
        raise WnproofError("E-VALUE", f"{loss} couples outputs", help="take a loss that is a sum over outputs")
    start = np.asarray(theta0, float)
    delta = float(np.linalg.norm(start))
    problem = ncf(net, data, loss)
    limit = simulate_ncf(problem, start / delta if delta else start)
    if limit.stop not in (StopReason.BLOW_UP, StopReason.CONVERGED):
        raise WnproofError("E-VALUE", f"the limit flow has no limit direction: {limit.stop.value}", help="take another start")
    degree = float(problem.degree)
    aligned = _aligned(limit.t, limit.theta, angle)
    ratio = _first_order(problem, net, data, loss, start / delta, aligned)
    error = delta**degree * ratio
    largest = (tolerance / ratio) ** (1 / degree) if ratio else math.inf
    horizon = limit.blowup or (math.inf, math.inf)
    time = aligned / delta ** (degree - 2)
    return EarlyPhase(degree, delta, horizon, aligned, time, error, largest, angle, tolerance)


def _aligned(times: FloatArray, theta: FloatArray, angle: float) -> float:
    """The time after which the direction stays within ``angle`` of the last one."""
    directions = theta / np.linalg.norm(theta, axis=1, keepdims=True)
    chords = np.linalg.norm(directions - directions[-1], axis=1)
    far = np.flatnonzero(2 * np.arcsin(np.minimum(chords / 2, 1)) > angle)
    return float(times[far[-1] + 1]) if len(far) else float(times[0])


def _first_order(problem: SphereProblem, net: Network, data: Dataset, loss: Loss, u0: FloatArray, end: float) -> float:
    """The largest |e| / |u| up to ``end``."""
    if not end:
        return 0.0
    gradient, product = kernel(problem.gradient), kernel(problem.hessian_product)
    output, jacobian = kernel(net.output, data), kernel(gradient_flow(net, loss).jacobian, data)
    bend = sp.lambdify(argument(1), sp.diff(loss.expr, argument(0), 2).subs(argument(0), 0), "numpy")
    weights = np.broadcast_to(bend(data.y), data.y.shape) / (data.n if loss.mean else 1)
    size = len(u0)

    def velocity(_: float, state: FloatArray) -> FloatArray:
        u, e = state[:size], state[size:]
        pull = jacobian(u).reshape(size, -1) @ np.ravel(weights * output(u))
        return np.concatenate([gradient(u), product(np.concatenate([u, e])) - pull])

    at = np.linspace(0, end, TIMES)
    run = solve_ivp(velocity, (0, end), np.concatenate([u0, np.zeros(size)]), "DOP853", at, rtol=1e-9, atol=1e-12)
    sizes = np.linalg.norm(run.y[size:], axis=0) / np.linalg.norm(run.y[:size], axis=0)
    return float(np.max(sizes))

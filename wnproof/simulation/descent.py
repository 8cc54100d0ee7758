"""Gradient descent beside gradient flow: fixed steps, or steps that the loss scales."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wnproof.derive.flow import GradientFlow
from wnproof.derive.ncf import check_shapes
from wnproof.errors import WnproofError
from wnproof.kernels.kernel import kernel
from wnproof.model.dataset import Dataset
from wnproof.simulation.balance import balance_drift
from wnproof.simulation.trajectory import StopReason, Trajectory

FloatArray = NDArray[np.float64]
LARGEST = 1e100  # entry of theta; beyond it, squares and losses soon leave the floats


@np.errstate(all="ignore")  # what is not finite stops the run
def descend(flow: GradientFlow, data: Dataset, theta0: Any, step: float | Callable[[float], float], steps: int) -> Trajectory:
    """Gradient descent theta_(k+1) = theta_k - eta_k grad L(theta_k), as a trajectory in the time t_k = eta_0 + ... + eta_(k-1).

    At equal times it stands beside ``simulate``'s gradient flow; ``traj(t)`` is linear between the iterates, which is exactly
    the path of the explicit Euler method. ``error`` is 0: the iterates are what they are, up to rounding. At kinks the gradient
    has the left pieces' slopes. ``invariant_drift`` tells how far the steps leave what the flow conserves.

    Args:
        flow: from ``gradient_flow``.
        data: the samples.
        theta0: start (P,).
        step: eta, or a function of the loss, such as ``lambda loss: 0.1 / loss``.
        steps: how many.

    A run whose iterates leave the floats, or whose step is not finite and positive, stops with NON_FINITE and keeps what it has;
    Ctrl-C keeps it too.

    Raises: WnproofError E-SHAPE, E-NONFINITE, E-VALUE.

    >>> from wnproof.derive.flow import gradient_flow
    >>> from wnproof.model.activations import linear
    >>> from wnproof.model.network import Network
    >>> run = descend(gradient_flow(Network((1, 1), linear)), Dataset([[1]], [1]), [0.0], 0.5, 3)
    >>> run.theta[:, 0].tolist(), run.t.tolist()
    ([0.0, 0.5, 0.75, 0.875], [0.0, 0.5, 1.0, 1.5])
    """
    if not isinstance(flow, GradientFlow):
        raise WnproofError("E-VALUE", f"{flow!r} has no steps of its own", help="take gradient_flow(net, loss) itself")
    check_shapes(flow.net, data)
    theta = np.array(theta0, dtype=np.float64)
    if theta.shape != (flow.net.size,):
        raise WnproofError("E-SHAPE", f"theta0 is {theta.shape}, wanted ({flow.net.size},)")
    if not np.isfinite(theta).all():
        raise WnproofError("E-NONFINITE", f"theta0[{int(np.argmin(np.isfinite(theta)))}] is not finite")
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise WnproofError("E-VALUE", f"{steps!r} steps", help="give a positive integer")
    if not callable(step) and not (math.isfinite(step) and step > 0):
        raise WnproofError("E-VALUE", f"step {step}", help="give a positive number, or a function of the loss")
    loss, velocity = kernel(flow.loss, data), kernel(flow, data)
    path, times, stop = [theta], [0.0], StopReason.REACHED_END
    try:
        for _ in range(steps):
            eta = float(step(float(loss(theta))) if callable(step) else step)
            theta = theta + eta * velocity(theta)
            if not (0 < eta < math.inf and np.abs(theta).max(initial=0.0) < LARGEST):
                stop = StopReason.NON_FINITE
                break
            path.append(theta)
            times.append(times[-1] + eta)
    except KeyboardInterrupt:
        stop = StopReason.INTERRUPTED
    states, at = np.array(path), np.array(times)

    def between(t: float) -> FloatArray:
        k = min(int(np.searchsorted(at, t, side="right")), len(at) - 1) - 1
        if k < 0:
            return np.asarray(states[0])
        share = (t - at[k]) / (at[k + 1] - at[k])
        return np.asarray((1 - share) * states[k] + share * states[k + 1])

    values = np.array([float(loss(state)) for state in states])
    drift = balance_drift(flow.net, states)
    return Trajectory(at, states, values, (), stop, float(at[-1]), 0.0, drift, None, between)


@dataclass(frozen=True, eq=False)
class Gap:
    """How far gradient descent is from gradient flow along the run.

    Attributes:
        t: the iterates' times, as far as both went.
        distance: |theta_k - theta(t_k)|.
        relative: the same by |theta(t_k)|.
        uncertainty: what the flow's own error can be in ``distance``; infinite where it has no error estimate.
    """

    t: FloatArray
    distance: FloatArray
    relative: FloatArray
    uncertainty: FloatArray

    @property
    def largest(self) -> float:
        """Of the distances."""
        return float(self.distance.max())

    @property
    def resolved(self) -> bool:
        """Whether the largest distance is ten times what the flow's error can be there."""
        k = int(np.argmax(self.distance))
        return bool(self.distance[k] >= 10 * self.uncertainty[k])

    def __repr__(self) -> str:
        k = int(np.argmax(self.distance))
        known = "" if self.resolved else ", within ten times the error of the flow"
        return (
            f"Gap over {len(self.t)} steps to t = {self.t[-1]:.6g}: largest {self.distance[k]:.3g} at t = {self.t[k]:.6g}"
            f" (relative {self.relative[k]:.3g}){known}, {self.distance[-1]:.3g} at the end"
        )


def gap(steps: Trajectory, flow: Trajectory) -> Gap:
    """The distance of ``descend``'s iterates to ``simulate``'s solution at equal times; it is O(eta) on bounded time intervals.

    Raises: WnproofError E-SHAPE for runs of different networks, E-VALUE when they start apart.

    >>> from wnproof.derive.flow import gradient_flow
    >>> from wnproof.model.activations import linear
    >>> from wnproof.model.network import Network
    >>> from wnproof.simulation.smooth import simulate
    >>> flow, data = gradient_flow(Network((1, 1), linear)), Dataset([[1]], [1])
    >>> apart = gap(descend(flow, data, [2.0], 0.01, 100), simulate(flow, data, [2.0], 1.0))
    >>> round(apart.largest, 6), bool(abs(apart.largest - abs(0.99**100 - math.exp(-1))) < 1e-9)
    (0.001847, True)
    """
    if steps.theta.shape[1:] != flow.theta.shape[1:]:
        raise WnproofError("E-SHAPE", f"the iterates have shape {steps.theta.shape[1:]}, the flow {flow.theta.shape[1:]}")
    if not np.allclose(steps.theta[0], flow(0.0), rtol=1e-12, atol=0.0):
        raise WnproofError("E-VALUE", "descent and flow start apart", help="give both the same theta0")
    together = min(steps.t_stop, flow.t_stop)
    shown = steps.t <= together * (1 + 1e-12)
    states = flow(np.minimum(steps.t[shown], flow.t_stop))
    distance, sizes = np.linalg.norm(steps.theta[shown] - states, axis=1), np.linalg.norm(states, axis=1)
    return Gap(steps.t[shown], distance, distance / np.maximum(sizes, 1e-300), flow.error * sizes)

"""Exponential and logistic losses far beyond the floats: the loss itself is the independent variable, on a logarithmic scale.

With l = log L and sigma = l(0) - l, gradient flow reads d theta / d sigma = v / |v|^2 for v = -grad l. Its clock
c = log(1 + L(0) t) runs ahead of sigma by e = c - sigma, and de / d sigma = exp(-e) / |v|^2 - 1. None of them leaves the floats
where L and t do.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from scipy.optimize import brentq

from wnproof.derive.flow import GradientFlow
from wnproof.errors import WnproofError
from wnproof.graph.nodes import argument, pointwise
from wnproof.kernels.kernel import Kernel, kernel
from wnproof.model.dataset import Dataset
from wnproof.model.losses import exponential, logistic
from wnproof.simulation.balance import balance_drift
from wnproof.simulation.charts import Coordinates, Velocity, unit
from wnproof.simulation.patterns import PatternField, pattern_field
from wnproof.simulation.start import output_times
from wnproof.simulation.stepper import Problem, Steps, integrate
from wnproof.simulation.trajectory import StopReason, Trajectory

FloatArray = NDArray[np.float64]
TAIL = -40.0  # of log L: below it log(1 + exp(-q)) is exp(-q) to the last digit
LOWEST = -1e4  # of log L, where runs without an end time end
LARGEST = 709.0  # of log t, within the floats


@dataclass(frozen=True, eq=False)
class LogLoss(PatternField):
    """log L of an exponential or logistic loss, and -grad log L with the kinks' sides given.

    Attributes:
        value: log L.
        tail: the exponential loss, which a logistic one becomes where it is small; None when it is exponential itself.
    """

    value: Kernel
    tail: LogLoss | None

    @classmethod
    def of(cls, flow: GradientFlow, data: Dataset) -> LogLoss:
        """Raises: WnproofError E-VALUE for any other loss."""
        criterion = flow.criterion
        if criterion.couples_outputs or criterion.expr not in (exponential.expr, logistic.expr):
            raise WnproofError("E-VALUE", f"{criterion} has no chart log_time", help="it is for exponential and logistic losses")
        tail = None
        if criterion.expr == logistic.expr:
            tail = cls.of(GradientFlow(flow.net, replace(exponential, mean=criterion.mean)), data)
        quantity = replace(flow.loss.with_node(pointwise(sp.log(argument(0)), flow.loss.node), "log L"), steps=())
        field = pattern_field(quantity, data, -1, {step.node: step.name for step in flow.net.forward})
        return cls(field.size, field.labels, field._velocity, field._surfaces, kernel(quantity, data), tail)

    def __call__(self, theta: FloatArray) -> float:
        """log L(theta)."""
        low = math.inf if self.tail is None else self.tail(theta)
        return low if low < TAIL else float(self.value(theta))

    def velocity(self, theta: FloatArray, pattern: FloatArray) -> FloatArray:
        """-grad log L (P,)."""
        if self.tail is not None and self.tail(theta) < TAIL:
            return self.tail.velocity(theta, pattern)
        return super().velocity(theta, pattern)


def clock(state: FloatArray) -> float:
    """c = log(1 + L(0) t)."""
    return float(state[-2] + state[-1])


@dataclass(frozen=True)
class LossClock(Coordinates):
    """(theta / scale, e, sigma), as functions of sigma."""

    scale: float

    def state(self, theta: FloatArray) -> FloatArray:
        """The state of theta (P,) at t = 0."""
        return np.append(theta / self.scale, [0.0, 0.0])

    def theta(self, state: FloatArray) -> FloatArray:
        """The parameters (P,) of a state."""
        return np.asarray(self.scale * state[:-2])

    def velocity(self, state: FloatArray, velocity: Velocity) -> FloatArray:
        """d state / d sigma, given -grad log L as a function of theta."""
        v = velocity(self.theta(state))
        square = float(v @ v)
        return np.append(v / (square * self.scale), [np.exp(-state[-2]) / square - 1, 1.0])


def simulate_log_time(
    flow: GradientFlow, data: Dataset, start: FloatArray, t_end: float, at: Any, tolerance: float
) -> Trajectory:
    """Gradient flow of a loss that falls to zero, to any t_end or, for t_end = inf, to log L = -1e4.

    ``log_t`` and ``log_loss`` of the trajectory stay finite where t and the loss leave the floats. ``error`` compares directions,
    log radii and clocks at equal losses. Where the gradient vanishes before the loss does, it stops with its reason.

    Raises: WnproofError E-VALUE for other losses and bad times.
    """
    log_loss = LogLoss.of(flow, data)
    first = log_loss(start)
    coordinates = LossClock(float(np.linalg.norm(start)))
    clock_end = first + math.log(t_end) + math.log1p(math.exp(-first - math.log(t_end))) if t_end < math.inf else math.inf
    ending = (lambda state: clock(state) - clock_end) if t_end < math.inf else None
    problem = Problem(log_loss, coordinates, max(first - LOWEST, 1.0), ending, lambda _state: None)
    fine, coarse = (integrate(problem, coordinates.state(start), t) for t in (tolerance / 10, tolerance))

    def curve(t: float) -> FloatArray:
        if t >= stop_time:
            return coordinates.theta(fine.state)
        return coordinates.theta(fine(_sigma(fine, np.logaddexp(0.0, first + math.log(t)) if t > 0 else 0.0)))

    states = [coordinates.state(start), *(np.asarray(dense(end)) for _, end, dense in fine.pieces)]
    stop_time = float(_times(first, clock(fine.state)))
    own = np.array([_times(first, clock(state)) for state in states])
    if fine.stop is StopReason.REACHED_END and t_end < math.inf:
        own[-1] = stop_time = t_end
    times = output_times(at, t_end, own)
    if at is None:
        theta, log_t = np.array([coordinates.theta(s) for s in states]), np.array([_log_times(first, clock(s)) for s in states])
    else:
        times = times[times <= stop_time]
        theta = np.array([curve(t) for t in times]).reshape(len(times), -1)
        log_t = np.array([math.log(t) if t > 0 else -math.inf for t in times])
    logs = np.array([log_loss(row) for row in theta])
    return Trajectory(
        times,
        theta,
        np.exp(logs),
        tuple((_times(first, clock(fine(s))), _event(log_loss, k, crossed)) for s, k, crossed in fine.met),
        fine.stop,
        stop_time,
        _apart(fine, coarse),
        balance_drift(flow.net, theta) if len(theta) else None,
        None,
        curve,
        log_t=log_t,
        log_loss=logs,
    )


def _log_times(first: float, c: float) -> float:
    """log t = log(exp(c) - 1) - l(0)."""
    return -math.inf if c <= 0 else c + math.log(-math.expm1(-c)) - first


def _times(first: float, c: float) -> float:
    log_t = _log_times(first, c)
    return math.exp(log_t) if log_t < LARGEST else math.inf


def _event(field: PatternField, kink: int, crossed: bool) -> str:
    return field.labels[kink] if crossed else f"{field.labels[kink]}: the neuron dies on it"


def _sigma(run: Steps, c: float) -> float:
    """The sigma at which the run's clock, which never runs back, shows this."""
    k = bisect_left(run.pieces, c, key=lambda piece: clock(piece[2](piece[1])))
    if k >= len(run.pieces):
        return run.s
    low, high, dense = run.pieces[k]
    if clock(dense(low)) >= c:
        return low
    return float(brentq(lambda s: clock(dense(s)) - c, low, high, xtol=1e-15 * max(1.0, high), rtol=1e-15))


def _apart(fine: Steps, coarse: Steps) -> float:
    """The largest difference in direction, log radius and clock at equal losses."""
    common = fine.grid[fine.grid <= coarse.s]
    if fine.stop is not coarse.stop or fine.sequences != coarse.sequences or not fine.pieces or not common.size:
        return math.inf
    worst = 2e-15 * len(fine.pieces)
    for s in common:
        views = [np.append(unit(run(s)[:-2]), [math.log(np.linalg.norm(run(s)[:-2])), run(s)[-2]]) for run in (fine, coarse)]
        worst = max(worst, float(np.linalg.norm(views[0] - views[1])))
    return worst

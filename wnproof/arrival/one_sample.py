"""One sample and a loss that falls to zero: powers of its logarithm, in time and in steps, and where the weights end."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from wnproof.arrival.measurement import Exponents, Measurement
from wnproof.derive.flow import gradient_flow
from wnproof.model.activations import linear, relu
from wnproof.model.dataset import Dataset
from wnproof.model.losses import exponential
from wnproof.model.network import Network
from wnproof.model.normalizations import Normalization, exponential_weight_norm
from wnproof.simulation.charts import log_time
from wnproof.simulation.smooth import simulate
from wnproof.simulation.trajectory import StopReason

FloatArray = NDArray[np.float64]
TIMES = (1e4, 1e8, 1e16)
LATE_TIMES = (1e75, 1e150, 1e300)


@dataclass(frozen=True, eq=False)
class DescentPower(Exponents):
    """The power a of log d in L(d) = Theta(1 / (d (log d)^a)) after d steps of gradient descent: one weight w = e^s, one sample,
    L = e^(-w), steps of constant size.

    The loss per step cannot tell a power of a logarithm, but the margin q = -log L moves by K q^a e^(-q) in one step exactly
    when it has that rate. So a is the slope of log((q_(d+1) - q_d) e^q) against log q over the last decades of d.

    Attributes:
        steps: how many.
        size: eta.
    """

    steps: int = 1_000_000
    size: float = 0.1

    @property
    def text(self) -> str:
        """What was run."""
        return f"one node, exponential loss, {self.steps} steps of gradient descent of size {self.size:g}"

    @cached_property
    def margins(self) -> FloatArray:
        """q and its next step after steps/10000, steps/100 and all steps, (3, 2)."""
        marks, s, found = {self.steps // 10_000, self.steps // 100, self.steps}, 0.0, []
        for d in range(1, self.steps + 1):
            q = math.exp(s)
            s += self.size * q * math.exp(-q)
            if d in marks:
                found.append((q, q * math.expm1(self.size * q * math.exp(-q))))
        return np.array(found)

    @property
    def exponents(self) -> FloatArray:
        """a, early and late."""
        q, moved = self.margins.T
        return np.asarray(np.diff(np.log(moved) + q) / np.diff(np.log(q)))


@dataclass(frozen=True, eq=False)
class BoundedWeight(Measurement):
    """The weight that stays bounded when f = x_1 w_1 + x_2 w_2, every coordinate a node of its own, fits one sample.

    Attributes:
        sample: x.
        start: w(0), both positive.
    """

    start: tuple[int, int]
    sample: tuple[int, int] = (2, 1)

    @property
    def text(self) -> str:
        """What was run."""
        return f"x = {self.sample}, w(0) = {self.start}, exponential loss, t up to {TIMES[-1]:g}"

    @cached_property
    def _limits(self) -> tuple[FloatArray, float, str]:
        """The limit as the last two pairs of times give it, and the integrator's error."""
        net = Network((1, 2, 1), linear, normalization=exponential_weight_norm, fixed={"W2": [list(self.sample)]})
        theta = net.flatten({"V1": np.ones((2, 1)), "a1": np.log(np.array(self.start, dtype=float))})
        run = simulate(gradient_flow(net, exponential), Dataset([[1]], [1]), theta, TIMES[-1], at=TIMES, chart=log_time)
        if run.stop is not StopReason.REACHED_END:
            return np.zeros(0), 0.0, f"the run stopped early: {run.stop.value}"
        inverse = np.sort(np.exp([-net.unflatten(row)["a1"] for row in run.theta]), axis=1)
        slopes = np.diff(inverse[:, 1]) / np.diff(inverse[:, 0])
        return 1 / (inverse[1:, 1] - slopes * inverse[1:, 0]), float(run.error), ""

    @property
    def failure(self) -> str:
        """Why the run cannot be used; empty when it can."""
        return self._limits[2]

    @property
    def estimate(self) -> float:
        """The smaller weight as the larger one tends to infinity, 1/w_small being extrapolated linearly in 1/w_large."""
        return float(self._limits[0][-1])

    @property
    def uncertainty(self) -> float:
        """What the last pair of times changes, and a hundred times the integrator's relative error."""
        limits, error, _ = self._limits
        return float(abs(limits[-1] - limits[-2]) + 100 * error * limits[-1])


@dataclass(frozen=True, eq=False)
class LossPower(Exponents):
    """The power a of log t in L(t) = Theta(1 / (t (log t)^a)) along gradient flow of a ReLU network on one sample.

    -log L - log t = a log log t + const + o(1), so a is the slope of the left side against log log t between the last two of
    ``LATE_TIMES``; in natural time no run could get there.

    Attributes:
        depth: layers, of two neurons each but the last.
        normalization: of every layer.
    """

    depth: int
    normalization: Normalization = exponential_weight_norm

    @property
    def text(self) -> str:
        """What was run."""
        return f"ReLU network of depth {self.depth}, {self.normalization}, exponential loss, t up to {LATE_TIMES[-1]:g}"

    @cached_property
    def _measured(self) -> tuple[FloatArray, float, str]:
        """The powers early and late, what integration can have changed in them, and what failed."""
        layers = (self.normalization,) * self.depth
        net = Network((*(2,) * self.depth, 1), relu, normalization=layers)
        start = net.flatten({name: np.abs(block) for name, block in net.unflatten(net.initial(1.0, 5)).items()})
        flow, data = gradient_flow(net, exponential), Dataset([[1, 2]], [1])
        run = simulate(flow, data, start, LATE_TIMES[-1], at=LATE_TIMES, chart=log_time)
        if run.stop is not StopReason.REACHED_END or run.log_loss is None or run.log_t is None:
            return np.zeros(0), 0.0, f"the run stopped early: {run.stop.value}"
        steps = np.diff(np.log(run.log_t))
        return np.diff(-run.log_loss - run.log_t) / steps, float(-run.error * run.log_loss[-1] / steps[-1]), ""

    @property
    def failure(self) -> str:
        """Why the run cannot be used; empty when it can."""
        return self._measured[2]

    @property
    def exponents(self) -> FloatArray:
        """a, early and late."""
        return self._measured[0]

    @property
    def uncertainty(self) -> float:
        """How much the power still moves, and the integrator's error."""
        return super().uncertainty + self._measured[1]

"""One hidden ReLU neuron on the circle and a Lipschitz target: how large the outer weight becomes, and where the risk goes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from wnproof.arrival.measurement import Measurement
from wnproof.derive.flow import gradient_flow
from wnproof.derive.projected import ProjectedFlow, sphere_rows
from wnproof.model.activations import relu
from wnproof.model.losses import Loss
from wnproof.model.network import Network
from wnproof.model.population import Population
from wnproof.simulation.population import PopulationRisk
from wnproof.simulation.smooth import simulate
from wnproof.simulation.trajectory import StopReason, Trajectory

FloatArray = NDArray[np.float64]
_NET = Network((1, 1, 1), relu, bias=(True, True))
_TARGET = Population(sp.Abs(sp.Symbol("x") - sp.Rational(3, 10)), (0, 1))


def _flow() -> ProjectedFlow:
    return gradient_flow(_NET, Loss("risk", (sp.Symbol("f") - sp.Symbol("y")) ** 2), on=sphere_rows)


def _run(seed: int, end: float) -> Trajectory:
    """From a uniform angle and normal outer weight and bias."""
    rng = np.random.default_rng(seed)
    angle, v, c = rng.uniform(0, 2 * np.pi), rng.standard_normal(), rng.standard_normal()
    start = {"W1": [[np.cos(angle)]], "b1": [np.sin(angle)], "W2": [[v]], "b2": [c]}
    return simulate(_flow(), _TARGET, _NET.flatten(start), end, tolerance=1e-7)


@dataclass(frozen=True, eq=False)
class OneNeuronGrowth:
    """d log sup|v| / d log t over the last decade, the largest of several seeded runs of the normalized flow to |x - 3/10|.

    Attributes:
        seeds: how many starts.
        end: the last time.
    """

    seeds: int = 4
    end: float = 1e4

    @property
    def text(self) -> str:
        """What was run."""
        return f"one ReLU neuron with unit row, |x - 3/10| on [0, 1], seeds 0 .. {self.seeds - 1}, t up to {self.end:g}"

    @property
    def runs(self) -> int:
        """One for each seed."""
        return self.seeds

    @cached_property
    def _measured(self) -> tuple[FloatArray, str]:
        found = []
        for seed in range(self.seeds):
            run = _run(seed, self.end)
            if run.stop is not StopReason.REACHED_END:
                return np.zeros((0, 3)), f"the run with seed {seed} stopped early: {run.stop.value}"
            sizes = np.maximum.accumulate([abs(float(_NET.unflatten(row)["W2"][0, 0])) for row in run.theta])
            marks = [np.searchsorted(run.t, self.end / share, side="right") - 1 for share in (100, 10, 1)]
            found.append([sizes[k] for k in marks])
        return np.array(found), ""

    @property
    def suprema(self) -> FloatArray:
        """sup|v| up to end/100, end/10 and end, (seeds, 3)."""
        return self._measured[0]

    @property
    def failure(self) -> str:
        """Why the runs cannot be used; empty when they can."""
        return self._measured[1]

    @property
    def estimate(self) -> float:
        """The largest exponent over the last decade."""
        return float(np.log10(self.suprema[:, 2] / self.suprema[:, 1]).max())

    @property
    def uncertainty(self) -> float:
        """How much the largest exponent still moves from one decade to the next."""
        return float(abs(self.estimate - np.log10(self.suprema[:, 1] / self.suprema[:, 0]).max()))


@dataclass(frozen=True, eq=False)
class EnergyShare(Measurement):
    """(L(0) - L(t)) / int_0^t |velocity|^2, the velocity being minus the projected gradient.

    Attributes:
        seed: of the start.
        end: t.
        nodes: of Simpson's rule.
    """

    seed: int = 3
    end: float = 5.0
    nodes: int = 401

    @property
    def text(self) -> str:
        """What was run."""
        return f"one ReLU neuron with unit row, |x - 3/10| on [0, 1], seed {self.seed}, t = {self.end:g}"

    @cached_property
    def _measured(self) -> tuple[float, FloatArray, FloatArray, str]:
        """The risk that is lost, the squares of the projected and of the whole gradient on the nodes, and what failed."""
        run, risk = _run(self.seed, self.end), PopulationRisk.of(_flow(), _TARGET)
        whole = PopulationRisk.of(gradient_flow(_NET, _flow().flow.criterion), _TARGET)
        points = [run(t) for t in np.linspace(0, self.end, self.nodes)]
        squares = [np.array([float(field(theta)[1] @ field(theta)[1]) for theta in points]) for field in (risk, whole)]
        stopped = "" if run.stop is StopReason.REACHED_END else f"the run stopped early: {run.stop.value}"
        return float(run.loss[0] - run.loss[-1]), squares[0], squares[1], stopped

    @property
    def failure(self) -> str:
        """Why the run cannot be used; empty when it can."""
        return self._measured[3]

    @property
    def estimate(self) -> float:
        """The share, 1 by the energy identity."""
        return self._measured[0] / self._integral(self._measured[1])

    @property
    def unprojected(self) -> float:
        """The share that the squares of the whole gradient would have."""
        return self._measured[0] / self._integral(self._measured[2])

    @property
    def uncertainty(self) -> float:
        """What every other node alone changes in it."""
        return float(abs(self.estimate - self._measured[0] / self._integral(self._measured[1][::2])))

    def _integral(self, values: FloatArray) -> float:
        step = self.end / (len(values) - 1)
        return float(values[0] + values[-1] + 4 * values[1::2].sum() + 2 * values[2:-1:2].sum()) * step / 3

"""How fast the outer weights of a shallow ReLU network grow along the normalized flow of an integral risk."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from wnproof.arrival.measurement import Exponents
from wnproof.derive.flow import gradient_flow
from wnproof.derive.projected import sphere_rows
from wnproof.model.activations import relu
from wnproof.model.losses import Loss
from wnproof.model.network import Network
from wnproof.model.population import Population
from wnproof.simulation.smooth import simulate
from wnproof.simulation.trajectory import StopReason

FloatArray = NDArray[np.float64]
_RISK = Loss("risk", (sp.Symbol("f") - sp.Symbol("y")) ** 2)


@dataclass(frozen=True, eq=False)
class OuterGrowth(Exponents):
    """d log max|v| / d log t at the end of the normalized flow of two ReLU neurons, knots 0.3 and 0.7, target a jump at 1/2.

    The risk is int_0^1 (f - 1[x > 1/2])^2 dx, exact between knots; rows (w, b) have norm one; the run starts from the ramp that
    rises from 0 to 1 between the knots.

    Attributes:
        end: the last time; the exponent is taken over the last decade.
    """

    end: float = 1e6

    @property
    def text(self) -> str:
        """What was run."""
        return f"two ReLU neurons with unit rows, risk of a jump on [0, 1], t up to {self.end:g}"

    @cached_property
    def _measured(self) -> tuple[FloatArray, str]:
        net = Network((1, 2, 1), relu, bias=(True, True))
        lengths = np.sqrt([1 + 0.3**2, 1 + 0.7**2])
        rows = {"W1": (1 / lengths)[:, None], "b1": -np.array([0.3, 0.7]) / lengths}
        start = net.flatten({**rows, "W2": (np.array([2.5, -2.5]) * lengths)[None], "b2": np.zeros(1)})
        target = Population(sp.Piecewise((0, sp.Symbol("x") <= sp.Rational(1, 2)), (1, True)), (0, 1))
        at = [self.end / 100, self.end / 10, self.end]
        run = simulate(gradient_flow(net, _RISK, on=sphere_rows), target, start, self.end, at=at, tolerance=1e-7)
        if run.stop is not StopReason.REACHED_END:
            return np.zeros(0), f"the run stopped early: {run.stop.value}"
        return np.array([np.max(np.abs(net.unflatten(row)["W2"])) for row in run.theta]), ""

    @property
    def sizes(self) -> FloatArray:
        """max|v| at end/100, end/10, end."""
        return self._measured[0]

    @property
    def failure(self) -> str:
        """Why the run cannot be used; empty when it can."""
        return self._measured[1]

    @property
    def exponents(self) -> FloatArray:
        """Over the last decade but one, and over the last."""
        return np.asarray(np.diff(np.log10(self.sizes)))

"""The six right-hand sides that are timed: two-layer and three-layer networks from 6 to 5,632 parameters, and an ensemble."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import wnproof as wn


@dataclass(frozen=True, eq=False)
class Workload:
    """One velocity -grad L(theta) with its data: X (n, d), y (n,) of signs; theta has a last axis of members in an ensemble."""

    name: str
    net: wn.Network
    loss: wn.Loss
    n: int
    members: int = 0

    @property
    def flow(self):
        """The gradient flow to derive and emit."""
        return wn.gradient_flow(self.net, self.loss)

    @property
    def data(self):
        """Standard normal inputs and random signs, exactly as drawn."""
        rng = np.random.default_rng(2024)
        return Samples(rng.standard_normal((self.n, self.net.widths[0])), rng.choice([-1.0, 1.0], self.n))

    @property
    def theta(self):
        """(P,) or (P, E), normal with standard deviation 1/2."""
        shape = (self.net.parameters.size, *([self.members] if self.members else []))
        return 0.5 * np.random.default_rng(7).standard_normal(shape)

    def kernel(self, **options):
        """The generated kernel."""
        return wn.kernel(self.flow, self.data, ensemble=bool(self.members), **options)


@dataclass(frozen=True, eq=False)
class Samples:
    X: np.ndarray
    y: np.ndarray


def normalized(name, widths, n, members=0):
    """Hidden layer normalized by its weights, plain output layer, ReLU, averaged logistic loss."""
    return Workload(name, wn.Network(widths, wn.relu, normalization=wn.weight_norm), wn.logistic.averaged, n, members)


W1 = Workload("W1", wn.Network((2, 2, 1), wn.leaky_relu("1/10")), wn.exponential.averaged, 4)
W2 = normalized("W2", (2, 8, 1), 20)
W3 = normalized("W3", (10, 64, 1), 200)
W4 = normalized("W4", (20, 256, 1), 1000)
W5 = normalized("W5", (2, 4, 1), 8, 4096)
W6 = Workload("W6", wn.Network((5, 16, 16, 1), wn.leaky_relu("1/10")), wn.logistic.averaged, 50)
WORKLOADS = (W1, W2, W3, W4, W5, W6)

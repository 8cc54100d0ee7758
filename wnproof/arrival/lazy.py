"""Wide weight-normalized networks in training: how fast the residual falls, and how far the directions of the weights move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from wnproof.arrival.measurement import Exponents
from wnproof.derive.flow import gradient_flow
from wnproof.derive.ntk import ntk
from wnproof.kernels.kernel import Kernel, kernel
from wnproof.model.activations import relu
from wnproof.model.dataset import Dataset
from wnproof.model.initial import dukler
from wnproof.model.losses import square
from wnproof.model.network import Network
from wnproof.model.normalizations import weight_norm

FloatArray = NDArray[np.float64]
SAMPLES, FEATURES = 6, 5
STABLE = 0.2  # step times largest eigenvalue of the kernel


def sphere_data(seed: int) -> Dataset:
    """Six exact unit vectors in five dimensions, projected stereographically from small integers, with labels in [-1, 1]."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(SAMPLES):
        u = [Fraction(int(k), 8) for k in rng.integers(-12, 13, FEATURES - 1)]
        size = sum((entry**2 for entry in u), Fraction(0))
        rows.append([*(2 * entry / (size + 1) for entry in u), (size - 1) / (size + 1)])
    return Dataset(rows, [Fraction(int(k), 64) for k in rng.integers(-64, 65, SAMPLES)])


def wide_network(width: int) -> Network:
    """f(x) = m^(-1/2) sum_k +-sigma(g_k <v_k, x> / |v_k|) with as many signs of each kind."""
    signs = {"W2": [[(-1) ** k for k in range(width)]]}
    return Network((FEATURES, width, 1), relu, normalization=weight_norm, fixed=signs, scale=1 / sp.sqrt(width))


def trained(velocity: Kernel, theta: FloatArray, t_end: float, steps: int, seen: Callable[[FloatArray], None]) -> FloatArray:
    """theta (P,) at t_end by the trapezoidal rule of Heun in equal steps; ``seen`` is called with every point on the way."""
    step = t_end / steps
    for _ in range(steps):
        slope = velocity(theta)
        theta = theta + step / 2 * (slope + velocity(theta + step * slope))
        seen(theta)
    return theta


@dataclass(frozen=True, eq=False)
class ResidualDecay:
    """The rate -d log |f - y|^2 / dt over the second half of a run at the paper's initial law.

    Attributes:
        alpha: standard deviation of the entries of v.
        width: m.
        seed: of the data and of the start.
        decades: natural logarithms of |f - y|^2 that the limit would lose in the run.
    """

    alpha: float
    width: int = 2000
    seed: int = 3
    decades: float = 8.0

    @property
    def text(self) -> str:
        """What was run."""
        return f"{SAMPLES} samples on the sphere, d = {FEATURES}, m = {self.width}, alpha {self.alpha:g}, seed {self.seed}"

    @property
    def runs(self) -> int:
        """The run and its repetition in half as many steps."""
        return 2

    @cached_property
    def _spectra(self) -> tuple[FloatArray, float, float]:
        """Eigenvalues of the limit's V / alpha^2 + G, and the least of V and of G; floats, for comparison."""
        limit = ntk(wide_network(2)).limit(sphere_data(self.seed))
        V, G = (np.array([[float(entry.mid()) for entry in row] for row in M]) for M in (limit.V, limit.G))
        return np.linalg.eigvalsh(V / self.alpha**2 + G), float(np.linalg.eigvalsh(V)[0]), float(np.linalg.eigvalsh(G)[0])

    @property
    def lambda_0(self) -> float:
        """The least eigenvalue of V."""
        return self._spectra[1]

    @property
    def mu_0(self) -> float:
        """The least eigenvalue of G."""
        return self._spectra[2]

    @property
    def expected(self) -> float:
        """Twice the least eigenvalue of V / alpha^2 + G."""
        return 2 * float(self._spectra[0][0])

    @cached_property
    def _measured(self) -> tuple[float, float, str]:
        t_end = self.decades / self.expected
        steps = 2 * int(np.ceil(t_end * self._spectra[0][-1] / STABLE))
        fine, coarse = self._residuals(t_end, steps), self._residuals(t_end, steps // 2)
        rates = [2 * np.log(curve[(len(curve) - 1) // 2] / curve[-1]) * 2 / t_end for curve in (fine, coarse)]
        omega = max(self.lambda_0 / self.alpha**2, self.mu_0)
        bound = fine[0] ** 2 * np.exp(-omega * np.linspace(0, t_end, len(fine)))
        broken = "" if (fine**2 <= bound * (1 + 1e-9)).all() else f"the bound e^(-{omega:.3g} t) is broken"
        return float(rates[0]), float(abs(rates[0] - rates[1])), broken

    def _residuals(self, t_end: float, steps: int) -> FloatArray:
        net, data = wide_network(self.width), sphere_data(self.seed)
        outputs, theta = kernel(net.output, data), net.initial(self.alpha, self.seed, law=dukler)
        norms = [float(np.linalg.norm(outputs(theta) - data.y))]
        trained(
            kernel(gradient_flow(net, square), data),
            theta,
            t_end,
            steps,
            lambda at: norms.append(float(np.linalg.norm(outputs(at) - data.y))),
        )
        return np.array(norms)

    @property
    def estimate(self) -> float:
        """The measured rate."""
        return self._measured[0]

    @property
    def uncertainty(self) -> float:
        """What half as many steps change in it."""
        return self._measured[1]

    @property
    def failure(self) -> str:
        """That the proved bound is broken, which only a wrong run can do at a width that is large enough."""
        return self._measured[2]


@dataclass(frozen=True, eq=False)
class DirectionMovement(Exponents):
    """d log max_k |v_k(T)/|v_k(T)| - v_k(0)/|v_k(0)|| / d log alpha at large alpha.

    Attributes:
        alphas: increasing; the exponent is that of the last pair.
        width: m.
        seed: of the data and of the start.
        t_end: T.
    """

    alphas: tuple[float, ...] = (3.0, 10.0, 30.0, 100.0)
    width: int = 1000
    seed: int = 3
    t_end: float = 60.0

    @property
    def text(self) -> str:
        """What was run."""
        spread = f"alpha {self.alphas[0]:g} .. {self.alphas[-1]:g}"
        return (
            f"{SAMPLES} samples on the sphere, d = {FEATURES}, m = {self.width}, T = {self.t_end:g}, {spread}, seed {self.seed}"
        )

    @property
    def runs(self) -> int:
        """One for each alpha."""
        return len(self.alphas)

    @cached_property
    def movements(self) -> FloatArray:
        """The largest movement of a direction for each alpha."""
        net, data = wide_network(self.width), sphere_data(self.seed)
        velocity, found = kernel(gradient_flow(net, square), data), []
        for alpha in self.alphas:
            start = net.initial(alpha, self.seed, law=dukler)
            steps = int(np.ceil(self.t_end * SAMPLES / 2 * (1 / alpha**2 + 1 / FEATURES) / STABLE))
            end = trained(velocity, start, self.t_end, steps, lambda _: None)
            before, after = (net.unflatten(theta)["V1"] for theta in (start, end))
            turned = (V / np.linalg.norm(V, axis=1, keepdims=True) for V in (before, after))
            found.append(float(np.max(np.linalg.norm(np.subtract(*turned), axis=1))))
        return np.array(found)

    @property
    def exponents(self) -> FloatArray:
        """Successive log-ratios of movement against alpha."""
        return np.asarray(np.diff(np.log(self.movements)) / np.diff(np.log(self.alphas)))

"""Nitanda and Suzuki, optimal rates for averaged stochastic gradient descent under neural tangent kernel regime (2021)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from wnproof.claims.claim import claim
from wnproof.claims.simulated import Measured, Simulated, rate
from wnproof.verdict import Rigor

FREQUENCIES = 120
STEP, DECAY, NOISE = 0.25, 0.2, 0.5


@claim(
    "nitanda-suzuki-2021/rate",
    source="[memory] Nitanda and Suzuki 2021 for the exponent; here for descent in the kernel's own space, the limit of width",
    requires=Rigor.SUPPORTED,
    larger=dict(runs=96),
)
def averaged_descent(runs: int = 32, shortest: int = 1024) -> Simulated:
    """Averaged stochastic gradient descent with the tangent kernel of a two-layer ReLU network on the circle, noisy labels, step
    constant and weight decay T^(-beta / (2 r beta + 1)): the squared error falls like T^(-2 r beta / (2 r beta + 1)).

    The kernel's eigenvalues fall like j^(-beta), beta = 2; the target's coefficients j^(-3/2) are those of r = 1/2, so that the
    exponent is 2/3. T = 1024 to 65536, averages over the second half; the runs exclude 1, 1/2 and 0.
    """
    lengths = [shortest * 4**k for k in range(4)]
    errors = np.array([_errors(T, runs) for T in lengths])
    slopes = np.diff(np.log(errors.mean(axis=1))) / math.log(4)
    sampled = math.hypot(*(errors[k].std() / errors[k].mean() / math.sqrt(runs) for k in (0, 3))) / math.log(64)
    text = f"{runs} runs each of T = {', '.join(map(str, lengths))} steps, {2 * FREQUENCIES} eigenfunctions, seed T"
    measured = Measured(text, float(-slopes.mean()), float(abs(slopes[-1] - slopes.mean()) / 2 + 2 * sampled), runs=4 * runs)
    return rate(measured, 2 / 3, rejects=(1, 1 / 2, 0))


def _spectrum() -> tuple[NDArray[np.int_], NDArray[np.float64]]:
    """Frequencies with an eigenvalue that is not 0, and the eigenvalues of (both layers') kernel, largest first."""
    n = 1 << 14
    angle = 2 * np.pi * np.arange(n) / n
    angle = np.minimum(angle, 2 * np.pi - angle)
    kernel = (2 * (np.pi - angle) * np.cos(angle) + np.sin(angle)) / (2 * np.pi)
    frequencies = np.array([1, *range(2, 2 * FREQUENCIES, 2)])
    return frequencies, np.fft.rfft(kernel).real[frequencies] / n


def _errors(T: int, runs: int) -> NDArray[np.float64]:
    """Squared errors of the averages of several runs of T steps, in the basis sqrt(2) cos, sqrt(2) sin."""
    rng = np.random.default_rng(T)
    frequencies, eigenvalues = _spectrum()
    size = 2 * len(frequencies)
    steps, target = STEP * np.repeat(eigenvalues, 2), np.arange(1, size + 1) ** -1.5
    decay = STEP * DECAY * T ** (-2 / 3)
    f, total, e = np.zeros((runs, size)), np.zeros((runs, size)), np.empty((runs, size))
    for step in range(T):
        turns = frequencies * rng.uniform(0, 2 * np.pi, (runs, 1))
        e[:, ::2], e[:, 1::2] = math.sqrt(2) * np.cos(turns), math.sqrt(2) * np.sin(turns)
        residual = np.einsum("sk,sk->s", e, f - target) - NOISE * rng.standard_normal(runs)
        f = (1 - decay) * f - residual[:, None] * e * steps
        if step >= T // 2:
            total += f
    return np.asarray(np.sum((total / (T - T // 2) - target) ** 2, axis=1))

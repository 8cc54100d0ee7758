"""Claims of related papers that a seeded run supports: Gaussian averages, analytic radii, wide networks, escape from zero."""

from __future__ import annotations

import math

import numpy as np

from wnproof.claims.claim import claim
from wnproof.claims.simulated import Measured, Simulated, near, rate
from wnproof.derive.decay import LossDecay, exponential_norm_decay, plain_decay
from wnproof.verdict import Rigor


@claim(
    "biggs-guedj-2022/erf",
    source="[paper] Biggs and Guedj 2022 for the average of sign neurons; the formula is derived",
    requires=Rigor.SUPPORTED,
    larger=dict(draws=10_000_000),
)
def gaussian_sign(draws: int = 400_000, seed: int = 5) -> Simulated:
    """For u drawn from N(w, s^2 I) the mean of sign(<u, x>) is erf(<w, x> / (sqrt 2 s |x|)): a stochastic sign network is
    a network with the activation erf.

    The run excludes the formula without sqrt 2, the one without |x|, and tanh in the place of erf.
    """
    w, x, s = np.array([0.4, -0.3, 0.5]), np.array([1.0, 2.0, 1.0]), 0.8
    u = w + s * np.random.default_rng(seed).standard_normal((draws, 3))
    z, size = float(w @ x), float(np.linalg.norm(x))
    text = f"{draws} draws of u in three dimensions, s = 0.8, seed {seed}"
    run = Measured(text, float(np.mean(np.sign(u @ x))), 4 / math.sqrt(draws))
    wrong = (math.erf(z / (s * size)), math.erf(z / (math.sqrt(2) * s)), math.tanh(z / (math.sqrt(2) * s * size)))
    return near(run, math.erf(z / (math.sqrt(2) * s * size)), 1e-3, wrong)


@claim(
    "shilton-2023/tanh-radius",
    source="[paper] Shilton et al. 2023 for the power series in a finite neighbourhood (abstract); the radius is derived",
    requires=Rigor.SUPPORTED,
    larger=dict(terms=400),
)
def tanh_radius(z: float = 1.0, terms: int = 60) -> Simulated:
    """The Taylor series of tanh at z converges up to |d| = sqrt(z^2 + pi^2/4), the distance to the poles +- i pi/2.

    Two poles as near as that make a_(n+1) = p a_n - a_(n-1)/R^2 in the limit, which is solved for R; the run excludes pi/2, which
    is the radius at 0, and sqrt(z^2 + pi^2).
    """
    a = [math.tanh(z)]
    for n in range(terms + 3):  # tanh' = 1 - tanh^2
        square = sum(a[k] * a[n - k] for k in range(n + 1))
        a.append(((n == 0) - square) / (n + 1))

    def radius(n: int) -> float:
        return math.sqrt((a[n - 1] * a[n + 1] - a[n] ** 2) / (a[n] * a[n + 2] - a[n + 1] ** 2))

    last, before = radius(terms), radius(terms - 10)
    run = Measured(f"{terms} Taylor coefficients at {z:g}", last, abs(last - before) + 1e-9)
    return near(run, math.hypot(z, math.pi / 2), 1e-3, (math.pi / 2, math.hypot(z, math.pi)))


@claim(
    "nguyen-muecke-2023/linearisation",
    source="[memory] Nguyen and Muecke 2023 for the bound M^(-1/2); that symmetric outer weights gain M^(-1/2) is derived",
    requires=Rigor.SUPPORTED,
    larger=dict(seeds=160),
)
def linearisation(seeds: int = 40, steps: int = 60) -> Simulated:
    """Two-layer tanh networks of width M in the NTK scaling, Gaussian start: along gradient descent on the same data the largest
    difference to the network linearized at its start falls like 1/M.

    The bound that holds for every law of the start is M^(-1/2): M second-order terms of size M^(-3/2). They are odd in the outer
    weights, so that symmetric ones make their sum another M^(-1/2) smaller. M = 256 to 4096, mean over the seeds; the run
    excludes M^(-1/2), M^0 and M^(-3/2).
    """
    rng = np.random.default_rng(0)
    X = rng.standard_normal((6, 3))
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    y = rng.standard_normal(6)
    widths = (256, 1024, 4096)
    errors = np.array([[_drift(X, y, width, seed, steps) for seed in range(seeds)] for width in widths])
    logs = np.log(errors.mean(axis=1))
    slopes = np.diff(logs) / np.diff(np.log(widths))
    spread = 2 * np.sqrt(np.sum((errors.std(axis=1) / errors.mean(axis=1)) ** 2) / seeds) / math.log(widths[2] / widths[0])
    slope = float((logs[2] - logs[0]) / math.log(widths[2] / widths[0]))
    text = f"widths {widths}, {seeds} seeds each, 6 samples, {steps} steps"
    run = Measured(text, slope, float(spread + abs(slopes[1] - slopes[0]) / 4), runs=seeds * len(widths))
    return rate(run, -1, rejects=(-0.5, 0, -1.5), tolerance=0.1)


def _drift(X: np.ndarray, y: np.ndarray, width: int, seed: int, steps: int) -> float:
    """max over the steps of |f - f_lin|, both under gradient descent from one start."""
    rng = np.random.default_rng([seed, width])
    W, v = rng.standard_normal((width, 3)), rng.standard_normal(width)
    W0, v0 = W.copy(), v.copy()
    h0 = np.tanh(X @ W0.T)
    slope0 = (1 - h0**2) * v0
    kernel = (h0 @ h0.T + (slope0 @ slope0.T) * (X @ X.T)) / width
    linear = f = h0 @ v0 / math.sqrt(width)
    worst, eta = 0.0, 0.05
    for _ in range(steps):
        h = np.tanh(X @ W.T)
        f = h @ v / math.sqrt(width)
        worst = max(worst, float(np.max(np.abs(f - linear))))
        r = (f - y) / math.sqrt(width)
        W, v = W - eta * ((r[:, None] * (1 - h**2)) * v).T @ X, v - eta * h.T @ r
        linear = linear - eta * kernel @ (linear - y)
    return worst


@claim(
    "lyu-li-2020/rate",
    source="[memory] Lyu and Li 2020 for the rate; here for one sample, from its exact solution",
    requires=Rigor.SUPPORTED,
)
def plain_rate(degree: int = 3) -> Simulated:
    """Without normalization, degree L = 3: loss t (log t)^a tends to a constant with a = 2 - 2/L = 4/3.

    At log t = 10^6, where log-log fits see nothing, from the implicit solution in log time; excludes 1 (L = 2), 2 (EWN) and 0.
    """
    return _log_exponent(plain_decay(degree), "without normalization", 4 / 3, (0, 1, 2))


@claim(
    "morwani-ramaswamy-2022/log-exponent",
    source="[paper] arXiv 2010.12909 for the rate 1/(t (log t)^2) at every depth; here for one sample, from its exact solution",
    requires=Rigor.SUPPORTED,
)
def normalized_rate(degree: int = 3) -> Simulated:
    """EWN, degree L = 3: loss t (log t)^a tends to a constant with a = 2, whatever L.

    At log t = 10^6 from the implicit solution in log time; excludes 2 - 2/L = 4/3, the exponent without normalization, 1 and 3.
    """
    return _log_exponent(exponential_norm_decay(degree), "EWN", 2, (4 / 3, 1, 3))


def _log_exponent(decay: LossDecay, name: str, exponent: float, rejects: tuple[float, ...]) -> Simulated:
    """(q - tau - log K)/log tau at tau = log t, q = -log loss: the power of the logarithm."""
    shift = math.log(float(decay.constant))
    found = []
    for tau in (10**5, 10**6):
        gap = float(decay.margin(tau, digits=25) - tau)
        found.append((gap - shift) / math.log(tau))
    run = Measured(f"one sample, {name}, log t = 10^6, implicit solution", found[1], abs(found[1] - found[0]))
    return rate(run, exponent, rejects=rejects, tolerance=0.01)

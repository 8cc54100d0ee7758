"""Claims about flows that seeded runs support: escape from small initialization, frozen directions, rank after descent."""

from __future__ import annotations

import math

import numpy as np

from wnproof.arrival.itinerary import DwellSlope
from wnproof.arrival.normalized import NormalizedEarlyError
from wnproof.claims.claim import claim
from wnproof.claims.simulated import Measured, Simulated, near, rate
from wnproof.derive.flow import gradient_flow
from wnproof.model.activations import linear, polynomial_relu
from wnproof.model.dataset import Dataset
from wnproof.model.datasets import iris
from wnproof.model.network import Network
from wnproof.model.normalizations import exponential_weight_norm, weight_norm
from wnproof.simulation.charts import polar
from wnproof.simulation.smooth import simulate
from wnproof.simulation.trajectory import StopReason, Trajectory
from wnproof.verdict import Rigor


@claim(
    "kumar-haupt-2h-2024/escape-time",
    source="[paper] arXiv 2402.09226 for the setting; the time is derived from first principles",
    requires=Rigor.SUPPORTED,
)
def escape_time(seed: int = 3, radius: float = 1e-2) -> Simulated:
    """Two-layer linear networks leave a ball around 0 after ln(1/delta)/(2 N*) + O(1), N* = |X^T y|/2: the increments between
    delta = 1e-3, 1e-5 and 1e-7, in units of ln(100)/(2 N*), are 1.

    The run excludes 2 (growth e^(N* t)), 1/2, and 0 (a time that does not depend on delta).
    """
    net, data = Network((2, 2, 1), linear), Dataset([[1, 2], [2, -1], [1, 1]], [1, -1, 2])
    largest = float(np.linalg.norm(data.X.T @ data.y)) / 2
    flow, start = gradient_flow(net), net.initial(1.0, seed)
    start = start / np.linalg.norm(start)
    times, failure = [], ""
    for delta in (1e-3, 1e-5, 1e-7):
        run = simulate(flow, data, delta * start, math.log(10 / delta) / (2 * largest) + 2, chart=polar, tolerance=1e-10)
        if run.stop is not StopReason.REACHED_END:
            failure = f"simulation at delta = {delta:g}: {run.stop.value}"
        times.append(_crossing(run, radius))
    unit = math.log(100) / (2 * largest)
    steps = np.diff(times) / unit
    text = f"{net} on three samples, seed {seed}, up to |w| = {radius:g}"
    measured = Measured(text, float(steps[-1]), float(abs(steps[1] - steps[0])) + 1e-6, runs=3, failure=failure)
    return near(measured, 1, 0.01, (2, 0.5, 0))


def _crossing(run: Trajectory, radius: float) -> float:
    """The first time at which |w| is the radius, by bisection."""
    left, right = 0.0, float(run.t[-1])
    if np.linalg.norm(run(np.array([right]))) < radius:
        return math.nan
    for _ in range(60):
        middle = (left + right) / 2
        left, right = (left, middle) if np.linalg.norm(run(np.array([middle]))) >= radius else (middle, right)
    return right


@claim(
    "kumar-haupt-2h-2024/saddle-to-saddle",
    source="[paper] arXiv 2402.09226 for the setting; the time at the second saddle is derived from first principles",
    requires=Rigor.SUPPORTED,
)
def saddle_to_saddle() -> Simulated:
    """Two-layer linear networks with sum y_i x_i^T = diag(3, 1) stay (1 - 1/3) ln(1/delta) + O(1) at the saddle that fits the
    first singular value: the second mode has grown by delta^(-1/3) before.

    The runs exclude 1 (a mode that begins there at size delta), 1/3 (the time at the origin), and 0.
    """
    flow, data = gradient_flow(Network((2, 2, 2), linear)), Dataset([[1, 0], [0, 1]], [[3, 0], [0, 1]])
    return near(DwellSlope(flow, data, np.linspace(0.25, 0.95, 8), 1, 2.0), 2 / 3, 0.01, (1, 1 / 3, 0))


@claim(
    "wnproof/swn-frozen-directions",
    source="new; derived from first principles",
    requires=Rigor.SUPPORTED,
)
def frozen_directions(seed: int = 3) -> Simulated:
    """SWN in every layer with |v| = 1 from lengths of order delta: while the lengths change at order one, the directions v/|v|
    move by Theta(delta^2).

    Squared ReLU (L = 3) on two features of iris up to the time 1/(1000 delta), at which one length has nearly doubled; the runs
    exclude 1, 3 and 0 (they move as without normalization).
    """
    net = Network((2, 3, 1), polynomial_relu(2), normalization=(weight_norm, weight_norm))
    flow, data = gradient_flow(net), iris(("petal_length", "petal_width"))
    first = net.unflatten(net.initial(1.0, seed))
    blocks = {name: _unit(block) if name.startswith("V") else block / np.linalg.norm(block) for name, block in first.items()}
    deltas, moved, failure = (0.04, 0.02, 0.01), [], ""
    for delta in deltas:
        start = net.flatten({name: block if name.startswith("V") else delta * block for name, block in blocks.items()})
        run = simulate(flow, data, start, 1e-3 / delta, tolerance=1e-11)
        if run.stop is not StopReason.REACHED_END:
            failure = f"simulation at delta = {delta:g}: {run.stop.value}"
        end = net.unflatten(run.theta[-1])
        moved.append(float(np.max(np.abs(_unit(end["V1"]) - blocks["V1"]))))
    slopes = np.diff(np.log(moved)) / np.diff(np.log(deltas))
    text = f"{net} on iris, seed {seed}, delta 0.04 .. 0.01"
    measured = Measured(text, float(slopes[-1]), float(abs(slopes[1] - slopes[0])), runs=3, failure=failure)
    return rate(measured, 2, rejects=(0, 1, 3), tolerance=0.05)


def _unit(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True))


SAMPLES = ([[1, 2], [2, -1], [-1, 1], [1, 1]], [1, -1, 2, 1])


@claim(
    "wnproof/ewn-early-error",
    source="new; derived from first principles",
    requires=Rigor.SUPPORTED,
)
def exponential_early_error(seed: int = 0) -> Simulated:
    """EWN in both layers, squared ReLU (L = 3), |v| = 1: w(t/delta^3)/delta is Theta(delta^3) away from the flow
    s_u' = |s_u|^2 grad_u N(s), which is not that of grad N.

    The runs exclude 1 (the horizon of plain layers), 2 (the order of SWN) and 4.
    """
    net = Network((2, 3, 1), polynomial_relu(2), normalization=(exponential_weight_norm,) * 2)
    return rate(NormalizedEarlyError(net, Dataset(*SAMPLES), seed=seed), 3, rejects=(1, 2, 4))


@claim(
    "wnproof/swn-early-error",
    source="new; derived from first principles",
    requires=Rigor.SUPPORTED,
)
def standard_early_error(seed: int = 2) -> Simulated:
    """SWN in both layers, squared ReLU (L = 3), |v| = 1: w(t/delta)/delta is Theta(delta^2) away from the flow
    s_u' = h_u h_u^T grad_u N(s) of frozen directions h.

    The runs exclude 3 (delta^L, as for plain layers and EWN), 1 and 0.
    """
    net = Network((2, 3, 1), polynomial_relu(2), normalization=(weight_norm,) * 2)
    return rate(NormalizedEarlyError(net, Dataset(*SAMPLES), seed=seed), 2, rejects=(0, 1, 3))


@claim(
    "kou-2023/rank-after-descent",
    source="[memory] Kou, Chen and Gu 2023 for the setting; the limit is derived here, block by block of output signs",
    requires=Rigor.SUPPORTED,
)
def rank_after_descent(slope: float = 0.3, seed: int = 4) -> Simulated:
    """Leaky ReLU of slope g = 0.3, 10 nearly orthogonal samples in 2000 dimensions, balanced classes and output signs, gradient
    descent on the logistic loss from a small start: the stable rank |W|_F^2/|W|_2^2 comes down to 1 + ((1 - g)/(1 + g))^2 = 1.29.

    The run excludes 1, which holds for the rows of each output sign alone, 2, and the rank of the start.
    """
    n, d, m = 10, 2000, 20
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d)) / math.sqrt(d)
    y = np.repeat([1.0, -1.0], n // 2)
    outer = np.repeat([1.0, -1.0], m // 2) / math.sqrt(m)
    W = 1e-4 * rng.standard_normal((m, d))
    start = _stable_rank(W)
    ranks = []
    for step in range(400):
        z = X @ W.T
        f = np.where(z > 0, z, slope * z) @ outer
        pull = y / (1 + np.exp(y * f))
        W = W + 0.5 * ((pull[:, None] * np.where(z > 0, 1.0, slope)) * outer).T @ X
        if step in (199, 399):
            ranks.append(_stable_rank(W))
    text = f"{n} samples, {d} inputs, {m} neurons, 400 steps, seed {seed}"
    measured = Measured(text, ranks[1], abs(ranks[1] - ranks[0]))
    return near(measured, 1 + ((1 - slope) / (1 + slope)) ** 2, 0.05, (1, 2, start))


def _stable_rank(W: np.ndarray) -> float:
    values = np.linalg.svd(W, compute_uv=False)
    return float(np.sum(values**2) / values[0] ** 2)

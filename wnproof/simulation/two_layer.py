"""Two-layer (leaky) ReLU networks as the hybrid flow takes them, and its runs as trajectories."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wnproof.derive.flow import GradientFlow
from wnproof.derive.projected import ProjectedFlow
from wnproof.graph.nodes import argument
from wnproof.kernels.kernel import Kernel, kernel
from wnproof.model.dataset import Dataset
from wnproof.model.losses import Loss, exponential, logistic
from wnproof.model.normalizations import exponential_weight_norm, plain, weight_norm
from wnproof.simulation.balance import balance_drift
from wnproof.simulation.biased_rows import BiasedRows
from wnproof.simulation.hybrid import Choice, follow
from wnproof.simulation.hybrid_run import Accuracy, HybridRun, Meeting
from wnproof.simulation.residuals import Affine, Exponential, Logistic, Residual
from wnproof.simulation.rows import NormalizedRows, PlainRows, Rows, UnitRows
from wnproof.simulation.taylor import Modes, State, TwoLayer
from wnproof.simulation.trajectory import StopReason

FloatArray = NDArray[np.float64]
AT_ONCE = 2**20  # heights of output times that are evaluated together
FINE, COARSE = Accuracy(20, 1e-15), Accuracy(16, 1e-13)
ROWS: dict[tuple[str, bool], Rows] = {
    (plain.name, False): PlainRows(),
    (plain.name, True): PlainRows(),
    (weight_norm.name, False): NormalizedRows(exponential=False),
    (weight_norm.name, True): BiasedRows(exponential=False),
    (exponential_weight_norm.name, False): NormalizedRows(exponential=True),
    (exponential_weight_norm.name, True): BiasedRows(exponential=True),
}


@dataclass(frozen=True, eq=False)
class Reading:
    """A flow on data as a TwoLayer model: states from theta and back, the samples of each kink, which of them point against its
    normal (n,), and whether the loss is that of the residual, without a term in the labels alone.
    """

    flow: GradientFlow | ProjectedFlow
    data: Dataset
    model: TwoLayer
    samples: tuple[tuple[int, ...], ...]
    sides: NDArray[np.int8]
    residual_is_all: bool

    def state(self, theta: FloatArray) -> State:
        """The state of theta (P,)."""
        net = self.flow.net
        blocks = {name: np.array(value, dtype=np.float64) for name, value in net.fixed.items()}
        blocks |= {name: np.array(value) for name, value in net.unflatten(theta).items()}
        raw = [blocks[name] for name in self._rows]
        if net.biases[0]:
            if len(raw) > 1:
                raw.append(blocks["b1"])
            else:
                raw[0] = np.concatenate([raw[0], blocks["b1"][:, None]], axis=1)
        A = blocks["W2"]
        return State(tuple(raw), A, blocks.get("b2", np.zeros(len(A))))

    def theta(self, state: State) -> FloatArray:
        """theta (P,) of a state; (P, T) of states with T as their last axis."""
        net = self.flow.net
        names = [*self._rows, *(["b1"] if net.biases[0] and len(self._rows) > 1 else [])]
        blocks = dict(zip(names, state.raw, strict=True)) | {"W2": state.A, "b2": state.b}
        if net.biases[0] and len(names) == 1:
            blocks |= {self._rows[0]: state.raw[0][:, :-1], "b1": state.raw[0][:, -1]}
        return np.asarray(net.flatten({name: blocks[name] for name, _, _ in net.blocks}))

    @property
    def _rows(self) -> tuple[str, ...]:
        return tuple(f"{letter}1" for letter, _ in self.flow.net.normalizations[0].raw)

    def labels(self, meeting: Meeting) -> list[tuple[float, str]]:
        """The events of a meeting, kink by kink; samples that share a kink have one entry each."""
        events = []
        for kink, before, after in zip(meeting.kinks, meeting.before, meeting.after, strict=True):
            what = _what(before, after, meeting.dead)
            if what is not None:
                events += [(meeting.time, f"z1[{i},{meeting.neuron}]{what}") for i in self.samples[kink]]
        return events

    def branches(self, run: HybridRun) -> tuple[tuple[float, str], ...]:
        """(time, what) of every point with several solutions, the one it stopped at included."""
        found = []
        for meeting in (*run.met, *([run.branch] if run.branch else [])):
            ways = meeting.ways.signs
            if not meeting.ways.unique:
                count = f"{len(ways)} ways on" if len(ways) > 1 else "it may leave its kinks or stay"
                taken = "" if meeting is run.branch else f", way {ways.index(meeting.after) + 1} is followed"
                found.append((meeting.time, f"branching of neuron {meeting.neuron}: {count}{taken}"))
        return tuple(found)

    def signs(self, modes: Modes) -> Modes:
        """The modes (m, K) sample by sample, (n, m): the signs of preactivations; a zero sample's is 1."""
        signs = np.ones((len(self.model.right), len(modes)), dtype=np.int8)
        for kink, group in enumerate(self.samples):
            for i in group:
                signs[i] = self.sides[i] * modes[:, kink]
        return signs

    def drift(self, theta: FloatArray) -> float | None:
        """How far the states (T, P) leave what the flow conserves; for unit rows, their squared lengths."""
        if isinstance(self.flow, GradientFlow):
            return balance_drift(self.flow.net, theta)
        squares = np.array([(self.state(row).raw[0] ** 2).sum(axis=1) for row in theta])
        return float(np.abs(squares - squares[0]).max())

    def follow(self, theta0: FloatArray, t_end: float, limit: float, choice: Choice) -> tuple[HybridRun, float]:
        """The run of order 20, and its difference to one of order 16: relative in theta, infinite when they met other events."""
        start = self.state(theta0)
        fine = follow(self.model, start, t_end, FINE, limit, choice)
        if fine.stop is StopReason.INTERRUPTED:
            return fine, math.inf
        return fine, self._difference(fine, follow(self.model, start, t_end, COARSE, limit, choice))

    def curve(self, run: HybridRun) -> Callable[[float], FloatArray]:
        """theta(t) along a run."""
        ends = [end for _, end, _ in run.pieces]

        def at(t: float) -> FloatArray:
            if not run.pieces:
                return self.theta(run.state)
            start, _, path = run.pieces[min(int(np.searchsorted(ends, t)), len(ends) - 1)]
            return self.theta(path.at(t - start))

        return at

    def thetas(self, run: HybridRun, times: FloatArray) -> FloatArray:
        """theta (T, P) at increasing times (T,)."""
        if not run.pieces:
            return np.tile(self.theta(run.state), (len(times), 1))
        return self.theta(run.states(times)).T if len(times) else np.zeros((0, self.flow.net.size))

    @cached_property
    def _loss(self) -> Kernel:
        return kernel(self.flow.loss, self.data)

    def losses(self, run: HybridRun, times: FloatArray, theta: FloatArray) -> FloatArray:
        """The loss (T,) at increasing times, where theta (T, P) is; plain rows need no kernel for it."""
        if not (self.residual_is_all and isinstance(self.model.rows, PlainRows) and run.pieces):
            return np.array([float(self._loss(row)) for row in theta])
        step = max(1, AT_ONCE // (self.model.lines.size * run.modes.size))
        found = []
        for k in range(0, len(times), step):
            state = run.states(times[k : k + step])
            found.append(self.model.residual.loss(self.model.outputs(state.raw[0], state.A, state.b)))
        return np.concatenate(found) if found else np.zeros(0)

    def _difference(self, fine: HybridRun, coarse: HybridRun) -> float:
        met = [Counter(event for m in run.met for _, event in self.labels(m)) for run in (fine, coarse)]
        if fine.stop is not coarse.stop or met[0] != met[1] or not fine.pieces:
            return math.inf
        ends = np.array([0.0, *(end for _, end, _ in fine.pieces)])
        times = np.sort(np.concatenate([ends, (ends[1:] + ends[:-1]) / 2]))
        mine, other = (self.thetas(run, times[times <= coarse.t]) for run in (fine, coarse))
        apart = np.linalg.norm(mine - other, axis=1) / np.maximum(np.linalg.norm(mine, axis=1), 1e-300)
        return max(2e-15 * len(fine.pieces), float(apart.max()))


def reading(flow: GradientFlow | ProjectedFlow, data: Dataset) -> Reading | None:
    """The flow as a hybrid flow; None when it is none.

    It is one for two layers, an activation with two different slopes at 0, a loss that is quadratic in the output, logistic or
    exponential, a plain output layer, and a trained first layer that is plain (a bias counts as a feature), on unit spheres, or
    normalized (a bias stands beside the normalized row).

    >>> from wnproof.model.activations import relu, tanh
    >>> from wnproof.model.network import Network
    >>> data = Dataset([[1, 2], [2, 4], [1, 1]], [1, 0, 1])
    >>> [reading(GradientFlow(Network((2, 2, 1), sigma), logistic), data) is None for sigma in (relu, tanh)]
    [False, True]
    >>> reading(GradientFlow(Network((2, 2, 1), relu), logistic), data).samples
    ((0, 1), (2,))
    """
    net = flow.net
    slopes = net.activation.slopes
    first, biased = (net.normalizations[0], net.biases[0])
    rows = ROWS[first.name, biased] if first in (plain, weight_norm, exponential_weight_norm) else None
    if net.depth != 2 or slopes is None or slopes[0] <= slopes[1] or rows is None or net.normalizations[1] is not plain:
        return None
    if any(name not in ("W2", "b2") or value is None for name, value in net.fixed.items()):
        return None
    if isinstance(flow, ProjectedFlow):
        rows = UnitRows()
    criterion = flow.flow.criterion if isinstance(flow, ProjectedFlow) else flow.criterion
    scale = float(net.scale)
    kind = _kind(criterion)
    if kind is None:
        return None
    family, slope, residual_is_all = kind
    residual = family(np.atleast_2d(data.y.T if data.y.ndim == 2 else data.y), slope / data.n if criterion.mean else slope)
    kinks = _kinks([[*row, Fraction(1)] if biased else list(row) for row in data.exact_X])
    X = np.concatenate([data.X, np.ones((data.n, 1))], axis=1) if biased else data.X
    lines = np.array([X[group[0]] / np.linalg.norm(X[group[0]]) for group in kinks]).reshape(-1, X.shape[1])
    sides = np.ones(data.n, dtype=np.int8)
    right, left = np.zeros((data.n, len(kinks))), np.zeros((data.n, len(kinks)))
    for g, group in enumerate(kinks):
        lengths = X[list(group)] @ lines[g]
        sides[list(group)] = np.sign(lengths)
        high, low = float(slopes[0]) * lengths, float(slopes[1]) * lengths
        right[list(group), g], left[list(group), g] = np.where(lengths > 0, high, low), np.where(lengths > 0, low, high)
    trained = "W2" not in net.fixed, net.biases[1] and "b2" not in net.fixed
    model = TwoLayer(lines, right, left, residual, rows, scale, trained)
    return Reading(flow, data, model, kinks, sides, residual_is_all)


def _kinks(rows: list[list[Any]]) -> tuple[tuple[int, ...], ...]:
    """The samples, grouped by the lines they span; zero samples are on none."""
    groups: dict[tuple[Fraction, ...], list[int]] = {}
    for i, row in enumerate(rows):
        lead = next((x for x in row if x != 0), None)
        if lead is not None:
            groups.setdefault(tuple(Fraction(x) / lead for x in row), []).append(i)
    return tuple(tuple(group) for group in groups.values())


@cache
def _kind(loss: Loss) -> tuple[type[Residual], float, bool] | None:
    """The residual of a loss and its factor, and whether the loss is its integral; None for other losses."""
    if loss.couples_outputs:
        return None
    if loss.expr == exponential.expr:
        return Exponential, 1.0, True
    if loss.expr == logistic.expr:
        return Logistic, 1.0, True
    f, label = argument(0), argument(1)
    slope = loss.derivative().diff(f)
    if slope.is_Rational and slope > 0 and (loss.derivative() - slope * (f - label)).expand() == 0:
        return Affine, float(slope), bool((loss.expr - slope * (f - label) ** 2 / 2).expand() == 0)
    return None


def _what(before: int, after: int, dead: bool) -> str | None:
    """How an event is written after the kink's name; None when nothing happens there."""
    if dead:
        return ": the neuron dies on it"
    if before == after:
        return None
    if after == 0:
        return ": the neuron slides on it"
    return ": the neuron leaves it" if before == 0 else ""

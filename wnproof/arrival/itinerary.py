"""From saddle to saddle: where a gradient flow from a small start rests on its way, how long, and what leads it away.

At a saddle some neurons of a two-layer network fit a part of the labels and the others are still small. The small ones follow the
flow of the neural correlation function of the residual, N(u) = sum_i <-dl/df_i, f(x_i; u)>, so that they turn to its KKT points
while they grow like exp(2 N t); the first one to be large ends the rest.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from scipy.signal import find_peaks

from wnproof.arrival.measurement import Exponents
from wnproof.derive.flow import GradientFlow
from wnproof.derive.ncf import ncf
from wnproof.derive.sphere import SphereProblem
from wnproof.errors import WnproofError
from wnproof.graph.nodes import argument
from wnproof.kernels.kernel import kernel
from wnproof.kkt.family import angle_between
from wnproof.kkt.points import KKTPoint, KKTSet
from wnproof.model.dataset import Dataset
from wnproof.model.network import Network
from wnproof.model.normalizations import plain
from wnproof.simulation.smooth import simulate
from wnproof.simulation.trajectory import StopReason, Trajectory

FloatArray = NDArray[np.float64]
TIMES = 4000  # at which the speed is measured, besides the ends of steps
SMALL = 0.1  # of the largest neuron
STILL = 1e-12  # of the largest speed: below it differences are rounding


@dataclass(frozen=True, eq=False)
class Saddle:
    """A rest between two transitions; the first one begins at the start, and is the origin's.

    Attributes:
        since, until: the times at which the speed |theta'| is largest before and after; 0 for the start.
        quietest: the time at which it is least in between.
        theta: the state (P,) then.
        loss: there.
        pulls: -dl/df there (n,) or (n, k), which is the residual y - f for the square loss.
        small: the neurons that are small there.
        escaping: the one of them that is largest when the rest is over; None when all are large.
        problem: the neural correlation function of one neuron on the pulls.
        direction: of the escaping neuron half-way from then to ``until``, in the coordinates of ``problem``; None without one.
    """

    since: float
    until: float
    quietest: float
    theta: FloatArray
    loss: float
    pulls: FloatArray
    small: tuple[int, ...]
    escaping: int | None
    problem: SphereProblem
    direction: FloatArray | None

    @property
    def dwell(self) -> float:
        """until - since."""
        return self.until - self.since

    def rate(self, u: FloatArray) -> float:
        """d log|u| / dt = 2 N(u / |u|) for a small neuron u."""
        return 2 * float(kernel(self.problem.value)(u / np.linalg.norm(u)))

    def nearest(self, kkt: KKTSet) -> tuple[KKTPoint, float]:
        """The listed point next to the escaping neuron's direction, and the angle to it in radians.

        Raises: WnproofError E-VALUE when no small neuron escapes or the list is empty.
        """
        if self.direction is None or not len(kkt):
            what = "nothing small escapes" if self.direction is None else "the list of KKT points is empty"
            raise WnproofError("E-VALUE", f"{what} from the saddle at t = {self.quietest:.6g}")
        direction = self.direction
        return min(((point, angle_between(direction, point.u)) for point in kkt), key=lambda pair: pair[1])

    def __repr__(self) -> str:
        out = (
            ""
            if self.escaping is None or self.direction is None
            else (f", neuron {self.escaping} escapes at rate {self.rate(self.direction):.6g}")
        )
        return f"t = {self.since:.6g} .. {self.until:.6g}: loss {self.loss:.6g}, {len(self.small)} small neurons{out}"


@dataclass(frozen=True, eq=False)
class Itinerary:
    """The saddles of one run, in their order.

    Attributes:
        traj: the run.
        saddles: at least the start's, unless nothing ever moves.
        own: the neurons' own parameters half-way out of the saddles, (saddles, neurons, parameters of one).
    """

    traj: Trajectory
    saddles: tuple[Saddle, ...]
    own: FloatArray

    @property
    def dwells(self) -> FloatArray:
        """The time spent at every saddle."""
        return np.array([saddle.dwell for saddle in self.saddles])

    @property
    def slopes(self) -> FloatArray:
        """d dwell / d log(1/delta) for starts of size delta, as the residuals' correlation functions predict it.

        A neuron of size delta^s has s = 1 at the start and loses rate * slope at every saddle; the rest is over when the escaping
        one is at s = 0. Not-a-number from the first saddle on that no small neuron ends.
        """
        found: list[float] = []
        for k, saddle in enumerate(self.saddles):
            j = saddle.escaping
            if j is None:
                break
            gained = sum(self.saddles[i].rate(self.own[i, j]) * slope for i, slope in enumerate(found))
            found.append((1 - gained) / saddle.rate(self.own[k, j]))
        return np.array(found + [math.nan] * (len(self.saddles) - len(found)))

    def __repr__(self) -> str:
        return "\n".join([f"Itinerary: {len(self.saddles)} saddles", *(f"  {saddle!r}" for saddle in self.saddles)])


def itinerary(flow: GradientFlow, data: Dataset, traj: Trajectory, *, quiet: float = 3.0) -> Itinerary:
    """The saddles that a run of a two-layer network visits.

    Args:
        flow: of a network of two plain layers without output bias, both trained, and a loss that is a sum over outputs.
        data: the samples.
        traj: its run from a small start; the last transition has to be over.
        quiet: a saddle is visited where the speed falls below 1/``quiet`` of the largest ones before and after.

    Raises: WnproofError E-VALUE for other networks, losses, or quiet <= 1; E-SHAPE for the run of another network.

    Source: the setting is Kumar and Haupt 2024 (two-homogeneous networks near saddles); the rates are derived here.

    >>> from wnproof.derive.flow import gradient_flow
    >>> from wnproof.model.activations import relu
    >>> net, data = Network((2, 2, 1), relu), Dataset([[1, 0], [0, 1]], [2, -1])
    >>> flow = gradient_flow(net)
    >>> start = 1e-5 * net.flatten({"W1": [[1, 0.2], [0.2, 1]], "W2": [[1, -1]]})
    >>> [saddle.escaping for saddle in itinerary(flow, data, simulate(flow, data, start, 25.0)).saddles]
    [0, 1]
    """
    net = flow.net
    _check(flow)
    if traj.theta.shape[1] != net.size:
        raise WnproofError("E-SHAPE", f"the run has {traj.theta.shape[1]} parameters, the network has {net.size}")
    if not quiet > 1:
        raise WnproofError("E-VALUE", f"quiet is {quiet}", help="give a ratio of speeds above 1")
    rests = _rests(traj, quiet)
    one = Network((data.d, 1, net.widths[-1]), net.activation, bias=net.biases)
    largest = max(float(_sizes(_own(net, row, one)).max()) for row in traj.theta)
    pull = _pulls(flow, data)
    loss = kernel(flow.loss, data)
    saddles, owns = [], []
    for since, quietest, until in rests:
        theta = traj(quietest)
        small = np.flatnonzero(_sizes(_own(net, theta, one)) < SMALL * largest)
        after, own = _sizes(_own(net, traj(until), one)), _own(net, traj((quietest + until) / 2), one)
        escaping = int(small[np.argmax(after[small])]) if small.size else None
        pulls = pull(theta)
        problem = ncf(one, Dataset(data.exact_X, pulls))
        direction = None if escaping is None else own[escaping] / np.linalg.norm(own[escaping])
        small_ones = tuple(int(j) for j in small)
        saddles.append(Saddle(since, until, quietest, theta, float(loss(theta)), pulls, small_ones, escaping, problem, direction))
        owns.append(own)
    return Itinerary(traj, tuple(saddles), np.array(owns))


@dataclass(frozen=True, eq=False)
class DwellSlope(Exponents):
    """d dwell / d log(1/delta) at one saddle, from runs that start at delta times one direction.

    Attributes:
        flow, data, start: the gradient flow and the direction (P,).
        saddle: which, 0 for the origin.
        duration: the runs last so many times log(1/delta).
        deltas: decreasing scales, at least three.
    """

    flow: GradientFlow
    data: Dataset
    start: FloatArray
    saddle: int
    duration: float
    deltas: tuple[float, ...] = (1e-4, 1e-6, 1e-8)

    @property
    def text(self) -> str:
        """What was run."""
        return f"{self.flow.net} on {self.data}, saddle {self.saddle}, delta {self.deltas[0]:g} .. {self.deltas[-1]:g}"

    @property
    def runs(self) -> int:
        """One per scale."""
        return len(self.deltas)

    @cached_property
    def _measured(self) -> tuple[FloatArray, str]:
        dwells = []
        for delta in self.deltas:
            run = simulate(self.flow, self.data, delta * self.start, self.duration * math.log(1 / delta), tolerance=1e-11)
            if run.stop is not StopReason.REACHED_END or not run.error < 1e-4:
                return np.zeros(0), f"simulation at delta = {delta:g}: {run.stop.value}, relative error {run.error:.1e}"
            rests = _rests(run, 3.0)
            if len(rests) <= self.saddle:
                return np.zeros(0), f"only {len(rests)} saddles are seen at delta = {delta:g}"
            since, _, until = rests[self.saddle]
            dwells.append(until - since)
        return np.diff(dwells) / np.diff(np.log(1 / np.array(self.deltas))), ""

    @property
    def failure(self) -> str:
        """Why the runs cannot be used; empty when they can."""
        return self._measured[1]

    @property
    def exponents(self) -> FloatArray:
        """The slopes between successive scales."""
        return self._measured[0]


def _rests(traj: Trajectory, quiet: float) -> list[tuple[float, float, float]]:
    """(since, quietest, until) of every rest that a transition ends."""
    ends = np.linspace(0, traj.t_stop, TIMES)
    speeds = np.linalg.norm(np.diff(traj(ends), axis=0), axis=1) / np.diff(ends)
    times = (ends[1:] + ends[:-1]) / 2
    top = float(speeds.max())
    if top == 0:
        return []
    logs = np.log(np.maximum(speeds, STILL * top))
    around = np.concatenate([[math.log(STILL * top)], logs, [math.log(STILL * top)]])  # a transition may begin at the start
    peaks = find_peaks(around, prominence=math.log(quiet))[0] - 1
    found: list[tuple[float, float, float]] = []
    for before, after in pairwise([0, *peaks]):
        middle = before + int(np.argmin(logs[before : after + 1]))
        found.append((float(times[before]) if found else 0.0, float(times[middle]), float(times[after])))
    return found


def _own(net: Network, theta: FloatArray, one: Network) -> FloatArray:
    """Every neuron's parameters, (neurons, parameters of one), in the order of the network of one neuron."""
    blocks = net.unflatten(theta)
    rows = []
    for j in range(net.widths[1]):
        mine = {name: block[:, j : j + 1] if name == "W2" else block[j : j + 1] for name, block in blocks.items()}
        rows.append(one.flatten(mine))
    return np.array(rows, dtype=np.float64)


def _sizes(own: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.norm(own, axis=1))


def _pulls(flow: GradientFlow, data: Dataset) -> Callable[[FloatArray], FloatArray]:
    """theta -> -dl/df (n,) or (n, k), divided by n for an averaged loss."""
    output, y = kernel(flow.net.output, data), data.y
    slope = sp.lambdify((argument(0), argument(1)), flow.criterion.derivative(), "numpy")
    weight = 1 / data.n if flow.criterion.mean else 1.0
    return lambda theta: np.asarray(-weight * slope(output(theta), y))


def _check(flow: GradientFlow) -> None:
    net = flow.net if isinstance(flow, GradientFlow) else None
    plain_layers = net is not None and net.depth == 2 and all(law is plain for law in net.normalizations)
    if net is None or not plain_layers or net.fixed or net.biases[1] or net.scale != 1 or flow.criterion.couples_outputs:
        help = "take gradient_flow of a network of two plain layers, all of them trained, without output bias"
        raise WnproofError("E-VALUE", f"{flow!r} has no neurons that decouple at saddles", help=help)

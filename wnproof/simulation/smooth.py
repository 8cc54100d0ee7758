"""Gradient flow and the flow of the neural correlation function, integrated on generated kernels."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from wnproof.derive.conservation import conservation_laws
from wnproof.derive.flow import GradientFlow
from wnproof.derive.ncf import check_shapes
from wnproof.derive.sphere import SphereProblem
from wnproof.errors import WnproofError
from wnproof.graph.kink import Pw
from wnproof.kernels.kernel import kernel
from wnproof.model.dataset import Dataset
from wnproof.model.network import Network
from wnproof.simulation.charts import Chart, cartesian
from wnproof.simulation.stepper import Problem, Steps, integrate
from wnproof.simulation.trajectory import Piece, StopReason, Trajectory

FloatArray = NDArray[np.float64]
GROWTH = 1e12


def simulate(
    flow: GradientFlow,
    data: Dataset,
    theta0: Any,
    t_end: float,
    *,
    at: Any = None,
    chart: Chart = cartesian,
    tolerance: float = 1e-9,
) -> Trajectory:
    """theta' = -grad L(theta) from theta0 to t_end.

    DOP853 on the generated kernel, the absolute tolerance scaled to |theta0|, restarted at every kink; run twice (at
    ``tolerance`` and at a tenth of it), the difference is the error estimate.

    Args:
        flow: from ``gradient_flow``.
        data: the samples.
        theta0: start (P,).
        t_end: end time > 0.
        at: output times; by default the integrator's own.
        chart: ``cartesian``, or ``polar`` for small initialization.
        tolerance: relative.

    Returns: the finer run. A run that sticks to a kink, blows up or leaves the floats stops with its reason and keeps
    what it has.

    Raises: WnproofError E-SHAPE, E-NONFINITE, E-ZEROINIT, E-VALUE.

    >>> from wnproof.derive.flow import gradient_flow
    >>> from wnproof.model.activations import linear
    >>> flow = gradient_flow(Network((1, 1, 1), linear))
    >>> traj = simulate(flow, Dataset([[1]], [1]), [0.1, 0.1], 3.0)
    >>> round(float(traj.final[0] * traj.final[1]), 9)
    0.802957153
    """
    check_shapes(flow.net, data)
    start = _start(theta0, flow.net.size, t_end, tolerance)
    velocity = kernel(flow, data)
    loss = kernel(flow.loss, data)
    kinks = _preactivations(flow.net, data)
    limit = GROWTH * max(1.0, float(np.linalg.norm(start)))

    def done(_s: float, state: FloatArray) -> StopReason | None:
        return StopReason.BLOW_UP if not float(np.linalg.norm(chart.theta(state))) < limit else None

    in_chart = None if kinks is None else (lambda state: kinks(chart.theta(state)))
    problem = Problem(chart.velocity(velocity), in_chart, done)

    def run(rtol: float) -> Steps:
        return integrate(problem, chart.state(start), t_end, rtol, chart.tolerance(start, rtol))

    fine, coarse = run(tolerance / 10), run(tolerance)
    pieces = _pieces(fine, chart)
    return _trajectory(
        pieces, _pieces(coarse, chart), fine, start, at, loss, _drift(flow.net), _names(fine, flow.net, data), None
    )


def simulate_ncf(problem: SphereProblem, u0: Any, t_end: float | None = None, *, tolerance: float = 1e-9) -> Trajectory:
    """u' = grad N(u) from u0: direction h and log radius in the time ds = r^(L-2) dt, where h' = (I - h h^T) grad N(h),
    (log r)' = L N(h).

    Without ``t_end`` it runs until blow-up (L > 2, N > 0: the time is enclosed between the time reached and the bound
    r^(2-L)/((L-2) L N(h)) on what is left, since N(h) increases), or until the direction stands still.

    Raises: WnproofError E-SHAPE, E-NONFINITE, E-ZEROINIT, E-VALUE.

    >>> import sympy as sp
    >>> from wnproof.derive.sphere import sphere_problem
    >>> x, y, z = sp.symbols("x y z")
    >>> traj = simulate_ncf(sphere_problem(x*y*z, (x, y, z)), 0.3 * np.ones(3) / np.sqrt(3))
    >>> traj.stop.name, round(traj.blowup[1], 8)
    ('BLOW_UP', 5.77350269)
    """
    start = _start(u0, problem.size, math.inf if t_end is None else t_end, tolerance)
    degree = float(problem.degree)
    gradient, value = kernel(problem.gradient), kernel(problem.value)
    origin = problem.correlation
    kinks = None if origin is None else _preactivations(origin.net, origin.data)

    def split(state: FloatArray) -> tuple[FloatArray, float, float]:
        return state[:-2] / np.linalg.norm(state[:-2]), float(state[-2]), float(state[-1])

    def velocity(state: FloatArray) -> FloatArray:
        h, log_radius, _ = split(state)
        slope = gradient(h)
        radial = float(h @ slope)
        return np.concatenate([slope - radial * h, [radial, math.exp((2 - degree) * log_radius)]])

    def left(state: FloatArray) -> float:
        """An upper bound on the time to blow-up, infinite when there is none in sight."""
        h, log_radius, _ = split(state)
        height = float(value(h))
        return math.exp((2 - degree) * log_radius) / ((degree - 2) * degree * height) if degree > 2 and height > 0 else math.inf

    def done(_s: float, state: FloatArray) -> StopReason | None:
        h, _, time = split(state)
        if t_end is not None and time >= t_end:
            return StopReason.REACHED_END
        rest = left(state)
        if rest < math.inf and rest <= 0.01 * tolerance * (time + rest):
            return StopReason.BLOW_UP
        slope = gradient(h)
        still = float(np.linalg.norm(slope - (h @ slope) * h)) <= tolerance * max(float(np.linalg.norm(slope)), 1e-300)
        return StopReason.CONVERGED if t_end is None and still and rest == math.inf else None

    in_chart = None if kinks is None else (lambda state: kinks(split(state)[0]))
    stated = Problem(velocity, in_chart, done)
    scale = max(float(np.linalg.norm(gradient(start / np.linalg.norm(start)))), 1e-300)
    first = np.concatenate([start / np.linalg.norm(start), [math.log(float(np.linalg.norm(start))), 0.0]])

    def run(rtol: float) -> Steps:
        steps = integrate(stated, first, 1e4 / scale, rtol, 0.1 * rtol)
        if steps.stop is StopReason.REACHED_END and steps.s >= 1e4 / scale:
            steps.stop = StopReason.STEP_LIMIT
        return steps

    def pieces_of(steps: Steps) -> list[Piece]:
        pieces = []
        for low, high, dense in steps.pieces:
            times = float(dense(low)[-1]), float(dense(high)[-1])
            pieces.append(Piece(*times, _by_time(dense, low, high, times, split)))
        return pieces

    fine, coarse = run(tolerance / 10), run(tolerance)
    blowup = None
    if fine.stop is StopReason.BLOW_UP:
        time, rest = split(fine.state)[2], left(fine.state)
        difference = abs(time - split(coarse.state)[2]) if coarse.stop is StopReason.BLOW_UP else math.inf
        margin = min(difference, tolerance * time) + rest
        blowup = (time - margin, time + rest + margin)
    drift = None if origin is None else _drift(origin.net)
    names = () if origin is None else _names(fine, origin.net, origin.data)
    pieces = pieces_of(fine)
    if t_end is not None and pieces and pieces[-1].end > t_end:
        pieces[-1] = Piece(pieces[-1].start, t_end, pieces[-1].evaluate)
    return _trajectory(pieces, pieces_of(coarse), fine, start, None, lambda u: -float(value(u)), drift, names, blowup)


def _by_time(
    dense: Callable[[float], FloatArray],
    low: float,
    high: float,
    times: tuple[float, float],
    split: Callable[[FloatArray], tuple[FloatArray, float, float]],
) -> Callable[[float], FloatArray]:
    """Dense output as a function of t, which increases along s."""

    def evaluate(t: float) -> FloatArray:
        if t <= times[0] or t >= times[1]:
            s = low if t <= times[0] else high
        else:
            s = float(brentq(lambda s: float(dense(s)[-1]) - t, low, high, xtol=1e-15 * max(1.0, high)))
        h, log_radius, _ = split(dense(s))
        return np.asarray(math.exp(log_radius) * h)

    return evaluate


def _start(theta0: Any, size: int, t_end: float, tolerance: float) -> FloatArray:
    start = np.array(theta0, dtype=np.float64)
    if start.shape != (size,):
        raise WnproofError("E-SHAPE", f"theta0 is {start.shape}, wanted ({size},)")
    if not np.all(np.isfinite(start)):
        raise WnproofError("E-NONFINITE", f"theta0[{int(np.argmin(np.isfinite(start)))}] is not finite")
    if not start.any():
        raise WnproofError("E-ZEROINIT", "theta0 is zero: its direction is undefined", help="start from net.initial(scale, seed)")
    if not t_end > 0:
        raise WnproofError("E-VALUE", f"t_end is {t_end}", help="give a positive end time")
    if not 1e-13 <= tolerance < 1:
        raise WnproofError("E-VALUE", f"tolerance is {tolerance}", help="give a relative tolerance between 1e-13 and 1")
    return start


def _pieces(steps: Steps, chart: Chart) -> list[Piece]:
    return [Piece(low, high, lambda t, dense=dense: chart.theta(dense(t))) for low, high, dense in steps.pieces]  # type: ignore[misc]


def _trajectory(
    pieces: list[Piece],
    coarse: list[Piece],
    fine: Steps,
    start: FloatArray,
    at: Any,
    loss: Callable[[FloatArray], Any],
    drift: Callable[[FloatArray], float] | None,
    events: tuple[tuple[float, str], ...],
    blowup: tuple[float, float] | None,
) -> Trajectory:
    end = pieces[-1].end if pieces else 0.0
    own = np.array([0.0, *(piece.end for piece in pieces)])
    times = own if at is None else np.asarray(at, dtype=np.float64)
    times = times[times <= end]
    draft = Trajectory(own, np.array([start]), np.zeros(1), events, fine.stop, 0.0, None, blowup, tuple(pieces))
    theta = draft(times) if pieces else np.array([start])
    times = times if pieces else np.zeros(1)
    reach = coarse[-1].end if coarse else 0.0
    common = times[times <= (reach if blowup is None else 0.9 * min(reach, end))]  # at a blow-up any error in time is unbounded
    error = math.inf
    if coarse and common.size:
        other = Trajectory(
            np.array([0.0, coarse[-1].end]), np.array([start]), np.zeros(1), (), fine.stop, 0.0, None, None, tuple(coarse)
        )
        mine, theirs = theta[: len(common)], other(common)
        error = float(np.max(np.linalg.norm(mine - theirs, axis=1) / np.linalg.norm(mine, axis=1)))
    losses = np.array([float(loss(state)) for state in theta])
    return Trajectory(
        times, theta, losses, events, fine.stop, error, None if drift is None else drift(theta), blowup, tuple(pieces)
    )


def _preactivations(net: Network, data: Dataset) -> Callable[[FloatArray], FloatArray] | None:
    """All preactivations as one vector, when the activation has a kink of order 1; None when the velocity is continuous."""
    if not any(kink.args[3] == 1 for kink in net.activation.expr.atoms(Pw)):
        return None
    layers = [kernel(net.quantity(step.node, step.name), data) for step in net.forward if step.name.startswith("z")]
    return lambda theta: np.concatenate([np.ravel(layer(theta)) for layer in layers])


def _names(steps: Steps, net: Network, data: Dataset) -> tuple[tuple[float, str], ...]:
    """Each crossing as (time, "z1[sample,neuron]")."""
    labels = [f"z{k}[{i},{j}]" for k in range(1, net.depth) for i in range(data.n) for j in range(net.widths[k])]
    return tuple((time, labels[index]) for time, index in steps.crossings)


def _drift(net: Network) -> Callable[[FloatArray], float] | None:
    """The largest drift of the known conserved quantities along rows of states, relative to the largest |theta|^2."""
    laws = conservation_laws(net).laws
    if not laws:
        return None
    axes = {block.name: block.axes for block in net.parameters.blocks}

    def drift(theta: FloatArray) -> float:
        scale = max(float(np.max(np.sum(theta**2, axis=1))), 1e-300)
        blocks = {
            name: part.reshape([net.sizes[a] for a in axes[name]] + [len(theta)]) for name, part in net.unflatten(theta.T).items()
        }
        worst = 0.0
        for law in laws:
            total: FloatArray = np.zeros(len(theta))
            for coefficients, power in ((law.squares, 2), (law.linear, 1)):
                for name, q in coefficients.items():
                    summed = tuple(k for k, a in enumerate(axes[name]) if a != law.axis)
                    total = total + float(q) * np.sum(blocks[name] ** power, axis=summed)
            worst = max(worst, float(np.max(np.abs(total - total[..., :1]))) / scale)
        return worst

    return drift

"""Gradient flow and the flow of a neural correlation function, integrated on generated kernels from kink to kink."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from wnproof.derive.flow import GradientFlow
from wnproof.derive.ncf import check_shapes
from wnproof.derive.projected import ProjectedFlow
from wnproof.derive.sphere import SphereProblem
from wnproof.errors import WnproofError
from wnproof.kernels.kernel import kernel
from wnproof.model.dataset import Dataset
from wnproof.model.population import Population
from wnproof.simulation.balance import balance_drift
from wnproof.simulation.branching import Branching, stop_at_branches
from wnproof.simulation.charts import BlowUp, Chart, cartesian, log_time, unit
from wnproof.simulation.log_time import simulate_log_time
from wnproof.simulation.patterns import PatternField, pattern_field
from wnproof.simulation.population import simulate_population
from wnproof.simulation.start import output_times, starts
from wnproof.simulation.stepper import Problem, Steps, integrate
from wnproof.simulation.trajectory import StopReason, Trajectory
from wnproof.simulation.two_layer import Reading, reading

FloatArray = NDArray[np.float64]
GROWTH = 1e12
FINER = 10.0  # the second run's tolerance is so many times smaller; it is the one that is returned
LARGEST_LOG = 600.0  # of |theta|^L, so that N and squared norms stay within the floats
ROUNDING = 2e-15  # of a step
REST = 1e-2  # of the tolerance: the share of the blow-up time that may be left


@np.errstate(all="ignore")  # what is not finite stops the run, or is said of it
def simulate(
    flow: GradientFlow | ProjectedFlow,
    data: Dataset | Population,
    theta0: Any,
    t_end: float,
    *,
    at: Any = None,
    chart: Chart = cartesian,
    tolerance: float = 1e-9,
    branches: Branching = stop_at_branches,
    progress: Callable[[int, int], None] | None = None,
) -> Trajectory:
    """theta' = -grad L(theta) from theta0 to t_end, in the sense of Clarke at kinks.

    DOP853 in units of |theta0|, restarted exactly at every kink of order one, where the velocity jumps. Run twice, at
    ``tolerance`` and at a tenth of it; the finer run is returned, the difference is the error estimate.

    Two-layer networks with (leaky) ReLU-like activations in Cartesian coordinates are followed along and across their kinks by
    Taylor steps at rounding accuracy, whatever the tolerance: square, logistic and exponential loss, with biases, plain layers
    or a first layer that is normalized or on unit spheres. All others stop where they stick to a kink.
    Where Numba is installed (extra ``jit``), plain ones run in a compiled loop, tens of times faster: the first run on a machine
    compiles it for some twenty seconds, later processes find it in the cache.

    Args:
        flow: from ``gradient_flow``; one on unit rows on a Population, or for two layers as above.
        data: the samples, or a Population: then Radau's method on the exact integrals, in Cartesian coordinates.
        theta0: start (P,), or (P, E) for an Ensemble of E runs with output at the start, the end and ``at``.
        t_end: end time > 0.
        at: output times, increasing within [0, t_end]; by default the integrator's own.
        chart: ``cartesian``, ``polar`` for small initialization, or ``log_time`` for exponential and logistic losses that fall to
            zero; then t_end = inf is log L = -1e4.
        tolerance: relative.
        branches: what to do where the flow has several solutions: ``stop_at_branches`` or ``first_branch``.
        progress: called with the number of an ensemble's runs that are done, and of all.

    A run that cannot go on from a kink, blows up or leaves the floats stops with its reason and keeps what it has.

    Raises: WnproofError E-SHAPE, E-NONFINITE, E-ZEROINIT, E-SIZE, E-VALUE.

    >>> from wnproof.derive.flow import gradient_flow
    >>> from wnproof.model.activations import linear
    >>> from wnproof.model.network import Network
    >>> flow = gradient_flow(Network((1, 1, 1), linear))
    >>> traj = simulate(flow, Dataset([[1]], [1]), [0.1, 0.1], 3.0)
    >>> round(float(traj.final[0] * traj.final[1]), 9)
    0.802957153
    """
    if isinstance(data, Population) and isinstance(flow, GradientFlow | ProjectedFlow) and chart is cartesian:
        return simulate_population(flow, data, _start(theta0, flow.net.size, t_end, tolerance), t_end, at, tolerance)
    if isinstance(flow, GradientFlow | ProjectedFlow) and isinstance(data, Dataset):
        check_shapes(flow.net, data)
        if np.ndim(theta0) == 2:
            from wnproof.simulation.ensemble import simulate_ensemble  # which simulates its members

            members = starts(theta0, flow.net.size, t_end, tolerance)
            options = dict(at=at, chart=chart, tolerance=tolerance, branches=branches, progress=progress)
            return simulate_ensemble(flow, data, members, t_end, **options)
        start = _start(theta0, flow.net.size, t_end, tolerance)
        hybrid = reading(flow, data) if chart is cartesian else None
        if hybrid is not None:
            return across_kinks(hybrid, start, t_end, at, branches)
    if not isinstance(flow, GradientFlow) or not isinstance(data, Dataset):
        raise WnproofError("E-VALUE", f"{flow!r} on {data!r} cannot be simulated", help="take gradient_flow(net, loss) itself")
    if chart is log_time:
        return simulate_log_time(flow, data, start, t_end, at, tolerance)
    field = pattern_field(flow.loss, data, -1, {step.node: step.name for step in flow.net.forward})
    loss = kernel(flow.loss, data)
    radius = float(np.linalg.norm(start))
    coordinates = chart.coordinates(radius)
    limit = GROWTH * max(1.0, radius)

    def done(state: FloatArray) -> StopReason | None:
        return None if float(np.linalg.norm(coordinates.theta(state))) < limit else StopReason.BLOW_UP

    problem = Problem(field, coordinates, t_end, None, done)
    fine, coarse = (integrate(problem, coordinates.state(start), t) for t in (tolerance / FINER, tolerance))
    times = output_times(at, t_end, np.array([0.0, *(end for _, end, _ in fine.pieces)]))
    times = times[times <= fine.s]
    theta = np.array([coordinates.theta(fine(t)) for t in times]).reshape(len(times), -1)
    error = _difference(fine, coarse, lambda run, t: coordinates.theta(run(t)), fine.grid, coarse.s)
    return Trajectory(
        times,
        theta,
        np.array([float(loss(row)) for row in theta]),
        tuple((s, _event(field, k, crossed)) for s, k, crossed in fine.met),
        fine.stop,
        fine.s,
        error,
        balance_drift(flow.net, theta) if len(theta) else None,
        None,
        lambda t: coordinates.theta(fine(t)),
    )


def across_kinks(hybrid: Reading, start: FloatArray, t_end: float, at: Any, branches: Branching) -> Trajectory:
    """``simulate`` for a flow that is read as a hybrid one."""
    limit = GROWTH * max(1.0, float(np.linalg.norm(start)))
    run, error = hybrid.follow(start, t_end, limit, branches.choice)
    curve = hybrid.curve(run)
    times = output_times(at, t_end, np.array([0.0, *(end for _, end, _ in run.pieces if end > 0)]))
    times = times[times <= run.t]
    theta = hybrid.thetas(run, times)
    return Trajectory(
        times,
        theta,
        hybrid.losses(run, times, theta),
        tuple(event for meeting in run.met for event in hybrid.labels(meeting)),
        run.stop,
        run.t,
        error,
        hybrid.drift(theta) if len(theta) else None,
        None,
        curve,
        hybrid.branches(run),
        tuple((time, hybrid.signs(modes)) for time, modes in run.history),
        0 if run.branch is None else len(run.branch.ways.signs),
        run.interpolated,
    )


def simulate_ncf(problem: SphereProblem, u0: Any, t_end: float | None = None, *, tolerance: float = 1e-9) -> Trajectory:
    """u' = grad N(u) from u0, N homogeneous of degree L: direction h and log radius in the time ds = r^(L-2) dt.

    Without ``t_end`` it runs until the direction stands still, up to the blow-up where there is one. While N(h) > 0 and L > 2
    the time that is left is at most r^(2-L) / (L (L-2) N(h)), since N(h) increases; ``blowup`` encloses T* between the time
    reached and that bound, widened by the difference of the two runs.

    ``error``: relative in theta at equal times when ``t_end`` is given; otherwise in direction and log radius at equal s, since
    at equal times every error grows without bound near a blow-up.

    Raises: WnproofError E-SHAPE, E-NONFINITE, E-ZEROINIT, E-SIZE, E-VALUE.

    >>> import sympy as sp
    >>> from wnproof.derive.sphere import sphere_problem
    >>> x, y, z = sp.symbols("x y z")
    >>> traj = simulate_ncf(sphere_problem(x*y*z, (x, y, z)), 0.3 * np.ones(3) / np.sqrt(3))
    >>> traj.stop.name, round(traj.blowup[1], 8)
    ('BLOW_UP', 5.7735027)
    """
    start = _start(u0, problem.size, math.inf if t_end is None else t_end, tolerance)
    origin, degree, radius = problem.correlation, float(problem.degree), float(np.linalg.norm(start))
    names = {} if origin is None else {step.node: step.name for step in origin.net.forward}
    field = pattern_field(problem.value, None if origin is None else origin.data, 1, names)
    gradient = kernel(problem.gradient)
    coordinates = BlowUp(degree, radius, float(np.linalg.norm(gradient(unit(start)))) or 1.0)

    def height(state: FloatArray) -> float:
        """N at the direction, in units of G."""
        h = unit(state[:-2])
        return float(h @ gradient(h)) / (degree * coordinates.steepness)

    def rest(state: FloatArray) -> float:
        """An upper bound on the tau that is left until blow-up; infinite when none is in sight."""
        N = height(state)
        return math.exp((2 - degree) * state[-2]) / ((degree - 2) * degree * N) if degree > 2 and N > 0 else math.inf

    def done(state: FloatArray) -> StopReason | None:
        h = unit(state[:-2])
        slope = gradient(h) / coordinates.steepness
        steep = float(np.linalg.norm(slope))
        still = float(np.linalg.norm(slope - (h @ slope) * h)) <= tolerance * max(steep, 1.0)
        left = rest(state)
        short = left < math.inf and left <= REST * tolerance * (state[-1] + left)
        if short and (still or t_end is not None):
            return StopReason.BLOW_UP
        if still and t_end is None and (left == math.inf or steep <= tolerance):
            return StopReason.CONVERGED
        if max(degree, 2.0) * abs(state[-2] + math.log(radius)) > LARGEST_LOG:
            return StopReason.BLOW_UP if short else StopReason.NORM_LIMIT
        return None

    tau_end = None if t_end is None else t_end / coordinates.unit_of_time
    ending = None if tau_end is None else (lambda state: float(state[-1]) - tau_end)
    stated = Problem(field, coordinates, math.inf, ending, done)
    fine, coarse = (integrate(stated, coordinates.state(start), t) for t in (tolerance / FINER, tolerance))
    ends = np.array([0.0, *(float(fine(end)[-1]) for _, end, _ in fine.pieces)]) * coordinates.unit_of_time
    if t_end is not None and fine.stop is StopReason.REACHED_END:
        ends[-1] = t_end
        error = _difference(fine, coarse, lambda run, t: coordinates.theta(run(_s_of(run, t, coordinates))), ends, t_end)
    else:

        def direction_and_log_radius(run: Steps, s: float) -> FloatArray:
            return np.append(unit(run(s)[:-2]), run(s)[-2])

        error = _difference(fine, coarse, direction_and_log_radius, fine.grid, coarse.s, relative=False)
    value = kernel(problem.value)
    theta = np.array([coordinates.theta(fine(s)) for s in (0.0, *(end for _, end, _ in fine.pieces))])
    return Trajectory(
        ends,
        theta,
        np.array([-float(value(row)) for row in theta]),
        tuple((float(fine(s)[-1]) * coordinates.unit_of_time, _event(field, k, crossed)) for s, k, crossed in fine.met),
        fine.stop,
        float(ends[-1]),
        error,
        None if origin is None else balance_drift(origin.net, theta),
        _blowup(fine, coarse, rest, tolerance, coordinates),
        lambda t: coordinates.theta(fine(_s_of(fine, t, coordinates))),
    )


def _blowup(
    fine: Steps, coarse: Steps, rest: Callable[[FloatArray], float], tolerance: float, coordinates: BlowUp
) -> tuple[float, float] | None:
    left = rest(fine.state)
    if not fine.stop.sound or left == math.inf:
        return None
    high = [float(run.state[-1]) + rest(run.state) for run in (fine, coarse)]
    margin = max(abs(high[0] - high[1]) if fine.stop is StopReason.BLOW_UP else 0.0, tolerance * float(fine.state[-1]))
    return (float(fine.state[-1]) - margin) * coordinates.unit_of_time, (high[0] + margin) * coordinates.unit_of_time


def _s_of(run: Steps, t: float, coordinates: BlowUp) -> float:
    """The s at which the run's clock shows t; the clock never runs back."""
    tau = t / coordinates.unit_of_time
    k = bisect_left(run.pieces, tau, key=lambda piece: float(piece[2](piece[1])[-1]))
    if k >= len(run.pieces):
        return run.s
    low, high, dense = run.pieces[k]
    if float(dense(low)[-1]) >= tau:
        return low
    return float(brentq(lambda s: float(dense(s)[-1]) - tau, low, high, xtol=1e-15 * max(1.0, high), rtol=1e-15))


def _difference(
    fine: Steps,
    coarse: Steps,
    view: Callable[[Steps, float], FloatArray],
    grid: FloatArray,
    until: float,
    *,
    relative: bool = True,
) -> float:
    """The largest difference of two runs over the grid, at least the rounding of the steps; infinite when they stopped for
    different reasons or met different kinks.
    """
    common = grid[grid <= until]
    if fine.stop is not coarse.stop or fine.sequences != coarse.sequences or not fine.pieces or not common.size:
        return math.inf
    worst = ROUNDING * len(fine.pieces)
    for s in common:
        mine = view(fine, float(s))
        size = float(np.linalg.norm(mine)) if relative else 1.0
        worst = max(worst, float(np.linalg.norm(mine - view(coarse, float(s)))) / max(size, 1e-300))
    return worst


def _event(field: PatternField, kink: int, crossed: bool) -> str:
    return field.labels[kink] if crossed else f"{field.labels[kink]}: the neuron dies on it"


def _start(theta0: Any, size: int, t_end: float, tolerance: float) -> FloatArray:
    """One start (P,)."""
    if np.ndim(theta0) != 1:
        raise WnproofError("E-SHAPE", f"theta0 is {np.shape(theta0)}, wanted ({size},)")
    return starts(theta0, size, t_end, tolerance)

"""Thousands of trajectories from as many starts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wnproof.derive.flow import GradientFlow
from wnproof.derive.ncf import check_shapes
from wnproof.derive.projected import ProjectedFlow
from wnproof.errors import WnproofError
from wnproof.kernels.kernel import kernel
from wnproof.model.dataset import Dataset
from wnproof.simulation.balance import balance_drift
from wnproof.simulation.branching import Branching
from wnproof.simulation.charts import Chart, cartesian
from wnproof.simulation.lanes import Ends, Reasons, twice
from wnproof.simulation.patterns import pattern_field
from wnproof.simulation.smooth import FINER, GROWTH, across_kinks, simulate
from wnproof.simulation.start import output_times
from wnproof.simulation.trajectory import StopReason, Trajectory
from wnproof.simulation.two_layer import reading
from wnproof.simulation.workers import processors, spread

FloatArray = NDArray[np.float64]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False, kw_only=True)
class Ensemble(Trajectory):
    """Trajectories of E members at common output times: ``theta`` is (T, P, E) and ``loss`` (T, E), not-a-number from where a
    member stopped; ``stop`` is REACHED_END when all did, otherwise the reason most of the others had; ``error`` is the largest.

    Attributes:
        stops: why each member ended.
        ends: when, (E,).
        errors: estimated relative errors (E,), as a trajectory's.
        last: the last state of every member, (P, E).
        rests: since when each member's residuals are rounding; None for all others.
    """

    stops: tuple[StopReason, ...]
    ends: FloatArray
    errors: FloatArray
    last: FloatArray
    rests: tuple[float | None, ...] = ()

    def __call__(self, t: Any) -> FloatArray:
        """theta at one output time, (P, E); other times have to be asked for with ``at``.

        Raises: WnproofError E-VALUE for any other time.
        """
        found = np.flatnonzero(self.t == t)
        if not found.size:
            raise WnproofError(
                "E-VALUE", f"t = {t} is no output time of the ensemble", help="ask for it: simulate(..., at=[...])"
            )
        return np.asarray(self.theta[found[0]])

    def direction(self, t: Any) -> FloatArray:
        """theta / |theta| at an output time, (P, E)."""
        states = self(t)
        return np.asarray(states / np.linalg.norm(states, axis=0))

    @property
    def final(self) -> FloatArray:
        """The last state of every member, (P, E)."""
        return self.last

    @property
    def failed(self) -> tuple[int, ...]:
        """The members whose run cannot be used as evidence."""
        return tuple(e for e, stop in enumerate(self.stops) if not stop.sound)

    @property
    def branched(self) -> tuple[int, ...]:
        """The members whose flow has several solutions, whether one of them was followed or not."""
        return tuple(sorted({int(what.split()[1][:-1]) for _, what in self.branches}))

    @property
    def caveats(self) -> tuple[str, ...]:
        """What has to be known before the ensemble is used as evidence; ``member(e).caveats`` says it of one."""
        resting = sum(rest is not None for rest in self.rests)
        unknown = sum(not np.isfinite(error) for error in self.errors)
        counts = {
            "stopped before they can be used": len(self.failed),
            "branched: each follows one of several solutions, or stopped there": len(self.branched),
            "interpolated: they rest, with residuals that are rounding": resting,
            "without an error estimate": unknown,
        }
        return tuple(f"{count} of {len(self.stops)} {what}" for what, count in counts.items() if count)

    def member(self, e: int) -> Trajectory:
        """One member's trajectory at its output times."""
        reached = np.isfinite(self.theta[:, :, e]).all(axis=1)
        t, theta = self.t[reached], np.array(self.theta[reached, :, e])

        def curve(time: float) -> FloatArray:
            return self.last[:, e] if time == self.ends[e] else np.asarray(self(time)[:, e])

        name = f"member {e}: "
        events, branches = (
            tuple((time, what[len(name) :]) for time, what in notes if what.startswith(name))
            for notes in (self.events, self.branches)
        )
        loss, stop, end = np.array(self.loss[reached, e]), self.stops[e], float(self.ends[e])
        error, rest = float(self.errors[e]), self.rests[e] if self.rests else None
        return Trajectory(t, theta, loss, events, stop, end, error, None, None, curve, branches, interpolated=rest)

    def to_json(self) -> dict[str, Any]:
        """Plain data; numbers that are not finite become null."""
        members = [self.member(e).to_json() for e in range(len(self.stops))]
        return {"members": members, "invariant_drift": self.invariant_drift, "caveats": list(self.caveats)}

    def __repr__(self) -> str:
        counts = Counter(stop.value for stop in self.stops).most_common()
        worst = f"largest relative error {self.error:.1e}, median {np.median(self.errors):.1e}"
        drift = "" if self.invariant_drift is None else f", conserved quantities drift by {self.invariant_drift:.1e}"
        lines = [
            f"Ensemble of {len(self.stops)} trajectories of {len(self.last)} parameters, t = 0 .. {self.t[-1]:.10g}",
            *(f"  {count}: {what}" for what, count in counts),
            f"  {worst} (against a coarser run){drift}",
            *(f"  {caveat}" for caveat in self.caveats),
        ]
        return "\n".join(lines)


def simulate_ensemble(
    flow: GradientFlow | ProjectedFlow,
    data: Dataset,
    start: FloatArray,
    t_end: float,
    *,
    at: Any = None,
    chart: Chart,
    tolerance: float,
    branches: Branching,
    progress: Progress | None = None,
) -> Ensemble:
    """All members of start (P, E), as ``simulate`` follows one; ``progress(done, of)`` is called now and then.

    Networks without kinks of order one are integrated together in Cartesian coordinates, every member with its own steps, at
    ``tolerance`` and at a tenth of it. All others are followed one by one, like single runs, on all processors.
    """
    check_shapes(flow.net, data)
    times = np.union1d([0.0, t_end], output_times(at, t_end, np.array([0.0, t_end])))
    if isinstance(flow, GradientFlow) and chart is cartesian and not pattern_field(flow.loss, data, -1, {}).kinks:
        return _together(flow, data, start, times, tolerance, progress)
    hybrid = reading(flow, data) if chart is cartesian else None
    if hybrid is not None:
        single = partial(across_kinks, hybrid, t_end=t_end, at=times, branches=branches)
    else:
        single = partial(simulate, flow, data, t_end=t_end, at=times, chart=chart, tolerance=tolerance, branches=branches)
    members, runs = start.shape[1], {}
    workers = processors(members)
    if workers > 1:
        single(start[:, 0], t_end=1e-9 * t_end, at=None)  # compiles what all workers share
    with closing(spread(lambda e: _kept(single(start[:, e])), members, workers)) as done, suppress(KeyboardInterrupt):
        for e, run in done:
            runs[e] = run
            if progress is not None:
                progress(len(runs), members)
            if run.stop is StopReason.INTERRUPTED:
                break
    return _of(runs, start, times)


@dataclass(frozen=True)
class _Last:
    """The end of a run in place of its dense output, which would fill the memory."""

    theta: FloatArray

    def __call__(self, _t: float) -> FloatArray:
        return self.theta


def _kept(run: Trajectory) -> Trajectory:
    return replace(run, curve=_Last(run.final), modes=())


def ended(start: FloatArray, last: FloatArray, ends: FloatArray, stops: list[StopReason], errors: FloatArray) -> Ensemble:
    """An ensemble that is known at its start and its end alone, without a loss."""
    return _ensemble(np.zeros(1), start[None], np.full((1, start.shape[1]), np.nan), stops, ends, errors, last, None)


def _together(
    flow: GradientFlow, data: Dataset, start: FloatArray, times: FloatArray, tolerance: float, progress: Progress | None
) -> Ensemble:
    radii = np.linalg.norm(start, axis=0)
    limit = GROWTH * max(1.0, float(radii.max()))

    def settled(theta: FloatArray, _velocity: FloatArray) -> Reasons:
        return {StopReason.BLOW_UP: ~(np.linalg.norm(theta, axis=0) < limit)}

    velocity = kernel(flow, data, ensemble=True)
    fine, coarse = twice(velocity, times, (tolerance / FINER, tolerance), settled, start, progress)
    losses = kernel(flow.loss, data, ensemble=True)
    with np.errstate(all="ignore"):
        loss = np.array([losses(theta) for theta in fine.theta])
    drift = balance_drift(flow.net, fine.theta) if np.isfinite(fine.theta).all() else None
    return _ensemble(times, fine.theta, loss, fine.stops, fine.t, _errors(fine, coarse), fine.last, drift)


def _errors(fine: Ends, coarse: Ends) -> FloatArray:
    """The largest difference of two runs at the output times, relative to the finer one; infinite unless both reached the end."""
    with np.errstate(all="ignore"):
        apart = np.linalg.norm(fine.theta - coarse.theta, axis=1) / np.linalg.norm(fine.theta, axis=1)
    both = [a is b is StopReason.REACHED_END for a, b in zip(fine.stops, coarse.stops, strict=True)]
    return np.where(both, np.maximum(apart.max(axis=0), 2e-15), np.inf)


def _of(runs: dict[int, Trajectory], start: FloatArray, times: FloatArray) -> Ensemble:
    """Single runs as an ensemble; members that were not run any more are INTERRUPTED at their start."""
    shape = (len(times), *start.shape)
    theta, loss, last = np.full(shape, np.nan), np.full((shape[0], shape[2]), np.nan), start.copy()
    ends, errors = np.zeros(shape[2]), np.full(shape[2], np.inf)
    stops = [StopReason.INTERRUPTED] * shape[2]
    for e, run in runs.items():
        theta[: len(run.t), :, e], loss[: len(run.t), e] = run.theta, run.loss
        last[:, e], ends[e], errors[e], stops[e] = run.final, run.t_stop, run.error, run.stop
    drift = max((run.invariant_drift for run in runs.values() if run.invariant_drift is not None), default=None)
    ordered = sorted(runs.items())
    events = tuple((time, f"member {e}: {what}") for e, run in ordered for time, what in run.events)
    branches = tuple((time, f"member {e}: {what}") for e, run in ordered for time, what in run.branches)
    rests = tuple(runs[e].interpolated if e in runs else None for e in range(shape[2]))
    return replace(_ensemble(times, theta, loss, stops, ends, errors, last, drift, events, branches), rests=rests)


def _ensemble(
    times: FloatArray,
    theta: FloatArray,
    loss: FloatArray,
    stops: list[StopReason],
    ends: FloatArray,
    errors: FloatArray,
    last: FloatArray,
    drift: float | None,
    events: tuple[tuple[float, str], ...] = (),
    branches: tuple[tuple[float, str], ...] = (),
) -> Ensemble:
    failures = Counter(stop for stop in stops if stop is not StopReason.REACHED_END)
    stop = failures.most_common(1)[0][0] if failures else StopReason.REACHED_END
    return Ensemble(
        times,
        theta,
        loss,
        events,
        stop,
        float(ends.max()),
        float(errors.max()),
        drift,
        None,
        lambda _t: last,
        branches,
        stops=tuple(stops),
        ends=ends,
        errors=errors,
        last=last,
    )

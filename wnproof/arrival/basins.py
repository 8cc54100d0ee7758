"""Which share of all directions flows to which KKT point: basins of attraction, measured by random starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wnproof.arrival.compare import Arrivals, compare
from wnproof.arrival.shares import Share, attracts
from wnproof.arrival.stepping import stepped
from wnproof.derive.sphere import SphereProblem
from wnproof.errors import WnproofError
from wnproof.kernels.kernel import kernel
from wnproof.kkt.derivatives import of_modulus_one
from wnproof.kkt.points import KKTSet
from wnproof.simulation.ascent import Ascent
from wnproof.simulation.ensemble import Ensemble, ended
from wnproof.simulation.lanes import Reasons, twice
from wnproof.simulation.patterns import pattern_field
from wnproof.simulation.trajectory import StopReason

FloatArray = NDArray[np.float64]
Progress = Callable[[int, int], None]
LONGEST = 1e5  # in units of 1 / |grad N|
SHORTEST = 5e-4, 1e-3  # steps of deep networks where grad N jumps
STILL, TOLERANCES = 1e-7, (1e-9, 1e-8)


@dataclass(frozen=True, eq=False)
class Basins:
    """Arrivals of uniformly distributed directions under u' = grad N(u), and the list they are compared with.

    Attributes:
        kkt: the KKT points.
        arrivals: of every start; ``arrivals.fractions`` are the shares with confidence intervals.
        seed: of the starts.
    """

    kkt: KKTSet
    arrivals: Arrivals
    seed: int

    def table(self) -> str:
        """The list of KKT points with columns that say which attract, by their kind, and their shares; families below."""
        shares = self.arrivals.fractions
        points = shares[: len(self.kkt)]
        says = {"attracts": [_says(share) for share in points], "share of starts": [share.text for share in points]}
        lines = [self.kkt.table(says)]
        rest = list(zip(self.kkt.families, shares[len(self.kkt) :], strict=True))
        lines += [f"share {s.text} of a family, attracts: {_says(s)}, {family.text}" for family, s in rest if s.count]
        empty = sum(not share.count for _, share in rest)
        lines += [f"no start in {empty} of {len(shares) - len(points)} families"] if empty else []
        if self.surprises:
            lines.append(f"{sum(share.count for share in self.surprises)} starts ended where the kind does not attract")
        lines.append(f"{self.arrivals.unconverged} of {len(self.arrivals)} starts unconverged, seed {self.seed}")
        return "\n".join(lines)

    @property
    def surprises(self) -> tuple[Share, ...]:
        """Shares of entries that attract no open set by their kind, and yet got starts."""
        return tuple(share for share in self.arrivals.fractions if share.count and attracts(share.entry) is False)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"kkt": self.kkt.to_json(), "arrivals": self.arrivals.to_json(), "seed": self.seed}

    def __repr__(self) -> str:
        return self.table()


def _says(share: Share) -> str:
    return {True: "yes", False: "no", None: "open"}[attracts(share.entry)]


def basins(
    problem: SphereProblem, kkt: KKTSet, *, members: int = 1000, seed: int = 0, progress: Progress | None = None
) -> Basins:
    """Follow u' = grad N(u) from uniformly distributed directions until the direction stands still, and see where.

    Forms and networks without kinks of order one run together on the sphere, at two tolerances: a start counts only when both
    runs agree where it goes. Two-layer (leaky) ReLU networks are followed along and across their kinks, one start after the
    other, at two orders; deeper ones together, in steps that are short where grad N jumps, with two shortest lengths. Starts that
    stop anywhere else are unconverged.

    Args:
        problem: on one sphere.
        kkt: its KKT points.
        members: number of starts.
        seed: of the starts.
        progress: called with the number of runs done, and of all.

    Raises: WnproofError E-VALUE for no starts or several spheres, E-SHAPE for the points of another problem.

    >>> import sympy as sp
    >>> from wnproof.derive.sphere import sphere_problem
    >>> from wnproof.kkt.solve import kkt_points
    >>> x, y = sp.symbols("x y")
    >>> problem = sphere_problem(x**3 + y**3, (x, y))
    >>> shares = basins(problem, kkt_points(problem), members=200).arrivals.fractions
    >>> [share.count > 0 for share in shares if share.entry.kind.value == "maximum"]
    [True, True, True]
    """
    if members < 1 or problem.unit_rows:
        what = f"{members} starts" if members < 1 else f"{problem!r} lives on several spheres"
        raise WnproofError("E-VALUE", what, help="give one sphere and at least one start")
    start = np.random.default_rng(seed).standard_normal((problem.size, members))
    start /= np.linalg.norm(start, axis=0)
    origin = problem.correlation
    kinked = pattern_field(problem.value, None if origin is None else origin.data, 1, {}).kinks > 0
    ascent = Ascent.of(problem) if kinked else None
    if ascent is not None:
        runs = _one_by_one(ascent, start, progress)
    else:
        runs = (_in_steps if kinked else _together)(problem, start, progress)
    return Basins(kkt, compare(runs, kkt), seed)


def _one_by_one(ascent: Ascent, start: FloatArray, progress: Progress | None) -> Ensemble:
    last, errors, stops = start.copy(), np.full(start.shape[1], np.inf), [StopReason.INTERRUPTED] * start.shape[1]
    for e in range(start.shape[1]):
        last[:, e], stops[e], errors[e] = ascent.arrive(start[:, e])
        if progress is not None:
            progress(e + 1, start.shape[1])
        if stops[e] is StopReason.INTERRUPTED:
            break
    return ended(start, last, np.zeros(start.shape[1]), stops, errors)


def _in_steps(problem: SphereProblem, start: FloatArray, progress: Progress | None) -> Ensemble:
    velocity = _velocity(of_modulus_one(problem), start)
    fine, coarse = (stepped(velocity, start, shortest, progress) for shortest in SHORTEST)
    both = fine.settled & coarse.settled
    errors = np.where(both, np.linalg.norm(fine.last - coarse.last, axis=0), np.inf)
    stops = [StopReason.CONVERGED if settled else StopReason.STEP_LIMIT for settled in both]
    return ended(start, fine.last, np.zeros(start.shape[1]), stops, errors)


def _velocity(problem: SphereProblem, start: FloatArray) -> Callable[[FloatArray], FloatArray]:
    """The tangential part of grad N over its mean length at the starts."""
    gradient = kernel(problem, ensemble=True)
    steepness = float(np.sqrt((gradient(start) ** 2).sum(axis=0).mean())) or 1.0

    def velocity(h: FloatArray) -> FloatArray:
        u = h / np.linalg.norm(h, axis=0)
        slope = gradient(u) / steepness
        return np.asarray(slope - (u * slope).sum(axis=0) * u)

    return velocity


def _together(problem: SphereProblem, start: FloatArray, progress: Progress | None) -> Ensemble:
    velocity = _velocity(problem, start)

    def settled(_h: FloatArray, v: FloatArray) -> Reasons:
        return {StopReason.CONVERGED: np.linalg.norm(v, axis=0) <= STILL}

    times = np.array([0.0, LONGEST])
    fine, coarse = twice(velocity, times, TOLERANCES, settled, start, progress)
    sphere = [run.last / np.linalg.norm(run.last, axis=0) for run in (fine, coarse)]
    agree = np.array([a is b for a, b in zip(fine.stops, coarse.stops, strict=True)])
    errors = np.where(agree, np.linalg.norm(sphere[0] - sphere[1], axis=0), np.inf)
    stops: list[StopReason] = [StopReason.STEP_LIMIT if stop is StopReason.REACHED_END else stop for stop in fine.stops]
    return ended(start, sphere[0], fine.t, stops, errors)

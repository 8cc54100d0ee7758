"""Does the trajectory's direction arrive at a listed KKT point, and at which?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from wnproof.arrival.shares import Share, shares
from wnproof.errors import WnproofError
from wnproof.kernels.kernel import kernel
from wnproof.kkt.family import Family, angle_between
from wnproof.kkt.points import KKTPoint, KKTSet
from wnproof.model.network import Network
from wnproof.simulation.ensemble import Ensemble
from wnproof.simulation.trajectory import Trajectory
from wnproof.verdict import Rigor, Verdict, supported, undecided

FloatArray = NDArray[np.float64]
CLOSE, APART = 1e-2, 5.0


@dataclass(frozen=True, eq=False)
class Arrival:
    """The listed point nearest to the final direction.

    Attributes:
        nearest: that point or family; None when the list is empty.
        angle: angle to it, or to the nearest family, in radians.
        next_angle: angle to the second nearest entry of the list, in radians; infinite when there is none.
        verdict: supported when the direction is close to one entry and clearly away from every other.
        error: what integration can have changed in the angle, as far as the run's error estimate is right; in radians.
    """

    nearest: KKTPoint | Family | None
    angle: float
    next_angle: float
    verdict: Verdict
    error: float = math.inf

    def inside(self, radius: float) -> bool:
        """Whether the direction is within so many radians of the entry, its error included.

        With ``attraction(problem, arrival.point)`` it has come to where convergence is certain.
        """
        return self.angle + self.error < radius

    @property
    def point(self) -> KKTPoint | None:
        """The nearest entry if it is a point; None when it is a family, or when the list is empty."""
        return self.nearest if isinstance(self.nearest, KKTPoint) else None

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        point = None if self.point is None else self.point.to_json()
        return {"point": point, "angle": self.angle, "next_angle": self.next_angle, "verdict": str(self.verdict)}

    def __repr__(self) -> str:
        where = (
            "no listed point" if self.point is None else f"KKT point with value {self.point.value:.10g} ({self.point.kind.value})"
        )
        return f"Arrival: {where}, angle {self.angle:.2e}, next {self.next_angle:.2e}; {self.verdict}"


@dataclass(frozen=True, eq=False)
class Arrivals(Sequence[Arrival]):
    """The arrivals of an ensemble's members, in their order.

    Attributes:
        arrivals: one per member.
        fractions: how many arrived where, in the order of the list, points before families; entries without arrivals included.
        unconverged: members whose arrival is undecided; they count in no fraction's numerator and in every denominator.
        branched: those of them whose flow has several solutions.
    """

    arrivals: tuple[Arrival, ...]
    fractions: tuple[Share, ...]
    unconverged: int
    branched: int = 0

    @classmethod
    def of(cls, arrivals: Sequence[Arrival], kkt: KKTSet, branched: int = 0) -> Arrivals:
        """The count for each entry of the list, of which so many are branched."""
        entries: list[KKTPoint | Family] = [*kkt, *kkt.families]
        arrived = [a.nearest for a in arrivals if a.verdict.rigor is Rigor.SUPPORTED]
        counts = [sum(entry is at for at in arrived) for entry in entries]
        return cls(tuple(arrivals), shares(entries, counts, len(arrivals)), len(arrivals) - len(arrived), branched)

    def __len__(self) -> int:
        return len(self.arrivals)

    @overload
    def __getitem__(self, index: int) -> Arrival: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Arrival, ...]: ...
    def __getitem__(self, index: int | slice) -> Arrival | tuple[Arrival, ...]:
        return self.arrivals[index]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        fractions = [share.to_json() for share in self.fractions]
        return {"fractions": fractions, "unconverged": self.unconverged, "branched": self.branched, "of": len(self)}

    def __repr__(self) -> str:
        branched = f" ({self.branched} of them branched)" if self.branched else ""
        lines = [f"Arrivals of {len(self)} members, {self.unconverged} unconverged{branched}"]
        return "\n".join([*lines, *(f"  {share}" for share in self.fractions if share.count)])


@overload
def compare(traj: Ensemble, kkt: KKTSet) -> Arrivals: ...  # type: ignore[overload-overlap]
@overload
def compare(traj: Trajectory, kkt: KKTSet) -> Arrival: ...
def compare(traj: Trajectory, kkt: KKTSet) -> Arrival | Arrivals:
    """The final direction of a trajectory against a list of KKT points in the same coordinates.

    Supported means: the run is sound, its integration error is well below the angle that is claimed, the direction is
    within 1e-2 of one entry, and every other entry is at least five times farther. Of an ensemble, every member is compared.

    Raises: WnproofError E-SHAPE when the points have other coordinates.

    >>> import sympy as sp
    >>> from wnproof.derive.sphere import sphere_problem
    >>> from wnproof.kkt.solve import kkt_points
    >>> from wnproof.simulation.smooth import simulate_ncf
    >>> x, y = sp.symbols("x y")
    >>> problem = sphere_problem(2*x**3 + y**3, (x, y))
    >>> arrival = compare(simulate_ncf(problem, [0.9, 0.8]), kkt_points(problem))
    >>> round(arrival.point.value, 6), arrival.verdict.rigor.name
    (2.0, 'SUPPORTED')
    """
    sizes = {len(point.u) for point in kkt} - {len(traj.final)}
    if sizes:
        what = f"the trajectory has {len(traj.final)} parameters, the KKT points have {sizes.pop()}"
        help = "compare with ncf of the network that was simulated; neuron_directions gives its neurons one by one"
        raise WnproofError("E-SHAPE", what, help=help)
    if isinstance(traj, Ensemble):
        members = [traj.member(e) for e in range(len(traj.stops))]
        return Arrivals.of([_arrival(run, kkt) for run in members], kkt, sum(bool(run.branches) for run in members))
    return _arrival(traj, kkt)


def _arrival(traj: Trajectory, kkt: KKTSet) -> Arrival:
    direction = traj.final / np.linalg.norm(traj.final)
    entries: list[tuple[float, KKTPoint | Family]] = [(angle_between(direction, point.u), point) for point in kkt]
    entries += [(family.angle(direction), family) for family in kkt.families]
    entries.sort(key=lambda entry: entry[0])
    if not entries:
        return Arrival(None, float("inf"), float("inf"), undecided("the direction arrives at a KKT point", "the list is empty"))
    angle, nearest = entries[0]
    following = entries[1][0] if len(entries) > 1 else float("inf")
    error = math.pi / 2 * traj.error if traj.stop.sound and not traj.branches else math.inf
    return Arrival(nearest, angle, following, _verdict(traj, kkt, angle, following, nearest), error)


def _verdict(traj: Trajectory, kkt: KKTSet, angle: float, following: float, nearest: KKTPoint | Family) -> Verdict:
    what = "the KKT point" if isinstance(nearest, KKTPoint) else "a family of KKT points"
    statement = f"the direction arrives at {what} of value {nearest.value:.6g}"
    if not traj.stop.sound:
        return undecided(statement, f"simulation: {traj.stop.value}")
    if traj.branches:
        return undecided(statement, "simulation: the flow has several solutions, this run follows one of them")
    if not traj.error <= 0.1 * max(CLOSE, angle):
        return undecided(statement, f"simulation: error estimate {traj.error:.1e} is too large")
    if angle > CLOSE or following < APART * angle:
        return undecided(statement, f"angle {angle:.2e}, next {following:.2e}: not close to one listed point alone")
    detail = (
        f"angle {angle:.1e}, next listed point at {following:.2g}, integration error {traj.error:.1e}, {len(kkt)} points listed"
    )
    return supported(statement, f"t <= {traj.t_stop:.6g}", 1, detail)


def neuron_directions(traj: Trajectory, net: Network) -> FloatArray:
    """Unit directions of the first layer's effective rows along the run, shape (T, m, d); not-a-number for a row that is zero.

    Raises: WnproofError E-SHAPE when the trajectory belongs to a network of another size.
    """
    if traj.theta.shape[1] != net.size:
        raise WnproofError("E-SHAPE", f"the trajectory has {traj.theta.shape[1]} parameters, the network has {net.size}")
    weight = kernel(net.quantity(net.layers[0].weight, "effective rows"))
    rows = np.stack([np.asarray(weight(theta)) for theta in traj.theta])
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(np.divide(rows, lengths, out=np.full_like(rows, np.nan), where=lengths > 0))

"""Does the trajectory's direction arrive at a listed KKT point, and at which?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wnproof.errors import WnproofError
from wnproof.kernels.kernel import kernel
from wnproof.kkt.family import Family, angle_between
from wnproof.kkt.points import KKTPoint, KKTSet
from wnproof.model.network import Network
from wnproof.simulation.trajectory import Trajectory
from wnproof.verdict import Verdict, supported, undecided

FloatArray = NDArray[np.float64]
CLOSE, APART = 1e-2, 5.0


@dataclass(frozen=True, eq=False)
class Arrival:
    """The listed point nearest to the final direction.

    Attributes:
        point: that point; None when a family is nearer, or when the list is empty.
        angle: angle to it, or to the nearest family, in radians.
        next_angle: angle to the second nearest entry of the list, in radians; infinite when there is none.
        verdict: supported when the direction is close to one entry and clearly away from every other.
    """

    point: KKTPoint | None
    angle: float
    next_angle: float
    verdict: Verdict

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        point = None if self.point is None else self.point.to_json()
        return {"point": point, "angle": self.angle, "next_angle": self.next_angle, "verdict": str(self.verdict)}

    def __repr__(self) -> str:
        where = (
            "no listed point" if self.point is None else f"KKT point with value {self.point.value:.10g} ({self.point.kind.value})"
        )
        return f"Arrival: {where}, angle {self.angle:.2e}, next {self.next_angle:.2e}; {self.verdict}"


def compare(traj: Trajectory, kkt: KKTSet) -> Arrival:
    """The final direction of a trajectory against a list of KKT points in the same coordinates.

    Supported means: the run is sound, its integration error is well below the angle that is claimed, the direction is
    within 1e-2 of one entry, and every other entry is at least five times farther.

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
    direction = traj.final / np.linalg.norm(traj.final)
    entries: list[tuple[float, KKTPoint | Family]] = [(angle_between(direction, point.u), point) for point in kkt]
    entries += [(family.angle(direction), family) for family in kkt.families]
    entries.sort(key=lambda entry: entry[0])
    if not entries:
        return Arrival(None, float("inf"), float("inf"), undecided("the direction arrives at a KKT point", "the list is empty"))
    angle, nearest = entries[0]
    following = entries[1][0] if len(entries) > 1 else float("inf")
    point = nearest if isinstance(nearest, KKTPoint) else None
    return Arrival(point, angle, following, _verdict(traj, kkt, angle, following, nearest))


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

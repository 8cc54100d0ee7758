"""KKT points by search: ascent, descent and Newton's method from many seeded starts; an honest list, not a complete one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from wnproof.derive.sphere import SphereProblem
from wnproof.errors import WnproofError
from wnproof.kernels.kernel import Kernel, kernel
from wnproof.kkt.derivatives import Vector, without_signs
from wnproof.kkt.field import Field
from wnproof.kkt.landscape import SAME_POINT, Solution, Sorter, distinct, shape
from wnproof.kkt.points import Kind, KKTPoint, KKTSet, Notion, clarke
from wnproof.verdict import undecided

OWN = 100.0  # how many tolerances a solution may be off in the data as given, which round differently
CANCELLED = 1e-13  # a gradient smaller than this share of its summands is rounding


@dataclass(frozen=True)
class Multistart:
    """The method that searches: from every start BFGS uphill and downhill, and Newton's method on all three vectors.

    Ascent and descent do not end in saddles; Newton's method does. It works for every smooth N, for N with a continuous gradient
    (``polynomial_relu`` of degree 2: the Hessian of the pattern at hand), and off the kinks for any other.

    Args:
        starts: how many random unit vectors are started from.
        seed: of the draw.
        tolerance: largest tangential gradient of a solution, relative to the largest gradient at a start.
    """

    starts: int = 200
    seed: int = 0
    tolerance: float = 1e-12

    def solve(self, problem: SphereProblem, notion: Notion = clarke) -> KKTSet:
        """The KKT points that the searches end in, largest value first; u and -u are two points.

        The searches run on data of modulus 1, so the size of the data changes nothing; values and residuals are computed from the
        data as given. Sets of positive dimension are ``families``, one for each value, with the points where N vanishes all
        around (dead neurons) in one of their own. Where the gradient jumps nothing is listed. All verdicts are undecided: this is
        floating point.

        Raises: WnproofError E-VALUE for no start, for a tensor without value, and for rows on spheres of their own.

        >>> import sympy as sp
        >>> from wnproof.derive.sphere import sphere_problem
        >>> x, y = sp.symbols("x y")
        >>> found = Multistart(starts=10).solve(sphere_problem(x**2 - y**2, (x, y)))
        >>> [(round(point.value, 12), point.kind.value) for point in found]
        [(1.0, 'maximum'), (1.0, 'maximum'), (-1.0, 'minimum'), (-1.0, 'minimum')]
        """
        if self.starts < 1:
            raise WnproofError("E-VALUE", f"starts={self.starts}", help="ask for at least one start")
        subject = f"the KKT points of {problem}"
        starts = np.random.default_rng(self.seed).normal(size=(self.starts, problem.size))
        starts /= np.linalg.norm(starts, axis=1, keepdims=True)
        field = Field.of(problem)
        uncancelled = Field.of(without_signs(problem))
        scale = max(field.gradient_length(u) for u in starts)
        if not scale > CANCELLED * max(uncancelled.gradient_length(np.abs(u)) for u in starts):
            reason = "degenerate (W-ZERODATA): grad N vanishes at every start, as if every unit vector were a KKT point"
            return KKTSet((), (), undecided(subject, reason), notion)
        field = replace(field, scale=scale)
        ends = [field.newton(end) for start in starts for end in _searches(field, start)]
        solved = [u for u in ends if field.residual(u) <= self.tolerance]
        opposite = [-u for u in solved if field.residual(-u) <= self.tolerance]
        places = distinct([*solved, *opposite], SAME_POINT)
        smooth = [u for u in places if not field.gradient_jumps(u)]
        gradient = kernel(problem)
        allowed = OWN * self.tolerance * max(float(np.linalg.norm(gradient(u))) for u in starts)
        standing = [u for u in smooth if _residual(gradient, u) <= allowed]
        sorter = Sorter(field, self.tolerance, lambda u: float(gradient(u) @ u) / field.degree)
        isolated, families = sorter.sorted_out([Solution.at(field, u) for u in standing])
        points = tuple(_view(gradient, field, solution) for solution in isolated)
        reason = (
            f"multistart is no proof of completeness: {self.starts} starts, {len(solved)} of {len(ends)} searches converged, "
            f"{len(points)} points, {len(families)} families"
            + (", solutions on kinks of N left out" if len(smooth) < len(places) else "")
            + ("" if families else _euler_characteristic(points))
        )
        return KKTSet(points, tuple(families), undecided(subject, reason), notion)


def _searches(field: Field, start: Vector) -> Iterator[Vector]:
    """The start itself, for Newton's method, and what ascent and descent make of it."""
    from scipy.optimize import minimize  # a quarter of a second to import, so only when asked for

    yield start
    for sign in (-1.0, 1.0):

        def objective(x: Vector, sign: float = sign) -> tuple[float, Vector]:
            """+-N(x/|x|): constant along rays, so no constraint is left."""
            length = float(np.linalg.norm(x))
            u = x / length
            g = field.gradient(u)
            along = float(g @ u)
            return sign * along / field.degree, sign * (g - along * u) / length

        # BFGS and not L-BFGS-B, whose calls of a threaded BLAS on a handful of numbers take longer than N itself
        x: Any = minimize(objective, start, jac=True, method="BFGS", options={"maxiter": 500, "gtol": 1e-8}).x
        yield x / np.linalg.norm(x)


def _euler_characteristic(points: Sequence[KKTPoint]) -> str:
    """What the sum of (-1)^index says: it is that of the sphere when N is smooth, no point is singular and none is missing."""
    if not points or any(point.kind is Kind.DEGENERATE or point.morse_index is None for point in points):
        return ""
    total = sum((-1) ** (point.morse_index or 0) for point in points)
    sphere = 1 + (-1) ** (len(points[0].u) - 1)
    if total == sphere:
        return f"; their indices add up to the Euler characteristic {sphere} of the sphere, as those of all points do"
    return f"; their indices add up to {total} and not to the Euler characteristic {sphere} of the sphere, so some are missing"


def _residual(gradient: Kernel, u: Vector) -> float:
    """The tangential gradient of the problem as given: other code and other data than the search had."""
    g = gradient(u)
    return float(np.linalg.norm(g - (g @ u) * u))


def _view(gradient: Kernel, field: Field, solution: Solution) -> KKTPoint:
    """The public point; its residual is computed afresh from the gradient of the problem as given."""
    u = solution.u.copy()
    u.flags.writeable = False
    g = gradient(u)
    multiplier = float(g @ u)
    residual = _residual(gradient, u)
    reason = f"residual {residual:.3g} in floating point, where |grad N| = {float(np.linalg.norm(g)):.3g}; no enclosure of it yet"
    kind, morse_index = shape(field, solution)
    if morse_index is None:
        reason += "; it lies on a kink of grad N, its kind is sampled"
    return KKTPoint(
        u=u,
        value=multiplier / field.degree,
        value_squared=None,
        direction=None,
        multiplier=multiplier,
        slopes={},
        kind=kind,
        morse_index=morse_index,
        residual=residual,
        settle_verdict=lambda: undecided("a KKT point lies here", reason),
    )

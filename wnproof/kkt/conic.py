"""CVXPY's answer beside the exact one: on a closed cone between two rays the neuron's correlation is linear, a cone program.

``maximize g . z  subject to  |z| <= 1,  z in the cone``. This finds local maxima of positive value and nothing else, so it is a
cross-check of the enumeration and never the engine: floating-point answers, each with the residual that exact arithmetic gives
to the returned vector.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wnproof.errors import WnproofError
from wnproof.kkt.circle import Arc, Vector, dot, merge, opposite, quarter_turn, sweep
from wnproof.kkt.neuron import Neuron
from wnproof.kkt.points import Kind, KKTPoint, KKTSet, Notion, clarke, signed_root, unit_vector
from wnproof.verdict import undecided

Solution = NDArray[np.float64]


@dataclass(frozen=True)
class Conic:
    """The method that asks CVXPY (Clarabel) for the maximum on at most ``cones`` closed cones, evenly chosen around the circle.

    Args:
        cones: how many cones are tried at most.
        tolerance: how far from a ray, and how large a residual relative to the gradient, an answer may be. A linear objective is
            flat at its maximum, so an optimal gap of 1e-10 leaves errors of 1e-5 in the vector.
    """

    cones: int = 200
    tolerance: float = 1e-4

    def solve(self, neuron: Neuron, notion: Notion = clarke) -> KKTSet:
        """The local maxima of positive value that the cones give, largest first.

        A solver's answer counts only with status "optimal". Data are scaled to norm 1 before the solver sees them, and the
        residual is computed afterwards in rational arithmetic on the unscaled data. Completeness is always undecided.

        Raises:
            WnproofError: E-SHAPE unless the rows have two entries, E-VALUE for fewer than one cone.

        >>> [point.kind.value for point in Conic(cones=8).solve(Neuron.of([[3, 4], [1, 0]], [1, -1]))]
        ['maximum']
        """
        if len(neuron.X[0]) != 2:
            raise WnproofError("E-SHAPE", f"X has {len(neuron.X[0])} columns, the cones of the circle take 2", help="choose two")
        if self.cones < 1:
            raise WnproofError("E-VALUE", f"cones={self.cones}", help="ask for at least one cone")
        lines, unit = merge(neuron)
        arcs = sweep(lines)
        chosen = [k * len(arcs) // min(self.cones, len(arcs)) for k in range(min(self.cones, len(arcs)))]
        found: dict[tuple[Vector, int], KKTPoint] = {}
        for side in (1, -1) if neuron.trained else (1,):
            for k, z in _maximisers(arcs, chosen, side):
                for place, w, before, after in self._places(arcs, k, z):
                    point = self._point(neuron, side, w, before, after, unit)
                    if point is not None:
                        found.setdefault((place, side), point)
        points = sorted(found.values(), key=lambda point: (-point.value, *point.u))
        reason = f"incomplete: Clarabel on {len(chosen)} of {len(arcs)} cones sees only local maxima of positive value"
        return KKTSet(tuple(points), (), undecided("the KKT points of one neuron by cone programs", reason), notion)

    def _places(
        self, arcs: Sequence[Arc], k: int, z: Solution
    ) -> Iterator[tuple[Vector, tuple[Fraction, Fraction], Vector, Vector]]:
        """The answer as a rational vector with the gradients on either side: on a ray when it is as near as that, else inside."""
        arc, following = arcs[k], arcs[(k + 1) % len(arcs)]
        for ray, before, after in ((arc.start, arcs[k - 1], arc), (arc.end, arc, following)):
            if float(np.linalg.norm(z - unit_vector(ray))) <= self.tolerance:
                yield ray, (Fraction(ray[0]), Fraction(ray[1])), before.gradient, after.gradient
                return
        yield arc.gradient, (Fraction(float(z[0])), Fraction(float(z[1]))), arc.gradient, arc.gradient

    def _point(
        self, neuron: Neuron, side: int, w: tuple[Fraction, Fraction], before: Vector, after: Vector, unit: int
    ) -> KKTPoint | None:
        """The point, when it is a local maximum up to the tolerance; the neighbouring cone may climb further, then it is none."""
        square = w[0] ** 2 + w[1] ** 2
        turn = (-w[1], w[0])
        pulls = [side * (g[0] * turn[0] + g[1] * turn[1]) for g in (before, after)]
        # a local maximum rises before w and falls after it; the distance of 0 to that interval is the residual
        miss = max(pulls[1], -pulls[0], Fraction(0))
        largest = Fraction(max(dot(before, before), dot(after, after)))
        value = side * (after[0] * w[0] + after[1] * w[1])
        if value <= 0 or miss**2 > Fraction(self.tolerance) ** 2 * largest * square:
            return None
        norm = 4 if neuron.trained else 1
        number = signed_root(1, value**2 / square / unit**2 / norm)
        residual = signed_root(1, miss**2 / square / unit**2 / (2 if neuron.trained else 1))
        u = unit_vector(w)
        u = np.append(u, float(side)) / np.sqrt(2) if neuron.trained else u
        u.flags.writeable = False
        return KKTPoint(
            u=u,
            value=number,
            value_squared=None,
            direction=None,
            multiplier=float(neuron.degree) * number,
            slopes={},
            kind=Kind.MAXIMUM,
            morse_index=None,
            residual=residual,
            settle_verdict=lambda: undecided("a solver's vector is a KKT point", f"floating point, residual {residual:.3g}"),
            outer_sign=side if neuron.trained else None,
        )


def _maximisers(arcs: Sequence[Arc], chosen: Sequence[int], side: int) -> Iterator[tuple[int, Solution]]:
    """(arc, unit vector) of every chosen cone whose program is solved to optimality with a positive value."""
    import cvxpy as cp  # a second to import, so only when cones are asked for

    z, gradient, walls = cp.Variable(2), cp.Parameter(2), cp.Parameter((2, 2))
    program: Any = cp.Problem(cp.Maximize(gradient @ z), [cp.norm(z, 2) <= 1, walls @ z >= 0])
    for k in chosen:
        arc = arcs[k]
        if arc.gradient == (0, 0):
            continue
        gradient.value = side * unit_vector(arc.gradient)
        walls.value = np.stack([unit_vector(quarter_turn(arc.start)), unit_vector(opposite(quarter_turn(arc.end)))])
        with warnings.catch_warnings(), contextlib.suppress(cp.SolverError):
            warnings.simplefilter("ignore")  # "may be inaccurate": such an answer is not used
            program.solve(solver=cp.CLARABEL, tol_gap_abs=1e-10, tol_gap_rel=1e-10, tol_feas=1e-10)
            if program.status == cp.OPTIMAL and np.linalg.norm(z.value) > 0.5:
                yield k, np.asarray(z.value / np.linalg.norm(z.value), dtype=np.float64)

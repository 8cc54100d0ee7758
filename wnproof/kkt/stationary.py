"""Given points of any problem on the sphere: exact ones decided by the Clarke set, floats measured beside a list."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from wnproof.derive.clarke import clarke_set
from wnproof.derive.sphere import SphereProblem
from wnproof.errors import WnproofError
from wnproof.kernels.kernel import kernel
from wnproof.kkt.chain_points import chain_points
from wnproof.kkt.derivatives import check
from wnproof.kkt.field import Field
from wnproof.kkt.landscape import SINGULAR
from wnproof.kkt.points import KKTSet, Notion
from wnproof.kkt.sampled import Sampled
from wnproof.kkt.solve import gradient_is_continuous, kkt_points
from wnproof.kkt.wide_points import wide_points
from wnproof.verdict import Verdict, undecided

FloatArray = NDArray[np.float64]
RADIUS, DRAWS, STARTS = 1e-7, 6, 50
ROUNDING = 1e-12


def listed_for(problem: SphereProblem, notion: Notion) -> KKTSet:
    """The list that fits: chains of a deep network, compositions of a wide one, ``kkt_points`` of a form or a smooth problem.

    Empty, and undecided, where no method lists what is there.
    """
    origin = problem.correlation
    if origin is not None:
        fitting = wide_points if origin.net.depth == 2 else chain_points
        try:
            return fitting(problem, notion=notion)
        except WnproofError as failure:
            if failure.code not in ("E-VALUE", "E-SIZE", "E-KINK"):
                raise
            if not gradient_is_continuous(problem):
                return KKTSet((), (), undecided(f"the KKT points of {problem}", failure.what), notion)
    return kkt_points(problem, notion=notion)


def decided(problem: SphereProblem, entries: Sequence[Fraction], notion: Notion) -> Verdict:
    """Whether ``L N(u) / |u|^2 u`` is a generalized gradient of N at u, exactly; any length of u will do.

    Certified or refuted by the checker, or undecided where second order would have to decide, or N(u) is not rational.
    """
    there = clarke_set(problem, entries)
    square = sum(entry**2 for entry in entries)
    try:
        member = (there.decoupled if notion.rows_choose_alone else there).contains(
            [problem.degree * there.value / square * entry for entry in entries]
        )
    except WnproofError as failure:
        return undecided("a point is a KKT point", failure.what)
    return member


class Measure:
    """Residuals and signs of eigenvalues at unit vectors, in floating point.

    Raises: WnproofError E-VALUE for rows on spheres of their own and a tensor without value.
    """

    def __init__(self, problem: SphereProblem) -> None:
        check(problem)
        start = np.random.default_rng(0).standard_normal((problem.size, STARTS))
        start /= np.linalg.norm(start, axis=0)
        members = kernel(problem, ensemble=True)
        scale = float(np.linalg.norm(members(start), axis=0).max()) or 1.0
        self._gradients = lambda points: np.asarray(members(points)) / scale
        field = Field.of(problem)
        self._field = Field(field.derivatives, field.size, field.degree, max(map(field.gradient_length, start.T)) or 1.0)

    def residual(self, u: FloatArray) -> float:
        """The length of the tangential gradient at u (P,), or less: of the shortest one in the hull of those within 1e-7."""
        sampled = Sampled(self._gradients, self._field.degree, np.random.default_rng(1))
        smooth = float(np.linalg.norm(sampled.around(u, RADIUS)[:, 0]))
        return smooth if smooth <= ROUNDING else min(smooth, *(sampled.residual(u, RADIUS, draws) for draws in (1, DRAWS)))

    def signs(self, u: FloatArray) -> tuple[int, int, int] | None:
        """How many eigenvalues of the Hessian on the sphere are negative, zero, positive at u (P,); None on a kink."""
        if self._field.gradient_jumps(u) or self._field.hessian_jumps(u):
            return None
        values = self._field.tangent_hessian(u)[0]
        negative, positive = int((values < -SINGULAR).sum()), int((values > SINGULAR).sum())
        return negative, len(values) - negative - positive, positive


@lru_cache(maxsize=8)
def measure_of(problem: SphereProblem) -> Measure:
    """The problem's ``Measure``; its kernels are made once for many points."""
    return Measure(problem)

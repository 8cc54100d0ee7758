"""How fast directions converge: the spectrum of the tangent Hessian at a KKT point, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from wnproof.derive.sphere import SphereProblem
from wnproof.errors import WnproofError
from wnproof.graph.kink import Pw
from wnproof.graph.quantity import exact


@dataclass(frozen=True)
class DirectionRate:
    """Near a strict local maximum u* of N on the sphere, h = u/|u| of u' = grad N(u), ds = r^(L-2) dt, r = |u|.

    |h - u*| = Theta(e^(-gap s)) = Theta(r^(-exponent)) for trajectories with a component on the slowest mode, else O of it; that
    is e^(-gap t) for L = 2 and Theta((T* - t)^in_time) for L > 2.

    Attributes:
        value: N(u*), exact.
        gap: L N(u*) - mu > 0, mu the largest eigenvalue of the Hessian of N at u* on the tangent space u*^perp; exact.
        exponent: gap / (L N(u*)); None where N(u*) <= 0, when r does not grow.
        in_time: exponent / (L - 2) for L > 2 and N(u*) > 0, else None.
    """

    value: sp.Expr
    gap: sp.Expr
    exponent: sp.Expr | None
    in_time: sp.Expr | None

    def __repr__(self) -> str:
        growth = "" if self.exponent is None else f" = Theta(r^-{sp.N(self.exponent, 6)})"
        at_end = "" if self.in_time is None else f" = Theta((T* - t)^{sp.N(self.in_time, 6)})"
        return f"|h - u*| = Theta(e^(-{sp.N(self.gap, 6)} s)){growth}{at_end}"


def direction_rate(problem: SphereProblem, point: Sequence[Any]) -> DirectionRate:
    """The rate at which directions converge to the KKT direction ``point`` (P rational numbers, any length, not 0).

    Linearized at u*, the flow of h on the sphere is the tangent Hessian minus L N(u*); its eigenvalues are roots of a rational
    polynomial, isolated exactly.

    Raises: WnproofError E-SHAPE, E-FLOAT, E-VALUE (no KKT point; a kink there; not a strict local maximum of second order, such
    as a point of the families that wide networks of degree 2 have; a block of unit rows).

    >>> from wnproof.derive.sphere import sphere_problem
    >>> x, y, z = sp.symbols("x y z")
    >>> direction_rate(sphere_problem(x**3 - x*(y**2 + z**2), (x, y, z)), (1, 0, 0))
    |h - u*| = Theta(e^(-5.00000 s)) = Theta(r^-1.66667) = Theta((T* - t)^1.66667)
    """
    if problem.unit_rows:
        raise WnproofError("E-VALUE", f"{', '.join(problem.unit_rows)}: rows on unit spheres", help="take net.effective()")
    if len(point) != problem.size:
        raise WnproofError("E-SHAPE", f"{len(point)} numbers for {problem.size} variables")
    entries = sp.Matrix([exact(q) for q in point])
    if not all(q.is_rational for q in entries) or not any(entries):
        raise WnproofError("E-VALUE", f"{tuple(point)} is no rational direction", help="give rational numbers, not all 0")
    at = dict(zip(problem.variables, entries, strict=True))
    value, square, L = problem.expression.subs(at), entries.dot(entries), exact(problem.degree)
    slopes = sp.Matrix([sp.diff(problem.expression, u).subs(at) for u in problem.variables])
    hessian = sp.hessian(problem.expression, problem.variables).subs(at)
    if slopes.has(Pw, sp.nan, sp.zoo) or hessian.has(Pw, sp.nan, sp.zoo):
        raise WnproofError("E-VALUE", f"{tuple(point)} lies on a kink", help="rates are for points with a Hessian")
    multiplier = L * value / square
    if slopes != multiplier * entries:
        raise WnproofError("E-VALUE", f"{tuple(point)} is no KKT direction: grad N is not {multiplier} times it")
    top = _largest_on_tangent_space(hessian, entries) if problem.size > 1 else -sp.oo
    length = sp.sqrt(square)
    gap = (multiplier - top) / length ** (L - 2)
    if not gap.is_positive:
        raise WnproofError(
            "E-VALUE",
            f"{tuple(point)} is no strict local maximum of second order: the tangent Hessian reaches {top}, L N is {multiplier}",
            help="the rate is that of an attracting point; kkt_points lists the maxima",
        )
    exponent = 1 - top / multiplier if value > 0 else None
    in_time = exponent / (L - 2) if exponent is not None and L > 2 else None
    return DirectionRate(value / length**L, gap, exponent, in_time)


def _largest_on_tangent_space(hessian: sp.Matrix, normal: sp.Matrix) -> sp.Expr:
    """The largest eigenvalue of the Hessian restricted to the orthogonal complement of ``normal``, an exact real root."""
    basis = sp.Matrix.hstack(*normal.T.nullspace())
    restricted = (basis.T * basis).inv() * (basis.T * hessian * basis)
    return sp.Poly(restricted.charpoly().as_expr(), domain="QQ").real_roots()[-1]

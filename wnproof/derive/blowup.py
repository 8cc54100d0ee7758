"""When u' = grad N(u) blows up: two exact bounds on the time, which meet on a KKT ray."""

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
class BlowUp:
    """``low`` <= T* <= ``high`` for the blow-up time T* of u' = grad N(u), N of degree L > 2, N(u(0)) > 0; both are exact.

    Attributes:
        low: |u0|^(2 - L) / ((L - 2) L N_max), N_max an upper bound of N on the unit sphere; None when none was given.
        high: |u0|^2 / ((L - 2) L N(u0)).
        on_ray: whether u0 is a multiple of a KKT point at which N is differentiable; then T* = ``high`` = ``low``.
    """

    low: sp.Expr | None
    high: sp.Expr
    on_ray: bool

    def __repr__(self) -> str:
        if self.on_ray:
            return f"blow-up at T* = {sp.N(self.high, 11)}, on a KKT ray"
        return f"blow-up at T* in [{0 if self.low is None else sp.N(self.low, 6)}, {sp.N(self.high, 6)}]"


def blowup(problem: SphereProblem, start: Sequence[Any], *, maximum: Any = None) -> BlowUp:
    """Bounds on the blow-up time of u' = grad N(u) from u(0) = ``start`` (P exact numbers in theta's order).

    From d/dt |u|^2/N = 2 L - |u|^2 |grad N|^2 / N^2 <= -L (L - 2) (Cauchy-Schwarz and Euler) the time is at most high; from
    d/dt |u|^(2-L) = -(L - 2) L N(u/|u|) it is at least low. ``maximum`` is an upper bound of N on the unit sphere, such as the
    value of the largest KKT point of a complete list.

    Raises: WnproofError E-SHAPE, E-FLOAT, E-VALUE (L <= 2: no blow-up in finite time; N(start) <= 0: none is promised; a block
    of unit rows; a maximum below N at the start's direction).

    >>> from wnproof.derive.sphere import sphere_problem
    >>> x, y, z = sp.symbols("x y z")
    >>> N, r = sphere_problem(x*y*z, (x, y, z)), sp.Rational(3, 10) / sp.sqrt(3)
    >>> blowup(N, (r, r, r))
    blow-up at T* = 5.7735026919, on a KKT ray
    >>> blowup(N, (1, 1, 2), maximum=1 / (3 * sp.sqrt(3)))
    blow-up at T* in [0.707107, 1.00000]
    """
    L = exact(problem.degree)
    if L <= 2:
        raise WnproofError("E-VALUE", f"degree {L}: |u| grows at most like an exponential", help="blow-up needs degree above 2")
    if problem.unit_rows:
        raise WnproofError("E-VALUE", f"{', '.join(problem.unit_rows)}: rows on unit spheres", help="take net.effective()")
    if len(start) != problem.size:
        raise WnproofError("E-SHAPE", f"{len(start)} numbers for {problem.size} variables")
    at = dict(zip(problem.variables, map(exact, start), strict=True))
    value, square = problem.expression.subs(at), sp.Add(*(x**2 for x in at.values()))
    if value.has(Pw):
        raise WnproofError("E-VALUE", f"a kink's argument has an open sign at {start}", help="give rational numbers")
    if not (value.is_positive or sp.simplify(value).is_positive):
        raise WnproofError("E-VALUE", f"N(start) = {value} is not positive", help="where N <= 0 the flow may also come to rest")
    high = sp.radsimp(square / ((L - 2) * L * value))
    on_ray = _is_ray(problem, at, L * value / square)
    if on_ray or maximum is None:
        return BlowUp(high if on_ray else None, high, on_ray)
    low = square ** (1 - L / 2) / ((L - 2) * L * exact(maximum))
    if not (exact(maximum).is_positive and (high - low).is_nonnegative):
        raise WnproofError("E-VALUE", f"{maximum} is below N at the start's direction", help="give an upper bound of N, |u| = 1")
    return BlowUp(low, high, on_ray)


def _is_ray(problem: SphereProblem, at: dict[sp.Symbol, sp.Expr], multiplier: sp.Expr) -> bool:
    """Whether grad N = multiplier u there, exactly; False where N is not differentiable or SymPy cannot tell."""
    for variable, x in at.items():
        slope = sp.diff(problem.expression, variable).subs(at)
        if not slope.is_finite or sp.simplify(slope - multiplier * x) != 0:
            return False
    return True

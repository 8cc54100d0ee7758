"""Integral risk over an interval: the data are a target function, known exactly as polynomial pieces."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from sympy.core.relational import Relational

from wnproof.errors import WnproofError
from wnproof.graph.quantity import as_fraction, exact
from wnproof.model.declared import expression

FloatArray = NDArray[np.float64]
Coefficients = tuple[Fraction, ...]  # of a polynomial, the constant first


@dataclass(frozen=True, init=False)
class Population:
    """The risk int_a^b l(f(x), target(x)) density(x) dx of networks with one input.

    Args:
        target: SymPy in one symbol; polynomial pieces: Piecewise, Abs, Max, Min, with breaks at rational places; it may jump.
        interval: (a, b), exact numbers.
        density: as the target, not negative on the interval; it need not integrate to 1.

    Attributes:
        breaks: a, every break between, b; exact.
        targets: the target's coefficients on each piece, exact.
        densities: the density's.

    Raises: WnproofError E-VALUE (no polynomial pieces, an empty interval, a negative density), E-FLOAT, E-SYMBOL, E-SIZE.

    >>> x = sp.Symbol("x")
    >>> jump = Population(sp.Piecewise((0, x <= sp.Rational(1, 2)), (1, True)), (0, 1))
    >>> jump.breaks, jump.targets
    ((Fraction(0, 1), Fraction(1, 2), Fraction(1, 1)), ((Fraction(0, 1),), (Fraction(1, 1),)))
    """

    breaks: tuple[Fraction, ...]
    targets: tuple[Coefficients, ...]
    densities: tuple[Coefficients, ...]

    def __init__(self, target: Any, interval: tuple[Any, Any], density: Any = 1) -> None:
        ends = [exact(end) for end in interval]
        if len(ends) != 2 or not all(end.is_Rational for end in ends) or not ends[0] < ends[1]:
            raise WnproofError("E-VALUE", f"interval {interval}", help="give two rational numbers a < b")
        functions = [expression(target, "the target"), expression(density, "the density")]
        symbols = sorted({s for f in functions for s in f.free_symbols}, key=str)
        if len({s.name for s in symbols}) > 1:
            raise WnproofError("E-SYMBOL", f"the target is written in {symbols}", help="use one symbol for the input")
        x = sp.Symbol("x", real=True)
        functions = [f.xreplace(dict.fromkeys(symbols, x)).rewrite(sp.Piecewise) for f in functions]
        inside = {b for f in functions for b in _breaks(f, x) if ends[0] < b < ends[1]}
        breaks = sorted({*ends, *inside})
        middles = [(low + high) / 2 for low, high in pairwise(breaks)]
        targets, densities = (tuple(_piece(f, x, m) for m in middles) for f in functions)
        for (low, high), coefficients in zip(pairwise(breaks), densities, strict=True):
            if _negative(coefficients, x, low, high):
                raise WnproofError("E-VALUE", f"the density is negative between {low} and {high}")
        put = object.__setattr__
        put(self, "breaks", tuple(map(as_fraction, breaks)))
        put(self, "targets", targets)
        put(self, "densities", densities)

    @property
    def degree(self) -> int:
        """The largest degree of a piece of the target or of the density."""
        return max(len(c) for c in (*self.targets, *self.densities)) - 1

    def quadrature(self, knots: FloatArray, degree: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Points x, weights (density included) and labels target(x), float, each (n,).

        The sum over the points is the integral, up to rounding, for what is a polynomial of ``degree`` in x, density included,
        between neighbouring ``knots`` and breaks. No point lies on a knot.
        """
        fixed, (gauss, weight) = np.array(self.breaks, float), _gauss(degree // 2 + 1)
        edges = np.unique(np.concatenate([fixed, knots[(knots > fixed[0]) & (knots < fixed[-1])]]))
        half, middle = np.diff(edges) / 2, (edges[1:] + edges[:-1]) / 2
        x = middle[:, None] + half[:, None] * gauss
        piece = np.searchsorted(fixed, middle) - 1
        target, density = (np.array([_padded(c, self.degree) for c in table]) for table in (self.targets, self.densities))
        powers = x[..., None] ** np.arange(self.degree + 1)
        y, rho = (np.einsum("pgk,pk->pg", powers, table[piece]) for table in (target, density))
        return x.ravel(), (half[:, None] * weight * rho).ravel(), y.ravel()


def _breaks(f: sp.Expr, x: sp.Symbol) -> set[sp.Rational]:
    """Where a condition of the piecewise expression changes."""
    found = set()
    for condition in sorted({r for piecewise in f.atoms(sp.Piecewise) for r in piecewise.atoms(Relational)}, key=str):
        difference = sp.Poly(condition.lhs - condition.rhs, x) if condition.lhs.is_polynomial(x) else None
        if difference is None or difference.degree() > 1:
            raise WnproofError("E-VALUE", f"the break at {condition}", help="write conditions x < c with rational c")
        if difference.degree() == 1:
            found.add(-difference.nth(0) / difference.nth(1))
    if bad := [b for b in found if not b.is_Rational]:
        raise WnproofError("E-VALUE", f"a break at {bad[0]}", help="breaks are rational numbers")
    return found


def _piece(f: sp.Expr, x: sp.Symbol, at: sp.Rational) -> Coefficients:
    """The polynomial that the expression is around a point that is no break."""

    def chosen(piecewise: sp.Piecewise) -> sp.Expr:
        for branch, condition in piecewise.args:
            if condition.subs(x, at) == sp.true:
                return branch
        raise WnproofError("E-VALUE", f"the target is not defined at x = {at}", help="end the Piecewise with (expr, True)")

    while f.has(sp.Piecewise):
        f = f.replace(lambda e: isinstance(e, sp.Piecewise), chosen)
    try:
        return tuple(as_fraction(c) for c in reversed(sp.Poly(f, x, domain="QQ").all_coeffs()))
    except (sp.PolynomialError, sp.CoercionFailed):
        raise WnproofError("E-VALUE", f"{f} is no polynomial", help="give polynomial pieces with rational coefficients") from None


def _negative(coefficients: Coefficients, x: sp.Symbol, low: sp.Rational, high: sp.Rational) -> bool:
    """Whether the polynomial is negative somewhere strictly between, exactly: its sign between neighbouring roots."""
    poly = sp.Poly([exact(c) for c in reversed(coefficients)], x, domain="QQ")
    if poly.is_ground:
        return bool(poly.LC() < 0)
    isolated = [interval for interval, _ in poly.intervals(inf=low, sup=high)]
    starts, ends = [*(left for left, _ in isolated), high], [low, *(right for _, right in isolated)]
    return any(poly.eval((right + left) / 2) < 0 for right, left in zip(ends, starts, strict=True))


def _padded(coefficients: Coefficients, degree: int) -> list[float]:
    return [*map(float, coefficients), *[0.0] * (degree + 1 - len(coefficients))]


@lru_cache(maxsize=16)
def _gauss(order: int) -> tuple[FloatArray, FloatArray]:
    points, weights = np.polynomial.legendre.leggauss(order)
    return points, weights

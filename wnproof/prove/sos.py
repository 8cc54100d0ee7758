"""Sums of squares by semidefinite programming: the least g for which ``g |u|^m - N(u)`` is one, in floating point."""

from __future__ import annotations

import contextlib
import itertools
import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wnproof.errors import WnproofError

Monomial = tuple[int, ...]
LARGEST_GRAM = 150  # rows; twice as many take sixteen times the memory and longer than anybody waits


@dataclass(frozen=True, eq=False)
class SquareBound:
    """What the solver answered: ``g |u|^m - N(u) = z(u)' Q z(u)`` up to rounding, z the monomials of degree m/2.

    Attributes:
        g: the number found, float.
        gram: Q (K, K), symmetric.
        residual: sum of the moduli of the coefficients that the two sides differ by.
        deficit: how far the smallest eigenvalue of Q lies below zero.
    """

    g: float
    gram: NDArray[np.float64]
    residual: float
    deficit: float

    @property
    def repaired(self) -> float:
        """g + residual + deficit, a bound of N on the sphere whatever the solver did: every monomial is at most 1 there, and so
        is the sum of the squares of z. It holds up to the rounding of this sum.
        """
        return self.g + self.residual + self.deficit


def square_bound(form: Mapping[Monomial, float], variables: int, degree: int) -> SquareBound | None:
    """The least g with ``g |u|^degree - form(u)`` a sum of squares, by CVXPY with Clarabel; None when it finds no optimum.

    Args:
        form: exponents -> coefficient, largest modulus 1, or the solver's absolute tolerances mean nothing.
        variables: how many entries u has.
        degree: the even degree m of every monomial.

    Raises: WnproofError E-SIZE when the Gram matrix would be too large.

    Source: Lasserre 2001, Parrilo 2003, for the relaxation of lowest order.

    >>> bound = square_bound({(2, 0): 1.0, (0, 2): -1.0}, 2, 2)
    >>> round(bound.repaired, 6), bound.gram.shape
    (1.0, (2, 2))
    """
    half = degree // 2
    side = math.comb(variables + half - 1, half)
    if side > LARGEST_GRAM:
        raise WnproofError(
            "E-SIZE", f"the Gram matrix has {side} rows, limit {LARGEST_GRAM}", help="bound a problem of fewer variables"
        )
    half_monomials = monomials(variables, half)
    place = {monomial: k for k, monomial in enumerate(monomials(variables, degree))}
    target = [place[tuple(map(sum, zip(a, b, strict=True)))] for a in half_monomials for b in half_monomials]
    sphere, given = np.zeros(len(place)), np.zeros(len(place))
    for monomial in half_monomials:
        sphere[place[tuple(2 * e for e in monomial)]] = math.factorial(half) / math.prod(map(math.factorial, monomial))
    for monomial, coefficient in form.items():
        given[place[monomial]] = coefficient
    answer = _solved(target, sphere, given, side)
    if answer is None:
        return None
    g, gram = answer
    gram = (gram + gram.T) / 2
    residual = float(np.abs(np.bincount(target, gram.ravel(), len(place)) - (g * sphere - given)).sum())
    return SquareBound(g, gram, residual, max(0.0, -float(np.linalg.eigvalsh(gram)[0])))


def monomials(variables: int, degree: int) -> list[Monomial]:
    """The exponents of all monomials of this degree.

    >>> monomials(2, 2)
    [(2, 0), (1, 1), (0, 2)]
    """
    chosen = itertools.combinations_with_replacement(range(variables), degree)
    return [tuple(indices.count(k) for k in range(variables)) for indices in chosen]


def _solved(
    target: list[int], sphere: NDArray[np.float64], given: NDArray[np.float64], side: int
) -> tuple[float, NDArray[np.float64]] | None:
    """(g, Q) when Clarabel reports an optimum; any other status counts as no answer."""
    import cvxpy as cp  # a second to import, so only when a bound is asked for
    from scipy.sparse import csr_matrix

    collect = csr_matrix((np.ones(len(target)), (target, np.arange(len(target)))), shape=(len(given), len(target)))
    g, gram = cp.Variable(), cp.Variable((side, side), PSD=True)
    program: Any = cp.Problem(cp.Minimize(g), [collect @ cp.vec(gram, order="C") == g * sphere - given])
    for tolerance in (1e-10, 1e-8):  # where the optimum is degenerate, the sharper one is out of reach
        with warnings.catch_warnings(), contextlib.suppress(cp.SolverError):
            warnings.simplefilter("ignore")  # "may be inaccurate": such an answer is not used
            program.solve(solver=cp.CLARABEL, tol_gap_abs=tolerance, tol_gap_rel=tolerance, tol_feas=tolerance)
        if program.status == cp.OPTIMAL:
            return float(g.value), np.asarray(gram.value, dtype=np.float64)
    return None

"""A form N with integer coefficients: its gradient and Hessian at many complex points at once, and in balls."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp
from flint import acb, acb_mat, fmpz
from numpy.typing import NDArray

from wnproof.derive.sphere import SphereProblem
from wnproof.errors import WnproofError
from wnproof.kkt.derivatives import Matrix, check
from wnproof.prove.sos import Monomial, monomials

Points = NDArray[np.complex128]
Table = NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Form:
    """``N = factor * sum_k coefficients[k] u^k`` with coprime integer coefficients, so the size of the data is in ``factor``.

    >>> x, y = sp.symbols("x y")
    >>> from wnproof.derive.sphere import sphere_problem
    >>> form = Form.of(sphere_problem(x**3 / 2 + 3 * x * y**2, (x, y)))
    >>> form.factor, sorted(form.coefficients.items()), form.classes
    (Fraction(1, 2), [((1, 2), 6), ((3, 0), 1)], 3)
    """

    size: int
    degree: int
    coefficients: Mapping[Monomial, int]
    factor: Fraction

    @classmethod
    def of(cls, problem: SphereProblem) -> Form | None:
        """The form that N is, exactly; None where it vanishes identically.

        Raises: WnproofError E-KINK when N is no polynomial, E-VALUE for rows on spheres of their own or a tensor without value.
        """
        check(problem)
        try:
            poly = sp.Poly(problem.expression, *problem.variables, domain="QQ")
        except (sp.PolynomialError, sp.CoercionFailed):
            raise WnproofError(
                "E-KINK", "N is no polynomial with rational coefficients", help="give a form, or take method=Multistart()"
            ) from None
        terms = {monomial: Fraction(int(c.p), int(c.q)) for monomial, c in poly.terms() if c}
        if not terms:
            return None
        factor = Fraction(math.gcd(*(c.numerator for c in terms.values())), math.lcm(*(c.denominator for c in terms.values())))
        return cls(problem.size, int(problem.degree), {m: int(c / factor) for m, c in terms.items()}, factor)

    @property
    def classes(self) -> int:
        """How many complex lines span{x} with grad N(x) in span{x} a general form of this degree has: no other one with finitely
        many has more, each counted with its multiplicity.

        Source: Cartwright and Sturmfels, The number of eigenvalues of a tensor, 2013, Theorem 1.2.
        """
        return count_classes(self.size, self.degree)

    @cached_property
    def derivatives(self) -> tuple[Table, Table]:
        """Integer coefficients of grad N / factor, (P, M1), and of its Hessian, (P^2, M2), over the monomials of lower degree."""
        first = [_derivative(self.coefficients, k) for k in range(self.size)]
        second = [_derivative(partial, k) for partial in first for k in range(self.size)]
        return self._table(first, self.degree - 1), self._table(second, self.degree - 2)

    def _table(self, polynomials: list[dict[Monomial, int]], degree: int) -> Table:
        columns = monomials(self.size, degree) if degree >= 0 else []
        table = [[partial.get(monomial, 0) for monomial in columns] for partial in polynomials]
        return np.array(table, dtype=object).reshape(len(polynomials), len(columns))

    @cached_property
    def _floats(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        largest = max(map(abs, self.coefficients.values()))
        first, second = self.derivatives
        return (first / largest).astype(np.float64), (second / largest).astype(np.float64)

    @cached_property
    def _growth(self) -> list[list[tuple[int, int]]]:
        """How the monomials of each degree come from those before: number of the smaller one, and the variable beside it."""
        levels = []
        for degree in range(1, self.degree):
            place = {monomial: k for k, monomial in enumerate(monomials(self.size, degree - 1))}
            grown = []
            for monomial in monomials(self.size, degree):
                last = max(k for k, e in enumerate(monomial) if e)
                grown.append((place[(*monomial[:last], monomial[last] - 1, *monomial[last + 1 :])], last))
            levels.append(grown)
        return levels

    def at(self, x: Points) -> tuple[Points, Points]:
        """Gradients (B, P) and Hessians (B, P, P) at x (B, P), complex, divided by factor and by the largest coefficient."""
        gradients, hessians = self._evaluated(self._floats, x)
        return gradients, hessians

    def at_real(self, x: Matrix) -> tuple[Matrix, Matrix]:
        """``at`` for real x (B, P)."""
        return self._evaluated(self._floats, x)

    def moduli_at(self, x: Matrix) -> tuple[Matrix, Matrix]:
        """``at_real`` with the modulus of every coefficient."""
        first, second = self._floats
        return self._evaluated((np.abs(first), np.abs(second)), x)

    def _evaluated(self, tables: tuple[Matrix, Matrix], x: Any) -> tuple[Any, Any]:
        first, second = tables
        powers = [np.ones((1, len(x)), dtype=x.dtype)]
        for level in self._growth:
            smaller, variables = np.array(level).T
            powers.append(powers[-1][smaller] * x.T[variables])
        hessians = second @ powers[-2] if self.degree >= 2 else np.zeros((self.size**2, len(x)), dtype=x.dtype)
        return (first @ powers[-1]).T, np.reshape(hessians.T, (len(x), self.size, self.size))

    def in_balls(self, x: Sequence[Any]) -> tuple[list[Any], Any]:
        """The gradient, P balls, and the Hessian, a ``flint.acb_mat`` (P, P), divided by factor, at x: P balls ``flint.acb``."""
        powers: list[list[Any]] = [[acb(1)]]
        for level in self._growth:  # products, since a power of a ball around 0 is no ball
            powers.append([powers[-1][smaller] * x[variable] for smaller, variable in level])
        first, second = self._integers
        gradient = first * acb_mat([[p] for p in powers[-1]])
        if self.degree < 2:
            return gradient.entries(), acb_mat(self.size, self.size)
        return gradient.entries(), acb_mat(self.size, self.size, (second * acb_mat([[p] for p in powers[-2]])).entries())

    @cached_property
    def _integers(self) -> tuple[Any, Any]:
        """The tables as exact balls."""
        first, second = (
            acb_mat(*table.shape, [acb(fmpz(c)) for c in table.ravel()]) if table.size else None for table in self.derivatives
        )
        return first, second


def count_classes(size: int, degree: int) -> int:
    """``((degree - 1)^size - 1) / (degree - 2)``, that is ``sum_k (degree - 1)^k`` over k < size.

    >>> count_classes(3, 4), count_classes(5, 2), count_classes(4, 1)
    (13, 5, 1)
    """
    return sum((degree - 1) ** k for k in range(size))


def _derivative(terms: Mapping[Monomial, int], k: int) -> dict[Monomial, int]:
    return {(*m[:k], m[k] - 1, *m[k + 1 :]): m[k] * c for m, c in terms.items() if m[k]}

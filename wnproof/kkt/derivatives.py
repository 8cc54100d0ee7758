"""First and second derivatives of N in floating point, from data of modulus 1 whatever the size of those given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Protocol

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from wnproof.derive.sphere import SphereProblem
from wnproof.errors import WnproofError
from wnproof.graph.gradient import gradient
from wnproof.graph.nodes import add, contract, leaves
from wnproof.graph.space import Block, ParameterSpace
from wnproof.kernels.kernel import Kernel, kernel

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


class Derivatives(Protocol):
    """grad N and D^2 N up to one positive factor."""

    def gradient(self, u: Vector) -> Vector:
        """At u (P,), shape (P,)."""

    def hessian(self, u: Vector) -> Matrix:
        """At u (P,), symmetric, shape (P, P)."""


@dataclass(frozen=True, eq=False)
class NetworkDerivatives:
    """Of a neural correlation function, activation patterns frozen and left pieces at kinks, from one kernel.

    With ``phi(u, d) = <grad N(u), d>`` the derivative of phi in u is ``D^2 N(u) d`` and the one in d is ``grad N(u)``: Hessian
    products to the last digit for every network, where differences would lose half of them.

    Attributes:
        pair: the kernel (u, d) -> (D^2 N(u) d, grad N(u)).
        size: P.
    """

    pair: Kernel
    size: int

    @classmethod
    def of(cls, problem: SphereProblem) -> NetworkDerivatives:
        """With labels divided exactly by their largest modulus, and inputs too where no bias stands beside them."""
        check(problem)
        value = of_modulus_one(problem).value
        space = value.parameters
        directions = tuple(Block(f"D{b.name}", b.axes, b.shape) for b in space.blocks)
        both = ParameterSpace((*space.blocks, *directions))
        products = zip(gradient(value.node, space.leaves), directions, strict=True)
        phi = add([contract((g, d.leaf), ()) for g, d in products])
        roots = tuple(gradient(phi, both.leaves))
        pair = replace(value, name="D^2 N d, grad N", roots=roots, parameters=both, flat=True)
        return cls(kernel(pair), problem.size)

    def gradient(self, u: Vector) -> Vector:
        """grad N at u (P,)."""
        return np.asarray(self.pair(np.concatenate((u, np.zeros(self.size))))[self.size :], dtype=np.float64)

    def hessian(self, u: Vector) -> Matrix:
        """D^2 N at u (P,), one product a column."""
        matrix = np.stack([self.pair(np.concatenate((u, d)))[: self.size] for d in np.eye(self.size)], axis=1)
        return np.asarray((matrix + matrix.T) / 2, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class FormDerivatives:
    """Of a form: a matrix of coefficients times the monomials, for a few entries far faster than one operation a term.

    Attributes:
        first: exponents (M, P) and coefficients (P, M) of the gradient.
        second: exponents (M', P) and coefficients (P^2, M') of the Hessian.
    """

    first: tuple[Vector, Matrix]
    second: tuple[Vector, Matrix]

    @classmethod
    def of(cls, problem: SphereProblem) -> FormDerivatives:
        """With coefficients divided exactly by their largest modulus.

        >>> from wnproof.derive.sphere import sphere_problem
        >>> x, y = sp.symbols("x y")
        >>> FormDerivatives.of(sphere_problem(x**2 * y, (x, y))).hessian(np.array([3.0, 5.0])).tolist()
        [[10.0, 6.0], [6.0, 0.0]]
        """
        check(problem)
        size = problem.size
        terms = dict(sp.Poly(problem.expression, *problem.variables).terms())
        largest = max(abs(c) for c in terms.values())
        gradients = [_derivative({monomial: c / largest for monomial, c in terms.items()}, k) for k in range(size)]
        hessians = [_derivative(partial, k) for partial in gradients for k in range(size)]
        return cls(_table(gradients, size), _table(hessians, size))

    def gradient(self, u: Vector) -> Vector:
        """grad N at u (P,)."""
        exponents, coefficients = self.first
        return np.asarray(coefficients @ np.prod(u**exponents, axis=1), dtype=np.float64)

    def hessian(self, u: Vector) -> Matrix:
        """D^2 N at u (P,)."""
        exponents, coefficients = self.second
        return np.asarray((coefficients @ np.prod(u**exponents, axis=1)).reshape(len(u), len(u)), dtype=np.float64)


Terms = Mapping[tuple[int, ...], sp.Rational]


def _derivative(terms: Terms, k: int) -> Terms:
    """The derivative in the k-th variable, exponents -> coefficient."""
    return {(*m[:k], m[k] - 1, *m[k + 1 :]): m[k] * c for m, c in terms.items() if m[k]}


def _table(polynomials: list[Terms], size: int) -> tuple[Vector, Matrix]:
    """The exponents (M, P) of all their monomials, and their coefficients, a row each."""
    monomials = sorted({m for terms in polynomials for m in terms})
    coefficients = [[float(terms.get(m, 0)) for m in monomials] for terms in polynomials]
    return np.array(monomials, dtype=np.float64).reshape(len(monomials), size), np.array(coefficients)


def check(problem: SphereProblem) -> None:
    """Raises WnproofError E-VALUE for rows on unit spheres of their own, and for a tensor without a value."""
    if problem.unit_rows:
        raise WnproofError(
            "E-VALUE",
            f"the rows of {', '.join(problem.unit_rows)} live on unit spheres of their own, not on the one sphere |u| = 1",
            help="take the effective weights: ncf(net.effective(), data)",
        )
    value = problem.value
    known = {b.name for b in value.parameters.blocks} | set(value.constants)
    missing = sorted({tensor.name for tensor in leaves(value.node)} - known)
    if missing:
        raise WnproofError("E-VALUE", f"{missing[0]} has no value", help=f'give it one: fixed={{"{missing[0]}": [[...]]}}')


def of_modulus_one(problem: SphereProblem) -> SphereProblem:
    """The problem with labels divided exactly by their largest modulus, and inputs too where no bias stands beside them.

    N changes by a positive factor; a form is returned as it is.
    """
    if problem.correlation is None:
        return problem
    constants = dict(problem.value.constants)
    for name in ["Z"] if any(problem.correlation.net.biases) else ["X", "Z"]:
        constants[name] = constants[name] / (max(abs(entry) for entry in constants[name].flat) or Fraction(1))
    return replace(problem, value=replace(problem.value, constants=constants))


def without_signs(problem: SphereProblem) -> SphereProblem:
    """The problem with every constant replaced by its modulus: what grad N would be if nothing cancelled."""
    value = problem.value
    return replace(problem, value=replace(value, constants={name: np.abs(array) for name, array in value.constants.items()}))

"""A form on the unit sphere in balls: the field of its gradient flow, and how fast neighbouring solutions part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import flint
import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Exponents = tuple[int, ...]
Times = Callable[[Any, Any], Any]


class SphericalForm:
    """N of degree L in n variables with rational coefficients, F(u) = grad N(u) - L N(u) u, and the Hessian on the sphere.

    Attributes:
        terms: exponents (n,) -> coefficient.
        degree: L.
        size: n.
    """

    def __init__(self, terms: dict[Exponents, Fraction], degree: int, size: int) -> None:
        self.terms, self.degree, self.size = terms, degree, size
        self.slopes = [_derived(self.terms, k) for k in range(self.size)]
        self.lower = sorted({e for terms in self.slopes for e in terms})
        self.pulls = np.array([[float(terms.get(e, 0)) for e in self.lower] for terms in self.slopes])
        self.bends = [[_derived(self.slopes[i], j) for j in range(i + 1)] for i in range(self.size)]
        self.derived = [{(0,) * self.size: self.terms}]
        for _ in range(max(self.degree, 2)):
            self.derived.append(
                {_raised(key, k): _derived(terms, k) for key, terms in self.derived[-1].items() for k in _last(key, self.size)}
            )

    def field(self, u: Sequence[Any], one: Any, number: Callable[[Fraction], Any], times: Times) -> list[Any]:
        """F(u) over any numbers: balls, polynomials in time, truncated series."""
        monomials = _Monomials(u, one, times)
        slopes = [monomials.sum(terms, number) for terms in self.slopes]
        radial = sum((times(s, x) for s, x in zip(slopes, u, strict=True)), one * 0)  # L N(u), by Euler's identity
        return [s - times(radial, x) for s, x in zip(slopes, u, strict=True)]

    def taylor(self, start: FloatArray, order: int) -> FloatArray:
        """Coefficients (order+1, n) of the solution of u' = F(u) from start, in floats."""

        def times(a: FloatArray, b: FloatArray) -> FloatArray:
            return np.convolve(a, b)[: order + 1]

        one = np.eye(1, order + 1)[0]
        u = np.zeros((self.size, order + 1))
        u[:, 0] = start
        for k in range(order):
            monomials = _Monomials(list(u), one, times)
            slopes = self.pulls @ np.array([monomials[e] for e in self.lower])
            radial = np.sum([times(s, x) for s, x in zip(slopes, u, strict=True)], axis=0)
            u[:, k + 1] = [(s[k] - radial[: k + 1] @ x[k::-1]) / (k + 1) for s, x in zip(slopes, u, strict=True)]
        return u.T

    def jets(self, x: Sequence[Any]) -> list[dict[Exponents, Any]]:
        """All partial derivatives of order 0, 1, ..., L (at least 2) over a box, by how often each variable is derived."""
        monomials = _Monomials(x, flint.arb(1), product)
        return [{key: monomials.sum(terms, ball) for key, terms in order.items()} for order in self.derived]

    def speed(self, x: Sequence[Any]) -> Any:
        """|F| over a box of balls."""
        return norm(self.field(x, flint.arb(1), ball, product))

    def hessian(self, x: Sequence[Any]) -> list[list[Any]]:
        """P (D^2 N - L N) P over a box that holds unit vectors x, P = I - x x^T: how the sphere's Hessian acts."""
        n, monomials = self.size, _Monomials(x, flint.arb(1), product)
        value = monomials.sum(self.terms, ball) * self.degree
        A = [[flint.arb(0)] * n for _ in range(n)]
        for i in range(n):
            for j in range(i + 1):
                A[i][j] = A[j][i] = monomials.sum(self.bends[i][j], ball) - (value if i == j else 0)
        P = flint.arb_mat([[(1 if i == j else 0) - x[i] * x[j] for j in range(n)] for i in range(n)])
        found: list[list[Any]] = (P * flint.arb_mat(A) * P).tolist()
        return found

    def parting(self, x: Sequence[Any]) -> Any:
        """An upper bound on the largest eigenvalue of the Hessian on tangent spaces, over all unit vectors of the box.

        Solutions part at most at this rate. The radial direction is pushed below the others.
        """
        n, hessian = self.size, self.hessian(x)
        middle = np.array([[float(entry.mid()) for entry in row] for row in hessian])
        push = 2 * float(np.abs(np.linalg.eigvalsh(middle)).max()) + 1e-30
        S = flint.arb_mat([[hessian[i][j] - push * x[i] * x[j] for j in range(n)] for i in range(n)])
        normal = np.array([float(entry.mid()) for entry in x])
        vectors = flint.arb_mat(np.linalg.eigh(middle - push * np.outer(normal, normal))[1].tolist())
        turned, lengths = vectors.transpose() * S * vectors, vectors.transpose() * vectors
        bound = max((_radius(turned, i) for i in range(n)), key=float)
        hair = (abs(bound) + push) * flint.arb(
            2
        ) ** -30  # radii of balls have 30 bits, and the basis is orthogonal up to rounding
        for _ in range(8):
            if all(_radius(turned - bound * lengths, i) < 0 for i in range(n)):
                return bound
            bound, hair = (bound + hair).upper(), 4 * hair
        return flint.arb("inf")


def norm(vector: Sequence[Any]) -> Any:
    """An upper bound on the Euclidean norm of balls."""
    return sum((entry.abs_upper() ** 2 for entry in vector), flint.arb(0)).sqrt().upper()


def _radius(matrix: Any, i: int) -> Any:
    """Upper end of Gershgorin's disc of row i."""
    return (matrix[i, i] + sum((matrix[i, j].abs_upper() for j in range(matrix.ncols()) if j != i), flint.arb(0))).upper()


def ball(number: Fraction) -> Any:
    """The number as a ball.

    >>> ball(Fraction(1, 4))
    0.250000000000000
    """
    return flint.arb(flint.fmpq(number.numerator, number.denominator))


def product(a: Any, b: Any) -> Any:
    """a b, where nothing has to be truncated."""
    return a * b


def _derived(terms: dict[Exponents, Fraction], k: int) -> dict[Exponents, Fraction]:
    return {(*e[:k], e[k] - 1, *e[k + 1 :]): c * e[k] for e, c in terms.items() if e[k]}


def _raised(key: Exponents, k: int) -> Exponents:
    return (*key[:k], key[k] + 1, *key[k + 1 :])


def _last(key: Exponents, size: int) -> range:
    """The variables from the last derived one on, so that each derivative is made once."""
    return range(max((k for k in range(size) if key[k]), default=0), size)


class _Monomials:
    """Every monomial once, each from a smaller one."""

    def __init__(self, u: Sequence[Any], one: Any, times: Times) -> None:
        self.u, self.times = u, times
        self.known: dict[Exponents, Any] = {(0,) * len(u): one}

    def __getitem__(self, exponents: Exponents) -> Any:
        if exponents not in self.known:
            k = next(i for i, e in enumerate(exponents) if e)
            smaller = (*exponents[:k], exponents[k] - 1, *exponents[k + 1 :])
            self.known[exponents] = self.times(self[smaller], self.u[k])
        return self.known[exponents]

    def sum(self, terms: dict[Exponents, Fraction], number: Callable[[Fraction], Any]) -> Any:
        """The polynomial with these terms; zero times one without any."""
        zero = self.known[(0,) * len(self.u)] * 0
        return sum((self[e] * number(c) for e, c in terms.items()), zero)

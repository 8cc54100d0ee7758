"""N on the sphere in floating point: its normalized gradient and Hessian, and Newton's method for its KKT system."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from wnproof.derive.sphere import SphereProblem
from wnproof.kkt.derivatives import Derivatives, FormDerivatives, Matrix, NetworkDerivatives, Vector

LONGEST_STEP = 0.5  # of Newton's method on the unit sphere: further away the linear model says nothing
DIRECTIONS_SEED = (5, 7)  # a pair, so that no seed of the starts draws the same vectors
PROBE = 1e-6  # how far beside a point the neighbouring patterns are looked at
ROUNDING = 1e-20  # squared size of an eigenvalue that is zero up to rounding; no step is taken along it


@dataclass(frozen=True, eq=False)
class Field:
    """``grad N / scale`` and ``D^2 N / scale`` of a problem, activation patterns frozen, left pieces at kinks.

    Attributes:
        derivatives: of the problem with data and coefficients of largest modulus 1.
        size: P.
        degree: L.
        scale: what they are divided by, so that a relative tolerance is an absolute one.
    """

    derivatives: Derivatives
    size: int
    degree: float
    scale: float = 1.0

    @classmethod
    def of(cls, problem: SphereProblem) -> Field:
        """The field of the problem with data and coefficients of largest modulus 1; raises what ``derivatives.check`` raises."""
        derivatives = FormDerivatives.of(problem) if problem.correlation is None else NetworkDerivatives.of(problem)
        return cls(derivatives, problem.size, float(problem.degree))

    def gradient(self, u: Vector) -> Vector:
        """grad N at u (P,)."""
        return self.derivatives.gradient(u) / self.scale

    def hessian(self, u: Vector) -> Matrix:
        """D^2 N at u (P,), symmetric (P, P)."""
        return self.derivatives.hessian(u) / self.scale

    def value(self, u: Vector) -> float:
        """N at u (P,), by Euler's identity <grad N, u> = L N."""
        return float(self.gradient(u) @ u) / self.degree

    def gradient_length(self, u: Vector) -> float:
        """|grad N| at u (P,)."""
        return float(np.linalg.norm(self.gradient(u)))

    def residual(self, u: Vector) -> float:
        """The length of the tangential gradient; zero exactly at smooth KKT points."""
        g = self.gradient(u)
        return float(np.linalg.norm(g - (g @ u) * u))

    def tangent_hessian(self, u: Vector, at: Vector | None = None) -> tuple[Vector, Matrix]:
        """Eigenvalues (P-1,) and eigenvectors (P, P-1) of the second derivative of N along the sphere at u.

        ``B' (D^2 N(at) - <grad N(u), u>) B`` with an orthonormal basis B of the tangent space; ``at`` next to u chooses a
        pattern where u lies on kinks.
        """
        basis = tangent_basis(u)
        curvature = self.hessian(u if at is None else at) - float(self.gradient(u) @ u) * np.eye(self.size)
        values, vectors = np.linalg.eigh(basis.T @ curvature @ basis)
        return values, basis @ vectors

    def directions(self, u: Vector, count: int) -> Matrix:
        """Unit tangent vectors at u (2 count, P), each with its opposite; the same at every call."""
        drawn = np.random.default_rng(DIRECTIONS_SEED).normal(size=(count, self.size))
        drawn -= np.outer(drawn @ u, u)
        lengths = np.linalg.norm(drawn, axis=1, keepdims=True)
        drawn = np.divide(drawn, lengths, out=np.zeros_like(drawn), where=lengths > 1e-12)  # P = 1 has no tangent vector
        return np.concatenate((drawn, -drawn))

    def gradient_jumps(self, u: Vector) -> bool:
        """Whether u lies on a kink of N: then grad N is one of several, and solving with it shows nothing."""
        before, after = (self.gradient(u + PROBE * v) for v in self.directions(u, 1))
        return float(np.linalg.norm(after - before)) > 1e3 * PROBE

    def hessian_jumps(self, u: Vector) -> bool:
        """Whether u lies on a kink of grad N; the pattern taken on the kink itself may be none of those around."""
        here, before, after = (self.hessian(w) for w in (u, *(u + PROBE * v for v in self.directions(u, 1))))
        return float(max(np.linalg.norm(here - before), np.linalg.norm(after - before))) > 1e3 * PROBE

    def newton(self, u: Vector, iterations: int = 100) -> Vector:
        """The best iterate of Newton's method for grad N(u) = lambda u, |u| = 1 from a unit vector u.

        Levenberg's damping by the squared residual keeps the quadratic order where solutions form a manifold: the step is the
        shortest one to it, and nothing moves along it.
        """
        best, smallest, stalled = u, math.inf, 0
        for _ in range(iterations):
            g = self.gradient(u)
            tangential = g - (g @ u) * u
            residual = float(np.linalg.norm(tangential))
            stalled = stalled + 1 if residual >= smallest / 2 else 0
            if residual < smallest:
                best, smallest = u, residual
            if not residual > 0.0 or stalled >= (3 if smallest < 1e-14 else 15):
                break
            values, vectors = self.tangent_hessian(u)
            damping = ROUNDING + 1e-4 * min(1.0, residual) ** 2
            step = -vectors @ (values / (values**2 + damping) * (vectors.T @ tangential))
            length = float(np.linalg.norm(step))
            u = u + step * min(1.0, LONGEST_STEP / length) if length > 0 else u
            u = u / np.linalg.norm(u)
        return best


def tangent_basis(u: Vector) -> Matrix:
    """An orthonormal basis (P, P-1) of the vectors orthogonal to the unit vector u: a Householder reflection, less a column.

    >>> bool(np.allclose(tangent_basis(np.array([0.6, 0.8])), [[-0.8], [0.6]]))
    True
    """
    sign = 1.0 if u[0] >= 0 else -1.0
    v = u.copy()
    v[0] += sign
    reflection = np.eye(len(u)) - np.outer(v, v) / (1.0 + abs(u[0]))
    return np.asarray(reflection[:, 1:], dtype=np.float64)

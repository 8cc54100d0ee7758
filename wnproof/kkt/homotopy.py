"""Every complex class of eigenvectors of a form, in floating point: paths to N from the form ``sum_i c_i x_i^m / m``, whose
classes are known.

On the straight line between the forms the classes move along smooth paths, and every isolated class of N is the end of one. A
path is followed on the unit sphere: each step has the chart that is orthogonal to its own first point.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wnproof.kkt.form import Form, Points

SHORTEST_STEP = 1e-11
FIRST_STEP = 0.02
CONVERGED = 1e-6  # the last Newton step at the end of a path to a simple class, however close others are


@dataclass(frozen=True, eq=False)
class Line:
    """The forms ``(1 - t) sum_i c_i x_i^m / m + t N / scale`` with complex coefficients c (P,).

    Classes are pairs (x, l) with |x| = 1 and gradient l x; arrays are over B paths: x (B, P), l (B,), t (B,).
    """

    form: Form
    c: Points
    scale: float

    @classmethod
    def drawn(cls, form: Form, seed: int) -> Line:
        """From a start that the seed draws; for almost every one no two paths meet before t = 1."""
        rng = np.random.default_rng(seed)
        c = rng.uniform(0.7, 1.4, form.size) * np.exp(2j * np.pi * rng.random(form.size))
        x = rng.normal(size=(64, form.size)) + 1j * rng.normal(size=(64, form.size))
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        return cls(form, c, float(np.sqrt((np.abs(form.at(x)[0]) ** 2).sum(axis=1).mean() * form.size)))

    def starts(self) -> tuple[Points, Points]:
        """The classes at t = 0: ``c_i x_i^(m-2) = l`` on a set of entries, all others 0."""
        size, degree = self.form.size, self.form.degree
        if degree == 2:
            return np.eye(size, dtype=np.complex128), self.c.copy()
        turns = range(degree - 2)
        roots = self.c ** (-1 / (degree - 2))
        found = []
        for count in range(1, size + 1):
            for chosen in itertools.combinations(range(size), count):
                for turn in itertools.product((0,), *(turns for _ in chosen[1:])):
                    x = np.zeros(size, dtype=np.complex128)
                    x[list(chosen)] = roots[list(chosen)] * np.exp(2j * np.pi * np.array(turn) / (degree - 2))
                    found.append(x)
        return normalized(np.array(found), np.ones(len(found), dtype=np.complex128), degree)

    def system(self, chart: Points, x: Points, ell: Points, t: NDArray[np.float64]) -> tuple[Points, Points, Points]:
        """(gradient - l x, <chart, x> - 1) (B, P+1), its Jacobian, and its derivative in t."""
        size, power = self.form.size, self.form.degree - 2
        gradient, hessian = self.form.at(x)
        s = (1 - t)[:, None]
        bent = self.c * x**power
        value, jacobian, moved = (np.zeros((len(x), size + 1, *more), dtype=np.complex128) for more in ((), (size + 1,), ()))
        value[:, :size] = s * bent * x + t[:, None] * gradient / self.scale - ell[:, None] * x
        value[:, size] = (chart * x).sum(axis=1) - 1
        jacobian[:, :size, :size] = t[:, None, None] * hessian / self.scale
        own = np.arange(size)
        jacobian[:, own, own] += s * (power + 1) * bent - ell[:, None]
        jacobian[:, :size, size] = -x
        jacobian[:, size, :size] = chart
        moved[:, :size] = gradient / self.scale - bent * x
        return value, jacobian, moved


def normalized(x: Points, ell: Points, degree: int) -> tuple[Points, Points]:
    """The same classes with |x| = 1: l scales with x like its (m - 2)-th power."""
    length = np.linalg.norm(x, axis=1)
    return x / length[:, None], ell / length ** (degree - 2)


@dataclass(frozen=True, eq=False)
class Ends:
    """Where paths end: unit vectors x (B, P), ``simple`` (B,) where Newton's method converges to a regular solution there."""

    x: Points
    simple: NDArray[np.bool_]


def ends(form: Form, seed: int, tolerance: float, chosen: NDArray[np.intp] | None = None) -> Ends:
    """The ends of all paths, or of the ``chosen`` ones.

    Args:
        form: of degree 2 at least.
        seed: of the coefficients at the start.
        tolerance: largest first Newton step after a prediction: smaller ones follow a path more closely.
        chosen: numbers of paths.

    A classical Runge-Kutta step predicts, two Newton steps correct. A path whose steps become too short ends in no simple class.

    >>> import sympy as sp
    >>> from wnproof.derive.sphere import sphere_problem
    >>> u, v = sp.symbols("u v")
    >>> found = ends(Form.of(sphere_problem(u**3 + v**3, (u, v))), seed=0, tolerance=1e-4)
    >>> found.simple.sum(), sorted(np.round(abs(found.x[:, 0]), 6).tolist())
    (np.int64(3), [0.0, 0.707107, 1.0])
    """
    line = Line.drawn(form, seed)
    x, ell = line.starts()
    if chosen is not None:
        x, ell = x[chosen], ell[chosen]
    t, h = np.zeros(len(x)), np.full(len(x), FIRST_STEP)
    while len(moving := np.nonzero((t < 1) & (h > SHORTEST_STEP))[0]):
        step = np.minimum(h[moving], 1 - t[moving])
        x_new, ell_new, first, second = _advanced(line, x[moving], ell[moving], t[moving], step)
        good = (first < tolerance) & (second < 1e-3 * tolerance)
        kept = moving[good]
        x[kept], ell[kept] = normalized(x_new[good], ell_new[good], form.degree)
        t[kept] = np.where(step[good] < h[kept], 1.0, t[kept] + step[good])
        growth = 0.8 * (tolerance / np.maximum(first, 1e-12)) ** 0.2  # the error of a step is of its fifth order
        h[moving] = np.where(good, h[moving] * np.clip(growth, 0.5, 2.0), step * 0.4)
    last = np.full(len(x), np.inf)
    for _ in range(4):
        dx, dell, solved = _newton(line, x.conj(), x, ell, np.ones(len(x)))
        last = np.where(solved, np.linalg.norm(dx, axis=1), np.inf)
        better = (last < 1e-3) & (t >= 1)
        x[better], ell[better] = normalized(x[better] + dx[better], ell[better] + dell[better], form.degree)
    return Ends(x, (t >= 1) & (last < CONVERGED))


def _advanced(
    line: Line, x: Points, ell: Points, t: NDArray[np.float64], h: NDArray[np.float64]
) -> tuple[Points, Points, NDArray[np.float64], NDArray[np.float64]]:
    """One step: the new x and l, and the lengths of the two Newton steps that led there."""
    chart, size = x.conj(), line.form.size

    def velocity(dz: Points, share: float) -> Points:
        _, jacobian, moved = line.system(chart, x + dz[:, :size], ell + dz[:, size], t + share * h)
        return _solved(jacobian, -moved)[0]

    k1 = velocity(np.zeros((len(x), size + 1), dtype=np.complex128), 0.0) * h[:, None]
    k2 = velocity(k1 / 2, 0.5) * h[:, None]
    k3 = velocity(k2 / 2, 0.5) * h[:, None]
    k4 = velocity(k3, 1.0) * h[:, None]
    dz = (k1 + 2 * k2 + 2 * k3 + k4) / 6
    x, ell = x + dz[:, :size], ell + dz[:, size]
    lengths = []
    for _ in range(2):
        dx, dell, solved = _newton(line, chart, x, ell, t + h)
        lengths.append(np.where(solved, np.hypot(np.linalg.norm(dx, axis=1), np.abs(dell)), np.inf))
        x, ell = x + dx, ell + dell
    return x, ell, lengths[0], lengths[1]


def _newton(
    line: Line, chart: Points, x: Points, ell: Points, t: NDArray[np.float64]
) -> tuple[Points, Points, NDArray[np.bool_]]:
    value, jacobian, _ = line.system(chart, x, ell, t)
    step, solved = _solved(jacobian, -value)
    return step[:, :-1], step[:, -1], solved


def _solved(matrices: Points, right: Points) -> tuple[Points, NDArray[np.bool_]]:
    """The solutions, 0 where there is none or the entries are not finite, and which ones there are."""
    fine: NDArray[np.bool_] = np.logical_and(np.isfinite(matrices).all(axis=(1, 2)), np.isfinite(right).all(axis=1))
    matrices = np.where(fine[:, None, None], matrices, np.eye(matrices.shape[1]))
    right = np.where(fine[:, None], right, 0)
    try:
        solution = np.linalg.solve(matrices, right[:, :, None])[:, :, 0]
    except np.linalg.LinAlgError:  # one singular matrix spoils the batch
        shifted = matrices + 1e-14 * np.abs(matrices).max(axis=(1, 2))[:, None, None] * np.eye(matrices.shape[1])
        solution = np.linalg.solve(shifted, right[:, :, None])[:, :, 0]
    fine &= np.isfinite(solution).all(axis=1)
    return np.where(fine[:, None], solution, 0), fine

"""Taylor series of the gradient flow of two-layer (leaky) ReLU networks inside one mode.

A mode says for every neuron and kink on which side the neuron is, or that it slides along the kink. Within a mode the flow is
analytic, and the loss's own series is all that is not a product.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from wnproof.simulation.residuals import Residual
from wnproof.simulation.rows import Rows

FloatArray = NDArray[np.float64]
Modes = NDArray[np.int8]
TIED = 1e-11  # of the size of a series: a coefficient below it is rounding


@dataclass(frozen=True)
class State:
    """Raw rows of the first layer, output weights A (c, m), output biases b (c,)."""

    raw: tuple[FloatArray, ...]
    A: FloatArray
    b: FloatArray


Held = dict[tuple[int, ...], tuple[FloatArray, FloatArray]]
"""Kinks S -> the pseudo-inverse of E_S^T, and I - pinv(E_S) E_S."""


@dataclass(frozen=True, eq=False)
class TwoLayer:
    """f = scale (A sigma(W x) + b) on data whose parallel samples share a kink.

    Attributes:
        lines: unit normals of the kinks (K, D).
        right, left: (n, K); sigma(w.x_i) = right[i, g] (w.e_g) where w.e_g > 0 and left[i, g] (w.e_g) where w.e_g < 0, with g the
            kink of sample i; all other entries are zero, and so is the row of a zero sample.
        residual: dl/df as a series.
        rows: how W is made of raw parameters.
        scale: in front of the output.
        trained: whether A is, and b is.
        held: projections onto intersections of kinks, as they are needed.
    """

    lines: FloatArray
    right: FloatArray
    left: FloatArray
    residual: Residual
    rows: Rows
    scale: float
    trained: tuple[bool, bool]
    held: Held = field(default_factory=dict, repr=False)

    def sliding(self, modes: Modes) -> Sliding:
        """Which kinks each neuron slides along in these modes (m, K)."""
        return sliding(self.lines, modes, self.held)

    def outputs(self, W: FloatArray, A: FloatArray, b: FloatArray) -> FloatArray:
        """f (c, n, T) of effective rows W (m, D, T), output weights A (c, m, T) and biases b (c, T)."""
        heights = np.tensordot(self.lines, W, (1, 1))
        sides = ((self.right, np.maximum(heights, 0)), (self.left, np.minimum(heights, 0)))
        sums = sum(np.einsum("ik,kct->cit", factors, np.einsum("cmt,kmt->kct", A, part)) for factors, part in sides)
        return np.asarray(self.scale * (sums + b[:, None]))

    def series(self, state: State, modes: Modes, sliding: Sliding, order: int, pace: float = 1.0) -> Series:
        """The coefficients 0..order, in time / pace, of the solution through the state, while the modes (m, K) last."""
        up, down = modes > 0, modes < 0
        rows = self.rows.series(state.raw, order)
        (c, m), n = state.A.shape, len(self.right)
        A, b = np.zeros((order + 1, c, m)), np.zeros((order + 1, c))
        A[0], b[0] = state.A, state.b
        S, F, R = np.zeros((order + 1, m, n)), np.zeros((order + 1, c, n)), np.zeros((order + 1, c, n))
        above, below = np.zeros((order + 1, *modes.shape)), np.zeros((order + 1, *modes.shape))
        force = np.zeros((order + 1, m, self.lines.shape[1]))
        for k in range(order + 1):
            height = rows.W[k] @ self.lines.T
            S[k] = (height * up) @ self.right.T + (height * down) @ self.left.T
            F[k] = self.scale * (_convolved("lcm,lmn->cn", A, S, k) + b[k][:, None])
            self.residual.extend(R, F, k)
            pull = self.scale * _convolved("lcm,lcn->mn", A, R, k)
            above[k], below[k] = pull @ self.right, pull @ self.left
            force[k] = (above[k] * up + below[k] * down) @ self.lines
            if k < order:
                rows.advance(k, force[k], sliding, self.lines, pace)
                if self.trained[0]:
                    A[k + 1] = -pace * self.scale * _convolved("lmn,lcn->cm", S, R, k) / (k + 1)
                if self.trained[1]:
                    b[k + 1] = -pace * self.scale * R[k].sum(axis=1) / (k + 1)
        return Series(rows.W, rows.raw, A, b, R, above, below, force, self.lines, pace, rows.held)


@dataclass(frozen=True, eq=False)
class Sliding:
    """Which kinks each neuron slides along: {neuron: (kinks S, pseudo-inverse of E_S^T)}, and the projections (m, D, D)."""

    along: dict[int, tuple[NDArray[np.intp], FloatArray]]
    projections: FloatArray | None

    def projected(self, force: FloatArray) -> FloatArray:
        """The force on each neuron (m, D) without what the kinks it slides along hold back."""
        return force if self.projections is None else np.asarray(np.einsum("mab,mb->ma", self.projections, force))


def sliding(lines: FloatArray, modes: Modes, held: Held | None = None) -> Sliding:
    """The projections I - pinv(E_S) E_S of the neurons that slide; those found are kept in ``held``.

    >>> sliding(np.eye(2), np.array([[0, 1], [1, 1]], dtype=np.int8)).projected(np.ones((2, 2))).tolist()
    [[0.0, 1.0], [1.0, 1.0]]
    """
    along: dict[int, tuple[NDArray[np.intp], FloatArray]] = {}
    held = {} if held is None else held
    neurons = np.flatnonzero((modes == 0).any(axis=1))
    if not neurons.size:
        return Sliding(along, None)
    D = lines.shape[1]
    projections = np.tile(np.eye(D), (len(modes), 1, 1))
    for j in neurons:
        S = np.flatnonzero(modes[j] == 0)
        kinks = tuple(S.tolist())
        if kinks not in held:
            inverse = np.asarray(np.linalg.pinv(lines[S].T), dtype=np.float64)
            held[kinks] = inverse, np.eye(D) - lines[S].T @ inverse
        along[int(j)] = S, held[kinks][0]
        projections[j] = held[kinks][1]
    return Sliding(along, projections)


@dataclass(frozen=True, eq=False)
class Series:
    """Coefficients over k = 0..order of the solution, of the residuals R (c, n), and of the forces.

    Attributes:
        W, raw, A, b: the parameters' series.
        R: dl/df.
        above, below: (order+1, m, K), what a kink pulls with on its right and left side; one that is slid along pulls with
            something between.
        force: (order+1, m, D), of the kinks that are not slid along; w' = -projected force.
        lines: unit normals of the kinks.
        pace: the time that the series' variable 1 stands for.
        held: {neuron: (order+1, kinks)} what its kinks hold back, where that is no projection of the force.
    """

    W: FloatArray
    raw: tuple[FloatArray, ...]
    A: FloatArray
    b: FloatArray
    R: FloatArray
    above: FloatArray
    below: FloatArray
    force: FloatArray
    lines: FloatArray
    pace: float
    held: dict[int, FloatArray]

    @cached_property
    def heights(self) -> FloatArray:
        """w_j . e_g, (order+1, m, K)."""
        return self.W @ self.lines.T

    @cached_property
    def sizes(self) -> FloatArray:
        """The largest entry of each coefficient (order+1,), relative to the block of parameters it belongs to."""
        arrays = [np.abs(a).reshape(len(a), -1).max(axis=1) for a in (*self.raw, self.W, self.A)]
        largest = max(float(a[0]) for a in arrays) + 1e-300
        return np.asarray(np.maximum.reduce([a / (a[0] if a[0] > 0 else largest) for a in arrays]) + 1e-300)

    @property
    def rate(self) -> float:
        """The largest entry of coefficient 1, relative to that of coefficient 0 of any block."""
        still, moving = (max(float(np.abs(a[k]).max()) for a in (*self.raw, self.A)) for k in (0, 1))
        return moving / max(still, 1e-300)

    @property
    def unit(self) -> float:
        """A time in which the solution changes by its own size: min_k (|c_0| / |c_k|)^(1/k), k <= 5."""
        k = np.arange(1, min(6, len(self.sizes)))
        return float(((self.sizes[0] / self.sizes[k]) ** (1 / k)).min())

    def reach(self, tolerance: float) -> float:
        """The step at which the last two coefficients are ``tolerance`` of the solution."""
        k = np.array([len(self.sizes) - 2, len(self.sizes) - 1])
        return float(((tolerance * self.sizes[0] / self.sizes[k]) ** (1 / k)).min())

    def slacks(self, j: int, S: NDArray[np.intp], inverse: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(q - below, above - q), (order+1, |S|): neuron j goes on sliding along S while both stay >= 0.

        q, what the kinks hold back, is what makes w_j stay on them: E_S^T q = -force.
        """
        low, high = self.below[:, j, S], self.above[:, j, S]
        if j in self.held:  # known up to the last coefficient
            low, high = low[:-1], high[:-1]
            q = self.held[j][:-1]
        else:
            q = -self.force[:, j] @ inverse.T
        return q - low, high - q

    @property
    def path(self) -> Path:
        """The parameters alone."""
        return Path(self.raw, self.A, self.b, self.pace)


@dataclass(frozen=True, eq=False)
class Path:
    """The parameters as polynomials in time / pace, coefficients first."""

    raw: tuple[FloatArray, ...]
    A: FloatArray
    b: FloatArray
    pace: float

    def at(self, time: float) -> State:
        """The state at a time after the start."""
        h = time / self.pace
        return State(tuple(horner(a, h) for a in self.raw), horner(self.A, h), horner(self.b, h))


def horner(coefficients: FloatArray, h: float) -> FloatArray:
    """sum_k coefficients[k] h^k.

    >>> float(horner(np.array([1.0, 2.0, 3.0]), 2.0))
    17.0
    """
    value = coefficients[-1]
    for c in coefficients[-2::-1]:
        value = value * h + c
    return np.asarray(value)


def _convolved(rule: str, a: FloatArray, b: FloatArray, k: int) -> FloatArray:
    return np.asarray(np.einsum(rule, a[: k + 1], b[k::-1]))

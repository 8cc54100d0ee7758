"""Weight-normalized rows with a bias beside them, which is not normalized: on a kink the direction is no longer orthogonal to the
data, so that what the kink holds back depends on the metric of the raw parameters, and on time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wnproof.simulation.rows import NormalizedRows, RowSeries

if TYPE_CHECKING:
    from wnproof.simulation.taylor import Sliding

FloatArray = NDArray[np.float64]


class BiasedRows(NormalizedRows):
    """raw = (V, g, b): the effective row is (gain(g) V/|V|, b), with b' = -its gradient. A row of length zero is on no kink."""

    def series(self, raw: tuple[FloatArray, ...], order: int) -> RowSeries:
        """The series through raw."""
        return _BiasedSeries(super().series(raw[:2], order), raw, self)

    def effective(self, raw: tuple[FloatArray, ...]) -> FloatArray:
        """W (m, D) with the bias as its last column."""
        return np.concatenate([super().effective(raw[:2]), raw[2][:, None]], axis=1)

    def located(self, raw: tuple[FloatArray, ...]) -> FloatArray:
        """The effective rows: where they are on kinks depends on their lengths."""
        return self.effective(raw)

    def met(self, raw: tuple[FloatArray, ...], j: int, normals: FloatArray) -> None:
        """No kink is met by a length that vanishes."""

    def vanished(self, raw: tuple[FloatArray, ...], j: int) -> bool:  # noqa: ARG002
        """Never: the bias keeps the sides."""
        return False

    def onto(self, raw: tuple[FloatArray, ...], j: int, projection: FloatArray) -> None:
        """Put the effective row onto its kinks, V at its own length."""
        V, g, b = raw
        row = projection @ self.effective(raw)[j]
        length = float(np.linalg.norm(row[:-1]))
        b[j] = row[-1]
        if length > 0:
            side = 1.0 if self.exponential else float(np.sign(g[j]))
            V[j] = side * row[:-1] * (np.linalg.norm(V[j]) / length)
            g[j] = np.log(length) if self.exponential else side * length

    def metric(self, raw: tuple[FloatArray, ...], j: int) -> FloatArray:
        """(D, D), by which the effective row follows minus its gradient."""
        V, g = raw[0][j], raw[1][j]
        u, gain = V / np.linalg.norm(V), np.exp(g) if self.exponential else g
        stretch = gain if self.exponential else 1.0
        K = np.eye(len(V) + 1)
        K[:-1, :-1] = gain**2 / (V @ V) * (np.eye(len(V)) - np.outer(u, u)) + stretch**2 * np.outer(u, u)
        return K


class _BiasedSeries(RowSeries):
    def __init__(self, normalized: RowSeries, raw: tuple[FloatArray, ...], rows: BiasedRows) -> None:
        self.normalized, self.b, self.held = normalized, np.zeros((len(normalized.W), len(raw[2]))), {}
        self.b[0] = raw[2]
        self.W = np.zeros((*normalized.W.shape[:2], raw[0].shape[1] + 1))
        self.W[0] = rows.effective(raw)
        self.raw = (*normalized.raw, self.b)
        self.rows, self.start = rows, raw
        self.shares: dict[int, FloatArray] = {}

    def extend(self, k: int, gradient: FloatArray) -> None:
        self.normalized.extend(k, gradient[:, :-1])
        self.b[k + 1] = -gradient[:, -1] / (k + 1)
        self.W[k + 1, :, :-1], self.W[k + 1, :, -1] = self.normalized.W[k + 1], self.b[k + 1]

    def advance(self, k: int, force: FloatArray, along: Sliding, lines: FloatArray, pace: float) -> None:
        """What holds rows on their kinks makes the next coefficient of their heights vanish, on which it acts linearly."""
        self.extend(k, pace * force)
        if not along.along:
            return
        gradient = force.copy()
        for j, (S, _) in along.along.items():
            if j not in self.held:
                self.held[j] = np.zeros((len(self.W), len(S)))
                self.shares[j] = np.asarray(np.linalg.inv(lines[S] @ self.rows.metric(self.start, j) @ lines[S].T))
            self.held[j][k] = self.shares[j] @ (lines[S] @ self.W[k + 1, j]) * ((k + 1) / pace)
            gradient[j] += self.held[j][k] @ lines[S]
        self.extend(k, pace * gradient)

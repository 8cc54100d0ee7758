"""Taylor series of a first layer's rows: plain, or a length times a direction (weight normalization)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from wnproof.simulation.taylor import Sliding

FloatArray = NDArray[np.float64]
ON_KINK, OFF_KINK, NOTHING = 1e-11, 1e-6, 1e-13  # of a row; of a row; of the longest


class RowSeries(ABC):
    """Series of W (order+1, m, D) and of the raw parameters, extended one coefficient at a time.

    Attributes:
        W: the effective rows.
        raw: series of the raw parameters, in the order of the state.
        held: {neuron: (order+1, kinks)} what its kinks hold back, where that is no projection of the force.
    """

    W: FloatArray
    raw: tuple[FloatArray, ...]
    held: dict[int, FloatArray] = MappingProxyType({})  # type: ignore[assignment]

    @abstractmethod
    def extend(self, k: int, gradient: FloatArray) -> None:
        """Set coefficient k + 1, given coefficient k (m, D) of the gradient in W that is left after sliding."""

    def advance(self, k: int, force: FloatArray, along: Sliding, lines: FloatArray, pace: float) -> None:  # noqa: ARG002
        """Set coefficient k + 1, in time / pace, given coefficient k (m, D) of the force and the kinks that are slid along."""
        self.extend(k, pace * along.projected(force))


class Rows(ABC):
    """How the first layer's rows are made of raw parameters.

    Attributes:
        reach_zero: whether a row may become zero and be released from there.
    """

    reach_zero: bool = False

    @abstractmethod
    def series(self, raw: tuple[FloatArray, ...], order: int) -> RowSeries:
        """The series through raw, with coefficient 0 set."""

    @abstractmethod
    def effective(self, raw: tuple[FloatArray, ...]) -> FloatArray:
        """W (m, D)."""

    def located(self, raw: tuple[FloatArray, ...]) -> FloatArray:
        """Vectors (m, D) that are on a kink where the rows are."""
        return raw[0]

    def met(self, raw: tuple[FloatArray, ...], j: int, normals: FloatArray) -> None:  # noqa: B027 - most rows have no length
        """Row j has met kinks with these normals: set its length to zero, in place, where its direction is on none of them."""

    def vanished(self, raw: tuple[FloatArray, ...], j: int) -> bool:  # noqa: ARG002
        """Whether row j has a direction and no length, so that it changes all its sides at once."""
        return False

    def rounding(self, raw: tuple[FloatArray, ...], j: int) -> float:
        """Row j is on the kinks it is this near to, raw."""
        return ON_KINK * float(np.linalg.norm(self.located(raw)[j]))

    @abstractmethod
    def onto(self, raw: tuple[FloatArray, ...], j: int, projection: FloatArray) -> None:
        """Put row j exactly onto its kinks, in place; what changes is rounding."""


class PlainRows(Rows):
    """raw = (W,), W' = -gradient."""

    reach_zero: bool = True

    def series(self, raw: tuple[FloatArray, ...], order: int) -> RowSeries:
        """The series through raw."""
        return _PlainSeries(raw[0], order)

    def effective(self, raw: tuple[FloatArray, ...]) -> FloatArray:
        """W (m, D)."""
        return raw[0]

    def rounding(self, raw: tuple[FloatArray, ...], j: int) -> float:
        """Row j is on the kinks it is this near to."""
        return max(super().rounding(raw, j), NOTHING * float(np.abs(raw[0]).max()))

    def onto(self, raw: tuple[FloatArray, ...], j: int, projection: FloatArray) -> None:
        """Put row j onto its kinks."""
        raw[0][j] = projection @ raw[0][j]


class _PlainSeries(RowSeries):
    def __init__(self, W: FloatArray, order: int) -> None:
        self.W = np.zeros((order + 1, *W.shape))
        self.W[0] = W
        self.raw = (self.W,)

    def extend(self, k: int, gradient: FloatArray) -> None:
        self.W[k + 1] = -gradient / (k + 1)


class UnitRows(PlainRows):
    """raw = (W,), W' = -(gradient - (w . gradient) w), row by row: rows of length one keep it.

    On a kink its normal is orthogonal to w, so what the kink holds back is that of the plain network.
    """

    reach_zero: bool = False

    def series(self, raw: tuple[FloatArray, ...], order: int) -> RowSeries:
        """The series through raw."""
        return _UnitSeries(raw[0], order)

    def onto(self, raw: tuple[FloatArray, ...], j: int, projection: FloatArray) -> None:
        """Put row j onto its kinks, at its own length."""
        w = projection @ raw[0][j]
        raw[0][j] = w * (np.linalg.norm(raw[0][j]) / np.linalg.norm(w))


class _UnitSeries(_PlainSeries):
    def __init__(self, W: FloatArray, order: int) -> None:
        super().__init__(W, order)
        self.gradients, self.radial = np.zeros_like(self.W), np.zeros(self.W.shape[:2])

    def extend(self, k: int, gradient: FloatArray) -> None:
        self.gradients[k] = gradient
        self.radial[k] = np.einsum("lmd,lmd->m", self.W[: k + 1], self.gradients[k::-1])
        along = np.einsum("lm,lmd->md", self.radial[: k + 1], self.W[k::-1])
        self.W[k + 1] = (along - gradient) / (k + 1)


@dataclass(frozen=True)
class NormalizedRows(Rows):
    """raw = (V, g): W = gain(g) V/|V|, gain(g) = g or, when exponential, exp(g).

    |V| is conserved. With u = V/|V| and h = u . gradient: V' = -(gain/|V|) (gradient - h u), g' = -gain'(g) h. On a kink the
    normal is orthogonal to u, so the kink's sides, signs and what it holds back are those of the plain network.
    """

    exponential: bool

    def series(self, raw: tuple[FloatArray, ...], order: int) -> RowSeries:
        """The series through raw."""
        return _NormalizedSeries(raw[0], raw[1], order, self.exponential)

    def effective(self, raw: tuple[FloatArray, ...]) -> FloatArray:
        """W (m, D)."""
        V, g = raw
        gain = np.exp(g) if self.exponential else g
        return np.asarray(gain[:, None] * V / np.linalg.norm(V, axis=1, keepdims=True))

    def met(self, raw: tuple[FloatArray, ...], j: int, normals: FloatArray) -> None:
        """Set g_j to zero where V_j is on none of the kinks."""
        V, g = raw
        if not self.exponential and len(normals) and (np.abs(normals @ V[j]) > OFF_KINK * np.linalg.norm(V[j])).all():
            g[j] = 0.0

    def vanished(self, raw: tuple[FloatArray, ...], j: int) -> bool:
        """Whether g_j is zero."""
        return not self.exponential and bool(raw[1][j] == 0)

    def onto(self, raw: tuple[FloatArray, ...], j: int, projection: FloatArray) -> None:
        """Put row j onto its kinks, at its own length."""
        v = projection @ raw[0][j]
        raw[0][j] = v * (np.linalg.norm(raw[0][j]) / np.linalg.norm(v))


class _NormalizedSeries(RowSeries):
    def __init__(self, V: FloatArray, g: FloatArray, order: int, exponential: bool) -> None:
        self.exponential = exponential
        self.length = np.linalg.norm(V, axis=1)
        self.V, self.g, self.gain = (np.zeros((order + 1, *a.shape)) for a in (V, g, g))
        self.radial, self.gradients = np.zeros((order + 1, len(g))), np.zeros((order + 1, *V.shape))
        self.tangential, self.W = np.zeros_like(self.gradients), np.zeros_like(self.gradients)
        self.V[0], self.g[0], self.gain[0] = V, g, np.exp(g) if exponential else g
        self.W[0] = (self.gain[0] / self.length)[:, None] * V
        self.raw = (self.V, self.g)

    def extend(self, k: int, gradient: FloatArray) -> None:
        self.gradients[k] = gradient
        past = slice(k, None, -1)
        self.radial[k] = np.einsum("lmd,lmd->m", self.V[: k + 1], self.gradients[past]) / self.length
        along = np.einsum("lmd,lm->md", self.V[: k + 1], self.radial[past]) / self.length[:, None]
        self.tangential[k] = gradient - along
        self.V[k + 1] = -np.einsum("lm,lmd->md", self.gain[: k + 1], self.tangential[past]) / (self.length[:, None] * (k + 1))
        if self.exponential:
            self.g[k + 1] = -np.einsum("lm,lm->m", self.gain[: k + 1], self.radial[past]) / (k + 1)
            steps = np.arange(k + 1, 0, -1)[:, None]
            self.gain[k + 1] = (self.gain[: k + 1] * steps * self.g[k + 1 : 0 : -1]).sum(axis=0) / (k + 1)
        else:
            self.g[k + 1] = self.gain[k + 1] = -self.radial[k] / (k + 1)
        self.W[k + 1] = np.einsum("lm,lmd->md", self.gain[: k + 2], self.V[k + 1 :: -1]) / self.length[:, None]

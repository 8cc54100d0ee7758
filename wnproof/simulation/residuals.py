"""dl/df along a Taylor series of the outputs, for the losses whose derivative obeys a polynomial differential equation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Residual(ABC):
    """R(t) = weight l'(F(t), y), with y (c, n); F and R are series (order+1, c, n).

    Abstract; one class per loss.
    """

    y: FloatArray
    weight: float

    @abstractmethod
    def extend(self, R: FloatArray, F: FloatArray, k: int) -> None:
        """Set R[k], given F[:k+1] and R[:k]."""

    @abstractmethod
    def loss(self, F: FloatArray) -> FloatArray:
        """The loss (T,), up to what does not depend on F, of outputs (c, n, T)."""

    @abstractmethod
    def size(self, r: FloatArray) -> float:
        """The size of residuals that rounding is relative to, when they are r (c, n) now."""


@dataclass(frozen=True, eq=False)
class Affine(Residual):
    """weight (F - y).

    >>> R = np.zeros((2, 1, 1))
    >>> loss = Affine(np.array([[3.0]]), 2.0)
    >>> [loss.extend(R, np.array([[[5.0]], [[7.0]]]), k) for k in (0, 1)] and R.ravel().tolist()
    [4.0, 14.0]
    """

    def extend(self, R: FloatArray, F: FloatArray, k: int) -> None:
        """Set R[k]."""
        R[k] = self.weight * (F[k] - self.y if k == 0 else F[k])

    def loss(self, F: FloatArray) -> FloatArray:
        """Weight (F - y)^2 / 2, summed."""
        return np.asarray(self.weight * ((F - self.y[..., None]) ** 2).sum(axis=(0, 1)) / 2)

    def size(self, r: FloatArray) -> float:
        """The labels': outputs carry their rounding however small the residuals are."""
        return max(float(np.abs(r).max()), self.weight * float(np.abs(self.y).max()))


@dataclass(frozen=True, eq=False)
class Exponential(Residual):
    """-weight y exp(-y F): R' = -y F' R."""

    def extend(self, R: FloatArray, F: FloatArray, k: int) -> None:
        """Set R[k]."""
        if k == 0:
            R[0] = -self.weight * self.y * np.exp(-self.y * F[0])
        else:
            slopes = np.arange(1, k + 1)[:, None, None] * F[1 : k + 1]
            R[k] = -self.y * (slopes * R[k - 1 :: -1]).sum(axis=0) / k

    def loss(self, F: FloatArray) -> FloatArray:
        """Weight exp(-y F), summed."""
        return np.asarray(self.weight * np.exp(-self.y[..., None] * F).sum(axis=(0, 1)))

    def size(self, r: FloatArray) -> float:
        """Their own: they are right relative to themselves."""
        return float(np.abs(r).max())


@dataclass(frozen=True, eq=False)
class Logistic(Residual):
    """-weight y s with s = 1/(1 + exp(y F)): s' = -y F' s (1 - s)."""

    def extend(self, R: FloatArray, F: FloatArray, k: int) -> None:
        """Set R[k]."""
        front = -self.weight * self.y
        if k == 0:
            R[0] = front * expit(-self.y * F[0])
            return
        s = np.divide(R[:k], front, out=np.zeros_like(R[:k]), where=front != 0)
        rates = np.stack([s[j] - (s[: j + 1] * s[j::-1]).sum(axis=0) for j in range(k)])
        slopes = np.arange(1, k + 1)[:, None, None] * F[1 : k + 1]
        R[k] = front * -self.y * (slopes * rates[::-1]).sum(axis=0) / k

    def loss(self, F: FloatArray) -> FloatArray:
        """Weight log(1 + exp(-y F)), summed."""
        return np.asarray(self.weight * np.logaddexp(0, -self.y[..., None] * F).sum(axis=(0, 1)))

    def size(self, r: FloatArray) -> float:
        """Their own: they are right relative to themselves."""
        return float(np.abs(r).max())


@dataclass(frozen=True, eq=False)
class Constant(Residual):
    """dl/df = y: of the loss sum y f.

    >>> R = np.ones((2, 1, 1))
    >>> loss = Constant(np.array([[3.0]]), 1.0)
    >>> [loss.extend(R, R, k) for k in (0, 1)] and R.ravel().tolist()
    [3.0, 0.0]
    """

    def extend(self, R: FloatArray, F: FloatArray, k: int) -> None:  # noqa: ARG002
        """Set R[k]."""
        R[k] = self.weight * self.y if k == 0 else 0.0

    def loss(self, F: FloatArray) -> FloatArray:
        """Weight y F, summed."""
        return np.asarray(self.weight * (self.y[..., None] * F).sum(axis=(0, 1)))

    def size(self, r: FloatArray) -> float:
        """Their own."""
        return float(np.abs(r).max())

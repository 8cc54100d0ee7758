"""Ascent along kinks: the shortest vector in the hull of gradients at points nearby, and steps along it.

Every gradient is one of a point close by, so every pattern of kinks in it is realized there: no product over all patterns of
neurons, most of which are none of any point. The length of the shortest vector is at least the distance of 0 to the
generalized gradients within the radius (Goldstein), whatever is drawn.

Source: Burke, Lewis, Overton 2005 for the method.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Gradients = Callable[[FloatArray], FloatArray]
LARGEST, SMALLEST, SHRINK = 1e-2, 1e-8, 0.1  # radii
LENGTHS = 0.5 ** np.arange(-2.0, 44.0)
HEAVY = 1e3  # of the row in least squares that makes the weights add up to 1


def shortest(vectors: FloatArray) -> FloatArray:
    """The shortest vector (P,) in the hull of the columns (P, M).

    >>> shortest(np.array([[1.0, 1.0], [-1.0, 2.0]])).round(12).tolist()
    [1.0, 0.0]
    """
    from scipy.optimize import nnls

    scale = float(np.abs(vectors).max()) or 1.0
    weights = nnls(np.vstack([vectors / scale, np.full(vectors.shape[1], HEAVY)]), np.append(np.zeros(len(vectors)), HEAVY))[0]
    return np.asarray(vectors @ (weights / weights.sum()))


@dataclass(frozen=True, eq=False)
class Sampled:
    """Ascent of a homogeneous function on the sphere from gradients in small balls.

    Attributes:
        gradients: theta (P, E) -> grad N (P, E), divided by the largest one.
        degree: L.
        draw: where the samples come from.
        rounds: how many steps at most.
    """

    gradients: Gradients
    degree: float
    draw: np.random.Generator
    rounds: int = 60

    def ascend(self, u: FloatArray) -> FloatArray:
        """From a unit vector (P,) to where no direction goes up, the radius shrinking on the way."""
        radius = LARGEST
        for _ in range(self.rounds):
            d = shortest(self.around(u, radius))
            length = float(np.linalg.norm(d))
            moved = None if length <= radius else self._searched(u, d / length)
            if moved is not None:
                u = moved
            elif radius <= SMALLEST:
                break
            else:
                radius *= SHRINK
        return u

    def residual(self, u: FloatArray, radius: float = SMALLEST, draws: int = 1) -> float:
        """Length of the shortest vector in the hull of tangential gradients within the radius of u (P,), 2P a draw."""
        return float(np.linalg.norm(shortest(np.hstack([self.around(u, radius) for _ in range(draws)]))))

    def around(self, u: FloatArray, radius: float) -> FloatArray:
        """Tangential gradients at u (P,) and at 2P points around: (P, 2P + 1)."""
        steps = self.draw.normal(size=(len(u), len(u)))
        steps *= radius / np.linalg.norm(steps, axis=0)
        points = u[:, None] + np.column_stack([np.zeros(len(u)), steps, -steps])
        points /= np.linalg.norm(points, axis=0)
        g = self.gradients(points)
        return np.asarray(g - (g * points).sum(axis=0) * points)

    def _searched(self, u: FloatArray, d: FloatArray) -> FloatArray | None:
        """The highest of many points along d, if it is higher than u."""
        points = np.column_stack([u, u[:, None] + LENGTHS * d[:, None]])
        points /= np.linalg.norm(points, axis=0)
        values = (self.gradients(points) * points).sum(axis=0)
        best = int(np.argmax(values))
        return points[:, best] if values[best] > values[0] + 1e-16 else None

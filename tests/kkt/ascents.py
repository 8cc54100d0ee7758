"""Float ascents and descents of one neuron's S on the sphere, which know nothing of faces, and where they end beside a list."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from wnproof.kkt.points import Kind

STEPS, RATE = 4000, 0.996
NEAR, SAME_VALUE = 1e-3, 1e-4  # radians, and relative to the largest value
ON_KINK = 1e-5


def slopes(neuron, w):
    """Of every row (n,) at each w, (..., d) -> (..., n)."""
    return np.where(w @ np.array(neuron.X, dtype=float).T > 0, 1.0, float(neuron.slope))


def ends(neuron, side, starts):
    """Where steps of shrinking length along the gradient, uphill (1) or downhill (-1), come to rest: values and directions."""
    X, y = np.array(neuron.X, dtype=float), np.array(neuron.y, dtype=float)
    w = np.random.default_rng(1).normal(size=(starts, X.shape[1]))
    w /= np.linalg.norm(w, axis=1, keepdims=True)
    for step in 0.2 * RATE ** np.arange(STEPS):
        g = (slopes(neuron, w) * y) @ X
        g -= (g * w).sum(axis=1, keepdims=True) * w
        w = w + side * step * g / np.maximum(np.linalg.norm(g, axis=1, keepdims=True), 1e-30)
        w /= np.linalg.norm(w, axis=1, keepdims=True)
    return (slopes(neuron, w) * (w @ X.T) * y).sum(axis=1), w


def end_of_ridge(neuron, w):
    """The rows on their kinks at w, and the critical direction of S on the set where they stay there."""
    X, y = np.array(neuron.X, dtype=float), np.array(neuron.y, dtype=float)
    sizes = np.linalg.norm(X, axis=1)
    rows = np.flatnonzero((np.abs(X @ w) <= ON_KINK * sizes) & (sizes > 0) & (y != 0))
    moving = np.setdiff1d(np.arange(len(X)), rows)
    g = (slopes(neuron, w)[moving] * y[moving]) @ X[moving]
    g -= np.linalg.pinv(X[rows]) @ (X[rows] @ g) if len(rows) else 0.0
    return tuple(rows.tolist()), g / np.linalg.norm(g) * np.sign(g @ w)


@dataclass
class Arrivals:
    """How many ends are at a listed extreme point and on a family of value 0; how many creep along a ridge, named by the rows on
    their kinks, whose own end is a listed extreme point of nearly the same value; and the values of the others.
    """

    points: int = 0
    families: int = 0
    ridges: Counter = field(default_factory=Counter)
    others: list = field(default_factory=list)

    def __str__(self):
        ridges = [f"{count} on the ridge of rows {', '.join(map(str, rows))}" for rows, count in sorted(self.ridges.items())]
        parts = [
            *([f"{self.points} at points"] if self.points else []),
            *([f"{self.families} on families"] if self.families else []),
        ]
        return ", ".join([*parts, *ridges, *([f"{len(self.others)} ELSEWHERE"] if self.others else [])])


def arrivals(listed, neuron, side, starts):
    """All ends beside a list."""
    extremes = [p for p in listed if p.kind in (Kind.MAXIMUM if side > 0 else Kind.MINIMUM, Kind.FLAT)]
    u, values = np.array([p.u for p in extremes]), np.array([p.value for p in extremes])
    scale = max(abs(p.value) for p in listed)
    found = Arrivals()
    for value, w in zip(*ends(neuron, side, starts), strict=True):
        same = np.abs(values - value) < SAME_VALUE * scale
        if (same & (np.linalg.norm(u - w, axis=1) < NEAR)).any():
            found.points += 1
        elif abs(value) < SAME_VALUE * scale and min((f.angle(w) for f in listed.families), default=np.inf) < NEAR:
            found.families += 1
        else:
            rows, end = end_of_ridge(neuron, w)
            if rows and (same & (np.linalg.norm(u - end, axis=1) < 1e-6)).any():
                found.ridges[rows] += 1
            else:
                found.others.append(float(value))
    return found

"""Ascents and descents in floating point, which know nothing of faces, all end at listed points of the right kind."""

from __future__ import annotations

import random

import numpy as np
import pytest

from wnproof.kkt.arrangement import neuron_kkt_points
from wnproof.kkt.neuron import Neuron
from wnproof.kkt.points import Kind
from wnproof.model.datasets import iris

STEPS, RATE = 4000, 0.996


def of_iris(columns, bias, positive, slope):
    table = iris(positive=positive)
    X = [[*(str(row[k]) for k in columns), *(["1"] if bias else [])] for row in table.exact_X]
    return Neuron.of(X, [int(label) for label in table.exact_y.ravel()], slope=slope)


def tied(n, d, slope):
    rng = random.Random(n + d)
    X = [[rng.randint(-6, 6) for _ in range(d)] for _ in range(n)]
    return Neuron.of(X, [rng.choice((-1, 1)) for _ in X], slope=slope)


def ends(neuron, side, starts):
    """Where steps of shrinking length along the gradient, uphill (1) or downhill (-1), come to rest: values and directions."""
    X, y = np.array(neuron.X, dtype=float), np.array(neuron.y, dtype=float)
    w = np.random.default_rng(1).normal(size=(starts, X.shape[1]))
    w /= np.linalg.norm(w, axis=1, keepdims=True)
    for step in 0.2 * RATE ** np.arange(STEPS):
        slopes = np.where(w @ X.T > 0, 1.0, float(neuron.slope))
        g = (slopes * y) @ X
        g -= (g * w).sum(axis=1, keepdims=True) * w
        w = w + side * step * g / np.maximum(np.linalg.norm(g, axis=1, keepdims=True), 1e-30)
        w /= np.linalg.norm(w, axis=1, keepdims=True)
    z = w @ X.T
    return (np.where(z > 0, z, float(neuron.slope) * z) * y).sum(axis=1), w


@pytest.mark.parametrize("side", [1, -1], ids=["up", "down"])
@pytest.mark.parametrize(
    "neuron",
    [
        of_iris((0, 1, 2), False, "setosa", "1/10"),
        of_iris((0, 1), True, "versicolor", "0"),
        of_iris((2, 3), True, "versicolor", "1/10"),
        tied(60, 3, "1/10"),
        tied(25, 4, "0"),
    ],
    ids=["iris 3", "sepal + bias", "petal + bias", "60 rows", "25 rows in space"],
)
def test_every_end_is_listed(neuron, side):
    listed = neuron_kkt_points(neuron, replay=0)
    assert listed.counted.agrees
    values, directions = ends(neuron, side, 60)
    scale = max(abs(point.value) for point in listed)
    kinds = (Kind.MAXIMUM if side > 0 else Kind.MINIMUM, Kind.FLAT)
    extremes = [point for point in listed if point.kind in kinds]
    assert extremes
    for value, w in zip(values, directions, strict=True):
        at = min(extremes, key=lambda point: np.linalg.norm(point.u - w))
        near = np.linalg.norm(at.u - w) < 1e-3 and abs(at.value - value) < 1e-4 * scale
        assert near or (listed.families and abs(value) < 1e-4 * scale and min(f.angle(w) for f in listed.families) < 1e-3)

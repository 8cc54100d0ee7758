"""Ascents and descents in floating point, which know nothing of faces, all end at listed points of the right kind."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from tests.kkt.ascents import arrivals
from wnproof.kkt.arrangement import neuron_kkt_points
from wnproof.kkt.neuron import Neuron
from wnproof.model.datasets import iris


def of_iris(columns, bias, positive, slope, first=0):
    table = iris(positive=positive)
    X = [[*(str(row[k]) for k in columns), *(["1"] if bias else [])] for row in table.exact_X[first:]]
    return Neuron.of(X, [int(label) for label in table.exact_y.ravel()[first:]], slope=slope)


def tied(n, d, slope):
    rng = random.Random(n + d)
    X = [[rng.randint(-6, 6) for _ in range(d)] for _ in range(n)]
    return Neuron.of(X, [rng.choice((-1, 1)) for _ in X], slope=slope)


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
    found = arrivals(listed, neuron, side, 60)
    assert not found.others
    assert found.points + found.families + found.ridges.total() == 60


def test_a_list_without_its_maximum_leaves_ends_elsewhere():
    neuron = tied(60, 3, "1/10")
    listed = neuron_kkt_points(neuron, replay=0)
    less = replace(listed, points=tuple(point for point in listed if point is not listed[0]))
    assert arrivals(less, neuron, 1, 60).others


def test_creeping_along_a_ridge_is_named():
    neuron = of_iris((0, 1), True, "versicolor", "1/10", first=50)
    found = arrivals(neuron_kkt_points(neuron, replay=0), neuron, 1, 60)
    assert not found.others
    assert set(found.ridges) == {(55,)}

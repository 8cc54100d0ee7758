"""The second engine's KKT points of one neuron against the package's, on small data full of ties."""

from __future__ import annotations

import random

import pytest

import wnproof as wn
from tests.engine_b import neuron
from wnproof.claims.kkt import kkt_complete
from wnproof.kkt.points import clarke, decoupled
from wnproof.kkt.solve import neuron_of


def instance(seed, d=2):
    rng = random.Random(seed)
    X = [[rng.randint(-3, 3) for _ in range(d)] for _ in range(rng.randint(1, 6 if d == 2 else 4))]
    if len(X) > 1 and rng.random() < 0.4:
        X[1] = [-t for t in X[0]]
    y = [rng.choice((-2, -1, 1, 1, 2)) for _ in X]
    y[0] = y[0] if any(X[0]) else 1
    sigma = rng.choice((wn.relu, wn.leaky_relu("1/10"), wn.leaky_relu("2/3")))
    fixed = None if rng.random() < 0.5 else {"W2": [[rng.choice((1, -2))]]}
    problem = wn.ncf(wn.Network((d, 1, 1), sigma, fixed=fixed), wn.Dataset(X, y))
    return problem, wn.kkt_points(problem, notion=rng.choice((clarke, decoupled)))


@pytest.mark.soundness
@pytest.mark.parametrize("block", range(4))
def test_lists_are_the_same(block):
    for seed in range(25 * block, 25 * block + 25):
        problem, found = instance(seed)
        statement = kkt_complete(problem, found).encode()
        assert neuron.true(statement), statement
        if found:
            fewer = {**statement, "points": statement["points"][1:]}
            other = {**statement, "points": [{**statement["points"][0], "kind": "flat"}, *statement["points"][1:]]}
            assert not neuron.true(fewer)
            assert not neuron.true(other)


@pytest.mark.soundness
def test_lists_with_three_inputs_are_the_same():
    for seed in range(20):
        problem, found = instance(seed, d=3)
        statement = kkt_complete(problem, found).encode()
        assert neuron.true(statement), statement
        for point in found[:3]:
            asked = kkt_point_statement(problem, point, found.notion)
            assert neuron.true(asked), asked
            assert not neuron.true({**asked, "direction": [str(1 + 97 * int(asked["direction"][0])), *asked["direction"][1:]]})
        if found:
            assert not neuron.true({**statement, "points": statement["points"][1:]})


def kkt_point_statement(problem, point, notion):
    signed = {} if point.outer_sign is None else {"sign": point.outer_sign}
    return {
        "says": "kkt_point",
        "neuron": neuron_of(problem).to_json(),
        "notion": notion.name,
        "direction": [str(e) for e in point.hidden_direction],
        "multiplier": "1" if point.outer_sign is None else "2",
        **signed,
    }

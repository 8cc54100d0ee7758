"""Proposed gauge weights against numbers: scale the leaves by exact factors and compare."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.graph.random_graphs import KINKED, LEAVES, SIZES, SMOOTH, evaluated, graphs, values
from wnproof.graph.kink import Pw
from wnproof.graph.nodes import argument, contract, leaf, pointwise
from wnproof.graph.weights import GLOBAL, weight_of

a, b = argument(0), argument(1)
V, X, g = leaf("V", ("j", "k")), leaf("X", ("i", "k")), leaf("g", ("j",))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.data())
def test_a_proposed_degree_scales_the_value(data):
    """weight_of = {t: q} under integer leaf weights means f(2^w leaf) = 2^q f(leaf), exactly; a wrong q would fail here."""
    point = data.draw(values())
    node = data.draw(graphs(point, expressions=SMOOTH + KINKED)).node
    degrees = {name: data.draw(st.integers(-1, 2)) for name, _ in LEAVES}
    weight = weight_of(node, {name: {GLOBAL: Fraction(d)} for name, d in degrees.items() if d})
    if weight is None:
        return
    degree = weight.get(GLOBAL, Fraction(0))
    assert degree.denominator == 1
    scaled = {name: np.array(point[name] * Fraction(2) ** d, dtype=object) for name, d in degrees.items()}
    assert (evaluated(node, scaled) == evaluated(node, point) * Fraction(2) ** int(degree)).all()


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.data())
def test_a_proposed_axis_weight_scales_index_by_index(data):
    """Each index of axis i has its own factor."""
    point = data.draw(values())
    node = data.draw(graphs(point)).node
    weight = weight_of(node, {"x": {"i": Fraction(1)}, "y": {"i": Fraction(-1)}})
    if weight is None or "i" not in node.axes:
        return
    factors = np.array([Fraction(2), Fraction(3)], dtype=object)
    moved = {**point, "x": point["x"] * factors, "y": point["y"] / factors[:, None]}
    power = int(weight.get("i", 0))
    expected = evaluated(node, point) * (factors**power)[:, None, None]
    assert (evaluated(node, moved) == expected).all()
    assert set(SIZES) >= set(node.axes)


norm_squared = contract((V, V), ("j",))
direction = pointwise(a / sp.sqrt(b), V, norm_squared)
TABLE = {
    "square": (pointwise(a**2, g), {"g": 1}, 2),
    "root of a norm": (pointwise(sp.sqrt(a), norm_squared), {"V": 1}, 1),
    "direction": (direction, {"V": 1}, 0),
    "weight norm": (pointwise(a * b, g, direction), {"g": 1, "V": 5}, 1),
    "kink of order 3": (pointwise(Pw(a, 1, 0, 3), g), {"g": 2}, 6),
    "step": (pointwise(Pw(a, 1, 0, 0), g), {"g": 7}, 0),
    "sum of unequal degrees": (pointwise(a + a**2, g), {"g": 1}, None),
    "constant beside a weight": (pointwise(a + 1, g), {"g": 1}, None),
    "tanh": (pointwise(sp.tanh(a), g), {"g": 1}, None),
    "tanh of a quotient": (pointwise(sp.tanh(a / b), g, contract((g,), ())), {"g": 1}, 0),
    "exp of a weight": (pointwise(sp.exp(a), g), {"g": 1}, None),
    "untouched": (pointwise(sp.exp(a), g), {"V": 1}, 0),
    "fractions": (pointwise(sp.sqrt(a) * b, g, contract((g,), ())), {"g": Fraction(1, 2)}, Fraction(3, 4)),
}


@pytest.mark.parametrize("name", TABLE)
def test_degrees(name):
    node, given_, degree = TABLE[name]
    weight = weight_of(node, {k: {GLOBAL: Fraction(v)} for k, v in given_.items()})
    assert weight == (None if degree is None else {GLOBAL: Fraction(degree)} if degree else {})


def test_a_shift_enters_through_exp_alone():
    e = pointwise(sp.exp(a) * b, g, V)
    assert weight_of(e, {}, {"g": {"j": Fraction(1)}}) == {"j": Fraction(1)}
    assert weight_of(e, {"V": {"j": Fraction(-1)}}, {"g": {"j": Fraction(1)}}) == {}
    for spoiled in (pointwise(a, g), pointwise(a + sp.exp(a), g), pointwise(sp.exp(2 * a), g), pointwise(sp.tanh(a), g)):
        assert weight_of(spoiled, {}, {"g": {"j": Fraction(1)}}) is None


def test_a_summed_axis_carries_no_weight():
    assert weight_of(contract((V, X), ("i", "j")), {"V": {"k": Fraction(1)}}) is None
    assert weight_of(contract((V, X), ("i", "j")), {"V": {"k": Fraction(1)}, "X": {"k": Fraction(-1)}}) == {}
    assert weight_of(contract((V, X), ("i", "j")), {"V": {"j": Fraction(1)}}) == {"j": Fraction(1)}

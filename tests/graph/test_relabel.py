"""Renaming, substituting and lifting change names and sizes, never values."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.graph.random_graphs import SIZES, evaluated, graphs, values
from wnproof.graph.expand import expand
from wnproof.graph.nodes import argument, contract, leaf, leaves, pointwise
from wnproof.graph.relabel import lift, relabel, substitute

a, b = argument(0), argument(1)
X, W = leaf("X", ("i", "k")), leaf("W", ("k",))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.data())
def test_renaming_back_and_forth_is_nothing(data):
    node = data.draw(graphs(data.draw(values()))).node
    there = relabel(node, {"i": "i2", "j": "j2"})
    assert not {axis for n in leaves(there) for axis in n.axes} & {"i", "j"}
    assert relabel(there, {"i2": "i", "j2": "j"}) is node


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.data())
def test_substitution_is_evaluation_at_the_substituted_value(data):
    """f(3 x, y / 1) by substitution = f evaluated at the changed arrays."""
    point = data.draw(values())
    node = data.draw(graphs(point)).node
    x, y = leaf("x", ("i",)), leaf("y", ("i", "j"))
    replaced = substitute(node, {x: pointwise(3 * a, x), y: pointwise(a - b, y, x)})
    changed = {**point, "x": 3 * point["x"], "y": point["y"] - point["x"][:, None]}
    assert replaced.axes == node.axes or set(replaced.axes) == set(node.axes)
    try:
        expected = evaluated(node, changed)
    except AttributeError:  # a division by zero at the changed point
        return
    assert (evaluated(replaced, point) == expected).all()


def test_gram_matrix_of_a_feature():
    feature = contract((W, X), ("i",))
    gram = pointwise(a * b, feature, relabel(feature, {"i": "i2"}))
    values_ = {"X": [[1, 2], [3, 4]], "W": [1, -1]}
    array = expand(gram, {"i": 2, "i2": 2, "k": 2}, values_)
    assert array.tolist() == [[1, 1], [1, 1]]


def test_axes_are_never_merged():
    both = contract((leaf("u", ("i",)), leaf("v", ("i2",))), ())
    with pytest.raises(ValueError, match="already there"):
        relabel(both, {"i": "i2"})
    swapped = relabel(leaf("M", ("i", "i2")), {"i": "i2", "i2": "i"})
    assert swapped.axes == ("i2", "i")


def test_substitution_wants_the_same_axes():
    with pytest.raises(ValueError, match="cannot put"):
        substitute(X, {X: W})


def test_what_cancels_after_a_substitution_is_still_summed():
    x, y = leaf("x", ("i",)), leaf("y", ("i",))
    ratio = contract((pointwise(a / b, x, y),), ())
    assert expand(substitute(ratio, {y: x}), SIZES)[()] == 2


def test_members_of_an_ensemble_do_not_mix():
    f = contract((pointwise(sp.tanh(a), contract((W, X), ("i",))),), ())
    lifted = lift(f, {"W"}, "e")
    assert lifted.axes == ("e",)
    weights = np.array([[1, 2, 0], [3, -1, 0]], dtype=object)
    data = np.array([[1, 2], [0, 1]], dtype=object)
    together = expand(lifted, {"i": 2, "k": 2, "e": 3}, {"W": weights, "X": data})
    for member in range(3):
        assert together[member] == expand(f, {"i": 2, "k": 2}, {"W": weights[:, member], "X": data})[()]

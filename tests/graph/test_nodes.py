"""Nodes: interning, canonical forms, and the equality of every canonical form with its naive evaluation."""

from __future__ import annotations

import gc

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.graph.random_graphs import SIZES, evaluated, graphs, values, well_formed
from wnproof.graph.expand import expand
from wnproof.graph.nodes import (
    Contract,
    Leaf,
    Map,
    _interned,
    add,
    argument,
    constant,
    contract,
    leaf,
    leaves,
    multiply,
    ones,
    order,
    pointwise,
)

a, b = argument(0), argument(1)
X, Y, Z = leaf("X", ("i", "k")), leaf("Y", ("i",)), leaf("Z", ("j",))


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.data())
def test_canonical_forms_keep_the_value(data):
    point = data.draw(values())
    pair = data.draw(graphs(point))
    well_formed(pair.node)
    assert set(pair.node.axes) == pair.axes
    assert (evaluated(pair.node, point) == pair.dense).all()


SAME = {
    "a leaf": (lambda: leaf("W", ("i", "k")), lambda: leaf("W", ["i", "k"])),
    "unused operand": (lambda: pointwise(a**2, Y, X), lambda: pointwise(a**2, Y)),
    "repeated operand": (lambda: pointwise(a * b, Y, Y), lambda: pointwise(a**2, Y)),
    "order of a product": (lambda: pointwise(a * b, pointwise(2 * a, Y), Y), lambda: pointwise(2 * a**2, Y)),
    "products of products": (
        lambda: pointwise(a / b, pointwise(a * b, Y, X), pointwise(a**2, Y)),
        lambda: pointwise(b / a, Y, X),
    ),
    "identity": (lambda: pointwise(a, Y), lambda: Y),
    "like terms": (lambda: add([Y, multiply(3, Y), multiply(-2, Y)]), lambda: multiply(2, Y)),
    "a sum that is none": (lambda: contract((Y,), ("i",)), lambda: Y),
    "an outer product": (lambda: contract((Y, Z), ("i", "j")), lambda: pointwise(a * b, Y, Z)),
    "ones under a factor": (lambda: contract((Y, ones("i"), X), ("i", "k")), lambda: contract((Y, X), ("i", "k"))),
    "numbers fold": (lambda: pointwise(a * b, constant(3), Y), lambda: multiply(3, Y)),
    "a number under a sum": (
        lambda: contract((pointwise(3 * a * b, Y, X),), ("k",)),
        lambda: multiply(3, contract((Y, X), ("k",))),
    ),
    "a factor leaves the sum": (
        lambda: contract((pointwise(a * b, Y, X),), ("i",)),
        lambda: pointwise(a * b, contract((X,), ("i",)), Y),
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_equal_expressions_are_one_node(name):
    first, second = SAME[name]
    assert first() is second()


DIFFERENT = {
    "name": (leaf("X", ("i",)), leaf("Y", ("i",))),
    "axes": (leaf("X", ("i",)), leaf("X", ("j",))),
    "transposition": (contract((X,), ("i", "k")), contract((X,), ("k", "i"))),
    "which axis is summed": (contract((X,), ("i",)), contract((X,), ("k",))),
    "sum of squares, square of a sum": (contract((Y, Y), ()), pointwise(a**2, contract((Y,), ()))),
    "sign": (multiply(2, Y), multiply(-2, Y)),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_different_expressions_are_different_nodes(name):
    first, second = DIFFERENT[name]
    assert first is not second


CANCELLATIONS = {
    "a quotient": lambda: pointwise(a / b, Y, Y),
    "a quotient that meets later": lambda: pointwise(a * b, Y, pointwise(1 / a, Y)),
    "a difference": lambda: add([Y, multiply(-1, Y)]),
    "ones taken away from ones": lambda: add([ones("i"), multiply(-1, ones("i"))]),
}


@pytest.mark.parametrize("name", CANCELLATIONS)
def test_an_operand_that_cancels_is_still_counted_by_a_sum(name):
    node = CANCELLATIONS[name]()
    assert node.axes == ("i",)
    total = expand(contract((node,), ()), {"i": 3})[()]
    assert total == (3 if "quotient" in name else 0)


def test_nodes_are_values_that_cannot_be_changed():
    with pytest.raises(AttributeError):
        Y.name = "other"
    with pytest.raises(ValueError, match="repeats an axis"):
        leaf("W", ("i", "i"))


def test_symbols_from_outside_are_refused():
    """A symbol is an argument or nothing: one of the same name with other assumptions is another symbol (and foreign)."""
    for foreign in (sp.Symbol("x", real=True), sp.Symbol("_0"), argument(1)):
        with pytest.raises(ValueError, match="no arguments"):
            pointwise(foreign * 2, Y)


def test_nodes_that_nobody_holds_are_forgotten():
    name = "forgotten_leaf"
    node = leaf(name, ("i",))
    assert ("leaf", name, ("i",)) in _interned
    del node
    gc.collect()
    assert ("leaf", name, ("i",)) not in _interned


def test_order_is_bottom_up_and_iterative():
    node = Y
    for step in range(3000):
        node = pointwise(sp.tanh(a) + step, node)
    nodes = order(node)
    assert len(nodes) == 3001
    assert nodes[0] is Y
    assert nodes[-1] is node
    position = {n: k for k, n in enumerate(nodes)}
    assert all(position[child] < position[n] for n in nodes for child in n.args)


def test_leaves_come_in_order_without_ones():
    assert leaves(contract((X, Y, ones("j")), ("j",))) == [X, Y]


def test_node_types():
    assert isinstance(X, Leaf)
    assert isinstance(pointwise(a**2, X), Map)
    assert isinstance(contract((X, X), ()), Contract)
    assert set(SIZES) >= set(X.axes)

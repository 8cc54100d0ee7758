"""The checker's form of a graph: every operation, canonical numbers, and what is outside."""

from __future__ import annotations

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.graph.random_graphs import graphs, values
from wnproof.graph.encode import OutOfFragment, encode, expression, rational
from wnproof.graph.kink import Pw
from wnproof.graph.nodes import Leaf, argument, contract, leaf, order, pointwise

a, b = argument(0), argument(1)

OPERATIONS = {
    "argument": (b, ["arg", 1]),
    "number": (sp.Rational(-3, 4), ["num", "-3/4"]),
    "sum": (a + b, ["+", ["arg", 0], ["arg", 1]]),
    "difference": (a - b, ["+", ["arg", 0], ["*", ["num", "-1"], ["arg", 1]]]),
    "product": (2 * a, ["*", ["num", "2"], ["arg", 0]]),
    "power": (a**3, ["^", ["arg", 0], "3"]),
    "root in a denominator": (1 / sp.sqrt(a**2 + 1), ["^", ["+", ["num", "1"], ["^", ["arg", 0], "2"]], "-1/2"]),
    "root of a number": (sp.sqrt(2), ["^", ["num", "2"], "1/2"]),
    "exp": (sp.exp(a), ["exp", ["arg", 0]]),
    "exp of a number": (sp.E, ["exp", ["num", "1"]]),
    "log": (sp.log(1 + a**2), ["log", ["+", ["num", "1"], ["^", ["arg", 0], "2"]]]),
    "tanh": (sp.tanh(a), ["tanh", ["arg", 0]]),
    "kink": (Pw(a, 1, sp.Rational(1, 10), 2), ["pw", ["arg", 0], "1", "1/10", "2"]),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation(name):
    expr, encoded = OPERATIONS[name]
    assert expression(expr) == encoded


OUTSIDE = {
    "Abs": sp.Abs(a),
    "Max": sp.Max(a, b),
    "Heaviside": sp.Heaviside(a),
    "Piecewise": sp.Piecewise((a, a > 0), (0, True)),
    "erf": sp.erf(a),
    "pi": sp.pi * a,
    "irrational power": a ** sp.sqrt(2),
    "symbolic power": 2**a,
    "irrational slope": Pw(a, sp.sqrt(2), 0, 1),
    "float": sp.Float("0.5") * a,
    "sine": sp.sin(a),
    "foreign symbol": sp.Symbol("q"),
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_everything_else_is_named_and_refused(name):
    with pytest.raises(OutOfFragment, match="out-of-fragment"):
        expression(OUTSIDE[name])


def test_nodes_come_operands_first_and_once():
    x, y = leaf("x", ("i",)), leaf("y", ("i",))
    square = pointwise(a**2, x)
    rows, roots = encode(contract((square, y), ()), square)
    assert rows == [
        {"leaf": "x", "axes": ["i"]},
        {"map": ["^", ["arg", 0], "2"], "args": [0]},
        {"leaf": "y", "axes": ["i"]},
        {"sum": [1, 2], "axes": []},
    ]
    assert roots == [3, 1]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.data())
def test_every_graph_of_the_fragment_is_encoded_topologically(data):
    node = data.draw(graphs(data.draw(values()))).node
    rows, (root,) = encode(node)
    assert root == len(rows) - 1
    assert len(rows) == len(order(node))
    for k, (row, n) in enumerate(zip(rows, order(node), strict=True)):
        assert all(j < k for j in (*row.get("args", ()), *row.get("sum", ())))
        assert ("leaf" in row) == isinstance(n, Leaf)


def test_rational():
    assert [rational(sp.Rational(p, q)) for p, q in ((6, 4), (-6, 3), (0, 7))] == ["3/2", "-2", "0"]

"""The graph in the checker's language: a list of nodes in topological order and scalar expressions from a closed set of
operations.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from wnproof.errors import WnproofError
from wnproof.graph.kink import Pw
from wnproof.graph.nodes import Contract, Leaf, Map, Node, argument, order

_FUNCTIONS = {sp.exp: "exp", sp.log: "log", sp.tanh: "tanh"}


class OutOfFragment(WnproofError):  # noqa: N818 - a limit, not a mistake
    """An expression has an operation that the checker does not know; the verdict is then undecided, with this reason."""

    def __init__(self, operation: str) -> None:
        super().__init__("E-FRAGMENT", f"out-of-fragment: {operation}")


def encode(*roots: Node) -> tuple[list[dict[str, Any]], list[int]]:
    """The nodes below the roots as JSON values, and the index of each root.

    Raises: OutOfFragment when a Map uses an operation outside + * ^(rational) Pw exp log tanh.

    >>> from wnproof.graph.nodes import leaf
    >>> encode(leaf("x", ("i",)))
    ([{'leaf': 'x', 'axes': ['i']}], [0])
    """
    nodes = order(*roots)
    index = {node: k for k, node in enumerate(nodes)}
    return [_node(node, index) for node in nodes], [index[root] for root in roots]


def rational(value: sp.Rational | int) -> str:
    """The canonical "p" or "p/q" of an exact rational number."""
    q = sp.Rational(value)
    return str(q.p) if q.q == 1 else f"{q.p}/{q.q}"


def _node(node: Node, index: dict[Node, int]) -> dict[str, Any]:
    if isinstance(node, Leaf):
        return {"leaf": node.name, "axes": list(node.axes)}
    if isinstance(node, Map):
        return {"map": expression(node.expr), "args": [index[a] for a in node.operands]}
    assert isinstance(node, Contract)
    return {"sum": [index[a] for a in node.operands], "axes": list(node.axes)}


def expression(expr: sp.Expr) -> list[Any]:
    """A Map's expression as the checker's nested lists."""
    if expr.is_Symbol:
        return ["arg", _slot(expr)]
    if expr.is_Rational:
        return ["num", rational(expr)]
    if expr.is_Add or expr.is_Mul:
        terms = sorted(expr.args, key=sp.default_sort_key)
        return ["+" if expr.is_Add else "*", *(expression(a) for a in terms)]
    if expr.is_Pow and expr.exp.is_Rational:
        return ["^", expression(expr.base), rational(expr.exp)]
    if isinstance(expr, sp.exp):
        return ["exp", expression(expr.args[0])]
    if expr is sp.E:
        return ["exp", ["num", "1"]]
    if isinstance(expr, Pw):
        z, c_plus, c_minus, p = expr.args
        if not (c_plus.is_Rational and c_minus.is_Rational):
            raise OutOfFragment(f"kink with slopes {c_plus}, {c_minus}")
        return ["pw", expression(z), rational(c_plus), rational(c_minus), str(p)]
    if type(expr) in _FUNCTIONS:
        return [_FUNCTIONS[type(expr)], expression(expr.args[0])]
    raise OutOfFragment(type(expr).__name__ if not expr.is_number else str(expr))


def _slot(symbol: sp.Symbol) -> int:
    for k in range(64):
        if symbol == argument(k):
            return k
    raise OutOfFragment(f"free symbol {symbol}")

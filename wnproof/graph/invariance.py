"""Whether a function stays as it is when matrices act on its leaves along an axis: one fold over the graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import sympy as sp

from wnproof.graph.nodes import Leaf, Map, Node, argument, order

UNCHANGED = Fraction(0)


def is_invariant(root: Node, axis: str, types: Mapping[str, Fraction]) -> bool:
    """Whether leaf -> exp(q S) leaf along the axis, q = types[leaf], keeps the root, at all sizes and for all matrices S.

    True is a proposal that the checker decides on; False says that no sum or product of tensors shows it.

    >>> from wnproof.graph.nodes import contract, leaf, pointwise
    >>> v, w, one = leaf("v", ("k",)), leaf("w", ("k", "d")), Fraction(1)
    >>> is_invariant(contract((v, w), ("d",)), "k", {"v": -one, "w": one})
    True
    >>> is_invariant(contract((v, pointwise(argument(0) ** 2, w)), ("d",)), "k", {"v": -2 * one, "w": one})
    False
    """
    found: dict[Node, Fraction | None] = {}
    for node in order(root):
        of = [found[a] for a in node.args]
        if isinstance(node, Leaf):
            found[node] = types.get(node.name) if axis in node.axes else UNCHANGED
        elif isinstance(node, Map):
            found[node] = _of_expression(node.expr, {argument(k): q for k, q in enumerate(of)})
        elif axis in node.axes:
            found[node] = _product(of)
        else:
            summed = [q for q in of if q != UNCHANGED]
            balanced = not summed or (len(summed) == 2 and None not in summed and summed[0] == -(summed[1] or UNCHANGED))
            found[node] = UNCHANGED if balanced else None
    return found[root] == UNCHANGED


def _product(types: Sequence[Fraction | None]) -> Fraction | None:
    """At most one factor changes."""
    moved = [q for q in types if q != UNCHANGED]
    return UNCHANGED if not moved else moved[0] if len(moved) == 1 else None


def _of_expression(expr: sp.Expr, slots: Mapping[sp.Symbol, Fraction | None]) -> Fraction | None:
    if expr.is_Symbol:
        return slots[expr]
    parts = [_of_expression(part, slots) for part in expr.args]
    if expr.is_Mul:
        return _product(parts)
    if expr.is_Add:
        return parts[0] if all(part == parts[0] for part in parts) else None
    return UNCHANGED if all(part == UNCHANGED for part in parts) else None

"""A sign that the outputs share, moved to the first node that all of them are linear in.

A velocity is -1 times a gradient, and every block of a gradient is linear in the residual: with the sign at the residual, where
it merges with the data, no output needs a step of its own to be negated.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from wnproof.graph.nodes import Contract, Map, Node, argument, multiply, order, pointwise
from wnproof.graph.relabel import substitute


def shared_sign_moved(roots: Sequence[Node]) -> tuple[Node, ...]:
    """The same outputs, with the sign of -r_1, -r_2, ... inside; unchanged when most have none or there is no place for it.

    >>> from wnproof.graph.nodes import contract, leaf, multiply
    >>> f, y, h = leaf("f", ("i",)), leaf("y", ("i",)), leaf("h", ("i", "j"))
    >>> residual = pointwise(argument(0) - argument(1), f, y)
    >>> (moved,) = shared_sign_moved([multiply(-1, contract((h, residual), ("j",)))])
    >>> moved.args[1].expr
    -_0 + _1
    """
    if 2 * sum(_is_negative(root) for root in roots) <= sum(not _has_two_signs(root) for root in roots):
        return tuple(roots)
    opposite = [_negated(root) for root in roots]
    for node in order(*opposite):
        if isinstance(node, Map) and _all_linear(opposite, node):
            return tuple(substitute(root, {node: _negated(node)}) for root in opposite)
    return tuple(roots)


def _negated(node: Node) -> Node:
    return pointwise(-node.expr, *node.operands) if isinstance(node, Map) else multiply(-1, node)


def _is_negative(node: Node) -> bool:
    return isinstance(node, Map) and bool(node.expr.as_coeff_Mul()[0].is_negative)


def _has_two_signs(node: Node) -> bool:
    """Whether the node is a sum whose terms have both signs: negating it costs nothing."""
    return (
        isinstance(node, Map) and node.expr.is_Add and len({bool(t.as_coeff_Mul()[0].is_negative) for t in node.expr.args}) == 2
    )


def _all_linear(roots: Sequence[Node], variable: Node) -> bool:
    """Whether every root is homogeneous of degree one in a node, everything else held fixed."""
    degrees: dict[Node, sp.Expr | None] = {}
    for node in order(*roots):
        if node is variable:
            degrees[node] = sp.S.One
        elif isinstance(node, Map):
            degrees[node] = _degree(node.expr, {argument(k): degrees[n] for k, n in enumerate(node.operands)})
        elif isinstance(node, Contract):
            parts = [degrees[n] for n in node.operands]
            degrees[node] = None if None in parts else sp.Add(*parts)
        else:
            degrees[node] = sp.S.Zero
    return all(degrees[root] == 1 for root in roots)


def _degree(expr: sp.Expr, slots: dict[sp.Symbol, sp.Expr | None]) -> sp.Expr | None:
    """The degree of an expression whose arguments have these degrees; None when it has none."""
    if expr in slots:
        return slots[expr]
    parts = [_degree(a, slots) for a in expr.args]
    if None in parts:
        return None
    if expr.is_Mul:
        return sp.Add(*parts)
    if expr.is_Add:
        return parts[0] if all(part == parts[0] for part in parts) else None
    if expr.is_Pow and expr.exp.is_Integer:
        return parts[0] * expr.exp
    return sp.S.Zero if all(part == 0 for part in parts) else None

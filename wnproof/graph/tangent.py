"""Forward mode: Jacobian-vector products; after reverse mode, Hessian-vector products and induced flows."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from wnproof.graph.nodes import Contract, Leaf, Map, Node, add, argument, contract, order, pointwise


def tangent(function: Node, directions: Mapping[Leaf, Node]) -> Node | None:
    """The directional derivative D function [directions], axes as the function's; None when it vanishes identically.

    Each direction has its leaf's axes; leaves that are not named are held fixed.

    >>> from wnproof.graph.nodes import leaf
    >>> v, u = leaf("v", ("k",)), leaf("u", ("k",))
    >>> tangent(contract((v, v), ()), {v: u}) is pointwise(2 * argument(0), contract((u, v), ()))
    True
    """
    moved: dict[Node, Node] = {}
    for node in order(function):
        if isinstance(node, Leaf):
            terms = [directions[node]] if node in directions else []
        elif isinstance(node, Map):
            terms = [
                pointwise(slope * argument(len(node.operands)), *node.operands, moved[operand])
                for k, operand in enumerate(node.operands)
                if operand in moved and (slope := sp.diff(node.expr, argument(k))) != 0
            ]
        else:
            assert isinstance(node, Contract)
            terms = [
                contract((moved[operand], *node.operands[:k], *node.operands[k + 1 :]), node.axes)
                for k, operand in enumerate(node.operands)
                if operand in moved
            ]
        if terms:
            moved[node] = contract((add(terms),), node.axes)  # a summand's derivative is constant along the axes it lacks
    return moved.get(function)

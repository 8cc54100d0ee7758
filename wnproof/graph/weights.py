"""Propose gauge weights: homogeneity and conservation are one fold over the graph.

A weight is {generator: exponent}: the tensor is multiplied by c_generator^exponent when the generators' positive factors
act; generator "t" acts globally, a generator that is an axis name acts on each index of that axis by its own factor.
This fold only *proposes*; the checker decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import sympy as sp

from wnproof.graph.kink import Pw
from wnproof.graph.nodes import Contract, Leaf, Map, Node, argument, order

Weight = dict[str, Fraction]
GLOBAL = "t"


def weight_of(root: Node, leaf_weights: Mapping[str, Weight], shifts: Mapping[str, Weight] | None = None) -> Weight | None:
    """The weight of ``root`` under these leaf weights and shifts, or None when it has none.

    >>> from wnproof.graph.nodes import contract, leaf
    >>> w, x = leaf("w", ("k",)), leaf("x", ("k",))
    >>> weight_of(contract((w, w, x), ()), {"w": {"t": Fraction(1)}})
    {'t': Fraction(2, 1)}
    >>> weight_of(contract((w, x), ()), {"w": {"k": Fraction(1)}}) is None
    True
    """
    weights: dict[Node, Weight | None] = {}
    moved = {name: dict(shift) for name, shift in (shifts or {}).items() if shift}
    for node in order(root):
        if isinstance(node, Leaf):
            weights[node] = None if node.name in moved else dict(leaf_weights.get(node.name, {}))
        elif isinstance(node, Map):
            weights[node] = _of_expression(node.expr, {argument(k): n for k, n in enumerate(node.operands)}, weights, moved)
        else:
            assert isinstance(node, Contract)
            total: Weight | None = {}
            for operand in node.operands:
                total = _product(total, weights[operand])
            if total is not None and any(g != GLOBAL and g not in node.axes for g in total):
                total = None
            weights[node] = total
    return weights[root]


def _product(a: Weight | None, b: Weight | None, power: Fraction = Fraction(1)) -> Weight | None:
    if a is None or b is None:
        return None
    merged = {g: a.get(g, Fraction(0)) + power * b.get(g, Fraction(0)) for g in {**a, **b}}
    return {g: e for g, e in merged.items() if e}


def _of_expression(
    expr: sp.Expr, slots: Mapping[sp.Symbol, Node], weights: Mapping[Node, Weight | None], moved: Mapping[str, Weight]
) -> Weight | None:
    if expr.is_Symbol:
        return weights[slots[expr]]
    if expr.is_number:
        return {}
    parts = [_of_expression(arg, slots, weights, moved) for arg in expr.args] if not isinstance(expr, (Pw, sp.exp)) else []
    if expr.is_Mul:
        total: Weight | None = {}
        for part in parts:
            total = _product(total, part)
        return total
    if expr.is_Add:
        return parts[0] if all(part == parts[0] for part in parts) else None
    if expr.is_Pow and expr.exp.is_Rational:
        return _product({}, parts[0], Fraction(int(expr.exp.p), int(expr.exp.q)))
    if isinstance(expr, Pw):
        return _product({}, _of_expression(expr.args[0], slots, weights, moved), Fraction(int(expr.args[3])))
    if isinstance(expr, sp.exp):
        inner = expr.args[0]
        node = slots.get(inner)
        if isinstance(node, Leaf) and node.name in moved:
            return dict(moved[node.name])
        parts = [_of_expression(inner, slots, weights, moved)]
    return {} if all(part == {} for part in parts) else None

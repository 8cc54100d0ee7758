"""Rename axes (two copies of one quantity side by side), substitute nodes, and lift a graph to an ensemble axis."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeVar

from wnproof.graph.nodes import Contract, Leaf, Map, Node, contract, leaf, order, pointwise

_Replaced = TypeVar("_Replaced", bound=Node)


def relabel(node: Node, names: Mapping[str, str]) -> Node:
    """The same expression with axes renamed, for example the second sample index of a Gram matrix.

    >>> relabel(leaf("X", ("i", "h0")), {"i": "i2"}).axes
    ('i2', 'h0')

    Raises: ValueError when a new name is already an axis of the expression, whose sums it would change.
    """
    taken = {a for n in order(node) for a in n.axes} - set(names)
    if clash := sorted(taken & set(names.values())):
        raise ValueError(f"axis {clash[0]!r} is already there")
    return _rebuild(node, {n: leaf(n.name, (names.get(a, a) for a in n.axes)) for n in order(node) if isinstance(n, Leaf)}, names)


def substitute(node: Node, replacements: Mapping[_Replaced, Node]) -> Node:
    """The expression with some nodes (usually leaves) replaced by others of the same axes."""
    for old, new in replacements.items():
        if set(old.axes) != set(new.axes):
            raise ValueError(f"cannot put axes {new.axes} in the place of {old.axes}")
    return _rebuild(node, dict(replacements.items()), {})


def lift(node: Node, names: Collection[str], axis: str) -> Node:
    """Append an ensemble axis to the named leaves and to everything computed from them."""
    lifted = {n: leaf(n.name, (*n.axes, axis)) for n in order(node) if isinstance(n, Leaf) and n.name in names}
    done: dict[Node, Node] = {}
    for n in order(node):
        if isinstance(n, Leaf):
            done[n] = lifted.get(n, n)
        elif isinstance(n, Map):
            done[n] = pointwise(n.expr, *(done[a] for a in n.operands))
        else:
            operands = tuple(done[a] for a in n.args)
            done[n] = contract(operands, n.axes + ((axis,) if any(axis in a.axes for a in operands) else ()))
    return done[node]


def _rebuild(node: Node, replacements: Mapping[Node, Node], names: Mapping[str, str]) -> Node:
    done: dict[Node, Node] = {}
    for n in order(node):
        if n in replacements:
            done[n] = replacements[n]
        elif isinstance(n, Leaf):
            done[n] = n
        elif isinstance(n, Map):
            done[n] = pointwise(n.expr, *(done[a] for a in n.operands))
        else:
            assert isinstance(n, Contract)
            done[n] = contract(tuple(done[a] for a in n.operands), (names.get(a, a) for a in n.axes))
    return done[node]

"""Three node types carry everything: Leaf, Map (pointwise) and Contract (einsum over named axes).

A node is immutable and interned: equal nodes are the same object, so common subexpressions are shared by construction and every fold may key a
dictionary by node. Axes are names ("i" samples, "h0" input, "h1" first hidden layer, ...), never sizes: one graph serves every width and
sample count.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from weakref import WeakValueDictionary

import sympy as sp

Axes = tuple[str, ...]

_ARGUMENTS = [sp.Symbol(f"_{k}", real=True) for k in range(64)]


def argument(k: int) -> sp.Symbol:
    """The real symbol that stands for the k-th argument inside a Map's expression."""
    return _ARGUMENTS[k]


@dataclass(frozen=True, eq=False)
class Node:
    """A tensor expression; ``axes`` names its free indices in order."""

    axes: Axes

    @property
    def args(self) -> tuple[Node, ...]:
        """The nodes this one is computed from."""
        return ()


@dataclass(frozen=True, eq=False)
class Leaf(Node):
    """A free tensor: a parameter block, the data, a covector."""

    name: str


@dataclass(frozen=True, eq=False)
class Map(Node):
    """``expr`` applied entry by entry; arguments broadcast over the axes they lack."""

    expr: sp.Expr
    operands: tuple[Node, ...]

    @property
    def args(self) -> tuple[Node, ...]:
        return self.operands


@dataclass(frozen=True, eq=False)
class Contract(Node):
    """The product of the operands, summed over every axis that is not in ``axes``."""

    operands: tuple[Node, ...]

    @property
    def args(self) -> tuple[Node, ...]:
        return self.operands


_interned: WeakValueDictionary[tuple[object, ...], Node] = WeakValueDictionary()


def _intern(key: tuple[object, ...], node: Node) -> Node:
    return _interned.setdefault(key, node)


def leaf(name: str, axes: Iterable[str] = ()) -> Leaf:
    """The tensor called ``name`` with these axes.

    >>> leaf("W1", ("h1", "h0")) is leaf("W1", ("h1", "h0"))
    True
    """
    axes = tuple(axes)
    if len(set(axes)) != len(axes):
        raise ValueError(f"leaf {name} repeats an axis: {axes}")
    node = _intern(("leaf", name, axes), Leaf(axes, name))
    assert isinstance(node, Leaf)
    return node


def ones(axis: str) -> Leaf:
    """The vector of ones along an axis: contracting with it sums or broadcasts."""
    return leaf("1", (axis,))


def union(nodes: Iterable[Node]) -> Axes:
    """The axes of the nodes in order of first occurrence."""
    return tuple(dict.fromkeys(axis for node in nodes for axis in node.axes))


def constant(value: sp.Expr | int) -> Node:
    """A number as a node without axes."""
    return pointwise(sp.S(value))


def pointwise(expr: sp.Expr, *operands: Node) -> Node:
    """``expr`` in ``argument(0)``, ``argument(1)``, ... applied to the operands entry by entry.

    Repeated and unused operands are merged away, so equal expressions become one node. An operand that is not used keeps no axis.

    >>> x = leaf("x", ("i",))
    >>> pointwise(argument(0) + argument(1), x, x) is pointwise(2 * argument(0), x)
    True
    """
    expr = sp.S(expr)
    slots = sorted((s for s in expr.free_symbols if s in _ARGUMENTS[: len(operands)]), key=_ARGUMENTS.index)
    foreign = expr.free_symbols - set(slots)
    if foreign:
        raise ValueError(f"expression {expr} uses {sorted(map(str, foreign))}, which are no arguments")
    used = [operands[_ARGUMENTS.index(s)] for s in slots]
    distinct = list(dict.fromkeys(used))
    expr = expr.xreplace({s: _ARGUMENTS[distinct.index(node)] for s, node in zip(slots, used, strict=True)})
    if expr == _ARGUMENTS[0] and distinct:
        return distinct[0]
    return _intern(("map", expr, *distinct), Map(union(distinct), expr, tuple(distinct)))


def contract(operands: Sequence[Node], axes: Iterable[str]) -> Node:
    """The product of the operands with exactly ``axes`` left; missing axes are filled with ones, numbers without axes stay factors.

    >>> W, X = leaf("W", ("j", "k")), leaf("X", ("i", "k"))
    >>> contract((W, X), ("i", "j")).axes
    ('i', 'j')
    """
    axes = tuple(axes)
    have = set(union(operands))
    full = (*operands, *(ones(axis) for axis in axes if axis not in have))
    flat = tuple(node for node in full if not (isinstance(node, Map) and node.expr == 1))
    if have <= set(axes) and len(flat) == 1 and flat[0].axes == axes:
        return flat[0]
    return _intern(("contract", flat, axes), Contract(axes, flat))


def add(nodes: Sequence[Node]) -> Node:
    """The entrywise sum."""
    if len(nodes) == 1:
        return nodes[0]
    return pointwise(sp.Add(*_ARGUMENTS[: len(nodes)]), *nodes)


def multiply(factor: sp.Expr | int, node: Node) -> Node:
    """A number times a node."""
    return pointwise(sp.S(factor) * argument(0), node)


def order(*roots: Node) -> list[Node]:
    """Every node below the roots, operands first, each once; iterative, so depth is no limit."""
    seen: dict[Node, None] = {}
    stack: list[tuple[Node, bool]] = [(root, False) for root in reversed(roots)]
    while stack:
        node, ready = stack.pop()
        if node in seen:
            continue
        if ready:
            seen[node] = None
        else:
            stack.append((node, True))
            stack.extend((arg, False) for arg in reversed(node.args))
    return list(seen)


def leaves(*roots: Node) -> list[Leaf]:
    """The leaves below the roots, ``ones`` left out, in order of first use."""
    return [node for node in order(*roots) if isinstance(node, Leaf) and node.name != "1"]

"""Three node types carry everything: Leaf, Map (pointwise) and Contract (einsum over named axes).

A node is immutable and interned: equal nodes are the same object, so common subexpressions are shared by construction
and every fold may key a dictionary by node. Axes are names ("i" samples, "h0" input, "h1" first hidden layer, ...),
never sizes: one graph serves every width and sample count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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
        """The operands."""
        return self.operands


@dataclass(frozen=True, eq=False)
class Contract(Node):
    """The product of the operands, summed over every axis that is not in ``axes``."""

    operands: tuple[Node, ...]

    @property
    def args(self) -> tuple[Node, ...]:
        """The operands."""
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

    Repeated and unused operands are merged away, numbers are folded in, and products of products become one product, so
    equal expressions become one node. An operand that ``expr`` does not name keeps no axis; one that cancels keeps its
    axes, as ones, since a later sum counts them.

    >>> x, y = leaf("x", ("i",)), leaf("y", ("j",))
    >>> pointwise(argument(0) + argument(1), x, x) is pointwise(2 * argument(0), x)
    True
    >>> pointwise(argument(0) / 2, pointwise(4 * argument(0), x)) is pointwise(2 * argument(0), x)
    True
    >>> pointwise(argument(0) * argument(1), x, pointwise(argument(0) / argument(1), y, x)).axes
    ('j', 'i')
    """
    expr = sp.S(expr)
    axes = union(n for k, n in enumerate(operands) if expr.has(_ARGUMENTS[k]))
    expr, used = _merged(expr, operands)
    if _is_monomial(expr) and any(isinstance(n, Map) and _is_monomial(n.expr) for n in used):
        expr, used = _merged(*_inlined(expr, used, lambda n: _is_monomial(n.expr)))
    elif any(_is_uniform(n) for n in used):
        expr, used = _merged(*_inlined(expr, used, _is_uniform))
    lost = [ones(a) for a in axes if a not in union(used)]
    if lost and expr == 0:
        return _intern(("contract", constant(0), *lost, axes), Contract(axes, (constant(0), *lost)))
    if lost:
        expr, used = sp.Mul(expr, *_ARGUMENTS[len(used) : len(used) + len(lost)]), (*used, *lost)
    if expr == _ARGUMENTS[0] and used:
        return used[0]
    return _intern(("map", expr, *used), Map(union(used), expr, used))


def _merged(expr: sp.Expr, operands: Sequence[Node]) -> tuple[sp.Expr, tuple[Node, ...]]:
    """The expression over its distinct, really used operands, numbered from 0."""
    slots = sorted((s for s in expr.free_symbols if s in _ARGUMENTS[: len(operands)]), key=_ARGUMENTS.index)
    foreign = expr.free_symbols - set(slots)
    if foreign:
        raise ValueError(f"expression {expr} uses {sorted(map(str, foreign))}, which are no arguments")
    used = [operands[_ARGUMENTS.index(s)] for s in slots]
    covered = [
        s for s, n in zip(slots, used, strict=True) if is_ones(n) and set(n.axes) <= set(union(m for m in used if not is_ones(m)))
    ]
    if covered:
        return _merged(expr.xreplace(dict.fromkeys(covered, sp.S.One)), operands)
    distinct = tuple(dict.fromkeys(used))
    merged = expr.xreplace({s: _ARGUMENTS[distinct.index(node)] for s, node in zip(slots, used, strict=True)})
    cancelled = len(merged.free_symbols) < len(distinct)
    return _merged(merged, distinct) if cancelled else (merged, distinct)


def _is_monomial(expr: sp.Expr) -> bool:
    """A product of numbers, rational powers of arguments, and exponentials of arguments."""

    def simple(factor: sp.Expr) -> bool:
        if isinstance(factor, sp.exp):
            return bool(sp.Mul.make_args(factor.args[0])[-1].is_Symbol and len(factor.free_symbols) == 1)
        return bool(factor.is_number or factor.is_Symbol or (factor.is_Pow and factor.base.is_Symbol and factor.exp.is_Rational))

    return all(simple(factor) for factor in sp.Mul.make_args(expr))


def _inlined(expr: sp.Expr, operands: Sequence[Node], chosen: Callable[[Map], bool]) -> tuple[sp.Expr, list[Node]]:
    """The chosen Map operands replaced by their own expressions; a rational power of one only enters where that is exact."""
    flat: list[Node] = []
    replacement: dict[sp.Symbol, sp.Expr] = {}
    for k, node in enumerate(operands):
        exponents = [f.exp for f in sp.Mul.make_args(expr) if f.is_Pow and f.base == _ARGUMENTS[k]]
        if isinstance(node, Map) and chosen(node) and all(e.is_Integer for e in exponents):
            replacement[_ARGUMENTS[k]] = node.expr.xreplace(
                {_ARGUMENTS[j]: _ARGUMENTS[len(flat) + j] for j in range(len(node.operands))}
            )
            flat.extend(node.operands)
        else:
            replacement[_ARGUMENTS[k]] = _ARGUMENTS[len(flat)]
            flat.append(node)
    return expr.xreplace(replacement), flat


def contract(operands: Sequence[Node], axes: Iterable[str]) -> Node:
    """The product of the operands with exactly ``axes`` left; missing axes are filled with ones.

    A product that sums nothing becomes a Map, and what does not depend on the summed axes of a single product is taken
    out of the sum.

    >>> W, X = leaf("W", ("j", "k")), leaf("X", ("i", "k"))
    >>> contract((W, X), ("i", "j")).axes
    ('i', 'j')
    """
    axes = tuple(axes)
    have = set(union(operands))
    full = (*(n for n in operands if not _is_one(n)), *(ones(axis) for axis in axes if axis not in have))
    if not full:
        return constant(1)
    if have <= set(axes):
        product = _product(full, axes)
        if product is not None:
            return product
    elif len(full) == 1 and isinstance(full[0], Map):
        factored = _factored(full[0], axes)
        if factored is not None:
            return factored
    return _intern(("contract", full, axes), Contract(axes, full))


def _is_uniform(node: Node) -> bool:
    """A number, perhaps spread over axes by ones."""
    return isinstance(node, Map) and all(map(is_ones, node.operands))


def _is_one(node: Node) -> bool:
    return isinstance(node, Map) and node.expr == 1 and not node.axes


def is_ones(node: Node) -> bool:
    """Whether the node is a tensor of ones."""
    return isinstance(node, Leaf) and node.name == "1"


def _product(factors: tuple[Node, ...], axes: Axes) -> Node | None:
    """An entrywise product as a Map, when some order of the factors yields the axes in order."""
    if len(factors) == 1:
        return factors[0] if factors[0].axes == axes else None
    in_order = sorted(factors, key=lambda n: [axes.index(a) for a in n.axes] or [len(axes)])
    for candidate in (factors, tuple(in_order)):
        node = pointwise(sp.Mul(*_ARGUMENTS[: len(factors)]), *candidate)
        if node.axes == axes:
            return node
    return None


def _factored(product: Map, axes: Axes) -> Node | None:
    """Factors that carry no summed axis in front of the sum of the others; None when there are none."""
    outside: list[Node] = []
    inside: list[Node] = []
    for factor in sp.Mul.make_args(product.expr):
        node = pointwise(factor, *product.operands)
        (outside if set(node.axes) <= set(axes) else inside).append(node)
    kept = {a for n in inside for a in n.axes}
    if (not outside and len(inside) < 2) or set(product.axes) - set(axes) - kept:
        return None
    total = contract(inside, (a for a in axes if a in kept))
    return _product((total, *outside), axes) if outside else total


def add(nodes: Sequence[Node]) -> Node:
    """The entrywise sum; products among the terms are written out, so that like terms merge."""
    if len(nodes) == 1:
        return nodes[0]
    total = sp.Add(*_ARGUMENTS[: len(nodes)])
    expr, flat = _inlined(total, nodes, lambda n: _is_monomial(n.expr))
    node = pointwise(expr, *flat)
    return node if set(node.axes) == set(union(nodes)) else pointwise(total, *nodes)


def multiply(factor: sp.Expr | int, node: Node) -> Node:
    """A number times a node, distributed over a sum."""
    if isinstance(node, Map) and node.expr.is_Add:
        return pointwise(sp.expand_mul(sp.S(factor) * node.expr), *node.operands)
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

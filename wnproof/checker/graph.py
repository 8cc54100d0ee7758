"""Function graphs: tensors with named axes, made of leaves, sums of products and pointwise operations.

A pointwise map is nested in the file; here every operation is a node of its own, so that each rule is one loop over nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

from .reader import expect_fields, expect_int, expect_list, expect_map, expect_name, fraction, invalid, shorten, unknown

ONES, GLOBAL = "1", "t"
MAX_POWER = 10_000
CONSTANTS = {"num": 1, "^": 1, "pw": 3, "exp": 0, "log": 0, "tanh": 0}  # how many follow the operand
Axes = tuple[str, ...]


@dataclass(frozen=True)
class Node:
    """One tensor: a ``leaf``, or ``op`` (num + * ^ pw exp log tanh) of ``args`` with constants ``by``; * sums to ``axes``."""

    axes: Axes
    leaf: str | None = None
    op: str = ""
    args: tuple[int, ...] = ()
    by: tuple[Fraction, ...] = ()


@dataclass(frozen=True)
class Graph:
    """Nodes in topological order; ``given`` are those that the file numbers; a leaf has one tuple of axes, ones is none."""

    nodes: tuple[Node, ...]
    leaves: dict[str, Axes]
    given: tuple[int, ...]

    @property
    def axes(self) -> frozenset[str]:
        """Every axis that occurs."""
        return frozenset(axis for node in self.nodes for axis in node.axes)

    def below(self, roots: Iterable[int]) -> list[int]:
        """The nodes that the roots are made of, in order."""
        return below(roots, lambda k: self.nodes[k].args)


def below(roots: Iterable[int], operands: Callable[[int], Iterable[int]]) -> list[int]:
    """Everything that can be reached from the roots; operands have smaller numbers, so in increasing order they come first."""
    seen, stack = set[int](), list(roots)
    while stack:
        if (k := stack.pop()) not in seen:
            seen.add(k)
            stack.extend(operands(k))
    return sorted(seen)


def parse_axes(obj: object) -> Axes:
    """Distinct names."""
    axes = tuple(expect_name(axis) for axis in expect_list(obj))
    if len(set(axes)) != len(axes):
        raise invalid(f"an axis occurs twice in {axes}")
    if GLOBAL in axes:
        raise invalid(f"no axis may be called {GLOBAL!r}: that is the global scaling")
    return axes


def parse_graph(obj: object, lowest_power: int) -> Graph:
    """Read a list of nodes in topological order; kinks have order ``lowest_power`` at least."""
    nodes: list[Node] = []
    leaves: dict[str, Axes] = {}
    given: list[int] = []
    for k, item in enumerate(expect_list(obj)):
        kind = next((kind for kind in ("leaf", "map") if kind in expect_map(item)), "sum")
        fields = expect_fields(item, (kind, "args" if kind == "map" else "axes"))
        axes = parse_axes(fields["axes"]) if kind != "map" else ()
        if kind == "leaf":
            name = fields["leaf"]
            if name != ONES and leaves.setdefault(expect_name(name), axes) != axes:
                raise invalid(f"leaf {name} has axes {leaves[name]} and {axes}")
            nodes.append(Node(axes, leaf=name))
            given.append(len(nodes) - 1)
            continue
        args = tuple(given[expect_int(a, 0, k - 1)] for a in expect_list(fields["args" if kind == "map" else "sum"]))
        union = _union(nodes, args)
        if kind == "map":
            root = _pointwise(fields["map"], args, nodes, lowest_power)
            args, axes = (root,), union
        elif not (args and set(axes) <= set(union)):
            raise invalid(f"node {k}: a sum over nothing, or with an axis that no argument has")
        if kind == "sum" or nodes[root].axes != union:  # a map has every axis of its arguments, used or not
            nodes.append(Node(axes, op="*", args=args))
            root = len(nodes) - 1
        given.append(root)
    if not nodes:
        raise invalid("the graph is empty")
    return Graph(tuple(nodes), leaves, tuple(given))


def _union(nodes: list[Node], args: tuple[int, ...]) -> Axes:
    return tuple(dict.fromkeys(axis for a in args for axis in nodes[a].axes))


def _pointwise(obj: object, args: tuple[int, ...], nodes: list[Node], lowest_power: int) -> int:
    """Append the operations of a map to the nodes; returns the outermost one."""
    op, *rest = expect_list(obj) or [None]
    if op == "arg":
        return args[expect_int(expect_list(rest, 1)[0], 0, len(args) - 1)]
    operands = len(rest) if op in ("+", "*") else int(op != "num")
    if not (op in ("+", "*") and rest) and op not in tuple(CONSTANTS):
        raise unknown(f"unknown operation {shorten(op, 20)}")
    expect_list(rest, operands + CONSTANTS.get(op, 0))
    of = tuple(_pointwise(e, args, nodes, lowest_power) for e in rest[:operands])
    by = tuple(map(fraction, rest[operands:]))
    if op == "^" and max(abs(by[0].numerator), by[0].denominator) > MAX_POWER:
        raise invalid(f"power {rest[1][:40]} is beyond the limit {MAX_POWER}")
    if op == "pw" and (by[2].denominator != 1 or not lowest_power <= by[2] <= MAX_POWER):
        raise invalid(f"order {rest[3][:40]} of a kink is not an integer in {lowest_power}..{MAX_POWER}")
    nodes.append(Node(_union(nodes, of), op=op, args=of, by=by))
    return len(nodes) - 1

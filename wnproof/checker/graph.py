"""Function graphs: tensors with named axes, made of leaves, pointwise maps and sums of products."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from .reader import expect_fields, expect_int, expect_list, expect_map, expect_name, fraction, invalid, shorten, unknown

ONES, GLOBAL = "1", "t"
MAX_POWER = 10_000
Axes = tuple[str, ...]


@dataclass(frozen=True)
class Expr:
    """A pointwise operation: ``op`` on ``of``, with exact constants ``by``; op "arg" is argument number ``slot`` of the map."""

    op: str
    of: tuple[Expr, ...] = ()
    by: tuple[Fraction, ...] = ()
    slot: int = 0


@dataclass(frozen=True)
class Node:
    """One tensor: a leaf (its name), a pointwise map (``map``) of ``args``, or the product of ``args`` summed to ``axes``."""

    axes: Axes
    leaf: str | None = None
    map: Expr | None = None
    args: tuple[int, ...] = ()


@dataclass(frozen=True)
class Graph:
    """Nodes in topological order; a leaf name has one tuple of axes, kept in ``leaves`` (the tensor of ones is no leaf)."""

    nodes: tuple[Node, ...]
    leaves: dict[str, Axes]

    @property
    def axes(self) -> frozenset[str]:
        """Every axis that occurs."""
        return frozenset(axis for node in self.nodes for axis in node.axes)

    def below(self, roots: Iterable[int]) -> list[int]:
        """The nodes that the roots are made of, in order."""
        seen, stack = set[int](), list(roots)
        while stack:
            k = stack.pop()
            if k not in seen:
                seen.add(k)
                stack.extend(self.nodes[k].args)
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
    for k, item in enumerate(expect_list(obj)):
        fields = expect_map(item)
        if "leaf" in fields:
            expect_fields(fields, ("leaf", "axes"))
            name, axes = fields["leaf"], parse_axes(fields["axes"])
            if name != ONES and leaves.setdefault(expect_name(name), axes) != axes:
                raise invalid(f"leaf {name} has axes {leaves[name]} and {axes}")
            nodes.append(Node(axes, leaf=name))
            continue
        expect_fields(fields, ("map", "args") if "map" in fields else ("sum", "axes"))
        args = tuple(expect_int(a, 0, k - 1) for a in expect_list(fields["args" if "map" in fields else "sum"]))
        union = tuple(dict.fromkeys(axis for a in args for axis in nodes[a].axes))
        if "map" in fields:
            nodes.append(Node(union, map=_expr(fields["map"], len(args), lowest_power), args=args))
        else:
            if not args or not set(axes := parse_axes(fields["axes"])) <= set(union):
                raise invalid(f"node {k}: a sum over nothing, or with an axis that no argument has")
            nodes.append(Node(axes, args=args))
    if not nodes:
        raise invalid("the graph is empty")
    return Graph(tuple(nodes), leaves)


def _expr(obj: object, slots: int, lowest_power: int) -> Expr:
    parts = expect_list(obj)
    op, rest = (parts[0], parts[1:]) if parts else (None, [])
    if op == "arg":
        return Expr("arg", slot=expect_int(expect_list(rest, 1)[0], 0, slots - 1))
    if op == "num":
        return Expr("num", by=(fraction(expect_list(rest, 1)[0]),))
    if op in ("+", "*") and rest:
        return Expr(op, tuple(_expr(e, slots, lowest_power) for e in rest))
    if op == "^":
        base, power = expect_list(rest, 2)
        q = fraction(power)
        if max(abs(q.numerator), q.denominator) > MAX_POWER:
            raise invalid(f"power {power[:40]} is beyond the limit {MAX_POWER}")
        return Expr("^", (_expr(base, slots, lowest_power),), (q,))
    if op == "pw":
        e, *constants = expect_list(rest, 4)
        above, below, p = (fraction(c) for c in constants)
        if p.denominator != 1 or not lowest_power <= p <= MAX_POWER:
            raise invalid(f"order {constants[2][:40]} of a kink is not an integer in {lowest_power}..{MAX_POWER}")
        return Expr("pw", (_expr(e, slots, lowest_power),), (above, below, p))
    if op in ("exp", "log", "tanh"):
        return Expr(op, (_expr(expect_list(rest, 1)[0], slots, lowest_power),))
    raise unknown(f"unknown operation {shorten(op, 20)}")

"""Function graphs: tensors with named axes, made of leaves, sums of products and operations, which are nested in the file."""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple, TypeVar

from .reader import expect_fields, expect_int, expect_list, expect_map, expect_name, fraction, invalid, number_text, unknown

ONES, GLOBAL = "1", "t"
MAX_POWER = 10_000
CONSTANTS = {"num": 1, "^": 1, "pw": 3, "exp": 0, "log": 0, "tanh": 0}  # how many follow the operand
Axes = tuple[str, ...]
T = TypeVar("T")


class Node(NamedTuple):
    """The ``op`` (sym num + * ^ pw exp log tanh) ``of`` nodes and constants ``by``; sym has a ``name``; * sums to ``axes``."""

    op: str
    of: tuple[int, ...] = ()
    by: tuple[Fraction, ...] = ()
    name: str = ""
    axes: Axes = ()


class Graph(NamedTuple):
    """Nodes in topological order; ``given`` are those that the file numbers; a leaf has one tuple of axes, ones is none."""

    nodes: tuple[Node, ...]
    leaves: dict[str, Axes]
    given: tuple[int, ...]


def below(nodes: Sequence[Node], roots: Iterable[int]) -> list[int]:
    """All that the roots are made of, in increasing order: operands have smaller numbers, so they come first."""
    seen, stack = set[int](), list(roots)
    while stack:
        if (k := stack.pop()) not in seen:
            seen.add(k)
            stack.extend(nodes[k].of)
    return sorted(seen)


def fold(nodes: Sequence[Node], roots: Iterable[int], rule: Callable[[int, Node, list[T]], T]) -> dict[int, T]:
    """What the rule makes of everything below the roots, from a node's number, itself and what became of its operands."""
    out: dict[int, T] = {}
    for k in below(nodes, roots):
        out[k] = rule(k, nodes[k], [out[a] for a in nodes[k].of])
    return out


def conditions(nodes: Sequence[Node], roots: Iterable[int]) -> tuple[tuple[str, int], ...]:
    """Where the roots are defined: nonzero under negative powers, positive bases of fractional powers, positive under log."""
    partial = (nodes[k] for k in below(nodes, roots) if nodes[k].op in ("log", "^"))
    powers = [(item.of[0], item.by[0] if item.by else Fraction(1, 2)) for item in partial]  # log is defined where a root is > 0
    return tuple(dict.fromkeys((">" if q.denominator > 1 else "!=", k) for k, q in powers if q < 0 or q.denominator > 1))


def formula(node: Node, of: Sequence[str]) -> str:
    """A node in words, its operands being in words."""
    if node.op in ("sym", "num"):
        number = node.name or number_text(node.by[0])
        return f"({number})" if node.by and set("-/") & set(number) else number
    if node.op in ("+", "*"):
        return f"({' + '.join(of)})" if node.op == "+" else "*".join(of)
    if node.op == "^":
        return (of[0] if set(of[0]).isdisjoint(" *^") else f"({of[0]})") + f"^({node.by[0]})"
    return f"{node.op}({', '.join((of[0], *map(number_text, node.by)))})"


def parse_graph(obj: object, lowest_power: int) -> Graph:
    """Read a list of nodes in topological order; kinks have order ``lowest_power`` at least."""
    nodes, leaves, given = list[Node](), dict[str, Axes](), list[int]()
    for k, item in enumerate(expect_list(obj)):
        kind = next((kind for kind in ("leaf", "map") if kind in expect_map(item)), "sum")
        fields = expect_fields(item, (kind, "args" if kind == "map" else "axes"))
        axes = tuple(expect_name(axis) for axis in expect_list(fields.get("axes", [])))
        if len(set(axes)) != len(axes) or GLOBAL in axes:
            raise invalid(f"an axis occurs twice in {axes}, or is called {GLOBAL!r} as the global scaling")
        if kind == "leaf":
            name = fields["leaf"]
            if name != ONES and leaves.setdefault(expect_name(name), axes) != axes:
                raise invalid(f"leaf {name} has axes {leaves[name]} and {axes}")
            nodes.append(Node("sym", name=name, axes=axes))
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
            nodes.append(Node("*", args, axes=axes))
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
        raise unknown(f"unknown operation, there are + and * and {list(CONSTANTS)}")
    expect_list(rest, operands + CONSTANTS.get(op, 0))
    of = tuple(_pointwise(e, args, nodes, lowest_power) for e in rest[:operands])
    by = tuple(map(fraction, rest[operands:]))
    if op == "^" and max(abs(by[0].numerator), by[0].denominator) > MAX_POWER:
        raise invalid(f"power {rest[1][:40]} is beyond the limit {MAX_POWER}")
    if op == "pw" and (by[2].denominator != 1 or not lowest_power <= by[2] <= MAX_POWER):
        raise invalid(f"order {rest[3][:40]} of a kink is not an integer in {lowest_power}..{MAX_POWER}")
    nodes.append(Node(op, of, by, axes=_union(nodes, of)))
    return len(nodes) - 1

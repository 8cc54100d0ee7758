"""What a certificate says: function graphs and statements about them, read into frozen values once and checked for sense on the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .reader import expect_fields, expect_int, expect_list, expect_map, expect_name, expect_str, fraction, invalid, unknown

ONES, GLOBAL = "1", "t"
RELATIONS = (">", ">=", "=", "!=")
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
    """One tensor: a leaf (``leaf`` is its name), a pointwise map (``map``) of ``args``, or else the product of ``args`` summed down to ``axes``."""

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


@dataclass(frozen=True)
class Homogeneous:
    """f(..., c^weight leaf, ...) = c^degree f for all c > 0, all sizes, all values."""

    graph: Graph
    function: int
    scaled: dict[str, Fraction]
    degree: Fraction


@dataclass(frozen=True)
class Conserved:
    """Along gradient flow of sum_i l_i(f_i), for every loss: sum q |leaf|^2 + sum q sum(leaf) is constant, per index of ``axis`` if there is one."""

    graph: Graph
    function: int
    trained: tuple[str, ...]
    axis: str | None
    squares: dict[str, Fraction]
    linear: dict[str, Fraction]


@dataclass(frozen=True)
class KktShares:
    """At every KKT point u of f on the unit sphere of the trained leaves with f(u) != 0: |u_leaf|^2 = share."""

    graph: Graph
    function: int
    trained: tuple[str, ...]
    shares: dict[str, Fraction]


@dataclass(frozen=True)
class Equal:
    """Left = right entrywise at these sizes, wherever every relation of ``where`` holds and both are defined."""

    graph: Graph
    left: int
    right: int
    sizes: dict[str, int]
    where: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Evolves:
    """Along leaf' = -d function / d leaf (trained leaves): d quantity / dt = velocity, at these sizes, in the same sense as Equal."""

    graph: Graph
    function: int
    trained: tuple[str, ...]
    quantity: int
    velocity: int
    sizes: dict[str, int]
    where: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class All:
    """Every part."""

    of: tuple[Statement, ...]


@dataclass(frozen=True)
class OneNeuron:
    """A statement about the KKT points of one (leaky) ReLU neuron, in the words of the arrangement file."""

    content: Any


Statement = Homogeneous | Conserved | KktShares | Equal | Evolves | All | OneNeuron
_FIELDS = {
    "homogeneous": ("graph", "function", "scaled", "degree"),
    "conserved": ("graph", "function", "trained", "axis", "squares", "linear"),
    "kkt_shares": ("graph", "function", "trained", "shares"),
    "equal": ("graph", "left", "right", "sizes", "where"),
    "evolves": ("graph", "function", "trained", "quantity", "velocity", "sizes", "where"),
    "all": ("of",),
}


def parse(obj: object) -> Statement:
    """Read a statement; raises Invalid when it is malformed or has no meaning (unknown leaf, repeated axis, quantity that is identically zero, ...)."""
    says = expect_str(expect_map(obj).get("says"))
    if says in ("kkt_point", "kkt_complete"):
        from . import arrangement

        return OneNeuron(arrangement.parse(expect_map(obj)))
    if says not in _FIELDS:
        raise unknown(f"unknown statement {says[:40]!r}")
    s = expect_fields(obj, ("says", *_FIELDS[says]))
    if says == "all":
        if not expect_list(s["of"]):
            raise invalid("a conjunction of nothing says nothing")
        return All(tuple(parse(part) for part in s["of"]))
    graph = _graph(s["graph"], 0 if says in ("equal", "evolves") else 1)

    def node(value: object) -> int:
        return expect_int(value, 0, len(graph.nodes) - 1)

    def leaves(field: str) -> dict[str, Fraction]:
        out = {_leaf(name, graph): fraction(q) for name, q in expect_map(s[field]).items()}
        if zero := [name for name, q in out.items() if not q and field != "shares"]:
            raise invalid(f"{field}: {zero[0]} has coefficient 0; leave it out")
        return out

    if says == "homogeneous":
        if not (scaled := leaves("scaled")):
            raise invalid("no leaf is scaled")
        return Homogeneous(graph, node(s["function"]), scaled, fraction(s["degree"]))
    if says in ("equal", "evolves"):
        sizes = parse_sizes(s["sizes"], graph)
        where = tuple(_relation(r, graph) for r in expect_list(s["where"]))
        left, right = (node(s[f]) for f in (("left", "right") if says == "equal" else ("quantity", "velocity")))
        if set(graph.nodes[left].axes) != set(graph.nodes[right].axes):
            raise invalid(f"the sides have axes {graph.nodes[left].axes} and {graph.nodes[right].axes}")
        if says == "equal":
            return Equal(graph, left, right, sizes, where)
    trained = tuple(_leaf(name, graph) for name in expect_list(s["trained"]))
    if not trained or len(set(trained)) != len(trained):
        raise invalid("trained: at least one leaf, each once")
    function = node(s["function"])
    if says != "conserved" and graph.nodes[function].axes:
        raise invalid(f"the function must be a scalar, it has axes {graph.nodes[function].axes}")
    if says == "evolves":
        return Evolves(graph, function, trained, left, right, sizes, where)
    if says == "kkt_shares":
        if set(shares := leaves("shares")) != set(trained):
            raise invalid("shares: exactly the trained leaves")
        return KktShares(graph, function, trained, shares)
    squares, linear, axis = leaves("squares"), leaves("linear"), None if s["axis"] is None else expect_name(s["axis"])
    for name in (*squares, *linear):
        if name not in trained:
            raise invalid(f"{name} is in the quantity and not trained")
        if axis is not None and axis not in graph.leaves[name]:
            raise invalid(f"{name} has no axis {axis}")
    if not squares and not linear:
        raise invalid("the quantity is identically zero")
    return Conserved(graph, function, trained, axis, squares, linear)


def parse_sizes(obj: object, graph: Graph) -> dict[str, int]:
    """A size for every axis of the graph and for nothing else."""
    sizes = {axis: expect_int(n, 1, 10_000) for axis, n in expect_map(obj).items()}
    if set(sizes) != graph.axes:
        raise invalid(f"sizes are for axes {sorted(sizes)}, the graph has {sorted(graph.axes)}")
    return sizes


def _leaf(name: object, graph: Graph) -> str:
    if (text := expect_str(name)) not in graph.leaves:
        raise invalid(f"the graph has no leaf {text[:80]!r}")
    return text


def _relation(obj: object, graph: Graph) -> tuple[str, int]:
    relation, k = expect_list(obj, 2)
    if relation not in RELATIONS:
        raise unknown(f"unknown relation {str(relation)[:20]!r}")
    return str(relation), expect_int(k, 0, len(graph.nodes) - 1)


def _axes(obj: object) -> Axes:
    axes = tuple(expect_name(axis) for axis in expect_list(obj))
    if len(set(axes)) != len(axes):
        raise invalid(f"an axis occurs twice in {axes}")
    if GLOBAL in axes:
        raise invalid(f"no axis may be called {GLOBAL!r}: that is the global scaling")
    return axes


def _graph(obj: object, lowest_power: int) -> Graph:
    nodes: list[Node] = []
    leaves: dict[str, Axes] = {}
    for k, item in enumerate(expect_list(obj)):
        fields = expect_map(item)
        if "leaf" in fields:
            expect_fields(fields, ("leaf", "axes"))
            name, axes = fields["leaf"], _axes(fields["axes"])
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
            if not args or not set(axes := _axes(fields["axes"])) <= set(union):
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
    raise unknown(f"unknown operation {str(op)[:20]!r}")

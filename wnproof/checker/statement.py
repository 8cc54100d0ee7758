"""What a certificate says: statements about functions, read into frozen values once and checked for sense on the way."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from fractions import Fraction
from typing import Any

from .graph import Graph, parse_graph
from .reader import expect_fields, expect_int, expect_list, expect_map, expect_name, expect_str, fraction, invalid, unknown

RELATIONS = (">", ">=", "=", "!=")


@dataclass(frozen=True)
class Homogeneous:
    """f(..., c^weight leaf, ...) = c^degree f for all c > 0, all sizes, all values."""

    graph: Graph
    function: int
    scaled: dict[str, Fraction]
    degree: Fraction


@dataclass(frozen=True)
class Conserved:
    """Along gradient flow of sum_i l_i(f_i), any loss: sum q |leaf|^2 + sum q sum(leaf) is constant (per index of ``axis``)."""

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
    """Along leaf' = -d function / d leaf (trained leaves): d quantity / dt = velocity, in the same sense as Equal."""

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
_NAMES = ("homogeneous", "conserved", "kkt_shares", "equal", "evolves", "all")
_SAYS: dict[str, type[Any]] = dict(zip(_NAMES, (Homogeneous, Conserved, KktShares, Equal, Evolves, All), strict=True))


def parse(obj: object) -> Statement:
    """Read a statement; raises Invalid when it is malformed or has no meaning (unknown leaf, zero quantity, ...)."""
    says = expect_str(expect_map(obj).get("says"))
    if says in ("kkt_point", "kkt_complete"):
        from . import arrangement

        return OneNeuron(arrangement.parse(expect_map(obj)))
    if says not in _SAYS:
        raise unknown(f"unknown statement {says[:40]!r}")
    s = expect_fields(obj, ("says", *(f.name for f in dataclass_fields(_SAYS[says]))))
    if says == "all":
        if not expect_list(s["of"]):
            raise invalid("a conjunction of nothing says nothing")
        return All(tuple(parse(part) for part in s["of"]))
    graph = parse_graph(s["graph"], 0 if says in ("equal", "evolves") else 1)

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
        raise unknown(f"a relation is one of {RELATIONS}")
    return str(relation), expect_int(k, 0, len(graph.nodes) - 1)

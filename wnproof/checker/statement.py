"""What a certificate says: statements about functions, read into frozen values once and checked for sense on the way."""

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import zip_longest
from typing import Any, NamedTuple

from . import neuron
from .graph import Graph, parse_graph
from .reader import expect_fields, expect_int, expect_list, expect_map, expect_name, expect_one, fraction, invalid
from .scalar import Box, parse_sizes, read_box, read_values

ALLOWED = {">": frozenset((1,)), ">=": frozenset((0, 1)), "=": frozenset((0,)), "!=": frozenset((-1, 1))}  # signs by relation


class Homogeneous(NamedTuple):
    """f(..., c^weight leaf, ...) = c^degree f for all c > 0, all sizes, all values.

    With an input: f_D, the function at input = h_(D-1), h_l being the layer at input = h_(l-1), each time with other leaves and
    sizes, has degree power ratio^D + slope D + degree for all D >= 1.
    """

    graph: Graph
    function: int
    scaled: dict[str, Fraction]
    degree: Fraction
    layer: int = 0
    input: str = ""
    power: Fraction = Fraction(0)
    ratio: Fraction = Fraction(1)
    slope: Fraction = Fraction(0)


@dataclass(frozen=True)
class Trained:
    """About a function of the trained leaves."""

    graph: Graph
    function: int
    trained: tuple[str, ...]


@dataclass(frozen=True)
class Conserved(Trained):
    """Along gradient flow of any l(f): sum q |leaf|^2 + sum q sum(leaf) is constant (per index of ``axis``)."""

    axis: str | None
    squares: dict[str, Fraction]
    linear: dict[str, Fraction] = field(default_factory=dict)


class ConservedMatrix(Conserved):
    """The same with the matrix leaf leaf^T along ``axis``, summed over the leaf's other axes, in place of |leaf|^2."""


@dataclass(frozen=True)
class KktShares(Trained):
    """At every KKT point u of f on the unit sphere of the trained leaves with f(u) != 0: |u_leaf|^2 = share."""

    shares: dict[str, Fraction]


@dataclass(frozen=True)
class ClarkeMember(Trained):
    """A vector is in the Clarke set at a point of f as a function of the trained leaves; or every kink has a slope of its own."""

    sizes: dict[str, int]
    values: dict[str, Fraction]
    gradient: dict[str, Fraction]
    notion: str


@dataclass(frozen=True)
class LawsAtMost(Trained):
    """Near some point, gradient flow of every l(f) keeps no more than ``count`` independent functions of the trained leaves."""

    sizes: dict[str, int]
    count: int


@dataclass(frozen=True)
class KktLines(Trained):
    """In each box one line through 0, always another, meets the unit sphere in KKT points of f; ``complete``: no other does."""

    boxes: list[Box]
    complete: int


class Identity(NamedTuple):
    """Left = right (or >=) entrywise at these sizes, wherever every relation of ``where`` holds and both are defined.

    With a ``function`` F it is d left / dt that is compared with right, along leaf' = -dF/dleaf for the trained leaves.
    """

    graph: Graph
    left: int
    right: int
    sizes: dict[str, int]
    where: tuple[tuple[str, int], ...]
    function: int | None = None
    trained: tuple[str, ...] = ()
    relation: str = "="

    @property
    def roots(self) -> list[int]:
        """The tensors that it speaks of, those of ``where`` last."""
        return [*([] if self.function is None else [self.function]), self.left, self.right, *(k for _, k in self.where)]


class All(NamedTuple):
    """Every part."""

    of: "tuple[Statement, ...]"


Law = Homogeneous | Conserved | KktShares
Statement = Law | Identity | All | neuron.OneNeuron | ClarkeMember | LawsAtMost | KktLines
_SAYS: dict[str, tuple[type[Any], str]] = {  # beside the graph the fields of the file, in the order of those of the class
    "homogeneous": (Homogeneous, "function scaled degree"),
    "homogeneous_any_depth": (Homogeneous, "function scaled degree layer input power ratio slope"),
    "conserved": (Conserved, "function trained axis squares linear"),
    "conserved_matrix": (ConservedMatrix, "function trained axis squares"),
    "kkt_shares": (KktShares, "function trained shares"),
    "clarke_member": (ClarkeMember, "function trained sizes values gradient notion"),
    "laws_at_most": (LawsAtMost, "function trained sizes count"),
    "kkt_lines": (KktLines, "function trained boxes complete"),
}
_SAYS |= dict.fromkeys(("equal", "at_least"), (Identity, "left right sizes where"))
_SAYS |= dict.fromkeys(("evolves", "evolves_at_least"), (Identity, "quantity velocity sizes where function trained"))


def parse(obj: object) -> Statement:
    """Read a statement; raises Invalid when it is malformed or has no meaning (unknown leaf, zero quantity, ...)."""
    says: Any = expect_map(obj).get("says")
    if says in ("kkt_point", "kkt_complete"):
        return neuron.parse(expect_map(obj))
    if says == "all":
        if not (parts := expect_list(expect_fields(obj, ("says", "of"))["of"])):
            raise invalid("a conjunction of nothing says nothing")
        return All(tuple(parse(part) for part in parts))
    form, names = _SAYS[expect_one(says, _SAYS)]
    given = expect_fields(obj, ("says", "graph", *names.split()))
    graph = parse_graph(given["graph"], int(form is not Identity))  # a law is about functions, not about slopes of theirs
    read = [_field(name, given[name], graph, given) for name in names.split()]
    statement: Statement = form(graph, *read, **{"relation": ">="} if "at_least" in says else {})
    _expect_sense(statement)
    return statement


def _field(name: str, value: Any, graph: Graph, given: dict[str, Any]) -> Any:
    """A field is read by its name, which means the same in every statement."""
    match name:
        case "function" | "layer" | "left" | "right" | "quantity" | "velocity":
            return graph.given[expect_int(value, 0, len(graph.given) - 1)]
        case "scaled" | "squares" | "linear" | "shares":
            out = {expect_one(leaf, graph.leaves, invalid): fraction(q) for leaf, q in expect_map(value).items()}
            if zero := [leaf for leaf, q in out.items() if not q and name != "shares"]:
                raise invalid(f"{name}: {zero[0]} has coefficient 0; leave it out")
            return out
        case "trained":
            trained = tuple(expect_one(leaf, graph.leaves, invalid) for leaf in expect_list(value))
            if not trained or len(set(trained)) != len(trained):
                raise invalid("trained: at least one leaf, each once")
            return trained
        case "where":
            pairs = [expect_list(pair, 2) for pair in expect_list(value)]
            return tuple((expect_one(relation, ALLOWED), _field("left", k, graph, given)) for relation, k in pairs)
        case "input":
            return expect_one(value, graph.leaves, invalid)
        case "notion":
            return expect_one(value, ("clarke", "decoupled"))
        case "axis":
            return None if value is None else expect_name(value)
        case "count" | "complete":
            return expect_int(value, 0, 1 if name == "complete" else None)
        case "boxes":
            return [read_box(box, len(expect_list(given["trained"])), 1) for box in expect_list(value)]
        case "values" | "gradient":
            trained = () if name == "values" else _field("trained", given["trained"], graph, given)
            return read_values(value, graph, parse_sizes(given["sizes"], graph), trained)
    return parse_sizes(value, graph) if name == "sizes" else fraction(value)


def _expect_sense(s: Statement) -> None:
    if isinstance(s, Identity) and set(left := s.graph.nodes[s.left].axes) != set(right := s.graph.nodes[s.right].axes):
        raise invalid(f"the sides have axes {left} and {right}")
    if isinstance(s, KktShares | Identity | ClarkeMember) and s.function is not None and (axes := s.graph.nodes[s.function].axes):
        raise invalid(f"the function must be a scalar, it has axes {axes}")
    if (isinstance(s, Homogeneous) and not s.scaled) or (isinstance(s, KktShares) and set(s.shares) != set(s.trained)):
        raise invalid("no leaf is scaled, or the shares are not those of exactly the trained leaves")
    if isinstance(s, Homogeneous) and s.input:
        below, above = s.graph.leaves[s.input], s.graph.nodes[s.layer].axes
        moved = [(a, b) for a, b in zip_longest(below, above) if a != b]
        if s.input in s.scaled or any(a in (None, *above) or b in (None, *below) for a, b in moved):
            raise invalid(f"{s.input} with axes {below} is scaled, or a layer with axes {above} cannot take its place")
    if isinstance(s, Conserved):
        for name in (*s.squares, *s.linear):
            if name not in s.trained or s.axis not in (None, *s.graph.leaves[name]):
                raise invalid(f"{name} is in the quantity and not trained, or has no axis {s.axis}")
        if not (s.squares or s.linear) or (isinstance(s, ConservedMatrix) and s.axis is None):
            raise invalid("the quantity is identically zero, or a matrix without an axis")

"""Statements: what a claim says, as graph nodes; ``encode`` gives the checker's form of it.

A statement names functions. Where a derivative occurs (a conserved quantity, a flow), the checker forms it itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar, Protocol

from wnproof.graph.encode import encode
from wnproof.graph.nodes import Leaf, Node, leaf

Relation = tuple[str, Node]
Json = dict[str, Any]


class Statement(Protocol):
    """Anything that can be put before the checker."""

    def encode(self) -> Json:
        """The statement in the checker's language."""
        ...


def text(value: Fraction | int) -> str:
    """Canonical "p" or "p/q"."""
    return str(Fraction(value))


@dataclass(frozen=True, eq=False)
class Homogeneous:
    """f(..., c^weight leaf, ...) = c^degree f for every c > 0, at all sizes."""

    function: Node
    scaled: Mapping[str, Fraction]
    degree: Fraction

    def encode(self) -> Json:
        """The checker's form."""
        graph, (function,) = encode(self.function)
        scaled = {name: text(weight) for name, weight in self.scaled.items()}
        return {"says": "homogeneous", "graph": graph, "function": function, "scaled": scaled, "degree": text(self.degree)}


@dataclass(frozen=True, eq=False)
class HomogeneousAnyDepth:
    """f_D(..., c^weight leaf, ...) = c^(power ratio^D + slope D + rest) f_D for every c > 0 and D >= 1, at all sizes.

    f_D is the function at input = h_(D-1), h_l the layer at input = h_(l-1), each time with leaves and sizes of its own; h_0 is
    not scaled.
    """

    function: Node
    layer: Node
    input: Leaf
    scaled: Mapping[str, Fraction]
    power: Fraction
    ratio: Fraction
    slope: Fraction
    rest: Fraction

    def encode(self) -> Json:
        """The checker's form."""
        graph, (function, layer) = encode(self.function, self.layer)
        numbers = {"power": self.power, "ratio": self.ratio, "slope": self.slope, "degree": self.rest}
        return {
            "says": "homogeneous_any_depth",
            "graph": graph,
            "function": function,
            "layer": layer,
            "input": self.input.name,
            "scaled": {name: text(weight) for name, weight in self.scaled.items()},
            **{name: text(number) for name, number in numbers.items()},
        }


@dataclass(frozen=True, eq=False)
class Conserved:
    """Q = sum q |leaf|^2 + sum q sum(leaf), for each index of ``axis`` (or in all), is constant along gradient flow for
    every loss and data.
    """

    function: Node
    trained: tuple[str, ...]
    axis: str | None
    squares: Mapping[str, Fraction]
    linear: Mapping[str, Fraction] = field(default_factory=dict)

    def encode(self) -> Json:
        """The checker's form."""
        graph, (function,) = encode(self.function)
        return {
            "says": "conserved",
            "graph": graph,
            "function": function,
            "trained": sorted(self.trained),
            "axis": self.axis,
            "squares": {name: text(q) for name, q in self.squares.items()},
            "linear": {name: text(q) for name, q in self.linear.items()},
        }


@dataclass(frozen=True, eq=False)
class ConservedMatrix(Conserved):
    """The matrix sum q leaf leaf^T along ``axis``, summed over each leaf's other axes, is constant, entry by entry."""

    def encode(self) -> Json:
        """The checker's form."""
        return {name: value for name, value in super().encode().items() if name != "linear"} | {"says": "conserved_matrix"}


@dataclass(frozen=True, eq=False)
class LawsAtMost:
    """On some open set of the trained leaves, any count + 1 of the C^1 functions that are constant along gradient flow of every
    l(f), whatever the other leaves are, have linearly dependent gradients; at these sizes.

    ``laws`` that are known and ``known`` values of leaves (nested lists of "p/q") help to decide it; they are no part of it.
    """

    function: Node
    trained: tuple[str, ...]
    sizes: Mapping[str, int]
    count: int
    laws: tuple[Conserved, ...] = ()
    known: Mapping[str, Any] = field(default_factory=dict)

    def encode(self) -> Json:
        """The checker's form."""
        graph, (function,) = encode(self.function)
        trained = sorted(self.trained)
        sizes = _sizes(graph, self.sizes)
        return {
            "says": "laws_at_most",
            "graph": graph,
            "function": function,
            "trained": trained,
            "sizes": sizes,
            "count": self.count,
        }


@dataclass(frozen=True, eq=False)
class KktLines:
    """In each box one line through 0, always another one, meets the unit sphere in KKT points of f; ``complete``: no other does.

    A box is (chart k, centre with 1 at k, radius) over the trained leaves, which are scalars, and stands for the x with x_k = 1
    in it. Evidence that is ``known`` decides it; it is no part of it.
    """

    function: Node
    trained: tuple[str, ...]
    boxes: tuple[tuple[int, tuple[Fraction, ...], Fraction], ...]
    complete: bool
    known: Json = field(default_factory=dict)

    def encode(self) -> Json:
        """The checker's form."""
        graph, (function, *_) = encode(self.function, *map(leaf, self.trained))  # f need not depend on all of them
        return {
            "says": "kkt_lines",
            "graph": graph,
            "function": function,
            "trained": list(self.trained),
            "boxes": [[chart, [text(q) for q in centre], text(radius)] for chart, centre, radius in self.boxes],
            "complete": int(self.complete),
        }


@dataclass(frozen=True, eq=False)
class Shares:
    """|u_leaf|^2 = share at every KKT point u of f on the unit sphere with f(u) != 0, at all sizes."""

    function: Node
    shares: Mapping[str, Fraction]

    def encode(self) -> Json:
        """The checker's form."""
        graph, (function,) = encode(self.function)
        shares = {name: text(q) for name, q in self.shares.items()}
        return {"says": "kkt_shares", "graph": graph, "function": function, "trained": sorted(self.shares), "shares": shares}


@dataclass(frozen=True, eq=False)
class Equal:
    """left = right entry by entry at these sizes, wherever the relations of ``where`` hold and both sides are defined."""

    left: Node
    right: Node
    sizes: Mapping[str, int] = field(default_factory=dict)
    where: tuple[Relation, ...] = ()
    says: ClassVar[str] = "equal"

    def encode(self) -> Json:
        """The checker's form."""
        graph, (left, right, *conditions) = encode(self.left, self.right, *(node for _, node in self.where))
        return {
            "says": self.says,
            "graph": graph,
            "left": left,
            "right": right,
            "sizes": _sizes(graph, self.sizes),
            "where": [[relation, k] for (relation, _), k in zip(self.where, conditions, strict=True)],
        }


@dataclass(frozen=True, eq=False)
class AtLeast(Equal):
    """left >= right entry by entry, in the same sense as ``Equal``."""

    says: ClassVar[str] = "at_least"


@dataclass(frozen=True, eq=False)
class Evolves:
    """Along leaf' = -d function / d leaf for the trained leaves, d quantity / dt = velocity, at these sizes."""

    function: Node
    trained: tuple[Leaf, ...]
    quantity: Node
    velocity: Node
    sizes: Mapping[str, int] = field(default_factory=dict)
    where: tuple[Relation, ...] = ()
    says: ClassVar[str] = "evolves"

    def encode(self) -> Json:
        """The checker's form."""
        roots = (self.function, self.quantity, self.velocity, *(node for _, node in self.where))
        graph, (function, quantity, velocity, *conditions) = encode(*roots)
        return {
            "says": self.says,
            "graph": graph,
            "function": function,
            "trained": sorted(leaf.name for leaf in self.trained),
            "quantity": quantity,
            "velocity": velocity,
            "sizes": _sizes(graph, self.sizes),
            "where": [[relation, k] for (relation, _), k in zip(self.where, conditions, strict=True)],
        }


@dataclass(frozen=True, eq=False)
class EvolvesAtLeast(Evolves):
    """d quantity / dt >= velocity, in the same sense as ``Evolves``."""

    says: ClassVar[str] = "evolves_at_least"


@dataclass(frozen=True, eq=False)
class ClarkeMember:
    """The vector ``gradient`` is in the Clarke set (or the decoupled set) of the function at the point ``values``.

    Both are exact numbers by leaf, as nested lists of "p/q"; the function is one of the trained leaves, the others stand still.
    """

    function: Node
    trained: tuple[Leaf, ...]
    values: Mapping[str, Any]
    gradient: Mapping[str, Any]
    sizes: Mapping[str, int] = field(default_factory=dict)
    notion: str = "clarke"

    def encode(self) -> Json:
        """The checker's form."""
        graph, (function, *_) = encode(self.function, *self.trained)
        return {
            "says": "clarke_member",
            "graph": graph,
            "function": function,
            "trained": sorted(leaf.name for leaf in self.trained),
            "sizes": _sizes(graph, self.sizes),
            "values": dict(self.values),
            "gradient": dict(self.gradient),
            "notion": self.notion,
        }


@dataclass(frozen=True, eq=False)
class Every:
    """All of several statements."""

    parts: tuple[Statement, ...]

    def encode(self) -> Json:
        """The checker's form."""
        return {"says": "all", "of": [part.encode() for part in self.parts]}


@dataclass(frozen=True, eq=False)
class Encoded:
    """A statement that is already in the checker's language, such as one about a neuron's KKT points."""

    content: Json

    def encode(self) -> Json:
        """The checker's form."""
        return self.content


def _sizes(graph: list[Json], sizes: Mapping[str, int]) -> dict[str, int]:
    """The sizes of the axes that occur."""
    axes = {axis for node in graph for axis in node.get("axes", ())}
    return {axis: size for axis, size in sizes.items() if axis in axes}

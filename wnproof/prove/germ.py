"""First order of a function with kinks at an exact point: forms in the trained entries and in the kinks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import prod
from typing import Any, NamedTuple

from wnproof.checker import real
from wnproof.checker.domain import evaluate
from wnproof.checker.expand import expand, read_values
from wnproof.checker.graph import parse_graph
from wnproof.checker.polynomial import gather, plus
from wnproof.checker.scalar import Arena
from wnproof.errors import WnproofError
from wnproof.graph.encode import encode
from wnproof.graph.nodes import Node

Form = dict[Any, Fraction]  # of entries by name and of kinks by number
F, ONE = -1, Fraction(1)  # the function, last among the arguments


class Germ(NamedTuple):
    """A kink is a ``Pw`` of order 1 whose argument is 0 at the point and has a gradient there.

    Attributes:
        value: the function at the point.
        arguments: of the kinks, inner ones first, and of the function under F, as forms in trained entries and kinks.
        slopes: (c+, c-) of each kink.
        affine: the kinks whose argument, up to factors that are not 0, is affine near the point on the sides of inner kinks.
    """

    value: Fraction
    arguments: dict[int, Form]
    slopes: dict[int, tuple[Fraction, ...]]
    affine: set[int]

    def along(self, slope: Callable[[int, Form], Fraction]) -> dict[int, Form]:
        """The arguments with a slope put in for each kink."""
        out, put = dict[int, Form](), dict[int, Form]()
        for k, form in self.arguments.items():
            out[k] = gather((e, c * q) for key, c in form.items() for e, q in put.get(key, {key: ONE}).items())
            put[k] = plus({}, out[k], slope(k, out[k])) if k != F else {}
        return out


def germ(function: Node, sizes: Mapping[str, int], values: Mapping[str, Any], trained: frozenset[str]) -> Germ:
    """The first order at the point, in rational arithmetic.

    Args:
        function: a scalar node.
        sizes: axis -> length.
        values: every leaf's numbers at the point, as nested lists of "p/q".
        trained: names of the entries that move, such as W1[0,2].

    Raises: WnproofError E-VALUE when a value at the point is not rational.
    """
    nodes, (root_node,) = encode(function)
    graph, arena = parse_graph(nodes, 1), Arena()
    point = read_values({leaf: values[leaf] for leaf in graph.leaves}, graph, sizes)
    root = expand(graph, sizes, arena, (graph.given[root_node],))[graph.given[root_node]][()]
    x = real.settle(lambda bits: evaluate(arena, (root,), point, bits))
    near, forms, degrees = Germ(x[root].lo, {}, {}, set()), dict[int, Form](), dict[int, int]()
    for k, value in x.items():
        item, z = arena.items[k], [x[a].lo for a in arena.items[k].of]
        if value.lo != value.hi:
            raise WnproofError("E-VALUE", f"{arena.text(k)} is not rational at the point", help="take another point")
        below = [degrees[a] for a in item.of]
        degrees[k] = sum(below) if item.op == "*" else max(below, default=int(item.name in trained))
        degrees[k] *= 1 if item.op in ("sym", "+", "*") or 1 in item.by[-1:] else 2
        if item.op == "pw" and item.by[2] == 1 and not z[0] and forms[item.of[0]]:
            near.arguments[k], near.slopes[k], forms[k] = forms[item.of[0]], item.by[:2], {k: ONE}
            factors = arena.items[item.of[0]].of if arena.items[item.of[0]].op == "*" else item.of
            near.affine.update([k] if [degrees[a] for a in factors if not x[a].lo] == [1] else [])
            continue
        slopes = [prod((*z[:i], *z[i + 1 :]), start=ONE) if item.op == "*" else ONE for i in range(len(z))]
        if item.by and z:  # c z^p has the slope p c z^(p-1); exp, log and tanh have 1 where their values are rational
            slopes = [item.by[-1] * value.lo / z[0] if z[0] else Fraction(0)]
        forms[k] = {} if z or not degrees[k] else {item.name: ONE}
        forms[k] |= gather((e, c * q) for a, c in zip(item.of, slopes, strict=True) for e, q in forms[a].items())
    near.arguments[F] = forms[root]
    return near

"""What a statement at concrete sizes asks for, where it asks for it, and whether an exact point lies there."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from itertools import combinations_with_replacement
from typing import Any, NamedTuple

from . import real
from .graph import Node, conditions, fold
from .reader import invalid
from .real import Interval, Unsettled, point
from .scalar import Arena, Table, entries, expand, indices, parse_sizes, read_values, size_text, symbol
from .statement import ALLOWED, Conserved, ConservedMatrix, Identity, Law

Relation = tuple[str, int]


class Task(NamedTuple):
    """Scalars of a statement: left ``relation`` right entry by entry; the relations (stated, of being defined) of its domain."""

    arena: Arena
    entries: tuple[tuple[str, int, int], ...]
    where: tuple[Relation, ...]
    defined: tuple[Relation, ...]
    relation: str = "="


def pose(statement: Identity) -> Task:
    """Expand at the sizes; along a flow the left side is D left [-grad function], formed here."""
    graph, sizes, arena, left, right = statement.graph, statement.sizes, Arena(), statement.left, statement.right
    tables = expand(graph, sizes, arena, statement.roots)
    sides = tables[left]
    if statement.function is not None:
        slopes = arena.gradient(tables[statement.function][()], entries(graph, statement.trained, sizes))
        rates = arena.derivative(sides.values(), {name: arena.product(arena.number(-1), k) for name, k in slopes.items()})
        sides = {i: rates[k] for i, k in sides.items()}
    order = [graph.nodes[left].axes.index(axis) for axis in graph.nodes[right].axes]  # entries that face each other, by name
    facing = tuple((symbol("", i) or "value", k, tables[right][tuple(i[a] for a in order)]) for i, k in sides.items())
    where = tuple((relation, k) for relation, node in statement.where for k in tables[node].values())
    written = [k for root in statement.roots for k in tables[root].values()]
    return Task(arena, facing, where, conditions(arena.items, [*written, *sides.values()]), statement.relation)


def place(law: Law, fields: dict[str, Any]) -> tuple[Arena, Table, dict[str, int], dict[str, Fraction]]:
    """A law at the point in the fields ``sizes`` and ``values``: the function there, and a value for every symbol."""
    sizes, arena = parse_sizes(fields["sizes"], law.graph), Arena()
    values = read_values(fields["values"], law.graph, sizes)
    return arena, expand(law.graph, sizes, arena, (law.function,))[law.function], sizes, values


def quantities(law: Conserved, sizes: Mapping[str, int], arena: Arena) -> dict[str, int]:
    """What is conserved, entry by entry: one, or one per index of the axis, or one per pair of indices for a matrix."""
    along: Iterable[Any] = (None,) if law.axis is None else range(sizes[law.axis])
    out: dict[str, int] = {}
    for j, k in combinations_with_replacement(along, 2) if isinstance(law, ConservedMatrix) else zip(along, along, strict=True):
        terms = []
        for leaf, q, degree in [(*item, 2) for item in law.squares.items()] + [(*item, 1) for item in law.linear.items()]:
            axes = law.graph.leaves[leaf]
            for i in indices(axes, sizes):
                if j is None or i[axes.index(law.axis)] == j:
                    both = (i, tuple(k if axis == law.axis else p for axis, p in zip(axes, i, strict=True)))
                    factors = (arena.make("sym", name=symbol(leaf, f)) for f in both[:degree])
                    terms.append(arena.product(arena.number(q), *factors))
        at = f"index {j}" if j == k else f"entry {j, k}"
        out["" if j is None else f" at {at} of {law.axis}"] = arena.make("+", tuple(terms))
    return out


def scope(task: Task, sizes: dict[str, int]) -> str:
    """Sizes and conditions in words."""
    at, arena, relations = size_text(sizes), task.arena, (*task.where, *task.defined)
    conditions = dict.fromkeys(f"{arena.text(k)} {relation} 0" for relation, k in relations if arena.items[k].op != "num")
    parts = [f"at {at}"] * bool(at) + [f"where {', '.join(conditions)}"] * bool(conditions)
    return " ".join(parts) or "everywhere"


def evaluate(arena: Arena, roots: Iterable[int], values: Mapping[str, Fraction], bits: int) -> dict[int, Interval]:
    """An interval around each scalar below the roots; Unsettled where one is not certainly defined or has no single slope."""

    def value(_: int, item: Node, of: list[Interval]) -> Interval:
        match item.op:
            case "sym" | "num":
                return point(values[item.name] if item.name else item.by[0])
            case "+" | "*":
                return reduce(lambda x, y: x.plus(y, bits) if item.op == "+" else x.times(y, bits), of)
            case "^":
                return of[0].power(item.by[0], bits)
            case "pw":
                return kink(of[0], item.by, bits)
        return of[0].increasing(item.op, bits)

    return fold(arena.items, roots, value)


def kink(z: Interval, by: tuple[Fraction, ...], bits: int) -> Interval:
    """pw(z, c+, c-, p); of order 0 it is a slope, and only a z of certain nonzero sign has one."""
    above, below, p = by
    if z.sign:
        return z.power(p, bits).times(point(above if z.sign > 0 else below), bits)
    if not p:
        raise Unsettled("the argument of a kink is not certainly different from 0, so its slope is not single")
    pieces = [point(0), *(kink(point(end), by, bits) for end in z if end)]  # monotone on either side of 0
    return Interval(min(x.lo for x in pieces), max(x.hi for x in pieces))


def require(arena: Arena, relations: Sequence[Relation], values: Mapping[str, Fraction]) -> None:
    """Raise Invalid unless the point is in the domain: every relation certainly holds there."""

    def attempt(bits: int) -> None:
        x = evaluate(arena, (k for _, k in relations), values, bits)
        for relation, k in relations:
            possible = {s for s, can in ((-1, x[k].lo < 0), (0, x[k].lo <= 0 <= x[k].hi), (1, x[k].hi > 0)) if can}
            if not possible <= ALLOWED[relation]:
                error = Unsettled if possible & ALLOWED[relation] else invalid
                raise error(f"the point is not in the domain, where {arena.text(k)} {relation} 0")

    real.settle(attempt)

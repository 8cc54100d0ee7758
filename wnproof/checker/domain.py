"""What a statement at concrete sizes asks for, where it asks for it, and whether an exact point lies there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from . import real
from .expand import Table, aligned, expand, indices, read_values, symbol
from .reader import invalid
from .real import Interval, Unsettled, point
from .scalar import Arena
from .statement import Conserved, Equal, Evolves, Homogeneous, KktShares, parse_sizes

Relation = tuple[str, int]


@dataclass(frozen=True)
class Task:
    """Scalars of a statement: the two sides entry by entry, and the relations (stated, and of being defined) of its domain."""

    arena: Arena
    entries: tuple[tuple[str, int, int], ...]
    where: tuple[Relation, ...]
    defined: tuple[Relation, ...]


def pose(statement: Equal | Evolves) -> Task:
    """Expand at the sizes; for Evolves the left side is D quantity [-grad function], formed here."""
    graph, sizes, arena = statement.graph, statement.sizes, Arena()
    left, right = (statement.left, statement.right) if isinstance(statement, Equal) else (statement.quantity, statement.velocity)
    roots = [left, right, *(k for _, k in statement.where)]
    tables = expand(graph, sizes, arena, roots if isinstance(statement, Equal) else [*roots, statement.function])
    sides = dict(tables[left])
    written = [*tables[left].values(), *tables[right].values()]
    if isinstance(statement, Evolves):
        loss = tables[statement.function][()]
        written.append(loss)
        velocity: dict[str, int] = {}
        for leaf in statement.trained:
            for i in indices(graph.leaves[leaf], sizes):
                slope = arena.derivative((loss,), {symbol(leaf, i): arena.number(1)})[loss]
                if not arena.is_number(slope, 0):
                    velocity[symbol(leaf, i)] = arena.product(arena.number(-1), slope)
        rates = arena.derivative(sides.values(), velocity)
        sides = {i: rates[k] for i, k in sides.items()}
    entries = tuple((symbol("", i) or "value", k, tables[right][aligned(graph, left, right, i)]) for i, k in sides.items())
    where = tuple((relation, k) for relation, node in statement.where for k in tables[node].values())
    everything = [*written, *(k for _, a, b in entries for k in (a, b)), *(k for _, k in where)]
    return Task(arena, entries, where, tuple(arena.conditions(everything)))


@dataclass(frozen=True)
class Place:
    """One point for a statement about all sizes: its function there, entry by entry, and a value for every symbol."""

    arena: Arena
    table: Table
    sizes: dict[str, int]
    values: dict[str, Fraction]

    @property
    def at(self) -> dict[str, Interval]:
        """The values as intervals."""
        return {name: point(q) for name, q in self.values.items()}

    def require_defined(self) -> None:
        """Raise Invalid unless the function is certainly defined at the point."""
        require(self.arena, self.arena.conditions(self.table.values()), self.at)


def place(statement: Homogeneous | Conserved | KktShares, fields: dict[str, Any]) -> Place:
    """The point that evidence gives in its fields ``sizes`` and ``values``."""
    sizes = parse_sizes(fields["sizes"], statement.graph)
    values, arena = read_values(fields["values"], statement.graph, sizes), Arena()
    return Place(arena, expand(statement.graph, sizes, arena, (statement.function,))[statement.function], sizes, values)


def scope(task: Task, sizes: dict[str, int]) -> str:
    """Sizes and conditions in words."""
    at = ", ".join(f"{axis}={n}" for axis, n in sorted(sizes.items()))
    arena, relations = task.arena, (*task.where, *task.defined)
    conditions = dict.fromkeys(f"{arena.text(k)} {relation} 0" for relation, k in relations if arena.items[k].op != "num")
    parts = [f"at {at}"] * bool(at) + [f"where {', '.join(conditions)}"] * bool(conditions)
    return " ".join(parts) or "everywhere"


def evaluate(arena: Arena, roots: Iterable[int], values: Mapping[str, Interval], bits: int) -> dict[int, Interval]:
    """An interval around each scalar below the roots; Unsettled where one is not certainly defined or has no single slope."""
    out: dict[int, Interval] = {}
    for k in arena.below(roots):
        item = arena.items[k]
        of = [out[a] for a in item.of]
        if item.op == "sym":
            out[k] = values[item.name]
        elif item.op == "num":
            out[k] = point(item.by[0])
        elif item.op in ("+", "*"):
            value = of[0]
            for x in of[1:]:
                value = (real.add if item.op == "+" else real.mul)(value, x, bits)
            out[k] = value
        elif item.op == "^":
            out[k] = real.power(of[0], item.by[0], bits)
        elif item.op == "pw":
            out[k] = kink(of[0], item.by, bits)
        else:
            out[k] = {"exp": real.exp, "log": real.log, "tanh": real.tanh}[item.op](of[0], bits)
    return out


def kink(z: Interval, by: tuple[Fraction, ...], bits: int) -> Interval:
    """pw(z, c+, c-, p); of order 0 it is a slope, and only a z of certain nonzero sign has one."""
    above, below, p = by
    if z.sign:
        return real.mul(point(above if z.sign > 0 else below), real.power(z, p, bits), bits)
    if not p:
        raise Unsettled("the argument of a kink is not certainly different from 0, so its slope is not single")
    right, left = Interval(max(z.lo, Fraction(0)), z.hi), Interval(z.lo, min(z.hi, Fraction(0)))
    pieces = [real.mul(point(c), real.power(part, p, bits), bits) for c, part in ((above, right), (below, left))]
    return Interval(min(x.lo for x in pieces), max(x.hi for x in pieces))


def holds(relation: str, x: Interval) -> bool | None:
    """Whether x stands in the relation to 0: certainly, certainly not, or None."""
    zero, apart = x.sign == 0, bool(x.sign)
    certain = {">": (x.lo > 0, x.hi <= 0), ">=": (x.lo >= 0, x.hi < 0), "=": (zero, apart), "!=": (apart, zero)}
    yes, no = certain[relation]
    return True if yes else False if no else None


def require(arena: Arena, relations: Iterable[Relation], values: Mapping[str, Interval]) -> None:
    """Raise Invalid unless the point is in the domain: every relation certainly holds there."""
    wanted = list(relations)

    def attempt(bits: int) -> None:
        x = evaluate(arena, (k for _, k in wanted), values, bits)
        for relation, k in wanted:
            if (answer := holds(relation, x[k])) is False:
                raise invalid(f"the point is not in the domain: {arena.text(k)} {relation} 0 fails there")
            if answer is None:
                raise Unsettled(f"whether {arena.text(k)} {relation} 0 at the point is not certain")

    real.settle(attempt)

"""Kind "witness": an exact point where the statement is false.

Everything is evaluated by rational intervals, rounded outwards, single points as long as the arithmetic is rational. "False":
the point is certainly in the domain and the two sides are certainly different. A kink under a derivative must have an argument
of certain nonzero sign there, so that nothing is refuted by a choice of slope.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from . import gauge, real
from .domain import evaluate, place, pose, quantities, require, scope
from .graph import conditions
from .reader import expect_fields, expect_int, fraction, invalid, number_text
from .real import Unsettled
from .scalar import Arena, Table, entries, expand, indices, read_values, size_text, symbol
from .statement import Conserved, Homogeneous, Identity, KktShares, Law


def verify(statement: Law | Identity, evidence: dict[str, Any]) -> tuple[str, str]:
    """Check that the evidence refutes the statement; the scope is where it is false."""
    if isinstance(statement, Identity):
        fields = expect_fields(evidence, ("kind", "values"))
        task, values = pose(statement), read_values(fields["values"], statement.graph, statement.sizes)
        require(task.arena, (*task.where, *task.defined), values)
        entry = _different(task.arena, task.entries, values, task.relation)
        return "refuted", f"false in entry {entry} {scope(task, statement.sizes)}"
    extra = ["scale", "depth"][: 1 + bool(statement.input)] if isinstance(statement, Homogeneous) else []
    fields = expect_fields(evidence, ("kind", "sizes", "values", *extra))
    arena, table, sizes, values = place(statement, fields)
    require(arena, conditions(arena.items, table.values()), values)
    if isinstance(statement, Homogeneous):
        where = _homogeneous(statement, fields, arena, sizes, values)
    elif isinstance(statement, Conserved):
        where = _conserved(statement, arena, table, sizes, values)
    else:
        where = _shares(statement, arena, table[()], values)
    return "refuted", f"{where} at {size_text(sizes) or 'one point'}"


def _different(arena: Arena, wanted: Sequence[tuple[str, int, int]], values: dict[str, Fraction], relation: str = "=") -> str:
    """The first entry in which the relation certainly fails, both sides being certainly defined."""

    def attempt(bits: int) -> str:
        x = evaluate(arena, (k for _, *sides in wanted for k in sides), values, bits)
        for name, i, j in wanted:
            if x[i].hi < x[j].lo or (relation == "=" and x[j].hi < x[i].lo):
                return name
        raise Unsettled("the relation of the two sides does not certainly fail at the point")

    return real.settle(attempt)


def _homogeneous(s: Homogeneous, fields: dict[str, Any], arena: Arena, sizes: dict[str, int], values: dict[str, Fraction]) -> str:
    """The same function once more, with c^weight leaf for each scaled leaf, against c^degree f; layers share leaves and sizes."""
    scale, depth = fraction(fields["scale"]), expect_int(fields.get("depth", 1), 1, 16)
    here, there = (s.graph.leaves[s.input], s.graph.nodes[s.layer].axes) if s.input else ((), ())
    if scale <= 0 or any(sizes[a] != sizes[b] for a, b in zip(here, there, strict=True)):
        raise invalid("the scale is not positive, or a layer does not fit on the one below")
    leaves, tables = dict[str, Table](), list[Table]()
    for factors in ({}, s.scaled):
        for leaf, q in factors.items():
            factor, spots = arena.make("^", (arena.number(scale),), (q,)), indices(s.graph.leaves[leaf], sizes)
            leaves[leaf] = {i: arena.product(factor, arena.make("sym", name=symbol(leaf, i))) for i in spots}
        given = leaves
        for _ in range(depth - 1):
            given = {**leaves, s.input: expand(s.graph, sizes, arena, (s.layer,), given)[s.layer]}
        tables.append(expand(s.graph, sizes, arena, (s.function,), given)[s.function])
    factor = arena.make("^", (arena.number(scale),), (s.power * s.ratio**depth + s.slope * depth + s.degree,))
    sides = [(symbol("", i) or "value", k, arena.product(factor, tables[0][i])) for i, k in tables[1].items()]
    return f"false in entry {_different(arena, sides, values)} for scale {number_text(scale)}" + f", D = {depth}" * (depth > 1)


def _conserved(s: Conserved, arena: Arena, table: Table, sizes: dict[str, int], values: dict[str, Fraction]) -> str:
    """An entry Q of what is conserved and an entry f with <grad Q, grad f> != 0: Q moves for the loss l(f) = f."""
    slopes = {at: arena.gradient(q, entries(s.graph, s.trained, sizes)) for at, q in quantities(s, sizes, arena).items()}
    moves = {at: arena.derivative(table.values(), slope) for at, slope in slopes.items()}
    rates = [(at, move[k], arena.number(0)) for at, move in moves.items() for k in table.values()]
    return f"the quantity moves{_different(arena, rates, values)}"


def _shares(s: KktShares, arena: Arena, function: int, values: dict[str, Fraction]) -> str:
    """A value that is not 0: then f is not 0 where |f| is largest on the sphere, which is a KKT point with other shares."""
    if (shares := gauge.shares(s)) == s.shares or conditions(s.graph.nodes, range(len(s.graph.nodes))):
        raise invalid("every leaf has its stated share, or an operation is not defined everywhere")
    require(arena, (("!=", function),), values)
    leaf = next(leaf for leaf in s.trained if shares[leaf] != s.shares[leaf])
    return f"{leaf} has share {number_text(shares[leaf])} where |f| is largest, which is not 0,"

"""Kind "witness": an exact point where the statement is false.

Everything is evaluated by rational intervals, rounded outwards, single points as long as the arithmetic is rational. "False": the
point is certainly in the domain and the two sides are certainly different. A kink under a derivative must have an argument of
certain nonzero sign there, so that the derivative is single valued and nothing is refuted by a choice of slope.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from . import gauge, real
from .domain import evaluate, place, pose, quantities, require, scope
from .expand import Table, expand, indices, read_table, read_values, symbol
from .graph import GLOBAL
from .reader import Invalid, expect_fields, expect_int, fraction, invalid, number_text
from .real import Unsettled
from .scalar import Arena
from .statement import Conserved, Homogeneous, Identity, KktShares, Law

Entry = tuple[str, int, int]  # name, and the two sides that the statement calls equal
Values = dict[str, Fraction]


def refute(statement: Law | Identity, evidence: dict[str, Any]) -> str:
    """Check that the evidence refutes the statement; returns the scope: where it is false."""
    if isinstance(statement, Identity):
        fields = expect_fields(evidence, ("kind", "values"))
        task, values = pose(statement), read_values(fields["values"], statement.graph.leaves, statement.sizes)
        require(task.arena, (*task.where, *task.defined), values)
        return f"false in entry {_different(task.arena, task.entries, values, task.relation)} {scope(task, statement.sizes)}"
    extra = {Homogeneous: ["scale"], KktShares: []}.get(type(statement), ["residuals"])
    extra = [*extra, "depth"] if isinstance(statement, Homogeneous) and statement.input else extra
    fields = expect_fields(evidence, ("kind", "sizes", "values", *extra))
    arena, table, sizes, values = place(statement, fields)
    require(arena, arena.conditions(table.values()), values)
    if isinstance(statement, Homogeneous):
        where = _homogeneous(statement, fields, arena, sizes, values)
    elif isinstance(statement, Conserved):
        residuals = read_table(fields["residuals"], "", statement.graph.nodes[statement.function].axes, sizes)
        where = _conserved(statement, residuals, arena, table, sizes, values)
    else:
        where = _shares(statement, arena, table[()], sizes, values)
    return f"{where} at {', '.join(f'{axis}={n}' for axis, n in sorted(sizes.items())) or 'one point'}"


def _different(arena: Arena, entries: Iterable[Entry], values: Values, relation: str = "=") -> str:
    """The first entry in which the relation certainly fails, both sides being certainly defined."""
    wanted = list(entries)

    def attempt(bits: int) -> str:
        x = evaluate(arena, (k for _, *sides in wanted for k in sides), values, bits)
        for name, i, j in wanted:
            if x[i].hi < x[j].lo or (relation == "=" and x[j].hi < x[i].lo):
                return name
        raise Unsettled("the relation of the two sides does not certainly fail at the point")

    return real.settle(attempt)


def _homogeneous(s: Homogeneous, fields: dict[str, Any], arena: Arena, sizes: dict[str, int], values: Values) -> str:
    """The same function once more, with c^weight leaf for each scaled leaf, against c^degree f; layers share leaves and sizes."""
    scale, depth = fraction(fields["scale"]), expect_int(fields.get("depth", 1), 1, 16)
    here, there = (s.graph.leaves[s.input], s.graph.nodes[s.layer].axes) if s.input else ((), ())
    if scale <= 0 or any(sizes[a] != sizes[b] for a, b in zip(here, there, strict=True)):
        raise invalid("the scale is not positive, or a layer does not fit on the one below")
    leaves, tables = dict[str, Table](), list[Table]()
    for factors in ({}, s.scaled):
        for leaf, q in factors.items():
            factor, spots = arena.power(arena.number(scale), q), indices(s.graph.leaves[leaf], sizes)
            leaves[leaf] = {i: arena.product(factor, arena.make("sym", name=symbol(leaf, i))) for i in spots}
        given = leaves
        for _ in range(depth - 1):
            given = {**leaves, s.input: expand(s.graph, sizes, arena, (s.layer,), given)[s.layer]}
        tables.append(expand(s.graph, sizes, arena, (s.function,), given)[s.function])
    factor = arena.power(arena.number(scale), s.power * s.ratio**depth + s.slope * depth + s.degree)
    entries = [(symbol("", i) or "value", k, arena.product(factor, tables[0][i])) for i, k in tables[1].items()]
    return f"false in entry {_different(arena, entries, values)} for scale {number_text(scale)}" + f", D = {depth}" * (depth > 1)


def _conserved(s: Conserved, residuals: Values, arena: Arena, table: Table, sizes: dict[str, int], values: Values) -> str:
    """The rate dQ/dt = -sum_i r_i D f_i [grad Q] for the loss with slopes r_i, Q being one entry of what is conserved."""
    names = [symbol(leaf, i) for leaf in dict.fromkeys((*s.squares, *s.linear)) for i in indices(s.graph.leaves[leaf], sizes)]
    for at, quantity in quantities(s, sizes, arena).items():
        moves = arena.derivative(table.values(), arena.gradient(quantity, names))
        rate = arena.total(arena.product(arena.number(-residuals[symbol("", i)]), moves[k]) for i, k in table.items())
        try:
            _different(arena, [("rate", rate, arena.number(0))], values)
        except Invalid:
            continue
        place = f"index {at[0]}" if at[0] == at[1] else f"entry {at}"
        return "the quantity moves" + (f" at {place} of {s.axis}" if s.axis is not None else "")
    raise invalid("the quantity does not certainly move at the point")


def _shares(s: KktShares, arena: Arena, function: int, sizes: dict[str, int], values: Values) -> str:
    blocks = {leaf: [symbol(leaf, i) for i in indices(s.graph.leaves[leaf], sizes)] for leaf in s.trained}
    slopes = {n: arena.number(0) for names in blocks.values() for n in names}
    slopes |= arena.gradient(function, slopes)
    require(arena, (("!=", function), *arena.conditions(slopes.values())), values)
    square = {leaf: sum((values[n] ** 2 for n in names), Fraction(0)) for leaf, names in blocks.items()}
    total = sum(square.values(), Fraction(0))
    if total != 1:  # then the point stands for its direction, which needs df to be homogeneous
        try:
            gauge.weight(s.graph, s.function, {leaf: {GLOBAL: Fraction(1)} for leaf in s.trained}, {})
        except Invalid:
            raise invalid("the point is not on the unit sphere and the function is not homogeneous") from None
    x = real.settle(lambda bits: evaluate(arena, slopes.values(), values, bits))
    gradient = {n: x[k].lo for n, k in slopes.items()}
    if any(x[k].lo != x[k].hi for k in slopes.values()) or not total:
        raise invalid("the gradient at the point is not exact, or the point is 0")
    radial = sum((values[n] * g for n, g in gradient.items()), Fraction(0))
    if any(total * g != radial * values[n] for n, g in gradient.items()):
        raise invalid("the point is not a KKT point: the gradient is not a multiple of it")
    for leaf, q in s.shares.items():
        if square[leaf] / total != q:
            return f"{leaf} has share {number_text(square[leaf] / total)}"
    raise invalid("every leaf has its stated share at the point")

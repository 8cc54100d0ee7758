"""Kind "witness": an exact point where the statement is false.

Everything is evaluated by rational intervals, which are single points as long as the arithmetic is rational. "False" means: the
point is certainly in the domain and the two sides are certainly different. A kink under a derivative must have an argument of
certain nonzero sign there, so that the derivative is single valued and nothing is refuted by a choice of slope.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from . import gauge, real
from .domain import evaluate, pose, require, scope
from .expand import Table, expand, indices, read_table, read_values, symbol
from .graph import GLOBAL
from .reader import Invalid, expect_fields, fraction, invalid, number_text
from .real import Interval, Unsettled, point
from .scalar import Arena
from .statement import Conserved, Equal, Evolves, Homogeneous, KktShares, parse_sizes

Point = dict[str, Interval]


def refute(statement: Equal | Evolves | Homogeneous | Conserved | KktShares, evidence: dict[str, Any]) -> str:
    """Check that the evidence refutes the statement; returns the scope: where it is false."""
    if isinstance(statement, Equal | Evolves):
        fields = expect_fields(evidence, ("kind", "values"))
        task, values = pose(statement), read_values(fields["values"], statement.graph, statement.sizes)
        at = _points(values)
        require(task.arena, (*task.where, *task.defined), at)
        return f"{_different(task.arena, task.entries, at, at)} {scope(task, statement.sizes)}"
    extra = {Homogeneous: "scale", Conserved: "residuals"}.get(type(statement))
    fields = expect_fields(evidence, ("kind", "sizes", "values", *([extra] if extra else [])))
    sizes = parse_sizes(fields["sizes"], statement.graph)
    values = read_values(fields["values"], statement.graph, sizes)
    arena = Arena()
    table = expand(statement.graph, sizes, arena, (statement.function,))[statement.function]
    if isinstance(statement, Homogeneous):
        where = _homogeneous(statement, fraction(fields["scale"]), arena, table, sizes, values)
    elif isinstance(statement, Conserved):
        axes = statement.graph.nodes[statement.function].axes
        residuals = read_table(fields["residuals"], "", axes, sizes)
        where = _conserved(statement, residuals, arena, table, sizes, values)
    else:
        where = _shares(statement, arena, table[()], sizes, values)
    return f"{where} at {', '.join(f'{axis}={n}' for axis, n in sorted(sizes.items())) or 'one point'}"


def _points(values: Mapping[str, Fraction]) -> Point:
    return {name: point(q) for name, q in values.items()}


def _different(arena: Arena, entries: Iterable[tuple[str, int, int]], left: Point, right: Point) -> str:
    """The first entry whose two sides are certainly different."""
    wanted = list(entries)

    def attempt(bits: int) -> str:
        a = evaluate(arena, (k for _, k, _ in wanted), left, bits)
        b = evaluate(arena, (k for _, _, k in wanted), right, bits)
        for name, i, j in wanted:
            if a[i].hi < b[j].lo or b[j].hi < a[i].lo:
                return f"false in entry {name}"
        raise Unsettled("the two sides are not certainly different at the point")

    return real.settle(attempt)


def _homogeneous(
    s: Homogeneous, scale: Fraction, arena: Arena, table: Table, sizes: dict[str, int], values: dict[str, Fraction]
) -> str:
    if scale <= 0:
        raise invalid("the scale is not positive")
    factors = {symbol(leaf, i): q for leaf, q in s.scaled.items() for i in indices(s.graph.leaves[leaf], sizes)}
    defined = arena.conditions(table.values())

    def attempt(bits: int) -> str:
        plain = _points(values)
        moved = {**plain, **{n: real.mul(plain[n], real.power(point(scale), q, bits), bits) for n, q in factors.items()}}
        require(arena, defined, plain)
        require(arena, defined, moved)
        a, b = (evaluate(arena, table.values(), x, bits) for x in (moved, plain))
        factor = real.power(point(scale), s.degree, bits)
        for i, k in table.items():
            expected = real.mul(factor, b[k], bits)
            if a[k].hi < expected.lo or expected.hi < a[k].lo:
                return f"false in entry {symbol('', i) or 'value'} for scale {number_text(scale)}"
        raise Unsettled("the two sides are not certainly different at the point")

    return real.settle(attempt)


def _conserved(
    s: Conserved, residuals: dict[str, Fraction], arena: Arena, table: Table, sizes: dict[str, int], values: dict[str, Fraction]
) -> str:
    """The rate dQ/dt = -sum_i r_i D f_i [grad Q] for the loss with slopes r_i; Q has the entries of one index of the axis."""
    require(arena, arena.conditions(table.values()), _points(values))
    for j in range(sizes[s.axis]) if s.axis is not None else (None,):
        gradient: dict[str, Fraction] = {}
        for coefficients, factor in ((s.squares, values), (s.linear, None)):
            for leaf, q in coefficients.items():
                axes = s.graph.leaves[leaf]
                for i in indices(axes, sizes):
                    if s.axis is None or i[axes.index(s.axis)] == j:
                        n = symbol(leaf, i)
                        gradient[n] = gradient.get(n, Fraction(0)) + q * (2 * factor[n] if factor is not None else 1)
        moves = arena.derivative(table.values(), {n: arena.number(q) for n, q in gradient.items()})
        rate = arena.total(arena.product(arena.number(-residuals[symbol("", i)]), moves[k]) for i, k in table.items())
        try:
            require(arena, (("!=", rate), *arena.conditions((rate,))), _points(values))
        except Invalid:
            continue
        return "the quantity moves" + ("" if j is None else f" at index {j} of {s.axis}")
    raise invalid("the quantity does not certainly move at the point")


def _shares(s: KktShares, arena: Arena, function: int, sizes: dict[str, int], values: dict[str, Fraction]) -> str:
    at = _points(values)
    blocks = {leaf: [symbol(leaf, i) for i in indices(s.graph.leaves[leaf], sizes)] for leaf in s.trained}
    slopes = {n: arena.derivative((function,), {n: arena.number(1)})[function] for names in blocks.values() for n in names}
    require(arena, (("!=", function), *arena.conditions((function, *slopes.values()))), at)
    square = {leaf: sum((values[n] ** 2 for n in names), Fraction(0)) for leaf, names in blocks.items()}
    total = sum(square.values(), Fraction(0))
    if total != 1:  # then the point stands for its direction, which needs df to be homogeneous
        try:
            gauge.weight(s.graph, s.function, {leaf: {GLOBAL: Fraction(1)} for leaf in s.trained}, {})
        except Invalid:
            raise invalid("the point is not on the unit sphere and the function is not homogeneous") from None
    x = real.settle(lambda bits: evaluate(arena, slopes.values(), at, bits))
    gradient = {n: x[k] for n, k in slopes.items()}
    if any(g.lo != g.hi for g in gradient.values()) or not total:
        raise invalid("the gradient at the point is not exact, or the point is 0")
    radial = sum((values[n] * g.lo for n, g in gradient.items()), Fraction(0))
    if any(total * g.lo != radial * values[n] for n, g in gradient.items()):
        raise invalid("the point is not a KKT point: the gradient is not a multiple of it")
    for leaf, q in s.shares.items():
        if square[leaf] / total != q:
            return f"{leaf} has share {number_text(square[leaf] / total)}"
    raise invalid("every leaf has its stated share at the point")

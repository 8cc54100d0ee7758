"""Kind "gauge": homogeneity and conserved quantities at ALL sizes, by a typing of the graph.

A weight is {generator: exponent}. Generator "t" is one positive factor; generator AX, an axis, is a positive factor c_j per
index j of it. A tensor has weight w when scaling the leaves multiplies its entries by the product of factor^exponent. Rules:

    leaf       c^q as it is scaled; for q |leaf|^2 + r sum(leaf) to be conserved weight q and shift r / 2, along the axis or "t"
    sum        weights of the factors add; an axis that is summed away carries none
    +          the terms have equal weights; a constant has none
    *          weights add;  ^q and pw of order p multiply by q, by p
    exp        of a bare leaf that is shifted by s log c: weight s; of anything else: no weight
    log, tanh  no weight                                             a shifted leaf occurs nowhere but directly under exp

Noether: if f does not change under leaf -> c^w leaf, leaf -> leaf + s log c, neither does any l(f), so all w <leaf, dl/dleaf> +
s sum(dl/dleaf) add up to 0, and sum w |leaf|^2 + sum 2 s sum(leaf) is constant along the gradient flow of l(f); 2 s because
d|x|^2/dt = 2 <x, dx/dt>. This holds at each moment: the other leaves may move, such as the outputs of layers below.

For every depth: a layer of degree p in its input and b in its leaves takes degree d to p d + b, the function d to q d + r. As h_0
is kept, f_1 has degree r and f_(D+1) has p times the degree of f_D, and q b + r - p r.

A conserved matrix needs a larger symmetry: every invertible matrix A along the axis, on leaves of type 1 as A, of type -1 as its
inverse transposed. A product keeps the axis from one factor, or sums it away between one factor of either type; + has terms of
one type; nothing else acts on such tensors. With A = I + B: sum_1 <dl, B leaf> = sum_-1 <dl, B^T leaf> for all B, so sum_1 dl
leaf^T = sum_-1 leaf dl^T, and along leaf' = -dl the matrices sum_1 leaf leaf^T and sum_-1 leaf leaf^T move alike.

A law of a function that is nowhere defined is empty, as are the shares of one that is 0: the evidence has a point against that.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from .domain import place, require
from .graph import GLOBAL, Graph, Node, conditions, fold
from .polynomial import gather
from .reader import expect_fields, invalid, number_text
from .statement import Conserved, ConservedMatrix, Homogeneous, KktShares, Law

Weight = dict[str, Fraction]


def weight(graph: Graph, function: int, weights: Mapping[str, Weight], shifts: Mapping[str, Weight]) -> Weight:
    """The weight of a node under the rules above; Invalid where a rule does not apply."""

    def rule(_: int, node: Node, of: list[tuple[Weight, Weight]]) -> tuple[Weight, Weight]:
        if not any(shift for _, shift in of):
            own = weights.get(node.name, {}) if node.op == "sym" else operation(node, [w for w, _ in of])
            return own, shifts.get(node.name, {})
        if node.op != "exp":
            raise invalid("a shifted leaf occurs outside exp")
        return of[0][1], {}

    return rule(-1, Node("+"), [fold(graph.nodes, (function,), rule)[function]])[0]  # a sum of one term: it must not be shifted


def operation(node: Node, of: list[Weight]) -> Weight:
    """The weight of an operation on operands with these weights."""
    if node.op == "*":
        product: Weight = gather(term for w in of for term in w.items())
        if lost := [g for g in product if g != GLOBAL and g not in node.axes]:
            raise invalid(f"axis {lost[0]} is summed with weight {number_text(product[lost[0]])}")
        return product
    if node.op in ("^", "pw"):
        return {g: e * node.by[-1] for g, e in of[0].items() if node.by[-1]}
    if any(w != of[0] for w in of) or (node.op != "+" and any(of)):
        raise invalid(f"{node.op} of arguments with weights {' and '.join(map(text, of))}")
    return of[0] if of else {}


def text(w: Weight) -> str:
    """A weight in words."""
    return "{" + ", ".join(f"{g}: {number_text(e)}" for g, e in sorted(w.items())) + "}"


def verify(statement: Law, evidence: dict[str, Any]) -> tuple[str, str]:
    """Check the evidence, a point where the law says something."""
    fields = expect_fields(evidence, ("kind", "sizes", "values"))
    scope = "all widths and sample counts, all data, every differentiable loss"
    if isinstance(statement, Homogeneous):
        weights = {leaf: {GLOBAL: q} for leaf, q in statement.scaled.items()}
        if statement.input:
            _recurrence(statement, weights)
        elif (top := weight(statement.graph, statement.function, weights, {})) != gather([(GLOBAL, statement.degree)]):
            raise invalid(f"the function has weight {text(top)}, not degree {number_text(statement.degree)}")
        scope = "all widths and sample counts, all values"
    elif isinstance(statement, Conserved):
        (_matrix_invariant if isinstance(statement, ConservedMatrix) else _invariant)(statement)
    else:
        if (own := shares(statement)) != statement.shares or min(own.values()) <= 0:
            raise invalid(f"the degrees give shares {text(own)}, and all must be positive")
        scope = "all widths and sample counts, all data, KKT points of nonzero value"
    arena, table, _, values = place(statement, fields)
    nonzero = [("!=", table[()])] if isinstance(statement, KktShares) else []
    require(arena, (*conditions(arena.items, table.values()), *nonzero), values)
    return "proved", scope


def _invariant(s: Conserved) -> None:
    generator = s.axis if s.axis is not None else GLOBAL
    if both := s.squares.keys() & s.linear.keys():
        raise invalid(f"{min(both)} is both scaled and shifted")
    weights, shifts = ({leaf: {generator: q / n} for leaf, q in some.items()} for n, some in ((1, s.squares), (2, s.linear)))
    if top := weight(s.graph, s.function, weights, shifts):
        raise invalid(f"the function is not invariant, it has weight {text(top)}")


def _recurrence(s: Homogeneous, weights: dict[str, Weight]) -> None:
    if conditions(s.graph.nodes, range(len(s.graph.nodes))):
        raise invalid("an operation is not defined everywhere, so a depth could have no point")
    alone = {s.input: {GLOBAL: Fraction(1)}}
    p, b, q, r = (weight(s.graph, k, w, {}).get(GLOBAL, 0) for k in (s.layer, s.function) for w in (alone, weights))
    more, first = q * b + r - p * r, s.power * s.ratio + s.slope + s.degree
    if (s.power and s.ratio != p) or first != r or s.slope * (1 - p) or s.slope + s.degree * (1 - p) != more:
        raise invalid(f"f_1 has degree {number_text(r)}, and degree d is followed by {number_text(p)} d + {number_text(more)}")


def _matrix_invariant(s: Conserved) -> None:
    types, sizes = {leaf: 1 if q > 0 else -1 for leaf, q in s.squares.items()}, {abs(q) for q in s.squares.values()}
    if len(sizes) != 1 or covariant(s.graph, [s.function], str(s.axis), types, (-1, 1))[s.function]:
        raise invalid(f"the function is not invariant under matrices along {s.axis}, or the squares have several coefficients")


def covariant(graph: Graph, roots: list[int], axis: str, leaves: Mapping[str, int], pair: tuple[int, int]) -> dict[int, int]:
    """The types along an axis, 0 without it; an axis is kept from one factor, or summed away between factors of such a pair."""

    def rule(k: int, node: Node, types: list[int]) -> int:
        of = sorted(filter(None, types))
        own = leaves.get(node.name, 0) if node.op == "sym" else of[0] if of and axis in node.axes else 0
        allowed = not of and (axis in node.axes) is (own != 0)
        allowed |= node.op == "*" and (len(of) == 1 if own else of == [*pair])
        if not allowed and not (node.op == "+" and of == [own] * len(types)):
            raise invalid(f"node {k} is not covariant along {axis}: {node.name or node.op} of types {of}")
        return own

    return fold(graph.nodes, roots, rule)


def shares(s: KktShares) -> Weight:
    """Euler block by block: <u_B, df/du_B> = d_B f; with df = lambda u: lambda |u_B|^2 = d_B f and lambda = f sum d_B."""
    one = {GLOBAL: Fraction(1)}
    degrees = {leaf: weight(s.graph, s.function, {leaf: one}, {}).get(GLOBAL, Fraction(0)) for leaf in s.trained}
    if not (total := sum(degrees.values())):
        raise invalid("the degrees of the trained leaves add up to 0")
    return {leaf: d / total for leaf, d in degrees.items()}

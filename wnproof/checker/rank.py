"""Kind "rank": gradient flow keeps no more than so many independent quantities, because its fields span all other directions.

Let Q, of class C^1, be constant along gradient flow of every l(f), whatever the other leaves are. Then X Q = 0 for each of the
fields X = grad f_k(theta; data), and [X, Y] Q = 0 with [X, Y] = DY X - DX Y. The gradients of all such Q are orthogonal to r
dimensions where fields and brackets span them: at a point where no kink has argument 0 (there f is smooth, each kink being its
active piece) and nearby. It is refuted by more laws, polynomials with independent gradients at a point, so almost everywhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from . import gauge, real
from .domain import evaluate, quantities
from .graph import Node, fold
from .reader import expect_fields, expect_int, expect_list, expect_map, invalid
from .real import Unsettled
from .scalar import Arena, entries, expand, read_values
from .statement import Conserved, LawsAtMost, parse

Field = Mapping[str, int]
Values = dict[str, Fraction]


def verify(s: LawsAtMost, evidence: dict[str, Any]) -> tuple[str, str]:
    """Words that span P - count dimensions prove it, count + 1 independent laws refute it."""
    refutes = evidence["kind"] == "witness"
    fields = expect_fields(evidence, ("kind", "values", rows := "laws" if refutes else "words"))
    values, names = read_values(fields["values"], s.graph, s.sizes), entries(s.graph, s.trained, s.sizes)
    wanted = s.count + 1 if refutes else len(names) - s.count

    def attempt(bits: int) -> None:
        make, arena = _laws if refutes else _words, Arena()
        _expect_rank(arena, list(make(s, expect_list(fields[rows]), arena, values, bits)), names, values, wanted, bits)

    real.settle(attempt)
    return ("refuted", f"{wanted} laws are independent") if refutes else ("proved", f"{wanted} directions are spanned")


def _words(s: LawsAtMost, words: list[Any], arena: Arena, values: Values, bits: int) -> Iterator[Field]:
    """k is the field of output entry k, [a, b] the bracket of the words a and b before it."""
    table, done = list(expand(s.graph, s.sizes, arena, (s.function,))[s.function].values()), list[Field]()
    for word in words:
        if isinstance(word, list):
            done.append(bracket(arena, *(done[expect_int(k, 0, len(done) - 1)] for k in expect_list(word, 2))))
        else:
            near = smooth(arena, table[expect_int(word, 0, len(table) - 1)], values, bits)
            done.append(arena.gradient(near, entries(s.graph, s.trained, s.sizes)))
        yield done[-1]


def _laws(s: LawsAtMost, laws: list[Any], arena: Arena, *_: object) -> Iterator[Field]:
    """The gradients of [law, evidence for it] pairs, entry by entry."""
    for said, shown in (expect_list(pair, 2) for pair in laws):
        law = parse(said)
        if not isinstance(law, Conserved) or (law.graph, law.function, law.trained) != (s.graph, s.function, s.trained):
            raise invalid("a law is conserved along another flow")
        gauge.verify(law, expect_map(shown))
        yield from (arena.gradient(q, entries(s.graph, s.trained, s.sizes)) for q in quantities(law, s.sizes, arena).values())


def smooth(arena: Arena, root: int, values: Values, bits: int) -> int:
    """The function near the point, each kink being its active piece; Unsettled where it may not be smooth."""
    x = evaluate(arena, (root,), values, bits)

    def piece(k: int, item: Node, of: list[int]) -> int:
        if item.op != "pw":
            return arena.make(item.op, tuple(of), item.by) if of else k
        if not (side := x[item.of[0]].sign):
            raise Unsettled("the argument of a kink is not certainly different from 0")
        return arena.product(arena.number(item.by[side < 0]), arena.make("^", tuple(of), item.by[2:]))

    return fold(arena.items, (root,), piece)[root]


def bracket(arena: Arena, x: Field, y: Field) -> Field:
    """[x, y] = Dy x - Dx y."""
    along_x, along_y, zero = arena.derivative(y.values(), x), arena.derivative(x.values(), y), arena.number(0)
    minus = {n: arena.product(arena.number(-1), along_y[k]) for n, k in x.items() if along_y[k] != zero}
    return {n: arena.make("+", (along_x.get(y.get(n, zero), zero), minus.get(n, zero))) for n in {**x, **y}}


def _expect_rank(arena: Arena, rows: Sequence[Field], names: Sequence[str], values: Values, wanted: int, bits: int) -> None:
    """Gauss with pivots that are certainly not 0."""
    x, zero = evaluate(arena, (k for row in rows for k in row.values()), values, bits), real.point(0)
    left = [{n: x[row[n]] if n in row else zero for n in names} for row in rows]
    for found in range(wanted):
        own, at = next(((row, n) for row in left for n in names if row[n].sign), ({}, ""))
        if not own:
            raise Unsettled(f"at the point {found} of {wanted} dimensions are certainly spanned")
        left.remove(own)
        for row in left:
            if row[at] != zero:
                factor = own[at].power(Fraction(-1), bits).times(real.point(-1), bits).times(row[at], bits)
                row |= {n: row[n].plus(factor.times(e, bits), bits) for n, e in own.items() if e != zero} | {at: zero}

"""Sums as loop nests that keep a tile of the result in registers.

A compiler turns the innermost loop into vector instructions; how often an entry is loaded for each multiplication is decided by
the loops around it. So a few rows of a result are computed at once and a few terms of each sum are written out: an entry that is
loaded serves them all. Pointwise steps on the result are done where it is still at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wnproof.kernels.loops import Loops, Place, indented
from wnproof.kernels.values import Dot, Peak, Pointwise, Sum, Value

ROWS, TERMS = 2, 8  # rows and terms at once where the result's last axis is the innermost loop: more costs compile time only
SUMS = 4  # rows of either operand at once where the summed axis is the innermost loop
WRITTEN_OUT = 32  # terms of a sum up to which all of it is written out

Lines = list[str]
Shift = dict[str, tuple[str, int]]  # axis -> (index, offset)


def summed(loops: Loops, value: Value, after: Sequence[Pointwise] = (), *, added: bool = False) -> Lines:
    """The loop nest of a Dot, Sum or Peak.

    Args:
        loops: writes entries and loops.
        value: the operation.
        after: pointwise steps with the result's axes that follow it.
        added: whether the sum is added to what is there: to that of earlier blocks of samples.
    """
    assert isinstance(value, (Dot, Sum, Peak))
    inner = tuple(a for a in dict.fromkeys(a for v in value.operands for a in v.axes) if a not in value.axes)
    ends = {loops.layout.axes(v)[-1] for v in value.operands}
    if not isinstance(value, Peak):
        if value.axes and value.axes[-1] in ends:
            return _along_the_result(loops, value, inner, after, added=added)
        if len(inner) == 1 and ends == set(inner):
            return [*_along_the_sum(loops, value, inner[0], added=added), *_afterwards(loops, value, after)]
    return [*_one_by_one(loops, value, inner, added=added), *_afterwards(loops, value, after)]


def _afterwards(loops: Loops, value: Value, after: Sequence[Pointwise]) -> Lines:
    return loops.nest(value.axes, after) if after else []


def _product(loops: Loops, value: Value, place: Place) -> str:
    return " * ".join(loops.factor(v, place) for v in value.operands)


def _one_by_one(loops: Loops, value: Value, inner: Sequence[str], *, added: bool) -> Lines:
    """One entry after the other."""
    place = Place(inner[-1] if inner else None)
    term, entry = " * ".join(loops.at(v, place) for v in value.operands), loops.memory(value, Place())
    start, step = ("-inf", f"maximum(total, {term})") if isinstance(value, Peak) else (loops.literal(0.0), f"total + {term}")
    within = loops.over(inner[-1:], [f"total = {step}"])
    body = [f"total = {start}", *loops.over(inner[:-1], [*place.reads, *within]), f"{entry} {'+=' if added else '='} total"]
    return loops.over(value.axes, body)


def _along_the_result(loops: Loops, value: Value, inner: Sequence[str], after: Sequence[Pointwise], *, added: bool) -> Lines:
    """The result's last axis is the innermost loop; rows that share an operand are computed together."""
    *outer, last = value.axes
    long = [v for v in value.operands if last in v.axes]
    row = next((a for a in reversed(outer) if any(a not in v.axes for v in long)), None)
    *around, term = inner or (None,)
    terms = loops.length(term) if term else 1
    used_after = any(value in v.operands for v in after)

    def nest(rows: Sequence[Shift], part: Sequence[Shift], *, fresh: bool, finish: bool) -> Lines:
        place, body = Place(last), Lines()
        for k, at in enumerate([place.at(r) for r in rows]):
            entry, total = loops.memory(value, at), " + ".join(_product(loops, value, at.at(t)) for t in part)
            total = total if fresh else f"{entry} + {total}"
            if finish and used_after:
                at.local[value] = f"t_{k}"
                body.append(f"t_{k} = {total}")
                total = at.local[value]
            if not finish or loops.is_kept(value, after):
                body.append(f"{entry} = {total}")
            body += loops.entries(after, at, k * len(after)) if finish else []
        return [*place.reads, *loops.over([last], [*place.loads, *body])]

    def written_out(rows: Sequence[Shift]) -> Lines:
        parts = [[{term: ("", k)} if term else {} for k in part] for part in _parts(terms)]
        final = len(parts) - 1
        return [t for k, part in enumerate(parts) for t in nest(rows, part, fresh=k == 0 and not added, finish=k == final)]

    def looped(rows: Sequence[Shift]) -> Lines:
        assert term is not None
        place = Place(last)
        zero = [] if added else loops.over([last], [f"{loops.memory(value, place.at(r))} = {loops.literal(0.0)}" for r in rows])
        sums = _strides(loops, term, TERMS, lambda part: nest(rows, part, fresh=False, finish=False))
        body = [line for k, r in enumerate(rows) for line in loops.entries(after, place.at(r), k * len(after))]
        return [*zero, *loops.over(around, sums), *((*place.reads, *loops.over([last], body)) if after else ())]

    tile = looped if around or terms > WRITTEN_OUT else written_out
    body = _strides(loops, row, ROWS, tile) if row else tile([{}])
    return loops.over([a for a in outer if a != row], body)


def _along_the_sum(loops: Loops, value: Value, inner: str, *, added: bool) -> Lines:
    """The summed axis is the innermost loop; sums of a few rows of one operand with a few of the other are computed at once."""
    first, second = value.operands[0], value.operands[-1]
    rows = [a for a in first.axes if a in value.axes and (a not in second.axes or first is second)]
    columns = [a for a in second.axes if a in value.axes and a not in first.axes]
    row, column = (axes[-1] if axes else None for axes in (rows, columns))

    def tile(rows_at: Sequence[Shift], columns_at: Sequence[Shift]) -> Lines:
        place = Place(inner)
        places = {f"t_{r}_{c}": {**a, **b} for r, a in enumerate(rows_at) for c, b in enumerate(columns_at)}
        steps = [f"{name} += {_product(loops, value, place.at(moved))}" for name, moved in places.items()]
        sign = "+=" if added else "="
        ends = [f"{loops.memory(value, Place(moved=moved))} {sign} {name}" for name, moved in places.items()]
        zeros = [f"{name} = {loops.literal(0.0)}" for name in places]
        return [*zeros, *loops.over([inner], [*place.loads, *steps]), *ends]

    def rows_of(columns_at: Sequence[Shift]) -> Lines:
        return _strides(loops, row, SUMS, lambda rows_at: tile(rows_at, columns_at)) if row else tile([{}], columns_at)

    body = _strides(loops, column, SUMS, rows_of) if column else rows_of([{}])
    return loops.over([a for a in value.axes if a not in (row, column)], body)


def _strides(loops: Loops, axis: str, most: int, body: Callable[[Sequence[Shift]], Lines]) -> Lines:
    """A loop over an axis in strides of at most so many, and what is left over; the body gets the indices of one stride."""
    length, index = loops.length(axis), loops.layout.index[axis]
    stride = min(most, length)
    whole = length - length % stride
    lines = Lines()
    if whole == stride:
        lines += body([{axis: ("", k)} for k in range(stride)])
    else:
        lines += [f"for {index} in range(0, {whole}, {stride}):", *indented(body([{axis: (index, k)} for k in range(stride)]))]
    return lines + (body([{axis: ("", k)} for k in range(whole, length)]) if whole < length else [])


def _parts(terms: int) -> list[range]:
    """The terms of a sum in parts of nearly one size, none larger than TERMS."""
    count = -(-terms // TERMS)
    return [range(terms * k // count, terms * (k + 1) // count) for k in range(count)]

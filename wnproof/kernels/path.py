"""In which order to multiply and sum the factors of one product: the cheapest tree of pairwise steps.

A product sum_K prod_k F_k^(+-1) over named axes is evaluated two factors at a time, and an axis is summed as soon as no other
factor needs it. Dynamic programming over subsets of the factors finds the cheapest tree; a step that the program already has, or
that depends on data alone, is free, so common parts of different products are shared where that pays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wnproof.graph.nodes import Axes
from wnproof.kernels.values import Number, Value, Values

MOST_FACTORS = 7  # 3^7 subset pairs: a few milliseconds

# Costs in nanoseconds on an ordinary core; only their ratios matter.
CALL, ENTRY, GEMM, GEMV, BATCHED = 300.0, 0.5, 0.08, 0.2, 1.5


@dataclass(frozen=True)
class Factor:
    """A value, or its reciprocal."""

    value: Value
    inverse: bool = False


@dataclass(frozen=True)
class _Part:
    """The best way found for a subset of the factors; ``value`` is there when the program already has it."""

    cost: float
    axes: Axes
    inverse: bool
    fixed: bool
    value: Value | None
    halves: tuple[_Part, _Part] | None = None
    factor: Factor | None = None
    deferrable: bool = False


def cheapest(values: Values, factors: Sequence[Factor], axes: Axes) -> tuple[float, list[Factor]]:
    """The cost of the cheapest tree, and the factors that are left when its sums are done: their product is the result."""
    search = _Search(values, _few(values, list(factors)), axes)
    best = search.best()
    return best.cost, list(search.top(best))


def built(values: Values, factors: Sequence[Factor], axes: Axes) -> Value:
    """The whole product as one value."""
    search = _Search(values, _few(values, list(factors)), axes)
    best = search.best()
    value = search.build(best)
    return values.pointwise("reciprocal", value) if best.inverse else value


def _few(values: Values, factors: list[Factor]) -> list[Factor]:
    """Fold the data's factors into each other, and multiply factors of equal axes while there are too many for the search."""
    fixed = sorted((f for f in factors if f.value.fixed), key=lambda f: (len(f.value.axes), f.value.serial))
    merged: list[Value] = []
    for factor in fixed:
        value = values.pointwise("reciprocal", factor.value) if factor.inverse else factor.value
        for k, smaller in enumerate(merged):
            if set(smaller.axes) <= set(value.axes):
                value = values.product(merged.pop(k), value)
                break
        merged.append(value)
    result = [Factor(v) for v in merged] + [f for f in factors if not f.value.fixed]
    while len(result) > MOST_FACTORS:
        first, second = min(
            ((a, b) for k, a in enumerate(result) for b in result[k + 1 :] if a.inverse == b.inverse),
            key=lambda pair: len(set(pair[0].value.axes) ^ set(pair[1].value.axes)) * 100 + len(pair[0].value.axes),
        )
        result.remove(first)
        result.remove(second)
        result.append(Factor(values.product(first.value, second.value), first.inverse))
    return result


class _Search:
    """Dynamic programming over the subsets of at most MOST_FACTORS factors."""

    def __init__(self, values: Values, factors: Sequence[Factor], axes: Axes) -> None:
        self.values, self.factors = values, factors
        count = len(factors)
        everything = (1 << count) - 1
        spans = [set(f.value.axes) for f in factors]
        self.parts: dict[int, _Part] = {}
        for mask in range(1, everything + 1):
            needed = set(axes).union(*(spans[k] for k in range(count) if not mask >> k & 1))
            if mask & (mask - 1) == 0:
                self.parts[mask] = self._single(factors[mask.bit_length() - 1], needed)
                continue
            best: _Part | None = None
            left = (mask - 1) & mask
            while left:
                right = mask ^ left
                if left > right:
                    candidate = self._pair(self.parts[left], self.parts[right], needed)
                    if best is None or candidate.cost < best.cost:
                        best = candidate
                left = (left - 1) & mask
            assert best is not None
            self.parts[mask] = best

    def best(self) -> _Part:
        """The part that holds every factor."""
        return self.parts[max(self.parts)]

    def _single(self, factor: Factor, needed: set[str]) -> _Part:
        value = factor.value
        kept = tuple(a for a in value.axes if a in needed)
        if kept == value.axes:
            return _Part(0.0, kept, factor.inverse, value.fixed, value, factor=factor, deferrable=True)
        known = None if factor.inverse else self.values.find("sum", value, kept)
        cost = 0.0 if known or value.fixed else CALL + ENTRY * self.values.entries(value.axes) * (2 if factor.inverse else 1)
        return _Part(cost, kept, False, value.fixed, known, factor=factor)

    def _pair(self, left: _Part, right: _Part, needed: set[str]) -> _Part:
        union = self.values.ordered((*left.axes, *right.axes))
        kept = tuple(a for a in union if a in needed)
        sums = kept != union
        fixed = left.fixed and right.fixed
        inverse = left.inverse and right.inverse and not sums
        known = self._known(left, right, kept, sums)
        cost = left.cost + right.cost
        if known is None and not fixed:
            cost += self._step(left, right, union, kept) if sums else (CALL + ENTRY * self.values.entries(union))
        return _Part(cost, kept, inverse, fixed, known, halves=(left, right), deferrable=not sums)

    def _known(self, left: _Part, right: _Part, kept: Axes, sums: bool) -> Value | None:
        a, b = left.value, right.value
        if a is None or b is None:
            return None
        pair = (a, b) if a.serial <= b.serial else (b, a)
        if sums:
            return None if left.inverse or right.inverse else self.values.find("dot", *pair, kept)
        if left.inverse != right.inverse:
            return self.values.find("divide", b, a) if left.inverse else self.values.find("divide", a, b)
        return self.values.find("square", a) if a is b else self.values.find("multiply", *pair)

    def _step(self, left: _Part, right: _Part, union: Axes, kept: Axes) -> float:
        """The cost of a contraction, by the routine that can do it."""
        work = float(self.values.entries(union))
        reciprocals = sum(CALL + ENTRY * self.values.entries(p.axes) for p in (left, right) if p.inverse)
        batched = [a for a in kept if a in left.axes and a in right.axes]
        mine = [a for a in left.axes if a in kept and a not in batched]
        theirs = [a for a in right.axes if a in kept and a not in batched]
        rate = BATCHED if batched and (mine or theirs) else ENTRY if batched else GEMM if mine and theirs else GEMV
        return reciprocals + 2 * CALL + rate * work

    def top(self, part: _Part) -> list[Factor]:
        """The factors of a part that are left when all its sums are done."""
        if part.value is None and part.halves and part.deferrable:
            return [f for half in part.halves for f in self.top(half)]
        if part.factor is not None and part.deferrable:
            return [part.factor]
        return [Factor(self.build(part), part.inverse)]

    def build(self, part: _Part) -> Value:
        """The part as a value of the program (the denominator, when the part is inverse)."""
        values = self.values
        if part.value is not None:
            return part.value
        if part.factor is not None:
            base = part.factor.value
            return values.sum(values.pointwise("reciprocal", base) if part.factor.inverse else base, part.axes)
        assert part.halves is not None
        left, right = part.halves
        a, b = self.build(left), self.build(right)
        if not part.deferrable:
            a = values.pointwise("reciprocal", a) if left.inverse else a
            b = values.pointwise("reciprocal", b) if right.inverse else b
            return values.dot(a, b, part.axes)
        if left.inverse == right.inverse:
            return values.product(a, b)
        if left.inverse:
            a, b = b, a
        if isinstance(a, Number) and a.expr == 1:
            return values.pointwise("reciprocal", b)
        return values.pointwise("divide", a, b)

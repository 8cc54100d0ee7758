"""The program's language: typed tensor operations, each one line of generated code.

Every value has named axes in the one order that the whole program uses (parameters' axes as theta has them, samples last), so
two operands never need a transposition to meet: only missing axes are broadcast. Equal operations are one object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import sympy as sp

from wnproof.graph.nodes import Axes


@dataclass(frozen=True, eq=False)
class Value:
    """A tensor of the program.

    Attributes:
        axes: its named axes, in the program's order.
        fixed: whether it depends on data alone and is computed once.
        serial: position in order of creation, which makes every choice deterministic.
        operands: the values it is computed from.
    """

    axes: Axes
    fixed: bool
    serial: int
    operands: tuple[Value, ...]


@dataclass(frozen=True, eq=False)
class Input(Value):
    """A parameter block or a data array; ``leaf_axes`` is the order in which the leaf names its axes."""

    name: str
    leaf_axes: Axes


@dataclass(frozen=True, eq=False)
class Number(Value):
    """An exact number; axis lengths stand in it as the symbols of ``length``."""

    expr: sp.Expr


@dataclass(frozen=True, eq=False)
class Pointwise(Value):
    """One elementary function, entry by entry, of broadcast operands: a NumPy ufunc's name, ``softplus`` or ``erf``."""

    function: str


@dataclass(frozen=True, eq=False)
class Dot(Value):
    """The product of two operands, summed over the axes both have and the result has not."""


@dataclass(frozen=True, eq=False)
class Sum(Value):
    """One operand, summed over the axes the result has not."""


@dataclass(frozen=True, eq=False)
class Peak(Value):
    """The largest entry of one operand over the axes the result has not; not-a-number when there is one."""


@cache
def length(axis: str) -> sp.Symbol:
    """The symbol that stands for an axis' length inside a Number."""
    return sp.Symbol(f"|{axis}|", positive=True, integer=True)


@dataclass(eq=False)
class Values:
    """The interned values of one program.

    Args:
        axes: every axis, in the order all values use.
        sizes: axis -> length; only costs are computed from it.
    """

    axes: Axes
    sizes: Mapping[str, int]
    _interned: dict[tuple[object, ...], Value] = field(default_factory=dict)

    def ordered(self, axes: Iterable[str]) -> Axes:
        """These axes in the program's order."""
        return tuple(sorted(set(axes), key=self.axes.index))

    def entries(self, axes: Iterable[str]) -> int:
        """How many entries a tensor with these axes has."""
        product = 1
        for axis in axes:
            product *= self.sizes[axis]
        return product

    def find(self, *key: object) -> Value | None:
        """The interned value of this key, if the program has it already."""
        return self._interned.get(key)

    def input(self, name: str, leaf_axes: Axes, *, fixed: bool) -> Value:
        """A parameter block or data array."""
        return self._put(("input", name, leaf_axes), lambda n: Input(self.ordered(leaf_axes), fixed, n, (), name, leaf_axes))

    def number(self, expr: sp.Expr) -> Value:
        """An exact number."""
        return self._put(("number", expr), lambda n: Number((), True, n, (), expr))

    def pointwise(self, function: str, *operands: Value) -> Value:
        """An elementary function of broadcast operands."""
        axes = self.ordered(a for v in operands for a in v.axes)
        return self._put((function, *operands), lambda n: Pointwise(axes, all(v.fixed for v in operands), n, operands, function))

    def dot(self, left: Value, right: Value, axes: Axes) -> Value:
        """The product of two operands summed down to ``axes``; the operands are put in order of creation."""
        pair = (left, right) if left.serial <= right.serial else (right, left)
        return self._put(("dot", *pair, axes), lambda n: Dot(axes, left.fixed and right.fixed, n, pair))

    def sum(self, operand: Value, axes: Axes) -> Value:
        """The operand summed down to ``axes``."""
        return self._put(("sum", operand, axes), lambda n: Sum(axes, operand.fixed, n, (operand,)))

    def peak(self, operand: Value, axes: Axes) -> Value:
        """The largest entry of the operand over the axes that are not in ``axes``."""
        return self._put(("peak", operand, axes), lambda n: Peak(axes, operand.fixed, n, (operand,)))

    def product(self, left: Value, right: Value) -> Value:
        """The entrywise product; a square when both operands are one."""
        if left is right:
            return self.pointwise("square", left)
        for number, other in ((left, right), (right, left)):
            if isinstance(number, Number) and number.expr == -1:
                return self.pointwise("negative", other)
        pair = (left, right) if left.serial <= right.serial else (right, left)
        return self.pointwise("multiply", *pair)

    def _put(self, key: tuple[object, ...], build: Callable[[int], Value]) -> Value:
        if key not in self._interned:
            self._interned[key] = build(len(self._interned))
        return self._interned[key]


def order(roots: Sequence[Value]) -> list[Value]:
    """Every value below the roots, operands first, each once."""
    seen: dict[Value, None] = {}
    stack = [(root, False) for root in reversed(roots)]
    while stack:
        value, ready = stack.pop()
        if value in seen:
            continue
        if ready:
            seen[value] = None
        else:
            stack.append((value, True))
            stack.extend((v, False) for v in reversed(value.operands))
    return list(seen)

"""Loop nests: every operation of a plan as scalar code over named indices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

from wnproof.graph.nodes import Axes
from wnproof.kernels.blocks import SAMPLES
from wnproof.kernels.elementary import literal
from wnproof.kernels.layout import Layout
from wnproof.kernels.naming import INFIX
from wnproof.kernels.saturation import LARGEST
from wnproof.kernels.values import Number, Pointwise, Value

_NAMED = {"absolute": "abs({0})", "negative": "-{0}", "reciprocal": "{one} / {0}", "square": "{0} * {0}"}


EVERY = "every_entry"  # the index of a loop over all entries of a tensor


@dataclass(frozen=True)
class Place:
    """Where a line of code stands.

    Attributes:
        inner: the axis of the innermost loop around it.
        moved: axis -> (index, offset) there, where it is not the loop's own.
        read: the text of an entry -> the name it is read into before the innermost loop. What that loop writes might be the
            same memory for all that the compiler knows, and then it would not vectorize.
        loaded: the text of an entry -> the name it is read into at the start of the innermost loop, for more than one use.
        local: a value that was computed in this iteration -> its name.
    """

    inner: str | None = None
    moved: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    read: dict[str, str] = field(default_factory=dict)
    loaded: dict[str, str] = field(default_factory=dict)
    local: dict[Value, str] = field(default_factory=dict)

    def at(self, moved: Mapping[str, tuple[str, int]]) -> Place:
        """The same loop at other indices."""
        return Place(self.inner, {**self.moved, **moved}, self.read, self.loaded)

    @property
    def reads(self) -> list[str]:
        """The lines before the innermost loop."""
        return [f"{name} = {text}" for text, name in self.read.items()]

    @property
    def loads(self) -> list[str]:
        """The first lines in the innermost loop."""
        return [f"{name} = {text}" for text, name in self.loaded.items()]


class Loops:
    """The text of loops and entries.

    Args:
        layout: where values lie.
        dtype: "float64" or "float32".
        block: how many samples there are, from ``start`` on, where they come in blocks.
    """

    def __init__(self, layout: Layout, dtype: str, block: int = 0) -> None:
        self.layout, self.plan, self.dtype, self.block = layout, layout.plan, dtype, block
        self._results = {root.value for root in self.plan.roots}
        self._users: dict[Value, list[Value]] = {}
        for user in (*self.plan.setup, *self.plan.steps):
            for value in user.operands:
                self._users.setdefault(value, []).append(user)

    def literal(self, number: float) -> str:
        """A number of the kernel's own precision."""
        return literal(number, self.dtype)

    def length(self, axis: str) -> int:
        """How long a loop over this axis is."""
        return self.block if self.block and axis == SAMPLES else self.plan.sizes[axis]

    def at(self, value: Value, place: Place) -> str:
        """The entry of a value at the current indices."""
        if value in place.local:
            return place.local[value]
        if isinstance(value, Number):
            return self.literal(float(self.plan.number(value)))
        text = self.memory(value, place)
        if place.inner in (None, EVERY) or place.inner in value.axes:
            return text
        return place.read.setdefault(text, f"s_{len(place.read)}")

    def factor(self, value: Value, place: Place) -> str:
        """The entry of a value in a sum whose terms share factors."""
        text = self.at(value, place)
        return place.loaded.setdefault(text, f"x_{len(place.loaded)}") if "[" in text else text

    def memory(self, value: Value, place: Place) -> str:
        """Where the entry of a value lies."""
        vector, _ = self.layout.base(value)
        if place.inner == EVERY:
            return f"{vector}[{self.layout.name(value)} + {EVERY}]"
        return f"{vector}[{self._flat(self.layout.name(value), self.layout.axes(value), self.layout.shape(value), place, value)}]"

    def _flat(self, first: str, axes: Axes, shape: tuple[int, ...], place: Place, value: Value | None = None) -> str:
        """The index of an entry, in a tensor that starts at the first one."""
        terms, constant = [first], 0
        for k, a in enumerate(axes):
            stride = prod(shape[k + 1 :])
            index, offset = place.moved.get(a, (self.layout.index[a], 0))
            constant += stride * offset
            if value is not None and value.fixed and self.block and a == SAMPLES:
                index = f"(start + {index})" if index else "start"
            if index:
                terms.append(index if stride == 1 else f"{stride} * {index}")
        return " + ".join([*terms, str(constant)] if constant else terms)

    def over(self, axes: Sequence[str], body: list[str]) -> list[str]:
        """The body inside loops over these axes."""
        for a in reversed(axes):
            body = [f"for {self.layout.index[a]} in range({self.length(a)}):", *indented(body)]
        return body

    def nest(self, axes: Axes, values: Sequence[Pointwise]) -> list[str]:
        """One loop nest for pointwise operations of the same axes; one loop over all entries where operands have them, too."""
        if len(axes) > 1 and all(self._is_whole(v, axes) for value in values for v in (value, *value.operands)):
            body = self.entries(values, Place(EVERY))
            return [f"for {EVERY} in range({prod(self.length(a) for a in axes)}):", *indented(body)]
        place = Place(axes[-1] if axes else None)
        body = self.over(axes[-1:], self.entries(values, place))
        return self.over(axes[:-1], [*place.reads, *body])

    def _is_whole(self, value: Value, axes: Axes) -> bool:
        """Whether a value's memory is that of a tensor with these axes, entry by entry, or a number."""
        if isinstance(value, Number):
            return True
        shape = tuple(self.length(a) for a in axes)
        return self.layout.axes(value) == axes and self.layout.shape(value) == shape

    def entries(self, values: Sequence[Pointwise], place: Place, first: int = 0) -> list[str]:
        """One entry of each of these operations; what only they need is not written to memory.

        Args:
            values: the operations.
            place: where; values of the same iteration are taken from there, and put there.
            first: number of the first local name.
        """
        lines = []
        for k, value in enumerate(values):
            right = self._entry(value, place)
            if any(value in later.operands for later in values[k + 1 :]):
                place.local[value] = f"e_{first + k}"
                lines.append(f"e_{first + k} = {right}")
                right = place.local[value]
            if self.is_kept(value, values):
                lines.append(f"{self.memory(value, place)} = {right}")
        return lines

    def is_kept(self, value: Value, values: Sequence[Value]) -> bool:
        """Whether a value is needed when these operations are done."""
        return value in self._results or any(user not in values for user in self._users.get(value, ()))

    def _entry(self, value: Pointwise, place: Place) -> str:
        """One entry of a pointwise operation."""
        operands = [f"({text})" if text.startswith("-") else text for text in (self.at(v, place) for v in value.operands)]
        one, zero = self.literal(1.0), self.literal(0.0)
        if value in self.plan.saturated:
            operands = [f"minimum({operands[0]}, {self.literal(float(LARGEST[self.dtype]))})"]
        if value in self.plan.covered:
            right = f"{one} if {operands[0]} > {zero} else {zero}"
        elif value.function in INFIX:
            right = f" {INFIX[value.function]} ".join(operands)
        else:
            right = _NAMED.get(value.function, f"{value.function}({', '.join(operands)})").format(*operands, one=one)
        return right

    def zero(self, value: Value) -> list[str]:
        """Nothing in it yet."""
        return self.over(value.axes, [f"{self.memory(value, Place())} = {self.literal(0.0)}"])

    def root(self, k: int) -> list[str]:
        """The copy of an output that was not computed in its place."""
        root = self.plan.roots[k]
        slot = self.plan.slots.get(root.value)
        if slot is not None and slot.root == k:
            return []
        target = self._flat(str(self.layout.offset(k)), root.axes, self.plan.shape(root.axes), Place())
        return self.over(root.axes, [f"out[{target}] = {self.at(root.value, Place())}"])


def indented(lines: Iterable[str]) -> list[str]:
    """The lines, one level further in."""
    return [f"    {line}" for line in lines]

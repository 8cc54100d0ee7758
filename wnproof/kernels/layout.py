"""Where every value of a plan lies in the three vectors of a compiled kernel: theta, out and work."""

from __future__ import annotations

import re
from math import prod

from wnproof.graph.nodes import Axes
from wnproof.kernels.blocks import SAMPLES
from wnproof.kernels.naming import Names
from wnproof.kernels.plan import Plan
from wnproof.kernels.values import Input, Value

LINE = 16  # numbers: every piece of work starts at the start of a cache line, where its vectors are loaded fastest
_WORDS = {"work", "theta", "out", "range", "njit", "abs", "min", "FAST", "total", "softplus", "start", "inf"}


class Layout:
    """The layout of ``work`` (data, products of data, scratch), the names of its pieces and of the indices.

    Attributes:
        names: the module's names.
        index: axis -> the name of its index.
        places: value or slot number -> (start, stop) in ``work``.
        size: length of ``work``.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan, self.names = plan, Names(plan)
        self.places: dict[object, tuple[int, int]] = {}
        self.size = 0
        self.index = {a: a if re.fullmatch(r"[a-bd-uw-z][0-9]*", a) else f"axis{k}" for k, a in enumerate(plan.sizes)}
        for value in (*plan.data, *plan.setup):
            self._placed(value, value)
        for value in plan.steps:
            slot = plan.slots[value]
            if slot.root is None:
                self._placed(slot.number, value)

    def _placed(self, key: object, value: Value) -> None:
        if key not in self.places:
            start = -(-self.size // LINE) * LINE
            self.size = start + prod(self.shape(value))
            self.places[key] = (start, self.size)

    def axes(self, value: Value) -> Axes:
        """The axes in the order of memory: a parameter's as theta has them."""
        return value.leaf_axes if isinstance(value, Input) and not value.fixed else value.axes

    def shape(self, value: Value) -> tuple[int, ...]:
        """The lengths of these axes; what is computed for a block of samples has room for one block."""
        plan = self.plan
        return tuple(plan.block if a == SAMPLES and plan.phases and not value.fixed else plan.sizes[a] for a in self.axes(value))

    def name(self, value: Value) -> str:
        """The value's name; a leaf that is called like a word of the program gets an underscore."""
        name = self.names.of(value)
        return f"{name}_" if name in _WORDS or name in self.index.values() else name

    def offset(self, root: int) -> int:
        """Where a root starts in the flat result."""
        if not self.plan.quantity.flat:
            return 0
        kept = prod(self.plan.result_shape[1:])
        return int(self.plan.quantity.parameters.layout[root][2].start) * kept

    def base(self, value: Value) -> tuple[str, int]:
        """The vector that holds a value, and where in it the value starts."""
        if value in self.places:
            return "work", self.places[value][0]
        if isinstance(value, Input):
            return "theta", int(next(part.start for name, _, part in self.plan.quantity.arguments.layout if name == value.name))
        slot = self.plan.slots[value]
        return ("work", self.places[slot.number][0]) if slot.root is None else ("out", self.offset(slot.root))

    def pieces(self) -> list[str]:
        """``name = where it starts  # in which vector, with which axes`` for every value."""
        values = (*self.plan.data, *self.plan.setup, *self.plan.parameters, *self.plan.steps)
        lines = []
        for value in values:
            vector, start = self.base(value)
            axes = self.axes(value)
            lines.append(f"{self.name(value)} = {start}  # in {vector}" + (f": {', '.join(axes)}" if axes else ""))
        return list(dict.fromkeys(lines))

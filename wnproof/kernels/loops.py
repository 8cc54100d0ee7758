"""Loop nests: every value of a plan as a piece of one vector, and every operation as scalar code over named indices."""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import prod

import numpy as np

from wnproof.graph.nodes import Axes
from wnproof.kernels.naming import Names
from wnproof.kernels.plan import Plan
from wnproof.kernels.saturation import LARGEST
from wnproof.kernels.values import Dot, Input, Number, Peak, Pointwise, Sum, Value

_WORDS = {"work", "theta", "out", "range", "njit", "abs", "FAST", "total", "softplus"}
_INFIX = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "**"}
_NAMED = {"absolute": "abs({})", "negative": "-{}", "reciprocal": "1.0 / {}", "square": "{0} * {0}"}


class Loops:
    """The layout of ``work`` (data, products of data, scratch) and the text of each operation.

    Attributes:
        names: the module's names.
        places: value or slot number -> (start, stop) in ``work``.
        size: length of ``work``.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan, self.names = plan, Names(plan)
        self.places: dict[object, tuple[int, int]] = {}
        self.size = 0
        self._indices = {a: a if re.fullmatch(r"[a-bd-uw-z][0-9]*", a) else f"axis{k}" for k, a in enumerate(plan.sizes)}
        for value in (*plan.data, *plan.setup):
            self._placed(value, value.axes)
        for slot in plan.slots.values():
            if slot.root is None:
                self._placed(slot.number, slot.axes)

    def _placed(self, key: object, axes: Axes) -> None:
        if key not in self.places:
            start, self.size = self.size, self.size + self.entries(axes)
            self.places[key] = (start, self.size)

    def entries(self, axes: Axes) -> int:
        """How many entries a tensor with these axes has."""
        return prod(self.plan.shape(axes))

    # --- memory ---------------------------------------------------------------------------------------------------------------

    def pieces(self) -> list[str]:
        """``name = part of a vector  # axes`` for every value."""
        lines = [self._piece(v, "work", *self.places[v]) for v in (*self.plan.data, *self.plan.setup)]
        parts = {name: part for name, _, part in self.plan.quantity.arguments.layout}
        for leaf in self.plan.parameters:
            part = parts[leaf.name]
            lines.append(self._piece(leaf, "theta", part.start, part.stop))
        for value in self.plan.steps:
            slot = self.plan.slots[value]
            if slot.root is None:
                lines.append(self._piece(value, "work", *self.places[slot.number]))
            else:
                offset = self.offset(slot.root)
                lines.append(self._piece(value, "out", offset, offset + self.entries(value.axes)))
        return list(dict.fromkeys(lines))

    def _piece(self, value: Value, vector: str, start: int, stop: int) -> str:
        axes = self._memory(value)
        return f"{self.name(value)} = {vector}[{start}:{stop}]" + (f"  # {', '.join(axes)}" if axes else "")

    def offset(self, root: int) -> int:
        """Where a root starts in the flat result."""
        if not self.plan.quantity.flat:
            return 0
        kept = prod(self.plan.result_shape[1:])
        return int(self.plan.quantity.parameters.layout[root][2].start) * kept

    def name(self, value: Value) -> str:
        """The value's name; a leaf that is called like a word of the program gets an underscore."""
        name = self.names.of(value)
        return f"{name}_" if name in _WORDS or name in self._indices.values() else name

    def _memory(self, value: Value) -> Axes:
        """The axes in the order of memory: a parameter's as theta has them."""
        return value.leaf_axes if isinstance(value, Input) and not value.fixed else value.axes

    def at(self, value: Value) -> str:
        """The entry of a value at the current indices."""
        if isinstance(value, Number):
            return repr(float(self.plan.number(value)))
        return f"{self.name(value)}[{self._flat(self._memory(value))}]"

    def _flat(self, axes: Axes) -> str:
        shape = self.plan.shape(axes)
        terms = []
        for k, a in enumerate(axes):
            stride = int(np.prod(shape[k + 1 :], dtype=object))
            terms.append(self._indices[a] if stride == 1 else f"{stride} * {self._indices[a]}")
        return " + ".join(terms) or "0"

    # --- operations -----------------------------------------------------------------------------------------------------------

    def nest(self, axes: Axes, body: list[str], operands: Iterable[Value] = ()) -> list[str]:
        """The body inside loops over these axes.

        Operands without the innermost axis are read once before its loop: what is written there might be the same memory for
        all that the compiler knows, and then it would not vectorize.
        """
        loops = [f"{'    ' * k}for {self._indices[a]} in range({self.plan.sizes[a]}):" for k, a in enumerate(axes)]
        outside = [v for v in dict.fromkeys(operands) if axes and not isinstance(v, Number) and axes[-1] not in v.axes]
        for k, operand in enumerate(outside):
            text = self.at(operand)
            loops.insert(-1, f"{'    ' * (len(axes) - 1)}s_{k} = {text}")
            body = [re.sub(rf"(?<!\w){re.escape(text)}", f"s_{k}", line) for line in body]
        return [*loops, *(f"{'    ' * len(axes)}{line}" for line in body)]

    def entry(self, value: Pointwise) -> str:
        """One entry of a pointwise operation."""
        operands = [f"({text})" if text.startswith("-") else text for text in map(self.at, value.operands)]
        if value in self.plan.saturated:
            operands = [f"minimum({operands[0]}, {LARGEST['float64']}.0)"]
        if value.function in _INFIX:
            right = f" {_INFIX[value.function]} ".join(operands)
        else:
            right = _NAMED.get(value.function, f"{value.function}({', '.join(operands)})").format(*operands)
        return f"{self.at(value)} = {right}"

    def summed(self, value: Value) -> list[str]:
        """A Dot, Sum or Peak: row by row where the last axis runs along both result and operand, otherwise entry by entry."""
        assert isinstance(value, (Dot, Sum, Peak))
        inner = tuple(a for a in dict.fromkeys(a for v in value.operands for a in v.axes) if a not in value.axes)
        term = " * ".join(self.at(v) for v in value.operands)
        last = value.axes[-1:]
        rows = last and not isinstance(value, Peak) and any(self._memory(v)[-1:] == last for v in value.operands)
        if rows:
            entry = self.at(value)
            row = [*self.nest(last, [f"{entry} = 0.0"]), *self.nest((*inner, *last), [f"{entry} += {term}"], value.operands)]
            return self.nest(value.axes[:-1], row)
        start, step = ("-np.inf", f"maximum(total, {term})") if isinstance(value, Peak) else ("0.0", f"total + {term}")
        body = [f"total = {start}", *self.nest(inner, [f"total = {step}"]), f"{self.at(value)} = total"]
        return self.nest(value.axes, body)

    def root(self, k: int) -> list[str]:
        """The copy of an output that was not computed in its place."""
        root = self.plan.roots[k]
        slot = self.plan.slots.get(root.value)
        if slot is not None and slot.root == k:
            return []
        return self.nest(root.axes, [f"out[{self.offset(k)} + {self._flat(root.axes)}] = {self.at(root.value)}"])

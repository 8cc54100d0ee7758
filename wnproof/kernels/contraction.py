"""Which NumPy routine sums a product of two tensors.

dot where it is one up to reshaping, vecdot row by row, matmul for a stack of matrix products, einsum otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from wnproof.graph.nodes import Axes
from wnproof.kernels.values import Dot, Input, Peak, Sum, Value

View = Callable[[str, str], str]


@dataclass(frozen=True)
class Call:
    """One call; ``out`` is an index or method that gives the routine the result in the shape it wants."""

    routine: str
    operands: tuple[str, ...]
    keywords: str = ""
    out: str = ""

    def into(self, target: str) -> str:
        """The call that writes into existing memory."""
        return f"{self.routine}({', '.join(self.operands)}{self.keywords}, out={target})"

    def assigned(self, target: str) -> str:
        """The call that makes a new array."""
        return f"{target} = {self.routine}({', '.join(self.operands)}{self.keywords})"


def contraction(value: Value, names: list[str], view: View) -> Call:
    """The call for a Dot, Sum or Peak.

    Args:
        value: the operation.
        names: its operands' names.
        view: makes (name, index) a view with a name of its own.
    """
    if isinstance(value, (Sum, Peak)):
        (operand,) = value.operands
        axes = tuple(k for k, a in enumerate(operand.axes) if a not in value.axes)
        routine = "add.reduce" if isinstance(value, Sum) else "maximum.reduce"
        return Call(routine, (names[0],), f", axis={axes[0] if len(axes) == 1 else axes}")
    assert isinstance(value, Dot)
    left, right = value.operands
    inner = tuple(a for a in left.axes if a in right.axes and a not in value.axes)
    shared = tuple(a for a in left.axes if a in right.axes and a in value.axes)
    mine = tuple(a for a in left.axes if a in value.axes and a not in shared)
    theirs = tuple(a for a in right.axes if a in value.axes and a not in shared)
    if len(inner) == 1 and not shared and len(mine) <= 1 and len(theirs) <= 1:
        if mine + theirs != value.axes:
            (left, mine), (right, theirs), names = (right, theirs), (left, mine), names[::-1]
        first = view(names[0], "" if left.axes == mine + inner else ".T")
        second = view(names[1], "" if right.axes == inner + theirs else ".T")
        return Call("dot", (first, second))
    if len(inner) == 1 and left.axes == right.axes and left.axes[-1:] == inner:
        return Call("vecdot", (names[0], names[1]))
    if left.axes == right.axes == inner and all(_contiguous(v) for v in value.operands):
        return Call("dot", (view(names[0], ".reshape(-1)"), view(names[1], ".reshape(-1)")))
    if (stacked := _stacked(value, names, view)) is not None:
        return stacked
    letters = dict(zip(dict.fromkeys(left.axes + right.axes), "abcdefghijklmnopqrstuvwxyz", strict=False))
    script = f"{_script(left.axes, letters)},{_script(right.axes, letters)}->{_script(value.axes, letters)}"
    return Call("einsum", (f'"{script}"', names[0], names[1]))


def _stacked(value: Dot, names: list[str], view: View) -> Call | None:
    """matmul, one matrix product per index of the leading axes, when the last two axes come from one operand each."""
    *stack, row, column = ("", "", *value.axes)
    pairs = list(zip(value.operands, names, strict=True))
    (left, first), (right, second) = pairs if row in value.operands[0].axes else pairs[::-1]
    inner = tuple(a for a in left.axes if a in right.axes and a not in value.axes)
    if len(inner) != 1 or row not in left.axes or row in right.axes or column not in right.axes or column in left.axes:
        return None
    for operand, own in ((left, row), (right, column)):
        outer = [*operand.axes[:-2]]
        if {*operand.axes[-2:]} != {own, *inner} or outer != stack[len(stack) - len(outer) :]:
            return None
    transposed = ".swapaxes(-1, -2)"
    return Call(
        "matmul",
        (
            view(first, "" if left.axes[-1:] == inner else transposed),
            view(second, transposed if right.axes[-1:] == inner else ""),
        ),
    )


def _contiguous(value: Value) -> bool:
    """Whether a reshape of the value is a view; a parameter block that theta holds in another order is not."""
    return not isinstance(value, Input) or value.fixed or value.axes == value.leaf_axes


def _script(axes: Axes, letters: dict[str, str]) -> str:
    return "".join(letters[a] for a in axes)

"""Names in generated code: blocks, data and lines of the derivation keep theirs, other results are v0, v1, ..., numbers c0."""

from __future__ import annotations

import keyword
import re
from itertools import count

import sympy as sp

from wnproof.graph.nodes import Axes
from wnproof.graph.render import letter
from wnproof.kernels.plan import Plan
from wnproof.kernels.values import Number, Peak, Pointwise, Value

UFUNCS = (
    *("absolute", "add", "divide", "exp", "greater", "log", "log1p", "maximum", "minimum", "multiply"),
    *("negative", "power", "reciprocal", "sign", "sqrt", "square", "subtract", "tanh"),
)
ROUTINES = ("array", "asarray", "ascontiguousarray", "copyto", "dot", "einsum", "empty", "errstate", "matmul", "shape", "vecdot")
TYPES = ("float32", "float64")
_RESERVED = {
    *(*UFUNCS, *ROUTINES, *TYPES, "erf", "np", "make", "theta", "out", "result", "parameters", "zero", "one", "two"),
    *("cache", "memory", "block", "blocks", "steps", "starts", "n", "a", "k"),
}


INFIX = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "**"}


class Names:
    """The names of one module.

    Leaf names come from users. A few letters and digits are taken over, anything else is numbered: no text of theirs is code.
    Results that share memory share a name, unless they are lines of the derivation.

    Attributes:
        entry: the function's name.
        arguments: data leaf -> argument of ``make``.
        views: expression of a view -> its name, in order of first use.
        constants: exact number -> its name, in order of first use.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan, self._numbers = plan, count()
        self.views: dict[str, str] = {}
        self.constants: dict[sp.Expr, str] = {}
        self.arguments: dict[str, str] = {}
        self._of: dict[Value, str] = {}
        for k, leaf in enumerate(plan.inputs):
            base = _checked(leaf.name) or f"tensor{k}"
            if leaf.fixed:
                self.arguments.setdefault(leaf.name, base)
                base = f"{base}_by_{''.join(re.sub('[^A-Za-z0-9]', '', letter(a)) for a in leaf.axes)}"
            self._of[leaf] = base if base not in self._of.values() else f"tensor{k}"
        entry = _checked(plan.quantity.name, 30)
        taken = {*self.arguments.values(), *(block.name for block in plan.quantity.arguments.blocks)}
        self.entry = entry if entry and entry not in taken else "kernel"
        self._steps({*taken, *self._of.values(), self.entry})

    def _steps(self, taken: set[str]) -> None:
        scratch: dict[object, str] = {}
        blocks = self._plan.quantity.parameters.blocks if self._plan.quantity.flat else ()
        for value in (*self._plan.setup, *self._plan.steps):
            slot = self._plan.slots.get(value)
            name = _checked(self._plan.named.get(value, ""))
            if slot is not None and slot.root is not None:
                name = f"d{_checked(blocks[slot.root].name)}" if blocks else "result"
            if name not in ("", "d") and name not in taken:
                taken.add(name)
            else:
                name = scratch.setdefault(value if slot is None else slot.number, f"v{len(scratch)}")
            self._of[value] = name

    def of(self, value: Value) -> str:
        """The name of a value; a number gets one when it is first used."""
        return self.constant(self._plan.number(value)) if isinstance(value, Number) else self._of[value]

    def constant(self, number: sp.Expr) -> str:
        """The name of an exact number."""
        plain = {sp.S.Zero: "zero", sp.S.One: "one", sp.S(2): "two"}
        return self.constants.setdefault(number, plain.get(number, f"c{len(self.constants)}"))

    def shown(self, value: Value) -> str:
        """The value in a comment: numbers as they are."""
        return str(self._plan.number(value)) if isinstance(value, Number) else self._of[value]

    def meaning(self, value: Value) -> str:
        """The step in mathematics, for a comment: ``z1[j,i] = sum_k X[k,i] W1[j,k]``."""
        if isinstance(value, Pointwise):
            operands = [self.shown(v) for v in value.operands]
            infix = INFIX.get(value.function)
            right = f" {infix} ".join(operands) if infix else f"{value.function}({', '.join(operands)})"
        else:
            inner = [a for a in dict.fromkeys(a for v in value.operands for a in v.axes) if a not in value.axes]
            terms = [self.shown(v) + (f"[{self.indices(v.axes)}]" if v.axes else "") for v in value.operands]
            right = f"{'max' if isinstance(value, Peak) else 'sum'}_{self.indices(tuple(inner))} {' '.join(terms)}"
        return f"{self.of(value)}{f'[{self.indices(value.axes)}]' if value.axes else ''} = {right}"

    def indices(self, axes: Axes) -> str:
        """The index letters of these axes in a comment."""
        return ",".join(self.axis(a) for a in axes)

    def axis(self, axis: str) -> str:
        """The index letter of an axis: i for samples, k for inputs, j, l, ... for hidden neurons."""
        return shown(letter(axis))

    def block(self, name: str) -> str:
        """A parameter block in the header."""
        return _checked(name) or "?"

    def view(self, name: str, index: str) -> str:
        """The name of ``name`` + ``index``, a view that is made once; the name itself when there is no index."""
        if index and name + index not in self.views:
            self.views[name + index] = f"{name.split('[')[0]}_{next(self._numbers)}"
        return self.views[name + index] if index else name

    def placed(self, value: Value, target: Axes) -> str:
        """An operand with length-1 axes where the target has axes it lacks; leading ones broadcast by themselves."""
        if not value.axes:
            return self.of(value)
        index = [":" if a in value.axes else "None" for a in target[target.index(value.axes[0]) :]]
        return self.view(self.of(value), f"[{', '.join(index)}]" if "None" in index else "")


def shown(text: str) -> str:
    """A text in a comment or docstring; only characters that end neither are left."""
    return re.sub(r"[^\w .,+*/()\[\]<>|^=:;'-]", "?", text, flags=re.ASCII)


def _checked(name: str, longest: int = 8) -> str:
    """The name when it is a harmless identifier, otherwise nothing."""
    plain = re.fullmatch(rf"[A-Za-z][A-Za-z]{{0,{longest - 1}}}[0-9]{{0,3}}", name, flags=re.ASCII)
    numbered = re.fullmatch(r"[vc][0-9]+|tensor[0-9]+", name)
    return name if plain and not numbered and not keyword.iskeyword(name) and name not in _RESERVED else ""

"""Names in generated code: checked leaf names, v0, v1, ... for results, c0, ... for numbers, and one name for every view."""

from __future__ import annotations

import keyword
import re

import sympy as sp

from wnproof.graph.nodes import Axes
from wnproof.kernels.plan import Plan
from wnproof.kernels.values import Number, Value

UFUNCS = (
    *("absolute", "add", "divide", "exp", "greater", "log", "log1p", "maximum", "minimum", "multiply"),
    *("negative", "power", "reciprocal", "sign", "sqrt", "square", "subtract", "tanh"),
)
ROUTINES = ("asarray", "copyto", "dot", "einsum", "empty", "matmul", "vecdot")
_RESERVED = {*UFUNCS, *ROUTINES, "erf", "np", "make", "theta", "out", "result", "array", "parameters"}


class Names:
    """The names of one module.

    Leaf names come from users. A few letters and digits are taken over, anything else is numbered: no text of theirs is code.

    Attributes:
        entry: the function's name.
        arguments: data leaf -> argument of ``make``.
        views: expression of a view -> its name, in order of first use.
        constants: exact number -> its name, in order of first use.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.views: dict[str, str] = {}
        self.constants: dict[sp.Expr, str] = {}
        self.arguments: dict[str, str] = {}
        self._of: dict[Value, str] = {}
        for k, leaf in enumerate(plan.inputs):
            base = _checked(leaf.name) or f"tensor{k}"
            if leaf.fixed:
                self.arguments.setdefault(leaf.name, base)
                base = f"{base}_by_{'_'.join(re.sub('[^A-Za-z0-9]', '', a) for a in leaf.axes)}"
            self._of[leaf] = base if base not in self._of.values() else f"tensor{k}"
        for k, value in enumerate((*plan.setup, *plan.steps)):
            self._of[value] = f"v{k}"
        entry = _checked(plan.quantity.name, 30)
        taken = {*self.arguments.values(), *(block.name for block in plan.quantity.arguments.blocks)}
        self.entry = entry if entry and entry not in taken else "kernel"

    def of(self, value: Value) -> str:
        """The name of a value; a number gets one when it is first used."""
        if isinstance(value, Number):
            return self.constants.setdefault(self._plan.number(value), f"c{len(self.constants)}")
        return self._of[value]

    def shown(self, value: Value) -> str:
        """The value in a comment: numbers as they are."""
        return str(self._plan.number(value)) if isinstance(value, Number) else self._of[value]

    def block(self, name: str) -> str:
        """A parameter block in the header."""
        return _checked(name) or "?"

    def view(self, name: str, index: str) -> str:
        """The name of ``name`` + ``index``, a view that is made once; the name itself when there is no index."""
        return self.views.setdefault(name + index, f"{name.split('[')[0]}_{len(self.views)}") if index else name

    def placed(self, value: Value, target: Axes) -> str:
        """An operand with length-1 axes where the target has axes it lacks; leading ones broadcast by themselves."""
        if not value.axes:
            return self.of(value)
        index = [":" if a in value.axes else "None" for a in target[target.index(value.axes[0]) :]]
        return self.view(self.of(value), f"[{', '.join(index)}]" if "None" in index else "")


def _checked(name: str, longest: int = 8) -> str:
    """The name when it is a harmless identifier, otherwise nothing."""
    plain = re.fullmatch(rf"[A-Za-z][A-Za-z]{{0,{longest - 1}}}[0-9]{{0,3}}", name, flags=re.ASCII)
    numbered = re.fullmatch(r"[vc][0-9]+|tensor[0-9]+", name)
    return name if plain and not numbered and not keyword.iskeyword(name) and name not in _RESERVED else ""

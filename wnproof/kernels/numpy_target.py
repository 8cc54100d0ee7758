"""A plan as a page of NumPy: data bound once, memory allocated once, one ufunc or BLAS call per step.

The text is made of this package's own words, numbers and checked names only; nothing a user wrote reaches it unchecked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from wnproof.errors import WnproofError
from wnproof.kernels.contraction import Call, contraction
from wnproof.kernels.naming import ROUTINES, UFUNCS, Names
from wnproof.kernels.plan import Plan, Root
from wnproof.kernels.saturation import LARGEST
from wnproof.kernels.values import Peak, Pointwise, Value

_INFIX = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "**"}
COMPARE_FROM = 2000  # entries from which a comparison is faster than a sign


@dataclass(frozen=True)
class NumPy:
    """Straight-line NumPy code.

    Args:
        dtype: numpy.float64 or numpy.float32.

    Raises: WnproofError E-VALUE for another dtype.

    >>> NumPy(np.float32)
    NumPy(dtype=float32)
    """

    dtype: Any = np.float64

    def __post_init__(self) -> None:
        dtype = np.dtype(self.dtype)
        if dtype not in (np.dtype(np.float64), np.dtype(np.float32)):
            raise WnproofError("E-VALUE", f"there is no NumPy kernel in {dtype}", help="use numpy.float64 or numpy.float32")
        object.__setattr__(self, "dtype", dtype)

    def source(self, plan: Plan) -> str:
        """The text of a module with one function ``make(data arrays...)`` that returns the kernel."""
        return _Page(plan, str(self.dtype)).text()

    def make(self, source: str) -> Callable[..., Any]:
        """The module's ``make``."""
        return make_from(source)

    def __repr__(self) -> str:
        return f"NumPy(dtype={self.dtype})"


class _Page:
    """One module's text; every section is a list of lines."""

    def __init__(self, plan: Plan, dtype: str) -> None:
        self.plan, self.dtype, self.names = plan, dtype, Names(plan)

    def text(self) -> str:
        """The whole module."""
        products = [line for v in self.plan.setup for line in self._prepared(v)]
        prepared = len(self.names.views)
        steps = [line for v in self.plan.steps for line in self._step(v)]
        steps += [line for k, root in enumerate(self.plan.roots) for line in self._root(root, k)]
        views = [f"{name} = {view}" for view, name in list(self.names.views.items())[prepared:]]
        numbers = [f"{name} = np.array({float(number)!r}, {self._type})" for number, name in self.names.constants.items()]
        entry, size, shape = self.names.entry, self._shape_of_theta, self.plan.result_shape
        body = [
            *_section("numbers", numbers),
            *_section("data, samples last", self._data()),
            *_section("products of data", products),
            *_section("parameters: views of one copy of theta", self._parameters()),
            *_section("memory; two names of one array are never needed at once", self._memory()),
            *_section("views", views),
            '@np.errstate(all="ignore")',
            f"def {entry}(theta, out=None):",
            "    theta = asarray(theta)",
            f"    if theta.shape != {size}:",
            f'        raise ValueError(f"theta is {{theta.shape}}, wanted {size}")',
            f"    if out is not None and out.shape != {shape}:",
            f'        raise ValueError(f"out is {{out.shape}}, wanted {shape}")',
            "    copyto(parameters, theta)",
            *(f"    {line}" for line in steps),
            "    if out is None:",
            f"        return result{'.copy()' if shape else '[()]'}",
            "    copyto(out, result)",
            "    return out",
            "",
            f"return {entry}",
        ]
        used = sorted(f for f in (*UFUNCS, *ROUTINES) if any(re.search(rf"(?<![.\w]){f}[.(]", line) for line in body))
        erf = any(isinstance(v, Pointwise) and v.function == "erf" for v in (*self.plan.setup, *self.plan.steps))
        lines = [
            *header(self.plan, self.names, self.dtype),
            "",
            *(["from math import erf", ""] if erf else []),
            "import numpy as np",
            f"from numpy import {', '.join(used)}",
            "",
            "",
        ]
        lines.append(f"def make({', '.join(self.names.arguments.values())}):")
        lines.append('    """The function for these data; each call of make gives one with memory of its own."""')
        lines += [f"    {line}" if line else "" for line in body]
        return "\n".join(lines) + "\n"

    @property
    def _type(self) -> str:
        return f"np.{self.dtype}"

    @property
    def _shape_of_theta(self) -> tuple[int]:
        return (self.plan.quantity.arguments.size,)

    # --- sections -------------------------------------------------------------------------------------------------------------

    def _data(self) -> list[str]:
        lines = []
        for leaf in self.plan.data:
            argument, shape = self.names.arguments[leaf.name], self.plan.shape(leaf.leaf_axes)
            turn = tuple(leaf.leaf_axes.index(a) for a in leaf.axes)
            source = argument if turn == tuple(range(len(turn))) else f"np.transpose({argument}, {turn})"
            lines.append(f"if np.shape({argument}) != {shape}:")
            lines.append(f'    raise ValueError(f"{argument} is {{np.shape({argument})}}, wanted {shape}")')
            lines.append(f'{self.names.of(leaf)} = np.array({source}, {self._type}, order="C")')
        return lines

    def _parameters(self) -> list[str]:
        lines = [f"parameters = empty({self._shape_of_theta}, {self._type})"]
        parts = {name: part for name, _, part in self.plan.quantity.arguments.layout}
        for leaf in self.plan.parameters:
            view = self._piece("parameters", parts[leaf.name], self.plan.shape(leaf.leaf_axes))
            turn = tuple(leaf.leaf_axes.index(a) for a in leaf.axes)
            view += "" if turn == tuple(range(len(turn))) else f".transpose({turn})"
            lines.append(f"{self.names.of(leaf)} = {view}{_axes(leaf)}")
        return lines

    def _memory(self) -> list[str]:
        lines = [f"result = empty({self.plan.result_shape}, {self._type})"]
        first: dict[int, str] = {}
        for value in self.plan.steps:
            slot, name = self.plan.slots[value], self.names.of(value)
            fresh = f"empty({self.plan.shape(value.axes)}, {self._type})"
            memory = self._result(slot.root) if slot.root is not None else first.get(slot.number, fresh)
            first.setdefault(slot.number, name)
            lines.append(f"{name} = {memory}{_axes(value)}")
            if isinstance(value, Pointwise) and value.function == "softplus":
                lines.append(f"{name}_positive = {fresh}")
        return lines

    def _result(self, k: int) -> str:
        """The piece of the result that belongs to a root."""
        if not self.plan.quantity.flat:
            return "result"
        return self._piece("result", self.plan.quantity.parameters.layout[k][2], self.plan.shape(self.plan.roots[k].axes))

    def _piece(self, array: str, part: slice, shape: tuple[int, ...]) -> str:
        return f"{array}[{part.start}:{part.stop}]" + (f".reshape({shape})" if len(shape) != 1 else "")

    # --- steps ----------------------------------------------------------------------------------------------------------------

    def _prepared(self, value: Value) -> list[str]:
        """One operation on data, after the views it is the first to need."""
        before = len(self.names.views)
        *more, last = self._lines(value, fresh=True)
        views = list(self.names.views.items())[before:]
        return [*(f"{name} = {view}" for view, name in views), *more, last + self._meaning(value)]

    def _step(self, value: Value) -> list[str]:
        """One operation on memory that is there."""
        first, *more = self._lines(value, fresh=False)
        return [first + self._meaning(value), *more]

    def _lines(self, value: Value, *, fresh: bool) -> list[str]:
        """The calls of one operation; a fresh result is a new array."""
        name = self.names.of(value)
        if not isinstance(value, Pointwise):
            call = contraction(value, [self.names.of(v) for v in value.operands], self.names.view)
        else:
            operands = tuple(self.names.placed(v, value.axes) for v in value.operands)
            if value.function == "softplus":
                return self._softplus(name, operands[0], fresh=fresh)
            if value in self.plan.saturated:
                cut = Call("minimum", (*operands, self._constant(sp.Integer(LARGEST[self.dtype]))))
                return [cut.into(name), f"exp({name}, out={name})"]
            if value.function == "erf":
                return [self._erf(name, operands[0], value, fresh=fresh)]
            compared = value in self.plan.covered and np.prod(self.plan.shape(value.axes)) >= COMPARE_FROM
            call = Call("greater", (*operands, self._constant(sp.S.Zero))) if compared else Call(value.function, operands)
        return [call.assigned(name) if fresh else call.into(name)]

    def _softplus(self, name: str, u: str, *, fresh: bool) -> list[str]:
        """max(u, 0) + log1p(exp(-|u|)): no overflow, and every digit for large negative u."""
        if fresh:
            return [f"{name} = maximum({u}, {self._constant(sp.S.Zero)}) + log1p(exp(-absolute({u})))"]
        chain = [f"{f}({name}, out={name})" for f in ("negative", "exp", "log1p")]
        positive = f"{name}_positive"
        return [
            f"absolute({u}, out={name})",
            *chain,
            f"maximum({u}, {self._constant(sp.S.Zero)}, out={positive})",
            f"add({name}, {positive}, out={name})",
        ]

    def _erf(self, name: str, u: str, value: Value, *, fresh: bool) -> str:
        """The C library's error function, entry by entry, as NumPy has none: every digit, for small arguments too."""
        entries = f"[erf(t) for t in {u}.ravel().tolist()]"
        if fresh:
            return f"{name} = np.array({entries}, {self._type}).reshape({self.plan.shape(value.axes)})"
        return f"{name}.flat = {entries}"

    def _constant(self, number: sp.Expr) -> str:
        return self.names.constants.setdefault(number, f"c{len(self.names.constants)}")

    def _meaning(self, value: Value) -> str:
        """The step in mathematics, as a comment."""
        names = self.names
        if isinstance(value, Pointwise):
            shown = [names.shown(v) for v in value.operands]
            infix = _INFIX.get(value.function)
            right = f" {infix} ".join(shown) if infix else f"{value.function}({', '.join(shown)})"
        else:
            inner = [a for a in dict.fromkeys(a for v in value.operands for a in v.axes) if a not in value.axes]
            terms = [names.shown(v) + (f"[{','.join(v.axes)}]" if v.axes else "") for v in value.operands]
            right = f"{'max' if isinstance(value, Peak) else 'sum'}_{{{','.join(inner)}}} {' '.join(terms)}"
        return f"  # {names.of(value)}{'[' + ','.join(value.axes) + ']' if value.axes else ''} = {right}"

    def _root(self, root: Root, k: int) -> list[str]:
        """Nothing when the value was computed in its place; otherwise the copy that puts it there."""
        slot = self.plan.slots.get(root.value)
        if slot is not None and slot.root == k:
            return []
        present = [a for a in root.axes if a in root.value.axes]
        turn = tuple(root.value.axes.index(a) for a in present)
        view = "" if turn == tuple(range(len(turn))) else f".transpose({turn})"
        spread = [":" if a in present else "None" for a in root.axes]
        view += f"[{', '.join(spread)}]" if present and "None" in spread else ""
        piece = self._result(k)
        array, bracket, index = piece.partition("[")
        target = self.names.view(array, bracket + index)
        return [f"copyto({target}, {self.names.view(self.names.of(root.value), view)})"]


def header(plan: Plan, names: Names, dtype: str) -> list[str]:
    """The docstring of a module: what goes in, in which order and shape, and what comes out."""
    title = re.sub(r"[^\w .,+*/()\[\]<>|^=-]", "?", plan.quantity.name, flags=re.ASCII)
    layout = ", ".join(f"{names.block(name)} {shape}" for name, shape, _ in plan.quantity.arguments.layout)
    shapes = {v.name: plan.shape(v.leaf_axes) for v in plan.data}
    rows = [f'"""{title}: theta {(plan.quantity.arguments.size,)} -> {plan.result_shape}, {dtype}.', ""]
    rows.append(f"theta: {layout}, matrices row by row")
    rows += ["data:  " + ", ".join(f"{names.arguments[name]} {shape}" for name, shape in shapes.items())] if shapes else []
    rows.append("axes:  " + ", ".join(f"{a} {n}" for a, n in plan.sizes.items()))
    return [*rows, f"{plan.operations} operations per call; program {plan.digest[:16]}", '"""']


def make_from(source: str) -> Callable[..., Any]:
    """The ``make`` of a module of our own making."""
    namespace: dict[str, Any] = {"__name__": "wnproof_kernel"}
    exec(compile(source, "<wnproof kernel>", "exec"), namespace)  # noqa: S102  text made by this package from checked names and numbers only
    make: Callable[..., Any] = namespace["make"]
    return make


def _section(title: str, lines: list[str]) -> list[str]:
    return [f"# {title}", *lines, ""] if lines else []


def _axes(value: Value) -> str:
    return f"  # {', '.join(value.axes)}" if value.axes else ""

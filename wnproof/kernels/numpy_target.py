"""A plan as a page of NumPy: data bound once, memory allocated once, one ufunc or BLAS call per step.

The text is made of this file's own words, numbers and checked names only; nothing a user wrote reaches it unchecked.
"""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from wnproof.errors import WnproofError
from wnproof.graph.nodes import Axes
from wnproof.kernels.contraction import Call, contraction
from wnproof.kernels.plan import Plan, Root
from wnproof.kernels.values import Dot, Input, Number, Pointwise, Value

UFUNCS = (
    "absolute", "add", "divide", "exp", "log", "log1p", "maximum", "minimum", "multiply", "negative", "power", "reciprocal", "sign", "sqrt",
    "square", "subtract", "tanh",
)  # fmt: skip
ROUTINES = ("copyto", "dot", "einsum", "matmul", "vecdot")
_INFIX = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "**"}
_RESERVED = {*UFUNCS, *ROUTINES, "np", "bind", "theta", "out", "result", "array", "empty", "asarray", "zeros"}


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
        if np.dtype(self.dtype) not in (np.dtype(np.float64), np.dtype(np.float32)):
            raise WnproofError("E-VALUE", f"dtype {np.dtype(self.dtype)} has no NumPy kernel", help="use numpy.float64 or numpy.float32")
        object.__setattr__(self, "dtype", np.dtype(self.dtype))

    def source(self, plan: Plan) -> str:
        """The text of a module with one function ``bind(data arrays...)`` that returns the kernel."""
        return _Page(plan, self.dtype).text()

    def __repr__(self) -> str:
        return f"NumPy(dtype={self.dtype})"


class _Page:
    """One module's text; every part of it is a list of lines."""

    def __init__(self, plan: Plan, dtype: np.dtype[Any]) -> None:
        self.plan, self.dtype = plan, f"np.{dtype}"
        self.names: dict[Value, str] = {}
        self.views: dict[str, str] = {}  # expression of a view -> its name
        self.constants: dict[sp.Expr, str] = {}
        self.arguments = self._arguments()
        self.entry = "".join(re.findall(r"[A-Za-z_]+", plan.quantity.name)).lower() if re.fullmatch(r"[A-Za-z][A-Za-z_ ]{0,30}", plan.quantity.name) else "kernel"
        if keyword.iskeyword(self.entry) or self.entry in _RESERVED:
            self.entry = "kernel"

    # --- names ----------------------------------------------------------------------------------------------------------------

    def _arguments(self) -> dict[str, str]:
        """Data leaf -> argument of ``bind``; local names of all inputs."""
        arguments: dict[str, str] = {}
        taken: set[str] = set()
        for k, leaf in enumerate(self.plan.inputs):
            plainly = re.fullmatch(r"[A-Za-z]{1,8}\d{0,3}", leaf.name) and not re.fullmatch(r"[vc]\d+", leaf.name)
            base = leaf.name if plainly and not keyword.iskeyword(leaf.name) and leaf.name not in _RESERVED else f"tensor{k}"
            if leaf.fixed:
                arguments.setdefault(leaf.name, base)
                base += "_" + "".join(leaf.axes)
            name = base if base not in taken and base.isidentifier() else f"{base.split('_')[0]}_{k}"
            taken.add(name)
            self.names[leaf] = name
        for k, value in enumerate((*self.plan.setup, *self.plan.steps)):
            self.names[value] = f"v{k}"
        return arguments

    def _name(self, value: Value) -> str:
        if isinstance(value, Number):
            return self.constants.setdefault(self.plan.number(value), f"c{len(self.constants)}")
        return self.names[value]

    def _view(self, name: str, index: str) -> str:
        """The name of a view that is made once; the value itself when there is nothing to do."""
        return self.views.setdefault(name + index, f"{name}_{len(self.views)}") if index else name

    def _operand(self, value: Value, target: Axes) -> str:
        """An operand placed against the target's axes; leading axes broadcast by themselves."""
        if not value.axes:
            return self._name(value)
        tail = target[target.index(value.axes[0]) :]
        index = ", ".join(":" if a in value.axes else "None" for a in tail)
        return self._view(self._name(value), f"[{index}]" if "None" in index else "")

    # --- lines ----------------------------------------------------------------------------------------------------------------

    def text(self) -> str:
        """The whole module."""
        setup = [line for v in self.plan.setup for line in self._prepared(v)]
        prepared = len(self.views)
        steps = [line for v in self.plan.steps for line in self._step(v, fresh=False)]
        finish = [line for k, root in enumerate(self.plan.roots) for line in self._root(root, k)]
        data = self._data()
        memory = self._memory()
        views = [f"{name} = {view}" for view, name in list(self.views.items())[prepared:]]
        constants = [f"{name} = np.array({self._literal(value)}, {self.dtype})" for value, name in self.constants.items()]
        scalar = not self.plan.result_shape
        call = [
            "theta = asarray(theta)",
            f"if theta.shape != {(self.plan.quantity.parameters.size,)}:",
            f'    raise ValueError(f"theta is {{theta.shape}}, wanted {(self.plan.quantity.parameters.size,)}")',
            "if out is not None and out.shape != " + f"{self.plan.result_shape}:",
            f'    raise ValueError(f"out is {{out.shape}}, wanted {self.plan.result_shape}")',
            "copyto(parameters, theta)",
            *steps,
            *finish,
            "if out is None:",
            "    return result[()]" if scalar else "    return result.copy()",
            "copyto(out, result)",
            "return out",
        ]
        body = [
            *self._section("numbers", constants),
            *self._section("data: samples last", data),
            *self._section("products of data", setup),
            *self._section("parameters: views of one copy of theta", self._parameters()),
            *self._section("memory: a name on the right is overwritten when it is no longer needed", memory),
            *self._section("views", views),
            '@np.errstate(all="ignore")',
            f"def {self.entry}(theta, out=None):",
            *(f"    {line}" for line in call),
            "",
            f"return {self.entry}",
        ]
        used = [f for f in (*UFUNCS, *ROUTINES) if any(re.search(rf"\b{f}\(", line) for line in body)]
        lines = [*self._header(), "", "import numpy as np", f"from numpy import asarray, empty, {', '.join(sorted(used))}", "", ""]
        lines += [f"def bind({', '.join(self.arguments.values())}):", f'    """The function for these data; each call of bind has its own memory."""']
        lines += [f"    {line}" if line else "" for line in body]
        return "\n".join(lines) + "\n"

    def _section(self, title: str, lines: list[str]) -> list[str]:
        return [f"# {title}", *lines, ""] if lines else []

    def _header(self) -> list[str]:
        plan = self.plan
        shown = re.sub(r"[^\w .,+*/()\[\]<>|^=-]", "?", plan.quantity.name, flags=re.ASCII)
        layout = ", ".join(f"{self._safe(name)} {shape}" for name, shape, _ in plan.quantity.parameters.layout)
        rows = [f'"""{shown}: theta {(plan.quantity.parameters.size,)} -> {plan.result_shape}, {self.dtype[3:]}.', ""]
        rows.append(f"theta = {layout}; matrices row by row")
        shapes = {v.name: plan.shape(v.leaf_axes) for v in plan.data}
        if shapes:
            rows.append("data  = " + ", ".join(f"{self.arguments[name]} {shape}" for name, shape in shapes.items()))
        rows.append("axes  = " + ", ".join(f"{a}: {n}" for a, n in plan.sizes.items()))
        rows += [f"{plan.operations} operations per call; program {plan.digest[:16]}", '"""']
        return rows

    def _safe(self, name: str) -> str:
        return next((self.names[v] for v in self.plan.inputs if v.name == name), re.sub(r"\W", "_", name, flags=re.ASCII))

    def _data(self) -> list[str]:
        lines = []
        for leaf in self.plan.data:
            argument = self.arguments[leaf.name]
            shape = self.plan.shape(leaf.leaf_axes)
            turn = tuple(leaf.leaf_axes.index(a) for a in leaf.axes)
            source = argument if turn == tuple(range(len(turn))) else f"np.transpose({argument}, {turn})"
            lines += [f"if np.shape({argument}) != {shape}:", f'    raise ValueError(f"{argument} is {{np.shape({argument})}}, wanted {shape}")']
            lines.append(f'{self.names[leaf]} = np.array({source}, {self.dtype}, order="C")  # {", ".join(leaf.axes)}')
        return lines

    def _parameters(self) -> list[str]:
        lines = [f"parameters = empty({self.plan.quantity.parameters.size}, {self.dtype})"]
        parts = {name: part for name, _, part in self.plan.quantity.parameters.layout}
        axes = {b.name: b.axes for b in self.plan.quantity.parameters.blocks}
        for leaf in self.plan.parameters:
            part = parts[leaf.name]
            stored = tuple(leaf.leaf_axes)
            assert len(stored) == len(axes[leaf.name])
            view = f"parameters[{part.start}:{part.stop}].reshape({self.plan.shape(stored)})" if len(stored) != 1 else f"parameters[{part.start}:{part.stop}]"
            turn = tuple(stored.index(a) for a in leaf.axes)
            view += "" if turn == tuple(range(len(turn))) else f".transpose({turn})"
            lines.append(f"{self.names[leaf]} = {view}  # {', '.join(leaf.axes)}")
        return lines

    def _memory(self) -> list[str]:
        lines = [f"result = empty({self.plan.result_shape}, {self.dtype})"]
        first: dict[int, str] = {}
        for value in self.plan.steps:
            slot, name = self.plan.slots[value], self.names[value]
            comment = f"  # {', '.join(value.axes)}" if value.axes else ""
            if slot.root is not None:
                lines.append(f"{name} = {self._result(slot.root)}{comment}")
            elif slot.number in first:
                lines.append(f"{name} = {first[slot.number]}{comment}")
            else:
                lines.append(f"{name} = empty({self.plan.shape(value.axes)}, {self.dtype}){comment}")
            first.setdefault(slot.number, name)
        return lines

    def _result(self, k: int) -> str:
        """The piece of the result that belongs to a root."""
        if not self.plan.quantity.flat:
            return "result"
        part = self.plan.quantity.parameters.layout[k][2]
        shape = self.plan.shape(self.plan.roots[k].axes)
        return f"result[{part.start}:{part.stop}]" + (f".reshape({shape})" if len(shape) != 1 else "")

    def _root(self, root: Root, k: int) -> list[str]:
        slot = self.plan.slots.get(root.value)
        if slot is not None and slot.root == k:
            return []
        present = [a for a in root.axes if a in root.value.axes]
        turn = tuple(root.value.axes.index(a) for a in present)
        view = "" if turn == tuple(range(len(turn))) else f".transpose({turn})"
        index = ", ".join(":" if a in present else "None" for a in root.axes)
        view += f"[{index}]" if "None" in index and present else ""
        piece = self._result(k)
        target = piece if piece == "result" else self._view(piece, "[...]")
        return [f"copyto({target}, {self._view(self._name(root.value), view)})"]

    def _literal(self, value: sp.Expr) -> str:
        return repr(float(value))

    def _prepared(self, value: Value) -> list[str]:
        """One operation on data, after the views it is the first to need."""
        before = len(self.views)
        lines = self._step(value, fresh=True)
        return [*(f"{name} = {view}" for view, name in list(self.views.items())[before:]), *lines]

    # --- steps ----------------------------------------------------------------------------------------------------------------

    def _step(self, value: Value, *, fresh: bool) -> list[str]:
        """The lines of one operation; a fresh result is a new array, otherwise its memory is there."""
        name = self._name(value)
        where = f"[{', '.join(value.axes)}]" if value.axes else ""
        if isinstance(value, Pointwise):
            operands = [self._operand(v, value.axes) for v in value.operands]
            shown = [self._name(v) if not isinstance(v, Number) else str(self.plan.number(v)) for v in value.operands]
            if value.function == "softplus":
                return self._softplus(name, operands[0], where, fresh=fresh)
            infix = _INFIX.get(value.function)
            formula = f" {infix} ".join(shown) if infix else f"{value.function}({', '.join(shown)})"
            call = Call(value.function, tuple(operands))
        else:
            shown = [self._name(v) + (f"[{', '.join(v.axes)}]" if v.axes else "") for v in value.operands]
            inner = [a for a in dict.fromkeys(a for v in value.operands for a in v.axes) if a not in value.axes]
            formula = f"sum over {', '.join(inner)} of {' * '.join(shown)}"
            call = contraction(value, [self._name(v) for v in value.operands], self._view)
        return [f"{call.assigned(name) if fresh else call.into(name)}  # {name}{where} = {formula}"]

    def _softplus(self, name: str, operand: str, where: str, *, fresh: bool) -> list[str]:
        """max(u, 0) + log1p(exp(-|u|)): no overflow, and every digit for large negative u."""
        zero = self._name(_zero())
        lines = [f"absolute({operand}, out={name})  # {name}{where} = log(1 + exp({operand}))"]
        lines += [f"negative({name}, out={name})", f"exp({name}, out={name})", f"log1p({name}, out={name})", f"add({name}, maximum({operand}, {zero}), out={name})"]
        return ([f"{name} = np.empty_like({operand})"] if fresh else []) + lines


def _zero() -> Number:
    return Number((), True, -1, (), sp.S.Zero)

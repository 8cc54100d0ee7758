"""A plan as one page of NumPy text: the formula, data bound once, memory allocated once, one ufunc or BLAS call per step.

The text is made of this package's own words, numbers and checked names only; nothing a user wrote reaches it unchecked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import sympy as sp

from wnproof.graph.nodes import Axes
from wnproof.kernels.blocks import SAMPLES
from wnproof.kernels.contraction import Call, contraction
from wnproof.kernels.header import WIDTH, filled, header
from wnproof.kernels.naming import ROUTINES, TYPES, UFUNCS, Names
from wnproof.kernels.plan import Plan, Root
from wnproof.kernels.saturation import LARGEST
from wnproof.kernels.values import Pointwise, Value

COMPARE_FROM = 2000  # entries from which a comparison is faster than a sign
Assignment = tuple[str, str]


class Page:
    """One module's text. Assignments are collected as (name, expression) and packed into lines."""

    def __init__(self, plan: Plan, dtype: str) -> None:
        self.plan, self.dtype, self.names = plan, dtype, Names(plan)

    def text(self) -> str:
        """The whole module."""
        plan, names, entry = self.plan, self.names, self.names.entry
        prepared = [line for v in plan.setup for line in self._prepared(v)]
        ready = set(names.views) - {view for view in names.views if self._base(view) in self._per_block}
        names.views = {view: name for view, name in names.views.items() if view in ready}  # a block has views of its own
        groups = (plan.phases.before, plan.phases.each, plan.phases.after) if plan.phases else (plan.steps, (), ())
        before, each, after = ([line for v in group for line in self._step(v)] for group in groups)
        roots = [line for k, root in enumerate(plan.roots) for line in self._root(root, k)]
        views = [(name, view) for view, name in names.views.items() if view not in ready]
        own = [(name, view) for name, view in views if self._base(view) in self._per_block]
        numbers = [(name, f"array({float(number)!r}{self._type})") for number, name in names.constants.items()]
        size, wanted = (plan.quantity.arguments.size,), plan.result_shape
        body = [
            *self._data(),
            *packed([*numbers, ("parameters", f"empty({size}{self._type})"), ("result", f"empty({wanted}{self._type})")]),
            *prepared,
            *packed(self._parameters()),
            *(line for group in self._memory(inside=False) for line in packed(group)),
            *packed([pair for pair in views if pair not in own]),
            "",
            *(self._blocks(each, own) if each else []),
            '@errstate(all="ignore")',
            f"def {entry}(theta, out=None):",
            "    theta = asarray(theta)",
            f"    if theta.shape != {size} or (out is not None and out.shape != {wanted}):",
            f"        raise ValueError(f\"theta {{theta.shape}}, wanted {size}; out {{getattr(out, 'shape', out)}}, wanted {wanted}\")",  # noqa: E501
            "    copyto(parameters, theta)",
            *(f"    {line}" for line in before),
            *(["    " + line for line in self._all_blocks()] if each else []),
            *(f"    {line}" for line in (*after, *roots)),
            "    if out is None:",
            f"        return result{'.copy()' if wanted else '[()]'}",
            "    copyto(out, result)",
            "    return out",
            f"return {entry}",
        ]
        code = "\n".join(line.split("  #")[0] for line in body)
        used = [f for f in (*UFUNCS, *ROUTINES, *TYPES) if re.search(rf"(?<![.\w]){f}\b", code)]
        erf = any(isinstance(v, Pointwise) and v.function == "erf" for v in (*plan.setup, *plan.steps))
        first = ["from functools import cache"] * bool(each) + ["from math import erf"] * erf
        arguments = ", ".join(names.arguments.values())
        lines = [
            *header(plan, names, self.dtype),
            "",
            *first,
            *[""] * bool(first),
            *(f"from numpy import {row}" for row in filled(sorted(used), ", ", WIDTH - 18)),
            "",
            "",
        ]
        lines += [f"def make({arguments}):", '    """The function for these data, with memory of its own."""']
        return "\n".join([*lines, *(f"    {line}" if line else "" for line in body)]) + "\n"

    @property
    def _type(self) -> str:
        """Named where it is not NumPy's own choice."""
        return "" if self.dtype == "float64" else f", {self.dtype}"

    # --- what is there before a call ------------------------------------------------------------------------------------------

    def _data(self) -> list[str]:
        """Checks of the shapes, then every array in the program's axes."""
        found, arrays = {}, []
        for leaf in self.plan.data:
            argument, wanted = self.names.arguments[leaf.name], self.plan.shape(leaf.leaf_axes)
            found[argument] = wanted
            turn = tuple(leaf.leaf_axes.index(a) for a in leaf.axes)
            turned = "" if turn == tuple(range(len(turn))) else f".transpose({turn})"
            arrays.append((self.names.of(leaf), f'array(asarray({argument}){turned}, {self.dtype}, order="C")'))
        lines = []
        if found:
            wrong = " or ".join(f"shape({name}) != {wanted}" for name, wanted in found.items())
            said = "; ".join(f"{name} is {{shape({name})}}, wanted {wanted}" for name, wanted in found.items())
            lines = [f"if {wrong}:", f'    raise ValueError(f"{said}")']
        return [*lines, *packed(arrays)]

    def _parameters(self) -> list[Assignment]:
        """Views of one copy of theta."""
        parts = {name: part for name, _, part in self.plan.quantity.arguments.layout}
        pairs = []
        for leaf in self.plan.parameters:
            view = _piece("parameters", parts[leaf.name], self.plan.shape(leaf.leaf_axes))
            turn = tuple(leaf.leaf_axes.index(a) for a in leaf.axes)
            pairs.append((self.names.of(leaf), view + ("" if turn == tuple(range(len(turn))) else f".transpose({turn})")))
        return pairs

    def _memory(self, *, inside: bool) -> tuple[list[Assignment], list[Assignment], list[Assignment]]:
        """New arrays, one per slot; pieces of the result; further names of these arrays, never needed at once.

        Args:
            inside: the arrays of one block of samples, or the others.
        """
        first: dict[int, str] = {}
        pairs: dict[str, str] = {}
        for value in self.plan.steps:
            slot, name = self.plan.slots[value], self.names.of(value)
            if (name in self._per_block) != inside:
                continue
            fresh = self._empty(value.axes, inside)
            own = first.setdefault(slot.number, name)
            if name not in pairs and name != "result":
                pairs[name] = own if own != name else self._result(slot.root) if slot.root is not None else fresh
            if isinstance(value, Pointwise) and value.function == "softplus":
                pairs.setdefault(f"{name}_positive", fresh)
            if self.plan.phases and value in self.plan.phases.sums:
                pairs[f"{name}_part"] = fresh
        aliases = {name: own for name, own in pairs.items() if own in pairs}
        pieces = {name: own for name, own in pairs.items() if own.startswith("result")}
        fresh_ones = {name: own for name, own in pairs.items() if name not in aliases and name not in pieces}
        return [*fresh_ones.items()], [*pieces.items()], [*aliases.items()]

    def _result(self, k: int) -> str:
        """The piece of the result that belongs to a root."""
        if not self.plan.quantity.flat:
            return "result"
        return _piece("result", self.plan.quantity.parameters.layout[k][2], self.plan.shape(self.plan.roots[k].axes))

    def _empty(self, axes: Axes, inside: bool) -> str:
        lengths = ["n" if inside and a == SAMPLES else str(self.plan.sizes[a]) for a in axes]
        return f"empty(({', '.join(lengths)}{',' if len(lengths) == 1 else ''}){self._type})"

    # --- blocks of samples ----------------------------------------------------------------------------------------------------

    @property
    def _per_block(self) -> set[str]:
        """The names that mean another array in every block."""
        if self.plan.phases is None:
            return set()
        fixed = [v for v in (*self.plan.data, *self.plan.setup) if SAMPLES in v.axes]
        return {self.names.of(v) for v in (*fixed, *self.plan.phases.each) if SAMPLES in v.axes}

    @staticmethod
    def _base(view: str) -> str:
        return re.split(r"[.\[]", view)[0]

    def _blocks(self, each: list[str], views: list[Assignment]) -> list[str]:
        """The arrays of a block, and the steps on it, as functions."""
        assert self.plan.phases is not None
        arrays, _, aliases = self._memory(inside=True)
        fixed = [v for v in (*self.plan.data, *self.plan.setup) if any(v in user.operands for user in self.plan.phases.each)]
        slices = [self.names.of(v) for v in fixed if SAMPLES in v.axes]
        size, samples, data = self.plan.block, self.plan.sizes[SAMPLES], ", ".join(slices)
        return [
            "@cache",
            "def memory(n):",
            f"    return [{', '.join(array for _, array in arrays)}]",
            "",
            f"def block({data}):",
            f"    {', '.join(name for name, _ in arrays)}, = memory({slices[0]}.shape[-1])",
            *(f"    {line}" for line in (*packed(aliases), *packed(views))),
            "",
            "    def steps():",
            *(f"        {line}" for line in each),
            "",
            "    return steps",
            "",
            f"starts = range(0, {samples}, {size})",
            f"blocks = [block(*(a[..., k : k + {size}].copy() for a in ({data},))) for k in starts]",
            "",
        ]

    def _all_blocks(self) -> list[str]:
        assert self.plan.phases is not None
        sums = [self.names.of(v) for v in self.plan.phases.sums]
        return [*(f"{name}.fill(0)" for name in sums), "for steps in blocks:", "    steps()"]

    # --- steps ----------------------------------------------------------------------------------------------------------------

    def _prepared(self, value: Value) -> list[str]:
        """One operation on data, after the views it is the first to need."""
        before = len(self.names.views)
        *more, last = self._lines(value, fresh=True)
        views = list(self.names.views.items())[before:]
        return [*(f"{name} = {view}" for view, name in views), *more, last + f"  # {self.names.meaning(value)}"]

    def _step(self, value: Value) -> list[str]:
        """One operation on memory that is there; a sum over a block is added to those of the others."""
        if self.plan.phases and value in self.plan.phases.sums:
            name = self.names.of(value)
            call = contraction(value, [self.names.of(v) for v in value.operands], self.names.view)
            return [call.into(f"{name}_part") + f"  # {self.names.meaning(value)}", f"add({name}, {name}_part, out={name})"]
        first, *more = self._lines(value, fresh=False)
        return [first + f"  # {self.names.meaning(value)}", *more]

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
                cut = Call("minimum", (*operands, self.names.constant(sp.Integer(LARGEST[self.dtype]))))
                return [cut.into(name), f"exp({name}, out={name})"]
            if value.function == "erf":
                return [self._erf(name, operands[0], value, fresh=fresh)]
            compared = value in self.plan.covered and np.prod(self.plan.shape(value.axes)) >= COMPARE_FROM
            call = Call("greater", (*operands, self.names.constant(sp.S.Zero))) if compared else Call(value.function, operands)
        return [call.assigned(name) if fresh else call.into(name)]

    def _softplus(self, name: str, u: str, *, fresh: bool) -> list[str]:
        """max(u, 0) + log1p(exp(-|u|)): no overflow, and every digit for large negative u."""
        zero = self.names.constant(sp.S.Zero)
        if fresh:
            return [f"{name} = maximum({u}, {zero}) + log1p(exp(-absolute({u})))"]
        chain = [f"{f}({name}, out={name})" for f in ("negative", "exp", "log1p")]
        last = [f"maximum({u}, {zero}, out={name}_positive)", f"add({name}, {name}_positive, out={name})"]
        return [f"absolute({u}, out={name})", *chain, *last]

    def _erf(self, name: str, u: str, value: Value, *, fresh: bool) -> str:
        """The C library's error function, entry by entry, as NumPy has none: every digit, for small arguments too."""
        entries = f"[erf(t) for t in {u}.ravel().tolist()]"
        if fresh:
            return f"{name} = array({entries}, {self.dtype}).reshape({self.plan.shape(value.axes)})"
        return f"{name}.flat = {entries}"

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
        array, bracket, index = self._result(k).partition("[")
        target = self.names.view(array, bracket + index)
        return [f"copyto({target}, {self.names.view(self.names.of(root.value), view)})"]


def packed(pairs: Sequence[Assignment]) -> list[str]:
    """``a, b = x, y`` for as many assignments as fit in a line."""
    rows: list[list[Assignment]] = []
    for pair in pairs:
        if rows and sum(len(name) + len(value) + 4 for name, value in [*rows[-1], pair]) <= WIDTH:
            rows[-1].append(pair)
        else:
            rows.append([pair])
    return [f"{', '.join(name for name, _ in row)} = {', '.join(value for _, value in row)}" for row in rows]


def _piece(array: str, part: slice, shape: tuple[int, ...]) -> str:
    return f"{array}[{part.start}:{part.stop}]" + (f".reshape({shape})" if len(shape) != 1 else "")

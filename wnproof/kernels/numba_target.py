"""A plan as explicit loops, compiled by Numba: no call of NumPy, no array that is not needed, no pass over memory too many.

Everything a program touches lies in one vector, so that every kernel is one compiled function ``f(theta, out, work)`` of the same
type and may be called from another compiled loop.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from wnproof.kernels.blocks import SAMPLES
from wnproof.kernels.compiled import compiled_module
from wnproof.kernels.elementary import prelude
from wnproof.kernels.header import filled, header
from wnproof.kernels.layout import Layout
from wnproof.kernels.loops import Loops, indented
from wnproof.kernels.numpy_target import NumPy, make_from
from wnproof.kernels.plan import Plan
from wnproof.kernels.target import Target
from wnproof.kernels.tiles import summed
from wnproof.kernels.values import Pointwise, Value

NEAR, FEWEST = 1 << 14, 32  # entries of the largest array that stay near the processor; samples that a block has at least
VECTOR, SLOW = 8, ("exp", "tanh", "erf", "log", "log1p", "softplus", "power")
ABSENT = "numba is not installed, so this is the NumPy kernel; pip install 'wnproof[jit]' gives the compiled one"


@dataclass(frozen=True)
class Numba:
    """Loops compiled to machine code; without Numba (extra ``jit``) the NumPy kernel, and its first line says so.

    Several times faster than NumPy, on small networks above all: sums are computed in tiles that stay in registers, pointwise
    steps where their operand is at hand, samples in blocks near the processor. It compiles for seconds, once: a cache keeps it.

    Args:
        dtype: numpy.float64 or numpy.float32.
        cache: a directory of one's own for compiled kernels; the user's cache directory when left out.

    Raises: WnproofError E-VALUE for another dtype.

    >>> Numba(np.float32).dtype
    dtype('float32')
    """

    dtype: Any = np.float64
    cache: Path | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "dtype", NumPy(self.dtype).dtype)

    def chosen(self, plan: Plan) -> tuple[Target, str]:  # noqa: ARG002  whatever the program is
        """This one."""
        return self, "asked for"

    def samples_at_once(self, plan: Plan) -> int | None:
        """As many as keep the largest array near the processor; None for all of them."""
        largest = max((math.prod(plan.shape(v.axes)) for v in plan.steps if SAMPLES in v.axes), default=0)
        return None if largest <= NEAR else max(FEWEST, NEAR * plan.sizes[SAMPLES] // largest // 16 * 16)

    def source(self, plan: Plan) -> str:
        """The text of a module with one function ``make(data arrays...)`` that returns the kernel."""
        if not available():
            return f"# {ABSENT}\n{NumPy(self.dtype).source(plan)}"
        return _Page(plan, str(self.dtype)).text()

    def make(self, source: str) -> Callable[..., Any]:
        """The module's ``make``, from the cache when it was compiled before."""
        return compiled_module(source, self.cache) if available() else make_from(source)

    def __repr__(self) -> str:
        name = "Numba()" if self.dtype == np.float64 else f"Numba(dtype={self.dtype})"
        return name if available() else f"{name}: {ABSENT}"


def available() -> bool:
    """Whether Numba can be imported."""
    return find_spec("numba") is not None


_MAKE = '''
def make({arguments}):
    """The function for these data; each call of make gives one with memory of its own.

    Its ``compiled`` is (f, work) with f(theta, out, work), for other compiled loops.
    """
    memory_of_loops = at_cache_line({size})
{data}
    prepare_data(memory_of_loops)
    parameters, result = at_cache_line({parameters}), at_cache_line({entries})

    def kernel(theta, out=None):
        theta = np.asarray(theta)
        if theta.shape != ({parameters},):
            raise ValueError(f"theta is {{theta.shape}}, wanted ({parameters},)")
        if out is not None and out.shape != {shape}:
            raise ValueError(f"out is {{out.shape}}, wanted {shape}")
        np.copyto(parameters, theta)
        {entry}(parameters, result, memory_of_loops)
        if out is None:
            return result.reshape({shape}).copy(){scalar}
        np.copyto(out, result.reshape({shape}))
        return out

    kernel.compiled = {entry}, memory_of_loops
    return kernel
'''


class _Page:
    """One module's text."""

    def __init__(self, plan: Plan, dtype: str) -> None:
        self.plan, self.dtype, self.layout = plan, dtype, Layout(plan)

    def text(self) -> str:
        """The whole module."""
        plan, layout = self.plan, self.layout
        loops = Loops(layout, self.dtype)
        setup = self._function("prepare_data", "work", self._nests(loops, plan.setup))
        roots = [line for k in range(len(plan.roots)) for line in loops.root(k)]
        steps = self._function(f"{layout.names.entry}_loops", "theta, out, work", [*self._steps(loops), *roots])
        entries = int(np.prod(plan.result_shape, dtype=object))
        made = _MAKE.format(
            arguments=", ".join(layout.names.arguments.values()),
            size=max(layout.size, 1),
            data="\n".join(f"    {line}" for line in self._data()),
            parameters=plan.quantity.arguments.size,
            entries=max(entries, 1),
            shape=plan.result_shape,
            entry=f"{layout.names.entry}_loops",
            scalar="" if plan.result_shape else "[()]",
        )
        return "\n".join([*header(plan, layout.names, self.dtype), prelude(self.dtype), "", setup, "", steps]) + made

    def _steps(self, loops: Loops) -> list[str]:
        """The steps of a call; between those before and after, a loop over blocks of samples where there are blocks."""
        plan = self.plan
        if plan.phases is None:
            return self._nests(loops, plan.steps)
        samples, block = plan.sizes[SAMPLES], plan.block
        whole = samples - samples % block
        zeros = [line for v in plan.phases.sums for line in loops.zero(v)]
        each = self._nests(Loops(self.layout, self.dtype, block), plan.phases.each)
        lines = [*self._nests(loops, plan.phases.before), *zeros, f"for start in range(0, {whole}, {block}):", *indented(each)]
        if whole < samples:
            lines += [f"start = {whole}", *self._nests(Loops(self.layout, self.dtype, samples - whole), plan.phases.each)]
        return [*lines, *self._nests(loops, plan.phases.after)]

    def _nests(self, loops: Loops, values: Sequence[Value]) -> list[str]:
        """A loop nest per operation; pointwise neighbours share theirs, and that of the sum before them."""
        groups: list[list[Value]] = []
        for value in values:
            if isinstance(value, Pointwise) and groups and self._joins(value, groups[-1]):
                groups[-1].append(value)
            else:
                groups.append([value])
        lines = []
        for group in groups:
            lines += [f"# {line}" for line in filled(map(self.layout.names.meaning, group), ";  ")]
            first, *others = group
            after = [v for v in others if isinstance(v, Pointwise)]
            if isinstance(first, Pointwise):
                lines += loops.nest(first.axes, [first, *after])
            else:
                lines += summed(loops, first, after, added=self._added(first))
        return lines

    def _joins(self, value: Pointwise, group: list[Value]) -> bool:
        """Whether a step is done in the loops of those before it.

        Not where rows end in half a vector and the function is slow: all entries in one loop have hardly any end.
        """
        ragged = len(value.axes) > 1 and self.plan.sizes[value.axes[-1]] % VECTOR
        slow = value.function in SLOW and ragged and not isinstance(group[0], Pointwise)
        return group[-1].axes == value.axes and not self._added(group[-1]) and not slow

    def _added(self, value: Value) -> bool:
        """Whether a value is a sum over blocks of samples, known when the last block is done."""
        return self.plan.phases is not None and value in self.plan.phases.sums

    def _function(self, name: str, arguments: str, body: list[str]) -> str:
        """One compiled function: the pieces of memory it uses, then its loops."""
        used = set(re.findall(r"\w+", " ".join(body)))
        pieces = [line for line in self.layout.pieces() if line.split(" ")[0] in used]
        types = ", ".join(f"{self.dtype}[::1]" for _ in arguments.split(", "))
        lines = [f'@njit("void({types})", error_model="numpy", fastmath=FAST, cache=True)', f"def {name}({arguments}):"]
        return "\n".join([*lines, *(f"    {line}" for line in [*pieces, *body] or ["pass"])]) + "\n"

    def _data(self) -> list[str]:
        lines = []
        for leaf in self.plan.data:
            argument, shape = self.layout.names.arguments[leaf.name], self.plan.shape(leaf.leaf_axes)
            turn = tuple(leaf.leaf_axes.index(a) for a in leaf.axes)
            start, stop = self.layout.places[leaf]
            lines.append(f"if np.shape({argument}) != {shape}:")
            lines.append(f'    raise ValueError(f"{argument} is {{np.shape({argument})}}, wanted {shape}")')
            lines.append(f"memory_of_loops[{start}:{stop}] = np.transpose({argument}, {turn}).ravel()")
        return lines

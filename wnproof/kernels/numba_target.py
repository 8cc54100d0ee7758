"""A plan as explicit loops, compiled by Numba: for small problems, where a NumPy kernel spends its time in calls.

Everything a program touches lies in one vector, so that every kernel is one compiled function ``f(theta, out, work)`` of the same
type and may be called from another compiled loop.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import groupby
from math import factorial, log
from pathlib import Path
from typing import Any

import numpy as np

from wnproof.kernels.compiled import compiled_module
from wnproof.kernels.header import header
from wnproof.kernels.loops import Loops
from wnproof.kernels.numpy_target import NumPy, make_from
from wnproof.kernels.plan import Plan
from wnproof.kernels.values import Pointwise, Value

ABSENT = "numba is not installed, so this is the NumPy kernel; pip install 'wnproof[jit]' gives the compiled one"


@dataclass(frozen=True)
class Numba:
    """Loops compiled to machine code; without Numba (extra ``jit``) the NumPy kernel, and its first line says so.

    Several times faster than NumPy on small networks and on ensembles of them, alike at a few hundred thousand operations a call;
    on wide networks with many samples NumPy's BLAS calls stay ahead.

    Args:
        cache: a directory of one's own for compiled kernels; the user's cache directory when left out.

    >>> Numba().dtype
    dtype('float64')
    """

    cache: Path | None = None

    @property
    def dtype(self) -> np.dtype[Any]:
        """Always float64."""
        return np.dtype(np.float64)

    def samples_at_once(self, plan: Plan) -> int | None:  # noqa: ARG002  loops go through the samples one by one anyway
        """All of them."""
        return None

    def source(self, plan: Plan) -> str:
        """The text of a module with one function ``make(data arrays...)`` that returns the kernel."""
        if not available():
            return f"# {ABSENT}\n{NumPy().source(plan)}"
        return _Page(plan).text()

    def make(self, source: str) -> Callable[..., Any]:
        """The module's ``make``, from the cache when it was compiled before."""
        return compiled_module(source, self.cache) if available() else make_from(source)

    def __repr__(self) -> str:
        return "Numba()" if available() else f"Numba(): {ABSENT}"


def available() -> bool:
    """Whether Numba can be imported."""
    return find_spec("numba") is not None


_HORNER = "\n".join(f"    p = p * r + {1 / factorial(k)!r}" for k in range(12, 1, -1))

_PRELUDE = f"""
from math import erf, log, log1p, sqrt, tanh

import numpy as np
from numba import njit

FAST = {{"contract", "reassoc"}}  # fused and reordered sums, as in BLAS; nothing that would lose a not-a-number


@njit(inline="always", fastmath=FAST)
def maximum(a, b):
    return a if a > b or a != a else b


@njit(inline="always", fastmath=FAST)
def minimum(a, b):
    return a if a < b or a != a else b


@njit(inline="always", fastmath=FAST)
def sign(a):
    return 1.0 if a > 0.0 else -1.0 if a < 0.0 else a


@njit
def exp(a):
    # e^a = 2^k e^r with |r| <= log(2)/2: in arithmetic alone, so that loops of it are vectorized; no digit is reordered away
    x = 0.0 if a != a else min(max(a, -746.0), 710.0)
    k = np.floor(x * {1 / log(2)!r} + 0.5)
    r = (x - k * 0.6931471803691238) - k * 1.9082149292705877e-10
    p = {1 / factorial(13)!r}
{_HORNER}
    p = p * (r * r) + r + 1.0
    half = np.floor(0.5 * k)
    first, second = (np.int64(half) + 1023) << 52, (np.int64(k - half) + 1023) << 52
    return a if a != a else p * np.int64(first).view(np.float64) * np.int64(second).view(np.float64)


@njit(inline="always", fastmath=FAST)
def softplus(a):
    return maximum(a, 0.0) + log1p(exp(-abs(a)))
"""

_MAKE = '''
def make({arguments}):
    """The function for these data; each call of make gives one with memory of its own.

    Its ``compiled`` is (f, work) with f(theta, out, work), for other compiled loops.
    """
    memory_of_loops = np.zeros({size})
{data}
    prepare_data(memory_of_loops)
    parameters, result = np.zeros({parameters}), np.zeros({entries})

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

    def __init__(self, plan: Plan) -> None:
        self.plan, self.loops = plan, Loops(plan)

    def text(self) -> str:
        """The whole module."""
        plan, loops = self.plan, self.loops
        setup = self._function("prepare_data", "work", plan.setup, [])
        roots = [line for k in range(len(plan.roots)) for line in loops.root(k)]
        steps = self._function(f"{loops.names.entry}_loops", "theta, out, work", plan.steps, roots)
        entries = int(np.prod(plan.result_shape, dtype=object))
        made = _MAKE.format(
            arguments=", ".join(loops.names.arguments.values()),
            size=max(loops.size, 1),
            data="\n".join(f"    {line}" for line in self._data()),
            parameters=plan.quantity.arguments.size,
            entries=max(entries, 1),
            shape=plan.result_shape,
            entry=f"{loops.names.entry}_loops",
            scalar="" if plan.result_shape else "[()]",
        )
        return "\n".join(header(plan, loops.names, "float64")) + "\n" + _PRELUDE + "\n\n" + setup + "\n\n" + steps + "\n" + made

    def _function(self, name: str, arguments: str, values: tuple[Value, ...], last: list[str]) -> str:
        """One compiled function: pieces of memory, then a loop nest per operation; pointwise neighbours share theirs."""
        body: list[str] = []
        for (_, axes), group in groupby(values, lambda v: (isinstance(v, Pointwise), v.axes)):
            neighbours = list(group)
            entries = [self.loops.entry(v) for v in neighbours if isinstance(v, Pointwise)]
            operands = [v for value in neighbours for v in value.operands]
            body += (
                self.loops.nest(axes, entries, operands)
                if entries
                else [line for v in neighbours for line in self.loops.summed(v)]
            )
        body += last
        pieces = [line for line in self.loops.pieces() if any(_uses(text, line.split(" ")[0]) for text in body)]
        types = ", ".join("float64[::1]" for _ in arguments.split(", "))
        lines = [f'@njit("void({types})", error_model="numpy", fastmath=FAST, cache=True)', f"def {name}({arguments}):"]
        return "\n".join([*lines, *(f"    {line}" for line in [*pieces, *body] or ["pass"])]) + "\n"

    def _data(self) -> list[str]:
        lines = []
        for leaf in self.plan.data:
            argument, shape = self.loops.names.arguments[leaf.name], self.plan.shape(leaf.leaf_axes)
            turn = tuple(leaf.leaf_axes.index(a) for a in leaf.axes)
            start, stop = self.loops.places[leaf]
            lines.append(f"if np.shape({argument}) != {shape}:")
            lines.append(f'    raise ValueError(f"{argument} is {{np.shape({argument})}}, wanted {shape}")')
            lines.append(f"memory_of_loops[{start}:{stop}] = np.transpose({argument}, {turn}).ravel()")
        return lines


def _uses(line: str, name: str) -> bool:
    return any(word == name for word in line.replace("[", " ").replace("(", " ").replace("-", " ").split())

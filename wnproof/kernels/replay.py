"""Run a plan over exact numbers, with the plan's own storage: what a kernel's program computes, without a rounding error.

The replay writes every result where the kernel writes it, so a result that is overwritten too early shows like a wrong formula.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import product
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from wnproof.graph.nodes import Axes
from wnproof.kernels.plan import Plan
from wnproof.kernels.values import Dot, Number, Peak, Pointwise, Sum, Value

ObjectArray = NDArray[np.object_]

EXACT: dict[str, Callable[..., sp.Expr]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "negative": lambda a: -a,
    "reciprocal": lambda a: 1 / a,
    "square": lambda a: a * a,
    "power": lambda a, b: a**b,
    "sqrt": sp.sqrt,
    "exp": sp.exp,
    "log": sp.log,
    "tanh": sp.tanh,
    "erf": sp.erf,
    "softplus": lambda a: sp.log(1 + sp.exp(a)),
    "absolute": abs,
    "sign": sp.sign,
    "maximum": lambda a, b: a if a >= b else b,
    "minimum": lambda a, b: a if a <= b else b,
}


@dataclass(frozen=True)
class Arithmetic:
    """Numbers of one kind: how a given number or a SymPy number becomes one, and every function of the program on them."""

    number: Callable[[Any], Any]
    functions: Mapping[str, Callable[..., Any]]


EXACT_NUMBERS = Arithmetic(sp.S, EXACT)


def replay(
    plan: Plan,
    given: Mapping[str, Any],
    sizes: Mapping[str, int] | None = None,
    arithmetic: Arithmetic = EXACT_NUMBERS,
) -> list[ObjectArray]:
    """Every output tensor of the plan, exactly.

    Args:
        plan: the program.
        given: leaf name -> array of exact numbers in the leaf's axes, for parameters and data alike.
        sizes: axis -> length when the arrays have other sizes than the plan's; read off the arrays when left out.
        arithmetic: the kind of numbers; exact ones when left out.

    Returns: one object array of numbers per root, in the axes the caller sees.
    """
    memory: dict[object, ObjectArray] = {}
    lengths = dict(plan.sizes if sizes is None else sizes)
    for leaf in plan.inputs:
        array = np.asarray(given[leaf.name], dtype=object)
        lengths.update(zip(leaf.leaf_axes, array.shape, strict=True))
        memory[leaf] = _map(arithmetic.number, array.transpose([leaf.leaf_axes.index(a) for a in leaf.axes]))

    def read(value: Value) -> ObjectArray:
        if isinstance(value, Number):
            return np.asarray(arithmetic.number(plan.number(value, lengths)), dtype=object)
        return memory[plan.slots.get(value, value)]

    for value in (*plan.setup, *plan.steps):
        shape = tuple(lengths[a] for a in value.axes)
        memory[plan.slots.get(value, value)] = _computed(
            value, [read(v) for v in value.operands], shape, lengths, arithmetic.functions
        )
    return [_spread(read(r.value), r.value.axes, r.axes, lengths) for r in plan.roots]


def _computed(
    value: Value,
    operands: list[ObjectArray],
    shape: tuple[int, ...],
    lengths: Mapping[str, int],
    functions: Mapping[str, Callable[..., Any]],
) -> ObjectArray:
    if isinstance(value, Pointwise):
        aligned = [_aligned(array, v.axes, value.axes) for array, v in zip(operands, value.operands, strict=True)]
        return np.broadcast_to(_map(functions[value.function], *aligned), shape).copy()
    assert isinstance(value, (Dot, Sum, Peak))
    axes = tuple(dict.fromkeys(a for v in value.operands for a in v.axes))
    inner = tuple(a for a in axes if a not in value.axes)
    result = np.empty(shape, dtype=object)
    for index in np.ndindex(*shape):
        at = dict(zip(value.axes, index, strict=True))
        terms = []
        for extra in product(*(range(lengths[a]) for a in inner)):
            at.update(zip(inner, extra, strict=True))
            factors = (array[tuple(at[a] for a in v.axes)] for array, v in zip(operands, value.operands, strict=True))
            terms.append(reduce(functions["multiply"], factors))
        result[index] = reduce(functions["maximum" if isinstance(value, Peak) else "add"], terms)
    return result


def _map(function: Callable[..., sp.Expr], *arrays: ObjectArray) -> ObjectArray:
    return np.asarray(np.frompyfunc(function, len(arrays), 1)(*arrays), dtype=object)


def _aligned(array: ObjectArray, axes: Axes, target: Axes) -> ObjectArray:
    return array.reshape([array.shape[axes.index(a)] if a in axes else 1 for a in target])


def _spread(array: ObjectArray, axes: Axes, wanted: Axes, lengths: Mapping[str, int]) -> ObjectArray:
    """Transposed to the caller's axes and repeated along those the value does not depend on."""
    present = [a for a in wanted if a in axes]
    turned = array.transpose([axes.index(a) for a in present])
    return np.broadcast_to(_aligned(turned, tuple(present), wanted), [lengths[a] for a in wanted]).copy()

"""Exact scalar SymPy at concrete sizes: the independent oracle that every graph and kernel is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from wnproof.errors import WnproofError
from wnproof.graph.nodes import Contract, Leaf, Map, Node, argument, order

ObjectArray = NDArray[np.object_]
ENTRY_LIMIT = 200_000


def symbols(name: str, shape: tuple[int, ...]) -> ObjectArray:
    """Real symbols name_i_j..., one per entry; a tensor without axes is the symbol itself, as a 0-d array.

    >>> symbols("W", (1, 2))
    array([[W_0_0, W_0_1]], dtype=object)
    """
    array = np.empty(shape, dtype=object)
    for index in np.ndindex(*shape):
        array[index] = sp.Symbol("_".join([name, *map(str, index)]), real=True)
    return array


def expand(root: Node, sizes: Mapping[str, int], values: Mapping[str, Any] | None = None) -> ObjectArray:
    """Every entry of ``root`` as a SymPy expression.

    Args:
        root: the node to expand.
        sizes: axis -> length, for every axis below the root.
        values: leaf name -> array of exact numbers or SymPy expressions, of the shape its axes say; leaves without a
        value become symbols.

    Returns: an object array of SymPy expressions, shape = sizes of root.axes. Nothing is simplified.

    Raises: WnproofError E-SHAPE when a value's shape is not the leaf's, E-SIZE when the expansion would be too large to
    be useful.
    """
    given = dict(values or {})
    arrays: dict[Node, ObjectArray] = {}
    for node in order(root):
        shape = _shape(node, sizes)
        if isinstance(node, Leaf):
            arrays[node] = _leaf_array(node, shape, given)
        elif isinstance(node, Map):
            result = np.empty(shape, dtype=object)
            operands = [np.broadcast_to(_align(arrays[a], a.axes, node.axes), shape) for a in node.operands]
            for index in np.ndindex(*shape):
                result[index] = node.expr.xreplace({argument(k): sp.S(a[index]) for k, a in enumerate(operands)})
            arrays[node] = result
        else:
            assert isinstance(node, Contract)
            arrays[node] = _contracted(node, [arrays[a] for a in node.operands], shape, sizes)
    return arrays[root]


def _shape(node: Node, sizes: Mapping[str, int]) -> tuple[int, ...]:
    missing = [a for a in node.axes if a not in sizes]
    if missing:
        raise WnproofError(
            "E-SHAPE", f"no size given for axis {missing[0]!r}", help="pass sizes for every axis, samples ('i') included"
        )
    shape = tuple(sizes[a] for a in node.axes)
    if int(np.prod(shape, dtype=object)) > ENTRY_LIMIT:
        raise WnproofError(
            "E-SIZE", f"expansion to {shape} entries exceeds {ENTRY_LIMIT}", help="expand at smaller widths and sample counts"
        )
    return shape


def _leaf_array(node: Leaf, shape: tuple[int, ...], given: Mapping[str, Any]) -> ObjectArray:
    if node.name == "1":
        return np.full(shape, sp.S.One, dtype=object)
    if node.name not in given:
        return symbols(node.name, shape)
    array = np.asarray(given[node.name], dtype=object)
    if array.shape != shape:
        raise WnproofError("E-SHAPE", f"{node.name} is {array.shape}, its axes {node.axes} want {shape}")
    exact = np.empty(shape, dtype=object)
    for index in np.ndindex(*shape):
        exact[index] = sp.S(array[index])
    return exact


def _align(array: ObjectArray, axes: tuple[str, ...], target: tuple[str, ...]) -> ObjectArray:
    """Transpose and pad with length-1 axes so that the array broadcasts against ``target``."""
    positions = [axes.index(a) for a in target if a in axes]
    return array.transpose(positions).reshape([array.shape[axes.index(a)] if a in axes else 1 for a in target])


def _contracted(node: Contract, operands: list[ObjectArray], shape: tuple[int, ...], sizes: Mapping[str, int]) -> ObjectArray:
    summed = tuple(dict.fromkeys(a for n in node.operands for a in n.axes if a not in node.axes))
    result = np.empty(shape, dtype=object)
    inner = list(product(*(range(sizes[a]) for a in summed)))
    for index in np.ndindex(*shape):
        position = dict(zip(node.axes, index, strict=True))
        terms = []
        for extra in inner:
            position.update(zip(summed, extra, strict=True))
            terms.append(sp.Mul(*(a[tuple(position[x] for x in n.axes)] for n, a in zip(node.operands, operands, strict=True))))
        result[index] = sp.Add(*terms)
    return result

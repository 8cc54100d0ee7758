"""Tensors written out entry by entry at concrete sizes, with numbers in the place of leaves that are fixed to them.

A graph has no constant tensors: a block that is fixed to one number is that number times ones, and a block fixed to different
numbers has no node. At concrete sizes every entry is an expression of its own, in which these numbers are coefficients.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from wnproof.claims.expressions import node_of
from wnproof.errors import WnproofError
from wnproof.graph.expand import expand, symbols
from wnproof.graph.nodes import Axes, Leaf, Node, leaf, leaves

Index = tuple[int, ...]


def has_tensor_constants(node: Node, constants: Mapping[str, Any]) -> bool:
    """Whether a leaf of the node is fixed to numbers that are not all equal."""
    return any(len(set(constants[tensor.name].ravel().tolist())) > 1 for tensor in leaves(node) if tensor.name in constants)


def entries(node: Node, sizes: Mapping[str, int], constants: Mapping[str, Any]) -> dict[Index, Node]:
    """Index -> the entry as a node of scalar leaves W1_0_0, ... (the symbols of ``Network.symbols``).

    Raises: WnproofError E-SIZE when an entry has more symbols than a statement may have, E-SHAPE, E-NAME.

    >>> from wnproof.graph.nodes import contract
    >>> total = contract((leaf("w", ("h",)), leaf("c", ("h",))), ())
    >>> entries(total, {"h": 2}, {"c": np.array([1, -2])})[()].expr
    _0 - 2*_1
    """
    if clash := [tensor.name for tensor in leaves(node) if tensor.axes and "_" in tensor.name]:
        raise WnproofError("E-NAME", f"entries of {clash[0]} could have the names of others", help="take names without _")
    array = expand(node, sizes, {tensor.name: constants[tensor.name] for tensor in leaves(node) if tensor.name in constants})
    return {index: node_of(array[index]) for index in np.ndindex(*array.shape)}


def scalars(tensor: Leaf, sizes: Mapping[str, int]) -> tuple[Leaf, ...]:
    """The scalar leaves that stand for the entries of a leaf.

    >>> [entry.name for entry in scalars(leaf("W", ("h",)), {"h": 2})]
    ['W_0', 'W_1']
    """
    return tuple(leaf(symbol.name) for symbol in symbols(tensor.name, tuple(sizes[axis] for axis in tensor.axes)).ravel())


def faced(index: Index, axes: Axes, other: Axes) -> Index:
    """The index of the same entry of a tensor with the axes in another order."""
    at = dict(zip(axes, index, strict=True))
    return tuple(at[axis] for axis in other)

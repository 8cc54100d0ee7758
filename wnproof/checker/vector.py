"""Kind "vector": what is shown at one size of an axis holds at every size, when the axis is only used rotation-invariantly.

Leaves are vectors along the axis (one for each index of their other axes), maps are linear in one vector, and the axis is summed
in inner products of two. Then both sides commute with every rotation of the axis, and so does the gradient of a scalar, which is
in the span of the vectors. Shown at size d, with k <= d vectors: dimension n < d is the case of vectors with last entries 0; for
n > d a rotation turns the span into the first d coordinates, where both sides are those of size d; in the others both are 0.
Where sides carry the axis, left >= right is left = right, because a reflection turns the sign of an entry.
"""

from __future__ import annotations

from math import prod
from typing import Any

from . import cells
from .graph import ONES
from .reader import expect_fields, expect_list, expect_map, expect_name, invalid
from .statement import Identity


def verify(statement: Identity, evidence: dict[str, Any]) -> str:
    """Check the evidence; returns the scope: any size of the named axes."""
    fields = expect_fields(evidence, ("kind", "axes", "of"))
    axes = [expect_name(axis) for axis in expect_list(fields["axes"])]
    if not axes or len(set(axes)) != len(axes) or not set(axes) <= set(statement.sizes):
        raise invalid(f"axes {axes}: at least one axis of the statement, each once")
    for axis in axes:
        _expect_vectors(statement, axis, axes)
    inner = expect_map(fields["of"])
    if inner.get("kind") != "cells":
        raise invalid("a vector identity is shown by cells at one size")
    return f"any {', '.join(axes)}, shown {cells.verify(statement, inner)}"


def _expect_vectors(statement: Identity, axis: str, free: list[str]) -> None:
    """Raise Invalid unless the axis carries at most as many vectors as its size, and is used as described above."""
    graph = statement.graph
    if any(axis in graph.nodes[k].axes for _, k in statement.where):
        raise invalid(f"a relation of the domain is about single entries along {axis}")
    vectors = {}
    for k in graph.below(statement.roots):
        node = graph.nodes[k]
        if node.leaf is not None and axis in node.axes:
            if node.leaf == ONES or set(node.axes) & set(free) != {axis}:
                raise invalid(f"leaf {node.leaf} with axes {node.axes} is no family of vectors along {axis}")
            vectors[node.leaf] = prod(statement.sizes[a] for a in node.axes if a != axis)
        carriers = sum(axis in graph.nodes[a].axes for a in node.args)
        allowed: tuple[int, ...] = (0,)
        if node.op == "*":
            allowed = (1,) if axis in node.axes else (0, 2)
        elif node.op == "+":
            allowed = (0, len(node.args))
        if carriers not in allowed:
            raise invalid(
                f"node {k}: {carriers} operands along {axis}, so it is neither linear in one vector nor an inner product"
            )
    if (count := sum(vectors.values())) > statement.sizes[axis]:
        raise invalid(f"{count} vectors along {axis} need size {count} at least, it is {statement.sizes[axis]}")

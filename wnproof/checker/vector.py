"""Kind "vector": an identity shown at one size of an axis holds at every size, when the axis is only used rotation-invariantly.

Leaves are vectors along the axis (one for each index of their other axes), maps are linear in one vector, and the axis is summed
in inner products of two. Then both sides commute with every rotation of the axis, and so does the gradient of a scalar, which is
in the span of the vectors. Shown at size d, with k <= d vectors: dimension n < d is the case of vectors with last entries 0; for
n > d a rotation turns the span into the first d coordinates, where both sides are those of size d; in the others both are 0.
"""

from __future__ import annotations

from math import prod
from typing import Any

from . import cells
from .graph import ONES, Expr, Graph
from .reader import expect_fields, expect_list, expect_map, expect_name, invalid
from .statement import Equal, Identity


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
    sides = (statement.left, statement.right) if isinstance(statement, Equal) else (statement.quantity, statement.velocity)
    roots = [*sides, *([] if isinstance(statement, Equal) else [statement.function]), *(k for _, k in statement.where)]
    if any(axis in graph.nodes[k].axes for _, k in statement.where):
        raise invalid(f"a relation of the domain is about single entries along {axis}")
    vectors = {}
    for k in graph.below(roots):
        node = graph.nodes[k]
        if node.leaf is not None and axis in node.axes:
            if node.leaf == ONES or set(node.axes) & set(free) != {axis}:
                raise invalid(f"leaf {node.leaf} with axes {node.axes} is no family of vectors along {axis}")
            vectors[node.leaf] = prod(statement.sizes[a] for a in node.axes if a != axis)
        carriers = sum(axis in graph.nodes[a].axes for a in node.args)
        if node.map is not None and carriers and _vectors(node.map, graph, node.args, axis) != 1:
            raise invalid(f"node {k}: a map that is not linear in one vector along {axis}")
        if node.leaf is None and node.map is None and carriers not in ((1,) if axis in node.axes else (0, 2)):
            raise invalid(f"node {k}: {carriers} factors along {axis}, which is neither kept by one nor summed between two")
    if (count := sum(vectors.values())) > statement.sizes[axis]:
        raise invalid(f"{count} vectors along {axis} need size {count} at least, it is {statement.sizes[axis]}")


def _vectors(expr: Expr, graph: Graph, args: tuple[int, ...], axis: str) -> int:
    """How many vectors every term of the expression is a product of; -1 when that is no number that makes sense."""
    if expr.op == "arg":
        return int(axis in graph.nodes[args[expr.slot]].axes)
    of = [_vectors(e, graph, args, axis) for e in expr.of]
    if -1 in of or (expr.op == "+" and len(set(of)) > 1) or (expr.op not in ("+", "*") and any(of)):
        return -1
    return of[0] if expr.op == "+" else sum(of)

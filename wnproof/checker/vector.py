"""Kind "vector": what is shown at one size of an axis holds at every size, when the axis is only used rotation-invariantly.

Leaves are vectors along the axis (one for each index of their other axes), maps are linear in one vector, and the axis is summed
in inner products of two. Then both sides commute with every rotation of the axis, and so does the gradient of a scalar, which is
in the span of the vectors. Shown at size d, with k <= d vectors: dimension n < d is the case of vectors with last entries 0; for
n > d a rotation turns the span into the first d coordinates, where both sides are those of size d; in the others both are 0.
Where sides carry the axis, left >= right is left = right, because a reflection turns the sign of an entry.
"""

from math import prod
from typing import Any

from . import cells
from .gauge import covariant
from .reader import expect_fields, expect_list, expect_map, expect_name, invalid
from .statement import Identity


def verify(statement: Identity, evidence: dict[str, Any]) -> tuple[str, str]:
    """Check the evidence; the scope is any size of the named axes."""
    fields = expect_fields(evidence, ("kind", "axes", "of"))
    axes = [expect_name(axis) for axis in expect_list(fields["axes"])]
    if not axes or len(set(axes)) != len(axes) or not set(axes) <= set(statement.sizes):
        raise invalid(f"axes {axes}: at least one axis of the statement, each once")
    graph, sizes = statement.graph, statement.sizes
    for axis in axes:
        if any(axis in graph.nodes[k].axes for _, k in statement.where):
            raise invalid(f"a relation of the domain is about single entries along {axis}")
        vectors = {leaf: own for leaf, own in graph.leaves.items() if axis in own}
        if many := [leaf for leaf, own in vectors.items() if set(own) & set(axes) != {axis}]:
            raise invalid(f"leaf {many[0]} with axes {vectors[many[0]]} is no family of vectors along {axis}")
        covariant(graph, statement.roots, axis, dict.fromkeys(vectors, 1), (1, 1))
        if (count := sum(prod(sizes[a] for a in own if a != axis) for own in vectors.values())) > sizes[axis]:
            raise invalid(f"{count} vectors along {axis} need size {count} at least, it is {sizes[axis]}")
    if (inner := expect_map(fields["of"])).get("kind") != "cells":
        raise invalid("a vector identity is shown by cells at one size")
    return "proved", f"any {', '.join(axes)}, shown {cells.verify(statement, inner)[1]}"

"""Reverse mode: the gradient of a scalar node, or the per-sample gradients of a node with a sample axis that is kept."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from wnproof.graph.nodes import (
    Axes,
    Contract,
    Leaf,
    Map,
    Node,
    add,
    argument,
    constant,
    contract,
    multiply,
    ones,
    order,
    pointwise,
)


def gradient(function: Node, wrt: Sequence[Leaf], *, keep: Axes = (), adjoints: dict[Node, Node] | None = None) -> list[Node]:
    """The derivatives of ``function`` in each leaf of ``wrt``.

    Without ``keep`` this is d(sum of all entries of function)/d(leaf), axes as the leaf's. With ``keep = ("i",)`` the
    kept axes are appended:
    per-sample gradients, axes leaf.axes + ("i",). A dictionary given as ``adjoints`` receives the adjoint of every node
    (the named steps of a derivation are read from it).

    Kinks: ``Pw.fdiff`` decides, so at order 1 the result holds a step function that stands for the Clarke interval.

    >>> from wnproof.graph.nodes import leaf
    >>> w, x = leaf("w", ("k",)), leaf("x", ("k",))
    >>> gradient(contract((w, x), ()), [w]) == [x]
    True
    """
    missing = set(keep) - set(function.axes)
    if missing:
        raise ValueError(f"axes {sorted(missing)} are kept but the function has only {function.axes}")
    for node in order(function):
        summed = {axis for operand in node.args for axis in operand.axes} - set(node.axes)
        if mixed := sorted(summed & set(keep)):
            raise ValueError(f"axis {mixed[0]} is kept, but the function sums over it: its entries depend on every index")
    pending: dict[Node, list[Node]] = {
        function: [contract(tuple(ones(a) for a in function.axes), function.axes) if function.axes else constant(1)]
    }
    done: dict[Node, Node] = {} if adjoints is None else adjoints
    for node in reversed(order(function)):
        if node not in pending:
            continue
        done[node] = add(pending.pop(node))
        for k, operand in enumerate(node.args):
            share = _share(node, k, done[node], operand.axes + tuple(a for a in keep if a not in operand.axes))
            if share is not None:
                pending.setdefault(operand, []).append(share)
    axes = [w.axes + tuple(a for a in keep if a not in w.axes) for w in wrt]
    return [contract((done[w],), found) if w in done else _zero(found) for w, found in zip(wrt, axes, strict=True)]


def _zero(axes: Axes) -> Node:
    return contract((multiply(0, ones(axes[0])), *(ones(a) for a in axes[1:])), axes) if axes else constant(0)


def _share(node: Node, k: int, adjoint: Node, axes: Axes) -> Node | None:
    """What the k-th operand's adjoint receives from ``node``."""
    if isinstance(node, Contract):
        return contract((*node.operands[:k], *node.operands[k + 1 :], adjoint), axes)
    assert isinstance(node, Map)
    slope = sp.diff(node.expr, argument(k))
    if slope == 0:
        return None
    product = pointwise(slope * argument(len(node.operands)), *node.operands, adjoint)
    return contract((product,), axes)

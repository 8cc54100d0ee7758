"""What a conserved quantity is made of: squared norms and sums of blocks, or their Gram matrices along one axis."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp

from wnproof.errors import WnproofError
from wnproof.graph.nodes import Axes, Contract, Leaf, Map, Node, argument, pointwise
from wnproof.graph.quantity import Quantity, as_fraction, exact


def rational(value: Any) -> Fraction:
    """An exact rational number; E-VALUE for anything else."""
    number = exact(value)
    if not number.is_Rational:
        raise WnproofError("E-VALUE", f"{value} is no rational number")
    return as_fraction(number)


def norms_and_sums(q: Quantity) -> tuple[dict[str, Fraction], dict[str, Fraction]]:
    """The quantity as sum of (coefficient |leaf|^2) and (coefficient sum(leaf))."""
    squares: dict[str, Fraction] = {}
    linear: dict[str, Fraction] = {}
    for factor, node in _terms(sp.S.One, q.node):
        match node:
            case Leaf():
                target, name = linear, node.name
            case Contract(operands=(Leaf() as a,)):
                target, name = linear, a.name
            case Contract(operands=(Leaf() as a, Leaf() as b)) if a is b:
                target, name = squares, a.name
            case Map(operands=(Leaf() as a,)) if node.expr == argument(0) ** 2:
                target, name = squares, a.name
            case _:
                raise WnproofError(
                    "E-VALUE",
                    f"{q.name} is no sum of squared norms and sums of blocks",
                    help="see conserved for what can be a conserved quantity",
                )
        if set(q.axes) - set(node.axes):
            raise WnproofError("E-SHAPE", f"a term of {q.name} has axes {node.axes}, the quantity {q.axes}")
        target[name] = target.get(name, Fraction(0)) + factor
    return ({n: c for n, c in squares.items() if c}, {n: c for n, c in linear.items() if c})


def gram_matrices(q: Quantity) -> dict[str, Fraction]:
    """The quantity as a sum of (coefficient leaf leaf^T) over its two axes, the second named after the first."""
    squares: dict[str, Fraction] = {}
    for factor, node in _terms(sp.S.One, q.node):
        pair = [operand for operand in getattr(node, "operands", ()) if isinstance(operand, Leaf)]
        if len(pair) != 2 or not _is_relabeled(pair[0], pair[1], q.axes):
            raise WnproofError(
                "E-VALUE", f"{q.name} is no sum of W W^T and W^T W", help="add multiples of row_gram and column_gram"
            )
        squares[pair[0].name] = squares.get(pair[0].name, Fraction(0)) + factor
    return {n: c for n, c in squares.items() if c}


def _is_relabeled(a: Leaf, b: Leaf, axes: Axes) -> bool:
    """Whether b is a with the first of the two axes renamed to the second, or the other way."""
    first, second = (tuple(own if axis in axes else axis for axis in a.axes) for own in axes)
    return a.name == b.name and first != second and {a.axes, b.axes} == {first, second}


def _terms(factor: sp.Expr, node: Node) -> list[tuple[Fraction, Node]]:
    """The node as numbers times simple nodes; a sum of such is one, where every summand has the summed axes."""
    if isinstance(node, Contract) and len(node.operands) == 1 and not isinstance(node.operands[0], Leaf):
        (inner,) = node.operands
        summands = _terms(factor, inner)
        if any(set(inner.axes) - set(summand.axes) for _, summand in summands):
            raise WnproofError("E-SHAPE", f"a summand lacks an axis of {inner.axes}", help="sum each term over its own axes")
        return summands
    if isinstance(node, Map) and not (len(node.operands) == 1 and node.expr == argument(0) ** 2):
        found = []
        for term in sp.Add.make_args(sp.expand(node.expr)):
            number, rest = term.as_coeff_Mul()
            slots = [k for k in range(len(node.operands)) if rest.has(argument(k))]
            if len(slots) == 1 and rest == argument(slots[0]):
                found.extend(_terms(factor * number, node.operands[slots[0]]))
            elif len(slots) == 1 and rest == argument(slots[0]) ** 2 and isinstance(node.operands[slots[0]], Leaf):
                found.append((rational(factor * number), pointwise(argument(0) ** 2, node.operands[slots[0]])))
            elif len(slots) == 2 and rest == argument(slots[0]) * argument(slots[1]):
                found.append(
                    (rational(factor * number), pointwise(argument(0) * argument(1), *(node.operands[k] for k in slots)))
                )
            else:
                raise WnproofError(
                    "E-VALUE",
                    f"{node.expr} is no sum of squared norms and sums of blocks",
                    help="see conserved for what can be a conserved quantity",
                )
        return found
    return [(rational(factor), node)]

"""The program of a kernel read back as mathematics, and the verdict that it is the quantity it was made from.

The statement is about exact arithmetic: the steps of the plan, as formulas of theta and the data, equal the quantity's formula
entry by entry. Rounding and the text of a target are not part of it; they are tested.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod

import sympy as sp

from wnproof.errors import WnproofError
from wnproof.graph.encode import OutOfFragment
from wnproof.graph.kink import Pw
from wnproof.graph.nodes import Node, argument, constant, contract, leaf, ones, pointwise
from wnproof.graph.statement import Equal, Every
from wnproof.kernels.plan import Plan
from wnproof.kernels.values import Dot, Input, Number, Pointwise, Sum, Value, length
from wnproof.prove.decide import decide
from wnproof.verdict import Rigor, Verdict, undecided

MOST_KINKS = 4  # entries of kinked tensors; a proof by cases has up to three cases for each
_KINKS = ("maximum", "minimum", "sign", "absolute")
_a, _b = argument(0), argument(1)
FORMULAS: dict[str, sp.Expr] = {
    "add": _a + _b,
    "subtract": _a - _b,
    "multiply": _a * _b,
    "divide": _a / _b,
    "negative": -_a,
    "reciprocal": 1 / _a,
    "square": _a**2,
    "sqrt": sp.sqrt(_a),
    "exp": sp.exp(_a),
    "log": sp.log(_a),
    "tanh": sp.tanh(_a),
    "erf": sp.erf(_a),
    "softplus": sp.log(1 + sp.exp(_a)),
    "absolute": Pw(_a, 1, -1, 1),
    "maximum": _b + Pw(_a - _b, 1, 0, 1),
    "minimum": _b - Pw(_b - _a, 1, 0, 1),
    "sign": Pw(_a, 1, -1, 0),
}


def program_verdict(plan: Plan) -> Verdict:
    """The verdict on "the program computes the quantity", for all theta and data where both are defined, at the sizes it names.

    The sizes are 2 along every axis at once where cases stay few, otherwise 2 along one axis at a time. Undecided, with the
    reason, for programs outside the checker's fragment (softmax, erf).
    """
    says = f"the program of {plan.quantity.name} computes it"
    try:
        formulas = program_formulas(plan)
        verdict = undecided(says, "no sizes were tried")
        for sizes in _sizes(plan):
            pairs = zip(plan.quantity.roots, formulas, strict=True)
            parts = tuple(Equal(root, formula, at) for root, formula in pairs for at in sizes)
            verdict = decide(parts[0] if len(parts) == 1 else Every(parts))
            if verdict.rigor is not Rigor.UNDECIDED:
                break
        return verdict
    except OutOfFragment as problem:
        return undecided(says, f"{problem.what} is outside what the checker reads")
    except WnproofError as problem:
        return undecided(says, problem.what)


def _sizes(plan: Plan) -> Iterator[list[dict[str, int]]]:
    """Attempts, the strongest first; each is a list of sizes for one conjunction. No axis is longer than the kernel's own."""
    both = {a: min(n, 2) for a, n in plan.sizes.items()}
    kinked = {v.operands[0] for v in plan.steps if isinstance(v, Pointwise) and v.function in _KINKS}
    kinked = {v for v in kinked if not (isinstance(v, Pointwise) and v.function in _KINKS)}
    if sum(prod(both[a] for a in v.axes) for v in kinked) <= MOST_KINKS:
        yield [both]
    single = dict.fromkeys(plan.sizes, 1)
    yield [{**single, a: n} for a, n in both.items() if n > 1] or [single]


def program_formulas(plan: Plan) -> tuple[Node, ...]:
    """What each output of the program is, as a graph node over the leaves, axes as the quantity's own.

    Raises: OutOfFragment for the largest entry over an axis, which has no formula.
    """
    nodes: dict[Value, Node] = {}
    for value in (*plan.inputs, *plan.setup, *plan.steps):
        for operand in value.operands:
            if isinstance(operand, Number):
                nodes[operand] = _number(operand)
        nodes[value] = _formula(value, nodes)
    result = []
    for root, wanted in zip(plan.roots, plan.quantity.roots, strict=True):
        node = nodes[root.value] if root.value in nodes else _number(root.value)
        result.append(contract((node, *(ones(a) for a in wanted.axes if a not in node.axes)), wanted.axes))
    return tuple(result)


def _number(value: Value) -> Node:
    """An exact number; the length of an axis is a sum of ones."""
    assert isinstance(value, Number)
    lengths = sorted(value.expr.free_symbols, key=str)
    axes = {length(name): name for name in (str(s).strip("|") for s in lengths)}
    if not lengths:
        return constant(value.expr)
    expr = value.expr.xreplace({s: argument(k) for k, s in enumerate(lengths)})
    return pointwise(expr, *(contract((ones(axes[s]),), ()) for s in lengths))


def _formula(value: Value, nodes: Mapping[Value, Node]) -> Node:
    if isinstance(value, Input):
        return leaf(value.name, value.leaf_axes)
    if isinstance(value, (Dot, Sum)):
        return contract(tuple(nodes[v] for v in value.operands), value.axes)
    if not isinstance(value, Pointwise):
        raise OutOfFragment("the largest entry over an axis")
    kink = _kink(value)
    if kink is not None:
        z, expr = kink
        return pointwise(expr, nodes[z])
    if value.function == "power":
        base, exponent = value.operands
        assert isinstance(exponent, Number)
        return pointwise(_a**exponent.expr, nodes[base])
    return pointwise(FORMULAS[value.function], *(nodes[v] for v in value.operands))


def _kink(value: Pointwise) -> tuple[Value, sp.Expr] | None:
    """max(z, s z), sign(max(z, 0)) and max(sign(z), s), which say at a kink what their parts do not."""
    if value.function == "sign":
        (line,) = value.operands
        if isinstance(line, Pointwise) and line.function == "maximum" and _multiple(line.operands[1], line.operands[0]) == 0:
            return line.operands[0], Pw(_a, 1, 0, 0)
        return None
    if value.function not in ("maximum", "minimum"):
        return None
    first, second = value.operands
    if isinstance(first, Pointwise) and first.function == "sign" and isinstance(second, Number):
        return first.operands[0], Pw(_a, 1, second.expr, 0)
    slope = _multiple(second, first)
    right_wins = slope is not None and (slope < 1) == (value.function == "maximum")
    return (first, Pw(_a, 1, slope, 1)) if right_wins else None


def _multiple(value: Value, z: Value) -> sp.Expr | None:
    """s, when the value is s z for a number s."""
    if isinstance(value, Number):
        return sp.S.Zero if value.expr == 0 else None
    if isinstance(value, Pointwise) and z in value.operands:
        others = [v for v in value.operands if v is not z]
        if value.function == "negative":
            return sp.S.NegativeOne
        if value.function == "multiply" and len(others) == 1 and isinstance(others[0], Number):
            return others[0].expr
    return None

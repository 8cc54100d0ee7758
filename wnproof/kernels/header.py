"""The docstring of a generated module: the formula, the order and shapes of parameters and data, axes, the cost of a call."""

from __future__ import annotations

from collections.abc import Iterable

from wnproof.graph.nodes import Map, Node
from wnproof.graph.render import letter, text
from wnproof.kernels.naming import Names, shown
from wnproof.kernels.plan import Plan

WIDTH = 120


def header(plan: Plan, names: Names, dtype: str) -> list[str]:
    """The docstring of a module: the formula, what goes in, in which order and shape, and what comes out."""
    arguments = plan.quantity.arguments
    layout = ", ".join(f"{names.block(name)} {shape}" for name, shape, _ in arguments.layout)
    shapes = {names.arguments[v.name]: plan.shape(v.leaf_axes) for v in plan.data}
    data = "; data: " + ", ".join(f"{name} {shape}" for name, shape in shapes.items()) if shapes else ""
    bent = ("maximum", "minimum", "absolute", "sign")
    kinks = "; left slopes at kinks" if any(getattr(v, "function", "") in bent for v in plan.steps) else ""
    axes = ", ".join(f"{names.axis(a)} {n}" for a, n in plan.sizes.items())
    return [
        f'"""{shown(plan.quantity.name)}: theta {(arguments.size,)} -> {plan.result_shape}, {dtype}; program {plan.digest[:16]}.',
        "",
        *filled([shown(line) for line in formula(plan)], ";  "),
        f"theta: {layout}, matrices row by row{data}",
        f"axes:  {axes}; {plan.operations} operations per call{kinks}",
        '"""',
    ]


def formula(plan: Plan) -> list[str]:
    """The lines of the derivation down to the loss, or to the end where there is none."""
    known: dict[Node, str] = {}
    lines = []
    for step in plan.quantity.steps:
        node = step.node
        body = text(node, known)
        if step.rule.startswith("activation ") and isinstance(node, Map) and len(node.operands) == 1:
            body = f"{step.rule.removeprefix('activation ')}({text(node.operands[0], known)})"
        indices = f"[{','.join(map(letter, node.axes))}]" if node.axes else ""
        lines.append(f"{step.name}{indices} = {body}")
        known[node] = step.name
        if step.name == "L":
            break
    return lines


def filled(items: Iterable[str], separator: str, width: int = WIDTH) -> list[str]:
    """The items in lines as long as they may be."""
    lines: list[str] = []
    for item in items:
        if lines and len(lines[-1]) + len(separator) + len(item) <= width:
            lines[-1] += separator + item
        else:
            lines.append(item)
    return lines

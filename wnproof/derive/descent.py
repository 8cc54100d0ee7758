"""Gradient descent: one step of a flow's explicit Euler method."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy as sp

from wnproof.errors import WnproofError
from wnproof.graph.nodes import Node, add, argument, constant, leaf, leaves, pointwise
from wnproof.graph.quantity import Quantity, Step, exact


def scalar(value: Any, *beside: Node) -> Node:
    """An exact number as a node; a SymPy symbol as a scalar leaf of its name, for derivations and statements.

    Raises: WnproofError E-FLOAT, E-VALUE; E-DUPNAME for a symbol called like a tensor of the nodes it will stand beside.
    """
    if not isinstance(value, sp.Symbol):
        return constant(exact(value))
    if value.name in {tensor.name for tensor in leaves(*beside)}:
        raise WnproofError(
            "E-DUPNAME", f"{value.name} is a tensor of the flow already", help="choose another symbol, such as eta"
        )
    return leaf(value.name)


def descent_step(velocity: Quantity, size: Any) -> Quantity:
    """theta + eta theta', a flat vector in theta's order, with the steps of the velocity and theta' block by block.

    Args:
        velocity: a flat Quantity, theta' = -grad L for gradient descent.
        size: eta, an exact number or a SymPy symbol.

    Raises: WnproofError E-FLOAT, E-VALUE, E-DUPNAME.
    """
    eta = scalar(size, *velocity.roots)
    blocks = velocity.parameters.leaves
    moved = [add([w, pointwise(argument(0) * argument(1), eta, rate)]) for w, rate in zip(blocks, velocity.roots, strict=True)]
    rates = [Step(f"d{w.name}", rate, "velocity") for w, rate in zip(blocks, velocity.roots, strict=True)]
    return replace(velocity, name="step", roots=tuple(moved), steps=(*velocity.steps, *rates))

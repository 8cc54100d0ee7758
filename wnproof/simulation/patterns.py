"""Velocities with a frozen activation pattern: smooth fields that agree with the flow in their own cell.

A kink of order one, c+ z for z > 0 and c- z for z < 0, makes the velocity jump. With the sides of all kinks held fixed it is
smooth beyond them as well, so a step that overshoots a kink is still an accurate step, and the kink is found on a smooth
function.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from wnproof.errors import WnproofError
from wnproof.graph.gradient import gradient
from wnproof.graph.kink import Pw
from wnproof.graph.nodes import Contract, Leaf, Map, Node, argument, contract, leaf, multiply, order, pointwise
from wnproof.graph.quantity import Quantity
from wnproof.graph.space import Block, ParameterSpace
from wnproof.kernels.kernel import Kernel, kernel
from wnproof.model.dataset import Dataset

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PatternField:
    """theta' = +- grad of a potential with the kinks' sides given, and the functions whose zeros are the kinks.

    Attributes:
        size: P.
        labels: the name of every kink, such as "z1[sample,neuron]"; a pattern has one entry for each, 1.0 on the right side and
            0.0 on the left.
    """

    size: int
    labels: tuple[str, ...]
    _velocity: Kernel
    _surfaces: tuple[Kernel, ...]

    @property
    def kinks(self) -> int:
        """The number of kinks."""
        return len(self.labels)

    def velocity(self, theta: FloatArray, pattern: FloatArray) -> FloatArray:
        """The frozen velocity (P,)."""
        return np.asarray(self._velocity(np.concatenate((theta, pattern)))[: self.size])

    def surfaces(self, theta: FloatArray, pattern: FloatArray) -> FloatArray:
        """The preactivations at all kinks, in the order of the labels; deeper ones see the frozen pattern of those before."""
        point = np.concatenate((theta, pattern))
        return np.concatenate([np.ravel(surface(point)) for surface in self._surfaces])

    def rates(self, theta: FloatArray, pattern: FloatArray, scale: float) -> FloatArray:
        """d/dt of the surfaces along the frozen velocity, by a central difference; exactly 0 where nothing moves.

        ``scale`` is a length that 1e-5 of is a small step; |theta| itself may be zero on a kink.
        """
        v = self.velocity(theta, pattern)
        speed = float(np.linalg.norm(v))
        if speed == 0:
            return np.zeros(self.kinks)
        step = 1e-5 * scale / speed
        ahead, behind = (self.surfaces(theta + sign * step * v, pattern) for sign in (1, -1))
        return np.asarray((ahead - behind) / (2 * step))


def pattern_field(potential: Quantity, data: Dataset | None, sign: int, names: Mapping[Node, str]) -> PatternField:
    """The field ``sign * grad potential`` of a scalar Quantity; ``names`` are for the kinks' labels.

    >>> from wnproof.derive.flow import gradient_flow
    >>> from wnproof.model.activations import relu
    >>> from wnproof.model.network import Network
    >>> flow = gradient_flow(Network((1, 1, 1), relu))
    >>> field = pattern_field(flow.loss, Dataset([[2]], [1]), -1, {step.node: step.name for step in flow.steps})
    >>> field.labels, field.surfaces(np.array([1.0, 1.0]), np.ones(1)), field.velocity(np.array([1.0, 1.0]), np.ones(1))
    (('z1[0,0]',), array([2.]), array([-2., -2.]))
    """
    frozen, surfaces = _frozen(potential.node)
    sizes = {**potential.sizes, **({} if data is None else {"i": data.n})}
    shapes = [tuple(sizes[a] for a in mask.axes) for mask, _, _ in surfaces]
    masks = [Block(mask.name, mask.axes, shape) for (mask, _, _), shape in zip(surfaces, shapes, strict=True)]
    space = ParameterSpace((*potential.parameters.blocks, *masks))
    slopes = [multiply(sign, g) for g in gradient(frozen, potential.parameters.leaves)]
    whole = replace(potential, parameters=space, sizes=sizes, steps=())
    velocity = replace(whole, name="frozen velocity", roots=(*slopes, *(mask for mask, _, _ in surfaces)), flat=True)
    labels = []
    for number, ((_, _, original), shape) in enumerate(zip(surfaces, shapes, strict=True), start=1):
        name = names.get(original, f"kink {number} ")
        labels += [f"{name}[{','.join(map(str, index))}]" for index in np.ndindex(*shape)]
    kernels = tuple(kernel(whole.with_node(surface, "surface"), data) for _, surface, _ in surfaces)
    return PatternField(potential.parameters.size, tuple(labels), kernel(velocity, data), kernels)


def _frozen(root: Node) -> tuple[Node, list[tuple[Leaf, Node, Node]]]:
    """The graph with every kink of order one replaced by (c- + (c+ - c-) mask) z, and (mask, z, z as it was before) of each."""
    done: dict[Node, Node] = {}
    surfaces: dict[Node, tuple[Leaf, Node, Node]] = {}
    for node in order(root):
        if isinstance(node, Leaf):
            done[node] = node
        elif isinstance(node, Contract):
            done[node] = contract(tuple(done[a] for a in node.operands), node.axes)
        else:
            assert isinstance(node, Map)
            expr, operands = node.expr, tuple(done[a] for a in node.operands)
            for kink in sorted(expr.atoms(Pw), key=sp.default_sort_key):
                z, right, left, power = kink.args
                if z.has(Pw) or power == 0:
                    raise WnproofError("E-KINK", f"{kink} cannot be followed across its kink", help="use kinks of order >= 1")
                if power > 1:
                    continue
                surface = pointwise(z, *operands)
                mask, _, _ = surfaces.setdefault(
                    surface, (leaf(f"H{len(surfaces) + 1}", surface.axes), surface, pointwise(z, *node.operands))
                )
                expr = expr.xreplace({kink: (left + (right - left) * argument(len(operands))) * z})
                operands = (*operands, mask)
            done[node] = pointwise(expr, *operands)
    return done[root], list(surfaces.values())

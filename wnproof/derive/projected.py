"""Projected gradient flow: hidden neurons, bias included, stay on unit spheres."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import sympy as sp

from wnproof.derive.derivation import Derivation, Lines, rates
from wnproof.derive.flow import GradientFlow, scalar_equations
from wnproof.errors import WnproofError
from wnproof.graph.nodes import Leaf, Node, add, argument, contract, pointwise
from wnproof.graph.quantity import Quantity, Step
from wnproof.graph.relabel import substitute
from wnproof.model.network import Layer, Network
from wnproof.model.normalizations import plain


@dataclass(frozen=True)
class SphereRows:
    """The submanifold on which every hidden neuron's row a_j = (w_j, b_j) has norm one."""

    def restrict(self, flow: GradientFlow) -> ProjectedFlow:
        """The flow projected onto the submanifold.

        Raises: WnproofError E-VALUE for a normalized hidden layer, one that is partly fixed, or none that is trained.
        """
        net = flow.net
        for layer in net.layers[:-1]:
            if layer.normalization is not plain:
                what = f"layer {layer.number} has {layer.normalization}; its rows are normalized already"
                raise WnproofError("E-VALUE", what, help="take plain layers, or leave on=sphere_rows out")
            if len({name in net.fixed for name in _names(layer)}) > 1:
                what = f"a row of layer {layer.number} is partly fixed"
                raise WnproofError("E-VALUE", what, help="train both its weights and its bias, or fix both")
        projected = ProjectedFlow(flow)
        if not projected.rows:
            raise WnproofError("E-VALUE", f"{net} has no trained hidden layer", help="leave on=sphere_rows out")
        return projected

    def __repr__(self) -> str:
        return "sphere_rows"


sphere_rows = SphereRows()


@dataclass(frozen=True, eq=False)
class ProjectedFlow(Derivation):
    """a_j' = -(I - a_j a_j^T) grad_(a_j) L for every hidden row a_j = (w_j, b_j), the other coordinates by -grad L.

    On the submanifold |a_j| = 1 this is the gradient flow of L restricted to it; |a_j| stays 1.

    Source: Eberle, Jentzen, Riekert, Weiss 2022 (normalized gradient flow, reconstructed).
    """

    flow: GradientFlow

    @property
    def net(self) -> Network:
        """The network."""
        return self.flow.net

    @property
    def loss(self) -> Quantity:
        """The scalar loss as a Quantity over X, Y."""
        return self.flow.loss

    @cached_property
    def rows(self) -> tuple[tuple[Leaf, ...], ...]:
        """The leaves that make up the rows of each trained hidden layer: weights, then the bias where there is one."""
        return tuple(_leaves(layer) for layer in self.net.layers[:-1] if not set(_names(layer)) & set(self.net.fixed))

    @cached_property
    def velocity(self) -> Quantity:
        """The projected velocity, a flat vector in theta's order; ``.steps`` is the derivation."""
        plain_velocity = self.flow.velocity
        rate = dict(zip(self.net.parameters.leaves, plain_velocity.roots, strict=True))
        steps = list(plain_velocity.steps)
        for row in self.rows:
            axis = row[-1].axes[:1]
            radial = add([contract((t, rate[t]), axis) for t in row])
            steps.append(Step(f"s{row[0].name[1:]}", radial, "radial part of -grad L, bias included"))
            for tensor in row:
                rate[tensor] = add([rate[tensor], pointwise(-argument(0) * argument(1), tensor, radial)])
        return replace(plain_velocity, roots=tuple(rate.values()), steps=tuple(steps))

    @property
    def kernel_quantity(self) -> Quantity:
        """What a kernel of the flow computes: the velocity."""
        return self.velocity

    @property
    def steps(self) -> tuple[Step, ...]:
        """The derivation, line by line with the rule used."""
        return self.velocity.steps

    @cached_property
    def squares(self) -> dict[Leaf, Node]:
        """|a_j|^2 for each of the leaves that are parts of rows."""
        found = {}
        for row in self.rows:
            square = add([contract((t, t), row[-1].axes[:1]) for t in row])
            found.update(dict.fromkeys(row, square))
        return found

    @cached_property
    def units(self) -> dict[Leaf, Node]:
        """w_j / |a_j| and b_j / |a_j|: the point of the submanifold below a point of the parameter space."""
        return {t: pointwise(argument(0) / sp.sqrt(argument(1)), t, square) for t, square in self.squares.items()}

    @cached_property
    def lift(self) -> Quantity:
        """L at the rows a_j / |a_j|, whose gradient at |a_j| = 1 is the projected gradient of L."""
        return self.loss.with_node(substitute(self.loss.node, self.units), "L(a/|a|)")

    def equations(self, samples: int) -> list[sp.Eq]:
        """SymPy equations d theta_k/dt = ..., one per parameter, at this network's widths and this number of samples."""
        return scalar_equations(self.velocity, samples)

    def _derivation(self) -> tuple[tuple[Step, ...], Lines]:
        return self.steps, rates(self.velocity)

    def __repr__(self) -> str:
        return f"{self.flow!r}; projected, hidden rows of norm one"


def _leaves(layer: Layer) -> tuple[Leaf, ...]:
    return (*layer.raw.values(), *([] if layer.bias is None else [layer.bias]))


def _names(layer: Layer) -> Iterator[str]:
    return (tensor.name for tensor in _leaves(layer))

"""Gradient flow of a network, derived once for all widths."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import sympy as sp

from wnproof.derive.derivation import Derivation, Lines, rates
from wnproof.derive.descent import descent_step
from wnproof.derive.induced import InducedFlow
from wnproof.derive.polar import PolarFlow, polar
from wnproof.derive.rescaled import RescaledFlow, rescaled
from wnproof.derive.residual import residual
from wnproof.graph.expand import expand, symbols
from wnproof.graph.gradient import gradient
from wnproof.graph.nodes import Leaf, Node, contract, leaf, multiply
from wnproof.graph.quantity import Quantity, Step
from wnproof.model.losses import Loss, square
from wnproof.model.network import OUTPUTS, SAMPLES, Network

if TYPE_CHECKING:
    from wnproof.derive.projected import ProjectedFlow, SphereRows


@dataclass(frozen=True, eq=False)
class GradientFlow(Derivation):
    """theta' = -grad L(theta), with L summed (or averaged) over the samples as the loss says.

    At kinks the velocity is a selection (left derivative) in kernels and every element of the Clarke interval in proofs.
    """

    net: Network
    criterion: Loss

    @cached_property
    def _labels(self) -> Leaf:
        return leaf("Y", self.net.output.axes)

    @cached_property
    def loss(self) -> Quantity:
        """The scalar loss as a Quantity over X, Y."""
        steps = self.net.forward
        total = self.criterion.total(steps[-1].node, self._labels)
        return self.net.quantity(
            total, "L", steps=(*steps, Step("L", total, self.criterion.convention)), convention=self.criterion.convention
        )

    @cached_property
    def velocity(self) -> Quantity:
        """-grad L, a flat vector in theta's order; ``.steps`` is the derivation by the chain rule."""
        adjoints: dict[Node, Node] = {}
        blocks = gradient(self.loss.node, self.net.parameters.leaves, adjoints=adjoints)
        backward = []
        for step in reversed(self.net.forward):
            if step.name == "f":
                backward.append(Step("r", residual(self.criterion, step.node, self._labels), "residual dl/df"))
            elif step.name[0] == "z" and step.node in adjoints:
                backward.append(Step(f"delta{step.name[1:]}", adjoints[step.node], "chain rule, dL/dz"))
        steps = (*self.loss.steps, *backward)
        return replace(self.loss, name="velocity", roots=tuple(multiply(-1, b) for b in blocks), flat=True, steps=steps)

    @cached_property
    def jacobian(self) -> Quantity:
        """df_i/d theta: one root per block, its axes followed by the samples' and, for several outputs, the output's axis "o2".

        The output's own axis also belongs to the last layer, so the derivative is taken of f contracted with an identity matrix.
        """
        output = self.net.output
        node, keep, constants, sizes = output.node, output.axes, dict(output.constants), dict(output.sizes)
        if self.net.outputs:
            identity = leaf("E", (OUTPUTS, "o2"))
            keep = (SAMPLES, "o2")
            node = contract((node, identity), keep)
            sizes["o2"] = sizes[OUTPUTS]
            constants["E"] = np.array([[Fraction(int(x)) for x in row] for row in np.eye(sizes["o2"])], dtype=object)
        roots = gradient(node, self.net.parameters.leaves, keep=keep)
        return replace(output, name="jacobian", roots=tuple(roots), flat=True, constants=constants, sizes=sizes)

    @property
    def kernel_quantity(self) -> Quantity:
        """What a kernel of the flow computes: the velocity."""
        return self.velocity

    @property
    def steps(self) -> tuple[Step, ...]:
        """The derivation, line by line with the rule used."""
        return self.velocity.steps

    def equations(self, samples: int) -> list[sp.Eq]:
        """SymPy equations d theta_k/dt = ..., one per parameter, at this network's widths and this number of samples.

        Parameters are functions of t, data are symbols X_i_k and Y_i.
        """
        return scalar_equations(self.velocity, samples)

    def effective(self) -> InducedFlow:
        """The induced flow of the effective weights."""
        return InducedFlow(self.net)

    def polar(self) -> PolarFlow:
        """The flow of radius rho = |theta| and direction h: rho' = -<h, grad L>, h' = -(I - h h^T) grad L / rho at rho h."""
        return polar(self.velocity)

    def rescaled(self, delta: Any) -> RescaledFlow:
        """The exact equations of theta / delta from initialization of size delta, an exact number or a SymPy symbol.

        Raises: NotHomogeneous; WnproofError E-FLOAT, E-VALUE.
        """
        return rescaled(self.net, self.criterion, self._labels, delta)

    def step(self, eta: Any) -> Quantity:
        """One step of gradient descent, theta - eta grad L as a flat vector; eta an exact number or a SymPy symbol.

        Raises: WnproofError E-FLOAT, E-VALUE.
        """
        return descent_step(self.velocity, eta)

    def _derivation(self) -> tuple[tuple[Step, ...], Lines]:
        return self.steps, rates(self.velocity)

    def __repr__(self) -> str:
        return f"GradientFlow of {self.net}; {self.criterion.convention}"

    def _repr_latex_(self) -> str:
        return "$$" + self.latex().replace("align*", "aligned") + "$$"


def scalar_equations(velocity: Quantity, samples: int) -> list[sp.Eq]:
    """d theta_k/dt = ... in SymPy, one per entry of a flat velocity: parameters as functions of t, data as symbols."""
    t = sp.Symbol("t", real=True)
    sizes = {**velocity.sizes, "i": samples}
    flows = {}
    rates: list[tuple[sp.Symbol, sp.Expr]] = []
    for block, root in zip(velocity.parameters.blocks, velocity.roots, strict=True):
        entries = symbols(block.name, tuple(sizes[a] for a in block.axes))
        rates.extend(zip(entries.ravel(), expand(root, sizes, velocity.constants).ravel(), strict=True))
        flows.update({s: sp.Function(s.name, real=True)(t) for s in entries.ravel()})
    return [sp.Eq(sp.Derivative(flows[s], t), rate.xreplace(flows), evaluate=False) for s, rate in rates]


@overload
def gradient_flow(net: Network, loss: Loss = ..., *, on: None = None) -> GradientFlow: ...


@overload
def gradient_flow(net: Network, loss: Loss = ..., *, on: SphereRows) -> ProjectedFlow: ...


def gradient_flow(net: Network, loss: Loss = square, *, on: SphereRows | None = None) -> GradientFlow | ProjectedFlow:
    """The gradient flow of the network under a loss, for every data set.

    Args:
        net: the network.
        loss: the loss, summed or averaged over the samples as it says.
        on: ``sphere_rows`` projects the flow onto unit hidden rows, bias included: a' = -(I - a a^T) grad_a L.

    Raises: WnproofError E-VALUE for rows that cannot be projected.

    >>> from wnproof.model.activations import relu
    >>> flow = gradient_flow(Network((2, 3, 1), relu))
    >>> [step.name for step in flow.steps]
    ['z1', 'h1', 'f', 'L', 'r', 'delta1']
    """
    flow = GradientFlow(net, loss)
    return flow if on is None else on.restrict(flow)

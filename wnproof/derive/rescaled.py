"""Small initialization: the exact equations of theta / delta in the time in which they move."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp

from wnproof.derive.derivation import Derivation, Lines, rates
from wnproof.derive.descent import scalar
from wnproof.derive.homogeneity import degrees
from wnproof.derive.residual import residual
from wnproof.errors import NotHomogeneous, WnproofError
from wnproof.graph.gradient import gradient
from wnproof.graph.nodes import Leaf, argument, contract, leaf, pointwise
from wnproof.graph.quantity import Quantity, Step, exact
from wnproof.graph.relabel import substitute
from wnproof.graph.weights import GLOBAL, Weight, weight_of
from wnproof.model.losses import Loss
from wnproof.model.network import Network


@dataclass(frozen=True, eq=False)
class RescaledFlow(Derivation):
    """Gradient flow from initialization of size delta, in s of order one: s' = -delta^e J_f(s)^T l'(delta^L f(X; s), y).

    theta = delta s for weights and lengths, a = a_s + log(delta) for log-lengths, V = V_s for directions; f has degree L under
    that scaling; the time is t = tau / delta^horizon, so that e = 0 for the fastest blocks. Then delta -> 0 leaves grad N.

    Attributes:
        velocity: ds/dtau, a flat vector in theta's order; the entries of s carry theta's names.
        degree: L.
        horizon: the exponent k of t = tau / delta^k: L - 2 where something is scaled, L where only log-lengths are shifted.
        lag: block name -> e, the power of delta by which it is slower than the fastest.
    """

    velocity: Quantity
    degree: Fraction
    horizon: Fraction
    lag: dict[str, Fraction]

    @property
    def kernel_quantity(self) -> Quantity:
        """What a kernel of the flow computes: the velocity."""
        return self.velocity

    @property
    def steps(self) -> tuple[Step, ...]:
        """The derivation, line by line with the rule used."""
        return self.velocity.steps

    def _derivation(self) -> tuple[tuple[Step, ...], Lines]:
        return self.steps, rates(self.velocity)

    def __repr__(self) -> str:
        slow = ", ".join(f"{name} slower by delta^{e}" for name, e in self.lag.items() if e)
        return f"rescaled flow: degree {self.degree}, t = tau / delta^{self.horizon}" + (f"; {slow}" if slow else "")


def rescaled(net: Network, loss: Loss, labels: Leaf, delta: Any) -> RescaledFlow:
    """The exact equations of a flow from initialization of size delta > 0.

    Args:
        net: a network whose output has a degree L under the scaling of ``RescaledFlow``.
        loss: the loss l.
        labels: its labels' leaf.
        delta: an exact number or a SymPy symbol.

    Raises: NotHomogeneous; WnproofError E-FLOAT, E-VALUE, E-DUPNAME.

    Source: the plain case is used in Kumar and Haupt 2024, 2025; the normalized ones are derived here.

    >>> import sympy as sp
    >>> from wnproof.derive.flow import gradient_flow
    >>> from wnproof.model.activations import relu
    >>> from wnproof.model.normalizations import exponential_weight_norm, weight_norm
    >>> delta = sp.Symbol("delta")
    >>> gradient_flow(Network((2, 3, 1), relu)).rescaled(delta)
    rescaled flow: degree 2, t = tau / delta^0
    >>> gradient_flow(Network((2, 3, 1), relu, normalization=weight_norm)).rescaled(delta)
    rescaled flow: degree 2, t = tau / delta^0; V1 slower by delta^2
    >>> gradient_flow(Network((2, 3, 1), relu, normalization=(exponential_weight_norm,) * 2)).rescaled(delta)
    rescaled flow: degree 2, t = tau / delta^2
    """
    scaled, degree = _scaling(net)
    horizon = degree - 2 if scaled else degree
    lag = {name: degree - 2 * (name in scaled) - horizon for name in (b.name for b in net.parameters.blocks)}
    if not isinstance(delta, sp.Symbol) and not exact(delta) > 0:
        raise WnproofError("E-VALUE", f"delta is {delta}", help="the size of an initialization is positive")
    output, L = net.output.node, exact(degree)
    size = scalar(delta, output, labels)
    small = pointwise(argument(0) ** L * argument(1), size, output)
    pulled, pull = residual(loss, small, labels), leaf("R", output.axes)
    blocks = net.parameters.leaves
    products = gradient(contract((pull, output), ()), blocks)
    roots = tuple(
        pointwise(-(argument(0) ** exact(lag[w.name])) * argument(1), size, substitute(product, {pull: pulled}))
        for w, product in zip(blocks, products, strict=True)
    )
    steps = (*net.forward, Step("r", pulled, "residual dl/df at the small output"))
    velocity = Quantity("rescaled velocity", roots, net.parameters, net.sizes, net.constants, True, steps, loss.convention)
    return RescaledFlow(velocity, degree, horizon, lag)


def _scaling(net: Network) -> tuple[dict[str, Weight], Fraction]:
    """The blocks that are scaled, and the degree that scaling them and shifting the log-lengths gives the output."""
    once: Weight = {GLOBAL: Fraction(1)}
    _, by_block = degrees(net)
    output = net.output.node
    shifts = {name: once for name in by_block if weight_of(output, {}, {name: once}) is not None}
    weights = {name: once for name, degree in by_block.items() if degree != 0 and name not in shifts}
    found = weight_of(output, weights, shifts)
    if not found:
        raise NotHomogeneous(
            f"the output of {net} has no degree in the size of its weights",
            help="take a homogeneous activation such as relu, and no bias beyond the first layer",
        )
    return weights, found[GLOBAL]

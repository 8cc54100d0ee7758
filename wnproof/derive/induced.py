"""The flow that gradient flow of raw parameters induces on the effective weights."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from wnproof.derive.derivation import Derivation, Lines
from wnproof.errors import WnproofError
from wnproof.graph.gradient import gradient
from wnproof.graph.nodes import Leaf, Node, add, argument, contract, leaf, multiply, pointwise
from wnproof.graph.quantity import Quantity, Step
from wnproof.graph.tangent import tangent
from wnproof.model.network import Layer, Network
from wnproof.model.normalizations import matrix, neuron, norm, plain


@dataclass(frozen=True, eq=False)
class InducedFlow(Derivation):
    """w' = Dw[-grad_raw L] of the effective weights, in terms of the covectors c = dL/dw (leaves C1, C2, ...).

    The loss enters only through c, so the equations hold for every loss, with c taken at the effective weights.
    """

    net: Network

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The layers whose raw parameters are trained."""
        return tuple(layer for layer in self.net.layers if not any(raw.name in self.net.fixed for raw in layer.raw.values()))

    @cached_property
    def covectors(self) -> tuple[Leaf, ...]:
        """dL/dw for each of the layers, as leaves."""
        return tuple(leaf(f"C{layer.number}", layer.rows + layer.columns) for layer in self.layers)

    @cached_property
    def work(self) -> Quantity:
        """sum <c, w(raw)>, whose gradient in the raw parameters is the gradient of the loss (chain rule, c held fixed)."""
        node = add([contract((c, layer.weight), ()) for c, layer in zip(self.covectors, self.layers, strict=True)])
        return self.net.quantity(node, "<c,w>")

    @cached_property
    def weights(self) -> tuple[Quantity, ...]:
        """The effective weights W1, W2, ... as Quantities of the raw parameters."""
        return tuple(self.net.quantity(layer.weight, f"W{layer.number}") for layer in self.layers)

    @cached_property
    def velocity(self) -> tuple[Quantity, ...]:
        """d/dt of each effective weight, in the same order."""
        result = []
        for layer in self.layers:
            rates = {raw: self._rates[raw] for raw in layer.raw.values()}
            rate = tangent(layer.weight, rates)
            assert rate is not None
            result.append(self.net.quantity(rate, f"dW{layer.number}"))
        return tuple(result)

    @cached_property
    def _rates(self) -> dict[Leaf, Node]:
        raw = [leaf_ for layer in self.layers for leaf_ in layer.raw.values()]
        return {leaf_: multiply(-1, g) for leaf_, g in zip(raw, gradient(self.work.node, raw), strict=True)}

    @property
    def steps(self) -> tuple[Step, ...]:
        """The effective weights, then the raw velocities by the chain rule."""
        weights = [
            Step(q.name, q.node, f"{layer.normalization}")
            for q, layer in zip(self.weights, self.layers, strict=True)
            if layer.normalization is not plain
        ]
        rates = [
            Step(f"d{leaf_.name}", rate, "raw gradient flow")
            for leaf_, rate in self._rates.items()
            if not leaf_.name.startswith("W")
        ]
        return (*weights, *rates)

    @property
    def closed(self) -> ClosedForm:
        """The induced flow in closed form, w' = -(|grad s|^2 u u^T + (s/|v|)^2 (I - u u^T)) c, as ``flow_is`` can state it.

        Raises: WnproofError E-VALUE for a normalization that is not w = s u, u = v/|v|, s a function of the neuron's numbers.
        """
        return closed_form(self)

    def _derivation(self) -> tuple[tuple[Step, ...], Lines]:
        return self.steps, [(q.name, q.node) for q in self.velocity]

    def __repr__(self) -> str:
        return f"induced flow of {', '.join(q.name for q in self.weights)} of {self.net}"


@dataclass(frozen=True, eq=False)
class ClosedForm(Derivation):
    """The induced flow in closed form; a formula to be stated and proved, not an axiom.

    Attributes:
        velocities: block of effective weights -> its velocity, from covectors c = dL/dw.
        steps: directions u = v/|v| and components <u, c>, by layer.
    """

    velocities: dict[str, Quantity]
    steps: tuple[Step, ...]

    def _derivation(self) -> tuple[tuple[Step, ...], Lines]:
        return self.steps, [(f"d{name}", q.node) for name, q in self.velocities.items()]

    def __repr__(self) -> str:
        return f"closed form of the induced flow of {', '.join(self.velocities)}"


def closed_form(flow: InducedFlow) -> ClosedForm:
    """w = s u with u = v/|v| and s a function of the neuron's own numbers: w' = -(|grad s|^2 u u^T + (s/|v|)^2 (I - u u^T)) c.

    J J^T of (v, numbers) -> w, row by row; -c where a layer is plain.

    >>> from wnproof.model.activations import relu
    >>> from wnproof.model.normalizations import exponential_weight_norm
    >>> net = Network((2, 3, 1), relu, normalization=exponential_weight_norm)
    >>> print(InducedFlow(net).closed.text())
        u1[j,k] = V1[j,k]/|V1[j,:]|    (direction)
          s1[j] = sum_k u1[j,k] C1[j,k]    (component of c along u)
    dW1/dt[j,k] = -(C1[j,k] - s1[j]*u1[j,k])*exp(2*a1[j])/|V1[j,:]|**2 - V1[j,k]*s1[j]*exp(2*a1[j])/|V1[j,:]|
      dW2/dt[j] = -C2[j]
    """
    velocities: dict[str, Quantity] = {}
    steps: list[Step] = []
    for layer, covector in zip(flow.layers, flow.covectors, strict=True):
        velocity = multiply(-1, covector)
        if layer.normalization is not plain:
            direction, radial, rates = _row_by_row(layer, covector)
            number = layer.number
            steps += [Step(f"u{number}", direction, "direction"), Step(f"s{number}", radial, "component of c along u")]
            along = pointwise(argument(0) * argument(1), direction, radial)
            across = pointwise(argument(0) - argument(1) * argument(2), covector, direction, radial)
            terms = [
                pointwise(-rate * argument(len(of)), *of, part) for (rate, of), part in zip(rates, (along, across), strict=True)
            ]
            velocity = add(terms)
        velocities[f"W{layer.number}"] = flow.net.quantity(velocity, f"dW{layer.number}")
    return ClosedForm(velocities, tuple(steps))


_Rate = tuple[sp.Expr, tuple[Node, ...]]


def _row_by_row(layer: Layer, covector: Leaf) -> tuple[Node, Node, tuple[_Rate, _Rate]]:
    """u, <u, c>, and the two rates |grad s|^2 and (s/|v|)^2, as expressions over nodes."""
    matrices = [name for name, kind in layer.normalization.raw if kind is matrix]
    numbers = [name for name, kind in layer.normalization.raw if kind is neuron]
    symbols = {name: sp.Symbol(name, real=True) for name in (*matrices, *numbers)}
    v = symbols[matrices[0]]
    size = sp.simplify(layer.normalization.weight * norm(v) / v)
    if len(matrices) != 1 or size.has(v):
        raise WnproofError(
            "E-VALUE",
            f"{layer.normalization} is not a size times v/|v|, so its induced flow has no closed form here",
            help="read the induced flow itself: .velocity, .latex()",
        )
    V = layer.raw[matrices[0]]
    square = contract((V, V), layer.rows)
    direction = pointwise(argument(0) / sp.sqrt(argument(1)), V, square)
    slots = {symbols[name]: argument(k) for k, name in enumerate(numbers)}
    of = tuple(layer.raw[name] for name in numbers)
    along = sp.Add(*(sp.diff(size, symbols[name]) ** 2 for name in numbers)).xreplace(slots)
    across = size.xreplace(slots) ** 2 / argument(len(numbers))
    return direction, contract((direction, covector), layer.rows), ((along, of), (across, (*of, square)))

"""Fully connected networks of any depth, stated once for all widths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from wnproof.errors import WnproofError
from wnproof.graph.expand import symbols
from wnproof.graph.nodes import Axes, Leaf, Node, add, contract, leaf, multiply
from wnproof.graph.quantity import Quantity, Step, exact
from wnproof.graph.space import Block, ParameterSpace
from wnproof.model.activations import Activation
from wnproof.model.dataset import ObjectArray, exact_array
from wnproof.model.names import called
from wnproof.model.normalizations import Normalization, plain

if TYPE_CHECKING:
    from wnproof.model.initial import Law

SAMPLES, OUTPUTS = "i", "o"


@dataclass(frozen=True)
class Layer:
    """One layer: its axes, its raw blocks, its effective weight and bias as nodes."""

    number: int
    rows: Axes
    columns: Axes
    normalization: Normalization
    raw: Mapping[str, Leaf]
    weight: Node
    bias: Leaf | None


@dataclass(frozen=True, eq=False)
class Network:
    """f(x) = scale W_D h_{D-1}(x) with h_0 = x, h_l = activation(W_l h_{l-1} + b_l).

    Args:
        widths: (input, hidden..., output).
        activation: sigma of the hidden layers.
        normalization: one value for the hidden layers (the output layer stays plain), or a tuple with one per layer.
        bias: False; True for the hidden layers; or a tuple with one boolean per layer. Biases are not normalized.
        fixed: blocks that are not trained, such as ``{"W2": [[1]]}``; None as the value keeps a symbol for derivations.
        scale: exact number in front of the output, such as 1/sqrt(m).

    Raises: WnproofError E-EMPTY, E-SHAPE, E-VALUE, E-FLOAT, E-NAME.

    >>> from wnproof.model.activations import relu
    >>> from wnproof.model.normalizations import weight_norm
    >>> net = Network((3, 8, 1), relu, normalization=weight_norm)
    >>> net.size, [name for name, _, _ in net.blocks]
    (40, ['V1', 'g1', 'W2'])
    """

    widths: tuple[int, ...]
    activation: Activation
    normalizations: tuple[Normalization, ...]
    biases: tuple[bool, ...]
    fixed: Mapping[str, ObjectArray | None]
    scale: sp.Expr

    def __init__(
        self,
        widths: Sequence[int],
        activation: Any,
        *,
        normalization: Normalization | Sequence[Normalization] = plain,
        bias: bool | Sequence[bool] = False,
        fixed: Mapping[str, Any] | None = None,
        scale: Any = 1,
    ) -> None:
        widths = tuple(widths)
        if len(widths) < 2 or not all(isinstance(w, int) for w in widths):
            raise WnproofError("E-SHAPE", f"widths are {widths}", help="give (input, hidden..., output) as integers")
        if min(widths) < 1:
            raise WnproofError("E-EMPTY", f"widths are {widths}; every width is at least 1")
        depth = len(widths) - 1
        put = object.__setattr__
        put(self, "widths", widths)
        put(self, "activation", called(activation))
        put(self, "normalizations", _per_layer(normalization, Normalization, depth, plain, "normalization"))
        put(self, "biases", _per_layer(bias, bool, depth, False, "bias"))
        put(self, "scale", exact(scale))
        if self.scale == 0:
            raise WnproofError("E-VALUE", "scale is 0, so the output is", help="give a nonzero exact number")
        put(self, "fixed", MappingProxyType({}))
        put(self, "fixed", MappingProxyType({name: self._fixed_value(name, value) for name, value in (fixed or {}).items()}))

    def _fixed_value(self, name: str, value: Any) -> ObjectArray | None:
        block = self._block(name)
        if value is None:
            return None
        array = exact_array(value, name)
        if array.shape != block.shape:
            raise WnproofError("E-SHAPE", f"fixed {name} is {array.shape}, wanted {block.shape}")
        return array

    @property
    def depth(self) -> int:
        """D, the number of layers."""
        return len(self.widths) - 1

    @property
    def outputs(self) -> Axes:
        """The output's axes: none for a scalar network."""
        return () if self.widths[-1] == 1 else (OUTPUTS,)

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        """Axis -> length, for every axis but the samples."""
        hidden = {f"h{k}": width for k, width in enumerate(self.widths[:-1])}
        return MappingProxyType({**hidden, **dict.fromkeys(self.outputs, self.widths[-1])})

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The layers, first to last."""
        result = []
        for number in range(1, self.depth + 1):
            rows = (f"h{number}",) if number < self.depth else self.outputs
            columns: Axes = (f"h{number - 1}",)
            normalization = self.normalizations[number - 1]
            raw = {name: leaf(f"{name}{number}", axes) for name, axes in normalization.raw_axes(rows, columns)}
            bias = leaf(f"b{number}", rows) if self.biases[number - 1] else None
            result.append(Layer(number, rows, columns, normalization, raw, normalization.effective(raw, rows), bias))
        return tuple(result)

    @cached_property
    def all_blocks(self) -> tuple[Block, ...]:
        """Every block, fixed ones included."""
        blocks = []
        for layer in self.layers:
            height, width = self.widths[layer.number], self.widths[layer.number - 1]
            for tensor in [*layer.raw.values(), *([layer.bias] if layer.bias else [])]:
                shape = (height, width) if tensor.axes == layer.rows + layer.columns else (height,)
                blocks.append(Block(tensor.name, tensor.axes, shape))
        return tuple(blocks)

    @cached_property
    def parameters(self) -> ParameterSpace:
        """The trained blocks, layer by layer."""
        return ParameterSpace(tuple(block for block in self.all_blocks if block.name not in self.fixed))

    @property
    def blocks(self) -> tuple[tuple[str, tuple[int, ...], slice], ...]:
        """(name, shape, slice of theta), layer by layer; fixed blocks are absent."""
        return self.parameters.layout

    @property
    def size(self) -> int:
        """P = len(theta)."""
        return self.parameters.size

    def flatten(self, blocks: Mapping[str, Any]) -> NDArray[Any]:
        """theta (P,) or (P, E) of the named blocks."""
        return self.parameters.flatten(blocks)

    def unflatten(self, theta: Any) -> dict[str, NDArray[Any]]:
        """The blocks of theta (P,) or (P, E)."""
        return self.parameters.unflatten(theta)

    def effective(self) -> Network:
        """The plain network of the effective weights: same widths, activation, biases and scale."""
        normalized = [layer for layer in self.layers if layer.normalization is not plain]
        raw = [tensor.name for layer in normalized for tensor in layer.raw.values() if tensor.name in self.fixed]
        if raw:
            raise WnproofError(
                "E-VALUE",
                f"{raw[0]} is fixed, the effective weight it belongs to is only partly trained",
                help="fix whole layers instead",
            )
        return Network(self.widths, self.activation, bias=self.biases, fixed=self.fixed, scale=self.scale)

    def _block(self, name: str) -> Block:
        for block in self.all_blocks:
            if block.name == name:
                return block
        raise WnproofError("E-NAME", f"no block {name!r}; known: {', '.join(b.name for b in self.all_blocks)}")

    def symbols(self, name: str) -> sp.Array:
        """The block's own real symbols, shaped as the block."""
        block = self._block(name)
        entries = symbols(name, tuple(self.sizes[a] for a in block.axes))
        return sp.Array(entries.ravel().tolist(), block.shape)

    @cached_property
    def constants(self) -> Mapping[str, ObjectArray]:
        """Leaf name -> exact array in the leaf's axes, for fixed blocks with a value."""
        shapes = {b.name: tuple(self.sizes[a] for a in b.axes) for b in self.all_blocks}
        return MappingProxyType({name: value.reshape(shapes[name]) for name, value in self.fixed.items() if value is not None})

    def quantity(self, node: Node, name: str, **more: Any) -> Quantity:
        """A node over this network's parameters as a Quantity."""
        return Quantity(name, (node,), self.parameters, self.sizes, self.constants, **more)

    def __getitem__(self, name: str) -> Quantity:
        """A block as a Quantity, for conservation laws and statements."""
        return self.quantity(self._block(name).leaf, name)

    @cached_property
    def forward(self) -> tuple[Step, ...]:
        """The forward pass on samples X (n, d), step by step; the last step is the output f."""
        h: Node = leaf("X", (SAMPLES, "h0"))
        steps = []
        for layer in self.layers:
            if layer.normalization is not plain:
                steps.append(Step(f"W{layer.number}", layer.weight, f"{layer.normalization}, row by row"))
            z = contract((layer.weight, h), (SAMPLES, *layer.rows))
            if layer.bias is not None:
                z = add([z, layer.bias])
            if layer.number < self.depth:
                steps.append(Step(f"z{layer.number}", z, "preactivation"))
                h = self.activation(z)
                steps.append(Step(f"h{layer.number}", h, f"activation {self.activation}"))
            else:
                steps.append(Step("f", multiply(self.scale, z), "output"))
        return tuple(steps)

    @property
    def output(self) -> Quantity:
        """f with axes ("i",), or ("i", "o") for several outputs, on samples X."""
        return self.quantity(self.forward[-1].node, "f", steps=self.forward)

    def initial(self, scale: float, seed: int, *, law: Law | None = None, members: int | None = None) -> NDArray[np.float64]:
        """theta (P,), or (P, members), drawn from a law (gaussian by default) with this scale; see ``wnproof.model.initial``."""
        from wnproof.model.initial import draw, gaussian

        return draw(self, gaussian if law is None else law, scale, seed, members)

    def __repr__(self) -> str:
        parts = ["-".join(map(str, self.widths)), repr(self.activation)]
        if any(n is not plain for n in self.normalizations):
            parts.append("normalization " + ", ".join(map(repr, self.normalizations)))
        if any(self.biases):
            parts.append("bias in layer " + ", ".join(str(k + 1) for k, b in enumerate(self.biases) if b))
        if self.fixed:
            parts.append("fixed " + ", ".join(self.fixed))
        if self.scale != 1:
            parts.append(f"scale {self.scale}")
        return f"Network {'; '.join(parts)}; {self.size} parameters"


def _per_layer(value: Any, kind: type, depth: int, last: Any, what: str) -> tuple[Any, ...]:
    if isinstance(value, kind):
        return (*[value] * (depth - 1), last)
    values = tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else (value,)
    wrong = [v for v in values if not isinstance(v, kind)]
    if wrong:
        raise WnproofError("E-VALUE", f"{what} is {wrong[0]!r}, wanted a {kind.__name__} or one per layer")
    if len(values) != depth:
        raise WnproofError(
            "E-SHAPE",
            f"{len(values)} values of {what} for {depth} layers",
            help="give one value, or one per layer, the output layer included",
        )
    return values

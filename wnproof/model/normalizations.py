"""Weight normalizations: how a layer's effective weight matrix is made of raw parameters, one row (neuron) at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sympy as sp

from wnproof.graph.nodes import Axes, Leaf, Node, argument, contract, pointwise

norm = sp.Function("norm")
V, g, a = sp.symbols("V g a", real=True)
MATRIX, NEURON = sp.Symbol("matrix"), sp.Symbol("neuron")


@dataclass(frozen=True)
class Normalization:
    """W as an expression of raw parameters.

    Attributes:
        name: how it is written.
        raw: ((raw name, MATRIX | NEURON), ...) in theta's order; a MATRIX has the weight's shape, a NEURON one entry per row.
        weight: W[j, k] in symbols named like the raw parameters and ``norm(V)``, the Euclidean norm of row j of V.
    """

    name: str
    raw: tuple[tuple[str, sp.Symbol], ...]
    weight: sp.Expr

    def raw_axes(self, rows: Axes, columns: Axes) -> tuple[tuple[str, Axes], ...]:
        """Raw name and axes, for a weight with these row and column axes."""
        return tuple((name, rows + columns if kind is MATRIX else rows) for name, kind in self.raw)

    def effective(self, leaves: Mapping[str, Leaf], rows: Axes) -> Node:
        """The effective weight as a node of the raw leaves."""
        symbols: list[sp.Expr] = [sp.Symbol(name, real=True) for name, _ in self.raw]
        operands: list[Node] = [leaves[name] for name, _ in self.raw]
        expr = self.weight
        for name, kind in self.raw:
            length = norm(sp.Symbol(name, real=True))
            if kind is MATRIX and expr.has(length):
                square = sp.Symbol(f"|{name}|^2", positive=True)
                expr = expr.subs(length, sp.sqrt(square))
                symbols.append(square)
                operands.append(contract((leaves[name], leaves[name]), rows))
        return pointwise(expr.xreplace({s: argument(k) for k, s in enumerate(symbols)}), *operands)

    def __repr__(self) -> str:
        return self.name


plain = Normalization("plain", (("W", MATRIX),), sp.Symbol("W", real=True))
weight_norm = Normalization("weight_norm", (("V", MATRIX), ("g", NEURON)), g * V / norm(V))
exponential_weight_norm = Normalization("exponential_weight_norm", (("V", MATRIX), ("a", NEURON)), sp.exp(a) * V / norm(V))

FAMILY = {f.name: f for f in (plain, weight_norm, exponential_weight_norm)}

"""Weight normalizations: how a layer's effective weight matrix is made of raw parameters, one row (neuron) at a time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

from wnproof.errors import WnproofError
from wnproof.graph.kink import Pw
from wnproof.graph.nodes import Axes, Leaf, Node, argument, contract, pointwise
from wnproof.model.declared import JUMPING, KINKED, expression, renamed, titled

norm = sp.Function("norm")
norm.__doc__ = """``norm(V)``: the Euclidean norm of row j of the raw matrix V."""

_RESERVED = frozenset("bXYZCDEhzf")  # biases, data, covectors, directions, steps of a derivation


@dataclass(frozen=True)
class RawKind:
    """What a raw parameter has an entry for: ``matrix`` or ``neuron``."""

    name: str

    def __repr__(self) -> str:
        return self.name


matrix = RawKind("matrix")
"""A raw parameter of the weight's own shape."""
neuron = RawKind("neuron")
"""A raw parameter with one entry per row."""


@dataclass(frozen=True, init=False)
class Normalization:
    """W[j, k] as an expression of raw parameters.

    Args:
        name: how it is written.
        raw: {letter: matrix | neuron} in theta's order; at least one matrix.
        weight: W[j, k] in symbols named like the raw parameters, and ``norm(V)`` for a matrix V; smooth wherever no norm is 0.

    Raises: WnproofError E-NAME (a raw parameter that is no free letter), E-VALUE (a kind that is none, a raw parameter that does
    not occur, no matrix entry in the weight, a norm of something else), E-SYMBOL, E-FLOAT, E-SIZE, E-KINK.

    >>> V, s = sp.symbols("V s")
    >>> softplus_norm = Normalization("softplus_norm", {"V": matrix, "s": neuron}, sp.log(1 + sp.exp(s)) * V / norm(V))
    >>> softplus_norm.raw
    (('V', matrix), ('s', neuron))
    """

    name: str
    raw: tuple[tuple[str, RawKind], ...]
    weight: sp.Expr

    def __init__(self, name: str, raw: Mapping[str, RawKind] | Iterable[tuple[str, RawKind]], weight: Any) -> None:
        put = object.__setattr__
        put(self, "name", titled(name, "a normalization"))
        put(self, "raw", _raw(name, raw))
        own = {letter: sp.Symbol(letter, real=True) for letter, _ in self.raw}
        what = f"weight of {name}"
        put(self, "weight", renamed(expression(weight, what, [norm]), own, what))
        self._check(own)

    def _check(self, own: Mapping[str, sp.Symbol]) -> None:
        if self.weight.has(*KINKED, *JUMPING, Pw):
            raise WnproofError("E-KINK", f"weight of {self.name} = {self.weight} has a kink", help="a weight is smooth")
        matrices = [own[letter] for letter, kind in self.raw if kind is matrix]
        entries = self.weight
        for applied in self.weight.atoms(norm):
            if len(applied.args) != 1 or applied.args[0] not in matrices:
                raise WnproofError("E-VALUE", f"{applied} in {self.name} is no norm of a raw matrix", help="write norm(V)")
            entries = entries.xreplace({applied: sp.Dummy()})
        idle = [letter for letter, symbol in own.items() if not self.weight.has(symbol)]
        if idle:
            raise WnproofError("E-VALUE", f"raw parameter {idle[0]} does not occur in the weight of {self.name}")
        if not entries.has(*matrices):
            raise WnproofError(
                "E-VALUE", f"weight of {self.name} = {self.weight} is the same along a row", help="use an entry of a raw matrix"
            )

    def raw_axes(self, rows: Axes, columns: Axes) -> tuple[tuple[str, Axes], ...]:
        """Raw name and axes, for a weight with these row and column axes."""
        return tuple((name, rows + columns if kind is matrix else rows) for name, kind in self.raw)

    def effective(self, leaves: Mapping[str, Leaf], rows: Axes) -> Node:
        """The effective weight as a node of the raw leaves."""
        symbols: list[sp.Expr] = [sp.Symbol(name, real=True) for name, _ in self.raw]
        operands: list[Node] = [leaves[name] for name, _ in self.raw]
        expr = self.weight
        for name, kind in self.raw:
            length = norm(sp.Symbol(name, real=True))
            if kind is matrix and expr.has(length):
                square = sp.Symbol(f"|{name}|^2", positive=True)
                expr = expr.subs(length, sp.sqrt(square))
                symbols.append(square)
                operands.append(contract((leaves[name], leaves[name]), rows))
        return pointwise(expr.xreplace({s: argument(k) for k, s in enumerate(symbols)}), *operands)

    def __repr__(self) -> str:
        return self.name


def _raw(name: str, raw: Mapping[str, RawKind] | Iterable[tuple[str, RawKind]]) -> tuple[tuple[str, RawKind], ...]:
    pairs = tuple(raw.items() if isinstance(raw, Mapping) else raw)
    for letter, kind in pairs:
        if not isinstance(letter, str) or not re.fullmatch("[A-Za-z]", letter) or letter in _RESERVED:
            raise WnproofError(
                "E-NAME",
                f"raw parameter {letter!r} of {name} is no free letter",
                help=f"use one letter other than {', '.join(sorted(_RESERVED))}",
            )
        if kind not in (matrix, neuron):
            raise WnproofError("E-VALUE", f"raw parameter {letter} of {name} is {kind!r}", help="write wn.matrix or wn.neuron")
    letters = [letter for letter, _ in pairs]
    if len(set(letters)) < len(letters) or not any(kind is matrix for _, kind in pairs):
        raise WnproofError(
            "E-VALUE", f"raw parameters of {name} are {letters}", help="give distinct letters, at least one a matrix"
        )
    return pairs


_V, _g, _a = sp.symbols("V g a", real=True)
plain = Normalization("plain", {"W": matrix}, sp.Symbol("W"))
weight_norm = Normalization("weight_norm", {"V": matrix, "g": neuron}, _g * _V / norm(_V))
exponential_weight_norm = Normalization("exponential_weight_norm", {"V": matrix, "a": neuron}, sp.exp(_a) * _V / norm(_V))

FAMILY = {f.name: f for f in (plain, weight_norm, exponential_weight_norm)}

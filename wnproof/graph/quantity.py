"""A Quantity: a graph node (or one node per trained block) together with the parameters, sizes and bound data it speaks of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
import sympy as sp

from wnproof.errors import WnproofError
from wnproof.graph.nodes import Axes, Node, add, argument, contract, multiply, pointwise
from wnproof.graph.relabel import relabel
from wnproof.graph.space import Block, ParameterSpace

Number: TypeAlias = int | Fraction | sp.Expr
_NUMBER = re.compile(r"[+-]?(\d+/\d+|(\d+\.?\d*|\.\d+)(e(?P<exponent>[+-]?\d+))?)", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Step:
    """One line of a derivation: ``name`` is defined as ``node`` by ``rule``."""

    name: str
    node: Node
    rule: str


@dataclass(frozen=True, eq=False)
class Quantity:
    """A tensor-valued function of parameters and data.

    Attributes:
        name: what it is called, for headers and messages.
        roots: one node; or, when ``flat``, one node per block of ``parameters`` (a vector of length P in theta's order).
        parameters: the trained blocks theta is made of.
        sizes: axis -> length for every axis but the samples ("i"), whose number comes with the data.
        constants: leaf name -> exact array, for leaves with a value of their own (fixed blocks, bound data).
        flat: whether the roots together are one vector of length P.
        steps: the derivation, line by line.
        convention: the conventions that belong to every statement about it (sum or mean, the 1/2, the scale).
        directions: blocks that are given besides theta, as the direction of a Hessian product is.
    """

    name: str
    roots: tuple[Node, ...]
    parameters: ParameterSpace
    sizes: Mapping[str, int]
    constants: Mapping[str, Any] = field(default_factory=dict)
    flat: bool = False
    steps: tuple[Step, ...] = ()
    convention: str = ""
    directions: tuple[Block, ...] = ()

    @property
    def node(self) -> Node:
        """The single node of a quantity that is not flat."""
        if self.flat:
            raise WnproofError(
                "E-SHAPE",
                f"{self.name} is a flat vector over {[b.name for b in self.parameters.blocks]}, not one tensor",
                help="use .roots",
            )
        return self.roots[0]

    @property
    def arguments(self) -> ParameterSpace:
        """What a kernel is a function of: theta, then the directions."""
        return ParameterSpace((*self.parameters.blocks, *self.directions))

    @property
    def axes(self) -> Axes:
        """The free axes of a quantity that is not flat."""
        return self.node.axes

    def with_node(self, node: Node, name: str) -> Quantity:
        """Another quantity over the same parameters and data."""
        return replace(self, roots=(node,), name=name, flat=False, steps=())

    def row_squares(self) -> Quantity:
        """Squared norms of a matrix's rows, one entry per output neuron; a vector's squares are its rows'."""
        *rows, _ = self.axes
        return self.with_node(contract((self.node, self.node), rows), f"|{self.name}[j,:]|^2")

    def column_squares(self) -> Quantity:
        """Squared norms of a matrix's columns, one entry per input neuron."""
        *_, column = self.axes
        return self.with_node(contract((self.node, self.node), (column,)), f"|{self.name}[:,j]|^2")

    def row_gram(self) -> Quantity:
        """W W^T of a matrix, the inner products of its rows: axes (j, j')."""
        if len(self.axes) != 2:
            raise WnproofError("E-SHAPE", f"{self.name} with axes {self.axes} is no matrix with rows", help="take column_gram")
        row, _ = self.axes
        other = relabel(self.node, {row: f"{row}'"})
        return self.with_node(contract((self.node, other), (row, f"{row}'")), f"{self.name} {self.name}^T")

    def column_gram(self) -> Quantity:
        """W^T W of a matrix, the inner products of its columns, or w w^T of one row: axes (j, j')."""
        *_, column = self.axes
        other = relabel(self.node, {column: f"{column}'"})
        return self.with_node(contract((self.node, other), (column, f"{column}'")), f"{self.name}^T {self.name}")

    def squares(self) -> Quantity:
        """Every entry squared."""
        return self.with_node(pointwise(argument(0) ** 2, self.node), f"{self.name}^2")

    def sum(self) -> Quantity:
        """The sum of all entries."""
        return self.with_node(contract((self.node,), ()), f"sum({self.name})")

    def dot(self, other: Quantity) -> Quantity:
        """The inner product with another quantity of the same axes, summed over all of them."""
        if self.axes != other.axes:
            raise WnproofError("E-SHAPE", f"{self.name} has axes {self.axes}, {other.name} has {other.axes}")
        return self._joined(other).with_node(contract((self.node, other.node), ()), f"<{self.name},{other.name}>")

    def _joined(self, other: Quantity) -> Quantity:
        if self.parameters != other.parameters:
            raise WnproofError("E-SHAPE", f"{self.name} and {other.name} belong to different networks")
        return replace(self, sizes={**self.sizes, **other.sizes}, constants={**self.constants, **other.constants})

    def _combine(self, other: Quantity | Number, mine: int, theirs: int) -> Quantity:
        if not isinstance(other, Quantity):
            other = self.with_node(pointwise(exact(other)), str(other))
        sign = "+" if theirs > 0 else "-"
        node = add([multiply(mine, self.node), multiply(theirs, other.node)])
        return self._joined(other).with_node(node, f"{self.name} {sign} {other.name}")

    def __add__(self, other: Quantity | Number) -> Quantity:
        return self._combine(other, 1, 1)

    def __sub__(self, other: Quantity | Number) -> Quantity:
        return self._combine(other, 1, -1)

    def __mul__(self, other: Quantity | Number) -> Quantity:
        if isinstance(other, Quantity):
            node = pointwise(argument(0) * argument(1), self.node, other.node)
            return self._joined(other).with_node(node, f"{self.name} * {other.name}")
        return self.with_node(multiply(exact(other), self.node), f"{other}*{self.name}")

    __rmul__ = __mul__

    def __neg__(self) -> Quantity:
        return self.with_node(multiply(-1, self.node), f"-{self.name}")

    def __repr__(self) -> str:
        where = "flat vector of length " + str(self.parameters.size) if self.flat else f"axes {self.axes}"
        return f"Quantity {self.name} ({where})"


def exact(value: Any) -> sp.Expr:
    """An exact number: int, Fraction, "p/q", "0.1" or a finite real SymPy number without floats.

    Raises: WnproofError E-FLOAT for a float, E-VALUE for anything else.

    >>> exact("0.1"), exact(Fraction(1, 3))
    (1/10, 1/3)
    >>> exact(0.1)
    Traceback (most recent call last):
    ...
    wnproof.errors.WnproofError: [E-FLOAT] 0.1 is a float; write 1/10 as "1/10" or Fraction(1, 10)
    """
    if isinstance(value, bool):
        raise WnproofError("E-VALUE", f"{value} is no number")
    if isinstance(value, float):
        shortest = Fraction(repr(value)) if value == value and abs(value) != float("inf") else None
        hint = (
            f'write {shortest} as "{shortest}" or Fraction({shortest.numerator}, {shortest.denominator})'
            if shortest is not None
            else ""
        )
        raise WnproofError("E-FLOAT", f"{value} is a float", help=hint)
    if isinstance(value, int | Fraction):
        return sp.Rational(value.numerator, value.denominator)
    if isinstance(value, str):
        q = parse_rational(value)
        return sp.Rational(q.numerator, q.denominator)
    if isinstance(value, sp.Expr) and value.is_number and value.is_real and not value.has(sp.Float):
        return value
    if isinstance(value, sp.Expr) and value.has(sp.Float):
        raise WnproofError("E-FLOAT", f"{value} holds a float", help="write it as a rational number")
    raise WnproofError("E-VALUE", f"{value!r} is no exact number", help='write an int, "p/q", "0.1" or a SymPy number')


def as_fraction(value: sp.Rational) -> Fraction:
    """A SymPy rational as a Fraction; the other way is ``exact``.

    >>> as_fraction(sp.Rational(2, 6))
    Fraction(1, 3)
    """
    return Fraction(int(value.p), int(value.q))


def rational_number(value: Any) -> Fraction:
    """An exact rational number, from what ``exact`` takes or a NumPy integer.

    Raises: WnproofError E-FLOAT, E-VALUE.
    """
    number = exact(int(value) if isinstance(value, np.integer) else value)
    if not number.is_Rational:
        raise WnproofError("E-VALUE", f"{value} is no rational number")
    return as_fraction(number)


def parse_rational(text: str) -> Fraction:
    """The rational number written as "p", "p/q" or a decimal; exponents beyond a few hundred digits are refused before
    they are evaluated.

    >>> parse_rational("-1.25e1")
    Fraction(-25, 2)
    """
    stripped = text.strip()
    match = _NUMBER.fullmatch(stripped)
    if match is None:
        raise WnproofError("E-VALUE", f"{text[:40]!r} is no number", help='write "p", "p/q" or a decimal')
    if len(stripped) > 1000 or len(match["exponent"] or "") > 5 or abs(int(match["exponent"] or 0)) > 400:
        raise WnproofError("E-SIZE", f"number {stripped[:20]}... has too many digits")
    try:
        return Fraction(stripped)
    except ZeroDivisionError:
        raise WnproofError("E-VALUE", f"{text!r} is no number", help="its denominator is zero") from None

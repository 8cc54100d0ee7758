"""Activations: each is one declaration; derivative, degree, Clarke interval, kernels and law tests follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp

from wnproof.errors import WnproofError
from wnproof.graph.kink import Pw
from wnproof.graph.nodes import Node, argument, pointwise
from wnproof.graph.quantity import exact

_z = argument(0)


@dataclass(frozen=True)
class Activation:
    """A scalar activation sigma(z).

    Attributes:
        name: how it is written, arguments included.
        expr: sigma in the real symbol ``argument(0)``; kinks only through ``Pw``.
        degree: p with sigma(c z) = c^p sigma(z) for c > 0, or None.
    """

    name: str
    expr: sp.Expr
    degree: Fraction | None

    def __call__(self, z: Node) -> Node:
        """sigma applied to a node entry by entry."""
        return pointwise(self.expr, z)

    @property
    def slopes(self) -> tuple[Fraction, Fraction] | None:
        """(c+, c-) of a piecewise linear sigma(z) = c+ z for z > 0, c- z for z < 0; None for any other activation."""
        if self.degree != 1:
            return None
        at = [self.expr.subs(_z, value) for value in (1, -1)]
        return Fraction(int(at[0].p), int(at[0].q)), Fraction(int(-at[1].p), int(at[1].q))

    def __repr__(self) -> str:
        return self.name


def _power(name: str, c_plus: sp.Expr, c_minus: sp.Expr, degree: int) -> Activation:
    return Activation(name, Pw(_z, c_plus, c_minus, degree), Fraction(degree))


linear = Activation("linear", _z, Fraction(1))
relu = _power("relu", sp.S.One, sp.S.Zero, 1)
absolute = _power("absolute", sp.S.One, sp.S.NegativeOne, 1)
tanh = Activation("tanh", sp.tanh(_z), None)


def _slope(value: Any, what: str) -> sp.Rational:
    number = exact(value)
    if not (number.is_Rational and 0 <= number <= 1):
        raise WnproofError("E-VALUE", f"{what} has slope {value}", help="a slope is a rational number between 0 and 1")
    return number


def leaky_relu(slope: Any) -> Activation:
    """max(z, slope z) with an exact slope in [0, 1].

    >>> leaky_relu("1/10").degree
    Fraction(1, 1)
    """
    number = _slope(slope, "leaky_relu")
    return _power(f"leaky_relu({number})", sp.S.One, number, 1)


def polynomial_relu(degree: int, slope: Any = 0) -> Activation:
    """max(z, slope z)^degree with an integer degree >= 1 and an exact slope in [0, 1]; homogeneous of that degree.

    >>> polynomial_relu(2).expr
    Pw(_0, 1, 0, 2)
    """
    if not isinstance(degree, int) or isinstance(degree, bool) or degree < 1:
        raise WnproofError("E-VALUE", f"polynomial_relu has degree {degree!r}", help="the degree is an integer >= 1")
    number = _slope(slope, "polynomial_relu")
    name = f"polynomial_relu({degree})" if number == 0 else f"polynomial_relu({degree}, {number})"
    return _power(name, sp.S.One, number**degree, degree)


FAMILY = {f.name: f for f in (linear, relu, absolute, tanh)} | {"leaky_relu": leaky_relu, "polynomial_relu": polynomial_relu}

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
from wnproof.model.declared import expression, renamed, titled
from wnproof.model.pieces import Pieces, cut

_z = argument(0)


@dataclass(frozen=True, init=False)
class Activation:
    """A continuous scalar activation sigma(z), declared by one expression or by its two sides of 0.

    ``Activation(name, expr)``: SymPy in one real symbol; Max, Min, Abs and Piecewise with breaks at rational places become kinks.
    ``Activation(name, right=..., left=...)``: sigma for z > 0 and for z < 0. At a kink proofs take every slope between the two
    one-sided ones, kernels the left one.

    Args:
        name: how it is written, arguments included.
        expr: sigma, everywhere.
        degree: the degree of homogeneity, when it is to be checked; it is found when left out.
        right: sigma for z > 0.
        left: sigma for z < 0.

    Attributes:
        name: as given.
        expr: sigma in the real symbol ``argument(0)``; kinks only through ``Pw``.
        degree: p with sigma(c z) = c^p sigma(z) for all c > 0, exactly; None when sigma has none.

    Raises: WnproofError E-VALUE (no expression, a constant, a degree that is not true), E-FLOAT, E-SYMBOL, E-SIZE, E-KINK (a kink
    at an irrational or implicit place, a jump).

    >>> z = sp.Symbol("z")
    >>> Activation("hard tanh", sp.Max(-1, sp.Min(1, z))).expr
    Pw(_0 - 1, -1, 0, 1) + Pw(_0 + 1, 1, 0, 1) - 1
    >>> own = Activation("own", right=2 * z**2, left=-(z**2) / 3)
    >>> own.expr, own.degree
    (Pw(_0, 2, -1/3, 2), Fraction(2, 1))
    """

    name: str
    expr: sp.Expr
    degree: Fraction | None

    def __init__(self, name: str, expr: Any = None, degree: Any = None, *, right: Any = None, left: Any = None) -> None:
        put = object.__setattr__
        put(self, "name", titled(name, "an activation"))
        if (expr is None) == (right is None and left is None) or (right is None) != (left is None):
            raise WnproofError(
                "E-VALUE", f"activation {name} is not declared once", help="give expr, or both right and left (one may be 0)"
            )
        pieces = self._pieces({"sigma": expr} if expr is not None else {"right side": right, "left side": left})
        if not any(part.has(_z) for part in pieces.parts):
            raise WnproofError("E-VALUE", f"activation {name} is the constant {pieces.parts[0]}")
        put(self, "expr", pieces.joined())
        put(self, "degree", pieces.degree)
        if degree is not None and exact(degree) != self.degree:
            found = "none" if self.degree is None else str(self.degree)
            raise WnproofError(
                "E-VALUE",
                f"activation {name} is declared with degree {degree}, found {found}",
                help="leave degree out, or correct it",
            )

    def _pieces(self, given: dict[str, Any]) -> Pieces:
        exprs = {what: expression(value, f"{what} of {self.name}") for what, value in given.items()}
        symbols = sorted({s for e in exprs.values() for s in e.free_symbols}, key=str)
        if len({s.name for s in symbols}) > 1:
            raise WnproofError("E-SYMBOL", f"activation {self.name} is written in {symbols}", help="use one symbol")
        own = {s.name: _z for s in symbols}
        sides = [renamed(e, own, what) for what, e in exprs.items()]
        if len(sides) == 1:
            return cut(sides[0], self.name)
        right, left = sides
        return cut(sp.Piecewise((right, _z > 0), (left, True)), self.name)

    def __call__(self, z: Node) -> Node:
        """sigma applied to a node entry by entry."""
        return pointwise(self.expr, z)

    @property
    def slopes(self) -> tuple[Fraction, Fraction] | None:
        """(c+, c-) of sigma(z) = c+ z for z > 0, c- z for z < 0, both rational; None for any other activation."""
        if self.degree != 1:
            return None
        right, left = self.expr.subs(_z, 1), -self.expr.subs(_z, -1)
        if not (right.is_Rational and left.is_Rational):
            return None
        return Fraction(int(right.p), int(right.q)), Fraction(int(left.p), int(left.q))

    def __repr__(self) -> str:
        return self.name


def _power(name: str, c_plus: sp.Expr, c_minus: sp.Expr, degree: int) -> Activation:
    return Activation(name, Pw(_z, c_plus, c_minus, degree))


linear = Activation("linear", _z)
relu = _power("relu", sp.S.One, sp.S.Zero, 1)
absolute = _power("absolute", sp.S.One, sp.S.NegativeOne, 1)
tanh = Activation("tanh", sp.tanh(_z))
softplus = Activation("softplus", sp.log(1 + sp.exp(_z)))
"""log(1 + exp z), with slope 1/(1 + exp(-z)); not homogeneous."""
erf = Activation("erf", sp.erf(_z))
"""2/sqrt(pi) int_0^z exp(-t^2) dt, with slope 2/sqrt(pi) exp(-z^2); outside the checker's language, so statements with it stay
undecided."""


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


FAMILY = {f.name: f for f in (linear, relu, absolute, tanh, softplus, erf)} | {
    "leaky_relu": leaky_relu,
    "polynomial_relu": polynomial_relu,
}

"""Losses: per sample and output, SUMMED over samples; ``loss.averaged`` divides by the number of samples."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import sympy as sp

from wnproof.graph.nodes import Node, argument, contract, ones, pointwise

_f, _y = argument(0), argument(1)


@dataclass(frozen=True)
class Loss:
    """The loss sum_i l(f_i, y_i).

    Attributes:
        name: how it is written.
        expr: l in the real symbols ``argument(0)`` (output f) and ``argument(1)`` (label y).
        mean: whether the sum is divided by the number of samples.
    """

    name: str
    expr: sp.Expr
    mean: bool = False

    @property
    def averaged(self) -> Loss:
        """The same loss divided by the number of samples.

        >>> square.averaged
        square.averaged
        """
        return replace(self, mean=True)

    @property
    def convention(self) -> str:
        """The convention, for every verdict's text."""
        formula = self.expr.xreplace({_f: sp.Symbol("f"), _y: sp.Symbol("y")})
        return f"{self.name} loss {formula}, {'mean' if self.mean else 'sum'} over samples"

    def total(self, output: Node, labels: Node) -> Node:
        """The scalar loss of an output node and a label node of the same axes."""
        value = contract((pointwise(self.expr, output, labels),), ())
        return pointwise(_f / _y, value, contract((ones("i"),), ())) if self.mean else value

    def derivative(self) -> sp.Expr:
        """dl/df in ``argument(0)`` and ``argument(1)``."""
        return sp.diff(self.expr, _f)

    def pull(self, label: Fraction) -> sp.Expr:
        """z = -dl/df(0, y), the weight of a sample in the neural correlation function (before any mean).

        >>> logistic.pull(Fraction(1)), square.pull(Fraction(3)), exponential.pull(Fraction(-1))
        (1/2, 3, -1)
        """
        return sp.nsimplify(-self.derivative().subs({_f: 0, _y: sp.Rational(label.numerator, label.denominator)}), rational=True)

    def __repr__(self) -> str:
        return self.name + (".averaged" if self.mean else "")


square = Loss("square", (_f - _y) ** 2 / 2)
logistic = Loss("logistic", sp.log(1 + sp.exp(-_y * _f)))
exponential = Loss("exponential", sp.exp(-_y * _f))

FAMILY = {f.name: f for f in (square, logistic, exponential)}

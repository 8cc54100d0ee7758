"""Losses: per sample and output, SUMMED over samples and outputs; ``loss.averaged`` divides by the number of samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Any

import sympy as sp

from wnproof.errors import WnproofError
from wnproof.graph.kink import Pw
from wnproof.graph.nodes import Node, argument, contract, ones, pointwise
from wnproof.model.declared import JUMPING, KINKED, expression, renamed, titled

sum_outputs = sp.Function("sum_outputs")
sum_outputs.__doc__ = """``sum_outputs(h)``: the sum over one sample's outputs of an expression h in f and y."""

_f, _y = argument(0), argument(1)


@dataclass(frozen=True, init=False)
class Loss:
    """The loss sum_i sum_o l(f_io, y_io).

    Args:
        name: how it is written.
        expr: l in two symbols named f (output) and y (label), smooth in f; ``sum_outputs(h)`` stands for sum_p h(f_ip, y_ip), so
            that the outputs of a sample may be coupled.
        mean: whether the sum is divided by the number of samples.

    Attributes:
        expr: l in the real symbols ``argument(0)`` (f) and ``argument(1)`` (y).

    Raises: WnproofError E-VALUE (no expression, f does not occur, a sum inside a sum), E-FLOAT, E-SYMBOL, E-SIZE, E-KINK.

    >>> f, y = sp.symbols("f y")
    >>> Loss("log_cosh", sp.log(sp.exp(f - y) + sp.exp(y - f))).pull(Fraction(0))
    0
    """

    name: str
    expr: sp.Expr
    mean: bool = False

    def __init__(self, name: str, expr: Any, mean: bool = False) -> None:
        put = object.__setattr__
        put(self, "name", titled(name, "a loss"))
        put(self, "expr", renamed(expression(expr, f"loss {name}", [sum_outputs]), {"f": _f, "y": _y}, f"loss {name}"))
        put(self, "mean", mean)
        if self.expr.has(*KINKED, *JUMPING) or any(kink.args[3] == 0 for kink in self.expr.atoms(Pw)):
            raise WnproofError(
                "E-KINK",
                f"loss {name} = {self._formula} has a kink or a jump",
                help="a kink is written with wnproof.graph.kink.Pw: the hinge loss is Pw(1 - y*f, 1, 0, 1)",
            )
        if not self.expr.has(_f):
            raise WnproofError("E-VALUE", f"loss {name} = {self._formula} does not depend on f")
        if any(len(s.args) != 1 or s.args[0].has(sum_outputs) for s in self._sums):
            raise WnproofError("E-VALUE", f"loss {name} = {self._formula}: sum_outputs takes one expression without sums")

    @property
    def averaged(self) -> Loss:
        """The same loss divided by the number of samples.

        >>> square.averaged
        square.averaged
        """
        return replace(self, mean=True)

    @property
    def couples_outputs(self) -> bool:
        """Whether one output's term depends on the sample's other outputs."""
        return bool(self._sums)

    @property
    def _sums(self) -> list[sp.Expr]:
        return sorted(self.expr.atoms(sum_outputs), key=sp.default_sort_key)

    @property
    def _formula(self) -> sp.Expr:
        return self.expr.xreplace({_f: sp.Symbol("f"), _y: sp.Symbol("y")})

    @property
    def convention(self) -> str:
        """The convention, for every verdict's text."""
        over = "sum over outputs, " if self.couples_outputs else ""
        return f"{self.name} loss {self._formula}, {over}{'mean' if self.mean else 'sum'} over samples"

    def total(self, output: Node, labels: Node) -> Node:
        """The scalar loss of an output node and a label node of the same axes.

        Raises: WnproofError E-SHAPE when outputs are coupled and there is only one.
        """
        if len(output.axes) == 1:
            self._need_several_outputs()
        samples = output.axes[:1]
        sums = [contract((pointwise(s.args[0], output, labels),), samples) for s in self._sums]
        expr = self.expr.xreplace({s: argument(2 + k) for k, s in enumerate(self._sums)})
        value = contract((pointwise(expr, output, labels, *sums),), ())
        return pointwise(_f / _y, value, contract((ones("i"),), ())) if self.mean else value

    def derivative(self) -> sp.Expr:
        """dl/df in ``argument(0)`` and ``argument(1)``.

        Raises: WnproofError E-VALUE when the loss couples outputs: it then has no derivative of one output alone.
        """
        if self.couples_outputs:
            raise WnproofError("E-VALUE", f"{self.name} couples a sample's outputs: no derivative depends on one output alone")
        return sp.diff(self.expr, _f)

    def pull(self, label: Fraction) -> sp.Expr:
        """z = -dl/df(0, y), the weight of a sample in the neural correlation function (before any mean).

        >>> logistic.pull(Fraction(1)), square.pull(Fraction(3)), exponential.pull(Fraction(-1))
        (1/2, 3, -1)
        """
        value = -self.derivative().subs({_f: 0, _y: sp.Rational(label.numerator, label.denominator)})
        return sp.nsimplify(value, rational=True)

    def pulls(self, labels: Sequence[Fraction]) -> tuple[sp.Expr, ...]:
        """z_o = -d(sum_p l_p)/df_o(0, y) for the labels of one sample, exactly.

        Raises: WnproofError E-SHAPE when outputs are coupled and there is only one.

        >>> cross_entropy.pulls([Fraction(1), Fraction(0), Fraction(0)])
        (2/3, -1/3, -1/3)
        """
        if not self.couples_outputs:
            return tuple(self.pull(label) for label in labels)
        if len(labels) == 1:
            self._need_several_outputs()
        symbols, pulls = _pulls(self.expr, len(labels))
        at = {y: sp.Rational(label.numerator, label.denominator) for y, label in zip(symbols, labels, strict=True)}
        return tuple(sp.expand(pull.xreplace(at)) for pull in pulls)

    def _need_several_outputs(self) -> None:
        if self.couples_outputs:
            raise WnproofError(
                "E-SHAPE",
                f"{self.name} couples the outputs of a sample, here there is 1",
                help="use a network with several outputs",
            )

    def __repr__(self) -> str:
        return self.name + (".averaged" if self.mean else "")


@cache
def _pulls(expr: sp.Expr, outputs: int) -> tuple[tuple[sp.Symbol, ...], tuple[sp.Expr, ...]]:
    """Symbols for a sample's labels, and z_o in them."""
    f, y = sp.symbols(f"f:{outputs}", real=True), sp.symbols(f"y:{outputs}", real=True)
    pairs = [{_f: f[o], _y: y[o]} for o in range(outputs)]
    sums = {s: sp.Add(*(s.args[0].xreplace(pair) for pair in pairs)) for s in expr.atoms(sum_outputs)}
    total = sp.Add(*(expr.xreplace(sums).xreplace(pair) for pair in pairs))
    zero = dict.fromkeys(f, 0)
    return y, tuple(-sp.diff(total, output).subs(zero) for output in f)


square = Loss("square", (_f - _y) ** 2 / 2)
logistic = Loss("logistic", sp.log(1 + sp.exp(-_y * _f)))
exponential = Loss("exponential", sp.exp(-_y * _f))
cross_entropy = Loss("cross_entropy", -_y * sp.log(sp.exp(_f) / sum_outputs(sp.exp(_f))))
"""sum_o y_o (log sum_p exp(f_p) - f_o), for labels of any sum; z_o = y_o - (sum_p y_p)/k for k outputs."""

FAMILY = {f.name: f for f in (square, logistic, exponential, cross_entropy)}

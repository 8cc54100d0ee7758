"""The kink family: ``Pw(z, c+, c-, p)`` is c+ z^p for z > 0 and c- z^p for z < 0.

ReLU, leaky ReLU, the absolute value, polynomial (leaky) ReLU and all their derivatives are members, so Max, Abs and
Piecewise, whose SymPy derivatives are wrong at kinks, never appear. At z = 0 a member of order p >= 1 is 0; a member of
order 0 stands for the whole Clarke interval [c-, c+] and is not evaluated there; kernels select the left value c-.

A member is evaluated at rational numbers only: the sign of any other number is SymPy's to guess and the checker's to decide.
"""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.core.function import ArgumentIndexError


class Pw(sp.Function):  # type: ignore[misc]
    """The two-sided power c+ z^p (z > 0), c- z^p (z < 0), closed under differentiation in z.

    Args: ``z`` real expression, ``c_plus`` and ``c_minus`` exact numbers, ``p`` a non-negative integer.

    >>> z = sp.Symbol("z", real=True)
    >>> relu = Pw(z, 1, 0, 1)
    >>> relu.diff(z), Pw(z, 1, 0, 2).diff(z)
    (Pw(z, 1, 0, 0), Pw(z, 2, 0, 1))
    >>> relu.subs(z, -3), relu.subs(z, 3), relu.diff(z).subs(z, 0)
    (0, 3, Pw(0, 1, 0, 0))
    """

    nargs = 4

    @classmethod
    def eval(cls, z: sp.Expr, c_plus: sp.Expr, c_minus: sp.Expr, p: sp.Expr) -> sp.Expr | None:
        """Evaluate at a number, and drop the kink where both sides are one power."""
        if c_plus == c_minus:
            return c_plus * z**p
        if not z.is_Rational or (z == 0 and p == 0):
            return None
        return (c_plus if z > 0 else c_minus) * z**p

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """The derivative in z: p Pw(z, c+, c-, p - 1), and 0 for a step, whose jump no derivative here sees."""
        z, c_plus, c_minus, p = self.args
        if argindex != 1:
            raise ArgumentIndexError(self, argindex)
        return Pw(z, p * c_plus, p * c_minus, p - 1) if p > 0 else sp.S.Zero

    def _eval_evalf(self, prec: int) -> sp.Expr | None:
        z, c_plus, c_minus, p = (a._evalf(prec) if k < 3 else a for k, a in enumerate(self.args))
        if not z.is_number or (z == 0 and p == 0):
            return None
        return (c_plus if z > 0 else c_minus) * z**p

    def _eval_is_extended_real(self) -> bool:
        return True

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        z, c_plus, c_minus, p = self.args
        inner = printer._print(z)
        if p == 0:
            body = rf"\mathbb{{1}}[{inner}>0]" if (c_plus, c_minus) == (1, 0) else rf"s_{{{c_plus},{c_minus}}}[{inner}]"
        elif c_minus == 0:
            power = "" if p == 1 else rf"^{{{p}}}"
            body = rf"\left[{inner}\right]_{{+}}{power}"
        else:
            body = rf"\left[{inner}\right]^{{{p}}}_{{{c_plus},{c_minus}}}"
        if p > 0 and c_minus == 0 and c_plus != 1:
            body = rf"{printer._print(c_plus)}\,{body}"
        return body if exp is None else rf"\left({body}\right)^{{{exp}}}"

    def _sympystr(self, printer: Any) -> str:
        return f"Pw({', '.join(printer._print(a) for a in self.args)})"


def selected(expr: sp.Expr) -> sp.Expr:
    """The number that kernels compute: the left value c- for a slope at 0, and SymPy's sign of an irrational argument.

    For comparing kernels; statements never see such a choice.

    >>> selected(3 + Pw(0, 1, sp.Rational(1, 2), 0)), selected(Pw(sp.sqrt(2) - 1, 1, 0, 1))
    (7/2, -1 + sqrt(2))
    """
    return expr.replace(Pw, _chosen)


def _chosen(z: sp.Expr, c_plus: sp.Expr, c_minus: sp.Expr, p: sp.Expr) -> sp.Expr:
    if not z.is_number:
        return Pw(z, c_plus, c_minus, p)
    return (c_plus if z.is_positive else c_minus) * z**p

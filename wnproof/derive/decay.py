"""The loss of a margin that grows alone, q' = K q^a e^(-q) with q = -log L: its implicit solution, in log time."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath
import sympy as sp

from wnproof.errors import WnproofError
from wnproof.graph.quantity import exact

GUARD = 20  # digits computed beyond those that are returned
ROUNDS = 100


@dataclass(frozen=True)
class LossDecay:
    """The loss L = e^(-q) of one sample under gradient flow, q' = ``constant`` q^``power`` e^(-q), q(0) = ``start`` > 0.

    Then K t = G(q) - G(q0) with G' = e^q q^(-a), so L(t) t (log t)^a -> 1/K: the power of the logarithm, which no log-log fit of
    the loss against t can see, is a.

    Source: the exponents of Morwani and Ramaswamy (arXiv 2010.12909), derived here for one sample.
    """

    constant: sp.Expr
    power: Fraction
    start: sp.Expr

    def time(self, margin: Any) -> sp.Expr:
        """The time at which q reaches ``margin``, exactly; Ei for a = 1 and 2, a confluent hypergeometric function otherwise.

        >>> exponential_norm_decay(2).time(2)
        -exp(2)/8 - Ei(1)/4 + E/4 + Ei(2)/4
        """
        ends = [self._primitive(q, exact(self.power), sp) for q in (exact(margin), self.start)]
        return sp.expand((ends[0] - ends[1]) / self.constant)

    def margin(self, log_time: Any, digits: int = 15) -> sp.Float:
        """The margin q = -log L at t = e^``log_time``, to ``digits`` digits; t may be far beyond the range of floats.

        Raises: WnproofError E-VALUE for less than one digit.

        >>> exponential_norm_decay(2).margin(sp.log(100))
        10.4186239946078
        >>> exponential_norm_decay(2).margin(10**6, digits=12)
        1000029.01737
        """
        if digits < 1:
            raise WnproofError("E-VALUE", f"{digits} digits", help="ask for one digit at least")
        with mpmath.workdps(digits + GUARD):
            tau, q0, k, a = (_mpf(exact(x), digits + GUARD) for x in (log_time, self.start, self.constant, self.power))
            target = self._primitive(q0, a, mpmath) + k * mpmath.exp(tau)
            q = max(tau, q0)
            for _ in range(ROUNDS):  # Newton's method in e^q, in which G is nearly linear
                missing = (target - self._primitive(q, a, mpmath)) * q**a * mpmath.exp(-q)
                step = mpmath.log1p(max(missing, mpmath.mpf(-1) / 2))
                q = max(q + step, q0)
                if abs(step) <= mpmath.mpf(10) ** (-digits - GUARD // 4) * q:
                    return sp.Float(q, digits)
        raise WnproofError("E-SOLVER", f"no margin found at log t = {log_time}", help="ask for fewer digits")

    def _primitive(self, q: Any, a: Any, functions: Any) -> Any:
        """The integral of e^q q^(-a), in SymPy's or mpmath's functions, which have one name but for these two."""
        if self.power in (1, 2):
            ei = (sp.Ei if functions is sp else mpmath.ei)(q)
            return ei if self.power == 1 else ei - functions.exp(q) / q
        hyper = sp.hyper((1 - a,), (2 - a,), q) if functions is sp else mpmath.hyp1f1(1 - a, 2 - a, q)
        return q ** (1 - a) / (1 - a) * hyper


def exponential_norm_decay(degree: int, start: Any = 1) -> LossDecay:
    """One node of an L-homogeneous output, w = e^alpha v/|v|, the direction at rest: q' = L^2 q^2 e^(-q).

    Raises: WnproofError E-VALUE.
    """
    return _decay(degree, start, sp.Integer(degree) ** 2, Fraction(2))


def plain_decay(degree: int, start: Any = 1, *, scale: Any = 1) -> LossDecay:
    """Without normalization, q = ``scale`` r^L at radius r, the direction at rest: q' = L^2 scale^(2/L) q^(2 - 2/L) e^(-q).

    Raises: WnproofError E-VALUE.

    >>> plain_decay(3).power
    Fraction(4, 3)
    """
    factor = exact(scale)
    if not factor.is_positive:
        raise WnproofError("E-VALUE", f"scale {scale} of the margin", help="give a positive number")
    return _decay(degree, start, degree**2 * factor ** sp.Rational(2, degree), 2 - Fraction(2, degree))


def _decay(degree: int, start: Any, constant: sp.Expr, power: Fraction) -> LossDecay:
    if degree < 1:
        raise WnproofError("E-VALUE", f"degree {degree}", help="give the degree of homogeneity, 1 or more")
    first = exact(start)
    if not first.is_positive:
        raise WnproofError("E-VALUE", f"start {start} of q = -log L", help="give a positive number: the loss is below 1")
    return LossDecay(constant, power, first)


def _mpf(value: sp.Expr, digits: int) -> Any:
    return mpmath.mpf(str(sp.N(value, digits)))

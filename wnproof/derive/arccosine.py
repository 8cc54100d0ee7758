"""Arc-cosine kernels: expectations of products of two-sided powers over a Gaussian direction, in closed form and in balls."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from flint import arb, fmpq

from wnproof.errors import WnproofError
from wnproof.graph.nodes import argument
from wnproof.graph.quantity import as_fraction
from wnproof.model.activations import Activation

Coefficients = tuple[Fraction, ...]


@cache
def arc_cosine(degree: int) -> tuple[Coefficients, Coefficients]:
    """(S, C), coefficients in t of J_p(t) = sqrt(1 - t^2) S(t) + acos(-t) C(t).

    J_p(t) / (2 pi) = E[max(a, 0)^p max(b, 0)^p], p >= 0, for standard Gaussians a, b of correlation t (p = 0: indicators). It
    is the antiderivative of p^2 J_(p-1) that vanishes at t = -1, with J_0 = acos(-t).

    Source: Cho and Saul 2009 (reconstructed).

    >>> arc_cosine(1) == ((1,), (0, 1)), arc_cosine(2) == ((0, 3), (1, 0, 2))
    (True, True)
    """
    if degree == 0:
        return (), (Fraction(1),)
    below, rising = arc_cosine(degree - 1)
    p2 = degree**2
    C = [Fraction(0), *(p2 * c / (k + 1) for k, c in enumerate(rising))]
    S = dict.fromkeys(range(-1, degree + 2), Fraction(0))

    def old(k: int) -> Fraction:
        return below[k] if 0 <= k < len(below) else Fraction(0)

    # (1 - t^2) S' - t S + C = p^2 (1 - t^2) S_below, coefficient by coefficient from the top; C(0) is what is left at the end
    for k in range(degree, 0, -1):
        S[k - 1] = ((k + 1) * S[k + 1] + C[k] - p2 * (old(k) - old(k - 2))) / k
    if degree % 2 == 0:
        C[0] = p2 * old(0) - S[1]
    return tuple(S[k] for k in range(degree)), tuple(C)


@dataclass(frozen=True)
class TwoSided:
    """sigma(z) = right z^p for z > 0 and left z^p for z < 0, with p >= 1 and rational sides."""

    degree: int
    right: Fraction
    left: Fraction

    @staticmethod
    def of(activation: Activation) -> TwoSided:
        """The activation in this form.

        Raises: WnproofError E-VALUE for any other activation.

        >>> from wnproof.model.activations import leaky_relu
        >>> TwoSided.of(leaky_relu("1/10"))
        TwoSided(degree=1, right=Fraction(1, 1), left=Fraction(1, 10))
        """
        degree, z = activation.degree, argument(0)
        if degree is not None and degree.denominator == 1 and degree >= 1:
            right, left = activation.expr.subs(z, 1), (-1) ** degree.numerator * activation.expr.subs(z, -1)
            if right.is_Rational and left.is_Rational:
                return TwoSided(degree.numerator, as_fraction(right), as_fraction(left))
        raise WnproofError(
            "E-VALUE",
            f"no infinite-width kernel in closed form for {activation}",
            help="use an activation of integer degree with rational sides, such as relu or polynomial_relu(2)",
        )

    @property
    def slope(self) -> TwoSided:
        """sigma', of degree p - 1."""
        return TwoSided(self.degree - 1, self.degree * self.right, self.degree * self.left)

    def moment(self, cosine: arb, sine: arb) -> arb:
        """E[sigma(a) sigma(b)] for standard Gaussians a, b whose correlation is this cosine, as a ball.

        >>> relu = TwoSided(1, Fraction(1), Fraction(0))
        >>> relu.moment(arb(1), arb(0)).contains(arb(1) / 2)
        True
        """
        same, opposite = _value(self.degree, cosine, sine), _value(self.degree, -cosine, sine)
        squares = ball(self.right**2 + self.left**2)
        cross = ball(2 * (-1) ** self.degree * self.right * self.left)
        return (squares * same + cross * opposite) / (2 * arb.pi())


def angle(inner: Fraction, squares: Fraction) -> tuple[arb, arb]:
    """Cosine and sine of the angle of two vectors with inner product ``inner`` and product of squared norms ``squares`` > 0.

    The sine comes from the exact Gram determinant, so that parallel and nearly parallel vectors give no wide balls.

    >>> [x.is_exact() for x in angle(Fraction(-2), Fraction(4))]
    [True, True]
    """
    if inner**2 == squares:
        return arb(1 if inner > 0 else -1), arb(0)
    return ball(inner) / ball(squares).sqrt(), (ball(squares - inner**2) / ball(squares)).sqrt()


def ball(value: Fraction) -> arb:
    """The rational number, enclosed at the working precision."""
    return arb(fmpq(value.numerator, value.denominator))


def midpoint(value: arb) -> Fraction:
    """The ball's midpoint, exactly; for ``x.lower()`` and ``x.upper()`` that is the bound itself.

    >>> midpoint(arb(3) / 4)
    Fraction(3, 4)
    """
    mantissa, exponent = value.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def _value(degree: int, t: arb, s: arb) -> arb:
    S, C = arc_cosine(degree)
    return s * _horner(S, t) + arb.atan2(s, -t) * _horner(C, t)


def _horner(coefficients: Coefficients, t: arb) -> arb:
    total = arb(0)
    for c in reversed(coefficients):
        total = total * t + ball(c)
    return total

"""Product form: a coefficient times powers of values, so that common factors are visible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sympy as sp

from wnproof.kernels.path import Factor
from wnproof.kernels.values import Value, Values

MOST_REPEATED = 2  # x and x*x are factors of a search; higher powers are raised first


@dataclass(frozen=True)
class Product:
    """coefficient * prod value^exponent, exponents rational and not zero, in order of the values' creation.

    >>> Product(sp.S(2)).times(Product(sp.Rational(1, 4))).coefficient
    1/2
    """

    coefficient: sp.Expr
    powers: tuple[tuple[Value, sp.Rational], ...] = ()

    @staticmethod
    def of(coefficient: sp.Expr, powers: Mapping[Value, sp.Rational]) -> Product:
        """The product with these powers; zero exponents are dropped."""
        kept = sorted(((v, e) for v, e in powers.items() if e != 0), key=lambda pair: pair[0].serial)
        return Product(coefficient, tuple(kept)) if coefficient != 0 else Product(sp.S.Zero)

    def times(self, other: Product) -> Product:
        """The product of both."""
        powers = dict(self.powers)
        for value, exponent in other.powers:
            powers[value] = powers.get(value, sp.S.Zero) + exponent
        return Product.of(self.coefficient * other.coefficient, powers)

    def power(self, exponent: sp.Integer) -> Product:
        """An integer power; the fractional ones do not distribute over factors of unknown sign."""
        return Product.of(self.coefficient**exponent, {v: e * exponent for v, e in self.powers})

    @property
    def values(self) -> tuple[Value, ...]:
        """The values in it."""
        return tuple(v for v, _ in self.powers)


def factors(values: Values, product: Product) -> list[Factor]:
    """The product as values and reciprocals of values, for the search; the coefficient is one of them unless it is 1."""
    result = [] if product.coefficient == 1 and product.powers else [Factor(values.number(product.coefficient))]
    for value, exponent in product.powers:
        result.extend(_power(values, value, exponent))
    if result and all(f.inverse for f in result):
        result.insert(0, Factor(values.number(sp.S.One)))
    return result


def _power(values: Values, value: Value, exponent: sp.Rational) -> list[Factor]:
    inverse, size = bool(exponent < 0), abs(exponent)
    whole, part = divmod(size, 1)
    result: list[Factor] = []
    if 0 < whole <= MOST_REPEATED:
        result = [Factor(value, inverse)] * int(whole)
    elif whole:
        result = [Factor(_raised(values, value, int(whole)), inverse)]
    if part == sp.Rational(1, 2):
        result.append(Factor(values.pointwise("sqrt", value), inverse))
    elif part:
        result.append(Factor(values.pointwise("power", value, values.number(part)), inverse))
    return result


def _raised(values: Values, value: Value, n: int) -> Value:
    """value^n by repeated squaring, n >= 1."""
    if n == 1:
        return value
    half = _raised(values, value, n // 2)
    square = values.product(half, half)
    return values.product(square, value) if n % 2 else square


def collected(terms: Iterable[Product]) -> list[Product]:
    """Like terms added up, zeros dropped."""
    sums: dict[tuple[tuple[Value, sp.Rational], ...], sp.Expr] = {}
    for term in terms:
        sums[term.powers] = sums.get(term.powers, sp.S.Zero) + term.coefficient
    return [Product(c, powers) for powers, c in sums.items() if c != 0]


def common(terms: Sequence[Product]) -> Product:
    """The factor that all terms share, with a sign or coefficient they all have."""
    shared = dict(terms[0].powers)
    for term in terms[1:]:
        other = dict(term.powers)
        shared = {v: min(e, other[v], key=abs) for v, e in shared.items() if v in other and (other[v] > 0) == (e > 0)}
    sizes = {abs(t.coefficient) for t in terms}
    size = sizes.pop() if len(sizes) == 1 else sp.S.One
    negative = all(t.coefficient.is_negative for t in terms)
    return Product.of(-size if negative else size, shared)

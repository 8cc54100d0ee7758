"""Sums of exponentials that a quotient or a logarithm meets, with their largest exponent taken out.

This is what a loss and its gradient need. Weighted sums of exponentials, as second derivatives have, stay as they are: there
exponents beyond 700 overflow to not-a-number, and exponents below -700 lose digits.
"""

from __future__ import annotations

import sympy as sp

from wnproof.kernels.product import Product
from wnproof.kernels.values import Peak, Pointwise, Sum, Value, Values


def shifted(values: Values, product: Product) -> Product:
    """The product with exp(w) / sum exp(u) written as exp(w - m) / sum exp(u - m), m the largest u; equal for every m.

    As many exponentials are paired with reciprocal sums as there are of both; what is left over stays.
    """
    powers = dict(product.powers)
    for total, exponent in product.powers:
        terms = _exponents(total)
        free = -exponent if terms is not None and exponent.is_Integer and exponent < 0 else sp.S.Zero
        for value, power in product.powers:
            if not (
                free > 0 and _is_exponential(value) and power.is_Integer and power > 0 and set(total.axes) <= set(value.axes)
            ):
                continue
            assert terms is not None
            largest = values.peak(terms, total.axes)
            paired = min(free, powers[value])
            if paired == 0:
                continue
            changes = {
                value: -paired,
                total: paired,
                _below(values, value.operands[0], largest): paired,
                _sum_below(values, total, terms, largest): -paired,
            }
            for changed, by in changes.items():
                powers[changed] = powers.get(changed, sp.S.Zero) + by
            free -= paired
    return Product.of(product.coefficient, powers)


def logarithm(values: Values, argument: Product) -> tuple[list[Product], Product]:
    """The logarithm of a positive product: the terms that its exponentials and sums of them give, and the rest r of the product.

    log(exp(u)^a r) is a u + log r for an integer a; log(s^b r) is b m + b log(s exp(-m)) + log r for a sum s of exponentials
    with largest exponent m.
    """
    terms: list[Product] = []
    powers = dict(shifted(values, argument).powers)
    for value, exponent in list(powers.items()):
        if not exponent.is_Integer:
            continue
        if _is_exponential(value):
            terms.append(Product.of(exponent, {value.operands[0]: sp.S.One}))
        elif isinstance(value, Sum) and _is_exponential(value.operands[0]):
            inner = _exponents(value)
            if inner is not None:
                largest = values.peak(inner, value.axes)
                terms.append(Product.of(exponent, {largest: sp.S.One}))
                value_below = _sum_below(values, value, inner, largest)
            else:
                value_below = value  # its largest exponent is 0 already
            terms.append(Product.of(exponent, {values.pointwise("log", value_below): sp.S.One}))
        else:
            continue
        del powers[value]
    return terms, Product.of(argument.coefficient, powers)


def _is_exponential(value: Value) -> bool:
    return isinstance(value, Pointwise) and value.function == "exp"


def _exponents(total: Value) -> Value | None:
    """u of sum exp(u); None for any other value, and for one whose largest exponent is taken out already."""
    if not (isinstance(total, Sum) and _is_exponential(total.operands[0])):
        return None
    (u,) = total.operands[0].operands
    below = isinstance(u, Pointwise) and u.function == "subtract" and isinstance(u.operands[1], Peak)
    return None if below else u


def _below(values: Values, u: Value, largest: Value) -> Value:
    """exp(u - m)."""
    return values.pointwise("exp", values.pointwise("subtract", u, largest))


def _sum_below(values: Values, total: Value, u: Value, largest: Value) -> Value:
    """sum exp(u - m)."""
    return values.sum(_below(values, u, largest), total.axes)

"""Sums of exponentials that a quotient or a logarithm meets, with their largest exponent taken out.

A loss and its gradient need exp(w) / sum exp(u); second derivatives also sum exp(u) w / sum exp(u), which is treated alike.
"""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

from wnproof.kernels.product import Product
from wnproof.kernels.values import Number, Peak, Pointwise, Sum, Value, Values

Weighted = Callable[[Value, Value, Value], Product | None]


def shifted(values: Values, product: Product, weighted: Weighted) -> Product:
    """The product with exp(w) / sum exp(u) written as exp(w - m) / sum exp(u - m), m the largest u; equal for every m.

    As many exponentials are paired with reciprocal sums as there are of both; what is left over stays.

    Args:
        values: the program.
        product: the factors.
        weighted: (total, u, e) -> the sum of exp(u) w that ``total`` is, with e in the place of exp(u); None for another total.
    """
    for total, exponent in product.powers:
        terms = _exponents(total)
        free = -exponent if terms is not None and exponent.is_Integer and exponent < 0 else sp.S.Zero
        for value, power in product.powers:
            if not (free > 0 and power.is_Integer and power > 0 and set(total.axes) <= set(value.axes)):
                continue
            assert terms is not None
            largest = values.peak(terms, total.axes)
            if _is_exponential(value):
                below: Product | None = Product.of(sp.S.One, {_below(values, value.operands[0], largest): sp.S.One})
            else:
                below = weighted(value, terms, _below(values, terms, largest))
            paired = min(free, dict(product.powers).get(value, sp.S.Zero))
            if below is None or paired == 0:
                continue
            changes = {value: -paired, total: paired, _sum_below(values, total, terms, largest): -paired}
            product = product.times(Product.of(sp.S.One, changes)).times(below.power(paired))
            free -= paired
    return product


def one_plus(total: Value) -> Value | None:
    """exp(u), when the value is 1 + exp(u)."""
    if not (isinstance(total, Pointwise) and total.function == "add"):
        return None
    number, other = sorted(total.operands, key=lambda v: not isinstance(v, Number))
    return other if isinstance(number, Number) and number.expr == 1 and _is_exponential(other) else None


def logarithm(values: Values, argument: Product, weighted: Weighted) -> tuple[list[Product], Product]:
    """The logarithm of a positive product: the terms that its exponentials and sums of them give, and the rest r of the product.

    log(exp(u)^a r) is a u + log r for an integer a; log(s^b r) is b m + b log(s exp(-m)) + log r for a sum s of exponentials
    with largest exponent m.
    """
    terms: list[Product] = []
    powers = dict(shifted(values, argument, weighted).powers)
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

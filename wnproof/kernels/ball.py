"""A plan in ball arithmetic: every number a midpoint with a radius, every result a ball that holds the exact one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import flint
import numpy as np
import sympy as sp
from numpy.typing import NDArray

from wnproof.errors import WnproofError
from wnproof.graph.encode import OutOfFragment
from wnproof.kernels.plan import Plan
from wnproof.kernels.replay import Arithmetic, replay

_BITS_AT_MOST = 100_000


def enclosed(plan: Plan, theta: Any, data: Mapping[str, Any], bits: int = 64) -> NDArray[np.object_]:
    """Balls (flint.arb) that hold the program's exact values, in the shape of the kernel's result.

    Args:
        plan: the program.
        theta: (P,) floats, taken as the exact numbers they are, Fractions, or balls: then the results hold the values at every
            point of the box, slopes of kinks inside it included.
        data: data leaf -> array in the leaf's axes, of such numbers.
        bits: working precision.

    Raises: WnproofError E-VALUE for a precision or entry that is none, E-FRAGMENT for a number of
        another kind than roots, powers of e and multiples of pi.
    """
    if not 2 <= bits <= _BITS_AT_MOST:
        raise WnproofError("E-VALUE", f"{bits} bits are not between 2 and {_BITS_AT_MOST}")
    theta = np.asarray(theta, dtype=object)
    parts = {name: part for name, _, part in plan.quantity.arguments.layout}
    blocks = {leaf.name: theta[parts[leaf.name]].reshape(plan.shape(leaf.leaf_axes)) for leaf in plan.parameters}
    with flint.ctx.workprec(bits):
        found = replay(plan, {**data, **blocks}, arithmetic=BALLS)
    if not plan.quantity.flat:
        return found[0]
    kept = plan.result_shape[1:]
    return np.concatenate([block.reshape(-1, *kept) for block in found])


def _ball(x: Any) -> Any:
    """A given number as a ball; a float is the dyadic number that it is."""
    if isinstance(x, Fraction):
        return flint.arb(flint.fmpq(x.numerator, x.denominator))
    if isinstance(x, sp.Expr):
        return _number(x)
    try:
        return x if isinstance(x, flint.arb) else flint.arb(x.item() if isinstance(x, np.generic) else x)
    except (TypeError, ValueError):
        raise WnproofError("E-VALUE", f"{str(x)[:40]!r} is no real number") from None


def _number(expr: sp.Expr) -> Any:
    """A ball that holds an exact number."""
    if expr.is_Rational:
        return flint.arb(flint.fmpq(int(expr.p), int(expr.q)))
    if expr is sp.pi:
        return flint.arb.pi()
    if isinstance(expr, sp.exp) or expr is sp.E:
        return _number(expr.args[0] if expr.args else sp.S.One).exp()
    parts = [_number(a) for a in expr.args]
    if expr.is_Add:
        return sum(parts, flint.arb(0))
    if expr.is_Mul:
        product = flint.arb(1)
        for part in parts:
            product *= part
        return product
    if expr.is_Pow and expr.exp.is_Rational:
        return parts[0] ** parts[1]
    raise OutOfFragment(str(expr))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "negative": lambda a: -a,
    "reciprocal": lambda a: 1 / a,
    "square": lambda a: a**2,
    "power": lambda a, b: a**b,
    "sqrt": lambda a: a.sqrt(),
    "exp": lambda a: a.exp(),
    "log": lambda a: a.log(),
    "tanh": lambda a: a.tanh(),
    "erf": lambda a: a.erf(),
    "softplus": lambda a: a.exp().log1p(),
    "absolute": abs,
    "sign": lambda a: a.sgn(),
    "maximum": lambda a, b: a.max(b),
    "minimum": lambda a, b: a.min(b),
}
BALLS = Arithmetic(_ball, FUNCTIONS)

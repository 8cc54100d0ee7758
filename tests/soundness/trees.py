"""Random expressions and plausible rewrites of them, right and wrong, as a user would write them in SymPy."""

from __future__ import annotations

import sympy as sp

SYMBOLS = sp.symbols("x y z", real=True)
NUMBERS = [sp.Rational(s) for s in ("-2", "-1", "-1/2", "1/3", "1", "2", "3")]
POWERS = [sp.Rational(s) for s in ("-1", "-2", "1/2", "-1/2", "2/3", "3/2")]


def expression(rng, depth):
    """A tree of this depth or less; bases of roots and logarithms are mostly positive."""
    if depth == 0 or rng.random() < 0.15:
        return rng.choice(SYMBOLS) if rng.random() < 0.8 else rng.choice(NUMBERS)
    a, b = (expression(rng, depth - 1) for _ in range(2))
    positive = a**2 + rng.choice(NUMBERS[3:])
    kind = rng.randrange(14)
    if kind < 3:
        return (a + b, a * b, a - b)[kind]
    if kind == 3:
        return a ** rng.choice((2, 3))
    if kind == 4:
        return positive ** rng.choice(POWERS)
    if kind == 5:
        return sp.sqrt(a**2)
    if kind == 6:
        return (sp.tanh, sp.exp, sp.tanh)[rng.randrange(3)](a) if depth < 3 else sp.tanh(a)
    if kind == 7:
        return sp.log(positive)
    if kind < 10:
        return sp.Max(a, b) if rng.random() < 0.5 else sp.Max(a, 0)
    if kind < 12:
        return sp.Min(a, b) if rng.random() < 0.5 else sp.Abs(a)
    return sp.Max(a, a * rng.choice(NUMBERS)) if kind == 12 else sp.Max(a, 0) ** 2


def rewritten(expr, rng):
    """The expression with one place changed into what may be the same."""
    if not expr.args or expr.is_number:
        return expr if rng.random() < 0.8 else expr + rng.choice(NUMBERS)
    if rng.random() < 0.4:
        k = rng.randrange(len(expr.args))
        if not (expr.is_Pow and k == 1):
            args = list(expr.args)
            args[k] = rewritten(args[k], rng)
            return expr.func(*args)
    a = expr.args[0]
    b = expr.args[1] if len(expr.args) > 1 else a
    choices = [-expr, expr + a, 2 * expr]
    if isinstance(expr, sp.Max):
        choices += [(a + b + sp.Abs(a - b)) / 2, a + sp.Max(b - a, 0), -sp.Min(-a, -b), sp.Max(a, b), a, a - sp.Min(a - b, 0)]
    if isinstance(expr, sp.Min):
        choices += [(a + b - sp.Abs(a - b)) / 2, b - sp.Max(b - a, 0), -sp.Max(-a, -b), a + b - sp.Max(a, b), sp.Min(a, a + b)]
    if isinstance(expr, sp.Abs):
        choices += [sp.sqrt(a**2), sp.Max(a, -a), 2 * sp.Max(a, 0) - a, a, a**2 / sp.Abs(a), sp.Max(a, 0)]
    if expr.is_Add:
        choices += [sp.expand(expr), expr - a + sp.Abs(a), sp.Max(expr, 0) - sp.Max(-expr, 0), expr - b]
    if expr.is_Mul:
        choices += [sp.expand(expr), expr / a * sp.Max(a, 0), sp.sign(sp.Integer(1)) * expr, -((-a) * (expr / a))]
    if expr.is_Pow:
        choices += [sp.sqrt(expr**2), sp.expand(expr), a * a ** (b - 1), (4 * a) ** b / 4, sp.Abs(expr), a]
    if isinstance(expr, sp.exp):
        choices += [sp.exp(a / 2) ** 2, 1 / sp.exp(-a), 1 + a, sp.exp(sp.expand(a))]
    if isinstance(expr, sp.log):
        choices += [sp.log(sp.sqrt(a)) * 2, -sp.log(1 / a), sp.log(a**2), sp.log(2 * a) - sp.log(sp.Integer(2))]
    if isinstance(expr, sp.tanh):
        choices += [-sp.tanh(-a), sp.tanh(sp.Abs(a)), 1 - 2 / (sp.exp(2 * a) + 1), a]
    return rng.choice(choices)

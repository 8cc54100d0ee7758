"""Expressions that a user declares: SymPy in named real symbols, exact, of bounded size; a string is code and is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

from wnproof.errors import WnproofError

KINKED = (sp.Max, sp.Min, sp.Abs, sp.Piecewise)
JUMPING = (sp.sign, sp.Heaviside, sp.floor, sp.ceiling, sp.frac, sp.Mod, sp.DiracDelta, sp.re, sp.im, sp.arg, sp.conjugate)
POWER_LIMIT = 64
NODE_LIMIT = 10_000


def expression(value: Any, what: str, functions: Iterable[sp.FunctionClass] = ()) -> sp.Expr:
    """The value as an exact real SymPy expression.

    Args:
        value: a SymPy expression or an int.
        what: what it declares, for messages.
        functions: the undefined functions that may occur, such as ``norm``.

    Raises: WnproofError E-VALUE (text, infinities, unknown functions), E-FLOAT, E-SIZE, E-SYMBOL (a symbol that stands for less
    than every real number, so that SymPy has already used what need not hold).

    >>> expression(0.1 * sp.Symbol("z"), "sigma")
    Traceback (most recent call last):
    ...
    wnproof.errors.WnproofError: [E-FLOAT] sigma holds the float 0.1; write 1/10 as sp.Rational(1, 10)
    """
    if isinstance(value, bool) or not isinstance(value, sp.Expr | int):
        raise WnproofError("E-VALUE", f"{what} is {value!r}, no expression", help="write a SymPy expression, not text")
    expr = sp.S(value)
    floats = sorted(expr.atoms(sp.Float))
    if floats:
        written = sp.Rational(str(floats[0]))
        number = f"{float(floats[0])!r}"
        raise WnproofError(
            "E-FLOAT", f"{what} holds the float {number}", help=f"write {written} as sp.Rational({written.p}, {written.q})"
        )
    if expr.has(sp.nan, sp.zoo, sp.oo, -sp.oo, sp.I):
        raise WnproofError("E-VALUE", f"{what} = {expr} is no finite real expression")
    unknown = sorted({str(f.func) for f in expr.atoms(AppliedUndef) if f.func not in set(functions)})
    if unknown:
        raise WnproofError("E-VALUE", f"{what} = {expr} holds the undefined function {unknown[0]}")
    size = sum(1 for _, _ in zip(sp.preorder_traversal(expr), range(NODE_LIMIT + 1), strict=False))
    steep = [p for p in expr.atoms(sp.Pow) if p.exp.is_Rational and max(abs(p.exp.p), p.exp.q) > POWER_LIMIT]
    if size > NODE_LIMIT or steep:
        limit = f"a power beyond {POWER_LIMIT}" if steep else f"more than {NODE_LIMIT} operations"
        raise WnproofError("E-SIZE", f"{what} has {limit}")
    for symbol in sorted(expr.free_symbols, key=str):
        if symbol not in (sp.Symbol(symbol.name), sp.Symbol(symbol.name, real=True)):
            raise WnproofError(
                "E-SYMBOL",
                f"{what} is written in {symbol}, which is not every real number",
                help="use a symbol with real=True alone",
            )
    return expr


def renamed(expr: sp.Expr, own: Mapping[str, sp.Symbol], what: str) -> sp.Expr:
    """The expression with each symbol replaced by the own one of its name; own symbols stay.

    Raises: WnproofError E-SYMBOL for any other symbol.

    >>> x = sp.Symbol("x", real=True)
    >>> renamed(sp.sqrt(sp.Symbol("z") ** 2), {"z": x}, "sigma")
    Abs(x)
    """
    given = {s: s if s in own.values() else own.get(s.name) for s in expr.free_symbols}
    foreign = sorted(str(s) for s, mine in given.items() if mine is None)
    if foreign:
        raise WnproofError("E-SYMBOL", f"{what} = {expr} is written in {foreign[0]!r}", help=f"its symbols are {', '.join(own)}")
    return expr.xreplace(given)


def titled(name: Any, what: str) -> str:
    """The name of a declaration: one line of text.

    Raises: WnproofError E-VALUE.
    """
    if not (isinstance(name, str) and name.strip() and name.isprintable() and len(name) <= 60):
        raise WnproofError("E-VALUE", f"{what} is called {name!r}", help="give a name of one line, at most 60 characters")
    return name

"""Plain SymPy expressions as graph nodes: symbols become leaves of their own, Max, Min, Abs and Piecewise become kinks."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import sympy as sp

from wnproof.claims.pieces import continuous
from wnproof.errors import WnproofError
from wnproof.graph.kink import Pw
from wnproof.graph.nodes import Node, argument, leaf, pointwise

SYMBOL_LIMIT = 64
_SIGNS = {
    "positive": (">", 1),
    "negative": (">", -1),
    "nonnegative": (">=", 1),
    "nonpositive": (">=", -1),
    "nonzero": ("!=", 1),
}
_RELATIONS = {sp.StrictGreaterThan: ">", sp.GreaterThan: ">=", sp.Equality: "=", sp.Unequality: "!="}


def node_of(expr: sp.Expr | int | Fraction) -> Node:
    """The expression as a node; every symbol stands for a real number and becomes a leaf of its name.

    The symbols' own assumptions are left to ``assumptions``.

    Raises: WnproofError E-FLOAT, E-VALUE (strings, infinities), E-SIZE.

    >>> x = sp.Symbol("x")
    >>> node_of(sp.Max(0, x) + sp.Abs(x)).expr
    Pw(_0, 1, -1, 1) + Pw(_0, 1, 0, 1)
    """
    expr = _expression(expr)
    symbols = sorted(expr.free_symbols, key=lambda s: s.name)
    bare = expr.xreplace({s: sp.Symbol(s.name) for s in symbols}).replace(lambda e: isinstance(e, sp.Piecewise), continuous)
    own = {sp.Symbol(s.name): argument(k) for k, s in enumerate(symbols)}
    return pointwise(_kinks(bare.xreplace(own)), *(leaf(s.name) for s in symbols))


def assumptions(expressions: Iterable[sp.Basic]) -> list[tuple[str, Node]]:
    """What the symbols' own assumptions say (positive, nonzero, ...), as relations to zero.

    Raises: WnproofError E-SYMBOL for two symbols of one name, and for an assumption that no relation to zero says.

    >>> assumptions([sp.Symbol("c", positive=True)])[0][0]
    '>'
    """
    symbols = sorted({s for e in expressions for s in e.free_symbols}, key=lambda s: s.name)
    names = [s.name for s in symbols]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise WnproofError("E-SYMBOL", f"two symbols are called {twice!r}", help="use one symbol, with one set of assumptions")
    found = []
    for symbol in symbols:
        for assumption, (kind, sign) in _SIGNS.items():
            if symbol == sp.Symbol(symbol.name, **{assumption: True}):
                found.append((kind, pointwise(sign * argument(0), leaf(symbol.name))))
                break
        else:
            if symbol not in (sp.Symbol(symbol.name), sp.Symbol(symbol.name, real=True)):
                raise WnproofError(
                    "E-SYMBOL", f"{symbol} is not a real symbol", help="declare it with real=True and say more in where"
                )
    return found


def _expression(value: Any) -> sp.Expr:
    """The value as a SymPy expression without floats; a string is code to SymPy and is refused."""
    if not isinstance(value, sp.Expr | int | Fraction | float) or isinstance(value, bool):
        raise WnproofError("E-VALUE", f"{value!r} is no expression", help="write a SymPy expression, an int or a Fraction")
    expr = sp.S(value)
    if expr.has(sp.Float):
        raise WnproofError("E-FLOAT", f"{expr} holds a float", help="write it as a rational number")
    if expr.has(sp.nan, sp.zoo, sp.oo, -sp.oo, sp.I):
        raise WnproofError("E-VALUE", f"{expr} is no finite real expression")
    if len(expr.free_symbols) > SYMBOL_LIMIT:
        raise WnproofError("E-SIZE", f"{len(expr.free_symbols)} symbols in one expression, limit {SYMBOL_LIMIT}")
    return expr


def relation(condition: sp.Rel) -> tuple[str, Node]:
    """A SymPy relation as (relation to zero, node).

    >>> x = sp.Symbol("x")
    >>> relation(x < 1)[0], relation(x < 1)[1].expr
    ('>', 1 - _0)
    """
    if not isinstance(condition, sp.Rel):
        raise WnproofError(
            "E-VALUE", f"{condition!r} is no relation", help="write x > 0, sp.Eq(x, 0), ...; python == compares structure"
        )
    canonical = condition.reversed if isinstance(condition, sp.StrictLessThan | sp.LessThan) else condition
    return _RELATIONS[type(canonical)], node_of(canonical.lhs - canonical.rhs)


def _kinks(expr: sp.Expr) -> sp.Expr:
    """Max(a, b) = a + [b - a]_+, Min(a, b) = a - [a - b]_+, |a| as a two-sided power; innermost first."""
    if not expr.args:
        return expr
    if isinstance(expr, sp.Max | sp.Min):
        first, *others = (_kinks(a) for a in sorted(expr.args, key=sp.default_sort_key))
        for other in others:
            first = first + Pw(other - first, 1, 0, 1) if isinstance(expr, sp.Max) else first - Pw(first - other, 1, 0, 1)
        return first
    args = [_kinks(a) for a in expr.args]
    return Pw(args[0], 1, -1, 1) if isinstance(expr, sp.Abs) else expr.func(*args)

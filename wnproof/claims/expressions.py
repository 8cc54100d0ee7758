"""Plain SymPy expressions as graph nodes: symbols become leaves of their own, Max, Min and Abs become kinks."""

from __future__ import annotations

import sympy as sp

from wnproof.errors import WnproofError
from wnproof.graph.kink import Pw
from wnproof.graph.nodes import Node, argument, leaf, pointwise

_RELATIONS = {sp.StrictGreaterThan: ">", sp.GreaterThan: ">=", sp.Equality: "=", sp.Unequality: "!="}


def node_of(expr: sp.Expr | int) -> Node:
    """The expression as a node; every symbol stands for a real number and becomes a leaf of its name.

    Raises: WnproofError E-FLOAT, E-SYMBOL (a symbol that is declared complex or not commutative).

    >>> x = sp.Symbol("x")
    >>> node_of(sp.Max(0, x) + sp.Abs(x)).expr
    Pw(_0, 1, -1, 1) + Pw(_0, 1, 0, 1)
    """
    expr = sp.S(expr)
    if expr.has(sp.Float):
        number = next(iter(expr.atoms(sp.Float)))
        raise WnproofError("E-FLOAT", f"{expr} holds the float {number}", help="write it as a rational number")
    symbols = sorted(expr.free_symbols, key=lambda s: s.name)
    names = [s.name for s in symbols]
    for symbol in symbols:
        if symbol.is_extended_real is False or not symbol.is_commutative:
            raise WnproofError("E-SYMBOL", f"{symbol} is not a real symbol", help="declare it with real=True")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise WnproofError("E-SYMBOL", f"two symbols are called {twice!r}", help="use one symbol, with one set of assumptions")
    kinked = _kinks(expr).xreplace({s: argument(k) for k, s in enumerate(symbols)})
    return pointwise(kinked, *(leaf(name) for name in names))


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

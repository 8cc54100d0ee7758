"""Continuous piecewise polynomials as sums of Max: each change of piece at t = b is a multiple of t - b."""

from __future__ import annotations

from itertools import pairwise

import sympy as sp
from sympy.logic.boolalg import Boolean

from wnproof.errors import WnproofError

_HELP = "write it with Max, Min or Abs, or state each piece with where"


def continuous(expr: sp.Piecewise) -> sp.Expr:
    """The same function without cases: e_0 + sum_k (e_(k+1) - e_k)/(t - b_k) Max(t - b_k, 0), e_k the piece on the k-th interval.

    All conditions compare one polynomial t in the symbols with rational numbers b, and the pieces meet at t = b.

    Raises: WnproofError E-VALUE for conditions about several functions, pieces that are no polynomials, a jump, a case that no
    condition covers.

    >>> x = sp.Symbol("x", real=True)
    >>> continuous(sp.Piecewise((0, x < 0), (x**2, x < 1), (1, True)))
    x*Max(0, x) + (-x - 1)*Max(0, x - 1)
    """
    relations = sorted({r for _, condition in expr.args for r in condition.atoms(sp.Rel)}, key=sp.default_sort_key)
    if not relations:
        return expr.args[0][0]
    t, places = _places(relations)
    points = sorted(set(places.values()))
    between = [points[0] - 1, *((a + b) / 2 for a, b in pairwise(points)), points[-1] + 1]
    pieces = [_piece(expr, t, places, s) for s in between]
    out = pieces[0]
    for b, left, right in zip(points, pieces, pieces[1:], strict=False):
        at = _piece(expr, t, places, b)
        _slope(at - left, t - b)
        out += _slope(right - left, t - b) * sp.Max(t - b, 0)
    return out


def _places(relations: list[sp.Rel]) -> tuple[sp.Expr, dict[sp.Rel, sp.Rational]]:
    """The polynomial t that all relations are about, and for each the b at which its sides are equal."""
    gaps = [sp.expand(r.lhs - r.rhs) for r in relations]
    t = gaps[0] - gaps[0].as_coeff_Add()[0]
    places = {}
    for r, gap in zip(relations, gaps, strict=True):
        constant, rest = gap.as_coeff_Add()
        ratio = sp.cancel(rest / t)
        if not (ratio.is_Rational and constant.is_Rational and rest.is_polynomial(*rest.free_symbols)):
            what = f"the conditions of a Piecewise compare {t} and {rest} with numbers"
            raise WnproofError("E-VALUE", what, help=f"one polynomial can decide on the pieces; {_HELP}")
        places[r] = -constant / ratio
    return t, places


def _piece(expr: sp.Piecewise, t: sp.Expr, places: dict[sp.Rel, sp.Rational], s: sp.Rational) -> sp.Expr:
    """The piece at t = s."""
    truth: dict[Boolean, Boolean] = {}
    for r, b in places.items():
        rising = sp.cancel(sp.expand(r.lhs - r.rhs - (r.lhs - r.rhs).as_coeff_Add()[0]) / t).is_positive
        truth[r] = r.func(*((s, b) if rising else (b, s)))
    for piece, condition in expr.args:
        if condition.xreplace(truth) is sp.true:
            return piece
    raise WnproofError("E-VALUE", f"no condition of the Piecewise holds at {t} = {s}", help="end it with (expression, True)")


def _slope(change: sp.Expr, gap: sp.Expr) -> sp.Expr:
    """The polynomial change / gap."""
    symbols = sorted(change.free_symbols | gap.free_symbols, key=lambda s: s.name)
    if change.is_polynomial(*symbols):
        quotient, rest = sp.div(change, gap, *symbols)
        if rest == 0:
            return quotient
    raise WnproofError("E-VALUE", f"the pieces differ by {change} where {gap} = 0, or are no polynomials", help=_HELP)

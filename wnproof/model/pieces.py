"""Continuous functions of one real variable in pieces: Max, Min, Abs and Piecewise become kinks ``Pw`` at exact places.

SymPy's own derivatives of Max, Abs and Piecewise are wrong at kinks. Here a function is first cut at its exact, rational breaks
into smooth parts, and then put together again from parts and kinks, one kink a break: the slopes at a break are then exactly
the interval between the slopes on its two sides, and the selected slope is the left one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise

import sympy as sp

from wnproof.errors import WnproofError
from wnproof.graph.kink import Pw
from wnproof.graph.nodes import argument
from wnproof.model.declared import JUMPING, KINKED

_z = argument(0)
_DECLARE = "declare the function on the two sides of 0 with right= and left="


@dataclass(frozen=True)
class Pieces:
    """A function that is ``parts[k]`` between ``breaks[k-1]`` and ``breaks[k]``.

    Attributes:
        breaks: rational numbers in ascending order.
        parts: one smooth expression in ``argument(0)`` more than there are breaks.
    """

    breaks: tuple[sp.Rational, ...]
    parts: tuple[sp.Expr, ...]

    def at(self, point: sp.Rational) -> sp.Expr:
        """The part around a point that is no break."""
        return self.parts[sum(1 for t in self.breaks if t < point)]

    def merged(self) -> Pieces:
        """The same function without the breaks at which nothing changes."""
        kept = [k for k, (a, b) in enumerate(pairwise(self.parts)) if sp.expand(a - b) != 0]
        return Pieces(tuple(self.breaks[k] for k in kept), (*(self.parts[k] for k in kept), self.parts[-1]))

    def joined(self) -> sp.Expr:
        """One expression, with kinks: sum_p d_p [z - t]_+^p a break for polynomials, parts of clipped arguments otherwise.

        >>> Pieces((sp.S(0),), (_z / 10, _z)).joined(), Pieces((sp.S(1),), (sp.S(0), _z - 1)).joined()
        (Pw(_0, 1, 1/10, 1), Pw(_0 - 1, 1, 0, 1))
        """
        if not self.breaks:
            return self.parts[0]
        if all(part.is_polynomial(_z) for part in self.parts):
            return self._polynomials()
        steps = [Pw(_z - t, 1, 0, 1) for t in self.breaks]
        lower = [_z, *(t + step for t, step in zip(self.breaks, steps, strict=True))]
        clipped = [low - step for low, step in zip(lower, [*steps, sp.S.Zero], strict=True)]
        joints = [part.subs(_z, t) for part, t in zip(self.parts[1:], self.breaks, strict=True)]
        return sp.Add(*(part.xreplace({_z: z}) for part, z in zip(self.parts, clipped, strict=True))) - sp.Add(*joints)

    def _polynomials(self) -> sp.Expr:
        first = sp.Poly(self.parts[0], _z)
        terms = {p: c for (p,), c in first.terms()}
        result = []
        for t, (left, right) in zip(self.breaks, pairwise(self.parts), strict=True):
            jump = sp.Poly(sp.expand((right - left).xreplace({_z: _z + t})), _z)
            for (p,), d in jump.terms():
                c = terms.pop(p, sp.S.Zero) if t == 0 else sp.S.Zero
                result.append(Pw(_z - t, c + d, c, p))
        return sp.Add(*result, *(c * _z**p for p, c in terms.items()))

    @property
    def degree(self) -> Fraction | None:
        """p with f(c z) = c^p f(z) for all c > 0, decided for algebraic functions; None for every other one.

        >>> Pieces((sp.S(0),), (sp.S(0), 3 * _z**2)).degree, Pieces((), (_z + 1,)).degree
        (Fraction(2, 1), None)
        """
        if self.breaks not in ((), (0,)):
            return None
        r = sp.Symbol("r", positive=True)
        found: set[sp.Rational] = set()
        for side in (self.parts[0].xreplace({_z: -r}), self.parts[-1].xreplace({_z: r})):
            coefficient, exponent = sp.cancel(side).as_coeff_exponent(r)
            if coefficient.has(r) or not exponent.is_Rational:
                return None
            if coefficient != 0:
                found.add(exponent)
        if len(found) != 1:
            return None
        (degree,) = found
        return Fraction(int(degree.p), int(degree.q))


def cut(expr: sp.Expr, what: str) -> Pieces:
    """The expression in ``argument(0)`` as a continuous function in pieces.

    Raises: WnproofError E-KINK for a break at an irrational or implicit place, for a jump, and for a power without a slope;
    E-VALUE where there is no real value.

    >>> cut(sp.Max(0, _z, 2 * _z - 1), "sigma")
    Pieces(breaks=(0, 1), parts=(0, _0, 2*_0 - 1))
    """
    pieces = _cut(expr, what)
    for t, (left, right) in zip(pieces.breaks, pairwise(pieces.parts), strict=True):
        values = [_value(side, t, what) for side in (left, expr, right)]
        if any(sp.simplify(value - values[0]) != 0 for value in values):
            raise WnproofError(
                "E-KINK", f"{what} jumps at {t}: {', '.join(map(str, values))} before, at and after", help="it must be continuous"
            )
    merged = pieces.merged()
    _check(merged, what)
    return merged


def _check(pieces: Pieces, what: str) -> None:
    """That each part is smooth and real on its own interval, its ends included."""
    ends = [None, *pieces.breaks, None]
    for part, (low, high) in zip(pieces.parts, pairwise(ends), strict=True):
        if part.has(*JUMPING):
            raise WnproofError("E-KINK", f"{what} = {part} has a jump or a hidden kink", help=_DECLARE)
        for power in part.atoms(sp.Pow):
            if power.exp.is_Rational and power.exp < 1 and power.base.is_polynomial(_z) and power.base.has(_z):
                zeros = sp.Poly(power.base, _z).sqf_part().count_roots(low, high)
                if zeros:
                    raise WnproofError("E-KINK", f"{what} has no slope where {power.base} = 0", help=_DECLARE)
        inside = [_between(low, high)] if pieces.breaks else [sp.S.NegativeOne, sp.S.Zero, sp.S.One]
        for point in (*inside, *(end for end in (low, high) if end is not None)):
            _value(part, point, what)


def _cut(expr: sp.Expr, what: str) -> Pieces:
    if not expr.has(*KINKED, Pw):
        return Pieces((), (expr,))
    branches = [pair.expr for pair in expr.args] if isinstance(expr, sp.Piecewise) else list(expr.args)
    inner = [_cut(branch, what) for branch in branches]
    breaks = sorted({t for pieces in inner for t in pieces.breaks})
    for low, high in list(pairwise([None, *breaks, None])):
        parts = [pieces.at(_between(low, high)) for pieces in inner]
        breaks.extend(t for switch in _switches(expr, parts) for t in _roots(switch, low, high, what))
    breaks = sorted(set(breaks))
    points = [_between(low, high) for low, high in pairwise([None, *breaks, None])]
    return Pieces(tuple(breaks), tuple(_selected(expr, [pieces.at(x) for pieces in inner], x, what) for x in points))


def _between(low: sp.Rational | None, high: sp.Rational | None) -> sp.Rational:
    """A rational point inside the interval; None stands for infinity."""
    if low is None:
        return sp.S.One if high is None else high - 1
    return low + 1 if high is None else (low + high) / 2


def _switches(expr: sp.Expr, parts: Sequence[sp.Expr]) -> list[sp.Expr]:
    """The expressions whose signs decide which smooth function this is."""
    if isinstance(expr, sp.Max | sp.Min):
        return [a - b for a, b in combinations(parts, 2)]
    if isinstance(expr, sp.Piecewise):
        return [c.lhs - c.rhs for pair in expr.args for c in sorted(pair.cond.atoms(sp.Rel), key=sp.default_sort_key)]
    return [parts[0]] if isinstance(expr, sp.Abs | Pw) else []


def _roots(switch: sp.Expr, low: sp.Rational | None, high: sp.Rational | None, what: str) -> list[sp.Rational]:
    """The roots inside an open interval; all of them must be rational."""
    expanded = sp.expand(switch)
    if not expanded.has(_z):
        return []
    poly = sp.Poly(expanded, _z) if expanded.is_polynomial(_z) else None
    if poly is None or not all(c.is_Rational for c in poly.coeffs()):
        raise WnproofError(
            "E-KINK", f"{what} has a kink where {expanded} = 0, no polynomial with rational numbers", help=_DECLARE
        )
    rational = [t for t in poly.ground_roots() if (low is None or t >= low) and (high is None or t <= high)]
    if len(rational) != poly.sqf_part().count_roots(low, high):
        raise WnproofError("E-KINK", f"{what} has a kink where {expanded} = 0, at an irrational place", help=_DECLARE)
    return rational


def _selected(expr: sp.Expr, parts: Sequence[sp.Expr], x: sp.Rational, what: str) -> sp.Expr:
    """The smooth function that the expression is around a point x between breaks."""
    if isinstance(expr, sp.Max | sp.Min):
        best = parts[0]
        for part in parts[1:]:
            larger = sp.expand(part - best).subs(_z, x) > 0
            best = part if larger == isinstance(expr, sp.Max) else best
        return best
    if isinstance(expr, sp.Abs):
        return parts[0] if parts[0].subs(_z, x) > 0 else -parts[0]
    if isinstance(expr, Pw):
        z, right, left, p = parts
        return (right if z.subs(_z, x) > 0 else left) * z**p
    if isinstance(expr, sp.Piecewise):
        for part, pair in zip(parts, expr.args, strict=True):
            if pair.cond.subs(_z, x) == sp.true:
                return part
        raise WnproofError("E-VALUE", f"{what} = {expr} has no value at {x}", help="end the Piecewise with (..., True)")
    return expr.func(*parts)


def _value(expr: sp.Expr, point: sp.Rational, what: str) -> sp.Expr:
    value = expr.subs(_z, point)
    if value.has(sp.nan, sp.zoo, sp.oo, -sp.oo) or value.is_real is False:
        raise WnproofError("E-VALUE", f"{what} has no real value at {point}", help="it must be a function of every real number")
    return value

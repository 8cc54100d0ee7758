"""An upper bound of a form on the unit sphere by sums of squares, proved where it rounds to exact ones, beside the largest value
that a search attains.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

import sympy as sp

from wnproof.derive.sphere import SphereProblem
from wnproof.errors import WnproofError
from wnproof.graph.nodes import Node, argument, leaf, pointwise
from wnproof.graph.quantity import exact
from wnproof.graph.statement import AtLeast
from wnproof.kkt.derivatives import check
from wnproof.kkt.eigenpairs import Homotopy
from wnproof.kkt.form import count_classes
from wnproof.kkt.multistart import Multistart
from wnproof.kkt.points import KKTPoint, KKTSet
from wnproof.prove.decide import decide
from wnproof.prove.sos import Monomial, square_bound
from wnproof.verdict import Rigor, Verdict, undecided

SEARCH = Multistart(starts=20)
CLASSES = 400  # of a form whose largest value is found by counting instead
TIGHT = Fraction(1, 10**6)
SLACKS = tuple(Fraction(1, 10**k) for k in (9, 8, 7, 5))
VARIABLES = 8  # more make the exact sum of squares too large


@dataclass(frozen=True)
class Bound:
    """A number that N does not exceed on |u| = 1.

    Attributes:
        value: the bound, exact; None when the solver found none. Where the verdict is undecided, the solver's answer with its own
            errors added, no more certain than the float.
        gap: the bound minus the largest value that a search attains: where it is zero the maximum is global, see ``label``.
        residual: how much was added to the solver's optimum.
        verdict: proved: value |u|^m >= N(u), of odd m the like in one more variable; undecided: the number did not round to a sum
            of squares with rational coefficients.
    """

    value: Fraction | None
    gap: float
    residual: float
    verdict: Verdict

    @property
    def float_value(self) -> float:
        """The bound as a float; infinite when there is none."""
        return math.inf if self.value is None else float(self.value)

    def label(self, found: KKTSet) -> KKTSet:
        """The list with ``global_gap`` at the enclosed points whose values come within a millionth of the bound.

        Where the bound is not shown, or a larger value is not excluded, nothing is labelled.

        >>> from wnproof.derive.sphere import sphere_problem
        >>> from wnproof.kkt.eigenpairs import Homotopy
        >>> x, y = sp.symbols("x y")
        >>> problem = sphere_problem(x**4 + 2*y**4, (x, y))
        >>> [p.global_gap is not None for p in upper_bound(problem).label(Homotopy().solve(problem))]
        [True, True, False, False, False, False, False, False]
        """
        return replace(found, points=tuple(replace(point, global_gap=self._gap_to(point)) for point in found))

    def _gap_to(self, point: KKTPoint) -> Fraction | None:
        if self.value is None or point.value_range is None or not self.verdict.reaches(Rigor.PROVED):
            return None
        gap = self.value - point.value_range[0]
        return gap if gap <= TIGHT * abs(self.value) else None

    def __repr__(self) -> str:
        return f"Bound: N <= {self.float_value:.12g} on |u| = 1, gap {self.gap:.1e}, residual {self.residual:.1e}; {self.verdict}"


def upper_bound(problem: SphereProblem) -> Bound:
    """The least g for which ``g |u|^m - N(u)`` is a sum of squares, as an upper bound of N on |u| = 1.

    Of odd degree m, ``x0 N(u)`` of degree m + 1 is bounded in one more variable: its maximum is that of N times
    ``sqrt(m^m / (m+1)^(m+1))``. Coefficients are divided by the largest one before the solver sees them. The bound is
    then moved up by 1e-9 of itself, or up to 1e-5, until it is an exact sum of squares: then it is proved.

    Raises:
        WnproofError: E-KINK when N is no polynomial, E-VALUE for rows on spheres of their own or a tensor without value, E-SIZE
            when the semidefinite program would be too large.

    >>> from wnproof.derive.sphere import sphere_problem
    >>> x, y = sp.symbols("x y")
    >>> bound = upper_bound(sphere_problem(x**4 + 2*y**4, (x, y)))
    >>> round(bound.float_value, 6), bound.gap < 1e-6, bound.verdict.rigor
    (2.0, True, Rigor.PROVED)
    """
    coefficients = _coefficients(problem)
    subject = f"an upper bound: {problem}"
    if not coefficients:
        return Bound(Fraction(0), 0.0, 0.0, undecided(subject, "degenerate (W-ZERODATA): N is identically zero"))
    largest = max(abs(c) for c in coefficients.values())
    degree, variables = int(problem.degree), problem.size
    form = {monomial: float(c / largest) for monomial, c in coefficients.items()}
    share = 1.0
    if degree % 2:
        form = {(1, *monomial): c for monomial, c in form.items()}
        share = math.sqrt(Fraction(degree**degree, (degree + 1) ** (degree + 1)))
        degree, variables = degree + 1, variables + 1
    found = square_bound(form, variables, degree)
    if found is None:
        return Bound(None, math.inf, math.inf, undecided(subject, "solver-failed: Clarabel found no optimum"))
    value = largest * Fraction(math.nextafter(found.repaired / share, math.inf))
    residual = float(largest) * (found.residual + found.deficit) / share
    listed = (Homotopy() if count_classes(problem.size, int(problem.degree)) <= CLASSES else SEARCH).solve(problem)
    attained = max((entry.value for entry in (*listed, *listed.families)), default=-math.inf)
    for slack in SLACKS if problem.size <= VARIABLES else ():
        bound = value + abs(value) * slack
        if (verdict := decide(_stated(problem, bound))).rigor is Rigor.PROVED:
            return Bound(bound, float(bound) - attained, residual + float(bound - value), verdict)
    gap = float(value) - attained
    reason = (
        f"float bound {float(value):.12g}: gap {gap:.2g} to the largest value found, residual {residual:.2g}; "
        "it did not round to an exact sum of squares"
    )
    return Bound(value, gap, residual, undecided(subject, reason))


def _stated(problem: SphereProblem, value: Fraction) -> AtLeast:
    """The inequality from which the bound follows: of odd m, g |(x0, u)|^(m+1) >= x0 N(u) at x0 = t gives N(u) <= g (t^2 +
    1)^((m+1)/2) / t = value on |u| = 1, which is least near t = m^(-1/2).
    """
    degree, variables = int(problem.degree), list(problem.variables)
    if degree % 2 == 0:
        return AtLeast(_power(value, variables, degree), _node(problem.expression, variables))
    more = sp.Symbol("x0", real=True)
    t = Fraction(1 / math.sqrt(degree)).limit_denominator(10**6)
    share = (t**2 + 1) ** ((degree + 1) // 2) / t
    sides = _power(value / share, [more, *variables], degree + 1), _node(more * problem.expression, [more, *variables])
    return AtLeast(*sides)


def _power(factor: Fraction, variables: list[sp.Symbol], degree: int) -> Node:
    return _node(exact(factor) * sp.Add(*(x**2 for x in variables)) ** (degree // 2), variables)


def _node(expr: sp.Expr, variables: list[sp.Symbol]) -> Node:
    own = {x: argument(k) for k, x in enumerate(variables)}
    return pointwise(expr.xreplace(own), *(leaf(x.name) for x in variables))


def _coefficients(problem: SphereProblem) -> dict[Monomial, Fraction]:
    """Exponents -> coefficient of N, exactly."""
    check(problem)
    try:
        poly = sp.Poly(problem.expression, *problem.variables, domain="QQ")
    except sp.PolynomialError:
        raise WnproofError(
            "E-KINK",
            "N is no polynomial, so no sum of squares bounds it",
            help="give a form, or a network with the linear activation",
        ) from None
    return {monomial: Fraction(int(c.p), int(c.q)) for monomial, c in poly.terms() if c}

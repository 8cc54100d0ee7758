"""Kumar and Haupt (arXiv 2403.08121, 2402.09226) on iris: an enclosed arrival at a KKT point, bounds of a largest eigenvalue."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp

from wnproof.arrival.enclosure import enclose_arrival
from wnproof.claims.claim import claim
from wnproof.claims.engine import ByEngine
from wnproof.claims.statements import at_least, every
from wnproof.derive.ncf import ncf
from wnproof.graph.statement import Statement
from wnproof.kkt.points import Kind
from wnproof.kkt.solve import kkt_points
from wnproof.model.activations import polynomial_relu
from wnproof.model.datasets import iris
from wnproof.model.network import Network
from wnproof.verdict import Rigor

LARGEST, SMALLEST = (sp.Rational(43185, 100), sp.Rational(43186, 100)), (sp.Rational(-602909, 100), sp.Rational(-602908, 100))


@claim(
    "kumar-haupt-2024/enclosed-arrival",
    source="[paper] arXiv 2403.08121 for the statement; this case is enclosed, with a basin derived from first principles",
    requires=Rigor.CERTIFIED,
)
def enclosed_arrival(radius: float = 1e-3) -> ByEngine:
    """One neuron with sigma(z) = z^2 and a trained outer weight (L = 3), petal length and width of iris: every direction within
    1/1000 of a start that is 0.5 away converges under h' = grad N(h) - L N(h) h to one strict maximum of N, a KKT point with
    N > 0; a start on the other side goes to the other one, so the limit depends on the start.

    Taylor polynomials with exactly bounded defects until the ball is in a basin where the sphere's Hessian is negative.
    """
    problem = ncf(Network((2, 1, 1), polynomial_relu(2, 1)), iris(("petal_length", "petal_width")))
    first, second = [point for point in kkt_points(problem) if point.kind is Kind.MAXIMUM and point.value > 1]
    away = np.array([0.3, -0.4, 0.2])
    found, other = (enclose_arrival(problem, point.u + away, point, radius=radius) for point in (first, second))
    apart = float(np.linalg.norm(first.u - second.u)) > 2 * (found.basin + other.basin)
    both = other.verdict.rigor is Rigor.CERTIFIED
    wrong = (
        ("every start reaches the same KKT point", both and apart),
        ("the start is in the basin already", float(np.linalg.norm(away)) > 2 * found.basin and found.steps > 0),
    )
    return ByEngine(found.verdict, wrong)


@claim(
    "kumar-haupt-2h-2024/eigenvalues-of-iris",
    source="[paper] arXiv 2402.09226 for the setting; the bounds for these data are derived",
    controls={
        "N <= 431.84 |u|^2": dict(largest=(sp.Rational(43183, 100), sp.Rational(43184, 100))),
        "N reaches 431.87 |u|^2": dict(largest=(sp.Rational(43187, 100), sp.Rational(43188, 100))),
        "N >= 0: every KKT point is non-negative": dict(smallest=(sp.S.Zero, sp.S.Zero)),
        "N >= -6029.08 |u|^2": dict(smallest=(sp.Rational(-602908, 100), sp.Rational(-602907, 100))),
    },
)
def eigenvalues(largest: tuple[sp.Expr, sp.Expr] = LARGEST, smallest: tuple[sp.Expr, sp.Expr] = SMALLEST) -> Statement:
    """sigma(z) = z^2, all 150 rows of iris with four features, setosa against the rest: N(u) = u^T (sum_i y_i x_i x_i^T) u, whose
    KKT points are the eigenvectors, has its largest value on the sphere between 431.85 and 431.86, and its smallest between
    -6029.09 and -6029.08.

    The bounds for every u as sums of squares; that they are nearly reached, at rational vectors.
    """
    problem = ncf(Network((4, 1, 1), polynomial_relu(2, 1), fixed={"W2": [[1]]}), iris())
    points = kkt_points(problem)
    u = problem.variables
    N, square = sp.expand(problem.expression), sp.Add(*(s**2 for s in u))
    parts: list[Statement] = [at_least(largest[1] * square, N), at_least(N, smallest[0] * square)]
    for point, bound, sign in ((points[0], largest[0], 1), (points[-1], smallest[1], -1)):
        near = [sp.Rational(Fraction(float(x)).limit_denominator(10**6)) for x in point.u]
        at = dict(zip(u, near, strict=True))
        parts.append(at_least(sign * N.subs(at), sign * bound * square.subs(at)))
    return every(*parts)

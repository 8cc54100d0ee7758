"""KKT points of a form: one complex class of eigenvectors after the other by a homotopy, each enclosed, and counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial

import numpy as np
from flint import arb, ctx, fmpq

from wnproof.derive.sphere import SphereProblem
from wnproof.errors import WnproofError
from wnproof.kkt.classes import Classes, classes_of, exact_end
from wnproof.kkt.derivatives import Vector
from wnproof.kkt.family import Family
from wnproof.kkt.form import Form
from wnproof.kkt.inertia import negative_eigenvalues
from wnproof.kkt.krawczyk import PRECISION, Box
from wnproof.kkt.landscape import SAME_POINT, SAME_SINGULAR_POINT, SAME_VALUE
from wnproof.kkt.multistart import Multistart
from wnproof.kkt.points import Kind, KKTPoint, KKTSet, Notion, clarke
from wnproof.kkt.replayed import lines_verdict
from wnproof.kkt.rotations import rotation_dimension
from wnproof.verdict import Verdict, undecided

SYMMETRIC = 100  # classes of a form with rotations, beyond which no isolated one is looked for
LIMIT = 20_000  # classes; their paths are followed together
REST = Multistart(starts=50)


@dataclass(frozen=True)
class Homotopy:
    """The method that counts: all complex classes of eigenvectors of a form by a homotopy, each enclosed in a box of its own.

    Args:
        seed: of the form that the paths start from; the answer does not depend on it.
    """

    seed: int = 0

    def solve(self, problem: SphereProblem, notion: Notion = clarke) -> KKTSet:
        """The KKT points of the form, u and -u both, largest value first, enclosed in ball arithmetic.

        A form with finitely many classes span{x}, grad N(x) in span{x}, has ``sum_k (m - 1)^k``, k < P, with multiplicity. When
        as many boxes are found, no two with one class, there is no KKT point outside of them; real boxes hold real classes, the
        others are shown not to be real, and the checker replays that, up to 1,100 classes. When some are missing they are
        multiple or in sets of positive dimension: then a search adds what it finds of those, families with their dimension,
        and the list is not called complete.

        Raises: WnproofError E-KINK when N is no polynomial, E-SIZE for more than 20,000 classes, E-VALUE as for any method.

        Source: Cartwright and Sturmfels 2013 for the count; Krawczyk 1969 for the boxes.

        >>> import sympy as sp
        >>> from wnproof.derive.sphere import sphere_problem
        >>> x, y = sp.symbols("x y")
        >>> found = Homotopy().solve(sphere_problem(x**3 - 2 * x * y**2, (x, y)))
        >>> [(round(point.value, 12), point.kind.value) for point in found][:3]
        [(1.0, 'maximum'), (0.628539361055, 'maximum'), (0.628539361055, 'maximum')]
        """
        subject = f"the KKT points of {problem}"
        if problem.degree.denominator != 1 or not 1 <= problem.degree <= LIMIT:
            raise WnproofError("E-KINK", f"N of degree {problem.degree} is no form", help="take method=Multistart()")
        form = Form.of(problem)
        if form is None:
            return KKTSet((), (), undecided(subject, "degenerate (W-ZERODATA): N is identically zero"), notion)
        if form.classes > LIMIT:
            raise WnproofError("E-SIZE", f"{form.classes} classes, limit {LIMIT}", help="take method=Multistart()")
        turned = rotation_dimension(form)
        classes = Classes(form.classes, (), (), 0) if turned and form.classes > SYMMETRIC else classes_of(form, self.seed)
        points = [point for box in classes.real for point in opposite_pair(problem, form, box)]
        if classes.complete:
            complete = lines_verdict(problem, form, classes.real, classes.upper, complete=True)
            return KKTSet(ordered(points), (), complete, notion)
        rest = REST.solve(problem)
        known = np.stack([np.zeros(problem.size), *(point.u for point in points)])
        new = [point for point in rest if float(np.abs(known - point.u).max(axis=1).min()) > SAME_POINT]
        largest = max((abs(entry.value) for entry in (*points, *rest, *rest.families)), default=0.0)
        points += [point for point in new if not any(_on(family, point, largest) for family in rest.families)]
        return KKTSet(ordered(points), rest.families, _missing(subject, classes, turned), notion)


def _on(family: Family, point: KKTPoint, largest: float) -> bool:
    """Whether a singular point lies on a family: where families cross, Newton's method only comes close."""
    same = point.kind is Kind.DEGENERATE and abs(point.value - family.value) <= SAME_VALUE * largest
    return same and family.angle(point.u) <= SAME_SINGULAR_POINT


def _missing(subject: str, classes: Classes, turned: int) -> Verdict:
    numbers = f"{len(classes.real)} real, {2 * len(classes.upper)} not real"
    reason = (
        f"{classes.count} of {classes.expected} complex classes are simple and enclosed ({numbers}); the others are "
        "multiple, or in sets of positive dimension, or were missed"
    )
    if turned:
        reason = f"N is invariant under a group of rotations of dimension {turned}, and so are the families; {reason}"
    return undecided(subject, reason)


def opposite_pair(problem: SphereProblem, form: Form, box: Box) -> list[KKTPoint]:
    """The KKT points x / |x| and -x / |x| for the class in a real box."""
    settled = cache(partial(lines_verdict, problem, form, [box], [], complete=False))
    with ctx.workprec(PRECISION):
        x = box.balls
        length = sum((z.real * z.real for z in x), arb(0)).sqrt()
        ell = form.in_balls(x)[0][box.chart].real * arb(fmpq(form.factor.numerator, form.factor.denominator))
        value = ell / form.degree
        for _ in range(form.degree - 2):
            value /= length
        value = value * length if form.degree == 1 else value
        u = [z.real / length for z in x]
        index = negative_eigenvalues(form, box)
        pair = []
        for sign in (1, -1):
            turned = sign if form.degree % 2 else 1
            own = None if index is None else index if turned > 0 else form.size - 1 - index
            low, high = sorted((exact_end((turned * value).lower()), exact_end((turned * value).upper())))
            pair.append(_point(form, sign * np.array([float(z.mid()) for z in u]), (low, high), own, settled))
    return pair


Settled = Callable[[], Verdict]


def _point(form: Form, u: Vector, value: tuple[Fraction, Fraction], index: int | None, settled: Settled) -> KKTPoint:
    u.flags.writeable = False
    middle = float(sum(value) / 2)
    kinds = {form.size - 1: Kind.MAXIMUM, 0: Kind.MINIMUM}
    kind = Kind.DEGENERATE if index is None else kinds.get(index, Kind.SADDLE)
    if form.size == 1:
        kind = Kind.FLAT
    return KKTPoint(
        u=u,
        value=middle,
        value_squared=None,
        direction=None,
        multiplier=form.degree * middle,
        slopes={},
        kind=kind,
        morse_index=index,
        residual=_residual(form, u),
        settle_verdict=settled,
        value_range=value,
    )


def _residual(form: Form, u: Vector) -> float:
    """The length of the tangential gradient at the rounded u, without cancellation."""
    with ctx.workprec(PRECISION):
        gradient = [z.real for z in form.in_balls([arb(entry) for entry in u.tolist()])[0]]
        along = sum((g * arb(entry) for g, entry in zip(gradient, u.tolist(), strict=True)), arb(0))
        tangential = [float((g - along * arb(entry)).mid()) for g, entry in zip(gradient, u.tolist(), strict=True)]
    return float(abs(form.factor)) * float(np.linalg.norm(tangential))


def ordered(points: Iterable[KKTPoint]) -> tuple[KKTPoint, ...]:
    """Largest value first, and in an order of their own where values are equal up to rounding."""
    points = list(points)
    largest = max((abs(point.value) for point in points), default=0.0) or 1.0
    return tuple(sorted(points, key=lambda point: (-round(point.value / largest, 9), *(-np.round(point.u, 6)))))

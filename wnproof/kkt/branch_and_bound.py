"""Real KKT points of a form by exclusion: every other part of the sphere is shown to hold none; no path, no count, no search."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from flint import acb, arb, ctx
from numpy.typing import NDArray

from wnproof.certificate import computed
from wnproof.derive.sphere import SphereProblem
from wnproof.errors import WnproofError
from wnproof.kkt.classes import first_alike
from wnproof.kkt.derivatives import Matrix, Vector
from wnproof.kkt.eigenpairs import opposite_pair, ordered
from wnproof.kkt.form import Form
from wnproof.kkt.krawczyk import PRECISION, Box, enclosed, has_one_zero_at_most
from wnproof.kkt.points import KKTSet, Notion, clarke
from wnproof.verdict import undecided

VARIABLES = 4
SMALLEST = 2.0**-20  # half the width of a box that is given up
TRIED = 64  # boxes of each size from whose centres a class is looked for
ROUNDING = 64 * 2.0**-53  # of one operation, with much to spare


@dataclass(frozen=True)
class BranchAndBound:
    """The method that excludes: boxes over the whole sphere are halved until each is without a KKT point or around one of them.

    It shares the arithmetic of a box with ``Homotopy`` and nothing else, so that two lists that agree are two proofs.
    """

    def solve(self, problem: SphereProblem, notion: Notion = clarke) -> KKTSet:
        """The KKT points of a form in at most 4 variables, u and -u both, largest value first.

        Raises: WnproofError E-KINK when N is no polynomial, E-SIZE for more variables, E-VALUE as for any method.

        >>> import sympy as sp
        >>> from wnproof.derive.sphere import sphere_problem
        >>> x, y = sp.symbols("x y")
        >>> found = BranchAndBound().solve(sphere_problem(x**3 - 2 * x * y**2, (x, y)))
        >>> [round(point.value, 12) for point in found]
        [1.0, 0.628539361055, 0.628539361055, -0.628539361055, -0.628539361055, -1.0]
        """
        if problem.size > VARIABLES:
            raise WnproofError("E-SIZE", f"{problem.size} variables, limit {VARIABLES}", help="take method=Homotopy()")
        subject = f"the KKT points of {problem}"
        if (form := Form.of(problem)) is None:
            return KKTSet((), (), undecided(subject, "degenerate (W-ZERODATA): N is identically zero"), notion)
        cover = Cover(form)
        charts = range(form.size)
        left = sum(cover.undecided_boxes(chart) for chart in charts)
        points = ordered(point for box in cover.classes for point in opposite_pair(problem, form, box))
        if left:
            reason = f"{left} of {cover.visited} boxes are left, around points that are singular or in sets of positive dimension"
            return KKTSet(points, (), undecided(subject, reason), notion)
        engine = "branch and bound in floating point with proved error bounds, Krawczyk's test in ball arithmetic around points"
        says = f"{subject}: these {len(points)} and no other"
        return KKTSet(points, (), computed(says, engine, f"none of {cover.visited} boxes holds another one"), notion)


@dataclass(eq=False)
class Cover:
    """The charts x_k = 1, |x_i| <= 1, in boxes; ``classes`` are those found so far, ``visited`` counts the boxes."""

    form: Form
    classes: list[Box] = field(default_factory=list)
    visited: int = 0
    cubes: list[tuple[int, Vector, float]] = field(default_factory=list)

    def undecided_boxes(self, chart: int) -> int:
        """How many boxes of a chart are neither excluded nor around a class when they have become too small."""
        size = self.form.size - 1
        corners = np.array(np.meshgrid(*[(-1.0, 1.0)] * size)).reshape(size, -1).T
        centres, half = np.zeros((1, size)), 1.0
        while len(centres) and half >= SMALLEST and size:
            self.visited += len(centres)
            centres = centres[~self._covered(chart, centres, half)]
            centres = np.concatenate([*_remaining(self.form, chart, centres, half), np.zeros((0, size))])
            self._look(chart, centres, half)
            centres = centres[~self._covered(chart, centres, half)]
            half /= 2
            centres = (centres[:, None, :] + half * corners).reshape(-1, size)
        if not size:
            self._look(chart, np.zeros((1, 0)), half)
            return 0 if self.classes else 1
        return len(centres)

    def _covered(self, chart: int, centres: Matrix, half: float) -> NDArray[np.bool_]:
        """Which boxes lie in a cube that holds a known class and no other, with more to spare than is rounded."""
        covered = np.zeros(len(centres), dtype=np.bool_)
        for at, middle, radius in self.cubes:
            if at == chart:
                covered |= np.abs(centres - middle).max(axis=1, initial=0.0) + half <= radius * (1 - 1e-9)
        return covered

    def _look(self, chart: int, centres: Matrix, half: float) -> None:
        """Newton's method from some of the centres."""
        if half > 0.25 and self.form.size > 2:
            return
        for centre in centres[:: max(1, len(centres) // TRIED)]:
            if self._covered(chart, centre[None], 0.0)[0]:
                continue
            box = enclosed(self.form, np.insert(centre, chart, 1.0).astype(np.complex128))
            if box is not None and box.is_real and first_alike(self.form, [*self.classes, box])[-1] == len(self.classes):
                self.classes.append(box)
                self.cubes += self._cubes(box)

    def _cubes(self, box: Box) -> Iterator[tuple[int, Vector, float]]:
        """In every chart that it is near to, the largest cube around the class that is shown to hold no other."""
        with ctx.workprec(PRECISION):
            x = box.balls
            for chart in range(self.form.size):
                if not bool(abs(x[chart].real) > arb(0.7)):
                    continue
                middle = [float((z.real / x[chart].real).mid()) for z in x]
                middle[chart] = 1.0
                for exponent in range(-1, -20, -1):
                    side = acb(arb(0, 2.0**exponent))
                    balls = [acb(entry) + (side if k != chart else 0) for k, entry in enumerate(middle)]
                    if has_one_zero_at_most(self.form, chart, [acb(entry) for entry in middle], balls):
                        yield chart, np.delete(np.array(middle), chart), 2.0**exponent
                        break


def _remaining(form: Form, chart: int, centres: Matrix, half: float) -> Iterator[Matrix]:
    """The centres of boxes that are not excluded, some thousand boxes at a time."""
    for part in np.array_split(centres, 1 + len(centres) // 4096):
        if len(part):
            yield part[~_excluded(form, chart, part, half)]


def _excluded(form: Form, chart: int, centres: Matrix, half: float) -> NDArray[np.bool_]:
    """Boxes on which an ``f_i = g_i - x_i g_k``, or a combination of them, has no zero.

    With p the polynomial of the moduli of the coefficients, ``|f(z) - f(c) - f'(c)(z - c)| <= p(|c| + r) - p(|c|) - p'(|c|) r``
    term by term. Rounding errors are below a multiple of p(|c| + r) too.
    """
    x = np.insert(centres, chart, 1.0, axis=1)
    value, jacobian = _system(form, chart, *form.at_real(x), x, -1.0)
    wide = np.insert(np.abs(centres) + half, chart, 1.0, axis=1)
    largest, _ = _system(form, chart, *form.moduli_at(wide), wide, 1.0)
    middle, slope = _system(form, chart, *form.moduli_at(np.abs(x)), np.abs(x), 1.0)
    steps = ROUNDING * (form.degree + len(form.coefficients)) * form.size
    beyond = np.maximum(largest - middle - half * slope.sum(axis=2), 0.0) + steps * largest
    excluded = (np.abs(value) > half * np.abs(jacobian).sum(axis=2) + beyond).any(axis=1)
    combine = _inverses(jacobian)
    turned = np.abs(np.einsum("bij,bj->bi", combine, value))
    spread = half * np.abs(combine @ jacobian).sum(axis=2) + np.einsum("bij,bj->bi", np.abs(combine), beyond)
    return np.asarray(excluded | (turned > spread * (1 + 1e-9)).any(axis=1), dtype=np.bool_)


def _system(form: Form, chart: int, gradient: Matrix, hessian: Any, x: Matrix, sign: float) -> tuple[Matrix, Any]:
    """``g_i + sign x_i g_k`` and its Jacobian, i and j other than the chart."""
    others = [i for i in range(form.size) if i != chart]
    value = gradient[:, others] + sign * x[:, others] * gradient[:, [chart]]
    jacobian = hessian[:, others][:, :, others] + sign * x[:, others][:, :, None] * hessian[:, [chart]][:, :, others]
    jacobian = jacobian + sign * gradient[:, chart][:, None, None] * np.eye(len(others))
    return value, jacobian


def _inverses(matrices: Any) -> Any:
    """Near inverses; any matrix is allowed."""
    size = matrices.shape[1]
    scale = np.maximum(np.abs(matrices).max(axis=(1, 2), initial=0.0), 1e-300)[:, None, None]
    determinants = np.linalg.det(matrices / scale)
    regular = np.where((np.abs(determinants) > 1e-12)[:, None, None], matrices, scale * np.eye(size))
    return np.linalg.inv(regular)

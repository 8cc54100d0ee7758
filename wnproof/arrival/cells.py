"""N as polynomials: one for each cell that hyperplanes cut the sphere into, where it has kinks on them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import flint
import numpy as np
import sympy as sp
from numpy.typing import NDArray

from wnproof.arrival.spherical import SphericalForm, ball
from wnproof.derive.sphere import SphereProblem
from wnproof.errors import WnproofError
from wnproof.graph.kink import Pw

FloatArray = NDArray[np.float64]
Signs = tuple[int, ...]


class Cells:
    """The hyperplanes of a network of two layers, and N between them; none for a polynomial.

    Attributes:
        walls: vectors a (K, n), exact, of which no two are parallel; a cell is given by the signs of <a, u>.
        smooth: whether the gradient of N is continuous.

    Raises: WnproofError E-VALUE when N is no polynomial on the cells of one sphere.
    """

    def __init__(self, problem: SphereProblem) -> None:
        self.problem, self.walls, self.smooth = problem, list[tuple[Fraction, ...]](), True
        self._kinks: list[tuple[sp.Expr, int, int]] = []
        self._forms: dict[Signs, SphericalForm] = {}
        self._scale: Fraction | None = None
        if problem.unit_rows or problem.degree.denominator != 1:
            raise self._refusal()
        for kink in sorted(problem.expression.atoms(Pw), key=sp.default_sort_key):
            self._add(kink)

    def _refusal(self) -> WnproofError:
        help = "enclosures take polynomials, and networks of two layers off their kinks"
        return WnproofError("E-VALUE", f"{self.problem!r} is no form on one sphere", help=help)

    def _add(self, kink: sp.Expr) -> None:
        variables = self.problem.variables
        try:
            poly = sp.Poly(kink.args[0], *variables, domain="QQ")
        except (sp.PolynomialError, sp.CoercionFailed):
            raise self._refusal() from None
        if poly.homogeneous_order() != 1:
            raise self._refusal()
        row = [Fraction(int(c.p), int(c.q)) for c in (poly.coeff_monomial(v) for v in variables)]
        lead = next(a for a in row if a)
        wall = tuple(a / lead for a in row)
        if wall not in self.walls:
            self.walls.append(wall)
        self._kinks.append((kink, self.walls.index(wall), 1 if lead > 0 else -1))
        self.smooth = self.smooth and bool(kink.args[3] >= 2)

    def signs(self, at: FloatArray) -> Signs:
        """The cell of a vector (n,), whose floats are taken as they are.

        Raises: WnproofError E-VALUE when it is on a wall.
        """
        sides = [sum((a * Fraction(float(b)) for a, b in zip(wall, at, strict=True)), Fraction(0)) for wall in self.walls]
        if not all(sides):
            raise WnproofError("E-VALUE", "the vector is on a kink", help="enclosures take vectors off the kinks")
        return tuple(1 if side > 0 else -1 for side in sides)

    def form(self, signs: Signs) -> SphericalForm:
        """N on a cell, as a polynomial that holds everywhere; all cells in one unit of time."""
        if signs not in self._forms:
            sides = {}
            for kink, wall, way in self._kinks:
                z, right, left, power = kink.args
                sides[kink] = (right if signs[wall] * way > 0 else left) * z**power
            try:
                poly = sp.Poly(self.problem.expression.xreplace(sides), *self.problem.variables, domain="QQ")
            except (sp.PolynomialError, sp.CoercionFailed):
                raise self._refusal() from None
            largest = max((abs(c) for c in poly.coeffs()), default=sp.S.One) or sp.S.One
            self._scale = self._scale or Fraction(int(largest.p), int(largest.q))
            terms = {e: Fraction(int(c.p), int(c.q)) / self._scale for e, c in poly.terms()}
            self._forms[signs] = SphericalForm(terms, int(self.problem.degree), self.problem.size)
        return self._forms[signs]

    def at(self, vector: FloatArray) -> SphericalForm:
        """N on the cell of a vector."""
        return self.form(self.signs(vector))

    def heights(self, x: Sequence[Any]) -> list[Any]:
        """<a, x> for every wall, over balls or polynomials of balls."""
        return [sum((b * ball(a) for a, b in zip(wall, x, strict=True)), flint.arb(0)) for wall in self.walls]

    def holds(self, signs: Signs, x: Sequence[Any]) -> bool:
        """Whether a box is inside a cell."""
        return all(sign * height > 0 for sign, height in zip(signs, self.heights(x), strict=True))

    def around(self, signs: Signs, x: Sequence[Any]) -> list[Signs]:
        """The cells that a box may meet, of all that differ from a given one by walls the box may meet."""
        found = [signs]
        for k, height in enumerate(self.heights(x)):
            if not signs[k] * height > 0:
                found += [(*s[:k], -s[k], *s[k + 1 :]) for s in found]
        return found

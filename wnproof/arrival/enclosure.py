"""A proof that a trajectory converges to a KKT point: enclosed in balls until it enters a basin that is proved to attract it.

A float Taylor polynomial is followed; its defect in h' = F(h) is a polynomial, bounded exactly. On the sphere, F is the gradient
of N, so that the distance d of a solution to the followed curve obeys d' <= m d + defect, with m the largest eigenvalue of the
sphere's Hessian over the tube around it. No float decides.

Kinks of order two and higher, as of squared ReLU, are crossed: there F is Lipschitz, and m is the largest over the cells that the
tube meets. Where the gradient jumps, as for ReLU, the enclosure ends.

Where the sphere's Hessian is negative on a ball of radius r < pi/2 round c, at most -m, and |F(c)| / m is small against r, a
strict maximum lies within |F(c)| / m of c, N is concave along the ball's geodesics, and every solution in the ball comes nearer
to the maximum for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import flint
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from wnproof.arrival.cells import Cells, Signs
from wnproof.arrival.curvature import Curvature
from wnproof.arrival.spherical import SphericalForm, ball, norm, product
from wnproof.certificate import computed
from wnproof.derive.sphere import SphereProblem
from wnproof.errors import WnproofError
from wnproof.kkt.points import KKTPoint
from wnproof.verdict import Verdict, undecided

FloatArray = NDArray[np.float64]
ORDER, PARTS, BITS = 16, 4, 80
WIDEST = 0.3  # radius of a tube that still says something
RADII = 0.3 * 0.75 ** np.arange(40)  # of a basin, largest first
SMALL = 1e-17  # the last Taylor term
SAMPLES, TOGETHER = 32, 4  # of a step, for the walls it meets; cells that a tube may lie in
LONGEST = 200  # characters of a form in a statement


@dataclass(frozen=True, eq=False)
class Enclosure:
    """What became of a ball of starts.

    Attributes:
        verdict: certified (computed) when all of them converge to the point; undecided otherwise, with the reason.
        radius: an upper bound on their distance to the followed curve when it ended, in radians.
        steps: how many.
        basin: the radius of the ball round the point in which the Hessian is proved negative; 0 when there is none.
    """

    verdict: Verdict
    radius: float
    steps: int
    basin: float


def enclose_arrival(problem: SphereProblem, u0: Any, point: KKTPoint, *, radius: float = 0.0, steps: int = 2000) -> Enclosure:
    """Does every direction within ``radius`` of u0 flow to this KKT point, under h' = grad N(h) - L N(h) h?

    Args:
        problem: a form N on one sphere; of two-layer networks too, across kinks of order two and higher.
        u0: a direction (n,); its floats are the exact numbers that they are.
        point: a strict local maximum of N on the sphere; others are undecided, since nothing attracts a ball of starts.
        radius: of the ball of starts, in radians.
        steps: at most.

    Raises: WnproofError E-SHAPE, E-NONFINITE, E-VALUE.

    >>> import sympy as sp
    >>> from wnproof.derive.sphere import sphere_problem
    >>> from wnproof.kkt.solve import kkt_points
    >>> x, y, z = sp.symbols("x y z")
    >>> problem = sphere_problem(3*x**3 + 2*y**3 + z**3, (x, y, z))
    >>> found = enclose_arrival(problem, [2.0, 1.0, 1.0], kkt_points(problem)[0], radius=1e-6)
    >>> found.verdict.rigor.name, found.verdict.grade
    ('CERTIFIED', 'computed')
    """
    start = np.array(u0, dtype=np.float64)
    if start.shape != (problem.size,) or point.u.shape != (problem.size,):
        raise WnproofError("E-SHAPE", f"the start is {start.shape}, the point {point.u.shape}, wanted ({problem.size},) for both")
    if not np.isfinite(start).all():
        raise WnproofError("E-NONFINITE", f"u0[{int(np.argmin(np.isfinite(start)))}] is not finite")
    if not start.any() or not 0 <= radius < WIDEST:
        raise WnproofError("E-VALUE", f"u0 = {start}, radius {radius}", help="give a direction and a radius below 0.3")
    cells = Cells(problem)
    signs = cells.signs(start)
    with flint.ctx.workprec(BITS):
        goal = point.u / np.linalg.norm(point.u)
        N = str(problem.expression)
        says = (
            f"every direction within {radius:g} of {start.tolist()} flows to the strict local maximum near {_spelled(goal)} "
            f"under h' = grad N(h) - L N(h) h, N = {N if len(N) <= LONGEST else N[:LONGEST] + '...'}"
        )
        return _enclosed(_Curve(cells, signs), start, goal, radius, steps, says)


def attraction(problem: SphereProblem, point: KKTPoint) -> float:
    """The radius of a ball round a strict local maximum, in radians, from which everything flows to it; 0.0 when none is found.

    Certain up to the bounds' being right (python-flint in balls): on the ball the sphere's Hessian of N is negative.

    Raises: WnproofError E-SHAPE for the point of another problem, E-VALUE when N is no polynomial on one sphere.

    >>> import sympy as sp
    >>> from wnproof.derive.sphere import sphere_problem
    >>> from wnproof.kkt.solve import kkt_points
    >>> x, y = sp.symbols("x y")
    >>> problem = sphere_problem(2*x**3 + y**3, (x, y))
    >>> [round(attraction(problem, point), 2) for point in kkt_points(problem) if point.value > 0.9]
    [0.3, 0.17]
    """
    if point.u.shape != (problem.size,):
        raise WnproofError("E-SHAPE", f"the point is {point.u.shape}, wanted ({problem.size},)")
    cells = Cells(problem)
    with flint.ctx.workprec(BITS):
        found = _basin(cells, point.u / np.linalg.norm(point.u))
        return 0.0 if found is None else float((found[0] - 2 * found[1]).lower())


def _spelled(vector: FloatArray) -> str:
    return "(" + ", ".join(f"{x:.9g}" for x in vector) + ")"


def _enclosed(curve: _Curve, start: FloatArray, goal: FloatArray, radius: float, steps: int, says: str) -> Enclosure:
    basin, form = _basin(curve.cells, goal), curve.form
    if basin is None:
        reason = "no ball round it is off all kinks and has a negative Hessian: the maximum is not shown to be strict"
        return Enclosure(undecided(says, reason), radius, 0, 0.0)
    size, rest = basin
    reach, h = float(size), start / np.linalg.norm(start)
    length = sum((flint.arb(x) ** 2 for x in start), flint.arb(0)).sqrt()
    rounded = norm([flint.arb(x) / length - flint.arb(y) for x, y in zip(start, h, strict=True)])
    e = (flint.arb(radius) + flint.arb.pi() / 2 * (rounded + _off_sphere(h))).upper()
    for step in range(steps + 1):
        if (_distance(h, goal) + e + 2 * rest) < size:
            engine = "python-flint in balls: defect, logarithmic norm on the sphere, basin"
            scope = f"n={form.size}, degree {form.degree}, {step} steps, final radius {float(e):.1e}, basin {reach:.1e}"
            return Enclosure(computed(says, engine, scope), float(e), step, reach)
        followed = curve.step(h, e)
        if followed is None:
            why = "the tube meets a kink where the gradient jumps" if curve.met else f"the tube grew beyond radius {WIDEST:g}"
            return Enclosure(undecided(says, why), float(e), step, reach)
        h, e = followed
    return Enclosure(undecided(says, f"it is not in the basin after {steps} steps"), float(e), steps, reach)


def _basin(cells: Cells, goal: FloatArray) -> tuple[Any, Any] | None:
    """(radius of a ball round goal in one cell, with negative Hessian; distance of the maximum to goal)."""
    off = _off_sphere(goal)
    if not all(0 not in height for height in cells.heights([flint.arb(x) for x in goal])):
        return None
    signs = cells.signs(goal)
    form = cells.form(signs)
    slope = form.speed([flint.arb(x) + flint.arb(0, off) for x in goal])
    near = Curvature(form, [flint.arb(x) + flint.arb(0, off) for x in goal])
    for radius in RADII:
        bound = near.parting(flint.arb(float(radius)))
        if bound < 0 and cells.holds(signs, [flint.arb(x) + flint.arb(0, off + radius) for x in goal]):
            rest = (slope / -bound).upper()
            return (flint.arb(float(radius)), rest) if 4 * rest < radius else None
    return None


def _off_sphere(vector: FloatArray) -> Any:
    """An upper bound on ||v| - 1|, which |v|^2 - 1 is for |v| near 1."""
    return abs(sum((flint.arb(x) ** 2 for x in vector), flint.arb(-1))).upper()


def _distance(a: FloatArray, b: FloatArray) -> Any:
    """An upper bound on the angle between a / |a| and b / |b|: at most pi/2 times the chord."""
    chord = norm([flint.arb(x) - flint.arb(y) for x, y in zip(a, b, strict=True)])
    return (flint.arb.pi() / 2 * (chord + _off_sphere(a) + _off_sphere(b))).upper()


class _Curve:
    """Taylor polynomials one after the other; ``tau`` in [0, 1] is the time within a step, relative to its length.

    A step ends where the curve meets a wall of its cell. Where the tube reaches over a wall, its solutions part at most at the
    rate of any of the cells; the curve's own field is another one behind it, by no more than its depth there times a bound.
    """

    def __init__(self, cells: Cells, signs: Signs) -> None:
        self.cells, self.signs, self.met = cells, signs, False

    @property
    def form(self) -> SphericalForm:
        """N on the cell that the curve is in."""
        return self.cells.form(self.signs)

    def step(self, centre: FloatArray, e: Any) -> tuple[FloatArray, Any] | None:
        """The next centre, and the radius round it that holds all solutions from within e of this one; None beyond WIDEST, and
        at a kink where the gradient jumps, ``met``.
        """
        coefficients = self.form.taylor(centre, ORDER)
        length = self._length(centre, coefficients)
        scaled = coefficients * length ** np.arange(ORDER + 1)[:, None]
        crossed = self._first_wall(scaled)
        if crossed is not None:
            length *= crossed[0]
            scaled = coefficients * length ** np.arange(ORDER + 1)[:, None]
        u = [flint.arb_poly([flint.arb(c) for c in column]) for column in scaled.T]
        one = flint.arb_poly([1])
        rates = self.form.field(u, one, ball, product)
        defect = norm([_largest(p.derivative() - flint.arb(length) * rate) for p, rate in zip(u, rates, strict=True)])
        off = _largest(sum((p * p for p in u), -one)).upper()
        for part in range(PARTS):
            low, high = flint.arb(part) / PARTS, flint.arb(part + 1) / PARTS
            depth = max(
                (_depth(sign * p, low, high) for sign, p in zip(self.signs, self.cells.heights(u), strict=True)), default=0
            )
            followed = self._part([p(low.union(high)) for p in u], e, length / PARTS, defect / PARTS, off, depth)
            if followed is None:
                return None
            e = followed
        if crossed is not None:
            k = crossed[1]
            self.signs = (*self.signs[:k], -self.signs[k], *self.signs[k + 1 :])
        end = scaled.sum(axis=0)
        end = end / np.linalg.norm(end)
        moved = norm([p(flint.arb(1)) - flint.arb(x) for p, x in zip(u, end, strict=True)])
        return end, (e + flint.arb.pi() / 2 * (moved + off + _off_sphere(end))).upper()

    def _first_wall(self, scaled: FloatArray) -> tuple[float, int] | None:
        """(tau, wall) of the first wall that the curve leaves its cell through; in floats, as a choice of where to end."""
        walls = np.array([[float(a) for a in wall] for wall in self.cells.walls]).reshape(-1, scaled.shape[1])
        heights = np.array(self.signs)[:, None] * (walls @ scaled.T)
        first, at = 1.0, None
        grid = np.linspace(0, 1, SAMPLES + 1)
        for k, row in enumerate(heights):
            values = np.polynomial.polynomial.polyval(grid, row)
            below = np.flatnonzero((values[1:] < 0) & (values[:-1] > 0))
            if below.size:
                low, high = grid[below[0]], grid[below[0] + 1]
                tau = float(brentq(lambda t, row=row: np.polynomial.polynomial.polyval(t, row), low, high, xtol=1e-17))
                if tau < first:
                    first, at = tau, k
        return None if at is None else (first, at)

    def _length(self, centre: FloatArray, coefficients: FloatArray) -> float:
        middle = [[float(x.mid()) for x in row] for row in self.form.hessian([flint.arb(x) for x in centre])]
        stiff = float(np.abs(np.linalg.eigvalsh(np.array(middle))).max())
        last = float(np.abs(coefficients[-2:]).max())
        return min(1.0 / max(stiff, 1e-3), (SMALL / last) ** (1 / ORDER) if last > 0 else np.inf)

    def _part(self, box: list[Any], e: Any, length: float, defect: Any, off: Any, depth: Any) -> Any:
        """The radius after a part of a step: d <= (e + defect) exp(m length), with m over the tube that this keeps it in."""
        power = flint.arb(self.form.degree - 2) / 2
        stretch = max(abs((1 + sign * off) ** power - 1).upper() for sign in (1, -1))
        tube = (e * 1.25 + 4 * defect + SMALL).upper()
        centre = [flint.arb(b.mid()) for b in box]
        size = sum((m * m for m in centre), flint.arb(0)).sqrt()
        centre = [m / size for m in centre]
        moving = norm([b - m for b, m in zip(box, centre, strict=True)])
        near = {self.signs: Curvature(self.form, centre)}
        for _ in range(8):
            x = [b + flint.arb(0, tube + off) for b in box]
            around = self.cells.around(self.signs, x)
            if len(around) > 1 and not (self.cells.smooth and len(around) <= TOGETHER):
                self.met = True
                return None
            reach = (moving + tube + off).upper()
            for signs in around:
                near[signs] = near.get(signs) or Curvature(self.cells.form(signs), centre)
            rate = max(near[signs].parting(reach) for signs in around)
            speed = max(self.cells.form(signs).speed(x) for signs in around)
            wrong = 2 * depth * sum((near[signs].steepness(reach + depth) for signs in around), flint.arb(0))
            whole = (defect / (1 - off).sqrt() + stretch * length * speed + length * wrong).upper()
            grown = (rate * length).exp()
            most = max(flint.arb(1), grown.upper())
            if ((e + whole) * most).upper() < tube:
                return (e * grown + whole * most).upper()
            tube = (2 * (e + whole) * most).upper()
            if not tube < WIDEST:
                return None
        return None


def _depth(height: Any, low: Any, high: Any) -> Any:
    """An upper bound on -p over [low, high], at least 0: from the ends where p is monotonous."""
    whole = low.union(high)
    slope = height.derivative()(whole)
    least = min(height(low).lower(), height(high).lower()) if slope > 0 or slope < 0 else height(whole).lower()
    return max(flint.arb(0), -least)


def _largest(polynomial: Any) -> Any:
    """An upper bound on |p| over [0, 1]: the sum of its coefficients' sizes."""
    return sum((c.abs_upper() for c in polynomial.coeffs()), flint.arb(0)).upper()

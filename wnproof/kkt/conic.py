"""CVXPY's answer beside the exact one: on a closed cell of the arrangement the neuron's correlation is linear, a cone program.

``maximize g . z  subject to  |z| <= 1,  s_k p_k . z >= 0 for every line k of rows``. This finds local maxima of positive value
and nothing else, so it is a cross-check of the enumeration and never the engine: floating-point answers, each with the steepest
ascent that exact arithmetic leaves at the returned vector. No dual value is used: solvers do not agree on the sign of one, and
report one where none exists.
"""

from __future__ import annotations

import contextlib
import math
import warnings
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wnproof.errors import WnproofError
from wnproof.kkt.circle import Line, merge
from wnproof.kkt.faces import fan_of, inner, most_faces
from wnproof.kkt.family import angle_between
from wnproof.kkt.neuron import Neuron
from wnproof.kkt.points import Kind, KKTPoint, KKTSet, Notion, clarke, signed_root, unit_vector
from wnproof.verdict import undecided

Solution = NDArray[np.float64]
Signs = tuple[int, ...]
FEW_FACES = 3000  # up to which all cells are listed and chosen from evenly
SEED = 5
MOST_ACTIVE = 10  # rows on their kinks at an answer, with 2^10 patterns around it


@dataclass(frozen=True)
class Conic:
    """The method that asks CVXPY (Clarabel) for the maximum on at most ``cones`` closed cells.

    Few cells are chosen evenly; of many, those of directions drawn at random, and the next ones uphill of the answers.

    Args:
        cones: how many cells are tried at most, for each sign of a trained outer weight.
        tolerance: how far from a kink, and how steep an ascent relative to the gradient, an answer may be. A linear objective is
            flat at its maximum, so an optimal gap of 1e-10 leaves errors of 1e-5 in the vector.
    """

    cones: int = 200
    tolerance: float = 1e-4

    def solve(self, neuron: Neuron, notion: Notion = clarke) -> KKTSet:
        """The local maxima of positive value that the cones give, largest first.

        A solver's answer counts only with status "optimal". Data are scaled to norm 1 before the solver sees them, and the
        residual is computed afterwards in rational arithmetic on the unscaled data. Completeness is always undecided.

        Raises:
            WnproofError: E-VALUE for fewer than one cone.

        >>> [point.kind.value for point in Conic(cones=8).solve(Neuron.of([[3, 4], [1, 0]], [1, -1]))]
        ['maximum']
        """
        if self.cones < 1:
            raise WnproofError("E-VALUE", f"cones={self.cones}", help="ask for at least one cone")
        lines, unit = merge(neuron)
        found: list[KKTPoint] = []
        cells = _cells(lines)
        tried = 0
        for side in (1, -1) if neuron.trained and lines else (1,) if lines else ():
            climb = Climb(lines, side, self.tolerance)
            programs, maxima = climb.maxima(_chosen(cells, lines, self.cones), self.cones, hop=cells is None)
            tried = max(tried, programs)
            for maximum in maxima:
                point = _point(neuron, maximum, side, unit)
                if all(angle_between(point.u, other.u) > 2 * self.tolerance for other in found):
                    found.append(point)
        found.sort(key=lambda point: (-point.value, *point.u))
        total = f"up to {most_cells(len(lines), len(neuron.X[0]))}" if cells is None else str(len(cells))
        reason = f"incomplete: Clarabel on {tried} of {total} cones sees only local maxima of positive value"
        return KKTSet(tuple(found), (), undecided("the KKT points of one neuron by cone programs", reason), notion)


def most_cells(n: int, d: int) -> int:
    """The number of cells of n hyperplanes through 0 in general position in R^d.

    >>> most_cells(5, 2), most_cells(2, 3)
    (10, 4)
    """
    return 2 * sum(math.comb(n - 1, k) for k in range(d))


def _cells(lines: Sequence[Line]) -> list[Signs] | None:
    """All, when they are few."""
    if not lines:
        return []
    few = most_faces(len(lines), len(lines[0].normal)) <= FEW_FACES
    return sorted(fan_of([line.normal for line in lines]).cells) if few else None


def _chosen(cells: list[Signs] | None, lines: Sequence[Line], most: int) -> list[Signs]:
    if cells is not None:
        count = min(most, len(cells))
        return [cells[k * len(cells) // count] for k in range(count)]
    rng = np.random.default_rng(SEED)
    normals = np.stack([unit_vector(line.normal) for line in lines])
    heights = normals @ rng.normal(size=(normals.shape[1], most))
    return [tuple(int(s) for s in column) for column in np.where(heights > 0, 1, -1).T]


@dataclass(frozen=True)
class Maximum:
    """A vector w at which ``unit * S`` has the value, and rises by no more than ``ascent`` in any direction."""

    w: tuple[Fraction, ...]
    value: Fraction
    ascent_squared: Fraction


@dataclass(frozen=True, eq=False)
class Climb:
    """Cone programs for ``side * S`` from cell to cell."""

    lines: Sequence[Line]
    side: int
    tolerance: float

    def gradient(self, signs: Signs) -> tuple[int, ...]:
        """Of side * S on the cell with these signs."""
        slopes = [self.side * (line.right if s > 0 else line.left) for line, s in zip(self.lines, signs, strict=True)]
        return tuple(inner(slopes, column) for column in zip(*(line.normal for line in self.lines), strict=True))

    def maxima(self, cells: Sequence[Signs], most: int, *, hop: bool) -> tuple[int, list[Maximum]]:
        """How many programs were solved, at most that many, and the local maxima among the answers; with ``hop`` the cells uphill
        of the other answers follow.
        """
        program = Program.over(self.lines)
        waiting, seen, found, programs = deque(cells), set[Signs](), list[Maximum](), 0
        while waiting and programs < most:
            signs = waiting.popleft()
            gradient = self.gradient(signs)
            if signs in seen or not any(gradient):
                continue
            seen.add(signs)
            programs += 1
            z = program.solved(gradient, signs)
            if z is None:
                continue
            maximum, uphill = self.judged(z, signs)
            if maximum is not None:
                found.append(maximum)
            elif hop and uphill is not None:
                waiting.appendleft(uphill)
        return programs, found

    def judged(self, z: Solution, signs: Signs) -> tuple[Maximum | None, Signs | None]:
        """The answer when it is a local maximum up to the tolerance, and otherwise the cell into which S rises most steeply.

        On each pattern of the rows on their kinks S is linear, and the ascent on the cone ``B u >= 0`` around z is
        ``min |t + B^T c|`` over c >= 0, t the gradient's part orthogonal to z (Moreau); every rational c bounds it exactly.
        """
        from scipy.optimize import nnls

        heights = [float(unit_vector(line.normal) @ z) for line in self.lines]
        active = [k for k, height in enumerate(heights) if abs(height) <= self.tolerance]
        w = tuple(Fraction(float(e)) for e in z)
        square = sum((e * e for e in w), Fraction(0))
        value = sum((Fraction(self.side) * self._part(line, w) for line in self.lines), Fraction(0))
        if value <= 0 or len(active) > MOST_ACTIVE:
            return None, None
        steepest, largest, uphill = Fraction(-1), Fraction(0), signs
        for pattern in product((1, -1), repeat=len(active)):
            here = list(signs)
            for k, s in zip(active, pattern, strict=True):
                here[k] = s
            g = self.gradient(tuple(here))
            along = sum((e * c for e, c in zip(g, w, strict=True)), Fraction(0)) / square
            t = [e - along * c for e, c in zip(g, w, strict=True)]
            walls = [[s * e for e in self.lines[k].normal] for k, s in zip(active, pattern, strict=True)]
            size = max(map(abs, g)) or 1
            if walls:
                B = np.stack([unit_vector(wall) for wall in walls])
                weights = nnls(B.T, np.array([-float(e / size) for e in t]))[0]
                exact = [Fraction(float(c)) * size for c in weights]
                units = [[Fraction(float(e)) for e in row] for row in B]
                t = [e + sum((c * row[k] for c, row in zip(exact, units, strict=True)), Fraction(0)) for k, e in enumerate(t)]
            ascent = sum((e * e for e in t), Fraction(0))
            largest = max(largest, Fraction(inner(g, g)))
            if ascent > steepest:
                steepest, uphill = ascent, tuple(here)
        if steepest > Fraction(self.tolerance) ** 2 * largest:
            return None, uphill
        return Maximum(w, value, steepest), None

    @staticmethod
    def _part(line: Line, w: Sequence[Fraction]) -> Fraction:
        z = sum((e * c for e, c in zip(line.normal, w, strict=True)), Fraction(0))
        return z * (line.right if z > 0 else line.left)


@dataclass(frozen=True, eq=False)
class Program:
    """The cone program, set up once; its data are parameters of modulus 1."""

    problem: Any
    z: Any
    gradient: Any
    walls: Any
    normals: NDArray[np.float64]

    @classmethod
    def over(cls, lines: Sequence[Line]) -> Program:
        """For the cells of these lines."""
        import cvxpy as cp  # a second to import, so only when cones are asked for

        normals = np.stack([unit_vector(line.normal) for line in lines])
        z, gradient, walls = cp.Variable(normals.shape[1]), cp.Parameter(normals.shape[1]), cp.Parameter(normals.shape)
        return cls(cp.Problem(cp.Maximize(gradient @ z), [cp.norm(z, 2) <= 1, walls @ z >= 0]), z, gradient, walls, normals)

    def solved(self, gradient: Sequence[int], signs: Signs) -> Solution | None:
        """The unit vector, when the solver reports success and the maximum is positive."""
        import cvxpy as cp

        self.gradient.value = unit_vector(gradient)
        self.walls.value = self.normals * np.array(signs)[:, None]
        with warnings.catch_warnings(), contextlib.suppress(cp.SolverError):
            warnings.simplefilter("ignore")  # "may be inaccurate": such an answer is not used
            self.problem.solve(solver=cp.CLARABEL, tol_gap_abs=1e-10, tol_gap_rel=1e-10, tol_feas=1e-10)
            length = 0.0 if self.problem.status != cp.OPTIMAL else float(np.linalg.norm(self.z.value))
            if length > 0.5:
                return np.asarray(self.z.value / length, dtype=np.float64)
        return None


def _point(neuron: Neuron, maximum: Maximum, side: int, unit: int) -> KKTPoint:
    square = sum((e * e for e in maximum.w), Fraction(0))
    number = signed_root(1, maximum.value**2 / square / unit**2 / (4 if neuron.trained else 1))
    residual = signed_root(1, maximum.ascent_squared / unit**2 / (2 if neuron.trained else 1))
    u = unit_vector(maximum.w)
    u = np.append(u, float(side)) / np.sqrt(2) if neuron.trained else u
    u.flags.writeable = False
    return KKTPoint(
        u=u,
        value=number,
        value_squared=None,
        direction=None,
        multiplier=float(neuron.degree) * number,
        slopes={},
        kind=Kind.MAXIMUM,
        morse_index=None,
        residual=residual,
        settle_verdict=lambda: undecided("a solver's vector is a KKT point", f"floating point, residual {residual:.3g}"),
        outer_sign=side if neuron.trained else None,
    )

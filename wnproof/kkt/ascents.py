"""Many ascents at once on generated kernels, each followed to a KKT point, along kinks where it must; the ends carry labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wnproof.derive.sphere import SphereProblem
from wnproof.errors import WnproofError
from wnproof.kernels.kernel import kernel
from wnproof.kkt.derivatives import check, of_modulus_one
from wnproof.kkt.ends import End, Ends
from wnproof.kkt.field import Field
from wnproof.kkt.sampled import Sampled

FloatArray = NDArray[np.float64]
Progress = Callable[[int, int], None]
GROWTH, DECAY, LONGEST, SHORTEST = 1.3, 0.5, 10.0, 1e-13  # of steps, relative to |grad N|
SETTLED = 1e-9  # a tangential gradient that ascent is not asked to make smaller
SMOOTH, KINK = 1e-10, 1e-6  # largest residuals
AROUND = 1e-7  # how far gradients of one kink are looked for
DRAWS = 6
NEWTON = 20


@dataclass(frozen=True)
class Ascents:
    """Ascent from random starts, all starts in one kernel call.

    Args:
        starts: how many.
        seed: of the starts.
        steps: at most, of each.
    """

    starts: int = 500
    seed: int = 0
    steps: int = 2500

    def run(self, problem: SphereProblem, progress: Progress | None = None) -> Ends:
        """Follow N uphill on the sphere from every start, then Newton's method, or along kinks by gradients nearby.

        ``progress`` is called with the number of ends that are done, and of all.

        Raises: WnproofError E-VALUE for no start, for rows on spheres of their own and a tensor without value.

        >>> import sympy as sp
        >>> from wnproof.derive.sphere import sphere_problem
        >>> x, y = sp.symbols("x y")
        >>> ends = Ascents(starts=20).run(sphere_problem(x**4 + 8 * y**4, (x, y)))
        >>> [round(value, 9) for value, _ in ends.distinct(End.SMOOTH)]
        [8.0, 1.0]
        """
        if self.starts < 1:
            raise WnproofError("E-VALUE", f"starts={self.starts}", help="ask for at least one start")
        check(problem)
        draw = np.random.default_rng(self.seed)
        start = draw.standard_normal((problem.size, self.starts))
        start /= np.linalg.norm(start, axis=0)
        raw: Any = kernel(of_modulus_one(problem), ensemble=True)  # the size of the data changes no step
        scale = float(np.linalg.norm(raw(start), axis=0).max()) or 1.0
        degree = float(problem.degree)
        sampled = Sampled(lambda points: np.asarray(raw(points)) / scale, degree, draw)
        u = self._climb(sampled, start)
        field = Field.of(problem)
        field = replace(field, scale=max(field.gradient_length(column) for column in start.T) or 1.0)
        residuals, labels = np.empty(self.starts), []
        for e in range(self.starts):
            u[:, e], residuals[e], label = _finished(field, sampled, u[:, e])
            labels.append(label)
            if progress is not None:
                progress(e + 1, self.starts)
        own: Any = kernel(problem, ensemble=True)
        values = (own(u) * u).sum(axis=0) / degree
        return Ends(u, values, residuals, tuple(labels), self.seed)

    def _climb(self, sampled: Sampled, start: FloatArray) -> FloatArray:
        """Steps along grad N / |grad N| that grow while N does and shrink when it does not, for each start its own."""
        u, g = start.copy(), sampled.gradients(start)
        along = (g * u).sum(axis=0)
        lengths, live = np.full(u.shape[1], 0.3), np.arange(u.shape[1])
        for _ in range(self.steps):
            tangential = g[:, live] - along[live] * u[:, live]
            going = (np.linalg.norm(tangential, axis=0) > SETTLED) & (lengths[live] > SHORTEST)
            live, tangential = live[going], tangential[:, going]
            if not len(live):
                break
            size = np.linalg.norm(g[:, live], axis=0)
            moved = u[:, live] + lengths[live] * tangential / size
            moved /= np.linalg.norm(moved, axis=0)
            there = sampled.gradients(moved)
            value = (there * moved).sum(axis=0)
            up = value > along[live]
            u[:, live[up]], g[:, live[up]], along[live[up]] = moved[:, up], there[:, up], value[up]
            lengths[live] = np.where(up, np.minimum(lengths[live] * GROWTH, LONGEST), lengths[live] * DECAY)
        return u


def _finished(field: Field, sampled: Sampled, u: FloatArray) -> tuple[FloatArray, float, End]:
    """The end that the last steps lead to, its residual and its label."""
    for end in _further(sampled, u):
        if not field.gradient_jumps(end):
            polished = field.newton(end, NEWTON)
            if field.residual(polished) <= SMOOTH and not field.gradient_jumps(polished):
                return polished, field.residual(polished), End.SMOOTH
        residual = min(sampled.residual(end, AROUND, draws) for draws in (1, DRAWS))
        if residual <= KINK:
            return end, residual, End.KINK
    return end, residual, End.UNCONVERGED


def _further(sampled: Sampled, u: FloatArray) -> Iterator[FloatArray]:
    """The point itself, then where ascent along kinks takes it."""
    yield u
    yield sampled.ascend(u)

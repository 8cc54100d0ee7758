"""Whether 0 is a generalized gradient at the origin, where all rows vanish and every cell of the arrangement is adjacent.

The gradients of a few cells are enough when 0 is in their hull. When it is not, a vector u has negative products with all of
them, and the cell whose gradient has the largest product with u is sought: a negative one proves that 0 is no gradient, another
one joins the few.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

import numpy as np

from wnproof.kkt.circle import Line
from wnproof.kkt.count import Integers, is_narrow, sets_of
from wnproof.kkt.faces import Ray, fan_of, independent, inner, shortest
from wnproof.kkt.hull import combination
from wnproof.kkt.points import Kind, Notion
from wnproof.kkt.threads import in_threads
from wnproof.kkt.wedge import Rows, cross

STARTS = 40  # cells at random
ROUNDS = 60  # cells that join
CLOSEST = 400  # rays whose cells are looked at in a round
BLOCK = 20_000
MOST_SETS, MOST_LONG_SETS = 30_000_000, 30_000  # with products in int64, and in longer integers
FINE = 2**20


@dataclass(frozen=True, eq=False)
class Origin:
    """The lines of a neuron at the origin.

    Attributes:
        lines: with normals p (d,) and slopes.
        notion: which generalized gradient counts.
        rows: (n, r) integers, the normals on coordinates that keep all signs of p . w; r is the rank.
    """

    lines: Sequence[Line]
    notion: Notion
    rows: Rows

    def is_critical(self, seeds: Sequence[Ray] = ()) -> bool | None:
        """Whether 0 is a generalized gradient, exactly; None where the search has become too long.

        Args: ``seeds``, directions to begin with, of the cells that they lie in.

        >>> from wnproof.kkt.circle import merge
        >>> from wnproof.kkt.neuron import Neuron
        >>> from wnproof.kkt.points import clarke
        >>> for y in ([1, 1, 1], [1, 1, -4]):
        ...     lines, _ = merge(Neuron.of([[3, 4, 0], [1, 0, 0], [0, 0, 1]], y, slope="1/10"))
        ...     Origin(lines, clarke, np.array([line.normal for line in lines], dtype=object)).is_critical()
        False
        False
        """
        few = list(dict.fromkeys(self._starts(seeds)))
        for _ in range(ROUNDS):
            few = [g for g in few if any(g)] if all(map(any, few)) else [(0,) * len(self.lines[0].normal)]
            if combination([(*map(Fraction, g), Fraction(1)) for g in few], (*(Fraction(0) for _ in few[0]), Fraction(1))):
                return True
            u = _away_from(few)
            if u is None:
                return None
            try:
                further = self._furthest(u)
            except OverflowError:
                return None
            if further is None:
                return False
            few.append(further)
        return None

    def _starts(self, seeds: Sequence[Ray]) -> Iterator[Ray]:
        rng = np.random.default_rng(0)
        size = len(self.lines[0].normal)
        drawn = [tuple(map(int, rng.integers(-FINE, FINE, size))) for _ in range(STARTS)]
        for w in [tuple(side * e for e in w) for w in (*seeds, *drawn) for side in (1, -1)]:
            heights = [inner(line.normal, w) for line in self.lines]
            if all(heights):
                yield self._gradient([(line.right if z > 0 else line.left) for line, z in zip(self.lines, heights, strict=True)])

    def _gradient(self, slopes: Sequence[int]) -> Ray:
        columns = zip(*(line.normal for line in self.lines), strict=True)
        return tuple(inner(slopes, column) for column in columns)

    def _furthest(self, u: Ray) -> Ray | None:
        """A gradient g with g . u >= 0, None when there is none.

        Raises: OverflowError where that would take too long.
        """
        along = [inner(line.normal, u) for line in self.lines]
        if self.notion.rows_choose_alone:
            slopes = [line.high if t > 0 else line.low for line, t in zip(self.lines, along, strict=True)]
            return self._gradient(slopes) if inner(slopes, along) >= 0 else None
        ends = [(line.right * t, line.left * t) for line, t in zip(self.lines, along, strict=True)]
        if sum(map(max, ends)) < 0:
            return None
        for ray in self._promising(ends):
            slopes = self._best_around(ray, ends)
            if inner(slopes, along) >= 0:
                return self._gradient(slopes)
        return None

    def _promising(self, ends: Sequence[tuple[int, int]]) -> Iterator[Ray]:
        """The rays around which a cell may have a product >= 0, the likeliest first."""
        n, r = self.rows.shape
        narrow = is_narrow(self.rows)
        if math.comb(n, r - 1) > (MOST_SETS if narrow else MOST_LONG_SETS):
            raise OverflowError
        rows = self.rows.astype(np.int64) if narrow else self.rows
        largest = max(max(map(abs, pair)) for pair in ends) or 1
        right, left = np.array([[float(Fraction(e, largest)) for e in side] for side in zip(*ends, strict=True)])
        slack = 1e-12 * n  # the sum of n numbers up to 1 is off by less than n^2 / 2^52

        def near(some: Integers) -> list[tuple[float, Ray]]:
            rays = cross(rows[some])
            rays = rays[(rays != 0).any(axis=1)]
            heights = rays @ rows.T
            close = []
            for side in (1, -1):
                up, down = (right, left) if side > 0 else (left, right)
                scores = np.where(heights > 0, up, np.where(heights < 0, down, np.maximum(right, left))).sum(axis=1)
                best = np.argsort(-scores)[: CLOSEST + 1]
                close += [(float(scores[k]), shortest(side * int(e) for e in rays[k])) for k in best if scores[k] >= -slack]
            return close

        total = -(-math.comb(n, r - 1) // BLOCK)
        found: list[tuple[float, Ray]] = []
        for close in in_threads(near, sets_of(n, r - 1, BLOCK), total, "cells at the origin"):
            found = sorted({*found, *close}, reverse=True)[: CLOSEST + 1]
        yield from (ray for _, ray in found[:CLOSEST])
        if len(found) > CLOSEST:
            raise OverflowError

    def _best_around(self, ray: Ray, ends: Sequence[tuple[int, int]]) -> list[int]:
        """The slopes of the cell around a ray with the largest product."""
        heights = [inner(row, ray) for row in self.rows.tolist()]
        through = [k for k, z in enumerate(heights) if z == 0]
        normals = [shortest(self.rows[k]) for k in through]
        free = len(independent(normals)) == len(through)
        cells = product((1, -1), repeat=len(through)) if free else fan_of(normals).cells
        best = max(cells, key=lambda signs: sum(ends[k][s < 0] for k, s in zip(through, signs, strict=True)))
        for k, s in zip(through, best, strict=True):
            heights[k] = s
        return [line.right if z > 0 else line.left for line, z in zip(self.lines, heights, strict=True)]


def _away_from(gradients: Sequence[Ray]) -> Ray | None:
    """Integers u with g . u < 0 for each of the gradients, from the residual of a least squares problem; None when rounding
    hides one.
    """
    from scipy.optimize import nnls

    largest = max(abs(e) for g in gradients for e in g)
    columns = np.array([[*(float(Fraction(e, largest)) for e in g), 1.0] for g in gradients]).T
    target = np.append(np.zeros(len(columns) - 1), 1.0)
    rest = (target - columns @ nnls(columns, target)[0])[:-1]
    rest /= np.abs(rest).max() or 1.0
    u = tuple(round(float(e) * FINE) for e in rest)
    return u if all(inner(g, u) < 0 for g in gradients) else None


def kind_at_origin(values: Sequence[int | Fraction]) -> Kind:
    """Of (0, 1), when 0 is a gradient: nearby N has the sign of S, whose extremes are among the critical ``values``.

    >>> kind_at_origin([2, -1]), kind_at_origin([2]), kind_at_origin([])
    (<Kind.SADDLE: 'saddle'>, <Kind.MINIMUM: 'minimum'>, <Kind.FLAT: 'flat'>)
    """
    signs = {(value > 0) - (value < 0) for value in values} - {0}
    if not signs:
        return Kind.FLAT
    return Kind.SADDLE if len(signs) == 2 else Kind.MINIMUM if 1 in signs else Kind.MAXIMUM

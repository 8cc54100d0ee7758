"""A face of the lines of one (leaky) ReLU neuron: whether it holds a KKT point, which one, and of what kind, exactly.

On a face ``S(w) = g . w`` with one gradient g. A critical w with S(w) != 0 is parallel to the part of g along the face, and the
slopes of the rows on their kinks supply the rest of it; where that part is 0, the whole face consists of zeros of S.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from wnproof.kkt.circle import Line
from wnproof.kkt.faces import Fan, Ray, along, complement, fan_of, independent, inner, shortest
from wnproof.kkt.hull import combination
from wnproof.kkt.neuron import Neuron
from wnproof.kkt.points import Kind, Notion


@dataclass(frozen=True, eq=False)
class Lines:
    """The lines of a neuron, with their normals (n, d) and slopes (n,) as arrays of integers of any length."""

    items: Sequence[Line]

    @cached_property
    def normals(self) -> NDArray[np.object_]:
        """One row a line."""
        return np.array([line.normal for line in self.items], dtype=object)

    @cached_property
    def slopes(self) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
        """Right and left."""
        right, left = (np.array(column, dtype=object) for column in zip(*((p.right, p.left) for p in self.items), strict=True))
        return right, left

    @cached_property
    def straight(self) -> list[Ray]:
        """A basis of the directions that no line sees."""
        normals = [line.normal for line in self.items]
        return complement([normals[k] for k in independent(normals)], len(normals[0]))

    def signs(self, w: Ray) -> NDArray[np.int8]:
        """Of all lines at w, (n,)."""
        heights = self.normals @ np.array(w, dtype=object)
        return np.asarray((heights > 0).astype(np.int8) - (heights < 0).astype(np.int8))


@dataclass(frozen=True, eq=False)
class Face:
    """The w on which the lines have these signs, (n,); its rays when they are known, beside the directions no line sees."""

    lines: Lines
    signs: NDArray[np.int8]
    notion: Notion
    rays: frozenset[Ray] = frozenset()

    @cached_property
    def kinks(self) -> list[Line]:
        """The lines that vanish here."""
        return [self.lines.items[int(k)] for k in np.flatnonzero(self.signs == 0)]

    @cached_property
    def gradient(self) -> Ray:
        """Of the lines that do not vanish."""
        right, left = self.lines.slopes
        slopes = np.where(self.signs > 0, right, left)
        slopes[self.signs == 0] = 0
        return tuple(slopes @ self.lines.normals)

    @cached_property
    def pull(self) -> tuple[Fraction, ...]:
        """The part of the gradient along the face."""
        return along(self.gradient, [line.normal for line in self.kinks])

    @cached_property
    def is_ray(self) -> bool:
        """Whether the face is one ray and the directions that no line sees are none."""
        return len(complement([line.normal for line in self.kinks], len(self.gradient))) == 1

    @cached_property
    def local(self) -> Fan:
        """The faces around a point of this one, as those of the lines that vanish on it."""
        return fan_of([line.normal for line in self.kinks])

    @cached_property
    def critical_direction(self) -> Ray | None:
        """The direction in this face that is parallel to ``pull``, when there is one."""
        w = shortest(self.pull)
        return self._inside(w) if any(w) else None

    @property
    def own_ray(self) -> Ray | None:
        """The ray in the span of the normals that this face is, when it is one."""
        flat = complement([*(line.normal for line in self.kinks), *self.lines.straight], len(self.gradient))
        return self._inside(flat[0]) if len(flat) == 1 else None

    def _inside(self, w: Ray) -> Ray | None:
        """Of w and -w the one in this face."""
        signs = self.lines.signs(w)
        for side in (1, -1):
            if np.array_equal(side * signs, self.signs):
                return tuple(side * entry for entry in w)
        return None

    @cached_property
    def dual(self) -> list[Ray] | None:
        """For each kink the vector in their span orthogonal to the others, when they are independent."""
        normals = [line.normal for line in self.kinks]
        if len(independent(normals)) < len(normals):
            return None
        return [shortest(along(p, [*normals[:k], *normals[k + 1 :]])) for k, p in enumerate(normals)]

    @cached_property
    def around(self) -> list[Ray]:
        """The rays of the kinks alone, in the span of their normals: they decide what S does off the face."""
        return self.local.rays if self.dual is None else [tuple(s * e for e in u) for u in self.dual for s in (1, -1)]

    @cached_property
    def balance(self) -> list[tuple[Fraction, Fraction]] | None:
        """For each kink, what its rows contribute to ``pull - gradient`` and their mean position between left (0) and right (1);
        None when their slopes cannot supply it.
        """
        gap = [a - b for a, b in zip(self.pull, self.gradient, strict=True)]
        if self.dual is not None:
            return self._box(gap, self.dual)
        if self.notion.rows_choose_alone:
            return self._free(gap)
        cells = self.local.cells
        gradients = [self._local_gradient(signs) for signs in cells]
        weights = combination([(*map(Fraction, g), Fraction(1)) for g in gradients], (*gap, Fraction(1)))
        if weights is None:
            return None
        upper = [[c for c, signs in zip(weights, cells, strict=True) if signs[k] > 0] for k in range(len(self.kinks))]
        shares = [sum(part, Fraction(0)) for part in upper]
        return [(line.left + share * (line.right - line.left), share) for line, share in zip(self.kinks, shares, strict=True)]

    def _box(self, gap: Sequence[Fraction], dual: Sequence[Ray]) -> list[tuple[Fraction, Fraction]] | None:
        """Independent kinks: the slopes are determined, and each has an interval of its own."""
        found = []
        for line, u in zip(self.kinks, dual, strict=True):
            low, high = line.interval(self.notion)
            slope = sum((g * e for g, e in zip(gap, u, strict=True)), Fraction(0)) / inner(line.normal, u)
            if not low <= slope <= high:
                return None
            start, end = (low, high) if self.notion.rows_choose_alone else (line.left, line.right)
            found.append((slope, (slope - start) / (end - start) if start != end else Fraction(1, 2)))
        return found

    def _free(self, gap: Sequence[Fraction]) -> list[tuple[Fraction, Fraction]] | None:
        """Every line has a slope of its own between low and high."""
        m = len(self.kinks)
        unit = [tuple(Fraction(int(j == k)) for j in range(m)) for k in range(m)]
        moving = [(*(Fraction((line.high - line.low) * e) for e in line.normal), *unit[k]) for k, line in enumerate(self.kinks)]
        still = [(*(Fraction(0) for _ in gap), *unit[k]) for k in range(m)]
        target = [g - sum(line.low * line.normal[k] for line in self.kinks) for k, g in enumerate(gap)]
        found = combination([*moving, *still], (*target, *(Fraction(1) for _ in range(m))))
        if found is None:
            return None
        return [(line.low + t * (line.high - line.low), t) for line, t in zip(self.kinks, found, strict=False)]

    def _local_gradient(self, signs: Sequence[int]) -> Ray:
        terms = [(line.right if s > 0 else line.left, line.normal) for line, s in zip(self.kinks, signs, strict=True)]
        return tuple(sum(c * p[k] for c, p in terms) for k in range(len(self.gradient)))

    def slopes(self, neuron: Neuron) -> dict[int, Fraction]:
        """The slope of each row on its kink."""
        taken = {}
        for line, (_, share) in zip(self.kinks, self.balance or [], strict=True):
            for index, towards, weight in line.rows:
                high = (weight > neuron.slope * weight) if self.notion.rows_choose_alone else towards
                part = share if high else 1 - share
                taken[index] = part + (1 - part) * neuron.slope
        return taken

    @property
    def smooth(self) -> bool:
        """Whether S has one gradient here."""
        return all(line.left == line.right for line in self.kinks)

    def kind(self, side: int) -> Kind:
        """Of a critical point of this face at which S has this sign; on the sphere S bends towards 0 where its slope is 0."""
        changes = [] if self.is_ray else [-side]
        for u in self.around:
            rise = inner(self.gradient, u)
            for line in self.kinks:
                z = inner(line.normal, u)
                rise += (line.right if z > 0 else line.left) * z
            changes.append((rise > 0) - (rise < 0) or -side)
        return kind_of(changes)

    def zeros(self) -> list[Ray]:
        """Rays of the closed cone on which S = 0 in this face, none when S has one sign on it."""
        height = {ray: inner(self.gradient, ray) for ray in self.rays}
        above, below = [ray for ray in height if height[ray] > 0], [ray for ray in height if height[ray] < 0]
        if bool(above) != bool(below):
            return []
        cut = [shortest(height[a] * f - height[b] * e for e, f in zip(a, b, strict=True)) for a, b in product(above, below)]
        level = [ray for ray in height if height[ray] == 0]
        straight = self.lines.straight
        return [*level, *cut, *straight, *(tuple(-entry for entry in ray) for ray in straight)]


def kind_of(changes: Sequence[int]) -> Kind:
    """The kind of a point from the signs of the changes in the directions that decide it.

    >>> kind_of([-1, 0]), kind_of([]), kind_of([1, -1])
    (<Kind.MAXIMUM: 'maximum'>, <Kind.FLAT: 'flat'>, <Kind.SADDLE: 'saddle'>)
    """
    if not any(changes):
        return Kind.FLAT
    return Kind.MAXIMUM if max(changes) <= 0 else Kind.MINIMUM if min(changes) >= 0 else Kind.SADDLE

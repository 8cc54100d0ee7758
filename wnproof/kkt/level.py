"""The KKT points (w, 0) with S(w) = 0 of a neuron with a trained outer weight, as one set instead of thousands of cones."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wnproof.kkt.circle import Vector, isolated_zeros, merge, sweep
from wnproof.kkt.cones import Cones, Ray, zero_cones
from wnproof.kkt.crossed import cells_crossed
from wnproof.kkt.family import angle_between
from wnproof.kkt.isolated import Isolated, isolated
from wnproof.kkt.neuron import Neuron
from wnproof.kkt.points import Kind, unit_vector

FINE = 2**30
CIRCLES = 1000
AT_ONCE = 20_000  # sets of lines with which the cells are counted unasked


@dataclass(frozen=True, eq=False)
class ZeroLevel:
    """All unit vectors (w, 0) with ``S(w) = sum_i y_i sigma(w . x_i) = 0``, S of both signs: every one is a KKT point.

    Near (w, 0) the function N(w, a) = a S(w) has both signs, unless S is 0 all around w.

    Args:
        neuron: with a trained outer weight.

    >>> level = ZeroLevel(Neuron.of([[3, 4, 0], [1, 0, 0], [0, 0, 1]], [1, -1, -1], outer=None))
    >>> w = level.zero(seed=0)
    >>> level.at(w), level.dimension, level.angle(level.sample(seed=0)) < 1e-9
    (Fraction(0, 1), 1, True)
    """

    neuron: Neuron

    @property
    def dimension(self) -> int:
        """Of the level on the sphere; where S is 0 on whole cones of all dimensions, these are families of their own."""
        return len(self.neuron.X[0]) - 2

    @property
    def value(self) -> float:
        """N is 0."""
        return 0.0

    @property
    def kind(self) -> Kind:
        """Of the points around which S is not 0 throughout."""
        return Kind.SADDLE

    @property
    def text(self) -> str:
        """In one line."""
        n, d = len(merge(self.neuron)[0]), len(self.neuron.X[0])
        through = f", through {self.cells} cells" if math.comb(n, d - 1) <= AT_ONCE else ""
        return f"value 0, dimension {self.dimension}, saddle, {self.where} = sum_i y_i sigma(w . x_i){through}"

    @cached_property
    def cells(self) -> int | None:
        """How many cells of the arrangement of the rows it passes through, counted when first asked for; None where they are too
        many.
        """
        return cells_crossed(merge(self.neuron)[0])

    @property
    def where(self) -> str:
        """What its points are."""
        return "every (w, 0) with 0 = S(w)"

    def at(self, w: Sequence[Fraction | int]) -> Fraction:
        """S(w), exactly: w belongs to the level when it is 0."""
        heights = [sum((Fraction(e) * c for e, c in zip(row, w, strict=True)), Fraction(0)) for row in self.neuron.X]
        slope = self.neuron.slope
        return sum((y * (z if z > 0 else slope * z) for y, z in zip(self.neuron.y, heights, strict=True)), Fraction(0))

    def zero(self, seed: int) -> Vector:
        """Integers w with S(w) = 0: where a great circle drawn with the seed meets the level, one of these places by chance.

        Raises: ValueError when none of a thousand circles meets it.
        """
        rng = np.random.default_rng(seed)
        for _ in range(CIRCLES):
            first, second = (tuple(map(int, np.rint(FINE * rng.normal(size=len(self.neuron.X[0]))))) for _ in range(2))
            found = sorted(self._on_circle(first, second))
            if found:
                return found[rng.integers(len(found))]
        raise ValueError(f"no zero on {CIRCLES} circles")

    def _on_circle(self, first: Sequence[int], second: Sequence[int]) -> Iterable[Vector]:
        """The w with S(w) = 0 in the plane of two vectors."""
        plane = tuple(
            tuple(sum((e * c for e, c in zip(row, v, strict=True)), Fraction(0)) for v in (first, second))
            for row in self.neuron.X
        )
        lines, _ = merge(Neuron(plane, self.neuron.y, self.neuron.slope))
        for (s, t), _ in isolated_zeros(sweep(lines)):
            yield tuple(s * a + t * b for a, b in zip(first, second, strict=True))

    def sample(self, seed: int) -> NDArray[np.float64]:
        """A point (P,) of the level, drawn with the seed: on average over great circles, every part of it as often as it is large
        (Crofton's formula), divided by how often the circle meets the level.
        """
        return np.append(unit_vector(self.zero(seed)), 0.0)

    def angle(self, direction: NDArray[np.float64]) -> float:
        """The angle between a unit vector (P,) and the nearest point of the level on the great circle of steepest change."""
        hidden = direction[:-1]
        largest = max(max(map(abs, row)) for row in self.neuron.X) or Fraction(1)
        X = np.array([[float(e / largest) for e in row] for row in self.neuron.X])
        top = max(map(abs, self.neuron.y)) or Fraction(1)
        y = np.array([float(label / top) for label in self.neuron.y])
        gradient = (y * np.where(X @ hidden > 0, 1.0, float(self.neuron.slope))) @ X
        plane = [tuple(int(e) for e in np.rint(FINE * v / (np.abs(v).max() or 1.0))) for v in (hidden, gradient)]
        zeros = [np.append(unit_vector(zero), 0.0) for zero in self._on_circle(*plane)]
        return min((angle_between(direction, zero) for zero in zeros), default=float(np.pi / 2))

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"level": "S(w) = 0, a = 0", "dimension": self.dimension, "kind": self.kind.value}


def over(points: Sequence[Isolated], cones: Cones, d: int, at_origin: Kind | None) -> tuple[list[Isolated], Cones]:
    """The KKT points of a S(w) from those of S: the isolated ones, and the cones over the critical w with S(w) = 0.

    Beside them every (w, 0) with S(w) = 0 is one, and none of these is isolated with three inputs or more: S has one sign around
    an isolated zero, which then is an extreme point, and (w, a) is a KKT point for every a.

    Args: ``points`` and ``cones`` of S, in d inputs; ``at_origin`` the kind of (0, 1) if 0 is a gradient of S at 0.
    """
    found = [p for point in points if point.signed_square for p in _doubled(point)]
    critical: list[tuple[Sequence[Ray], Kind | None]] = [(tuple(cone), kind) for cone, kind in cones.items()]
    critical += [((point.hidden,), point.kind) for point in points if not point.signed_square]
    above = zero_cones([*critical, ((), at_origin)], d, trained=True)
    for cone in [cone for cone in above if len(cone) == 1 and not any(cone < other for other in above)]:
        ((*hidden, sign),) = cone
        found.append(Isolated(tuple(hidden), sign, Fraction(0), above.pop(cone), None, {}))
    return found, above


def _doubled(point: Isolated) -> list[Isolated]:
    smooth = point.morse_index is not None
    return isolated(point.hidden, point.signed_square, point.kind, smooth, point.slopes, trained=True)


def fixed(neuron: Neuron) -> Neuron:
    """The same with the outer weight 1."""
    return replace(neuron, outer=Fraction(1))

"""All KKT points of wide two-layer networks from those of one neuron.

N(theta) = sum_j N_1(u_j) with N_1 homogeneous of degree L. Write u_j = r_j w_j, |w_j| = 1, c_j = N_1(w_j). Where r_j > 0 the KKT
condition of theta on the unit sphere is that of w_j for N_1, with one multiplier for all: c_j r_j^(L-2) is the same number. So

* L != 2: r_j^2 = |c_j|^(-2/(L-2)) / sum_k |c_k|^(-2/(L-2)), all c_j of one sign: single points;
* L = 2: all c_j are equal to a c, and the radii are free: a simplex of them for every choice of directions;
* N = 0: all c_j = 0, and the radii are free.

A neuron that is zero has 0 in its generalized gradient when L > 1. For L = 1 that is asked of N_1 at the origin.

Source: derived from Euler's identity; cf. Kumar, Haupt 2024 for the functions.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from wnproof.errors import WnproofError
from wnproof.kkt.points import Kind, KKTPoint, KKTSet
from wnproof.verdict import Rigor

FloatArray = NDArray[np.float64]
MOST = 100_000


@dataclass(frozen=True, eq=False)
class Composition:
    """The KKT points of N whose active neurons have these directions, in any order of the neurons.

    Attributes:
        active: the one-neuron points w_1 .. w_k, each active neuron's direction; a point may be taken more than once.
        width: number m of neurons, of which m - k are zero.
        degree: L.
        radii_squared: exact r_j^2 where they are rational, floats where they are not, None where they are free (L = 2, or N = 0).
        value: N on it.
        local_maximum: whether N has a local maximum there; None where N <= 0, or what is known of N_1 does not decide.
    """

    active: tuple[KKTPoint, ...]
    width: int
    degree: int
    radii_squared: tuple[Fraction | float, ...] | None
    value: float
    local_maximum: bool | None

    @property
    def dimension(self) -> int:
        """Of the set on the sphere, the directions being fixed: k - 1 where the radii are free, otherwise 0."""
        return len(self.active) - 1 if self.radii_squared is None else 0

    def sample(self, seed: int) -> FloatArray:
        """Neurons (m, P), |.| = 1, drawn with the seed: free r_j^2 uniform on their simplex, neurons shuffled."""
        draw = np.random.default_rng(seed)
        squares = draw.dirichlet(np.ones(len(self.active))) if self.radii_squared is None else self.radii_squared
        neurons = np.zeros((self.width, len(self.active[0].u)))
        for place, point, square in zip(draw.permutation(self.width), self.active, squares, strict=False):
            neurons[place] = math.sqrt(square) * point.u
        return neurons

    @property
    def text(self) -> str:
        """The set in one line."""
        kind = {True: "local maxima", False: "no local maxima", None: "local maxima undecided"}[self.local_maximum]
        values = ", ".join(f"{point.value:.6g}" for point in self.active)
        return f"value {self.value:.12g}, dimension {self.dimension}, {kind}, {len(self.active)} of {self.width} active: {values}"


def compositions(one: KKTSet, width: int, degree: int, *, idle: bool = True) -> tuple[Composition, ...]:
    """The KKT points of N(u_1, .., u_m) = sum_j N_1(u_j) made of the isolated points of N_1, largest value first.

    All, when ``one`` has all isolated points of N_1 and no families; points from families of N_1 (where N_1 = 0) are not listed.
    Values that are compared for equality are compared exactly where ``value_squared`` is known, and as floats otherwise.

    Args:
        one: the KKT points of N_1 on its unit sphere.
        width: number m of neurons.
        degree: L >= 1 of N_1: 1 for fixed outer weights, 2 for trained ones, more for powers of the activation.
        idle: for L = 1, whether 0 is in the generalized gradient of N_1 at the origin, so that neurons may be zero.

    Raises:
        WnproofError: E-VALUE for a width or degree below 1, E-SIZE for more than 100,000 choices of directions.

    >>> from wnproof.kkt.arrangement import neuron_kkt_points
    >>> from wnproof.kkt.neuron import Neuron
    >>> one = neuron_kkt_points(Neuron.of([[3, 4], [-1, 0]], [1, 2]))
    >>> [c.text for c in compositions(one, 2, 1)][:2]
    ['value 7.07106781187, dimension 0, local maxima, 2 of 2 active: 5, 5',
     'value 5.38516480713, dimension 0, local maxima, 2 of 2 active: 5, 2']
    """
    if width < 1 or degree < 1:
        raise WnproofError("E-VALUE", f"width {width}, degree {degree}", help="both are 1 at least")
    classes = _levels(one) if degree == 2 else _signs(one)
    fewest = width if degree == 1 and not idle else 1
    total = sum(math.comb(len(group) + k - 1, k) for group in classes for k in range(fewest, width + 1))
    if total > MOST:
        raise WnproofError("E-SIZE", f"{total} choices of directions, limit {MOST}", help="take a smaller width")
    known = one.complete.reaches(Rigor.CERTIFIED)
    peak = max((_Level.of(point) for point in one), default=None) if known else None
    found = [
        _composed(active, width, degree, peak)
        for group in classes
        for k in range(fewest, width + 1)
        for active in combinations_with_replacement(group, k)
    ]
    return tuple(sorted(found, key=lambda entry: -entry.value))


@dataclass(frozen=True, order=True)
class _Level:
    """A value of N_1 that is compared exactly: sign(N) N^2 where known, its float otherwise."""

    signed_square: Fraction

    @classmethod
    def of(cls, point: KKTPoint) -> _Level:
        square = Fraction(point.value) ** 2 if point.value_squared is None else point.value_squared
        return cls(square if point.value > 0 else -square)


def _levels(one: KKTSet) -> list[list[KKTPoint]]:
    groups: dict[_Level, list[KKTPoint]] = {}
    for point in one:
        groups.setdefault(_Level.of(point), []).append(point)
    return list(groups.values())


def _signs(one: KKTSet) -> list[list[KKTPoint]]:
    zero = _Level(Fraction(0))
    levels = [(point, _Level.of(point)) for point in one]
    groups = ([p for p, v in levels if v > zero], [p for p, v in levels if v < zero], [p for p, v in levels if v == zero])
    return [group for group in groups if group]


def _composed(active: Sequence[KKTPoint], width: int, degree: int, peak: _Level | None) -> Composition:
    c = active[0].value
    squares: tuple[Fraction | float, ...] | None
    if c == 0 or degree == 2:
        squares, value = None, c
    else:
        squares = tuple(_radii_squared(active, degree))
        value = sum(float(r2) ** (degree / 2) * point.value for r2, point in zip(squares, active, strict=True))
    return Composition(tuple(active), width, degree, squares, value, _is_maximum(active, width, degree, peak))


def _radii_squared(active: Sequence[KKTPoint], degree: int) -> Iterator[Fraction | float]:
    """|c|^(-2/(L-2)) over the sum, by squares; exact where L - 2 is 1 or -1 and N_1^2 is known."""
    exact = [point.value_squared for point in active if point.value_squared is not None]
    power = Fraction(-1, degree - 2)
    if power.denominator == 1 and len(exact) == len(active):
        weights = [square ** int(power) for square in exact]
        yield from (weight / sum(weights) for weight in weights)
        return
    largest = max(abs(point.value) for point in active)
    floats = [(abs(point.value) / largest) ** (2 * float(power)) for point in active]
    yield from (weight / sum(floats) for weight in floats)


def _is_maximum(active: Sequence[KKTPoint], width: int, degree: int, peak: _Level | None) -> bool | None:
    """Whether N has a local maximum there, decided where N > 0.

    A direction that is no local maximum of N_1 can rise alone. L = 1: sum_j r_j c_j is largest on the sphere where r is along
    c, and a zero neuron rises at first order. L = 2: sum_j r_j^2 c_j is at most the largest value of N_1 that a neuron can turn
    to. L > 2: sum_j r_j^L c_j is strictly convex in the r_j^2, smallest between neurons, and a zero neuron rises at order L only.
    """
    level = _Level.of(active[0])
    if level.signed_square <= 0 or any(point.kind is Kind.DEGENERATE for point in active):
        return None
    if any(point.kind not in (Kind.MAXIMUM, Kind.FLAT) for point in active):
        return False
    k = len(active)
    if degree == 1 or k == width:
        return k == width and (degree <= 2 or k == 1)
    return k == 1 if degree > 2 else None if peak is None else level >= peak

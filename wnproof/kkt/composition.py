"""All KKT points of wide two-layer networks from those of one neuron.

N(theta) = sum_j N_1(u_j) with N_1 homogeneous of degree L. Write u_j = r_j w_j, |w_j| = 1, c_j = N_1(w_j). The blocks u_j share
no variable, so the generalized gradient is the product of theirs. Where r_j > 0 the KKT condition of theta on the unit sphere is
that of w_j for N_1, with one multiplier for all: c_j r_j^(L-2) is the same number. So

* L != 2: r_j^2 = |c_j|^(-2/(L-2)) / sum_k |c_k|^(-2/(L-2)), all c_j of one sign;
* L = 2: all c_j are equal to a c, and the radii are free: a simplex of them for every choice of directions;
* N = 0: all c_j = 0, and the radii are free.

A direction is a point of N_1 or any member of a family of them. A neuron that is zero has 0 in its generalized gradient when
L > 1. For L = 1 that is asked of N_1 at the origin.

Source: derived from Euler's identity; cf. Kumar, Haupt 2024 for the functions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, combinations, combinations_with_replacement, product

import numpy as np
from numpy.typing import NDArray

from wnproof.errors import WnproofError
from wnproof.kkt.family import Family
from wnproof.kkt.points import Kind, KKTPoint, KKTSet
from wnproof.verdict import Rigor

FloatArray = NDArray[np.float64]
Part = KKTPoint | Family
MOST = 100_000
SAME_VALUE = 10**9  # floats count as equal when they are so to this fraction of the largest value


@dataclass(frozen=True, eq=False)
class Composition:
    """The KKT points of N whose active neurons have these directions.

    Attributes:
        active: points of N_1, or families of them, each active neuron's direction; one may be taken more than once.
        width: number m of neurons, of which m - k are zero.
        degree: L.
        radii_squared: exact r_j^2 where they are rational, floats where they are not, None where they are free (L = 2, or N = 0).
        value: N on it.
        local_maximum: whether N has a local maximum there; None where N <= 0, or what is known of N_1 does not decide.
        places: numbers of the active neurons, where the neurons differ in their outer weights; None for any order.
    """

    active: tuple[Part, ...]
    width: int
    degree: int
    radii_squared: tuple[Fraction | float, ...] | None
    value: float
    local_maximum: bool | None
    places: tuple[int, ...] | None = None

    @property
    def dimension(self) -> int:
        """On the sphere: the dimensions of the families among the directions, and k - 1 where the radii are free."""
        directions = sum(0 if isinstance(part, KKTPoint) else part.dimension for part in self.active)
        return directions + (len(self.active) - 1 if self.radii_squared is None else 0)

    def sample(self, seed: int) -> FloatArray:
        """Neurons (m, P), |.| = 1, drawn with the seed: free r_j^2 uniform on their simplex, members of families, the order."""
        draw = np.random.default_rng(seed)
        squares = draw.dirichlet(np.ones(len(self.active))) if self.radii_squared is None else self.radii_squared
        places = draw.permutation(self.width) if self.places is None else self.places
        directions = [part.u if isinstance(part, KKTPoint) else part.sample(int(draw.integers(2**32))) for part in self.active]
        neurons = np.zeros((self.width, len(directions[0])))
        for place, direction, square in zip(places, directions, squares, strict=False):
            neurons[place] = math.sqrt(square) * direction
        return neurons

    @property
    def text(self) -> str:
        """The set in one line."""
        kind = {True: "local maxima", False: "no local maxima", None: "local maxima undecided"}[self.local_maximum]
        values = ", ".join(f"{part.value:.6g}" for part in self.active)
        return f"value {self.value:.12g}, dimension {self.dimension}, {kind}, {len(self.active)} of {self.width} active: {values}"


def compositions(
    one: KKTSet | Sequence[KKTSet], width: int, degree: int, *, idle: bool | Sequence[bool] = True
) -> tuple[Composition, ...]:
    """The KKT points of N(u_1, .., u_m) = sum_j N_1(u_j), largest value first; all of them when ``one`` has all of N_1.

    Values that are compared for equality are compared exactly where ``value_squared`` is known (and for families where N_1 = 0),
    and to nine digits of the largest otherwise.

    Args:
        one: the KKT points of N_1 on its unit sphere, or a list for each neuron where the neurons differ (fixed outer weights).
        width: number m of neurons.
        degree: L >= 1 of N_1: 1 for fixed outer weights, 2 for trained ones, more for powers of the activation.
        idle: for L = 1, whether 0 is in the generalized gradient of N_1 at the origin, so that neurons may be zero; or for each.

    Raises:
        WnproofError: E-VALUE for a width or degree below 1, E-SHAPE for another number of lists than of neurons, E-SIZE for more
            than 100,000 choices of directions.

    >>> from wnproof.kkt.arrangement import neuron_kkt_points
    >>> from wnproof.kkt.neuron import Neuron
    >>> one = neuron_kkt_points(Neuron.of([[3, 4], [-1, 0]], [1, 2]))
    >>> [c.text for c in compositions(one, 2, 1)][:2]
    ['value 7.07106781187, dimension 0, local maxima, 2 of 2 active: 5, 5',
     'value 5.38516480713, dimension 0, local maxima, 2 of 2 active: 5, 2']
    """
    if width < 1 or degree < 1:
        raise WnproofError("E-VALUE", f"width {width}, degree {degree}", help="both are 1 at least")
    lists = [one] if isinstance(one, KKTSet) else list(one)
    still = [idle] * width if isinstance(idle, bool) else list(idle)
    if (len(lists) != width and not isinstance(one, KKTSet)) or len(still) != width:
        raise WnproofError("E-SHAPE", f"{len(lists)} lists and {len(still)} idle for {width} neurons", help="one for each neuron")
    level = levels(lists)
    key = (level) if degree == 2 else (lambda part: _sign(level(part)))
    groups = [_grouped(kkt, key) for kkt in lists]
    busy = [j for j in range(width) if degree == 1 and not still[j]]
    if isinstance(one, KKTSet):
        choices = _alike(groups[0], width, len(busy))
    else:
        choices = _apart(groups, busy)
    known = all(kkt.complete.reaches(Rigor.CERTIFIED) for kkt in lists)
    peak = max((level(point) for kkt in lists for point in kkt), default=None) if known else None
    found = [_composed(active, places, width, degree, peak, level) for active, places in choices]
    return tuple(sorted(found, key=lambda entry: -entry.value))


Level = Callable[[Part], Fraction]
Groups = Mapping[Fraction, Sequence[Part]]
Choice = tuple[tuple[Part, ...], tuple[int, ...] | None]


def levels(lists: Sequence[KKTSet]) -> Level:
    """The function part -> sign(N_1) N_1^2 as a number that is compared exactly; floats to nine digits of the largest."""
    largest = max((abs(part.value) for kkt in lists for part in (*kkt, *kkt.families)), default=0.0)
    unit = Fraction(largest) / SAME_VALUE

    def level(part: Part) -> Fraction:
        square = part.value_squared if isinstance(part, KKTPoint) else None
        if square is None:
            square = (round(Fraction(part.value) / unit) * unit) ** 2 if part.value else Fraction(0)
        return square if part.value > 0 else -square

    return level


def _sign(number: Fraction) -> Fraction:
    return Fraction((number > 0) - (number < 0))


def _grouped(kkt: KKTSet, key: Level) -> Groups:
    groups: dict[Fraction, list[Part]] = {}
    for part in (*kkt, *kkt.families):
        groups.setdefault(key(part), []).append(part)
    return groups


def _alike(groups: Groups, width: int, fewest: int) -> Iterator[Choice]:
    """Of neurons that are alike: directions in any order; if one has to be active, all have."""
    counts = range(fewest or 1, width + 1)
    _limit(sum(math.comb(len(group) + k - 1, k) for group in groups.values() for k in counts))
    for group in groups.values():
        yield from ((active, None) for k in counts for active in combinations_with_replacement(group, k))


def _apart(groups: Sequence[Groups], busy: Sequence[int]) -> Iterator[Choice]:
    """Of neurons with lists of their own."""
    width = len(groups)
    keys = list(dict.fromkeys(key for own in groups for key in own))
    _limit(sum(math.prod(len(own.get(key, ())) + (j not in busy) for j, own in enumerate(groups)) for key in keys))
    subsets = list(chain.from_iterable(combinations(range(width), k) for k in range(1, width + 1)))
    for key in keys:
        for places in subsets:
            if set(busy) <= set(places):
                yield from ((active, places) for active in product(*(groups[j].get(key, ()) for j in places)))


def _limit(total: int) -> None:
    if total > MOST:
        raise WnproofError("E-SIZE", f"{total} choices of directions, limit {MOST}", help="take a smaller width")


def _composed(
    active: Sequence[Part], places: tuple[int, ...] | None, width: int, degree: int, peak: Fraction | None, level: Level
) -> Composition:
    c = active[0].value
    squares: tuple[Fraction | float, ...] | None
    if level(active[0]) == 0 or degree == 2:
        squares, value = None, c
    else:
        squares = tuple(_radii_squared(active, degree))
        value = sum(float(r2) ** (degree / 2) * part.value for r2, part in zip(squares, active, strict=True))
    maximum = _is_maximum(active, width, degree, peak, level(active[0]))
    return Composition(tuple(active), width, degree, squares, value, maximum, places)


def _radii_squared(active: Sequence[Part], degree: int) -> Iterator[Fraction | float]:
    """|c|^(-2/(L-2)) over the sum, by squares; exact where L - 2 is 1 or -1 and N_1^2 is known."""
    exact = [part.value_squared for part in active if isinstance(part, KKTPoint) and part.value_squared is not None]
    power = Fraction(-1, degree - 2)
    if power.denominator == 1 and len(exact) == len(active):
        weights = [square ** int(power) for square in exact]
        yield from (weight / sum(weights) for weight in weights)
        return
    largest = max(abs(part.value) for part in active)
    floats = [(abs(part.value) / largest) ** (2 * float(power)) for part in active]
    yield from (weight / sum(floats) for weight in floats)


def _is_maximum(active: Sequence[Part], width: int, degree: int, peak: Fraction | None, level: Fraction) -> bool | None:
    """Whether N has a local maximum there, decided where N > 0.

    A direction that is no local maximum of N_1 can rise alone. L = 1: sum_j r_j c_j is largest on the sphere where r is along
    c, and a zero neuron rises at first order. L = 2: sum_j r_j^2 c_j is at most the largest value of N_1 that a neuron can turn
    to. L > 2: sum_j r_j^L c_j is strictly convex in the r_j^2, smallest between neurons, and a zero neuron rises at order L only.
    """
    if level <= 0 or any(part.kind is Kind.DEGENERATE for part in active):
        return None
    if any(part.kind not in (Kind.MAXIMUM, Kind.FLAT) for part in active):
        return False
    k = len(active)
    if degree == 1 or k == width:
        return k == width and (degree <= 2 or k == 1)
    return k == 1 if degree > 2 else None if peak is None else level >= peak

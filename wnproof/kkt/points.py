"""What a search for KKT points hands back: points, families of points, and the list of both.

A KKT point of N on the unit sphere is a unit vector u with ``multiplier * u`` in the generalized gradient of N at u.
Directions, squared values and slopes are exact; ``u``, ``value`` and ``multiplier`` are their floating-point views.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from types import MappingProxyType
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from wnproof.kkt import listing
from wnproof.kkt.count import Count
from wnproof.kkt.family import Family as Family
from wnproof.kkt.family import angle_between
from wnproof.kkt.listing import short
from wnproof.kkt.neuron import Direction, spelled
from wnproof.verdict import Verdict

MOST_RAYS = 6  # that a family's line names


class Kind(enum.Enum):
    """The local shape of N on the sphere at a KKT point; FLAT: N is constant nearby; DEGENERATE: a singular smooth Hessian
    leaves it open.
    """

    MAXIMUM = "maximum"
    SADDLE = "saddle"
    MINIMUM = "minimum"
    FLAT = "flat"
    DEGENERATE = "degenerate"

    @property
    def reflected(self) -> Kind:
        """The kind of the same point for -N.

        >>> Kind.MAXIMUM.reflected, Kind.SADDLE.reflected
        (<Kind.MINIMUM: 'minimum'>, <Kind.SADDLE: 'saddle'>)
        """
        return {Kind.MAXIMUM: Kind.MINIMUM, Kind.MINIMUM: Kind.MAXIMUM}.get(self, self)


@dataclass(frozen=True)
class Notion:
    """Which set stands for the gradient where N has a kink; use the values ``clarke`` and ``decoupled``.

    ``clarke`` is the hull of the gradients of the adjacent smooth pieces; ``decoupled`` lets every row on its kink choose
    its own slope. The second contains the first and is larger when rows on one kink disagree.
    """

    name: str
    rows_choose_alone: bool

    def __repr__(self) -> str:
        return self.name


clarke = Notion("clarke", rows_choose_alone=False)
decoupled = Notion("decoupled", rows_choose_alone=True)


@dataclass(frozen=True, eq=False)
class KKTPoint:
    """An isolated KKT point u: ``multiplier * u`` is in the generalized gradient of N at u.

    Attributes:
        u: (P,) float, in the order of theta; read-only.
        value: N(u), float.
        value_squared: N(u)^2, exact, or None when it is not rational.
        direction: exact d with u = d / |d|, or None when no rational one exists.
        multiplier: the Lagrange multiplier, degree * N(u).
        slopes: the slope taken by each row that lies on its kink at u, {row: slope}; rows that cannot matter there are absent.
        kind: the local shape of N on the sphere.
        morse_index: negative eigenvalues of the Hessian on the sphere where N is smooth; None on a kink.
        residual: distance of ``multiplier * u`` to the generalized gradient; 0.0 when shown exactly.
        hidden_direction: exact direction of the hidden weights (zero where they vanish), also where u has none.
        outer_sign: sign of the trained outer weight at u; None when it is fixed.
        value_range: exact numbers below and above N(u), where balls enclose it.
        global_gap: N exceeds N(u) by this nowhere on the sphere (``Bound.label``); None where no bound says so.
    """

    u: NDArray[np.float64]
    value: float
    value_squared: Fraction | None
    direction: Direction | None
    multiplier: float
    slopes: Mapping[int, Fraction]
    kind: Kind
    morse_index: int | None
    residual: float
    settle_verdict: Callable[[], Verdict] = field(repr=False)
    hidden_direction: Direction | None = None
    outer_sign: int | None = None
    value_range: tuple[Fraction, Fraction] | None = None
    global_gap: Fraction | None = None

    @cached_property
    def verdict(self) -> Verdict:
        """That this is a KKT point, settled by the checker when first asked for."""
        return self.settle_verdict()

    def to_json(self) -> dict[str, Any]:
        """Plain data; exact numbers as "p/q" strings."""
        return {
            "u": [float(entry) for entry in self.u],
            "value": self.value,
            "value_squared": None if self.value_squared is None else spelled(self.value_squared),
            "direction": None if self.direction is None else [spelled(entry) for entry in self.direction],
            "multiplier": self.multiplier,
            "slopes": {str(row): spelled(slope) for row, slope in sorted(self.slopes.items())},
            "kind": self.kind.value,
            "morse_index": self.morse_index,
            "residual": self.residual,
        }


@dataclass(frozen=True)
class Stratum:
    """The unit vectors ``sum_k c_k rays[k]`` with every c_k > 0, all of one kind."""

    rays: tuple[Direction, ...]
    kind: Kind


@dataclass(frozen=True)
class KKTFamily:
    """A connected set of KKT points of one value: all unit vectors of the closed convex cone spanned by ``rays``.

    Attributes:
        rays: exact directions in the order of theta.
        dimension: dimension of the set on the sphere, at least 1.
        value: N on the family.
        kind: the kind of every point in its relative interior.
        boundary: the relatively open pieces of its boundary; they belong to the family and are not listed as points.

    >>> dead = KKTFamily(((Fraction(1), Fraction(0)), (Fraction(0), Fraction(1))), 1, 0.0, Kind.FLAT, ())
    >>> bool((dead.sample(seed=0) > 0).all())
    True
    """

    rays: tuple[Direction, ...]
    dimension: int
    value: float
    kind: Kind
    boundary: tuple[Stratum, ...]

    @property
    def strata(self) -> tuple[Stratum, ...]:
        """The relatively open pieces that it consists of, its interior first."""
        return (Stratum(self.rays, self.kind), *self.boundary)

    def sample(self, seed: int) -> NDArray[np.float64]:
        """A unit vector (P,) of the relative interior, drawn with the seed: from ray to ray along great circles, so that a family
        between two rays is sampled evenly.
        """
        rng = np.random.default_rng(seed)
        first, *others = (unit_vector(self.rays[k]) for k in rng.permutation(len(self.rays)))
        point = first
        for k, ray in enumerate(others, start=1):
            share, angle = rng.beta(1, k), angle_between(point, ray)
            parts = np.array([1 - share, share])
            if 1e-9 < angle < math.pi - 1e-9:
                parts = np.sin(parts * angle)
            point = parts @ np.stack([point, ray])
            point = point / np.linalg.norm(point)
        return np.asarray(point, dtype=np.float64)

    def angle(self, direction: NDArray[np.float64]) -> float:
        """The angle between a unit vector (P,) and the nearest point of the family, in radians."""
        from scipy.optimize import nnls

        rays = np.stack([unit_vector(ray) for ray in self.rays])
        nearest = nnls(rays.T, direction)[0] @ rays
        length = float(np.linalg.norm(nearest))
        return min(angle_between(direction, u) for u in ([nearest / length] if length > 0 else rays))

    @property
    def text(self) -> str:
        """The family in one line."""
        few = ", ".join("(" + ", ".join(short(entry) for entry in ray) + ")" for ray in self.rays[:MOST_RAYS])
        rays = few if len(self.rays) <= MOST_RAYS else f"{len(self.rays)} rays"
        return f"value {self.value:.12g}, dimension {self.dimension}, {self.kind.value}, spanned by {rays}"

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "rays": _texts(self.rays),
            "dimension": self.dimension,
            "kind": self.kind.value,
            "boundary": [{"rays": _texts(piece.rays), "kind": piece.kind.value} for piece in self.boundary],
        }


@dataclass(frozen=True, eq=False)
class KKTSet(Sequence[KKTPoint]):
    """The isolated KKT points, largest value first, the families beside them, and how surely that is all.

    ``counted`` compares what an exact search visited with what is there to visit; None where nothing was counted.
    """

    points: tuple[KKTPoint, ...]
    families: tuple[Family, ...]
    complete: Verdict
    notion: Notion
    counted: Count | None = None

    def __len__(self) -> int:
        return len(self.points)

    def __iter__(self) -> Iterator[KKTPoint]:
        return iter(self.points)

    @overload
    def __getitem__(self, index: int) -> KKTPoint: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[KKTPoint, ...]: ...
    def __getitem__(self, index: int | slice) -> KKTPoint | tuple[KKTPoint, ...]:
        return self.points[index]

    def table(self, more: Mapping[str, Sequence[str]] = MappingProxyType({})) -> str:
        """The list as text, one line a point, then one line a family, then the verdict; ``more`` are columns, cell by point."""
        return listing.to_text(self, more)

    def to_csv(self) -> str:
        """A line for each point and family: exact numbers as "p/q"; ``wnproof.kkt.listing.read_csv`` gives them back."""
        return listing.to_csv(self)

    def to_latex(self) -> str:
        """A booktabs table of the points, exact where they are short."""
        return listing.to_latex(self)

    def __repr__(self) -> str:
        lines = self.table().splitlines()
        return "\n".join(lines if len(lines) <= 30 else [*lines[:28], f"... {len(lines) - 29} more lines in .table()", lines[-1]])

    def _repr_html_(self) -> str:
        return listing.to_html(self)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "notion": self.notion.name,
            "points": [point.to_json() for point in self.points],
            "families": [family.to_json() for family in self.families],
            "complete": self.complete.to_json(),
            "count": None if self.counted is None else self.counted.text,
        }


def unit_vector(direction: Sequence[Fraction | int]) -> NDArray[np.float64]:
    """The unit vector direction / |direction| in float64, whatever the size of the entries; the zero vector stays zero.

    >>> unit_vector((3 * 10**400, 4 * 10**400)).tolist()
    [0.6, 0.8]
    """
    entries = [Fraction(entry) for entry in direction]
    largest = max(abs(entry) for entry in entries)
    if largest == 0:
        return np.zeros(len(entries))
    scaled = np.array([float(entry / largest) for entry in entries])
    return np.asarray(scaled / np.linalg.norm(scaled), dtype=np.float64)


def signed_root(sign: int, square: Fraction) -> float:
    """The number sign * sqrt(square) in float64, even where ``square`` itself would leave the range of floats; beyond it, inf.

    >>> signed_root(-1, Fraction(9, 10**400))
    -3e-200
    """
    halving = (square.numerator.bit_length() - square.denominator.bit_length()) // 2
    scaled = square / 4**halving if halving >= 0 else square * 4**-halving
    try:
        return sign * math.ldexp(math.sqrt(scaled), halving)
    except OverflowError:
        return sign * math.inf


def strata_to_json(families: Iterable[Family]) -> list[dict[str, Any]]:
    """All pieces of families of cones, each once, as a completeness statement names them."""
    pieces = [piece for family in families if isinstance(family, KKTFamily) for piece in family.strata]
    return [{"rays": _texts(piece.rays), "kind": piece.kind.value} for piece in dict.fromkeys(pieces)]


def _texts(rays: tuple[Direction, ...]) -> list[list[str]]:
    return [[spelled(entry) for entry in ray] for ray in rays]

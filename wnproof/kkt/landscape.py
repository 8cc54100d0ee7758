"""What lies around a solution of the KKT system: the kind of a point, and whether it is alone or one of a set."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wnproof.kkt.derivatives import Matrix, Vector
from wnproof.kkt.family import angle_between
from wnproof.kkt.field import PROBE, Field
from wnproof.kkt.points import Kind

SINGULAR = 1e-6  # an eigenvalue of the tangent Hessian below this share of the largest gradient is called zero
SAME_POINT = 1e-6  # regular points are known to 1e-10 or better
SAME_SINGULAR_POINT = 1e-3  # singular ones only to a root of the rounding error
SAME_VALUE = 1e-8
NEIGHBOURHOOD = 1e-3  # how far from a point an open set of zeros is looked for
WALKS = (2e-2, -2e-2, 5e-4, -5e-4)  # how far along a zero eigenvector a set of solutions is followed
SHORTENED = 0.25  # a walk that comes back further than this went nowhere
DIRECTIONS = 16  # how many directions decide what N does around a point on a kink


@dataclass(frozen=True, eq=False)
class Solution:
    """A unit vector that solves the KKT system, with the second order there.

    Attributes:
        u: the vector (P,).
        value: N(u), normalized.
        eigenvalues: of the tangent Hessian (P-1,), ascending.
        null: eigenvectors (P, k) of those that are zero.
        dead: whether N vanishes on an open set with u inside or on its boundary.
    """

    u: Vector
    value: float
    eigenvalues: Vector
    null: Matrix
    dead: bool

    @classmethod
    def at(cls, landscape: Field, u: Vector) -> Solution:
        """The solution u of the field's KKT system."""
        values, vectors = landscape.tangent_hessian(u)
        around = (u + NEIGHBOURHOOD * v for v in landscape.directions(u, DIRECTIONS))
        # a form is never exactly zero beside its zeros, dead neurons are
        dead = landscape.gradient_length(u) <= 1e-12 and any(not landscape.gradient(w).any() for w in around)
        return cls(u, landscape.value(u), values, vectors[:, np.abs(values) <= SINGULAR], dead)


@dataclass(frozen=True, eq=False)
class FoundFamily:
    """A set of KKT points of one value that is not finite, known through the points of it that were found.

    Attributes:
        members: the found points (M, P), unit vectors.
        dimension: in how many independent directions the set was followed from one of them. It may be larger elsewhere, and the
            set may have several pieces.
        value: N on it.
        kind: FLAT for the closure of an open set where N vanishes (dead neurons), otherwise DEGENERATE.
        solved: Newton's method from a vector (P,): the solution of the same value that it ends in, or None.
    """

    members: NDArray[np.float64]
    dimension: int
    value: float
    kind: Kind
    solved: Callable[[Vector], Vector | None] = field(repr=False)

    def sample(self, seed: int) -> Vector:
        """One of the found points (P,), drawn with the seed."""
        return np.array(self.members[np.random.default_rng(seed).integers(len(self.members))])

    def angle(self, direction: Vector) -> float:
        """The angle of a unit vector (P,) to the nearest known point, in radians; Newton's method looks for nearer ones."""
        nearer = self.solved(direction)
        known = self.members if nearer is None else (*self.members, nearer)
        return min(angle_between(direction, u) for u in known)

    @property
    def text(self) -> str:
        """The family in one line."""
        size = f"dimension {self.dimension} at least"
        return f"value {self.value:.12g}, {size}, {self.kind.value}, met at {len(self.members)} points"

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "dimension": self.dimension,
            "value": self.value,
            "kind": self.kind.value,
            "members": [[float(entry) for entry in member] for member in self.members],
        }


def shape(landscape: Field, s: Solution) -> tuple[Kind, int | None]:
    """The kind of an isolated solution and its Morse index, from the eigenvalues of the tangent Hessian where N is smooth.

    On a kink of grad N there is no index, and the patterns around are sampled: definite everywhere of one sign decides a maximum
    or minimum, directions that rise and others that fall decide a saddle. Zero eigenvalues are DEGENERATE.
    """
    if landscape.hessian_jumps(s.u):
        return _kind_on_kink(landscape, s.u), None
    index = int((s.eigenvalues < -SINGULAR).sum())
    if s.null.shape[1]:
        return Kind.DEGENERATE, index
    return {len(s.eigenvalues): Kind.MAXIMUM, 0: Kind.MINIMUM}.get(index, Kind.SADDLE), index


def _kind_on_kink(landscape: Field, u: Vector) -> Kind:
    bends, definite = [], True
    for v in landscape.directions(u, DIRECTIONS):
        values, vectors = landscape.tangent_hessian(u, u + PROBE * v)
        bends.append(float(values @ (vectors.T @ v) ** 2))
        definite = definite and bool((values > SINGULAR).all() or (values < -SINGULAR).all())
    if max(bends) > SINGULAR and min(bends) < -SINGULAR:
        return Kind.SADDLE
    if not definite:
        return Kind.DEGENERATE
    return Kind.MINIMUM if min(bends) > 0 else Kind.MAXIMUM


def distinct(points: Iterable[Vector], tolerance: float) -> list[Vector]:
    """The points without those that lie within the tolerance of an earlier one.

    >>> [float(p[0]) for p in distinct([np.array([1.0]), np.array([1.0 + 1e-9]), np.array([-1.0])], 1e-6)]
    [1.0, -1.0]
    """
    kept: list[Vector] = []
    for point in points:
        if not kept or float(np.abs(np.stack(kept) - point).max(axis=1).min()) > tolerance:
            kept.append(point)
    return kept


@dataclass(frozen=True, eq=False)
class Sorter:
    """Tells isolated solutions from sets of positive dimension.

    Attributes:
        landscape: the field whose KKT system is solved.
        tolerance: largest residual of a solution.
        value: N itself, not normalized.
    """

    landscape: Field
    tolerance: float
    value: Callable[[Vector], float]

    def sorted_out(self, solutions: Sequence[Solution]) -> tuple[list[Solution], list[FoundFamily]]:
        """The isolated solutions, largest value first, and the families: one for each value, and the dead ones apart.

        A solution with zero eigenvalues belongs to a set when Newton's method, started a little further along one of them, ends
        in another solution of the same value there instead of coming back.
        """
        isolated = [s for s in solutions if not s.null.shape[1]]
        dead = [s for s in solutions if s.dead]
        lone: list[Solution] = []
        levels: list[list[Solution]] = []
        for s in sorted((s for s in solutions if s.null.shape[1] and not s.dead), key=lambda s: -s.value):
            if all(self._walk(s, v) is None for v in s.null.T):
                lone.append(s)
            elif levels and levels[-1][-1].value - s.value <= SAME_VALUE:
                levels[-1].append(s)
            else:
                levels.append([s])
        kept = {id(u) for u in distinct([s.u for s in lone], SAME_SINGULAR_POINT)}
        isolated += [s for s in lone if id(s.u) in kept]
        isolated.sort(key=lambda s: (-round(s.value, 9), *(-np.round(s.u, 6))))
        families = [self._family(level, self._dimension(level), Kind.DEGENERATE) for level in levels]
        if dead:
            families.append(self._family(dead, max(s.null.shape[1] for s in dead), Kind.FLAT))
        return isolated, sorted(families, key=lambda family: -family.value)

    def _family(self, level: Sequence[Solution], dimension: int, kind: Kind) -> FoundFamily:
        members = np.stack([s.u for s in level])
        members.flags.writeable = False
        solved = partial(self._solved, level[0].value)
        return FoundFamily(members, dimension, self.value(level[0].u), kind, solved)

    def _dimension(self, level: Sequence[Solution]) -> int:
        """The rank of the walks from the member with the fewest zero eigenvalues."""
        generic = min(level, key=lambda s: s.null.shape[1])
        walks = [walk for v in generic.null.T if (walk := self._walk(generic, v)) is not None]
        return int((np.linalg.svd(np.stack(walks), compute_uv=False) > SHORTENED).sum()) if walks else 1

    def _walk(self, s: Solution, v: Vector) -> Vector | None:
        """From s to another solution along v or -v, divided by the length; a shorter walk may succeed where a kink is near."""
        for length in WALKS:
            w = self._solved(s.value, (s.u + length * v) / math.hypot(1.0, length))
            if w is not None and float(np.linalg.norm(w - s.u)) >= SHORTENED * abs(length):
                return (w - s.u) / length
        return None

    def _solved(self, value: float, start: Vector) -> Vector | None:
        """The solution of this value that Newton's method ends in."""
        w = self.landscape.newton(start)
        same = self.landscape.residual(w) <= self.tolerance and abs(self.landscape.value(w) - value) <= SAME_VALUE
        return w if same else None

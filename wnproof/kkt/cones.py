"""The KKT points of one neuron where N = 0, which are the unit vectors of polyhedral cones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from wnproof.kkt.points import Kind, KKTFamily, Stratum

Ray = tuple[int, ...]
Cones = dict[frozenset[Ray], Kind]


def zero_cones(faces: Iterable[tuple[Sequence[Ray], Kind | None]], d: int, trained: bool) -> Cones:
    """The cones of KKT points with N = 0, each the positive combinations of its rays, and their kinds.

    With a fixed outer weight they are the given cones that have a kind. With a trained one, N(w, a) = a S(w), they are
    (w, 0) for every w with S(w) = 0, of kind saddle unless S is 0 all around, and (w, a) for w critical and every a.

    Args:
        faces: disjoint cones of zeros of S in R^d by rays, {0} by none, with the kind of their points when they are critical.
        d: number of inputs.
        trained: whether the outer weight is.

    >>> right = zero_cones([([(1, 0), (0, 1)], Kind.FLAT), ([(-1, 1)], None), ([], Kind.SADDLE)], 2, trained=True)
    >>> sorted((sorted(rays), kind.value) for rays, kind in right.items() if (0, 0, -1) not in rays)[:3]
    [([(-1, 1, 0)], 'saddle'), ([(0, 0, 1)], 'saddle'), ([(0, 0, 1), (0, 1, 0), (1, 0, 0)], 'flat')]
    """
    cones: Cones = {}
    for rays, kind in faces:
        if not trained and rays and kind is not None:
            cones[frozenset(rays)] = kind
        if trained:
            level = frozenset((*ray, 0) for ray in rays)
            if rays:
                cones[level] = Kind.FLAT if kind is Kind.FLAT else Kind.SADDLE
            if kind is not None:
                cones[level | {(*[0] * d, 1)}] = kind
                cones[level | {(*[0] * d, -1)}] = kind.reflected
    for line in [cone for cone in cones if len(cone) == 2 and not any(map(sum, zip(*cone, strict=True)))]:
        kind = cones.pop(line)
        cones |= {frozenset([end]): kind for end in line}
    return cones


def families_of(cones: Mapping[frozenset[Ray], Kind]) -> list[KKTFamily]:
    """The closures of the largest cones; single rays that no other cone has in its closure are points, not families.

    >>> wedge = {frozenset([(1, 0), (0, 1)]): Kind.FLAT, frozenset([(1, 0)]): Kind.SADDLE, frozenset([(-1, -1)]): Kind.MINIMUM}
    >>> [(family.text, len(family.boundary)) for family in families_of(wedge)]
    [('value 0, dimension 1, flat, spanned by (0, 1), (1, 0)', 1)]
    """
    found = []
    for cone in sorted((cone for cone in cones if len(cone) > 1), key=sorted):
        if not any(cone < other for other in cones):
            below = sorted((other for other in cones if other < cone), key=lambda other: (len(other), sorted(other)))
            boundary = tuple(Stratum(_exact(other), cones[other]) for other in below)
            found.append(KKTFamily(_exact(cone), _rank(cone) - 1, 0.0, cones[cone], boundary))
    return found


def _exact(cone: frozenset[Ray]) -> tuple[tuple[Fraction, ...], ...]:
    return tuple(tuple(Fraction(entry) for entry in ray) for ray in sorted(cone))


def _rank(rows: Iterable[Ray]) -> int:
    """Exact elimination."""
    rest, rank = [[Fraction(entry) for entry in row] for row in sorted(rows)], 0
    while rest := [row for row in rest if any(row)]:
        pivot, *others = rest
        k = next(k for k, entry in enumerate(pivot) if entry)
        rest = [[e - row[k] / pivot[k] * p for e, p in zip(row, pivot, strict=True)] for row in others]
        rank += 1
    return rank

"""The faces {w: x . w = 0, > 0 or < 0 for each row x}, taken orthogonal to the w where all rows vanish; and convex hulls."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import combinations, product
from math import gcd, lcm

Vector = tuple[int, ...]


def dot(a: Vector, b: Vector) -> int:
    """The inner product."""
    return sum(map(int.__mul__, a, b))


def both(a: Vector) -> tuple[Vector, Vector]:
    """The vector and its opposite."""
    return a, tuple(-entry for entry in a)


def sign(value: Fraction | int) -> int:
    """-1, 0 or 1."""
    return (value > 0) - (value < 0)


def shortest(a: Iterable[Fraction | int]) -> Vector:
    """The primitive integer vector of the same direction; zero stays zero."""
    entries = list(a)
    clear = lcm(*(entry.denominator for entry in entries))
    shared = gcd(*(whole := [int(entry * clear) for entry in entries])) or 1
    return tuple(entry // shared for entry in whole)


def beyond(vectors: Iterable[Vector], basis: Sequence[Vector] = ()) -> list[Vector]:
    """Orthogonal vectors with which an orthogonal basis continues to span these vectors, too: Gram and Schmidt's."""
    out = list(basis)
    for x in vectors:
        for q in out:
            along, square = dot(x, q), dot(q, q)
            x = shortest(square * e - along * f for e, f in zip(x, q, strict=True))
        out += [shortest(x)] * any(x)
    return out[len(basis) :]


def level(basis: Sequence[Vector], d: int) -> list[Vector]:
    """An orthogonal basis of the vectors of R^d orthogonal to all of an orthogonal basis; it depends on the subspace alone."""
    return beyond((tuple(int(j == k) for j in range(d)) for k in range(d)), basis)


def rays(rows: Sequence[Vector]) -> list[Vector]:
    """The rays of the arrangement: in the span of the rows, determined up to length by the rows that vanish on them."""
    d, found = len(rows[0]) if rows else 0, set[Vector]()
    flat = level(span := beyond(rows), d)
    for walls in combinations(rows, len(span) - 1) if span else ():
        if len(independent := beyond(walls, flat)) == len(walls):
            found.update(both(level([*flat, *independent], d)[0]))
    return sorted(found)


def fan(rows: Sequence[Vector]) -> dict[Vector, list[Vector]]:
    """All faces, by the signs of the rows, with their rays; {0} has none. At a ray, they are those of the rows that vanish."""
    faces: dict[Vector, list[Vector]] = {(0,) * len(rows): []}
    for ray in rays(rows):
        here = [sign(dot(x, ray)) for x in rows]
        through = [x for x, s in zip(rows, here, strict=True) if not s]
        for pattern in product((-1, 0, 1), repeat=len(through)) if len(beyond(through)) == len(through) else fan(through):
            local = iter(pattern)
            faces.setdefault(tuple(s or next(local) for s in here), []).append(ray)
    return faces


def cells(rows: Sequence[Vector]) -> list[Vector]:
    """The sign patterns of the full-dimensional faces; no row is 0."""
    return [signs for signs in fan(rows) if all(signs)]


def in_hull(points: Iterable[Sequence[Fraction | int]], target: Sequence[Fraction | int]) -> bool:
    """Whether target is a convex combination of the points: no open half-space {a: a . u > 0} holds every a = point - target."""
    arrows = sorted({shortest(e - t for e, t in zip(point, target, strict=True)) for point in points})
    some, u = list[Vector](), (0,) * len(target)
    while all(dot(a, u) > 0 for a in some):  # if any u does that, the sum of the rays where none is negative does
        if dot(worst := min(arrows, key=lambda a: dot(a, u)), u) > 0:
            return False
        some.append(worst)
        inner = [ray for ray in rays(some) if all(dot(a, ray) >= 0 for a in some)]
        u = tuple(sum(ray[k] for ray in inner) for k in range(len(u)))
    return True

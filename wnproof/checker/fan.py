"""The faces {w: x . w = 0, > 0 or < 0 for each row x}, taken orthogonal to the w where all rows vanish; and convex hulls."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import product
from math import gcd, lcm
from typing import NamedTuple

from .reader import invalid

MORE = "there are more parts to look at than the evidence allows"
Vector = tuple[int, ...]
Signs = list[int | None]
Faces = Iterator[tuple[Vector, list[Vector]]]


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


def _meet(x: Vector, a: Vector, b: Vector) -> Vector:
    """Where a combination of a and b, with a positive multiple of b when x . a > 0, has no component along x."""
    high, low = dot(x, a), dot(x, b)
    return shortest(high * f - low * e for e, f in zip(a, b, strict=True))


class Cone(NamedTuple):
    """The sums of positive multiples of the rays and any multiples of the lines: an open part of a linear subspace."""

    rays: dict[Vector, int]  # each with the cuts that it lies on, as bits
    lines: list[Vector]
    cuts: tuple[tuple[Vector, int], ...] = ()  # x and the sign of x . w for the members

    def side(self, x: Vector) -> int | None:
        """The sign of x . w for the members w; None when they disagree."""
        signs = {sign(dot(x, ray)) for ray in self.rays}
        return None if {-1, 1} <= signs or any(dot(x, line) for line in self.lines) else max(signs, key=abs, default=0)

    def split(self, x: Vector) -> dict[int, "Cone"]:
        """The parts where x . w is positive, negative and zero, those that are not empty."""
        if (side := self.side(x)) is not None:
            return {side: self}
        new, lines = 1 << len(self.cuts), self.lines
        ends = {s: {ray: cuts for ray, cuts in self.rays.items() if sign(dot(x, ray)) == s} for s in (-1, 0, 1)}
        on = {ray: cuts | new for ray, cuts in ends[0].items()}
        if line := next((line for line in lines if dot(x, line)), None):
            up, down = both(line) if dot(x, line) > 0 else both(line)[::-1]
            ends = {1: {up: new - 1}, -1: {down: new - 1}}
            on = {_meet(x, up, ray): cuts | new for ray, cuts in self.rays.items()}
            lines = [_meet(x, up, other) for other in lines if other != line]
        for (a, first), (b, second) in product(ends[1].items(), ends[-1].items()) if lines is self.lines else ():
            shared = first & second  # an edge joins them when no third ray lies on all of these cuts
            if sum(cuts & shared == shared for cuts in self.rays.values()) == 2:
                on[_meet(x, a, b)] = shared | new
        return {s: Cone(on | ends[s] if s else on, lines, (*self.cuts, (x, s))) for s in (0, 1, -1)}


def fan(rows: Sequence[Vector], worth: Callable[[Cone, Signs], bool] = lambda *_: True, most: int = 10**5) -> Faces:
    """The signs of the rows on the faces, and their rays, {0} having none; without faces in parts of space not worth a cut."""
    parts: list[tuple[Cone, Signs]] = [(Cone({}, beyond(rows)), [None] * len(rows))]
    while parts:
        cone, signs = parts.pop()
        signs = [cone.side(x) if s is None else s for x, s in zip(rows, signs, strict=True)]
        if worth(cone, signs):
            if None not in signs:
                yield tuple(s or 0 for s in signs), list(cone.rays)
            elif (most := most - 1) < 0:
                raise invalid(MORE)
            else:
                parts += [(part, signs) for part in cone.split(rows[signs.index(None)]).values()]


def in_hull(points: Iterable[Sequence[Fraction | int]], target: Sequence[Fraction | int]) -> bool:
    """Whether target is a convex combination of the points: no open half-space {a: a . u > 0} holds every a = point - target."""
    arrows = sorted({shortest(e - t for e, t in zip(point, target, strict=True)) for point in points})
    return next(fan(arrows, lambda _, signs: {-1, 0}.isdisjoint(signs)), None) is None

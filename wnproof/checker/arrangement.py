"""Kind ``arrangement``: all KKT points of one (leaky) ReLU neuron, replayed from the raw rows in exact integers.

N(w) = S(w) on |w| = 1, or N(w, a) = a S(w) on |w|^2 + a^2 = 1. By Euler's identity the multiplier is degree * N; where N is not
0, w is critical for S on the sphere and |w| = |a|, and where N = 0, 0 is a generalized gradient of N. The kinks cut space into
cones; a part in which no sum of slopes is a multiple of a member is not cut any further.
"""

from collections.abc import Iterable
from fractions import Fraction
from functools import partial
from typing import Any

from .fan import Cone, Signs, Vector, beyond, both, dot, fan, in_hull, level, shortest, sign
from .neuron import Key, Line, OneNeuron, vector_text
from .reader import expect_fields, expect_int, invalid, number_text

MAX_PARTS, FAMILIES = 10**7, "the families are not these"


def gradient(d: int, lines: Iterable[Line], signs: Iterable[int | None]) -> Vector:
    """Of the sum of the lines that have a sign."""
    terms = [(above if s > 0 else below, x) for (x, above, below, *_), s in zip(lines, signs, strict=True) if s]
    return tuple(sum(c * x[k] for c, x in terms) for k in range(d))


class Face:
    """The w at which the lines have these signs. There S(w) = base . w = along . w, with along in the span of the face."""

    def __init__(self, neuron: OneNeuron, signs: Vector) -> None:
        self.neuron, self.kinks = neuron, [line for line, s in zip(neuron.lines, signs, strict=True) if not s]
        self.base, self.walls = gradient(neuron.d, neuron.lines, signs), beyond(x for x, *_ in self.kinks)
        (self.along,) = beyond([self.base], self.walls) or [(0,) * neuron.d]

    def moves(self, side: int) -> list[int] | None:
        """How S of this sign changes around a critical point, along the face and off it; None when along is no gradient there."""
        out = [] if len(self.walls) == self.neuron.d - 1 else [-side]
        square, rows = dot(self.along, self.along) or 1, [x for x, *_ in self.kinks]
        local = dict(fan(rows))
        gap = tuple(dot(self.base, self.along) * a - square * b for a, b in zip(self.along, self.base, strict=True))
        for u in {ray for edges in local.values() for ray in edges}:  # and normals of the sum of segments from low x to high x
            if dot(gap, u) > square * sum(max(low * dot(x, u), high * dot(x, u)) for x, _, _, low, high in self.kinks):
                return None
            beside = gradient(self.neuron.d, self.kinks, [sign(dot(x, u)) for x in rows])
            out.append(sign(dot(self.base, u) + dot(beside, u)) or -side)
        gradients = [gradient(self.neuron.d, self.kinks, signs) for signs in local if all(signs)]
        return out if self.neuron.alone or in_hull(gradients, [Fraction(entry, square) for entry in gap]) else None


def kind_of(*moves: int) -> str:
    """The kind of a point from the signs of the changes of N in the directions that decide it."""
    return "flat" if not any(moves) else "maximum" if max(moves) <= 0 else "minimum" if min(moves) >= 0 else "saddle"


def _critical(neuron: OneNeuron, cone: Cone, signs: Signs) -> bool:
    """Whether some gradients may add to a multiple of a member of the cone; with a trained outer weight, to 0 on one."""
    base, free = gradient(neuron.d, neuron.lines, signs), [line for line, s in zip(neuron.lines, signs, strict=True) if not s]

    def ends(t: Vector) -> tuple[int, int]:
        low = high = dot(base, t)
        for x, _, _, a, b in free:
            e = dot(x, t)
            low, high = low + min(a * e, b * e), high + max(a * e, b * e)
        return low, high

    lows, highs = zip((0, 0), *map(ends, cone.rays if neuron.trained else ()), strict=True)
    if neuron.trained and (cone.lines or not (min(lows) == 0 < max(lows) or min(highs) < 0 == max(highs))):
        return True
    multiples = {-1, 0, 1}  # their signs
    for x, s in reversed(cone.cuts):
        low, high = ends(x)
        multiples = {m for m in multiples if (low <= 0 <= high, high > 0, low < 0)[m * s]}
        if not multiples:
            return False
    return True


def replay(neuron: OneNeuron, most: int) -> tuple[dict[Key, tuple[Fraction, str]], frozenset[tuple[frozenset[Vector], str]]]:
    """All KKT points: the isolated ones with sign(N) N^2 and kind, and the cones of others, where N = 0, with theirs."""
    rows, points, zero = [x for x, *_ in neuron.lines], dict[Key, tuple[Fraction, str]](), dict[frozenset[Key], str]()
    straight = [ray for flat in level(beyond(rows), neuron.d) for ray in both(flat)]
    sides: tuple[int | None, ...] = (1, -1) if neuron.trained else (None,)
    for signs, edges in fan(rows, partial(_critical, neuron), most):
        face = Face(neuron, signs)
        for w in both(face.along):
            side, inside = sign(value := dot(face.base, w)), all(sign(dot(x, w)) == s for x, s in zip(rows, signs, strict=True))
            if side and inside and (moves := face.moves(side)) is not None:
                square = Fraction(side * value**2, neuron.unit**2 * dot(w, w))
                for s in sides:  # moving |a| against |w| shrinks |N|
                    points[w, s] = square * Fraction(s or 4, 4), kind_of(*((s or 1) * m for m in moves), -(s or 0) * side)
        heights = [(dot(face.base, ray), ray) for ray in edges]
        cut = [shortest(h * f - k * e for e, f in zip(a, b, strict=True)) for h, a in heights for k, b in heights if k < 0 < h]
        cone: list[Key] = [(w, 0 if neuron.trained else None) for w in (*straight, *cut, *(w for h, w in heights if h == 0))]
        moves = face.moves(0) if not any(face.along) and (cone or neuron.trained) else None
        for s in sides if moves is not None else ():
            zero[frozenset([*cone, *[((0,) * neuron.d, s)][: abs(s or 0)]])] = kind_of(*((s or 1) * move for move in moves or ()))
        if neuron.trained and cone and (cut or not any(face.along)):  # a has both signs; so has N, unless S is 0 all around
            zero[frozenset(cone)] = "saddle" if moves is None or any(moves) else "flat"
    for line in [cone for cone in zero if len(cone) == 2 and not any(map(sum, zip(*(w for w, _ in cone), strict=True)))]:
        zero |= dict.fromkeys((frozenset([end]) for end in line), zero.pop(line))
    for point in [cone for cone in zero if len(cone) == 1 and not any(cone < other for other in zero)]:
        points |= dict.fromkeys(point, (Fraction(0), zero.pop(point)))
    return points, frozenset((frozenset(w if s is None else (*w, s) for w, s in cone), kind) for cone, kind in zero.items())


def _failure(c: OneNeuron, most: int) -> str:
    """Why the statement is false, or "" when it is true."""
    (hidden, side), degree = c.key or ((0,) * c.d, None), 2 if c.trained else 1
    here = Face(c, tuple(sign(dot(x, hidden)) for x, *_ in c.lines))  # without a key {0}, with all lines on their kinks
    if c.key and side == 0:
        return "" if dot(here.base, hidden) == 0 else "the derivative in the outer weight is not zero"
    if c.key:
        if (any(here.along) and hidden not in both(here.along)) or here.moves(0) is None:
            return "no generalized gradient is parallel to the point"
        return f"N is not zero there, so the multiplier is {degree} N" if any(here.along) and c.multiplier != degree else ""
    points, families = replay(c, most)
    for key in (key for key in [*points, *c.points] if points.get(key) != c.points.get(key)):
        has, finds = (f"N |N| = {number_text(p[key][0])}, {p[key][1]}" if key in p else "no point" for p in (c.points, points))
        return f"at {vector_text(*key)} the statement has {has}, the neuron {finds}"
    other = f"the statement has {len(c.families)} cones of points with N = 0, the neuron {len(families)}"
    return other if bool(families) != bool(c.families) else FAMILIES if families != c.families else ""


def verify(content: OneNeuron, evidence: dict[str, Any]) -> tuple[str, str]:
    """Replay and compare. Another description of the same families is no refutation, so they refute only by their presence."""
    most = expect_int(expect_fields(evidence, ("kind",), ("parts",)).get("parts", MAX_PARTS), 0, MAX_PARTS)
    failure, scope = _failure(content, most), f"d={content.d}, n={len(content.lines)} lines of rows that matter, exact integers"
    if evidence["kind"] == "witness" and failure not in ("", FAMILIES):
        return "refuted", f"{scope}: {failure}"
    if evidence["kind"] == "witness" or failure:
        raise invalid(failure or "the statement is true")
    return "certified", scope

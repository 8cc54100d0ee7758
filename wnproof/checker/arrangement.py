"""Kind ``arrangement``: all KKT points of one (leaky) ReLU neuron, replayed from the raw rows in exact integers.

N(w) = S(w) on |w| = 1, or N(w, a) = a S(w) on |w|^2 + a^2 = 1. By Euler's identity the multiplier is degree * N; where N is not
0, w is critical for S on the sphere and |w| = |a|, and where N = 0, 0 is a generalized gradient of N.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import comb, lcm
from typing import Any, NamedTuple

from .fan import Vector, beyond, both, cells, dot, fan, in_hull, level, rays, shortest, sign
from .reader import expect_fields, expect_int, expect_list, expect_str, fraction, invalid, number_text, unknown

MAX_EVENTS, MAX_INPUTS, MAX_BITS = 5 * 10**7, 12, 10**9
FAMILIES = "the families are not these"
KINDS = ("maximum", "minimum", "saddle", "flat")
Key = tuple[Vector, int | None]  # hidden direction and sign of the trained outer weight (None: fixed)
Line = tuple[Vector, int, int, int, int]  # x, the slopes for x . w > 0 and < 0, and the ends of the slopes for x . w = 0


class Content(NamedTuple):
    """``key`` (hidden, sign): multiplier * N(u) * u is a generalized gradient of N at u = (w, sign)/norm, w = hidden/norm or 0.
    Without a key: ``points`` {key: (sign(N) N^2, kind)} are the isolated KKT points, ``families``, with N = 0, the others.
    """

    d: int
    lines: list[Line]  # unit * S
    unit: int
    trained: bool
    alone: bool  # every row on its kink chooses its own slope
    text: str
    key: Key | None
    multiplier: Fraction
    points: dict[Key, tuple[Fraction, str]]
    families: frozenset[tuple[frozenset[Vector], str]]  # cones, each all positive combinations of its vectors, and kind


def parse(statement: dict[str, Any]) -> Content:
    """The typed statement; malformed ones are Invalid."""
    listed = statement["says"] == "kkt_complete"
    names, optional = (("notion", "points", "families"), ()) if listed else (("direction", "multiplier"), ("sign", "notion"))
    expect_fields(statement, ("says", "neuron", *names), optional)
    data = expect_fields(statement["neuron"], ("X", "y", "slope", "outer", "scale"))
    if (notion := expect_str(statement.get("notion", "clarke"))) not in ("clarke", "decoupled"):
        raise unknown(f"notion {notion[:40]!r}")
    y = [fraction(label) for label in expect_list(data["y"])]
    d = len(expect_list((expect_list(data["X"], len(y)) or [[]])[0]))
    X = [[fraction(entry) for entry in expect_list(row, d)] for row in data["X"]]
    slope, trained = fraction(data["slope"]), data["outer"] is None
    factor = fraction(data["scale"]) * (1 if trained else fraction(data["outer"]))
    if factor == 0 or not 0 < d <= MAX_INPUTS:
        raise invalid(f"the outer weight or scale is zero, or there are not 1 to {MAX_INPUTS} inputs")
    unit, lines, merged = 1, list[Line](), dict[Vector, list[tuple[Fraction, Fraction]]]()
    for row, label in zip(X, y, strict=True):
        up = factor * label * max(map(abs, row)) / (max(map(abs, x := shortest(row))) or 1)
        down, unit = slope * up, lcm(unit, up.denominator, (slope * up).denominator)
        if unit.bit_length() * len(y) > MAX_BITS:
            raise invalid("the data have no common denominator of a size that can be replayed")
        if up:  # one vector stands for both directions; what is up for one is down for the other
            merged.setdefault(max(both(x)), []).append((up, down) if x == max(both(x)) else (-down, -up))
    for x, pairs in merged.items():
        ends = (*zip(*pairs, strict=True), *zip(*map(sorted, pairs), strict=True))
        above, below, low, high = (int(unit * sum(slopes)) for slopes in ends)
        lines.append((x, above, below, low, high) if notion == "decoupled" else (x, above, below, above, below))
    shown = "; ".join(f"{_text(row)} -> {number_text(label)}" for row, label in zip(X[:3], y[:3], strict=True))
    text = f"N({'w, a' if trained else 'w'}) = {number_text(factor)} {'a ' * trained}sum_i y_i sigma(w . x_i), sigma(z) = max(z, "
    text += f"0) + {number_text(slope)} min(z, 0), x_i -> y_i: {shown}{'; ...' * (len(y) > 3)} (n={len(y)}, {notion} gradients)"
    points, families = dict[Key, tuple[Fraction, str]](), set()
    for item in expect_list(statement.get("points", [])):
        expect_fields(item, ("direction", "value_squared", "value_sign", "kind"), ("sign",))
        key, square, side = _key(item, d, trained), fraction(item["value_squared"]), expect_int(item["value_sign"], -1, 1)
        if key in points or sign(square) != abs(side) or item["kind"] not in KINDS:
            raise invalid(f"point {_text(*key)} is listed twice, or of unknown kind, or its value and sign disagree")
        points[key] = (square * side, item["kind"])
    for item in expect_list(statement.get("families", [])):
        vectors = expect_list(expect_fields(item, ("rays", "kind"))["rays"])
        if item["kind"] not in KINDS:
            raise invalid("a family is of unknown kind")
        families.add((frozenset(shortest(map(fraction, expect_list(v, d + trained))) for v in vectors), item["kind"]))
    at, multiplier = (None, "0") if listed else (_key(statement, d, trained), statement["multiplier"])
    return Content(d, lines, unit, trained, notion == "decoupled", text, at, fraction(multiplier), points, frozenset(families))


def _key(item: dict[str, Any], d: int, trained: bool) -> Key:
    hidden = shortest(map(fraction, expect_list(item["direction"], d)))
    side = expect_int(item["sign"], -1, 1) if "sign" in item else None
    if (side is not None) != trained or not (any(hidden) or side):
        raise invalid("the zero vector is no direction, and a point has a sign exactly when the outer weight is trained")
    return hidden, side


class Face:
    """The w at which the lines have these signs. There S(w) = base . w = along . w, with along in the span of the face."""

    def __init__(self, neuron: Content, signs: Vector) -> None:
        self.neuron, self.kinks = neuron, [line for line, s in zip(neuron.lines, signs, strict=True) if not s]
        self.base, self.walls = self.gradient(neuron.lines, signs), beyond(x for x, *_ in self.kinks)
        (self.along,) = beyond([self.base], self.walls) or [(0,) * neuron.d]

    def gradient(self, lines: Iterable[Line], signs: Iterable[int]) -> Vector:
        """Of the sum of the lines that have a sign."""
        terms = [(above if s > 0 else below, x) for (x, above, below, *_), s in zip(lines, signs, strict=True) if s]
        return tuple(sum(c * x[k] for c, x in terms) for k in range(self.neuron.d))

    def moves(self, side: int) -> list[int] | None:
        """How S of this sign changes around a critical point, along the face and off it; None when along is no gradient there."""
        out = [] if len(self.walls) == self.neuron.d - 1 else [-side]
        square, rows = dot(self.along, self.along) or 1, [x for x, *_ in self.kinks]
        gap = tuple(dot(self.base, self.along) * a - square * b for a, b in zip(self.along, self.base, strict=True))
        for u in rays(rows):  # among them are the normals of the sum of the segments from low x to high x
            if dot(gap, u) > square * sum(max(low * dot(x, u), high * dot(x, u)) for x, _, _, low, high in self.kinks):
                return None
            beside = self.gradient(self.kinks, [sign(dot(x, u)) for x in rows])
            out.append(sign(dot(self.base, u) + dot(beside, u)) or -side)
        gradients = [self.gradient(self.kinks, signs) for signs in ([] if self.neuron.alone else cells(rows))]
        return out if self.neuron.alone or in_hull(gradients, [Fraction(entry, square) for entry in gap]) else None


def kind_of(*moves: int) -> str:
    """The kind of a point from the signs of the changes of N in the directions that decide it."""
    return "flat" if not any(moves) else "maximum" if max(moves) <= 0 else "minimum" if min(moves) >= 0 else "saddle"


def replay(neuron: Content) -> tuple[dict[Key, tuple[Fraction, str]], frozenset[tuple[frozenset[Vector], str]]]:
    """All KKT points: the isolated ones with sign(N) N^2 and kind, and the cones of others, where N = 0, with theirs."""
    rows, points, zero = [x for x, *_ in neuron.lines], dict[Key, tuple[Fraction, str]](), dict[frozenset[Key], str]()
    straight = [ray for flat in level(beyond(rows), neuron.d) for ray in both(flat)]
    sides: tuple[int | None, ...] = (1, -1) if neuron.trained else (None,)
    for signs, edges in fan(rows).items():
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


def _failure(c: Content) -> str:
    """Why the statement is false, or "" when it is true."""
    (hidden, side), degree = c.key or ((0,) * c.d, None), 2 if c.trained else 1
    here = Face(c, tuple(sign(dot(x, hidden)) for x, *_ in c.lines))  # without a key {0}, with all lines on their kinks
    if c.key and side == 0:
        return "" if dot(here.base, hidden) == 0 else "the derivative in the outer weight is not zero"
    if (n := len(here.kinks)) and (events := n * comb(n, min(n, c.d) - 1) * 3**c.d) > MAX_EVENTS:
        raise invalid(f"{events} events, the checker replays at most {MAX_EVENTS}")
    if c.key:
        if (any(here.along) and hidden not in both(here.along)) or here.moves(0) is None:
            return "no generalized gradient is parallel to the point"
        return f"N is not zero there, so the multiplier is {degree} N" if any(here.along) and c.multiplier != degree else ""
    points, families = replay(c)
    for key in (key for key in [*points, *c.points] if points.get(key) != c.points.get(key)):
        has, finds = (f"N |N| = {number_text(p[key][0])}, {p[key][1]}" if key in p else "no point" for p in (c.points, points))
        return f"at {_text(*key)} the statement has {has}, the neuron {finds}"
    other = f"the statement has {len(c.families)} cones of points with N = 0, the neuron {len(families)}"
    return other if bool(families) != bool(c.families) else FAMILIES if families != c.families else ""


def verify(content: Content, evidence: dict[str, Any]) -> tuple[str, str]:
    """Replay and compare. Another description of the same families is no refutation, so they refute only by their presence."""
    expect_fields(evidence, ("kind",))
    failure, scope = _failure(content), f"d={content.d}, n={len(content.lines)} lines of rows that matter, exact integers"
    if evidence["kind"] == "witness" and failure not in ("", FAMILIES):
        return "refuted", f"{scope}: {failure}"
    if evidence["kind"] == "witness" or failure:
        raise invalid(failure or "the statement is true")
    return "certified", scope


def render(c: Content) -> str:
    """The statement as a sentence; of long lists the beginning and the counts."""
    sphere = f"the unit sphere{' of (w, a)' * c.trained}"
    if c.key:
        u = _text(*c.key)
        return (
            f"KKT point on {sphere}: {number_text(c.multiplier)} N(u) u is a gradient of N at u = {u} up to length, for {c.text}"
        )
    some = [f"{_text(*key)} with N |N| = {number_text(v)}, {kind}" for key, (v, kind) in list(c.points.items())[:3]]
    counts = f"{len(c.points)} isolated, {len(c.families)} open cones of others with N = 0"
    return f"all KKT points on {sphere}: {counts} ({'; '.join(some)}{'; ...' * (len(c.points) > 3)}; up to length), for {c.text}"


def _text(vector: Sequence[Fraction | int], side: int | None = None) -> str:
    w = f"({', '.join(map(number_text, vector))})"
    return w if side is None else f"({w}{'/|.|' * any(vector)}, {side})"

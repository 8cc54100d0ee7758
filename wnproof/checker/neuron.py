"""What is said of one (leaky) ReLU neuron: that a point is a KKT point, or that these are all; the rows in exact integers."""

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from typing import Any, NamedTuple

from .fan import Vector, both, dot, shortest, sign
from .reader import expect_fields, expect_int, expect_list, expect_one, fraction, invalid, number_text

MAX_INPUTS, MAX_BITS = 12, 10**9
KINDS = ("maximum", "minimum", "saddle", "flat")
Key = tuple[Vector, int | None]  # hidden direction and sign of the trained outer weight (None: fixed)
Line = tuple[Vector, int, int, int, int]  # x, the slopes for x . w > 0 and < 0, and the ends of the slopes for x . w = 0


class OneNeuron(NamedTuple):
    """``key`` (hidden, sign): multiplier * N(u) * u is a generalized gradient of N at u = (w, sign)/norm, w = hidden/norm or 0.
    Without a key: ``points`` {key: (sign(N) N^2, kind)} are the isolated KKT points, ``families``, with N = 0, the others.
    """

    d: int
    lines: list[Line]  # unit * S, steep kinks first
    unit: int
    trained: bool
    alone: bool  # every row on its kink chooses its own slope
    text: str
    key: Key | None
    multiplier: Fraction
    points: dict[Key, tuple[Fraction, str]]
    families: frozenset[tuple[frozenset[Vector], str]]  # cones, each all positive combinations of its vectors, and kind


def parse(statement: dict[str, Any]) -> OneNeuron:
    """The typed statement; malformed ones are Invalid."""
    listed = statement["says"] == "kkt_complete"
    names, optional = (("notion", "points", "families"), ()) if listed else (("direction", "multiplier"), ("sign", "notion"))
    expect_fields(statement, ("says", "neuron", *names), optional)
    data = expect_fields(statement["neuron"], ("X", "y", "slope", "outer", "scale"))
    notion = expect_one(statement.get("notion", "clarke"), ("clarke", "decoupled"))
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
    lines.sort(key=lambda line: -((line[3] - line[4]) ** 2) * dot(line[0], line[0]))
    shown = "; ".join(f"{vector_text(row)} -> {number_text(label)}" for row, label in zip(X[:3], y[:3], strict=True))
    text = f"N({'w, a' if trained else 'w'}) = {number_text(factor)} {'a ' * trained}sum_i y_i sigma(w . x_i), sigma(z) = max(z, "
    text += f"0) + {number_text(slope)} min(z, 0), x_i -> y_i: {shown}{'; ...' * (len(y) > 3)} (n={len(y)}, {notion} gradients)"
    points, families = dict[Key, tuple[Fraction, str]](), set()
    for item in expect_list(statement.get("points", [])):
        expect_fields(item, ("direction", "value_squared", "value_sign", "kind"), ("sign",))
        key, square, side = _key(item, d, trained), fraction(item["value_squared"]), expect_int(item["value_sign"], -1, 1)
        if key in points or sign(square) != abs(side):
            raise invalid(f"point {vector_text(*key)} is listed twice, or its value and sign disagree")
        points[key] = (square * side, expect_one(item["kind"], KINDS))
    for item in expect_list(statement.get("families", [])):
        vectors = expect_list(expect_fields(item, ("rays", "kind"))["rays"])
        cone = frozenset(shortest(map(fraction, expect_list(v, d + trained))) for v in vectors)
        families.add((cone, expect_one(item["kind"], KINDS)))
    at, multiplier = (None, "0") if listed else (_key(statement, d, trained), statement["multiplier"])
    return OneNeuron(d, lines, unit, trained, notion == "decoupled", text, at, fraction(multiplier), points, frozenset(families))


def _key(item: dict[str, Any], d: int, trained: bool) -> Key:
    hidden = shortest(map(fraction, expect_list(item["direction"], d)))
    side = expect_int(item["sign"], -1, 1) if "sign" in item else None
    if (side is not None) != trained or not (any(hidden) or side):
        raise invalid("the zero vector is no direction, and a point has a sign exactly when the outer weight is trained")
    return hidden, side


def render(c: OneNeuron) -> str:
    """The statement as a sentence; of long lists the beginning and the counts."""
    sphere = f"the unit sphere{' of (w, a)' * c.trained}"
    if c.key:
        at = f"u = {vector_text(*c.key)} up to length, for {c.text}"
        return f"KKT point on {sphere}: {number_text(c.multiplier)} N(u) u is a gradient of N at {at}"
    some = [f"{vector_text(*key)} with N |N| = {number_text(v)}, {kind}" for key, (v, kind) in list(c.points.items())[:3]]
    counts = f"{len(c.points)} isolated, {len(c.families)} open cones of others with N = 0"
    return f"all KKT points on {sphere}: {counts} ({'; '.join(some)}{'; ...' * (len(c.points) > 3)}; up to length), for {c.text}"


def vector_text(vector: Sequence[Fraction | int], side: int | None = None) -> str:
    """The vector, or (w, a) with both parts of the same length, up to length."""
    w = f"({', '.join(map(number_text, vector))})"
    return w if side is None else f"({w}{'/|.|' * any(vector)}, {side})"

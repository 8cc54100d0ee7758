"""Kind ``arrangement``: all KKT points of one (leaky) ReLU neuron with two inputs, replayed from the raw rows in exact integers.

N(w) = S(w) on |w| = 1, or N(w, a) = a S(w) on |w|^2 + a^2 = 1, with S(w) = factor * sum_i y_i sigma(w . x_i), sigma(z) = z for
z > 0 and slope * z for z < 0. Euler's identity fixes the multiplier: it is degree * N at every KKT point, so a point
with N != 0 is KKT when w is critical for S on the circle (and |w| = |a|), one with N = 0 when 0 is in the generalized gradient
of N there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any

from .circle import Row, corner, origin_is_critical, shortest, sign
from .neuron import Family, Key, Neuron, Piece, Points, replay
from .reader import expect_fields, expect_int, expect_list, expect_str, fraction, invalid, number_text, unknown

MAX_EVENTS, MAX_BITS = 10**7, 10**9
FAMILIES = "the families are not these"


@dataclass(frozen=True)
class PointStatement:
    """At u = (w, sign)/norm, w = hidden/|hidden| or 0: multiplier * N(u) * u is in the generalized gradient of N at u."""

    neuron: Neuron
    key: Key
    multiplier: Fraction


@dataclass(frozen=True)
class ListStatement:
    """``points`` {key: (sign(N) N^2, kind)} are the isolated KKT points, ``families``, all of value 0, are the others."""

    neuron: Neuron
    points: Points
    families: frozenset[Family]


def parse(statement: dict[str, Any]) -> PointStatement | ListStatement:
    """The typed statement; malformed ones are Invalid."""
    if statement["says"] == "kkt_point":
        expect_fields(statement, ("says", "neuron", "direction", "multiplier"), ("sign", "notion"))
        neuron = _neuron(statement)
        return PointStatement(neuron, _key(statement, neuron), fraction(statement["multiplier"]))
    expect_fields(statement, ("says", "neuron", "notion", "points", "families"))
    neuron, points = _neuron(statement), Points()
    for item in expect_list(statement["points"]):
        expect_fields(item, ("direction", "value_squared", "value_sign", "kind"), ("sign",))
        key, square, side = _key(item, neuron), fraction(item["value_squared"]), expect_int(item["value_sign"], -1, 1)
        if key in points or sign(square) != abs(side):
            raise invalid(f"point {_position(key)} is listed twice or its value and sign disagree")
        points[key] = (square * side, _kind(item["kind"]))
    families = [_family(item, 3 if neuron.trained else 2) for item in expect_list(statement["families"])]
    if len(set(families)) != len(families):
        raise invalid("a family is listed twice")
    return ListStatement(neuron, points, frozenset(families))


def _neuron(statement: dict[str, Any]) -> Neuron:
    data = expect_fields(statement["neuron"], ("X", "y", "slope", "outer", "scale"))
    notion = expect_str(statement.get("notion", "clarke"))
    if notion not in ("clarke", "decoupled"):
        raise unknown(f"notion {notion[:40]!r}")
    y = [fraction(label) for label in expect_list(data["y"])]
    X = [[fraction(entry) for entry in expect_list(row, 2)] for row in expect_list(data["X"], len(y))]
    slope, trained = fraction(data["slope"]), data["outer"] is None
    factor = fraction(data["scale"]) * (1 if trained else fraction(data["outer"]))
    if factor == 0:
        raise invalid("the outer weight or scale is zero")
    kept = [(shortest(row), row, label) for row, label in zip(X, y, strict=True) if label and any(row)]
    weights = [(x, factor * label * max(map(abs, row)) / max(map(abs, x))) for x, row, label in kept]
    unit = 1
    for _, weight in weights:
        unit = lcm(unit, weight.denominator, (slope * weight).denominator)
        if unit.bit_length() * len(weights) > MAX_BITS:
            raise invalid("the data have no common denominator of a size that can be replayed")
    rows = tuple(Row(x, int(unit * weight), int(unit * slope * weight)) for x, weight in weights)
    shown = "; ".join(f"{_vector(row)} -> {number_text(label)}" for row, label in zip(X[:3], y[:3], strict=True))
    text = (
        f"{f'N(w, a) = {number_text(factor)} a' if trained else f'N(w) = {number_text(factor)}'} sum_i y_i sigma(w . x_i), "
        f"sigma(z) = z for z > 0 and {number_text(slope)} z for z < 0, "
        f"n={len(y)} rows x_i -> y_i: {shown}{'; ...' if len(y) > 3 else ''} ({notion} gradients)"
    )
    return Neuron(rows, unit, trained, notion == "decoupled", text)


def _key(item: dict[str, Any], neuron: Neuron) -> Key:
    hidden = shortest(fraction(entry) for entry in expect_list(item["direction"], 2))
    if ("sign" in item) != neuron.trained:
        raise invalid("a point has a sign exactly when the outer weight is trained")
    side = expect_int(item["sign"], -1, 1) if neuron.trained else None
    if not any(hidden) and not side:
        raise invalid("the zero vector is no direction")
    return hidden, side


def _kind(text: object) -> str:
    if text not in ("maximum", "minimum", "saddle", "flat"):
        raise unknown(f"kind {str(text)[:40]!r}")
    return str(text)


def _family(item: object, size: int) -> Family:
    def piece(fields: dict[str, Any]) -> Piece:
        rays = [shortest(map(fraction, expect_list(ray, size))) for ray in expect_list(fields["rays"])]
        return tuple(sorted(rays)), _kind(fields["kind"])

    data = expect_fields(item, ("rays", "dimension", "kind", "boundary"))
    boundary = frozenset(piece(expect_fields(part, ("rays", "kind"))) for part in expect_list(data["boundary"]))
    cone, kind = piece(data)
    return cone, expect_int(data["dimension"], 1, size - 1), kind, boundary


def _failure(statement: PointStatement | ListStatement) -> str:
    """Why the statement is false, or "" when it is true."""
    neuron = statement.neuron
    if (events := 2 * len(neuron.rows)) > MAX_EVENTS:
        raise invalid(f"{events} events, the checker replays at most {MAX_EVENTS}")
    if isinstance(statement, ListStatement):
        points, families = replay(neuron)
        for key in [*points, *statement.points]:
            if points.get(key) != statement.points.get(key):
                return f"at {_position(key)} the statement has {_at(statement.points, key)}, the neuron {_at(points, key)}"
        return "" if families == statement.families else FAMILIES
    hidden, side = statement.key
    if not any(hidden):
        return "" if origin_is_critical(neuron.rows, neuron.alone) else "0 is no generalized gradient"
    here, degree = corner(neuron.rows, hidden), 2 if neuron.trained else 1
    if side == 0:
        return "" if here.value == 0 else "the derivative in the outer weight is not zero"
    if not here.critical(neuron.alone):
        return "no generalized gradient is parallel to the point"
    return "" if here.value == 0 or statement.multiplier == degree else f"N is not zero there, so the multiplier is {degree} N"


def verify(statement: PointStatement | ListStatement, evidence: dict[str, Any]) -> str:
    """Replay and compare; Invalid when the statement is not what comes out."""
    expect_fields(evidence, ("kind",))
    if failure := _failure(statement):
        raise invalid(failure)
    return _scope(statement)


def refute(statement: PointStatement | ListStatement, evidence: dict[str, Any]) -> str:
    """Replay and differ. Another description of the same families is no refutation, so they refute only by their presence."""
    expect_fields(evidence, ("kind",))
    if not (failure := _failure(statement)):
        raise invalid("the statement is true")
    if failure == FAMILIES and isinstance(statement, ListStatement) and statement.families and replay(statement.neuron)[1]:
        raise invalid("the families differ in their description, which refutes nothing")
    return f"{_scope(statement)}: {failure}"


def _scope(statement: PointStatement | ListStatement) -> str:
    return f"d=2, n={len(statement.neuron.rows)} rows that matter, exact integers"


def render(statement: PointStatement | ListStatement) -> str:
    """The statement as a sentence; of long lists the beginning and the counts."""
    neuron = statement.neuron
    sphere = "the unit sphere of (w, a)" if neuron.trained else "the unit circle"
    if isinstance(statement, PointStatement):
        u, multiplier = _position(statement.key), number_text(statement.multiplier)
        return f"KKT point on {sphere}: {multiplier} N(u) u is a gradient of N at u = {u}, for {neuron.text}"
    listed = [f"{_position(key)} with {_at(statement.points, key)}" for key in statement.points]
    families = sorted(statement.families, key=lambda family: family[:3])
    spanned = [f"all of the cone of {', '.join(map(_vector, rays))}, {kind}" for rays, _, kind, _ in families]
    shown = [text for texts in (listed, spanned) for text in (*texts[:3], *["..."][: len(texts[3:])])]
    counts = f"{len(listed)} isolated, families with N = 0: {len(spanned)}"
    return f"all KKT points on {sphere}: {counts} ({'; '.join(shown)}), for {neuron.text}"


def _at(points: Points, key: Key) -> str:
    """What a list says about a place, as text."""
    return f"N |N| = {number_text(points[key][0])}, {points[key][1]}" if key in points else "no isolated point"


def _vector(vector: Iterable[Fraction | int]) -> str:
    return f"({', '.join(map(number_text, vector))})"


def _position(key: Key) -> str:
    w = f"{_vector(key[0])}/|.|" if any(key[0]) else "0"
    return w if key[1] is None else f"({w}, {key[1]})/|.|"

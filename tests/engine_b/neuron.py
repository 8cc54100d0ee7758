"""KKT points of one (leaky) ReLU neuron with two inputs, ray by ray in O(n^2): no sweep, no sorting, no merged rows.

S(w) = sum_i c_i sigma(w . x_i). The kinks are the rays orthogonal to rows. Just beside a ray, a row that vanishes on it has the
sign it has on the ray turned a little; so the gradient beside a ray, hence every cell's, comes from signs on two levels.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property, lru_cache

from flint import fmpq

from tests.engine_b import neuron_in_space
from tests.engine_b.numbers import number

ORIGIN = (fmpq(0), fmpq(0))


def sign(t):
    return (t > 0) - (t < 0)


def dot(a, b):
    return a[0] * b[0] + a[1] * b[1]


def turned(a):
    return (-a[1], a[0])


def ray(w):
    """The representative whose largest entry has modulus 1; (0, 0) stays."""
    size = max(abs(fmpq(t)) for t in w)
    return tuple(fmpq(t) / size for t in w) if size else ORIGIN


@dataclass(frozen=True)
class Landscape:
    """S on the circle: rows with their weights, the slope on the negative side."""

    rows: tuple
    slope: fmpq
    alone: bool  # every row chooses its slope at its kink by itself

    def value(self, w):
        return sum((c * z if (z := dot(x, w)) > 0 else c * self.slope * z for x, c in self.rows), fmpq(0))

    def gradient(self, w, side):
        """Of the cell that w lies in, or just beside w on this side."""
        beside = turned(w)
        parts = [(x, c if (sign(dot(x, w)) or side * sign(dot(x, beside))) > 0 else c * self.slope) for x, c in self.rows]
        return tuple(sum((c * x[k] for x, c in parts), fmpq(0)) for k in (0, 1))

    @cached_property
    def kinks(self):
        return sorted({ray(t) for x, _ in self.rows for t in (turned(x), turned(turned(turned(x))))})

    @cached_property
    def cells(self):
        """The gradient beside every kink, on both sides."""
        return {(w, side): self.gradient(w, side) for w in self.kinks for side in (1, -1)}

    def touches_flat(self, w):
        return any(not any(self.gradient(w, side)) for side in (1, -1))

    def critical(self, w):
        pulls = [dot(self.gradient(w, side), turned(w)) for side in (1, -1)]
        if self.alone:
            smooth = [(x, c if dot(x, w) > 0 else c * self.slope) for x, c in self.rows if dot(x, w)]
            base = sum((c * dot(x, turned(w)) for x, c in smooth), fmpq(0))
            free = [c * dot(x, turned(w)) for x, c in self.rows if not dot(x, w)]
            pulls = [base + sum(pick(t, self.slope * t) for t in free) for pick in (min, max)]
        return min(pulls) <= 0 <= max(pulls)

    def moves(self, w):
        """How S changes along the circle on either side: the slope, or where that is 0 the curvature -S."""
        out = []
        for side in (1, -1):
            slope = side * sign(dot(self.gradient(w, side), turned(w)))
            out.append(slope or -sign(self.value(w)))
        return out

    @cached_property
    def candidates(self):
        """Kinks, and inside a cell the two directions of its gradient."""
        inside = {
            ray((s * g[0], s * g[1]))
            for g in self.cells.values()
            if any(g)
            for s in (1, -1)
            if self._in_cell(g, (s * g[0], s * g[1]))
        }
        return sorted({*self.kinks, *inside})

    def _in_cell(self, g, w):
        return all(dot(x, w) for x, _ in self.rows) and self.gradient(w, 1) == g

    @cached_property
    def zeros(self):
        orthogonal = {ray(t) for g in self.cells.values() if any(g) for t in (turned(g), turned(turned(turned(g))))}
        return [w for w in sorted({*self.kinks, *orthogonal}) if not self.value(w)]


def landscape(statement):
    return _landscape(json.dumps(statement["neuron"]), statement.get("notion", "clarke") == "decoupled")


@lru_cache(16)
def _landscape(text, alone):
    data = json.loads(text)
    factor = number(data["scale"]) * number(data["outer"] or 1)
    rows = ((tuple(map(number, x)), factor * number(y)) for x, y in zip(data["X"], data["y"], strict=True))
    kept = tuple((x, c) for x, c in rows if c and any(x))
    return Landscape(kept, number(data["slope"]), alone)


def kind(moves):
    return "flat" if not any(moves) else "maximum" if max(moves) <= 0 else "minimum" if min(moves) >= 0 else "saddle"


def zero_is_critical(s):
    """0 in the generalized gradient at w = 0: no open half-plane holds all gradients of cells (of slopes, when rows choose)."""
    options = {s.gradient((1, 0), 1)} | set(s.cells.values())
    if s.alone:
        options = {ORIGIN}
        for x, c in s.rows:
            options = {(a + t * c * x[0], b + t * c * x[1]) for a, b in options for t in (fmpq(1), s.slope)}
    if any(not any(g) for g in options):
        return True
    edges = [e for g in options for e in (turned(g), turned(turned(turned(g))), g)]
    inner = [e for e in edges if all(dot(g, e) >= 0 for g in options)]
    total = (sum(e[0] for e in inner), sum(e[1] for e in inner))
    return not all(dot(g, total) > 0 for g in options)


def points(statement):
    """({(direction, sign of a): (N |N|, kind)} of the isolated points, whether there are families)."""
    s, trained = landscape(statement), statement["neuron"]["outer"] is None
    flat = not s.rows or any(not any(g) for g in s.cells.values())
    found, over = {}, False
    for w in s.candidates:
        if not s.critical(w) or s.touches_flat(w):
            continue
        value = s.value(w)
        square = sign(value) * value**2 / dot(w, w)
        if not trained:
            found[w, None] = (square, kind(s.moves(w)))
        elif value:
            for a in (1, -1):
                found[w, a] = (a * square / 4, kind([*(a * m for m in s.moves(w)), -sign(a * value)]))
        else:
            over = True
    if trained:
        for w in s.zeros:
            if not s.critical(w) and not s.touches_flat(w):
                found[w, 0] = (fmpq(0), "saddle")
        if zero_is_critical(s) and not flat and not over:
            around = [sign(s.value(w)) for w in s.candidates]
            for a in (1, -1):
                found[ORIGIN, a] = (fmpq(0), kind([a * t for t in around]))
    return found, flat or over


def key(item):
    return ray([number(t) for t in item["direction"]]), item.get("sign")


def true(statement):
    """A point: it is critical with this multiplier. A list: these are the isolated points, and families exist or do not."""
    if len(statement["neuron"]["X"][0]) != 2:
        return neuron_in_space.true(statement)
    if statement["says"] == "kkt_complete":
        listed = {key(p): (number(p["value_squared"]) * p["value_sign"], p["kind"]) for p in statement["points"]}
        found, families = points(statement)
        return listed == found and families == bool(statement["families"])
    s, (w, a) = landscape(statement), key(statement)
    if not any(w):
        return zero_is_critical(s)
    if a == 0:
        return not s.value(w)
    degree = 1 if a is None else 2
    return s.critical(w) and (not s.value(w) or number(statement["multiplier"]) == degree)

"""Statements about one neuron with any number of inputs, decided by brute force over the sign vectors of the raw rows."""

from __future__ import annotations

from fractions import Fraction

from tests.kkt import bruteforce_space as brute


def true(statement):
    """A point: it is critical with this multiplier. A list: these points and cones are what there is, with these kinds."""
    data, alone = statement["neuron"], statement.get("notion", "clarke") == "decoupled"
    trained, factor = data["outer"] is None, Fraction(data["scale"]) * Fraction(data["outer"] or 1)
    X, y = [[Fraction(e) for e in x] for x in data["X"]], [factor * Fraction(c) for c in data["y"]]
    slope = Fraction(data["slope"])
    if statement["says"] == "kkt_complete":
        return listed(statement, [x for x, c in zip(X, y, strict=True) if c and any(x)]) == brute.kkt(X, y, slope, alone, trained)
    w, a = [Fraction(e) for e in statement["direction"]], statement.get("sign")
    s = brute.Landscape(X, y, slope, alone)
    value, signs = s.value(w), s.at(w)
    if a == 0:
        return value == 0
    pull = [value * e / (brute.dot(w, w) or 1) for e in w]
    return s.has_gradient(signs, pull) and (value == 0 or Fraction(statement["multiplier"]) == 1 + trained)


def listed(statement, rows):
    """The two dictionaries that brute force gives, read from the statement."""
    d, points, zeros = len(statement["neuron"]["X"][0]), {}, {}
    pieces = [(cone["rays"], cone["kind"]) for cone in statement["families"]]
    for p in statement["points"]:
        w, a = [Fraction(e) for e in p["direction"]], p.get("sign")
        if p["value_sign"]:
            points[brute.primitive(w), a] = Fraction(p["value_squared"]) * p["value_sign"], p["kind"]
        else:
            pieces.append(([[*w, *([] if a is None else [a])]], p["kind"]))
    for rays, kind in pieces:
        inside = [sum(map(Fraction, column)) for column in zip(*rays, strict=True)]
        signs = tuple(brute.sign(brute.dot(x, inside[:d])) for x in rows)
        zeros[signs, brute.sign(inside[d]) if len(inside) > d else None] = kind
    return points, zeros

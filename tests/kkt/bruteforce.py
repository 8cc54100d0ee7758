"""All KKT points of one neuron with two inputs the slow way: every sign vector of the raw rows, no merging, no sorting, no sweep.

Shares no code with the package. Realizable sign vectors are found one by one, generalized gradients are hulls over the
realizable patterns next to a direction (or over free slopes), and kinds come from exact values of N at nearby exact points.
"""

from __future__ import annotations

import itertools
from fractions import Fraction


def sign(t):
    return (t > 0) - (t < 0)


def dot(a, b):
    return a[0] * b[0] + a[1] * b[1]


def perp(a):
    return (-a[1], a[0])


def shortest(w):
    """Canonical representative of a ray: the largest absolute entry becomes 1."""
    size = max(abs(Fraction(w[0])), abs(Fraction(w[1])))
    return (Fraction(w[0]) / size, Fraction(w[1]) / size)


def value(data, w):
    X, y, slope = data
    heights = [dot(row, w) for row in X]
    return sum((label * (z if z > 0 else slope * z) for z, label in zip(heights, y, strict=True)), Fraction(0))


def signed_square(data, w):
    """sign(G) G^2 at w/|w|: increasing in G."""
    g = value(data, w)
    return sign(g) * g * g / Fraction(dot(w, w))


def signs_at(data, w):
    return tuple(sign(dot(row, w)) for row in data[0])


def inner_direction(walls):
    """Inside the cone {e: e . v > 0 for all walls v} when it is not empty: the sum of all its edges (and of the walls
    themselves in it).
    """
    candidates = [e for v in walls for e in (perp(v), tuple(-t for t in perp(v)), v)]
    edges = [e for e in candidates if all(dot(v, e) >= 0 for v in walls)]
    return (sum(e[0] for e in edges), sum(e[1] for e in edges))


def witnesses(data, signs):
    """Directions with exactly these signs of w . x_i: one of an open cone (the sum of the edges of the closed cone lies
    inside it), or all rays.
    """
    X = data[0]
    if any(s and not any(row) for row, s in zip(X, signs, strict=True)):
        return []
    flat = [row for row, s in zip(X, signs, strict=True) if s == 0 and any(row)]
    walls = [(s * row[0], s * row[1]) for row, s in zip(X, signs, strict=True) if s]
    if flat:
        candidates = [perp(flat[0]), tuple(-e for e in perp(flat[0]))]
    elif walls:
        candidates = [inner_direction(walls)]
    else:
        candidates = [(1, 0)]
    return [w for w in candidates if any(w) and signs_at(data, w) == signs]


def gradient(data, signs):
    X, y, slope = data
    weights = [label * (1 if s > 0 else slope if s < 0 else 0) for label, s in zip(y, signs, strict=True)]
    return tuple(sum((c * row[k] for c, row in zip(weights, X, strict=True)), Fraction(0)) for k in (0, 1))


def faces(data):
    """Every realizable sign vector with directions in it (two when all rows are parallel and vanish); zero rows always have
    sign 0.
    """
    found = ((signs, witnesses(data, signs)) for signs in itertools.product((1, 0, -1), repeat=len(data[0])))
    return [(signs, w) for signs, rays in found for w in rays]


def adjacent_gradients(data, cells, signs):
    """Gradients of the full-dimensional cells whose closure contains the face."""
    return [gradient(data, cell) for cell in cells if all(s in (0, c) for s, c in zip(signs, cell, strict=True))]


def pulls(data, cells, signs, w, rows_choose_alone):
    """(lowest, highest) component along the circle of the elements of the generalized gradient at the ray w."""
    turn = perp(w)
    if not rows_choose_alone:
        along = [dot(g, turn) for g in adjacent_gradients(data, cells, signs)]
        return min(along), max(along)
    X, y, slope = data
    low = high = dot(gradient(data, signs), turn)
    for row, label, s in zip(X, y, signs, strict=True):
        if s == 0:
            options = (label * dot(row, turn), slope * label * dot(row, turn))
            low, high = low + min(options), high + max(options)
    return low, high


def kind(data, w, reflected=1, outer_trained=False):
    """From exact values at two steps on either side, small against every angle that integer data this small can make."""
    here = reflected * signed_square(data, w)
    step = Fraction(1, 10**9)
    changes = []
    for side in (step, -step):
        nearby = (w[0] + side * perp(w)[0], w[1] + side * perp(w)[1])
        changes.append(sign(reflected * signed_square(data, nearby) - here))
    if outer_trained and here:
        # the (|w|, a) trade-off lowers |N| whatever w does
        changes += [-sign(here)] * 2
    if not any(changes):
        return "flat"
    return "maximum" if max(changes) <= 0 else "minimum" if min(changes) >= 0 else "saddle"


def circle(data, rows_choose_alone=False):
    """(critical rays {w: value-sign-square}, open flat cones [signs], zero rays, gradients of cells) of G on the circle."""
    realizable = faces(data)
    full = [signs for signs, _ in realizable if all(s or not any(row) for row, s in zip(data[0], signs, strict=True))]
    critical, flat, zeros = {}, [], []
    for signs, w in realizable:
        g = gradient(data, signs)
        if signs in full:
            if not any(g):
                flat.append(signs)
                continue
            for c in (g, (-g[0], -g[1])):
                if signs_at(data, c) == signs:
                    critical[shortest(c)] = signed_square(data, c)
            zeros += [shortest(c) for c in (perp(g), (g[1], -g[0])) if signs_at(data, c) == signs]
        else:
            low, high = pulls(data, full, signs, w, rows_choose_alone)
            if low <= 0 <= high:
                critical[shortest(w)] = signed_square(data, w)
            if value(data, w) == 0:
                zeros.append(shortest(w))
    return critical, flat, zeros, full, realizable


def zero_in_hull(vectors):
    """0 in conv(vectors): no open half-plane holds them all (a witness would be on the edge rays, or their sum)."""
    if any(not any(v) for v in vectors):
        return True
    inside = inner_direction(vectors)
    return not all(dot(v, inside) > 0 for v in vectors)


def zero_in_zonotope(data):
    """0 = sum_i s_i y_i x_i with slopes s_i between the two: 0 in the hull of the vertices, all 2^n of them."""
    X, y, slope = data
    corners = itertools.product((Fraction(1), slope), repeat=len(y))
    weights = [[s * label for s, label in zip(corner, y, strict=True)] for corner in corners]
    return zero_in_hull({tuple(sum(c * row[k] for c, row in zip(w, X, strict=True)) for k in (0, 1)) for w in weights})


def fixed_outer(data, rows_choose_alone=False):
    """{direction: (signed square, kind)} of every KKT ray that is not on a closed flat cone, and the set of rays and cells
    that are.
    """
    critical, flat, _, full, realizable = circle(data, rows_choose_alone)
    touching = _closed_flat_rays(flat, full, realizable)
    points = {w: (square, kind(data, w)) for w, square in critical.items() if w not in touching}
    ends = {w: kind(data, w) for w in touching}
    return points, ends, len(flat)


def trained_outer(data, rows_choose_alone=False):
    """{(direction, sign of a): (signed square, kind)} of isolated points; zeros carry sign 0 and the poles direction (0, 0)."""
    critical, flat, zeros, full, realizable = circle(data, rows_choose_alone)
    touching = _closed_flat_rays(flat, full, realizable)
    points = {}
    for w, square in critical.items():
        if square:
            for s in (1, -1):
                points[w, s] = (s * square / 4, kind(data, w, s, outer_trained=True))
    over = {w: kind(data, w) for w, square in critical.items() if not square and w not in touching}
    for w in zeros:
        if w not in touching and w not in over:
            points[w, 0] = (Fraction(0), "saddle")
    balanced = zero_in_zonotope(data) if rows_choose_alone else zero_in_hull([gradient(data, s) for s in full])
    if balanced and not flat and not over:
        points |= {((0, 0), s): (Fraction(0), kind) for s, kind in poles(data, critical, realizable).items()}
    return points, over, {w: kind(data, w) for w in touching}, len(flat)


def poles(data, critical, realizable):
    """The kinds of (0, 1) and (0, -1): nearby N has the sign of +-G."""
    values = {sign(value(data, w)) for w in [*(w for _, w in realizable), *critical]}
    if values == {0}:
        return {1: "flat", -1: "flat"}
    return {s: "saddle" if {1, -1} <= values else "minimum" if s in values else "maximum" for s in (1, -1)}


def zero_pieces(data, rows_choose_alone=False, trained=False):
    """({(ray, side): kind} of the pieces over single rays, {side: number of pieces over open cones}) of the KKT points with N = 0
    that are not isolated; the side is the sign of the outer weight, None when it is fixed.
    """
    if not trained:
        _, ends, flat = fixed_outer(data, rows_choose_alone)
        return {(w, None): kind for w, kind in ends.items()}, ({None: flat} if flat else {})
    _, over, ends, flat = trained_outer(data, rows_choose_alone)
    reflected = {"maximum": "minimum", "minimum": "maximum"}
    singles = {}
    for w, inside in (over | ends).items():
        singles[w, 0] = "flat" if inside == "flat" else "saddle"
        singles |= {(w, 1): inside, (w, -1): reflected.get(inside, inside)}
    kept = [row for row, label in zip(*data[:2], strict=True) if label]
    if (over or flat) and any(
        a[0] * b[1] != a[1] * b[0] for a in kept for b in kept
    ):  # otherwise the poles are inside other pieces
        critical, _, _, _, realizable = circle(data, rows_choose_alone)
        singles |= {((0, 0), s): kind for s, kind in poles(data, critical, realizable).items()}
    return singles, (dict.fromkeys((1, 0, -1), flat) if flat else {})


def described(pieces, trained=False):
    """The same of pieces given as (rays, kind)."""
    singles, wide = {}, {}
    for rays, inside in pieces:
        side = sum(sign(ray[2]) for ray in rays) if trained else None
        hidden = [shortest(ray[:2]) for ray in rays if any(ray[:2])]
        if len(hidden) < 2 or (len(hidden) == 2 and hidden[0] == (-hidden[1][0], -hidden[1][1])):
            singles |= {(w, side): inside for w in hidden or [(0, 0)]}
        else:
            assert inside == "flat"
            wide[side] = wide.get(side, 0) + 1
    return singles, wide


def _closed_flat_rays(flat, full, realizable):
    return {
        shortest(w)
        for signs, w in realizable
        if signs not in full and any(all(s in (0, c) for s, c in zip(signs, cell, strict=True)) for cell in flat)
    }

"""All KKT points of one neuron with any number of inputs the slow way: the 3^n sign vectors of the raw rows, decided by
Fourier and Motzkin's elimination; no merging, no rays, no recursion.

Shares no code with the package. Generalized gradients are hulls over the realizable patterns next to a face (or over all slopes),
membership is the absence of a separating direction, and kinds come from exact values of N at nearby points.
"""

from __future__ import annotations

import functools
import itertools
from fractions import Fraction

from flint import fmpq, fmpq_mat

STEP = Fraction(1, 10**9)


def sign(t):
    return (t > 0) - (t < 0)


def dot(a, b):
    return sum((x * y for x, y in zip(a, b, strict=True)), Fraction(0))


def solution(constraints, d):
    """Some w with a . w >= b for all (a, b), or None."""
    distinct = dict.fromkeys(scaled(*c) for c in constraints)
    return eliminated([(a, b, frozenset([k])) for k, (a, b) in enumerate(distinct)], d, 1)


def eliminated(constraints, d, most):
    """The same, for constraints that name those they are sums of: one that needs more than ``most`` of them follows from others
    (Kohler's rule, which keeps elimination from growing doubly exponentially).
    """
    if d == 0:
        return None if any(b > 0 for _, b, _ in constraints) else ()
    rest = [(a[:-1], b, of) for a, b, of in constraints if a[-1] == 0]
    lower = [(tuple(e / a[-1] for e in a[:-1]), b / a[-1], of) for a, b, of in constraints if a[-1] > 0]
    upper = [(tuple(e / a[-1] for e in a[:-1]), b / a[-1], of) for a, b, of in constraints if a[-1] < 0]
    pairs = [
        (tuple(x - y for x, y in zip(a, c, strict=True)), b - e, whence | whither)
        for a, b, whence in lower
        for c, e, whither in upper
        if len(whence | whither) <= most + 1
    ]
    head = eliminated(rest + pairs, d - 1, most + 1)
    if head is None:
        return None
    low = max((b - dot(a, head) for a, b, _ in lower), default=None)
    high = min((b - dot(a, head) for a, b, _ in upper), default=None)
    if low is None:
        return (*head, Fraction(0) if high is None else high - 1)
    return (*head, low + 1 if high is None else (low + high) / 2)


def scaled(a, b):
    """The same constraint with a largest coefficient of 1."""
    size = max((abs(e) for e in a), default=0) or 1
    return tuple(e / size for e in a), b / size


def conditions(rows, signs):
    """The constraints for x . w to have these signs, up to a positive factor of w."""
    out = []
    for x, s in zip(rows, signs, strict=True):
        if s:
            out.append((tuple(Fraction(s * e) for e in x), Fraction(1)))
        else:
            out += [(tuple(Fraction(t * e) for e in x), Fraction(0)) for t in (1, -1)]
    return out


@functools.lru_cache(maxsize=500)
def realizable(rows, d):
    """All sign vectors of the rows that some w in R^d has, with such a w: signs of the first rows extended one row at a time."""
    found = {(): solution([], d)}
    for k, x in enumerate(rows):
        longer = {}
        for signs, w in found.items():
            for t in (1, 0, -1):
                other = w if sign(dot(x, w)) == t else solution(conditions(rows[: k + 1], (*signs, t)), d)
                if other is not None:
                    longer[*signs, t] = other
        found = longer
    return found


def kernel(rows, d):
    """A basis of the w with x . w = 0 for all rows."""
    matrix = fmpq_mat([[fmpq(Fraction(e).numerator, Fraction(e).denominator) for e in x] for x in rows] or [[0] * d])
    reduced, rank = matrix.rref()
    pivots = [next(k for k in range(d) if reduced[i, k] != 0) for i in range(rank)]
    basis = []
    for free in (k for k in range(d) if k not in pivots):
        vector = [Fraction(int(k == free)) for k in range(d)]
        for i, p in enumerate(pivots):
            vector[p] = -Fraction(int(reduced[i, free].p), int(reduced[i, free].q))
        basis.append(tuple(vector))
    return basis


def projection(g, basis):
    """Onto the span of a basis."""
    if not basis:
        return tuple(Fraction(0) for _ in g)
    gram = fmpq_mat([[fmpq(dot(a, b).numerator, dot(a, b).denominator) for b in basis] for a in basis])
    right = fmpq_mat([[fmpq(dot(a, g).numerator, dot(a, g).denominator)] for a in basis])
    c = gram.solve(right)
    weights = [Fraction(int(c[i, 0].p), int(c[i, 0].q)) for i in range(len(basis))]
    return tuple(sum((t * b[k] for t, b in zip(weights, basis, strict=True)), Fraction(0)) for k in range(len(g)))


class Landscape:
    """S(w) = sum_i y_i sigma(x_i . w) on raw rows."""

    def __init__(self, X, y, slope, alone):
        kept = [(x, c) for x, c in zip(X, y, strict=True) if c and any(x)]
        self.X, self.y = [x for x, _ in kept], [Fraction(c) for _, c in kept]
        self.slope, self.alone, self.d = slope, alone, len(X[0])
        self.witness = realizable(tuple(map(tuple, self.X)), self.d)

    def value(self, w):
        heights = [dot(x, w) for x in self.X]
        return sum((c * (z if z > 0 else self.slope * z) for z, c in zip(heights, self.y, strict=True)), Fraction(0))

    def signed_square(self, w):
        return sign(self.value(w)) * self.value(w) ** 2 / dot(w, w)

    def at(self, w):
        return tuple(sign(dot(x, w)) for x in self.X)

    def gradient(self, slopes):
        weights = [c * t for c, t in zip(self.y, slopes, strict=True)]
        return tuple(sum((c * x[k] for c, x in zip(weights, self.X, strict=True)), Fraction(0)) for k in range(self.d))

    def slopes(self, signs):
        return [Fraction(1) if s > 0 else self.slope if s < 0 else Fraction(0) for s in signs]

    def gradients(self, signs):
        if self.alone:
            choices = [[t] if s else [Fraction(1), self.slope] for s, t in zip(signs, self.slopes(signs), strict=True)]
            return {self.gradient(weights) for weights in itertools.product(*choices)}
        cells = (c for c in self.witness if all(c) and all(s in (0, t) for s, t in zip(signs, c, strict=True)))
        return {self.gradient(self.slopes(c)) for c in cells}

    def has_gradient(self, signs, target):
        """No direction separates the target from all gradients: it would have to from a few, to which the next one is added that
        the direction found does not separate.
        """
        apart = sorted((tuple(a - b for a, b in zip(g, target, strict=True)), Fraction(1)) for g in self.gradients(signs))
        few = []
        while (v := solution(few, self.d)) is not None:
            worst = min(apart, key=lambda c: dot(c[0], v))
            if dot(worst[0], v) >= 1:
                return False
            few.append(worst)
        return True

    def kind(self, w, reflected=1, trade=0):
        """From values at nearby points in every direction that decides."""
        flat = [x for x in self.X if dot(x, w) == 0]
        along = kernel(flat, self.d)
        directions = [tuple(s * e for e in b) for b in along for s in (1, -1)]
        directions += [v for signs, v in realizable(tuple(map(tuple, flat)), self.d).items() if any(signs)]
        square = self.signed_square(w) if any(w) else Fraction(0)
        near = (tuple(a + STEP * b for a, b in zip(w, v, strict=True)) for v in directions)
        changes = [sign(reflected * (self.signed_square(p) - square)) for p in near if any(p)] + ([trade] if trade else [])
        if not any(changes):
            return "flat"
        return "maximum" if max(changes) <= 0 else "minimum" if min(changes) >= 0 else "saddle"


def primitive(w):
    size = max(abs(e) for e in w)
    return tuple(Fraction(e) / size for e in w) if size else tuple(Fraction(0) for _ in w)


def kkt(X, y, slope, alone, trained):
    """({(direction, sign of the outer weight or None): (sign(N) N^2, kind)} where N != 0, {(signs of the rows, the same): kind}
    where N = 0) of all KKT points, for the rows that matter.
    """
    s = Landscape(X, y, slope, alone)
    points, zeros = {}, {}
    for signs, witness in s.witness.items():
        flat = [x for x, t in zip(s.X, signs, strict=True) if t == 0]
        g, basis = s.gradient(s.slopes(signs)), kernel(flat, s.d)
        pull = projection(g, basis)
        exists = any(signs) or bool(basis)
        critical = s.has_gradient(signs, pull)
        if any(pull):
            for w in (pull, tuple(-e for e in pull)):
                if critical and s.at(w) == signs:
                    square = s.signed_square(w)
                    if not trained:
                        points[primitive(w), None] = square, s.kind(w)
                    for a in (1, -1) if trained else ():
                        points[primitive(w), a] = a * square / 4, s.kind(w, a, -sign(a * square))
            level = [(g, Fraction(0)), (tuple(-e for e in g), Fraction(0))]
            if trained and solution([*conditions(s.X, signs), *level], s.d) is not None and any(signs):
                zeros[signs, 0] = "saddle"
            continue
        if not any(signs):
            witness = basis[0] if basis else witness
        kind = s.kind(witness) if critical else None
        if trained and exists:
            zeros[signs, 0] = "flat" if kind == "flat" else "saddle"
        if critical:
            for a in (1, -1) if trained else (None,):
                if trained or exists:
                    zeros[signs, a] = s.kind(witness, a or 1)
    return points, zeros


def described(kkt, X, y):
    """A list as the two dictionaries that ``kkt`` gives: points with N != 0, and signs on the rows that matter where N = 0."""
    d = len(X[0])
    kept = [x for x, label in zip(X, y, strict=True) if label and any(x)]
    points = {(primitive(p.hidden_direction), p.outer_sign): p for p in kkt}
    nonzero = {key: (p.value_squared * sign(p.value), p.kind.value) for key, p in points.items() if p.value_squared}
    pieces = [(piece.rays, piece.kind.value) for family in kkt.families for piece in family.strata]
    pieces += [(((*w, *([] if a is None else [a])),), p.kind.value) for (w, a), p in points.items() if not p.value_squared]
    zeros = {}
    for rays, kind in pieces:
        inside = [sum(column) for column in zip(*rays, strict=True)]
        signs = tuple(sign(dot(x, inside[:d])) for x in kept)
        place = (signs, sign(inside[d]) if len(inside) > d else None)
        assert zeros.setdefault(place, kind) == kind
    return nonzero, zeros

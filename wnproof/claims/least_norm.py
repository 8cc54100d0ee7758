"""A least-norm interpolant with trained outer weights, in algebraic numbers: a case of the margin problem solved to the end."""

from __future__ import annotations

import sympy as sp

from wnproof.claims.claim import claim
from wnproof.claims.statements import at_least, equal, every
from wnproof.graph.statement import Statement


@claim(
    "wnproof/least-norm",
    source="derived from first principles; a public reference case of maximum margins with trained outer weights",
    controls={
        "the norm is 2 / sqrt 5": dict(total=2),
        "neurons of equal outer weight": dict(ratio=1),
        "multipliers of equal size": dict(first=1),
        "a neuron also moves the other sample": dict(slope=1),
        "every neuron is shorter by a tenth": dict(bound=sp.Rational(9, 10)),
    },
)
def least_norm(total: int = 3, ratio: int = 2, first: int = 2, slope: int = 0, bound: sp.Expr = sp.S.One) -> Statement:
    """Samples -1/2 and 2 with labels -1 and 1, ReLU with bias, f(x) = sum_j a_j sigma(w_j x + b_j): the KKT point of the
    margins has a = 5^(-1/4), (w, b) = 5^(-3/4) (2, 1) and a = -sqrt 2 5^(-1/4), (w, b) = sqrt 2 5^(-3/4) (-1, 2), multipliers 2 /
    sqrt 5 and 1 / sqrt 5, and |theta|^2 / 2 = sum_j |a_j| |(w_j, b_j)| = 3 / sqrt 5.

    No network with these margins has less: |(w, b)| >= +-(sigma(2 w + b) - 2 sigma(b - w/2)) / sqrt 5 for each neuron, so sum_j
    |a_j| |(w_j, b_j)| >= (f(2) - 2 f(-1/2)) / sqrt 5 >= 3 / sqrt 5. Each neuron's other sample is on its kink, where the slope
    0 is taken.
    """
    p, r = sp.root(5, 4), sp.sqrt(ratio)
    u, v = sp.symbols("u v", real=True)
    samples, labels, sizes = ((sp.Rational(-1, 2), sp.S.One), (sp.Integer(2), sp.S.One)), (-1, 1), (first / p**2, 1 / p**2)
    neurons = ((1 / p, (2 / p**3, 1 / p**3), (slope, 1)), (-r / p, (-r / p**3, 2 * r / p**3), (1, slope)))
    parts: list[Statement] = []
    for y, x in zip(labels, samples, strict=True):
        f = sp.Add(*(a * sp.Max(w[0] * x[0] + w[1] * x[1], 0) for a, w, _ in neurons))
        parts.append(equal(y * f, 1))
    for a, w, slopes in neurons:
        z = [w[0] * x[0] + w[1] * x[1] for x in samples]
        moved = [size * y * s for size, y, s in zip(sizes, labels, slopes, strict=True)]
        parts.append(equal(sp.Add(*(m * value for m, value in zip(moved, z, strict=True))), a))
        parts += [equal(sp.Add(*(m * a * x[k] for m, x in zip(moved, samples, strict=True))), w[k]) for k in (0, 1)]
        parts += [at_least(value if s else -value, 0) for value, s in zip(z, slopes, strict=True)]
        parts.append(equal(a**2, w[0] ** 2 + w[1] ** 2))
    parts.append(equal(sp.Add(*(a**2 for a, _, _ in neurons)), total / p**2))
    reach = sp.Max(2 * u + v, 0) - 2 * sp.Max(v - u / 2, 0)
    parts.append(at_least(5 * bound**2 * (u**2 + v**2), reach**2))
    return every(*parts)

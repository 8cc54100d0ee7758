"""The point of least norm of a polytope, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import sympy as sp

from wnproof.graph.quantity import as_fraction, exact

Vector = tuple[Fraction, ...]


def nearest(points: Sequence[Vector]) -> Vector:
    """The point of least norm in the hull of the points (n,), by Wolfe's method in rational arithmetic.

    >>> nearest([(Fraction(1), Fraction(0)), (Fraction(0), Fraction(1))])
    (Fraction(1, 2), Fraction(1, 2))
    """
    corral = [min(range(len(points)), key=lambda k: _dot(points[k], points[k]))]
    weights = [Fraction(1)]
    while True:
        x = _mean(points, corral, weights)
        enter = min(range(len(points)), key=lambda k: _dot(points[k], x))
        if _dot(points[enter], x) >= _dot(x, x):
            return x
        corral, weights = [*corral, enter], [*weights, Fraction(0)]
        while min(wanted := _affine(points, corral)) < 0:
            steps = [(w / (w - v), k) for k, (w, v) in enumerate(zip(weights, wanted, strict=True)) if v < 0]
            step = min(steps)[0]
            weights = [(1 - step) * w + step * v for w, v in zip(weights, wanted, strict=True)]
            kept = [k for k, w in enumerate(weights) if w > 0]
            corral, weights = [corral[k] for k in kept], [weights[k] for k in kept]
        kept = [k for k, w in enumerate(wanted) if w > 0]
        corral, weights = [corral[k] for k in kept], [wanted[k] for k in kept]


def _affine(points: Sequence[Vector], corral: list[int]) -> list[Fraction]:
    """Weights, of sum 1 and any sign, of the point of least norm in the affine hull of affinely independent points."""
    n = len(corral)
    gram = sp.Matrix(n + 1, n + 1, lambda i, j: 0 if i == j == n else 1 if n in (i, j) else _gram(points, corral[i], corral[j]))
    solution = gram.LUsolve(sp.Matrix([0] * n + [1]))
    return [as_fraction(entry) for entry in solution[:n]]


def _gram(points: Sequence[Vector], i: int, j: int) -> sp.Expr:
    return exact(_dot(points[i], points[j]))


def _mean(points: Sequence[Vector], corral: list[int], weights: list[Fraction]) -> Vector:
    terms = [[w * c for c in points[k]] for k, w in zip(corral, weights, strict=True)]
    return tuple(sum(column, Fraction(0)) for column in zip(*terms, strict=True))


def _dot(a: Sequence[Fraction], b: Sequence[Fraction]) -> Fraction:
    return sum((x * y for x, y in zip(a, b, strict=True)), Fraction(0))

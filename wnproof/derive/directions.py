"""Exact dependence among the directions of samples, which makes tangent kernels singular at every width."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from flint import fmpq, fmpq_mat

Row = Sequence[Fraction]


def primitive(row: Row) -> tuple[Fraction, ...]:
    """The row divided by the absolute value of its first nonzero entry: equal for rows of one direction, up to length.

    >>> primitive((Fraction(-2), Fraction(4))) == primitive((Fraction(-1), Fraction(2)))
    True
    """
    first = next((abs(x) for x in row if x), Fraction(1))
    return tuple(x / first for x in row)


def dependence(rows: Sequence[Row], degree: int) -> str:
    """Why the tangent kernel of a two-layer network without bias, sigma two-sided of this degree, is singular; "" if unknown.

    Three reasons: a zero row; two rows of one direction, where outputs and gradients are proportional; and, at degree 1,
    opposite pairs x, -x whose x are linearly dependent, as sigma(z) - sigma(-z) is linear in z.

    >>> dependence([(1, 0), (2, 0), (0, 1)], 1)
    'samples 0 and 1 have the same direction'
    >>> dependence([(1, 0), (0, 1), (3, 4)], 1)
    ''
    """
    seen: dict[tuple[Fraction, ...], int] = {}
    opposite: list[tuple[int, int]] = []
    for k, row in enumerate(rows):
        if not any(row):
            return f"sample {k} is zero"
        direction = primitive(row)
        if direction in seen:
            return f"samples {seen[direction]} and {k} have the same direction"
        other = tuple(-x for x in direction)
        if other in seen:
            opposite.append((seen[other], k))
        seen[direction] = k
    if degree == 1 and opposite:
        halves = fmpq_mat([[fmpq(Fraction(x).numerator, Fraction(x).denominator) for x in rows[k]] for k, _ in opposite])
        if halves.rank() < len(opposite):
            return f"{len(opposite)} pairs of opposite directions span {halves.rank()} dimensions: {opposite}"
    return ""

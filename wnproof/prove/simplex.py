"""Exact feasibility of linear equations in non-negative unknowns: a solution, or the direction that shows that there is none."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

Vector = list[Fraction]


def feasible(columns: Sequence[Sequence[Fraction]], goal: Sequence[Fraction]) -> tuple[Vector | None, Vector]:
    """Weights x >= 0 with sum_j x_j column_j = goal; or None, and y with <y, column_j> <= 0 for every j and <y, goal> > 0.

    Phase 1 of the simplex method in rational arithmetic; Bland's rule keeps it from running in circles (Farkas' lemma).

    >>> one, zero = Fraction(1), Fraction(0)
    >>> feasible([(one, zero), (one, one)], (2 * one, one))
    ([Fraction(1, 1), Fraction(1, 1)], [])
    >>> feasible([(one, zero), (one, one)], (zero, one))
    (None, [Fraction(-1, 1), Fraction(1, 1)])
    """
    flips = [-1 if entry < 0 else 1 for entry in goal]
    unit = [[Fraction(int(i == r)) for i in range(len(goal))] for r in range(len(goal))]
    rows = [[flip * column[r] for column in columns] + unit[r] + [abs(goal[r])] for r, flip in enumerate(flips)]
    basis = [len(columns) + r for r in range(len(goal))]
    cost = [-sum((row[j] for row in rows), Fraction(0)) for j in range(len(columns))]
    cost += [Fraction(0)] * len(goal) + [-sum((row[-1] for row in rows), Fraction(0))]
    while (enter := next((j for j, c in enumerate(cost[:-1]) if c < 0), None)) is not None:
        ratios = [(row[-1] / row[enter], basis[r], r) for r, row in enumerate(rows) if row[enter] > 0]
        pivot = min(ratios)[2]
        scale = rows[pivot][enter]
        rows[pivot] = [entry / scale for entry in rows[pivot]]
        for r, row in enumerate(rows):
            if r != pivot and row[enter]:
                rows[r] = _eliminated(row, row[enter], rows[pivot])
        cost = _eliminated(cost, cost[enter], rows[pivot])
        basis[pivot] = enter
    if cost[-1]:
        return None, [flip * (1 - cost[len(columns) + r]) for r, flip in enumerate(flips)]
    found = dict(zip(basis, rows, strict=True))
    return [found[j][-1] if j in found else Fraction(0) for j in range(len(columns))], []


def _eliminated(row: Vector, factor: Fraction, pivot: Vector) -> Vector:
    return [entry - factor * other if other else entry for entry, other in zip(row, pivot, strict=True)]

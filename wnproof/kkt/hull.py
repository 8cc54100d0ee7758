"""Exact linear feasibility over the rationals."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import count

GREEDY_STEPS = 50


def combination(columns: Sequence[Sequence[Fraction]], target: Sequence[Fraction]) -> list[Fraction] | None:
    """Coefficients c >= 0 with ``sum_j c_j columns[j] = target``, or None when there are none.

    Phase 1 of the simplex method in exact arithmetic; the first steps take the steepest column, later ones follow Bland's rule,
    which ends.

    >>> half = Fraction(1, 2)
    >>> combination([(Fraction(1), Fraction(1)), (Fraction(-1), Fraction(1))], (half, Fraction(1)))
    [Fraction(3, 4), Fraction(1, 4)]
    >>> combination([(Fraction(1), Fraction(1))], (half, Fraction(1))) is None
    True
    """
    table = [[column[i] for column in columns] + [side] for i, side in enumerate(target)]
    table = [[-entry for entry in row] if row[-1] < 0 else row for row in table]
    basis = [-1 - i for i in range(len(table))]  # negative: artificial variables, which never come back
    for step in count():
        missing = [row for row, k in zip(table, basis, strict=True) if k < 0]
        gains = [sum((row[j] for row in missing), Fraction(0)) for j in range(len(columns))]
        rising = [j for j, gain in enumerate(gains) if gain > 0]
        if not rising:
            break
        enter = max(rising, key=lambda j: gains[j]) if step < GREEDY_STEPS else rising[0]
        leave = min((row[-1] / row[enter], basis[i], i) for i, row in enumerate(table) if row[enter] > 0)[2]
        pivot = [entry / table[leave][enter] for entry in table[leave]]
        table = [[e - row[enter] * p for e, p in zip(row, pivot, strict=True)] if row[enter] else row for row in table]
        table[leave], basis[leave] = pivot, enter
    if any(row[-1] for row, k in zip(table, basis, strict=True) if k < 0):
        return None
    found = [Fraction(0)] * len(columns)
    for row, k in zip(table, basis, strict=True):
        if k >= 0:
            found[k] = row[-1]
    return found

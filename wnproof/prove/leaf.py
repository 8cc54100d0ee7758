"""What closes one case: zero, cofactors of what is 0 there, sums of products of facts, sums of squares, or a contradiction."""

from __future__ import annotations

from typing import Any

from wnproof.checker.case import Case
from wnproof.checker.polynomial import POSITIVE, Poly, plus
from wnproof.prove.contradiction import combination, contradiction
from wnproof.prove.ideal import cofactors
from wnproof.prove.squares import no_point, sum_of_squares


def leaf_evidence(case: Case, thorough: bool = True) -> object | None:
    """The leaf in the checker's form, or None when nothing was found; semidefinite programs only where ``thorough``."""
    remaining = [case.ring.numerator(difference) for _, difference in case.differences]
    if not any(remaining):
        return "zero"
    rows: list[Any] = []
    for difference in remaining:
        row = _row(case, difference, thorough) if difference else []
        if row is None:
            return contradiction(case) or (no_point(case) if thorough and not case.equation else None)
        rows.append(row)
    return {"sums": rows}


def _row(case: Case, difference: Poly, thorough: bool) -> list[Any] | None:
    """Terms that add up to the difference."""
    if (row := cofactors(case, difference)) is not None or case.equation:
        return row
    facts = [*case.facts(), (plus({}, difference, -1), POSITIVE)]
    row = combination(case, facts, difference)
    return sum_of_squares(case, facts, difference) if row is None and thorough else row

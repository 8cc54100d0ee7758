"""Traps: none is proved, and what is called false is false at an exact point by the second engine."""

from __future__ import annotations

import pytest
from flint import fmpq

import wnproof as wn
from tests.engine_b.expressions import false_at
from tests.soundness.traps import EMPTY, TRAPS

NAMED = {trap.name: trap for trap in TRAPS}


def verdict(trap):
    """The verdict's name, or the code of the error with which the statement is refused."""
    try:
        return wn.decide(wn.equal(trap.left, trap.right, trap.where)).rigor.name
    except wn.WnproofError as refusal:
        return refusal.code


def test_names_are_unique():
    assert len(NAMED) == len(TRAPS) >= 80


@pytest.mark.parametrize("name", NAMED)
def test_a_trap_is_no_theorem(name):
    trap = NAMED[name]
    if trap in EMPTY:
        assert trap.point is None
        assert verdict(trap) in ("UNDECIDED", "E-VACUOUS")
        return
    point = {k: fmpq(v.numerator, v.denominator) for k, v in trap.point.items()}
    assert false_at(trap.left, trap.right, trap.where, point, bits=4000)
    assert verdict(trap) in ("REFUTED", "UNDECIDED")


def test_most_traps_are_refuted():
    found = [verdict(trap) for trap in TRAPS if trap not in EMPTY]
    share = found.count("REFUTED") / len(found)
    print(f"traps: {len(found)}, refuted {share:.0%}, others {sorted({v for v in found if v != 'REFUTED'})}")
    assert share > 0.97

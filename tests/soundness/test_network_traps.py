"""Traps about networks and dimensions: nothing is proved, and what is refuted is false at its witness."""

from __future__ import annotations

import json
import random
from collections import Counter

import pytest

import wnproof as wn
from tests.engine_b import search
from tests.soundness.network_traps import AT_KINKS, low_dimensions, traps

FALSE = traps()


def judged(statement):
    try:
        return wn.decide(statement)
    except wn.WnproofError as refusal:
        return refusal


@pytest.mark.soundness
def test_no_trap_is_proved():
    found = Counter()
    for name, statement in FALSE.items():
        verdict = judged(statement)
        rigor = verdict.rigor.name if isinstance(verdict, wn.Verdict) else verdict.code
        assert rigor not in ("PROVED", "CERTIFIED"), name
        if rigor == "REFUTED":
            fields = json.loads(verdict.certificate.data)
            assert search.refuted_by(fields["statement"], fields["evidence"]), name
        else:
            print(f"\n{name}: {verdict}")
        found[rigor] += 1
    print(f"\ntraps about networks: {dict(found)}")
    assert found["REFUTED"] > 0.95 * (len(FALSE) - len(AT_KINKS))


@pytest.mark.soundness
@pytest.mark.parametrize(
    ("name", "statement", "size"), [*low_dimensions()], ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_needs_few_dimensions_is_not_said_of_all(name, statement, size):
    verdict = wn.decide(statement)
    assert verdict.rigor is wn.Rigor.PROVED
    assert verdict.certificate.kind == "cells"
    elsewhere = {**verdict.certificate.statement, "sizes": {"k": size}}
    assert search.counterexample(elsewhere, random.Random(1)) is not None


@pytest.mark.soundness
@pytest.mark.parametrize("name", AT_KINKS)
def test_no_convention_settles_a_kink(name):
    """At a kink the slope is not single: no choice of it proves, and none refutes."""
    assert judged(FALSE[name]).rigor is wn.Rigor.UNDECIDED

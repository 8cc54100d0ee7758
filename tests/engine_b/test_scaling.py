"""Laws of scaling in formal factors: they hold for true statements and fail for the traps."""

from __future__ import annotations

import json
import random

import pytest

from tests.engine_b.scaling import law_holds
from tests.soundness import network_traps, truths


def holds(statement):
    return law_holds(json.loads(json.dumps(statement.encode())), random.Random(9))


@pytest.mark.soundness
def test_true_laws_hold_for_every_factor():
    for family in (truths.degrees, truths.normalized_degrees, truths.balances):
        assert all(holds(statement) for _, statement in list(family())[::3])


@pytest.mark.soundness
@pytest.mark.parametrize("family", [network_traps.degrees, network_traps.laws], ids=lambda f: f.__name__)
def test_false_laws_fail(family):
    assert not [name for name, statement in family() if holds(statement)]

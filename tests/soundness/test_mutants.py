"""Machine-made wrong statements, each shown to be wrong by the second engine: none is proved or certified."""

from __future__ import annotations

import json
import random
from collections import Counter

import pytest

import wnproof as wn
from tests.engine_b import search
from tests.soundness.mutants import OPERATORS, mutant, strictness
from tests.soundness.size import sized
from tests.soundness.spelled import spelled
from tests.soundness.truths import truths

BASES = {name: json.loads(json.dumps(s.encode())) for name, s in truths().items()}
WANTED = sized(60, 10**6)  # per operator
TRIES = sized(2, 6)  # per base and operator


def wrong_statements(operator):
    """(name of the base, mutant, exact point), for every mutant that is false at a point of the second engine."""
    rng = random.Random(operator.__name__)
    names = sorted(BASES)
    rng.shuffle(names)
    made = 0
    for name in names:
        for _ in range(TRIES):
            if made < WANTED and (changed := mutant(BASES[name], operator, rng)) is not None:
                point = falsehood(changed, rng)
                if point is not None:
                    made += 1
                    yield name, changed, point


def falsehood(changed, rng):
    try:
        return search.counterexample(changed, rng, 15)
    except (KeyError, IndexError, ValueError, ArithmeticError):
        return None  # the mutant is no sentence


def judged(changed):
    try:
        return wn.decide(spelled(changed)).rigor.name
    except wn.WnproofError as refusal:
        return refusal.code


@pytest.mark.soundness
def test_bases_go_the_same_way_in_and_are_proved():
    names = sorted(name for name in BASES if not name.startswith("hard"))[:: sized(12, 1)]
    verdicts = Counter(judged(BASES[name]) for name in names)
    assert verdicts["PROVED"] + verdicts["CERTIFIED"] > 0.9 * len(names)
    assert len(BASES) >= 200


@pytest.mark.soundness
@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.__name__)
def test_nothing_false_is_proved(operator):
    found = Counter()
    for name, changed, point in wrong_statements(operator):
        verdict = judged(changed)
        assert verdict not in ("PROVED", "CERTIFIED"), (name, json.dumps(changed), point)
        found[verdict] += 1
    print(f"\n{operator.__name__}: {found.total()} wrong statements, {dict(found)}")
    assert found["REFUTED"] >= 0.95 * found.total()
    assert found.total() >= (5 if operator is strictness else 14)

"""Random identities and plausible rewrites of them: the package and the second engine never disagree."""

from __future__ import annotations

import json
import random
from collections import Counter

import pytest
from flint import fmpq

import wnproof as wn
from tests.engine_b import expressions, search
from tests.soundness.size import sized
from tests.soundness.trees import SYMBOLS, expression, rewritten

BLOCKS = sized(4, 40)
EACH = sized(120, 2500)


def assumed(rng):
    a, b = rng.sample(SYMBOLS, 2)
    return rng.choice(([], [], [], [a > 0], [a >= 0], [a < b], [a >= b, b >= 0]))


def rational(rng):
    return fmpq(rng.choice((-1, 0, 1))) if rng.random() < 0.3 else fmpq(rng.randint(-30, 30), rng.randint(1, 6))


@pytest.mark.soundness
@pytest.mark.parametrize("block", range(BLOCKS))
def test_verdicts_agree(block):
    """Proved: false at no point, neither as it was written nor as it was encoded. Refuted: false at the witness."""
    rng, found = random.Random(1000 + block), Counter()
    for _ in range(EACH):
        try:
            left = expression(rng, rng.choice((1, 2, 2, 3)))
            right = rewritten(left, rng)
        except ValueError:  # SymPy compares no complex numbers, such as the logarithm of a negative one
            continue
        where = assumed(rng)
        try:
            verdict = wn.decide(wn.equal(left, right, where))
        except wn.WnproofError as refusal:
            found[refusal.code] += 1
            continue
        found[verdict.rigor.name] += 1
        if verdict.certificate is None:
            continue
        fields = json.loads(verdict.certificate.data)
        assert search.honest(fields, fields["verdict"], rng, 8), (left, right, where)
        if fields["verdict"] == "proved":
            points = ({s.name: rational(rng) for s in SYMBOLS} for _ in range(8))
            assert not any(expressions.false_at(left, right, where, point) for point in points), (left, right, where)
    print(f"\nrandom identities: {dict(found)}")
    assert found["PROVED"] > EACH / 10
    assert found["REFUTED"] > EACH / 10

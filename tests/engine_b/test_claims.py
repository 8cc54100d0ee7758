"""Every claim and every control that the package ships, decided again by the second engine."""

from __future__ import annotations

import random
from itertools import islice

import pytest

from tests.engine_b import scaling, search
from tests.engine_b.shipped import CONTROLS, EXACT, certificate


@pytest.mark.soundness
@pytest.mark.parametrize("slug", EXACT)
def test_a_claim_is_not_false(slug):
    """Every part is looked at in points of its domain; the laws of scaling hold there for every factor."""
    rng = random.Random(slug)
    shown, whole, evidence = certificate(slug)
    assert shown in ("proved", "certified")
    for statement, own in search.parts(whole, evidence):
        answers = [false for _, false in islice(search.examined(statement, rng, 60), 12)]
        assert not any(answers)
        inner = own["of"] if own["kind"] == "vector" else own
        assert search.at_own_point(statement, inner) is False, statement
        if own["kind"] == "gauge" and statement["says"] != "kkt_shares":
            assert scaling.law_holds(statement, rng), statement


@pytest.mark.soundness
@pytest.mark.parametrize("slug", [slug for slug in EXACT if slug in ("core/gradient-flow", "core/euler", "core/wn-flows")])
def test_what_holds_in_every_dimension_is_not_false_in_another(slug):
    rng = random.Random(slug)
    _, whole, evidence = certificate(slug)
    looked = 0
    for statement, own in search.parts(whole, evidence):
        for other in search.free_sizes(statement, own):
            answers = [false for _, false in islice(search.examined(other, rng, 20), 4)]
            assert not any(answers), other["sizes"]
            looked += len(answers)
    assert looked > 20


@pytest.mark.soundness
@pytest.mark.parametrize(("slug", "name"), CONTROLS)
def test_a_control_is_false_at_its_witness(slug, name):
    shown, statement, evidence = certificate(slug, name)
    assert shown == "refuted"
    assert search.refuted_by(statement, evidence)

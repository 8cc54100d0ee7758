"""Every field of every form of statement is bent: what the checker still accepts is true by the second engine."""

from __future__ import annotations

import copy
import json
import random

import pytest

import wnproof as wn
from tests.engine_b import falsify, search
from tests.soundness.certificates import kinds
from tests.soundness.samples import SAMPLES
from tests.soundness.size import sized
from tests.soundness.test_tampering import accepted, bent, places
from wnproof.checker import KINDS
from wnproof.checker.statement import _SAYS  # the forms that it reads

FORMS = {*_SAYS, "all", "kkt_point", "kkt_complete"}
CERTIFICATES = {
    form: [json.loads(certificate.data) for s in statements if (certificate := wn.decide(s).certificate) is not None]
    for form, statements in SAMPLES.items()
}


def test_every_form_and_every_kind_has_a_sample():
    assert set(SAMPLES) == FORMS
    shown = [fields for several in CERTIFICATES.values() for fields in several]
    assert set().union(*(kinds(fields["evidence"]) for fields in shown)) == set(KINDS)
    for form, several in CERTIFICATES.items():
        assert all(fields["statement"]["says"] == form for fields in several)
        assert {fields["verdict"] == "refuted" for fields in several} == {True, False}, form


def test_the_second_engine_knows_every_form():
    assert {*falsify.QUESTIONS, *search.WHOLE, "all"} == FORMS


def test_no_field_of_a_sample_is_always_empty():
    for form, several in CERTIFICATES.items():
        for field in several[0]["statement"]:
            assert any(fields["statement"][field] for fields in several), (form, field)


@pytest.mark.soundness
@pytest.mark.parametrize("form", sorted(SAMPLES))
def test_a_bent_field_shows_nothing_false(form):
    rng, tried, taken = random.Random(form), 0, 0
    for fields in CERTIFICATES[form]:
        assert search.honest(fields, accepted(fields).verdict, rng)
        for path in places(fields):
            for _ in range(sized(1, 20)):
                changed = bent(fields, path, rng)
                tried += 1
                if changed != fields and (outcome := accepted(changed)) is not None:
                    taken += 1
                    assert search.honest(changed, outcome.verdict, rng), json.dumps(changed)
    print(f"\n{form}: {tried} bent, {taken} still accepted (and true)")
    assert taken < tried / 3


@pytest.mark.soundness
@pytest.mark.parametrize("form", sorted(SAMPLES))
def test_the_opposite_verdict_is_not_accepted(form):
    for fields in CERTIFICATES[form]:
        for verdict in ("proved", "refuted"):
            if verdict != fields["verdict"] and not (verdict == "proved" and fields["verdict"] == "certified"):
                assert accepted({**copy.deepcopy(fields), "verdict": verdict}) is None
        if fields["verdict"] == "certified":
            assert accepted({**fields, "verdict": "proved"}) is None


@pytest.mark.soundness
def test_evidence_of_one_sample_proves_no_false_other():
    rng, everything = random.Random(3), [fields for several in CERTIFICATES.values() for fields in several]
    for mine in everything:
        for other in everything:
            swapped = {**other, "evidence": mine["evidence"], "verdict": mine["verdict"]}
            if mine is not other and (outcome := accepted(swapped)) is not None:
                assert search.honest(swapped, outcome.verdict, rng), json.dumps(swapped)

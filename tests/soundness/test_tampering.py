"""Bent and swapped certificates: whatever the checker still accepts, the second engine agrees with."""

from __future__ import annotations

import copy
import json
import random

import pytest

from tests.engine_b import search
from tests.soundness.certificates import certificates, kinds
from tests.soundness.size import sized
from wnproof.checker import check_bytes
from wnproof.checker.reader import Invalid

CERTIFICATES = certificates()


def accepted(fields):
    try:
        return check_bytes(json.dumps(fields).encode())
    except Invalid:
        return None


def places(obj, path=()):
    if path:
        yield path
    for key in obj if isinstance(obj, dict) else range(len(obj)) if isinstance(obj, list) else ():
        yield from places(obj[key], (*path, key))


def bent(fields, path, rng):
    """One value replaced by a similar one, or by one from elsewhere in the certificate."""
    out = copy.deepcopy(fields)
    holder = out
    for step in path[:-1]:
        holder = holder[step]
    old = holder[path[-1]]
    options = ["0", "1", "-1", "2", "1/2", "t", "gt", "zero", None, {}, [], 0, 1, 2]
    if isinstance(old, str):
        options += [
            "-" + old,
            old + "1",
            "x",
            "W1",
            "h0",
            "i",
            ">",
            ">=",
            "!=",
            "=",
            "proved",
            "refuted",
            "maximum",
            "saddle",
        ] * 2
    elif isinstance(old, int) and not isinstance(old, bool):
        options += [old + 1, old - 1, -old] * 4
    elif isinstance(old, list) and old:
        options += [old[::-1], old[:-1], [*old, old[-1]], [*old[1:], old[0]]] * 4
    elif isinstance(old, dict) and old:
        gone = rng.choice(sorted(old))
        options += [
            {k: v for k, v in old.items() if k != gone},
            {**old, "t": "1"},
            dict(zip(old, reversed(old.values()), strict=True)),
        ] * 4
    new = rng.choice(options)
    if rng.random() < 0.3:
        other = fields
        for step in rng.choice(list(places(fields))):
            other = other[step]
        new = copy.deepcopy(other)
    holder[path[-1]] = new
    return out


@pytest.mark.soundness
def test_there_are_certificates_of_every_kind():
    assert len(CERTIFICATES) == 100
    found = set().union(*(kinds(fields["evidence"]) for fields in CERTIFICATES))
    assert found >= {"gauge", "cells", "arrangement", "witness", "each", "one"}
    for fields in CERTIFICATES:
        assert search.honest(fields, accepted(fields).verdict, random.Random(0))


@pytest.mark.soundness
def test_a_bent_certificate_shows_nothing_false():
    rng, tried, taken = random.Random(21), 0, 0
    for fields in CERTIFICATES:
        paths = list(places(fields))
        for _ in range(sized(15, 250)):
            changed = bent(fields, rng.choice(paths), rng)
            tried += 1
            if changed != fields and (outcome := accepted(changed)) is not None:
                taken += 1
                assert search.honest(changed, outcome.verdict, rng), json.dumps(changed)
    print(f"\nbent certificates: {tried}, still accepted (and true): {taken}")
    assert taken > tried / 200
    assert taken < tried / 4


@pytest.mark.soundness
def test_evidence_proves_its_own_statement_only():
    rng, tried, taken = random.Random(22), 0, 0
    chosen = CERTIFICATES[:: sized(3, 1)]
    for mine in chosen:
        for other in chosen:
            swapped = {**other, "evidence": mine["evidence"], "verdict": mine["verdict"]}
            tried += 1
            if mine is not other and (outcome := accepted(swapped)) is not None:
                taken += 1
                assert search.honest(swapped, outcome.verdict, rng), json.dumps(swapped)
    print(f"\nswapped certificates: {tried}, accepted (and true): {taken}")
    assert taken < tried / 10

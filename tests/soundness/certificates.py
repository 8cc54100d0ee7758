"""A hundred certificates of every kind, small enough to be bent ten thousand times."""

from __future__ import annotations

import json
import random

import wnproof as wn
from tests.soundness.mutants import OPERATORS, mutant
from tests.soundness.spelled import spelled
from tests.soundness.truths import truths
from wnproof.claims.statements import every

LARGEST = 12_000  # bytes


def kinds(evidence):
    """The kinds inside, conjunctions taken apart."""
    if evidence["kind"] in ("each", "one", "vector"):
        inner = evidence["of"] if evidence["kind"] == "each" else [evidence["of"]]
        return {evidence["kind"]}.union(*map(kinds, inner))
    return {evidence["kind"]}


def certificates(count=100):
    """Half of true statements, half of wrong ones, conjunctions among both."""
    rng = random.Random(11)
    true = list(truths().items())
    rng.shuffle(true)
    pairs = [every(true[k][1], true[k + 1][1]) for k in range(0, 40, 2)]
    proved = collect((s for k, (_, s) in enumerate(true) for s in (pairs[k : k + 1] if k < len(pairs) else []) + [s]), count // 2)
    bases = [json.loads(json.dumps(s.encode())) for _, s in true] + [p.encode() for p in pairs]
    rng.shuffle(bases)
    wrong = (mutant(json.loads(json.dumps(base)), OPERATORS[k % 12], rng) for k, base in enumerate(bases))
    refuted = collect((spelled(s) for s in wrong if s is not None), count - len(proved), ("refuted",))
    return proved + refuted


def collect(statements, count, verdicts=("proved", "certified")):
    found = []
    for statement in statements:
        try:
            certificate = wn.decide(statement).certificate
        except wn.WnproofError:
            continue
        if certificate is not None and len(certificate.data) < LARGEST:
            fields = json.loads(certificate.data)
            if fields["verdict"] in verdicts:
                found.append(fields)
        if len(found) == count:
            break
    return found

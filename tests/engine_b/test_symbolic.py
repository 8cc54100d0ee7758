"""The second engine's own proofs: of every identity that the claims prove, of none of the traps."""

from __future__ import annotations

import json
import random

import pytest

import wnproof as wn
from tests.engine_b import search, symbolic
from tests.engine_b.shipped import EXACT, certificate
from tests.soundness.network_traps import traps
from tests.soundness.size import sized
from tests.soundness.spelled import spelled
from tests.soundness.traps import EMPTY, TRAPS
from tests.soundness.truths import euler, flows, identities, radial_flows
from wnproof.claims.statements import equal

IDENTITIES = ("equal", "evolves")


def encoded(statement):
    return json.loads(json.dumps(statement.encode()))


def atoms(content):
    """The statements inside that are no conjunctions."""
    return [a for part in content["of"] for a in atoms(part)] if content["says"] == "all" else [content]


@pytest.mark.soundness
def test_identities_of_claims_are_proved_again():
    """Most of them; it gives up on many cases at once, and on exponentials of quotients."""
    rng, parts = random.Random(4), []
    for slug in EXACT:
        _, whole, evidence = certificate(slug)
        own = [s for s, _ in search.parts(whole, evidence) if s["says"] in ("equal", "evolves")]
        parts += rng.sample(own, min(len(own), sized(3, 10**6)))
    again = [symbolic.proved(part, limit=sized(30, 400)) for part in parts]
    print(f"\nidentities of claims: {len(parts)}, proved by the second engine {sum(again)}")
    assert len(parts) > 15
    assert sum(again) > 0.7 * len(parts)


@pytest.mark.soundness
def test_no_trap_is_proved_here_either():
    content = [encoded(equal(t.left, t.right, t.where)) for t in TRAPS if t not in EMPTY]
    content += [a for s in traps().values() for a in atoms(encoded(s)) if a["says"] in IDENTITIES]
    rng = random.Random(3)
    shown = [c for c in content if symbolic.proved(c) and wn.decide(spelled(c)).rigor is not wn.Rigor.PROVED]
    assert not shown
    assert sum(search.counterexample(c, rng, 30) is not None for c in content) > 0.7 * len(content)


@pytest.mark.soundness
def test_true_identities_are_proved_and_proofs_are_no_accident():
    """Nearly all true ones; and none with a term too many."""
    content = [a for family in (identities, radial_flows, euler, flows) for _, s in family() for a in atoms(encoded(s))][
        :: sized(3, 1)
    ]
    shown = [c for c in content if symbolic.proved(c)]
    print(f"\nidentities: {len(content)}, proved by the second engine {len(shown)}")
    assert len(shown) > 0.9 * len(content)
    for c in shown[::5]:
        side = "right" if c["says"] == "equal" else "velocity"
        extra = {"map": ["+", ["arg", 0], ["num", "1"]], "args": [c[side]]}
        assert not symbolic.proved({**c, "graph": [*c["graph"], extra], side: len(c["graph"])})

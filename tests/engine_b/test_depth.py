"""Random layers on each other: what the checker proves for every depth, no tower refutes; what is bent is refuted by one."""

from __future__ import annotations

import json
import random

import pytest
from flint import fmpq

from tests.engine_b import scaling, search
from wnproof.checker import Invalid, check_bytes

NUMBERS = ("power", "ratio", "slope", "degree")


def monomial(rng, inner, own):
    """c a^own sigma(h)^k with k = inner, sigma the identity, a kink of order inner or a power; arguments are (h, a)."""
    h = ["arg", 0]
    base = rng.choice((["^", h, str(inner)], ["pw", h, "1", rng.choice(("0", "1/3")), str(inner)]) if inner else (["num", "1"],))
    return ["*", ["num", rng.choice(("1", "2", "1/3"))], base, ["^", ["arg", 1], str(own)]]


def stack(rng):
    """A statement about random layers, true by construction: degrees (p, b) of the layer, (q, r) of the function."""
    p, b, q, r = rng.randint(0, 3), rng.randint(0, 2), rng.randint(0, 2), rng.randint(0, 2)
    layer, function = (["+", *(monomial(rng, inner, own) for _ in range(rng.randint(1, 2)))] for inner, own in ((p, b), (q, r)))
    graph = [
        {"leaf": "h", "axes": []},
        {"leaf": "a", "axes": []},
        {"map": layer, "args": [0, 1]},
        {"map": function, "args": [0, 1]},
    ]
    if p == 1:
        closed = fmpq(0), fmpq(1), fmpq(q * b), fmpq(r - q * b)
    else:
        rest = fmpq(q * b + r - p * r, 1 - p)
        closed = ((r - rest) / p if p else fmpq(0)), fmpq(p), fmpq(0), rest
    numbers = {name: str(x) for name, x in zip(NUMBERS, closed, strict=True)}
    says = {"says": "homogeneous_any_depth", "graph": graph, "function": 3, "layer": 2, "input": "h", "scaled": {"a": "1"}}
    return {**says, **numbers}, (p, b, q, r)


def proved(statement):
    evidence = {"kind": "gauge", "sizes": {}, "values": {"h": "1", "a": "1"}}
    fields = {"format": "wnproof-certificate", "version": 1, "verdict": "proved", "statement": statement, "evidence": evidence}
    try:
        return check_bytes(json.dumps(fields).encode()).verdict == "proved"
    except Invalid:
        return False


@pytest.mark.soundness
def test_random_stacks():
    rng, kept, bent = random.Random(11), 0, 0
    for _ in range(150):
        statement, (p, b, q, _) = stack(rng)
        assert proved(statement) is (p != 0 or q * b == 0), statement  # p = 0 has a degree of its own at D = 1
        name = rng.choice(NUMBERS)
        wrong = {**statement, name: str(fmpq(*map(int, (statement[name] + "/1").split("/")[:2])) + rng.choice((-1, 1, 2)))}
        for claim in (statement, wrong):
            against = search.counterexample(claim, rng, 12)
            if proved(claim):
                kept += 1
                assert against is None
                assert scaling.law_holds(claim, rng)
            else:
                bent += against is not None
    assert kept > 100
    assert bent > 80

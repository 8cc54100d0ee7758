"""Certificates of complete lists, changed field by field and byte by byte: none is accepted that brute force does not confirm."""

from __future__ import annotations

import copy
import json
import random
from fractions import Fraction

import pytest

from tests.kkt import bruteforce
from wnproof.certificate import canonical, check
from wnproof.errors import WnproofError
from wnproof.kkt.arrangement import neuron_kkt_points
from wnproof.kkt.neuron import Neuron

KINDS = ("maximum", "minimum", "saddle", "flat")


def original(seed):
    """The certificate of a small random neuron, as JSON."""
    rng = random.Random(seed)
    X = [(rng.randint(-3, 3), rng.randint(-3, 3)) for _ in range(4)]
    y = [rng.choice((-2, -1, 1, 2)) for _ in X]
    neuron = Neuron.of(X, y, slope=("0", "1/10", "1/2")[seed % 3], outer=(1, None)[seed % 2])
    return json.loads(neuron_kkt_points(neuron).complete.certificate.data)


def bump(text, rng):
    return str(Fraction(text) + rng.choice((-1, 1, Fraction(1, 3))))


def drop_point(s, rng):
    s["points"].pop(rng.randrange(len(s["points"])))


def repeat_point(s, rng):
    s["points"].append(rng.choice(s["points"]))


def invent_point(s, rng):
    new = copy.deepcopy(rng.choice(s["points"]))
    s["points"].append(new | {"direction": [str(rng.randint(-9, 9)), str(rng.randint(1, 9))]})


def change_kind(s, rng):
    point = rng.choice(s["points"])
    point["kind"] = rng.choice([kind for kind in KINDS if kind != point["kind"]])


def perturb_direction(s, rng):
    direction = rng.choice(s["points"])["direction"]
    k = rng.randrange(2)
    direction[k] = bump(direction[k], rng)


def change_value(s, rng):
    point = rng.choice(s["points"])
    point["value_squared"] = bump(point["value_squared"], rng)


def flip_value(s, rng):
    rng.choice(s["points"])["value_sign"] *= -1


def flip_sign(s, rng):
    point = rng.choice(s["points"])
    point["sign"] = -point.get("sign", -1)


def drop_row(s, rng):
    k = rng.randrange(len(s["neuron"]["y"]))
    s["neuron"]["X"].pop(k)
    s["neuron"]["y"].pop(k)


def change_row(s, rng):
    row = rng.choice(s["neuron"]["X"])
    k = rng.randrange(2)
    row[k] = bump(row[k], rng)


def change_label(s, rng):
    k = rng.randrange(len(s["neuron"]["y"]))
    s["neuron"]["y"][k] = bump(s["neuron"]["y"][k], rng)


def change_slope(s, rng):
    s["neuron"]["slope"] = str(Fraction(s["neuron"]["slope"]) + Fraction(1, rng.randint(2, 9)))


def change_scale(s, rng):
    s["neuron"]["scale"] = rng.choice(("2", "-1", "1/2", "0"))


def train_or_fix(s, rng):
    s["neuron"]["outer"] = "1" if s["neuron"]["outer"] is None else None


def drop_families(s, rng):
    s["families"] = [] if s["families"] else [{"rays": [["1", "0"], ["0", "1"]], "kind": "flat"}]


def change_family(s, rng):
    if not s["families"]:
        return drop_families(s, rng)
    chosen = rng.choice(s["families"])
    field = rng.choice(("kind", "rays", "all"))
    if field == "kind":
        chosen["kind"] = rng.choice([kind for kind in KINDS if kind != chosen["kind"]])
    elif field == "rays":
        ray = rng.choice(chosen["rays"])
        k = rng.randrange(len(ray))
        ray[k] = bump(ray[k], rng)
    else:
        s["families"].remove(chosen)
    return None


def other_notion(s, rng):
    s["notion"] = "decoupled"


STATEMENT = (
    drop_point,
    repeat_point,
    invent_point,
    change_kind,
    perturb_direction,
    change_value,
    flip_value,
    flip_sign,
    drop_row,
    change_row,
    change_label,
    change_slope,
    change_scale,
    train_or_fix,
    drop_families,
    change_family,
    other_notion,
)


def still_true(statement):
    """Brute force on the changed neuron gives exactly the listed points, and the listed families have the edges that it finds."""
    s = statement["neuron"]
    factor = Fraction(s["scale"]) * Fraction(s["outer"] or 1)
    X = tuple(tuple(Fraction(e) for e in row) for row in s["X"])
    data = (X, tuple(factor * Fraction(label) for label in s["y"]), Fraction(s["slope"]))
    alone, trained = statement["notion"] == "decoupled", s["outer"] is None
    listed = {}
    for p in statement["points"]:
        w = [Fraction(e) for e in p["direction"]]
        key = bruteforce.shortest(w) if any(w) else (0, 0)
        listed[(key, p["sign"]) if trained else key] = (Fraction(p["value_squared"]) * p["value_sign"], p["kind"])
    points = (bruteforce.trained_outer if trained else bruteforce.fixed_outer)(data, alone)[0]
    kept = [(row, label) for row, label in zip(*data[:2], strict=True) if label and any(row)]
    data = (tuple(row for row, _ in kept), tuple(label for _, label in kept), data[2])
    pieces = [([[Fraction(e) for e in ray] for ray in f["rays"]], f["kind"]) for f in statement["families"]]
    return points == listed and bruteforce.described(pieces, trained) == bruteforce.zero_pieces(data, alone, trained)


def described(families):
    """The families with every ray at its own length forgotten."""

    def cone(rays):
        return frozenset(tuple(Fraction(e) / max(abs(Fraction(e)) for e in ray) for e in ray) for ray in rays)

    return {(cone(f["rays"]), f["kind"]) for f in families}


def accepted(data):
    try:
        return bool(check(data).certificate)
    except WnproofError as error:
        if not error.code.startswith("E-CERT"):
            raise
        return False


@pytest.mark.parametrize("tamper", STATEMENT, ids=lambda change: change.__name__)
def test_a_changed_statement_is_accepted_only_if_brute_force_confirms_it(tamper):
    rejected = 0
    for seed in range(60):
        certificate = original(seed)
        before, families = canonical(certificate), described(certificate["statement"]["families"])
        assert accepted(before)
        if not certificate["statement"]["points"]:
            continue
        tamper(certificate["statement"], random.Random(seed))
        after = canonical(certificate)
        if after != before and accepted(after):
            assert still_true(certificate["statement"])
            assert described(certificate["statement"]["families"]) == families
        rejected += after != before and not accepted(after)
    assert rejected > 5


def test_a_wrong_list_is_refuted_and_a_right_one_is_not():
    for seed in range(20):
        certificate = original(seed)
        assert not accepted(canonical(certificate | {"verdict": "refuted", "evidence": {"kind": "witness"}}))
        if certificate["statement"]["points"]:
            drop_point(certificate["statement"], random.Random(seed))
            assert accepted(canonical(certificate | {"verdict": "refuted", "evidence": {"kind": "witness"}}))
            assert not accepted(canonical(certificate | {"verdict": "refuted"}))
            assert not accepted(canonical(certificate | {"verdict": "proved"}))


@pytest.mark.parametrize("seed", range(6))
def test_a_perturbed_point_is_refuted(seed):
    rng = random.Random(seed)
    X = [(rng.randint(-5, 5), rng.randint(-5, 5)) for _ in range(5)]
    neuron = Neuron.of(X, [rng.choice((-1, 1)) for _ in X], slope="1/10", outer=(1, None)[seed % 2])
    for point in neuron_kkt_points(neuron):
        certificate = json.loads(point.verdict.certificate.data)
        assert accepted(canonical(certificate))
        statement = certificate["statement"]
        statement["direction"][0] = str(Fraction(statement["direction"][0]) + Fraction(1, 1000))
        assert not accepted(canonical(certificate))
        assert accepted(canonical(certificate | {"verdict": "refuted", "evidence": {"kind": "witness"}}))


def test_flipped_bytes():
    data = canonical(original(0))
    rng = random.Random(5)
    for _ in range(600):
        changed = bytearray(data)
        changed[rng.randrange(len(data))] = rng.choice(b'0123456789-/"{}[],:abct')
        if bytes(changed) == data:
            continue
        if accepted(bytes(changed)):
            assert still_true(json.loads(changed)["statement"])

"""Tampered certificates: a proof is accepted for nothing that the oracle finds false, a refutation for nothing it finds true."""

import copy
import json
import random

import oracle
import pytest
import written_out as w

from wnproof.checker import Invalid, check_bytes

CERTIFICATES = {f"true {k}": w.certificate(*pair) for k, pair in w.TRUE.items()} | {
    f"false {k}": w.certificate(*pair, "refuted") for k, pair in w.FALSE.items()
}
CERTIFICATES["true all"] = w.certificate(
    {"says": "all", "of": [w.DEGREE, w.UNIT_NORM]}, {"kind": "each", "of": [w.DEGREE_EVIDENCE, w.UNIT_NORM_EVIDENCE]}
)
CERTIFICATES["false all"] = w.certificate(
    {"says": "all", "of": [w.DEGREE, w.WRONG_EWN]}, {"kind": "one", "index": 1, "of": w.WRONG_EWN_EVIDENCE}, "refuted"
)


def places(obj, path=()):
    yield path
    for key in obj if isinstance(obj, dict) else range(len(obj)) if isinstance(obj, list) else ():
        yield from places(obj[key], (*path, key))


def at(obj, path):
    for step in path:
        obj = obj[step]
    return obj


def replaced(obj, path, value):
    if not path:
        return value
    out = copy.copy(obj)
    out[path[0]] = replaced(out[path[0]], path[1:], value)
    return out


def changes(value, rng):
    """The ways to bend one value that come to mind."""
    other = [None, True, "", "0", "2", [], {}, 1.5, "zero", rng.randint(-3, 9)]
    if isinstance(value, bool | float) or value is None:
        return other
    if isinstance(value, int):
        return [value + 1, value - 1, -value - 1, str(value), float(value), 10**30, *other]
    if isinstance(value, str):
        return [
            value + "1",
            value[1:],
            "-" + value,
            value.upper(),
            "1/2",
            "-1",
            "3",
            "t",
            "h",
            "W1",
            "x",
            "y",
            ">",
            "=",
            "+",
            "*",
            *other,
        ]
    if isinstance(value, list):
        swapped = [[*value[1:2], *value[:1], *value[2:]]] if len(value) > 1 else []
        return [value + value[-1:], value[:-1], value[::-1], [*value, "1"], *swapped, [value], *other]
    return [{**value, "extra": 1}, *({k: x for k, x in value.items() if k != gone} for gone in value), [value], *other]


def verdict_on(data):
    """What the checker shows; a crash is an error, only Invalid is a refusal."""
    try:
        return check_bytes(data)
    except Invalid:
        return None


def assert_honest(data, original):
    """Returns whether the data was accepted."""
    if (outcome := verdict_on(data)) is None:
        return False
    if outcome.statement != original["statement"]:
        found = oracle.holds(outcome.statement, random.Random(11))
        assert found is (outcome.verdict != "refuted"), data.decode()
    else:
        assert outcome.verdict == original["verdict"] or (outcome.verdict, original["verdict"]) == ("certified", "proved")
    return True


@pytest.mark.parametrize("name", CERTIFICATES)
def test_the_oracle_agrees_on_the_originals(name):
    assert verdict_on(CERTIFICATES[name]) is not None
    assert oracle.holds(json.loads(CERTIFICATES[name])["statement"], random.Random(1)) is name.startswith("true")


@pytest.mark.parametrize("name", CERTIFICATES)
def test_every_field_changed(name):
    rng = random.Random(name)
    original = json.loads(CERTIFICATES[name])
    tried = accepted = 0
    for path in list(places(original)):
        for value in changes(at(original, path), rng):
            accepted += assert_honest(json.dumps(replaced(original, path, value)).encode(), original)
            tried += 1
    assert tried > 300
    assert accepted < tried / 4


@pytest.mark.parametrize("name", CERTIFICATES)
def test_two_fields_changed(name):
    rng = random.Random(name)
    original = json.loads(CERTIFICATES[name])
    for _ in range(150):
        twice = original
        for _ in range(2):
            path = rng.choice([path for path in places(twice) if path[:1] in (("statement",), ("evidence",))] or [()])
            twice = replaced(twice, path, rng.choice(changes(at(twice, path), rng)))
        assert_honest(json.dumps(twice).encode(), original)


@pytest.mark.parametrize("name", CERTIFICATES)
def test_bytes_flipped(name):
    rng = random.Random(name)
    data = CERTIFICATES[name]
    for _ in range(150):
        k = rng.randrange(len(data))
        kind = rng.randrange(3)
        middle = bytes((data[k] ^ 1 << rng.randrange(8),)) if kind == 0 else b"" if kind == 1 else data[k : k + 1] * 2
        assert_honest(data[:k] + middle + data[k + 1 :], json.loads(data))
    for _ in range(20):
        assert_honest(data[: rng.randrange(len(data))], json.loads(data))


@pytest.mark.parametrize("name", CERTIFICATES)
def test_huge_numbers_everywhere(name):
    """More digits than the interpreter prints, as an integer and as a string: no crash."""
    original = json.loads(CERTIFICATES[name])
    for path in list(places(original)):
        data = json.dumps(replaced(original, path, "@@@")).encode()
        for huge in (b"1" * 5000, b'"' + b"1" * 5000 + b'"', b'"1/' + b"1" * 5000 + b'"'):
            if (outcome := verdict_on(data.replace(b'"@@@"', huge))) is not None:
                assert outcome.verdict == original["verdict"]


def test_evidence_is_about_its_own_statement():
    """The evidence of every certificate with the statement of every other one."""
    for mine in CERTIFICATES.values():
        for other in CERTIFICATES.values():
            one, two = json.loads(mine), json.loads(other)
            mixed = {**two, "evidence": one["evidence"], "verdict": one["verdict"]}
            if (outcome := verdict_on(json.dumps(mixed).encode())) is not None:
                assert oracle.holds(two["statement"], random.Random(3)) is (outcome.verdict != "refuted")

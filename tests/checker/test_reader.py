"""Nothing ambiguous gets past the reader."""

import sys
from fractions import Fraction

import pytest
import written_out as w

from wnproof.checker import check_bytes
from wnproof.checker.reader import Invalid, expect_int, expect_name, fraction, number_text, read

REJECTED = {
    "empty": b"",
    "truncated": b'{"a":1',
    "duplicate key": b'{"verdict":"refuted","verdict":"proved"}',
    "duplicate key in depth": b'[{"a":[{"b":1,"b":1}]}]',
    "float": b"[0.5]",
    "exponent": b"[1e5]",
    "infinite": b"[1e999]",
    "NaN": b"[NaN]",
    "Infinity": b"[-Infinity]",
    "deep list": b"[" * 100_000 + b"]" * 100_000,
    "deep object": b'{"a":' * 65 + b"1" + b"}" * 65,
    "long number": b"1" * 100_001,
    "not UTF-8": b'["\xff"]',
    "byte order mark": b"\xef\xbb\xbf[]",
    "two values": b"[] []",
    "control character": b'["\x00"]',
}


@pytest.mark.parametrize("name", REJECTED)
def test_rejected(name):
    with pytest.raises(Invalid) as failure:
        read(REJECTED[name])
    assert failure.value.code == "E-CERT-SYNTAX"


def test_brackets_inside_strings_are_no_depth():
    assert read(b'["' + b"[" * 1000 + b'\\"[["]') == ["[" * 1000 + '"[[']


def test_too_many_bytes():
    with pytest.raises(Invalid, match="bytes"):
        read(b" " * ((64 << 20) + 1))


def test_long_integers_are_exact():
    digits = "123456789" * 5000
    assert read(digits.encode()) % 10**9 == 123456789
    assert read(("-" + digits).encode()) == -read(digits.encode())
    old = sys.get_int_max_str_digits()
    try:
        sys.set_int_max_str_digits(0)
        assert read(digits.encode()) == int(digits)
    finally:
        sys.set_int_max_str_digits(old)


@pytest.mark.parametrize("text", ["0", "-1", "1/2", "-3/4", "10"])
def test_canonical_numbers(text):
    assert fraction(text) == Fraction(text)
    assert number_text(fraction(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-0",
        "+1",
        "01",
        "1/1",
        "2/4",
        "0/2",
        "1/0",
        "1/-2",
        "-0/3",
        "1.0",
        "1e3",
        " 1",
        "1\n",
        "1_0",
        "٣",
        1,
        None,
        True,
        "1e999999999",
    ],
)
def test_other_spellings_of_numbers(text):
    with pytest.raises(Invalid):
        fraction(text)


@pytest.mark.parametrize("value", [True, "1", None, 1.0, [1]])
def test_integers_are_integers(value):
    with pytest.raises(Invalid):
        expect_int(value)


@pytest.mark.parametrize("name", ["", "a b", "а", "x = 0, proved", "a\n", "1", "[0]", "a" * 65, 3])
def test_names_cannot_pose_as_sentences(name):
    with pytest.raises(Invalid):
        expect_name(name)


def tampered(**changes):
    import json

    fields = json.loads(w.certificate(w.DEGREE, w.DEGREE_EVIDENCE))
    fields.update(changes)
    return json.dumps({k: v for k, v in fields.items() if v is not None}).encode()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"version": 2}, "E-CERT-VERSION"),
        ({"version": True}, "E-CERT-VERSION"),
        ({"format": "other"}, "E-CERT-VERSION"),
        ({"extra": 1}, "E-CERT-VERSION"),
        ({"verdict": "certain"}, "E-CERT-VERSION"),
        ({"verdict": "refuted"}, "E-CERT-OVERCLAIM"),
        ({"statement": {"says": "beautiful"}}, "E-CERT-VERSION"),
        ({"statement": {**w.DEGREE, "note": "x"}}, "E-CERT-VERSION"),
        ({"evidence": {"kind": "trust me"}}, "E-CERT-VERSION"),
        ({"evidence": {**w.with_point(w.DEGREE, w.DEGREE_EVIDENCE), "note": "x"}}, "E-CERT-VERSION"),
        ({"evidence": w.DEGREE_EVIDENCE}, "E-CERT-SYNTAX"),
        ({"evidence": {"kind": "cells", "tree": "zero", "point": {}}}, "E-CERT-INVALID"),
        ({"evidence": None}, "E-CERT-SYNTAX"),
        ({"evidence": []}, "E-CERT-SYNTAX"),
    ],
)
def test_codes(changes, code):
    if code is None:
        assert check_bytes(tampered()).verdict == "proved"
        return
    with pytest.raises(Invalid) as failure:
        check_bytes(tampered(**changes))
    assert failure.value.code == code


def test_a_refuted_statement_cannot_be_called_proved():
    with pytest.raises(Invalid) as failure:
        w.check(w.WRONG_DEGREE, w.WRONG_DEGREE_EVIDENCE, "proved")
    assert failure.value.code == "E-CERT-OVERCLAIM"


def test_a_proof_may_be_called_less():
    assert w.check(w.DEGREE, w.DEGREE_EVIDENCE, "certified").verdict == "certified"


@pytest.mark.parametrize(
    "graph",
    [
        [],
        [w.leaf("x", "i", "i")],
        [w.leaf("x", "t")],
        [w.leaf("x", "i"), w.leaf("x", "j")],
        [w.leaf("x", "i"), w.total([0], "j")],
        [w.leaf("x", "i"), w.total([], "i")],
        [w.leaf("x"), w.pointwise(w.arg(1), 0)],
        [w.leaf("x"), w.pointwise(w.arg(-1), 0)],
        [w.pointwise(w.arg(), 0)],
        [w.leaf("x"), w.pointwise(["sin", w.arg()], 0)],
        [w.leaf("x"), w.pointwise(["^", w.arg(), "20001"], 0)],
        [w.leaf("x"), w.pointwise(w.pw(w.arg(), p=-1), 0)],
        [w.leaf("x"), w.pointwise(w.pw(w.arg(), p="1/2"), 0)],
        [w.leaf("x"), w.pointwise(["+"], 0)],
        [w.leaf("x"), w.pointwise([], 0)],
        [{"leaf": "x", "axes": [], "map": w.arg()}],
        [{"leaf": 1, "axes": []}],
        "graph",
    ],
)
def test_graphs_without_meaning(graph):
    with pytest.raises(Invalid):
        w.check(w.equal(graph, 0, 0, {"i": 1}), w.cells("zero", {"x": "1"}))


def test_ones_may_have_any_axes():
    graph = [w.leaf("1", "i"), w.leaf("1", "j"), w.total([0]), w.total([1]), w.pointwise(w.num(2), 0), w.total([4])]
    assert w.check(w.equal(graph, 2, 3, {"i": 3, "j": 3}), w.cells("zero", {})).verdict == "proved"
    with pytest.raises(Invalid, match="difference is"):
        w.check(w.equal(graph, 2, 5, {"i": 3, "j": 3}), w.cells("zero", {}))


@pytest.mark.parametrize(
    "change",
    [
        {"trained": []},
        {"trained": ["W1", "W1"]},
        {"trained": ["W1"]},
        {"trained": ["W1", "1"]},
        {"trained": ["W1", "W3"]},
        {"squares": {}},
        {"squares": {"W1": "0", "W2": "-1"}},
        {"squares": {"x": "1"}},
        {"axis": "n"},
        {"axis": "d"},
        {"axis": 0},
        {"function": 6},
        {"function": -1},
        {"function": True},
    ],
)
def test_conserved_statements_without_meaning(change):
    with pytest.raises(Invalid):
        w.check({**w.BALANCE, **change}, w.BALANCE_EVIDENCE)


@pytest.mark.parametrize(
    "sizes", [{}, {"d": 2}, {"d": 2, "n": 0}, {"d": 2, "n": 1, "h": 1}, {"d": 2, "n": "1"}, {"d": -1, "n": 1}]
)
def test_sizes_are_for_every_axis_and_positive(sizes):
    with pytest.raises(Invalid):
        w.check({**w.LENGTH, "sizes": sizes}, w.LENGTH_EVIDENCE)

"""How many laws: fields and brackets at a point bound the number above, shown laws bound it below, and nothing else counts."""

import pytest
import written_out as w
from laws_written_out import (
    AT,
    DIFFERENCE,
    FAIR,
    IDLE,
    LINE,
    MATRIX,
    NOETHER,
    POINT,
    PRODUCT,
    RELU,
    SHOWN,
    WIDE,
    WRONG,
    at_most,
    laws,
    rank,
)

from wnproof.checker import Invalid


def rejected(statement, evidence, verdict="proved"):
    with pytest.raises(Invalid) as failure:
        w.check(statement, evidence, verdict)
    return failure.value.message


def test_one_field_leaves_one_law():
    shown = w.check(at_most(1), rank([0]))
    assert (shown.verdict, shown.scope) == ("proved", "1 directions are spanned")
    assert "on some nonempty open set of (u, v) at n=1, any 2 C^1 functions" in shown.statement_text
    assert w.check(at_most(2), rank([])).verdict == "proved"  # three functions of two numbers


def test_one_field_twice_is_one_direction():
    two = {**POINT, "x": ["2", "3"]}
    assert "1 of 2 dimensions" in rejected(at_most(0, sizes={"n": 2}), rank([0, 1, [0, 1]], two))


def test_a_field_that_vanishes_shows_nothing():
    assert "0 of 1 dimensions" in rejected(at_most(1), rank([0], {**POINT, "u": "0", "v": "0"}))


def test_brackets_count_where_fields_alone_do_not():
    statement = at_most(3, PRODUCT, 3, ("U", "v"), WIDE)
    assert "2 of 3 dimensions" in rejected(statement, rank([0, 1], AT))
    assert w.check(statement, rank([0, 1, [0, 1]], AT)).verdict == "proved"
    assert "3 of 4 dimensions" in rejected({**statement, "count": 2}, rank([0, 1, [0, 1], [0, 2], [1, 2]], AT))


def test_words_speak_of_earlier_words_and_of_entries():
    for words in ([[0, 0]], [0, [0, 1]], [1], [-1], [0, [0, -1]]):
        assert "outside" in rejected(at_most(1), rank(words))
    assert "expected an integer" in rejected(at_most(1), rank([True]))


def test_a_field_is_taken_where_no_kink_has_argument_0():
    statement = at_most(1, RELU, 5)
    assert w.check(statement, rank([0])).verdict == "proved"
    assert "not certainly different from 0" in rejected(statement, rank([0], {**POINT, "u": "0"}))
    assert "0 of 1 dimensions" in rejected(statement, rank([0], {**POINT, "u": "-3"}))


def test_a_count_below_the_number_of_shown_laws_is_refuted():
    assert w.check(at_most(0), laws(SHOWN), "refuted").scope == "1 laws are independent"
    assert "1 of 2 dimensions" in rejected(at_most(1), laws(SHOWN, SHOWN), "refuted")
    three = at_most(2, PRODUCT, 3, ("U", "v"), WIDE)
    assert w.check(three, laws([MATRIX, FAIR], values=AT), "refuted").scope == "3 laws are independent"


def test_only_shown_laws_of_the_same_flow_count():
    assert "the function is not invariant" in rejected(at_most(0), laws([WRONG, NOETHER]), "refuted")
    fewer = w.conserved(LINE, 3, ["u"], None, {"u": "1"})
    assert "another flow" in rejected(at_most(0), laws([fewer, NOETHER]), "refuted")
    assert "another flow" in rejected(at_most(0), laws([at_most(0), NOETHER]), "refuted")
    other = w.conserved(RELU, 5, ["u", "v"], None, {"u": "1", "v": "-1"})
    assert "another flow" in rejected(at_most(0), laws([other, NOETHER]), "refuted")
    assert "another flow" in rejected(at_most(1), laws(*IDLE), "refuted")
    dead = {**POINT, "u": "0", "v": "0"}
    assert "0 of 1 dimensions" in rejected(at_most(0), laws(SHOWN, values=dead), "refuted")


def test_a_count_is_a_natural_number_and_sizes_are_complete():
    for count in (-1, True, "1"):
        assert rejected(at_most(count), rank([0]))
    assert "sizes" in rejected(at_most(1, sizes={}), rank([0]))


def test_kinds_do_not_mix():
    assert "says nothing" in rejected(at_most(1), {"kind": "cells", "values": POINT})
    assert "says nothing" in rejected(DIFFERENCE, rank([0]))


def test_irrational_fields_have_certain_directions():
    graph = [w.leaf("x", "n"), w.leaf("u"), w.leaf("v"), w.pointwise(["tanh", w.arg()], 1), w.total([0, 3, 2], "n")]
    for function, wanted in (("tanh", 1), ("exp", 1)):
        graph[3] = w.pointwise([function, w.arg()], 1)
        assert w.check(at_most(wanted, graph, 4), rank([0])).verdict == "proved"
        assert rejected(at_most(0, graph, 4), rank([0, 0]))

"""Lines of KKT points: one in each box, all different, as many as there are; a line more refutes."""

from fractions import Fraction

import lines_written_out as b
import pytest
import written_out as w

from wnproof.checker import Invalid
from wnproof.checker.box import Gauss, differ

BOTH, SLOPES = [b.FIRST, b.SECOND], [b.AT_FIRST, b.AT_SECOND]


def rejected(statement, evidence, verdict="certified"):
    with pytest.raises(Invalid) as failure:
        w.check(statement, evidence, verdict)
    return failure.value.message


def test_both_axes_of_an_ellipse():
    shown = w.check(b.lines(BOTH), b.box(SLOPES), "certified")
    assert (shown.verdict, shown.scope) == ("certified", "2 real lines")
    assert "no other is left" in shown.statement_text
    assert "x_2 = 1, x = (0, 1) +- 1/100" in shown.statement_text
    assert "no other" not in w.check(b.lines(BOTH[:1], 0), b.box(SLOPES[:1]), "certified").statement_text
    assert "2 real lines" in w.check(b.lines(BOTH, 0), b.box(SLOPES), "certified").scope


def test_a_pair_that_is_not_real_counts_twice_and_is_no_point():
    evidence = b.box([b.AT_REAL, b.AT_ABOVE], [b.ABOVE])
    assert w.check(b.lines([b.FIRST], 1, b.CUBIC), evidence, "certified").scope == "1 real lines"
    assert "1 complex lines are in boxes, there are 3" in rejected(b.lines([b.FIRST], 1, b.CUBIC), b.box([b.AT_REAL]))
    assert "a positive radius" in rejected(b.lines([b.FIRST], 1, b.CUBIC), b.box([b.AT_REAL], [[0, ["1", "0"], ["1", "2"], "1"]]))


def test_a_real_line_is_no_pair():
    two = b.box([b.AT_FIRST, b.AT_SECOND], [[1, ["0", "1"], ["0", "0"], "1/100"]])
    assert "differ" in rejected(b.lines([b.FIRST]), two)


def test_boxes_without_a_line_or_with_several():
    assert "box 1" in rejected(b.lines([[0, ["1", "1/10"], "1/100"], b.SECOND]), b.box(SLOPES))
    assert "box 2" in rejected(b.lines(BOTH), b.box([b.AT_FIRST, [[["0", "0"]]]]))
    assert "box 1" in rejected(b.lines([[0, ["1", "0"], "2"]], 0, b.QUARTIC), b.box([[[["-1/4", "0"]]]]))
    assert w.check(b.lines([[0, ["1", "0"], "1/10"]], 0, b.QUARTIC), b.box([[[["-1/4", "0"]]]]), "certified")


def test_one_line_twice():
    again = [1, ["1/1000", "1"], "1/100"]
    assert "differ" in rejected(b.lines([b.SECOND, again]), b.box([b.AT_SECOND] * 2))
    wide = [[0, ["1", "9"], "2"], [1, ["1/8", "1"], "1/10"]]  # one line in two charts
    one, other = ((k, [Gauss(Fraction(q)) for q in c], Fraction(r)) for k, c, r in wide)
    assert not differ(one, other)
    assert not differ(other, one)


@pytest.mark.parametrize(
    "f",
    [
        w.pw(b.X, 1, 0, 2),
        ["*", ["+", b.power(b.X, 3), b.X], b.power(b.X, -1)],
        ["+", b.ELLIPSE, w.num(1)],
        ["+", b.power(b.X, 2), b.power(b.Y, 3)],
        ["exp", b.X],
        ["^", ["+", b.power(b.X, 2), b.power(b.Y, 2)], "1/2"],
        w.num(3),
        b.power(b.X, 65),
    ],
    ids=str,
)
def test_what_is_no_form_has_no_lines(f):
    assert rejected(b.lines(BOTH, 1, f), b.box(SLOPES))


def test_leaves_that_are_not_trained_and_tensors():
    assert "trained" in rejected({**b.lines([[0, ["1"], "1"]]), "trained": ["x"]}, b.box([[]]))
    graph = [w.leaf("x", "n"), w.leaf("y", "n"), w.total([0, 1], *()), w.total([2])]
    assert "tensors" in rejected({**b.lines(BOTH), "graph": graph}, b.box(SLOPES))


def test_shapes_of_boxes_and_evidence():
    for broken in ([0, ["1", "0"], "0"], [0, ["1", "0"], "-1"], [1, ["1", "0"], "1"], [0, ["2", "0"], "1"]):
        assert "a positive radius" in rejected(b.lines([broken]), b.box([b.AT_FIRST]))
    for broken in ([0, ["1"], "1"], [2, ["1", "0"], "1"], [0, ["1", "0"], ["0", "0"], "1"]):
        assert rejected(b.lines([broken]), b.box([b.AT_FIRST]))
    assert rejected(b.lines(BOTH), b.box(SLOPES[:1]))
    assert rejected(b.lines(BOTH), b.box([[[["1", "0"], ["1", "0"]]], b.AT_SECOND]))
    assert rejected(b.lines(BOTH, 2), b.box(SLOPES))


def test_one_more_line_refutes_that_these_are_all():
    shown = w.check(b.lines([b.FIRST]), b.witness(b.SECOND, b.AT_SECOND), "refuted")
    assert shown.scope == "one more line is there"
    for statement, line, text in (
        (b.lines(BOTH), b.SECOND, "not shown to differ"),
        (b.lines([b.FIRST], 0), b.SECOND, "one more line is nothing new"),
        (b.lines([b.FIRST]), [1, ["1/10", "1"], "1/100"], "box 2 is not shown"),
    ):
        assert text in rejected(statement, b.witness(line, b.AT_SECOND), "refuted")

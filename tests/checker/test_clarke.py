"""Kind "clarke" and the witness against membership: written out by hand, true ones accepted, false ones not."""

import pytest
import written_out as w

from wnproof.checker import Invalid, check_bytes

X, Y = w.arg(0), w.arg(1)
ORIGIN, ZERO = {"x": "0", "y": "0"}, {"x": "0"}
SUM = ["+", X, Y]
GAP = ["+", w.pw(X), w.pw(Y), w.neg(w.pw(SUM))]  # free slopes reach e1 + e2, sides that occur together do not
BENT = ["+", w.pw(["+", X, ["^", Y, "2"]]), w.neg(w.pw(X))]  # e1 is a member: 0 > x > -y^2
NESTED = w.pw(["+", w.pw(X), w.neg(Y)])
TWICE = ["+", w.pw(X, 1, -1), w.neg(w.pw(["*", w.num(2), X], "1/2", "-1/2"))]  # |x| - |2 x|/2


def xy(x, y):
    return {"x": x, "y": y}


def split(kink, gt, lt):
    return {"kink": kink, "gt": gt, "lt": lt}


def empty(*weights):
    return {"empty": [list(pair) for pair in weights]}


# e1 + e2 against the gap: on x > 0, y > 0 the sum is positive too
GAP_TREE = split(0, split(1, split(2, "below", empty([0, "1"], [1, "1"], [2, "1"])), "below"), "below")
TWICE_TREE = split(0, split(1, "below", empty([0, "2"], [1, "1"])), split(1, empty([0, "2"], [1, "1"]), "below"))
CERTIFIED = {
    "a smooth point": (w.clarke_member(["*", X, X], {"x": "3"}, {"x": "6"}), w.mean(["1", ZERO])),
    "a side": (w.clarke_member(w.pw(X), ZERO, {"x": "1"}), w.mean(["1", {"x": "2"}])),
    "exp at 0": (w.clarke_member(["exp", ["*", X, w.num(3)]], ZERO, {"x": "3"}), w.mean(["1", ZERO])),
    "log at 1 and tanh at 0": (
        w.clarke_member(["+", ["log", ["+", w.num(1), X]], ["tanh", ["*", w.num(2), X]]], ZERO, {"x": "3"}),
        w.mean(["1", ZERO]),
    ),
    "a mean": (w.clarke_member(w.pw(X), ZERO, {"x": "1/3"}), w.mean(["1/3", {"x": "1"}], ["2/3", {"x": "-1"}])),
    "the gap's vertex": (w.clarke_member(GAP, ORIGIN, xy("0", "-1")), w.mean(["1", xy("2", "-1")])),
    "free slopes": (w.clarke_member(GAP, ORIGIN, xy("1", "1"), "decoupled"), w.mean(["1", ["1", "1", "0"]])),
    "free shares": (w.clarke_member(GAP, ORIGIN, xy("1/3", "0"), "decoupled"), w.mean(["1", ["1/3", "0", "0"]])),
    "inside a kink": (w.clarke_member(NESTED, ORIGIN, xy("1", "-1")), w.mean(["1", xy("2", "1")])),
    "a kink of a constant": (w.clarke_member(w.pw(["*", w.num(0), X]), ZERO, ZERO), w.mean(["1", ZERO])),
    "bent to second order": (w.clarke_member(BENT, ORIGIN, xy("0", "0")), w.mean(["1", xy("1", "0")])),
}
REFUTED = {
    "a smooth point": (w.clarke_member(["*", X, X], {"x": "3"}, {"x": "5"}), w.below({"x": "-1"})),
    "beyond a slope": (w.clarke_member(w.pw(X), ZERO, {"x": "4/3"}), w.below({"x": "1"})),
    "the gap": (w.clarke_member(GAP, ORIGIN, xy("1", "1")), w.below(xy("1", "1"), GAP_TREE)),
    "beyond free slopes": (w.clarke_member(GAP, ORIGIN, xy("3/2", "0"), "decoupled"), w.below(xy("1", "0"))),
    "|x| - |2 x|/2": (w.clarke_member(TWICE, ZERO, {"x": "1"}), w.below({"x": "1"}, TWICE_TREE)),
    "inside a kink": (w.clarke_member(NESTED, ORIGIN, xy("1", "0")), w.below(xy("1", "1"), split(0, "below", "below"))),
    "a positive factor": (  # relu(y relu(x)) - relu(x) at (0, 1): both kinks have the side of x
        w.clarke_member(["+", w.pw(["*", Y, X]), w.neg(w.pw(X))], xy("0", "1"), xy("1", "0")),
        w.below(xy("1", "0"), split(0, split(1, "below", empty([0, "1"], [1, "1"])), "below")),
    ),
    "beyond what is bent": (w.clarke_member(BENT, ORIGIN, xy("2", "0")), w.below(xy("1", "0"))),
}
REJECTED = {
    "no unit mass": (w.clarke_member(w.pw(X), ZERO, {"x": "1/2"}), w.mean(["1/2", {"x": "1"}])),
    "a negative weight": (w.clarke_member(w.pw(X), ZERO, {"x": "2"}), w.mean(["2", {"x": "1"}], ["-1", {"x": "-1"}])),
    "another side": (w.clarke_member(w.pw(X), ZERO, {"x": "1"}), w.mean(["1", {"x": "-2"}])),
    "no side": (w.clarke_member(["+", w.pw(X), w.pw(Y)], ORIGIN, xy("1", "0")), w.mean(["1", xy("1", "0")])),
    "free slopes for a Clarke set": (w.clarke_member(GAP, ORIGIN, xy("1", "1")), w.mean(["1", ["1", "1", "0"]])),
    "a share beyond 1": (w.clarke_member(w.pw(X), ZERO, {"x": "2"}, "decoupled"), w.mean(["1", ["2"]])),
    "too few shares": (w.clarke_member(GAP, ORIGIN, xy("1", "1"), "decoupled"), w.mean(["1", ["1", "1"]])),
    "too few entries": (w.clarke_member(GAP, ORIGIN, xy("1", "0")), w.mean(["1", {"x": "1"}])),
    "no parts": (w.clarke_member(w.num(0), ZERO, ZERO), w.mean()),
    "exp": (w.clarke_member(["exp", X], {"x": "1"}, {"x": "1"}), w.mean(["1", ZERO])),
    "a side of a sum of products": (  # x y + z^2 and x at (0, 1, 0)
        w.clarke_member(
            ["+", w.pw(["+", ["*", X, Y], ["*", w.arg(2), w.arg(2)]]), w.neg(w.pw(X))],
            {**xy("0", "1"), "z": "0"},
            {**xy("1", "0"), "z": "0"},
        ),
        w.below({**xy("1", "0"), "z": "0"}, split(0, split(1, "below", empty([0, "1"], [1, "1"])), "below")),
    ),
    "a side of an argument with exp": (  # e^y - 1 - y is as bent as y^2/2
        w.clarke_member(["+", w.pw(["+", X, ["exp", Y], w.num(-1), w.neg(Y)]), w.neg(w.pw(X))], ORIGIN, xy("1", "0")),
        w.below(
            xy("1", "0"), split(0, split(1, "below", empty([0, "1"], [1, "1"])), split(1, empty([0, "1"], [1, "1"]), "below"))
        ),
    ),
    "an irrational value": (
        w.clarke_member(["+", ["^", X, "1/2"], ["*", w.num(0), X]], {"x": "2"}, {"x": "1"}),
        w.mean(["1", ZERO]),
    ),
    "outside the domain": (w.clarke_member(["^", X, "-1"], ZERO, ZERO), w.mean(["1", ZERO])),
    "an inner kink on its other side": (w.clarke_member(NESTED, ORIGIN, xy("1", "-1")), w.mean(["1", xy("-1", "-2")])),
    "not below but equal": (w.clarke_member(w.pw(X), ZERO, {"x": "1"}), w.below({"x": "1"})),
    "the gap without cases": (w.clarke_member(GAP, ORIGIN, xy("1", "1")), w.below(xy("1", "1"))),
    "the gap with free slopes": (w.clarke_member(GAP, ORIGIN, xy("1", "1"), "decoupled"), w.below(xy("1", "1"), GAP_TREE)),
    "an empty case that is none": (w.clarke_member(w.pw(X), ZERO, {"x": "1"}), w.below({"x": "1"}, split(0, empty(), "below"))),
    "weights that do not add up to 0": (
        w.clarke_member(w.pw(X), ZERO, {"x": "1"}),
        w.below({"x": "1"}, split(0, empty([0, "1"]), "below")),
    ),
    "the other side's weights": (
        w.clarke_member(TWICE, ZERO, {"x": "0"}),
        w.below({"x": "1"}, split(0, split(1, empty([0, "2"], [1, "1"]), "below"), "below")),
    ),
    "a side of a bent argument": (
        w.clarke_member(BENT, ORIGIN, xy("1", "0")),
        w.below(xy("1", "0"), split(0, split(1, "below", empty([0, "1"], [1, "1"])), "below")),
    ),
    "a side of a bent product": (
        w.clarke_member(["+", w.pw(["+", X, ["*", Y, Y]]), w.neg(w.pw(X))], ORIGIN, xy("1", "0")),
        w.below(xy("1", "0"), split(0, split(1, "below", empty([0, "1"], [1, "1"])), "below")),
    ),
    "only one branch is below": (
        w.clarke_member(w.neg(w.pw(X)), ZERO, {"x": "0"}),
        w.below({"x": "1"}, split(0, "below", "below")),
    ),
    "a slope of exp": (w.clarke_member(["exp", X], ZERO, {"x": "2"}), w.mean(["1", ZERO])),
    "a side that is not of the case": (
        w.clarke_member(TWICE, ZERO, {"x": "1"}),
        w.below({"x": "1"}, split(0, empty([0, "2"], [1, "1"]), "below")),
    ),
    "an inner kink without a side": (w.clarke_member(NESTED, ORIGIN, xy("1", "0")), w.below(xy("1", "1"))),
}


@pytest.mark.parametrize("name", CERTIFIED)
def test_members(name):
    assert w.check(*CERTIFIED[name], "certified").verdict == "certified"


@pytest.mark.parametrize("name", REFUTED)
def test_no_members(name):
    assert w.check(*REFUTED[name], "refuted").verdict == "refuted"


@pytest.mark.parametrize("name", REJECTED)
def test_what_shows_nothing(name):
    statement, evidence = REJECTED[name]
    with pytest.raises(Invalid):
        w.check(statement, evidence, "certified" if evidence["kind"] == "clarke" else "refuted")


def test_a_member_at_one_point_is_not_proved():
    statement, evidence = CERTIFIED["a side"]
    with pytest.raises(Invalid, match="OVERCLAIM"):
        check_bytes(w.certificate(statement, evidence, "proved"))


@pytest.mark.parametrize("change", [{"notion": "free"}, {"gradient": {}}, {"values": {}}, {"trained": []}])
def test_statements_without_sense(change):
    statement, evidence = CERTIFIED["a side"]
    with pytest.raises(Invalid):
        w.check({**statement, **change}, evidence, "certified")


def test_the_sentence_names_set_point_and_function():
    statement, evidence = CERTIFIED["free slopes"]
    text = w.check(statement, evidence, "certified").statement_text
    assert "(x = 1, y = 1) is in the Decoupled set, the hull of gradients with a slope of its own" in text
    assert "of f in x, y at x = 0, y = 0, f = (pw(x, 1, 0, 1) +" in text

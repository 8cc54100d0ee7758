"""A witness refutes false statements only, and no kink, no edge of the domain and no rounding helps it."""

import pytest
import written_out as w

from wnproof.checker import Invalid

X, Y = w.arg(0), w.arg(1)


def refuted(statement, evidence):
    outcome = w.check(statement, evidence, "refuted")
    assert outcome.verdict == "refuted"
    return outcome


def rejected(statement, evidence, text):
    with pytest.raises(Invalid, match=text) as failure:
        w.check(statement, evidence, "refuted")
    assert failure.value.code in ("E-CERT-INVALID", "E-CERT-SYNTAX", "E-CERT-VERSION")


@pytest.mark.parametrize("name", w.FALSE)
def test_false_statements(name):
    refuted(*w.FALSE[name])


def at(left, right, where=(), **values):
    return w.scalar_identity(left, right, *values, where=where), w.witness(values=values)


def test_exact_evaluation():
    refuted(*at(["^", X, "2"], X, x="2"))
    rejected(*at(["^", X, "2"], X, x="1"), text="does not certainly fail")
    tiny = ["+", X, w.num("1/1" + "0" * 300)]
    refuted(*at(tiny, X, x="1"))
    refuted(*at(["^", w.num("1/4"), "1/2"], w.num("1/3"), x="0"))


def test_irrational_values_need_a_gap():
    root = ["^", X, "1/2"]
    rejected(*at(["*", root, root], X, x="2"), text="not settled with 2048 bits")
    refuted(*at(root, w.num("7/5"), x="2"))
    refuted(*at(["exp", X], w.num("27/10"), x="1"))
    rejected(*at(["*", ["exp", X], ["exp", w.neg(X)]], w.num(1), x="1"), text="not settled")


def test_near_equality_is_told_apart_with_more_bits():
    """exp(pi sqrt(163)) is famous; here sqrt(2) against a convergent that agrees to 10^-60."""
    p, q = 1, 1
    for _ in range(80):
        p, q = p + 2 * q, p + q
    refuted(*at(["^", X, "1/2"], w.num(f"{p}/{q}"), x="2"))


def test_the_point_is_in_the_domain():
    relation = [(">", X)]
    refuted(*at(["^", X, "2"], X, relation, x="2"))
    rejected(*at(["^", X, "2"], X, relation, x="-2"), text="not in the domain")
    rejected(*at(["^", X, "2"], ["^", X, "3"], [("=", ["+", X, w.num(-1)])], x="2"), text="not in the domain")
    rejected(
        *at(["^", X, "2"], ["^", X, "3"], [("=", ["+", ["exp", X], ["*", w.num(-1), ["exp", X]]])], x="2"), text="not settled"
    )
    rejected(*at(["^", X, "2"], ["^", X, "3"], [(">=", w.neg(X))], x="2"), text="not in the domain")
    rejected(*at(["^", X, "2"], ["^", X, "3"], [("!=", ["+", X, w.num(-2)])], x="2"), text="not in the domain")


def test_both_sides_are_defined():
    for side in (["^", X, "-1"], ["log", X], ["^", X, "1/2"], ["*", w.num(0), ["^", X, "-1"]], ["^", ["^", X, "2"], "1/2"]):
        rejected(*at(side, w.num(7), x="0"), text="not")
        rejected(*at(w.num(7), side, x="0"), text="not")


def test_values_have_the_shape_of_the_leaves():
    claim, _ = at(["^", X, "2"], X, x="2")
    for values in ({}, {"x": ["2"]}, {"x": "2", "y": "1"}, {"x": 2}, {"y": "2"}, {"x": "2.0"}, {"1": "2"}, []):
        with pytest.raises(Invalid):
            w.check(claim, w.witness(values=values), "refuted")


# -- kinks


def flow(q, velocity, x):
    """x' = -1."""
    graph = [w.leaf("x"), w.pointwise(q, 0), w.pointwise(velocity, 0)]
    return w.evolves(graph, 0, ["x"], 1, 2), w.witness(values={"x": x})


def test_a_kink_under_a_derivative_is_no_witness():
    for slope in ("0", "-1", "-1/2"):
        rejected(*flow(w.pw(X), w.num(slope), "0"), text="slope is not single")
        refuted(*flow(w.pw(X), w.num(slope), "1" if slope != "-1" else "-1"))
    rejected(*flow(w.pw(["+", ["exp", X], w.neg(["exp", X])]), w.num(5), "1"), text="slope is not single")
    rejected(*at(w.pw(X, p=0), w.num(7), x="0"), text="slope is not single")


def test_a_kink_that_is_not_differentiated_is_no_obstacle():
    refuted(*at(w.pw(X), w.num(1), x="0"))
    refuted(*flow(w.pw(X, 1, 0, 2), w.num(1), "0"))


def test_wrong_length_away_from_the_kink_only():
    refuted(w.WRONG_LENGTH, w.WRONG_LENGTH_EVIDENCE)
    values = {**w.WRONG_LENGTH_EVIDENCE["values"], "x": [["4", "-3"]]}
    rejected(w.WRONG_LENGTH, w.witness(values=values), "slope is not single")


# -- homogeneity


def test_degree():
    refuted(w.WRONG_DEGREE, w.WRONG_DEGREE_EVIDENCE)
    for scale in ("1", "0", "-2"):
        rejected(w.WRONG_DEGREE, {**w.WRONG_DEGREE_EVIDENCE, "scale": scale}, "scale|does not certainly fail")
    rejected(w.DEGREE, w.WRONG_DEGREE_EVIDENCE, "does not certainly fail")


def test_rational_weights_scale_by_irrational_factors():
    graph = [w.leaf("x"), w.leaf("y"), w.pointwise(["*", ["^", X, "2"], Y], 0, 1)]
    point = {"sizes": {}, "values": {"x": "1", "y": "1"}, "scale": "2"}
    statement = w.homogeneous(graph, 2, {"x": "1/3", "y": "1/3"}, "1")
    rejected(statement, w.witness(**point), "does not certainly fail")
    refuted({**statement, "degree": "2"}, w.witness(**point))
    refuted({**statement, "degree": "1/2"}, w.witness(**point))


def test_both_points_are_defined():
    graph = [w.leaf("x"), w.pointwise(["log", X], 0)]
    statement = w.homogeneous(graph, 1, {"x": "1"}, "0")
    refuted(statement, w.witness(sizes={}, values={"x": "1"}, scale="2"))
    rejected(statement, w.witness(sizes={}, values={"x": "0"}, scale="2"), "not certainly positive|domain")


# -- conserved quantities


def test_a_wrong_coefficient_of_a_law():
    wrong = {**w.BALANCE, "squares": {"W1": "1", "W2": "-2"}}
    point = {"x": [["1", "2"]], "W1": [["1", "1"]], "W2": ["3"]}
    evidence = w.witness(sizes={"n": 1, "d": 2, "h": 1}, values=point)
    assert "index 0 of h" in refuted(wrong, evidence).scope
    rejected(w.BALANCE, evidence, "does not certainly fail")
    dead = {**point, "W1": [["-1", "-1"]]}
    rejected(wrong, {**evidence, "values": dead}, "does not certainly fail")
    on_the_kink = {**point, "x": [["1", "-1"]]}
    rejected(wrong, {**evidence, "values": on_the_kink}, "slope is not single")


def test_a_law_per_index_can_fail_at_a_later_index():
    wrong = {**w.BALANCE, "squares": {"W1": "1", "W2": "-2"}}
    point = {"x": [["1"]], "W1": [["-1"], ["1"]], "W2": ["3", "1"]}
    evidence = w.witness(sizes={"n": 1, "d": 1, "h": 2}, values=point)
    assert "index 1 of h" in refuted(wrong, evidence).scope


def test_exponential_weight_norm():
    refuted(w.WRONG_EWN, w.WRONG_EWN_EVIDENCE)
    rejected(w.EWN, w.WRONG_EWN_EVIDENCE, "does not certainly fail")


# -- shares


def shares_at(function, shares, **values):
    graph = [w.leaf("a"), w.leaf("b"), w.pointwise(function, 0, 1)]
    return w.shares(graph, 2, ["a", "b"], shares), w.witness(sizes={}, values=values)


HALF = {"a": "1/2", "b": "1/2"}
OTHER = {"a": "1/3", "b": "2/3"}


def test_shares():
    refuted(w.WRONG_SHARES, w.WRONG_SHARES_EVIDENCE)
    rejected(w.SHARES, w.WRONG_SHARES_EVIDENCE, "stated share")
    product = ["*", X, Y]
    assert "a has share 1/2 where |f| is largest" in refuted(*shares_at(product, OTHER, a="2", b="1")).scope
    rejected(*shares_at(product, HALF, a="2", b="1"), text="stated share")
    rejected(*shares_at(product, OTHER, a="0", b="0"), text="not in the domain")
    rejected(*shares_at(["*", X, ["+", Y, ["*", w.num(-1), Y]]], OTHER, a="1", b="1"), text="not in the domain")


def test_shares_need_a_degree_in_every_block():
    """f = a b + (a - 1)(b - 1)(a + b): at (1, 1) the gradient is (1, 1), and on the unit sphere nothing follows from that."""
    bump = ["*", ["+", X, w.num(-1)], ["+", Y, w.num(-1)], ["+", X, Y]]
    rejected(*shares_at(["+", ["*", X, Y], bump], OTHER, a="1", b="1"), text="arguments with weights")
    rejected(*shares_at(["+", ["^", X, "2"], ["^", Y, "2"], w.num(1)], OTHER, a="3/5", b="4/5"), text="arguments with weights")
    rejected(*shares_at(["^", ["*", X, Y], "0"], OTHER, a="3/5", b="4/5"), text="add up to 0")


def test_shares_of_a_function_without_a_largest_value():
    """b^3 / a grows without bound on the circle and has no KKT point with a value that is not 0; sqrt(a b) is not Lipschitz."""
    rejected(*shares_at(["*", ["^", Y, "3"], ["^", X, "-1"]], OTHER, a="1", b="1"), text="not defined everywhere")
    rejected(*shares_at(["^", ["*", X, Y], "1/2"], OTHER, a="1", b="1"), text="not defined everywhere")


# -- conjunctions


def both(*parts):
    return {"says": "all", "of": list(parts)}


def test_conjunctions():
    whole = both(w.DEGREE, w.UNIT_NORM)
    outcome = w.check(whole, {"kind": "each", "of": [w.DEGREE_EVIDENCE, w.UNIT_NORM_EVIDENCE]})
    assert outcome.verdict == "proved"
    assert outcome.statement_text.startswith("(1) f(")
    assert "(2)" in outcome.statement_text
    for wrong in ([w.DEGREE_EVIDENCE], [w.UNIT_NORM_EVIDENCE, w.DEGREE_EVIDENCE], [w.DEGREE_EVIDENCE] * 2, []):
        with pytest.raises(Invalid):
            w.check(whole, {"kind": "each", "of": wrong})
    with pytest.raises(Invalid):
        w.check(whole, w.DEGREE_EVIDENCE)


def test_an_empty_conjunction_says_nothing():
    with pytest.raises(Invalid, match="nothing"):
        w.check(both(), {"kind": "each", "of": []})


def test_a_conjunction_is_refuted_by_one_part():
    whole = both(w.DEGREE, w.WRONG_EWN)
    assert "part 2" in refuted(whole, {"kind": "one", "index": 1, "of": w.WRONG_EWN_EVIDENCE}).scope
    rejected(whole, {"kind": "one", "index": 0, "of": w.DEGREE_EVIDENCE}, "does not refute")
    rejected(whole, {"kind": "one", "index": 2, "of": w.WRONG_EWN_EVIDENCE}, "outside")
    rejected(whole, {"kind": "one", "index": -1, "of": w.WRONG_EWN_EVIDENCE}, "outside")
    rejected(whole, {"kind": "each", "of": [w.DEGREE_EVIDENCE, w.WRONG_EWN_EVIDENCE]}, "does not show")

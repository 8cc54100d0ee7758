"""Each rule of the typing: a true instance, and false ones that it stops."""

import pytest
import written_out as w

from wnproof.checker import Invalid


def rejected(statement, evidence, text):
    with pytest.raises(Invalid, match=text) as failure:
        w.check(statement, evidence)
    assert failure.value.code == "E-CERT-INVALID"


@pytest.mark.parametrize("name", ["degree", "balance", "exponential", "shares"])
def test_true_statements(name):
    outcome = w.check(*w.TRUE[name])
    assert outcome.verdict == "proved"
    assert "all widths" in outcome.scope


def test_wrong_degree():
    rejected(w.WRONG_DEGREE, w.DEGREE_EVIDENCE, "weight {t: 2}")


def test_scaled_leaves():
    rejected({**w.DEGREE, "scaled": {"W1": "1"}}, w.gauge(), "weight {t: 1}")
    rejected({**w.DEGREE, "scaled": {"W1": "1", "W2": "2"}}, w.gauge(), "weight {t: 3}")
    rejected({**w.DEGREE, "scaled": {}}, w.gauge(), "no leaf is scaled")
    rejected({**w.DEGREE, "scaled": {"W1": "0"}}, w.gauge(), "coefficient 0")


@pytest.mark.parametrize("p", [1, 2, 3])
def test_balance_of_polynomial_relu(p):
    for k in (1, 2, 3):
        law = w.conserved(w.two_layers(p), 5, ["W1", "W2"], "h", {"W1": "1", "W2": str(-k)})
        if k == p:
            assert w.check(law, w.gauge()).verdict == "proved"
        else:
            rejected(law, w.gauge(), "axis h is summed")


def test_leaky_kinks_have_the_same_law():
    law = w.conserved(w.two_layers(1, "1/10"), 5, ["W1", "W2"], "h", {"W1": "1", "W2": "-1"})
    assert w.check(law, w.BALANCE_EVIDENCE).verdict == "proved"


def test_the_law_is_the_symmetry():
    rejected({**w.BALANCE, "squares": {"W1": "1", "W2": "-2"}}, w.BALANCE_EVIDENCE, "axis h is summed with weight -1")
    rejected({**w.BALANCE, "squares": {"W1": "1"}}, w.BALANCE_EVIDENCE, "axis h is summed with weight 1")
    rejected({**w.BALANCE, "squares": {"W1": "1"}, "linear": {"W2": "-2"}}, w.BALANCE_EVIDENCE, "outside exp")
    assert w.check({**w.BALANCE, "squares": {"W1": "-2/3", "W2": "2/3"}}, w.BALANCE_EVIDENCE).verdict == "proved"


def test_a_shift_counts_twice():
    """d|W|^2 = 2 <W, dW> but d sum(a) = sum(da)."""
    rejected(w.WRONG_EWN, w.EWN_EVIDENCE, "axis h is summed with weight -1/2")
    assert w.check(w.WRONG_EWN, w.WRONG_EWN_EVIDENCE, "refuted").verdict == "refuted"


def test_a_summed_axis_carries_no_weight():
    rejected({**w.BALANCE, "axis": "d", "squares": {"W1": "1"}}, w.gauge(), "axis d is summed")
    rejected({**w.BALANCE, "squares": {"W1": "1"}}, w.gauge(), "axis h is summed")


def test_an_axis_law_scales_along_the_axis_alone():
    """W1 -> c W1, W2 -> W2 / c for the layers as wholes is a symmetry also where single neurons have none."""
    graph = [*w.two_layers(), w.total([1, 1]), w.pointwise(["*", w.arg(0), ["^", w.arg(1), "-1"]], 5, 6)]
    laws = [w.conserved(graph, 7, ["W1", "W2"], axis, {"W1": "1", "W2": "1"}) for axis in (None, "h")]
    assert w.check(laws[0], w.gauge()).verdict == "proved"
    rejected(laws[1], w.gauge(), "axis h is summed")


def test_global_law():
    assert w.check({**w.BALANCE, "axis": None}, w.gauge()).verdict == "proved"


def test_data_cannot_move():
    """x -> c x, W1 -> W1/c is a symmetry, and no law: x does not follow the flow."""
    rejected({**w.BALANCE, "axis": None, "squares": {"W1": "-1"}}, w.gauge(), "not invariant, it has weight {t: -1}")
    rejected({**w.BALANCE, "axis": None, "squares": {"W1": "-1", "x": "1"}}, w.gauge(), "x is in the quantity and not trained")


@pytest.mark.parametrize("law", [w.BALANCE, w.DEGREE, w.SHARES, w.EWN])
def test_the_typing_is_not_for_the_evidence_to_choose(law):
    for field in ("weights", "shifts"):
        with pytest.raises(Invalid, match=field) as failure:
            w.check(law, w.with_point(law, w.gauge()) | {field: {}})
        assert failure.value.code == "E-CERT-VERSION"


def scalars(expr, *names):
    return [*(w.leaf(name) for name in names), w.pointwise(expr, *range(len(names)))]


def degree(expr, q, scaled=("x",), names=("x", "y")):
    statement = w.homogeneous(scalars(expr, *names), len(names), dict.fromkeys(scaled, "1"), q)
    return statement, w.gauge()


@pytest.mark.parametrize(
    ("expr", "q"),
    [
        (["+", w.arg(0), ["*", w.num(3), w.arg(0)]], "1"),
        (["*", w.arg(0), w.arg(0), w.arg(1)], "2"),
        (["^", w.arg(0), "-3"], "-3"),
        (["^", w.arg(0), "1/2"], "1/2"),
        (["exp", w.arg(1)], "0"),
        (["tanh", ["*", w.arg(0), ["^", w.arg(0), "-1"]]], "0"),
        (w.pw(w.arg(0), 2, -3, 5), "5"),
        (w.num(7), "0"),
    ],
)
def test_degrees(expr, q):
    assert w.check(*degree(expr, q)).verdict == "proved"
    rejected(*degree(expr, "7/2"), text="not degree")


@pytest.mark.parametrize("op", ["exp", "log", "tanh"])
def test_opaque_functions_have_no_degree(op):
    rejected(*degree([op, w.arg(0)], "1"), text=f"{op} of arguments with weights")


def test_sums_need_equal_weights():
    rejected(*degree(["+", w.arg(0), w.arg(1)], "1"), text="[+] of arguments with weights")
    rejected(*degree(["+", w.arg(0), w.num(1)], "1"), text="[+] of arguments with weights")
    rejected(*degree(["+", w.arg(0), ["^", w.arg(0), "2"]], "2"), text="[+] of arguments with weights")


def shift_law(expr, linear="2", extra=()):
    """f = expr(a, b) * c with a shifted; c -> c / factor."""
    graph = [w.leaf("a"), w.leaf("b"), w.leaf("c"), w.pointwise(["*", expr, w.arg(2)], 0, 1, 2), *extra]
    return w.conserved(graph, len(graph) - 1, ["a", "b", "c"], None, {"c": "-1"}, {"a": linear})


def test_exp_turns_a_shift_into_a_weight():
    evidence = w.gauge()
    assert w.check(shift_law(["exp", w.arg(0)]), evidence).verdict == "proved"


@pytest.mark.parametrize(
    "expr",
    [
        w.arg(0),
        ["exp", ["*", w.num(2), w.arg(0)]],
        ["exp", ["+", w.arg(0), w.arg(1)]],
        ["exp", w.pw(w.arg(0))],
        ["*", ["exp", w.arg(0)], w.arg(0)],
        ["tanh", w.arg(0)],
        ["+", ["exp", w.arg(0)], w.arg(0)],
    ],
)
def test_a_shifted_leaf_occurs_under_exp_only(expr):
    rejected(shift_law(expr), w.gauge(), "outside exp")


def test_a_shifted_leaf_in_a_sum_of_products():
    extra = [w.total([0, 3])]
    rejected(shift_law(["exp", w.arg(0)], extra=extra), w.gauge(), "outside exp")


def test_exp_of_what_is_not_shifted_has_no_weight():
    """The plausible wrong rule, exp gives a weight to any leaf, would call W2 (exp(b) W1) balanced without a shift."""
    rejected(shift_law(["exp", w.arg(1)]), w.gauge(), "not invariant")
    scaled = {**shift_law(["exp", w.arg(1)]), "squares": {"c": "-1", "b": "1"}, "linear": {}}
    rejected(scaled, w.gauge(), "exp of arguments with weights")


def test_scaled_and_shifted():
    law = {**shift_law(["exp", w.arg(0)]), "squares": {"c": "-1", "a": "1"}}
    rejected(law, w.gauge(), "both scaled and shifted")


def test_shares():
    rejected(w.WRONG_SHARES, w.gauge(), "the degrees give")
    graph = [w.leaf("a"), w.leaf("b"), w.pointwise(["*", w.arg(0), ["^", w.arg(1), "-1"]], 0, 1)]
    rejected(w.shares(graph, 2, ["a", "b"], {"a": "1", "b": "-1"}), w.gauge(), "add up to 0")
    graph[2] = w.pointwise(["*", ["^", w.arg(0), "3"], ["^", w.arg(1), "-1"]], 0, 1)
    rejected(w.shares(graph, 2, ["a", "b"], {"a": "3/2", "b": "-1/2"}), w.gauge(), "all must be positive")
    graph[2] = w.pointwise(["*", w.arg(0), ["exp", w.arg(1)]], 0, 1)
    rejected(w.shares(graph, 2, ["a", "b"], {"a": "1", "b": "0"}), w.gauge(), "exp of arguments")
    with pytest.raises(Invalid, match="exactly the trained"):
        w.check({**w.SHARES, "shares": {"W1": "1"}}, w.gauge())
    with pytest.raises(Invalid, match="must be a scalar"):
        w.check(w.shares(w.two_layers(), 5, ["W1", "W2"], {"W1": "1/2", "W2": "1/2"}), w.gauge())


def test_a_law_of_a_function_that_is_nowhere_defined_is_empty():
    """sqrt(-x^2) and log(-x^2 / x^2) typecheck."""
    for expr, q in ((["^", ["*", w.num(-1), w.arg(), w.arg()], "1/2"], "1"), (["log", w.neg(["^", w.arg(), "0"])], "0")):
        statement, evidence = degree(expr, q)
        for x in ("1", "-2", "0"):
            rejected(statement, {**evidence, "sizes": {}, "values": {"x": x, "y": "1"}}, "point")
    root, weights = degree(["^", w.arg(), "1/2"], "1/2")
    assert w.check(root, {**weights, "sizes": {}, "values": {"x": "2", "y": "0"}}).verdict == "proved"
    for x in ("0", "-2"):
        rejected(root, {**weights, "sizes": {}, "values": {"x": x, "y": "0"}}, "point")


def test_shares_of_a_function_that_is_zero_everywhere_are_empty():
    graph = [w.leaf("a"), w.leaf("b"), w.pointwise(["*", w.arg(0), w.arg(1), w.num(0)], 0, 1)]
    halves = w.shares(graph, 2, ["a", "b"], {"a": "1/2", "b": "1/2"})
    rejected(halves, w.gauge(sizes={}, values={"a": "1", "b": "2"}), "not in the domain")
    graph[2] = w.pointwise(["*", w.arg(0), w.arg(1)], 0, 1)
    halves = w.shares(graph, 2, ["a", "b"], {"a": "1/2", "b": "1/2"})
    assert w.check(halves, w.gauge(sizes={}, values={"a": "1", "b": "2"})).verdict == "proved"
    rejected(halves, w.gauge(sizes={}, values={"a": "1", "b": "0"}), "not in the domain")


@pytest.mark.parametrize(
    "change",
    [
        {"sizes": {"n": 1, "d": 1}},
        {"sizes": {"n": 1, "d": 1, "h": 0}},
        {"sizes": {"n": 1, "d": 1, "h": 2}},
        {"values": {"x": [["1"]], "W1": [["1"]]}},
        {"values": {"x": [["1"]], "W1": [["1"]], "W2": ["1.5"]}},
    ],
)
def test_the_point_has_sizes_and_the_shape_of_the_leaves(change):
    with pytest.raises(Invalid):
        w.check(w.BALANCE, {**w.with_point(w.BALANCE, w.BALANCE_EVIDENCE), **change})


def test_slopes_have_no_place_in_statements_for_all_sizes():
    graph = [w.leaf("x"), w.pointwise(w.pw(w.arg(), p=0), 0)]
    rejected(w.homogeneous(graph, 1, {"x": "1"}, "0"), w.gauge(), "order 0 of a kink")


def test_numbers_of_thousands_of_digits():
    """Longer than the interpreter prints: accepted, refused and rendered all the same."""
    q = "1" + "0" * 6000
    graph = [w.leaf("x")]
    good = w.homogeneous(graph, 0, {"x": q}, q)
    assert "bits>" in w.check(good, w.gauge()).statement_text
    rejected({**good, "degree": q + "1"}, w.gauge(), "bits>")
    for scaled in (q, f"1/{q}"):
        claim = w.homogeneous(graph, 0, {"x": scaled}, "1")
        with pytest.raises(Invalid, match="limit|beyond"):
            w.check(claim, w.witness(sizes={}, values={"x": "1"}, scale="2"), "refuted")


def test_names_of_huge_numbers():
    q = "1" + "0" * 6000
    graph = [
        w.leaf("x"),
        w.pointwise(["^", ["*", w.num(f"3/{q[:-1]}7"), w.arg()], "1/1000"], 0),
        w.pointwise(["exp", ["*", w.num(q), w.arg()]], 0),
    ]
    for k in (1, 2):
        with pytest.raises(Invalid):
            w.check(w.equal(graph, k, 0), w.cells("zero", {"x": "1"}))


MATRIX = w.conserved_matrix(w.linear_layers(), 4, ["W1", "W2"], "h", {"W1": "1", "W2": "-1"})
POINT = {"x": [["1", "1"]], "W1": [["1", "0"], ["0", "1"]], "W2": [["1", "2"]]}
SIZES = {"n": 1, "d": 2, "h": 2, "o": 1}


def test_matrix_of_linear_layers():
    assert "all widths" in w.check(MATRIX, w.gauge()).scope
    flipped = {**MATRIX, "squares": {"W1": "-2/3", "W2": "2/3"}}
    assert w.check(flipped, w.gauge()).verdict == "proved"
    assert "W1 W1^T along h" in w.check(MATRIX, w.gauge()).statement_text


def test_matrix_of_deep_and_biased_layers():
    """A bias of the lower layer moves with its rows; the last layers see nothing of the matrix."""
    graph = [*w.linear_layers()[:4], w.leaf("b", "h"), w.pointwise(["+", w.arg(0), w.arg(1)], 3, 4)]
    graph += [w.total([2, 5], "n", "o"), w.pointwise(w.pw(w.arg()), 6)]
    law = w.conserved_matrix(graph, 7, ["W1", "W2", "b"], "h", {"W1": "1", "b": "1", "W2": "-1"})
    assert w.check(law, w.gauge()).verdict == "proved"
    rejected({**law, "squares": {"W1": "1", "W2": "-1"}}, w.gauge(), "not covariant along h")


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        ({**MATRIX, "squares": {"W1": "1", "W2": "-2"}}, "several coefficients"),
        ({**MATRIX, "squares": {"W1": "1", "W2": "1"}}, "not covariant along h"),
        ({**MATRIX, "squares": {"W1": "1"}}, "not covariant along h"),
        ({**MATRIX, "axis": None}, "without an axis"),
        ({**MATRIX, "axis": "d", "squares": {"W1": "1"}}, "not covariant along d"),
        (w.conserved_matrix(w.two_layers(), 5, ["W1", "W2"], "h", {"W1": "1", "W2": "-1"}), "not covariant along h"),
        (w.conserved_matrix(w.linear_layers(), 3, ["W1"], "h", {"W1": "1"}), "not invariant under matrices"),
    ],
)
def test_what_a_matrix_law_is_not(statement, text):
    rejected(statement, w.gauge(), text)


def test_a_matrix_law_is_refuted_in_one_entry():
    """ReLU: W = I, v = (1, 1), x = (1, -1), (2, 1): the loss f_1 moves the entry off the diagonal and nothing on it."""
    relu = w.conserved_matrix(w.two_layers(), 5, ["W1", "W2"], "h", {"W1": "1", "W2": "-1"})
    values = {"x": [["1", "-1"], ["2", "1"]], "W1": [["1", "0"], ["0", "1"]], "W2": ["1", "1"]}
    evidence = w.witness(sizes={"n": 2, "d": 2, "h": 2}, values=values)
    assert "entry (0, 1) of h" in w.check(relu, evidence, "refuted").scope
    rejected_law = w.conserved(w.two_layers(), 5, ["W1", "W2"], "h", {"W1": "1", "W2": "-1"})
    with pytest.raises(Invalid, match="does not certainly fail"):
        w.check(rejected_law, evidence, "refuted")
    wrong = {**MATRIX, "squares": {"W1": "1", "W2": "1"}}
    moved = w.witness(sizes=SIZES, values=POINT)
    assert "index 0 of h" in w.check(wrong, moved, "refuted").scope
    with pytest.raises(Invalid, match="does not certainly fail"):
        w.check(MATRIX, moved, "refuted")

"""The case split, the polynomial identities in its leaves, the slopes at kinks, the domain."""

import pytest
import written_out as w

from wnproof.checker import Invalid, statement
from wnproof.checker.domain import pose
from wnproof.prove.identity import grow

X, Y, Z = w.arg(0), w.arg(1), w.arg(2)
SQUARE = ["^", X, "2"]
NORM = ["^", ["+", SQUARE, ["^", Y, "2"]], "1/2"]


def rejected(claim, evidence, text):
    with pytest.raises(Invalid, match=text) as failure:
        w.check(claim, evidence)
    assert failure.value.code == "E-CERT-INVALID"
    return failure.value.message


def proved(claim, evidence):
    outcome = w.check(claim, evidence)
    assert outcome.verdict == "proved"
    return outcome


def identity(left, right, point, tree="zero", where=()):
    return w.scalar_identity(left, right, *point, where=where), w.cells(tree, point)


@pytest.mark.parametrize("name", ["relu parts", "unit", "length"])
def test_true_statements(name):
    proved(*w.TRUE[name])


# -- identities without kinks: true, false

IDENTITIES = [
    (["^", ["+", X, Y], "2"], ["+", SQUARE, ["*", w.num(2), X, Y], ["^", Y, "2"]], {"x": "1", "y": "2"}),
    (["*", X, ["^", X, "-1"]], w.num(1), {"x": "2"}),
    (["*", ["+", X, Y], ["^", ["+", X, Y], "-2"], ["+", Y, X]], w.num(1), {"x": "1", "y": "1"}),
    (["*", ["^", X, "1/2"], ["^", X, "1/2"]], X, {"x": "4"}),
    (["^", NORM, "2"], ["+", SQUARE, ["^", Y, "2"]], {"x": "3", "y": "4"}),
    (["*", ["^", NORM, "-3"], NORM, NORM, NORM], w.num(1), {"x": "3", "y": "4"}),
    (["^", ["*", w.num(4), X], "1/2"], ["*", w.num(2), ["^", X, "1/2"]], {"x": "1"}),
    (["^", ["*", w.num(8), X, X, X], "1/2"], ["*", w.num(2), X, ["^", w.num(2), "1/2"], ["^", X, "1/2"]], {"x": "1"}),
    (["^", ["*", X, ["^", Y, "-1"]], "1/2"], ["*", ["^", X, "1/2"], ["^", Y, "-1/2"]], {"x": "1", "y": "1"}),
    (
        ["^", ["^", ["+", X, Y], "-2"], "1/2"],
        ["*", ["^", ["^", ["+", X, Y], "2"], "1/2"], ["^", ["+", X, Y], "-2"]],
        {"x": "1", "y": "1"},
    ),
    (["exp", ["+", X, Y]], ["*", ["exp", X], ["exp", Y]], {"x": "0", "y": "0"}),
    (["*", ["exp", w.neg(X)], ["exp", X]], w.num(1), {"x": "0"}),
    (["^", ["exp", X], "1/2"], ["exp", ["*", w.num("1/2"), X]], {"x": "0"}),
    (["exp", w.num(0)], w.num(1), {"x": "0"}),
    (
        ["exp", ["*", X, ["^", ["+", X, Y], "-1"]]],
        ["*", *[["exp", ["*", w.num("1/3"), X, ["^", ["+", X, Y], "-1"]]]] * 3],
        {"x": "1", "y": "1"},
    ),
    (["+", ["tanh", X], ["tanh", w.neg(X)]], w.num(0), {"x": "1"}),
    (["log", ["*", X, w.num(1)]], ["log", X], {"x": "1"}),
    (w.pw(X, 3, 3, 2), ["*", w.num(3), SQUARE], {"x": "1"}),
    (["^", X, "0"], w.num(1), {"x": "0"}),
]
FALSE_IDENTITIES = [
    (["^", SQUARE, "1/2"], X, {"x": "1"}),
    (["^", ["^", X, "3"], "1/3"], w.neg(X), {"x": "1"}),
    (["*", ["^", X, "1/2"], ["^", X, "1/3"]], X, {"x": "1"}),
    (["^", ["+", SQUARE, ["^", Y, "2"]], "1/2"], ["+", X, Y], {"x": "1", "y": "1"}),
    (["exp", ["*", X, Y]], ["*", ["exp", X], ["exp", Y]], {"x": "2", "y": "2"}),
    (["exp", w.num(1)], w.num(1), {"x": "0"}),
    (["tanh", w.neg(X)], ["tanh", X], {"x": "0"}),
    (["log", w.neg(X)], ["log", X], {"x": "1"}),
    (w.pw(X, 3, 3, 2), ["*", w.num(2), SQUARE], {"x": "1"}),
    (["^", ["+", X, w.num("1/1000000000000000000000000000000")], "2"], SQUARE, {"x": "1"}),
]


@pytest.mark.parametrize("case", IDENTITIES)
def test_identities(case):
    proved(*identity(*case))


@pytest.mark.parametrize("case", IDENTITIES)
def test_wrong_twins_of_identities(case):
    left, right, point = case
    rejected(*identity(left, ["+", right, w.num("1/7")], point), text="difference is")
    rejected(*identity(["*", left, w.num("1001/1000")], ["+", right, X, w.num(1)], point), text="difference is")


@pytest.mark.parametrize("case", FALSE_IDENTITIES)
def test_false_identities(case):
    with pytest.raises(Invalid):
        w.check(*identity(*case))


# -- the split


def test_a_cover_has_every_sign():
    message = rejected(w.RELU_PARTS, w.cells({"gt": "zero", "lt": "zero"}, {"x": "1"}), "branches")
    assert "['gt', 'eq', 'lt']" in message
    rejected(w.RELU_PARTS, w.cells("zero", {"x": "1"}), "branches")
    rejected(w.RELU_PARTS, w.cells({**w.ZEROS, "other": "zero"}, {"x": "1"}), "branches")
    rejected(
        w.RELU_PARTS, w.cells(w.split("zero", "zero", "zero"), {"x": "1"}), r"leaf tree.eq: entry value: difference is -1\*x"
    )


def test_a_leaf_says_where_it_fails():
    claim = w.scalar_identity(w.pw(X), ["*", w.num(4), X], "x")
    rejected(claim, w.cells(w.split("zero", "zero", "zero"), {"x": "1"}), r"leaf tree.gt: entry value: difference is -3\*x not 0")


def test_no_tree_and_no_leaf():
    for tree in (None, {"gt": None, "eq": None, "lt": None}, {"gt": "zero", "eq": "Zero", "lt": "zero"}, {}, [], "one"):
        with pytest.raises(Invalid):
            w.check(w.RELU_PARTS, w.cells(tree, {"x": "1"}))


def test_a_case_whose_signs_contradict_each_other_is_empty():
    both = ["*", X, ["+", X, w.num(2)]]
    proved(*identity(w.pw(both), w.num(0), {"x": "0"}, w.split({}, "zero", {}), [("=", X)]))
    rejected(
        *identity(w.pw(both), w.num(0), {"x": "0"}, w.split("zero", "zero", {}), [("=", X)]), text="tree.gt: this case is empty"
    )
    with pytest.raises(Invalid):
        w.check(*identity(w.pw(both), w.num(0), {"x": "1"}, w.split({}, "zero", {})))


def test_a_split_where_nothing_is_undecided():
    with pytest.raises(Invalid):
        w.check(w.UNIT_NORM, w.cells(w.ZEROS, {"x": "3", "y": "4"}))


def test_open_cells_are_not_enough():
    """H(x) + H(-x) = 1 holds off 0; here with relu(x)/x, which is not defined at 0, and x relu'(x), which is."""
    step = ["*", w.pw(X), ["^", X, "-1"]]
    other = ["*", w.pw(w.neg(X)), ["^", w.neg(X), "-1"]]
    proved(*identity(["+", step, other], w.num(1), {"x": "1"}, {"gt": "zero", "lt": "zero"}))
    spike = ["+", w.pw(X), w.pw(w.neg(X)), w.neg(w.pw(X, 1, -1)), ["^", X, "0"], w.num(-1)]
    proved(*identity(spike, w.num(0), {"x": "1"}, w.ZEROS))


def test_two_kinks_split_nine_ways():
    claim = w.scalar_identity(["*", w.pw(X), w.pw(Y)], ["*", w.pw(Y), w.pw(X)], "x", "y")
    proved(claim, w.cells(w.split(w.ZEROS, w.ZEROS, w.ZEROS), {"x": "1", "y": "1"}))
    rejected(claim, w.cells(w.split(w.ZEROS, "zero", w.ZEROS), {"x": "1", "y": "1"}), "leaf tree.eq: the sign of y")


def test_a_sign_is_asked_for_once():
    """relu(2x) = 2 relu(x): one argument is a positive multiple of the other; relu(-x) has the opposite sign."""
    proved(*identity(w.pw(["*", w.num(2), X]), ["*", w.num(2), w.pw(X)], {"x": "1"}, w.ZEROS))
    proved(*identity(w.pw(X, 1, -1), ["+", w.pw(X), w.pw(w.neg(X))], {"x": "1"}, w.ZEROS))
    rejected(*identity(w.pw(["*", w.num(2), X]), w.pw(X), {"x": "1"}, w.ZEROS), text="tree.gt")


def test_signs_of_the_domain_spare_branches():
    relu_is_x = w.pw(X), X, {"x": "1"}
    proved(*identity(*relu_is_x, "zero", where=[(">", X)]))
    proved(*identity(*relu_is_x, {"gt": "zero", "eq": w.ideal([[["-1", {}]]])}, where=[(">=", X)]))
    rejected(*identity(*relu_is_x, {"gt": "zero", "lt": "zero"}, where=[("!=", X)]), text="tree.lt")
    rejected(*identity(w.pw(X), w.num(0), {"x": "-1"}, "zero", where=[(">=", w.neg(X))]), text="branches")


def test_positive_factors_known_from_the_domain():
    scaled = w.pw(["*", Y, X]), ["*", Y, w.pw(X)], {"x": "1", "y": "2"}
    proved(*identity(*scaled, w.ZEROS, where=[(">", Y)]))
    with pytest.raises(Invalid):
        w.check(*identity(*scaled, w.ZEROS))
    unit = ["*", X, ["^", NORM, "-1"]]
    proved(*identity(w.pw(unit), ["*", w.pw(X), ["^", NORM, "-1"]], {"x": "3", "y": "4"}, w.ZEROS))


def test_roots_use_the_signs_of_the_cell():
    proved(*identity(["^", SQUARE, "1/2"], w.pw(X, 1, -1), {"x": "1"}, {"gt": "zero", "lt": "zero"}))
    rejected(*identity(["^", SQUARE, "1/2"], w.pw(X, 1, 0), {"x": "1"}, {"gt": "zero", "lt": "zero"}), text="tree.lt")


# -- ideal members


def test_ideal():
    good = w.ideal([[["-1", {}]]])
    proved(w.RELU_PARTS, w.cells(w.split("zero", good, "zero"), {"x": "1"}))
    for bad in (
        w.ideal([[["1", {}]]]),
        w.ideal([[["-1", {"x": 1}]]]),
        w.ideal([[]]),
        w.ideal([[], []]),
        w.ideal(),
        w.ideal([[["-1", {}]]], [[["-1", {}]]]),
        w.ideal([[["-1", {"y": 1}]]]),
        w.ideal([[["-1", {"x": -1}]]]),
        {"ideal": [[[["-1", {}]]]], "more": 1},
    ):
        with pytest.raises(Invalid):
            w.check(w.RELU_PARTS, w.cells(w.split("zero", bad, "zero"), {"x": "1"}))
    with pytest.raises(Invalid):
        w.check(w.RELU_PARTS, w.cells(w.split(w.ideal([[["1", {}]]]), good, "zero"), {"x": "1"}))
    proved(w.RELU_PARTS, w.cells(w.split(w.ideal([]), good, w.ideal([])), {"x": "1"}))


def test_relations_of_the_domain_are_in_the_ideal():
    circle = ["+", SQUARE, ["^", Y, "2"], w.num(-1)]
    claim = identity(
        ["+", ["^", X, "4"], ["*", SQUARE, ["^", Y, "2"]]],
        SQUARE,
        {"x": "3/5", "y": "4/5"},
        w.ideal([[["1", {"x": 2}]]]),
        [("=", circle)],
    )
    proved(*claim)
    rejected(claim[0], w.cells("zero", {"x": "3/5", "y": "4/5"}), "difference is")
    rejected(claim[0], w.cells(claim[1]["tree"], {"x": "1/2", "y": "1/2"}), "not in the domain")
    rejected(*identity(X, Y, {"x": "3/5", "y": "4/5"}, w.ideal([[["1", {}]]]), [("=", circle)]), text="difference is")


# -- the domain


def test_the_domain_has_a_point():
    claim, evidence = identity(X, X, {"x": "1"}, where=[(">", X)])
    proved(claim, evidence)
    for bad in ("0", "-1"):
        rejected(claim, w.cells("zero", {"x": bad}), "not in the domain")
    empty, _ = identity(X, w.num(5), {"x": "0"}, where=[(">", X), (">", w.neg(X))])
    for x in ("0", "1", "-1"):
        rejected(empty, w.cells("zero", {"x": x}), "not in the domain")


@pytest.mark.parametrize(
    "expr", [["^", X, "-1"], ["^", w.neg(SQUARE), "1/2"], ["^", X, "-1/2"], ["log", w.neg(SQUARE)], ["^", w.num(-1), "1/2"]]
)
def test_undefined_at_the_point(expr):
    with pytest.raises(Invalid):
        w.check(*identity(expr, expr, {"x": "0"}))


@pytest.mark.parametrize(
    "expr", [["^", ["+", X, w.neg(X)], "-1"], ["^", w.num(0), "-1"], ["*", w.num(0), ["^", ["+", X, w.neg(X)], "-2"]]]
)
def test_division_by_what_is_zero_everywhere(expr):
    with pytest.raises(Invalid):
        w.check(*identity(expr, expr, {"x": "1"}))


def test_zero_times_the_undefined_is_undefined():
    claim = identity(["*", w.num(0), ["^", X, "-1"]], w.num(0), {"x": "1"})
    assert "x != 0" in proved(*claim).scope
    rejected(claim[0], w.cells("zero", {"x": "0"}), "not")


def test_side_conditions_are_in_the_scope():
    assert proved(w.UNIT_NORM, w.UNIT_NORM_EVIDENCE).scope == "where (x^(2) + y^(2)) > 0"
    assert "d=2, n=1" in proved(w.LENGTH, w.LENGTH_EVIDENCE).scope


@pytest.mark.parametrize("point", [{}, {"x": "1", "y": "1"}, {"x": ["1"]}, {"x": 1}, {"x": "1.0"}, {"x": None}, [], {"y": "1"}])
def test_points_have_the_shape_of_the_leaves(point):
    with pytest.raises(Invalid):
        w.check(w.RELU_PARTS, w.cells(w.RELU_PARTS_EVIDENCE["tree"], point))


def test_entries_are_matched_by_axis_name():
    graph = [w.leaf("a", "i", "j"), w.total([0], "j", "i"), w.leaf("b", "i"), w.total([2], "i")]
    assert (
        proved(w.equal(graph, 0, 1, {"i": 2, "j": 3}), w.cells("zero", {"a": [["1"] * 3] * 2, "b": ["1"] * 2})).verdict
        == "proved"
    )
    with pytest.raises(Invalid, match="axes"):
        w.check(w.equal(graph, 0, 2, {"i": 2, "j": 3}), w.cells("zero", {}))


# -- derivatives: x' = -1 is the flow of F = x, so D q [-grad F] = -q'(x)


def rate(q, velocity, point="1", tree="zero", where=()):
    graph = [w.leaf("x"), w.pointwise(q, 0), w.pointwise(w.neg(velocity), 0), *(w.pointwise(e, 0) for _, e in where)]
    relations = [(relation, 3 + k) for k, (relation, _) in enumerate(where)]
    return w.evolves(graph, 0, ["x"], 1, 2, where=relations), w.cells(tree, {"x": point})


DERIVATIVES = [
    (["^", X, "5"], ["*", w.num(5), ["^", X, "4"]]),
    (["^", X, "-2"], ["*", w.num(-2), ["^", X, "-3"]]),
    (["^", X, "2/3"], ["*", w.num("2/3"), ["^", X, "-1/3"]]),
    (["exp", SQUARE], ["*", w.num(2), X, ["exp", SQUARE]]),
    (["log", ["+", w.num(1), SQUARE]], ["*", w.num(2), X, ["^", ["+", w.num(1), SQUARE], "-1"]]),
    (["tanh", X], ["+", w.num(1), w.neg(["^", ["tanh", X], "2"])]),
    (["*", X, X, X], ["*", w.num(3), X, X]),
    (["+", X, X, w.num(3)], w.num(2)),
    (["log", ["+", w.num(1), ["exp", X]]], ["*", ["exp", X], ["^", ["+", w.num(1), ["exp", X]], "-1"]]),
]


@pytest.mark.parametrize(("q", "slope"), DERIVATIVES)
def test_derivatives(q, slope):
    proved(*rate(q, slope))
    rejected(*rate(q, ["*", w.num("1/2"), slope]), text="difference is")
    rejected(*rate(q, ["+", slope, X]), text="difference is")


def test_derivatives_of_kinks():
    proved(*rate(w.pw(X, 1, -3, 2), w.pw(X, 2, -6, 1), tree=w.ZEROS))
    proved(*rate(w.pw(X, 1, -3, 3), w.pw(X, 3, -9, 2), tree=w.ZEROS))
    rejected(*rate(w.pw(X, 1, -3, 2), w.pw(X, 2, 6, 1), tree=w.ZEROS), text="tree.lt")
    proved(*rate(w.pw(X, 1, 0, 1), w.pw(X, 1, 0, 0), tree=w.ZEROS))


def test_the_slope_at_a_kink_is_free():
    """relu(x)' is neither 0 nor 1 nor 1/2 at 0."""
    for slope in (0, 1, "1/2"):
        rejected(*rate(w.pw(X), w.num(slope), "0", "zero", [("=", X)]), text=r"slope\(x\)")
    proved(*rate(w.pw(X), w.pw(X, p=0), "0", "zero", [("=", X)]))
    proved(*rate(SQUARE, ["*", w.num(2), X], "0", "zero", [("=", X)]))


def test_opposite_arguments_have_complementary_slopes():
    """relu(x) - relu(-x) = x has slope 1 everywhere, at 0 too; relu(x) + relu(-x) = |x| has none there."""
    parts = ["+", w.pw(X), w.neg(w.pw(w.neg(X)))]
    proved(*rate(parts, w.num(1), tree=w.ZEROS))
    rejected(*rate(["+", w.pw(X), w.pw(w.neg(X))], w.num(1), tree=w.ZEROS), text="tree.eq")
    proved(*rate(["+", w.pw(X), w.pw(w.neg(X))], w.pw(X, 1, -1, 0), tree=w.ZEROS))


def test_positive_multiples_share_their_slope():
    proved(*rate(w.pw(["*", w.num(3), X]), ["*", w.num(3), w.pw(X, p=0)], tree=w.ZEROS))
    rejected(*rate(w.pw(["*", w.num(3), X]), w.pw(X, p=0), tree=w.ZEROS), text="tree")
    rejected(*rate(w.pw(["*", w.num(-3), X]), ["*", w.num(-3), w.pw(X, p=0)], tree=w.ZEROS), text="tree")


def test_different_arguments_do_not_share_a_slope():
    """At x = 0 both relu(x) and relu(2x + x^2) have their kink; the slopes have nothing to do with each other."""
    other = ["+", ["*", w.num(2), X], SQUARE]
    rejected(
        *rate(["+", w.pw(other), w.neg(w.pw(["*", w.num(2), X]))], w.num(0), "0", w.split({}, "zero", {}), [("=", X)]),
        text="tree.eq: .*slope",
    )


def test_an_argument_with_a_kink_inside_has_a_slope_of_its_own():
    """relu(relu(x) + y) and relu(y) agree for x <= 0; at x = y = 0 their slopes in y are independent."""
    graph = [
        w.leaf("x"),
        w.leaf("y"),
        w.pointwise(["+", w.pw(["+", w.pw(X), Y]), w.neg(w.pw(Y))], 0, 1),
        w.pointwise(w.num(0), 0),
        w.pointwise(X, 1),
        w.pointwise(X, 0),
    ]
    everywhere = w.evolves(graph, 4, ["y"], 2, 3, where=[("=", 5), ("=", 4)])
    rejected(everywhere, w.cells("zero", {"x": "0", "y": "0"}), "slope")
    graph[5] = w.pointwise(["+", X, w.num(1)], 0)
    inside = w.evolves(graph, 4, ["y"], 2, 3, where=[("=", 5), ("=", 4)])
    leaves = grow(statement.parse(inside), lambda case: "zero")
    with pytest.raises(Invalid):
        w.check(inside, w.cells(leaves, {"x": "1", "y": "0"}))


def test_slopes_of_an_argument_that_is_zero_throughout():
    """relu(0 * x) has slope H * 0."""
    proved(*rate(w.pw(["+", X, w.neg(X)]), w.num(0)))
    rejected(*rate(["+", w.pw(["+", X, w.neg(X)]), X], w.num(0)), text="difference is")


def test_slopes_have_no_derivative():
    with pytest.raises(Invalid, match="differentiated"):
        w.check(*rate(w.pw(X, p=0), w.num(0), tree=w.ZEROS))


def test_gradient_flow_of_a_network_in_every_cell():
    """One relu neuron, two samples: the velocity of w is sum_n r_n relu'(z_n) x_n for every slope."""
    graph = [
        w.leaf("x", "n", "d"),
        w.leaf("w", "d"),
        w.leaf("y", "n"),
        w.total([0, 1], "n"),
        w.pointwise(["^", ["+", w.pw(arg := w.arg(0)), w.neg(w.arg(1))], "2"], 3, 2),
        w.total([4]),
        w.pointwise(["*", w.num(-2), ["+", w.pw(arg), w.neg(w.arg(1))], w.pw(arg, p=0)], 3, 2),
        w.total([6, 0], "d"),
    ]
    claim = w.evolves(graph, 5, ["w"], 1, 7, {"n": 2, "d": 2})
    tree = grow(statement.parse(claim), lambda case: "zero")
    point = {"x": [["1", "0"], ["1", "1"]], "w": ["1", "1"], "y": ["1", "0"]}
    text = proved(claim, w.cells(tree, point)).statement_text
    assert "slope" in text
    wrong = [*graph[:6], w.pointwise(["*", w.num(-1), ["+", w.pw(arg), w.neg(w.arg(1))], w.pw(arg, p=0)], 3, 2), graph[7]]
    with pytest.raises(Invalid, match="difference is"):
        w.check({**claim, "graph": wrong}, w.cells(tree, point))


def test_untrained_leaves_stand_still():
    graph = [w.leaf("x"), w.leaf("y"), w.pointwise(["*", X, Y], 0, 1), w.pointwise(["^", X, "2"], 1), w.pointwise(w.num(0), 0)]
    proved(w.evolves(graph, 2, ["x"], 3, 4), w.cells("zero", {"x": "1", "y": "1"}))
    rejected(w.evolves(graph, 2, ["x", "y"], 3, 4), w.cells("zero", {"x": "1", "y": "1"}), "difference is")


# -- sizes are estimated before the work


@pytest.mark.parametrize(
    "expr",
    [
        ["^", ["+", X, Y, Z, w.num(1)], "10000"],
        ["^", ["^", ["^", w.num(9), "9999"], "9999"], "9999"],
        ["^", ["^", ["+", X, w.num(1)], "3000"], "3000"],
        ["exp", ["^", w.num(10), "9"]],
    ],
)
def test_bombs(expr):
    with pytest.raises(Invalid):
        w.check(*identity(expr, w.num(1), {"x": "1", "y": "1", "z": "1"}))


def test_squares_of_squares():
    graph = [w.leaf("x"), w.pointwise(w.num(3), 0)]
    graph += [w.pointwise(["*", X, X], k) for k in range(1, 60)]
    with pytest.raises(Invalid):
        w.check(w.equal(graph, 60, 59, {}), w.cells("zero", {"x": "1"}))


def test_large_tensors():
    graph = [w.leaf("x", "i", "j"), w.total([0, 0])]
    with pytest.raises(Invalid, match="terms"):
        w.check(w.equal(graph, 1, 1, {"i": 10_000, "j": 10_000}), w.cells("zero", {"x": []}))


def test_pose_keeps_where_things_are_defined():
    task = pose(statement.parse(w.UNIT_NORM))
    assert [relation for relation, _ in task.defined] == [">"]

"""The degree of every depth: the recurrence of layer and function, the closed form, and the tower that refutes."""

import pytest
import written_out as w

from wnproof.checker import Invalid


def rejected(statement, text):
    with pytest.raises(Invalid, match=text) as failure:
        w.check(statement, w.gauge())
    assert failure.value.code == "E-CERT-INVALID"


@pytest.mark.parametrize(
    ("p", "closed"),
    [(1, ("0", "1", "1", "0")), (1, ("0", "7/2", "1", "0")), (2, ("1", "2", "0", "-1")), (3, ("1/2", "3", "0", "-1/2"))],
)
def test_closed_forms(p, closed):
    outcome = w.check(w.any_depth(p, closed), w.gauge())
    assert outcome.verdict == "proved"
    assert "for every c > 0 and D >= 1" in outcome.statement_text
    assert "h_l = pw((sum_{k} W[j,k]*h[i,k])" in outcome.statement_text


@pytest.mark.parametrize(
    ("p", "closed"),
    [
        (2, ("0", "1", "2", "0")),  # D p
        (2, ("0", "1", "2", "-1")),  # right for D = 1 and D = 2
        (2, ("2", "2", "0", "-3")),  # right for D = 1
        (2, ("1", "2", "0", "0")),  # the recurrence without the start
        (2, ("1/2", "3", "0", "-1/2")),
        (2, ("1", "2", "1", "-2")),
        (1, ("0", "1", "1", "1")),
        (1, ("1", "1", "1", "0")),
        (3, ("1", "3", "0", "-1")),
    ],
)
def test_wrong_closed_forms(p, closed):
    rejected(w.any_depth(p, closed), "f_1 has degree 1, and degree d is followed by")


def test_weights_of_their_own():
    """W -> c^2 W, V -> c^5 V at p = 2: the hidden degree is 4 (2^l - 1), the output's 4 2^(D-1) - 4 + 5."""
    statement = {**w.any_depth(2, ("2", "2", "0", "1")), "scaled": {"W": "2", "V": "5"}}
    assert w.check(statement, w.gauge()).verdict == "proved"
    rejected({**statement, "scaled": {"W": "2", "V": "4"}}, "f_1 has degree 4")


def test_a_function_of_higher_degree_in_its_input():
    graph = [w.leaf("h"), w.leaf("a"), w.pointwise(["*", w.arg(0), ["^", w.arg(1), "2"]], 1, 0)]
    graph.append(w.pointwise(["^", w.arg(0), "3"], 0))
    cube = {**w.any_depth(2, ("3/2", "2", "0", "-3")), "graph": graph, "function": 3, "layer": 2, "scaled": {"a": "1"}}
    assert w.check(cube, w.gauge()).verdict == "proved"  # 3 (2^(D-1) - 1)
    rejected({**cube, "power": "3", "degree": "-6"}, "f_1 has degree 0")


def test_a_layer_that_drops_its_input():
    graph = [w.leaf("h"), w.leaf("a"), w.pointwise(["^", w.arg(0), "2"], 1), w.pointwise(w.arg(0), 0)]
    kept = {**w.any_depth(1, ("0", "1", "0", "2")), "graph": graph, "function": 3, "layer": 2, "scaled": {"a": "1"}}
    rejected(kept, "f_1 has degree 0, and degree d is followed by 0 d \\+ 2")
    witness = w.witness(sizes={}, values={"h": "1", "a": "1"}, depth=1, scale="2")
    assert w.check(kept, witness, "refuted").verdict == "refuted"
    with pytest.raises(Invalid, match="does not certainly fail"):
        w.check(kept, {**witness, "depth": 2}, "refuted")


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (["+", w.arg(0), w.arg(1)], "of arguments with weights"),
        (["tanh", w.arg(0)], "tanh of arguments"),
        (["*", w.arg(1), ["^", w.arg(0), "-1"]], "not defined everywhere"),
        (["*", w.arg(1), ["^", w.arg(0), "1/2"]], "not defined everywhere"),
        (["log", ["*", w.num(0), w.arg(0)]], "not defined everywhere"),
    ],
)
def test_layers_without_a_degree(layer, text):
    graph = [w.leaf("h"), w.leaf("a"), w.pointwise(layer, 0, 1), w.pointwise(w.arg(0), 0)]
    rejected({**w.any_depth(1, ("0", "1", "1", "0")), "graph": graph, "function": 3, "layer": 2, "scaled": {"a": "1"}}, text)


@pytest.mark.parametrize(
    "change",
    [
        {"scaled": {"W": "1", "h": "1"}},
        {"scaled": {}},
        {"scaled": {"W": "0"}},
        {"layer": 4},
        {"layer": 1},
        {"input": "W"},
        {"input": "1"},
        {"input": ""},
        {"ratio": 2},
    ],
)
def test_statements_without_meaning(change):
    statement = {**w.any_depth(2, ("1", "2", "0", "-1")), **change}
    with pytest.raises(Invalid):
        w.check(statement, w.gauge())


POINT = {"h": [["1", "2"]], "W": [["1", "1"], ["1", "2"]], "V": ["1", "3"]}


@pytest.mark.parametrize(
    ("closed", "depth"),
    [(("0", "1", "2", "0"), 1), (("0", "1", "2", "-1"), 3), (("0", "1", "2", "-1"), 4), (("2", "2", "0", "-3"), 2)],
)
def test_a_tower_refutes(closed, depth):
    sizes = {"i": 1, "j": 2, "k": 2}
    outcome = w.check(w.any_depth(2, closed), w.witness(sizes=sizes, values=POINT, depth=depth, scale="2"), "refuted")
    assert outcome.scope == f"false in entry [0] for scale 2{', D = ' + str(depth) if depth > 1 else ''} at i=1, j=2, k=2"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"depth": 1}, "does not certainly fail"),
        ({"depth": 2}, "does not certainly fail"),
        ({"depth": 0}, "outside 1..16"),
        ({"depth": 17}, "outside 1..16"),
        ({"scale": "-2"}, "not positive"),
        ({"scale": "1"}, "does not certainly fail"),
        ({"sizes": {"i": 1, "j": 1, "k": 2}, "values": {**POINT, "W": [["1", "1"]]}}, "does not fit"),
        ({"values": {**POINT, "h": [["0", "0"]]}}, "does not certainly fail"),
    ],
)
def test_towers_that_refute_nothing(change, text):
    fields = {"sizes": {"i": 1, "j": 2, "k": 2}, "values": POINT, "depth": 3, "scale": "2", **change}
    with pytest.raises(Invalid, match=text):
        w.check(w.any_depth(2, ("0", "1", "2", "-1")), w.witness(**fields), "refuted")


def test_layers_that_do_nothing():
    statement = {**w.any_depth(1, ("0", "1", "0", "1")), "layer": 0, "scaled": {"V": "1"}}
    assert w.check(statement, w.gauge()).verdict == "proved"


def test_nothing_refutes_the_truth():
    for depth in range(1, 6):
        fields = {"sizes": {"i": 1, "j": 2, "k": 2}, "values": POINT, "depth": depth, "scale": "3"}
        with pytest.raises(Invalid, match="does not certainly fail"):
            w.check(w.any_depth(2, ("1", "2", "0", "-1")), w.witness(**fields), "refuted")

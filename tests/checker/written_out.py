"""Graphs, statements and evidence that the checker's tests share; every one is written out, nothing here calls the program."""

from __future__ import annotations

import json

from wnproof.checker import Outcome, check_bytes


def certificate(statement, evidence, verdict="proved"):
    evidence = with_point(statement, evidence)
    fields = {"format": "wnproof-certificate", "version": 1, "verdict": verdict, "statement": statement, "evidence": evidence}
    return (json.dumps(fields, sort_keys=True, separators=(",", ":")) + "\n").encode()


def with_point(statement, evidence):
    """Gauge evidence that names no point gets the tensors of ones at size 1."""
    if evidence.get("kind") == "each":
        return {**evidence, "of": [with_point(s, e) for s, e in zip(statement["of"], evidence["of"], strict=False)]}
    if evidence.get("kind") == "one" and 0 <= evidence["index"] < len(statement["of"]):
        return {**evidence, "of": with_point(statement["of"][evidence["index"]], evidence["of"])}
    if evidence.get("kind") != "gauge" or "values" in evidence or "graph" not in statement:
        return evidence
    leaves = {node["leaf"]: node["axes"] for node in statement["graph"] if node.get("leaf", "1") != "1"}
    axes = {axis for node in statement["graph"] for axis in node.get("axes", ())}
    return {**evidence, "sizes": dict.fromkeys(sorted(axes), 1), "values": {k: ones(len(v)) for k, v in leaves.items()}}


def ones(depth):
    return [ones(depth - 1)] if depth else "1"


def check(statement, evidence, verdict="proved") -> Outcome:
    return check_bytes(certificate(statement, evidence, verdict))


def leaf(name, *axes):
    return {"leaf": name, "axes": list(axes)}


def arg(k=0):
    return ["arg", k]


def num(q):
    return ["num", str(q)]


def pw(e, above=1, below=0, p=1):
    return ["pw", e, str(above), str(below), str(p)]


def neg(e):
    return ["*", num(-1), e]


def pointwise(expr, *args):
    return {"map": expr, "args": list(args)}


def total(args, *axes):
    return {"sum": list(args), "axes": list(axes)}


def two_layers(p=1, below=0):
    """f_n = sum_h W2_h act(sum_d W1_hd x_nd); the output is node 5."""
    act = pointwise(pw(arg(), 1, below, p), 3)
    return [leaf("x", "n", "d"), leaf("W1", "h", "d"), leaf("W2", "h"), total([1, 0], "h", "n"), act, total([2, 4], "n")]


def exponential_weight_norm():
    """f_n = sum_h W2_h relu(<exp(a_h) v_h / |v_h|, x_n>); the output is node 9."""
    return [
        leaf("x", "n", "d"),
        leaf("v", "h", "d"),
        leaf("a", "h"),
        leaf("W2", "h"),
        pointwise(["^", arg(), "2"], 1),
        total([4], "h"),
        pointwise(["*", ["exp", arg(0)], arg(1), ["^", arg(2), "-1/2"]], 2, 1, 5),
        total([6, 0], "h", "n"),
        pointwise(pw(arg()), 7),
        total([3, 8], "n"),
    ]


def homogeneous(graph, function, scaled, degree):
    return {"says": "homogeneous", "graph": graph, "function": function, "scaled": scaled, "degree": degree}


def any_depth(p, closed):
    """V h_(D-1) with h_l = act(W h_(l-1)) has degree power ratio^D + slope D + degree."""
    graph = [leaf("h", "i", "k"), leaf("W", "j", "k"), total([1, 0], "i", "j"), pointwise(pw(arg(), p=p), 2), leaf("V", "k")]
    graph.append(total([4, 0], "i"))
    numbers = dict(zip(("power", "ratio", "slope", "degree"), closed, strict=True))
    scaled = {"W": "1", "V": "1"}
    return {"says": "homogeneous_any_depth", "graph": graph, "function": 5, "layer": 3, "input": "h", "scaled": scaled, **numbers}


def conserved(graph, function, trained, axis, squares, linear=None):
    fields = {"trained": trained, "axis": axis, "squares": squares, "linear": linear or {}}
    return {"says": "conserved", "graph": graph, "function": function, **fields}


def conserved_matrix(graph, function, trained, axis, squares):
    fields = {"trained": trained, "axis": axis, "squares": squares}
    return {"says": "conserved_matrix", "graph": graph, "function": function, **fields}


def linear_layers():
    """f_no = sum_h W2_oh sum_d W1_hd x_nd; the output is node 4."""
    return [leaf("x", "n", "d"), leaf("W1", "h", "d"), leaf("W2", "o", "h"), total([1, 0], "h", "n"), total([2, 3], "n", "o")]


def shares(graph, function, trained, values):
    return {"says": "kkt_shares", "graph": graph, "function": function, "trained": trained, "shares": values}


def equal(graph, left, right, sizes=None, where=()):
    return {
        "says": "equal",
        "graph": graph,
        "left": left,
        "right": right,
        "sizes": sizes or {},
        "where": [list(r) for r in where],
    }


def evolves(graph, function, trained, quantity, velocity, sizes=None, where=()):
    fields = {"quantity": quantity, "velocity": velocity, "sizes": sizes or {}, "where": [list(r) for r in where]}
    return {"says": "evolves", "graph": graph, "function": function, "trained": trained, **fields}


def gauge(**point):
    return {"kind": "gauge", **point}


def cells(tree, point):
    return {"kind": "cells", "tree": tree, "point": point}


def witness(**fields):
    return {"kind": "witness", **fields}


def scalar_identity(left, right, *names, where=()):
    """Two expressions in scalar leaves x, y, ... (arguments 0, 1, ...), and relations [relation, expression]."""
    leaves = [leaf(name) for name in names]
    args = range(len(names))
    extra = [pointwise(e, *args) for _, e in where]
    graph = [*leaves, pointwise(left, *args), pointwise(right, *args), *extra]
    n = len(names)
    return equal(graph, n, n + 1, where=[(relation, n + 2 + k) for k, (relation, _) in enumerate(where)])


def at_least(left, right, *names, where=()):
    """The same of left >= right."""
    return {**scalar_identity(left, right, *names, where=where), "says": "at_least"}


def split(gt, eq, lt):
    return {"gt": gt, "eq": eq, "lt": lt}


def ideal(*rows):
    """For each entry, a cofactor of every fact that is 0, these being the first facts of the case."""
    return {"sums": [[["1", [k], cofactor] for k, cofactor in enumerate(row)] for row in rows]}


ZEROS = split("zero", "zero", "zero")
BALANCE = conserved(two_layers(), 5, ["W1", "W2"], "h", {"W1": "1", "W2": "-1"})
BALANCE_EVIDENCE = gauge()
DEGREE = homogeneous(two_layers(), 5, {"W1": "1", "W2": "1"}, "2")
DEGREE_EVIDENCE = gauge()
EWN = conserved(exponential_weight_norm(), 9, ["v", "a", "W2"], "h", {"W2": "-1"}, {"a": "2"})
EWN_EVIDENCE = gauge()
CORRELATION = [*two_layers(2)[:5], leaf("y", "n"), total([2, 4, 5])]
SHARES = shares(CORRELATION, 6, ["W1", "W2"], {"W1": "2/3", "W2": "1/3"})
RELU_PARTS = scalar_identity(["+", pw(arg()), neg(pw(neg(arg())))], arg(), "x")
RELU_PARTS_EVIDENCE = cells(split("zero", ideal([[["-1", {}]]]), "zero"), {"x": "1"})
UNIT = ["*", arg(0), ["^", ["+", ["^", arg(0), "2"], ["^", arg(1), "2"]], "-1/2"]]
UNIT_OTHER = ["*", arg(1), ["^", ["+", ["^", arg(0), "2"], ["^", arg(1), "2"]], "-1/2"]]
UNIT_NORM = scalar_identity(["+", ["^", UNIT, "2"], ["^", UNIT_OTHER, "2"]], num(1), "x", "y")
UNIT_NORM_EVIDENCE = cells("zero", {"x": "3", "y": "4"})
# loss sum_n (relu(g <v, x_n>/|v|) - y_n)^2: the length of v does not move
LENGTH = evolves(
    [
        leaf("v", "d"),
        leaf("g"),
        pointwise(["^", arg(), "2"], 0),
        total([2]),
        pointwise(["*", arg(0), arg(1), ["^", arg(2), "-1/2"]], 1, 0, 3),
        leaf("x", "n", "d"),
        total([4, 5], "n"),
        leaf("y", "n"),
        pointwise(["^", ["+", pw(arg(0)), neg(arg(1))], "2"], 6, 7),
        total([8]),
        pointwise(["*", num(0), arg()], 1),
    ],
    9,
    ["v", "g"],
    3,
    10,
    {"d": 2, "n": 1},
)
LENGTH_EVIDENCE = cells(ZEROS, {"v": ["3", "4"], "g": "1", "x": [["1", "2"]], "y": ["1"]})
WRONG_EWN = {**EWN, "linear": {"a": "1"}}
WRONG_EWN_POINT = {"x": [["1"]], "v": [["3"]], "a": ["0"], "W2": ["2"]}
WRONG_EWN_EVIDENCE = witness(sizes={"n": 1, "d": 1, "h": 1}, values=WRONG_EWN_POINT)
WRONG_DEGREE = {**DEGREE, "degree": "3"}
WRONG_DEGREE_EVIDENCE = witness(sizes={"n": 1, "d": 1, "h": 1}, values={"x": [["1"]], "W1": [["2"]], "W2": ["3"]}, scale="2")
WRONG_SHARES = {**SHARES, "shares": {"W1": "1/2", "W2": "1/2"}}
# W2 (W1 . x)^2 with x = (1, 1): W1 = (1, 1), W2 = 1 has gradient (4, 4; 4), a multiple of the point; the shares are 2/3 and 1/3
WRONG_SHARES_EVIDENCE = witness(
    sizes={"n": 1, "d": 2, "h": 1}, values={"x": [["1", "1"]], "W1": [["1", "1"]], "W2": ["1"], "y": ["1"]}
)
WRONG_SQUARE = scalar_identity(["^", ["^", arg(), "2"], "1/2"], arg(), "x")
WRONG_SQUARE_EVIDENCE = witness(values={"x": "-1"})
WRONG_LENGTH = {**LENGTH, "quantity": 1, "velocity": 10}
WRONG_LENGTH_EVIDENCE = witness(values={"v": ["3", "4"], "g": "1", "x": [["1", "2"]], "y": ["1"]})

ANY_DEPTH = any_depth(2, ("1", "2", "0", "-1"))
ANY_DEPTH_EVIDENCE = gauge()
WRONG_DEPTH = any_depth(2, ("0", "1", "2", "-1"))  # right for D = 1 and D = 2
WRONG_DEPTH_POINT = {"h": [["1"]], "W": [["1"]], "V": ["1"]}
WRONG_DEPTH_EVIDENCE = witness(sizes={"i": 1, "j": 1, "k": 1}, values=WRONG_DEPTH_POINT, depth=3, scale="2")

TRUE = {
    "degree": (DEGREE, DEGREE_EVIDENCE),
    "balance": (BALANCE, BALANCE_EVIDENCE),
    "exponential": (EWN, EWN_EVIDENCE),
    "shares": (SHARES, gauge()),
    "relu parts": (RELU_PARTS, RELU_PARTS_EVIDENCE),
    "unit": (UNIT_NORM, UNIT_NORM_EVIDENCE),
    "length": (LENGTH, LENGTH_EVIDENCE),
}
FALSE = {
    "exponential": (WRONG_EWN, WRONG_EWN_EVIDENCE),
    "degree": (WRONG_DEGREE, WRONG_DEGREE_EVIDENCE),
    "shares": (WRONG_SHARES, WRONG_SHARES_EVIDENCE),
    "square": (WRONG_SQUARE, WRONG_SQUARE_EVIDENCE),
    "length": (WRONG_LENGTH, WRONG_LENGTH_EVIDENCE),
}


def clarke_member(f, point, gradient, notion="clarke"):
    """About a function of the real leaves that the point names, all trained."""
    graph = [*(leaf(name) for name in point), pointwise(f, *range(len(point)))]
    said = {"says": "clarke_member", "graph": graph, "function": len(point), "trained": [*point], "sizes": {}}
    return {**said, "values": point, "gradient": gradient, "notion": notion}


def mean(*parts):
    """Pairs of a weight and a direction (or the shares of free slopes)."""
    return {"kind": "clarke", "of": [list(part) for part in parts]}


def below(direction, tree="below"):
    return {"kind": "witness", "direction": direction, "tree": tree}

"""Statements on the number of laws and their evidence, written out as in ``written_out``."""

import written_out as w

LINE = [w.leaf("x", "n"), w.leaf("u"), w.leaf("v"), w.total([0, 1, 2], "n")]  # u v x: u^2 - v^2 is the one law
SIZES = {"n": 1}
POINT = {"x": ["2"], "u": "3", "v": "5"}
DIFFERENCE = w.conserved(LINE, 3, ["u", "v"], None, {"u": "1", "v": "-1"})
NOETHER = {"kind": "gauge", "sizes": SIZES, "values": POINT}
SHOWN = [DIFFERENCE, NOETHER]
PRODUCT = [w.leaf("x", "n", "d"), w.leaf("U", "h", "d"), w.leaf("v", "h"), w.total([0, 1, 2], "n")]
MATRIX = w.conserved_matrix(PRODUCT, 3, ["U", "v"], "h", {"U": "1", "v": "-1"})
WIDE = {"n": 2, "d": 2, "h": 2}
AT = {"x": [["1", "2"], ["3", "-1"]], "U": [["1", "2"], ["3", "5"]], "v": ["2", "7"]}
FAIR = {"kind": "gauge", "sizes": WIDE, "values": AT}
RELU = [w.leaf("x", "n"), w.leaf("u"), w.leaf("v"), w.total([0, 1], "n"), w.pointwise(w.pw(w.arg()), 3), w.total([4, 2], "n")]

ABSOLUTE = [
    w.leaf("x", "n"),
    w.leaf("u"),
    w.leaf("v"),
    w.total([0, 1], "n"),
    w.pointwise(w.pw(w.arg(), 1, -1), 3),
    w.total([4, 2], "n"),
]
WRONG = {**DIFFERENCE, "squares": {"u": "1", "v": "1"}}
IDLE = [  # the function x does not move u and v
    [w.conserved(LINE, 0, ["u", "v"], None, {leaf: "1"}), NOETHER] for leaf in ("u", "v")
]


def at_most(count, graph=LINE, function=3, trained=("u", "v"), sizes=SIZES):
    return {
        "says": "laws_at_most",
        "graph": graph,
        "function": function,
        "trained": list(trained),
        "sizes": sizes,
        "count": count,
    }


def rank(words, values=POINT):
    return {"kind": "rank", "values": values, "words": words}


def laws(*pairs, values=POINT):
    return {"kind": "witness", "values": values, "laws": list(pairs)}

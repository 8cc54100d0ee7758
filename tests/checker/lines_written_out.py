"""Statements on lines of KKT points and their evidence, written out as in ``written_out``."""

import written_out as w

X, Y = w.arg(0), w.arg(1)


def power(e, p):
    return ["^", e, str(p)]


ELLIPSE = ["+", power(X, 2), ["*", w.num(2), power(Y, 2)]]  # the lines y = 0 and x = 0
FIRST, SECOND = [0, ["1", "0"], "1/100"], [1, ["0", "1"], "1/100"]
AT_FIRST, AT_SECOND = [[["1/2", "0"]]], [[["-1/2", "0"]]]  # over the slopes 2 and -2 of 2 x y
CUBIC = ["+", power(X, 3), ["*", w.num("1/2"), X, power(Y, 2)]]  # the lines y = 0 and y = +- 2 i x
ABOVE = [0, ["1", "0"], ["0", "2"], "1/100"]
AT_REAL, AT_ABOVE = [[["-1/2", "0"]]], [[["1/4", "0"]]]  # over the slopes -2 and 4 of -2 x^2 y - y^3/2
QUARTIC = ["+", power(X, 4), power(Y, 4)]  # four real lines, three of them with |y| <= 2 |x|


def lines(boxes, complete=1, f=ELLIPSE):
    graph = [w.leaf("x"), w.leaf("y"), w.pointwise(f, 0, 1)]
    return {"says": "kkt_lines", "graph": graph, "function": 2, "trained": ["x", "y"], "boxes": boxes, "complete": complete}


def box(inverses, others=()):
    return {"kind": "box", "inverses": list(inverses), "others": list(others)}


def witness(line, inverse):
    return {"kind": "witness", "others": [line], "inverses": [inverse]}

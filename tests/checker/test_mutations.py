"""Break each rule of the checker and see a certificate of these tests change sides: no rule is decoration."""

import importlib.util
import shutil
import sys
from pathlib import Path

import laws_written_out as r
import lines_written_out as b
import pytest
import written_out as w
from test_clarke import REJECTED

import wnproof.checker
from wnproof.checker import Invalid, check_bytes

SOURCE = Path(wnproof.checker.__file__).parent
X, Y = w.arg(0), w.arg(1)


def identity(left, right, point, tree="zero", where=()):
    return w.certificate(w.scalar_identity(left, right, *point, where=where), w.cells(tree, point))


def disproof(left, right, point, where=()):
    return w.certificate(w.scalar_identity(left, right, *point, where=where), w.witness(values=point), "refuted")


def rate(q, velocity, x, evidence, where=(), verdict="proved"):
    """x' = -1, so dq/dt = -q'(x)."""
    graph = [w.leaf("x"), w.pointwise(q, 0), w.pointwise(w.neg(velocity), 0), w.pointwise(X, 0)]
    return w.certificate(w.evolves(graph, 0, ["x"], 1, 2, where=[(r, 3) for r in where]), evidence, verdict)


def slope(q, velocity, tree="zero", x="1", where=()):
    return rate(q, velocity, x, w.cells(tree, {"x": x}), where)


def law(graph, trained, squares, axis="h", linear=None):
    return w.certificate(w.conserved(graph, len(graph) - 1, trained, axis, squares, linear), w.gauge())


def matrix(squares, graph=None, function=4, trained=("W1", "W2")):
    law = w.conserved_matrix(graph or w.linear_layers(), function, list(trained), "h", squares)
    return w.certificate(law, w.gauge())


def every_depth(p, closed):
    return w.certificate(w.any_depth(p, closed), w.ANY_DEPTH_EVIDENCE)


def degree(expr, q):
    graph = [w.leaf("x"), w.pointwise(expr, 0)]
    return w.certificate(w.homogeneous(graph, 1, {"x": "1"}, q), w.gauge())


def certified(statement, evidence):
    return w.certificate(statement, evidence, "certified")


def dead(terms):
    """max(x, 0) = 0, the case x > 0 being called empty by these terms (coefficient, facts)."""
    terms = [[c, picks, [["1", {}]]] for c, picks in terms]
    return identity(w.pw(X), w.num(0), {"x": "1"}, w.split({"empty": terms}, "zero", "zero"))


def in_every_dimension(graph, left, right, size, point):
    """An identity that holds at this size of k, said of every size."""
    cells = w.cells("zero", point)
    return w.certificate(w.equal(graph, left, right, {"k": size}), {"kind": "vector", "axes": ["k"], "of": cells})


def inequality(left, right, point, terms, where=()):
    """left >= right without a kink, by these terms."""
    return w.certificate(w.at_least(left, right, *point, where=where), w.cells({"sums": [terms]}, point))


ONE = [["1", {}]]
# |x| >= 1 where max(x, 0) >= 1: the fact that closes the first branch has a kink; the other branches are empty
KINKED = w.certificate(
    w.at_least(w.pw(X, 1, -1), w.num(1), "x", where=[(">=", ["+", w.pw(X), w.num(-1)])]),
    w.cells(w.split({"sums": [[["1", [0], ONE]]]}, {}, {}), {"x": "1"}),
)
TRIANGLE = [X, Y, w.neg(["+", X, Y])]  # not negative at one point
# sqrt(x y) is sqrt(x) sqrt(y) for x > 0; for x < 0 there is no sqrt(x), whose square would be x
NO_ROOT = [["1", [0], ONE], ["1", [], [["1", {"root2(x)": 1}]]]]
ELSEWHERE = w.certificate(
    w.at_least(["+", w.pw(X, 1, "1/2"), ["*", w.num(0), ["^", ["*", X, Y], "1/2"]]], w.num(0), "x", "y"),
    w.cells({"gt": {"sums": [[["1", [], ONE]]]}, "lt": {"sums": [NO_ROOT]}}, {"x": "1", "y": "1"}),
)
GRAM = [w.leaf("u", "k"), w.leaf("v", "k"), w.total([0, 0]), w.total([1, 1]), w.total([0, 1])]
GRAM += [w.pointwise(["+", ["*", X, Y], w.neg(["^", w.arg(2), "2"])], 2, 3, 4), w.pointwise(w.num(0), 2)]
ENTRIES = [w.leaf("u", "k"), w.total([0]), w.pointwise(["^", X, "2"], 1), w.total([0, 0])]
FOURTH = [w.leaf("u", "k"), w.pointwise(["*", X, X], 0), w.total([1, 1]), w.total([0, 0]), w.pointwise(["^", X, "2"], 3)]
SUM_OF_ONES = [w.leaf("1", "k"), w.total([0, 0]), w.pointwise(w.num(1), 1)]
MATRIX = [w.leaf("m", "j", "k"), w.total([0], "k"), w.total([1, 1]), w.total([0, 0])]
NET = w.two_layers()
EXP_PRODUCT = [w.leaf("b"), w.leaf("c"), w.pointwise(["*", ["exp", X], Y], 0, 1)]
AXIS_T = [w.leaf("a", "t"), w.leaf("b", "t"), w.total([0]), w.total([1]), w.pointwise(["*", X, Y], 2, 3)]
STEP = w.pw(X, p=0)
NESTED = [
    w.leaf("x"),
    w.leaf("y"),
    w.pointwise(["+", w.pw(["+", w.pw(X), Y]), w.neg(w.pw(Y))], 0, 1),
    w.pointwise(w.num(0), 0),
    w.pointwise(X, 1),
    w.pointwise(X, 0),
]
INVERSE_SUM = ["^", ["+", X, Y], "-1"]
PAIR = {"a": "1/2", "b": "1/2"}


def pair_shares(function, shares, a, b):
    graph = [w.leaf("a"), w.leaf("b"), w.pointwise(function, 0, 1)]
    return w.certificate(w.shares(graph, 2, ["a", "b"], shares), w.witness(sizes={}, values={"a": a, "b": b}), "refuted")


TWICE = w.certificate(w.WRONG_DEGREE, w.WRONG_DEGREE_EVIDENCE, "refuted").replace(b'"version"', b'"verdict":"refuted","version"')


def member(name):
    """What the checker rejects about membership in a Clarke set."""
    statement, evidence = REJECTED[name]
    return w.certificate(statement, evidence, "certified" if evidence["kind"] == "clarke" else "refuted")


# name: (file, text, broken text, certificate, whether the checker accepts it)
MUTATIONS = {
    "a summed axis loses its weight": (
        "gauge.py",
        "        if lost := [g for g in product if g != GLOBAL and g not in node.axes]:\n",
        "        product = {g: e for g, e in product.items() if g in node.axes}\n        if lost := []:\n",
        law(NET, ["W1", "W2"], {"W1": "1"}),
        False,
    ),
    "exp passes a weight on": (
        "gauge.py",
        '(node.op != "+" and any(of))',
        '(node.op not in ("+", "exp") and any(of))',
        law(EXP_PRODUCT, ["b", "c"], {"b": "1", "c": "-1"}, None),
        False,
    ),
    "exp needs no shift": (
        "gauge.py",
        "        if not any(shift for _, shift in of):\n",
        '        if node.op == "exp" and not of[0][1]:\n            return {GLOBAL: Fraction(1)}, {}\n'
        "        if not any(shift for _, shift in of):\n",
        law(EXP_PRODUCT, ["b", "c"], {"c": "-1"}, None),
        False,
    ),
    "a shift may occur anywhere": (
        "gauge.py",
        "        if not any(shift for _, shift in of):\n",
        '        if node.op != "exp" or not any(shift for _, shift in of):\n',
        law([w.leaf("b"), w.leaf("c"), w.pointwise(["*", X, w.num(1)], 0), w.pointwise(X, 2)], ["b"], {}, None, {"b": "2"}),
        False,
    ),
    "a kink multiplies by p + 1": (
        "gauge.py",
        "e * node.by[-1] for",
        'e * (node.by[-1] + (node.op == "pw")) for',
        law(NET, ["W1", "W2"], {"W1": "1", "W2": "-2"}),
        False,
    ),
    "sums of different weights": (
        "gauge.py",
        "if any(w != of[0] for w in of)",
        "if False",
        degree(["+", X, ["^", X, "2"]], "1"),
        False,
    ),
    "constants have any weight": (
        "gauge.py",
        "    if any(w != of[0] for w in of)",
        "    of = [w for w in of if w] or [{}]\n    if any(w != of[0] for w in of)",
        degree(["+", X, w.num(1)], "1"),
        False,
    ),
    "products keep one weight": (
        "gauge.py",
        "        return product\n",
        "        return of[0]\n",
        degree(["*", X, X], "1"),
        False,
    ),
    "untrained leaves move": (
        "statement.py",
        "if name not in s.trained or ",
        "if ",
        law(NET, ["W1", "W2"], {"W1": "1", "x": "-1"}, None),
        False,
    ),
    "a shift counts once": (
        "gauge.py",
        "{generator: q / n}",
        "{generator: q}",
        w.certificate(w.WRONG_EWN, w.EWN_EVIDENCE),
        False,
    ),
    "a law of neurons is one of layers": (
        "gauge.py",
        "generator = s.axis if s.axis is not None else GLOBAL",
        "generator = GLOBAL",
        law(
            [*NET, w.total([1, 1]), w.pointwise(["*", X, ["^", Y, "-1"]], 5, 6)],
            ["W1", "W2"],
            {"W1": "1", "W2": "1"},
        ),
        False,
    ),
    "a leaf is scaled and shifted": (
        "gauge.py",
        "if both := s.squares.keys() & s.linear.keys():",
        "if both := set():",
        law(EXP_PRODUCT, ["b", "c"], {"b": "1", "c": "-1"}, None, {"b": "2"}),
        False,
    ),
    "the output may move": (
        "gauge.py",
        "if top := weight(s.graph, s.function, weights, shifts):",
        "if (top := weight(s.graph, s.function, weights, shifts)) is None:",
        law([w.leaf("W", "h")], ["W"], {"W": "1"}),
        False,
    ),
    "every leaf is scaled by c": (
        "gauge.py",
        "{leaf: {GLOBAL: q} for leaf, q in statement.scaled.items()}",
        "{leaf: {GLOBAL: Fraction(1)} for leaf in statement.scaled}",
        w.certificate({**w.DEGREE, "scaled": {"W1": "1", "W2": "2"}}, w.gauge()),
        False,
    ),
    "the degree is not compared": (
        "gauge.py",
        "!= gather([(GLOBAL, statement.degree)])",
        "is None",
        degree(["^", X, "2"], "3"),
        False,
    ),
    "a closed form needs no start": (
        "gauge.py",
        "or first != r or",
        "or",
        every_depth(2, ("2", "2", "0", "-1")),
        False,
    ),
    "a closed form needs no recurrence": (
        "gauge.py",
        " or s.slope + s.degree * (1 - p) != more:",
        ":",
        every_depth(2, ("2", "2", "0", "-3")),
        False,
    ),
    "a geometric part has any ratio": (
        "gauge.py",
        "(s.power and s.ratio != p) or",
        "",
        every_depth(2, ("2/3", "3", "0", "-1")),
        False,
    ),
    "a linear part grows by any ratio": (
        "gauge.py",
        " or s.slope * (1 - p) or",
        " or",
        every_depth(2, ("0", "2", "1", "0")),
        False,
    ),
    "the function of h adds nothing": (
        "gauge.py",
        "more, first = q * b + r - p * r,",
        "more, first = r - p * r,",
        every_depth(2, ("0", "2", "0", "1")),
        False,
    ),
    "a tower need not be defined": (
        "gauge.py",
        'raise invalid("an operation is not',
        'print("an operation is not',
        w.certificate(
            {
                **w.ANY_DEPTH,
                "graph": [w.leaf("h"), w.leaf("a"), w.pointwise(["*", Y, ["^", ["*", w.num(-1), X, X], "1/2"]], 0, 1)],
                "function": 0,
                "layer": 2,
                "scaled": {"a": "1"},
                "power": "0",
                "slope": "1",
            },
            w.gauge(),
        ),
        False,
    ),
    "the input is scaled too": (
        "statement.py",
        "if s.input in s.scaled or",
        "if",
        w.certificate(
            {**w.ANY_DEPTH, "scaled": {"h": "1", "W": "1", "V": "1"}, "power": "2", "degree": "-2"},
            w.gauge(),
        ),
        False,
    ),
    "a layer of other axes is put on itself": (
        "statement.py",
        " or any(a in (None, *above) or b in (None, *below) for a, b in moved):",
        ":",
        w.certificate(
            {
                **w.ANY_DEPTH,
                "graph": [w.leaf("h", "k"), w.leaf("a"), w.total([0, 0, 1]), w.total([0, 1])],
                "function": 3,
                "layer": 2,
                "scaled": {"a": "1"},
                "power": "1/2",
                "degree": "0",
            },
            w.gauge(),
        ),
        False,
    ),
    "a tower has one layer": (
        "witness.py",
        "for _ in range(depth - 1):",
        "for _ in range(0):",
        w.certificate(w.ANY_DEPTH, w.WRONG_DEPTH_EVIDENCE, "refuted"),
        False,
    ),
    "the leaves of a tower are scaled at the top alone": (
        "witness.py",
        "(s.layer,), given)",
        "(s.layer,), {k: t for k, t in given.items() if k == s.input})",
        w.certificate(
            w.ANY_DEPTH, w.witness(sizes={"i": 1, "j": 1, "k": 1}, values=w.WRONG_DEPTH_POINT, depth=2, scale="2"), "refuted"
        ),
        False,
    ),
    "two covariant factors make an invariant": (
        "gauge.py",
        "else of == [*pair])",
        "else len(of) == 2)",
        matrix({"W1": "1", "W2": "1"}),
        False,
    ),
    "a kink is covariant": (
        "gauge.py",
        'not (node.op == "+" and',
        'not (node.op == "pw" or node.op == "+" and',
        matrix({"W1": "1", "W2": "-1"}, w.two_layers(), 5),
        False,
    ),
    "what carries the axis need not move": (
        "gauge.py",
        "allowed = not of and (axis in node.axes) is (own != 0)",
        "allowed = not of",
        matrix({"W1": "1", "W2": "-1"}, [w.leaf("W1", "h"), w.leaf("W2", "h"), w.leaf("c", "h"), w.total([0, 1, 2])], 3),
        False,
    ),
    "a covariant output is invariant": (
        "gauge.py",
        "(-1, 1))[s.function]:",
        "(-1, 1))[s.function] is None:",
        matrix({"W1": "1"}, function=3),
        False,
    ),
    "a matrix law has any coefficients": (
        "gauge.py",
        "if len(sizes) != 1 or ",
        "if ",
        matrix({"W1": "1", "W2": "-2"}),
        False,
    ),
    "a matrix moves on its diagonal alone": (
        "domain.py",
        "if isinstance(law, ConservedMatrix) else",
        "if law.axis is None else",
        w.certificate(
            w.conserved_matrix(w.two_layers(), 5, ["W1", "W2"], "h", {"W1": "1", "W2": "-1"}),
            w.witness(
                sizes={"n": 2, "d": 2, "h": 2},
                values={"x": [["1", "-1"], ["2", "1"]], "W1": [["1", "0"], ["0", "1"]], "W2": ["1", "1"]},
            ),
            "refuted",
        ),
        True,
    ),
    "shares are degrees": ("gauge.py", "leaf: d / total for", "leaf: d for", w.certificate(w.SHARES, w.gauge()), True),
    "a law needs no point": (
        "gauge.py",
        "(*conditions(arena.items, table.values()), *nonzero)",
        "nonzero",
        degree(["^", ["*", w.num(-1), X, X], "1/2"], "1"),
        False,
    ),
    "shares of what is zero everywhere": (
        "gauge.py",
        "if isinstance(statement, KktShares) else []",
        "if False else []",
        w.certificate(
            w.shares([w.leaf("a"), w.leaf("b"), w.pointwise(["*", X, Y, w.num(0)], 0, 1)], 2, ["a", "b"], PAIR), w.gauge()
        ),
        False,
    ),
    "an axis called t": (
        "graph.py",
        " or GLOBAL in axes:",
        ":",
        law(AXIS_T, ["a", "b"], {"a": "1", "b": "-1"}, "t"),
        False,
    ),
    "one leaf with two tuples of axes": (
        "graph.py",
        "if name != ONES and leaves.setdefault(expect_name(name), axes) != axes:",
        "if leaves.setdefault(name, axes) is None:",
        w.certificate(
            w.equal([w.leaf("x", "i", "j"), w.leaf("x", "j", "i")], 0, 1, {"i": 1, "j": 1}), w.cells("zero", {"x": [["1"]]})
        ),
        False,
    ),
    "the case 0 is left out": (
        "cells.py",
        "if sign in possible]",
        "if sign in possible and sign]",
        identity(["^", STEP, "2"], STEP, {"x": "1"}, {"gt": "zero", "lt": "zero"}),
        False,
    ),
    "the slope at a kink is 1": (
        "cells.py",
        "ring.product(plus({}, ONE, above - below), step)",
        "plus({}, ONE, above - below)",
        slope(w.pw(X), w.num(1), "zero", "0", "="),
        False,
    ),
    "opposite arguments share a slope": (
        "cells.py",
        "step = free if orientation > 0 else",
        "step = free if True else",
        slope(["+", w.pw(X), w.neg(w.pw(w.neg(X)))], w.num(1), w.ZEROS),
        True,
    ),
    "arguments with a kink at 0 inside share slopes": (
        "cells.py",
        "own = not shape or argument in self.kinked",
        "own = not shape",
        w.certificate(w.evolves(NESTED, 4, ["y"], 2, 3, where=[("=", 5), ("=", 4)]), w.cells("zero", {"x": "0", "y": "0"})),
        False,
    ),
    "kinks inside are not remembered": (
        "cells.py",
        "            if any(a in self.kinked for a in item.of):",
        "            if any(a in () for a in item.of):",
        w.certificate(w.evolves(NESTED, 4, ["y"], 2, 3, where=[("=", 5), ("=", 4)]), w.cells("zero", {"x": "0", "y": "0"})),
        False,
    ),
    "differences are not looked at": (
        "case.py",
        "if (left := self.ring.numerator(plus(p, total, -1))) or",
        "if (left := {}) or",
        identity(X, ["*", w.num(2), X], {"x": "1"}),
        False,
    ),
    "inequalities are equations": (
        "case.py",
        "zero, p = any(signs == {0} for _, signs in chosen), self",
        "zero, p = any(signs != {1} for _, signs in chosen), self",
        identity(X, w.num(0), {"x": "1"}, w.ideal([[["1", {}]]]), [(">=", X)]),
        False,
    ),
    ">= means >": (
        "statement.py",
        '">=": frozenset((0, 1))',
        '">=": frozenset((1,))',
        identity(STEP, w.num(1), {"x": "1"}, "zero", [(">=", X)]),
        False,
    ),
    "the domain needs no point": (
        "cells.py",
        "    require(task.arena, (*task.where, *task.defined), values)\n",
        "",
        identity(X, X, {"x": "1"}, {}, [(">", X), (">", w.neg(X))]),
        False,
    ),
    "conditions of being defined are dropped": (
        "graph.py",
        '    return tuple(dict.fromkeys((">"',
        '    return () and tuple(dict.fromkeys((">"',
        identity(["*", w.num(0), ["^", X, "-1"]], w.num(0), {"x": "0"}),
        False,
    ),
    "0 times the undefined is 0": (
        "scalar.py",
        "        item = Node(op",
        '        if op == "*" and self.number(0) in of:\n            return self.number(0)\n        item = Node(op',
        disproof(["*", w.num(0), ["^", X, "-1"]], w.num(1), {"x": "0"}),
        False,
    ),
    "d tanh = 1 + tanh^2": (
        "scalar.py",
        'self.product(number(-1), self.make("^", (k,), (Fraction(2),)))',
        'self.make("^", (k,), (Fraction(2),))',
        slope(["tanh", X], ["+", w.num(1), ["^", ["tanh", X], "2"]]),
        False,
    ),
    "d log = log": (
        "scalar.py",
        'return self.make("^", (z,), (Fraction(-1),))',
        "return k",
        slope(["log", X], ["log", X]),
        False,
    ),
    "d exp = 1": (
        "scalar.py",
        'case "exp", _:\n                return k',
        'case "exp", _:\n                return number(1)',
        slope(["exp", X], w.num(1)),
        False,
    ),
    "d x^q without q": (
        "scalar.py",
        'self.product(number(q), self.make("^", (z,), (q - 1,)))',
        'self.make("^", (z,), (q - 1,))',
        slope(["^", X, "3"], ["^", X, "2"]),
        False,
    ),
    "d of a kink without p": (
        "scalar.py",
        'self.product(number(p), self.make("pw", (z,), (above, below, p - 1)))',
        'self.make("pw", (z,), (above, below, p - 1))',
        slope(w.pw(X, p=2), w.pw(X), w.ZEROS),
        False,
    ),
    "product rule for the first factor only": (
        "scalar.py",
        "of[i]) for i in moves))\n            return self.product(self._slope",
        "of[i]) for i in moves[:1]))\n            return self.product(self._slope",
        slope(["*", X, X], X),
        False,
    ),
    "no chain rule": (
        "scalar.py",
        "return self.product(self._slope(k, item), of[0])",
        "return self._slope(k, item)",
        slope(["exp", ["^", X, "2"]], w.neg(["exp", ["^", X, "2"]])),
        False,
    ),
    "flow uphill": (
        "domain.py",
        "arena.product(arena.number(-1), k) for name",
        "k for name",
        slope(["^", X, "2"], ["*", w.num(2), X]),
        True,
    ),
    "roots are not reduced": (
        "quotient.py",
        "if (n := self.atoms[a].degree) and e >= n)",
        "if (n := self.atoms[a].degree) and e >= 10**9)",
        w.certificate(w.UNIT_NORM, w.UNIT_NORM_EVIDENCE),
        True,
    ),
    "a reciprocal has no sign": (
        "quotient.py",
        "if signed and e % 2 and",
        "if not signed and",
        identity(w.pw(["^", X, "-1"]), ["^", X, "-1"], {"x": "1"}),
        False,
    ),
    "a root takes squares out blindly": (
        "quotient.py",
        "            elif known == POSITIVE:",
        "            elif known:",
        identity(["^", ["^", X, "2"], "1/2"], X, {"x": "1"}),
        False,
    ),
    "denominators have no sign": (
        "quotient.py",
        "sign = -1 if",
        "sign = 1 if",
        identity(w.pw(INVERSE_SUM), INVERSE_SUM, {"x": "-1", "y": "-1"}, where=[(">", w.neg(["+", X, Y]))]),
        False,
    ),
    "the content stays below": (
        "quotient.py",
        "-1): 1 / c}",
        "-1): c}",
        identity(["^", ["*", w.num(2), ["+", X, Y]], "-1"], ["*", w.num(2), INVERSE_SUM], {"x": "1", "y": "1"}),
        False,
    ),
    "a zero product has nonzero factors": (
        "quotient.py",
        "            if 0 not in allowed:",
        "            if True:",
        identity(["^", STEP, "2"], STEP, {"x": "1", "y": "0"}, {"gt": {}, "lt": {}}, [("=", ["*", X, Y])]),
        False,
    ),
    "exp(a b) = exp(a) exp(b)": (
        "quotient.py",
        "for m, c in v.items()]\n            return reduce",
        "for m, c in [(((a, 1),), c) for k, c in v.items() for a, _ in k]]\n        return reduce",
        identity(["exp", ["*", X, Y]], ["*", ["exp", X], ["exp", Y]], {"x": "2", "y": "2"}),
        False,
    ),
    "tanh is even": (
        "quotient.py",
        'Atom(f"{op}({self.text(v)})")), 1, -1 if flip else 1)',
        'Atom(f"{op}({self.text(v)})")), 1, 1)',
        identity(["tanh", w.neg(X)], ["tanh", X], {"x": "1"}),
        False,
    ),
    "rounding is inwards": (
        "real.py",
        "return Interval(down(lo, bits), -down(-hi, bits))",
        "return Interval(-down(-lo, bits), down(hi, bits))",
        disproof(["^", ["exp", ["*", w.num("1/3"), X]], "3"], ["exp", X], {"x": "1"}),
        False,
    ),
    "a logarithm is as exact as its last digit": (
        "real.py",
        "unit = Fraction(10) ** (1 - context.prec)",
        "unit = Fraction(0)",
        disproof(["log", w.num(15)], ["+", ["log", w.num(3)], ["log", w.num(5)]], {"x": "1"}),
        False,
    ),
    "equal points are different": (
        "witness.py",
        "if x[i].hi < x[j].lo or",
        "if x[i].hi <= x[j].lo or",
        disproof(["+", X, X], ["*", w.num(2), X], {"x": "1"}),
        False,
    ),
    "a witness may lie outside the domain": (
        "witness.py",
        "        require(task.arena, (*task.where, *task.defined), values)\n",
        "",
        disproof(w.pw(X), X, {"x": "-1"}, [(">", X)]),
        False,
    ),
    "a witness may choose a slope": (
        "domain.py",
        "    if z.sign:\n        return",
        "    if z.sign or not p:\n        z = z if z.sign else point(-1)\n        return",
        rate(["+", w.pw(X), w.neg(w.pw(w.neg(X)))], w.num(1), "0", w.witness(values={"x": "0"}), verdict="refuted"),
        False,
    ),
    "a witness may scale by a negative number": (
        "witness.py",
        "    if scale <= 0 or any(",
        "    if any(",
        w.certificate(w.DEGREE, {**w.WRONG_DEGREE_EVIDENCE, "scale": "-1"}, "refuted"),
        False,
    ),
    "a linear term moves like a square": (
        "domain.py",
        "(*item, 1) for",
        "(*item, 2) for",
        w.certificate(w.EWN, w.WRONG_EWN_EVIDENCE, "refuted"),
        False,
    ),
    "poles are no obstacle": (
        "witness.py",
        " or conditions(s.graph.nodes, range(len(s.graph.nodes))):",
        ":",
        pair_shares(["*", ["^", Y, "3"], ["^", X, "-1"]], PAIR, "1", "1"),
        False,
    ),
    "a point where f is 0 will do": (
        "witness.py",
        '    require(arena, (("!=", function),), values)\n',
        "",
        pair_shares(["*", X, Y, w.num(0)], {"a": "1/3", "b": "2/3"}, "1", "1"),
        False,
    ),
    "the last of two keys counts": ("reader.py", "    if len(out) != len(pairs):", "    if False:", TWICE, False),
    "floats are read": (
        "reader.py",
        "parse_float=_no_float",
        "parse_float=lambda text: str(int(float(text)))",
        degree(["^", X, "2"], "2").replace(b'"degree":"2"', b'"degree":2.0'),
        False,
    ),
    "lowest terms are not asked for": (
        "reader.py",
        "if match[2] and (bottom == 1 or gcd(top, bottom) != 1):",
        "if gcd(0, 0):",
        degree(["^", X, "2"], "4/2"),
        False,
    ),
    "any verdict may be claimed": (
        "__init__.py",
        'if claimed != shown and (claimed, shown) != ("certified", "proved"):',
        "if False:",
        w.certificate(w.WRONG_DEGREE, w.WRONG_DEGREE_EVIDENCE),
        False,
    ),
    "a conjunction needs evidence for some parts": (
        "__init__.py",
        'expect_list(fields["of"], len(at)), strict=True)',
        'expect_list(fields["of"]))',
        w.certificate({"says": "all", "of": [w.DEGREE, w.WRONG_DEGREE]}, {"kind": "each", "of": [w.DEGREE_EVIDENCE]}),
        False,
    ),
    "a case is empty by a negative coefficient": (
        "case.py",
        "            if fraction(c) <= 0 and not zero:\n",
        "            if False:\n",
        dead([["1", [0]], ["-1", [0]]]),
        False,
    ),
    "a case is empty without a positive term": (
        "case.py",
        "if left or not strict:",
        "if left:",
        dead([]),
        False,
    ),
    "a case is empty when something is left": (
        "case.py",
        "if left or not strict:",
        "if not strict:",
        dead([["1", [0]]]),
        False,
    ),
    "a factor is not squared": (
        "case.py",
        "([p] if zero else [p, p])",
        "[p]",
        inequality(X, w.num(0), {"x": "1"}, [["1", [], [["1", {"x": 1}]]]]),
        False,
    ),
    "an inequality holds on the wrong side": (
        "cells.py",
        "else plus({}, *ring.oriented(v)) for",
        "else ring.oriented(v)[0] for",
        inequality(w.neg(X), X, {"x": "1"}, [["1", [0], [["1", {}]]]], [(">=", X)]),
        False,
    ),
    "an equation is an inequality": (
        "case.py",
        " or (self.equation and not zero):",
        ":",
        identity(X, w.num(0), {"x": "1"}, {"sums": [[["1", [0], [["1", {}]]]]]}, [(">=", X)]),
        False,
    ),
    "the denial is a fact of an equation": (
        "case.py",
        "known = facts if self.equation else [*",
        "known = [*",
        identity(["^", X, "2"], w.num(0), {"x": "1"}, {"sums": [[["1", [0], [["1", {}]]], ["1", [], [["1", {"x": 1}]]]]]}),
        False,
    ),
    "a sum that is 0 shows everything": (
        "case.py",
        "            if strict and not total:\n",
        "            if not total:\n",
        inequality(X, w.num(0), {"x": "1"}, []),
        False,
    ),
    "a term that need not be positive is positive": (
        "case.py",
        "strict |= p.keys() == {()} and all(",
        "strict |= all(",
        inequality(w.num(-1), w.num(0), {"x": "1"}, [["1", [], [["0", {}]]]]),
        False,
    ),
    "facts that may be 0 are positive": (
        "case.py",
        "all(signs == POSITIVE for _, signs in chosen)",
        "all(1 in signs for _, signs in chosen)",
        inequality(w.num(-1), w.num(0), {"x": "0", "y": "0"}, [["1", [k], ONE] for k in range(3)], [(">=", e) for e in TRIANGLE]),
        False,
    ),
    "facts of two signs are turned": (
        "case.py",
        "if not {-1, 1} <= signs]",
        "]",
        inequality(w.neg(X), w.num(0), {"x": "1"}, [["1", [0], ONE]], [("!=", X)]),
        False,
    ),
    "roots of other cases are real": (
        "case.py",
        "for m in self.ring.atoms[k].base for a, _ in m} - found\n        return sorted(found)",
        "for m in self.ring.atoms[k].base for a, _ in m} - found\n        return list(range(len(self.ring.atoms)))",
        ELSEWHERE,
        False,
    ),
    "a denied difference is the difference": (
        "case.py",
        "(plus({}, p, -1), POSITIVE)",
        "(p, POSITIVE)",
        inequality(X, w.num(0), {"x": "1"}, [["1", [0], ONE]]),
        False,
    ),
    "a witness against >= is one against =": (
        "witness.py",
        'if x[i].hi < x[j].lo or (relation == "=" and',
        "if x[i].hi < x[j].lo or (True and",
        w.certificate(w.at_least(X, w.num(0), "x"), w.witness(values={"x": "1"}), "refuted"),
        False,
    ),
    "stated relations with kinks are forgotten": (
        "cells.py",
        "            ring.assume(self.value(k), ALLOWED[relation])\n        self",
        "            self.value(k)\n        self",
        KINKED,
        True,
    ),
    "vectors are not counted": (
        "cells.py",
        "if (count := sum(",
        "if (count := 0 * sum(",
        in_every_dimension(GRAM, 5, 6, 1, {"u": ["1"], "v": ["1"]}),
        False,
    ),
    "a sum of entries is invariant": (
        "gauge.py",
        "else of == [*pair])",
        "else of in ([*pair], [1]))",
        in_every_dimension(ENTRIES, 2, 3, 1, {"u": ["1"]}),
        False,
    ),
    "a map of two vectors is linear": (
        "gauge.py",
        "(len(of) == 1 if own",
        "(len(of) in (1, 2) if own",
        in_every_dimension(FOURTH, 2, 4, 1, {"u": ["1"]}),
        False,
    ),
    "ones are a vector": (
        "gauge.py",
        "leaves.get(node.name, 0)",
        "leaves.get(node.name, int(axis in node.axes))",
        in_every_dimension(SUM_OF_ONES, 1, 2, 1, {}),
        False,
    ),
    "a weight below 0 is a weight": (
        "clarke.py",
        '        if fraction(weight) <= 0:\n            raise invalid("a weight',
        '        if False:\n            raise invalid("a weight',
        member("a negative weight"),
        False,
    ),
    "members need no unit mass": (
        "clarke.py",
        "plus(total, {F: ONE, **s",
        "plus(total, {F: total[F], **s",
        member("no unit mass"),
        False,
    ),
    "a kink that stands still has a side": (
        "clarke.py",
        " or (argument and not free and not dot(argument, v)):",
        ":",
        member("no side"),
        False,
    ),
    "free slopes are beyond c- and c+": ("clarke.py", "not 0 <= share <= 1", "not share", member("a share beyond 1"), False),
    "a kink is on the other side": (
        "clarke.py",
        "(dot(argument, v) > 0)",
        "(dot(argument, v) < 0)",
        member("another side"),
        False,
    ),
    "as high as the vector is below it": (
        "clarke.py",
        "dot(forms[F], d) < dot(s.gradient, d)",
        "dot(forms[F], d) <= dot(s.gradient, d)",
        member("not below but equal"),
        False,
    ),
    "the lower slope is the higher one": (
        "clarke.py",
        "return max(near.slopes[k], key",
        "return min(near.slopes[k], key",
        member("the gap without cases"),
        False,
    ),
    "an inner kink needs no side": (
        "clarke.py",
        "if any(k in form for j, form",
        "if False and any(k in form for j, form",
        member("an inner kink without a side"),
        False,
    ),
    "free slopes exclude each other": (
        "clarke.py",
        ' <= 0 or s.notion == "decoupled":',
        " <= 0:",
        member("the gap with free slopes"),
        False,
    ),
    "second order does not matter": (
        "clarke.py",
        "if k not in near.affine & sides.keys()",
        "if k not in sides",
        member("a side of a bent argument"),
        False,
    ),
    "products are affine": (
        "clarke.py",
        'sum(below) if item.op == "*"',
        'max(below) if item.op == "*"',
        member("a side of a bent product"),
        False,
    ),
    "powers are affine": (
        "clarke.py",
        "in item.by[-1:] else 2",
        "in item.by[-1:] else 1",
        member("a side of a bent argument"),
        False,
    ),
    "any weights make a case empty": (
        "clarke.py",
        "if total != {F: ONE}:",
        "if False:",
        member("weights that do not add up to 0"),
        False,
    ),
    "no weights make a case empty": (
        "clarke.py",
        "total != {F: ONE}",
        "total not in ({}, {F: ONE})",
        member("an empty case that is none"),
        False,
    ),
    "only one branch is looked at": (
        "clarke.py",
        '(("gt", 1), ("lt", -1))',
        '(("gt", 1),)',
        member("only one branch is below"),
        False,
    ),
    "exp is affine": (
        "clarke.py",
        'item.op in ("sym", "+", "*") or',
        'item.op in ("sym", "+", "*", "exp") or',
        member("a side of an argument with exp"),
        False,
    ),
    "a value that is not exact is its lower end": (
        "clarke.py",
        "if value.lo != value.hi:",
        "if False:",
        member("exp"),
        False,
    ),
    "one direction may be missing": (
        "rank.py",
        "else len(names) - s.count\n",
        "else len(names) - s.count - 1\n",
        w.certificate(r.at_most(0), r.rank([0])),
        False,
    ),
    "brackets are symmetric": (
        "rank.py",
        "arena.number(-1), along_y",
        "arena.number(1), along_y",
        w.certificate(r.at_most(0), r.rank([0, [0, 0]])),
        False,
    ),
    "every kink is on its other side": (
        "rank.py",
        "item.by[side < 0]",
        "item.by[side > 0]",
        w.certificate(r.at_most(1, r.RELU, 5), r.rank([0], {**r.POINT, "u": "-3"})),
        False,
    ),
    "a kink at 0 has a piece": (
        "rank.py",
        "if not (side := x[item.of[0]].sign):",
        "if (side := x[item.of[0]].sign) is None:",
        w.certificate(r.at_most(1, r.ABSOLUTE, 5), r.rank([0], {**r.POINT, "u": "0"})),
        False,
    ),
    "as many laws as are allowed refute": (
        "rank.py",
        "wanted = s.count + 1",
        "wanted = s.count",
        w.certificate(r.at_most(1), r.laws(r.SHOWN), "refuted"),
        False,
    ),
    "laws need not be shown": (
        "rank.py",
        "gauge.verify(law, expect_map(shown))",
        "None",
        w.certificate(r.at_most(0), r.laws([r.WRONG, r.NOETHER]), "refuted"),
        False,
    ),
    "laws of another function count": (
        "rank.py",
        "(law.graph, law.function, law.trained) != (s.graph, s.function, s.trained)",
        "(law.graph, law.trained) != (s.graph, s.trained)",
        w.certificate(r.at_most(1), r.laws(*r.IDLE), "refuted"),
        False,
    ),
    "a box may miss its line": (
        "box.py",
        "if abs(sum(map(Gauss.__mul__, row, F), Gauss())) + radius * sum(away) >= radius:",
        "if radius * sum(away) >= radius:",
        certified(b.lines([[0, ["1", "1/10"], "1/100"]], 0), b.box([b.AT_FIRST])),
        False,
    ),
    "a matrix need not be near the inverse": (
        "box.py",
        "if abs(sum(map(Gauss.__mul__, row, F), Gauss())) + radius * sum(away) >= radius:",
        "if abs(sum(map(Gauss.__mul__, row, F), Gauss())) >= radius:",
        certified(b.lines([b.FIRST], 0), b.box([[[["0", "0"]]]])),
        False,
    ),
    "slopes are those at the centre": (
        "box.py",
        "away += [abs(y) * v for y, v in zip(row, spread, strict=True)]",
        "pass",
        certified(b.lines([[0, ["1", "0"], "2"]], 0, b.QUARTIC), b.box([[[["-1/4", "0"]]]])),
        False,
    ),
    "lines need not differ": (
        "box.py",
        "not all(differ(a, b) for a, b in combinations(lines, 2)):",
        "False:",
        certified(b.lines([b.FIRST, b.FIRST]), b.box([b.AT_FIRST] * 2)),
        False,
    ),
    "a line that is not real is its own conjugate": (
        "box.py",
        "Gauss(z.re, -z.im)",
        "Gauss(z.re, z.im)",
        certified(b.lines([b.FIRST], 1, b.CUBIC), b.box([b.AT_REAL, b.AT_ABOVE], [b.ABOVE])),
        True,
    ),
    "a real line counts as a pair": (
        "box.py",
        "combinations(lines, 2)",
        "combinations(lines[:-1], 2)",
        certified(b.lines([b.FIRST], 0), b.box([b.AT_FIRST, b.AT_SECOND], [[1, ["0", "1"], ["0", "0"], "1/100"]])),
        False,
    ),
    "a list is complete without a count": (
        "box.py",
        "else s.complete and len(lines) != expected",
        "else False",
        certified(b.lines([b.FIRST]), b.box([b.AT_FIRST])),
        False,
    ),
    "a function undefined on a line has it": (
        "box.py",
        "if conditions(arena.items, (root,)) or",
        "if",
        certified(b.lines([b.FIRST, b.SECOND], 1, ["*", b.power(X, -1), ["*", X, b.ELLIPSE]]), b.box([b.AT_FIRST, b.AT_SECOND])),
        False,
    ),
    "one more line refutes a list that is not called complete": (
        "box.py",
        "if not (others and s.complete)",
        "if not others",
        w.certificate(b.lines([b.FIRST], 0), b.witness(b.SECOND, b.AT_SECOND), "refuted"),
        False,
    ),
    "a line of the list refutes it": (
        "box.py",
        "not all(differ(a, b) for a, b in combinations(lines, 2)):",
        "(not witness and not all(differ(a, b) for a, b in combinations(lines, 2))):",
        w.certificate(b.lines([b.FIRST, b.SECOND]), b.witness(b.SECOND, b.AT_SECOND), "refuted"),
        False,
    ),
    "a vector that is no KKT point refutes": (
        "box.py",
        "if not _contracts(f, line, inverse):",
        "if not witness and not _contracts(f, line, inverse):",
        w.certificate(b.lines([b.FIRST, b.SECOND]), b.witness([1, ["1/2", "1"], "1/100"], b.AT_SECOND), "refuted"),
        False,
    ),
    "a gap smaller than the boxes tells lines apart": (
        "box.py",
        "> 2 * error for gap, error in gaps",
        "> 0 * error for gap, error in gaps",
        certified(b.lines([b.SECOND, [1, ["1/1000", "1"], "1/100"]]), b.box([b.AT_SECOND] * 2)),
        False,
    ),
    "a proved part refutes": (
        "__init__.py",
        'if (shown[-1][0] == "refuted") is not one:',
        "if False:",
        w.certificate({"says": "all", "of": [w.DEGREE]}, {"kind": "one", "index": 0, "of": w.DEGREE_EVIDENCE}),
        False,
    ),
}


def accepts(check, failure, data):
    try:
        check(data)
    except failure:
        return False
    return True


@pytest.mark.parametrize("name", MUTATIONS)
def test_mutation_is_caught(name, tmp_path):
    file, text, broken, data, accepted = MUTATIONS[name]
    assert accepts(check_bytes, Invalid, data) is accepted
    folder = tmp_path / "checker"
    shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    source = (folder / file).read_text()
    assert source.count(text) == 1, f"{source.count(text)} places in {file}"
    (folder / file).write_text(source.replace(text, broken))
    package = f"mutant_{sorted(MUTATIONS).index(name)}"
    spec = importlib.util.spec_from_file_location(package, folder / "__init__.py", submodule_search_locations=[str(folder)])
    mutant = importlib.util.module_from_spec(spec)
    sys.modules[package] = mutant
    try:
        spec.loader.exec_module(mutant)
        assert accepts(mutant.check_bytes, mutant.Invalid, data) is not accepted
    finally:
        for module in [m for m in sys.modules if m.split(".")[0] == package]:
            del sys.modules[module]

"""Is a statement false at an exact point? Each question is answered from the statement's meaning, by values and gradients."""

from __future__ import annotations

import json
import random
from functools import cache

import numpy as np
from flint import fmpq, nmod_mat

from tests.engine_b import numbers as n
from tests.engine_b.jets import spans, tables

PRIME = 2**61 - 1
RELATIONS = {">": (1,), ">=": (0, 1), "=": (0,), "!=": (-1, 1)}


def leaves(statement):
    """Leaf -> axes."""
    return {node["leaf"]: tuple(node["axes"]) for node in statement["graph"] if node.get("leaf", "1") != "1"}


def axes(statement):
    return sorted({a for node in statement["graph"] for a in node.get("axes", ())})


def read_point(nested, statement, sizes):
    """{leaf: nested lists of "p/q"} -> {leaf: {index: fmpq}}."""

    def entry(table, index):
        for i in index:
            table = table[i]
        return n.number(table)

    return {name: {i: entry(nested[name], i) for i in spans(where, sizes)} for name, where in leaves(statement).items()}


def false_at(statement, sizes, values, extra=None, bits=256):
    """True when the statement is certainly false at the point; False when nothing there speaks against it; None when the point
    is not, or not certainly, in the domain.

    ``extra``: the scale c of a homogeneity, the residuals {index: number} of a conservation law.
    """
    with n.precision(bits):
        try:
            return QUESTIONS[statement["says"]](statement, sizes, values, extra)
        except (n.Undefined, ZeroDivisionError):
            return None


def nonzero(s, sizes, values):
    """Whether the function is certainly not 0 at the point."""
    return all(n.sign(jet.value) for jet in tables(s["graph"], sizes, values, roots=(s["function"],))[s["function"]][1].values())


def in_domain(s, sizes, values):
    at = tables(s["graph"], sizes, values, roots=[k for _, k in s["where"]])
    return all(n.sign(jet.value) in RELATIONS[relation] for relation, k in s["where"] for jet in at[k][1].values())


def faced(index, source, target):
    at = dict(zip(source, index, strict=True))
    return tuple(at[a] for a in target)


def fails(says, left, right):
    """Whether the relation between the two numbers certainly fails."""
    if says.endswith("at_least"):
        return n.sign(n.add(left, n.mul(fmpq(-1), right))) == -1
    return n.differ(left, right)


def _equal(s, sizes, values, _):
    if not in_domain(s, sizes, values):
        return None
    at = tables(s["graph"], sizes, values, roots=(s["left"], s["right"]))
    (left_axes, left), (right_axes, right) = at[s["left"]], at[s["right"]]
    return any(fails(s["says"], jet.value, right[faced(i, left_axes, right_axes)].value) for i, jet in left.items())


def _evolves(s, sizes, values, _):
    if not in_domain(s, sizes, values):
        return None
    at = tables(s["graph"], sizes, values, s["trained"], (s["function"], s["quantity"], s["velocity"]))
    gradient = at[s["function"]][1][()].slopes
    (axes_, quantity), (velocity_axes, velocity) = at[s["quantity"]], at[s["velocity"]]
    for i, jet in quantity.items():
        rate = fmpq(0)
        for name, slope in jet.slopes.items():
            if name in gradient:
                rate = n.add(rate, n.mul(fmpq(-1), n.mul(slope, gradient[name])))
        if fails(s["says"], rate, velocity[faced(i, axes_, velocity_axes)].value):
            return True
    return False


def _homogeneous(s, sizes, values, scale):
    scale = fmpq(2) if scale is None else scale
    moved = {
        name: {i: n.mul(x, n.power(scale, n.number(s["scaled"].get(name, "0")))) for i, x in table.items()}
        for name, table in values.items()
    }
    before, after = (tables(s["graph"], sizes, v, roots=(s["function"],))[s["function"]][1] for v in (values, moved))
    factor = n.power(scale, n.number(s["degree"]))
    return any(n.differ(after[i].value, n.mul(factor, jet.value)) for i, jet in before.items())


def joined(s):
    """(axis of the input, axis of the layer in its place)."""
    layer = axes_of(s["graph"], s["layer"])
    return list(zip(leaves(s)[s["input"]], layer, strict=True))


def axes_of(graph, k):
    """The axes of a node."""
    node = graph[k]
    return node["axes"] if "axes" in node else list(dict.fromkeys(a for j in node["args"] for a in axes_of(graph, j)))


def _tower(s, sizes, values, extra):
    """Layer upon layer of one size, each with the values before it in the place of the input; the leaves are the same in all."""
    scale, depth = (fmpq(2), 3) if extra is None else extra
    if any(sizes[a] != sizes[b] for a, b in joined(s)):
        return None
    power, ratio, slope, rest = (n.number(s[name]) for name in ("power", "ratio", "slope", "degree"))
    tops = []
    for factor in (fmpq(1), scale):
        at = {
            k: {i: n.mul(x, n.power(factor, n.number(s["scaled"].get(k, "0")))) for i, x in t.items()} for k, t in values.items()
        }
        for _ in range(depth - 1):
            layer = tables(s["graph"], sizes, at, roots=(s["layer"],))[s["layer"]][1]
            at = {**at, s["input"]: {i: jet.value for i, jet in layer.items()}}
        tops.append(tables(s["graph"], sizes, at, roots=(s["function"],))[s["function"]][1])
    factor = n.power(scale, power * n.integer_power(ratio, depth) + slope * depth + rest)
    return any(n.differ(tops[1][i].value, n.mul(factor, jet.value)) for i, jet in tops[0].items())


def _conserved(s, sizes, values, residuals):
    table = tables(s["graph"], sizes, values, s["trained"], (s["function"],))[s["function"]][1]
    where = leaves(s)
    parts = {}
    for kind in ("squares", "linear"):
        for name, q in s[kind].items():
            for i in spans(where[name], sizes):
                j = None if s["axis"] is None else i[where[name].index(s["axis"])]
                grad = fmpq(2) * values[name][i] if kind == "squares" else fmpq(1)
                for entry, jet in table.items():
                    if (name, i) in jet.slopes:
                        r = fmpq(1) if residuals is None else residuals[entry]
                        move = n.mul(r * n.number(q) * grad, jet.slopes[name, i])
                        parts[j] = n.add(parts[j], move) if j in parts else move
    return any(n.sign(total) for total in parts.values())


def _conserved_matrix(s, sizes, values, residuals):
    """dM/dt = -(G W^T + W G^T), G the gradient of the loss with these slopes, summed over the leaves with their coefficients."""
    table = tables(s["graph"], sizes, values, s["trained"], (s["function"],))[s["function"]][1]
    where, size, moves = leaves(s), range(sizes[s["axis"]]), {}
    for name, q in s["squares"].items():
        at, slopes = where[name].index(s["axis"]), {}
        for i in spans(where[name], sizes):
            for entry, jet in table.items():
                if (name, i) in jet.slopes:
                    r = fmpq(1) if residuals is None else residuals[entry]
                    slopes[i] = n.add(slopes.get(i, fmpq(0)), n.mul(r * n.number(q), jet.slopes[name, i]))
        for i, slope in slopes.items():
            for k in size:
                move = n.mul(slope, values[name][*i[:at], k, *i[at + 1 :]])
                for pair in ((i[at], k), (k, i[at])):
                    moves[pair] = n.add(moves.get(pair, fmpq(0)), move)
    return any(n.sign(move) for move in moves.values())


def _shares(s, sizes, values, _):
    """Euler's <u_B, df/du_B> / <u, df> of a block B is another share, at a point with f != 0 of a Lipschitz function that has a
    degree in each block: its largest |f| on the sphere is such a KKT point.
    """
    jet = tables(s["graph"], sizes, values, s["trained"], (s["function"],))[s["function"]][1][()]
    parts = dict.fromkeys(s["trained"], fmpq(0))
    for name in s["trained"]:
        for i, x in values[name].items():
            parts[name] = n.add(parts[name], n.mul(x, jet.slopes.get((name, i), fmpq(0))))
    if not all(isinstance(x, fmpq) for x in (jet.value, *parts.values())) or not jet.value or not sum(parts.values(), fmpq(0)):
        return None
    if not _is_lipschitz(s["graph"]):
        return None
    beside = {name: {i: x + fmpq(k + 1, 7) for k, (i, x) in enumerate(t.items())} for name, t in values.items()}
    for name, part in parts.items():
        degree = part / jet.value
        claim = {**s, "says": "homogeneous", "scaled": {name: "1"}, "degree": f"{degree.p}/{degree.q}"}
        if any(_homogeneous(claim, sizes, v, c) for v in (values, beside) for c in (fmpq(2), fmpq(3))):
            return None
    return any(part != n.number(s["shares"][name]) * sum(parts.values(), fmpq(0)) for name, part in parts.items())


def _is_lipschitz(expression):
    """No log, root or negative power anywhere below."""
    if isinstance(expression, dict):
        return _is_lipschitz(expression.get("map", ["num"]))
    if not isinstance(expression, list) or not expression:
        return True
    if expression[0] == "log" or (expression[0] == "^" and ("/" in expression[2] or "-" in expression[2])):
        return False
    return all(map(_is_lipschitz, expression))


def _laws_at_most(s, sizes, values, _):
    """More quadratic laws than that, found by linear algebra."""
    found = quadratic_laws(json.dumps({**s, "count": 0}, sort_keys=True))
    return found > s["count"]


@cache
def quadratic_laws(statement):
    """How many polynomials of degree 2 in the trained leaves, with independent gradients, have rate 0 for every entry of f at
    seeded points, twice as many as there are monomials. Linear algebra modulo a prime, in floats where f is not rational.
    """
    s, rng = json.loads(statement), random.Random(7)
    where = leaves(s)
    sizes = {axis: 1 if _counts_samples(s, axis) else size for axis, size in s["sizes"].items()}
    places = [(name, i) for name in s["trained"] for i in spans(where[name], sizes)]
    pairs = [(a, b) for a in range(len(places)) for b in range(a + 1)]

    def quarter():
        return fmpq(rng.choice((-1, 1)) * rng.randint(1, 8), 4)

    def drawn():
        return {name: {i: quarter() for i in spans(w, sizes)} for name, w in sorted(where.items())}

    def gradient(law, x):
        out = list(law[len(pairs) :])
        for q, (a, b) in zip(law, pairs, strict=False):
            out[a] += q * x[b]
            out[b] += q * x[a]
        return out

    conditions = []
    for _ in range(2 * (len(pairs) + len(places))):
        values = drawn()
        x = [values[name][i] for name, i in places]
        try:
            table = tables(s["graph"], sizes, values, s["trained"], (s["function"],))[s["function"]][1]
        except n.Undefined:  # a ball around the 0 of a kink
            continue
        for jet in table.values():
            slopes = [jet.slopes.get(place, fmpq(0)) for place in places]
            rates = (n.add(n.mul(x[a], slopes[b]), n.mul(x[b], slopes[a])) for a, b in pairs)
            conditions.append([*rates, *slopes])
    if all(isinstance(rate, fmpq) for row in conditions for rate in row):
        space, nullity = nmod_mat([[_residue(rate) for rate in row] for row in conditions], PRIME).nullspace()
        laws = [[int(space[m, k]) for m in range(space.nrows())] for k in range(nullity)]
        gradients = [[int(g) % PRIME for g in gradient(law, [_residue(q) for q in x])] for law in laws]
        return nmod_mat(gradients, PRIME).rank() if gradients else 0
    floats = np.array([[_float(rate) for rate in row] for row in conditions])
    _, sizes_, right = np.linalg.svd(floats / np.linalg.norm(floats, axis=1, keepdims=True).clip(1e-300))
    laws = right[int((sizes_ > 1e-10 * sizes_[0]).sum()) :]
    gradients = np.array([gradient(law, [_float(q) for q in x]) for law in laws])
    return int(np.linalg.matrix_rank(gradients, tol=1e-8)) if len(laws) else 0


def _counts_samples(s, axis):
    """Whether f has one entry for every index of the axis, each made of the trained leaves and its own part of the others."""
    kept = []
    for node in s["graph"]:
        kept.append(set(node["axes"]) if "axes" in node else set().union(*(kept[a] for a in node["args"])))
    summed = any(axis in kept[a] and axis not in kept[k] for k, node in enumerate(s["graph"]) for a in node.get("sum", ()))
    return not summed and not any(axis in leaves(s)[name] for name in s["trained"])


def _float(q):
    return float(q.p) / float(q.q) if isinstance(q, fmpq) else float(q.mid())


def _residue(q):
    return int(q.p) * pow(int(q.q), -1, PRIME) % PRIME


QUESTIONS = {
    "equal": _equal,
    "at_least": _equal,
    "evolves": _evolves,
    "evolves_at_least": _evolves,
    "homogeneous": _homogeneous,
    "homogeneous_any_depth": _tower,
    "conserved": _conserved,
    "conserved_matrix": _conserved_matrix,
    "kkt_shares": _shares,
    "laws_at_most": _laws_at_most,
}

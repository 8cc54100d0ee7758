"""Laws of scaling, in the factors themselves: a function is expanded in formal positive factors at an exact point.

Every entry is a sum of value * product(factor^exponent) with exact values; a law holds at the point for EVERY factor when the
sum has one term, with the right exponents. Nothing is typed: cancellations count, and sizes are those of the point.
"""

from __future__ import annotations

from flint import fmpq, fmpq_mat

from tests.engine_b import numbers as n
from tests.engine_b.falsify import leaves
from tests.engine_b.jets import Jet, below, pointwise, spans, tables
from tests.engine_b.search import draw

GLOBAL, INPUT = "t", "the input"


class Mixed(Exception):
    """An operation that does not act on sums of different powers."""


def clean(terms):
    return {e: x for e, x in terms.items() if n.sign(x) != 0}


def add(parts):
    out = {}
    for part in parts:
        for e, x in part.items():
            out[e] = n.add(out[e], x) if e in out else x
    return clean(out)


def mul(a, b):
    out = {}
    for e, x in a.items():
        for f, y in b.items():
            exponents = dict(e)
            for factor, q in f:
                exponents[factor] = exponents.get(factor, fmpq(0)) + q
            key = power_key(exponents)
            out[key] = n.add(out[key], n.mul(x, y)) if key in out else n.mul(x, y)
    return clean(out)


def power_key(exponents):
    return tuple(sorted((factor, q) for factor, q in exponents.items() if q))


def single(terms):
    """(exponents, value) of one term; 0 has any exponents, so it goes with none."""
    if len(terms) > 1:
        raise Mixed
    return next(iter(terms.items()), ((), fmpq(0)))


def apply(expr, args, shifted):
    op, *rest = expr
    if op == "arg":
        if shifted[rest[0]]:
            raise Mixed
        return args[rest[0]]
    if op == "num":
        return clean({(): n.number(rest[0])})
    if op == "+":
        return add([apply(e, args, shifted) for e in rest])
    if op == "*":
        out = apply(rest[0], args, shifted)
        for e in rest[1:]:
            out = mul(out, apply(e, args, shifted))
        return out
    if op == "exp" and rest[0][0] == "arg" and shifted[rest[0][1]]:
        ((_, x),) = args[rest[0][1]].items()
        return {power_key(shifted[rest[0][1]]): n.exp(x)}
    e, x = single(apply(rest[0], args, shifted))
    if op in ("^", "pw"):
        q = n.number(rest[-1])
        key = power_key({factor: r * q for factor, r in e})
        return clean({key: pointwise([op, ["arg", 0], *rest[1:]], [Jet(x)]).value})
    if e:
        raise Mixed
    return clean({(): pointwise([op, ["arg", 0]], [Jet(x)]).value})


def expansion(statement, sizes, values, weights, shifts):
    """{index: {exponents: value}} of the function when the leaves are scaled by these weights and shifted."""
    graph, root = statement["graph"], statement["function"]
    needed, tables = below(graph, [root]), {}
    for k in sorted(needed):
        node = graph[k]
        if "leaf" in node:
            name, axes = node["leaf"], tuple(node["axes"])
            own = values.get(name, {}) if name != "1" else dict.fromkeys(spans(axes, sizes), fmpq(1))
            moved = shifts.get(name, {})
            # a shifted leaf keeps its value, which may be 0, until exp takes it
            entries = {i: {_factors(weights.get(name, {}), axes, i): x} if n.sign(x) or moved else {} for i, x in own.items()}
            tables[k] = axes, entries, {i: dict(_factors(moved, axes, i)) for i in own}
            continue
        args = [tables[j] for j in node.get("args", node.get("sum"))]
        union = list(dict.fromkeys(a for axes, _, _ in args for a in axes))
        kept, found = tuple(union if "map" in node else node["axes"]), {}
        for i in spans(union, sizes):
            at = dict(zip(union, i, strict=True))
            places = [tuple(at[a] for a in axes) for axes, _, _ in args]
            operands = [entries[place] for (_, entries, _), place in zip(args, places, strict=True)]
            shifted = [moved[place] for (_, _, moved), place in zip(args, places, strict=True)]
            expr = node.get("map") or ["*", *(["arg", j] for j in range(len(args)))]
            found.setdefault(tuple(at[a] for a in kept), []).append(apply(expr, operands, shifted))
        tables[k] = kept, {i: add(parts) for i, parts in found.items()}, dict.fromkeys(found, {})
    if any(tables[root][2].values()):
        raise Mixed
    return tables[root][1]


def _factors(weight, axes, index):
    at = dict(zip(axes, index, strict=True))
    return power_key({(g, 0 if g in (GLOBAL, INPUT) else at[g]): n.number(q) for g, q in weight.items()})


def confirms(statement, weights, shifts, sizes, values):
    """Whether the function scales at the point as the law says: by c^degree, or not at all; None where it has no value."""
    wanted = {}
    if statement["says"] == "homogeneous":
        wanted = {(GLOBAL, 0): n.number(statement["degree"])}
    with n.precision(256):
        try:
            entries = expansion(statement, sizes, values, weights, shifts)
        except n.Undefined:
            return None
        except Mixed:
            return False
    return all(set(terms) <= {power_key(wanted)} for terms in entries.values())


def recurrence(statement, rng, draws=10):
    """Whether the closed form is what the powers found in layer and function at random points lead to, for the first depths."""
    weights = {statement["input"]: {INPUT: "1"}, **{name: {GLOBAL: q} for name, q in statement["scaled"].items()}}
    found = {}
    for k in range(draws):
        sizes, values, _ = draw(statement, rng, k)
        for root in ("layer", "function"):
            try:
                entries = expansion({**statement, "function": statement[root]}, sizes, values, weights, {})
            except (n.Undefined, Mixed):
                return False
            found.setdefault(root, set()).update(key for terms in entries.values() for key in terms)
    if any(len(keys) != 1 for keys in found.values()):
        return False
    of = {root: dict(*keys) for root, keys in found.items()}
    (p, b), (q, r) = ([of[root].get((g, 0), fmpq(0)) for g in (INPUT, GLOBAL)] for root in ("layer", "function"))
    power, ratio, slope, rest = (n.number(statement[name]) for name in ("power", "ratio", "slope", "degree"))
    hidden = fmpq(0)
    for depth in range(1, 9):
        if q * hidden + r != power * n.integer_power(ratio, depth) + slope * depth + rest:
            return False
        hidden = p * hidden + b
    return True


def unmoved(statement, rng, sizes, values):
    """Whether the function is the same after an invertible matrix has acted along the axis; None where it has no value."""
    size, graph, root = sizes[statement["axis"]], statement["graph"], statement["function"]
    matrix = fmpq_mat(size, size, [fmpq(rng.randint(-3, 3), rng.randint(1, 2)) for _ in range(size * size)])
    if not matrix.det():
        return None
    acted = dict(values)
    for name, q in statement["squares"].items():
        on = matrix if n.number(q) > 0 else matrix.inv().transpose()
        at = leaves(statement)[name].index(statement["axis"])
        acted[name] = {
            i: sum((on[i[at], k] * values[name][*i[:at], k, *i[at + 1 :]] for k in range(size)), fmpq(0)) for i in values[name]
        }
    with n.precision(256):
        try:
            before, after = (tables(graph, sizes, v, roots=(root,))[root][1] for v in (values, acted))
        except n.Undefined:
            return None
        return not any(n.differ(after[i].value, jet.value) for i, jet in before.items())


def law_holds(statement, rng):
    """At random points and sizes, some of them in the domain; Noether's coefficients are read from the law itself."""
    if statement["says"] == "homogeneous_any_depth":
        return recurrence(statement, rng)
    weights, shifts = {}, {}
    if statement["says"] == "homogeneous":
        weights = {name: {GLOBAL: q} for name, q in statement["scaled"].items()}
    elif statement["says"] == "conserved":
        generator = statement["axis"] or GLOBAL
        weights = {name: {generator: q} for name, q in statement["squares"].items()}
        shifts = {name: {generator: str(n.number(q) / 2)} for name, q in statement["linear"].items()}
    answers = []
    for k in range(10):
        sizes, values, _ = draw(statement, rng, k)
        if statement["says"] == "conserved_matrix":
            answers.append(unmoved(statement, rng, sizes, values))
            continue
        answers.append(confirms(statement, weights, shifts, sizes, values))
    seen = [a for a in answers if a is not None]
    return bool(seen) and all(seen)

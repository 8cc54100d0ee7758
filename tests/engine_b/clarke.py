"""Is a vector in the Clarke set? Gradients along curves into the point, as power series in exact arithmetic, and their hull.

A curve u + t v + t^2 w has exact Taylor coefficients, so the side of a kink for small t > 0 is the sign of the first one that is
not 0, and the limit of the gradient is its constant term: bent arguments and kinks inside kinks need no rule of their own.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from flint import fmpq
from scipy.optimize import linprog

from tests.engine_b import numbers as n

ORDER, CURVES = 5, 300


class Unclear(Exception):
    """A curve along which a kink keeps its argument at 0, or a value that is not rational."""


@dataclass(frozen=True)
class Jet:
    """A series in t, the partial derivatives as series, and how it is written."""

    value: list
    slopes: dict = field(default_factory=dict)
    key: tuple = ()


def constant(q):
    return [fmpq(q)] + [fmpq(0)] * (ORDER - 1)


def times(a, b):
    return [sum((a[i] * b[k - i] for i in range(k + 1)), fmpq(0)) for k in range(ORDER)]


def plus(a, b):
    return [p + q for p, q in zip(a, b, strict=True)]


def scaled(a, q):
    return [q * p for p in a]


def chain(value, factors, key):
    out = {}
    for factor, jet in factors:
        for name, slope in jet.slopes.items():
            term = times(factor, slope)
            out[name] = plus(out[name], term) if name in out else term
    return Jet(value, out, key)


def number(q):
    return Jet(constant(q), {}, ("num", str(fmpq(q))))


def add(jets):
    kept = [jet for jet in jets if jet.key != ("num", "0")]
    if len(kept) < 2:
        return kept[0] if kept else number(0)
    value = constant(0)
    for jet in kept:
        value = plus(value, jet.value)
    return chain(value, [(constant(1), jet) for jet in kept], ("+", *(jet.key for jet in kept)))


def mul(jets):
    kept = [jet for jet in jets if jet.key != ("num", "1")]
    if len(kept) < 2:
        return kept[0] if kept else number(1)
    value, factors = constant(1), []
    for i, jet in enumerate(kept):
        value = times(value, jet.value)
        others = constant(1)
        for other in kept[:i] + kept[i + 1 :]:
            others = times(others, other.value)
        factors.append((others, jet))
    return chain(value, factors, ("*", *(jet.key for jet in kept)))


def raised(a, q):
    """The series a^q; its constant term must have a rational power, and must not be 0 unless q is a natural number."""
    if q.q == 1 and q >= 0:
        out = constant(1)
        for _ in range(int(q)):
            out = times(out, a)
        return out
    if a[0] == 0 or (q.q > 1 and a[0] < 0):
        raise n.Undefined("a power outside its domain")
    lead = n.power(a[0], q)
    if not isinstance(lead, fmpq):
        raise Unclear("a value is not rational")
    rest, out, term, c = scaled([fmpq(0), *a[1:]], 1 / a[0]), constant(1), constant(1), fmpq(1)
    for k in range(1, ORDER):
        term, c = times(term, rest), c * (q - k + 1) / k
        out = plus(out, scaled(term, c))
    return scaled(out, lead)


def entire(op, a):
    """Exp, log, tanh as series where their values are rational."""
    if a[0] != (1 if op == "log" else 0):
        raise Unclear("a value is not rational")
    rest = [fmpq(0), *a[1:]]
    coefficients = {
        "exp": [fmpq(1), fmpq(1), fmpq(1, 2), fmpq(1, 6), fmpq(1, 24)],
        "log": [fmpq(0), fmpq(1), fmpq(-1, 2), fmpq(1, 3), fmpq(-1, 4)],
        "tanh": [fmpq(0), fmpq(1), fmpq(0), fmpq(-1, 3), fmpq(0)],
    }[op]
    out, term = constant(0), constant(1)
    for c in coefficients:
        out, term = plus(out, scaled(term, c)), times(term, rest)
    return out


def slope_of(op, a):
    """The derivative of exp, log or tanh."""
    if op == "log":
        return raised(a, fmpq(-1))
    value = entire(op, a)
    return value if op == "exp" else plus(constant(1), scaled(times(value, value), fmpq(-1)))


class Function:
    """The scalar of a statement, by values of its entries; ``forced`` gives kinks (as they are written) a side of their own."""

    def __init__(self, statement):
        self.s = statement
        self.kinks = []

    def gradient(self, values, forced=None):
        """The constant terms of the partial derivatives in the trained entries."""
        self.kinks, self.forced, tables = [], forced, []
        for node in self.s["graph"]:
            tables.append(self._table(node, tables, values))
        (jet,) = tables[self.s["function"]][1].values()
        return {name: slope[0] for name, slope in jet.slopes.items() if slope[0]}

    def _table(self, node, done, values):
        sizes = self.s["sizes"]
        if "leaf" in node:
            name, axes = node["leaf"], tuple(node["axes"])
            if name == "1":
                return axes, {i: number(1) for i in n.indices(axes, sizes)}
            moves = name in self.s["trained"]
            return axes, {
                i: Jet(values[name, i], {(name, i): constant(1)} if moves else {}, ("sym", name, i))
                for i in n.indices(axes, sizes)
            }
        args = [done[k] for k in node.get("args", node.get("sum"))]
        union = list(dict.fromkeys(a for axes, _ in args for a in axes))
        kept, found = union if "map" in node else node["axes"], {}
        for i in n.indices(union, sizes):
            at = dict(zip(union, i, strict=True))
            operands = [table[tuple(at[a] for a in axes)] for axes, table in args]
            entry = self._pointwise(node["map"], operands) if "map" in node else mul(operands)
            found.setdefault(tuple(at[a] for a in kept), []).append(entry)
        return tuple(kept), {i: add(entries) for i, entries in found.items()}

    def _pointwise(self, expr, args):
        op, *rest = expr
        if op == "arg":
            return args[rest[0]]
        if op == "num":
            return number(n.number(rest[0]))
        of = [self._pointwise(e, args) for e in (rest if op in ("+", "*") else rest[:1])]
        if op in ("+", "*"):
            return (add if op == "+" else mul)(of)
        by = [n.number(q) for q in rest[1:]]
        if op == "^":
            return self._power(of[0], by[0])
        if op == "pw":
            return self._kink(of[0], *by)
        return chain(entire(op, of[0].value), [(slope_of(op, of[0].value), of[0])], (op, of[0].key))

    def _power(self, jet, q):
        if q == 1:
            return jet
        slope = scaled(raised(jet.value, q - 1), q) if q else constant(0)
        return chain(raised(jet.value, q), [(slope, jet)], ("^", jet.key, str(q)))

    def _kink(self, jet, above, below, p):
        if above == below:
            return mul([number(above), self._power(jet, p)])
        key = ("pw", jet.key, str(above), str(below), str(p))
        side = next((1 if c > 0 else -1 for c in jet.value if c), 0)
        still = jet.value[0] == 0 and p == 1 and any(slope[0] for slope in jet.slopes.values())
        if still and self.forced is not None:
            self.kinks.append(key)
            side = self.forced.get(key, 1)
        elif still and not side:
            raise Unclear("a kink is not left")
        c = above if side >= 0 else below
        slope = scaled(raised(jet.value, p - 1), p * c)
        return chain(scaled(raised(jet.value, p), c), [(slope, jet)], key)


def entries(statement, nested, names):
    """{(leaf, index): number} of nested lists."""
    axes = {node["leaf"]: tuple(node["axes"]) for node in statement["graph"] if node.get("leaf", "1") != "1"}

    def entry(table, index):
        for i in index:
            table = table[i]
        return n.number(table)

    return {(name, i): entry(nested[name], i) for name in names for i in n.indices(axes[name], statement["sizes"])}


def gradients(statement):
    """Members whose hull is the set, as far as the curves that are tried find them all."""
    f, names = Function(statement), sorted({node["leaf"] for node in statement["graph"] if node.get("leaf", "1") != "1"})
    point = entries(statement, statement["values"], names)
    moving = [key for key in point if key[0] in statement["trained"]]
    still = {key: constant(q) for key, q in point.items()}
    if statement["notion"] == "decoupled":
        keys, seen = [], [None]
        while seen:  # a kink may matter only on one side of another
            patterns = [dict(zip(keys, sides, strict=True)) for sides in product((1, -1), repeat=len(keys))]
            found = []
            for forced in patterns:
                found.append(f.gradient(still, forced))
                seen += f.kinks
            seen = [key for key in dict.fromkeys(seen) if key and key not in keys]
            keys += seen
        return moving, found
    rng, found = random.Random(0), {}
    few = list(product((-1, 0, 1), repeat=len(moving))) if 3 ** len(moving) <= CURVES else []
    for k in range(len(few) + CURVES):
        v = few[k] if k < len(few) else [rng.randint(-9, 9) for _ in moving]
        curve = {key: [point[key], fmpq(c), fmpq(rng.randint(-9, 9)), fmpq(0), fmpq(0)] for key, c in zip(moving, v, strict=True)}
        try:
            gradient = f.gradient({**still, **curve})
        except Unclear:
            continue
        found[tuple(sorted(gradient.items(), key=str))] = gradient
    return moving, list(found.values())


def true(statement):
    """Whether the vector is in the hull of the gradients found."""
    moving, found = gradients(statement)
    wanted = entries(statement, statement["gradient"], statement["trained"])
    columns = np.array([[float(g.get(key, 0)) for key in moving] + [1.0] for g in found]).T
    goal = [float(wanted[key]) for key in moving] + [1.0]
    if not found:
        raise n.Undefined("no gradient near the point")
    return linprog(np.zeros(len(found)), A_eq=columns, b_eq=goal, bounds=(0, None)).status == 0

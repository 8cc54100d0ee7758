"""A graph at a point: every entry as a value with its gradient, in one pass over the nodes (no derivative is ever written down).

At a kink of order 1 the slope is c- + (c+ - c-) H, and H = 1/2 at every kink whose argument is 0: a choice that respects every
relation between slopes that a proof could use (equal arguments share H, opposite ones have H and 1 - H).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from flint import fmpq

from tests.engine_b import numbers as n


@dataclass(frozen=True)
class Jet:
    """A value and its partial derivatives that are not identically 0."""

    value: object
    slopes: dict = field(default_factory=dict)
    stepped: bool = False  # contains the slope of a kink, so it has no derivative of its own


def chain(value, factors, stepped=False):
    """The jet of a function with these (partial derivative, jet of the argument)."""
    out = {}
    for factor, jet in factors:
        for name, slope in jet.slopes.items():
            term = n.mul(factor, slope)
            out[name] = n.add(out[name], term) if name in out else term
    return Jet(value, out, stepped or any(jet.stepped for _, jet in factors))


def add(jets):
    total = jets[0].value
    for jet in jets[1:]:
        total = n.add(total, jet.value)
    return chain(total, [(fmpq(1), jet) for jet in jets])


def mul(jets):
    if len(jets) == 1:
        return jets[0]
    a, b = jets[0], mul(jets[1:])
    return chain(n.mul(a.value, b.value), [(b.value, a), (a.value, b)])


def pw(jet, above, below, p):
    side = n.sign(jet.value)
    if side:
        c = above if side > 0 else below
        value = n.mul(c, n.integer_power(jet.value, p))
        slope = n.mul(fmpq(p) * c, n.integer_power(jet.value, p - 1)) if p else fmpq(0)
        return chain(value, [(slope, jet)], stepped=not p and above != below)
    if side is None:
        if jet.slopes or not p:
            raise n.Undefined("the side of a kink is not certain")
        both = [n.mul(c, n.integer_power(jet.value, p)) for c in (above, below)]
        return Jet(n.hull(*both), {}, jet.stepped)  # p >= 1 powers of a ball around 0: each side's values are among these
    middle = n.between(jet.value, below, above)
    if p == 0:
        if jet.slopes and above != below:
            raise n.Undefined("the slope of a kink has no derivative")
        return Jet(middle, {}, above != below)
    return chain(fmpq(0), [(middle if p == 1 else fmpq(0), jet)])


def pointwise(expr, args):
    op, *rest = expr
    if op == "arg":
        return args[rest[0]]
    if op == "num":
        return Jet(n.number(rest[0]))
    if op in ("+", "*"):
        return (add if op == "+" else mul)([pointwise(e, args) for e in rest])
    x = pointwise(rest[0], args)
    if op == "^":
        q = n.number(rest[1])
        value = n.power(x.value, q)
        return chain(value, [(n.mul(q, n.power(x.value, q - 1)), x)]) if q and x.slopes else Jet(value, {}, x.stepped)
    if op == "pw":
        return pw(x, n.number(rest[1]), n.number(rest[2]), int(rest[3]))
    if op == "exp":
        value = n.exp(x.value)
        return chain(value, [(value, x)])
    if op == "log":
        return chain(n.log(x.value), [(n.power(x.value, fmpq(-1)), x)])
    value = n.tanh(x.value)
    return chain(value, [(n.add(fmpq(1), n.mul(fmpq(-1), n.mul(value, value))), x)])


def tables(graph, sizes, values, moving=(), roots=None):
    """[(axes, {index: Jet})] node by node; ``values`` maps leaf -> {index: number}, ``moving`` leaves are differentiated by.

    Only nodes below ``roots`` are evaluated; the others are None.
    """
    needed = below(graph, range(len(graph)) if roots is None else roots)
    out = []
    for k, node in enumerate(graph):
        out.append(_table(node, out, sizes, values, moving) if k in needed else None)
    return out


def below(graph, roots):
    seen, stack = set(), list(roots)
    while stack:
        k = stack.pop()
        if k not in seen:
            seen.add(k)
            stack.extend(graph[k].get("args", graph[k].get("sum", ())))
    return seen


spans = n.indices


def _table(node, done, sizes, values, moving):
    if "leaf" in node:
        name, axes = node["leaf"], tuple(node["axes"])
        if name == "1":
            return axes, {i: Jet(fmpq(1)) for i in spans(axes, sizes)}
        one = fmpq(1)
        return axes, {i: Jet(values[name][i], {(name, i): one} if name in moving else {}) for i in spans(axes, sizes)}
    args = [done[k] for k in node.get("args", node.get("sum"))]
    union = []
    for axes, _ in args:
        union += [a for a in axes if a not in union]
    kept = union if "map" in node else node["axes"]
    found = {}
    for i in spans(union, sizes):
        at = dict(zip(union, i, strict=True))
        operands = [table[tuple(at[a] for a in axes)] for axes, table in args]
        entry = pointwise(node["map"], operands) if "map" in node else mul(operands)
        found.setdefault(tuple(at[a] for a in kept), []).append(entry)
    return tuple(kept), {i: add(entries) for i, entries in found.items()}

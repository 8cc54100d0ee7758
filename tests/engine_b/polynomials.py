"""Words in gradient fields, replayed with FLINT polynomials: the flow of each pattern as polynomials, brackets, rank over Q."""

from __future__ import annotations

from math import prod

from flint import Ordering, fmpq, fmpq_mat, fmpq_mpoly_ctx

from tests.engine_b import falsify
from tests.engine_b import numbers as n
from tests.engine_b.jets import spans, tables


class Irrational(Exception):
    """The function is no polynomial on its pattern."""


def rank(statement, evidence):
    """The rank of the words at the point of a certificate of kind rank; raises Irrational beyond polynomials."""
    sizes = statement["sizes"]
    values = falsify.read_point(evidence["values"], statement, sizes)
    where = falsify.leaves(statement)
    places = [(leaf, i) for leaf in statement["trained"] for i in spans(where[leaf], sizes)]
    context = fmpq_mpoly_ctx.get([f"t{k}" for k in range(len(places))], Ordering.lex)
    moving = dict(zip(places, context.gens(), strict=True))
    entries = _entries(statement, sizes, values, moving, context)
    words = []
    for word in evidence["words"]:
        if isinstance(word, int):
            words.append([entries[word].derivative(k) for k in range(len(places))])
        else:
            words.append(_bracket(*(words[k] for k in word)))
    at = [values[leaf][i] for leaf, i in places]
    return fmpq_mat([[fmpq(component(*at)) for component in word] for word in words]).rank() if words else 0


def _bracket(x, y):
    """The k-th component of the derivative of y along x less that of x along y."""
    return [_along(y[k], x) - _along(x[k], y) for k in range(len(x))]


def _along(function, field):
    return sum((field[k] * function.derivative(k) for k in range(1, len(field))), field[0] * function.derivative(0))


def _entries(statement, sizes, values, moving, context):
    signs = tables(statement["graph"], sizes, values, roots=(statement["function"],))
    done = []
    for node, known in zip(statement["graph"], signs, strict=True):
        if known is None:
            done.append(None)
        elif "leaf" in node:
            one = context.constant(1)
            done.append((known[0], {i: moving.get((node["leaf"], i), one * jet.value) for i, jet in known[1].items()}))
        else:
            done.append((known[0], _table(node, done, signs, sizes, known[0], context)))
    return [entry for _, entry in sorted(done[statement["function"]][1].items())]


def _table(node, done, signs, sizes, kept, context):
    args = node.get("args", node.get("sum"))
    union = list(dict.fromkeys(a for k in args for a in done[k][0]))
    out = {}
    for i in spans(union, sizes):
        at = dict(zip(union, i, strict=True))
        faced = [tuple(at[a] for a in done[k][0]) for k in args]
        operands = [done[k][1][f] for k, f in zip(args, faced, strict=True)]
        numbers = [signs[k][1][f].value for k, f in zip(args, faced, strict=True)]
        entry = _pointwise(node["map"], operands, numbers, context)[0] if "map" in node else prod(operands[1:], start=operands[0])
        key = tuple(at[a] for a in kept)
        out[key] = out[key] + entry if key in out else entry
    return out


def _pointwise(expr, operands, numbers, context):
    """The polynomial, and its value."""
    op, *rest = expr
    if op == "arg":
        return operands[rest[0]], numbers[rest[0]]
    if op == "num":
        return context.constant(1) * n.number(rest[0]), n.number(rest[0])
    if op in ("+", "*"):
        total, value = _pointwise(rest[0], operands, numbers, context)
        for e in rest[1:]:
            p, x = _pointwise(e, operands, numbers, context)
            total, value = (total + p, n.add(value, x)) if op == "+" else (total * p, n.mul(value, x))
        return total, value
    p, x = _pointwise(rest[0], operands, numbers, context)
    if op == "pw" and n.sign(x):
        c = n.number(rest[1] if n.sign(x) > 0 else rest[2])
        return c * p ** int(rest[3]), n.mul(c, n.integer_power(x, int(rest[3])))
    if op == "pw":
        return p * 0, fmpq(0)
    if op == "^" and n.number(rest[1]).q == 1 and n.number(rest[1]) >= 0:
        return p ** int(rest[1]), n.power(x, n.number(rest[1]))
    raise Irrational(op)

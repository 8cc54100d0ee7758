"""Twelve ways to get an encoded statement wrong; each takes one place at random, or None where there is no such place."""

from __future__ import annotations

import copy
from fractions import Fraction


def expressions(statement):
    """(holder, key) of every pointwise expression inside, so that ``holder[key]`` can be replaced."""
    for node in statement.get("graph", ()):
        yield from _inside(node)


def places(statement, *ops):
    return [(h, k) for h, k in expressions(statement) if h[k][0] in ops]


def numbers(statement):
    """(holder, key) of every number that the statement is about: in expressions, degrees, laws, shares, points, values."""
    found = [(h[k], 1) for h, k in places(statement, "num")]
    found += [(statement, key) for key in ("degree", "multiplier") if key in statement]
    found += [(statement[key], leaf) for key in ("squares", "linear", "shares", "scaled") for leaf in statement.get(key, ())]
    found += [(item, "value_squared") for item in statement.get("points", ())]
    return found


def changed(holder, key, new):
    holder[key] = str(Fraction(new(Fraction(holder[key]))))


def coefficient(s, rng):
    if not (found := numbers(s)):
        return None
    changed(*rng.choice(found), lambda q: q * rng.choice((2, 3, Fraction(1, 2), Fraction(1001, 1000))) or 1)
    return s


def sign(s, rng):
    found = [(holder, key) for holder, key in numbers(s) if key != "value_squared"]  # no number has a negative square
    if found and rng.random() < 0.5:
        changed(*rng.choice(found), lambda q: -q)
    elif inner := list(expressions(s)):
        holder, key = rng.choice(inner)
        holder[key] = ["*", ["num", "-1"], holder[key]]
    elif s.get("points"):
        item = rng.choice(s["points"])
        item["value_sign"] = -item["value_sign"]
    else:
        return None
    return s


def exponent(s, rng):
    if not (found := places(s, "^", "pw")):
        return None
    holder, key = rng.choice(found)
    e = holder[key]
    if e[0] == "pw":
        e[-1] = str(int(e[-1]) + 1)
    else:
        e[-1] = str(Fraction(e[-1]) + rng.choice((1, -1, 2)))
        e[-1] = "3" if e[-1] == "0" else e[-1]
    return s


def drop_term(s, rng):
    if found := [(h, k) for h, k in places(s, "+", "*") if len(h[k]) > 2]:
        holder, key = rng.choice(found)
        del holder[key][rng.randrange(1, len(holder[key]))]
        return s
    lists = [s[key] for key in ("points", "squares", "linear") if len(s.get(key, ())) > (key != "points")]
    if not lists:
        return None
    part = rng.choice(lists)
    del part[rng.choice(sorted(part) if isinstance(part, dict) else range(len(part)))]
    return s


def swap_activation(s, rng):
    if not (found := places(s, "pw", "tanh", "exp", "log")):
        return None
    holder, key = rng.choice(found)
    z = holder[key][1]
    holder[key] = rng.choice((["tanh", z], ["pw", z, "1", "-1", "1"], ["pw", z, "1", "0", "2"], ["exp", z], z))
    return s


def leaky_slope(s, rng):
    if "neuron" in s:
        changed(s["neuron"], "slope", lambda a: a + Fraction(1, 7))
        return s
    if not (found := places(s, "pw")):
        return None
    holder, key = rng.choice(found)
    changed(holder[key], rng.choice((2, 3)), lambda a: a + rng.choice((Fraction(1, 10), -1, Fraction(1, 1000))))
    return s


def slope_at_zero(s, rng):
    """At the kink, one slope is named where every one is meant."""
    if not (found := [(h, k) for h, k in places(s, "pw") if h[k][4] == "0"]):
        return None
    holder, key = rng.choice(found)
    e = holder[key]
    holder[key] = ["num", rng.choice(e[2:4])]
    return s


def index(s, rng):
    """Another leaf, argument or axis of the same kind."""
    args = places(s, "arg")
    roots = [key for key in ("left", "right", "quantity", "velocity") if key in s]
    choice = rng.randrange(3)
    if choice == 0 and args:
        holder, key = rng.choice(args)
        top = next(n for n in s["graph"] if "map" in n and any(h is holder for h, _ in _inside(n)))
        holder[key][1] = rng.randrange(len(top["args"]))
    elif choice == 1 and (inner := [node[key] for node in s.get("graph", ()) for key in ("args", "sum") if node.get(key)]):
        operands = rng.choice(inner)
        k = rng.randrange(len(operands))
        same = [j for j in range(max(operands) + 1) if _axes(s["graph"], j) == _axes(s["graph"], operands[k])]
        operands[k] = rng.choice(same)
    elif roots:
        key = rng.choice(roots)
        s[key] = rng.choice([j for j in range(len(s["graph"])) if _axes(s["graph"], j) == _axes(s["graph"], s[key])])
    elif "direction" in s:
        s["direction"].reverse()
    else:
        return None
    return s


def _inside(node):
    stack = [(node, "map")] if "map" in node else []
    while stack:
        holder, key = stack.pop()
        yield holder, key
        stack.extend((holder[key], k) for k, part in enumerate(holder[key]) if isinstance(part, list))


def _axes(graph, k):
    node = graph[k]
    return frozenset(node["axes"]) if "axes" in node else frozenset().union(*(_axes(graph, j) for j in node["args"]))


def data_row(s, rng):
    if "neuron" not in s:
        return None
    k = rng.randrange(len(s["neuron"]["y"]))
    if rng.random() < 0.5:
        changed(s["neuron"]["y"], k, lambda y: -y)
    else:
        changed(s["neuron"]["X"][k], rng.randrange(2), lambda x: x + rng.choice((-1, 1)))
    return s


def strictness(s, rng):
    """> becomes >=, what holds inside is said of the boundary."""
    return _relations(s, rng, {">": (">=",), "=": (">=",)})


def wider(s, rng):
    return _relations(s, rng, {">": ("!=",), ">=": ("!=",), "=": ("!=",), "!=": (">=",)})


def _relations(s, rng, other):
    if not (found := [pair for pair in s.get("where", ()) if pair[0] in other]):
        return None
    pair = rng.choice(found)
    pair[0] = rng.choice(other[pair[0]])
    return s


def missing_assumption(s, rng):
    if not s.get("where"):
        return None
    del s["where"][rng.randrange(len(s["where"]))]
    return s


OPERATORS = (
    coefficient,
    sign,
    exponent,
    drop_term,
    swap_activation,
    leaky_slope,
    slope_at_zero,
    index,
    data_row,
    strictness,
    wider,
    missing_assumption,
)


def mutant(statement, operator, rng):
    """The statement with one place changed (in one part of a conjunction), or None."""
    copied = copy.deepcopy(statement)
    part = copied
    while part["says"] == "all":
        part = rng.choice(part["of"])
    return None if operator(part, rng) is None or copied == statement else copied

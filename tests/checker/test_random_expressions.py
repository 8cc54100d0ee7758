"""What is shown to be equal is equal at random points, and what is called a derivative is a slope."""

import random
from contextlib import suppress
from fractions import Fraction

import pytest
import written_out as w

from wnproof.checker import Invalid, cells, statement
from wnproof.checker.domain import evaluate
from wnproof.checker.graph import parse_graph
from wnproof.checker.real import Unsettled
from wnproof.checker.scalar import Arena, expand
from wnproof.prove.identity import grow

NAMES = ("x", "y", "z")
SMALL = ("-2", "-1", "-1/2", "1/3", "1", "2", "3")


def expression(rng, depth):
    if depth == 0 or rng.random() < 0.15:
        return w.arg(rng.randrange(3)) if rng.random() < 0.8 else w.num(rng.choice(SMALL))
    inner = [expression(rng, depth - 1) for _ in range(2)]
    positive = ["+", ["^", inner[0], "2"], w.num(rng.choice(("1", "2", "1/4")))]
    return rng.choice(
        [
            ["+", *inner],
            ["*", *inner],
            ["+", inner[0], w.neg(inner[1])],
            ["^", inner[0], rng.choice(("2", "3"))],
            ["^", positive, rng.choice(("-1", "-2", "1/2", "-1/2", "2/3", "3/2"))],
            w.pw(inner[0], *rng.choice(((1, 0), (1, -1), (2, "1/3"))), p=1),
            w.pw(inner[0], 1, 0, rng.choice((2, 3))),
            ["^", ["^", inner[0], "2"], "1/2"],
            ["tanh", inner[0]],
            ["exp", inner[0]],
            ["log", positive],
        ]
    )


def rewritten(e, rng):
    """A plausible rewrite somewhere inside, right or wrong."""
    if e[0] in ("arg", "num"):
        return e if rng.random() < 0.9 else w.num("1")
    if rng.random() < 0.5:
        k = rng.choice([i for i, part in enumerate(e) if isinstance(part, list)])
        return [*e[:k], rewritten(e[k], rng), *e[k + 1 :]]
    a, op = e[1], e[0]
    b = e[2] if len(e) > 2 else a
    choices = {
        "+": [["+", b, a], ["*", w.num(2), a], a, ["+", a, w.neg(b)]],
        "*": [["*", b, a], ["^", a, "2"], ["*", w.neg(a), w.neg(b)], ["+", a, b]],
        "^": [
            a,
            ["*", a, ["^", a, "1/2"]],
            ["*", ["^", a, "1/2"], ["^", a, "1/2"]],
            ["*", a, a],
            w.pw(a, 1, -1),
            ["^", ["*", w.num(4), a], "1/2"],
        ],
        "pw": [
            a,
            w.neg(w.pw(w.neg(a), 0, 1)),
            ["*", w.num("1/2"), w.pw(["*", w.num(2), a], *e[2:])],
            w.pw(a, 1, 0),
            ["+", a, w.pw(w.neg(a))],
        ],
        "tanh": [w.neg(["tanh", w.neg(a)]), ["tanh", w.neg(a)], a],
        "exp": [
            ["^", ["exp", ["*", w.num("1/2"), a]], "2"],
            ["^", ["exp", w.neg(a)], "-1"],
            ["*", ["exp", a], ["exp", a]],
            ["+", w.num(1), a],
        ],
        "log": [["*", w.num("1/2"), ["log", ["^", a, "2"]]], ["*", w.num(2), ["log", a]], w.neg(["log", ["^", a, "-1"]])],
    }
    return rng.choice(choices[op])


def values_at(arena, roots, x, bits=200):
    try:
        return evaluate(arena, roots, dict(zip(NAMES, x, strict=True)), bits)
    except (Unsettled, Invalid):
        return None


def rational(rng):
    return Fraction(rng.randint(-12, 12), rng.randint(1, 5))


def test_what_is_shown_to_be_equal_is_equal():
    rng, shown, refused = random.Random(7), 0, 0
    for _ in range(1500):
        left = expression(rng, rng.choice((1, 2, 2, 3)))
        right = rewritten(rewritten(left, rng) if rng.random() < 0.3 else left, rng)
        claim = w.scalar_identity(left, right, *NAMES)
        try:
            parsed = statement.parse(claim)
            task = cells.pose(parsed)
            cells.walk(
                cells.start(task),
                grow(parsed, lambda case: "zero"),
                "tree",
                lambda case, tree, path: case.check(tree, path),
            )
        except Invalid:
            refused += 1
            continue
        ((_, a, b),) = task.entries
        compared = 0
        for _ in range(12):
            if (found := values_at(task.arena, (a, b), [rational(rng) for _ in NAMES])) is not None:
                assert found[a].lo <= found[b].hi, claim
                assert found[b].lo <= found[a].hi, claim
                compared += 1
        shown += compared > 0
    assert shown > 250
    assert refused > 250


def test_derivatives_are_slopes():
    """D e [1, 2, -1] against a symmetric difference quotient with h = 10^-40, off the kinks."""
    rng, seen, h = random.Random(8), 0, Fraction(1, 10**40)
    direction = dict(zip(NAMES, (1, 2, -1), strict=True))
    for _ in range(400):
        arena = Arena()
        graph = parse_graph([*(w.leaf(n) for n in NAMES), w.pointwise(expression(rng, 3), 0, 1, 2)], 1)
        e = expand(graph, {}, arena, (graph.given[3],))[graph.given[3]][()]
        slope = arena.derivative((e,), {n: arena.number(k) for n, k in direction.items()})[e]
        x = [rational(rng) + Fraction(1, 97) for _ in NAMES]
        ahead, behind = ([q + sign * h * k for q, k in zip(x, direction.values(), strict=True)] for sign in (1, -1))
        found = [values_at(arena, (root,), at, 900) for root, at in ((slope, x), (e, ahead), (e, behind))]
        if None in found:
            continue
        exact, high, low = found[0][slope], found[1][e], found[2][e]
        quotient = ((high.lo + high.hi) - (low.lo + low.hi)) / (4 * h)
        if abs(exact.lo) < 10**20:
            assert abs(quotient - (exact.lo + exact.hi) / 2) < Fraction(1, 10**20) * (1 + abs(exact.lo))
            seen += 1
    assert seen > 150


@pytest.mark.parametrize("seed", range(5))
def test_quotients_against_fractions(seed):
    """Rational expressions: the value of num/den at a point is the value of the expression."""
    rng = random.Random(seed)
    for _ in range(60):
        cell = cells.Cell(cells.Task(Arena(), (), (), ()))
        arena = cell.task.arena
        parts = [(arena.make("sym", name=n), rational(rng)) for n in NAMES]
        for _ in range(12):
            (a, p), (b, q) = rng.sample(parts, 2)
            kind = rng.randrange(4)
            if kind == 0:
                parts.append((arena.make("+", (a, b)), p + q))
            elif kind == 1:
                parts.append((arena.product(a, b), p * q))
            elif kind == 2 and p:
                parts.append((arena.make("^", (a,), (Fraction(-1),)), 1 / p))
            elif abs(p) < 10**6:
                parts.append((arena.make("^", (a,), (Fraction(2),)), p * p))
        at = {n: q for n, (_, q) in zip(NAMES, parts, strict=False)}
        k, true = parts[-1]
        try:
            value = cell.value(k)
        except Invalid:
            continue

        def number(p, at=at, ring=cell.ring):
            total = Fraction(0)
            for m, c in p.items():
                for a, e in m:
                    atom = ring.atoms[a]
                    c *= (number(atom.base) if atom.degree else at[atom.name]) ** int(e)
                total += c
            return total

        with suppress(ZeroDivisionError):
            assert number(value) == true

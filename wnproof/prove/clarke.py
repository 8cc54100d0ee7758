"""Evidence about Clarke sets: means of the gradients of local cells, or directions that separate.

Everything is exact. The first order of the function at the point is the checker's own; a cell is an assignment of sides to the
kinks for which some direction moves every argument to its side. Linear programs over the rationals find that direction or
Farkas' weights against it, the weights of a mean, or a separating direction.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any

from wnproof.certificate import settle
from wnproof.checker.clarke import F, Form, Germ, dot, germ
from wnproof.checker.reader import Invalid
from wnproof.checker.render import render
from wnproof.checker.statement import ClarkeMember, parse
from wnproof.graph.statement import text
from wnproof.prove.local_cells import cells, inside, resolved
from wnproof.prove.simplex import feasible
from wnproof.verdict import Rigor, Verdict, undecided

CELL_LIMIT, FREE_LIMIT = 600, 10
Json = dict[str, Any]
Vector = dict[str, Fraction]


def decide_member(encoded: Json) -> Verdict:
    """The verdict on a statement that a vector is in the Clarke set at a point, or in the set of free slopes."""
    statement = parse(encoded)
    assert isinstance(statement, ClarkeMember)
    try:
        near = germ(statement)
    except Invalid as failure:
        return undecided(render(statement), failure.message)
    candidates: list[Vector] = []
    for part in (_free if statement.notion == "decoupled" else _mean)(statement, near, candidates):
        verdict = settle(encoded, {"kind": "clarke", "of": part}, claims="certified")
        if verdict.rigor is Rigor.CERTIFIED:
            return verdict
    if statement.notion != "decoupled" and flat(near):
        list(_free(statement, near, candidates))
    for direction in candidates:
        tree = _tree(statement, near, direction)
        if tree is not None:
            evidence = {"kind": "witness", "direction": nested(statement, direction), "tree": tree}
            return settle(encoded, evidence, claims="refuted")
    return undecided(render(statement), _doubt(near))


def _doubt(near: Germ) -> str:
    bent = sum(k not in near.affine for k in near.slopes)
    if bent:
        return f"the arguments of {bent} kinks at the point are not affine in the trained leaves, so second order decides"
    return f"more than {CELL_LIMIT} cells or {FREE_LIMIT} free slopes inside others, beyond the search"


def flat(near: Germ) -> bool:
    """Whether no kink is inside another one."""
    return not any(e in near.slopes for k, form in near.arguments.items() if k != F for e in form)


def _mean(s: ClarkeMember, near: Germ, candidates: list[Vector]) -> Iterator[list[Any]]:
    """The vector as a mean of gradients of cells; otherwise the direction that separates it from them is a candidate."""
    names = list(s.gradient)
    around = cells(near, names, CELL_LIMIT)
    if around is None:
        return
    gradients = [resolved(near, dict(zip(near.slopes, cell.sides, strict=True)))[F] for cell in around]
    columns = [[*(gradient.get(e, Fraction(0)) for e in names), Fraction(1)] for gradient in gradients]
    weights, y = feasible(columns, [*s.gradient.values(), Fraction(1)])
    if weights is None:
        candidates.append(dict(zip(names, y, strict=False)))
        return
    yield [[text(w), nested(s, cell.direction)] for w, cell in zip(weights, around, strict=True) if w]


def _free(s: ClarkeMember, near: Germ, candidates: list[Vector]) -> Iterator[list[Any]]:
    """The vector with a slope of its own for each kink; kinks inside kinks need a mean of assignments of sides."""
    names, kinks = list(s.gradient), list(near.slopes)
    if not flat(near):
        if len(kinks) > FREE_LIMIT:
            return
        every = [dict(zip(kinks, sides, strict=True)) for sides in product((1, -1), repeat=len(kinks))]
        columns = [[*(resolved(near, sides)[F].get(e, Fraction(0)) for e in names), Fraction(1)] for sides in every]
        weights, y = feasible(columns, [*s.gradient.values(), Fraction(1)])
        if weights is not None:
            pairs = zip(weights, every, strict=True)
            yield [[text(w), [str((side + 1) // 2) for side in sides.values()]] for w, sides in pairs if w]
    else:
        left = resolved(near, {})[F]
        moves = [{e: c - left.get(e, Fraction(0)) for e, c in _total(resolved(near, {k: 1})[F], names).items()} for k in kinks]
        unit = [[Fraction(int(i == j)) for i in range(len(kinks))] for j in range(len(kinks))]
        columns = [[*(move[e] for e in names), *unit[j]] for j, move in enumerate(moves)]
        columns += [[*(Fraction(0) for _ in names), *row] for row in unit]
        goal = [*(c - left.get(e, Fraction(0)) for e, c in s.gradient.items()), *(Fraction(1) for _ in kinks)]
        weights, y = feasible(columns, goal)
        if weights is not None:
            yield [["1", [text(w) for w in weights[: len(kinks)]]]]
    if weights is None:
        candidates.append(dict(zip(names, y, strict=False)))


def _total(form: Form, names: list[str]) -> Vector:
    return {e: form.get(e, Fraction(0)) for e in names}


def _tree(s: ClarkeMember, near: Germ, d: Vector) -> Any:
    """Cases in which every gradient has a smaller product with the direction than the vector, or None."""
    kinks, names, height, budget = list(near.slopes), list(s.gradient), dot(s.gradient, d), [4 * CELL_LIMIT]
    inner = {e for k, form in near.arguments.items() if k != F for e in form if e in near.slopes}

    def grow(sides: dict[int, int], rows: list[tuple[int, Form]]) -> Any:
        budget[0] -= 1
        forms = resolved(near, sides)
        if budget[0] < 0:
            return None
        if inner <= sides.keys():
            lifts = {k: near.arguments[F].get(k, Fraction(0)) * dot(forms[k], d) for k in kinks if k not in sides}
            best = {k: 1 if near.slopes[k][0] * m >= near.slopes[k][1] * m else -1 for k, m in lifts.items()}
            if dot(resolved(near, {**sides, **best})[F], d) < height:
                return "below"
        k = next((k for k in kinks if k not in sides), None)
        if k is None:
            return None
        branches: dict[str, Any] = {"kink": kinks.index(k)}
        for name, side in (("gt", 1), ("lt", -1)):
            more = rows
            if k in near.affine and forms[k] and s.notion != "decoupled":
                more = [*rows, (k, {e: side * c for e, c in forms[k].items()})]
                weights = inside([row for _, row in more], names)
                if isinstance(weights, list):
                    pairs = zip(more, weights, strict=True)
                    branches[name] = {"empty": [[kinks.index(i), text(w)] for (i, _), w in pairs if w]}
                    continue
            branches[name] = grow({**sides, k: side}, more)
            if branches[name] is None:
                return None
        return branches

    return grow({}, [])


def nested(s: ClarkeMember, v: Vector) -> Json:
    """The vector as nested lists for each trained leaf."""
    entries = iter(s.gradient)

    def table(shape: list[int]) -> Any:
        return [table(shape[1:]) for _ in range(shape[0])] if shape else text(v.get(next(entries), Fraction(0)))

    return {leaf: table([s.sizes[a] for a in s.graph.leaves[leaf]]) for leaf in s.trained}

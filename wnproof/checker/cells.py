"""Kind "cells": an identity at concrete sizes, by a complete case split over the signs of the kinks' arguments.

The checker expands the graph, forms every derivative itself and evaluates the differences of the two sides as polynomials in
atoms. Where a kink's argument could have several signs it asks the tree for one branch per possible sign, so no case can
be left out. A leaf closes its case: "zero", every numerator is the zero polynomial there; {"ideal": C}, every numerator is
sum_k C_k * relation_k, the relations being the arguments that are 0 on the path, in path order, then the entries of the `where`
relations "="; {"empty": terms}, the signs on the path contradict each other. A case in which an argument can have no sign at all
is closed by {}.

At a kink of order 1 (argument 0) the slope is c- + (c+ - c-) H with H free: the identity is shown for every real H, so for
every slope between c- and c+. Arguments that are positive multiples of each other share H, opposite ones have H and 1 - H. That
is only said of arguments without a kink at 0 inside; those that have one have an H of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import reduce
from typing import Any

from .domain import Task, pose, require, scope
from .expand import read_values
from .polynomial import Atom, Poly, freeze, plus
from .quotient import Ring, monomial
from .reader import expect_fields, expect_int, expect_list, expect_map, fraction, invalid, shorten
from .scalar import Scalar
from .statement import Identity

BRANCHES = {"gt": 1, "eq": 0, "lt": -1}
ALLOWED = {">": frozenset((1,)), ">=": frozenset((0, 1)), "=": frozenset((0,)), "!=": frozenset((-1, 1))}


class Split(Exception):  # noqa: N818 - a question, not an error
    """The sign of a kink's argument is needed and not known."""

    def __init__(self, scalar: int, argument: Poly, possible: frozenset[int]) -> None:
        super().__init__(scalar)
        self.scalar, self.argument, self.possible = scalar, argument, possible


@dataclass
class Cell:
    """One path of the tree: known signs in ``ring``, arguments that are 0 in ``zeros``, values found so far."""

    task: Task
    ring: Ring = field(default_factory=Ring)
    zeros: tuple[Poly, ...] = ()
    values: dict[int, Poly] = field(default_factory=dict)
    kinked: frozenset[int] = frozenset()  # scalars whose value here is not their value nearby, because a kink inside is at 0

    def value(self, root: int) -> Poly:
        """The scalar as a polynomial in atoms in this cell; raises Split when a kink's side is not known."""
        arena = self.task.arena
        for k in arena.below((root,)):
            if k not in self.values:
                item = arena.items[k]
                self.values[k] = self._value(k, item, [self.values[a] for a in item.of])
                if any(a in self.kinked for a in item.of):
                    self.kinked |= {k}
        return self.values[root]

    def _value(self, k: int, item: Scalar, of: list[Poly]) -> Poly:
        ring = self.ring
        match item.op:
            case "sym":
                return monomial(ring.atom(("sym", item.name), Atom(item.name)))
            case "num":
                return ring.number(item.by[0])
            case "+":
                return reduce(plus, of)
            case "*":
                return reduce(ring.product, of)
            case "^":
                return ring.power(of[0], item.by[0])
            case "exp":
                return ring.exp(of[0])
            case "pw":
                return self._kink(k, of[0], *item.by)
        return ring.opaque(item.op, of[0])

    def _kink(self, k: int, z: Poly, above: Fraction, below: Fraction, p: Fraction) -> Poly:
        ring, argument = self.ring, self.task.arena.items[k].of[0]
        possible = ring.possible(z)
        if len(possible) != 1:
            raise Split(argument, z, possible)
        if (sign := min(possible)) != 0:
            return ring.product(ring.number(above if sign > 0 else below), ring.power(z, p))
        self.kinked |= {k}
        if p:
            return ring.number(Fraction(0))
        shape, orientation = ring.oriented(z)
        own = not shape or argument in self.kinked
        text, orientation = (f"#{argument}", 1) if own else (ring.text(shape), orientation)
        free = monomial(ring.atom(("slope", argument if own else freeze(shape)), Atom(f"slope({text})")))
        step = free if orientation > 0 else plus(ring.number(Fraction(1)), free, -1)
        return plus(ring.number(below), ring.product(ring.number(above - below), step))

    def branch(self, split: Split, sign: int) -> Cell:
        """The sub-case where the argument has this sign; values are kept unless a root could now come out simpler."""
        ring = replace(self.ring, signs=dict(self.ring.signs))
        ring.assume(split.argument, (sign,))
        zeros = self.zeros if sign else (*self.zeros, self.ring.oriented(split.argument)[0])
        kept: dict[int, Poly] = {}
        for k, item in ((k, self.task.arena.items[k]) for k in sorted(self.values)):
            if all(a in kept for a in item.of) and not (item.op == "^" and item.by[0].denominator > 1):
                kept[k] = self.values[k]
        return Cell(self.task, ring, zeros, kept, self.kinked & kept.keys())

    def close(self) -> Case:
        """Differences and relations of this cell, when no sign is missing."""
        ring = self.ring
        sides = [(name, self.value(a), self.value(b)) for name, a, b in self.task.entries]
        differences = tuple((name, ring.numerator(plus(a, b, -1))) for name, a, b in sides)
        equations = tuple(ring.numerator(self.value(k)) for relation, k in self.task.where if relation == "=")
        return Case(ring, differences, (*self.zeros, *equations))


@dataclass(frozen=True)
class Case:
    """What a leaf of the tree has to show: every difference is 0 where all relations are."""

    ring: Ring
    differences: tuple[tuple[str, Poly], ...]
    relations: tuple[Poly, ...]

    def check(self, evidence: object, path: str) -> None:
        """Raise Invalid unless the evidence shows it, or shows that there is nothing to show."""
        if isinstance(evidence, dict) and "empty" in evidence:
            self._expect_empty(expect_fields(evidence, ("empty",))["empty"], path)
            return
        rows: list[list[Any]] = [[]] * len(self.differences)
        if evidence != "zero":
            ideal = expect_list(expect_fields(evidence, ("ideal",))["ideal"], len(self.differences))
            rows = [expect_list(row, len(self.relations)) for row in ideal]
        for (entry, rest), row in zip(self.differences, rows, strict=True):
            for cofactor, relation in zip(row, self.relations if row else (), strict=True):
                rest = plus(rest, self.ring.product(self.polynomial(cofactor), relation), -1)
            if self.ring.numerator(rest):
                raise invalid(f"leaf {path}: entry {entry}: difference is {shorten(self.ring.text(rest))} not 0")

    def facts(self) -> list[tuple[Poly, frozenset[int]]]:
        """Polynomials that are known not to be negative here, with the signs that they can have: 1, 0, or both."""
        turned = [(dict(p), -1 if -1 in signs else 1, signs) for p, signs in sorted(self.ring.signs.items()) if len(signs) < 3]
        return [(plus({}, p, t), frozenset(t * s for s in signs)) for p, t, signs in turned if not {-1, 1} <= signs]

    def _expect_empty(self, terms: object, path: str) -> None:
        """Positivstellensatz: coefficients > 0 times products of facts (of any sign where a factor is 0), one > 0, sum to 0."""
        facts, total, strict = self.facts(), Poly(), False
        for term in expect_list(terms):
            c, picks = expect_list(term, 2)
            chosen = [facts[expect_int(k, 0, len(facts) - 1)] for k in expect_list(picks)]
            zero = any(signs == {0} for _, signs in chosen)
            if fraction(c) <= 0 and not zero:
                raise invalid(f"leaf {path}: a coefficient is not positive")
            strict |= all(signs == {1} for _, signs in chosen)
            total = plus(total, reduce(self.ring.product, (p for p, _ in chosen), {(): fraction(c)}))
        if not strict or self.ring.numerator(total):
            raise invalid(f"leaf {path}: the case is not empty, what is left is {shorten(self.ring.text(total))}")

    def polynomial(self, obj: object) -> Poly:
        """A cofactor [["coefficient", {atom: power}], ...] in the atoms of this case."""
        out: Poly = {}
        for term in expect_list(obj):
            c, powers = expect_list(term, 2)
            part: Poly = {(): fraction(c)} if fraction(c) else {}
            for name, e in expect_map(powers).items():
                if name not in self.ring.names:
                    raise invalid(f"unknown atom {name[:80]!r}")
                part = self.ring.product(part, self.ring.raised(monomial(self.ring.names[name]), expect_int(e, 1, 10_000)))
            out = plus(out, part)
        return out


def walk(cell: Cell, tree: object, path: str, leaf: Callable[[Case, object, str], object]) -> object:
    """Follow the tree through every case; returns the tree with each leaf replaced by what ``leaf`` makes of it."""
    if not all(cell.ring.signs.values()):  # some argument can have no sign at all
        if tree not in (None, {}):
            raise invalid(f"leaf {path}: this case is empty; it is closed by {{}}")
        return {}
    try:
        case = cell.close()
    except Split as split:
        needed = [name for name, sign in BRANCHES.items() if sign in split.possible]
        if tree is not None and (not isinstance(tree, dict) or sorted(tree) != sorted(needed)):
            argument = cell.task.arena.text(split.scalar)
            raise invalid(f"leaf {path}: the sign of {argument} is not known here; branches {needed} are needed") from None
        parts = tree if isinstance(tree, dict) else dict.fromkeys(needed)
        return {name: walk(cell.branch(split, BRANCHES[name]), parts[name], f"{path}.{name}", leaf) for name in needed}
    return leaf(case, tree, path)


def start(task: Task) -> Cell:
    """The cell of the whole domain, with the signs of its relations as far as these can be evaluated without a split."""
    ring = Ring()
    for _ in range(2):  # twice, because signs help to find signs
        cell = Cell(task, ring)
        for relation, k in (*task.where, *task.defined):
            with suppress(Split):
                ring.assume(cell.value(k), ALLOWED[relation])
    return Cell(task, ring)


def grow(statement: Identity, leaf: Callable[[Case], object]) -> object:
    """A tree for the statement whose leaves are what ``leaf`` finds for each case; for those who look for evidence."""
    return walk(start(pose(statement)), None, "tree", lambda case, _tree, _path: leaf(case))


def verify(statement: Identity, evidence: dict[str, Any]) -> str:
    """Check the evidence; returns the scope (sizes and conditions)."""
    fields = expect_fields(evidence, ("kind", "tree", "point"))
    task = pose(statement)
    values = read_values(fields["point"], statement.graph, statement.sizes)
    require(task.arena, (*task.where, *task.defined), values)
    walk(start(task), fields["tree"], "tree", lambda case, tree, path: case.check(tree, path))
    return scope(task, statement.sizes)

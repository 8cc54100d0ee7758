"""Kind "cells": an identity or inequality at concrete sizes, by a complete case split over the signs of the kinks' arguments.

The checker expands the graph, forms every derivative itself and evaluates the differences of the two sides as polynomials in
atoms. Where a kink's argument could have several signs it asks the tree for one branch per possible sign, so no case can
be left out. What closes a leaf is said in case.py; a case in which an argument can have no sign at all is closed by {}.

At a kink of order 1 (argument 0) the slope is c- + (c+ - c-) H with H free: the identity is shown for every real H, so for
every slope between c- and c+. Arguments that are positive multiples of each other share H, opposite ones have H and 1 - H. That
is only said of arguments without a kink at 0 inside; those that have one have an H of their own.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import reduce
from typing import Any

from .case import Case
from .domain import Task, pose, require, scope
from .graph import Node, below
from .polynomial import Atom, Poly, freeze, plus
from .quotient import Ring, monomial
from .reader import expect_fields, invalid
from .scalar import read_values
from .statement import Identity

BRANCHES = {"gt": 1, "eq": 0, "lt": -1}
ALLOWED = {">": frozenset((1,)), ">=": frozenset((0, 1)), "=": frozenset((0,)), "!=": frozenset((-1, 1))}


class Split(Exception):  # noqa: N818 - a question, not an error
    """The sign of a kink's argument is needed and not known: its scalar, what it is in the cell, and its possible signs."""


@dataclass
class Cell:
    """One path of the tree: known signs in ``ring``, values found so far."""

    task: Task
    ring: Ring = field(default_factory=Ring)
    values: dict[int, Poly] = field(default_factory=dict)
    kinked: frozenset[int] = frozenset()  # scalars whose value here is not their value nearby, because a kink inside is at 0

    def value(self, root: int) -> Poly:
        """The scalar as a polynomial in atoms in this cell; raises Split when a kink's side is not known."""
        arena = self.task.arena
        for k in below(arena.items, (root,)):
            if k not in self.values:
                item = arena.items[k]
                self.values[k] = self._value(k, item, [self.values[a] for a in item.of])
                if any(a in self.kinked for a in item.of):
                    self.kinked |= {k}
        return self.values[root]

    def _value(self, k: int, item: Node, of: list[Poly]) -> Poly:
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

    def branch(self, argument: Poly, sign: int) -> "Cell":
        """The sub-case where the argument has this sign; values are kept unless a root could now come out simpler."""
        ring = replace(self.ring, signs=dict(self.ring.signs))
        ring.assume(argument, (sign,))
        kept: dict[int, Poly] = {}
        for k, item in ((k, self.task.arena.items[k]) for k in sorted(self.values)):
            if all(a in kept for a in item.of) and not (item.op == "^" and item.by[0].denominator > 1):
                kept[k] = self.values[k]
        return Cell(self.task, ring, kept, self.kinked & kept.keys())

    def close(self) -> Case:
        """What is to be shown in this cell, when no sign is missing; raises Split without a sign when the cell is empty."""
        ring = self.ring
        self._expect_possible()
        sides = [(name, plus(self.value(a), self.value(b), -1)) for name, a, b in self.task.entries]
        for relation, k in self.task.where:  # with a kink inside they have signs only now
            ring.assume(self.value(k), ALLOWED[relation])
        self._expect_possible()
        equation = self.task.relation == "="
        polynomials = [ring.numerator(v) if equation else plus({}, *ring.oriented(v)) for _, v in sides]
        return Case(ring, tuple(zip((name for name, _ in sides), polynomials, strict=True)), equation)

    def _expect_possible(self) -> None:
        if not all(self.ring.signs.values()):  # some polynomial can have no sign at all
            raise Split(0, {}, frozenset())


def walk(cell: Cell, tree: object, path: str, leaf: Callable[[Case, object, str], object]) -> object:
    """Follow the tree through every case; returns the tree with each leaf replaced by what ``leaf`` makes of it."""
    try:
        case = cell.close()
    except Split as split:
        scalar, argument, possible = split.args
        needed = [name for name, sign in BRANCHES.items() if sign in possible]
        if tree is not None and (not isinstance(tree, dict) or sorted(tree) != sorted(needed)):
            asked = f"the sign of {cell.task.arena.text(scalar)} is not known here; branches {needed} are needed"
            raise invalid(f"leaf {path}: {asked if needed else 'this case is empty; it is closed by {}'}") from None
        parts = tree if isinstance(tree, dict) else dict.fromkeys(needed)
        return {name: walk(cell.branch(argument, BRANCHES[name]), parts[name], f"{path}.{name}", leaf) for name in needed}
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


def verify(statement: Identity, evidence: dict[str, Any]) -> tuple[str, str]:
    """Check the evidence; the scope is sizes and conditions."""
    fields = expect_fields(evidence, ("kind", "tree", "point"))
    task = pose(statement)
    values = read_values(fields["point"], statement.graph.leaves, statement.sizes)
    require(task.arena, (*task.where, *task.defined), values)
    walk(start(task), fields["tree"], "tree", lambda case, tree, path: case.check(tree, path))
    return "proved", scope(task, statement.sizes)

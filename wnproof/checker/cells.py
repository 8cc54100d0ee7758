"""Kind "cells": an identity or inequality at concrete sizes, by a complete case split over the signs of the kinks' arguments.

The checker expands the graph, forms every derivative itself and evaluates the differences of the two sides as polynomials in
atoms. Where a kink's argument could have several signs it asks the tree for one branch per possible sign, so no case can
be left out. What closes a leaf is said in case.py; a case in which an argument can have no sign at all is closed by {}.

At a kink of order 1 (argument 0) the slope is c- + (c+ - c-) H, for every real H. Arguments that are positive multiples of each
other share H, opposite ones have H and 1 - H; those with a kink at 0 inside have an H of their own.

Kind "vector": what cells show at one size of an axis holds at every size, when the axis is only used rotation-invariantly.
Leaves are vectors along the axis (one for each index of their other axes), maps are linear in one vector, and the axis is summed
in inner products of two. Then both sides commute with every rotation of the axis, and so does the gradient of a scalar, which is
in the span of the vectors. Shown at size d, with k <= d vectors: dimension n < d is the case of vectors with last entries 0; for
n > d a rotation turns the span into the first d coordinates, where both sides are those of size d; in the others both are 0.
Where sides carry the axis, left >= right is left = right, because a reflection turns the sign of an entry.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import reduce
from math import prod
from typing import Any

from .case import Case
from .domain import Task, pose, require, scope
from .gauge import covariant
from .graph import Node, below
from .polynomial import ONE, Poly, freeze, monomial, plus
from .quotient import Atom, Ring
from .reader import expect_fields, expect_list, expect_map, expect_name, invalid
from .scalar import read_values
from .statement import ALLOWED, Identity

BRANCHES = {"gt": 1, "eq": 0, "lt": -1}


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
            case "sym" | "num":
                return plus({}, ONE, item.by[0]) if item.by else monomial(ring.atom(("sym", item.name), Atom(item.name)))
            case "+" | "*":
                return reduce(plus if item.op == "+" else ring.product, of)
            case "^":
                return ring.power(of[0], item.by[0])
            case "pw":
                return self._kink(k, of[0], *item.by)
        return ring.transcendental(item.op, of[0])

    def _kink(self, k: int, z: Poly, above: Fraction, below: Fraction, p: Fraction) -> Poly:
        ring, argument = self.ring, self.task.arena.items[k].of[0]
        possible = ring.possible(z)
        if len(possible) != 1:
            raise Split(argument, z, possible)
        if (sign := min(possible)) != 0:
            return ring.product(plus({}, ONE, above if sign > 0 else below), ring.power(z, p))
        self.kinked |= {k}
        if p:
            return Poly()
        shape, orientation = ring.oriented(z)
        own = not shape or argument in self.kinked
        text, orientation = (f"#{argument}", 1) if own else (ring.text(shape), orientation)
        free = monomial(ring.atom(("slope", argument if own else freeze(shape)), Atom(f"slope({text})")))
        step = free if orientation > 0 else plus(ONE, free, -1)
        return plus(plus({}, ONE, below), ring.product(plus({}, ONE, above - below), step))

    def branch(self, argument: Poly, sign: int) -> "Cell":
        """The sub-case where the argument has this sign."""
        ring = replace(self.ring, signs=dict(self.ring.signs))
        ring.assume(argument, (sign,))
        return Cell(self.task, ring)

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
    values = read_values(fields["point"], statement.graph, statement.sizes)
    require(task.arena, (*task.where, *task.defined), values)
    walk(start(task), fields["tree"], "tree", lambda case, tree, path: case.check(tree, path))
    return "proved", scope(task, statement.sizes)


def every_size(statement: Identity, evidence: dict[str, Any]) -> tuple[str, str]:
    """Check the evidence; the scope is any size of the named axes."""
    fields = expect_fields(evidence, ("kind", "axes", "of"))
    axes = [expect_name(axis) for axis in expect_list(fields["axes"])]
    graph, sizes, inner = statement.graph, statement.sizes, expect_map(fields["of"])
    if not axes or len(set(axes)) != len(axes) or not set(axes) <= set(sizes) or inner.get("kind") != "cells":
        raise invalid(f"axes {axes}: at least one axis of the statement, each once, and cells at one size")
    for axis in axes:
        vectors = {leaf: own for leaf, own in graph.leaves.items() if axis in own}
        many = [leaf for leaf, own in vectors.items() if set(own) & set(axes) != {axis}]
        if many or any(axis in graph.nodes[k].axes for _, k in statement.where):
            raise invalid(f"leaf {many[:1]} is no family of vectors along {axis}, or a relation is about single entries along it")
        covariant(graph, statement.roots, axis, dict.fromkeys(vectors, 1), (1, 1))
        if (count := sum(prod(sizes[a] for a in own if a != axis) for own in vectors.values())) > sizes[axis]:
            raise invalid(f"{count} vectors along {axis} need size {count} at least, it is {sizes[axis]}")
    return "proved", f"any {', '.join(axes)}, shown {verify(statement, inner)[1]}"

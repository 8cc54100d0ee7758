"""Cell evidence: the sign tree of an identity or inequality, with what closes each of its cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain, count
from typing import Any

from wnproof.checker.case import Case
from wnproof.checker.cells import Split, start, walk
from wnproof.checker.domain import pose
from wnproof.checker.reader import Invalid
from wnproof.checker.statement import ALLOWED, Identity, parse
from wnproof.prove.contradiction import contradiction
from wnproof.prove.inside import inside_points
from wnproof.prove.leaf import leaf_evidence
from wnproof.prove.squares import no_point
from wnproof.prove.witness import point_evidence

Json = dict[str, Any]
Evidence = dict[str, Any]
CASE_LIMIT = 20_000


class _TooManyCases(Exception):  # noqa: N818 - a limit, not a mistake
    """The tree has more leaves than anyone would want to check, or one that stays open."""


def grow(statement: Identity, leaf: Callable[[Case], object]) -> object:
    """A tree for the statement whose leaves are what ``leaf`` finds for each case."""
    return walk(start(pose(statement)), None, "tree", lambda case, _tree, _path: leaf(case))


def cell_evidence(statement: Json, open_cases: list[Case]) -> Iterator[Evidence]:
    """The tree of the encoded statement with every leaf closed, beside candidate points of its domain.

    Nothing comes when a leaf stays open (its case goes to ``open_cases``), and nothing beyond the limits (``CASE_LIMIT``
    leaves, the checker's bounds on products). The tree is grown with the checker's own arithmetic: evidence needs no
    trust, and one arithmetic is enough to find it.
    """
    parsed = parse(statement)
    assert isinstance(parsed, Identity)
    leaves = count()
    closed: list[Case] = []

    def close(case: Case) -> object:
        if next(leaves) >= CASE_LIMIT:
            raise _TooManyCases
        leaf = leaf_evidence(case, thorough=not open_cases)
        if leaf is None:
            open_cases.append(case)
        elif not (isinstance(leaf, dict) and "empty" in leaf):
            closed.append(case)
        return leaf

    try:
        tree = grow(parsed, close)
    except (_TooManyCases, Invalid):
        return
    if not open_cases:
        for point in chain((point for _, point in point_evidence(statement)), inside_points(statement, closed)):
            yield {"kind": "cells", "tree": tree, "point": point}


def is_vacuous(statement: Json) -> bool:
    """Whether the encoded identity's domain is shown to be empty: in every case the signs of its relations, and of what must be
    positive or not 0 for both sides to be defined, contradict each other.

    False when that is not shown, which does not mean that the domain has a point.
    """
    parsed = parse(statement)
    assert isinstance(parsed, Identity)
    leaves = count()
    with suppress(Split, Invalid):  # a sign that follows from the others is not among the facts of a case
        whole = start(pose(parsed))
        if any(
            not whole.ring.possible(whole.value(k)) & ALLOWED[relation]
            for relation, k in (*whole.task.where, *whole.task.defined)
        ):
            return True

    def close(case: Case) -> object:
        leaf = (contradiction(case) or no_point(case)) if next(leaves) < CASE_LIMIT else None
        if leaf is None:
            raise _TooManyCases
        return leaf

    try:
        grow(parsed, close)
    except (_TooManyCases, Invalid):
        return False
    return True

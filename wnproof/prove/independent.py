"""How many conservation laws are independent: the exact rank of their gradients at a seeded point."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from flint import fmpq, fmpq_mat
from numpy.typing import NDArray

from wnproof.graph.nodes import leaves
from wnproof.graph.statement import Conserved, ConservedMatrix

ObjectArray = NDArray[np.object_]


def independent(laws: Sequence[Conserved], sizes: Mapping[str, int]) -> int:
    """The number of linearly independent gradients among the entries of all laws of one flow, at a point of small integers.

    The entries are polynomials, so they are independent almost everywhere: a law with an axis is one per index, a matrix one per
    pair of indices. Exact: the rank is taken over Q.

    >>> from wnproof.graph.nodes import contract, leaf
    >>> u, v, X = leaf("u", ("k",)), leaf("v", ("k",)), leaf("X", ("i",))
    >>> law = Conserved(contract((u, v, X), ("i",)), ("u", "v"), "k", {"u": Fraction(1), "v": Fraction(-1)})
    >>> independent([law], {"k": 3, "i": 1}), independent([law, law], {"k": 3, "i": 1})
    (3, 3)
    """
    if not laws:
        return 0
    axes = {leaf.name: leaf.axes for leaf in leaves(laws[0].function) if leaf.name in laws[0].trained}
    rng = random.Random(0)
    point = {name: _drawn(tuple(sizes[a] for a in own), rng) for name, own in sorted(axes.items())}
    rows = [row for law in laws for row in _gradients(law, axes, point, sizes)]
    return int(fmpq_mat(rows).rank())


def _drawn(shape: tuple[int, ...], rng: random.Random) -> ObjectArray:
    values = np.empty(shape, dtype=object)
    for index in np.ndindex(*shape):
        values[index] = rng.choice((-1, 1)) * rng.randint(1, 99)
    return values


def _gradients(
    law: Conserved, axes: Mapping[str, tuple[str, ...]], point: Mapping[str, ObjectArray], sizes: Mapping[str, int]
) -> Iterator[list[Any]]:
    """One row of P numbers per entry of the law."""
    along = range(sizes[law.axis]) if law.axis is not None else range(1)
    for j, k in combinations_with_replacement(along, 2) if isinstance(law, ConservedMatrix) else zip(along, along, strict=True):
        gradient = {name: np.full(x.shape, Fraction(0), dtype=object) for name, x in point.items()}
        for table, square in ((law.squares, True), (law.linear, False)):
            for name, q in table.items():
                own, other = (_slice(axes[name], law.axis, at) for at in (j, k))
                gradient[name][own] += q * (point[name][other] if square else 1)
                if square:
                    gradient[name][other] += q * point[name][own]
        yield [fmpq(x.numerator, x.denominator) for g in gradient.values() for x in g.ravel()]


def _slice(axes: tuple[str, ...], axis: str | None, at: int) -> tuple[Any, ...]:
    """The entries with this index of the axis; all of them without one."""
    return tuple(at if a == axis else slice(None) for a in axes)

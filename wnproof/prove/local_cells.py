"""The local cells of the kinks at a point: which sides occur together, to first order, and the gradient on each.

Everything is exact: linear programs over the rationals find a direction that moves every argument to its side, or Farkas' weights
that show that there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from wnproof.checker.clarke import Form, Germ, dot
from wnproof.prove.simplex import feasible

Vector = dict[str, Fraction]


@dataclass(frozen=True)
class Cell:
    """Sides of the kinks (1 or -1, inner kinks first), and a direction that moves every argument to its side."""

    sides: tuple[int, ...]
    direction: Vector


def cells(near: Germ, names: list[str], limit: int) -> list[Cell] | None:
    """Every assignment of sides that some direction realizes to first order, or None when there are more than the limit.

    A kink whose argument has no gradient on the sides of inner kinks changes nothing there, and gets the side 1.
    """
    found: list[tuple[dict[int, int], list[Form], Vector]] = [({}, [], dict.fromkeys(names, Fraction(0)))]
    for k in near.slopes:
        longer = []
        for sides, rows, v in found:
            argument = resolved(near, sides)[k]
            if not argument:
                longer.append(({**sides, k: 1}, rows, v))
                continue
            for side in (1, -1):
                row = {e: side * c for e, c in argument.items()}
                moved = v if dot(row, v) > 0 else inside([*rows, row], names)
                if isinstance(moved, dict):
                    longer.append(({**sides, k: side}, [*rows, row], moved))
        found = longer
        if len(found) > limit:
            return None
    return [Cell(tuple(sides.values()), v) for sides, _, v in found]


def resolved(near: Germ, sides: Mapping[int, int]) -> dict[int, Form]:
    """The arguments of the kinks, and the function under F, with these sides put in; kinks without one are on their left."""
    return near.along(lambda k, _: near.slopes[k][sides.get(k, -1) < 0])


def inside(rows: list[Form], names: list[str]) -> Vector | list[Fraction]:
    """A direction in which every form is positive, or the weights of Farkas' lemma: a positive mean of the forms is 0."""
    columns = [[*(row.get(e, Fraction(0)) for e in names), Fraction(1)] for row in rows]
    weights, y = feasible(columns, [*(Fraction(0) for _ in names), Fraction(1)])
    return weights if weights is not None else {e: -c for e, c in zip(names, y, strict=False)}

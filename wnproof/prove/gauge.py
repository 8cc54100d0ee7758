"""Gauge evidence: the weights of leaves that make a statement about all widths typecheck."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, islice
from typing import Any

from wnproof.graph.statement import Conserved, ConservedMatrix, Homogeneous, HomogeneousAnyDepth, Shares, text
from wnproof.graph.weights import GLOBAL
from wnproof.prove.witness import axes_of, point_evidence

Json = dict[str, Any]
Evidence = dict[str, Any]
POINTS = 12  # a false typing is rejected with each of them, so they are few


def gauge_evidence(statement: Homogeneous | HomogeneousAnyDepth | Conserved | Shares, encoded: Json) -> Iterator[Evidence]:
    """The one typing the statement allows, Noether's symmetry of the quantity or the scaling itself, beside candidate points
    at which the function may be defined.

    Scaling a leaf by c^w contributes w |leaf|^2 to the conserved quantity, shifting it by s log c contributes 2 s sum(leaf).

    >>> from wnproof.graph.nodes import leaf
    >>> linear = Homogeneous(leaf("w"), {"w": Fraction(1)}, Fraction(1))
    >>> next(gauge_evidence(linear, linear.encode()))
    {'kind': 'gauge', 'weights': {'w': {'t': '1'}}, 'shifts': {}, 'sizes': {}, 'values': {'w': '2'}}
    """
    weights: dict[str, dict[str, str]] = {}
    shifts: dict[str, dict[str, str]] = {}
    if isinstance(statement, Homogeneous | HomogeneousAnyDepth):
        weights = {name: {GLOBAL: text(weight)} for name, weight in statement.scaled.items()}
    elif isinstance(statement, Conserved) and not isinstance(statement, ConservedMatrix):  # whose types the checker finds
        generator = statement.axis or GLOBAL
        weights = {name: {generator: text(q)} for name, q in statement.squares.items()}
        shifts = {name: {generator: text(Fraction(q) / 2)} for name, q in statement.linear.items()}
    single = {**encoded, "sizes": dict.fromkeys(axes_of(encoded), 1)}  # a point of size 1 is checked at once, if it has a value
    for sizes, values in chain(islice(point_evidence(single), 2), islice(point_evidence(encoded), POINTS)):
        yield {"kind": "gauge", "weights": weights, "shifts": shifts, "sizes": sizes, "values": values}

"""Gauge evidence: a law of all widths is shown by its own typing, beside a point at which it says something."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from wnproof.prove.witness import axes_of, point_evidence

Json = dict[str, Any]
POINTS = 12  # a false typing is rejected with each of them, so they are few


def gauge_evidence(encoded: Json) -> Iterator[Json]:
    """Candidate points at which an encoded law's function may be defined; the typing follows from the law.

    >>> from fractions import Fraction
    >>> from wnproof.graph.nodes import leaf
    >>> from wnproof.graph.statement import Homogeneous
    >>> linear = Homogeneous(leaf("w"), {"w": Fraction(1)}, Fraction(1))
    >>> next(gauge_evidence(linear.encode()))
    {'kind': 'gauge', 'sizes': {}, 'values': {'w': '2'}}
    """
    single = {**encoded, "sizes": dict.fromkeys(axes_of(encoded), 1)}  # a point of size 1 is checked at once, if it has a value
    for sizes, values in chain(islice(point_evidence(single), 2), islice(point_evidence(encoded), POINTS)):
        yield {"kind": "gauge", "sizes": sizes, "values": values}

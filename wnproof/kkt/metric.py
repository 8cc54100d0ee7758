"""The lines of a neuron in floating point, with bounds: rows of length 1, slopes scaled to at most 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wnproof.kkt.circle import Line
from wnproof.kkt.flag import UNIT, unit_rows
from wnproof.kkt.points import Notion

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Metric:
    """``unit`` (n, d); slopes ``right``, ``left`` of the rows at length 1 and the ends ``low``, ``high`` on their kinks, (n,)
    each; ``both = (right + left) unit``.

    ``error`` bounds the error of any sum of slopes times rows, and of its products with rows: at most 4 n sums and 8 d + 60
    further roundings, in units of the sum of all slopes' moduli.
    """

    unit: Floats
    right: Floats
    left: Floats
    low: Floats
    high: Floats
    both: Floats
    error: float


def metric_of(lines: Sequence[Line], notion: Notion) -> Metric:
    """From exact lines of any size, each slope off by at most four roundings."""
    squares = [sum(e * e for e in line.normal) for line in lines]
    four = [(line.right, line.left, *line.interval(notion)) for line in lines]
    largest = max(value * value * square for values, square in zip(four, squares, strict=True) for value in values) or 1
    slopes = np.array(
        [
            [((v > 0) - (v < 0)) * math.sqrt(v * v * square / largest) for v in values]
            for values, square in zip(four, squares, strict=True)
        ]
    )
    unit = unit_rows(np.array([line.normal for line in lines], dtype=object))
    n, d = unit.shape
    error = (4 * n + 8 * d + 60) * UNIT * math.sqrt(d) * float(np.abs(slopes[:, :2]).sum())
    right, left, low, high = slopes.T.copy()
    return Metric(unit, right, left, low, high, (right + left)[:, None] * unit, error)

"""What ascents end in: labels that are honest about what did not converge, and the values beside those of a list."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wnproof.kkt.points import KKTSet

FloatArray = NDArray[np.float64]
Counted = tuple[float, int]
SAME_VALUE = 1e-6  # relative to the largest


class End(enum.Enum):
    """Where an ascent ended; only the first two are KKT points, to rounding."""

    SMOOTH = "smooth"
    KINK = "kink"
    UNCONVERGED = "unconverged"


@dataclass(frozen=True, eq=False)
class Ends:
    """What ascents from random starts ended in, in floating point.

    Attributes:
        u: unit vectors (P, E).
        values: N there (E,).
        residuals: lengths (E,) of the tangential gradient at smooth points, else of the shortest vector in the hull of those
            within 1e-7; relative to the largest gradient at a start.
        labels: SMOOTH, KINK or UNCONVERGED for each.
        seed: of the starts.
    """

    u: FloatArray
    values: FloatArray
    residuals: FloatArray
    labels: tuple[End, ...]
    seed: int

    def __len__(self) -> int:
        return len(self.values)

    def where(self, label: End) -> NDArray[np.intp]:
        """Numbers of the starts with this label."""
        return np.flatnonzero([found is label for found in self.labels])

    def distinct(self, label: End) -> tuple[Counted, ...]:
        """The values with this label, largest first, and how many starts ended in each."""
        values = np.sort(self.values[self.where(label)])[::-1]
        if not len(values):
            return ()
        apart = np.flatnonzero(-np.diff(values) > SAME_VALUE * np.abs(self.values).max()) + 1
        return tuple((float(np.median(group)), len(group)) for group in np.split(values, apart))

    def against(self, listed: KKTSet) -> Reached:
        """The values beside those of a list."""
        values = sorted({entry.value for entry in (*listed, *listed.families)}, reverse=True)
        tolerance = SAME_VALUE * max((abs(v) for v in (*values, *self.values)), default=1.0)

        def split(label: End) -> tuple[tuple[Counted, ...], tuple[Counted, ...]]:
            known: list[Counted] = []
            new: list[Counted] = []
            for value, count in self.distinct(label):
                if abs(value) > tolerance:
                    (known if any(abs(value - v) <= tolerance for v in values) else new).append((value, count))
            return tuple(known), tuple(new)

        (smooth, smooth_new), (kinks, kinks_new) = split(End.SMOOTH), split(End.KINK)
        missed: list[float] = []
        for value in values:
            if value > tolerance and all(abs(value - v) > tolerance for v in (*missed, *(v for v, _ in (*smooth, *kinks)))):
                missed.append(value)
        zero = sum(count for label in (End.SMOOTH, End.KINK) for v, count in self.distinct(label) if abs(v) <= tolerance)
        return Reached(self, smooth, smooth_new, kinks, kinks_new, tuple(missed), zero)


@dataclass(frozen=True, eq=False)
class Reached:
    """Ends of ascents beside a list: (value, starts) with and without an entry of that value, and listed values never reached.

    Attributes:
        smooth, smooth_new: values of smooth ends that are listed, that are not.
        kinks, kinks_new: values of ends on kinks.
        missed: positive values of the list that no ascent ended in.
        zero: starts that ended where N = 0.
    """

    ends: Ends
    smooth: tuple[Counted, ...]
    smooth_new: tuple[Counted, ...]
    kinks: tuple[Counted, ...]
    kinks_new: tuple[Counted, ...]
    missed: tuple[float, ...]
    zero: int

    @property
    def text(self) -> str:
        """A few lines."""

        def written(pairs: Sequence[Counted]) -> str:
            return ", ".join(f"{value:.7g} ({count})" for value, count in pairs) or "none"

        lost = len(self.ends.where(End.UNCONVERGED))
        return "\n".join(
            [
                f"{len(self.ends)} starts, {lost} unconverged, {self.zero} with N = 0, seed {self.ends.seed}; values (starts)",
                f"smooth, listed: {written(self.smooth)}; not listed: {written(self.smooth_new)}",
                f"on kinks, listed: {written(self.kinks)}; not listed: {written(self.kinks_new)}",
                f"listed, not reached: {', '.join(f'{value:.7g}' for value in self.missed) or 'none'}",
            ]
        )

    def __repr__(self) -> str:
        return self.text

"""Fractions of random starts, with the intervals that their number allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scipy.stats import binomtest

from wnproof.kkt.family import Family
from wnproof.kkt.points import Kind, KKTPoint

CONFIDENCE = 0.95


@dataclass(frozen=True, eq=False)
class Share:
    """How many of independent starts arrived at one entry of a list of KKT points.

    Attributes:
        entry: the point or family.
        count, of: so many of so many.
        low, high: the exact (Clopper and Pearson) 95 % confidence interval of the probability.
    """

    entry: KKTPoint | Family
    count: int
    of: int
    low: float
    high: float

    @property
    def fraction(self) -> float:
        """count / of."""
        return self.count / self.of

    @property
    def text(self) -> str:
        """The fraction and its interval."""
        return f"{self.fraction:.3f} [{self.low:.3f}, {self.high:.3f}]"

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"value": self.entry.value, "count": self.count, "of": self.of, "interval": [self.low, self.high]}

    def __repr__(self) -> str:
        return f"{self.text} at value {self.entry.value:.10g} ({self.entry.kind.value}), {self.count} of {self.of}"


def attracts(entry: KKTPoint | Family) -> bool | None:
    """Whether an open set of starts flows to the entry under u' = grad N(u) on the sphere: to maxima, to no saddle or minimum.

    None where the kind leaves it open: a set on which N is constant all around holds its own starts and may attract others.
    """
    return {Kind.MAXIMUM: True, Kind.SADDLE: False, Kind.MINIMUM: False}.get(entry.kind)


def shares(entries: Sequence[KKTPoint | Family], counts: Sequence[int], of: int) -> tuple[Share, ...]:
    """A share for every entry."""
    found = []
    for entry, count in zip(entries, counts, strict=True):
        interval = binomtest(count, of).proportion_ci(CONFIDENCE, method="exact")
        found.append(Share(entry, count, of, float(interval.low), float(interval.high)))
    return tuple(found)

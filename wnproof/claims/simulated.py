"""Simulated statements: a run agrees with a prediction AND tells it apart from its wrong variants. At most supported,
never more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from wnproof.verdict import Verdict, supported, undecided


class Run(Protocol):
    """What was measured: a number with its uncertainty, and how it was measured."""

    @property
    def text(self) -> str:
        """What was run: network, data, seeds, tolerances."""
        ...

    @property
    def estimate(self) -> float:
        """The measured number."""
        ...

    @property
    def uncertainty(self) -> float:
        """A bound on what resolution and integration can have changed in it."""
        ...

    @property
    def runs(self) -> int:
        """Number of runs it rests on."""
        ...

    @property
    def failure(self) -> str:
        """Why the run cannot be used; empty when it can."""
        ...


@dataclass(frozen=True)
class Measured:
    """A number that was measured at once: how, what came out, how far off it may be, and the runs it rests on."""

    text: str
    estimate: float
    uncertainty: float
    runs: int = 1
    failure: str = ""


@dataclass(frozen=True)
class Simulated:
    """The measured number is ``value`` within ``tolerance``, and each of ``rejects`` is outside it by the same run."""

    run: Run
    value: float
    tolerance: float
    rejects: tuple[float, ...]
    what: str

    def rejections(self) -> list[tuple[str, bool]]:
        """Every wrong variant, and whether the run excludes it."""
        margin = self.tolerance + self.run.uncertainty
        return [
            (f"{self.what} {wrong:g}", not self.run.failure and bool(abs(self.run.estimate - wrong) > margin))
            for wrong in self.rejects
        ]

    def decide(self) -> Verdict:
        """Supported when the run is sound, agrees with the value and rejects every wrong variant; undecided otherwise."""
        statement = f"{self.what} is {self.value:g} ({self.run.text})"
        if self.run.failure:
            return undecided(statement, self.run.failure)
        measured = f"measured {self.run.estimate:.4g}, uncertainty {self.run.uncertainty:.1g}, tolerance {self.tolerance:g}"
        if abs(self.run.estimate - self.value) > self.tolerance + self.run.uncertainty:
            return undecided(statement, f"evidence-against: {measured}")
        missed = [name for name, caught in self.rejections() if not caught]
        if missed or not self.rejects:
            return undecided(statement, f"the run does not tell it apart from {missed or 'any other value'}: {measured}")
        return supported(statement, f"{self.run.runs} runs", self.run.runs, measured)


def rate(run: Run, exponent: float, rejects: Sequence[float], tolerance: float = 0.1) -> Simulated:
    """The measured exponent is this one; ``rejects`` are wrong exponents that the same run must exclude."""
    return Simulated(run, exponent, tolerance, tuple(rejects), "exponent")


def near(run: Run, value: float, tolerance: float, rejects: Sequence[float]) -> Simulated:
    """The measured number is this one within the tolerance; ``rejects`` are wrong values that the same run must exclude."""
    return Simulated(run, value, tolerance, tuple(rejects), "value")

"""What a simulated claim measures: a number, how far off it may be, and the runs it rests on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from wnproof.model.dataset import Dataset
from wnproof.model.losses import Loss
from wnproof.model.network import Network


class Measurement:
    """One run, and nothing that stops it, unless a subclass says otherwise."""

    @property
    def runs(self) -> int:
        """How many runs it rests on."""
        return 1

    @property
    def failure(self) -> str:
        """Why it cannot be used; empty when it can."""
        return ""


class Exponents(Measurement, ABC):
    """The exponent of a power law: the last of those that successive scales give, which moves by what it still moved there."""

    @property
    @abstractmethod
    def exponents(self) -> NDArray[np.float64]:
        """At least two, early and late."""

    @property
    def estimate(self) -> float:
        """The last exponent."""
        return float(self.exponents[-1])

    @property
    def uncertainty(self) -> float:
        """How much it differs from the one before."""
        return float(abs(self.exponents[-1] - self.exponents[-2]))


class ErrorExponents(Exponents):
    """How an error of networks vanishes with the scale of their start: measured once, or the reason why it was not."""

    net: Network
    data: Dataset
    loss: Loss
    seed: int
    deltas: tuple[float, ...]

    @property
    def text(self) -> str:
        """What was run."""
        scales = f"delta {self.deltas[0]:g} .. {self.deltas[-1]:g}"
        return f"{self.net} on {self.data}, {self.loss.convention}, seed {self.seed}, {scales}"

    @property
    def runs(self) -> int:
        """One per scale, and the limit flow."""
        return len(self.deltas) + 1

    @cached_property
    @abstractmethod
    def _measured(self) -> tuple[NDArray[np.float64], str]:
        """An error for each scale, and why they cannot be used, empty when they can."""

    @property
    def errors(self) -> NDArray[np.float64]:
        """The measured errors, one per scale."""
        return self._measured[0]

    @property
    def failure(self) -> str:
        """Why the runs cannot be used; empty when they can."""
        return self._measured[1]

    @property
    def exponents(self) -> NDArray[np.float64]:
        """Successive log-ratios of error against delta."""
        return np.asarray(np.diff(np.log(self.errors)) / np.diff(np.log(self.deltas)))

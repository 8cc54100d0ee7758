"""A target turns a plan into text, and the text into a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from wnproof.kernels.plan import Plan


class Choice(Protocol):
    """What a kernel is asked to be: a target, or ``Fastest()``, which picks one for the program."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """What the kernel computes in."""

    def chosen(self, plan: Plan) -> tuple[Target, str]:
        """The target for this program, and why."""


class Target(Choice, Protocol):
    """The language of a kernel: ``NumPy()`` or ``Numba()``."""

    def samples_at_once(self, plan: Plan) -> int | None:
        """How many samples to take at a time; None for all of them."""

    def source(self, plan: Plan) -> str:
        """The text of a module with one function ``make(data arrays...)`` that returns the kernel."""

    def make(self, source: str) -> Callable[..., Any]:
        """The ``make`` of that text."""

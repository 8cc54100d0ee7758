"""The NumPy target: a plan as one page of straight-line NumPy, and the function that the page makes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from wnproof.errors import WnproofError
from wnproof.kernels.blocks import SAMPLES
from wnproof.kernels.page import Page
from wnproof.kernels.plan import Plan
from wnproof.kernels.target import Target

LARGE, NEAR = 1 << 20, 1 << 18  # entries of the largest array: from where blocks pay, and what they are cut down to


@dataclass(frozen=True)
class NumPy:
    """Straight-line NumPy code.

    Args:
        dtype: numpy.float64 or numpy.float32.
        block: how many samples to take at a time, where the terms of the samples are added up; when left out, all of them, or as
            many as stay near the cache when an array of neurons and samples would have more than a million entries.

    Raises: WnproofError E-VALUE for another dtype, or a block that is no positive integer.

    >>> NumPy(np.float32), NumPy(block=1000)
    (NumPy(dtype=float32), NumPy(dtype=float64, block=1000))
    """

    dtype: Any = np.float64
    block: int | None = None

    def __post_init__(self) -> None:
        dtype = np.dtype(self.dtype)
        if dtype not in (np.dtype(np.float64), np.dtype(np.float32)):
            raise WnproofError("E-VALUE", f"there is no NumPy kernel in {dtype}", help="use numpy.float64 or numpy.float32")
        object.__setattr__(self, "dtype", dtype)
        if self.block is not None and (not isinstance(self.block, int) or isinstance(self.block, bool) or self.block < 1):
            raise WnproofError("E-VALUE", f"block is {self.block!r}", help="give a number of samples, at least 1")

    def chosen(self, plan: Plan) -> tuple[Target, str]:  # noqa: ARG002  whatever the program is
        """This one."""
        return self, "asked for"

    def samples_at_once(self, plan: Plan) -> int | None:
        """How many samples to take at a time; None for all of them."""
        if self.block is not None:
            return self.block
        largest = max((math.prod(plan.shape(v.axes)) for v in plan.steps if SAMPLES in v.axes), default=0)
        return None if largest <= LARGE else max(1, NEAR * plan.sizes[SAMPLES] // largest)

    def source(self, plan: Plan) -> str:
        """The text of a module with one function ``make(data arrays...)`` that returns the kernel."""
        return Page(plan, str(self.dtype)).text()

    def make(self, source: str) -> Callable[..., Any]:
        """The module's ``make``."""
        return make_from(source)

    def __repr__(self) -> str:
        return f"NumPy(dtype={self.dtype}{'' if self.block is None else f', block={self.block}'})"


def make_from(source: str) -> Callable[..., Any]:
    """The ``make`` of a module of our own making."""
    namespace: dict[str, Any] = {"__name__": "wnproof_kernel"}
    exec(compile(source, "<wnproof kernel>", "exec"), namespace)  # noqa: S102  text made by this package from checked names and numbers only
    make: Callable[..., Any] = namespace["make"]
    return make

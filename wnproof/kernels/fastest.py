"""The target that picks one: compiled loops where they pay, NumPy's BLAS where they would only cost the time to compile."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wnproof.kernels.numba_target import ABSENT, Numba, available
from wnproof.kernels.numpy_target import NumPy
from wnproof.kernels.plan import Plan
from wnproof.kernels.target import Target

LARGE = 10**9  # operations per call from where both spend their time in the same multiplications


@dataclass(frozen=True)
class Fastest:
    """``Numba()`` or ``NumPy()``, by the cost of the program; ``ker.target`` says which, ``ker.reason`` why.

    A step of a NumPy kernel costs about a third of a microsecond for its call, and passes over memory; compiled loops do neither,
    and are twice to nine times faster from the smallest networks to a hundred million operations a call. They take seconds to
    compile, once for each program on each machine, so they are asked for: a kernel without a target is a NumPy kernel.

    Args:
        dtype: numpy.float64 or numpy.float32.
        cache: a directory of one's own for compiled kernels; the user's cache directory when left out.

    Raises: WnproofError E-VALUE for another dtype.

    >>> Fastest().dtype
    dtype('float64')
    """

    dtype: Any = np.float64
    cache: Path | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "dtype", NumPy(self.dtype).dtype)

    def chosen(self, plan: Plan) -> tuple[Target, str]:
        """The target for a program, and why."""
        if not available():
            return NumPy(self.dtype), ABSENT
        cost = f"{plan.operations:,} operations a call"
        if plan.operations >= LARGE:
            return NumPy(self.dtype), f"{cost}: BLAS is as fast as compiled loops"
        return Numba(self.dtype, self.cache), f"{cost}: compiled loops save calls and passes over memory"

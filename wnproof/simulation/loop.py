"""``integrate``: a whole trajectory of a kernel in one compiled loop, where calls from Python cost more than the arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import DOP853

from wnproof.errors import WnproofError
from wnproof.kernels.compiled import compiled_module
from wnproof.kernels.kernel import Kernel
from wnproof.simulation import dop853

FloatArray = NDArray[np.float64]
TABLEAU = tuple(np.ascontiguousarray(a) for a in (DOP853.A[:12, :12], DOP853.B, DOP853.E3, DOP853.E5, DOP853.A_EXTRA, DOP853.D))

_COMPILED = """
from numba import njit, types

V, M = types.float64[::1], types.float64[:, ::1]
f = types.FunctionType(types.void(V, V, V))
real, count = types.float64, types.int64
signature = (f, V, V, V, real, real, count, M, V, V, V, M, M, M, types.int64[::1])
trajectory = njit(signature, error_model="numpy", cache=True)(trajectory)


def make():
    return trajectory
"""


@dataclass(frozen=True, eq=False)
class Solved:
    """A trajectory at given times.

    Attributes:
        times: (T,), as far as they were reached.
        theta: (T, P).
        steps: accepted steps.
        rejected: steps that were tried with too large an error.
        evaluations: of the velocity.
        finished: whether every time was reached; otherwise the steps ran out or became too small (a singularity).
    """

    times: FloatArray
    theta: FloatArray
    steps: int
    rejected: int
    evaluations: int
    finished: bool


def integrate(
    ker: Kernel, start: ArrayLike, times: ArrayLike, *, rtol: float = 1e-9, atol: float = 1e-12, most: int = 1_000_000
) -> Solved:
    """Solve d theta/dt = ker(theta) by DOP853 with dense output, floats only: nothing is proved, and kinks are stepped over.

    With a ``Numba()`` kernel in float64 the whole loop is machine code; with any other kernel the same loop runs in Python,
    slowly. Where the place of a kink matters, ``simulate`` stops at it.

    Args:
        ker: a velocity, theta (P,) -> (P,).
        start: theta (P,) at times[0].
        times: (T,) increasing.
        rtol: relative tolerance per step.
        atol: absolute tolerance per step.
        most: steps at most, rejected ones included.

    Raises: WnproofError E-SHAPE for a start of another shape or a kernel that is no velocity, E-VALUE for times that do not
    increase and tolerances that are not positive.
    """
    theta, at = np.array(start, dtype=np.float64), np.array(times, dtype=np.float64)
    size = ker.signature.size
    if ker.signature.result != (size,):
        raise WnproofError("E-SHAPE", f"{ker.plan.quantity.name} is {ker.signature.result}, a velocity is ({size},)")
    if theta.shape != (size,):
        raise WnproofError("E-SHAPE", f"theta is {theta.shape}, wanted ({size},)")
    if at.ndim != 1 or not len(at) or not np.isfinite(at).all() or (np.diff(at) <= 0).any():
        raise WnproofError("E-VALUE", "the times do not increase", help="hand over finite times such as np.linspace(0, 20, 101)")
    if not (rtol > 0 and atol > 0):
        raise WnproofError("E-VALUE", f"rtol {rtol} and atol {atol} are not both positive")
    found, counts = np.empty((len(at), size)), np.zeros(4, dtype=np.int64)
    run, f, work = _parts(ker)
    with np.errstate(all="ignore"):
        run(f, theta, at, work, float(rtol), float(atol), most, *TABLEAU, found, counts)
    reached, steps, rejected, evaluations = (int(c) for c in counts)
    return Solved(at[:reached], found[:reached], steps, rejected, evaluations, reached == len(at))


def _parts(ker: Kernel) -> tuple[Callable[..., None], Any, FloatArray]:
    """The loop, the velocity f(theta, out, work) and its memory: both compiled, or both in Python."""
    if ker.compiled is not None and ker.target.dtype == np.float64:
        f, work = ker.compiled
        return compiled_module(_source(), getattr(ker.target, "cache", None))(), f, work.copy()
    own = ker.copy()

    def velocity(theta: FloatArray, out: FloatArray, _work: FloatArray) -> None:
        own(theta, out)

    return dop853.trajectory, velocity, np.empty(0)


@cache
def _source() -> str:
    """The loop's own text with the types it is compiled for; it is cached like a kernel."""
    return Path(dop853.__file__).read_text(encoding="utf-8") + _COMPILED

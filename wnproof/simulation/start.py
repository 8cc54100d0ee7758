"""What a run begins with and where it is asked for: starts, end times, output times, tolerances, checked."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wnproof.errors import WnproofError

FloatArray = NDArray[np.float64]
SMALLEST = 1e-150  # of a start


def starts(theta0: Any, size: int, t_end: float, tolerance: float) -> FloatArray:
    """theta0 as floats, (P,) or (P, E); the end time and the tolerance are checked with it.

    Raises: WnproofError E-SHAPE, E-NONFINITE, E-ZEROINIT, E-SIZE, E-VALUE.

    >>> starts([3, 4], 2, 1.0, 1e-9)
    array([3., 4.])
    """
    start = np.array(theta0, dtype=np.float64)
    if start.shape[:1] != (size,) or start.ndim > 2 or not start.size:
        help = "an ensemble has one column per member: net.initial(scale, seed, members=E)" if start.ndim > 1 else ""
        raise WnproofError("E-SHAPE", f"theta0 is {start.shape}, wanted ({size},)", help=help)
    if not np.all(np.isfinite(start)):
        index = np.unravel_index(int(np.argmin(np.isfinite(start))), start.shape)
        raise WnproofError("E-NONFINITE", f"theta0[{', '.join(map(str, index))}] is {start[index]}")
    if not start.any(axis=0).all():
        raise WnproofError("E-ZEROINIT", "theta0 is zero: its direction is undefined", help="start from net.initial(scale, seed)")
    with np.errstate(over="ignore"):
        radii = np.linalg.norm(start, axis=0)
    if not np.all((radii > SMALLEST) & (radii < 1 / SMALLEST)):
        what = f"|theta0| is not within {SMALLEST:g} .. {1 / SMALLEST:g}"
        raise WnproofError("E-SIZE", what, help="its square leaves the floats; rescale the start")
    if not t_end > 0:
        raise WnproofError("E-VALUE", f"t_end is {t_end}", help="give a positive end time")
    if not 1e-12 <= tolerance < 1:
        raise WnproofError("E-VALUE", f"tolerance is {tolerance}", help="give a relative tolerance between 1e-12 and 1")
    return start


def output_times(at: Any, t_end: float, own: FloatArray) -> FloatArray:
    """The times asked for, ``own`` when none are.

    Raises: WnproofError E-VALUE for times that do not increase within [0, t_end].
    """
    if at is None:
        return own
    times = np.array(at, dtype=np.float64)
    inside = times.ndim == 1 and times.size and bool(np.all((times >= 0) & (times <= t_end))) and bool(np.all(np.diff(times) > 0))
    if not inside:
        raise WnproofError("E-VALUE", f"at has shape {times.shape}", help=f"give increasing times within [0, {t_end}]")
    return times

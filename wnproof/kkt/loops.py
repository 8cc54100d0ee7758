"""The sieve for rays on which no other rows vanish, one face after the other: the text that Numba compiles.

The same steps and bounds as the NumPy sieve, but a face that fails is left at once, and nothing is stored for it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib.util import find_spec
from math import inf, sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Signs = NDArray[np.int8]
Loop = Callable[..., int]

UNIT = 2.0**-53
PIVOT = 1e-20  # far below what is sure

_HEAD = f"""from __future__ import annotations

from math import inf, sqrt

import numpy as np

UNIT, PIVOT = {UNIT!r}, {PIVOT!r}


"""

_COMPILED = """
from numba import njit, types

V, M, T = types.float64[::1], types.float64[:, ::1], types.float64[:, :, ::1]
I, J, S = types.int64[::1], types.int64[:, ::1], types.int8[:, ::1]
signature = types.int64(M, V, V, V, V, types.float64, J, S, T, I, I, S, J, I, J)
survivors = njit(signature, error_model="numpy", nogil=True, cache=True)(survivors)


def make():
    return survivors
"""


def compiled() -> Loop | None:
    """``survivors`` as machine code, from the cache when it is there; None without Numba (extra ``jit``)."""
    if find_spec("numba") is None:
        return None
    from wnproof.kernels.compiled import compiled_module

    loop: Loop = compiled_module(f"{_HEAD}{inspect.getsource(survivors)}{_COMPILED}")()
    return loop


def survivors(
    unit: Floats,
    right: Floats,
    left: Floats,
    low: Floats,
    high: Floats,
    error: float,
    walls: Indices,
    sides: Signs,
    gradients: Floats,
    circle: Indices,
    place: Indices,
    signs: Signs,
    places: Indices,
    order: Indices,
    found: Indices,
) -> int:
    """The faces that may hold a KKT point, as (ray, bits of the walls that vanish, side): rows of ``found`` (K, 3); how many
    there are, even beyond K.
    """
    count, m = walls.shape
    d = unit.shape[1]
    gram, chol = np.zeros((m, m)), np.zeros((m, m))
    base, slope = np.zeros((2, m)), np.zeros((2, m))
    x, w, on = np.zeros(m), np.zeros(d), np.zeros(m, dtype=np.int64)
    total = 0
    for v in range(count):
        for i in range(m):
            for j in range(i + 1):
                t = 0.0
                for c in range(d):
                    t += unit[walls[v, i], c] * unit[walls[v, j], c]
                gram[i, j] = gram[j, i] = t
            for s in range(2):
                t = 0.0
                for c in range(d):
                    t += unit[walls[v, i], c] * gradients[s, v, c]
                base[s, i] = t
                slope[s, i] = right[walls[v, i]] if (sides[v, i] > 0) == (s == 0) else left[walls[v, i]]
        for mask in range(1 << m):
            z = 0
            for i in range(m):
                if mask >> i & 1:
                    on[z] = i
                    z += 1
            least = 1.0 / 2.72 if z > 1 else 1.0
            for i in range(z):
                for j in range(i + 1):
                    t = gram[on[i], on[j]]
                    for k in range(j):
                        t -= chol[i, k] * chol[j, k]
                    if j < i:
                        chol[i, j] = t / chol[j, j]
                    elif t > PIVOT:
                        least *= t
                        chol[i, i] = sqrt(t)
                    else:
                        least = 0.0
                        chol[i, i] = 1.0
            rounding = (z * z * (3 * z + 2) + z * (3 * d + 12)) * UNIT
            sure = least >= 4 * rounding
            for s in range(2):
                side = 1 - 2 * s
                size = 0.0
                for i in range(z):
                    t = -base[s, on[i]]
                    for j in range(m):
                        if not mask >> j & 1:
                            t -= slope[s, j] * gram[on[i], j]
                    for k in range(i):
                        t -= chol[i, k] * x[k]
                    x[i] = t / chol[i, i]
                for i in range(z - 1, -1, -1):
                    t = x[i]
                    for k in range(i + 1, z):
                        t -= chol[k, i] * x[k]
                    x[i] = t / chol[i, i]
                    size += x[i] * x[i]
                size = sqrt(size)
                q = 2 * (sqrt(z) * error + rounding * size)
                beside = 2 * q / least if sure else inf
                good = True
                for i in range(z):
                    lo, hi = low[walls[v, on[i]]], high[walls[v, on[i]]]
                    slack = beside + 16 * UNIT * (abs(lo) + abs(hi) + size)
                    if x[i] < lo - slack or x[i] > hi + slack:
                        good = False
                        break
                if not good:
                    continue
                bound = inf
                if sure:
                    bound = 2 * error + q * sqrt(2 / least) + (2 * z + 6 * d + 30) * UNIT * sqrt(z) * size
                plus = minus = True
                for i in range(m):
                    if mask >> i & 1:
                        continue
                    t = base[s, i]
                    for j in range(m):
                        if not mask >> j & 1:
                            t += slope[s, j] * gram[i, j]
                    for j in range(z):
                        t += x[j] * gram[i, on[j]]
                    t *= sides[v, i] * side
                    plus = plus and t >= -bound
                    minus = minus and t <= bound
                    if not (plus or minus):
                        break
                if not (plus or minus):
                    continue
                if z < m:
                    for c in range(d):
                        t = gradients[s, v, c]
                        for j in range(m):
                            if not mask >> j & 1:
                                t += slope[s, j] * unit[walls[v, j], c]
                        for j in range(z):
                            t += x[j] * unit[walls[v, on[j]], c]
                        w[c] = t
                    for k in order:
                        at = places[circle[v], k]
                        if at == -2 or at == place[v]:
                            continue
                        t = 0.0
                        for c in range(d):
                            t += w[c] * unit[k, c]
                        t *= signs[circle[v], k] * side
                        if at > place[v]:
                            t = -t
                        plus = plus and t >= -bound
                        minus = minus and t <= bound
                        if not (plus or minus):
                            break
                    if not (plus or minus):
                        continue
                if total < len(found):
                    found[total, 0], found[total, 1], found[total, 2] = v, mask, side
                total += 1
    return total

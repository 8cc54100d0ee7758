"""Whether 0 may be a vector plus a sum of segments: directions that show it is not, from steps towards the nearest point."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wnproof.kkt.flag import UNIT
from wnproof.kkt.metric import Floats

STEPS = 60


def may_balance(origin: Floats, normals: Floats, low: Floats, high: Floats, error: Floats) -> NDArray[np.bool_]:
    """False where a direction x has ``x . (origin + sum_k s_k normals_k) > 0`` for all low <= s <= high, beyond rounding.

    Args:
        origin: (K, d), each off by at most ``error`` (K,).
        normals: (K, m, d), rows of length 1 or 0.
        low: ends of the segments, (K, m).
        high: the other ends, (K, m).
        error: (K,).

    >>> far, e = np.array([[3.0, 0.0], [1.0, 0.5]]), np.array([[[1.0, 0.0], [0.0, 1.0]]] * 2)
    >>> may_balance(far, e, -np.ones((2, 2)), np.ones((2, 2)), np.zeros(2)).tolist()
    [False, True]
    """
    size = (np.abs(low) + np.abs(high)).sum(axis=1) + np.linalg.norm(origin, axis=1)
    bound = np.minimum(2 * error, 1e300) + (4 * normals.shape[1] + 8 * normals.shape[2] + 60) * UNIT * size
    point = origin + np.einsum("vk,vkx->vx", (low + high) / 2, normals)
    possible = np.ones(len(origin), dtype=bool)
    active = np.arange(len(origin))
    for _ in range(STEPS):
        x = point[active]
        t = np.einsum("vkx,vx->vk", normals[active], x)
        far = origin[active] + np.einsum("vk,vkx->vx", np.where(t > 0, low[active], high[active]), normals[active])
        rejected = np.einsum("vx,vx->v", far, x) > bound[active] * np.linalg.norm(x, axis=1)
        possible[active[rejected]] = False
        step = far - x
        square, gain = np.einsum("vx,vx->v", step, step), -np.einsum("vx,vx->v", step, x)
        share = np.clip(np.divide(gain, square, out=np.zeros_like(gain), where=square > 0), 0, 1)
        point[active] = x + share[:, None] * step
        active = active[~rejected & (gain > 0)]
        if not len(active):
            break
    return possible

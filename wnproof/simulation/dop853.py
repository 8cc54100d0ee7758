"""One adaptive DOP853 integration of an autonomous system, in Python that Numba can compile: no call leaves it but f.

Steps, error estimate, step control and dense output are those of SciPy's DOP853 (Hairer, Norsett and Wanner, Solving Ordinary
Differential Equations I, II.5 and II.6); this file has the arithmetic, ``loop`` the interface.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def trajectory(
    f: Callable[[Floats, Floats, Floats], None],
    start: Floats,
    times: Floats,
    work: Floats,
    rtol: float,
    atol: float,
    most: int,
    A: Floats,
    B: Floats,
    E3: Floats,
    E5: Floats,
    more: Floats,
    dense: Floats,
    found: Floats,
    counts: NDArray[np.int64],
) -> None:
    """Write theta at ``times`` into ``found`` (T, P); ``counts`` receives times reached, steps, rejections, evaluations of f.

    ``f(theta, out, work)`` writes the velocity. ``times`` increase and begin with the time of ``start``. It ends early when
    ``most`` steps are used up or the step becomes too small for the time to move.
    """
    P, last = start.size, times[-1]
    K = np.zeros((16, P))
    F = np.zeros((7, P))
    theta, new, stage, scale = start.copy(), start.copy(), start.copy(), start.copy()
    t = times[0]
    found[0] = start
    f(theta, K[0], work)
    counts[0], counts[1], counts[2], counts[3] = 1, 0, 0, 1
    if times.size == 1:
        return
    # the first step: h0 from the sizes of theta and its velocity, then the change of the velocity along h0
    size = speed = 0.0
    for j in range(P):
        scale[j] = atol + abs(theta[j]) * rtol
        size += (theta[j] / scale[j]) ** 2
        speed += (K[0, j] / scale[j]) ** 2
    size, speed = (size / P) ** 0.5, (speed / P) ** 0.5
    h = 1e-6 if size < 1e-5 or speed < 1e-5 else 0.01 * size / speed
    h = min(h, last - t)
    for j in range(P):
        stage[j] = theta[j] + h * K[0, j]
    f(stage, K[1], work)
    bend = 0.0
    for j in range(P):
        bend += ((K[1, j] - K[0, j]) / scale[j]) ** 2
    bend = (bend / P) ** 0.5 / h
    steepest = max(speed, bend)
    h = min(100 * h, max(1e-6, h * 1e-3) if steepest <= 1e-15 else (0.01 / steepest) ** 0.125, last - t)
    counts[3] += 1
    rejected = False
    while t < last and counts[1] + counts[2] < most:
        if t + h > last:
            h = last - t
        if not h > 10 * abs(np.nextafter(t, np.inf) - t):
            return
        for s in range(1, 12):
            for j in range(P):
                stage[j] = 0.0
            for r in range(s):
                if A[s, r] != 0:
                    for j in range(P):
                        stage[j] += A[s, r] * K[r, j]
            for j in range(P):
                stage[j] = theta[j] + h * stage[j]
            f(stage, K[s], work)
        for j in range(P):
            total = 0.0
            for r in range(12):
                total += B[r] * K[r, j]
            new[j] = theta[j] + h * total
        f(new, K[12], work)
        counts[3] += 12
        fifth = third = 0.0
        for j in range(P):
            five = three = 0.0
            for r in range(13):
                five += E5[r] * K[r, j]
                three += E3[r] * K[r, j]
            weight = atol + max(abs(theta[j]), abs(new[j])) * rtol
            fifth += (five / weight) ** 2
            third += (three / weight) ** 2
        error = 0.0 if fifth == 0 and third == 0 else h * fifth / ((fifth + 0.01 * third) * P) ** 0.5
        if not error < 1:
            h *= max(0.2, 0.9 * error**-0.125) if error < np.inf else 0.2
            rejected = True
            counts[2] += 1
            continue
        factor = 10.0 if error == 0 else min(10.0, 0.9 * error**-0.125)
        if rejected:
            factor = min(1.0, factor)
        rejected = False
        end = last if h == last - t else t + h
        if counts[0] < times.size and times[counts[0]] <= end:
            for s in range(3):
                for j in range(P):
                    total = 0.0
                    for r in range(13 + s):
                        total += more[s, r] * K[r, j]
                    stage[j] = theta[j] + h * total
                f(stage, K[13 + s], work)
            counts[3] += 3
            for j in range(P):
                change = new[j] - theta[j]
                F[0, j] = change
                F[1, j] = h * K[0, j] - change
                F[2, j] = 2 * change - h * (K[12, j] + K[0, j])
                for q in range(4):
                    total = 0.0
                    for r in range(16):
                        total += dense[q, r] * K[r, j]
                    F[3 + q, j] = h * total
            while counts[0] < times.size and times[counts[0]] <= end:
                x = (times[counts[0]] - t) / h
                for j in range(P):
                    y = 0.0
                    for q in range(7):
                        y = (y + F[6 - q, j]) * (x if q % 2 == 0 else 1 - x)
                    found[counts[0], j] = theta[j] + y
                counts[0] += 1
        t = end
        h *= factor
        for j in range(P):
            theta[j] = new[j]
            K[0, j] = K[12, j]
        counts[1] += 1

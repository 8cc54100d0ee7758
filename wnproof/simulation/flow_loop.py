"""Taylor steps of a plain two-layer network from meeting to meeting, many in one call: the text that Numba compiles.

The same steps, thresholds and decisions as ``hybrid``. A call ends where it should, where its memory is full, and where a meeting
is none of the common ones.
"""

from __future__ import annotations

from math import inf, isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wnproof.simulation.cell_series import cells_of, coefficients
from wnproof.simulation.kink_zeros import TOGETHER, zeros_of
from wnproof.simulation.mode_choice import LOOKAHEAD, meet, sizes_of

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Signs = NDArray[np.int8]

FULL, FINISHED, NON_FINITE, AT_REST, TOO_SHORT, UNRESOLVED, TOO_LARGE, UNCOMMON = range(8)
FAST = 1e3
INTERPOLATED = 1e-11


def onward(
    problem: Any,
    stretch: Floats,
    label: float,
    numbers: Floats,
    flags: Indices,
    clock: Floats,
    modes: Signs,
    fresh: Any,
    slide: Any,
    rays: Any,
    pieces: Any,
    spans: Floats,
    histories: Signs,
    notes: Indices,
    counts: Indices,
    met: Any,
    binomial: Floats,
) -> int:
    """Step on from the state in ``pieces`` at the place counts[0], to the first reason to return.

    Fills pieces, their (start, end, pace), the modes after those that end in meetings, and the meetings; ``met`` holds the kinks
    (m, K) that are met where the call returns UNCOMMON, for the neurons from counts[2] on.
    """
    lines, _, _, _, y = problem
    held, projection = slide[0], slide[1]
    allW, allA, allb = pieces
    order = allW.shape[1] - 1
    D, m, c, n, K = allW.shape[2], allW.shape[3], y.shape[0], y.shape[1], len(lines)
    tolerance, limit, t_end = numbers[2], numbers[3], numbers[4]
    cells = (np.zeros(m, dtype=np.int64), np.zeros((m + 1, K), dtype=np.int8))
    R, F, soft = np.zeros((order + 1, c, n)), np.zeros((order + 1, c, n)), np.zeros((2, order + 1, c, n))
    pulls, G, force = np.zeros((2, order + 1, c, K)), np.zeros((order + 1, c, D, m)), np.zeros((order + 1, D, m))
    ahead = (
        np.zeros((LOOKAHEAD + 1, D, m)),
        np.zeros((LOOKAHEAD + 1, c, m)),
        np.zeros((LOOKAHEAD + 1, c)),
        R,
        F,
        soft,
        pulls,
        G,
        force,
    )
    sizes, zeros, x = np.zeros(order + 1), np.zeros((m, K)), np.zeros(D)
    count = cells_of(modes, cells[0], cells[1])
    while counts[0] < len(allW) - 1 and counts[1] + m <= len(notes):
        p = counts[0]
        t = clock[0]
        W, A, b = allW[p], allA[p], allb[p]
        series = (W, A, b, R, F, soft, pulls, G, force)
        coefficients(0, 0, order, 1.0, problem, numbers, flags, cells, count, slide, series)
        still, moving, some = 0.0, 0.0, False
        for j in range(m):
            some = some or held[j]
            for a in range(D):
                still, moving = max(still, abs(W[0, a, j])), max(moving, abs(W[1, a, j]))
            for o in range(c):
                still, moving = max(still, abs(A[0, o, j])), max(moving, abs(A[1, o, j]))
        rate = moving / max(still, 1e-300)
        pace = 1.0 if 1 / FAST <= rate <= FAST or rate == 0 else 1 / rate
        for j in range(m):
            for a in range(D):
                W[1, a, j] *= pace
            for o in range(c):
                A[1, o, j] *= pace
        for o in range(c):
            b[1, o] *= pace
        coefficients(1, order, order, pace, problem, numbers, flags, cells, count, slide, series)
        sizes_of(order, series, sizes)
        good = True
        for k in range(order + 1):
            good = good and isfinite(sizes[k])
        if not good:
            return NON_FINITE
        largest = 0.0
        for o in range(c):
            for i in range(n):
                largest = max(largest, abs(R[0, o, i]))
        if some and largest < INTERPOLATED * label:
            return AT_REST
        left = (t_end - t) / pace
        h = left
        for k in range(order - 1, order + 1):
            h = min(h, (tolerance * sizes[0] / sizes[k]) ** (1.0 / k))
        if t + pace * h == t:
            return TOO_SHORT
        first = zeros_of(h, t / pace, order, problem, stretch, label, numbers, modes, fresh, slide, rays, series, binomial, zeros)
        if first < 0:
            return UNRESOLVED
        step = min(first, h)
        end = t_end if step >= left else t + pace * step
        spans[p, 0], spans[p, 1], spans[p, 2] = t, end, pace
        nextW, nextA, nextb = allW[p + 1], allA[p + 1], allb[p + 1]
        for j in range(m):
            for a in range(D):
                v = W[order, a, j]
                for k in range(order - 1, -1, -1):
                    v = v * step + W[k, a, j]
                nextW[0, a, j] = v
            for o in range(c):
                v = A[order, o, j]
                for k in range(order - 1, -1, -1):
                    v = v * step + A[k, o, j]
                nextA[0, o, j] = v
            if held[j]:
                for a in range(D):
                    x[a] = 0.0
                    for e in range(D):
                        x[a] += projection[j, a, e] * nextW[0, e, j]
                for a in range(D):
                    nextW[0, a, j] = x[a]
        for o in range(c):
            v = b[order, o]
            for k in range(order - 1, -1, -1):
                v = v * step + b[k, o]
            nextb[0, o] = v
        clock[0] = end
        counts[0] = p + 1
        if pace * step > TOGETHER * max(pace, end):
            for j in range(m):
                for g in range(K):
                    fresh[j, g] = False
        if first < inf:
            for j in range(m):
                for g in range(K):
                    met[j, g] = pace * (zeros[j, g] - first) <= TOGETHER * max(pace, t)
            for j in range(m):
                any_met = False
                for g in range(K):
                    any_met = any_met or met[j, g]
                if not any_met:
                    continue
                ahead[0][0], ahead[1][0], ahead[2][0] = nextW[0], nextA[0], nextb[0]
                told = meet(j, met[j], problem, stretch, label, numbers, flags, modes, cells, slide, ahead, notes[counts[1]])
                nextW[0] = ahead[0][0]
                if not told:
                    counts[2] = j
                    return UNCOMMON
                notes[counts[1], 0] = p
                for z in range(notes[counts[1], 3]):
                    fresh[j, notes[counts[1], 4 + z]] = True
                counts[1] += 1
            histories[p] = modes
            spans[p, 3] = 1.0
            count = cells_of(modes, cells[0], cells[1])
        if end >= t_end:
            return FINISHED
        largest = 0.0
        for j in range(m):
            for a in range(D):
                largest = max(largest, abs(nextW[0, a, j]))
            for o in range(c):
                largest = max(largest, abs(nextA[0, o, j]))
        if not largest < limit:
            return TOO_LARGE
    return FULL

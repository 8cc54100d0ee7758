"""The mode that a plain neuron goes on in from kinks that are independent of each other: the text that Numba compiles.

The complementarity problem of ``clarke``, mode by mode, with the same thresholds. Several ways on, none, and kinks that
depend on each other is left to the caller.
"""

from __future__ import annotations

from math import inf, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wnproof.simulation.cell_series import cells_of, coefficients

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Signs = NDArray[np.int8]

TIED = 1e-11  # of the size of a series: a coefficient below it is rounding
LOOKAHEAD = 5  # coefficients that decide a tie
ON_KINK, NOTHING = 1e-11, 1e-13  # of a row; of the longest
MOST_KINKS = 5
APART = 1e-6  # kinks that are nearer to dependent are left to the caller


def hold(lines: Floats, kinks: Indices, count: int, inverse: Floats, projection: Floats) -> bool:
    """The pseudo-inverse (count, D) of the kinks' normals E as columns, I - pinv(E) E; False where they are all but dependent."""
    D = lines.shape[1]
    Q, R = np.zeros((count, D)), np.zeros((count, count))
    for s in range(count):
        for a in range(D):
            Q[s, a] = lines[kinks[s], a]
        for _ in range(2):  # once more, against what cancellation leaves
            for r in range(s):
                t = 0.0
                for a in range(D):
                    t += Q[r, a] * Q[s, a]
                R[r, s] += t
                for a in range(D):
                    Q[s, a] -= t * Q[r, a]
        t = 0.0
        for a in range(D):
            t += Q[s, a] * Q[s, a]
        R[s, s] = sqrt(t)
        if R[s, s] < APART:
            return False
        for a in range(D):
            Q[s, a] /= R[s, s]
    for a in range(D):
        for s in range(count - 1, -1, -1):
            t = Q[s, a]
            for r in range(s + 1, count):
                t -= R[s, r] * inverse[r, a]
            inverse[s, a] = t / R[s, s]
        for e in range(D):
            t = 1.0 if a == e else 0.0
            for s in range(count):
                t -= Q[s, a] * Q[s, e]
            projection[a, e] = t
    return True


def leading(values: Floats, first: int, last: int, size: float) -> int:
    """The sign of the first of values[first..last] above ``TIED * size``; 0 when there is none."""
    for k in range(first, last + 1):
        if abs(values[k]) > TIED * size:
            return 1 if values[k] > 0 else -1
    return 0


def pull(side: int, j: int, g: int, last: int, series: tuple[Any, ...], powers: Floats, out: Floats) -> float:
    """out[k], what kink g pulls neuron j with from this side, times powers[k]; its largest size."""
    A, pulls = series[1], series[6]
    largest = 0.0
    for k in range(last + 1):
        t = 0.0
        for o in range(A.shape[1]):
            for h in range(k + 1):
                t += A[h, o, j] * pulls[side, k - h, o, g]
        out[k] = t * powers[k]
        largest = max(largest, abs(out[k]))
    return largest


def slack_scale(
    j: int, g: int, last: int, pulls: float, stretch: Floats, label: float, numbers: Floats, series: Any, powers: Floats
) -> float:
    """What the rounding of a slack of neuron j at kink g is relative to, when its pulls are this large."""
    A, R = series[1], series[3]
    residual, weights = label, 0.0
    for o in range(R.shape[1]):
        for i in range(R.shape[2]):
            residual = max(residual, abs(R[0, o, i]))
        for k in range(last + 1):
            weights = max(weights, abs(A[k, o, j]) * powers[k])
    return max(pulls, weights * float(numbers[1] * stretch[g]) * residual) + 1e-300


def sizes_of(last: int, series: Any, out: Floats) -> None:
    """The largest entry of each coefficient, relative to the block of parameters it belongs to."""
    W, A = series[0], series[1]
    w0, a0 = 0.0, 0.0
    for k in range(last + 1):
        w, a = 0.0, 0.0
        for r in range(W.shape[1]):
            for j in range(W.shape[2]):
                w = max(w, abs(W[k, r, j]))
        for r in range(A.shape[1]):
            for j in range(A.shape[2]):
                a = max(a, abs(A[k, r, j]))
        if k == 0:
            largest = max(w, a) + 1e-300
            w0, a0 = w if w > 0 else largest, a if a > 0 else largest
        out[k] = max(w / w0, a / a0) + 1e-300


def admissible(
    j: int,
    on: Indices,
    count: int,
    problem: Any,
    stretch: Floats,
    label: float,
    numbers: Floats,
    flags: Indices,
    modes: Signs,
    cells: Any,
    cell_count: int,
    slide: Any,
    series: Any,
) -> int:
    """Whether neuron j may go on in its modes on the ``count`` kinks ``on``: 2 when it is dead on them, 1 or 0 (no).

    The series hold the state as coefficient 0; its cell is the last.
    """
    lines = problem[0]
    held, projection, inverse, kinks, held_count = slide
    W, force = series[0], series[8]
    D = W.shape[1]
    held_count[j] = 0
    for z in range(count):
        if modes[j, on[z]] == 0:
            kinks[j, held_count[j]] = on[z]
            held_count[j] += 1
    held[j] = held_count[j] > 0
    hold(lines, kinks[j], held_count[j], inverse[j], projection[j])
    for g in range(len(lines)):
        cells[1][cell_count, g] = modes[j, g]
    cells[0][j] = cell_count
    coefficients(0, LOOKAHEAD, LOOKAHEAD, 1.0, problem, numbers, flags, cells, cell_count + 1, slide, series)
    powers, sizes, low, high = np.ones(LOOKAHEAD + 1), np.zeros(LOOKAHEAD + 1), np.zeros(LOOKAHEAD + 1), np.zeros(LOOKAHEAD + 1)
    sizes_of(LOOKAHEAD, series, sizes)
    unit = inf
    for k in range(1, LOOKAHEAD + 1):
        unit = min(unit, (sizes[0] / sizes[k]) ** (1.0 / k))
    for k in range(1, LOOKAHEAD + 1):
        powers[k] = powers[k - 1] * unit
    resting = not held[j]
    for k in range(LOOKAHEAD + 1):
        for a in range(D):
            resting = resting and force[k, a, j] == 0
    length = 0.0
    for a in range(D):
        length += W[0, a, j] ** 2
    length = sqrt(length)
    repels = False
    for z in range(count):
        g = on[z]
        sign = modes[j, g]
        if sign != 0 and not resting:
            largest = 0.0
            for k in range(1, LOOKAHEAD + 1):
                t = 0.0
                for a in range(D):
                    t += W[k, a, j] * lines[g, a]
                low[k] = t * powers[k]
                largest = max(largest, abs(low[k]))
            if leading(low, 1, LOOKAHEAD, 1e-2 * length + largest) != sign:
                return 0
        else:
            largest = max(pull(0, j, g, LOOKAHEAD, series, powers, high), pull(1, j, g, LOOKAHEAD, series, powers, low))
            size = slack_scale(j, g, LOOKAHEAD, largest, stretch, label, numbers, series, powers)
            if sign != 0:
                for k in range(LOOKAHEAD + 1):
                    high[k] -= low[k]
                repels = repels or leading(high, 0, LOOKAHEAD, size) < 0
                continue
            s = 0
            while kinks[j, s] != g:
                s += 1
            for k in range(LOOKAHEAD + 1):
                q = 0.0
                for a in range(D):
                    q -= inverse[j, s, a] * force[k, a, j]
                q *= powers[k]
                low[k], high[k] = q - low[k], high[k] - q
            if leading(low, 0, LOOKAHEAD, size) < 0 or leading(high, 0, LOOKAHEAD, size) < 0:
                return 0
    if resting:
        return 2 if repels else 0
    return 1


def meet(
    j: int,
    met: Any,
    problem: Any,
    stretch: Floats,
    label: float,
    numbers: Floats,
    flags: Indices,
    modes: Signs,
    cells: Any,
    slide: Any,
    series: Any,
    note: Indices,
) -> bool:
    """Neuron j on its kinks, the state as coefficient 0: take the only way on and note it; False where that is not told here."""
    lines = problem[0]
    held, projection, inverse, kinks, held_count = slide
    W, force = series[0], series[8]
    D, m = W.shape[1], W.shape[2]
    K = len(lines)
    length, largest = 0.0, 0.0
    for a in range(D):
        length += W[0, a, j] ** 2
        for i in range(m):
            largest = max(largest, abs(W[0, a, i]))
    near = max(ON_KINK * sqrt(length), NOTHING * largest)
    on, before, found = np.zeros(K, dtype=np.int64), np.zeros(MOST_KINKS, dtype=np.int64), np.zeros(MOST_KINKS, dtype=np.int64)
    count = 0
    for g in range(K):
        t = 0.0
        for a in range(D):
            t += W[0, a, j] * lines[g, a]
        if modes[j, g] == 0 or abs(t) <= near or met[g]:
            on[count] = g
            count += 1
    if count >= D or count > MOST_KINKS:
        return False
    Q, P, x = np.zeros((count, D)), np.zeros((D, D)), np.zeros(D)
    if not hold(lines, on, count, Q, P):
        return False
    for a in range(D):
        for e in range(D):
            x[a] += P[a, e] * W[0, e, j]
    for a in range(D):
        W[0, a, j] = x[a]
    for z in range(count):
        before[z] = modes[j, on[z]]
    cell_count = cells_of(modes, cells[0], cells[1])
    own, ways, kind = cells[0][j], 0, 0
    for number in range(3**count):
        left = number
        for z in range(count):
            modes[j, on[z]] = left % 3 - 1
            left //= 3
        verdict = admissible(j, on, count, problem, stretch, label, numbers, flags, modes, cells, cell_count, slide, series)
        if verdict > 0:
            ways += 1
            dead = True
            for k in range(2):
                for a in range(D):
                    dead = dead and force[k, a, j] == 0
            kind = 1 if dead else 0
            for z in range(count):
                found[z] = modes[j, on[z]]
    for z in range(count):
        modes[j, on[z]] = found[z] if ways == 1 else before[z]
    cells[0][j] = own
    held_count[j] = 0
    for z in range(count):
        if modes[j, on[z]] == 0:
            kinks[j, held_count[j]] = on[z]
            held_count[j] += 1
    held[j] = held_count[j] > 0
    hold(lines, kinks[j], held_count[j], inverse[j], projection[j])
    if ways != 1:
        return False
    note[1], note[2], note[3] = j, kind, count
    for z in range(count):
        note[4 + z], note[4 + MOST_KINKS + z], note[4 + 2 * MOST_KINKS + z] = on[z], before[z], modes[j, on[z]]
    return True

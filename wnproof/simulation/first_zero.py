"""The first sign change of a polynomial on (0, 1], by Bernstein coefficients and Descartes' rule: the text that Numba compiles.

The same steps as ``crossings``: coefficients of one sign mean no zero, one change of sign one zero, everything else is halved.
"""

from __future__ import annotations

from math import inf

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FINEST = 1e-12  # of the interval: a dip that is shorter is a touch
DEPTH = 48  # more than the halvings down to it


def height(b: Floats, length: int, t: float) -> float:
    """sum_k C(n, k) b_k t^k (1 - t)^(n-k), in one pass."""
    n, rest, power = length - 1, 1 - t, 1.0
    value = float(b[0])
    for k in range(1, length):
        power *= t * (n - k + 1) / k
        value = value * rest + power * b[k]
    return value


def root(b: Floats, length: int) -> float:
    """The zero in (0, 1) of a polynomial with these Bernstein coefficients, positive at 0 and negative at 1: guarded secants."""
    low, high, at_low, at_high = 0.0, 1.0, float(b[0]), float(b[length - 1])
    kept = 0
    for turn in range(200):
        if high - low <= 1e-15 + 4e-16 * high:
            break
        t = (low * at_high - high * at_low) / (at_high - at_low)
        if turn % 8 == 7 or not low < t < high:
            t = (low + high) / 2
            if not low < t < high:
                break
        value = height(b, length, t)
        if value == 0:
            return t
        if value > 0:
            low, at_low = t, value
            if kept > 0:  # the other end stays: half its height draws the secant there (Illinois)
                at_high *= 0.5
            kept = 1
        else:
            high, at_high = t, value
            if kept < 0:
                at_low *= 0.5
            kept = -1
    return (low + high) / 2


def first_zero(values: Floats, length: int, binomial: Floats) -> float:
    """Where sum_k values[k] t^k, k < length, positive at 0, first becomes negative in (0, 1]; inf: nowhere."""
    n = length - 1
    stack, start, size = np.zeros((DEPTH + 2, length)), np.zeros(DEPTH + 2), np.zeros(DEPTH + 2)
    b, low = np.zeros(length), np.zeros(length)
    largest = 0.0
    for i in range(length):
        t = 0.0
        for j in range(i + 1):
            t += binomial[i, j] / binomial[n, j] * values[j]
        stack[0, i] = t
        largest = max(largest, abs(t))
    for i in range(length):
        if abs(stack[0, i]) <= 4e-16 * largest:
            stack[0, i] = 0.0
    size[0] = 1.0
    pending = 1
    while pending > 0:
        pending -= 1
        negative, changes = False, 0
        for i in range(length):
            b[i] = stack[pending, i]
            negative = negative or b[i] < 0
            if i > 0 and (b[i] < 0) != (b[i - 1] < 0):
                changes += 1
        if not negative:
            continue
        begin, width = float(start[pending]), float(size[pending])
        if b[0] >= 0 > b[n] and changes == 1:
            return begin + width * (0.0 if b[0] == 0 else root(b, length))
        if width <= FINEST:
            if b[n] < 0:
                return begin + width
            continue
        for i in range(length):  # de Casteljau's scheme: the left half in ``low``, the right half stays in b
            low[i] = b[0]
            for j in range(n - i):
                b[j] = 0.5 * (b[j] + b[j + 1])
        for i in range(length):
            stack[pending, i], stack[pending + 1, i] = b[i], low[i]
        start[pending], start[pending + 1] = begin + width / 2, begin
        size[pending] = size[pending + 1] = width / 2
        pending += 2
    return inf

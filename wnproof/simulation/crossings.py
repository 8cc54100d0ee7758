"""The first zero of smooth functions within a step, by interpolation at Chebyshev points and the signs of Bernstein coefficients.

Samples alone miss a function that dips below zero and comes back between two of them. A polynomial whose Bernstein
coefficients have one sign has no zero; otherwise the interval is halved.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

FloatArray = NDArray[np.float64]
DEGREE = 10
NODES: FloatArray = (1 - np.cos(np.pi * np.arange(DEGREE + 1) / DEGREE)) / 2
FINEST = 1e-12  # of the step: a dip that is shorter is a touch
TOGETHER = 1e-12  # of the step: zeros that close are one event


def _basis(t: FloatArray, degree: int = DEGREE) -> FloatArray:
    """Bernstein polynomials at t, one column each."""
    return np.stack([math.comb(degree, k) * t**k * (1 - t) ** (degree - k) for k in range(degree + 1)], axis=1)


_TO_BERNSTEIN: FloatArray = np.asarray(np.linalg.inv(_basis(NODES)), dtype=np.float64)


def first_zeros(values: FloatArray, fresh: NDArray[np.bool_]) -> FloatArray:
    """For each column of samples at ``NODES`` (DEGREE + 1, K), positive at the start: where it first becomes negative.

    Right for the earliest columns (up to ``TOGETHER``), inf for those that come later or never. A ``fresh`` column starts
    from zero (its kink has just been crossed); its zero at the start does not count.

    >>> first_zeros(np.stack([NODES + 1, 0.6 - NODES, (NODES - 0.5)**2 - 1e-4], axis=1), np.zeros(3, bool)).round(9)
    array([ inf,  inf, 0.49])
    """
    b = _TO_BERNSTEIN @ values
    b[0], b[-1] = values[0], values[-1]
    b[:, fresh] = _deflated(b[:, fresh])
    zeros, first = np.full(values.shape[1], np.inf), np.inf
    pending = np.flatnonzero((b < 0).any(axis=0))
    while pending.size:
        k = pending[np.argmax(b[:, pending] < 0, axis=0).argmin()]
        zeros[k] = first_negative(b[:, k])
        first = min(first, float(zeros[k]))
        pending = pending[pending != k]
        if first < 1 - TOGETHER and pending.size:
            pending = pending[(_left(b[:, pending], first + TOGETHER) < 0).any(axis=0)]
    return zeros


def _deflated(b: FloatArray) -> FloatArray:
    """Coefficients of p(t) / t for p(0) = 0, written with the degree of p."""
    n = len(b) - 1
    lower, k = b[1:] * n / np.arange(1, n + 1)[:, None], np.arange(n + 1)[:, None] / n
    return np.asarray(k * np.concatenate((lower[:1], lower)) + (1 - k) * np.concatenate((lower, lower[-1:])))


def _left(b: FloatArray, t: float) -> FloatArray:
    """Coefficients on [0, t], by de Casteljau's scheme."""
    left = [b[0]]
    while len(b) > 1:
        b = (1 - t) * b[:-1] + t * b[1:]
        left.append(b[0])
    return np.stack(left)


def bernstein(coefficients: FloatArray) -> FloatArray:
    """Bernstein coefficients on [0, 1] of sum_k coefficients[k] t^k.

    >>> bernstein(np.array([1.0, -2.0])).tolist()
    [1.0, -1.0]
    """
    return np.asarray(_from_powers(len(coefficients) - 1) @ coefficients)


@cache
def _from_powers(degree: int) -> FloatArray:
    k = range(degree + 1)
    return np.array([[math.comb(i, j) / math.comb(degree, j) for j in k] for i in k])


def first_negative(b: FloatArray) -> float:
    """The first sign change from positive to negative in (0, 1] of the polynomial with these Bernstein coefficients, or inf.

    Depth first from the left.
    """
    pending = [(b, 0.0, 1.0)]
    while pending:
        b, low, high = pending.pop()
        if (b >= 0).all():
            continue
        if b[0] >= 0 > b[-1] and np.count_nonzero(np.diff(np.signbit(b))) == 1:
            inner = 0.0 if b[0] == 0 else float(brentq(_value, 0.0, 1.0, args=(b.tolist(),), xtol=1e-15))
            return low + (high - low) * inner
        if high - low <= FINEST:
            if b[-1] < 0:
                return high
            continue
        middle = (low + high) / 2
        pending += [(_left(b[::-1], 0.5)[::-1], middle, high), (_left(b, 0.5), low, middle)]
    return math.inf


def _value(t: float, b: list[float]) -> float:
    """sum_k C(n, k) b_k t^k (1 - t)^(n-k), in one pass."""
    n, rest, power = len(b) - 1, 1 - t, 1.0
    value = b[0]
    for k in range(1, n + 1):
        power *= t * (n - k + 1) / k
        value = value * rest + power * b[k]
    return value

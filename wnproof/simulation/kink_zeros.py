"""Where the heights and slacks of a Taylor step first turn negative: the text that Numba compiles.

A step's polynomials are looked at only where |height| does not exceed sum_k |w_k| h^k.
"""

from __future__ import annotations

from math import inf, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wnproof.simulation.first_zero import first_zero
from wnproof.simulation.mode_choice import TIED, pull, slack_scale

Floats = NDArray[np.float64]
Signs = NDArray[np.int8]

LATEST = 5  # a function that is zero to this order is taken as zero for the next step
TOGETHER = 1e-13
FROZEN = 1e-12


def watch(
    values: Floats,
    length: int,
    fresh: bool,
    size: float,
    floor: float,
    h: float,
    soonest: float,
    now: float,
    binomial: Floats,
) -> float:
    """The first time in units of h at which sum_k values[k] s^k, lifted by floor * size, turns negative; -1 unresolved."""
    begin = 0
    if fresh:
        while begin < length and not abs(values[begin]) > TIED * size:
            begin += 1
        if begin >= min(length, LATEST):
            return inf
        if values[begin] < 0:
            return -1.0
    elif values[0] >= -floor * size:
        values[0] += floor * size
    if soonest < h:  # what comes later is of no interest
        whole, h = h, min(h, soonest * (1 + 1e-6) + 2 * TOGETHER * max(1.0, now))
        power = 1.0
        for k in range(begin, length):
            values[k] *= power
            power *= h / whole
    rest = 0.0
    for k in range(begin + 1, length):
        rest += abs(values[k])
    if values[begin] > rest:
        return inf
    if values[begin] <= 0:
        return 0.0
    return first_zero(values[begin:length], length - begin, binomial) * h


def zeros_of(
    h: float,
    now: float,
    order: int,
    problem: Any,
    stretch: Floats,
    label: float,
    numbers: Floats,
    modes: Signs,
    fresh: Any,
    slide: Any,
    rays: Any,
    series: Any,
    binomial: Floats,
    zeros: Floats,
) -> float:
    """zeros[j, g]: where one of the functions of neuron j and kink g turns negative within (0, h], in units of the pace.

    Returns the first of them, inf when there is none, -1 when one is unresolved.
    """
    lines = problem[0]
    held, _, inverse, kinks, held_count = slide
    directions, ray_start = rays
    W, force = series[0], series[8]
    D, m = W.shape[1], W.shape[2]
    K = len(lines)
    powers, values, low, high = np.ones(order + 1), np.zeros(order + 1), np.zeros(order + 1), np.zeros(order + 1)
    for k in range(1, order + 1):
        powers[k] = powers[k - 1] * h
    soonest = inf
    for j in range(m):
        room, length = 0.0, 0.0
        for k in range(order + 1):
            t = 0.0
            for a in range(D):
                t += W[k, a, j] ** 2
            t = sqrt(t)
            if k == 0:
                length = t
            else:
                room += t * powers[k]
        for g in range(K):
            zeros[j, g] = inf
            if modes[j, g] == 0:
                continue
            t = 0.0
            for a in range(D):
                t += W[0, a, j] * lines[g, a]
            if t * modes[j, g] > room * (1 + 1e-9):
                continue
            moving, largest = 0.0, 0.0
            for k in range(order + 1):
                t = 0.0
                for a in range(D):
                    t += W[k, a, j] * lines[g, a]
                values[k] = t * modes[j, g] * powers[k]
                if k > 0:
                    moving += abs(values[k])
                    largest = max(largest, abs(values[k]))
            if moving > 0 and values[0] <= moving:
                zero = watch(values, order + 1, fresh[j, g], 1e-2 * length + largest, 0.0, h, soonest, now, binomial)
                if zero < 0:
                    return -1.0
                zeros[j, g] = zero
                soonest = min(soonest, zero)
    for j in range(m):
        if not held[j]:
            continue
        if ray_start[j + 1] > ray_start[j]:
            size, first = 0.0, -1
            for g in range(K):
                if modes[j, g] == 0:
                    first = g if first < 0 else first
                    t = max(pull(0, j, g, order, series, powers, high), pull(1, j, g, order, series, powers, low))
                    size = max(size, slack_scale(j, g, order, t, stretch, label, numbers, series, powers))
            for v in range(ray_start[j], ray_start[j + 1]):
                for k in range(order + 1):
                    t = 0.0
                    for a in range(D):
                        t += force[k, a, j] * directions[v, a]
                    values[k] = t * powers[k]
                for g in range(K):
                    if modes[j, g] == 0:
                        t = 0.0
                        for a in range(D):
                            t += directions[v, a] * lines[g, a]
                        if abs(t) >= 1e-12:
                            pull(0 if t > 0 else 1, j, g, order, series, powers, low)
                            for k in range(order + 1):
                                values[k] += t * low[k]
                zero = watch(values, order + 1, fresh[j, first], size, 1e-13, h, soonest, now, binomial)
                if zero < 0:
                    return -1.0
                zeros[j, first] = min(zeros[j, first], zero)
                soonest = min(soonest, zero)
            continue
        for s in range(held_count[j]):
            g = kinks[j, s]
            right, left = pull(0, j, g, order, series, powers, high), pull(1, j, g, order, series, powers, low)
            size = slack_scale(j, g, order, max(right, left), stretch, label, numbers, series, powers)
            largest = 0.0
            for k in range(order + 1):
                largest = max(largest, abs(high[k]) + abs(low[k]))
            if largest < FROZEN * size:
                continue
            for k in range(order + 1):
                q = 0.0
                for a in range(D):
                    q -= inverse[j, s, a] * force[k, a, j]
                q *= powers[k]
                low[k], high[k] = q - low[k], high[k] - q
            for side in range(2):
                some = False
                for k in range(order + 1):
                    values[k] = low[k] if side == 0 else high[k]
                    some = some or values[k] != 0
                if some:
                    zero = watch(values, order + 1, fresh[j, g], size, 1e-13, h, soonest, now, binomial)
                    if zero < 0:
                        return -1.0
                    zeros[j, g] = min(zeros[j, g], zero)
                    soonest = min(soonest, zero)
    return soonest

"""Taylor coefficients of a plain two-layer network inside one mode, in reduced variables: the text that Numba compiles.

Neurons that are on the same sides of all kinks are one cell. With G_q = sum_i r_i slope_iq x_i, one vector a cell and output,

    f_i = scale * sum_q slope_iq x_i . Q_q + b,   Q_q = sum over the cell of a_j w_j,   w_j' = -a_j G_q,   a_j' = -w_j . G_q,

so that all products of series are those of a neuron's own few numbers, none runs over neurons and samples together.
"""

from __future__ import annotations

from math import exp
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Signs = NDArray[np.int8]
Problem = tuple[Floats, Indices, Floats, Floats, Floats]
"""Normals of the kinks (K, D); each sample's kink (n,), -1 for none, and its factors right and left of it (n,); labels (c, n)."""
Coefficients = tuple[Any, ...]
"""Of W (order+1, D, m), A (order+1, c, m), b (order+1, c), R and F (order+1, c, n), s and its rate (2, order+1, c, n), the pulls
on both sides of each kink (2, order+1, c, K), G by neuron (order+1, c, D, m), and force (order+1, D, m)."""
Cells = tuple[Indices, Signs]
"""Each neuron's cell (m,), and the sides of each cell (cells, K)."""

AFFINE, EXPONENTIAL, LOGISTIC, CONSTANT = 0, 1, 2, 3


def cells_of(modes: Signs, cell: Indices, sides: Signs) -> int:
    """Number the neurons' cells: neuron j has the modes (m, K) of sides[cell[j]]; how many there are."""
    m, K = modes.shape
    count = 0
    for j in range(m):
        found = -1
        for q in range(count):
            same = True
            for g in range(K):
                if modes[j, g] != sides[q, g]:
                    same = False
                    break
            if same:
                found = q
                break
        if found < 0:
            found = count
            for g in range(K):
                sides[count, g] = modes[j, g]
            count += 1
        cell[j] = found
    return count


def coefficients(
    first: int,
    upto: int,
    last: int,
    pace: float,
    problem: Problem,
    numbers: Floats,
    flags: Indices,
    cells: Cells,
    count: int,
    slide: tuple[Any, ...],
    series: Coefficients,
) -> None:
    """Set R, the pulls, G and the force of first..upto, and W, A, b of first + 1 .. min(upto + 1, last), in time / pace."""
    lines, kink, right, left, y = problem
    cell, sides = cells
    held, projection = slide[0], slide[1]
    W, A, b, R, F, soft, pulls, G, force = series
    D, m = W.shape[1], W.shape[2]
    c, n = y.shape
    K = len(lines)
    weight, scale = numbers[0], numbers[1]
    P, Q, U, along = np.zeros((D, m)), np.zeros((count, D)), np.zeros((2, K)), np.zeros(K)
    normals, up, down = np.zeros((D, K)), np.zeros((count, K)), np.zeros((count, K))  # inner loops run along kinks
    for g in range(K):
        for a in range(D):
            normals[a, g] = lines[g, a]
        for q in range(count):
            up[q, g] = 1.0 if sides[q, g] > 0 else 0.0
            down[q, g] = 1.0 if sides[q, g] < 0 else 0.0
    leaks = False
    for i in range(n):
        leaks = leaks or left[i] != 0
    for k in range(first, upto + 1):
        for a in range(D):
            for j in range(m):
                force[k, a, j] = 0.0
        for o in range(c):
            for a in range(D):
                for j in range(m):
                    P[a, j] = A[0, o, j] * W[k, a, j]
                for h in range(1, k + 1):
                    for j in range(m):
                        P[a, j] += A[h, o, j] * W[k - h, a, j]
            for q in range(count):
                for a in range(D):
                    Q[q, a] = 0.0
            for j in range(m):
                for a in range(D):
                    Q[cell[j], a] += P[a, j]
            for g in range(K):
                U[0, g] = U[1, g] = pulls[0, k, o, g] = pulls[1, k, o, g] = 0.0
            for q in range(count):
                for g in range(K):
                    along[g] = normals[0, g] * Q[q, 0]
                for a in range(1, D):
                    for g in range(K):
                        along[g] += normals[a, g] * Q[q, a]
                for g in range(K):
                    U[0, g] += up[q, g] * along[g]
                if leaks:
                    for g in range(K):
                        U[1, g] += down[q, g] * along[g]
            for i in range(n):
                t = b[k, o]
                if kink[i] >= 0:
                    t += right[i] * U[0, kink[i]] + left[i] * U[1, kink[i]]
                F[k, o, i] = scale * t
            residuals(k, o, flags[0], weight, y, R, F, soft)
            for i in range(n):
                if kink[i] >= 0:
                    pulls[0, k, o, kink[i]] += scale * right[i] * R[k, o, i]
                    pulls[1, k, o, kink[i]] += scale * left[i] * R[k, o, i]
            for q in range(count):
                for g in range(K):
                    along[g] = up[q, g] * pulls[0, k, o, g]
                if leaks:
                    for g in range(K):
                        along[g] += down[q, g] * pulls[1, k, o, g]
                for a in range(D):
                    t = 0.0
                    for g in range(K):
                        t += along[g] * normals[a, g]
                    Q[q, a] = t
            for a in range(D):
                for j in range(m):
                    G[k, o, a, j] = Q[cell[j], a]
                for h in range(k + 1):
                    for j in range(m):
                        force[k, a, j] += A[h, o, j] * G[k - h, o, a, j]
        if k == last:
            break
        step = -pace / (k + 1)
        for a in range(D):
            for j in range(m):
                W[k + 1, a, j] = step * force[k, a, j]
        for j in range(m):
            if held[j]:
                for a in range(D):
                    t = 0.0
                    for e in range(D):
                        t += projection[j, a, e] * force[k, e, j]
                    W[k + 1, a, j] = step * t
        for o in range(c):
            for j in range(m):
                A[k + 1, o, j] = 0.0
            if flags[1]:
                for h in range(k + 1):
                    for a in range(D):
                        for j in range(m):
                            A[k + 1, o, j] += W[h, a, j] * G[k - h, o, a, j]
                for j in range(m):
                    A[k + 1, o, j] *= step
            t = 0.0
            if flags[2]:
                for i in range(n):
                    t += R[k, o, i]
            b[k + 1, o] = step * scale * t


def residuals(k: int, o: int, loss: int, weight: float, y: Floats, R: Floats, F: Floats, soft: Floats) -> None:
    """Set R[k, o] = weight l'(F, y), given F up to k and R before; ``soft`` holds s of R = -weight y s, and s (1 - s)."""
    n = y.shape[1]
    if loss == CONSTANT:
        for i in range(n):
            R[k, o, i] = weight * y[o, i] if k == 0 else 0.0
        return
    if loss == AFFINE:
        for i in range(n):
            R[k, o, i] = weight * (F[k, o, i] - y[o, i]) if k == 0 else weight * F[k, o, i]
        return
    if k == 0:
        for i in range(n):
            z = y[o, i] * F[0, o, i]
            if loss == EXPONENTIAL:
                s = exp(-z)
            elif z > 0:
                s = exp(-z) / (1.0 + exp(-z))
            else:
                s = 1.0 / (1.0 + exp(z))
            soft[0, 0, o, i] = s
    else:
        for i in range(n):
            soft[0, k, o, i] = 0.0
        for h in range(1, k + 1):
            for i in range(n):
                soft[0, k, o, i] += h * F[h, o, i] * soft[1, k - h, o, i]
        for i in range(n):
            soft[0, k, o, i] *= -y[o, i] / k
    for i in range(n):
        soft[1, k, o, i] = soft[0, k, o, i]
        R[k, o, i] = -weight * y[o, i] * soft[0, k, o, i]
    if loss == LOGISTIC:
        for h in range(k + 1):
            for i in range(n):
                soft[1, k, o, i] -= soft[0, h, o, i] * soft[0, k - h, o, i]

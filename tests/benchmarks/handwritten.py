"""What a person who knows NumPy well writes for each workload: memory allocated once, ``out=`` everywhere, BLAS products.

Each function takes a workload and returns ``f(theta, out)``.
"""

from __future__ import annotations

import numpy as np


def small(workload):
    """W1, one plain leaky layer under the exponential loss: dW = a_j sum_i r_i s_ij x_i, da_j = <W_j, sum_i r_i s_ij x_i>."""
    (n, d), m = workload.data.X.shape, workload.net.widths[1]
    X, y = np.ascontiguousarray(workload.data.X.T), -workload.data.y
    Xy = np.ascontiguousarray((X * -y / n).T)
    p, z, h, s = np.empty(m * d + m), np.empty((m, n)), np.empty((m, n)), np.empty((m, n))
    W, a, r, G, result = p[: m * d].reshape(m, d), p[m * d :], np.empty(n), np.empty((m, d)), np.empty(m * d + m)
    dW, da, column = result[: m * d].reshape(m, d), result[m * d :], a[:, None]
    slope, rest, zero = (np.array(v) for v in (0.1, 0.9, 0.0))

    def velocity(theta, out):
        np.copyto(p, theta)
        np.dot(W, X, out=z)
        np.multiply(z, slope, out=h)
        np.maximum(z, h, out=h)
        np.dot(a, h, out=r)
        np.multiply(r, y, out=r)
        np.exp(r, out=r)
        np.greater(z, zero, out=s)
        np.multiply(s, rest, out=s)
        np.add(s, slope, out=s)
        np.multiply(s, r, out=s)
        np.dot(s, Xy, out=G)
        np.multiply(column, G, out=dW)
        np.vecdot(W, G, out=da)
        np.copyto(out, result)
        return out

    return velocity


def normalized(workload, block=None):
    """W2-W4: w_j = g_j v_j/|v_j|; with G_j = sum_i r_i 1[z_ij > 0] x_i everything is G_j, <v_j, G_j> and numbers per neuron.

    The samples come in blocks, so that the (m, block) arrays stay near the cache.
    """
    (n, d), m = workload.data.X.shape, workload.net.widths[1]
    block = block or n
    X, y = workload.data.X, workload.data.y
    parts = [
        (
            np.ascontiguousarray(X[k : k + block].T),
            y[k : k + block].copy(),
            np.ascontiguousarray((X * y[:, None] / n)[k : k + block].T),
        )
        for k in range(0, n, block)
    ]
    P = m * d + 2 * m
    p, result = np.empty(P), np.empty(P)
    V, g, a = p[: m * d].reshape(m, d), p[m * d : m * d + m], p[m * d + m :]
    dV, dg, da = result[: m * d].reshape(m, d), result[m * d : m * d + m], result[m * d + m :]
    q, norm, c, u, w = (np.empty(m) for _ in range(5))
    W, G, more = (np.empty((m, d)) for _ in range(3))
    one, zero = np.array(1.0), np.array(0.0)
    memory = [
        (X_, y_, Xy, np.empty((m, len(y_))), np.empty((m, len(y_))), np.empty(len(y_)), np.empty(Xy.shape))
        for X_, y_, Xy in parts
    ]
    c_column, u_column = c[:, None], u[:, None]

    def velocity(theta, out):
        np.copyto(p, theta)
        np.vecdot(V, V, out=q)
        np.sqrt(q, out=norm)
        np.divide(g, norm, out=c)
        np.multiply(V, c_column, out=W)
        for k, (x, sign, xy, z, s, r, rx) in enumerate(memory):
            np.dot(W, x, out=z)
            np.maximum(z, zero, out=z)
            np.greater(z, zero, out=s)
            np.dot(a, z, out=r)
            np.multiply(r, sign, out=r)
            np.exp(r, out=r)
            np.add(r, one, out=r)
            np.divide(xy, r, out=rx)
            if k == 0:
                np.dot(s, rx.T, out=G)
            else:
                np.dot(s, rx.T, out=more)
                np.add(G, more, out=G)
        np.vecdot(V, G, out=u)
        np.multiply(u, c, out=da)
        np.multiply(u, a, out=w)
        np.divide(w, norm, out=dg)
        np.divide(u, q, out=u)
        np.multiply(V, u_column, out=W)
        np.subtract(G, W, out=G)
        np.multiply(c, a, out=c)
        np.multiply(G, c_column, out=dV)
        np.copyto(out, result)
        return out

    return velocity


def ensemble(workload, block=512):
    """W5: theta (P, E), members last, in blocks; the shared data meet every member in one matrix product."""
    (n, d), m, E = workload.data.X.shape, workload.net.widths[1], workload.members
    X, y = np.ascontiguousarray(workload.data.X), workload.data.y[:, None].copy()
    Xy = np.ascontiguousarray((X * y / n).T)
    p, result = np.empty((m * d + 2 * m, block)), np.empty((m * d + 2 * m, block))
    V, g, a = p[: m * d].reshape(m, d, block), p[m * d : m * d + m], p[m * d + m :]
    dV, dg, da = result[: m * d].reshape(m, d, block), result[m * d : m * d + m], result[m * d + m :]
    q, norm, c, u, w = (np.empty((m, block)) for _ in range(5))
    W, G, T = (np.empty((m, d, block)) for _ in range(3))
    z, s, r = np.empty((m, n, block)), np.empty((m, n, block)), np.empty((n, block))
    one, zero = np.array(1.0), np.array(0.0)

    def velocity(theta, out):
        for k in range(0, E, block):
            np.copyto(p, theta[:, k : k + block])
            np.multiply(V, V, out=T)
            np.add.reduce(T, axis=1, out=q)
            np.sqrt(q, out=norm)
            np.divide(g, norm, out=c)
            np.multiply(V, c[:, None], out=W)
            np.matmul(X, W, out=z)
            np.maximum(z, zero, out=z)
            np.greater(z, zero, out=s)
            np.multiply(z, a[:, None], out=z)
            np.add.reduce(z, axis=0, out=r)
            np.multiply(r, y, out=r)
            np.exp(r, out=r)
            np.add(r, one, out=r)
            np.divide(s, r, out=s)
            np.matmul(Xy, s, out=G)
            np.multiply(V, G, out=T)
            np.add.reduce(T, axis=1, out=u)
            np.multiply(u, c, out=da)
            np.multiply(u, a, out=w)
            np.divide(w, norm, out=dg)
            np.divide(u, q, out=u)
            np.multiply(V, u[:, None], out=W)
            np.subtract(G, W, out=G)
            np.multiply(c, a, out=c)
            np.multiply(G, c[:, None], out=dV)
            np.copyto(out[:, k : k + block], result)
        return out

    return velocity


def deep(workload):
    """W6: two hidden leaky layers, backpropagation by hand."""
    (n, d), (_, m, k, _) = workload.data.X.shape, workload.net.widths
    X, y = np.ascontiguousarray(workload.data.X.T), workload.data.y
    Xrows, yn = np.ascontiguousarray(workload.data.X), y / n
    sizes = np.cumsum([0, m * d, k * m, k])
    p, result = np.empty(sizes[-1]), np.empty(sizes[-1])
    (W1, W2, W3), (d1, d2, d3) = (
        (v[: sizes[1]].reshape(m, d), v[sizes[1] : sizes[2]].reshape(k, m), v[sizes[2] :]) for v in (p, result)
    )
    z1, h1, s1, b1 = (np.empty((m, n)) for _ in range(4))
    z2, h2, s2 = (np.empty((k, n)) for _ in range(3))
    r, W2T, h1T, column = np.empty(n), W2.T, h1.T, W3[:, None]
    slope, rest, zero, one = (np.array(v) for v in (0.1, 0.9, 0.0, 1.0))

    def velocity(theta, out):
        np.copyto(p, theta)
        for W, x, z, h, s in ((W1, X, z1, h1, s1), (W2, h1, z2, h2, s2)):
            np.dot(W, x, out=z)
            np.multiply(z, slope, out=h)
            np.maximum(z, h, out=h)
            np.greater(z, zero, out=s)
            np.multiply(s, rest, out=s)
            np.add(s, slope, out=s)
        np.dot(W3, h2, out=r)
        np.multiply(r, y, out=r)
        np.exp(r, out=r)
        np.add(r, one, out=r)
        np.divide(yn, r, out=r)
        np.dot(h2, r, out=d3)
        np.multiply(s2, r, out=s2)
        np.multiply(s2, column, out=s2)
        np.dot(s2, h1T, out=d2)
        np.dot(W2T, s2, out=b1)
        np.multiply(b1, s1, out=b1)
        np.dot(b1, Xrows, out=d1)
        np.copyto(out, result)
        return out

    return velocity


def handwritten(workload):
    """The hand-written velocity of a workload."""
    name = workload.name
    if name == "W1":
        return small(workload)
    if name == "W5":
        return ensemble(workload)
    return deep(workload) if name == "W6" else normalized(workload, 100 if name == "W4" else None)

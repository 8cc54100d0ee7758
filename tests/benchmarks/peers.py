"""The same velocities by automatic differentiation in other libraries, where they are installed; each is ``f(theta, out)``.

A peer is called as its users call it: array in, array out, one thread, compiled where the library compiles.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import numpy as np


def forward(workload, theta, X, y, m):
    """The averaged loss of one theta (P,), written once in the operations that all libraries share (``m``: a namespace)."""
    start, h = 0, X
    widths = workload.net.widths
    for layer, (d, width) in enumerate(zip(widths, widths[1:], strict=False)):
        W = theta[start : start + d * width].reshape((width, d))
        start += d * width
        last = layer == len(widths) - 2
        if not last and workload.name in ("W2", "W3", "W4", "W5"):
            g = theta[start : start + width]
            start += width
            W = W * (g / m.sqrt((W * W).sum(1)))[:, None]
        h = h @ W.T
        if not last:
            h = m.maximum(h, 0.0 * h) if workload.name in ("W2", "W3", "W4", "W5") else m.maximum(h, 0.1 * h)
    margin = y * h[:, 0]
    return (m.exp(-margin) if workload.name == "W1" else m.log1p(m.exp(-margin))).mean()


def jax(workload) -> Callable:
    import jax as library
    import jax.numpy as m

    library.config.update("jax_enable_x64", True)
    X, y = m.asarray(workload.data.X), m.asarray(workload.data.y)

    def velocity(theta):
        return -library.grad(lambda t: forward(workload, t, X, y, m))(theta)

    if workload.members:
        compiled = library.jit(library.vmap(velocity, in_axes=1, out_axes=1))
    else:
        compiled = library.jit(velocity)
    return lambda theta, out: compiled(theta).block_until_ready()


def torch(workload) -> Callable:
    import torch as m

    if workload.members:
        raise ImportError("an ensemble has no counterpart here")
    m.set_num_threads(1)
    X, y = m.from_numpy(workload.data.X), m.from_numpy(workload.data.y)

    def velocity(theta, out):
        t = m.from_numpy(theta).requires_grad_()
        forward(workload, t, X, y, m).backward()
        return -t.grad.numpy()

    return velocity


def autograd(workload) -> Callable:
    import autograd.numpy as m
    from autograd import grad

    if workload.members:
        raise ImportError("an ensemble has no counterpart here")
    slope = grad(lambda theta: forward(workload, theta, workload.data.X, workload.data.y, m))
    return lambda theta, out: -slope(theta)


def casadi(workload) -> Callable:
    import casadi as m

    if workload.name not in ("W2", "W3", "W4"):
        raise ImportError("written for one normalized hidden layer")
    (d, width, _), X, y = workload.net.widths, workload.data.X, workload.data.y
    theta = m.MX.sym("theta", workload.net.parameters.size)
    V = m.reshape(theta[: d * width], d, width).T
    g, a = theta[d * width : (d + 1) * width], theta[(d + 1) * width :]
    z = m.mtimes(V * m.repmat(g / m.sqrt(m.sum2(V * V)), 1, d), m.DM(X.T))
    loss = m.sum1(m.log1p(m.exp(-m.DM(y) * m.mtimes(m.fmax(z, 0).T, a)))) / len(y)
    function = m.Function("velocity", [theta], [-m.gradient(loss, theta)])
    return lambda theta, out: np.asarray(function(theta))[:, 0]


def pytensor(workload) -> Callable:
    import pytensor as library
    import pytensor.tensor as m

    if workload.members:
        raise ImportError("an ensemble has no counterpart here")
    theta = m.vector("theta", dtype="float64")
    loss = forward(workload, theta, m.constant(workload.data.X), m.constant(workload.data.y), m)
    function = library.function([theta], -library.grad(loss, theta), mode="NUMBA")
    function.trust_input = True
    return lambda theta, out: function(theta)


def installed(workload) -> Iterator[tuple[str, Callable]]:
    """(name, velocity) for every library that can be imported and has this workload."""
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
    for library in (jax, torch, autograd, casadi, pytensor):
        try:
            yield library.__name__, library(workload)
        except ImportError:
            continue

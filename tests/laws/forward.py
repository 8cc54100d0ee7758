"""An oracle for kernels: the network's definition written once in complex NumPy, and derivatives by complex steps.

Im f(theta + i h e_k) / h is the derivative to the last digit, with no difference of close numbers; kinks look at the real part.
Nothing here knows the graph. Second derivatives are differences of these gradients, extrapolated.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import sympy as sp
from scipy.special import erf

from wnproof.model.normalizations import matrix

STEP = 1e-30


def _kink(z, right, left, degree):
    return np.where(np.real(z) > 0, right, left) * z**degree


_FUNCTIONS = [{"Pw": _kink, "erf": erf, "sum_outputs": lambda h: h.sum(axis=1, keepdims=True)}, "numpy"]
_FUNCTIONS[0]["norm"] = lambda V: np.sqrt((V**2).sum(axis=1, keepdims=True))


@cache
def _function(expr, *symbols):
    return sp.lambdify(symbols, expr, modules=_FUNCTIONS)


def _symbols(expr):
    return sorted(expr.free_symbols, key=str)


def output(net, theta, X):
    """f (n, k) at theta (P,), real or complex."""
    at, h = 0, X
    for layer in range(1, net.depth + 1):
        rows, columns = net.widths[layer], net.widths[layer - 1]
        normalization, raw = net.normalizations[layer - 1], {}
        for letter, kind in normalization.raw:
            shape = (rows, columns) if kind is matrix else (rows, 1)
            raw[letter] = theta[at : at + shape[0] * shape[1]].reshape(shape)
            at += shape[0] * shape[1]
        names = [sp.Symbol(letter, real=True) for letter in raw]
        h = h @ _function(normalization.weight, *names)(*raw.values()).T
        if net.biases[layer - 1]:
            h = h + theta[at : at + rows]
            at += rows
        if layer < net.depth:
            h = _function(net.activation.expr, *_symbols(net.activation.expr))(h)
    assert at == len(theta)
    return float(net.scale) * h


def loss(net, criterion, theta, X, y):
    """The total loss at theta (P,)."""
    f, y = output(net, theta, X), y.reshape(len(X), -1)
    terms = _function(criterion.expr, *_symbols(criterion.expr))(f, y)
    return terms.sum() / (len(X) if criterion.mean else 1)


def pulls(criterion, y):
    """-dl/df at f = 0, by complex steps, shaped as y."""
    rows = y.reshape(len(y), -1)
    z = np.empty(rows.shape)
    for k in range(rows.shape[1]):
        f = np.zeros(rows.shape, complex)
        f[:, k] = 1j * STEP
        terms = np.broadcast_to(_function(criterion.expr, *_symbols(criterion.expr))(f, rows), rows.shape)
        z[:, k] = -terms.imag.sum(axis=1) / STEP / (len(y) if criterion.mean else 1)
    return z


def derivative(function, theta):
    """d function / d theta, the parameters first: (P, ...) for a function of theta (P,) with values (...)."""
    steps = theta + 1j * STEP * np.eye(len(theta))
    return np.array([np.imag(function(row)) / STEP for row in steps])


def along(function, theta, direction, step=1e-4):
    """d function(theta + t direction)/dt at t = 0: central differences, their errors of order 2 and 4 removed."""
    sizes = (step, step / 2, step / 4)
    rows = [(function(theta + h * direction) - function(theta - h * direction)) / (2 * h) for h in sizes]
    rows = [(4 * b - a) / 3 for a, b in zip(rows, rows[1:], strict=False)]
    return (16 * rows[1] - rows[0]) / 15

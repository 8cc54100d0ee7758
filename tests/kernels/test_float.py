"""Compiled kernels in floating point: against the exact expansion, at kinks, at infinity, with NaN, and between calls."""

from __future__ import annotations

import math
import types

import mpmath
import numpy as np
import pytest
import sympy as sp

from wnproof.derive.flow import GradientFlow
from wnproof.graph.expand import expand
from wnproof.graph.kink import Pw
from wnproof.graph.nodes import argument, pointwise
from wnproof.graph.quantity import Quantity
from wnproof.graph.space import Block, ParameterSpace
from wnproof.kernels.kernel import kernel
from wnproof.kernels.numpy_target import NumPy
from wnproof.model.activations import Activation, absolute, leaky_relu, polynomial_relu, relu, tanh
from wnproof.model.losses import exponential, logistic, square
from wnproof.model.network import Network
from wnproof.model.normalizations import exponential_weight_norm, weight_norm

SOFTPLUS = Activation("softplus", sp.log(1 + sp.exp(argument(0))), None)
MODELS = {
    "relu": (Network((3, 4, 1), relu), square),
    "normalized": (Network((3, 4, 1), relu, normalization=weight_norm), logistic.averaged),
    "normalized, deep": (Network((3, 4, 3, 1), leaky_relu("1/10"), normalization=weight_norm), logistic),
    "exponentially normalized": (Network((3, 4, 1), relu, normalization=exponential_weight_norm), exponential.averaged),
    "leaky squared, deep": (Network((3, 4, 3, 1), polynomial_relu(2, "1/10")), logistic.averaged),
    "absolute": (Network((3, 4, 1), absolute), logistic),
    "tanh, bias": (Network((3, 2, 2, 1), tanh, bias=True), logistic.averaged),
    "softplus": (Network((3, 4, 1), SOFTPLUS), logistic),
    "two outputs": (Network((3, 4, 2), relu, bias=True), square.averaged),
}


def drawn(net, n=7, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.choice([-1.0, 1.0], size=(n,) if net.widths[-1] == 1 else (n, net.widths[-1]))
    return types.SimpleNamespace(X=rng.standard_normal((n, net.widths[0])), y=y), rng.standard_normal(net.size) / 2


def expanded(quantity, theta, data):
    """The quantity by the scalar oracle, in 30 digits at the exact binary values."""
    blocks = quantity.parameters.unflatten(theta)
    sizes = {**quantity.sizes, "i": len(data.X)}
    exact = np.vectorize(lambda x: sp.Rational(float(x)), otypes=[object])
    values = {**quantity.constants, "X": exact(data.X), "Y": exact(data.y)}
    for block in quantity.parameters.blocks:
        values[block.name] = exact(blocks[block.name]).reshape([sizes[a] for a in block.axes])
    rows = [[float(sp.N(e, 30)) for e in expand(root, sizes, values).ravel()] for root in quantity.roots]
    return np.concatenate([np.array(row) for row in rows])


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("what", ["velocity", "loss"])
def test_float_kernel_is_the_expansion(name, what):
    net, loss = MODELS[name]
    quantity = getattr(GradientFlow(net, loss), what)
    data, theta = drawn(net, n=3 if net.depth == 2 else 1)
    wanted = expanded(quantity, theta, data)
    found = np.ravel(kernel(quantity, data)(theta))
    assert np.max(abs(found - wanted)) <= 1e-12 * np.max(abs(wanted))
    single = np.ravel(kernel(quantity, data, target=NumPy(np.float32))(theta))
    assert single.dtype == np.float32
    assert np.max(abs(single - wanted)) <= 1e-4 * np.max(abs(wanted))


@pytest.mark.parametrize("name", ["normalized", "tanh, bias", "softplus", "leaky squared, deep"])
def test_velocity_is_minus_the_gradient_of_the_loss(name):
    """Taylor's remainder |L(t + h d) - L(t) + h <velocity, d>| falls like h^2; at these seeds no step crosses a kink."""
    net, loss = MODELS[name]
    wide = Network((10, 64, *net.widths[2:-1], 1), net.activation, normalization=net.normalizations, bias=net.biases)
    data, theta = drawn(wide, n=200, seed=3)
    flow = GradientFlow(wide, loss)
    L, velocity = kernel(flow.loss, data), kernel(flow, data)(theta)
    direction = np.random.default_rng(4).standard_normal(wide.size)
    direction /= np.linalg.norm(direction)
    steps = np.array([1e-4, 1e-5]) if wide.activation.degree == 1 else np.array([1e-2, 1e-3])
    remainder = [abs(L(theta + h * direction) - L(theta) + h * (velocity @ direction)) for h in steps]
    order = math.log10(remainder[0] / remainder[1])
    assert 1.8 < order < 2.2


@pytest.mark.parametrize("name", MODELS)
def test_not_a_number_is_never_laundered(name):
    net, loss = MODELS[name]
    for n in (5, 2000):  # both ways of making slope masks
        data, theta = drawn(net, n=n)
        flow = GradientFlow(net, loss)
        velocity, L, output = kernel(flow, data), kernel(flow.loss, data), kernel(net.output, data)
        for k in range(net.size):
            bad = theta.copy()
            bad[k] = np.nan
            assert np.isnan(L(bad))
            assert np.isnan(output(bad)).any()
            name_of_block = next(b for b, _, part in net.blocks if part.start <= k < part.stop)
            part = next(p for b, _, p in net.blocks if b == name_of_block)
            assert np.isnan(velocity(bad)[part]).any()
        assert np.isfinite(velocity(theta)).all()


def step(right, left, degree):
    """The kernel of Pw(z, right, left, degree), entry by entry."""
    z = Block("z", ("k",), (2500,))
    node = pointwise(Pw(argument(0), right, left, degree), z.leaf)
    return kernel(Quantity("kink", (node,), ParameterSpace((z,)), {"k": 2500}))


@pytest.mark.parametrize("degree", [0, 1, 2, 3])
@pytest.mark.parametrize(("right", "left"), [(1, 0), (1, sp.Rational(1, 10)), (0, 1), (1, -1), (-2, 3), (3, 2), (0, -1), (1, 5)])
def test_kinks_take_the_left_piece_and_bear_infinity(right, left, degree):
    tiny = 5e-324 if degree == 0 else 1e-300
    points = np.array([-np.inf, -2.0, -tiny, -0.0, 0.0, tiny, 2.0, np.inf, np.nan])
    z = np.zeros(2500)
    z[: len(points)] = points
    found = step(right, left, degree)(z)[: len(points)]
    assert np.isnan(found[-1])
    for x, value in zip(points[:-1], found, strict=False):
        c = float(right if x > 0 else left)
        wanted = c * x**degree if c else 0.0
        assert value == pytest.approx(wanted, rel=1e-15, abs=0), (x, value, wanted)


def test_the_velocity_at_a_kink_uses_slope_zero_of_relu():
    net = Network((1, 1, 1), relu, fixed={"W2": [[1]]})
    data = types.SimpleNamespace(X=np.array([[1.0], [-1.0]]), y=np.array([1.0, 1.0]))
    ker = kernel(GradientFlow(net, square), data)
    assert ker([0.0]) == [0.0]
    leaky = Network((1, 1, 1), leaky_relu("1/4"), fixed={"W2": [[1]]})
    assert kernel(GradientFlow(leaky, square), data)([0.0]) == [0.0]  # slope 1/4 on both samples, inputs 1 and -1
    one = types.SimpleNamespace(X=[[1.0]], y=[1.0])
    assert kernel(GradientFlow(leaky, square), one)([0.0]) == [0.25]


def test_logistic_margins_up_to_ten_thousand_neither_overflow_nor_warn():
    net = Network((1, 1), relu)
    data = types.SimpleNamespace(X=np.array([[1.0]]), y=np.array([1.0]))
    flow = GradientFlow(net, logistic)
    L, velocity = kernel(flow.loss, data), kernel(flow, data)
    for t in (-1e4, -800.0, -710.0, -40.0, 0.0, 40.0, 710.0, 800.0, 1e4):
        tail = mpmath.exp(-mpmath.mpf(t))
        assert L([t]) == pytest.approx(float(mpmath.log1p(tail)), rel=1e-14, abs=1e-320)
        assert velocity([t])[0] == pytest.approx(float(tail / (1 + tail)), rel=1e-13, abs=1e-308)


def test_softplus_bends_without_overflow():
    z = Block("z", ("k",), (5,))
    node = pointwise(SOFTPLUS.expr, z.leaf)
    ker = kernel(Quantity("softplus", (node,), ParameterSpace((z,)), {"k": 5}))
    points = [-1e4, -50.0, 0.0, 50.0, 1e4]
    assert ker(points) == pytest.approx([0.0, math.exp(-50), math.log(2), 50 + math.exp(-50), 1e4], rel=1e-15)
    assert np.isnan(ker([np.nan, 0, 0, 0, 0])[0])


def test_a_zero_row_under_weight_norm_is_not_a_number_and_does_not_warn():
    net, loss = MODELS["normalized"]
    data, theta = drawn(net)
    theta[:3] = 0
    assert np.isnan(kernel(GradientFlow(net, loss), data)(theta)).all()


@pytest.mark.parametrize("name", MODELS)
def test_zero_weights_divide_nothing(name):
    """No rewriting divides by a weight that the mathematics does not divide by; only directions v may not vanish."""
    net, loss = MODELS[name]
    data, theta = drawn(net)
    ker = kernel(GradientFlow(net, loss), data)
    for block, _, part in net.blocks:
        zeroed = theta.copy()
        zeroed[part] = 0
        assert np.isfinite(ker(zeroed)).all() == (block[0] != "V")

"""Every quantity as a kernel, over every activation, normalization and loss, depth 1 to 6, beside complex steps.

By default each pair of members meets once with the depths taken in turn; ``-m full`` runs the whole product.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import wnproof as wn
from tests.laws import forward
from tests.laws.families import ACTIVATIONS, LOSSES, NORMALIZATIONS, outputs
from wnproof.kernels.kernel import Kernel

DEPTHS = range(1, 7)
X = np.array([[0.5, -0.125], [-0.25, 0.5], [0.25, 0.625]])


def network(activation, normalization, depth, k=1):
    """Two inputs, hidden layers of width 3 and 2 in turn, biases in every second network's first layer."""
    hidden = [3 - layer % 2 for layer in range(depth - 1)]
    bias = ((depth > 1 and depth % 2 == 0), *[False] * (depth - 1))
    return wn.Network((2, *hidden, k), activation, normalization=(normalization,) * depth, bias=bias, scale="1/2")


def drawn(net):
    """theta of the size, between 1/8 and 4, at which the largest output is 0.7: degree 3^5 neither overflows nor vanishes."""
    rng = np.random.default_rng(net.size)
    theta = rng.uniform(0.5, 1.0, net.size) * rng.choice([-1.0, 1.0, 1.0, 1.0], net.size)
    low, high = 0.125, 4.0 if net.activation.degree else 1.0
    for _ in range(20):
        size = (low * high) ** 0.5
        with np.errstate(all="ignore"):  # infinity is too large, too
            fits = np.abs(forward.output(net, size * theta, X)).max() < 0.7
        low, high = (size, high) if fits else (low, size)
    return low * theta


def labels(k):
    y = np.array([1.0, -1.0, 1.0])
    return y if k == 1 else np.eye(k)[[0, 1, 0]]


def both(quantity, data, theta, wanted, rtol=1e-11):
    """The kernel in double and in single precision, up to a part of the largest entry."""
    wanted = np.asarray(wanted)
    largest = np.abs(wanted).max(initial=0)
    double = wn.kernel(quantity, data)
    single = Kernel(double.plan, wn.NumPy(np.float32), double._data)
    for ker, bound in ((double, rtol), (single, 1e-2)):
        found = np.asarray(ker(theta))
        assert found.dtype == ker.target.dtype
        assert found.shape == wanted.shape
        assert np.abs(found - wanted).max(initial=0) <= bound * largest


def cases(*families):
    """Every member of every family with every pair of members of the first two; the depths in turn. All of it when ``full``."""
    short = [(*pair, DEPTHS[k % 6]) for k, pair in enumerate(product(*families))]
    rest = [case for case in product(*families, DEPTHS) if case not in short]
    return [*short, *(pytest.param(*case, marks=pytest.mark.full) for case in rest)]


@pytest.mark.parametrize(("activation", "normalization", "loss", "depth"), cases(ACTIVATIONS, NORMALIZATIONS, LOSSES), ids=repr)
def test_loss_and_velocity(activation, normalization, loss, depth):
    criterion = loss.averaged if depth % 2 else loss
    net = network(activation, normalization, depth, outputs(loss))
    theta, data = drawn(net), wn.Dataset(X, labels(outputs(loss)))
    flow = wn.gradient_flow(net, criterion)
    both(flow.loss, data, theta, forward.loss(net, criterion, theta, X, data.y))
    slope = forward.derivative(lambda t: forward.loss(net, criterion, t, X, data.y), theta)
    both(flow, data, theta, -slope)


@pytest.mark.parametrize(("activation", "normalization", "depth"), cases(ACTIVATIONS, NORMALIZATIONS), ids=repr)
def test_output_and_jacobian(activation, normalization, depth):
    k = 1 + depth % 2
    net = network(activation, normalization, depth, k)
    theta, data = drawn(net), wn.Dataset(X, labels(k))
    shape = (3, k) if k > 1 else (3,)

    def output(t):
        return forward.output(net, t, X).reshape(shape)

    both(net.output, data, theta, output(theta))
    both(wn.gradient_flow(net).jacobian, data, theta, forward.derivative(output, theta))


SMOOTH_OR_KINKED = [a for a in ACTIVATIONS if a.degree is not None]


@pytest.mark.parametrize("loss", [wn.square, wn.cross_entropy.averaged], ids=repr)
@pytest.mark.parametrize(("activation", "normalization", "depth"), cases(SMOOTH_OR_KINKED, [wn.plain, wn.weight_norm]), ids=repr)
def test_correlation_with_its_gradient_and_hessian_products(activation, normalization, loss, depth):
    k = outputs(loss)
    net = network(activation, normalization, depth, k)
    u, data = drawn(net), wn.Dataset(X, labels(k))
    problem, z = wn.ncf(net, data, loss), forward.pulls(loss, data.y)
    d = np.random.default_rng(1).standard_normal(net.size)

    def value(t):
        return (z * forward.output(net, t, X)).sum()

    def gradient(t):
        return forward.derivative(value, t)

    both(problem.value, None, u, value(u))
    both(problem, None, u, gradient(u))
    both(problem.hessian_product, None, np.concatenate((u, d)), forward.along(gradient, u, d), 1e-8)


@pytest.mark.parametrize(("activation", "normalization", "depth"), cases(ACTIVATIONS, NORMALIZATIONS), ids=repr)
def test_tangent_kernels_and_their_parts(activation, normalization, depth):
    net = network(activation, normalization, depth)
    theta, data = drawn(net), wn.Dataset(X, labels(1))
    jacobian, ntk = forward.derivative(lambda t: forward.output(net, t, X)[:, 0], theta), wn.ntk(net)
    both(ntk.gram, data, theta, jacobian.T @ jacobian)
    if normalization is wn.plain:
        return
    for quantity, letters in ((ntk.direction_part, "V"), (ntk.length_part, "ga")):
        rows = np.concatenate([jacobian[part] for name, _, part in net.blocks if name[0] in letters])
        both(quantity, data, theta, rows.T @ rows)


@pytest.mark.parametrize("what", ["another kink", "another loss", "a part"])
def test_the_comparison_can_fail(what):
    net = network(wn.relu, wn.weight_norm, 3)
    theta, data = drawn(net), wn.Dataset(X, labels(1))
    other = wn.Network(net.widths, wn.leaky_relu("1/100"), normalization=net.normalizations, scale="1/2")
    wanted = {
        "another kink": (
            wn.gradient_flow(net),
            -forward.derivative(lambda t: forward.loss(other, wn.square, t, X, data.y), theta),
        ),
        "another loss": (wn.gradient_flow(net, wn.logistic).loss, forward.loss(net, wn.exponential, theta, X, data.y)),
        "a part": (wn.ntk(net).gram, wn.kernel(wn.ntk(net).length_part, data)(theta)),
    }
    with pytest.raises(AssertionError):
        both(wanted[what][0], data, theta, wanted[what][1])


@pytest.mark.full
@pytest.mark.parametrize(
    ("activation", "normalization", "depth"), cases(ACTIVATIONS, NORMALIZATIONS)[: 3 * len(ACTIVATIONS)], ids=repr
)
def test_compiled_loops_are_the_numpy_program(activation, normalization, depth, tmp_path):
    pytest.importorskip("numba")
    loss = LOSSES[depth % len(LOSSES)]
    net = network(activation, normalization, depth, outputs(loss))
    theta, data = drawn(net), wn.Dataset(X, labels(outputs(loss)))
    flow = wn.gradient_flow(net, loss)
    for quantity in (flow, flow.loss) if depth < 4 else (flow,):
        wanted = wn.kernel(quantity, data)(theta)
        assert wn.kernel(quantity, data, target=wn.Numba(cache=tmp_path))(theta) == pytest.approx(wanted, rel=1e-11, abs=1e-13)

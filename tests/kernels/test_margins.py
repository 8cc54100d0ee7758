"""Extreme margins in every loss, and one kernel in several threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest

import wnproof as wn
from wnproof.kernels.kernel import kernel

X = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.5]])
SIGNS = np.array([1.0, 1.0, -1.0])
ACTIVATIONS = [wn.relu, wn.leaky_relu("1/10"), wn.tanh, wn.linear]


def case(loss, activation, scale):
    """A loss and its velocity with margins of the order of ``scale``."""
    outputs = 3 if loss is wn.cross_entropy else 1
    net = wn.Network((2, 2, outputs), activation)
    theta = np.ones(net.size)
    theta[4:] *= scale
    flow = wn.gradient_flow(net, loss)
    data = SimpleNamespace(X=X, y=np.eye(3) if outputs == 3 else SIGNS)
    return kernel(flow.loss, data)(theta), kernel(flow, data)(theta)


@pytest.mark.parametrize("loss", [wn.square, wn.logistic, wn.logistic.averaged, wn.cross_entropy], ids=repr)
@pytest.mark.parametrize("activation", ACTIVATIONS, ids=repr)
@pytest.mark.parametrize("scale", [1e4, -1e4])
def test_margins_of_ten_thousand_are_ordinary(loss, activation, scale):
    value, velocity = case(loss, activation, scale)
    assert np.isfinite(value)
    assert np.isfinite(velocity).all()


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=repr)
def test_the_exponential_loss_vanishes_or_exceeds_every_float(activation):
    """exp(10^4) is no float: the result is infinite or not-a-number, never a wrong finite number, and nothing warns."""
    value, velocity = case(wn.exponential, activation, 1e4)
    assert np.isfinite(value)
    assert np.isfinite(velocity).all()
    value, velocity = case(wn.exponential, activation, -1e4)
    assert value == np.inf
    assert not np.isfinite(velocity).all()


def test_copies_of_one_kernel_run_in_threads():
    rng = np.random.default_rng(0)
    net = wn.Network((6, 40, 1), wn.relu, normalization=wn.weight_norm)
    data = SimpleNamespace(X=rng.standard_normal((300, 6)), y=rng.choice([-1.0, 1.0], 300))
    ker = kernel(wn.gradient_flow(net, wn.logistic), data)
    thetas = rng.standard_normal((8, net.size))
    wanted = [ker(theta) for theta in thetas]

    def repeated(theta):
        own = ker.copy()
        return [own(theta) for _ in range(50)]

    with ThreadPoolExecutor(8) as pool:
        for results, expected in zip(pool.map(repeated, thetas), wanted, strict=True):
            assert all(np.array_equal(result, expected) for result in results)

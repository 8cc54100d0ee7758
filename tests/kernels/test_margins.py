"""Extreme margins in every loss, and one kernel in several threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace

import mpmath
import numpy as np
import pytest

import wnproof as wn
from tests.laws.families import ACTIVATIONS, LOSSES, NORMALIZATIONS, outputs
from wnproof.graph.nodes import constant, contract, ones
from wnproof.graph.space import Block
from wnproof.graph.tangent import tangent
from wnproof.kernels.kernel import Kernel, kernel

X = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.5]])
SIGNS = np.array([1.0, 1.0, -1.0])


def test_the_exponential_loss_is_infinite_and_its_gradient_is_not_undefined():
    """e^(10^4) is no float; the velocity has the signs of the true one, zeros included, and nothing warns."""
    net = wn.Network((2, 2, 1), wn.relu)
    theta = np.array([1.0, 1.0, -1.0, -1.0, -1e4, 1e4])  # the second unit is dead, the margin is -10^4
    flow, data = wn.gradient_flow(net, wn.exponential), SimpleNamespace(X=np.array([[1.0, 0.0]]), y=np.array([1.0]))
    assert kernel(flow.loss, data)(theta) == np.inf
    velocity = kernel(flow, data)(theta)
    assert np.sign(velocity).tolist() == [-1, 0, 0, 0, 1, 0]
    assert 1e280 < np.abs(velocity[[0, 4]]).min() < np.abs(velocity).max() < 1e290
    single = kernel(flow, data, target=wn.NumPy(np.float32))(theta)
    assert np.sign(single).tolist() == [-1, 0, 0, 0, 1, 0]
    theta[4] = -600.0
    assert kernel(flow, data)(theta)[4] == pytest.approx(np.exp(600.0), rel=1e-14)  # below the cut every digit is there


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@pytest.mark.parametrize("normalization", NORMALIZATIONS, ids=repr)
def test_no_margin_up_to_ten_thousand_gives_not_a_number(normalization, loss):
    """Loss and velocity, every activation, both precisions; for a third of them the velocity's derivative along a direction."""
    k = outputs(loss)
    data = SimpleNamespace(X=np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.5], [1.0, 1.0]]), y=np.array([1.0, 1.0, -1.0, -1.0]))
    data.y = data.y if k == 1 else np.eye(k)[[0, 1, 0, 1]]
    for activation in ACTIVATIONS:
        net = wn.Network((2, 3, k), activation, normalization=normalization, bias=True)
        rng = np.random.default_rng(0)
        theta = np.abs(rng.standard_normal(net.size)) * rng.choice([-1.0, 1.0, 1.0], net.size)
        theta[-3 * k :] = 1e4 * rng.choice([-1.0, 1.0], 3 * k)
        flow = wn.gradient_flow(net, loss)
        for quantity in (flow.loss, flow.velocity, *([moved(flow)] if activation in ACTIVATIONS[1::3] else [])):
            double = kernel(quantity, data)
            single = Kernel(double.plan, wn.NumPy(np.float32), double._data)
            for sign in (1, -1):
                given = np.concatenate((sign * theta, rng.standard_normal(double.signature.size - net.size)))
                for ker in (double, single):
                    assert not np.isnan(ker(given)).any()
                    assert np.isfinite(ker(given)).all() or (loss is wn.exponential and quantity is flow.loss)


def moved(flow):
    """-D^2 L(theta) d as a quantity of (theta, d)."""
    velocity = flow.velocity
    directions = tuple(Block(f"D{b.name}", b.axes, b.shape) for b in velocity.parameters.blocks)
    along = {b.leaf: d.leaf for b, d in zip(velocity.parameters.blocks, directions, strict=True)}
    roots = tuple(tangent(root, along) or contract((constant(0), *map(ones, root.axes)), root.axes) for root in velocity.roots)
    return replace(velocity, name="- Hessian product", roots=roots, directions=directions)


@pytest.mark.parametrize("labels", [(1.0, 0.0, 0.0), (0.25, 0.5, 1.0)])
def test_second_derivatives_of_cross_entropy_are_softmax(labels):
    """-sum(y) p_o (d_o - <p, d>) for the softmax p of logits up to ten thousand, and beyond."""
    data, d = SimpleNamespace(X=np.array([[1.0]]), y=np.array([labels])), (1.0, -2.0, 0.5)
    ker = kernel(moved(wn.gradient_flow(wn.Network((1, 3), wn.relu), wn.cross_entropy)), data)
    for logits in [(1e4, 0, -1e4), (1e4, 1e4, 1e4), (-1e4, -1e4, -10_700), (0, 720, 700), (1, 2, 0.5), (-1e300, 1e300, 0)]:
        with mpmath.workdps(400):
            powers = [mpmath.exp(mpmath.mpf(z) - max(logits)) for z in logits]
            p = [e / sum(powers) for e in powers]
            mean = sum(a * b for a, b in zip(p, d, strict=True))
            wanted = [float(-sum(labels) * a * (b - mean)) for a, b in zip(p, d, strict=True)]
        assert ker([*logits, *d]) == pytest.approx(wanted, rel=1e-14, abs=1e-15)


@pytest.mark.parametrize("where", ["X", "y"])
@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_not_a_number_in_the_data_reaches_the_result(loss, where):
    k = outputs(loss)
    net = wn.Network((2, 3, k), wn.relu, normalization=wn.weight_norm)
    data = SimpleNamespace(X=np.array(X), y=SIGNS if k == 1 else np.eye(k)[[0, 1, 0]])
    setattr(data, where, getattr(data, where) * np.array([1.0, np.nan, 1.0]).reshape(-1, *[1] * (getattr(data, where).ndim - 1)))
    flow, theta = wn.gradient_flow(net, loss), np.linspace(0.5, 1.5, net.size)
    assert np.isnan(kernel(flow.loss, data)(theta))
    assert np.isnan(kernel(flow, data)(theta)).all()


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


def test_only_exponentials_that_may_meet_a_zero_are_cut():
    """Logistic and softmax kernels, and the exponential loss itself, need no cut; its gradient does, once a call."""
    data = SimpleNamespace(X=X, y=SIGNS)
    for normalization in (wn.plain, wn.weight_norm):
        net = wn.Network((2, 3, 1), wn.relu, normalization=normalization)
        for loss, cuts in ((wn.logistic, 0), (wn.square, 0), (wn.exponential, 1)):
            flow = wn.gradient_flow(net, loss)
            assert len(kernel(flow.loss, data).plan.saturated) == 0
            assert len(kernel(flow, data).plan.saturated) == cuts
    soft = wn.gradient_flow(wn.Network((2, 3, 3), wn.softplus), wn.cross_entropy)
    assert not kernel(soft, SimpleNamespace(X=X, y=np.eye(3))).plan.saturated

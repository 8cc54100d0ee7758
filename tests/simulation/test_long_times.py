"""Losses that vanish only at infinite time: runs over hundreds of decades of time."""

import math

import numpy as np
import pytest

import wnproof as wn

XOR = wn.Dataset([[1, 1], [1, -1], [-1, 1], [-1, -1]], [1, -1, -1, 1])


@pytest.mark.parametrize(("loss", "decades"), [(wn.exponential, 40), (wn.logistic, 15)], ids=repr)
def test_one_relu_neuron_over_decades_of_time(loss, decades):
    """q = x w obeys q' = x^2 e^-q, or x^2 / (1 + e^q): the integrals e^q + (0 or q) grow by x^2 t."""
    flow = wn.gradient_flow(wn.Network((1, 1, 1), wn.relu, fixed={"W2": [[1]]}), loss)
    at = np.logspace(0, decades, 31)
    traj = wn.simulate(flow, wn.Dataset([[2]], [1]), [0.5], at[-1], at=at)
    assert traj.stop is wn.StopReason.REACHED_END
    q = 2 * traj.theta[:, 0]
    extra = q - 1 if loss is wn.logistic else 0 * q
    assert np.allclose(q, np.log(math.e + 4 * at - extra), rtol=1e-12, atol=0)
    assert traj.error < 1e-11


@pytest.mark.parametrize(
    ("t_end", "log_loss"), [(1e6, -14), pytest.param(1e22, -50, marks=pytest.mark.full)], ids=["t=1e6", "t=1e22"]
)
def test_only_exponential_weight_normalization_becomes_sparse_on_xor(t_end, log_loss):
    """Second layer fixed to ten times 1 and ten times -1, logistic loss; PyTorch's start of both layers."""
    W = np.random.default_rng(0).uniform(-1, 1, (20, 2)) / np.sqrt(2)
    lengths = np.linalg.norm(W, axis=1)
    starts = {
        wn.plain: {"W1": W},
        wn.weight_norm: {"V1": W, "g1": lengths},
        wn.exponential_weight_norm: {"V1": W, "a1": np.log(lengths)},
    }
    counts = {}
    for normalization, start in starts.items():
        net = wn.Network((2, 20, 1), wn.relu, normalization=normalization, fixed={"W2": [[1] * 10 + [-1] * 10]})
        traj = wn.simulate(wn.gradient_flow(net, wn.logistic), XOR, net.flatten(start), t_end)
        assert traj.stop is wn.StopReason.REACHED_END
        assert math.log(traj.loss[-1]) < log_loss
        assert traj.error < 1e-11
        weight = wn.kernel(net.quantity(net.layers[0].weight, "rows"))(traj.final)
        lengths_now = np.linalg.norm(weight, axis=1)
        counts[normalization] = int((lengths_now > 0.2 * lengths_now.max()).sum())
    assert counts[wn.exponential_weight_norm] <= 6
    assert counts[wn.plain] >= 18
    assert counts[wn.weight_norm] >= 18

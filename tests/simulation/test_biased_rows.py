"""Normalized rows with biases along kinks: they stay on them, and lose as much as the velocity they have."""

import numpy as np
import pytest

import wnproof as wn
from wnproof.simulation.biased_rows import BiasedRows


@pytest.mark.parametrize("normalization", [wn.weight_norm, wn.exponential_weight_norm], ids=repr)
def test_on_a_kink_the_loss_falls_by_the_squared_velocity(normalization):
    """dL/dt = -|theta'|^2 holds for the element of least norm alone, and z = 0 for what slides."""
    net = wn.Network((2, 5, 1), wn.relu, normalization=normalization, bias=True)
    flow = wn.gradient_flow(net)
    slides = 0
    for seed in range(2):
        rng = np.random.default_rng(seed)
        data = wn.Dataset(rng.integers(-4, 5, (6, 2)).tolist(), rng.integers(-3, 4, 6).tolist())
        traj = wn.simulate(flow, data, net.initial(0.5, seed), 2.0, branches=wn.first_branch)
        loss, rows = wn.kernel(flow.loss, data), wn.kernel(net.quantity(net.layers[0].weight, "rows"))
        ends = [*(time for time, _ in traj.modes), traj.t_stop]
        for (begin, signs), end in zip(traj.modes, ends[1:], strict=True):
            if end - begin < 1e-3 or not (signs == 0).any():
                continue
            middle, h = (begin + end) / 2, 1e-3 * (end - begin)
            before, theta, after = traj(middle - h), traj(middle), traj(middle + h)
            z = data.X @ rows(theta).T + net.unflatten(theta)["b1"]
            assert np.abs(z[signs == 0]).max() < 1e-9
            speed = (after - before) / (2 * h)
            rate = (float(loss(after)) - float(loss(before))) / (2 * h)
            assert rate == pytest.approx(-speed @ speed, rel=1e-3, abs=1e-7)
            slides += 1
        assert traj.invariant_drift is None or traj.invariant_drift < 1e-10
    assert slides >= 3


def test_the_metric_is_that_of_the_raw_parameters():
    """W' = -J J^T grad for the raw Jacobian J, by differences."""
    for normalization in (wn.weight_norm, wn.exponential_weight_norm):
        net = wn.Network((3, 1, 1), wn.relu, normalization=normalization, bias=True, fixed={"W2": [[1]]})
        theta = np.random.default_rng(1).standard_normal(net.size)
        rows = wn.kernel(net.quantity(net.layers[0].weight, "rows"))
        state = [theta[:3][None], theta[3:4], theta[4:5]]

        def effective(theta, rows=rows):
            return np.append(rows(theta)[0], theta[4])

        steps = np.eye(5) * 1e-6
        J = np.stack([(effective(theta + s) - effective(theta - s)) / 2e-6 for s in steps], axis=1)
        own = BiasedRows(exponential=normalization is wn.exponential_weight_norm)
        assert own.effective(tuple(state))[0] == pytest.approx(effective(theta))
        assert own.metric(tuple(state), 0) == pytest.approx(J @ J.T, abs=1e-7)

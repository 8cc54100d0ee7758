"""A residual that does not fall: three samples, two weights, against a difference quotient of the simulated flow."""

from __future__ import annotations

import numpy as np
import pytest

import wnproof as wn
from wnproof.claims.claim import check_claim, select


def test_the_claim_is_proved_and_its_controls_are_refuted():
    (entry,) = select("dukler-2020/width")
    assert check_claim(entry).ok


@pytest.mark.parametrize("alpha", [0.3, 3.0])
@pytest.mark.parametrize(("third", "still"), [(-1, True), (1, False)])
def test_the_run_starts_at_rest_for_labels_with_that_residual(alpha, third, still):
    """y = f - (p, q, -1) on a, b, p a + q b, all on the neuron's side, with |v| = alpha and any g."""
    X = np.array([[1.0, 0.5], [0.25, 1.0], [2.75, 4.0]])  # p = 2, q = 3
    net = wn.Network((2, 1, 1), wn.relu, normalization=wn.weight_norm, fixed={"W2": [[1]]})
    v, g = alpha * np.array([[0.6, 0.8]]), np.array([1.5])
    f = g * (X @ v[0]) / alpha
    data = wn.Dataset(X, f - np.array([2, 3, third]))
    start = net.flatten({"V1": v, "g1": g})
    run = wn.simulate(wn.gradient_flow(net, wn.square), data, start, 1e-6, tolerance=1e-12)
    lost = (run.loss[0] - run.loss[-1]) / 1e-6
    assert run.loss[0] == pytest.approx(7)
    assert lost < 1e-6 if still else lost > 1

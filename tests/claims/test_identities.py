"""Numbers that the identities of the papers must give at exact points worked out by hand."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from wnproof.claims.claim import REGISTRY, select
from wnproof.derive.flow import gradient_flow
from wnproof.kernels.kernel import kernel
from wnproof.model.activations import linear, relu
from wnproof.model.dataset import Dataset
from wnproof.model.network import Network


def balance_rate(activation):
    """d/dt (W W^T - v^T v) at W = I, v = (1, 1), x = (1,-1), (2,1), residuals 1."""
    net = Network((2, 2, 1), activation)
    X = np.array([[1, -1], [2, 1]])
    W, v = np.eye(2), np.ones((1, 2))
    outputs = (np.maximum(X @ W.T, 0) if activation is relu else X @ W.T) @ v.T
    data = Dataset(X.tolist(), [Fraction(int(f) - 1) for f in outputs.ravel()])
    rate = net.unflatten(kernel(gradient_flow(net), data)(net.flatten({"W1": W, "W2": v})))
    gram = rate["W1"] @ W.T + W @ rate["W1"].T
    return gram - rate["W2"].T @ v - v.T @ rate["W2"]


def test_relu_keeps_the_diagonal_of_the_balance_matrix_only():
    assert balance_rate(relu).tolist() == [[0, 2], [2, 0]]
    assert not balance_rate(linear).any()


SLUGS = (
    "core/balance-matrix",
    "core/descent-step",
    "core/projected-flow",
    "core/weight-decay",
    "dukler-2020/ntk-decomposition",
    "dukler-2020/thm-V",
    "eberle-2022/invariance",
    "eberle-2022/not-standard-gf",
    "eberle-2022/representability",
    "eberle-2022/submanifold",
    "frei-2023/rank-two",
    "kumar-haupt-2024/lemma-ncf-flow",
    "kumar-haupt-2h-2024/kkt-two-layer",
    "morwani-ramaswamy-2022/simple-traj",
    "morwani-ramaswamy-2022/thm-flow-equivalence",
    "wnproof/conservation-table",
    "wnproof/ewn-small-init",
    "wnproof/least-norm",
    "wnproof/swn-small-init",
)


@pytest.mark.parametrize("slug", SLUGS)
def test_claims_of_the_papers_name_their_source_and_at_least_three_wrong_variants(slug):
    select()
    entry = REGISTRY[slug]
    assert entry.source.startswith(("[paper]", "[memory]", "derived", "new"))
    assert len(entry.controls) >= 3

"""Given points: listed ones are certified when exact and have a small residual in floats, others neither."""

from __future__ import annotations

import random

import numpy as np
import pytest

from wnproof.derive.ncf import ncf
from wnproof.errors import WnproofError
from wnproof.kkt.membership import is_kkt
from wnproof.kkt.points import clarke, decoupled
from wnproof.kkt.solve import kkt_points
from wnproof.model.activations import leaky_relu
from wnproof.model.dataset import Dataset
from wnproof.model.network import Network
from wnproof.verdict import Rigor


def problem(seed, trained):
    rng = random.Random(seed)
    X = [[rng.randint(-4, 4) for _ in range(2)] for _ in range(5)]
    fixed = None if trained else {"W2": [[1]]}
    return ncf(Network((2, 1, 1), leaky_relu("1/10"), fixed=fixed), Dataset(X, [rng.choice((-1, 1, 2)) for _ in X]))


@pytest.mark.parametrize("trained", [False, True], ids=["fixed", "trained"])
@pytest.mark.parametrize("notion", [clarke, decoupled], ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_listed_points_and_others(seed, notion, trained):
    N, rng = problem(seed, trained), np.random.default_rng(seed)
    listed = kkt_points(N, notion=notion)
    assert len(listed) > 0
    for point in listed:
        near = is_kkt(N, [7.0 * e for e in point.u], notion=notion)
        assert near.verdict.rigor is Rigor.UNDECIDED
        assert near.residual < 1e-12
        assert (near.kind, near.morse_index, near.angle < 1e-7) == (point.kind, point.morse_index, True)
        if point.direction is not None:
            assert is_kkt(N, point.direction, notion=notion).verdict.rigor is Rigor.CERTIFIED
        away = is_kkt(N, list(point.u + 1e-2 * rng.normal(size=N.size)), notion=notion)
        assert away.residual > 1e-5
        assert away.kind is None
        assert away.verdict.rigor is Rigor.UNDECIDED


def test_mistakes():
    N = problem(0, False)
    with pytest.raises(WnproofError, match="E-SHAPE"):
        is_kkt(N, [1, 2, 3])
    with pytest.raises(WnproofError, match="E-VALUE"):
        is_kkt(N, [0, 0])
    with pytest.raises(WnproofError, match="E-NONFINITE"):
        is_kkt(N, [float("nan"), 1.0])

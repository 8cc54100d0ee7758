"""Small initialization under weight normalization: the order of the distance to its own limit flow."""

import numpy as np
import pytest

import wnproof as wn
from wnproof.arrival.normalized import NormalizedEarlyError

DATA = wn.Dataset([[1, 2], [2, -1], [-1, 1], [1, 1]], [1, -1, 2, 1])
EWN, SWN = wn.exponential_weight_norm, wn.weight_norm


def measured(activation, law, **options):
    return NormalizedEarlyError(wn.Network((2, 3, 1), activation, normalization=(law, law)), DATA, **options)


@pytest.mark.parametrize(("law", "loss"), [(EWN, wn.square), (SWN, wn.square), (EWN, wn.logistic)], ids=str)
def test_degree_two_has_slope_two(law, loss):
    found = measured(wn.linear, law, loss=loss)
    assert found.failure == ""
    assert found.exponents[-1] == pytest.approx(2, abs=0.02)


def test_degree_three_tells_the_two_apart():
    exponents = [measured(wn.polynomial_relu(2), law, seed=2, deltas=(0.1, 0.05, 0.025)).estimate for law in (EWN, SWN)]
    assert exponents == pytest.approx([3, 2], abs=0.02)


def test_the_flow_of_the_correlation_function_is_not_the_limit(monkeypatch):
    """With grad N in place of its limit, the distance does not tend to zero at all."""
    found = measured(wn.linear, EWN)
    problem = wn.ncf(wn.Network((2, 3, 1), wn.linear), DATA)
    gradient = wn.kernel(problem.gradient)
    monkeypatch.setattr(NormalizedEarlyError, "limit", lambda _: lambda s: np.asarray(gradient(s)))
    assert abs(found.estimate) < 0.2


def test_what_is_not_normalized_in_one_way_is_refused():
    for laws in ((EWN, SWN), (SWN, wn.plain), (wn.plain, wn.plain)):
        with pytest.raises(wn.WnproofError, match="one way"):
            NormalizedEarlyError(wn.Network((2, 3, 1), wn.linear, normalization=laws), DATA)
    zero = wn.Dataset([[1, 2]], [0])
    net = wn.Network((2, 3, 1), wn.linear, normalization=(SWN, SWN))
    assert "does not grow" in NormalizedEarlyError(net, zero).failure

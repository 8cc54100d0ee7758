"""The loop is SciPy's DOP853 step by step, compiled or not; times, singularities and bad arguments."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import wnproof as wn

RNG = np.random.default_rng(4)
DATA = SimpleNamespace(X=RNG.standard_normal((6, 2)), y=RNG.choice([-1.0, 1.0], 6))
FLOW = wn.gradient_flow(wn.Network((2, 3, 1), wn.tanh), wn.logistic.averaged)
START = 0.5 * RNG.standard_normal(9)
TIMES = np.array([0.0, 0.1, 0.11, 3.0, 7.5, 20.0])


@pytest.fixture(scope="module", params=["numpy", "numba"])
def ker(request, tmp_path_factory):
    if request.param == "numpy":
        return wn.kernel(FLOW, DATA)
    pytest.importorskip("numba")
    return wn.kernel(FLOW, DATA, target=wn.Numba(cache=tmp_path_factory.mktemp("kernels")))


@pytest.mark.parametrize("rtol", [1e-4, 1e-9])
def test_it_is_scipys_dop853(ker, rtol):
    path = wn.integrate(ker, START, TIMES, rtol=rtol, atol=1e-12)
    plain = wn.kernel(FLOW, DATA)
    wanted = solve_ivp(
        lambda t, y: plain(y), (0, 20), START, method="DOP853", rtol=rtol, atol=1e-12, t_eval=TIMES, dense_output=False
    )
    assert path.finished
    assert path.theta == pytest.approx(wanted.y.T, rel=1e-9, abs=1e-11)
    full = solve_ivp(lambda t, y: plain(y), (0, 20), START, method="DOP853", rtol=rtol, atol=1e-12)
    assert path.steps == len(full.t) - 1


def test_the_error_falls_with_the_tolerance(ker):
    paths = [wn.integrate(ker, START, TIMES, rtol=rtol, atol=rtol).theta for rtol in (1e-4, 1e-7, 1e-13)]
    rough, fine = (abs(path - paths[2]).max() for path in paths[:2])
    assert 0 < fine < rough / 20


def test_one_time_is_the_start(ker):
    path = wn.integrate(ker, START, [3.0])
    assert path.finished
    assert np.array_equal(path.theta, START[None])


def test_steps_that_run_out_and_singularities_end_it(ker):
    assert not wn.integrate(ker, START, TIMES, most=2).finished
    broken = wn.integrate(ker, np.full(9, np.nan), [0.0, 1.0])
    assert not broken.finished
    assert broken.times.tolist() == [0.0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start": np.ones(3)}, r"theta is \(3,\), wanted \(9,\)"),
        ({"times": [0.0, 0.0]}, "do not increase"),
        ({"times": [0.0, np.inf]}, "do not increase"),
        ({"rtol": 0.0}, "not both positive"),
        ({"atol": np.nan}, "not both positive"),
    ],
)
def test_bad_arguments_are_named(ker, change, message):
    with pytest.raises(wn.WnproofError, match=message):
        wn.integrate(ker, **{"start": START, "times": TIMES, **change})


def test_a_loss_is_no_velocity():
    with pytest.raises(wn.WnproofError, match="a velocity is"):
        wn.integrate(wn.kernel(FLOW.loss, DATA), START, TIMES)

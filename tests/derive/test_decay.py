"""The decay of the loss: the implicit solution against quadrature, a fine integration, and its own limit."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp
from scipy.integrate import solve_ivp

from wnproof.derive.decay import exponential_norm_decay, plain_decay
from wnproof.errors import WnproofError

DECAYS = [exponential_norm_decay(2), exponential_norm_decay(5, "1/3"), *(plain_decay(L, 2, scale="3/2") for L in (1, 2, 3, 5))]


def test_the_margin_of_one_normalized_node_of_degree_two():
    margins = [exponential_norm_decay(2).margin(sp.log(10**k)) for k in range(2, 7)]
    quoted = ("10.4186239946078", "13.2818200944715", "15.9948050590501", "18.6261919756590", "21.2049853064114")
    assert [str(q) for q in margins] == list(quoted)
    for k, q in zip(range(2, 7), margins, strict=True):  # 4 t = int e^s / s^2 ds, by quadrature
        integral = mpmath.quad(lambda s: mpmath.exp(s) / s**2, mpmath.linspace(1, mpmath.mpf(str(q)), 40))
        assert abs(integral / 4 / 10**k - 1) < 1e-12


def test_twelve_digits_against_an_integration_in_log_time():
    """q(t), q' = 4 q^2 e^(-q) from 1: in natural time up to t = 1, then dq/dtau = 4 q^2 e^(tau - q), tau = log t, up to 10^6."""
    decay, options = exponential_norm_decay(2), dict(method="DOP853", rtol=3e-14, atol=1e-15)
    first = solve_ivp(lambda _, q: 4 * q**2 * np.exp(-q), (0, 1), [1.0], **options)
    taus = np.log(10.0 ** np.arange(2, 7))
    run = solve_ivp(lambda tau, q: 4 * q**2 * np.exp(tau - q), (0, taus[-1]), first.y[:, -1], t_eval=taus, **options)
    for k, q in zip(range(2, 7), run.y[0], strict=True):
        assert abs(float(decay.margin(sp.log(10**k))) / q - 1) < 1e-12


@pytest.mark.parametrize("decay", DECAYS, ids=str)
def test_time_and_margin_are_inverse_to_each_other(decay):
    for log_time in (-3, 0, 1, 10, 40):
        q = decay.margin(log_time, digits=25)
        assert abs(sp.N(decay.time(sp.Rational(str(q))), 20) / sp.exp(log_time).evalf(20) - 1) < 1e-15


@pytest.mark.parametrize("decay", DECAYS, ids=str)
def test_the_margin_solves_its_equation(decay):
    k, a = float(decay.constant), float(decay.power)
    run = solve_ivp(lambda _, q: k * q**a * mpmath.exp(-q[0]).real, (0, 20), [float(decay.start)], rtol=1e-11, atol=1e-11)
    assert abs(run.y[0, -1] - float(decay.margin(sp.log(20)))) < 1e-8


@pytest.mark.parametrize("decay", DECAYS, ids=str)
def test_the_power_of_the_logarithm_in_log_time(decay):
    """L t (log t)^a -> 1/K: the exponent read off at log t = 10^6 is a, with K known to six digits."""
    tau = 10**6
    excess = decay.margin(tau, digits=30) - tau
    assert abs((excess - sp.log(decay.constant)) / sp.log(tau) - sp.Rational(*decay.power.as_integer_ratio())) < 1e-5


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: exponential_norm_decay(0), "degree 0"),
        (lambda: plain_decay(2, 0), "start 0"),
        (lambda: plain_decay(2, scale=-1), "scale -1"),
        (lambda: plain_decay(2).margin(1, digits=0), "0 digits"),
    ],
)
def test_what_makes_no_sense_is_refused(make, what):
    with pytest.raises(WnproofError, match=what):
        make()

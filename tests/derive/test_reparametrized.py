"""Polar form, rescaling and gradient descent steps: against the definitions at exact points and along integrated flows."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

import wnproof as wn
from wnproof.derive.flow import gradient_flow
from wnproof.derive.ncf import ncf
from wnproof.derive.sphere import sphere_problem
from wnproof.errors import NotHomogeneous, WnproofError
from wnproof.kernels.kernel import kernel
from wnproof.model.activations import polynomial_relu, relu, tanh
from wnproof.model.dataset import Dataset
from wnproof.model.losses import FAMILY, exponential, logistic, square
from wnproof.model.network import Network
from wnproof.model.normalizations import exponential_weight_norm, plain, weight_norm

DATA = Dataset([[1, 2], [-1, "1/2"], [3, -1]], [1, -1, 2])


def unit(size, seed):
    h = np.random.default_rng(seed).normal(size=size)
    return h / np.linalg.norm(h)


@pytest.mark.parametrize("loss", [square, logistic], ids=repr)
def test_polar_form_of_a_gradient_flow(loss):
    """d(rho h)/dt from the polar velocity is the velocity at rho h; h' is tangential."""
    net = Network((2, 3, 1), tanh, bias=True)
    flow = gradient_flow(net, loss)
    h, rho = unit(net.size, 1), 1.7
    rate = kernel(flow.polar(), DATA)(np.concatenate([[rho], h]))
    assert rate.shape == (net.size + 1,)
    assert rate[0] * h + rho * rate[1:] == pytest.approx(kernel(flow, DATA)(rho * h), rel=1e-12, abs=1e-12)
    assert abs(h @ rate[1:]) < 1e-12


@pytest.mark.parametrize("power", [1, 2, 3])
def test_polar_form_of_the_correlation_function(power):
    net = Network((2, 3, 1), polynomial_relu(power))
    problem = ncf(net, DATA)
    h, rho = unit(net.size, 2), 0.3
    rate = kernel(problem.polar())(np.concatenate([[rho], h]))
    gradient = kernel(problem)(rho * h)
    assert rate[0] == pytest.approx(h @ gradient, rel=1e-12)
    assert rho * rate[1:] == pytest.approx(gradient - (h @ gradient) * h, rel=1e-11, abs=1e-13)


def test_directions_of_degree_zero_stay_out_of_the_radius():
    net = Network((2, 2, 1), relu, normalization=weight_norm)
    problem = ncf(net, DATA)
    theta = np.random.default_rng(3).normal(size=net.size)
    parts = {name: part for name, _, part in net.blocks}
    on = np.concatenate([np.arange(net.size)[parts[name]] for name in ("g1", "W2")])
    theta[on] /= np.linalg.norm(theta[on])
    rho = 0.4
    rate = kernel(problem.polar())(np.concatenate([[rho], theta]))
    at = theta.copy()
    at[on] *= rho
    gradient = kernel(problem)(at)
    assert rate[1:][parts["V1"]] == pytest.approx(gradient[parts["V1"]], rel=1e-12)
    assert rate[0] * theta[on] + rho * rate[1:][on] == pytest.approx(gradient[on], rel=1e-12)


def test_polar_pages():
    x, y = sp.symbols("x y")
    flow = sphere_problem(x**3 + 3 * x * y**2, (x, y)).polar()
    assert r"\dot{\rho} &= 3 \rho^{2} N" in flow.latex()
    assert (flow.radial.name, [q.name for q in flow.angular]) == ("drho", ["du0", "du1"])
    assert repr(flow) == "polar form of N; theta = rho h, |h| = 1"
    assert "theta = rho h" in gradient_flow(Network((1, 1, 1), relu)).polar().text()


NETWORKS = {
    "plain": ((plain, plain), 1, 0, {}),
    "plain squared": ((plain, plain), 2, 1, {}),
    "SWN": ((weight_norm, weight_norm), 2, 1, {"V1": 2, "V2": 2}),
    "SWN, plain output": ((weight_norm, plain), 1, 0, {"V1": 2}),
    "EWN": ((exponential_weight_norm,) * 2, 2, 3, {}),
    "EWN, plain output": ((exponential_weight_norm, plain), 1, 0, {"V1": 2, "a1": 2}),
}


@pytest.mark.parametrize("loss", [square, logistic, exponential, square.averaged], ids=repr)
@pytest.mark.parametrize("name", NETWORKS)
def test_rescaled_velocity_is_the_velocity_at_small_weights(name, loss):
    """ds/dtau = (dtheta/dt) / (scale of the block) / delta^horizon, at theta = delta s, a = a_s + log delta, V = V_s."""
    normalizations, power, horizon, lag = NETWORKS[name]
    net = Network((2, 3, 1), polynomial_relu(power), normalization=normalizations)
    flow = gradient_flow(net, loss)
    small = flow.rescaled("1/8")
    assert small.horizon == horizon
    assert {block: e for block, e in small.lag.items() if e} == lag
    s = np.random.default_rng(4).normal(size=net.size)
    theta, scale = s.copy(), np.ones(net.size)
    for block, _, part in net.blocks:
        if block[0] == "a":
            theta[part] += np.log(1 / 8)
        elif block[0] != "V":
            theta[part], scale[part] = s[part] / 8, 1 / 8
    expected = kernel(flow, DATA)(theta) / scale * 8.0 ** float(small.horizon)
    assert kernel(small, DATA)(s) == pytest.approx(expected, rel=1e-11, abs=1e-12)


@pytest.mark.parametrize("loss", FAMILY.values(), ids=repr)
def test_every_loss_is_rescaled_also_with_several_outputs(loss):
    net = Network((2, 3, 2), polynomial_relu(2))
    flow, data = gradient_flow(net, loss), Dataset([[1, 2], [-1, "1/2"]], [[1, 0], [0, 1]])
    s = np.random.default_rng(7).normal(size=net.size)
    assert kernel(flow.rescaled("1/8"), data)(s) == pytest.approx(64 * kernel(flow, data)(s / 8), rel=1e-11, abs=1e-12)


def test_the_limit_of_small_initialization_is_the_correlation_flow():
    net = Network((2, 2, 1), polynomial_relu(2))
    s = np.random.default_rng(5).normal(size=net.size)
    limit = kernel(ncf(net, DATA))(s)
    found = kernel(gradient_flow(net).rescaled(Fraction(1, 10**6)), DATA)(s)
    assert found == pytest.approx(limit, rel=1e-12)


def test_a_symbolic_size_is_printed():
    flow = gradient_flow(Network((2, 2, 1), relu), square).rescaled(sp.Symbol("delta"))
    assert r"r_{i} &= \Bigl(\delta^{2} f_{i}\Bigr) - Y_{i}" in flow.latex()
    assert "r[i] = (delta**2*f[i]) - Y[i]" in flow.text()


@pytest.mark.parametrize("net", [Network((2, 2, 1), tanh), Network((2, 2, 1), relu, bias=(False, True))], ids=["tanh", "bias"])
def test_no_degree_no_rescaling(net):
    with pytest.raises(NotHomogeneous, match="no degree in the size of its weights"):
        gradient_flow(net).rescaled("1/2")


@pytest.mark.parametrize(
    ("size", "code"),
    [(0.5, "E-FLOAT"), (0, "E-VALUE"), ("-1/2", "E-VALUE"), ("small", "E-VALUE"), (sp.Symbol("W1"), "E-DUPNAME")],
)
def test_a_size_is_an_exact_positive_number(size, code):
    with pytest.raises(WnproofError) as caught:
        gradient_flow(Network((2, 2, 1), relu)).rescaled(size)
    assert caught.value.code == code


def test_a_descent_step_is_theta_plus_eta_times_the_velocity():
    net = Network((2, 3, 1), relu, bias=True)
    flow = wn.gradient_flow(net, logistic)
    theta = np.random.default_rng(6).normal(size=net.size)
    step = flow.step("1/16")
    assert kernel(step, DATA)(theta) == pytest.approx(theta + kernel(flow, DATA)(theta) / 16, rel=1e-13)
    assert [s.name for s in step.steps][-3:] == ["dW1", "db1", "dW2"]
    with pytest.raises(WnproofError, match="float"):
        flow.step(0.1)

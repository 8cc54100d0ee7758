"""Losses with sums over outputs, cross-entropy first: exact replay, margins up to ten thousand, not-a-number."""

from __future__ import annotations

from types import SimpleNamespace

import mpmath
import numpy as np
import pytest
import sympy as sp

from wnproof.derive.flow import GradientFlow
from wnproof.graph.expand import expand
from wnproof.kernels.kernel import kernel
from wnproof.kernels.values import Peak
from wnproof.model.activations import leaky_relu, relu
from wnproof.model.losses import Loss, cross_entropy, sum_outputs
from wnproof.model.network import Network
from wnproof.model.normalizations import weight_norm

f, y = sp.symbols("f y")
FORMULA = Loss("formula", y * (sp.log(sum_outputs(sp.exp(f))) - f))
SCALED = Loss("scaled", -y * sp.log(3 * sp.exp(2 * f) / sum_outputs(sp.exp(2 * f))))
MODELS = {
    "two outputs": (Network((2, 2, 2), relu), cross_entropy),
    "three outputs, averaged": (Network((2, 2, 3), leaky_relu("1/10"), bias=(True, True)), cross_entropy.averaged),
    "normalized": (Network((2, 2, 2), relu, normalization=weight_norm), cross_entropy),
    "scaled network": (Network((2, 3, 2), relu, scale="1/3"), cross_entropy),
    "one layer": (Network((2, 3), relu), cross_entropy),
    "the formula": (Network((2, 2, 2), relu), FORMULA),
    "temperature": (Network((2, 2, 2), relu), SCALED),
}


def exact_values(net, data, parameters):
    return {**net.constants, "X": data.exact_X, "Y": data.exact_y, **parameters}


@pytest.mark.parametrize("name", MODELS)
def test_the_velocitys_program_is_the_expansion(name, exact_parameters, exact_data, equal):
    net, loss = MODELS[name]
    quantity = GradientFlow(net, loss).velocity
    for seed in (0, 1):
        data = exact_data(net, seed=seed)
        ker = kernel(quantity, data)
        assert any(isinstance(v, Peak) for v in ker.plan.steps)
        parameters = exact_parameters(net, seed)
        values = exact_values(net, data, parameters)
        for root, seen, array in zip(quantity.roots, ker.plan.roots, ker.replay(parameters, values), strict=True):
            wanted = expand(root, {**net.sizes, "i": data.n}, values).transpose([root.axes.index(a) for a in seen.axes])
            assert array.shape == wanted.shape
            assert all(equal(a, b) for a, b in zip(array.ravel(), wanted.ravel(), strict=True))


@pytest.mark.parametrize("name", MODELS)
def test_the_losss_program_is_the_expansion_to_sixty_digits(name, exact_parameters, exact_data):
    net, loss = MODELS[name]
    quantity = GradientFlow(net, loss).loss
    data, parameters = exact_data(net, seed=3), exact_parameters(net, 1)
    values = exact_values(net, data, parameters)
    (found,) = kernel(quantity, data).replay(parameters, values)
    wanted = expand(quantity.node, {**net.sizes, "i": data.n}, values)[()]
    assert abs(sp.N(found[()] - wanted, 60)) < sp.Float("1e-58", 60) * (1 + abs(sp.N(wanted, 60)))


LOGITS = Network((1, 3), relu)  # theta is the row of logits of the one sample x = 1
MARGINS = [
    (1e4, 0.0, -1e4),
    (-1e4, 0.0, 1e4),
    (1e4, 1e4, 1e4),
    (1e4 + 0.5, 1e4, 1e4 - 0.25),
    (-1e4, -1e4, -1e4 - 700.0),
    (0.0, 745.0, -745.0),
    (0.0, 0.0, 0.0),
    (3.0, -2.0, 0.5),
    (-1e300, 1e300, 0.0),
]


@pytest.mark.parametrize("labels", [(1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.25, 0.5, -0.125), (2.0, 1.0, 1.0)])
@pytest.mark.parametrize("loss", [cross_entropy, FORMULA, cross_entropy.averaged], ids=repr)
def test_margins_up_to_ten_thousand_neither_overflow_nor_lose_digits(loss, labels):
    data = SimpleNamespace(X=np.array([[1.0]]), y=np.array([labels]))
    flow = GradientFlow(LOGITS, loss)
    L, velocity = kernel(flow.loss, data), kernel(flow, data)
    for logits in MARGINS:
        with mpmath.workdps(700):
            z = [mpmath.mpf(t) for t in logits]
            top = max(z)
            total = sum(mpmath.exp(t - top) for t in z)
            softmax = [mpmath.exp(t - top) / total for t in z]
            value = float(sum(label * (top - t + mpmath.log(total)) for label, t in zip(labels, z, strict=True)))
            pull = [float(label - sum(labels) * p) for label, p in zip(labels, softmax, strict=True)]
            largest = float(max(abs(label * (top - t)) for label, t in zip(labels, z, strict=True)))
        bound = 1e-15 * max(1.0, largest)
        if loss is FORMULA:  # the sum's logarithm is rounded before the logit is taken off
            bound = 1e-15 * max(1.0, *map(abs, logits))
        assert L(logits) == pytest.approx(value, rel=1e-15, abs=bound)
        assert velocity(logits) == pytest.approx(pull, rel=1e-14, abs=1e-15)


def test_a_not_a_number_reaches_the_loss_and_every_gradient():
    net, loss = MODELS["three outputs, averaged"]
    rng = np.random.default_rng(0)
    data = SimpleNamespace(X=rng.standard_normal((6, 2)), y=np.eye(3)[rng.integers(0, 3, 6)])
    flow, theta = GradientFlow(net, loss), rng.standard_normal(net.size)
    L, velocity = kernel(flow.loss, data), kernel(flow, data)
    assert np.isfinite(velocity(theta)).all()
    for k in range(net.size):
        bad = theta.copy()
        bad[k] = np.nan
        assert np.isnan(L(bad))
        assert np.isnan(velocity(bad)).all()


def test_the_velocity_is_minus_the_gradient_of_the_loss():
    net, loss = MODELS["normalized"]
    rng = np.random.default_rng(1)
    data = SimpleNamespace(X=rng.standard_normal((9, 2)), y=rng.standard_normal((9, 2)))
    flow, theta = GradientFlow(net, loss), rng.standard_normal(net.size)
    L, velocity, direction = kernel(flow.loss, data), kernel(flow, data)(theta), rng.standard_normal(net.size)
    errors = [abs((L(theta + h * direction) - L(theta - h * direction)) / (2 * h) + velocity @ direction) for h in (1e-3, 1e-4)]
    assert errors[1] < errors[0] / 50 < 1e-4


def test_a_sum_of_exponentials_alone_is_left_as_it_is():
    """Only a quotient or a logarithm takes the largest exponent out."""
    net = Network((2, 3, 1), relu)
    data = SimpleNamespace(X=np.ones((4, 2)), y=np.ones(4))
    plan = kernel(GradientFlow(net, Loss("exponential", sp.exp(-y * f))).loss, data).plan
    assert not any(isinstance(v, Peak) for v in plan.steps)

"""The projected flow on unit hidden rows: against the projection written out in SymPy, its invariants, its kernel, its limits."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import wnproof as wn
from wnproof.claims.statements import conserved, flow_is
from wnproof.derive.flow import gradient_flow
from wnproof.derive.projected import sphere_rows
from wnproof.errors import WnproofError
from wnproof.graph.expand import expand, symbols
from wnproof.kernels.kernel import kernel
from wnproof.model.activations import polynomial_relu, relu, tanh
from wnproof.model.dataset import Dataset
from wnproof.model.losses import logistic, square
from wnproof.model.network import Network
from wnproof.model.normalizations import weight_norm
from wnproof.prove.decide import decide
from wnproof.simulation.smooth import simulate
from wnproof.verdict import Rigor

DATA = Dataset([[1, 2], [-1, "1/2"], [3, -1]], [1, -1, 2])


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("loss", [square, logistic], ids=repr)
def test_hidden_rows_follow_the_projected_gradient_and_the_rest_the_gradient(bias, loss):
    net = Network((2, 2, 1), polynomial_relu(2), bias=(bias, True))
    sizes = {**net.sizes, "i": 2}
    flow = gradient_flow(net, loss, on=sphere_rows)
    plain = {b.name: expand(r, sizes) for b, r in zip(net.parameters.blocks, flow.flow.velocity.roots, strict=True)}
    found = {b.name: expand(r, sizes) for b, r in zip(net.parameters.blocks, flow.velocity.roots, strict=True)}
    W, b = symbols("W1", (2, 2)), symbols("b1", (2,))
    for j in range(2):
        a = sp.Matrix([*W[j], *([b[j]] if bias else [])])
        rate = sp.Matrix([*plain["W1"][j], *([plain["b1"][j]] if bias else [])])
        projected = (sp.eye(len(a)) - a * a.T) * rate
        mine = sp.Matrix([*found["W1"][j], *([found["b1"][j]] if bias else [])])
        assert sp.expand(mine - projected) == sp.zeros(len(a), 1)
    assert (found["W2"] == plain["W2"]).all()
    assert found["b2"] == plain["b2"]


def test_the_velocity_is_proved_from_the_checkers_own_gradient_and_a_wrong_one_is_refuted():
    flow = gradient_flow(Network((2, 1, 1), relu, bias=True), on=sphere_rows)
    assert decide(flow_is(flow, flow.velocity)).rigor is Rigor.PROVED
    assert decide(flow_is(flow, flow.flow.velocity)).rigor is Rigor.REFUTED


def test_the_kernel_keeps_norms_and_lowers_the_loss():
    net = Network((2, 3, 1), tanh, bias=True)
    flow = gradient_flow(net, on=sphere_rows)
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(3, 3))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    theta = net.flatten({"W1": rows[:, :2], "b1": rows[:, 2], "W2": rng.normal(size=(1, 3))})
    velocity = net.unflatten(kernel(flow, DATA)(theta))
    radial = np.einsum("jk,jk->j", rows[:, :2], velocity["W1"]) + rows[:, 2] * velocity["b1"]
    assert np.abs(radial).max() < 1e-12
    loss, rate = kernel(flow.loss, DATA), kernel(flow, DATA)(theta)
    step = 1e-6
    assert (loss(theta + step * rate) - loss(theta - step * rate)) / (2 * step) == pytest.approx(-rate @ rate, rel=1e-6)


def test_equations_and_pages():
    flow = wn.gradient_flow(Network((1, 1, 1), relu, bias=True), on=wn.sphere_rows)
    assert [str(e.lhs.args[0]) for e in flow.equations(1)] == ["W1_0_0(t)", "b1_0(t)", "W2_0(t)"]
    assert "radial part of -grad L, bias included" in flow.text()
    assert r"\dot{b}^{(1)}_{j}" in flow.latex()
    assert "projected, hidden rows of norm one" in repr(flow)


@pytest.mark.parametrize(
    ("net", "message"),
    [
        (Network((2, 2, 1), relu, normalization=weight_norm), "normalized already"),
        (Network((2, 2, 1), relu, bias=True, fixed={"b1": None}), "partly fixed"),
        (Network((2, 2, 1), relu, fixed={"W1": None}), "no trained hidden layer"),
        (Network((2, 1), relu), "no trained hidden layer"),
    ],
    ids=["normalized", "partly fixed", "fixed", "no hidden layer"],
)
def test_what_cannot_be_projected(net, message):
    with pytest.raises(WnproofError, match=message) as caught:
        gradient_flow(net, on=sphere_rows)
    assert caught.value.code == "E-VALUE"


def test_laws_and_simulations_of_the_plain_flow_do_not_take_it():
    net = Network((2, 2, 1), relu)
    flow = gradient_flow(net, on=sphere_rows)
    with pytest.raises(WnproofError, match="no gradient flow of a network's raw parameters"):
        conserved(flow, net["W1"].row_squares())
    with pytest.raises(WnproofError, match="cannot be simulated"):
        simulate(gradient_flow(Network((2, 2, 1), tanh), on=sphere_rows), DATA, np.ones(6), 1.0)

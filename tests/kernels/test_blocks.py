"""Samples in blocks: the same numbers for every size of a block, in what can be taken apart; everything else is left whole."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import wnproof as wn
from wnproof.graph.expand import expand
from wnproof.graph.nodes import argument, contract, pointwise
from wnproof.kernels.kernel import kernel
from wnproof.kernels.plan import plan
from wnproof.kernels.replay import replay

RNG = np.random.default_rng(0)
N = 10
MODELS = {
    "normalized": (wn.Network((3, 5, 1), wn.relu, normalization=wn.weight_norm), wn.logistic.averaged),
    "deep": (wn.Network((3, 4, 3, 1), wn.leaky_relu("1/10"), bias=True), wn.exponential),
    "exponentially normalized": (wn.Network((3, 4, 1), wn.softplus, normalization=wn.exponential_weight_norm), wn.square),
    "several outputs": (wn.Network((3, 4, 3), wn.tanh, bias=(True, True)), wn.cross_entropy.averaged),
    "erf": (wn.Network((3, 2, 1), wn.erf), wn.logistic),
}


def drawn(net, n=N):
    y = RNG.choice([-1.0, 1.0], n) if net.widths[-1] == 1 else np.eye(3)[RNG.integers(0, 3, n)]
    return SimpleNamespace(X=RNG.standard_normal((n, 3)), y=y), RNG.standard_normal(net.size) / 2


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("what", ["velocity", "loss"])
def test_blocks_of_any_size_give_the_same(name, what):
    net, loss = MODELS[name]
    data, theta = drawn(net)
    quantity = getattr(wn.gradient_flow(net, loss), what)
    wanted = kernel(quantity, data)(theta)
    for block in (1, 3, 5, 9):
        ker = kernel(quantity, data, target=wn.NumPy(block=block))
        assert ker.plan.block == block
        for _ in range(2):  # nothing is left of the call before
            assert ker(theta) == pytest.approx(wanted, rel=1e-13, abs=1e-14)
            ker(3 * theta)
        assert ker.copy()(theta) == pytest.approx(wanted, rel=1e-13, abs=1e-14)
        assert np.isnan(ker(np.full(net.size, np.nan))).all()
    assert kernel(quantity, data, target=wn.NumPy(block=N)).plan.phases is None
    single = kernel(quantity, data, target=wn.NumPy(np.float32, block=4))(theta)
    assert single.dtype == np.float32
    assert single == pytest.approx(wanted, rel=1e-3, abs=1e-4)


def test_a_sum_over_the_samples_that_a_sample_needs_keeps_them_together():
    """Outputs, Jacobians, pairs of samples and centred outputs are computed whole, whatever the block."""
    net, loss = MODELS["normalized"]
    data, theta = drawn(net)
    f = net.output
    mean = pointwise(argument(0) / N, contract((f.node,), ()))
    centred = pointwise((argument(0) - argument(1)) ** 2, f.node, mean)
    variance = f.with_node(contract((centred,), ()), "variance")
    for quantity in (f, wn.gradient_flow(net, loss).jacobian, wn.ntk(net).gram, variance):
        ker = kernel(quantity, data, target=wn.NumPy(block=3))
        assert ker.plan.block == 0
        assert np.array_equal(ker(theta), kernel(quantity, data)(theta))
    assert kernel(variance, data)(theta) == pytest.approx(N * kernel(f, data)(theta).var(), rel=1e-12)


def test_many_samples_come_in_blocks_by_themselves():
    net = wn.Network((3, 64, 1), wn.relu, normalization=wn.weight_norm)
    flow = wn.gradient_flow(net, wn.logistic.averaged)
    data, theta = drawn(net, 20_000)
    chosen = kernel(flow, data)
    assert 1000 <= chosen.plan.block <= 10_000
    assert "for steps in blocks" in chosen.source
    whole = kernel(flow, data, target=wn.NumPy(block=20_000))
    assert whole.plan.block == 0
    assert chosen(theta) == pytest.approx(whole(theta), rel=1e-11, abs=1e-13)


def test_members_and_samples_in_blocks():
    net, loss = MODELS["normalized"]
    data, _ = drawn(net)
    theta = RNG.standard_normal((net.size, 6))
    flow = wn.gradient_flow(net, loss)
    ker = kernel(flow, data, ensemble=True, target=wn.NumPy(block=4))
    assert ker(theta) == pytest.approx(kernel(flow, data, ensemble=True)(theta), rel=1e-12, abs=1e-14)
    assert "for steps in blocks" in ker.source


@pytest.mark.parametrize("name", MODELS)
def test_memory_that_a_later_block_needs_is_not_overwritten(name):
    net, loss = MODELS[name]
    data, _ = drawn(net)
    parts = kernel(wn.gradient_flow(net, loss), data, target=wn.NumPy(block=4)).plan
    assert parts.phases is not None
    read = [v for v in parts.phases.before if any(v in user.operands for user in parts.phases.each)]
    busy = [parts.slots[v].number for v in (*read, *parts.phases.sums)]
    assert parts.phases.sums
    assert len(set(busy)) == len(busy)
    assert not set(busy) & {parts.slots[v].number for v in parts.phases.each if v not in parts.phases.sums}


@pytest.mark.parametrize("name", ["normalized", "deep"])
def test_the_steps_in_their_new_order_are_the_expansion(name, exact_parameters, exact_data, equal):
    net, _ = MODELS[name]
    quantity = wn.gradient_flow(net, wn.square).velocity
    data, parameters = exact_data(net, n=3), exact_parameters(net)
    values = {"X": data.exact_X, "Y": data.exact_y, **parameters}
    program = plan(quantity, {"X": (3, 3), "Y": (3,)}, block=2)
    assert program.phases is not None
    for root, found in zip(quantity.roots, replay(program, values), strict=True):
        wanted = expand(root, {**net.sizes, "i": 3}, values)
        assert all(equal(a, b) for a, b in zip(found.ravel(), wanted.ravel(), strict=True))


@pytest.mark.parametrize("block", [0, -3, 2.0, True])
def test_a_block_is_a_positive_integer(block):
    with pytest.raises(wn.WnproofError, match="E-VALUE.*block"):
        wn.NumPy(block=block)

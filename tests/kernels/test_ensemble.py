"""An ensemble is its members one by one: every quantity, activation, normalization and loss; blocks, shapes, bad input."""

from __future__ import annotations

import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import wnproof as wn
from wnproof.kernels.ensemble import EnsembleKernel

RNG = np.random.default_rng(11)
DATA = wn.Dataset(RNG.integers(-9, 10, (8, 2)).tolist(), RNG.choice([-1, 1], 8).tolist())
NETS = [
    wn.Network((2, 4, 1), wn.relu, normalization=wn.weight_norm),
    wn.Network((2, 3, 1), wn.leaky_relu("1/10"), normalization=wn.exponential_weight_norm, bias=True),
    wn.Network((2, 3, 2, 1), wn.polynomial_relu(2), scale="1/2"),
    wn.Network((2, 3, 1), wn.tanh, bias=(True, True)),
    wn.Network((2, 3, 1), wn.relu, fixed={"W2": [[1, 1, 1]]}),
    wn.Network((2, 2, 1), wn.erf),
]
LOSSES = [wn.square, wn.logistic, wn.exponential.averaged]


def quantities(net: wn.Network, loss: wn.Loss) -> list[object]:
    flow = wn.gradient_flow(net, loss)
    return [flow, flow.loss, net.output, flow.jacobian, flow.step("1/10")]


def one_by_one(quantity: object, theta: np.ndarray) -> np.ndarray:
    single = wn.kernel(quantity, DATA)
    return np.stack([single(column) for column in theta.T], axis=-1)


@pytest.mark.parametrize("loss", LOSSES, ids=str)
@pytest.mark.parametrize("net", NETS, ids=str)
def test_the_columns_are_the_members(net, loss):
    theta = net.initial(0.1, seed=2, members=11)  # so that degree 7 does not overflow
    for quantity in quantities(net, loss):
        value, wanted = wn.kernel(quantity, DATA, ensemble=True)(theta), one_by_one(quantity, theta)
        assert value.shape == wanted.shape
        assert np.allclose(value, wanted, rtol=1e-12, atol=1e-13 * np.abs(wanted).max())


def test_several_outputs_and_cross_entropy():
    net = wn.Network((2, 3, 2), wn.relu, bias=True)
    data = wn.Dataset([[1, 2], [3, -1], [0, 1]], [[1, 0], [0, 1], [1, 0]])
    theta = net.initial(1.0, seed=0, members=5)
    flow = wn.gradient_flow(net, wn.cross_entropy)
    single = wn.kernel(flow, data)
    wanted = np.stack([single(column) for column in theta.T], axis=-1)
    assert np.allclose(wn.kernel(flow, data, ensemble=True)(theta), wanted, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("members", [1, 6, 7, 8, 20])
def test_blocks_of_any_size_give_the_same(members):
    net = NETS[0]
    flow = wn.gradient_flow(net, wn.logistic)
    whole = wn.kernel(flow, DATA, ensemble=True)
    bound = {"X": DATA.X, "Y": DATA.y}
    blocked = EnsembleKernel(flow.velocity, bound, wn.NumPy(), block=7)
    theta = net.initial(1.0, seed=3, members=members)
    assert np.allclose(blocked(theta), whole(theta), rtol=1e-13, atol=1e-15)


def test_a_sphere_problem_stands_for_its_gradient():
    problem = wn.ncf(wn.Network((2, 2, 1), wn.polynomial_relu(2)), DATA)
    theta = RNG.normal(size=(problem.size, 9))
    assert np.allclose(wn.kernel(problem, ensemble=True)(theta), one_by_one(problem, theta), rtol=1e-12)


def test_hessian_products_of_members_have_directions_of_their_own():
    product = wn.ncf(wn.Network((2, 3, 1), wn.polynomial_relu(2), normalization=wn.weight_norm), DATA).hessian_product
    both = RNG.normal(size=(2 * product.parameters.size, 5))
    single = wn.kernel(product)
    assert np.allclose(wn.kernel(product, ensemble=True)(both), np.stack([single(c) for c in both.T], axis=-1), rtol=1e-12)


def test_memory_is_that_of_a_block():
    net = NETS[0]
    ker = wn.kernel(wn.gradient_flow(net, wn.logistic), DATA, ensemble=True)
    theta = RNG.standard_normal((net.size, 100_000))
    out = np.empty_like(theta)
    peaks = []
    for members in (20_000, 100_000):
        own = ker.copy()
        tracemalloc.start()
        assert own(theta[:, :members], out[:, :members]).base is out
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert ker.block <= 4096
    assert peaks[1] < 1.2 * peaks[0] < 12e6
    some = [0, ker.block - 1, ker.block, 99_999]
    assert np.allclose(out[:, some], one_by_one(wn.gradient_flow(net, wn.logistic), theta[:, some]), rtol=1e-12, atol=1e-14)


def test_input_of_other_kinds_and_in_place():
    net = NETS[2]
    ker = wn.kernel(wn.gradient_flow(net), DATA, ensemble=True)
    whole = RNG.integers(-2, 3, (net.size, 4))
    assert np.array_equal(ker(whole), ker(whole.astype(float)))
    assert np.array_equal(ker(np.asfortranarray(whole.astype(np.float32))), ker(whole))
    theta = whole.astype(float)
    wanted = ker(theta)
    assert np.array_equal(ker(theta, theta), wanted)
    assert ker(np.empty((net.size, 0))).shape == (net.size, 0)


def test_not_a_number_stays_with_its_member():
    net = NETS[0]
    ker = wn.kernel(wn.gradient_flow(net, wn.logistic), DATA, ensemble=True)
    theta = net.initial(1.0, seed=1, members=3)
    theta[:, 1] = np.nan
    value = ker(theta)
    assert np.isnan(value[:, 1]).all()
    assert np.isfinite(value[:, [0, 2]]).all()


def test_each_thread_has_its_own_copy():
    net = NETS[0]
    ker = wn.kernel(wn.gradient_flow(net, wn.logistic), DATA, ensemble=True)
    starts = [net.initial(1.0, seed=k, members=500) for k in range(8)]
    wanted = [ker(theta) for theta in starts]
    with ThreadPoolExecutor(2) as pool:
        for _ in range(5):
            found = list(pool.map(lambda theta: ker.copy()(theta), starts))
            assert all(np.array_equal(a, b) for a, b in zip(found, wanted, strict=True))


@pytest.mark.parametrize(
    ("theta", "what"),
    [
        (np.zeros(16), r"theta is \(16,\), wanted \(16, E\)"),
        (np.zeros((15, 3)), r"theta is \(15, 3\), wanted \(16, E\)"),
        (np.zeros((16, 2), complex), "real"),
        ([[1, 2], [1]], "ragged"),
    ],
)
def test_wrong_shapes_are_named(theta, what):
    ker = wn.kernel(wn.gradient_flow(NETS[0], wn.logistic), DATA, ensemble=True)
    with pytest.raises(wn.WnproofError, match=what):
        ker(theta)


def test_an_out_of_another_shape_is_refused():
    ker = wn.kernel(wn.gradient_flow(NETS[0], wn.logistic), DATA, ensemble=True)
    with pytest.raises(wn.WnproofError, match=r"out is \(16, 2\), wanted \(16, 3\)"):
        ker(np.ones((16, 3)), np.empty((16, 2)))
    with pytest.raises(wn.WnproofError, match="floats"):
        ker(np.ones((16, 3)), np.empty((16, 3), int))


def test_the_saved_program_is_the_block(tmp_path):
    ker = wn.kernel(wn.gradient_flow(NETS[0], wn.logistic), DATA, ensemble=True)
    text = ker.save(tmp_path / "flow.py").read_text(encoding="utf-8")
    assert text == ker.source
    assert f"e {ker.block}" in text

"""Balls hold the exact values of the program and are small; floats lie in them; boxes hold every point, kinks included."""

from __future__ import annotations

from types import SimpleNamespace

import flint
import numpy as np
import pytest
import sympy as sp

import wnproof as wn
from wnproof.kernels.kernel import kernel

RNG = np.random.default_rng(8)


def samples(n, d, k=1):
    return SimpleNamespace(
        X=RNG.standard_normal((n, d)), y=RNG.choice([-1.0, 1.0], n) if k == 1 else np.eye(k)[RNG.integers(k, size=n)]
    )


CASES = {
    "relu": (wn.gradient_flow(wn.Network((2, 3, 1), wn.relu), wn.square), samples(4, 2)),
    "normalized": (
        wn.gradient_flow(wn.Network((2, 4, 1), wn.relu, normalization=wn.weight_norm), wn.logistic.averaged),
        samples(5, 2),
    ),
    "deep": (wn.gradient_flow(wn.Network((3, 4, 3, 1), wn.leaky_relu("1/10"), bias=True), wn.exponential), samples(4, 3)),
    "softmax": (wn.gradient_flow(wn.Network((2, 3, 3), wn.tanh), wn.cross_entropy), samples(4, 2, 3)),
    "loss": (wn.gradient_flow(wn.Network((2, 3, 1), wn.absolute), wn.logistic).loss, samples(4, 2)),
    "Hessian product": (
        wn.ncf(wn.Network((2, 2, 1), wn.polynomial_relu(2)), wn.Dataset([[1, 2], [3, -1]], [1, 2])).hessian_product,
        None,
    ),
    "jacobian": (wn.gradient_flow(wn.Network((2, 3, 1), wn.erf), wn.square).jacobian, samples(4, 2)),
}


def made(name):
    quantity, data = CASES[name]
    ker = kernel(quantity, data)
    return ker, np.random.default_rng(3).standard_normal(ker.signature.size)


@pytest.mark.parametrize("name", CASES)
def test_floats_lie_in_the_balls_up_to_rounding(name):
    ker, theta = made(name)
    floats, balls = np.asarray(ker(theta)), ker.enclose(theta, bits=120)
    assert balls.shape == floats.shape
    assert np.asarray([float(b.rad()) for b in balls.ravel()]) == pytest.approx(0, abs=1e-25)
    assert floats.ravel() == pytest.approx([float(b.mid()) for b in balls.ravel()], rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("name", CASES)
def test_more_bits_give_smaller_balls_inside_the_larger_ones(name):
    ker, theta = made(name)
    for rough, fine in zip(ker.enclose(theta, bits=40).ravel(), ker.enclose(theta, bits=200).ravel(), strict=True):
        assert rough.contains(fine)
        assert fine.rad() <= rough.rad()


def test_the_exact_rational_value_is_in_every_ball():
    ker, _ = made("relu")
    theta = np.arange(-4.0, 5.0) / 7
    data = CASES["relu"][1]
    parameters = {"W1": theta[:6].reshape(3, 2), "W2": theta[6:]}
    as_rational = np.vectorize(lambda x: sp.Rational(*float(x).as_integer_ratio()), otypes=[object])
    exact = ker.replay({k: as_rational(v) for k, v in parameters.items()}, {"X": as_rational(data.X), "Y": as_rational(data.y)})
    numbers = [x for block in exact for x in block.ravel()]
    balls = ker.enclose(theta, bits=30)
    assert len(numbers) == len(balls)
    assert all(ball.contains(flint.fmpq(int(x.p), int(x.q))) for x, ball in zip(numbers, balls, strict=True))
    assert any(ball.rad() > 0 for ball in balls)


@pytest.mark.parametrize("name", ["relu", "deep", "loss"])
def test_a_box_holds_its_points_on_both_sides_of_kinks(name):
    ker, theta = made(name)
    theta[: len(theta) // 2] = 0  # preactivations around zero
    box = ker.enclose([flint.arb(float(t), 0.125) for t in theta])
    for _ in range(30):
        point = ker(theta + RNG.uniform(-0.125, 0.125, len(theta)))
        slack = flint.arb(0, 1e-9)
        assert all((ball + slack).contains(flint.arb(float(x))) for ball, x in zip(box.ravel(), np.ravel(point), strict=True))


def test_precision_is_restored_and_wrong_arguments_are_named():
    ker, theta = made("relu")
    before = flint.ctx.prec
    ker.enclose(theta, bits=333)
    assert flint.ctx.prec == before
    with pytest.raises(wn.WnproofError, match=r"theta is \(2,\), wanted \(9,\)"):
        ker.enclose([1.0, 2.0])
    with pytest.raises(wn.WnproofError, match="bits"):
        ker.enclose(theta, bits=0)
    with pytest.raises(wn.WnproofError, match="no real number"):
        ker.enclose(theta * 1j)

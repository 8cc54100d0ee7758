"""Wide normalized networks and one node: measured rates against exact limits and bounds, and runs that do not fit them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

import wnproof as wn
from wnproof.arrival.lazy import DirectionMovement, ResidualDecay, sphere_data, wide_network
from wnproof.arrival.one_sample import BoundedWeight, DescentPower, LossPower
from wnproof.claims.claim import check_claim, select


@pytest.mark.parametrize("alpha", [0.3, 1.0, 3.0, 10.0])
def test_the_residual_falls_at_the_rate_of_the_limit_and_within_the_bound(alpha):
    run = ResidualDecay(alpha)
    assert run.failure == ""
    assert run.estimate == pytest.approx(run.expected, rel=0.2)
    assert run.expected >= 2 * (run.lambda_0 / alpha**2 + run.mu_0) * (1 - 1e-12)
    assert run.uncertainty < 0.01 * run.estimate


def test_narrow_networks_can_break_the_bound():
    failures = [ResidualDecay(1.0, width=8, seed=seed).failure for seed in range(6)]
    assert any("broken" in failure for failure in failures)


def test_the_samples_are_exact_unit_vectors_and_the_start_has_the_limit_kernel():
    data = sphere_data(3)
    assert all(sum(x**2 for x in row) == 1 for row in data.exact_X)
    net = wide_network(2000)
    theta = net.initial(1.0, 3, law=wn.dukler)
    gram = wn.kernel(wn.ntk(net).gram, data)(theta)
    limit = wn.ntk(net).limit(data)
    assert np.abs(gram - np.array([[float(h.mid()) for h in row] for row in limit.H])).max() < 0.05


def test_directions_move_like_the_inverse_square_of_alpha():
    run = DirectionMovement()
    assert (np.diff(run.movements) < 0).all()
    assert (np.abs(run.exponents[1:] + 2) < 0.05).all()
    assert run.estimate == pytest.approx(-2, abs=0.01)


@pytest.mark.parametrize(
    ("start", "limit"), [((1, 1), 2), ((3, 1), "6/5"), ((1, 3), 3), ((5, 1), "10/9"), ((1, 5), "5/3")], ids=str
)
def test_the_smaller_weight_tends_to_the_inverse_of_the_conserved_quantity(start, limit):
    run = BoundedWeight(start)
    assert abs(run.estimate - float(Fraction(limit))) < 1e-9


def test_the_power_of_the_logarithm_in_steps_of_gradient_descent():
    run = DescentPower()
    assert run.estimate == pytest.approx(2, abs=1e-4)
    # K d = G(q), G' = e^q / q^2: the margin after d steps is that of the flow, but for the first steps
    flow = wn.exponential_norm_decay(1).margin(sp.log(run.steps // 10))
    assert run.margins[-1, 0] == pytest.approx(float(flow), abs=1e-3)


@pytest.mark.parametrize(
    ("normalization", "depth", "power"),
    [(wn.exponential_weight_norm, 2, 2), (wn.plain, 2, 1), (wn.plain, 3, 4 / 3)],
    ids=str,
)
def test_the_power_of_the_logarithm_of_time_depends_on_depth_only_without_normalization(normalization, depth, power):
    run = LossPower(depth, normalization)
    assert run.estimate == pytest.approx(power, abs=0.05)
    assert run.uncertainty < 0.1


@pytest.mark.parametrize(
    "slug",
    [
        "core/blowup-bounds",
        "dukler-2020/lazy-direction",
        "dukler-2020/norm-const",
        "dukler-2020/observed-G",
        "dukler-2020/observed-V",
        "morwani-ramaswamy-2022/gd-rate",
        "morwani-ramaswamy-2022/observed-rate",
        "morwani-ramaswamy-2022/simple-limits",
    ],
)
def test_each_claim_reaches_its_verdict_with_every_control_caught(slug):
    result = check_claim(select(slug)[0])
    assert result.ok
    assert result.controls


def test_a_run_of_another_exponent_supports_nothing():
    plain = replace(DirectionMovement(), alphas=(0.3, 0.6, 1.0), width=200)
    assert wn.decide(wn.rate(plain, -2, rejects=(-1, -3))).rigor is wn.Rigor.UNDECIDED

"""Every KKT point of wide two-layer networks in their own coordinates, against gradients, ascents and SLSQP."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from wnproof.derive.ncf import ncf
from wnproof.errors import NotHomogeneous, WnproofError
from wnproof.kernels.kernel import kernel
from wnproof.kkt.ascents import Ascents
from wnproof.kkt.ends import End
from wnproof.kkt.points import Kind
from wnproof.kkt.sampled import shortest
from wnproof.kkt.wide_points import wide_points
from wnproof.model.activations import leaky_relu, polynomial_relu, relu
from wnproof.model.dataset import Dataset
from wnproof.model.network import Network
from wnproof.model.normalizations import exponential_weight_norm, weight_norm
from wnproof.verdict import Rigor

KINDS = {
    "trained": dict,
    "fixed": lambda: {"fixed": {"W2": [[1, 1, 1]]}},
    "fixed apart": lambda: {"fixed": {"W2": [[1, -1, "1/2"]]}},
    "weight norm": lambda: {"normalization": weight_norm},
    "bias": lambda: {"bias": (True, False)},
}


def problem(seed, kind, activation=None):
    rng = random.Random(seed)
    X = [[rng.randint(-4, 4) for _ in range(2)] for _ in range(4)]
    y = [rng.choice((-2, -1, 1, 2)) for _ in X]
    activation = activation or (relu, leaky_relu("1/10"))[seed % 2]
    return ncf(Network((2, 3, 1), activation, **KINDS[kind]()), Dataset(X, y))


def tangential(N, g, theta):
    """The gradients (P, E) at theta (P, E), less their parts along each sphere."""
    g = g.copy()
    rows, rest = [], list(range(N.size))
    for name, shape, part in N.value.parameters.layout:
        if name in N.unit_rows:
            rows += [list(range(k, k + shape[-1])) for k in range(part.start, part.stop, shape[-1])]
    rest = [k for k in rest if all(k not in row for row in rows)]
    for row in (*rows, rest):
        g[row] -= (g[row] * theta[row]).sum(axis=0) / (theta[row] ** 2).sum(axis=0) * theta[row]
    return g


def residual(N, gradients, theta, rng, scale):
    """Of the hull of gradients at points nearby, many enough for the kinks of three neurons."""
    around = theta[:, None] + 1e-9 * np.column_stack([np.zeros(N.size), rng.normal(size=(N.size, 400))])
    return float(np.linalg.norm(shortest(tangential(N, gradients(around), around) / scale)))


@pytest.mark.parametrize("kind", KINDS)
def test_members_solve_the_kkt_system_and_lie_at_angle_zero(kind):
    checked, rng = 0, np.random.default_rng(0)
    for seed in range(6 if kind != "bias" else 3):
        N = problem(seed, kind)
        found = wide_points(N)
        gradients = kernel(N, ensemble=True)
        assert found.complete.rigor is Rigor.CERTIFIED
        assert found.complete.grade == "computed"
        chosen = rng.permutation(len(found.families))[:8]
        scale = max(np.linalg.norm(gradients(family.sample(0)[:, None])) for family in found.families)
        for family in (found.families[k] for k in chosen):
            theta = family.sample(seed)
            g = gradients(theta[:, None])[:, 0]
            at = slice(6, None) if kind == "weight norm" else slice(None)
            assert np.linalg.norm(theta[at]) == pytest.approx(1, abs=1e-13)
            assert g[at] @ theta[at] / float(N.degree) == pytest.approx(family.value, abs=1e-12 * scale)
            assert family.angle(theta) < 1e-7
            if kind == "weight norm":
                assert np.linalg.norm(theta[:6].reshape(3, 2), axis=1) == pytest.approx(1)
                assert family.value != 0
            assert residual(N, gradients, theta, rng, scale) < 1e-6, family.text
            checked += 1
            assert family.text
            assert family.to_json()["value"] == family.value
    assert checked >= 18


@pytest.mark.parametrize("kind", ["trained", "fixed", "fixed apart", "bias"])
@pytest.mark.parametrize("seed", range(2))
def test_ascents_end_nowhere_else(seed, kind):
    N = problem(seed, kind)
    found = wide_points(N)
    ends = Ascents(starts=40).run(N)
    assert len(ends.where(End.UNCONVERGED)) <= 2
    kinds = set()
    for e, label in enumerate(ends.labels):
        if label is not End.UNCONVERGED:
            nearest = min(found.families, key=lambda family: family.angle(ends.u[:, e]))  # noqa: B023
            assert nearest.angle(ends.u[:, e]) < 1e-5
            assert nearest.value == pytest.approx(ends.values[e], abs=1e-6)
            kinds.add(nearest.kind)
    assert Kind.MINIMUM not in kinds
    assert Kind.MAXIMUM in kinds


@pytest.mark.parametrize("kind", ["trained", "fixed", "fixed apart"])
def test_angles_are_not_larger_than_to_a_member_that_was_moved(kind):
    rng = np.random.default_rng(1)
    for family in wide_points(problem(1, kind)).families:
        member = family.sample(5)
        moved = member + 1e-3 * rng.normal(size=len(member))
        moved /= np.linalg.norm(moved)
        away = 2 * math.asin(np.linalg.norm(moved - member) / 2)
        assert 1e-6 < family.angle(moved) <= away + 1e-12


@pytest.mark.parametrize("kind", ["trained", "fixed", "fixed apart"])
def test_kinds_agree_with_values_nearby(kind):
    told, rng = set(), np.random.default_rng(2)
    for seed in range(4):
        N = problem(seed, kind)
        gradients = kernel(N, ensemble=True)
        for family in wide_points(N).families:
            if family.kind is Kind.DEGENERATE:
                continue
            theta = family.sample(0)
            around = theta[:, None] + rng.choice((1e-3, 1e-4), size=4000) * rng.normal(size=(N.size, 4000))
            for j in range(3):  # a neuron alone
                own = [
                    k
                    for name, shape, part in N.value.parameters.layout
                    for k in range(part.start, part.stop)
                    if (k - part.start) // (shape[-1] if name == "W1" else 1) == j
                ]
                rest = np.setdiff1d(np.arange(N.size), own)
                around[np.ix_(rest, range(j, 2400, 6))] = theta[rest, None]
                scaled = theta[:, None] * np.ones(400)
                scaled[own] *= 1 + 1e-3 * rng.normal(size=400)
                around[:, 2400 + j * 400 : 2800 + j * 400] = scaled
            if kind == "trained":  # inner against outer weights
                around[:, 3600:] = theta[:, None]
                around[-3:, 3600:] *= 1 + 1e-3 * rng.normal(size=(3, 400))
            around /= np.linalg.norm(around, axis=0)
            change = (gradients(around) * around).sum(axis=0) / float(N.degree) - family.value
            up, down = (change > 1e-13).any(), (change < -1e-13).any()
            expected = {
                Kind.MAXIMUM: (False, True),
                Kind.MINIMUM: (True, False),
                Kind.SADDLE: (True, True),
                Kind.FLAT: (False, False),
            }
            assert (up, down) == expected[family.kind], (seed, family.text, change.max(), change.min())
            told.add(family.kind)
    assert {Kind.MAXIMUM, Kind.MINIMUM, Kind.SADDLE} <= told


def test_levels_of_trained_networks_have_free_radii():
    N = problem(0, "trained")
    for family in wide_points(N).families:
        assert family.dimension >= 2
    raw = wide_points(problem(0, "weight norm"))
    assert [family.value for family in raw.families] == [f.value for f in wide_points(N).families if f.value]
    three = ncf(Network((3, 4, 1), relu, normalization=weight_norm), Dataset([[1, 2, 0], [0, 1, 1]], [1, -1]))
    assert {family.dimension for family in wide_points(three).families} == {6}  # one active, three rows on their spheres


def test_powers_have_fixed_radii_and_no_claim_of_completeness():
    N = problem(0, "trained", polynomial_relu(2))
    found = wide_points(N)
    assert found.complete.rigor is Rigor.UNDECIDED
    gradients = kernel(N, ensemble=True)
    several = [family for family in found.families if family.value and len(family.composition.active) > 1]
    assert several
    for family in several:
        theta = family.sample(3)
        g = gradients(theta[:, None])[:, 0]
        assert np.linalg.norm(g - (g @ theta) * theta) < 1e-10
        assert family.kind is not Kind.MAXIMUM


def test_exponential_normalization_goes_through_the_effective_weights():
    net, data = Network((2, 3, 1), relu, normalization=exponential_weight_norm), Dataset([[1, 2], [2, -1]], [1, -1])
    with pytest.raises(NotHomogeneous):
        ncf(net, data)
    effective, own = (wide_points(ncf(other, data)) for other in (net.effective(), Network((2, 3, 1), relu)))
    assert [family.text for family in effective.families] == [family.text for family in own.families]


def test_mistakes():
    data = Dataset([[1, 2]], [1])
    for net in (Network((2, 2, 2, 1), relu), Network((2, 3, 1), relu, fixed={"W2": [[1, 0, 1]]})):
        with pytest.raises(WnproofError, match="E-VALUE"):
            wide_points(ncf(net, data))

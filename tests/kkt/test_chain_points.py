"""Deep networks by chains of neurons: the published values, the KKT system in all weights, and what no chain gives."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import numpy as np
import pytest

from tests.kkt.deep import CHAIN_VALUES, NETWORKS, X, problem
from wnproof.derive.ncf import ncf
from wnproof.derive.sphere import sphere_problem
from wnproof.errors import WnproofError
from wnproof.kernels.kernel import kernel
from wnproof.kkt.chain import chains, shares
from wnproof.kkt.chain_points import chain_points
from wnproof.kkt.layered import imbalance, rank_defect
from wnproof.kkt.multistart import Multistart
from wnproof.kkt.points import Kind
from wnproof.kkt.sampled import shortest
from wnproof.model.activations import leaky_relu, polynomial_relu, relu
from wnproof.model.dataset import Dataset
from wnproof.model.network import Network
from wnproof.model.normalizations import weight_norm
from wnproof.verdict import Rigor

QUICK = Multistart(starts=6)


def test_the_values_of_the_published_case():
    found = chain_points(problem("leaky 3-3-3-1"))
    values = sorted({round(family.value, 7) for family in found.families if family.value > 0})
    assert values == pytest.approx(CHAIN_VALUES, abs=1e-6)
    assert {family.dimension for family in found.families} == {4}
    assert all(family.value_squared is not None for family in found.families)
    assert found.complete.rigor is Rigor.UNDECIDED
    assert "2 of 2 lists" in found.complete.reason or "4 of 4 lists" in found.complete.reason
    assert {family.point.verdict.rigor for family in found.families[:4]} == {Rigor.CERTIFIED}


@pytest.mark.parametrize(
    ("name", "bias"),
    [
        *(
            pytest.param(name, False, marks=[pytest.mark.full] * (name in ("squared leaky 3-2-2-2-1", "leaky 3-3-3-3-1")))
            for name in NETWORKS
        ),
        ("leaky 3-3-3-1", True),
        ("squared 3-3-1", True),
        ("relu 3-3-2-1", True),
    ],
)
def test_every_member_solves_the_kkt_system_in_all_weights(name, bias):
    """Off the kinks the gradient alone; on them the hull of gradients where w alone has moved a little."""
    N = problem(name, bias)
    found = chain_points(N, search=QUICK)
    gradient = kernel(N)
    scale = max(float(np.linalg.norm(gradient(f.sample(0)))) for f in found.families)
    draw = np.random.default_rng(0)
    for family in found.families:
        u = family.sample(seed=1)
        g = gradient(u)
        assert np.linalg.norm(u) == pytest.approx(1, abs=1e-14)
        assert g @ u / float(N.degree) == pytest.approx(family.value, rel=1e-9, abs=1e-9 * scale)
        assert family.angle(u) < 1e-7
        assert imbalance(N, u) < 1e-14
        assert rank_defect(N, u) < 1e-7
        if not family.point.slopes:
            assert np.linalg.norm(g - (g @ u) * u) <= 1e-9 * scale
        else:
            w = family.point.u
            near = [replace(family, point=replace(family.point, u=w + 1e-9 * draw.normal(size=len(w)))) for _ in range(150)]
            hull = np.stack([gradient(member.sample(seed=1)) / scale for member in near], axis=1)
            assert np.linalg.norm(shortest(hull - np.outer(u, u @ hull))) <= 1e-7
            assert np.linalg.norm(g - (g @ u) * u) > 1e-4 * scale


def test_an_angle_to_a_family_finds_the_member_that_was_moved():
    family = chain_points(problem("leaky 3-2-2-2-1")).families[0]
    rng = np.random.default_rng(3)
    for seed in range(10):
        member = family.sample(seed)
        moved = member + 1e-3 * rng.normal(size=len(member)) / math.sqrt(len(member))
        moved /= np.linalg.norm(moved)
        assert family.angle(moved) <= 2 * math.asin(np.linalg.norm(moved - member) / 2) + 1e-12
        assert family.angle(moved) > 1e-5


@pytest.mark.parametrize("name", ["leaky 3-3-3-1", "leaky 3-2-2-2-1", "relu 3-3-2-1", "linear 3-3-3-1", "squared 3-3-1"])
def test_kinds_in_wide_networks_agree_with_values_nearby(name):
    N = problem(name)
    gradients, draw, told = kernel(N, ensemble=True), np.random.default_rng(0), set()
    for family in chain_points(N, search=QUICK).families:
        profiles = [np.array([1.0] * k + [0.0] * (h - k)) for h, k in zip(family.widths[1:-1], family.active, strict=False)]
        u = family.at([b / np.linalg.norm(b) for b in profiles]) if profiles else family.sample(seed=2)
        w, seen = family.point.u, []
        inside = np.abs(np.array(X, dtype=float) @ w)
        size = 1e-2 * min(inside[inside > 1e-12].min(), np.abs(u[u != 0]).min())  # of a step that crosses no other kink
        seen.append(u[:, None] + size * draw.normal(size=(N.size, 3000)))
        moved = [replace(family, point=replace(family.point, u=w + size * draw.normal(size=len(w)))) for _ in range(100)]
        along = [member.at([b / np.linalg.norm(b) for b in profiles]) if profiles else member.sample(seed=2) for member in moved]
        seen.append(np.stack(along, axis=1))
        parts = [part for _, _, part in N.value.parameters.layout]
        lengths = np.repeat(1 + 1e-2 * draw.normal(size=(len(parts), 50)), [part.stop - part.start for part in parts], axis=0)
        seen.append(u[:, None] * lengths)
        for _ in range(50 if profiles else 0):  # the split among the active neurons
            split = [b * (1 + 1e-2 * draw.normal(size=len(b))) for b in profiles]
            seen.append(family.at([b / np.linalg.norm(b) for b in split])[:, None])
        around = np.hstack(seen) / np.linalg.norm(np.hstack(seen), axis=0)
        change = (gradients(around) * around).sum(axis=0) / float(N.degree) - family.value
        rounding = 1e-16 + 1e-15 * abs(family.value)
        up, down = (change > rounding).any(), (change < -rounding).any()
        wanted = {Kind.MAXIMUM: (False, True), Kind.MINIMUM: (True, False), Kind.SADDLE: (True, True)}
        assert (up, down) == wanted.get(family.kind, (up, down)), (family.text, change.max(), change.min())
        told.add(family.kind)
        if not family.point.slopes and not family.active:
            assert family.kind is (Kind.MAXIMUM if family.value > 0 else Kind.MINIMUM)
    assert {Kind.MAXIMUM, Kind.MINIMUM} <= told
    assert (Kind.SADDLE in told) is not name.startswith("linear")


@pytest.mark.parametrize("seed", range(4))
def test_thin_networks_have_points_with_kinds_that_values_nearby_confirm(seed):
    rng = random.Random(seed)
    data = Dataset([[rng.randint(-4, 4), rng.randint(-4, 4)] for _ in range(5)], [rng.choice((-1, 1, 2)) for _ in range(5)])
    N = ncf(Network((2, 1, 1, 1), leaky_relu("1/3")), data)
    found, gradient = chain_points(N), kernel(N)
    draw = np.random.default_rng(seed)
    assert found.families == ()
    assert len(found) > 0
    for point in found:
        assert point.verdict.rigor is Rigor.CERTIFIED
        around = point.u + 1e-4 * draw.normal(size=(2000, N.size))
        around[::4, 2:] = point.u[2:]  # the first neuron alone
        around[1::4, :2] = point.u[:2] * (1 + 1e-4 * draw.normal(size=(500, 1)))  # the lengths alone
        around /= np.linalg.norm(around, axis=1, keepdims=True)
        changes = np.array([gradient(u) @ u for u in around]) / 3 - point.value
        rounding = 1e-13 * abs(point.value)
        expected = {Kind.MAXIMUM: (False, True), Kind.MINIMUM: (True, False), Kind.SADDLE: (True, True)}[point.kind]
        assert ((changes > rounding).any(), (changes < -rounding).any()) == expected, point


def test_depth_two_is_the_single_neuron_with_a_trained_outer_weight():
    from wnproof.kkt.solve import kkt_points

    N = ncf(Network((2, 1, 1), relu), Dataset([[3, 4], [1, 0], [-2, 1]], [1, -1, 1]))
    listed = [point for point in kkt_points(N) if point.value]
    found = chain_points(N)
    assert [(p.value_squared, p.kind) for p in found] == [(p.value_squared, p.kind) for p in listed]
    np.testing.assert_allclose([p.u for p in found], [p.u for p in listed], atol=1e-12)


def test_points_of_higher_degree_are_enclosed():
    found = chain_points(problem("squared 3-2-2-1"), search=QUICK)
    boxed = [family for family in found.families if family.point.value_range is not None]
    assert len(boxed) >= 10
    for family in boxed[:5]:
        low, high = family.point.value_range
        assert low <= high < low + 1e-12
        assert family.point.verdict.rigor is Rigor.CERTIFIED
        assert family.point.verdict.grade == "computed"


def test_both_signs_in_one_layer_give_a_point_that_no_chain_has():
    """N = a_1 v_1 S_+ + a_2 v_2 S_-, S_+- = sum z sigma(+-sigma(w.x)): the two neurons balance when S_+ = S_- at w.

    With P = sum of z x over w.x > 0 and M over w.x < 0 that is (P + M/100).w = -(P + M).w/10, or (P + M/10).w = 0; and w is along
    share (P + M/100) - (1 - share) (P + M)/10, which fixes the share of the first neuron.
    """
    X, z = np.array([[6, -5], [-7, -4], [-2, 6], [-1, -8], [-3, 2], [6, 4]]), np.array([1, -1, 1, -1, 1, -1])
    w, share = np.array([19.0, -33.0]) / math.hypot(19, 33), 14 / 145
    P, M = z[X @ w > 0] @ X[X @ w > 0], z[X @ w < 0] @ X[X @ w < 0]
    assert (P + M / 10) @ w == pytest.approx(0, abs=1e-12)
    N = ncf(Network((2, 1, 2, 1), leaky_relu("1/10")), Dataset(X.tolist(), z.tolist()))
    r = np.sqrt(np.array([share, 1 - share]) / 3)
    u = np.array([*(w / math.sqrt(3)), r[0], -r[1], r[0], r[1]])
    g = kernel(N)(u)
    assert np.linalg.norm(g - (g @ u) * u) <= 1e-14 * np.linalg.norm(g)
    assert np.abs(X @ w).min() > 0.01  # smooth
    assert np.abs([family.value - g @ u / 3 for family in chain_points(N).families]).min() > 1e-3


def test_shares_and_mistakes():
    assert shares(2, 1) == (pytest.approx(0.5), pytest.approx(0.5))
    assert [len(chains(Network((2, *[2] * (depth - 1), 1), relu))) for depth in (2, 3, 4)] == [2, 2, 2]
    with pytest.raises(WnproofError, match="E-VALUE"):
        chain_points(ncf(Network((1, 1, 1), relu, fixed={"W2": [[1]]}), Dataset([[1]], [1])))
    with pytest.raises(WnproofError, match="E-VALUE"):
        chain_points(ncf(Network((1, 1, 1), relu, normalization=weight_norm), Dataset([[1]], [1])))
    with pytest.raises(WnproofError, match="E-VALUE"):
        chain_points(ncf(Network((1, 2, 2), polynomial_relu(2)), Dataset([[1]], [[1, 2]])))
    import sympy as sp

    x = sp.Symbol("x")
    with pytest.raises(WnproofError, match="E-VALUE"):
        chain_points(sphere_problem(x**2, (x,)))

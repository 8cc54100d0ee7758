"""Ascents on deep networks: smooth ends are those of chains, balanced and of rank one; what does not converge is said."""

from __future__ import annotations

import functools
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from tests.kkt.deep import NETWORKS, SMOOTH_VALUES, X, Y, problem
from wnproof.derive.ncf import ncf
from wnproof.derive.sphere import sphere_problem
from wnproof.errors import WnproofError
from wnproof.kkt.ascents import Ascents
from wnproof.kkt.chain_points import chain_points
from wnproof.kkt.ends import End
from wnproof.kkt.layered import imbalance, rank_defect
from wnproof.kkt.membership import is_kkt
from wnproof.kkt.multistart import Multistart
from wnproof.kkt.sampled import shortest
from wnproof.model.activations import relu
from wnproof.model.dataset import Dataset
from wnproof.model.network import Network

NAMES = ("leaky 3-3-3-1", "leaky 3-4-1", "leaky 3-2-2-2-1", "linear 3-3-3-1", "squared 3-3-1", "squared 3-2-2-1")


@functools.cache
def ends(name, starts=50):
    return Ascents(starts=starts).run(problem(name))


@pytest.mark.parametrize("name", NAMES)
def test_every_smooth_value_is_one_of_a_chain(name):
    reached = ends(name).against(chain_points(problem(name), search=Multistart(starts=20)))
    assert reached.smooth_new == ()
    assert sum(count for _, count in reached.smooth) >= 30 - reached.zero
    assert len(ends(name).where(End.UNCONVERGED)) <= 4
    assert sum(count for _, count in (*reached.smooth, *reached.kinks, *reached.kinks_new)) + reached.zero == 50 - len(
        ends(name).where(End.UNCONVERGED)
    )


@pytest.mark.parametrize("name", NAMES)
def test_smooth_ends_are_balanced_and_of_rank_one_at_the_predicted_place(name):
    N, found = problem(name), ends(name)
    families = chain_points(N, search=Multistart(starts=20)).families
    smooth = [e for e in found.where(End.SMOOTH) if found.values[e] > 1e-6 * found.values.max()]
    assert imbalance(N, found.u[:, smooth[0]] + 1e-3) > 1e-6
    for e in smooth:
        assert imbalance(N, found.u[:, e]) < 1e-9
        assert rank_defect(N, found.u[:, e]) < 1e-6
    for e in smooth[:12]:
        assert min(family.angle(found.u[:, e]) for family in families) < 1e-7


def test_ascent_reaches_the_published_smooth_values_and_misses_the_others():
    reached = ends("leaky 3-3-3-1", 200).against(chain_points(problem("leaky 3-3-3-1")))
    assert sorted(value for value, _ in reached.smooth) == pytest.approx(SMOOTH_VALUES, abs=1e-6)
    assert len(reached.missed) + len(reached.smooth) + len(reached.kinks) == 11
    assert len(reached.missed) >= 4
    assert "listed, not reached" in reached.text


def test_on_kinks_there_are_ends_that_no_chain_has():
    """Two directions in the first layer, each on a kink: a KKT point of Clarke to 1e-6, of rank two."""
    N, found = problem("leaky 3-3-3-1"), ends("leaky 3-3-3-1", 200)
    ((value, count),) = found.against(chain_points(N)).kinks_new
    assert value == pytest.approx(0.24728, abs=1e-5)
    assert count >= 3
    there = [e for e in found.where(End.KINK) if abs(found.values[e] - value) < 1e-6]
    assert all(imbalance(N, found.u[:, e]) < 1e-5 for e in there)
    assert any(rank_defect(N, found.u[:, e]) > 0.1 for e in there)


def test_too_few_steps_are_not_called_converged():
    N = problem("leaky 3-3-3-1")
    rough = Ascents(starts=3, steps=0).run(N)
    assert all(
        residual <= 1e-6 for residual, label in zip(rough.residuals, rough.labels, strict=True) if label is not End.UNCONVERGED
    )
    u = np.random.default_rng(0).normal(size=N.size)
    assert imbalance(N, u / np.linalg.norm(u)) > 1e-2


@pytest.mark.parametrize(
    ("name", "scale"), [("leaky 3-3-3-1", Fraction(1, 10**12)), ("squared 3-2-2-1", Fraction(10**12))], ids=["small", "large"]
)
def test_the_size_of_the_data_changes_no_answer(name, scale):
    widths, activation = NETWORKS[name]
    N = ncf(Network(widths, activation), Dataset([[str(Fraction(entry) * scale) for entry in row] for row in X], Y))
    factor = float(scale) ** (4 if name.startswith("squared") else 1)
    one, other = ends(name), Ascents(starts=50).run(N)
    assert other.labels == one.labels
    np.testing.assert_allclose(other.values / factor, one.values, atol=1e-12 * one.values.max())
    listed, search = chain_points(problem(name), search=Multistart(starts=5)), Multistart(starts=5)
    same = chain_points(N, search=search)
    assert [family.kind for family in same.families] == [family.kind for family in listed.families]
    values = [family.value for family in listed.families]
    np.testing.assert_allclose([family.value / factor for family in same.families], values, rtol=1e-12)
    check = is_kkt(N, same.families[0].sample(0), listed=same)
    assert (check.residual < 1e-6, check.angle < 1e-7, check.kind) == (True, True, same.families[0].kind)


def test_dead_starts_end_with_zero():
    N = ncf(Network((2, 1, 1), relu), Dataset([[1, 0], [0, 1]], [1, 1]))
    found = Ascents(starts=40).run(N)
    reached = found.against(chain_points(N))
    assert reached.zero > 0
    assert reached.smooth[0][0] == pytest.approx(np.sqrt(2) / 2)


def test_progress_mistakes_and_the_shortest_vector():
    x, y = sp.symbols("x y")
    seen = []
    Ascents(starts=3).run(sphere_problem(x**2 * y, (x, y)), lambda done, of: seen.append((done, of)))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    with pytest.raises(WnproofError, match="E-VALUE"):
        Ascents(starts=0).run(sphere_problem(x**2 * y, (x, y)))
    rng = np.random.default_rng(0)
    for _ in range(20):
        vectors = rng.normal(size=(3, 6))
        d = shortest(vectors)
        assert (vectors.T @ d >= d @ d - 1e-7).all()  # the projection of 0 on a convex set

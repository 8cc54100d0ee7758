"""Given points of forms, wide and deep networks: true ones are certified, and nothing that is invented ever is."""

from __future__ import annotations

import functools
import random
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from wnproof.derive.ncf import ncf
from wnproof.derive.sphere import sphere_problem
from wnproof.errors import WnproofError
from wnproof.kkt.chain_points import chain_points
from wnproof.kkt.membership import is_kkt
from wnproof.kkt.points import Kind, KKTSet, clarke, decoupled
from wnproof.kkt.stationary import listed_for
from wnproof.model.activations import leaky_relu, polynomial_relu, relu
from wnproof.model.dataset import Dataset
from wnproof.model.network import Network
from wnproof.model.normalizations import weight_norm
from wnproof.model.weights import read_weights
from wnproof.verdict import Rigor, undecided

x, y = sp.symbols("x y")
LEAKY = leaky_relu("1/10")
ORTHOGONAL = Dataset([[3, 4], [-4, 3]], [1, -1])  # of length 5: exact KKT points of every network have rational weights
NOTHING = KKTSet((), (), undecided("a list", "none given"), clarke)


@functools.cache
def problems():
    """(problem, exact KKT points of it)."""
    one = Network((2, 1, 1), LEAKY, fixed={"W2": [[1]]})
    return {
        "neuron": (ncf(one, ORTHOGONAL), [(3, 4)]),
        "form": (sphere_problem(x**3 + 8 * y**3, (x, y)), [(8, 1), (1, 0), (0, -1)]),
        "wide": (
            ncf(Network((2, 2, 1), relu), Dataset([[3, 4], [-6, -8]], [1, -1])),
            [(3, 4, 0, 0, 5, 0), (3, 4, 6, 8, 5, 10), (-3, -4, -6, -8, 5, 10), (-3, -4, -6, -8, -5, -10)],
        ),
        "deep": (
            ncf(Network((2, 2, 1, 1), LEAKY), Dataset([[3, 4]], [1])),
            [(3, 4, 0, 0, 5, 0, 5), (9, 12, 12, 16, 15, 20, 25), (-3, -4, 0, 0, 5, 0, -5)],
        ),
        "powers": (ncf(Network((2, 2, 1), polynomial_relu(2)), Dataset([[3, 4]], [1])), []),
    }


@pytest.mark.parametrize("name", ["form", "wide", "deep"])
def test_exact_points_are_certified_at_any_length(name):
    problem, points = problems()[name]
    for point in points:
        for scale in (1, Fraction(-1, 7) if name == "form" and problem.degree % 2 else Fraction(1, 7)):
            check = is_kkt(problem, [scale * entry for entry in point])
            assert check.verdict.rigor is Rigor.CERTIFIED, (name, point)
            assert check.residual < 1e-6
            assert check.angle < 1e-7
            assert check.kind is not None
            assert "there: value" in repr(check)


def invented(rng, problem, points):
    """A point that is none: a true one moved, a neuron of one copied to another place, or any other."""
    way = rng.randrange(3) if points else 2
    if way == 2:
        return [Fraction(rng.randint(-9, 9), rng.randint(1, 5)) or Fraction(1) for _ in range(problem.size)]
    point = [Fraction(entry) for entry in rng.choice(points)]
    if way == 0:
        k = rng.randrange(len(point))
        point[k] += Fraction(rng.choice((-1, 1)) * rng.randint(1, 9), 10 ** rng.randint(0, 14))
    else:
        a, b = rng.sample(range(len(point)), 2)
        point[a] = point[b] + (point[a] == point[b])
    return point


def tried(name, count, seed):
    """How many of so many invented points are no KKT points by sympy's or the form's own exact gradient, none certified."""
    problem, points = problems()[name]
    rng, tries = random.Random(seed), 0
    for _ in range(count):
        point = invented(rng, problem, points)
        if any(point) and not stationary(name, point):
            tries += 1
            assert is_kkt(problem, point, listed=NOTHING).verdict.rigor is not Rigor.CERTIFIED, (name, point)
            check = is_kkt(problem, [float(entry) for entry in point], listed=NOTHING)
            assert check.verdict.rigor is Rigor.UNDECIDED
    return tries


def stationary(name, u):
    """Whether u is along a gradient of N at u, by hand, in rational numbers; on kinks whether it may be."""
    if name == "form":
        g = (3 * u[0] ** 2, 24 * u[1] ** 2)
        return g[0] * u[1] == g[1] * u[0]
    if name in ("deep", "powers"):
        z = 3 * u[0] + 4 * u[1], 3 * u[2] + 4 * u[3]
        if name == "powers":
            h, s, a = [max(t, 0) ** 2 for t in z], [2 * max(t, 0) for t in z], u[4:]
            g = [a[0] * s[0] * 3, a[0] * s[0] * 4, a[1] * s[1] * 3, a[1] * s[1] * 4, *h]
        else:
            slope = [1 if t > 0 else Fraction(1, 10) for t in z]
            h = [t * c for t, c in zip(z, slope, strict=True)]
            top = u[4] * h[0] + u[5] * h[1]
            if 0 in (*z, top):
                return True
            c = 1 if top > 0 else Fraction(1, 10)
            inner = [u[6] * c * u[4 + k] * slope[k] for k in range(2)]
            g = [inner[0] * 3, inner[0] * 4, inner[1] * 3, inner[1] * 4, u[6] * c * h[0], u[6] * c * h[1], c * top]
        return all(g[i] * u[j] == g[j] * u[i] for i in range(len(u)) for j in range(i))
    if name == "neuron":
        z = 3 * u[0] + 4 * u[1], -4 * u[0] + 3 * u[1]
        if 0 in z:
            return True
        s = [1 if t > 0 else Fraction(1, 10) for t in z]
        g = 3 * s[0] + 4 * s[1], 4 * s[0] - 3 * s[1]
        return g[0] * u[1] == g[1] * u[0] and (g[0] * u[0] + g[1] * u[1]) != 0
    z = [3 * u[0] + 4 * u[1], 3 * u[2] + 4 * u[3]]
    if 0 in z:
        return True
    S = [1 if t > 0 else 2 for t in z]
    g = [S[0] * u[4] * 3, S[0] * u[4] * 4, S[1] * u[5] * 3, S[1] * u[5] * 4, S[0] * z[0], S[1] * z[1]]
    return all(g[i] * u[j] == g[j] * u[i] for i in range(6) for j in range(i))


@pytest.mark.parametrize("name", ["neuron", "form", "wide", "deep", "powers"])
def test_what_is_moved_copied_or_invented_is_never_certified(name, capsys):
    tries = tried(name, 60, seed=5)
    assert tries >= 25
    with capsys.disabled():
        print(f" {tries} tries", end="")


@pytest.mark.full
@pytest.mark.parametrize("name", ["neuron", "form", "wide", "deep", "powers"])
def test_a_thousand_that_are_moved_copied_or_invented_are_never_certified(name, capsys):
    tries = tried(name, 400, seed=6)
    assert tries >= 200
    with capsys.disabled():
        print(f" {tries} tries", end="")


def test_trained_weights_from_files(tmp_path):
    problem, _ = problems()["deep"]
    net, family = problem.correlation.net, chain_points(problem).families[0]
    theta = 3.0 * family.sample(0)
    np.savez(tmp_path / "trained.npz", **net.unflatten(theta))
    (tmp_path / "trained.csv").write_text("\n".join(map(repr, theta.tolist())), encoding="utf-8")
    for name in ("trained.npz", "trained.csv"):
        check = is_kkt(problem, read_weights(tmp_path / name, problem.value.parameters))
        assert check.verdict.rigor is Rigor.UNDECIDED
        assert (check.residual < 1e-9, check.angle < 1e-7, check.nearest.value == family.value) == (True, True, True)
        assert check.signs is not None
        assert check.morse_index == check.signs[0]
    form = problems()["form"][0]
    (tmp_path / "form.csv").write_text("16, 2\n", encoding="utf-8")
    assert is_kkt(form, read_weights(tmp_path / "form.csv", form.value.parameters)).kind is Kind.MINIMUM
    np.savez(tmp_path / "short.npz", W1=np.ones((2, 2)))
    with pytest.raises(WnproofError, match="E-NAME"):
        read_weights(tmp_path / "short.npz", problem.value.parameters)
    np.savez(tmp_path / "turned.npz", W1=np.ones((2, 2)), W2=np.ones((2, 1)), W3=np.ones((1, 1)))
    with pytest.raises(WnproofError, match="E-SHAPE"):
        read_weights(tmp_path / "turned.npz", problem.value.parameters)


def test_on_kinks_the_hull_counts_and_the_notion_does():
    net = Network((2, 2, 1), LEAKY, fixed={"W2": [[1, 1]]})
    problem = ncf(net, Dataset([[1, 0], [-1, 0], [0, 1]], [1, 1, 1]))
    assert is_kkt(problem, [0, 1, 0, 1]).verdict.rigor is Rigor.CERTIFIED
    assert is_kkt(problem, [0, 1, 0, 1], notion=decoupled).verdict.rigor is Rigor.CERTIFIED
    near = is_kkt(problem, [0.0, 1.0, 0.0, 1.0])
    assert near.residual < 1e-6
    assert near.signs is None
    assert is_kkt(problem, [0.001, 1.0, 0.0, 1.0]).residual > 1e-2


def test_problems_without_a_list_still_get_a_residual():
    two = ncf(Network((2, 2, 2, 2), relu), Dataset([[3, 4]], [[1, 1]]))
    assert len(listed_for(two, clarke).families) == 0
    check = is_kkt(two, np.ones(two.size))
    assert check.nearest is None
    assert check.kind is None
    assert 0 < check.residual < 10
    with pytest.raises(WnproofError, match="E-VALUE"):
        is_kkt(ncf(Network((2, 2, 1), relu, normalization=weight_norm), ORTHOGONAL), np.ones(8))

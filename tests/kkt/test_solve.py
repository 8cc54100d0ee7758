"""``kkt_points`` picks the method that fits, and says what is out of reach."""

from __future__ import annotations

import random

import numpy as np
import pytest
import sympy as sp

from wnproof.derive.ncf import ncf
from wnproof.derive.sphere import sphere_problem
from wnproof.errors import WnproofError
from wnproof.kernels.kernel import kernel
from wnproof.kkt.arrangement import Exact
from wnproof.kkt.conic import Conic
from wnproof.kkt.multistart import Multistart
from wnproof.kkt.points import Kind, decoupled
from wnproof.kkt.solve import gradient_is_continuous, kkt_points, neuron_of
from wnproof.model.activations import absolute, leaky_relu, linear, polynomial_relu, relu
from wnproof.model.dataset import Dataset
from wnproof.model.losses import logistic
from wnproof.model.network import Network
from wnproof.model.normalizations import weight_norm
from wnproof.verdict import Rigor

X2, Y = [[3, 4], [1, 0], [-2, 1]], [1, -1, 2]
X1 = [[3], [1], [-2]]
X3 = [[3, 4, 1], [1, 0, 2], [-2, 1, 0]]


def activation_values(neuron, w):
    z = np.array([[float(entry) for entry in row] for row in neuron.X]) @ w
    return float(neuron.factor) * np.array([float(label) for label in neuron.y]) @ np.where(z > 0, z, float(neuron.slope) * z)


@pytest.mark.parametrize(
    ("net", "X"),
    [
        (Network((2, 1, 1), relu, fixed={"W2": [[1]]}), X2),
        (Network((2, 1, 1), leaky_relu("1/10"), fixed={"W2": [["-3/2"]]}, scale=4), X2),
        (Network((2, 1, 1), leaky_relu("1/10"), scale="1/3"), X2),
        (Network((1, 1, 1), relu, bias=True, fixed={"W2": [[-1]]}), X1),
        (Network((1, 1, 1), leaky_relu("1/4"), bias=True), X1),
    ],
    ids=repr,
)
def test_one_neuron_with_two_inputs_is_listed_exactly(net, X):
    data = Dataset(X, Y)
    problem = ncf(net, data, logistic)
    found = kkt_points(problem)
    assert found.complete.rigor is Rigor.CERTIFIED
    gradient, degree = kernel(problem), float(problem.degree)
    for u in np.random.default_rng(0).normal(size=(20, net.size)):
        outer = u[2] if net.size == 3 else 1.0
        assert gradient(u) @ u / degree == pytest.approx(outer * activation_values(neuron_of(problem), u[:2]), rel=1e-12)
    for point in found:
        assert gradient(point.u) @ point.u / degree == pytest.approx(point.value, abs=1e-9)
        assert point.multiplier == pytest.approx(degree * point.value)
    assert [p.value for p in kkt_points(problem, method=Exact())] == [p.value for p in found]


def test_three_inputs_are_listed_completely():
    problem = ncf(Network((3, 1, 1), relu, fixed={"W2": [[1]]}), Dataset(X3, Y))
    found = kkt_points(problem)
    assert found.complete.rigor is Rigor.CERTIFIED
    assert [p.value for p in kkt_points(problem, method=Exact())] == [p.value for p in found]


def test_the_notion_is_handed_on():
    problem = ncf(Network((2, 1, 1), relu, fixed={"W2": [[1]]}), Dataset([[1, 0], [-1, 0], [0, 1]], [1, -1, 1]))
    assert kkt_points(problem, notion=decoupled).notion is decoupled
    smooth = ncf(Network((2, 1, 1), polynomial_relu(2)), Dataset(X2, Y))
    assert kkt_points(smooth, notion=decoupled, method=Multistart(starts=2)).notion is decoupled


def test_conic_is_handed_the_neuron():
    problem = ncf(Network((2, 1, 1), relu), Dataset(X2, Y))
    found = kkt_points(problem, method=Conic(cones=20))
    wanted = [point.value for point in kkt_points(problem) if point.kind is Kind.MAXIMUM and point.value > 0]
    assert [point.value for point in found] == pytest.approx(wanted, rel=1e-7)


@pytest.mark.parametrize("activation", [linear, polynomial_relu(2), polynomial_relu(3, "1/2")], ids=repr)
def test_continuous_gradients_are_searched(activation):
    problem = ncf(Network((2, 1, 1), activation), Dataset(X2, Y))
    assert gradient_is_continuous(problem)
    assert neuron_of(problem) is None
    found = kkt_points(problem)
    assert found.complete.rigor is Rigor.UNDECIDED
    assert found[0].value > 0


def test_a_form_is_searched():
    x, y = sp.symbols("x y")
    assert [p.value for p in kkt_points(sphere_problem(2 * x**2 - y**2, (x, y)))] == pytest.approx([2, 2, -1, -1])


@pytest.mark.parametrize(
    ("net", "X", "what"),
    [
        (Network((2, 2, 1), relu), X2, "grad N jumps"),
        (Network((2, 1, 1, 1), leaky_relu("1/10")), X2, "grad N jumps"),
        (Network((2, 1, 1), absolute), X2, "grad N jumps"),
    ],
    ids=repr,
)
def test_jumping_gradients_need_a_method_of_ones_own(net, X, what):
    problem = ncf(net, Dataset(X, Y))
    assert not gradient_is_continuous(problem)
    with pytest.raises(WnproofError, match=rf"E-KINK.*{what}.*method=Multistart\(\)"):
        kkt_points(problem)
    found = kkt_points(problem, method=Multistart(starts=5))
    assert found.complete.rigor is Rigor.UNDECIDED


def test_multistart_sees_the_smooth_points_of_a_neuron_with_three_inputs():
    # 8 rows, leaky slope 1/10, outer weight 1: a point inside a cell is +-g/|g| for the gradient g of its own cell
    rng = random.Random(5)
    X, y = [[rng.randint(-5, 5) for _ in range(3)] for _ in range(8)], [rng.choice((-1, 1)) for _ in range(8)]
    problem = ncf(Network((3, 1, 1), leaky_relu("1/10"), fixed={"W2": [[1]]}), Dataset(X, y))
    gradient = kernel(problem)
    draws = np.random.default_rng(1).normal(size=(20000, 3))
    expected = set()
    for w in draws:
        g = gradient(w)
        for candidate in (g, -g):
            if np.array_equal(np.array(X) @ candidate > 0, np.array(X) @ w > 0) and np.abs(np.array(X) @ candidate).min() > 1e-3:
                expected.add(tuple(np.round(candidate / np.linalg.norm(candidate), 6)))
    found = {tuple(np.round(point.u, 6)) for point in kkt_points(problem, method=Multistart())}
    assert expected == found
    assert found


def test_what_is_out_of_reach_is_named():
    data = Dataset(X2, Y)
    raw = ncf(Network((2, 1, 1), relu, normalization=weight_norm), data)
    for method in (None, Multistart(), Exact()):
        with pytest.raises(WnproofError, match=r"V1.*net\.effective\(\)"):
            kkt_points(raw, method=method)
    with pytest.raises(WnproofError, match=r"E-VALUE.*Network 2-2-1.*Multistart"):
        kkt_points(ncf(Network((2, 2, 1), relu), data), method=Exact())
    x, y = sp.symbols("x y")
    with pytest.raises(WnproofError, match=r"E-VALUE.*a form.*Multistart"):
        kkt_points(sphere_problem(x**2 - y**2, (x, y)), method=Conic())
    with pytest.raises(WnproofError, match="W2 has no value"):
        kkt_points(ncf(Network((2, 1, 1), relu, fixed={"W2": None}), data))
    rng = random.Random(0)
    many = Dataset([[rng.randint(-99, 99) for _ in range(7)] for _ in range(150)], [1] * 150)
    with pytest.raises(WnproofError, match=r"E-KINK.*7 inputs and 150 rows.*Multistart"):
        kkt_points(ncf(Network((7, 1, 1), relu), many))
    with pytest.raises(WnproofError, match=r"E-VALUE.*faces.*limit"):
        kkt_points(ncf(Network((7, 1, 1), relu), many), method=Exact())

"""Multistart against complete lists, closed forms, independent ascents and the Euler characteristic of the sphere."""

from __future__ import annotations

import itertools
import math
import random
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from wnproof.derive.ncf import ncf
from wnproof.derive.sphere import sphere_problem
from wnproof.errors import WnproofError
from wnproof.kernels.kernel import kernel
from wnproof.kkt.derivatives import FormDerivatives
from wnproof.kkt.field import Field, tangent_basis
from wnproof.kkt.multistart import Multistart
from wnproof.kkt.points import Kind
from wnproof.model.activations import polynomial_relu, relu
from wnproof.model.dataset import Dataset
from wnproof.model.datasets import iris
from wnproof.model.network import Network
from wnproof.model.normalizations import weight_norm
from wnproof.verdict import Rigor

# Kofidis, Regalia 2002: entries of a symmetric 3x3x3x3 tensor, and all 11 values of its real eigenpairs
TENSOR = {
    "1111": "0.2883", "1112": "-0.0031", "1113": "0.1973", "1122": "-0.2485", "1123": "-0.2939",
    "1133": "0.3847", "1222": "0.2972", "1223": "0.1862", "1233": "0.0919", "1333": "-0.3619",
    "2222": "0.1241", "2223": "-0.3420", "2233": "0.2127", "2333": "0.2727", "3333": "-0.3054",
}  # fmt: skip
VALUES = {
    0.8893220106794: "maximum", 0.8168813449836: "maximum", 0.5104732795449: "saddle", 0.3633060484384: "maximum",
    0.2682416488784: "saddle", 0.2628022928634: "saddle", 0.243340532559: "saddle", 0.1734564854222: "saddle",
    -0.0450921810602: "minimum", -0.5629171327: "minimum", -1.0953516989464: "minimum",
}  # fmt: skip


def form(entries):
    x = sp.symbols("x1:4")
    terms = []
    for name, entry in entries.items():
        ways = math.factorial(len(name)) // math.prod(math.factorial(name.count(k)) for k in set(name))
        terms.append(ways * sp.Rational(entry) * sp.prod(x[int(k) - 1] for k in name))
    return sphere_problem(sp.Add(*terms), x)


def random_form(seed, size, degree):
    rng = random.Random(seed)
    x = sp.symbols(f"x:{size}")
    monomials = itertools.combinations_with_replacement(x, degree)
    return sphere_problem(sp.Add(*(rng.randint(-9, 9) * sp.Mul(*m) for m in monomials)), x)


def euler_characteristic(found):
    return sum((-1) ** point.morse_index for point in found)


def test_all_eleven_eigenpairs_of_the_reference_tensor():
    found = Multistart().solve(form(TENSOR))
    assert len(found) == 22  # every class of values is met at u and at -u
    for positive, negative in zip(found[::2], found[1::2], strict=True):
        np.testing.assert_allclose(positive.u, -negative.u, atol=1e-12)
    classes = {(round(point.value, 12), point.kind.value) for point in found}
    assert len(classes) == 11
    for value, kind in VALUES.items():
        assert any(abs(value - v) < 1e-12 and kind == k for v, k in classes), value
    assert found[0].value == pytest.approx(0.8893220106794, abs=1e-13)
    assert found[0].kind is Kind.MAXIMUM
    assert max(point.residual for point in found) < 1e-13
    assert found.families == ()
    assert euler_characteristic(found) == 2
    assert found.complete.rigor is Rigor.UNDECIDED
    assert "200 starts" in found.complete.reason
    assert "22 points" in found.complete.reason
    assert all(point.verdict.rigor is Rigor.UNDECIDED for point in found)
    assert all(point.multiplier == 4 * point.value for point in found)


@pytest.mark.parametrize("seed", range(2))
def test_a_random_quartic_in_four_variables_against_shifted_power_iterations(seed):
    problem = random_form(seed, 4, 4)
    found = Multistart(seed=seed).solve(problem)
    N = sp.lambdify(problem.variables, problem.expression)
    gradient = sp.lambdify(problem.variables, [sp.diff(problem.expression, x) for x in problem.variables])
    for sign, kind in ((1, Kind.MAXIMUM), (-1, Kind.MINIMUM)):
        u = np.random.default_rng(seed).normal(size=(4, 300))
        u /= np.linalg.norm(u, axis=0)
        shift = 12 * max(abs(c) for c in sp.Poly(problem.expression).coeffs())
        for _ in range(1500):  # monotone for a shift this large: ends in local maxima only
            u = sign * np.array(gradient(*u)) + float(shift) * u
            u /= np.linalg.norm(u, axis=0)
        listed = [point for point in found if point.kind is kind]
        distances = np.stack([np.abs(u.T - point.u).max(axis=1) for point in listed])
        assert distances.min(axis=0).max() < 1e-4  # every ascent ends in a listed point
        assert distances.min(axis=1).max() < 1e-4  # every listed point is the end of some ascent
        assert sign * max(sign * N(*u)) == pytest.approx(listed[0 if sign > 0 else -1].value, abs=1e-6)
    assert euler_characteristic(found) == 0  # of the 3-sphere, so saddles of both indices are all there, or miss in step
    assert "add up to the Euler characteristic 0" in found.complete.reason


def test_a_list_whose_indices_do_not_add_up_says_that_points_are_missing():
    found = Multistart(starts=2, seed=0).solve(form(TENSOR))
    assert euler_characteristic(found) != 2
    assert "so some are missing" in found.complete.reason


def test_a_sum_of_cubes_has_two_points_for_every_set_of_axes():
    a = [1, 2, 3, 5]
    x = sp.symbols("x:4")
    found = Multistart().solve(sphere_problem(sum(c * v**3 for c, v in zip(a, x, strict=True)), x))
    assert len(found) == 2 * (2**4 - 1)
    for axes in itertools.chain.from_iterable(itertools.combinations(range(4), k) for k in range(1, 5)):
        u = np.array([1 / a[k] if k in axes else 0.0 for k in range(4)])
        value = 1 / np.linalg.norm(u)
        u *= value
        for sign, index in ((1, 4 - len(axes)), (-1, len(axes) - 1)):
            point = min(found, key=lambda p: np.linalg.norm(p.u - sign * u))  # noqa: B023
            np.testing.assert_allclose(point.u, sign * u, atol=1e-9)
            assert point.value == pytest.approx(sign * value, rel=1e-12)
            assert point.morse_index == index
            assert point.kind is {3: Kind.MAXIMUM, 0: Kind.MINIMUM}.get(index, Kind.SADDLE)


def test_squared_relu_on_iris_balances_its_layers_and_its_neurons():
    net = Network((2, 2, 1), polynomial_relu(2))
    found = Multistart().solve(ncf(net, iris(features=("petal_length", "petal_width"))))
    assert len(found) >= 6
    for point in found:
        blocks = net.unflatten(point.u)
        rows, columns = (blocks["W1"] ** 2).sum(axis=1), (blocks["W2"] ** 2).sum(axis=0)
        assert rows.sum() == pytest.approx(2 / 3, abs=1e-10)
        assert columns.sum() == pytest.approx(1 / 3, abs=1e-10)
        np.testing.assert_allclose(rows, 2 * columns, atol=1e-10)
    largest = found[0].value
    for value in (largest, -largest, largest / math.sqrt(2), -largest / math.sqrt(2)):  # one or both neurons at work
        assert any(point.value == pytest.approx(value, rel=1e-12) for point in found)
    assert [family.value for family in found.families] == pytest.approx([0.0, 0.0], abs=1e-12)
    dead = next(family for family in found.families if family.kind is Kind.FLAT)
    gradient = kernel(ncf(net, iris(features=("petal_length", "petal_width"))))
    assert np.abs(gradient(dead.sample(seed=1))).max() < 1e-9
    assert dead.angle(dead.sample(seed=1)) == 0.0


@pytest.mark.parametrize("scale", [Fraction(1, 10**12), Fraction(1, 1000), Fraction(10**12)], ids=str)
def test_the_size_of_the_data_changes_values_and_nothing_else(scale):
    rng = random.Random(4)
    X = [[Fraction(rng.randint(-9, 9), 7) for _ in range(2)] for _ in range(9)]
    y = [rng.choice((-1, 1)) for _ in X]
    net = Network((2, 2, 1), polynomial_relu(2))
    method = Multistart(starts=25)
    plain = method.solve(ncf(net, Dataset(X, y)))
    for inputs, labels, factor in ((scale, 1, scale**2), (1, scale, scale)):
        data = Dataset([[inputs * entry for entry in row] for row in X], [labels * label for label in y])
        scaled = method.solve(ncf(net, data))
        assert len(scaled) == len(plain) > 3
        for a, b in zip(scaled, plain, strict=True):
            np.testing.assert_array_equal(a.u, b.u)
            assert (a.kind, a.morse_index) == (b.kind, b.morse_index)
            assert a.value == pytest.approx(float(factor) * b.value, rel=1e-9)
            assert a.residual < 1e-10 * float(factor) * abs(plain[0].multiplier)


@pytest.mark.parametrize("scale", ["1e-12", "1e12"])
def test_the_size_of_the_coefficients_changes_values_and_nothing_else(scale):
    method = Multistart(starts=30)
    plain = method.solve(form(TENSOR))
    scaled = method.solve(form({name: sp.Rational(entry) * sp.Rational(scale) for name, entry in TENSOR.items()}))
    np.testing.assert_array_equal([p.u for p in scaled], [p.u for p in plain])
    np.testing.assert_allclose([p.value for p in scaled], [float(scale) * p.value for p in plain], rtol=1e-12)


def test_two_searches_of_one_seed_agree_and_seeds_matter_to_the_draw():
    problem = form(TENSOR)
    first, second = (Multistart(starts=5, seed=3).solve(problem) for _ in range(2))
    np.testing.assert_array_equal([p.u for p in first], [p.u for p in second])
    assert len({Multistart(starts=2, seed=seed).solve(problem).complete.reason for seed in range(4)}) > 1


def test_points_off_by_a_millionth_do_not_count_as_solutions():
    problem = form(TENSOR)
    field = Field.of(problem)
    for point in Multistart(starts=30).solve(problem):
        assert field.residual(point.u) < 1e-12
        moved = point.u + 1e-6 * tangent_basis(point.u)[:, 0]
        assert field.residual(moved / np.linalg.norm(moved)) > 1e-8


def test_a_newton_method_that_returns_its_start_lists_nothing(monkeypatch):
    monkeypatch.setattr(Field, "newton", lambda self, u, iterations=100: np.roll(u, 1))
    found = Multistart(starts=20).solve(form(TENSOR))
    assert len(found) == 0
    assert "0 of 60 searches converged" in found.complete.reason


def test_a_search_on_wrong_derivatives_lists_nothing(monkeypatch):
    right = FormDerivatives.of(form(TENSOR))
    wrong = FormDerivatives.of(form({**TENSOR, "1123": "-0.2940"}))
    monkeypatch.setattr(FormDerivatives, "of", lambda problem: wrong)
    assert len(Multistart(starts=20).solve(form(TENSOR))) == 0
    monkeypatch.setattr(FormDerivatives, "of", lambda problem: right)
    assert len(Multistart(starts=20).solve(form(TENSOR))) > 0


def test_the_hessian_is_the_derivative_of_the_gradient():
    net = Network((2, 3, 2, 1), polynomial_relu(3))
    field = Field.of(ncf(net, Dataset([[1, 2], [-3, 1], [2, -1]], [1, -1, 1])))
    u = np.random.default_rng(0).normal(size=net.size)
    step = 1e-5
    differences = [(field.gradient(u + step * e) - field.gradient(u - step * e)) / (2 * step) for e in np.eye(net.size)]
    np.testing.assert_allclose(field.hessian(u), np.array(differences).T, atol=1e-6 * np.abs(field.hessian(u)).max())


def test_one_variable_has_two_points():
    (x,) = sp.symbols("x:1")
    found = Multistart(starts=3).solve(sphere_problem(-2 * x**3, (x,)))
    assert [point.value for point in found] == [2.0, -2.0]


def test_mistakes():
    data = Dataset([[1, 2]], [1])
    with pytest.raises(WnproofError, match=r"E-VALUE.*starts=0"):
        Multistart(starts=0).solve(form(TENSOR))
    with pytest.raises(WnproofError, match=r"V1.*net.effective"):
        Multistart().solve(ncf(Network((2, 1, 1), relu, normalization=weight_norm), data))
    with pytest.raises(WnproofError, match="W2 has no value"):
        Multistart().solve(ncf(Network((2, 1, 1), polynomial_relu(2), fixed={"W2": None}), data))

"""The sum-of-squares bound: above what is attained, close to it where theory says so, and never more than a float bound."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from tests.kkt.test_multistart import TENSOR, form, random_form
from wnproof.certificate import check
from wnproof.derive.ncf import ncf
from wnproof.derive.sphere import sphere_problem
from wnproof.errors import WnproofError
from wnproof.kkt.bound import _stated, upper_bound
from wnproof.kkt.eigenpairs import Homotopy
from wnproof.kkt.multistart import Multistart
from wnproof.model.activations import linear, polynomial_relu, relu
from wnproof.model.dataset import Dataset
from wnproof.model.network import Network
from wnproof.model.normalizations import weight_norm
from wnproof.prove import sos
from wnproof.prove.decide import decide
from wnproof.verdict import Rigor, undecided

MAXIMUM = 0.8893220106794


@pytest.mark.parametrize("scale", ["1", "1e-12", "1e12"])
def test_the_reference_tensor_at_any_size_of_its_coefficients(scale):
    bound = upper_bound(form({name: sp.Rational(entry) * sp.Rational(scale) for name, entry in TENSOR.items()}))
    value = bound.float_value / float(scale)
    assert MAXIMUM - 1e-8 <= value <= MAXIMUM + 1e-6
    assert isinstance(bound.value, Fraction)
    assert float(bound.value) == bound.float_value
    assert abs(bound.gap) < 1e-6 * float(scale)
    assert 0 < bound.residual < 1e-6 * float(scale)
    assert bound.verdict.rigor is Rigor.PROVED
    assert check(bound.verdict.certificate).rigor is Rigor.PROVED


@pytest.mark.parametrize(("size", "degree"), [(3, 4), (4, 4), (3, 6), (4, 3), (3, 5), (4, 2), (5, 1)])
def test_random_forms_never_exceed_their_bound(size, degree):
    problem = random_form(size + degree, size, degree)
    bound = upper_bound(problem)
    u = np.random.default_rng(0).normal(size=(size, 20000))
    u /= np.linalg.norm(u, axis=0)
    largest = sp.lambdify(problem.variables, problem.expression)(*u).max()
    assert largest <= bound.float_value
    assert bound.gap > -1e-9 * bound.float_value


def test_odd_forms_by_one_more_variable():
    x = sp.symbols("x:3")
    assert upper_bound(sphere_problem(sum(k * v**3 for k, v in enumerate(x, 1)), x)).float_value == pytest.approx(3, abs=1e-7)
    assert upper_bound(sphere_problem(3 * x[0] - 4 * x[2], x)).float_value == pytest.approx(5, abs=1e-7)


def test_a_nonnegative_form_that_is_no_sum_of_squares_leaves_a_gap():
    x, y, z = sp.symbols("x y z")
    motzkin = x**4 * y**2 + x**2 * y**4 + z**6 - 3 * x**2 * y**2 * z**2
    bound = upper_bound(sphere_problem(-motzkin, (x, y, z)))
    assert bound.float_value > 1e-3
    assert bound.gap == pytest.approx(bound.float_value, abs=1e-9)  # the largest value is 0


def test_a_linear_network_reaches_its_largest_singular_direction():
    X, y = [[1, 2], [0, 3], [-1, 1]], [1, 2, -1]
    bound = upper_bound(ncf(Network((2, 2, 1), linear), Dataset(X, y)))
    assert bound.float_value == pytest.approx(np.linalg.norm(np.array(X).T @ y) / 2, abs=1e-6)
    assert abs(bound.gap) < 1e-6


def test_the_bound_repairs_what_the_solver_got_wrong(monkeypatch):
    honest = sos._solved

    def wrong(target, sphere, given, side):
        g, gram = honest(target, sphere, given, side)
        return g - 0.1, gram - 0.01 * np.eye(side)

    monkeypatch.setattr(sos, "_solved", wrong)
    bound = upper_bound(form(TENSOR))
    assert bound.float_value >= MAXIMUM
    assert bound.residual > 0.1


def test_no_optimum_is_no_bound(monkeypatch):
    monkeypatch.setattr(sos, "_solved", lambda *arguments: None)
    bound = upper_bound(form(TENSOR))
    assert bound.value is None
    assert bound.float_value == math.inf
    assert bound.verdict.rigor is Rigor.UNDECIDED
    assert "solver-failed" in bound.verdict.reason


def test_an_identically_zero_form_is_degenerate():
    bound = upper_bound(ncf(Network((2, 1, 1), linear), Dataset([[1, 2], [1, 2]], [1, -1])))
    assert bound.value == 0
    assert "degenerate" in bound.verdict.reason


def test_mistakes():
    data = Dataset([[1, 2]], [1])
    with pytest.raises(WnproofError, match="E-KINK"):
        upper_bound(ncf(Network((2, 2, 1), polynomial_relu(2)), data))
    with pytest.raises(WnproofError, match=r"V1.*net.effective"):
        upper_bound(ncf(Network((2, 1, 1), relu, normalization=weight_norm), data))
    x = sp.symbols("x:20")
    with pytest.raises(WnproofError, match=r"E-SIZE.*210 rows"):
        upper_bound(sphere_problem(sum(v**4 for v in x), x))


@pytest.mark.parametrize("degree", [3, 4])
def test_a_proved_bound_is_above_the_maximum_and_none_below_is_proved(degree):
    """x y z and x^2 y^2 + y^2 z^2 + z^2 x^2 are largest where |x| = |y| = |z|: 1/sqrt 27 and 1/3."""
    x, y, z = sp.symbols("x y z")
    expr = x * y * z if degree == 3 else x**2 * y**2 + y**2 * z**2 + z**2 * x**2
    maximum = math.sqrt(Fraction(1, 27)) if degree == 3 else 1 / 3
    problem = sphere_problem(expr, (x, y, z))
    bound = upper_bound(problem)
    assert bound.verdict.rigor is Rigor.PROVED
    assert bound.value ** (5 - degree) >= (Fraction(1, 27) if degree == 3 else Fraction(1, 3))
    assert 0 < bound.gap < 1e-6
    assert decide(_stated(problem, Fraction(maximum * 0.999))).rigor is Rigor.REFUTED


def test_a_maximum_that_meets_its_bound_is_labelled_global_and_no_other():
    problem = form(TENSOR)
    bound, found = upper_bound(problem), Homotopy().solve(problem)
    labelled = bound.label(found)
    assert [point.global_gap is not None for point in labelled] == [True] * 2 + [False] * 20
    assert labelled[0].global_gap == bound.value - labelled[0].value_range[0]
    assert 0 < labelled[0].global_gap < Fraction(1, 10**7)
    assert labelled.table().count("maximum, global within") == 2
    for other in (
        replace(bound, verdict=undecided("a bound", "no")),
        replace(bound, value=bound.value * 2),
        replace(bound, value=None),
    ):
        assert not any(point.global_gap for point in other.label(found))
    assert not any(point.global_gap for point in bound.label(Multistart(starts=5).solve(problem)))  # floats meet no bound


def test_a_sextic_in_four_variables_is_bounded_tightly():
    bound = upper_bound(random_form(1, 4, 6))
    assert bound.verdict.rigor is Rigor.PROVED
    assert 0 < bound.gap <= 1e-7

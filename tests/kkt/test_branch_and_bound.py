"""The second proof: boxes without a KKT point over all of the sphere, and the same list as the count."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from tests.kkt.test_multistart import TENSOR, form, random_form
from wnproof.derive.sphere import sphere_problem
from wnproof.errors import WnproofError
from wnproof.kkt.branch_and_bound import BranchAndBound, _excluded
from wnproof.kkt.eigenpairs import Homotopy
from wnproof.kkt.form import Form
from wnproof.kkt.solve import kkt_points

x, y, z = sp.symbols("x y z")


@pytest.mark.parametrize(
    "problem",
    [form(TENSOR), random_form(1, 4, 3), random_form(5, 3, 5), random_form(2, 2, 9), random_form(3, 4, 2), random_form(3, 2, 1)],
    ids=str,
)
def test_it_agrees_with_the_count(problem):
    found, counted = kkt_points(problem, method=BranchAndBound()), Homotopy().solve(problem)
    assert "boxes holds another" in str(found.complete)
    assert (found.complete.grade, counted.complete.grade) == ("computed", "")
    assert len(found) == len(counted)
    for one, other in zip(found, counted, strict=True):
        assert np.abs(one.u - other.u).max() < 1e-14
        assert (one.kind, one.morse_index) == (other.kind, other.morse_index)
        assert one.value_range[0] <= other.value_range[1]
        assert other.value_range[0] <= one.value_range[1]


def test_no_box_around_a_zero_is_excluded():
    """Boxes that hold a class, in its own chart and in the others: the class anywhere in the box, at every size."""
    rng = np.random.default_rng(0)
    for problem in (form(TENSOR), random_form(1, 4, 4), sphere_problem(x**2 * y**2 + 10**9 * z**4, (x, y, z))):
        n = Form.of(problem)
        for point in (point for point in Homotopy().solve(problem) if point.value_range):
            for chart in range(n.size):
                if abs(point.u[chart]) < 0.05:
                    continue
                own = np.delete(point.u / point.u[chart], chart)
                for half in 2.0 ** -np.arange(0, 40, 4.0):
                    centre = own + half * rng.uniform(-0.999, 0.999, (2, n.size - 1))
                    assert not _excluded(n, chart, centre, half).any()


def test_what_cannot_be_excluded_is_left():
    found = BranchAndBound().solve(sphere_problem(x**4 + y**4, (x, y, z)))  # the pole is singular
    assert len(found) == 8
    assert "boxes are left" in str(found.complete)
    close = Fraction(1, 2) - Fraction(1, 10**4)  # a pair that is nearly real
    found = BranchAndBound().solve(sphere_problem(x**3 + 3 * sp.Rational(close.numerator, close.denominator) * x * y**2, (x, y)))
    assert "boxes holds another" in str(found.complete)
    assert len(found) == 2


def test_many_variables_are_refused():
    with pytest.raises(WnproofError, match=r"E-SIZE.*5 variables.*Homotopy"):
        BranchAndBound().solve(random_form(0, 5, 3))

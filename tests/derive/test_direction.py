"""Exact rates of directions, against the flow itself."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import wnproof as wn
from wnproof.errors import WnproofError

x, y, z = sp.symbols("x y z")
FORM = wn.sphere_problem(2 * x**2 + 4 * x * y - y**2, (x, y))  # eigenvalues 3 at (2, 1), -2 at (1, -2)


def slope(problem, start, target):
    """d log|h - u*| / d log r over the last decades of a simulated blow-up."""
    run = wn.simulate_ncf(problem, np.array(start, float), tolerance=1e-12)
    theta = np.asarray(run.theta)
    r = np.linalg.norm(theta, axis=-1)
    error = np.linalg.norm(theta / r[:, None] - np.asarray(target, float), axis=-1)
    late = (error < 1e-3) & (error > 1e-7)
    assert late.sum() > 5
    return np.polyfit(np.log(r[late]), np.log(error[late]), 1)[0]


@pytest.mark.parametrize(
    ("form", "point", "gap", "exponent", "start"),
    [
        (x**3 - x * (y**2 + z**2), (1, 0, 0), 5, sp.Rational(5, 3), (1, 0.3, 0.2)),
        (2 * x**3 + y**3 + z**3, (3, 0, 0), 6, 1, (1, 0.5, 0.2)),
        (x**4 + 2 * x**2 * y**2 + x**2 * z**2, (1, 1, 0), None, None, None),
    ],
)
def test_the_exponent_is_that_of_the_flow(form, point, gap, exponent, start):
    problem = wn.sphere_problem(form, (x, y, z))
    if gap is None:
        with pytest.raises(WnproofError, match="no KKT direction"):
            wn.direction_rate(problem, point)
        return
    rate = wn.direction_rate(problem, point)
    assert (rate.gap, rate.exponent, rate.in_time) == (gap, exponent, exponent)
    unit = np.array(point, float) / np.linalg.norm(np.array(point, float))
    assert slope(problem, start, unit) == pytest.approx(-float(exponent), abs=0.02)


def test_an_algebraic_gap_is_exact_at_any_scale_of_the_point():
    form = x**4 - 3 * x**2 * y**2 + x**2 * y * z
    rates = [wn.direction_rate(wn.sphere_problem(form, (x, y, z)), (c, 0, 0)) for c in (1, sp.Rational(-7, 3))]
    assert rates[0] == rates[1]
    hessian = np.array([[-6.0, 1.0], [1.0, 0.0]])
    assert float(rates[0].gap) == pytest.approx(4 - np.linalg.eigvalsh(hessian)[-1], rel=1e-14)


def test_degree_two_is_the_gap_of_eigenvalues():
    rate = wn.direction_rate(FORM, (2, 1))
    assert rate.in_time is None
    assert rate.gap == 10
    assert rate.value == 3
    assert rate.exponent == sp.Rational(5, 3)


@pytest.mark.parametrize(
    ("form", "point", "words"),
    [
        (x**3 + y**3, (1, 1), "no strict local maximum"),
        (x**3 + y**3, (0, 0), "no rational direction"),
        (x**3 + y**3, (1, 0, 0), "3 numbers for 2"),
        (x**3 + y**3, (1.0, 0), "float"),
        (x**2 + y**2, (1, 0), "no strict local maximum"),
    ],
)
def test_what_has_no_rate_is_refused(form, point, words):
    with pytest.raises(WnproofError, match=words):
        wn.direction_rate(wn.sphere_problem(form, (x, y)), point)


def test_a_network_on_data():
    net = wn.Network((2, 1, 1), wn.polynomial_relu(2))
    problem = wn.ncf(net, wn.Dataset([[1, 0], [0, 1]], [1, -1]))
    with pytest.raises(WnproofError, match="kink"):
        wn.direction_rate(problem, (1, 0, 1))

"""Bounds on the blow-up time: exact on KKT rays, and around simulated blow-ups from everywhere else."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

import wnproof as wn
from wnproof.derive.blowup import blowup

x, y, z = sp.symbols("x y z")
STARTS = 100


def exactly(rng: np.random.Generator, size: int) -> list[Fraction]:
    return [Fraction(int(k), 8) for k in rng.integers(-8, 9, size)]


@pytest.mark.parametrize(
    ("form", "maximum"),
    [
        (x * y * z, 1 / (3 * sp.sqrt(3))),
        (x**3 + 2 * y**3 - z**3, 2),
        (x**4 + y**4 - x**2 * z**2, 1),
    ],
)
def test_the_bounds_hold_from_random_starts(form, maximum):
    problem, rng = wn.sphere_problem(form, (x, y, z)), np.random.default_rng(3)
    checked = 0
    while checked < STARTS // 4:
        start = exactly(rng, 3)
        if form.subs(dict(zip((x, y, z), start, strict=True))) <= 0:
            continue
        bounds, run = blowup(problem, start, maximum=maximum), wn.simulate_ncf(problem, np.array(start, float))
        assert run.stop is wn.StopReason.BLOW_UP
        low, high = run.blowup
        assert float(bounds.low) <= high
        assert low <= float(bounds.high)
        checked += 1


def test_the_bounds_hold_for_a_network():
    problem = wn.ncf(wn.Network((2, 1, 1), wn.polynomial_relu(2)), wn.Dataset([[1, 2], [-1, 1], [0, 1]], [1, 2, 1]))
    rng, checked = np.random.default_rng(5), 0
    while checked < STARTS // 4:
        start = exactly(rng, 3)
        if problem.expression.subs(dict(zip(problem.variables, start, strict=True))) <= 0:
            continue
        bounds = blowup(problem, start, maximum="2.6943013")  # its largest KKT value is 2.69430126
        run = wn.simulate_ncf(problem, np.array(start, float))
        assert run.stop is wn.StopReason.BLOW_UP
        assert float(bounds.low) <= run.blowup[1]
        assert run.blowup[0] <= float(bounds.high)
        checked += 1


def test_on_a_ray_the_time_is_exact_and_the_run_agrees():
    problem = wn.sphere_problem(x * y * z, (x, y, z))
    bounds = blowup(problem, [sp.Rational(3, 10) / sp.sqrt(3)] * 3)
    assert bounds.on_ray
    assert bounds.low == bounds.high == 10 / sp.sqrt(3)
    low, high = wn.simulate_ncf(problem, np.full(3, 0.3 / 3**0.5)).blowup
    assert low - 1e-7 <= 10 / 3**0.5 <= high + 1e-7
    assert not blowup(problem, (1, 1, "1.001")).on_ray


@pytest.mark.parametrize(
    ("form", "start", "what"),
    [
        (x**2 + y * z, (1, 1, 1), "degree 2"),
        (x * y * z, (1, -1, 1), "not positive"),
        (x * y * z, (1, 1), "2 numbers for 3"),
        (x * y * z, (1, 0.5, 1), "float"),
    ],
)
def test_what_has_no_bound_is_refused(form, start, what):
    with pytest.raises(wn.WnproofError, match=what):
        blowup(wn.sphere_problem(form, (x, y, z)), start)


def test_a_maximum_that_is_none_is_refused():
    with pytest.raises(wn.WnproofError, match="upper bound"):
        blowup(wn.sphere_problem(x * y * z, (x, y, z)), (1, 1, 2), maximum="1/10")


def test_a_start_on_a_kink_is_no_ray_without_a_derivative():
    problem = wn.ncf(wn.Network((2, 1, 1), wn.polynomial_relu(2)), wn.Dataset([[1, 0], [0, 1]], [1, 2]))
    assert blowup(problem, (0, 1, sp.sqrt(2) / 2)).on_ray  # squared: differentiable at its kink

"""Polynomial pieces are found exactly, and the quadrature is the exact integral between knots."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

import wnproof as wn

x = sp.Symbol("x")
half = sp.Rational(1, 2)


@pytest.mark.parametrize(
    ("target", "breaks", "pieces"),
    [
        (3, (0, 1), [(3,)]),
        (x**2 - x, (0, 1), [(0, -1, 1)]),
        (sp.Abs(x - half), (0, half, 1), [(half, -1), (-half, 1)]),
        (sp.Max(0, 1 - 3 * x), (0, sp.Rational(1, 3), 1), [(1, -3), (0,)]),
        (sp.Piecewise((0, x < half), (1, True)), (0, half, 1), [(0,), (1,)]),
        (sp.Piecewise((x, x < 5), (7, True)), (0, 1), [(0, 1)]),
        (x * sp.Piecewise((1, half > x), (sp.Abs(x), True)), (0, half, 1), [(0, 1), (0, 0, 1)]),
    ],
)
def test_pieces(target, breaks, pieces):
    population = wn.Population(target, (0, 1))
    assert population.breaks == tuple(Fraction(*sp.Rational(b).as_numer_denom()) for b in breaks)
    assert [tuple(map(sp.Rational, piece)) for piece in population.targets] == [tuple(map(sp.Rational, p)) for p in pieces]


def test_the_quadrature_is_the_integral():
    rng = np.random.default_rng(0)
    target, density = sp.Abs(x - half) * x, 1 + x**2
    population = wn.Population(target, (-1, 2), density)
    knots = [Fraction(int(k), 16) for k in rng.integers(-40, 40, 6)]
    points, weights, y = population.quadrature(np.array(knots, float), 9)
    assert not set(points) & set(map(float, knots))
    spline = sum(sp.Max(0, x - sp.Rational(k.numerator, k.denominator)) ** 2 for k in knots)
    exact = sp.integrate((spline * target * density).rewrite(sp.Piecewise), (x, -1, 2))  # degree 2 + 2 + 2 between the knots
    value = weights @ (y * sum(np.maximum(0, points - float(k)) ** 2 for k in knots))
    assert abs(value / float(exact) - 1) < 1e-13


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ((sp.sin(x), (0, 1)), "no polynomial"),
        ((sp.Piecewise((0, x**2 < half), (1, True)), (0, 1)), "break"),
        ((sp.Piecewise((0, x < sp.sqrt(2) / 2), (1, True)), (0, 1)), "irrational|break at"),
        ((sp.Piecewise((0, x < half)), (0, 1)), "not defined|no finite"),
        ((x, (1, 0)), "interval"),
        ((x, (0, 1), x - half), "negative"),
        ((x, (0, 1), (x - half) ** 2 - sp.Rational(1, 100)), "negative"),
        ((x + sp.Symbol("y"), (0, 1)), "one symbol"),
        ((0.5 * x, (0, 1)), "float"),
        (("x", (0, 1)), "no expression"),
    ],
)
def test_what_is_no_population_is_refused(arguments, what):
    with pytest.raises(wn.WnproofError, match=what):
        wn.Population(*arguments)


def test_a_density_that_only_touches_zero_is_allowed():
    assert wn.Population(x, (0, 1), (x - half) ** 2).densities == ((Fraction(1, 4), Fraction(-1), Fraction(1)),)

"""Wide networks from one neuron: every composition solves the KKT system, and the rule for maxima agrees with values nearby."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from wnproof.derive.sphere import sphere_problem
from wnproof.errors import WnproofError
from wnproof.kkt.arrangement import neuron_kkt_points
from wnproof.kkt.composition import compositions
from wnproof.kkt.neuron import Neuron
from wnproof.kkt.points import KKTPoint
from wnproof.kkt.solve import kkt_points


def sample(seed, outer):
    rng = random.Random(seed)
    X = [[rng.randint(-4, 4) for _ in range(2)] for _ in range(4)]
    y = [rng.choice((-2, -1, 1, 2, 3)) for _ in X]
    return Neuron.of(X, y, slope=("0", "1/10")[seed % 2], outer=outer)


def form(seed, degree):
    rng = random.Random(seed)
    x, y = sp.symbols("x y")
    expr = sum(rng.randint(-3, 3) * x**k * y ** (degree - k) for k in range(degree + 1)) + x**degree
    g = sp.lambdify((x, y), [sp.diff(expr, x), sp.diff(expr, y)])
    N = sp.lambdify((x, y), expr)
    return kkt_points(sphere_problem(expr, (x, y))), lambda u: N(*u), lambda point, u: np.array(g(*u), dtype=float)


def neuron_parts(seed, outer):
    """The list, N_1, and the generalized gradient that a listed point's slopes name, at a vector along the point."""
    neuron = sample(seed, outer)
    X, y, slope = np.array(neuron.X, dtype=float), np.array(neuron.y, dtype=float), float(neuron.slope)

    def value(u):
        z = X @ u[:2]
        return (u[2] if outer is None else 1.0) * float(y @ np.where(z > 0, z, slope * z))

    def gradient(point, u):
        z = [sum(a * b for a, b in zip(row, point.hidden_direction, strict=True)) for row in neuron.X]
        slopes = [float(point.slopes.get(i, 0 if t == 0 else 1 if t > 0 else neuron.slope)) for i, t in enumerate(z)]
        S = (y * slopes) @ X
        return S if outer == 1 else np.append(u[2] * S, S @ u[:2])

    return neuron_kkt_points(neuron), value, gradient


CASES = {
    1: lambda seed: neuron_parts(seed, 1),
    2: lambda seed: neuron_parts(seed, None),
    3: lambda seed: form(seed, 3),
    4: lambda seed: form(seed, 4),
}


def rises(N, theta, rng, peak):
    """Whether some nearby vector of the same length has a larger value."""
    best, start = -np.inf, sum(N(u) for u in theta)
    for k in range(600):
        step = (1e-2, 1e-3)[k % 2]
        moved = theta.copy()
        if k < 2 * len(theta):  # towards the largest value of a single neuron
            moved[k // 2] += step * peak
        elif k % 3 == 0:  # one neuron alone, such as one that was zero
            moved[rng.integers(len(theta))] += step * rng.normal(size=theta.shape[1])
        elif k % 3 == 1:  # the lengths alone
            moved *= 1 + step * rng.normal(size=(len(theta), 1))
        else:
            moved += step * rng.normal(size=theta.shape)
        best = max(best, sum(N(u) for u in moved / np.linalg.norm(moved)))
    return best - start


@pytest.mark.parametrize("degree", CASES)
def test_compositions_solve_the_kkt_system_and_maxima_are_told(degree):
    checked, exact, told = 0, 0, set()
    for seed in range(8):
        one, N, gradient = CASES[degree](seed)
        width, rng = 2 + seed % 2, np.random.default_rng(seed)
        found = compositions(one, width, degree, idle=degree > 1 or width < 3)
        chosen = rng.permutation(len(found))[:12]
        for composition in (found[k] for k in chosen):
            theta = composition.sample(seed)
            assert np.linalg.norm(theta) == pytest.approx(1, abs=1e-14)
            assert sum(N(u) for u in theta) == pytest.approx(composition.value, abs=1e-12 * max(abs(p.value) for p in one))
            points = [part for part in composition.active if isinstance(part, KKTPoint)]
            active = [(u, p) for u in theta if u.any() for p in set(points) if np.allclose(u / np.linalg.norm(u), p.u)]
            largest = max(np.linalg.norm(gradient(p, p.u)) for p in one)
            for u, point in active:
                assert np.linalg.norm(gradient(point, u) - degree * composition.value * u) <= 1e-12 * largest
            assert len(active) >= len(points)
            assert sum(u.any() for u in theta) == len(composition.active)
            exact += len(points) == len(composition.active)
            checked += 1
            if composition.local_maximum is not None:
                told.add(composition.local_maximum)
                up = rises(N, theta, rng, one[0].u)
                assert bool(up <= 1e-12 * largest) is composition.local_maximum, (seed, composition.text, up)
    assert checked >= 60
    assert exact >= 25
    assert told == {True, False}


@pytest.mark.parametrize("seed", range(8))
def test_fixed_outer_weights_in_rational_numbers(seed):
    neuron = sample(seed, 1)
    for composition in compositions(neuron_kkt_points(neuron), 3, 1):
        if composition.radii_squared is None:
            continue
        assert sum(composition.radii_squared) == 1
        multipliers_squared = set()
        for point, square in zip(composition.active, composition.radii_squared, strict=True):
            w, gradient = point.direction, [Fraction(0)] * 2
            for i, (x, label) in enumerate(zip(neuron.X, neuron.y, strict=True)):
                z = x[0] * w[0] + x[1] * w[1]
                slope = point.slopes.get(i, Fraction(0)) if z == 0 else Fraction(1) if z > 0 else neuron.slope
                gradient = [g + label * slope * e for g, e in zip(gradient, x, strict=True)]
            assert gradient[0] * w[1] == gradient[1] * w[0]
            along = gradient[0] * w[0] + gradient[1] * w[1]
            multipliers_squared.add((along > 0, along**2 / (w[0] ** 2 + w[1] ** 2) / square))
        assert len(multipliers_squared) == 1


@pytest.mark.parametrize("seed", range(8))
def test_trained_outer_weights_in_rational_numbers(seed):
    """Every active direction: S parallel to w in exact numbers, and N^2 = S^2 / (4 |w|^2) the same for all of them."""
    neuron, checked = sample(seed, None), 0
    for composition in compositions(neuron_kkt_points(neuron), 3, 2):
        values = set()
        for part in composition.active:
            if isinstance(part, KKTPoint) and part.value:
                w, gradient = part.hidden_direction, [Fraction(0)] * 2
                for i, (x, label) in enumerate(zip(neuron.X, neuron.y, strict=True)):
                    z = x[0] * w[0] + x[1] * w[1]
                    slope = part.slopes.get(i, Fraction(0)) if z == 0 else Fraction(1) if z > 0 else neuron.slope
                    gradient = [g + label * slope * e for g, e in zip(gradient, x, strict=True)]
                assert gradient[0] * w[1] == gradient[1] * w[0]
                S = gradient[0] * w[0] + gradient[1] * w[1]
                values.add((part.outer_sign * S > 0, S**2 / (w[0] ** 2 + w[1] ** 2) / 4))
                assert values == {(part.value > 0, part.value_squared)}
                checked += 1
    assert checked


def test_dimensions_and_mistakes():
    one = neuron_kkt_points(sample(1, None))
    for composition in compositions(one, 3, 2):
        assert composition.dimension == len(composition.active) - 1
        assert len({point.value_squared for point in composition.active}) == 1
    with pytest.raises(WnproofError, match="E-VALUE"):
        compositions(one, 0, 2)
    with pytest.raises(WnproofError, match="E-SIZE"):
        compositions(one, 4000, 2)

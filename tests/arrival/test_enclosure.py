"""Enclosed trajectories: what is certified is true, what is false or not strict is not certified."""

from dataclasses import replace

import flint
import numpy as np
import pytest
import sympy as sp
from scipy.integrate import solve_ivp

import wnproof as wn
from wnproof.arrival.cells import Cells
from wnproof.arrival.curvature import Curvature
from wnproof.arrival.enclosure import _Curve

x, y, z = sp.symbols("x y z")
DIAGONAL = wn.sphere_problem(3 * x**3 + 2 * y**3 + z**3, (x, y, z))


def cubes(size, samples, degree, seed):
    """sum_i y_i (w . x_i)^degree with small integers."""
    rng = np.random.default_rng(seed)
    w = sp.symbols(f"w0:{size}")
    X, labels = rng.integers(-4, 5, (samples, size)), rng.integers(-3, 4, samples)
    labels[labels == 0] = 1
    terms = (int(c) * sum(int(a) * v for a, v in zip(row, w, strict=True)) ** degree for c, row in zip(labels, X, strict=True))
    return wn.sphere_problem(sp.expand(sum(terms)), w)


def arrival(problem, seed):
    """A start, and the maximum that its simulation comes to."""
    start = np.random.default_rng(seed).standard_normal(problem.size)
    end = wn.simulate_ncf(problem, start / np.linalg.norm(start)).final
    maxima = [p for p in wn.kkt_points(problem) if p.kind is wn.Kind.MAXIMUM]
    return start, min(maxima, key=lambda p: np.linalg.norm(p.u - end / np.linalg.norm(end)))


LARGER = [pytest.param(case, marks=pytest.mark.full) for case in ((4, 5, 4, 1), (6, 8, 3, 0), (6, 8, 3, 1), (6, 8, 3, 2))]
CASES = [(3, 5, 3, 0), (4, 6, 3, 4), *LARGER]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_random_forms(case):
    problem = cubes(*case)
    start, maximum = arrival(problem, case[3])
    found = wn.enclose_arrival(problem, start, maximum, radius=1e-6)
    assert (found.verdict.rigor, found.verdict.grade) == (wn.Rigor.CERTIFIED, "computed")
    assert 0 < found.radius < found.basin


@pytest.mark.full
def test_most_strict_maxima_in_three_and_four_variables():
    """All 25 from balls of 1e-6."""
    cases = [(3, 5, 3, s) for s in range(8)] + [(4, 6, 3, s) for s in range(9)]
    cases += [(4, 5, 4, s) for s in range(5)] + [(3, 4, 5, s) for s in range(3)]
    certified = 0
    for case in cases:
        problem = cubes(*case)
        start, maximum = arrival(problem, case[3])
        certified += wn.enclose_arrival(problem, start, maximum, radius=1e-6).verdict.rigor is wn.Rigor.CERTIFIED
    assert certified == 25


@pytest.mark.parametrize("areas", [False, pytest.param(True, marks=pytest.mark.full)], ids=["4", "6"])
def test_iris(areas):
    """All four measurements, and the areas of sepals and petals, with labels +-1: N = sum_i y_i (w . x_i)^3."""
    data = wn.datasets.iris()
    w = sp.symbols("w0:6") if areas else sp.symbols("w0:4")
    N = sp.Poly(0, *w)
    for row, label in zip(data.exact_X, data.exact_y, strict=True):
        features = [*row, row[0] * row[1], row[2] * row[3]][: len(w)]
        line = sum(sp.Rational(str(x)) * v for x, v in zip(features, w, strict=True))
        N += sp.Rational(str(label)) * sp.Poly(line, *w) ** 3
    problem = wn.sphere_problem(N.as_expr(), w)
    start, maximum = arrival(problem, 2)
    found = wn.enclose_arrival(problem, start, maximum, radius=1e-6)
    assert found.verdict.rigor is wn.Rigor.CERTIFIED


def test_what_is_false_is_not_certified():
    """From (2, 1, 1) the winner is x, whatever is listed; saddles and minima attract no ball."""
    for point in wn.kkt_points(DIAGONAL):
        found = wn.enclose_arrival(DIAGONAL, [2.0, 1.0, 1.0], point, radius=1e-6, steps=60).verdict
        winner = np.allclose(point.u, [1, 0, 0])
        assert (found.rigor is wn.Rigor.CERTIFIED) == winner
        assert winner or found.reason


def test_a_ball_across_a_separatrix_is_undecided():
    """x' = 9 x^2 and y' = 6 y^2: the winner of the two is decided by 3 x against 2 y."""
    edge = np.array([2.0, 3.0, 0.5])
    winner = wn.kkt_points(DIAGONAL)[0]
    aside = edge + [1e-3, 0, 0]
    radius = 5e-4
    wide, narrow = (wn.enclose_arrival(DIAGONAL, aside, winner, radius=r).verdict.rigor for r in (radius, 1e-6))
    assert (wide, narrow) == (wn.Rigor.UNDECIDED, wn.Rigor.CERTIFIED)
    assert wn.enclose_arrival(DIAGONAL, edge, winner).verdict.rigor is wn.Rigor.UNDECIDED


def test_a_circle_of_maxima_is_refused():
    problem = wn.sphere_problem((x**2 + y**2) * z, (x, y, z))
    value = 2 / (3 * np.sqrt(3))
    circle = wn.sphere_problem(2 * x**3 + y**3 + z**3, (x, y, z))
    maximum = wn.kkt_points(circle)[0]
    on = np.array([np.sqrt(2 / 3), 0, np.sqrt(1 / 3)])
    assert on[0] ** 2 * on[2] == pytest.approx(value)
    point = type(maximum)(on, value, None, None, 3 * value, {}, wn.Kind.MAXIMUM, None, 0.0, maximum.settle_verdict)
    found = wn.enclose_arrival(problem, [1.0, 0.1, 1.0], point)
    assert found.verdict.rigor is wn.Rigor.UNDECIDED
    assert "strict" in found.verdict.reason


@pytest.mark.parametrize("seed", range(2))
def test_tubes_hold_the_solutions(seed):
    """Solutions from the rim of a ball, integrated by another method, are in the tube after five steps."""
    problem = cubes(4, 6, 3, seed)
    form, rng = Cells(problem).form(()), np.random.default_rng(seed)
    centre = rng.standard_normal(4)
    centre /= np.linalg.norm(centre)
    aside = rng.standard_normal((4, 4))
    aside -= centre[:, None] * (centre @ aside)
    rim = np.cos(1e-3) * centre[:, None] + np.sin(1e-3) * aside / np.linalg.norm(aside, axis=0)
    with flint.ctx.workprec(80):
        curve, h, e, time = _Curve(Cells(problem), ()), centre, flint.arb(1e-3) + 1e-15, 0.0
        for _ in range(5):
            time += curve._length(h, form.taylor(h, 16))
            h, e = curve.step(h, e)
    for start in rim.T:
        end = start
        for _ in range(20):
            end = np.polynomial.polynomial.polyval(time / 20, form.taylor(end, 12))
        angle = 2 * np.arcsin(np.linalg.norm(end / np.linalg.norm(end) - h) / 2)
        assert angle <= float(e) + 1e-12
    assert float(e) < 1e-2


@pytest.mark.parametrize("seed", range(4))
def test_parting_bounds_sampled_hessians(seed):
    problem = cubes(4, 6, 3, seed)
    form, rng = Cells(problem).form(()), np.random.default_rng(seed)
    centre = rng.standard_normal(4)
    centre /= np.linalg.norm(centre)
    with flint.ctx.workprec(80):
        bound = float(form.parting([flint.arb(c) + flint.arb(0, 0.02) for c in centre]))
        for _ in range(50):
            point = centre + 0.01 * rng.standard_normal(4).clip(-1, 1)
            point /= np.linalg.norm(point)
            hessian = [[float(v.mid()) for v in row] for row in form.hessian([flint.arb(c) for c in point])]
            basis = np.linalg.svd(point[None])[2][1:]
            rates = np.linalg.eigvalsh(basis @ np.array(hessian) @ basis.T)
            assert rates[-1] <= bound
        tight = float(form.parting([flint.arb(c) for c in point]))
        assert tight == pytest.approx(rates[-1], rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("case", [(3, 5, 3), (3, 4, 5), (5, 3, 2), pytest.param((6, 8, 3), marks=pytest.mark.full)], ids=str)
def test_curvature_bounds_hessians_all_over_a_ball(case):
    """At random points and those to which ascent of the largest rate leads; below what interval arithmetic says of a box."""
    problem = cubes(*case, 0)
    form, rng, n = Cells(problem).form(()), np.random.default_rng(0), case[0]
    hessian = wn.kernel(problem.hessian_product)
    gradient = wn.kernel(problem.gradient)
    scale = float(max(abs(c) for c in sp.Poly(problem.expression, *problem.variables).coeffs()))

    def rate(u):
        H = np.array([hessian(np.concatenate([u, row])) for row in np.eye(n)])
        tangent = np.linalg.svd(u[None])[2][1:]
        return np.linalg.eigvalsh(tangent @ H @ tangent.T)[-1] / scale - u @ gradient(u) / scale

    for _ in range(3):
        centre = rng.standard_normal(n)
        centre /= np.linalg.norm(centre)
        with flint.ctx.workprec(80):
            near = Curvature(form, [flint.arb(c) + flint.arb(0, 1e-15) for c in centre])
            assert float(near.parting(flint.arb(1e-9))) == pytest.approx(rate(centre), rel=1e-5, abs=1e-5)
            for r in (0.2, 0.02):
                bound, worst, at = float(near.parting(flint.arb(r))), -np.inf, centre
                for step in range(60):
                    u = (at if step >= 20 else centre) + 10 ** rng.uniform(-2, 0) * r * rng.standard_normal(n)
                    away = u - centre
                    u = centre + away * min(1, 0.98 * r / np.linalg.norm(away))
                    u /= np.linalg.norm(u)
                    if np.linalg.norm(u - centre) <= r and rate(u) > worst:
                        worst, at = rate(u), u
                assert worst <= bound
            assert bound < float(form.parting([flint.arb(c) + flint.arb(0, r) for c in centre])) + 1e-9


def test_the_field_is_the_gradient_on_the_sphere():
    form = Cells(DIAGONAL).form(())
    series = form.taylor(np.array([0.6, 0.0, 0.8]), 3)
    gradient = wn.kernel(DIAGONAL)(series[0]) / 3  # the largest coefficient becomes 1
    assert series[1] == pytest.approx(gradient - series[0] * (series[0] @ gradient))


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(([1.0, 0.0],), "E-SHAPE"), (([np.nan, 1, 1],), "E-NONFINITE"), (([0, 0, 0],), "E-VALUE"), (([1, 0, 0], 0.5), "E-VALUE")],
)
def test_bad_arguments_are_named(arguments, code):
    start, *radius = arguments
    with pytest.raises(wn.WnproofError) as caught:
        wn.enclose_arrival(DIAGONAL, start, wn.kkt_points(DIAGONAL)[0], radius=radius[0] if radius else 0.0)
    assert caught.value.code == code


def test_starts_from_a_ball_of_attraction_arrive_inside_it():
    """3 x^3 + 2 y^3 + z^3: the separatrices of x pass through (2, 3, 0), 56.3 degrees away, and (1, 0, 3)."""
    points = wn.kkt_points(DIAGONAL)
    maximum, rng = points[0], np.random.default_rng(0)
    radius = wn.attraction(DIAGONAL, maximum)
    assert 0.2 < radius < np.arctan(3 / 2)
    for _ in range(5):
        aside = rng.standard_normal(2)
        aside *= np.tan(0.99 * radius) / np.linalg.norm(aside)
        start = np.array([1.0, *aside])
        early = wn.compare(wn.simulate_ncf(DIAGONAL, start, t_end=1e-6), points)
        late = wn.compare(wn.simulate_ncf(DIAGONAL, start), points)
        assert early.inside(radius)
        assert not early.inside(0.9 * radius)
        assert late.nearest is maximum
        assert late.inside(1e-5)
    for point in points:
        assert (wn.attraction(DIAGONAL, point) > 0) == (point.kind is wn.Kind.MAXIMUM)


def test_a_linear_form_attracts_everything_but_its_minimum():
    problem = wn.sphere_problem(2 * x + 2 * y + z, (x, y, z))
    maximum = max(wn.kkt_points(problem), key=lambda point: point.value)
    found = wn.enclose_arrival(problem, [-1.0, 0.5, -0.5], maximum, radius=1e-2)
    assert found.verdict.rigor is wn.Rigor.CERTIFIED
    assert wn.enclose_arrival(problem, [-2.0, -2.0, -1.0], maximum, steps=100).verdict.rigor is wn.Rigor.UNDECIDED


@pytest.mark.parametrize("activation", [wn.polynomial_relu(2), wn.leaky_relu("1/10"), wn.relu], ids=str)
def test_networks_are_enclosed_within_a_cell(activation):
    """From near a strict maximum off the kinks; from another cell nothing is said."""
    data = wn.Dataset([[3, 1], [1, 2], [-1, 1], [2, -1]], [1, 2, -1, 1])
    problem = wn.ncf(wn.Network((2, 1, 1), activation), data)
    points = wn.kkt_points(problem, method=wn.Multistart(starts=60, seed=0))
    maxima = [p for p in points if p.kind is wn.Kind.MAXIMUM and np.abs(data.X @ p.u[:2]).min() > 0.05 and p.value > 0.5]
    assert maxima
    for point in maxima:
        assert 0.005 < wn.attraction(problem, point) <= 0.3
        found = wn.enclose_arrival(problem, point.u + [0.03, -0.02, 0.02], point, radius=1e-6)
        assert found.verdict.rigor is wn.Rigor.CERTIFIED
        far = wn.enclose_arrival(problem, -point.u, point, steps=20).verdict
        assert far.rigor is wn.Rigor.UNDECIDED


CROSSING = wn.Dataset([[2, 1], [1, 2], [1, -1]], [1, 3, -1])


@pytest.mark.parametrize(("power", "certified"), [(3, True), (2, True), (1, False)])
def test_kinks_are_crossed_where_the_gradient_does_not_jump(power, certified):
    """Samples are on the other side of their kinks until w has turned."""
    problem = wn.ncf(wn.Network((2, 1, 1), wn.polynomial_relu(power)), CROSSING)
    points = wn.kkt_points(problem, method=wn.Multistart(starts=60, seed=0))
    maximum = max(points, key=lambda point: point.value)
    start = np.array([1.0, -0.7, 0.7])
    assert (np.sign(CROSSING.X @ start[:2]) != np.sign(CROSSING.X @ maximum.u[:2])).sum() == 2
    found = wn.enclose_arrival(problem, start, maximum, radius=1e-6)
    assert (found.verdict.rigor is wn.Rigor.CERTIFIED) == certified
    assert certified or "kink" in found.verdict.reason
    if certified:
        assert wn.compare(wn.simulate_ncf(problem, start), points).nearest is maximum


@pytest.mark.parametrize("radius", [1e-3, 1e-8])
def test_tubes_across_kinks_hold_the_solutions(radius):
    """Solutions from the rim, by another integrator on the generated gradient, are in the tube at the end of every step."""
    problem = wn.ncf(wn.Network((2, 1, 1), wn.polynomial_relu(2)), CROSSING)
    gradient, rng = wn.kernel(problem.gradient), np.random.default_rng(0)
    start = np.array([1.0, -0.7, 0.7]) / np.linalg.norm([1.0, -0.7, 0.7])
    aside = rng.standard_normal((3, 6))
    aside -= start[:, None] * (start @ aside)
    rim = np.cos(radius) * start[:, None] + np.sin(radius) * aside / np.linalg.norm(aside, axis=0)
    with flint.ctx.workprec(80):
        cells = Cells(problem)
        curve, h, e, time, cut = _Curve(cells, cells.signs(start)), start, flint.arb(radius) + 1e-15, 0.0, 0
        ends = []
        for _ in range(40):
            coefficients = curve.form.taylor(h, 16)
            length = curve._length(h, coefficients)
            wall = curve._first_wall(coefficients * length ** np.arange(17)[:, None])
            h, e = curve.step(h, e)
            time += length * (1 if wall is None else wall[0])
            cut += wall is not None
            ends.append((time, h, float(e)))
    assert cut == 2
    unit = float(cells._scale)

    def velocity(_t, u):
        slope = gradient(u) / unit
        return slope - (u @ slope) * u

    for u in rim.T:
        times = [time for time, _, _ in ends]
        found = solve_ivp(velocity, (0, times[-1]), u, "DOP853", times, rtol=1e-12, atol=1e-13).y.T
        for state, (_, centre, bound) in zip(found, ends, strict=True):
            assert 2 * np.arcsin(np.linalg.norm(state / np.linalg.norm(state) - centre) / 2) <= bound + 1e-10


def test_kinks_that_are_no_hyperplanes_are_refused():
    problem = wn.ncf(wn.Network((2, 1, 1, 1), wn.polynomial_relu(2)), wn.Dataset([[1, 2]], [1]))
    with pytest.raises(wn.WnproofError, match="two layers"):
        wn.enclose_arrival(problem, np.ones(4), replace(wn.kkt_points(DIAGONAL)[0], u=np.ones(4)))

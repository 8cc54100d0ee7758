"""Shares of basins against shares that are known."""

import json
from dataclasses import replace

import numpy as np
import pytest
import sympy as sp

import wnproof as wn
from wnproof.arrival.shares import attracts
from wnproof.arrival.stepping import stepped
from wnproof.simulation.ascent import Ascent
from wnproof.simulation.taylor import sliding

x, y, z = sp.symbols("x y z")


def test_symmetric_basins_have_equal_shares():
    """x^3 + y^3 on the circle: maxima at (1, 0), (0, 1), and at -(1, 1)/sqrt 2 of negative value.

    On the circle the basin of a maximum ends at its neighbouring minima, here at 45, 180 and 270 degrees.
    """
    problem = wn.sphere_problem(x**3 + y**3, (x, y))
    found = wn.basins(problem, wn.kkt_points(problem), members=2000, seed=3)
    shares = {tuple(np.round(share.entry.u, 6)): share for share in found.arrivals.fractions}
    exact = {(1.0, 0.0): 135 / 360, (0.0, 1.0): 135 / 360, (-0.707107, -0.707107): 90 / 360}
    assert found.arrivals.unconverged == 0
    assert sum(share.count for share in shares.values()) == 2000
    for point, share in shares.items():
        expected = exact.get(point, 0.0)
        if expected:
            assert share.low < expected < share.high
            assert 0.02 < share.high - share.low < 0.06
        else:
            assert share.count == 0
            assert share.low == 0.0 < share.high


def test_shares_stand_in_the_table():
    problem = wn.sphere_problem(x**3 + y**3, (x, y))
    points = wn.kkt_points(problem)
    found = wn.basins(problem, points, members=100)
    lines = repr(found).splitlines()
    assert lines[0].endswith("share of starts")
    for line, share in zip(lines[1:], found.arrivals.fractions, strict=False):
        assert line.endswith(share.text)
    assert lines[-1] == "0 of 100 starts unconverged, seed 0"
    assert json.loads(json.dumps(found.to_json()))["arrivals"]["of"] == 100


def test_a_listed_point_that_is_missing_leaves_its_starts_unconverged():
    """Without one of the maxima its starts arrive nowhere; they are counted, not given to a neighbour."""
    problem = wn.sphere_problem(2 * x**3 + y**3 + z**3, (x, y, z))
    points = wn.kkt_points(problem)
    best = points[0]
    less = wn.KKTSet(points.points[1:], points.families, points.complete, points.notion)
    whole, cut = (wn.basins(problem, listed, members=300, seed=1).arrivals for listed in (points, less))
    share = next(share for share in whole.fractions if share.entry is best)
    assert whole.unconverged == 0 < share.count
    assert cut.unconverged == share.count


def test_a_smooth_network():
    problem = wn.ncf(wn.Network((2, 1, 1), wn.polynomial_relu(2)), wn.Dataset([[1, 2], [2, -1], [-1, 1]], [1, -1, 2]))
    found = wn.basins(problem, wn.kkt_points(problem), members=200, seed=0).arrivals
    assert sum(share.count for share in found.fractions) + found.unconverged == 200
    for share in found.fractions:
        assert share.count == 0 or share.entry.kind.value in ("maximum", "flat", "degenerate")


def test_members_of_an_ensemble_are_compared_one_by_one():
    net = wn.Network((2, 1, 1), wn.linear)
    problem = wn.ncf(net, wn.Dataset([[3, 4]], [1]))
    flow = wn.gradient_flow(net)
    start = 1e-3 * np.random.default_rng(0).standard_normal((net.size, 20))
    runs = wn.simulate(flow, wn.Dataset([[3, 4]], [1]), start, 2.0)
    points = wn.kkt_points(problem)
    found = wn.compare(runs, points)
    assert isinstance(found, wn.Arrivals)
    assert len(found) == 20
    for e in range(20):
        alone = wn.compare(wn.simulate(flow, wn.Dataset([[3, 4]], [1]), start[:, e], 2.0), points)
        assert alone.nearest is found[e].nearest
        assert alone.verdict.rigor is found[e].verdict.rigor
    assert found.unconverged < 5


def test_a_wide_network_flows_to_the_levels_of_maxima():
    """Every start ends at a level of maxima; two that are listed without their kinds would be surprises."""
    problem = wn.ncf(wn.Network((2, 2, 1), wn.leaky_relu("1/10")), wn.Dataset([[3, 4], [-1, 1], [2, -1]], [1, -1, 1]))
    listed = wn.wide_points(problem)
    found = wn.basins(problem, listed, members=12)
    assert found.arrivals.unconverged <= 1
    assert found.surprises == ()
    for share in found.arrivals.fractions:
        assert share.count == 0 or attracts(share.entry) is True
    text = found.table()
    assert "attracts: yes, value 2.93342802877" in text
    assert "no start in" in text
    turned = [replace(family, parts=tuple(replace(p, kind=p.kind.reflected) for p in family.parts)) for family in listed.families]
    wrong = wn.basins(problem, replace(listed, families=tuple(turned)), members=12)
    assert sum(share.count for share in wrong.surprises) >= 11
    assert "starts ended where the kind does not attract" in wrong.table()


def test_a_deep_leaky_network_of_one_input():
    """By hand: the values are 2.01, 1.02 and twice 0.3 over 3^(3/2), all of which attract."""
    problem = wn.ncf(wn.Network((1, 2, 1, 1), wn.leaky_relu("1/10")), wn.Dataset([[1], [-2]], [1, -1]))
    found = wn.basins(problem, wn.chain_points(problem), members=30).arrivals
    assert found.unconverged <= 3
    assert [share.entry.value * 27**0.5 for share in found.fractions[:4]] == pytest.approx([2.01, 1.02, 0.3, 0.3])
    for share in found.fractions:
        assert (share.count > 0) is attracts(share.entry)


@pytest.mark.full
def test_a_deep_leaky_network_flows_along_its_kinks_to_maxima():
    """Half of the starts meet kinks that they cannot leave; steps to and fro across them end at listed maxima too."""
    problem = wn.ncf(wn.Network((2, 2, 2, 1), wn.leaky_relu("1/10")), wn.Dataset([[3, 4], [-1, 1], [2, -1]], [1, -1, 1]))
    seen = []
    found = wn.basins(problem, wn.chain_points(problem), members=12, progress=lambda done, of: seen.append((done, of)))
    assert found.arrivals.unconverged <= 1
    assert found.surprises == ()
    assert {round(share.entry.value, 4) for share in found.arrivals.fractions if share.count} >= {1.1228, 0.2737}
    assert max(done for done, _ in seen) == 12


def test_steps_agree_with_the_exact_ascent_of_two_layers():
    problem = wn.ncf(wn.Network((2, 2, 1), wn.leaky_relu("1/10")), wn.Dataset([[3, 4], [-1, 1], [2, -1]], [1, -1, 1]))
    start = np.random.default_rng(3).normal(size=(problem.size, 6))
    start /= np.linalg.norm(start, axis=0)
    gradient = wn.kernel(problem, ensemble=True)

    def velocity(u):
        g = gradient(u)
        return g - (g * u).sum(axis=0) * u

    ascent, steps = Ascent.of(problem), stepped(velocity, start, 2e-4)
    assert steps.settled.all()
    for e in range(6):
        end, _, error = ascent.arrive(start[:, e])
        assert error < 1e-6
        assert np.linalg.norm(end - steps.last[:, e]) < 2e-3


def test_a_deep_linear_network_flows_to_its_one_family():
    problem = wn.ncf(wn.Network((2, 2, 2, 1), wn.linear), wn.Dataset([[3, 4], [-1, 1]], [1, -1]))
    found = wn.basins(problem, wn.chain_points(problem), members=60).arrivals
    assert [share.count for share in found.fractions] == [60, 0]
    assert [attracts(share.entry) for share in found.fractions] == [True, False]


@pytest.mark.parametrize("members", [0, -3])
def test_no_starts_are_refused(members):
    problem = wn.sphere_problem(x**3 + y**3, (x, y))
    with pytest.raises(wn.WnproofError, match="starts"):
        wn.basins(problem, wn.kkt_points(problem), members=members)


@pytest.mark.parametrize("trained", [False, True])
def test_one_leaky_neuron_reaches_its_certified_maxima(trained):
    """Kinks that attract are maxima, of negative value too; no start ends anywhere else."""
    data = wn.Dataset([[2, 3], [-4, 3], [1, -3], [-3, -3], [3, 4], [3, -1]], [0, -1, 2, 1, 1, -2])
    fixed = {} if trained else {"W2": [[1]]}
    problem = wn.ncf(wn.Network((2, 1, 1), wn.leaky_relu("1/10"), fixed=fixed), data)
    found = wn.basins(problem, wn.kkt_points(problem), members=15, seed=0).arrivals
    assert found.unconverged <= 2
    for share in found.fractions:
        assert share.count == 0 or share.entry.kind.value == "maximum"
    assert sum(share.count > 0 for share in found.fractions) >= 2
    assert any(arrival.point.slopes for arrival in found if arrival.verdict.rigor is wn.Rigor.SUPPORTED)


def test_the_ascent_follows_the_gradient():
    """One step of Euler's method on the sphere, inside a cell."""
    net = wn.Network((2, 3, 1), wn.relu)
    problem = wn.ncf(net, wn.Dataset([[1, 2], [2, -1], [-1, 1]], [1, -1, 2]))
    start = net.initial(1.0, seed=0)
    start /= np.linalg.norm(start)
    ascent = Ascent.of(problem)
    model, state = ascent.read.model, ascent.read.state(start)
    modes = np.sign(state.raw[0] @ model.lines.T).astype(np.int8)
    path = model.series(state, modes, sliding(model.lines, modes), 6).path
    slope = (ascent.read.theta(path.at(1e-6)) - start) / 1e-6
    assert np.allclose(slope, wn.kernel(problem)(start), atol=1e-4)

"""The compiled loop of the hybrid flow against its NumPy form, and its parts against NumPy and brute force."""

import sys
from math import comb
from pathlib import Path

import numpy as np
import pytest

import wnproof as wn
from tests.benchmarks.trajectories import problems
from wnproof.simulation import compiled_flow
from wnproof.simulation.cell_series import cells_of, coefficients
from wnproof.simulation.compiled_flow import LOSSES
from wnproof.simulation.first_zero import first_zero
from wnproof.simulation.hybrid import follow
from wnproof.simulation.mode_choice import hold
from wnproof.simulation.trajectory import StopReason
from wnproof.simulation.two_layer import COARSE, reading

needs_numba = pytest.mark.skipif(compiled_flow.compiled() is None, reason="Numba is not installed")
BINOMIAL = np.array([[float(comb(i, j)) for j in range(21)] for i in range(21)])


def problem(seed, outputs=1, activation=wn.relu, **options):
    rng = np.random.default_rng(seed)
    d, n, m = int(rng.integers(2, 4)), int(rng.integers(3, 12)), int(rng.integers(3, 8))
    X, y = rng.integers(-4, 5, (n, d)).tolist(), rng.integers(-3, 4, (n, outputs) if outputs > 1 else n).tolist()
    net = wn.Network((d, m, outputs), activation, **options)
    return net, wn.Dataset([*X, X[0], [0] * d], [*y, y[-1], y[0]])


CASES = {
    "square": dict(),
    "leaky": dict(activation=wn.leaky_relu("1/10")),
    "absolute": dict(activation=wn.absolute),
    "outputs": dict(outputs=2),
    "biases": dict(bias=(True, True)),
    "fixed outer layer": dict(fixed_outer=True),
}


@needs_numba
@pytest.mark.parametrize("loss", [wn.square.averaged, wn.logistic, wn.exponential.averaged], ids=repr)
@pytest.mark.parametrize("case", CASES)
def test_compiled_and_numpy_runs_agree(case, loss, monkeypatch):
    """Same events, same reason to stop, states to rounding: also where branches are followed and neurons reach the origin."""
    met = 0
    for seed in range(2):
        options = dict(CASES[case])
        rng = np.random.default_rng(seed + 100)
        if options.pop("fixed_outer", False):
            options["fixed"] = {"W2": [rng.integers(1, 4, problem(seed)[0].widths[1]).tolist()]}
        net, data = problem(seed, **options)
        flow, start = wn.gradient_flow(net, loss), 0.7 * rng.standard_normal(net.size)
        swift = wn.simulate(flow, data, start, 0.6, branches=wn.first_branch)
        with monkeypatch.context() as patch:
            patch.setattr(compiled_flow, "compiled", lambda: None)
            slow = wn.simulate(flow, data, start, 0.6, branches=wn.first_branch)
        assert swift.stop is slow.stop
        assert [what for _, what in swift.events] == [what for _, what in slow.events]
        assert np.allclose([t for t, _ in swift.events], [t for t, _ in slow.events], rtol=1e-9, atol=1e-11)
        assert swift.t_stop == pytest.approx(slow.t_stop, rel=1e-9)
        assert np.allclose(swift.final, slow.final, rtol=1e-9, atol=1e-10)
        assert len(swift.modes) == len(slow.modes)
        assert all(np.array_equal(a, b) for (_, a), (_, b) in zip(swift.modes, slow.modes, strict=True))
        value = wn.kernel(flow.loss, data)
        assert np.allclose(swift.loss, [value(row) for row in swift.theta], rtol=1e-12, atol=1e-14)
        met += len(swift.events)
    assert met > 2


@pytest.mark.parametrize("loss", [wn.square, wn.logistic.averaged, wn.exponential], ids=repr)
@pytest.mark.parametrize("case", CASES)
def test_reduced_series_are_the_full_ones(case, loss):
    """The text of the compiled loop, run by Python, against the series by neuron and sample."""
    options = dict(CASES[case])
    net, data = problem(11, **({} if options.pop("fixed_outer", False) else options))
    if case == "fixed outer layer":
        net = wn.Network(net.widths, wn.relu, fixed={"W2": [[(-2) ** j for j in range(net.widths[1])]]})
    read = reading(wn.gradient_flow(net, loss), data)
    model, order, rng = read.model, 6, np.random.default_rng(5)
    state = read.state(rng.standard_normal(net.size))
    (c, m), (K, D), n = state.A.shape, model.lines.shape, len(model.right)
    modes = np.sign(state.raw[0] @ model.lines.T).astype(np.int8)
    modes[0, 0] = 0  # one neuron slides
    along = model.sliding(modes)
    want = model.series(state, modes, along, order, 0.5)
    kink = np.where(np.abs(model.right).any(axis=1), np.abs(model.right).argmax(axis=1), -1)
    right, left = (side[np.arange(n), kink] for side in (model.right, model.left))
    cell, sides = np.zeros(m, np.int64), np.zeros((m, K), np.int8)
    count = cells_of(modes, cell, sides)
    assert np.array_equal(sides[cell], modes)
    assert count == len(np.unique(modes, axis=0))
    W, A, b = np.zeros((order + 1, D, m)), np.zeros((order + 1, c, m)), np.zeros((order + 1, c))
    W[0], A[0], b[0] = state.raw[0].T, state.A, state.b
    R, F, soft = np.zeros((order + 1, c, n)), np.zeros((order + 1, c, n)), np.zeros((2, order + 1, c, n))
    pulls, G, force = np.zeros((2, order + 1, c, K)), np.zeros((order + 1, c, D, m)), np.zeros((order + 1, D, m))
    numbers = np.array([model.residual.weight, model.scale])
    flags = np.array([LOSSES[type(model.residual)], *model.trained])
    slide = np.arange(m) == 0, np.tile(along.projections[0], (m, 1, 1))
    series = W, A, b, R, F, soft, pulls, G, force
    coefficients(
        0,
        order,
        order,
        0.5,
        (model.lines, kink, right, left, model.residual.y),
        numbers,
        flags,
        (cell, sides),
        count,
        slide,
        series,
    )
    for mine, other in (
        (W.transpose(0, 2, 1), want.W),
        (A, want.A),
        (b, want.b),
        (R, want.R),
        (force.transpose(0, 2, 1), want.force),
    ):
        assert np.allclose(mine, other, rtol=1e-9, atol=1e-9 * max(1.0, np.abs(other).max()))
    assert np.abs(want.W[order]).max() > 0


def test_the_first_sign_change_is_found():
    rng = np.random.default_rng(0)
    grid, met = np.linspace(0, 1, 20_001), 0
    for _ in range(150):
        p = rng.standard_normal(int(rng.integers(2, 13)))
        p[0] = abs(p[0])
        found, below = first_zero(p, len(p), BINOMIAL), np.flatnonzero(np.polynomial.polynomial.polyval(grid, p) < 0)
        met += below.size > 0
        assert (found == np.inf) if not below.size else found == pytest.approx(grid[below[0]], abs=6e-5)
    assert 30 < met < 130


def test_a_dip_shorter_than_any_sample_is_found():
    for centre in np.linspace(0.05, 0.95, 7):
        dip = np.polynomial.Polynomial.fromroots([centre, centre])
        assert first_zero((dip - 1e-9).coef, 3, BINOMIAL) == pytest.approx(centre - np.sqrt(1e-9), abs=1e-9)
        assert first_zero((dip + 1e-9).coef, 3, BINOMIAL) == np.inf


def test_projections_onto_kinks_are_those_of_the_pseudo_inverse():
    rng = np.random.default_rng(2)
    for count, D in ((1, 2), (1, 4), (2, 3), (3, 5)):
        lines = rng.standard_normal((6, D))
        lines /= np.linalg.norm(lines, axis=1, keepdims=True)
        kinks = rng.permutation(6)[:count]
        inverse, projection = np.zeros((count, D)), np.zeros((D, D))
        assert hold(lines, kinks, count, inverse, projection)
        assert np.allclose(inverse, np.linalg.pinv(lines[kinks].T), atol=1e-12)
        assert np.allclose(projection, np.eye(D) - lines[kinks].T @ inverse, atol=1e-13)
    assert not hold(np.array([[1.0, 0.0], [1.0, 1e-9]]), np.arange(2), 2, np.zeros((2, 2)), np.zeros((2, 2)))


@needs_numba
def test_every_function_is_in_the_cache():
    """One that is not would be compiled again by every process."""
    place = Path(sys.modules[compiled_flow.compiled().py_func.__module__].__file__).parent
    found = {path.name.split("-")[0].removeprefix("kernel.") for path in place.rglob("*.nbi")}
    assert found == set(compiled_flow.SIGNATURES)


@needs_numba
def test_random_problems_to_a_late_time_do_not_depend_on_the_order():
    """The benchmark's problems to T = 50: nearly all slide, all finish, and the losses of both orders agree."""
    slid = events = 0
    for _, flow, data, start in problems(50):
        traj = wn.simulate(flow, data, start, 50.0, branches=wn.first_branch)
        read, loss = reading(flow, data), wn.kernel(flow.loss, data)
        coarse = follow(read.model, read.state(start), 50.0, COARSE, 1e12, lambda _: 0)
        assert traj.stop is StopReason.REACHED_END
        assert traj.error < 1e-11
        assert float(loss(read.theta(coarse.state))) == pytest.approx(traj.loss[-1], rel=0, abs=1e-13)
        assert np.all(np.diff(traj.loss) <= 1e-14)
        assert traj.invariant_drift < 1e-11
        slid, events = slid + traj.slid, events + len(traj.events)
    assert slid >= 45
    assert events > 2000


@pytest.mark.parametrize(("seed", "ways"), [(42, 2), (49, 1)])
def test_kicks_from_the_origin_go_the_ways_that_are_reported(seed, ways):
    """A neuron at the origin with something that pulls it out: a small kick along a way follows it, a random one some way."""
    _, flow, data, start = next(problems(1, seed))
    found = wn.simulate(flow, data, start, 50.0)
    assert found.stop is StopReason.BRANCHING
    neuron = int(found.branches[0][1].split("neuron ")[1].split(":")[0])
    there = flow.net.unflatten(found.final)
    assert np.linalg.norm(there["W1"][neuron]) < 1e-9
    tree = wn.simulate_branches(flow, data, start, found.t_stop + 0.5, most=found.ways)
    assert len(tree) == ways
    velocity, kick_length = wn.kernel(flow, data), 3e-5  # many times Euler's own steps
    own = [flow.net.unflatten(traj(found.t_stop + 0.01))["W1"][neuron] for traj in tree]
    for number, direction in enumerate([*own, *np.random.default_rng(seed).standard_normal((6, data.d))]):
        kick = np.zeros_like(there["W1"])
        kick[neuron] = kick_length * direction / np.linalg.norm(direction)
        theta = flow.net.flatten({**there, "W1": there["W1"] + kick})
        for _ in range(3000):
            theta = theta + 0.5 / 3000 * velocity(theta)
        distances = [np.abs(theta - traj.final).max() for traj in tree]
        assert min(distances) < 10 * kick_length
        assert number >= ways or np.argmin(distances) == number
    assert ways == 1 or np.abs(tree[0].final - tree[1].final).max() > 100 * kick_length

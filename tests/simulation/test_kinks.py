"""Kinks of order one: found, crossed exactly, or the run says that it cannot go on."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import wnproof as wn
from wnproof.simulation.crossings import NODES, first_zeros
from wnproof.simulation.patterns import pattern_field
from wnproof.simulation.trajectory import StopReason


def zero_of(function, fresh=False):
    return first_zeros(np.array([[function(t)] for t in NODES]), np.array([fresh]))[0]


def test_a_dip_between_the_samples_is_found():
    for centre in np.linspace(0.05, 0.95, 19):
        square = np.polynomial.Polynomial.fromroots([centre, centre])
        assert zero_of(square - 1e-9) == pytest.approx(centre - np.sqrt(1e-9), abs=1e-9)
        assert zero_of(square + 1e-9) == np.inf


def test_first_of_several_zeros():
    """x^3 + 6 x^2 - 4 x - 24 has the roots -6, -2, 2; here x runs from -7 to 3."""
    cubic = np.polynomial.Polynomial([-24, -4, 6, 1])
    assert zero_of(lambda t: -cubic(-7 + 10 * t)) == pytest.approx(0.1, abs=1e-12)
    assert zero_of(lambda t: (t - 0.2) * (t - 0.21) * (t - 0.9) * -1) == pytest.approx(0.2, abs=1e-12)


def test_a_fresh_zero_does_not_count_and_its_return_does():
    assert zero_of(lambda t: t * (1.5 - t), fresh=True) == np.inf
    assert zero_of(lambda t: t * (0.7 - t), fresh=True) == pytest.approx(0.7, abs=1e-12)
    assert zero_of(lambda t: 1e-17 + t * (0.7 - t), fresh=True) == pytest.approx(0.7, abs=1e-12)


def test_the_earliest_of_several_functions():
    """The first one has negative coefficients from the start, yet its zero comes last."""
    late = np.polynomial.Polynomial.fromroots([0.1, 0.1]) + 1e-3
    columns = [late * np.polynomial.Polynomial([0.9, -1]), np.polynomial.Polynomial([0.5, -1]), np.polynomial.Polynomial([1, -2])]
    zeros = first_zeros(np.stack([p(NODES) for p in columns], axis=1), np.zeros(3, bool))
    assert zeros[1:] == pytest.approx([0.5, 0.5], abs=1e-12)
    assert zeros[0] in (np.inf, pytest.approx(0.9, abs=1e-9))


def test_random_polynomials_against_dense_samples():
    rng = np.random.default_rng(0)
    grid = np.linspace(0, 1, 100_001)
    met = 0
    for _ in range(200):
        p = np.polynomial.Polynomial(rng.standard_normal(8))
        p = p if p(0) > 0 else -p
        below = np.flatnonzero(p(grid) < 0)
        found = zero_of(p)
        met += below.size > 0
        if below.size:
            assert found == pytest.approx(grid[below[0]], abs=2e-5)
        else:
            assert found == np.inf
    assert 50 < met < 150


@pytest.mark.parametrize(
    "net",
    [
        wn.Network((2, 3, 1), wn.relu),
        wn.Network((2, 3, 2, 1), wn.leaky_relu("1/3"), bias=True),
        wn.Network((2, 3, 2), wn.absolute, scale="1/2"),
        wn.Network((2, 3, 1), wn.relu, normalization=wn.weight_norm),
        wn.Network((2, 3, 1), wn.leaky_relu("1/3"), normalization=wn.exponential_weight_norm),
    ],
    ids=repr,
)
def test_the_frozen_field_is_the_flow_in_its_own_cell(net):
    rng = np.random.default_rng(1)
    labels = rng.integers(-3, 4, (5, 2) if net.widths[-1] == 2 else 5).tolist()
    data = wn.Dataset(rng.integers(-4, 5, (5, 2)).tolist(), labels)
    for loss in (wn.square, wn.logistic.averaged):
        flow = wn.gradient_flow(net, loss)
        field = pattern_field(flow.loss, data, -1, {step.node: step.name for step in net.forward})
        exact = wn.kernel(flow, data)
        for _ in range(5):
            theta = rng.standard_normal(net.size)
            pattern = np.zeros(field.kinks)
            for _ in range(net.depth):
                pattern = (field.surfaces(theta, pattern) > 0).astype(float)
            assert np.allclose(field.velocity(theta, pattern), exact(theta), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("widths", [(2, 3, 1), (2, 3, 3, 1)], ids=str)
@pytest.mark.parametrize("chart", [wn.cartesian, wn.polar], ids=repr)
def test_many_crossings_against_an_integrator_without_events(widths, chart):
    net = wn.Network(widths, wn.leaky_relu("1/2"))
    flow = wn.gradient_flow(net)
    rng = np.random.default_rng(3)
    data = wn.Dataset([*rng.integers(-4, 5, (6, 2)).tolist(), [1, 1], [1, 1], [0, 0]], [1, 2, -1, 0, 2, -2, 1, 1, 3])
    start = net.initial(0.3, 4, law=wn.balanced)
    ran = wn.simulate(flow, data, start, 0.5, chart=chart)
    assert len(ran.events) >= 3
    until = ran.t_stop
    ker = wn.kernel(flow, data)
    reference = solve_ivp(lambda _, w: ker(w), (0, until), start, method="DOP853", rtol=1e-11, atol=1e-13, max_step=until / 2000)
    assert np.allclose(ran.final, reference.y[:, -1], rtol=1e-7, atol=1e-8)
    assert ran.error < 1e-7


def test_the_way_to_a_dead_end_is_exact():
    """A bias sinks to the kink under a positive residual and dies there: behind it nothing moves."""
    net = wn.Network((1, 1, 1), wn.relu, fixed={"W2": [[1]], "W1": [[0]]}, bias=True)
    data = wn.Dataset([[1]], [-1])
    traj = wn.simulate(wn.gradient_flow(net), data, [1.0], 3.0)  # b' = -(b + 1) for b > 0: zero at t = log 2
    assert traj.stop is StopReason.REACHED_END
    assert traj.events[0][0] == pytest.approx(np.log(2), abs=1e-9)
    assert traj.events[0][1] == "z1[0,0]: the neuron dies on it"
    assert abs(traj.final[0]) < 1e-9
    assert traj(0.3)[0] == pytest.approx(2 * np.exp(-0.3) - 1, abs=1e-9)


def test_a_start_on_a_kink_is_not_guessed():
    """z = 0 with a residual that pushes both ways: resting and growing are both solutions."""
    net = wn.Network((1, 1, 1), wn.relu, fixed={"W2": [[1]]}, bias=True)
    flow, data = wn.gradient_flow(net), wn.Dataset([[1]], [1])
    for chart, stop, word in (
        (wn.cartesian, StopReason.BRANCHING, "2 ways on"),
        (wn.polar, StopReason.KINK_UNRESOLVED, "sticks"),
    ):
        traj = wn.simulate(flow, data, [1.0, -1.0], 3.0, chart=chart)
        assert traj.stop is stop
        assert not traj.stop.sound
        assert traj.t_stop == 0
        assert traj.error == np.inf
        assert word in repr(traj)


def test_a_zero_sample_is_no_kink():
    net = wn.Network((2, 2, 1), wn.relu)
    theta = net.flatten({"W1": [[1, 0.5], [0.3, 1]], "W2": [[0.5, 0.5]]})
    runs = [
        wn.simulate(wn.gradient_flow(net), wn.Dataset(X, y), theta, 1.0) for X, y in (([[1, 2], [0, 0]], [2, 1]), ([[1, 2]], [2]))
    ]
    assert runs[0].stop is StopReason.REACHED_END
    assert np.allclose(runs[0].final, runs[1].final, rtol=1e-8)


def test_a_sample_lost_in_the_first_layer_is_no_kink_of_the_second():
    net = wn.Network((1, 2, 2, 1), wn.relu)
    theta = net.flatten({"W1": [[1], [0.5]], "W2": [[1, 0.5], [0.5, 1]], "W3": [[1, 0.5]]})
    traj = wn.simulate(wn.gradient_flow(net), wn.Dataset([[1], [-1]], [2, 1]), theta, 1.0)  # -1 is inactive in both neurons
    assert traj.stop is StopReason.REACHED_END
    assert traj.loss[-1] < traj.loss[0]
    assert traj.invariant_drift < 1e-8


def test_a_sample_that_comes_alive_in_the_first_layer_enters_the_second_on_its_own_side():
    net = wn.Network((1, 2, 2, 1), wn.relu, bias=(True, False, False))
    blocks = {"W1": [[0.5], [0.5]], "b1": [-0.75, -1.25], "W2": [[0.5, 0.25], [0.5, 0.75]], "W3": [[1, 0.75]]}
    start, flow, data = net.flatten(blocks), wn.gradient_flow(net), wn.Dataset([[1], [2]], [5, 3])
    traj = wn.simulate(flow, data, start, 1.0)
    assert [name for _, name in traj.events] == ["z1[0,0]"]
    ker = wn.kernel(flow, data)
    reference = solve_ivp(lambda _, w: ker(w), (0, 1), start, method="DOP853", rtol=1e-11, atol=1e-13, max_step=2e-3)
    assert np.allclose(traj.final, reference.y[:, -1], rtol=0, atol=1e-8)


def test_the_flow_of_a_relu_correlation_function_meets_its_kinks():
    """One neuron, fixed outer weight 1: N is piecewise linear, u' = g on each cell, so u is piecewise linear in t."""
    net = wn.Network((2, 1, 1), wn.relu, fixed={"W2": [[1]]})
    data = wn.Dataset([[1, 0], [-1, 1]], [1, 2])
    traj = wn.simulate_ncf(wn.ncf(net, data), [1.0, 0.5], t_end=1.0)
    # only x1 is active at first: u' = (1, 0) moves away from x2's kink for good
    assert np.allclose(traj.final, [2.0, 0.5], rtol=1e-9)
    data = wn.Dataset([[1, 1], [-1, 1]], [1, 2])
    traj = wn.simulate_ncf(wn.ncf(net, data), [1.0, 0.5], t_end=1.0)  # u' = (1, 1): z2 = -u1 + u2 stays -0.5
    assert np.allclose(traj.final, [2.0, 1.5], rtol=1e-9)
    data = wn.Dataset([[1, 3], [-1, 1]], [1, 2])
    traj = wn.simulate_ncf(wn.ncf(net, data), [1.0, 0.5], t_end=1.0)  # u' = (1, 3) until z2 = -0.5 + 2 t = 0, then (-1, 5)
    assert [name for _, name in traj.events] == ["z1[1,0]"]
    assert traj.events[0][0] == pytest.approx(0.25, abs=1e-9)
    assert np.allclose(traj.final, [1.25 - 0.75, 1.25 + 0.75 * 5], rtol=1e-8)


def test_a_revival_of_a_dead_neuron_is_not_guessed():
    """Neuron 1 dies on sample 0; then neuron 2, pulled by sample 1, turns sample 0's residual: staying dead and coming back are
    both solutions from there on.
    """
    net = wn.Network((2, 2, 1), wn.relu, fixed={"W2": [[1, 1]]})
    data = wn.Dataset([[1, 0], [2, 1]], [1, -3])
    for chart, stop in ((wn.cartesian, StopReason.BRANCHING), (wn.polar, StopReason.KINK_UNRESOLVED)):
        traj = wn.simulate(wn.gradient_flow(net), data, [0.001, -5, 1.5, 3], 1.0, chart=chart)
        assert traj.stop is stop
        assert [name for _, name in traj.events] == ["z1[0,0]: the neuron dies on it"]
        assert wn.kernel(net.output, data)(traj.final)[0] == pytest.approx(1, abs=1e-8)
        assert np.all(np.abs(traj(np.linspace(traj.events[0][0], traj.t_stop, 9))[:, 0]) < 1e-9)


ACTIVATIONS = [wn.relu, wn.leaky_relu("1/10"), wn.absolute, wn.polynomial_relu(2)]
NORMALIZATIONS = [wn.plain, wn.weight_norm, wn.exponential_weight_norm]


@pytest.mark.parametrize("seed", range(24))
def test_error_estimates_of_random_problems_are_honest(seed):
    """Against a run in the other chart at a tolerance a hundred thousand times smaller; the stops agree as well, except that
    only Cartesian coordinates are followed along kinks.
    """
    rng = np.random.default_rng(seed)
    depth, width, n = 1 + seed % 2, int(rng.integers(2, 5)), int(rng.integers(2, 7))
    net = wn.Network(
        (2, *(width,) * depth, 1), ACTIVATIONS[seed % 4], normalization=NORMALIZATIONS[seed % 3], bias=bool(rng.integers(2))
    )
    data = wn.Dataset(rng.integers(-3, 4, (n, 2)).tolist(), rng.integers(-2, 3, n).tolist())
    flow, start = wn.gradient_flow(net, wn.logistic if seed % 5 == 0 else wn.square), net.initial(0.5, seed)
    ran = wn.simulate(flow, data, start, 1.0, tolerance=1e-5)
    exact = wn.simulate(flow, data, start, 1.0, tolerance=1e-10, chart=wn.polar)
    if exact.stop is StopReason.KINK_UNRESOLVED and ran.modes:
        assert ran.t_stop >= exact.t_stop * (1 - 1e-4)
    else:
        assert ran.stop is exact.stop
        assert ran.t_stop == pytest.approx(exact.t_stop, rel=1e-4)
    times = np.linspace(0, 0.999 * min(ran.t_stop, exact.t_stop), 50)
    true = np.linalg.norm(ran(times) - exact(times), axis=1) / np.linalg.norm(exact(times), axis=1)
    assert true.max() <= 10 * ran.error + 1e-9

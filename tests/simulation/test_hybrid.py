"""Two-layer ReLU flows along kinks, against closed forms, Euler's method, smooth activations and the equations themselves."""

import numpy as np
import pytest
import sympy as sp
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

import wnproof as wn
from wnproof.simulation.trajectory import StopReason


def random_problem(seed, activation=wn.relu, **options):
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(4, 9)), int(rng.integers(3, 7))
    net = wn.Network((2, m, 1), activation, **options)
    return net, wn.Dataset(rng.integers(-4, 5, (n, 2)).tolist(), rng.integers(-3, 4, n).tolist())


def euler(flow, data, start, until, steps):
    velocity, theta = wn.kernel(flow, data), np.array(start)
    for _ in range(steps):
        theta = theta + until / steps * velocity(theta)
    return theta


def test_a_slide_has_its_closed_form():
    """w' = (2 - u - z - 3, -z - 3) until z = u + v = 0; then w = (s, -s) with s' = (2 - s) / 2."""
    net = wn.Network((2, 1, 1), wn.relu, fixed={"W2": [[1]]})
    data = wn.Dataset([[1, 0], [1, 1]], [2, -3])
    traj = wn.simulate(wn.gradient_flow(net), data, [0.5, 0.1], 5.0)
    A, b = np.array([[-2, -1], [-1, -1]]), np.array([-1.0, -3.0])
    values, vectors = np.linalg.eigh(A)
    rest = np.linalg.solve(A, -b)

    def before(t):
        return rest + vectors @ (np.exp(values * t) * (vectors.T @ (np.array([0.5, 0.1]) - rest)))

    meets = brentq(lambda t: before(t).sum(), 0, 1, xtol=1e-15)
    assert traj.stop is StopReason.REACHED_END
    assert [name for _, name in traj.events] == ["z1[1,0]: the neuron slides on it"]
    assert traj.events[0][0] == pytest.approx(meets, abs=1e-13)
    assert np.allclose(traj(meets / 2), before(meets / 2), atol=1e-13)
    s = 2 - (2 - before(meets)[0]) * np.exp(-(5.0 - meets) / 2)
    assert np.allclose(traj.final, [s, -s], atol=1e-12)
    assert traj.error < 1e-12
    assert traj.slid
    assert [signs[:, 0].tolist() for _, signs in traj.modes] == [[1, 1], [1, 0]]


def test_leaving_a_slide():
    """The pull towards the kink fades with the second neuron's fit of sample 1; then the first neuron is let go to the right."""
    net = wn.Network((2, 2, 1), wn.relu, fixed={"W2": [[1, 1]]})
    data = wn.Dataset([[1, 0], [0, 1], [-1, 1]], [1, -1, 1])
    traj = wn.simulate(wn.gradient_flow(net), data, [0.5, 0.3, -2.0, 3.0], 4.0)
    assert any("slides" in name for _, name in traj.events)
    steps = [np.abs(euler(wn.gradient_flow(net), data, [0.5, 0.3, -2.0, 3.0], 4.0, k) - traj.final).max() for k in (4000, 8000)]
    assert steps[1] < 2e-3
    assert steps[1] < 0.7 * steps[0]


CASES = {
    "relu": dict(),
    "leaky": dict(activation=wn.leaky_relu("1/10")),
    "absolute": dict(activation=wn.absolute),
    "biases": dict(bias=(True, True)),
    "scaled": dict(scale="1/2"),
    "weight_norm": dict(normalization=wn.weight_norm),
    "exponential_weight_norm": dict(normalization=wn.exponential_weight_norm),
    "weight_norm with biases": dict(normalization=wn.weight_norm, bias=(True, True)),
    "exponential_weight_norm with bias": dict(normalization=wn.exponential_weight_norm, bias=True),
}


@pytest.mark.parametrize("loss", [wn.square, wn.square.averaged, wn.logistic, wn.exponential.averaged], ids=repr)
@pytest.mark.parametrize("case", CASES)
def test_eulers_method_converges_to_it(case, loss):
    """Euler's error is at most ten times the difference its last halving made, wherever nothing branches."""
    slid = compared = 0
    for seed in range(4):
        net, data = random_problem(seed, **CASES[case])
        flow, start = wn.gradient_flow(net, loss), net.initial(0.4, seed)
        traj = wn.simulate(flow, data, start, 0.5)
        if not traj.stop.sound:  # several solutions, or the length of a normalized row crosses zero
            continue
        assert traj.stop is StopReason.REACHED_END
        assert traj.error < 1e-9
        runs = [euler(flow, data, start, 0.5, steps) for steps in (2000, 4000)]
        halving = np.abs(runs[0] - runs[1]).max()
        assert np.abs(runs[1] - traj.final).max() < 10 * halving + 1e-12
        slid, compared = slid + traj.slid, compared + 1
    assert compared >= 3
    assert slid or loss is not wn.square


@pytest.mark.parametrize("bias", [False, True])
def test_rows_on_the_unit_sphere(bias):
    slid = 0
    for seed in range(4):
        net, data = random_problem(seed, bias=bias)
        flow = wn.gradient_flow(net, on=wn.sphere_rows)
        blocks = {name: value.copy() for name, value in net.unflatten(net.initial(1.0, seed)).items()}
        rows = np.concatenate([blocks["W1"], *([blocks["b1"][:, None]] if bias else [])], axis=1)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        blocks |= {"W1": rows[:, :2], **({"b1": rows[:, 2]} if bias else {})}
        traj = wn.simulate(flow, data, net.flatten(blocks), 0.3, branches=wn.first_branch)
        assert traj.stop is StopReason.REACHED_END
        end = net.unflatten(traj.final)
        lengths = (end["W1"] ** 2).sum(axis=1) + (end["b1"] ** 2 if bias else 0)
        assert np.allclose(lengths, 1, atol=1e-12)
        assert traj.invariant_drift < 1e-12
        runs = [euler(flow, data, net.flatten(blocks), 0.3, steps) for steps in (4000, 8000)]
        if not traj.branches:
            assert np.abs(runs[1] - traj.final).max() < 10 * np.abs(runs[0] - runs[1]).max() + 1e-12
        slid += traj.slid
    assert slid


@pytest.mark.parametrize("labels", [[-2, -1, -1], [-2, 2, 1]])
def test_a_normalized_length_that_crosses_zero(labels):
    """g falls through zero, and all sides change at once; or it is held there, as Euler's method finds by chattering."""
    net = wn.Network((2, 2, 1), wn.relu, normalization=wn.weight_norm, fixed={"W2": [[1, 1]]})
    data, flow = wn.Dataset([[1, 1], [-1, 0], [-2, -1]], labels), wn.gradient_flow(net)
    start = net.flatten({"V1": [[1, 0.5], [0.5, 1]], "g1": [0.3, 1.0]})
    traj = wn.simulate(flow, data, start, 1.0)
    assert traj.stop is StopReason.REACHED_END
    ends = [euler(flow, data, start, 1.0, steps) for steps in (10_000, 40_000)]
    assert np.abs(ends[1] - traj.final).max() < 2e-3
    assert np.abs(ends[1] - traj.final).max() < 0.6 * np.abs(ends[0] - traj.final).max()
    length = net.unflatten(traj.final)["g1"][0]
    assert (length == 0) if labels[1] < 0 else (length < -0.1)


@pytest.mark.parametrize("normalization", [wn.plain, wn.weight_norm, wn.exponential_weight_norm], ids=repr)
def test_a_start_on_a_kink_is_seen_through_rounding(normalization):
    """(-2, 1, 1) . (1, 1, 1) = 0; its floats, divided by lengths, give something else."""
    net = wn.Network((3, 1, 1), wn.relu, normalization=normalization, fixed={"W2": [[1]]})
    length = {"plain": [], "weight_norm": [0.7], "exponential_weight_norm": [-0.5]}[normalization.name]
    for label, stop in ((-3, StopReason.REACHED_END), (3, StopReason.BRANCHING)):
        data = wn.Dataset([[1, 1, 1], [0, 1, 2]], [label, 2])
        start = np.array([-2.0 / 3, 1 / 3, 1 / 3, *length])
        traj = wn.simulate(wn.gradient_flow(net), data if label < 0 else wn.Dataset([[1, 1, 1]], [label]), start, 0.2)
        assert traj.stop is stop
        assert label > 0 or traj.modes[0][1][0, 0] == 0


def test_units_of_the_data_do_not_matter():
    """f stays when x grows by c and theta by 1/c on the first layer; with fixed outputs, time shrinks by c^2."""
    net = wn.Network((2, 2, 1), wn.relu, fixed={"W2": [[1, -1]]})
    flow, start = wn.gradient_flow(net), np.array([0.5, 0.1, -0.2, 0.9])
    runs = [
        wn.simulate(flow, wn.Dataset([[c, 0], [c, c], [-c, 2 * c]], [2, -3, 1]), start / c, 4.0 / c**2)
        for c in (1, 10**6, 10**12)
    ]
    for run, c in zip(runs, (1, 10**6, 10**12), strict=True):
        assert run.stop is StopReason.REACHED_END
        assert [what for _, what in run.events] == [what for _, what in runs[0].events]
        assert np.allclose(run.final * c, runs[0].final, rtol=1e-11, atol=1e-11)
    assert runs[0].slid


def test_interpolation_is_said():
    net = wn.Network((2, 2, 1), wn.relu)
    start = net.flatten({"W1": [[1, 0.5], [0, -1]], "W2": [[1, -1]]})
    traj = wn.simulate(wn.gradient_flow(net), wn.Dataset([[1, 0], [0, 1]], [2, 1]), start, 100.0)
    assert traj.stop is StopReason.REACHED_END
    assert traj.loss[-1] < 1e-20
    assert 1 < traj.interpolated < 100
    assert any(caveat.startswith("interpolated") for caveat in traj.caveats)


def test_several_outputs():
    rng = np.random.default_rng(5)
    net = wn.Network((2, 5, 2), wn.relu)
    data = wn.Dataset(rng.integers(-4, 5, (7, 2)).tolist(), rng.integers(-3, 4, (7, 2)).tolist())
    flow, start = wn.gradient_flow(net), net.initial(0.4, 5)
    traj = wn.simulate(flow, data, start, 0.5)
    assert traj.stop is StopReason.REACHED_END
    assert traj.slid
    runs = [euler(flow, data, start, 0.5, steps) for steps in (4000, 8000)]
    assert np.abs(runs[1] - traj.final).max() < 10 * np.abs(runs[0] - runs[1]).max()


def test_smooth_activations_converge_to_it():
    """log(1 + exp(k z)) / k knows no sliding; its flow comes nearer as k grows."""
    z = sp.Symbol("z")
    data = wn.Dataset([[1, 0], [1, 1], [-1, 2]], [2, -3, 1])
    start = [0.5, 0.1, -0.2, 0.9, 0.8, 0.7]
    traj = wn.simulate(wn.gradient_flow(wn.Network((2, 2, 1), wn.relu)), data, start, 2.0)
    assert traj.slid
    distances = []
    for k in (50, 200):
        net = wn.Network((2, 2, 1), wn.Activation("sharp softplus", sp.log(1 + sp.exp(k * z)) / k))
        velocity = wn.kernel(wn.gradient_flow(net), data)
        smooth = solve_ivp(lambda _, w: velocity(w), (0, 2.0), start, method="BDF", rtol=1e-8, atol=1e-10)  # noqa: B023
        distances.append(np.abs(smooth.y[:, -1] - traj.final).max())
    assert distances[1] < 0.5 * distances[0]
    assert distances[1] < 0.02


@pytest.mark.parametrize("seed", range(6))
def test_the_curve_solves_the_equations(seed):
    """Between events: the kernel's velocity, its components across the kinks that are slid along taken away."""
    net, data = random_problem(seed)
    flow = wn.gradient_flow(net)
    traj = wn.simulate(flow, data, net.initial(0.5, seed), 2.0, branches=wn.first_branch)
    velocity = wn.kernel(flow, data)
    ends = [*(time for time, _ in traj.modes), traj.t_stop]
    checked = 0
    for (begin, signs), end in zip(traj.modes, ends[1:], strict=True):
        if end - begin < 1e-3:
            continue
        middle, h = (begin + end) / 2, (end - begin) * 1e-3
        rates = (traj(middle + h) - traj(middle - h)) / (2 * h)
        blocks = net.unflatten(velocity(traj(middle)))
        z = data.X @ net.unflatten(traj(middle))["W1"].T
        moves = np.abs(net.unflatten(rates)["W1"]).any(axis=1)  # a dead neuron rests on its last kink
        seen = np.sign(np.where(np.abs(z) < 1e-12, 0, z))
        assert np.array_equal(seen[:, moves], np.where(data.X.any(axis=1)[:, None], signs, 0)[:, moves])
        for j, row in enumerate(blocks["W1"]):
            on = data.X[(signs[:, j] == 0)]
            if not moves[j] and (signs[data.X.any(axis=1), j] < 0).all():
                blocks["W1"][j] = 0  # whichever side of zero rounding has put it on
            elif len(on):
                blocks["W1"][j] = row - np.linalg.pinv(on) @ (on @ row)
        assert np.allclose(rates, net.flatten(blocks), rtol=1e-4, atol=1e-5)
        checked += 1
    assert checked


def test_duplicates_are_one_kink():
    """x1 = x2 = (2, 2) with residuals -3 and 1 pull as one sample does with -2: away from the kink, to either side.

    With free slopes of their own the two could hold each other and the neuron could stay.
    """
    net = wn.Network((2, 1, 1), wn.relu, fixed={"W2": [[1]]})
    flow = wn.gradient_flow(net)
    left, right = wn.simulate_branches(flow, wn.Dataset([[2, 2], [2, 2]], [3, -1]), [1.0, -1.0], 0.1)
    assert np.array_equal(left.final, [1, -1])  # dead: nothing moves it
    slope = (right(1e-7) - right(0.0)) / 1e-7
    assert np.allclose(slope, [4, 4], rtol=1e-5)
    held = wn.simulate(flow, wn.Dataset([[2, 2], [2, 2]], [-3, 1]), [1.0, -1.0], 0.1)
    assert held.stop is StopReason.REACHED_END
    assert np.array_equal(held.final, [1, -1])


def test_parallel_rows_with_mixed_labels_pull_with_the_sum_of_their_lengths():
    """x1 = (1, 1) and x2 = 3 x1 with residuals -4 and 1 at a = 1: the slope of the sum is 4 - 3 > 0, the kink repels; with
    residuals -2 and 1 it is 2 - 3 < 0 and the kink attracts. A slope for each could hold the neuron in both cases.
    """
    net = wn.Network((2, 1, 1), wn.relu, fixed={"W2": [[1]]})
    flow, start = wn.gradient_flow(net), [1.0, -1.0]
    still, moving = wn.simulate_branches(flow, wn.Dataset([[1, 1], [3, 3]], [4, -1]), start, 0.1)
    assert np.array_equal(still.final, start)
    assert np.allclose((moving(1e-7) - moving(0.0)) / 1e-7, [1, 1], rtol=1e-5)
    held = wn.simulate(flow, wn.Dataset([[1, 1], [3, 3]], [2, -1]), start, 0.1)
    assert held.stop is StopReason.REACHED_END
    assert held.branches == ()
    assert np.array_equal(held.final, start)


def test_two_kinks_of_mixed_labels_that_meet_let_go_in_every_admissible_way():
    """Rows (1, 1, 1) and (3, 3, 1), w = (1, -1, 0) on both, residuals -2 and 1: w' = (2, 2, 2) - s (3, 3, 1) keeps z2 = 0 for
    s = 14/19, and then z1' = 16/19 > 0; with residuals -4 and 1, w' = (1, 1, 3) has both on the right. Staying is the other way.
    """
    flow = wn.gradient_flow(wn.Network((2, 1, 1), wn.relu, fixed={"W2": [[1]]}, bias=True))
    for labels, slope in (([2, -1], np.array([-4, -4, 24]) / 19), ([4, -1], np.array([1, 1, 3]))):
        tree = wn.simulate_branches(flow, wn.Dataset([[1, 1], [3, 3]], labels), [1.0, -1.0, 0.0], 0.1)
        slopes = [(traj(1e-7) - traj(0.0)) / 1e-7 for traj in tree]
        assert np.allclose(slopes[0], 0)
        assert np.allclose(slopes[1], slope, rtol=1e-5)
        assert len(tree) == 2


def test_opposite_samples_share_a_kink():
    """x and -x with one residual: relu(z) + relu(-z) = |z|, so it is the flow of the absolute value on x alone."""
    start = [0.5, 0.1, 0.7]
    runs = [
        wn.simulate(wn.gradient_flow(wn.Network((2, 1, 1), sigma)), wn.Dataset(X, y), start, 3.0)
        for sigma, X, y in (
            (wn.relu, [[1, 0], [-2, 0], [1, 1], [-1, -1]], [2, 4, -3, -3]),
            (wn.absolute, [[1, 0], [1, 1]], [2, -3]),
        )
    ]
    assert all(run.stop is StopReason.REACHED_END for run in runs)
    assert any("slides" in name for _, name in runs[1].events)
    assert sum("slides" in name for _, name in runs[0].events) == 2 * sum("slides" in name for _, name in runs[1].events)


def test_a_neuron_that_reaches_the_origin_stays_while_nothing_pulls_it_out():
    net = wn.Network((2, 1, 1), wn.relu, fixed={"W2": [[1]]})
    data = wn.Dataset([[1, 0], [-1, 0], [0, 1], [0, -1], [1, 1]], [-1, -1, -1, -1, -1])
    traj = wn.simulate(wn.gradient_flow(net), data, [1.0, 0.5], 5.0)
    assert traj.stop is StopReason.REACHED_END
    assert np.array_equal(traj.final, [0, 0])
    assert traj.branches == ()
    released = wn.simulate(wn.gradient_flow(net), wn.Dataset(data.X, [-1, -1, -1, -1, 9]), [1e-9, 0.0], 5.0)
    assert np.linalg.norm(released.final) > 1


@pytest.mark.parametrize("seed", range(8))
def test_balanced_starts_do_not_branch(seed):
    rng = np.random.default_rng(seed)
    net = wn.Network((2, 5, 1), wn.leaky_relu("1/10") if seed % 2 else wn.relu)
    data = wn.Dataset(rng.standard_normal((8, 2)).tolist(), rng.standard_normal(8).tolist())
    traj = wn.simulate(wn.gradient_flow(net), data, net.initial(0.3, seed, law=wn.balanced), 20.0)
    assert traj.stop is StopReason.REACHED_END
    assert traj.branches == ()
    assert traj.error < 1e-10
    assert traj.invariant_drift < 1e-12
    assert not traj.slid or "proves nothing" in repr(traj)


def test_orthogonal_data_from_a_small_start_reach_the_least_norm():
    """x = -1/2 and 2 with a bias, y = -1 and 1: sum_j |a_j| |w_j| = 3 / sqrt 5."""
    net = wn.Network((1, 6, 1), wn.relu, bias=True)
    data = wn.Dataset([["-1/2"], [2]], [-1, 1])
    rows = 1e-6 * np.random.default_rng(0).standard_normal((6, 2))
    start = {"W1": rows[:, :1], "b1": rows[:, 1], "W2": [np.linalg.norm(rows, axis=1) * [1, -1, 1, -1, 1, -1]]}
    traj = wn.simulate(wn.gradient_flow(net, wn.square.averaged), data, net.flatten(start), 200.0)
    assert traj.stop is StopReason.REACHED_END
    blocks = net.unflatten(traj.final)
    lengths = np.hypot(blocks["W1"][:, 0], blocks["b1"])
    total = float(np.abs(blocks["W2"][0]) @ lengths)
    assert total == pytest.approx(3 / np.sqrt(5), abs=1e-10)


REVIVALS = [(20, 2, wn.relu), (50, 2, wn.relu)]
REPULSIONS = [(19, 2, wn.leaky_relu("1/10")), (153, 1, wn.leaky_relu("1/10"))]


@pytest.mark.parametrize(("seed", "neuron", "activation"), REVIVALS + REPULSIONS)
def test_both_ways_of_a_branch_are_where_a_kick_leads(seed, neuron, activation):
    """A dead neuron's residual turns; an output weight crosses zero while its neuron slides: the kink repels from then on."""
    rng = np.random.default_rng(seed)
    net = wn.Network((2, 3, 1), activation)
    data = wn.Dataset(rng.integers(-3, 4, (4, 2)).tolist(), rng.integers(-3, 4, 4).tolist())
    flow, start = wn.gradient_flow(net), rng.standard_normal(9)
    if (seed, neuron, activation) in REPULSIONS:
        start[6:] *= 0.3
    found = wn.simulate(flow, data, start, 4.0)
    assert found.stop is StopReason.BRANCHING
    assert found.branches == ((found.t_stop, f"branching of neuron {neuron}: 2 ways on"),)
    there = net.unflatten(found.final)
    assert (abs(there["W2"][0, neuron]) < 1e-9) == (activation is not wn.relu)
    tree = wn.simulate_branches(flow, data, start, found.t_stop + 0.5)
    assert len(tree) == 2
    normal = data.X[np.abs(data.X @ there["W1"][neuron]) < 1e-9][-1]
    ends = []
    for side in (-1, 1):
        kicked = {**there, "W1": there["W1"] + side * 1e-6 * np.outer(np.arange(3) == neuron, normal)}
        ends.append(euler(flow, data, net.flatten(kicked), 0.5, 10_000))
    apart = np.abs(tree[0].final - tree[1].final).max()
    near = [[np.abs(end - traj.final).max() for traj in tree] for end in ends]
    assert apart > 1e-3
    assert max(near[0][0], near[1][1]) < 0.1 * apart or max(near[0][1], near[1][0]) < 0.1 * apart


def test_a_followed_branch_supports_no_arrival():
    net = wn.Network((1, 1, 1), wn.relu, fixed={"W2": [[1]]}, bias=True)
    flow, data = wn.gradient_flow(net), wn.Dataset([[1]], [1])
    traj = wn.simulate(flow, data, [1.0, -1.0], 40.0, branches=wn.first_branch)
    assert traj.stop is StopReason.REACHED_END
    assert "way 1 is followed" in repr(traj)
    assert any(caveat.startswith("branched") for caveat in traj.caveats)
    points = wn.kkt_points(wn.ncf(net, data))
    arrival = wn.compare(traj, points)
    assert arrival.verdict.rigor is wn.Rigor.UNDECIDED
    both = wn.simulate(flow, data, [[1.0, 1.0], [-1.0, 1.0]], 40.0, branches=wn.first_branch)
    arrivals = wn.compare(both, points)
    assert (arrivals.branched, len(arrivals)) == (1, 2)
    assert arrivals.unconverged >= 1


def test_deeper_networks_stop_where_they_stick():
    net = wn.Network((2, 1, 1, 1), wn.relu, fixed={"W2": [[1]], "W3": [[1]]})
    traj = wn.simulate(wn.gradient_flow(net), wn.Dataset([[1, 0], [1, 1]], [2, -3]), [0.5, 0.1], 5.0)
    assert traj.stop is StopReason.KINK_UNRESOLVED
    assert 0 < traj.t_stop < 1

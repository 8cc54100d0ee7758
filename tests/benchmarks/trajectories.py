"""Whole trajectories beside handwritten ones: ``python -m tests.benchmarks.trajectories [ensemble] [sliding] [free]
[enclosures]``.

ensemble: 4096 small networks by ``wn.simulate`` (both of its runs, and the finer one alone) and by a vmapped fixed-step loop of
DOP853's own method in JAX, its steps halved until its largest error is no larger.
sliding: random two-layer ReLU problems by ``wn.simulate`` (both of its runs, everything included but the compilation of its loop)
and by SciPy's DOP853 that knows no kinks (rtol 1e-6, its kernels made beforehand); a run over ``CAP`` seconds counts as that.
free: the first of these problems on which nothing slides, DOP853 with rtol 1e-10. Both in seconds of processor time.
enclosures: forms in three to six variables, a start at random and a ball of radius 1e-6 round it: is its convergence certified?
"""

from __future__ import annotations

import argparse
import statistics
from time import perf_counter, process_time

import numpy as np
import sympy as sp
from scipy.integrate import DOP853, solve_ivp

import wnproof as wn
from wnproof.simulation.lanes import Lanes

MEMBERS, END = 4096, 10.0
CAP = 60.0


def small_networks():
    """(flow, data, starts): tanh networks with 3 inputs and 4 neurons on 8 samples."""
    rng = np.random.default_rng(0)
    data = wn.Dataset(rng.integers(-3, 4, (8, 3)).tolist(), rng.integers(-2, 3, 8).tolist())
    net = wn.Network((3, 4, 1), wn.tanh)
    return wn.gradient_flow(net, wn.square.averaged), data, net.initial(1.0, seed=1, members=MEMBERS)


def fixed_steps(flow, data, steps):
    """theta (P, E) -> theta at END by so many steps of order 8, vmapped, compiled, in double precision."""
    import jax
    import jax.numpy as m

    jax.config.update("jax_enable_x64", True)
    X, y = m.asarray(data.X), m.asarray(data.y)
    d, width, _ = flow.net.widths
    A, B, h = DOP853.A[:12, :12], DOP853.B, END / steps

    def loss(theta):
        f = m.tanh(X @ theta[: d * width].reshape(width, d).T) @ theta[d * width :]
        return ((f - y) ** 2).mean() / 2

    slope = jax.grad(loss)

    def step(_, theta):
        stages = []
        for s in range(12):
            stages.append(-slope(theta + h * sum((A[s, r] * stages[r] for r in range(s) if A[s, r]), 0 * theta)))
        return theta + h * sum(B[s] * stages[s] for s in range(12) if B[s])

    return jax.jit(jax.vmap(lambda theta: jax.lax.fori_loop(0, steps, step, theta), in_axes=1, out_axes=1))


def seconds(call, runs=3):
    """The least time of a few calls, after one that compiles, and the last result."""
    result, least = call(), np.inf
    for _ in range(runs):
        begin = perf_counter()
        result = call()
        least = min(least, perf_counter() - begin)
    return least, result


def ensemble():
    flow, data, start = small_networks()
    both, runs = seconds(lambda: wn.simulate(flow, data, start, END))
    velocity = wn.kernel(flow, data, ensemble=True)
    finer, _ = seconds(lambda: Lanes(velocity, np.array([0, END]), 1e-10, lambda *_: {}).run(start, lambda _: None))
    reference = Lanes(velocity, np.array([0, END]), 1e-13, lambda *_: {}).run(start, lambda _: None).last
    sizes = np.linalg.norm(reference, axis=0)
    mine = np.linalg.norm(runs.final - reference, axis=0) / sizes
    print(f"{MEMBERS} networks, wn.simulate: {both:.2f} s, its finer run alone {finer:.2f} s; largest error {mine.max():.1e}")
    steps = 16
    while True:
        run = fixed_steps(flow, data, steps)
        time, found = seconds(lambda run=run: np.asarray(run(start)), 1)
        error = (np.linalg.norm(found - reference, axis=0) / sizes).max()
        print(f"  JAX, {steps:6d} fixed steps: {time:.2f} s, largest error {error:.1e}", flush=True)
        if error <= mine.max() or steps > 20_000:
            break
        steps *= 2
    print(f"  ratio {time / both:.1f} (both runs), {time / finer:.1f} (the finer one)")


def problems(count, first=0):
    """Random two-layer (leaky) ReLU problems: d 2-3, m 4-20, n 3-30, scale .01-1, a fifth leaky, a third balanced."""
    for seed in range(first, first + count):
        rng = np.random.default_rng(seed)
        d, m, n = int(rng.integers(2, 4)), int(rng.integers(4, 21)), int(rng.integers(3, 31))
        X = np.round(rng.standard_normal((n, d)), 3)
        y = np.round(rng.standard_normal(n), 3)
        activation = wn.leaky_relu("1/10") if rng.random() < 0.2 else wn.relu
        net = wn.Network((d, m, 1), activation)
        W, a = rng.standard_normal((m, d)), rng.standard_normal(m)
        if rng.random() < 1 / 3:
            a = np.sign(a) * np.linalg.norm(W, axis=1)
        scale = 10 ** rng.uniform(-2, 0)
        data = wn.Dataset([[str(v) for v in row] for row in X], [str(v) for v in y])
        yield seed, wn.gradient_flow(net, wn.square.averaged), data, scale * net.flatten({"W1": W, "W2": a[None]})


def without_kinks(flow, data, start, end, rtol):
    """(seconds, loss at the end, whether it finished) of SciPy's DOP853 on the generated velocity."""
    velocity, loss, begin = wn.kernel(flow, data), wn.kernel(flow.loss, data), process_time()

    class Late(Exception):
        pass

    def rate(_t, theta):
        if process_time() - begin > CAP:
            raise Late
        return velocity(theta)

    try:
        found = solve_ivp(rate, (0, end), start, method="DOP853", rtol=rtol, atol=rtol * np.linalg.norm(start))
    except Late:
        return CAP, np.nan, False
    return process_time() - begin, float(loss(found.y[:, -1])), True


def beside_dop853(count, slides, first=0, end=50.0):
    rtol, ratios, runs = 1e-6 if slides else 1e-10, [], []
    for _, flow, data, start in problems(1):
        begin = process_time()
        wn.simulate(flow, data, start, 1e-3)
        print(f"the first run of a process: {process_time() - begin:.2f} s (compiled anew unless it is in the cache)")
    for seed, flow, data, start in problems(100 * count, first):
        begin = process_time()
        run = wn.simulate(flow, data, start, end, branches=wn.first_branch)
        mine = process_time() - begin
        if run.slid != slides:
            continue
        other, loss, finished = without_kinks(flow, data, start, end, rtol)
        ratios.append(other / mine)
        runs.append(mine)
        what = f"loss off by {abs(loss - run.loss[-1]):.1e}" if finished else "not finished"
        print(f"  {seed:4d} {run.stop.name:12} {mine:6.3f} s, DOP853 rtol {rtol:g}: {other:7.3f} s, {what}", flush=True)
        if len(ratios) == count:
            break
    low, high = np.quantile(ratios, [0.25, 0.75])
    print(
        f"{'with' if slides else 'without'} slides: {len(ratios)} problems, {statistics.median(runs):.3f} s, "
        f"ratio median {statistics.median(ratios):.1f}, quartiles {low:.1f} and {high:.1f}, least {min(ratios):.1f}"
    )


ENCLOSED = [(3, 5, 3, 8), (4, 6, 3, 9), (4, 5, 4, 5), (3, 4, 5, 3), (5, 7, 3, 4), (6, 8, 3, 4)]
"""(variables, terms, degree, seeds)."""


def enclosures():
    for size, terms, degree, seeds in ENCLOSED:
        certified, times, steps = 0, [], []
        for seed in range(seeds):
            rng = np.random.default_rng(seed)
            w = sp.symbols(f"w0:{size}")
            X, y = rng.integers(-4, 5, (terms, size)), rng.integers(-3, 4, terms)
            y[y == 0] = 1
            lines = [int(c) * sum(int(a) * v for a, v in zip(row, w, strict=True)) ** degree for c, row in zip(y, X, strict=True)]
            problem = wn.sphere_problem(sp.expand(sum(lines)), w)
            start = np.random.default_rng(seed).standard_normal(size)
            end = wn.simulate_ncf(problem, start / np.linalg.norm(start)).final
            maxima = [point for point in wn.kkt_points(problem) if point.kind is wn.Kind.MAXIMUM]
            maximum = min(maxima, key=lambda point: np.linalg.norm(point.u - end / np.linalg.norm(end)))
            begin = process_time()
            found = wn.enclose_arrival(problem, start, maximum, radius=1e-6)
            times.append(process_time() - begin)
            steps.append(found.steps)
            certified += found.verdict.rigor is wn.Rigor.CERTIFIED
        print(
            f"{size} variables, degree {degree}: {certified} of {seeds} certified, {statistics.median(times):.2f} s, "
            f"at most {max(times):.2f} s, {min(steps)} .. {max(steps)} steps",
            flush=True,
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=["ensemble", "sliding", "free", "enclosures"])
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--first", type=int, default=0, help="the first problem")
    arguments = parser.parse_args()
    if "ensemble" in arguments.parts:
        ensemble()
    if "sliding" in arguments.parts:
        beside_dop853(arguments.count, slides=True, first=arguments.first)
    if "free" in arguments.parts:
        beside_dop853(arguments.count, slides=False, first=arguments.first)
    if "enclosures" in arguments.parts:
        enclosures()


if __name__ == "__main__":
    main()

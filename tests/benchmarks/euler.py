"""The random problems of ``trajectories`` beside Euler's method: ``python -m tests.benchmarks.euler --count 50``.

Euler's method knows no kinks and converges to the flow where nothing branches: its error at its smallest step should be as large
as the difference that its last halving made.
"""

from __future__ import annotations

import argparse

import numpy as np

import wnproof as wn
from tests.benchmarks.trajectories import problems

STEPS = (2e-4, 1e-4, 5e-5)


def compiled():
    from numba import njit

    @njit(error_model="numpy")
    def run(W, a, X, y, slope, h, steps):
        (m, d), n = W.shape, len(y)
        rates, z = np.zeros((m, d + 1)), np.zeros(m)
        for _ in range(steps):
            rates[:] = 0.0
            for i in range(n):
                f = 0.0
                for j in range(m):
                    z[j] = 0.0
                    for e in range(d):
                        z[j] += W[j, e] * X[i, e]
                    f += a[j] * (z[j] if z[j] > 0 else slope * z[j])
                r = (f - y[i]) / n
                for j in range(m):
                    s = 1.0 if z[j] > 0 else slope
                    rates[j, d] += r * s * z[j]
                    for e in range(d):
                        rates[j, e] += r * s * a[j] * X[i, e]
            for j in range(m):
                a[j] -= h * rates[j, d]
                for e in range(d):
                    W[j, e] -= h * rates[j, e]

    return run


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--end", type=float, default=50.0)
    arguments = parser.parse_args()
    run, worst, branched = compiled(), [], 0
    for seed, flow, data, start in problems(arguments.count):
        traj = wn.simulate(flow, data, start, arguments.end, branches=wn.first_branch)
        if traj.branches:
            branched += 1
            continue
        slope, ends = float(flow.net.activation.slopes[1]), []
        for h in STEPS:
            blocks = flow.net.unflatten(start)
            W, a = blocks["W1"].copy(), blocks["W2"][0].copy()
            run(W, a, data.X.copy(), data.y.copy(), slope, h, round(arguments.end / h))
            ends.append(flow.net.flatten({"W1": W, "W2": a[None]}))
        halving, error = (np.abs(ends[-1] - other).max() for other in (ends[-2], traj.final))
        worst.append(error / halving)
        print(f"  {seed:3d} {traj.stop.name}: Euler is off by {error:.1e}, its last halving made {halving:.1e}", flush=True)
    print(f"{len(worst)} problems without a branch, {branched} with one: error over halving at most {max(worst):.2f}")


if __name__ == "__main__":
    main()

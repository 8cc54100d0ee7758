"""Generated kernels beside hand-written ones and other libraries, as ratios.

Prints, for the workloads W1-W6, times and the ratios to the generated kernel (above 1: the generated one is faster), the time to
derive and emit, and with ``--growth`` the growth with width, samples, inputs and depth; ``--plot FILE`` draws it on log-log axes.
``python -m tests.benchmarks [W1 ...] [--growth] [--plot FILE.svg]`` runs it on one BLAS thread.
"""

from __future__ import annotations

import argparse
import statistics
from time import perf_counter

import numpy as np
from matplotlib.figure import Figure

import wnproof as wn
from tests.benchmarks.handwritten import handwritten
from tests.benchmarks.peers import installed
from tests.benchmarks.timing import interleaved, ratio
from tests.benchmarks.workloads import WORKLOADS, Workload, normalized
from wnproof.kernels import numba_target

GROWTH = {
    "width m": [normalized(f"m={m}", (10, m, 1), 200) for m in (4, 16, 64, 256)],
    "samples n": [normalized(f"n={n}", (10, 64, 1), n) for n in (10, 100, 1000, 10000)],
    "inputs d": [normalized(f"d={d}", (d, 64, 1), 200) for d in (2, 8, 32, 128)],
    "depth": [
        Workload(f"depth={k}", wn.Network((5, *([16] * k), 1), wn.leaky_relu("1/10")), wn.logistic.averaged, 50)
        for k in (1, 2, 4, 6)
    ],
}


def candidates(workload):
    """Every implementation of a workload as a call without arguments, all checked against the hand-written one."""
    theta, found = workload.theta, {"generated": workload.kernel(), "hand": handwritten(workload), **dict(installed(workload))}
    if numba_target.available():
        found["numba"] = workload.kernel(target=wn.Numba())
    wanted = found["hand"](theta, np.empty_like(theta)).copy()
    calls = {}
    for name, velocity in found.items():
        out = np.empty_like(theta)
        if not np.allclose(np.asarray(velocity(theta, out)), wanted, rtol=1e-9, atol=1e-12):
            raise SystemExit(f"{workload.name}: {name} computes something else")
        calls[name] = lambda velocity=velocity, out=out: velocity(theta, out)
    return calls


def emission(workload):
    """Seconds to derive, plan, emit and compile."""
    start = perf_counter()
    workload.kernel()
    return perf_counter() - start


def comparison(chosen, runs):
    """The table of ratios; the worst of the runs counts."""
    print(f"{'':4} {'derive+emit':>11} {'generated':>11}   time of the others / time of the generated kernel (worst of {runs})")
    for workload in chosen:
        calls = candidates(workload)
        seconds = emission(workload)
        measured = [interleaved(calls) for _ in range(runs)]
        own = statistics.median(t for times in measured for t in times["generated"])
        others = [
            f"{name} {min(ratio(times, name, 'generated') for times in measured):.2f}" for name in calls if name != "generated"
        ]
        print(f"{workload.name:4} {seconds:9.2f} s {own * 1e6:8.1f} us   " + "  ".join(others), flush=True)


def growth():
    """Microseconds per call along each size."""
    curves = {}
    for title, workloads in GROWTH.items():
        kernels = {w.name: (w.kernel(), w.theta, np.empty_like(w.theta)) for w in workloads}
        calls = {name: lambda k=k, t=t, o=o: k(t, o) for name, (k, t, o) in kernels.items()}
        curves[title] = {name: min(times) * 1e6 for name, times in interleaved(calls, rounds=20).items()}
        print(f"{title:10} " + "  ".join(f"{name} {value:.1f} us" for name, value in curves[title].items()), flush=True)
    return curves


def plot(curves, path):
    """The growth curves on log-log axes, as SVG, PNG or PDF by the file's name."""
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    for title, points in curves.items():
        axes.loglog([float(name.split("=")[1]) for name in points], list(points.values()), marker="o", label=title)
    axes.set(xlabel="size", ylabel="microseconds per call", title="generated velocity, one thread")
    axes.legend()
    figure.savefig(path)


def main():
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks", description="Times of generated kernels beside others, as ratios."
    )
    parser.add_argument("workloads", nargs="*", help="W1 ... W6; all of them when left out")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--growth", action="store_true", help="measure the growth with the sizes")
    parser.add_argument("--plot", metavar="FILE.svg", help="measure it and draw it, as SVG, PNG or PDF")
    options = parser.parse_args()
    comparison([w for w in WORKLOADS if not options.workloads or w.name in options.workloads], options.runs)
    if options.growth or options.plot:
        curves = growth()
        if options.plot:
            plot(curves, options.plot)

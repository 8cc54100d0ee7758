"""Generated kernels beside hand-written ones and other libraries, as ratios.

Prints, for the workloads W1-W6, times and the ratios to the two generated kernels, NumPy's and the compiled one (above 1: the
generated one is faster), and to the compiled one inside a compiled loop; the time to derive and emit; with ``--trajectory`` whole
trajectories; with ``--growth`` the growth with width, samples, inputs and depth, which ``--plot FILE`` draws on log-log axes.
``python -m tests.benchmarks [W1 ...] [--growth] [--plot FILE.svg]`` runs it on one BLAS thread.
"""

from __future__ import annotations

import argparse
from time import perf_counter

import numpy as np
from matplotlib.figure import Figure

import wnproof as wn
from tests.benchmarks.handwritten import handwritten
from tests.benchmarks.peers import installed
from tests.benchmarks.timing import interleaved
from tests.benchmarks.trajectory import trajectory
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


LOOP = 20  # calls of a compiled velocity inside one compiled loop


def candidates(workload):
    """Every implementation of a workload as a call without arguments, all checked against the hand-written one."""
    theta, found = workload.theta, {"numpy": workload.kernel(), "hand": handwritten(workload)}
    if numba_target.available():
        found["numba"] = workload.kernel(target=wn.Numba())
    found.update(installed(workload))
    wanted = found["hand"](theta, np.empty_like(theta)).copy()
    calls = {}
    for name, velocity in found.items():
        out = np.empty_like(theta)
        if not np.allclose(np.asarray(velocity(theta, out)), wanted, rtol=1e-9, atol=1e-12):
            raise SystemExit(f"{workload.name}: {name} computes something else")
        calls[name] = lambda velocity=velocity, out=out: velocity(theta, out)
    if not workload.members and "numba" in found:
        calls["loop"] = inside_a_loop(found["numba"], theta)
    return calls


def inside_a_loop(ker, theta):
    """LOOP calls of a compiled velocity from compiled code, where a call from Python costs nothing."""
    from numba import njit

    (velocity, work), out = ker.compiled, np.empty_like(theta)

    @njit
    def repeated(theta, out, work):
        for _ in range(LOOP):
            velocity(theta, out, work)

    return lambda: repeated(theta, out, work)


def emission(workload):
    """Seconds to derive, plan, emit and compile to bytecode."""
    start = perf_counter()
    workload.kernel()
    return perf_counter() - start


def comparison(chosen, runs):
    """Times, and the ratios of every other implementation's to the generated kernels'; the worst of the runs counts."""
    for workload in chosen:
        calls = candidates(workload)
        seconds = emission(workload)
        measured = [{name: min(found) for name, found in interleaved(calls).items()} for _ in range(runs)]
        for times in measured:
            if "loop" in times:
                times["loop"] /= LOOP
        least = {name: min(times[name] for times in measured) * 1e6 for name in calls}
        print(
            f"{workload.name}  derive + emit {seconds:.2f} s; microseconds: "
            + ", ".join(f"{k} {v:.4g}" for k, v in least.items())
        )
        for own in ("numpy", "numba", "loop"):
            if own in least:
                others = [k for k in calls if k not in ("loop", own)] if own != "loop" else ["numpy", "numba"]
                ratios = (f"{k} {min(times[k] / times[own] for times in measured):.2f}" for k in others)
                print(f"    time / time of {own:5} (worst of {runs}):  " + "  ".join(ratios), flush=True)


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
    parser.add_argument(
        "--trajectory", action="store_true", help="solve W2 to t = 20 in a compiled loop, by SciPy and by diffrax"
    )
    parser.add_argument("--growth", action="store_true", help="measure the growth with the sizes")
    parser.add_argument("--plot", metavar="FILE.svg", help="measure it and draw it, as SVG, PNG or PDF")
    options = parser.parse_args()
    comparison([w for w in WORKLOADS if not options.workloads or w.name in options.workloads], options.runs)
    if options.trajectory:
        print(trajectory(options.runs))
    if options.growth or options.plot:
        curves = growth()
        if options.plot:
            plot(curves, options.plot)

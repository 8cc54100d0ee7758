"""What the KKT points of deep and wide networks cost in processor time, and what SLSQP from random starts finds.

``python -m tests.benchmarks.networks``
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from tests.kkt.deep import NETWORKS, problem
from tests.kkt.test_wide_points import KINDS
from tests.kkt.test_wide_points import problem as wide_problem
from wnproof.derive.sphere import SphereProblem
from wnproof.kernels.kernel import kernel
from wnproof.kkt.ascents import Ascents
from wnproof.kkt.chain_points import chain_points
from wnproof.kkt.ends import End
from wnproof.kkt.layered import imbalance, rank_defect
from wnproof.kkt.wide_points import wide_points

FAR = 1e-4  # radians


def deep_table(starts: int = 500, names: tuple[str, ...] = tuple(NETWORKS)) -> Iterator[str]:
    """A line for each network: weights, seconds of the list and of the ascents, values of smooth ends and how many are listed,
    of ends on kinks and how many of these are new, listed values not reached, ends that did not converge.
    """
    head = f"{'network':26}{'weights':>8}{'list s':>8}{'ascent s':>9}{'smooth':>8}{'listed':>8}{'kink':>6}{'new':>5}"
    yield f"{head}{'missed':>8}{'lost':>6}{'balance':>10}{'rank 1':>9}"
    for name in names:
        N = problem(name)
        began = time.process_time()
        listed = chain_points(N)
        between = time.process_time()
        ends = Ascents(starts=starts).run(N)
        over = time.process_time()
        found = ends.against(listed)
        top = float(np.abs(ends.values).max())
        smooth = [ends.u[:, e] for e in ends.where(End.SMOOTH) if ends.values[e] > 1e-6 * top]
        balance, rank = max(imbalance(N, u) for u in smooth), max(rank_defect(N, u) for u in smooth)
        predicted, others = len(found.smooth), len(found.smooth_new)
        assert not others, f"{name}: smooth values that no chain has: {found.smooth_new}"
        counts = f"{predicted + others:8}{predicted:8}{len(found.kinks) + len(found.kinks_new):6}{len(found.kinks_new):5}"
        lost = len(ends.where(End.UNCONVERGED))
        times = f"{between - began:8.2f}{over - between:9.2f}"
        yield f"{name:26}{N.size:8}{times}{counts}{len(found.missed):8}{lost:6}{balance:10.1e}{rank:9.1e}"


@dataclass(frozen=True)
class Naive:
    """SLSQP on max N, |u|^2 = 1, from random starts: how many of the listed sets of maxima it finds, strays, seconds."""

    found: int
    of: int
    strays: int
    seconds: float


def naive(N: SphereProblem, starts: int) -> Naive:
    """The usual way."""
    families, gradient = wide_points(N).families, kernel(N)
    maxima = [family for family in families if family.kind.value == "maximum"]
    reached, strays, began = set(), 0, time.process_time()
    sphere = {"type": "eq", "fun": lambda u: u @ u - 1, "jac": lambda u: 2 * u}
    for start in np.random.default_rng(0).normal(size=(starts, N.size)):
        start /= np.linalg.norm(start)
        end = minimize(
            lambda u: -float(gradient(u) @ u) / float(N.degree),
            start,
            jac=lambda u: -gradient(u),
            constraints=[sphere],
            method="SLSQP",
        ).x
        end /= np.linalg.norm(end)
        angles = [family.angle(end) for family in families]
        strays += min(angles) > FAR
        reached |= {k for k, family in enumerate(maxima) if family.angle(end) <= FAR}
    return Naive(len(reached), len(maxima), strays, time.process_time() - began)


def wide_table(starts: int = 50, seeds: int = 2) -> Iterator[str]:
    """A line for each network of three neurons: listed sets and seconds, then SLSQP."""
    yield f"{'three neurons':16}{'seed':>5}{'sets':>6}{'s':>8}{'SLSQP: maxima':>16}{'of':>4}{'ends elsewhere':>16}{'s':>8}"
    for kind in KINDS:
        if kind == "weight norm":  # its rows live on spheres of their own
            continue
        for seed in range(seeds):
            N = wide_problem(seed, kind)
            began = time.process_time()
            count = len(wide_points(N).families)
            seconds = time.process_time() - began
            n = naive(N, starts)
            yield f"{kind:16}{seed:5}{count:6}{seconds:8.3f}{n.found:16}{n.of:4}{n.strays:10} of {starts:<3}{n.seconds:8.2f}"


def main() -> None:
    """Print both tables, a line as soon as it is there."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    for table in (deep_table(), wide_table()):
        for line in table:
            print(line, flush=True)
        print()


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()

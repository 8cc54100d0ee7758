"""How long all KKT points of one neuron take: iris, and random rows of many sizes; ``python -m tests.benchmarks.arrangements``.

Each line runs in a process of its own, so that its peak memory is its own. Without Numba, or with ``--numpy``, NumPy does it all.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from wnproof.kkt import scan
from wnproof.kkt.circle import merge
from wnproof.kkt.count import count
from wnproof.kkt.neuron import Neuron
from wnproof.kkt.points import clarke
from wnproof.kkt.space import kkt_in_space
from wnproof.model.datasets import iris


@dataclass(frozen=True)
class Case:
    """A neuron by name: features of iris, all 150 rows or the 100 of the two species, or n random rows of integers."""

    name: str
    d: int
    n: int = 150
    slope: str = "1/10"
    positive: str = ""

    @property
    def neuron(self) -> Neuron:
        if self.positive:
            table = iris(positive=self.positive)
            first = 0 if self.positive == "setosa" else 50
            bias = ["1"] if "bias" in self.name else []
            X = [[*(str(entry) for entry in row[: self.d - len(bias)]), *bias] for row in table.exact_X[first:]]
            return Neuron.of(X, [int(label) for label in table.exact_y.ravel()[first:]], slope=self.slope)
        rng = random.Random(0)
        rows = [[rng.randint(-9999, 9999) for _ in range(self.d)] for _ in range(self.n)]
        return Neuron.of(rows, [rng.choice((-1, 1)) for _ in rows], slope=self.slope)


SIZES = (("2 features", 2), ("2 features + bias", 3), ("3 features", 3), ("3 features + bias", 4), ("4 features", 4))
IRIS = tuple(
    Case(f"iris, {name}, {pair}, slope {slope}", d, slope=slope, positive=positive)
    for name, d in (*SIZES, ("4 features + bias", 5))
    for positive, pair in (("setosa", "setosa/rest"), ("versicolor", "versicolor/virginica"))
    for slope in ("0", "1/10")
)
RANDOM = tuple(Case(f"random, d={d}, n={n}", d, n) for d, n in ((2, 5000), (3, 1000), (3, 5000), (4, 160), (5, 60), (8, 18)))


@dataclass(frozen=True)
class Figures:
    """Of one case."""

    lines: int
    points: int
    seconds: float
    counting: float
    megabytes: float
    agrees: bool
    text: str


def figures(case: Case, numpy_only: bool = False) -> Figures:
    """Enumeration and decisions, then the count again on its own."""
    if numpy_only:
        scan.compiled = lambda: None
    elif scan.COMPILED_FROM:
        scan.compiled()  # from the cache, or compiled once for all
    neuron = case.neuron
    start = time.perf_counter()
    if case.d == 2:
        from wnproof.kkt.arrangement import Exact

        found = Exact(replay=0).solve(neuron)
        return Figures(len(merge(neuron)[0]), len(found), time.perf_counter() - start, 0.0, _peak(), True, "")
    listed = kkt_in_space(neuron, clarke)
    total = time.perf_counter() - start
    assert listed.swept is not None
    start = time.perf_counter()
    counted = count(listed.swept.rows, listed.swept.tally)
    counting = time.perf_counter() - start
    return Figures(len(merge(neuron)[0]), len(listed.points), total - counting, counting, _peak(), counted.agrees, counted.text)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)


def table(cases: tuple[Case, ...], numpy_only: bool) -> Iterator[str]:
    """The lines of the table."""
    yield f"{'case':54}{'lines':>6}{'points':>7}{'list s':>9}{'count s':>9}{'MB':>6}  count"
    for case in cases:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
            f = alone.submit(figures, case, numpy_only).result()
        agrees = f"{'agrees' if f.agrees else 'DIFFERS'}: {f.text.removeprefix('count: ')}" if f.text else "-"
        yield f"{case.name:54}{f.lines:6}{f.points:7}{f.seconds:9.2f}{f.counting:9.2f}{f.megabytes:6.0f}  {agrees}"


def main() -> None:
    """Print the table, a line as soon as it is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--numpy", action="store_true", help="without machine code")
    parser.add_argument("--match", default="", help="only cases whose name contains this")
    options = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    for line in table(tuple(case for case in IRIS + RANDOM if options.match in case.name), options.numpy):
        print(line, flush=True)


if __name__ == "__main__":
    main()

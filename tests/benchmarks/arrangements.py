"""How long all KKT points of one neuron take: iris, and random rows of many sizes; ``python -m tests.benchmarks.arrangements``.

Each line runs in a process of its own, so that its peak memory is its own. Beside it: the count of faces, and where 400 float
ascents and 400 descents end. Without Numba, or with ``--numpy``, NumPy does it all; some cases are timed both ways.
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
from dataclasses import dataclass, replace
from multiprocessing import get_context
from unittest.mock import patch

from tests.kkt.ascents import arrivals
from wnproof.kkt import arrangement, scan
from wnproof.kkt.circle import merge
from wnproof.kkt.count import Count, Tally, count
from wnproof.kkt.neuron import Neuron
from wnproof.kkt.wedge import Rows
from wnproof.model.datasets import iris


@dataclass(frozen=True)
class Case:
    """A neuron by name: features of iris, or n random rows of integers.

    ``positive`` names the species with label 1; the others have -1, or 0 when they are no ``negative``.
    """

    name: str
    d: int
    n: int = 150
    slope: str = "1/10"
    positive: str = ""
    negative: tuple[str, ...] = ()
    whole: bool = True  # rows of label 0 stay
    trained: bool = False
    numpy: bool = False

    @property
    def neuron(self) -> Neuron:
        outer = None if self.trained else 1
        if self.positive:
            masks = {species: iris(positive=species).exact_y.ravel() > 0 for species in SPECIES}
            bias = ["1"] if "bias" in self.name else []
            X = [[*(str(entry) for entry in row[: self.d - len(bias)]), *bias] for row in iris().exact_X]
            y = masks[self.positive] * 1 - sum(masks[species] for species in self.negative)
            kept = [k for k in range(150) if self.whole or y[k]]
            return Neuron.of([X[k] for k in kept], [int(y[k]) for k in kept], slope=self.slope, outer=outer)
        rng = random.Random(0)
        rows = [[rng.randint(-9999, 9999) for _ in range(self.d)] for _ in range(self.n)]
        return Neuron.of(rows, [rng.choice((-1, 1)) for _ in rows], slope=self.slope, outer=outer)


SPECIES = ("setosa", "versicolor", "virginica")
SIZES = (("2 features", 2), ("2 features + bias", 3), ("3 features", 3), ("3 features + bias", 4), ("4 features", 4))
LABELS = (  # name, label 1, label -1, whether rows of label 0 stay
    ("setosa/rest", "setosa", SPECIES[1:], True),
    ("versicolor/virginica, 100 rows", "versicolor", SPECIES[2:], False),
    ("versicolor/virginica, 150 rows", "versicolor", SPECIES[2:], True),
)
IRIS = tuple(
    Case(f"iris, {name}, {labels}, slope {slope}", d, slope=slope, positive=positive, negative=negative, whole=whole)
    for name, d in (*SIZES, ("4 features + bias", 5))
    for labels, positive, negative, whole in LABELS
    for slope in ("0", "1/10")
)
RANDOM = tuple(Case(f"random, d={d}, n={n}", d, n) for d, n in ((2, 5000), (3, 1000), (3, 5000), (4, 160), (5, 60), (8, 18)))
OTHERWISE = (
    *(replace(case, name=f"{case.name}, NumPy alone", numpy=True) for case in IRIS if case.d == 4 and "bias" not in case.name),
    *(replace(case, name=f"{case.name}, trained outer weight", trained=True) for case in IRIS if case.d in (3, 4)),
)


@dataclass(frozen=True)
class Figures:
    """Of one case."""

    lines: int
    points: int
    seconds: float
    busy: float  # seconds of processors, the count included: on a machine with other work the better figure
    counting: float
    megabytes: float
    agrees: bool
    text: str
    arrived: str = ""


def figures(case: Case, starts: int = 0) -> Figures:
    """Enumeration and decisions, and the count by itself; then where ascents and descents of S from random starts end."""
    if not case.numpy:
        scan.compiled()  # from the cache, or compiled once for all
    counting = [0.0]

    def timed(rows: Rows, tally: Tally) -> Count:
        start = time.perf_counter()
        counted = count(rows, tally)
        counting.append(time.perf_counter() - start)
        return counted

    neuron = case.neuron
    machine_code = (lambda: None) if case.numpy else scan.compiled
    with patch.object(arrangement, "count", timed), patch.object(scan, "compiled", machine_code):
        start, busy = time.perf_counter(), time.process_time()
        kkt = arrangement.Exact(replay=0).solve(neuron)
        seconds, busy = time.perf_counter() - start - sum(counting), time.process_time() - busy
    agrees, text = (True, "") if kkt.counted is None else (kkt.counted.agrees, kkt.counted.text)
    found = Figures(len(merge(neuron)[0]), len(kkt), seconds, busy, sum(counting), _peak(), agrees, text)
    if not starts or case.trained:
        return found
    up, down = (str(arrivals(kkt, neuron, side, starts)) for side in (1, -1))
    return replace(found, arrived=f"up: {up}; down: {down}")


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)


def table(cases: tuple[Case, ...], starts: int) -> Iterator[str]:
    """The lines of the table."""
    yield f"{'case':78}{'lines':>6}{'points':>7}{'list s':>9}{'count s':>9}{'cpu s':>9}{'MB':>6}  count"
    for case in cases:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
            f = alone.submit(figures, case, starts if case.positive else 0).result()
        agrees = f"{'agrees' if f.agrees else 'DIFFERS'}: {f.text.removeprefix('count: ')}" if f.text else "-"
        yield f"{case.name:78}{f.lines:6}{f.points:7}{f.seconds:9.2f}{f.counting:9.2f}{f.busy:9.2f}{f.megabytes:6.0f}  {agrees}"
        if f.arrived:
            yield f"    {starts} ascents and descents, {f.arrived}"


def main() -> None:
    """Print the table, a line as soon as it is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--numpy", action="store_true", help="without machine code")
    parser.add_argument("--match", default="", help="only cases whose name contains this")
    parser.add_argument("--starts", type=int, default=400, help="of ascents and of descents on iris, 0 for none")
    options = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    cases = tuple(case for case in IRIS + RANDOM + OTHERWISE if options.match in case.name)
    for line in table(tuple(replace(case, numpy=case.numpy or options.numpy) for case in cases), options.starts):
        print(line, flush=True)


if __name__ == "__main__":
    main()

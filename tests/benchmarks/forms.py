"""How long all KKT points of forms take, and their upper bounds; ``python -m tests.benchmarks.forms``."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.kkt.test_multistart import TENSOR, form, random_form
from wnproof.derive.sphere import SphereProblem
from wnproof.kkt.bound import upper_bound
from wnproof.kkt.branch_and_bound import BranchAndBound
from wnproof.kkt.eigenpairs import Homotopy


@dataclass(frozen=True)
class Case:
    """A form of ``degree`` in ``size`` variables with random integer coefficients; what else is timed of it."""

    degree: int
    size: int
    second: bool = False
    bound: bool = False

    @property
    def name(self) -> str:
        return f"degree {self.degree}, {self.size} variables" if self.degree else "Kofidis-Regalia"

    @property
    def problem(self) -> SphereProblem:
        return random_form(1, self.size, self.degree) if self.degree else form(TENSOR)


CASES = (
    Case(0, 3, second=True, bound=True),
    Case(3, 4, second=True, bound=True),
    Case(4, 4, second=True, bound=True),
    Case(6, 4, bound=True),
    Case(4, 6, bound=True),
    Case(4, 7),
    Case(3, 8),
    Case(3, 10),
    Case(4, 8, bound=True),
)


def table(cases: tuple[Case, ...] = CASES) -> Iterator[str]:
    """A line for each case: classes, points, seconds; seconds of the second proof; the bound's gap and seconds."""
    yield f"{'form':27}{'points':>7}{'seconds':>9}{'second proof':>14}{'gap':>10}{'seconds':>9}  count"
    for case in cases:
        problem = case.problem
        start = time.perf_counter()
        found = Homotopy().solve(problem)
        line = f"{case.name:27}{len(found):7}{time.perf_counter() - start:9.2f}"
        start = time.perf_counter()
        other = BranchAndBound().solve(problem) if case.second else found
        assert len(other) == len(found), "the two proofs differ"
        line += f"{time.perf_counter() - start:14.2f}" if case.second else f"{'-':>14}"
        start = time.perf_counter()
        gap = f"{upper_bound(problem).gap:10.1e}{time.perf_counter() - start:9.2f}" if case.bound else f"{'-':>10}{'-':>9}"
        yield f"{line}{gap}  {found.complete.rigor.value}: {found.complete.scope or found.complete.reason}"


def main() -> None:
    """Print the table, a line as soon as it is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--match", default="", help="only cases whose name contains this")
    options = parser.parse_args()
    for line in table(tuple(case for case in CASES if options.match in case.name)):
        print(line, flush=True)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()

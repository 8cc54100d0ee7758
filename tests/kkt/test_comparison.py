"""What numerical methods find and miss beside the exact list: found and missed are all of it, and nothing is called complete."""

from __future__ import annotations

import random

import pytest

from wnproof.derive.ncf import ncf
from wnproof.kkt.comparison import compare_methods
from wnproof.kkt.conic import Conic
from wnproof.kkt.multistart import Multistart
from wnproof.kkt.points import Kind
from wnproof.model.activations import relu
from wnproof.model.dataset import Dataset
from wnproof.model.network import Network
from wnproof.verdict import Rigor


def problem(seed, d, trained):
    rng = random.Random(seed)
    X = [[rng.randint(-9, 9) for _ in range(d)] for _ in range(6)]
    fixed = None if trained else {"W2": [[1]]}
    return ncf(Network((d, 1, 1), relu, fixed=fixed), Dataset(X, [rng.choice((-1, 1, 1)) for _ in X]))


@pytest.mark.parametrize("trained", [False, True], ids=["fixed", "trained"])
@pytest.mark.parametrize(("d", "methods"), [(2, (Conic(), Multistart(starts=20))), (3, (Conic(), Multistart(starts=20)))])
@pytest.mark.parametrize("seed", range(3))
def test_found_and_missed_are_the_exact_list(seed, d, methods, trained):
    comparison = compare_methods(problem(seed, d, trained), methods)
    exact = comparison.exact
    assert exact.complete.rigor is Rigor.CERTIFIED
    for attempt in comparison.attempts:
        assert sorted(map(id, (*attempt.found, *attempt.missed))) == sorted(map(id, exact))
        assert attempt.strays == ()
        assert attempt.kkt.complete.rigor is Rigor.UNDECIDED
        if isinstance(attempt.method, Conic):  # cone programs see the positive maxima and nothing else
            assert set(attempt.found) == {point for point in exact if point.kind is Kind.MAXIMUM and point.value > 0}
    lines = comparison.table().splitlines()
    assert len(lines) == 2 + len(methods)
    assert ["undecided" in line for line in lines] == [False, False, *(True for _ in methods)]

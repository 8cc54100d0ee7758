"""What the kernel tests share: exact data with ties, rational parameters with rational norms, and exact comparison of numbers."""

from __future__ import annotations

from fractions import Fraction
from itertools import cycle

import numpy as np
import pytest
import sympy as sp

from wnproof.graph.kink import selected
from wnproof.model.dataset import Dataset


def pytest_addoption(parser):
    parser.addoption(
        "--update", action="store_true", help="rewrite the golden kernel sources: python -m pytest tests/kernels --update"
    )


@pytest.fixture
def update(request):
    """Whether golden files are to be rewritten; False when this directory was not named on the command line."""
    return request.config.getoption("--update", default=False)


def _small(rng, shape):
    return np.array([Fraction(int(n), 2) for n in rng.integers(-3, 4, size=int(np.prod(shape)))], dtype=object).reshape(shape)


PYTHAGOREAN = ((3, 4), (-4, 3), (5, 12), (-8, -15), (0, 2), (-1, 0))


@pytest.fixture(scope="session")
def exact_parameters():
    """(network, seed) -> block name -> exact array in the block's axes; rows that are normalized have rational norms."""

    def draw(net, seed=0):
        rng = np.random.default_rng(seed)
        rows = cycle(PYTHAGOREAN[seed % 6 :] + PYTHAGOREAN[: seed % 6])
        given = {}
        for block in net.parameters.blocks:
            shape = tuple(net.sizes[a] for a in block.axes)
            given[block.name] = _small(rng, shape)
            if block.name.startswith("V"):
                columns = shape[-1]
                pad = [
                    [0] * max(columns - 2, 0) + list(next(rows))[: min(columns, 2)] for _ in range(int(np.prod(shape)) // columns)
                ]
                given[block.name] = np.array([[Fraction(v) for v in row] for row in pad], dtype=object).reshape(shape)
        return given

    return draw


@pytest.fixture(scope="session")
def exact_data():
    """(network, samples, seed, labels) -> exact Dataset with a duplicate row, so that ties are ordinary."""

    def draw(net, n=3, seed=0, signs=False):
        rng = np.random.default_rng(seed + 100)
        X = _small(rng, (n, net.widths[0]))
        X[-1] = X[0]
        shape = (n,) if net.widths[-1] == 1 else (n, net.widths[-1])
        y = np.array([Fraction(int(s)) for s in rng.choice([-1, 1], size=int(np.prod(shape)))], dtype=object).reshape(shape)
        return Dataset(X, y if signs else y + _small(rng, shape))

    return draw


@pytest.fixture(scope="session")
def equal():
    """Whether two exact numbers, with exp and tanh of rationals inside, are equal."""
    return _equal


def _equal(a, b):
    difference = selected(sp.S(a) - sp.S(b))
    if difference == 0:
        return True
    exponents = {e.args[0] for e in difference.atoms(sp.exp)} | {sp.S.One for _ in difference.atoms(sp.E.__class__)}
    if not all(q.is_Rational for q in exponents):
        return sp.simplify(difference) == 0
    if exponents:
        scale = sp.ilcm(*(q.q for q in exponents)) if len(exponents) > 1 else next(iter(exponents)).q
        base = sp.Symbol("base", positive=True)
        difference = difference.xreplace({sp.exp(q): base ** (q * scale) for q in exponents})
    return sp.expand(sp.fraction(sp.together(difference))[0]) == 0

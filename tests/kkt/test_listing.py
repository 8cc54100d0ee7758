"""Lists written down: CSV is read back exactly, LaTeX has a line for each point, and what is no list is refused."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import pytest
import sympy as sp

from wnproof.derive.sphere import sphere_problem
from wnproof.errors import WnproofError
from wnproof.kkt.arrangement import neuron_kkt_points
from wnproof.kkt.listing import HEAD, entries, read_csv
from wnproof.kkt.multistart import Multistart
from wnproof.kkt.neuron import Neuron


def lists():
    for seed in range(12):
        rng = random.Random(seed)
        d = rng.choice((1, 2, 3))
        X = [[Fraction(rng.randint(-5, 5), rng.choice((1, 7, 10**30 + 7))) for _ in range(d)] for _ in range(5)]
        y = [rng.choice((-2, -1, 1, Fraction(1, 3))) for _ in X]
        yield neuron_kkt_points(Neuron.of(X, y, slope=("0", "1/10")[seed % 2], outer=(1, None)[seed // 2 % 2]))
    x, y, z = sp.symbols("x y z")
    yield Multistart(starts=8).solve(sphere_problem(x**2 + y**2 - z**2, (x, y, z)))  # a family without rays
    yield Multistart(starts=8).solve(sphere_problem(x**4 - 3 * y**4, (x, y)))


@pytest.fixture(scope="module", params=range(14))
def kkt(request):
    return next(itertools.islice(lists(), request.param, None))


def test_csv_is_read_back_exactly(kkt):
    read = read_csv(kkt.to_csv())
    assert read == entries(kkt)
    points = [entry for entry in read if entry.what == "point"]
    assert len(points) == len(kkt)
    assert len(read) == len(kkt) + len(kkt.families)
    for entry, point in zip(points, kkt, strict=True):
        assert (entry.value_squared, dict(entry.slopes), entry.u) == (point.value_squared, point.slopes, tuple(point.u))
        assert entry.directions == (() if point.hidden_direction is None else (point.hidden_direction,))


def test_latex_has_a_line_for_each(kkt):
    lines = kkt.to_latex().splitlines()
    ends = [line for line in lines if line.endswith(r"\\")]
    starts = [line.split("{l}{")[1] for line in ends if "multicolumn" in line]
    families = [1 if line.startswith("family ") else int(line.split(" families ")[0]) for line in starts]
    assert len(ends) == 1 + len(kkt) + len(families)
    assert sum(families) == len(kkt.families)
    assert all(line.count("&") == 4 for line in ends[: 1 + len(kkt)])
    assert all(line.count("$") % 2 == 0 and line.count("{") == line.count("}") for line in lines)
    assert kkt._repr_html_().count("<tr>") == 1 + len(kkt)


@pytest.mark.parametrize(
    "text", ["", "a,b\n", ",".join(HEAD) + "\npoint,maximum\n", ",".join(HEAD) + "\npoint,maximum,clarke,1.0,1/0,,,,,,\n"]
)
def test_other_files_are_refused(text):
    with pytest.raises(WnproofError, match="E-VALUE"):
        read_csv(text)


def test_long_numbers_are_shown_as_they_are_near():
    X = [["1/3", 2 * 10**12, 0], [3, Fraction(-1, 10**12), 2], [0, 1, 1], [-2, 1, 1]]
    kkt = neuron_kkt_points(Neuron.of(X, [1, -1, 1, -1], slope="1/10", outer=None))
    assert "-0.000000" not in kkt.table()
    assert "~1e+24" in kkt.table()
    assert r"= \approx" not in kkt.to_latex()
    assert r"$\approx (0.000000, 0.707107, 0.000000, 0.707107)$" in kkt.to_latex()

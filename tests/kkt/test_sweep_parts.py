"""The parts of the sweep: machine code finds what NumPy finds, doubt is settled in integers, threads keep the order."""

from __future__ import annotations

import random
from fractions import Fraction
from importlib.util import find_spec

import numpy as np
import pytest

from wnproof.kkt import flag, loops, scan
from wnproof.kkt.arrangement import neuron_kkt_points
from wnproof.kkt.balance import may_balance
from wnproof.kkt.circle import merge
from wnproof.kkt.flag import Level, flag_of
from wnproof.kkt.hull import combination
from wnproof.kkt.neuron import Neuron
from wnproof.kkt.pencils import exactly, pencils
from wnproof.kkt.points import clarke
from wnproof.kkt.threads import in_threads
from wnproof.kkt.wedge import cross, wedge


def neuron(seed, n, d, largest=5):
    rng = random.Random(seed)
    return Neuron.of(
        [[rng.randint(-largest, largest) for _ in range(d)] for _ in range(n)], [rng.choice((-1, 1, 2)) for _ in range(n)]
    )


@pytest.mark.skipif(find_spec("numba") is None, reason="needs the extra jit")
@pytest.mark.parametrize(("n", "d"), [(30, 3), (14, 4), (9, 5)])
def test_machine_code_finds_the_same_faces(n, d, monkeypatch):
    lines, _ = merge(neuron(n, n, d))
    interpreted = scan.scan(lines, clarke)
    monkeypatch.setattr(scan, "COMPILED_FROM", 0)
    used = []
    monkeypatch.setattr(scan, "compiled", lambda: used.append(1) or loops.compiled())
    machine = scan.scan(lines, clarke)
    assert used
    assert np.array_equal(machine.signs, interpreted.signs)
    assert machine.tally == interpreted.tally


def test_without_numba_there_is_no_machine_code(monkeypatch):
    monkeypatch.setattr(loops, "find_spec", lambda _: None)
    assert loops.compiled() is None


def test_the_text_that_is_compiled_is_the_python_that_runs():
    """One pass in plain Python equals the NumPy sieve."""
    lines, _ = merge(neuron(5, 8, 3))
    expected = scan.scan(lines, clarke)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scan, "COMPILED_FROM", 0)
        patch.setattr(scan, "compiled", lambda: loops.survivors)
        assert np.array_equal(scan.scan(lines, clarke).signs, expected.signs)


@pytest.mark.parametrize(("d", "largest", "exact"), [(3, 2, True), (4, 2, True), (5, 2, True), (5, 40, True), (6, 999, False)])
def test_circles_in_floats_and_in_integers_are_the_same(d, largest, exact):
    """What floats are sure of agrees with integers in every sign, order and tie; beyond small determinants they may be in doubt
    which faces lie above a ray, and take both.
    """
    lines, _ = merge(neuron(d, 9, d, largest))
    level = flag_of([line.normal for line in lines]).levels[0]
    assert level.exact is exact
    walls = np.concatenate(list(scan.sets_of(len(lines), d - 2, 1000)))
    floats, unsure, zero = pencils(level, walls)
    integers, zero_too = exactly(level, floats.walls)
    assert not len(unsure)
    assert np.array_equal(zero, zero_too)
    for name in ("signs", "places", "up"):
        assert np.array_equal(getattr(floats, name), getattr(integers, name)), name
    sure = (floats.above != 0) | (largest == 2)
    assert sure.any()
    assert np.array_equal(floats.above[sure], integers.above[sure])


def test_doubtful_circles_are_asked_in_integers():
    """Rows that tie exactly, with entries too long for floats: every circle with a tie is in doubt, none is trusted."""
    big = 10**14 + 1
    rows = np.array([(1, 0, big), (0, 1, big), (1, 1, 2 * big), (3, 1, -big), (1, -2, 7)], dtype=object)
    level = flag_of(rows.tolist()).levels[0]
    assert not level.exact
    walls = np.arange(5)[:, None]
    trusted, unsure, _ = pencils(level, walls)
    assert {0, 1, 2} <= set(unsure[:, 0].tolist())
    assert not {0, 1, 2} & set(trusted.walls[:, 0].tolist())
    settled, _ = exactly(level, unsure)
    at = settled.walls[:, 0].tolist().index(0)
    assert settled.places[at, 1] == settled.places[at, 2] != settled.places[at, 3]


@pytest.mark.parametrize("seed", range(4))
def test_rays_at_height_zero_are_visited_with_all_faces_around_them(seed, monkeypatch):
    rng = random.Random(seed)
    X = [[rng.randint(-1, 1) for _ in range(4)] for _ in range(8)]
    data = Neuron.of(X, [rng.choice((-1, 1)) for _ in X], slope=Fraction(1, 3))
    expected = neuron_kkt_points(data)

    def poor(rows, _):
        functionals = ([1, 0, 0, 3], [0, 1, 3, 0]) if rows.shape[1] == 4 else ([1, 5], [0, 1])
        return Level(rows, *(np.array(entries, dtype=object) for entries in functionals))

    rows = np.array([line.normal for line in merge(data)[0]], dtype=object)
    _, _, at_zero = pencils(poor(rows, rng), np.concatenate(list(scan.sets_of(len(rows), 2, 1000))))
    assert len(at_zero)
    monkeypatch.setattr(flag, "_level", poor)
    found = neuron_kkt_points(data)
    assert found.counted.agrees
    assert [(p.direction, p.value_squared, p.kind) for p in found] == [(p.direction, p.value_squared, p.kind) for p in expected]
    assert found.families == expected.families


def test_balance_rejects_only_with_a_direction():
    rng = np.random.default_rng(0)
    rejected = accepted = 0
    for _ in range(200):
        normals = rng.integers(-2, 3, size=(1, 4, 2)).astype(float)
        origin, low = rng.integers(-4, 5, size=(1, 2)).astype(float), -rng.integers(0, 2, size=(1, 4)).astype(float)
        exact = [tuple(Fraction(int(e)) for e in row) for row in normals[0]]
        columns = [
            (*(e * int(-low[0, k]) for e in row), *(Fraction(int(j == k)) for j in range(4))) for k, row in enumerate(exact)
        ]
        columns += [(Fraction(0), Fraction(0), *(Fraction(int(j == k)) for j in range(4))) for k in range(4)]
        target = [
            -Fraction(int(o)) - sum(int(low[0, k]) * row[i] for k, row in enumerate(exact)) for i, o in enumerate(origin[0])
        ]
        holds = combination(columns, (*target, *[Fraction(1)] * 4)) is not None
        possible = bool(may_balance(origin, normals, low, 0 * low, np.zeros(1))[0])
        assert possible or not holds
        rejected, accepted = rejected + (not possible), accepted + holds
    assert rejected > 5
    assert accepted > 5


def test_threads_keep_order_and_pass_errors_on():
    assert list(in_threads(lambda k: -k, range(50), 50, "numbers")) == [-k for k in range(50)]
    with pytest.raises(ZeroDivisionError):
        list(in_threads(lambda k: 1 // (k - 3), range(9), 9, "numbers"))
    started = []
    work = in_threads(lambda k: started.append(k) or k, range(1000), 1000, "numbers")
    assert next(work) == 0
    work.close()
    assert len(started) < 100


def test_minors():
    rng = random.Random(4)
    rows = np.array([[rng.randint(-9, 9) for _ in range(5)] for _ in range(5)])
    assert round(np.linalg.det(rows)) == wedge(rows)[0] == (cross(rows[:4]) * rows[4]).sum()
    assert np.array_equal(wedge(rows[:3].astype(object)), wedge(rows[:3]))
    assert not (rows[:4] @ cross(rows[:4])).any()

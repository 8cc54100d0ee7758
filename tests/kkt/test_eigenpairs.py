"""All classes of eigenvectors of forms: counts, boxes that hold what they say, and sets that are not finite."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from tests.kkt.test_multistart import TENSOR, VALUES, euler_characteristic, form, random_form
from wnproof.certificate import check
from wnproof.derive.ncf import ncf
from wnproof.derive.sphere import sphere_problem
from wnproof.errors import WnproofError
from wnproof.kkt import classes as classes_module
from wnproof.kkt.classes import classes_of, sorted_out
from wnproof.kkt.eigenpairs import Homotopy
from wnproof.kkt.form import Form
from wnproof.kkt.homotopy import Ends, ends
from wnproof.kkt.krawczyk import BITS, enclosed, holds_one_class
from wnproof.kkt.multistart import Multistart
from wnproof.kkt.points import Kind
from wnproof.kkt.solve import kkt_points
from wnproof.model.activations import linear, polynomial_relu
from wnproof.model.dataset import Dataset
from wnproof.model.network import Network
from wnproof.verdict import Rigor

x, y, z, w = sp.symbols("x y z w")


@pytest.mark.parametrize("scale", ["1", "1e-12", "1e12"])
def test_the_reference_tensor_has_thirteen_classes_of_which_eleven_are_real(scale):
    problem = form({name: sp.Rational(entry) * sp.Rational(scale) for name, entry in TENSOR.items()})
    found = classes_of(Form.of(problem))
    assert (found.expected, len(found.real), len(found.upper), found.complete) == (13, 11, 1, True)
    points = kkt_points(problem)
    wanted = [(value, kind) for value, kind in VALUES.items() for _ in range(2)]  # u and -u
    assert [point.value / float(scale) for point in points] == pytest.approx([value for value, _ in wanted], abs=1e-13)
    assert [point.kind.value for point in points] == [kind for _, kind in wanted]
    for point in points:
        low, high = point.value_range
        assert low <= high <= low + Fraction(scale) / 10**17
        assert point.residual <= 1e-14 * float(scale)
    assert euler_characteristic(points) == 2


def test_the_nearly_real_pair_is_not_called_real():
    """x^3 + 3 a x y^2 has three classes besides x = 0 when 2 a > 1, and else two that are not real."""
    for difference, real in ((Fraction(1, 10**10), 3), (Fraction(-1, 10**10), 1)):
        a = Fraction(1, 2) + difference
        found = classes_of(Form.of(sphere_problem(x**3 + 3 * sp.Rational(a.numerator, a.denominator) * x * y**2, (x, y))))
        assert found.complete
        assert len(found.real) == real


@pytest.mark.parametrize(
    ("seed", "size", "degree"), [(0, 3, 3), (1, 2, 7), (2, 5, 3), (3, 4, 4), (4, 3, 6), (5, 6, 2), (6, 4, 1)]
)
def test_random_forms_are_counted_and_hold_all_that_a_search_finds(seed, size, degree):
    problem = random_form(seed, size, degree)
    found = Homotopy().solve(problem)
    assert (found.complete.rigor, found.complete.grade) == (Rigor.CERTIFIED, "")
    assert check(found.complete.certificate).rigor is Rigor.CERTIFIED
    assert (found[0].verdict.rigor, found[0].verdict.grade) == (Rigor.CERTIFIED, "")
    assert euler_characteristic(found) == 1 + (-1) ** (size - 1)
    searched = Multistart(starts=15, seed=seed).solve(problem)
    for point in searched:
        nearest = min(found, key=lambda other: np.abs(other.u - point.u).max())
        assert np.abs(nearest.u - point.u).max() < 1e-7
        assert nearest.kind is point.kind
        assert nearest.value == pytest.approx(point.value, rel=1e-9, abs=1e-9)
    assert len(searched) <= len(found)
    assert [p.value for p in Homotopy(seed=9).solve(problem)] == pytest.approx([p.value for p in found], rel=1e-12)


def test_a_diagonal_form_against_its_closed_form():
    """Classes of sum c_i u_i^4 have u_i^2 proportional to 1/c_i on any set of entries: values 1 / sum 1/c_i."""
    found = Homotopy().solve(sphere_problem(x**4 + 2 * y**4 + 5 * z**4, (x, y, z)))
    values = [1 / sum(1 / c for c in chosen) for chosen in ((1,), (2,), (5,))]
    values += [1 / (1 + 1 / 2)] * 2 + [1 / (1 + 1 / 5)] * 2 + [1 / (1 / 2 + 1 / 5)] * 2 + [1 / (1 + 1 / 2 + 1 / 5)] * 4
    assert [point.value for point in found] == pytest.approx(sorted(values * 2, reverse=True), rel=1e-14)


def test_forms_with_infinitely_many_classes_are_reported_as_sets_and_not_as_points():
    for expr, value, dimension, isolated in (
        (x**2 * y**2, 0.0, 1, 4),  # zero eigenvectors: the circles x = 0 and y = 0
        ((x**2 + y**2 + z**2) ** 2, 1.0, 2, 0),
        (x**2 + y**2 - z**2, 1.0, 1, 2),
        ((x**2 + y**2) * z, math.sqrt(4 / 27), 1, 2),
    ):
        found = Homotopy().solve(sphere_problem(expr, (x, y, z)))
        assert len(found) == isolated, expr
        assert any(f.value == pytest.approx(value, abs=1e-12) and f.dimension == dimension for f in found.families), expr
        assert "positive dimension" in found.complete.reason
        assert found.complete.rigor is Rigor.UNDECIDED


def test_multiple_classes_are_listed_and_not_counted_as_simple():
    found = Homotopy().solve(sphere_problem(x**4 + y**4, (x, y, z)))
    assert {(round(p.value, 9), p.kind) for p in found} == {
        (1.0, Kind.MAXIMUM), (0.5, Kind.SADDLE), (0.0, Kind.DEGENERATE)}  # fmt: skip
    assert "4 of 13" in found.complete.reason
    assert not found.families


def test_a_box_with_another_centre_is_refused():
    """Perturbed, rounded and invented boxes: never one that does not hold its class, whatever the preconditioner."""
    rng = random.Random(1)
    accepted = tried = 0
    for problem in (form(TENSOR), random_form(7, 4, 3)):
        n = Form.of(problem)
        found = classes_of(n)
        boxes = (*found.real, *found.upper)
        assert all(holds_one_class(n, box) for box in boxes)
        for _ in range(600):
            box = rng.choice(boxes)
            shift = rng.choice((1, -1)) << rng.randrange(BITS + box.exponent + 1, BITS)
            k = rng.choice([j for j in range(n.size) if j != box.chart])
            if box.imaginary and rng.random() < 0.5:
                moved = replace(box, imaginary=tuple(e + shift * (j == k) for j, e in enumerate(box.imaginary)))
            else:
                moved = replace(box, real=tuple(e + shift * (j == k) for j, e in enumerate(box.real)))
            accepted += holds_one_class(n, moved)
            tried += 1
    assert (accepted, tried) == (0, 1200)


def test_duplicates_do_not_make_up_for_a_missing_class():
    n = Form.of(form(TENSOR))
    found = classes_of(n)
    boxes = [*found.real[1:], *found.upper, found.real[1], found.upper[0].conjugate]
    again = sorted_out(n, boxes)
    assert (len(again.real), len(again.upper), again.complete) == (10, 1, False)
    assert not sorted_out(n, [*found.real, *found.real]).complete


def test_paths_that_jump_are_followed_again(monkeypatch):
    n = Form.of(random_form(3, 4, 4))
    honest = classes_of(n)
    place = next(k for k, end in enumerate(ends(n, 0, 1e-4).x) if np.abs((end / end[np.abs(end).argmax()]).imag).max() < 1e-9)
    order = [k if k != place else (k + 1) % n.classes for k in range(n.classes)]
    calls = []

    def jumping(form, seed, tolerance, chosen=None):
        calls.append(None if chosen is None else sorted(chosen))
        found = ends(form, seed, tolerance, chosen)
        return Ends(found.x[order], found.simple) if chosen is None else found

    monkeypatch.setattr(classes_module, "ends", jumping)
    again = classes_of(n)
    assert again.complete
    assert (len(again.real), len(again.upper)) == (len(honest.real), len(honest.upper))
    assert calls[0] is None
    assert place in calls[1]
    assert len(calls) == 2


def test_what_is_no_form_is_refused():
    data = Dataset([[1, 2], [3, -1]], [1, -1])
    with pytest.raises(WnproofError, match="E-KINK"):
        Homotopy().solve(ncf(Network((2, 1, 1), polynomial_relu(2)), data))
    with pytest.raises(WnproofError, match="E-SIZE.*classes"):
        Homotopy().solve(sphere_problem(sum(v**4 for v in sp.symbols("x:12")), sp.symbols("x:12")))
    found = Homotopy().solve(ncf(Network((2, 1, 1), linear), Dataset([[1, 2], [1, 2]], [1, -1])))
    assert "W-ZERODATA" in found.complete.reason
    assert enclosed(Form.of(sphere_problem(x**2 + y**2, (x, y))), np.array([1 + 0j, 0.5])) is None


def test_a_linear_neuron_is_a_form():
    found = Homotopy().solve(ncf(Network((2, 1, 1), linear), Dataset([[1, 2], [0, 3]], [1, -1])))
    length = math.hypot(1, -1)
    assert [p.value for p in found] == pytest.approx([length / 2] * 2 + [0.0] * 2 + [-length / 2] * 2, abs=1e-12)
    assert found.complete.rigor is Rigor.CERTIFIED


def test_rotations_that_change_nothing_are_counted():
    found = Homotopy().solve(ncf(Network((2, 2, 1), linear), Dataset([[1, 2], [0, 3]], [1, -1])))
    assert not found.points
    assert [family.dimension for family in found.families] == [1, 1, 1]
    assert found.families[0].value == pytest.approx(math.hypot(1, -1) / 2)
    assert "rotations of dimension 3" in found.complete.reason  # of the eigenspaces of three eigenvalues
    found = Homotopy().solve(sphere_problem((x**2 + y**2 + z**2 + w**2) ** 3, (x, y, z, w)))
    assert "rotations of dimension 6" in found.complete.reason
    assert "0 of 156" in found.complete.reason
    assert [family.dimension for family in found.families] == [3]
    assert found.complete.rigor is Rigor.UNDECIDED


def test_a_form_need_not_depend_on_every_variable():
    x = sp.symbols("x:3")
    found = Homotopy().solve(sphere_problem(3 * x[0] - 4 * x[2], x))
    assert found.complete.rigor is Rigor.CERTIFIED
    assert [point.value for point in found] == pytest.approx([5, -5], abs=1e-12)

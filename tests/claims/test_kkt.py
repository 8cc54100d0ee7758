"""KKT points of any problem on one sphere as statements: exact points, on kinks and off them, at any scale."""

from fractions import Fraction

import pytest
import sympy as sp

import wnproof as wn
from wnproof.verdict import Rigor

YES, NO = Rigor.CERTIFIED, Rigor.REFUTED
x, y, z = sp.symbols("x y z")


def rigor(problem, u, **options):
    return wn.decide(wn.kkt_point(problem, u, **options)).rigor


def test_a_cubic_form():
    form = wn.sphere_problem(x**3 + 3 * x * y**2, (x, y, z))
    assert [rigor(form, u) for u in ((1, 0, 0), (5, 0, 0), (1, 1, 0), (0, 0, 1), (2, 1, 0))] == [YES, YES, YES, YES, NO]
    assert rigor(form, (1, 0, 0), multiplier=2) is NO
    assert rigor(form, (1, 0, 0), shift=Fraction(1, 1000)) is YES  # the same ray
    assert rigor(form, (1, 1, 0), shift=Fraction(1, 1000)) is NO


def test_a_neuron_with_three_inputs_on_and_off_its_kinks():
    data = wn.Dataset([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 1]], [3, 3, -1, -2])
    problem = wn.ncf(wn.Network((3, 1, 1), wn.relu, fixed={"W2": [[1]]}), data)
    assert rigor(problem, (2, 1, -3)) is NO
    assert rigor(problem, (0, 0, -1)) is YES  # N = 0 there, and 0 is among the gradients
    assert rigor(problem, (0, 0, 1)) is YES
    assert rigor(problem, (0, 1, 0)) is NO  # the sum y + z moves z as well
    assert rigor(problem, (2, 1, -1)) is YES  # at y + z = 0 with the slope 3/4
    assert rigor(problem, (2, 1, -1), multiplier=2) is NO


def test_two_neurons_share_the_sphere():
    data = wn.Dataset([[3, 4]], [1])
    problem = wn.ncf(wn.Network((2, 2, 1), wn.relu), data)
    assert rigor(problem, (3, 4, 0, 0, 5, 0)) is YES
    assert rigor(problem, (3, 4, 3, 4, 5, 5)) is YES
    assert rigor(problem, (3, 4, 3, 4, 5, -5)) is NO
    assert rigor(problem, (3, 4, 0, 0, 4, 0)) is NO
    assert rigor(problem, (-3, -4, 3, 4, 0, 5)) is NO
    assert rigor(problem, (4, -3, 3, 4, 0, 5)) is NO


def test_depth_three():
    problem = wn.ncf(wn.Network((1, 1, 1, 1), wn.relu), wn.Dataset([[1], [-1]], [1, -1]))
    assert rigor(problem, (1, 1, 1)) is YES
    assert rigor(problem, (2, 2, 2)) is YES
    assert rigor(problem, (1, 1, 1), multiplier=2) is NO
    assert rigor(problem, (1, 1, 2)) is NO
    assert rigor(problem, (0, 1, 1)) is NO  # N = w1 nearby: the outer kinks change sides together with the inner ones


def test_what_is_no_direction():
    form = wn.sphere_problem(x * y, (x, y))
    with pytest.raises(wn.WnproofError, match="no direction"):
        wn.kkt_point(form, (0, 0))
    with pytest.raises(wn.WnproofError, match="E-FLOAT"):
        wn.kkt_point(form, (0.5, 0.5))
    normalized = wn.ncf(wn.Network((2, 2, 1), wn.relu, normalization=wn.weight_norm), wn.Dataset([[1, 2]], [1]))
    with pytest.raises(wn.WnproofError, match="spheres of their own"):
        wn.kkt_point(normalized, [1] * normalized.size)

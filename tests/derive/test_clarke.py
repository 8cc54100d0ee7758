"""Clarke sets at exact points: the traps (dependent, parallel, bent and nested kinks), random sums by brute force."""

import random
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import sympy as sp
from scipy.optimize import linprog

import wnproof as wn
from wnproof.graph.kink import Pw
from wnproof.graph.nodes import argument, pointwise
from wnproof.graph.quantity import Quantity
from wnproof.graph.space import Block, ParameterSpace
from wnproof.verdict import Rigor

YES, NO, OPEN = "inside", "outside", "open"
x, y, z = (argument(k) for k in range(3))


def relu(t):
    return Pw(t, 1, 0, 1)


def function(expr, size=2):
    blocks = tuple(Block(f"u{k}", (), (1,)) for k in range(size))
    return Quantity("f", (pointwise(expr, *(b.leaf for b in blocks)),), ParameterSpace(blocks), {})


def at(expr, *point):
    return wn.clarke_set(function(expr, len(point)), point)


def placed(there, g):
    """Whether the vector is in the set, as far as first order tells; the weights are checked on the way."""
    weights = there.weights(g)
    rigor = there.contains(g).rigor
    if weights is None:
        assert rigor is (Rigor.REFUTED if there.complete or there.decoupled.weights(g) is None else Rigor.UNDECIDED)
        return NO if there.complete or there.decoupled.weights(g) is None else OPEN
    assert sum(weights) == 1
    assert min(weights) >= 0
    terms = [[w * c for c in gradient] for w, gradient in zip(weights, there.gradients, strict=True)]
    assert [sum(column) for column in zip(*terms, strict=True)] == [Fraction(c) for c in g]
    assert rigor is Rigor.CERTIFIED
    return YES


def places(there, *vectors):
    return [placed(there, g) for g in vectors]


def test_a_smooth_point_has_its_gradient_alone():
    there = at(x**2 * relu(y) + relu(-y), 3, 2)
    assert (there.kinks, there.gradients) == (0, ((12, 9),))
    assert places(there, (12, 9), (12, 8)) == [YES, NO]


def test_dependent_kinks_leave_a_gap_between_the_two_sets():
    there = at(relu(x) + relu(y) - relu(x + y), 0, 0)
    assert len(there.patterns) == 6
    assert places(there, (1, 0), (0, -1), (Fraction(1, 4), Fraction(1, 4)), (1, 1), (1, -1)) == [YES, YES, YES, NO, NO]
    assert places(there.decoupled, (1, 1), (-1, -1), (1, 0), (2, 0)) == [YES, YES, YES, NO]
    assert there.smallest() == (0, 0)


def test_opposite_and_equal_arguments_move_together():
    assert at(relu(x) - relu(-x), 0).gradients == ((1,),)
    assert places(at(relu(x) - relu(-x), 0), (1,), (0,)) == [YES, NO]
    assert places(at(relu(x) - relu(-x), 0).decoupled, (0,), (2,), (3,)) == [YES, YES, NO]
    assert places(at(relu(2 * x) - 2 * relu(x), 0), (0,), (1,)) == [YES, NO]


def test_the_sum_of_two_samples_is_not_the_sum_of_their_sets():
    data = wn.Dataset([[1], [1]], [1, -1])
    there = wn.clarke_set(wn.ncf(wn.Network((1, 1, 1), wn.absolute, fixed={"W2": [[1]]}), data), [0])
    assert places(there, (0,), (2,), (-1,)) == [YES, NO, NO]
    assert places(there.decoupled, (-2,), (2,), (Fraction(5, 2),)) == [YES, YES, NO]


def test_bent_arguments_that_agree_to_first_order_stay_undecided():
    there = at(relu(x + y**2) - relu(x), 0, 0)
    assert not there.complete
    assert places(there, (0, 0), (1, 0), (Fraction(1, 2), 0), (2, 0), (0, 1)) == [YES, OPEN, OPEN, NO, NO]
    assert places(there.decoupled, (1, 0), (-1, 0), (2, 0)) == [YES, YES, NO]


def test_bent_arguments_with_independent_gradients_are_decided():
    there = at(relu(x + y**2) - relu(y + x**2), 0, 0)
    assert there.complete
    assert places(there, (1, -1), (1, 0), (Fraction(1, 2), Fraction(-1, 2)), (1, 1)) == [YES, YES, YES, NO]


@pytest.mark.parametrize("inner", [relu(-relu(x)), relu(-relu(-x)), -relu(-relu(-relu(x)))])
def test_a_kink_inside_a_kink_may_leave_nothing(inner):
    assert places(at(inner, 0), (0,), (Fraction(1, 100),), (1,)) == [YES, NO, NO]


def test_kinks_inside_kinks_are_followed():
    leaky = Pw(-Pw(x, 1, Fraction(1, 10), 1), 1, Fraction(1, 10), 1)  # -x/10 on both sides
    assert at(leaky, 0).gradients == ((Fraction(-1, 10),),)
    assert places(at(leaky, 0), (Fraction(-1, 10),), (-1,)) == [YES, NO]
    there = at(relu(relu(x) - y), 0, 0)
    assert set(there.gradients) == {(1, -1), (0, -1), (0, 0)}
    assert places(there, (Fraction(1, 2), -1), (Fraction(1, 2), Fraction(-1, 2)), (1, 0), (1, Fraction(-1, 2))) == [
        YES,
        YES,
        NO,
        NO,
    ]
    assert places(there.decoupled, (Fraction(1, 2), -1), (1, Fraction(-1, 2))) == [YES, NO]


def test_arguments_without_a_gradient_do_not_matter():
    assert places(at(relu(y**2) + relu(x), 0, 0), (1, 0), (0, 0), (0, 1)) == [YES, YES, NO]
    assert places(at(relu(x) * relu(y), 0, 0), (0, 0), (1, 0)) == [YES, NO]
    assert places(at(relu(x) ** 2 + Pw(y, 3, 0, 2), 0, 0), (0, 0), (0, 1)) == [YES, NO]


def test_a_trained_outer_weight_bends_nothing():
    net = wn.Network((2, 2, 1), wn.relu)
    N = wn.ncf(net, wn.Dataset([[1, 0], [0, 1], [1, 1]], [1, 1, -1]))
    there = wn.clarke_set(N, [0, 0, 1, -1, 1, 2])
    assert there.complete
    assert places(there, (0, -1, 2, 0, 0, 1), (1, 1, 2, 0, 0, 1), (0, 0, 0, 0, 0, 0)) == [YES, NO, NO]


def test_the_loss_of_a_network_at_its_data():
    net = wn.Network((1, 1, 1), wn.relu, fixed={"W2": [[1]]})
    there = wn.clarke_set(wn.gradient_flow(net).loss, [0], wn.Dataset([[1], [-2]], [1, 3]))
    assert places(there, (-1,), (6,), (0,), (7,)) == [YES, YES, YES, NO]
    assert there.smallest() == (0,)


def test_the_smallest_element_is_exact():
    there = at(relu(x + y) + 3 * x - y, 1, -1)
    assert there.smallest() == (3, -1)
    assert placed(there, there.smallest()) is YES
    corner = at(Pw(x, 1, 2, 1) + Pw(y, 1, 3, 1), 0, 0)
    assert corner.smallest() == (1, 1)
    wedge = at(relu(3 * x - 2 * y - 1) + y, 1, 1)
    assert wedge.smallest() == (Fraction(6, 13), Fraction(9, 13))
    assert placed(wedge, wedge.smallest()) is YES


def test_texts_say_which_set():
    there = at(relu(x), 0)
    assert there.text() == "Clarke set of f at (0): hull of (1), (0)"
    assert there.decoupled.latex() == r"\partial_{\mathrm{free}} f = \operatorname{conv}\{(1),\; (0)\}"


def test_bad_points_are_named():
    with pytest.raises(wn.WnproofError, match="2 entries"):
        at(relu(x), 0).weights([1, 2])
    with pytest.raises(wn.WnproofError, match="E-FLOAT"):
        at(relu(x), 0.5)
    with pytest.raises(wn.WnproofError, match="a denominator is not certainly different from 0"):
        at(1 / x, 0).gradients  # noqa: B018 - it is found when asked for
    with pytest.raises(wn.WnproofError, match="is not found by rational arithmetic"):
        at(sp.sqrt(x), 2).gradients  # noqa: B018
    with pytest.raises(wn.WnproofError, match="is of a scalar"):
        wn.clarke_set(wn.Network((1, 1, 1), wn.relu).output, [0, 0], wn.Dataset([[1]], [1]))


def forms(rng, size, kinks):
    return [[rng.choice((-2, -1, 0, 1, 1, 2)) for _ in range(size)] for _ in range(kinks)]


def realized(rows):
    """Sign patterns of all nonzero rows by floats: a margin of 1 in every row."""
    for sides in product((1, -1), repeat=len(rows)):
        a = -np.array(sides)[:, None] * np.array(rows)
        if linprog(np.zeros(len(rows[0])), a, -np.ones(len(rows)), bounds=(None, None)).status == 0:
            yield sides


def in_hull(points, g):
    columns = np.vstack([np.array(points, dtype=float).T, np.ones(len(points))])
    return linprog(np.zeros(len(points)), A_eq=columns, b_eq=np.append(np.array(g, dtype=float), 1), bounds=(0, None)).status == 0


@pytest.mark.parametrize("seed", range(12))
def test_random_sums_of_kinks_agree_with_brute_force(seed):
    rng = random.Random(seed)
    size, kinks = rng.choice(((1, 3), (2, 4), (3, 4), (2, 5)))
    rows = [row for row in forms(rng, size, kinks) if any(row)]
    slopes = [(rng.randint(-2, 2), rng.randint(-2, 2)) for _ in rows]
    u = (x, y, z)[:size]
    expr = sum(Pw(sum(c * e for c, e in zip(row, u, strict=True)), *s, 1) for row, s in zip(rows, slopes, strict=True)) + 3 * u[0]
    there = at(expr, *[0] * size)

    def gradient(sides):
        shares = [s[side < 0] for s, side in zip(slopes, sides, strict=True)]
        return [sum(c * row[k] for c, row in zip(shares, rows, strict=True)) + 3 * (k == 0) for k in range(size)]

    cells = [gradient(sides) for sides in realized(rows)] if rows else [[3] + [0] * (size - 1)]
    free = [gradient(sides) for sides in product((1, -1), repeat=len(rows))]
    assert {tuple(map(int, g)) for g in there.gradients} == {tuple(g) for g in cells}
    for _ in range(6):
        g = rng.choice((free, cells))[0] if rng.random() < 0.3 else [rng.randint(-3, 5) for _ in range(size)]
        assert placed(there, g) is (YES if in_hull(cells, g) else NO)
        assert placed(there.decoupled, g) is (YES if in_hull(free, g) else NO)

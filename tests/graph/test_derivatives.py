"""Reverse mode, forward mode and SymPy agree exactly; per-sample gradients keep the sample axis."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.graph.random_graphs import LEAVES, SIZES, SMOOTH, graphs, values, well_formed
from wnproof.graph.expand import expand, symbols
from wnproof.graph.gradient import gradient
from wnproof.graph.kink import Pw, selected
from wnproof.graph.nodes import argument, contract, leaf, pointwise
from wnproof.graph.tangent import tangent

a, b = argument(0), argument(1)
DIRECTIONS = {leaf(name, axes): leaf(f"d{name}", axes) for name, axes in LEAVES}


def at(node, given):
    array = expand(node, SIZES, given)
    assume(all(e.is_finite for e in array.ravel()))
    return array


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.data())
def test_gradient_and_tangent_are_dual(data):
    """<grad f, d> = D f [d], kinks included, for f the sum of all entries."""
    point = data.draw(values())
    direction = {f"d{name}": value for name, value in data.draw(values()).items()}
    function = contract((data.draw(graphs(point, steps=7)).node,), ())
    everything = {**point, **direction}
    inner = sp.S.Zero
    for w, slope in zip(DIRECTIONS, gradient(function, list(DIRECTIONS)), strict=True):
        assert slope.axes == w.axes
        well_formed(slope)
        inner += sum(at(contract((slope, DIRECTIONS[w]), ()), everything).ravel())
    forward = tangent(function, DIRECTIONS)
    assert inner == (0 if forward is None else at(forward, everything)[()])


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.data())
def test_gradient_is_sympy_derivative(data):
    """Entry by entry, for smooth graphs: differentiate the expansion and put in the numbers afterwards."""
    point = data.draw(values())
    function = contract((data.draw(graphs(point, expressions=SMOOTH, steps=5)).node,), ())
    total = expand(function, SIZES)[()]
    numbers = {
        s: sp.S(v)
        for name, axes in LEAVES
        for s, v in zip(symbols(name, tuple(SIZES[x] for x in axes)).ravel(), point[name].ravel(), strict=True)
    }
    for w, slope in zip(DIRECTIONS, gradient(function, list(DIRECTIONS)), strict=True):
        for s, entry in zip(symbols(w.name, tuple(SIZES[x] for x in w.axes)).ravel(), at(slope, point).ravel(), strict=True):
            assert sp.diff(total, s).xreplace(numbers) == entry


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.data())
def test_forward_mode_keeps_the_axes(data):
    point = data.draw(values())
    node = data.draw(graphs(point, steps=7)).node
    moved = tangent(node, DIRECTIONS)
    assert moved is None or moved.axes == node.axes


def test_broadcast_and_sum_count_the_lost_axis():
    """sum_ij log(x_i y_ij): the derivative in x_i is (number of j) / x_i, although every y cancels."""
    x, y = leaf("x", ("i",)), leaf("y", ("i", "j"))
    total = contract((pointwise(sp.log(a), pointwise(a * b, x, y)),), ())
    (slope,) = gradient(total, [x])
    assert expand(slope, SIZES, {"x": [2, 5]}).tolist() == [sp.Rational(3, 2), sp.Rational(3, 5)]
    assert expand(tangent(total, {x: x}), SIZES, {"x": [2, 5]})[()] == 6
    assert sp.simplify(expand(tangent(contract((pointwise(sp.log(a), x),), ()), {x: x}), SIZES)[()]) == 2


def test_per_sample_gradients_keep_the_sample_axis():
    W, X = leaf("W", ("h", "k")), leaf("X", ("i", "k"))
    c = leaf("c", ("h",))
    outputs = contract((c, pointwise(Pw(a, 1, 0, 2), contract((W, X), ("i", "h")))), ("i",))
    sizes = {"i": 3, "h": 2, "k": 2}
    (per_sample,) = gradient(outputs, [W], keep=("i",))
    assert per_sample.axes == ("h", "k", "i")
    entries, f = expand(per_sample, sizes), expand(outputs, sizes)
    for (h, k, i), entry in np.ndenumerate(entries):
        assert sp.expand(entry - sp.diff(f[i], symbols("W", (2, 2))[h, k])) == 0
    (summed,) = gradient(outputs, [W])
    assert all(sp.expand(s - sum(row)) == 0 for s, row in zip(expand(summed, sizes).ravel(), entries.reshape(4, 3), strict=True))


def test_leaves_that_do_not_occur_have_zero_gradients_of_their_own_shape():
    x, other = leaf("x", ("i",)), leaf("o", ("j", "i"))
    slopes = gradient(contract((x, x), ()), [other, leaf("s"), x])
    assert [s.axes for s in slopes] == [("j", "i"), (), ("i",)]
    assert not any(expand(slopes[0], SIZES).ravel())
    assert expand(slopes[1], SIZES)[()] == 0
    (kept,) = gradient(pointwise(a**2, x), [other], keep=("i",))
    assert kept.axes == ("j", "i")
    assert tangent(x, {other: other}) is None


def test_an_axis_that_the_function_lacks_cannot_be_kept():
    with pytest.raises(ValueError, match="kept"):
        gradient(leaf("x", ("i",)), [leaf("x", ("i",))], keep=("j",))


def test_an_axis_that_is_summed_inside_cannot_be_kept():
    x = leaf("x", ("i",))
    centred = pointwise(argument(0) - argument(1), x, contract((x,), ()))
    with pytest.raises(ValueError, match="sums over it"):
        gradient(centred, [x], keep=("i",))


def test_hessian_vector_product_is_symmetric():
    """<d, H e> = <e, H d> for a smooth function, exactly."""
    W, X, Y = leaf("W", ("h", "k")), leaf("X", ("i", "k")), leaf("Y", ("i",))
    f = contract((pointwise((a - b) ** 2, contract((pointwise(a**2, contract((W, X), ("i", "h"))),), ("i",)), Y),), ())
    (slope,) = gradient(f, [W])
    D, E = leaf("D", W.axes), leaf("E", W.axes)
    sizes = {"h": 2, "k": 2, "i": 2}
    left = expand(contract((E, tangent(slope, {W: D})), ()), sizes)[()]
    right = expand(contract((D, tangent(slope, {W: E})), ()), sizes)[()]
    assert sp.expand(left - right) == 0
    assert sp.expand(left) != 0


@pytest.mark.parametrize("slope", [Fraction(0), Fraction(1, 10), Fraction(-1)])
def test_the_derivative_at_a_kink_is_the_left_one(slope):
    """relu'(0) = 0 (not 1/2, as SymPy's Max and Heaviside say), and no other value by any other way of writing it."""
    x = leaf("x", ("i",))
    sigma = Pw(a, 1, sp.Rational(slope.numerator, slope.denominator), 1)
    for function in (pointwise(sigma, x), pointwise(sigma.xreplace({a: 2 * a}) / 2, x), contract((pointwise(sigma, x),), ())):
        (first,) = gradient(function, [x])
        found = expand(first, {"i": 3}, {"x": [-2, 0, 2]}).tolist()
        assert [selected(entry) for entry in found] == [slope, slope, 1]
        assert found[1] == Pw(0, 1, sp.Rational(slope.numerator, slope.denominator), 0)  # no statement sees a choice

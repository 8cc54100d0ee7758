"""The rewrites that the lowering makes by cost, one by one: what each saves, and that the program stays the expansion."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import wnproof as wn
from tests.laws import forward
from wnproof.graph.expand import expand
from wnproof.kernels.kernel import kernel
from wnproof.kernels.values import Dot, Pointwise


def drawn(net, n):
    rng = np.random.default_rng(5)
    return SimpleNamespace(X=rng.standard_normal((n, net.widths[0])), y=rng.choice([-1.0, 1.0], n)), rng.standard_normal(net.size)


def velocity(net, loss, n):
    """The kernel, after a comparison with complex steps."""
    data, theta = drawn(net, n)
    ker = kernel(wn.gradient_flow(net, loss), data)
    wanted = -forward.derivative(lambda t: forward.loss(net, loss, t, data.X, data.y), theta)
    assert ker(theta) == pytest.approx(wanted, rel=1e-11, abs=1e-12 * np.abs(wanted).max())
    return ker


def steps(ker, kind, axes=None):
    return [v for v in ker.plan.steps if isinstance(v, kind) and (axes is None or v.axes == axes)]


def test_adjoints_are_shared_by_all_blocks():
    """Three products forward (z1, z2, f), four backward (the gradients of W3, W2, W1 and the step from layer 2 to 1)."""
    ker = velocity(wn.Network((3, 4, 5, 1), wn.tanh), wn.square, 6)
    assert len(steps(ker, Dot)) == 7
    shapes = [(type(v), getattr(v, "function", ""), v.operands) for v in ker.plan.steps]
    assert len(set(shapes)) == len(shapes)


@pytest.mark.parametrize("normalization", [wn.plain, wn.weight_norm])
def test_labels_and_the_mean_are_folded_into_the_data(normalization):
    """1/n and y meet X once, when the kernel is made: the mean costs no step, and no step negates."""
    net = wn.Network((2, 3, 1), wn.relu, normalization=normalization)
    summed, averaged = velocity(net, wn.logistic, 20), velocity(net, wn.logistic.averaged, 20)
    assert len(averaged.plan.steps) == len(summed.plan.steps)
    assert averaged.operations == summed.operations
    assert averaged.plan.setup
    assert not [v for v in steps(averaged, Pointwise) if v.function == "negative"]


@pytest.mark.parametrize(("d", "n"), [(4, 60), (60, 4)])
def test_factors_are_hoisted_onto_the_smaller_array(d, n):
    """g/|v| multiplies V (m, d) when there are more samples than inputs, and V x (m, n) when there are fewer."""
    ker = velocity(wn.Network((d, 8, 1), wn.relu, normalization=wn.weight_norm), wn.logistic, n)
    (z,) = steps(ker, Dot, ("h1", "i"))
    scaled_before = any(isinstance(v, Pointwise) and v.axes == ("h1", "h0") for v in z.operands)
    assert scaled_before == (d < n)
    products = [v for v in steps(ker, Pointwise, ("h1", "i")) if v.function in ("multiply", "divide")]
    assert bool(products) == (d > n)


def test_the_gradient_of_the_outer_weight_comes_from_the_inner_ones_where_that_is_cheaper():
    """Euler's identity saves a second product of width times samples; with hardly any samples it saves nothing."""
    many = velocity(wn.Network((3, 32, 1), wn.relu), wn.square, 200)
    over_samples = [v for v in steps(many, Dot) if "i" not in v.axes and any("i" in o.axes for o in v.operands)]
    assert [v.axes for v in over_samples] == [("h1", "h0")]
    smooth = velocity(wn.Network((3, 32, 1), wn.tanh), wn.square, 200)
    over_samples = [v for v in steps(smooth, Dot) if "i" not in v.axes and any("i" in o.axes for o in v.operands)]
    assert sorted(v.axes for v in over_samples) == [("h1",), ("h1", "h0")]


def test_what_no_result_needs_is_not_there():
    """The loss itself is no step of the velocity, labels are none of the output, a fixed outer weight has no gradient."""
    net = wn.Network((2, 3, 1), wn.relu)
    assert not [v for v in velocity(net, wn.logistic, 5).plan.steps if v.axes == ()]
    assert [v.name for v in kernel(net.output, drawn(net, 5)[0]).plan.data] == ["X"]
    fixed = wn.Network((2, 3, 1), wn.relu, fixed={"W2": [[1, 1, 1]]})
    data, theta = drawn(fixed, 5)
    ker = kernel(wn.gradient_flow(fixed), data)
    assert len(steps(ker, Dot)) < len(steps(velocity(net, wn.square, 5), Dot))
    assert ker(theta) == pytest.approx(kernel(wn.gradient_flow(net), data)([*theta, 1, 1, 1])[:6], rel=1e-13)


def test_the_rewritten_program_is_the_expansion_at_small_sizes(exact_parameters, exact_data, equal):
    """The program of a wide network on many samples, with the choices made there, replayed at sizes of two and three."""
    net, wide = (wn.Network((2, m, 1), wn.relu, normalization=wn.weight_norm) for m in (2, 64))
    flow, data = wn.gradient_flow(net, wn.square.averaged), exact_data(net, n=3)
    values = {"X": data.exact_X, "Y": data.exact_y, **exact_parameters(net)}
    large = kernel(wn.gradient_flow(wide, wn.square.averaged), drawn(wide, 300)[0])
    for root, found in zip(flow.velocity.roots, large.replay(exact_parameters(net), values), strict=True):
        wanted = expand(root, {**net.sizes, "i": 3}, values)
        assert all(equal(a, b) for a, b in zip(found.ravel(), wanted.ravel(), strict=True))

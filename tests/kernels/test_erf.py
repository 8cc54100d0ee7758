"""The error function in kernels: every digit against mpmath, its slope, exact replay, data computed once."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
import sympy as sp

from wnproof.derive.flow import GradientFlow
from wnproof.graph.expand import expand
from wnproof.graph.nodes import argument, leaf, pointwise
from wnproof.graph.quantity import Quantity
from wnproof.graph.space import Block, ParameterSpace
from wnproof.kernels.kernel import kernel
from wnproof.kernels.numpy_target import NumPy
from wnproof.model.activations import erf
from wnproof.model.losses import logistic, square
from wnproof.model.network import Network

POINTS = np.array(
    [0.0, 5e-324, 1e-300, -1e-160, 1e-8, -1e-3, 0.1, -0.5, 0.84375, 1.0, -1.25, 2.0, 2.857, -3.7, 5.0, 5.9, -6.0, 30.0, 1e300]
)


def of(expr, size, **options):
    """The kernel of an expression of one vector."""
    z = Block("z", ("k",), (size,))
    return kernel(Quantity("q", (pointwise(expr, z.leaf),), ParameterSpace((z,)), {"k": size}), **options)


def test_every_digit():
    found = of(erf.expr, len(POINTS))(POINTS)
    for x, value in zip(POINTS, found, strict=True):
        wanted = mpmath.erf(mpmath.mpf(float(x)))
        assert abs(mpmath.mpf(float(value)) - wanted) <= 4e-16 * abs(wanted) + mpmath.mpf(5e-324), x
    assert np.array_equal(of(erf.expr, 3)([np.inf, -np.inf, np.nan]), [1.0, -1.0, np.nan], equal_nan=True)


def test_the_slope():
    points = POINTS[abs(POINTS) < 25]
    found = of(sp.diff(erf.expr, argument(0)), len(points))(points)
    for x, value in zip(points, found, strict=True):
        wanted = 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-(mpmath.mpf(float(x)) ** 2))
        assert value == pytest.approx(float(wanted), rel=1e-15 * (2 + x * x))
    assert of(sp.diff(erf.expr, argument(0)), 2)([1e300, -np.inf]).tolist() == [0.0, 0.0]


def test_single_precision_shapes_and_memory():
    points = np.linspace(-3, 3, 13, dtype=np.float32)
    single = of(erf.expr, 13, target=NumPy(np.float32))(points)
    assert single.dtype == np.float32
    assert single == pytest.approx([math.erf(x) for x in points.tolist()], rel=1e-7)
    number = Block("s", (), (1,))
    alone = Quantity("q", (pointwise(erf.expr, number.leaf),), ParameterSpace((number,)), {})
    assert kernel(alone)([0.5]) == math.erf(0.5)
    both = of(erf.expr + argument(0) ** 2, 3)
    assert both([0.5, -1.0, 2.0]) == pytest.approx([math.erf(t) + t * t for t in (0.5, -1.0, 2.0)], rel=1e-15)
    assert both.source.count("from math import erf") == 1
    assert "math" not in of(sp.tanh(argument(0)), 3).source


def test_a_function_of_data_is_computed_once():
    w = Block("w", ("k",), (2,))
    C = np.array([[1, -2], [3, 0], [5, 1]], dtype=object)
    node = pointwise(argument(0) * sp.erf(argument(1) / 2), w.leaf, leaf("C", ("j", "k")))
    ker = kernel(Quantity("q", (node,), ParameterSpace((w,)), {"k": 2, "j": 3}, {"C": C}))
    wanted = np.array([2.0, 3.0]) * np.vectorize(math.erf)(C.astype(float) / 2)
    assert np.max(abs(ker([2.0, 3.0]).reshape(wanted.T.shape).T - wanted)) <= 1e-15 * np.max(abs(wanted))
    assert [v.function for v in ker.plan.setup] == ["multiply", "erf"]


@pytest.mark.parametrize("loss", [square, logistic], ids=repr)
def test_the_program_is_the_expansion(loss, exact_parameters, exact_data):
    """Exactly the same numbers: erf and exp of rationals, and the square root of pi, stay symbols."""
    net = Network((2, 2, 1), erf, bias=True)
    quantity = GradientFlow(net, loss).velocity
    data, parameters = exact_data(net, seed=1, signs=True), exact_parameters(net, 1)
    values = {"X": data.exact_X, "Y": data.exact_y, **parameters}
    ker = kernel(quantity, data)
    compared = 0
    for root, seen, array in zip(quantity.roots, ker.plan.roots, ker.replay(parameters, values), strict=True):
        wanted = expand(root, {**net.sizes, "i": data.n}, values).transpose([root.axes.index(a) for a in seen.axes])
        for found, exact in zip(array.ravel(), wanted.ravel(), strict=True):
            assert abs(sp.N(found - exact, 60)) < sp.Float("1e-55", 60) * (1 + abs(sp.N(exact, 60)))
            compared += 1
    assert compared == net.size

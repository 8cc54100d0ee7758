"""The neural correlation function and homogeneous forms as problems on the sphere: values, systems, and what is refused."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
import sympy as sp

from wnproof.derive.ncf import ncf
from wnproof.derive.sphere import sphere_problem
from wnproof.errors import NotHomogeneous, WnproofError
from wnproof.graph.expand import expand
from wnproof.graph.kink import Pw, selected
from wnproof.graph.nodes import argument
from wnproof.model.activations import linear, polynomial_relu, relu, tanh
from wnproof.model.dataset import Dataset
from wnproof.model.losses import Loss, exponential, logistic, square
from wnproof.model.network import Network
from wnproof.model.normalizations import exponential_weight_norm, weight_norm

DATA = Dataset([["1/2", 2], [3, "-1/3"], [0, 1]], [1, -2, "3/4"])
NEURON = Network((2, 1, 1), relu, fixed={"W2": [[1]]})


@pytest.mark.parametrize("loss", [square, square.averaged, logistic, logistic.averaged, exponential], ids=repr)
def test_the_value_is_the_formula(loss):
    """N(u) = sum_i z_i W2 [W1 x_i]_+; square z = y, logistic z = y/2, exponential z = y; averaged: divided by n."""
    problem = ncf(Network((2, 1, 1), relu), DATA, loss)
    factor = Fraction(1, 2 if loss.name == "logistic" else 1) / (3 if loss.mean else 1)
    W, V = sp.Symbol("W1_0_0", real=True), sp.Symbol("W1_0_1", real=True)
    v = sp.Symbol("W2_0", real=True)
    total = 0
    for (a, b), y in zip(DATA.exact_X.tolist(), DATA.exact_y.tolist(), strict=True):
        z = y * factor
        preactivation = W * sp.Rational(a.numerator, a.denominator) + V * sp.Rational(b.numerator, b.denominator)
        total += sp.Rational(z.numerator, z.denominator) * v * Pw(preactivation, 1, 0, 1)
    assert sp.expand(problem.expression - total) == 0
    assert problem.degree == 2
    assert problem.size == 3
    assert [str(s) for s in problem.variables] == ["W1_0_0", "W1_0_1", "W2_0"]
    assert repr(problem).startswith("max N(u) on |u| = 1, 3 variables, degree 2 of Network 2-1-1")


@pytest.mark.parametrize("p", [1, 2, 3])
def test_euler_holds_for_the_expression(p):
    """<grad N, u> = L N at exact points, kinks included."""
    problem = ncf(Network((2, 2, 1), polynomial_relu(p, "1/10")), DATA)
    N, u = problem.expression, problem.variables
    radial = sum(x * sp.diff(N, x) for x in u)
    for point in ([1, -2, 3, 5, 1, -1], [0, 1, 1, 0, 2, 3], [0] * 6, [4, -1, -4, 1, 1, 1]):
        at = dict(zip(u, map(sp.Integer, point), strict=True))
        assert sp.expand(selected((radial - problem.degree.numerator * N).xreplace(at))) == 0


def test_the_gradient_and_hessian_are_sympys():
    problem = ncf(Network((2, 1, 1), polynomial_relu(2)), DATA)
    values = dict(problem.value.constants)
    N, u = problem.expression, problem.variables
    flat = [e for root in problem.gradient.roots for e in expand(root, problem.value.sizes, values).ravel()]
    at = dict(zip(u, map(sp.Integer, (2, 1, -3)), strict=True))
    assert [e.xreplace(at) for e in flat] == [sp.diff(N, x).xreplace(at) for x in u]
    product = [e for root in problem.hessian_product.roots for e in expand(root, problem.value.sizes, values).ravel()]
    d = [sp.Symbol(f"D{x.name}", real=True) for x in u]
    expected = [sum(sp.diff(N, x, w) * dw for w, dw in zip(u, d, strict=True)) for x in u]
    assert [sp.expand(e.xreplace(at)) for e in product] == [sp.expand(e.xreplace(at)) for e in expected]


def test_a_linear_problem_has_a_hessian_of_zeros_of_full_length():
    problem = ncf(Network((2, 3, 1), linear, fixed={"W2": [[1, 1, 1]]}), DATA)
    (root,) = problem.hessian_product.roots
    assert expand(root, problem.value.sizes, dict(problem.value.constants)).tolist() == [[0, 0]] * 3


def residuals(problem, point):
    """Left minus right of every equation of the KKT system at a point with N filled in; at a kink the left slope is taken."""
    at = dict(zip(problem.variables, map(sp.nsimplify, point), strict=True))
    at[sp.Symbol("N", real=True)] = selected(problem.expression.xreplace(at))
    return [sp.simplify(selected((e.lhs - e.rhs).xreplace(at))) for e in problem.system()]


def test_the_system_holds_at_kkt_points_and_nowhere_else():
    """Orthogonal data: the KKT points of one neuron with z > 0 are the unit data and the normalized sum."""
    problem = ncf(NEURON, Dataset([[1, 0], [0, 1]], [3, 4]))
    assert len(problem.system()) == 4
    for point in ((1, 0), (0, 1), (sp.Rational(3, 5), sp.Rational(4, 5))):
        assert set(residuals(problem, point)) == {0}
    assert set(residuals(problem, (sp.Rational(4, 5), sp.Rational(3, 5)))) != {0}
    assert set(residuals(problem, (2, 0))) != {0}


def test_directions_of_a_weight_normalized_network_have_spheres_of_their_own():
    """g1 and W2 share the sphere; |V1| = 1 and grad_V N = 0: for one sample at V = x/|x|, g = W2 = 1/sqrt 2."""
    problem = ncf(Network((2, 1, 1), relu, normalization=weight_norm), Dataset([[3, 4]], [2]))
    assert problem.unit_rows == ("V1",)
    assert problem.degree == 2
    assert len(problem.system()) == 4 + 1 + 2
    half = 1 / sp.sqrt(2)
    assert set(residuals(problem, (sp.Rational(3, 5), sp.Rational(4, 5), half, half))) == {0}
    assert set(residuals(problem, (1, 0, half, half))) != {0}
    assert set(residuals(problem, (sp.Rational(3, 5), sp.Rational(4, 5), 1, 0))) != {0}


NO_DEGREE = {
    "tanh": (Network((2, 2, 1), tanh), "homogeneous activation such as relu"),
    "EWN": (Network((2, 2, 1), relu, normalization=exponential_weight_norm), r"net.effective\(\)"),
    "SWN tanh": (Network((2, 2, 1), tanh, normalization=weight_norm), "homogeneous activation such as relu"),
    "output bias": (Network((2, 2, 1), relu, bias=(False, True)), "bias beyond the first layer"),
    "bias in layer 2": (Network((2, 2, 2, 1), relu, bias=(True, True, False)), "bias beyond the first layer"),
    "EWN with output bias": (
        Network((2, 2, 1), relu, normalization=exponential_weight_norm, bias=(False, True)),
        "bias beyond the first layer",
    ),
}


@pytest.mark.parametrize("name", NO_DEGREE)
def test_what_has_no_degree_is_refused_with_the_way_out(name):
    net, advice = NO_DEGREE[name]
    with pytest.raises(NotHomogeneous, match=advice) as caught:
        ncf(net, DATA)
    assert caught.value.code == "E-NOTHOMOGENEOUS"
    assert caught.value.exit_code == 4


def test_the_way_out_works():
    net = Network((2, 2, 1), relu, normalization=exponential_weight_norm)
    assert ncf(net.effective(), DATA).degree == 2
    assert ncf(Network((2, 2, 1), relu, bias=True), DATA).degree == 2


BAD = {
    "inputs": (lambda: ncf(Network((3, 2, 1), relu), DATA), "E-SHAPE", "X is 3x2, the network has 3 inputs"),
    "outputs": (lambda: ncf(Network((2, 2, 4), relu), DATA), "E-SHAPE", "y is 3, the network has 4 outputs"),
    "labels with an axis": (lambda: ncf(Network((2, 2, 1), relu), Dataset([[1, 2]], [[1]])), "E-SHAPE", "y is 1x1, .* 1 output$"),
    "irrational pull": (
        lambda: ncf(NEURON, DATA, Loss("odd", sp.exp(argument(0) + argument(1)))),
        "E-VALUE",
        r"z\[0\] = .* is not rational",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_data_that_do_not_fit(name):
    build, code, message = BAD[name]
    with pytest.raises(WnproofError) as caught:
        build()
    assert caught.value.code == code
    assert re.search(message, caught.value.what)


x, y = sp.symbols("x y")


def test_forms():
    problem = sphere_problem(x**3 + 3 * x * y**2, (x, y))
    u0, u1 = problem.variables
    assert problem.expression == u0**3 + 3 * u0 * u1**2
    assert u0.is_real
    assert problem.degree == 3
    swapped = sphere_problem(x**3 + 3 * x * y**2, (y, x))
    assert swapped.expression == u1**3 + 3 * u1 * u0**2
    assert set(residuals(problem, (1, 0))) == {0}
    assert set(residuals(problem, (1 / sp.sqrt(2), 1 / sp.sqrt(2)))) == {0}
    assert set(residuals(problem, (0, 1))) != {0}


BAD_FORMS = {
    "foreign symbol": (lambda: sphere_problem(x**2 * sp.Symbol("q"), (x, y)), "E-SYMBOL", "'q' is not among the variables"),
    "other assumptions": (lambda: sphere_problem(x**2, (sp.Symbol("x", real=True),)), "E-SYMBOL", "'x' is not among"),
    "variable twice": (lambda: sphere_problem(x**2, (x, x)), "E-SYMBOL", "not distinct symbols"),
    "variable is no symbol": (lambda: sphere_problem(x**2, (x**2,)), "E-SYMBOL", "not distinct symbols"),
    "float": (lambda: sphere_problem(0.5 * x**2, (x,)), "E-FLOAT", "float coefficients"),
    "root coefficient": (lambda: sphere_problem(sp.sqrt(2) * x**2, (x,)), "E-VALUE", "no polynomial"),
    "kink": (lambda: sphere_problem(sp.Abs(x), (x,)), "E-VALUE", "no polynomial"),
    "quotient": (lambda: sphere_problem(x**2 / y, (x, y)), "E-VALUE", "no polynomial"),
    "text": (lambda: sphere_problem("x**2", (x,)), "E-VALUE", "no SymPy expression"),
    "two degrees": (lambda: sphere_problem(x**2 + y**3, (x, y)), "E-NOTHOMOGENEOUS", r"degrees \[2, 3\]"),
    "zero": (lambda: sphere_problem(sp.S.Zero, (x,)), "E-NOTHOMOGENEOUS", "degrees"),
    "constant": (lambda: sphere_problem(sp.S(5), (x,)), "E-NOTHOMOGENEOUS", r"degrees \[0\]"),
    "many variables": (lambda: sphere_problem(x**2, (x, *sp.symbols("v0:64"))), "E-SIZE", "65 variables"),
}


@pytest.mark.parametrize("name", BAD_FORMS)
def test_what_is_no_form(name):
    build, code, message = BAD_FORMS[name]
    with pytest.raises(WnproofError, match=message) as caught:
        build()
    assert caught.value.code == code

"""Activations a user declares: kinks at exact places, degrees decided exactly, values and slopes on both sides, refusals."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from wnproof.derive.flow import gradient_flow
from wnproof.derive.homogeneity import homogeneity
from wnproof.errors import WnproofError
from wnproof.graph.kink import Pw, selected
from wnproof.graph.nodes import argument, pointwise
from wnproof.graph.quantity import Quantity
from wnproof.graph.space import Block, ParameterSpace
from wnproof.kernels.kernel import kernel
from wnproof.model.activations import Activation, leaky_relu, linear, polynomial_relu, relu
from wnproof.model.network import Network
from wnproof.verdict import Rigor

z = sp.Symbol("z")
Z = argument(0)
HALF = sp.Rational(1, 2)

MEMBERS = {
    "relu": (sp.Max(0, z), Pw(Z, 1, 0, 1), 1),
    "leaky": (sp.Max(z / 10, z), Pw(Z, 1, sp.Rational(1, 10), 1), 1),
    "absolute": (sp.Abs(z), Pw(Z, 1, -1, 1), 1),
    "root of a square": (sp.sqrt(z**2), Pw(Z, 1, -1, 1), 1),
    "squared": (sp.Max(0, z) ** 2, Pw(Z, 1, 0, 2), 2),
    "signed square": (z * sp.Abs(z), Pw(Z, 1, -1, 2), 2),
    "Piecewise": (sp.Piecewise((2 * z, z >= 0), (3 * z, True)), Pw(Z, 2, 3, 1), 1),
    "Pw": (Pw(z, 2, 3, 3), Pw(Z, 2, 3, 3), 3),
    "cube": (z**3, Z**3, 3),
    "irrational slope": (sp.sqrt(2) * sp.Max(0, z), Pw(Z, sp.sqrt(2), 0, 1), 1),
    "no kink after all": (sp.Max(z, -z) + sp.Min(z, -z) + z, Z, 1),
    "relu6": (sp.Min(6, sp.Max(0, z)), Pw(Z, 1, 0, 1) + Pw(Z - 6, -1, 0, 1), None),
    "hard tanh": (sp.Max(-1, sp.Min(1, z)), -1 + Pw(Z + 1, 1, 0, 1) + Pw(Z - 1, -1, 0, 1), None),
    "larger of z and z^2": (sp.Max(z, z**2), None, None),
    "relu and a square": (sp.Max(0, z) + z**2, Pw(Z, 1, 0, 1) + Z**2, None),
    "elu": (
        sp.Piecewise((z, z > 0), (sp.exp(z) - 1, True)),
        sp.exp(Z - Pw(Z, 1, 0, 1)) + Pw(Z, 1, 0, 1) - 1,
        None,
    ),
    "elu with a hidden shift": (sp.Piecewise((z, z > 1), (sp.exp(z - 1), True)), None, None),
    "softsign": (z / (1 + sp.Abs(z)), None, None),
    "three pieces": (sp.Piecewise((z + 1, z < -1), (sp.tanh(z + 1), z < 2), (sp.tanh(3) + z - 2, True)), None, None),
    "power 3/2": (sp.Abs(z) ** sp.Rational(3, 2), None, Fraction(3, 2)),
    "a fraction of degree one": ((z**3 + z) / (z**2 + 1), (Z**3 + Z) / (Z**2 + 1), 1),
    "tanh": (sp.tanh(z), sp.tanh(Z), None),
    "swish": (z / (1 + sp.exp(-z)), Z / (1 + sp.exp(-Z)), None),
    "outside the checker's language": (sp.sin(z), sp.sin(Z), None),
}


@pytest.mark.parametrize("name", MEMBERS)
def test_the_activation_is_the_expression(name):
    expr, wanted, degree = MEMBERS[name]
    activation = Activation(name, expr)
    if wanted is not None:
        assert activation.expr == wanted
    assert activation.degree == degree
    assert not activation.expr.has(sp.Max, sp.Min, sp.Abs, sp.Piecewise)
    for point in (-3, -sp.Rational(5, 4), -1, -HALF, 0, HALF, 1, sp.Rational(7, 4), 2, 5, 7):
        value = selected(activation.expr.subs(Z, point))
        assert sp.N(value, 20) == pytest.approx(complex(sp.N(expr.subs(z, point), 20)).real, rel=1e-15, abs=1e-15)


@pytest.mark.parametrize("name", [n for n in MEMBERS if n not in ("power 3/2", "outside the checker's language")])
def test_the_slope_is_the_difference_quotient_and_at_a_kink_the_left_one(name):
    expr, _, _ = MEMBERS[name]
    activation = Activation(name, expr)
    slope = sp.diff(activation.expr, Z)
    for point in (-3, -1, -HALF, 0, 1, sp.Rational(7, 4), 2, 6):
        h = sp.Rational(1, 10**8)
        left = sp.N((expr.subs(z, point) - expr.subs(z, point - h)) / h, 30)
        assert sp.N(selected(slope.subs(Z, point)), 20) == pytest.approx(float(left), abs=2e-6)


@pytest.mark.parametrize("name", ["relu6", "hard tanh", "elu", "elu with a hidden shift", "softsign", "three pieces", "swish"])
def test_a_declared_activation_has_kernels(name):
    expr, _, _ = MEMBERS[name]
    activation, points = Activation(name, expr), np.array([-30.0, -3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 4.0, 30.0])
    block = Block("z", ("k",), (10,))
    ker = kernel(Quantity("sigma", (activation(block.leaf),), ParameterSpace((block,)), {"k": 10}))
    assert ker(points) == pytest.approx([float(sp.N(expr.subs(z, sp.Rational(p)))) for p in points], rel=1e-14, abs=1e-15)
    slope = kernel(Quantity("slope", (pointwise(sp.diff(activation.expr, Z), block.leaf),), ParameterSpace((block,)), {"k": 10}))
    assert np.isfinite(slope(points)).all()
    assert np.isnan(ker(points * np.nan)).all()


def test_one_kink_has_one_slope_interval():
    """All slopes at a break lie between the one-sided ones: each break has a single step function."""
    for name in ("elu", "elu with a hidden shift", "softsign", "relu6", "larger of z and z^2"):
        slope = sp.diff(Activation(name, MEMBERS[name][0]).expr, Z)
        steps = {p for p in slope.atoms(Pw) if p.args[3] == 0}
        assert len({p.args[0] for p in steps}) == len(steps), name


SIDES = {
    "relu": (z, 0, Pw(Z, 1, 0, 1), 1, (1, 0)),
    "two slopes": (2 * z, -z / 3, Pw(Z, 2, -sp.Rational(1, 3), 1), 1, (2, Fraction(-1, 3))),
    "squares": (2 * z**2, -(z**2), Pw(Z, 2, -1, 2), 2, None),
    "a sum": (z**2 + z, z / 2, Pw(Z, 1, 0, 2) + Pw(Z, 1, HALF, 1), None, None),
    "two degrees": (z**2, z, Pw(Z, 1, 0, 2) + Pw(Z, 0, 1, 1), None, None),
    "elu": (z, sp.exp(z) - 1, sp.exp(Z - Pw(Z, 1, 0, 1)) + Pw(Z, 1, 0, 1) - 1, None, None),
    "equal sides": (z, z, Z, 1, (1, 1)),
    "a kink inside a side": (sp.Abs(z - 1) - 1, 0, Pw(Z, -1, 0, 1) + Pw(Z - 1, 2, 0, 1), None, None),
    "a side without value on the other": (sp.log(1 + z), z, sp.log(1 + Pw(Z, 1, 0, 1)) + Z - Pw(Z, 1, 0, 1), None, None),
}


@pytest.mark.parametrize("name", SIDES)
def test_two_sides(name):
    right, left, wanted, degree, slopes = SIDES[name]
    activation = Activation(name, right=right, left=left, degree=degree)
    assert activation.expr == wanted
    assert activation.degree == degree
    assert activation.slopes == slopes


def test_equality_hash_and_text():
    own = Activation("relu", sp.Max(0, sp.Symbol("anything", real=True)))
    assert own == relu
    assert hash(own) == hash(relu)
    assert repr(own) == "relu"
    assert Activation("mine", sp.Max(0, z)) != relu
    assert Activation("irrational", sp.sqrt(2) * z).slopes is None
    assert linear.slopes == (1, 1)
    assert leaky_relu("1/10").expr == Activation("leaky", sp.Max(z, z / 10)).expr


def test_a_declared_activation_is_proved_with_like_a_member():
    own = Network((2, 3, 1), Activation("own", right=3 * z**2, left=-(z**2), degree=2))
    found = homogeneity(own)
    assert found.degree == 3
    assert found.verdict.rigor is Rigor.PROVED
    assert homogeneity(Network((2, 3, 1), Activation("elu", MEMBERS["elu"][0]))).degree is None
    assert homogeneity(Network((2, 3, 1), polynomial_relu(2))).degree == 3
    assert "own" in repr(gradient_flow(own))


BAD = {
    "nothing": (lambda: Activation("a"), "E-VALUE", "not declared once"),
    "one side": (lambda: Activation("a", right=z), "E-VALUE", "both right and left"),
    "twice": (lambda: Activation("a", z, right=z, left=z), "E-VALUE", "not declared once"),
    "text": (lambda: Activation("a", "tanh(z)"), "E-VALUE", "not text"),
    "boolean": (lambda: Activation("a", True), "E-VALUE", "no expression"),
    "no name": (lambda: Activation("", z), "E-VALUE", "is called ''"),
    "name of two lines": (lambda: Activation("a\nb", z), "E-VALUE", "one line"),
    "name is no text": (lambda: Activation(z, z), "E-VALUE", "is called z"),
    "constant": (lambda: Activation("a", sp.S(3)), "E-VALUE", "is the constant 3"),
    "constant after all": (lambda: Activation("a", sp.Max(z, 0) - sp.Max(z, 0) + 2), "E-VALUE", "is the constant 2"),
    "float": (lambda: Activation("a", 0.5 * z), "E-FLOAT", r"write 1/2 as sp.Rational\(1, 2\)"),
    "float degree": (lambda: Activation("a", z, degree=1.0), "E-FLOAT", "1.0 is a float"),
    "two symbols": (lambda: Activation("a", z * sp.Symbol("w")), "E-SYMBOL", r"written in \[w, z\]"),
    "other symbol on the left": (lambda: Activation("a", right=z, left=sp.Symbol("w")), "E-SYMBOL", "use one symbol"),
    "positive symbol": (lambda: Activation("a", sp.Abs(sp.Symbol("p", positive=True))), "E-SYMBOL", "not every real number"),
    "integer symbol": (lambda: Activation("a", sp.Symbol("n", integer=True)), "E-SYMBOL", "not every real number"),
    "infinity": (lambda: Activation("a", sp.oo * z), "E-VALUE", "no finite real expression"),
    "imaginary": (lambda: Activation("a", sp.I * z), "E-VALUE", "no finite real expression"),
    "undefined function": (lambda: Activation("a", sp.Function("h")(z)), "E-VALUE", "undefined function h"),
    "wrong degree": (lambda: Activation("a", sp.Max(0, z), 2), "E-VALUE", "degree 2, found 1"),
    "degree of none": (lambda: Activation("a", sp.tanh(z), degree=1), "E-VALUE", "degree 1, found none"),
    "degree of another homogeneous function": (lambda: Activation("a", sp.Max(-1, z), degree=1), "E-VALUE", "found none"),
    "power": (lambda: Activation("a", z**100), "E-SIZE", "power beyond 64"),
    "long": (lambda: Activation("a", sp.Add(*(sp.tanh(k * z) for k in range(1, 4000)))), "E-SIZE", "more than 10000"),
    "step": (lambda: Activation("a", sp.Heaviside(z)), "E-KINK", "jump or a hidden kink"),
    "sign": (lambda: Activation("a", z + sp.sign(z)), "E-KINK", "right= and left="),
    "jump": (lambda: Activation("a", right=z + 1, left=z), "E-KINK", "jumps at 0: 0, 0, 1"),
    "Pw of order 0": (lambda: Activation("a", Pw(z, 1, 0, 0)), "E-KINK", "jumps at 0"),
    "one point moved": (lambda: Activation("a", sp.Piecewise((5, sp.Eq(z, 0)), (z, True))), "E-KINK", "jumps at 0: 0, 5, 0"),
    "irrational kink": (lambda: Activation("a", sp.Max(0, z**2 - 2)), "E-KINK", "irrational place"),
    "implicit kink": (lambda: Activation("a", sp.Max(0, sp.exp(z) - 1)), "E-KINK", "declare the function on the two sides"),
    "infinite slope": (lambda: Activation("a", sp.sqrt(sp.Abs(z))), "E-KINK", "no slope where"),
    "pole": (lambda: Activation("a", 1 / (z - 3)), "E-KINK", "no slope where"),
    "hidden kink": (lambda: Activation("a", sp.sqrt(z**2 - 2 * z + 1)), "E-KINK", "no slope where"),
    "logarithm": (lambda: Activation("a", sp.log(z)), "E-VALUE", "no real value at -?[01]"),
    "no value everywhere": (lambda: Activation("a", sp.Piecewise((z, z > 1))), "E-VALUE", "no value at 0"),
}


@pytest.mark.parametrize("name", BAD)
def test_mistakes_are_named(name):
    build, code, message = BAD[name]
    with pytest.raises(WnproofError, match=message) as caught:
        build()
    assert caught.value.code == code

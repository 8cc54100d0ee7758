"""The kink family is closed under differentiation, exact at zero, and never turns into Max, Abs, Heaviside or Piecewise."""

from __future__ import annotations

import pytest
import sympy as sp
from sympy.core.function import ArgumentIndexError

from wnproof.graph.kink import Pw, selected

z, x = sp.symbols("z x", real=True)
TENTH = sp.Rational(1, 10)
MEMBERS = [(c_plus, c_minus, p) for c_plus, c_minus in ((1, 0), (1, -1), (1, TENTH), (3, -2)) for p in (0, 1, 2, 3)]
FORBIDDEN = (sp.Max, sp.Min, sp.Abs, sp.Heaviside, sp.Piecewise, sp.DiracDelta, sp.sign, sp.Derivative, sp.Subs)


def value(c_plus, c_minus, p, at):
    """By the definition: c+ z^p, c- z^p; at 0 the left value of a step, 0 otherwise."""
    if at == 0:
        return c_minus if p == 0 else 0
    return (c_plus if at > 0 else c_minus) * at**p


@pytest.mark.parametrize("member", MEMBERS)
def test_values(member):
    for at in (-3, sp.Rational(-1, 2), 0, sp.Rational(2, 3), sp.sqrt(2), -sp.pi):
        assert selected(Pw(z, *member).subs(z, at)) == value(*member, at)


@pytest.mark.parametrize("member", MEMBERS)
def test_derivatives_of_every_order(member):
    c_plus, c_minus, p = member
    expr = Pw(z, *member)
    for order in range(1, p + 2):
        expr = sp.diff(expr, z)
        assert not expr.has(*FORBIDDEN)
        falling = sp.ff(p, order)
        for at in (-2, 0, 2):
            expected = value(falling * c_plus, falling * c_minus, p - order, at) if order <= p else 0
            assert selected(expr.subs(z, at)) == expected


def test_chain_rule_goes_through():
    expr = sp.diff(Pw(x**2 - 1, 1, 0, 2) * x, x)
    assert not expr.has(*FORBIDDEN)
    assert [expr.subs(x, at) for at in (0, 1, 2)] == [0, 0, 9 + 2 * 2 * 2 * 2 * 3]


def test_a_member_without_a_kink_is_a_power():
    assert Pw(z, 2, 2, 3) == 2 * z**3
    assert Pw(z, 5, 5, 0) == 5


def test_step_and_square_of_the_step_agree():
    """H^2 = H holds for the value that kernels take at the kink (SymPy's 1/2 breaks it)."""
    step = Pw(z, 1, 0, 0)
    for at in (-1, 0, 1):
        assert selected((step**2 - step).subs(z, at)) == 0


def test_no_sign_is_guessed():
    """A step at 0 has no value, and the sign of an irrational number is not SymPy's to say: 1e-300 was taken for 0."""
    assert Pw(0, 1, 0, 0).args == (0, 1, 0, 0)
    for at in (sp.sqrt(2), sp.sqrt(1 + sp.Rational(1, 10**300)) - 1, sp.exp(sp.Rational(1, 10**300)) - 1):
        assert isinstance(Pw(at, 1, 0, 1), Pw)
    assert float(Pw(sp.sqrt(2) - 2, 1, TENTH, 1)) == pytest.approx((2**0.5 - 2) / 10)


def test_second_derivative_of_the_squared_relu_is_no_distribution():
    second = sp.diff(Pw(z, 1, 0, 2), z, 2)
    assert second == Pw(z, 2, 0, 0)
    assert not second.has(sp.DiracDelta)


def test_coefficients_are_no_arguments_to_differentiate_in():
    with pytest.raises(ArgumentIndexError):
        Pw(z, 1, 0, 1).fdiff(2)


def test_it_is_real_and_prints():
    assert Pw(z, 1, 0, 1).is_extended_real
    assert str(Pw(z, 1, TENTH, 1)) == "Pw(z, 1, 1/10, 1)"
    assert sp.latex(Pw(z, 1, 0, 1)) == r"\left[z\right]_{+}"
    assert sp.latex(Pw(z, 1, 0, 2) ** 2) == r"\left(\left[z\right]_{+}^{2}\right)^{2}"
    assert sp.latex(Pw(z, 1, 0, 0)) == r"\mathbb{1}[z>0]"
    assert sp.latex(Pw(z, 1, TENTH, 1)) == r"\left[z\right]^{1}_{1,1/10}"

"""Exact numbers, parameter space, and the arithmetic of Quantities."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from wnproof.errors import WnproofError
from wnproof.graph.expand import expand
from wnproof.graph.quantity import exact, parse_rational
from wnproof.graph.space import Block, ParameterSpace
from wnproof.model.activations import relu
from wnproof.model.network import Network

NET = Network((2, 3, 1), relu)
W1, W2 = NET["W1"], NET["W2"]
WEIGHTS = {"W1": [[1, 2], [0, -3], [Fraction(1, 2), 1]], "W2": [2, -1, 4]}


def at(q):
    return expand(q.node, NET.sizes, WEIGHTS).tolist()


def test_norms_of_rows_columns_and_entries():
    assert at(W1.row_squares()) == [5, 9, sp.Rational(5, 4)]
    assert at(W1.column_squares()) == [sp.Rational(5, 4), 14]
    assert at(W1.squares()) == [[1, 4], [0, 9], [sp.Rational(1, 4), 1]]
    assert at(W2.column_squares()) == [4, 1, 16]
    assert at(W2.sum()) == 5
    assert at(W2.dot(W2)) == 21


def test_arithmetic():
    assert at(W1.row_squares() - 2 * W2.column_squares()) == [-3, 7, sp.Rational(5, 4) - 32]
    assert at(-(W2 * "1/2") + 1) == [0, sp.Rational(3, 2), -1]
    assert at(W2 * W2 - W2.squares()) == [0, 0, 0]
    assert at(W2 - W2) == [0, 0, 0]


def test_quantities_of_different_networks_do_not_mix():
    other = Network((2, 4, 1), relu)["W2"]
    for combine in (lambda: W2 + other, lambda: W2 - other, lambda: W2 * other, lambda: W2.dot(other)):
        with pytest.raises(WnproofError, match="different networks"):
            combine()
    with pytest.raises(WnproofError, match="has axes"):
        W1.dot(W2)


EXACT = {"int": (3, 3), "fraction": (Fraction(-2, 4), sp.Rational(-1, 2)), "text": (" 0.1 ", sp.Rational(1, 10))}
EXACT |= {"ratio": ("-3/9", sp.Rational(-1, 3)), "root": (1 / sp.sqrt(2), 1 / sp.sqrt(2)), "exponent": ("1.5E2", 150)}


@pytest.mark.parametrize("name", EXACT)
def test_exact_numbers(name):
    given, wanted = EXACT[name]
    assert exact(given) == wanted


BAD = {
    "float": (0.1, "E-FLOAT", 'write 1/10 as "1/10"'),
    "float nan": (float("nan"), "E-FLOAT", "nan is a float"),
    "sympy float": (sp.Float("0.5"), "E-FLOAT", "holds a float"),
    "bool": (True, "E-VALUE", "no number"),
    "symbol": (sp.Symbol("m"), "E-VALUE", "no exact number"),
    "infinity": (sp.oo, "E-VALUE", "no exact number"),
    "nan": (sp.nan, "E-VALUE", "no exact number"),
    "imaginary": (1 + sp.I, "E-VALUE", "no exact number"),
    "None": (None, "E-VALUE", "no exact number"),
    "words": ("one", "E-VALUE", "is no number"),
    "empty": ("", "E-VALUE", "is no number"),
    "code": ("__import__('os').getpid()", "E-VALUE", "is no number"),
    "zero denominator": ("1/0", "E-VALUE", "denominator is zero"),
    "unicode minus": ("\u22121", "E-VALUE", "is no number"),
    "full-width digits": ("\uff11", "E-VALUE", "is no number"),
    "superscript exponent": ("1e\u00b2", "E-VALUE", "is no number"),
    "underscores": ("1_000", "E-VALUE", "is no number"),
    "decimal bomb": ("1e999999999", "E-SIZE", "too many digits"),
    "decimal bomb with underscores": ("1e999_999_999", "E-VALUE", "is no number"),
    "negative bomb": ("1e-999999999", "E-SIZE", "too many digits"),
    "long exponent": ("1e" + "9" * 900, "E-SIZE", "too many digits"),
    "too long": ("1" * 5000, "E-SIZE", "too many digits"),
    "power": ("9**9**9", "E-VALUE", "is no number"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_exact_number(name):
    value, code, message = BAD[name]
    with pytest.raises(WnproofError, match=message.replace('"', ".").replace("(", ".")) as caught:
        exact(value)
    assert caught.value.code == code


def test_exponents_at_the_limit():
    assert parse_rational("1e400") == Fraction(10) ** 400
    assert parse_rational("-.5e-1") == Fraction(-1, 20)


SPACE = ParameterSpace((Block("W", ("h", "k"), (2, 3)), Block("b", ("h",), (2,)), Block("c", (), (1,))))


def test_layout_covers_theta_once():
    assert SPACE.size == 9
    covered = [k for _, _, part in SPACE.layout for k in range(part.start, part.stop)]
    assert covered == list(range(9))


@pytest.mark.parametrize("shape", [(9,), (9, 4)])
def test_flatten_inverts_unflatten(shape):
    theta = np.arange(np.prod(shape), dtype=float).reshape(shape)
    blocks = SPACE.unflatten(theta)
    assert blocks["W"].shape == (2, 3, *shape[1:])
    assert (SPACE.flatten(blocks) == theta).all()
    assert (blocks["W"][1, 0] == theta[3]).all()


BAD_BLOCKS = {
    "missing": ({"W": np.zeros((2, 3)), "b": np.zeros(2)}, "are missing"),
    "unknown": ({"W": np.zeros((2, 3)), "b": np.zeros(2), "c": np.zeros(1), "d": 0}, "'d'. are unknown"),
    "transposed": ({"W": np.zeros((3, 2)), "b": np.zeros(2), "c": np.zeros(1)}, r"W is \(3, 2\), theta wants \(2, 3\)"),
    "mixed ensembles": ({"W": np.zeros((2, 3, 4)), "b": np.zeros(2), "c": np.zeros(1)}, "b is"),
}


@pytest.mark.parametrize("name", BAD_BLOCKS)
def test_wrong_blocks_are_named(name):
    blocks, message = BAD_BLOCKS[name]
    with pytest.raises(WnproofError, match=message):
        SPACE.flatten(blocks)


@pytest.mark.parametrize("shape", [(8,), (10,), (), (9, 2, 2)])
def test_wrong_theta_is_refused(shape):
    with pytest.raises(WnproofError, match="theta is"):
        SPACE.unflatten(np.zeros(shape))


def test_expansion_wants_sizes_and_shapes():
    with pytest.raises(WnproofError, match="no size given for axis 'i'"):
        expand(NET.output.node, NET.sizes)
    with pytest.raises(WnproofError, match="W2 is"):
        expand(NET.output.node, {**NET.sizes, "i": 1}, {"W2": [1, 2]})
    with pytest.raises(WnproofError, match="E-SIZE"):
        expand(W1.node, {"h0": 1000, "h1": 1000})

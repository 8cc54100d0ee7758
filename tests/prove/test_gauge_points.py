"""A law comes with a point at which its function is defined; what is defined nowhere stays undecided."""

import json
from fractions import Fraction

import sympy as sp

from wnproof.graph.kink import Pw
from wnproof.graph.nodes import argument, contract, leaf, pointwise
from wnproof.graph.statement import Homogeneous, Shares
from wnproof.prove.decide import decide
from wnproof.verdict import Rigor

X = leaf("x")


def test_the_point_is_in_the_certificate():
    verdict = decide(Homogeneous(pointwise(sp.sqrt(argument(0)), X), {"x": Fraction(1)}, Fraction(1, 2)))
    assert verdict.rigor is Rigor.PROVED
    evidence = json.loads(verdict.certificate.data)["evidence"]
    assert evidence["sizes"] == {}
    assert Fraction(evidence["values"]["x"]) > 0


def test_a_point_is_found_at_sizes_where_there_is_one():
    """x / |x - mean x|, as in layer normalization, is defined from two entries on."""
    row = leaf("x", ("i",))
    n = contract((leaf("1", ("i",)),), ())
    mean = pointwise(argument(0) / argument(1), contract((row,), ()), n)
    square = contract((pointwise((argument(0) - argument(1)) ** 2, row, mean),), ())
    verdict = decide(Homogeneous(pointwise(argument(0) / sp.sqrt(argument(1)), row, square), {"x": Fraction(1)}, Fraction(0)))
    assert verdict.rigor is Rigor.PROVED
    assert json.loads(verdict.certificate.data)["evidence"]["sizes"]["i"] > 1


def test_a_function_that_is_defined_nowhere_has_no_degree():
    y = leaf("y")
    below_zero = pointwise(-(argument(0) ** 2) - argument(1) ** 2, X, y)
    root = pointwise(sp.sqrt(argument(0)), contract((below_zero, leaf("1", ("i",))), ()))
    verdict = decide(Homogeneous(root, {"x": Fraction(1), "y": Fraction(1)}, Fraction(1)))
    assert verdict.rigor is Rigor.UNDECIDED
    assert "point" in verdict.reason


def test_a_function_that_is_zero_everywhere_has_no_shares():
    halves = {"a": Fraction(1, 2), "b": Fraction(1, 2)}
    a, b = leaf("a"), leaf("b")
    assert decide(Shares(pointwise(argument(0) * argument(1), a, b), halves)).rigor is Rigor.PROVED
    dead = pointwise(argument(0) * argument(1) * Pw(-(argument(2) ** 2), 1, 0, 1), a, b, leaf("y"))
    verdict = decide(Shares(dead, halves))
    assert verdict.rigor is Rigor.UNDECIDED
    assert "the point is not in the domain" in verdict.reason
    assert "!= 0;" in verdict.reason

"""Derivatives that SymPy's matrix calculus gets wrong: of x/|x| (sympy#23931) and of Tr(A'A) + Tr(B'B) (sympy#27406)."""

import sympy as sp

from wnproof.graph.expand import expand, symbols
from wnproof.graph.gradient import gradient
from wnproof.graph.nodes import add, argument, contract, leaf, pointwise


def test_the_gradient_of_a_normalized_vector_keeps_its_normalizer():
    """d <c, x/|x|> / dx = c/|x| - <c, x> x/|x|^3: the term that weight normalization is about."""
    x, c = leaf("x", ("k",)), leaf("c", ("k",))
    unit = pointwise(argument(0) / sp.sqrt(argument(1)), x, contract((x, x), ()))
    (slope,) = gradient(contract((c, unit), ()), [x])
    found = expand(slope, {"k": 3})
    xs, cs = symbols("x", (3,)), symbols("c", (3,))
    length = sp.sqrt(sum(v**2 for v in xs))
    for k in range(3):
        wanted = cs[k] / length - sum(cs * xs) * xs[k] / length**3
        assert sp.simplify(found[k] - wanted) == 0
        assert sp.simplify(sp.diff(sum(cs * xs) / length, xs[k]) - found[k]) == 0


def test_the_gradient_of_two_traces_is_that_of_its_own():
    """d (Tr A'A + Tr B'B) / dA = 2 A, and nothing of B."""
    A, B = leaf("A", ("j", "k")), leaf("B", ("j", "k"))
    slopes = gradient(add([contract((A, A), ()), contract((B, B), ())]), [A, B])
    for name, slope in zip("AB", slopes, strict=True):
        assert (expand(slope, {"j": 2, "k": 3}) == 2 * symbols(name, (2, 3))).all()

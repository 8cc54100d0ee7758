"""What is stated of networks of every depth at once."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from wnproof.claims.laws import rational
from wnproof.graph.nodes import contract, leaf
from wnproof.graph.statement import HomogeneousAnyDepth
from wnproof.model.activations import Activation


def homogeneous_any_depth(
    activation: Activation, *, power: Any = 0, ratio: Any = 1, slope: Any = 0, constant: Any = 0
) -> HomogeneousAnyDepth:
    """f(c theta) = c^d f(theta), c > 0, for the plain bias-free network of every depth D >= 1 and all widths, with

        d = power ratio^D + slope D + constant.

    The network is W_D h_(D-1) with h_l = activation(W_l h_(l-1)); D = 1 is one matrix.

    Raises: WnproofError E-FLOAT, E-VALUE for a coefficient that is not rational.

    >>> from wnproof.model.activations import polynomial_relu
    >>> from wnproof.prove.decide import decide
    >>> decide(homogeneous_any_depth(polynomial_relu(2), power=1, ratio=2, constant=-1)).rigor
    Rigor.PROVED
    >>> decide(homogeneous_any_depth(polynomial_relu(2), slope=2)).witness["depth"]
    1
    """
    below = leaf("h", ("i", "k"))
    layer = activation(contract((leaf("W", ("j", "k")), below), ("i", "j")))
    output = contract((leaf("V", ("k",)), below), ("i",))
    scaled = dict.fromkeys(("W", "V"), Fraction(1))
    return HomogeneousAnyDepth(output, layer, below, scaled, *map(rational, (power, ratio, slope, constant)))

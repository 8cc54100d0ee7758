"""Degrees of homogeneity of a network, joint and by block, proved for all widths."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from wnproof.graph.statement import Every, Homogeneous
from wnproof.graph.weights import GLOBAL, weight_of
from wnproof.model.network import Network
from wnproof.prove.decide import decide
from wnproof.verdict import Verdict, undecided


def degrees(net: Network) -> tuple[Fraction | None, dict[str, Fraction | None]]:
    """(joint degree in all trained blocks, degree in each block alone); None where there is none. Proposed, not proved."""
    names = [block.name for block in net.parameters.blocks]
    return _degree(net, names), {name: _degree(net, [name]) for name in names}


def _degree(net: Network, names: list[str]) -> Fraction | None:
    weight = weight_of(net.output.node, {name: {GLOBAL: Fraction(1)} for name in names})
    return None if weight is None else weight.get(GLOBAL, Fraction(0))


@dataclass(frozen=True, eq=False)
class Homogeneity:
    """f(c theta) = c^degree f(theta) for c > 0.

    Attributes:
        degree: joint degree in all trained blocks, or None.
        by_block: degree in each block alone (the others fixed), or None.
    """

    net: Network
    degree: Fraction | None
    by_block: dict[str, Fraction | None]

    @cached_property
    def statement(self) -> Every:
        """Every degree that was found, as one statement."""
        names = [b.name for b in self.net.parameters.blocks]
        found = [(names, self.degree), *(([name], degree) for name, degree in self.by_block.items())]
        node = self.net.output.node
        return Every(
            tuple(Homogeneous(node, dict.fromkeys(block, Fraction(1)), degree) for block, degree in found if degree is not None)
        )

    @cached_property
    def verdict(self) -> Verdict:
        """Proved for all widths, sample counts and data where degrees exist; undecided when there is none."""
        if not self.statement.parts:
            return undecided(f"{self.net} has degrees of homogeneity", "no block has a degree")
        return decide(self.statement)

    def __repr__(self) -> str:
        blocks = ", ".join(f"{name}: {'none' if degree is None else degree}" for name, degree in self.by_block.items())
        return f"Homogeneity: joint degree {'none' if self.degree is None else self.degree}; by block {blocks}"


def homogeneity(net: Network) -> Homogeneity:
    """The degrees of the network's output in its trained parameters.

    >>> from wnproof.model.activations import polynomial_relu
    >>> homogeneity(Network((2, 3, 3, 1), polynomial_relu(2)))
    Homogeneity: joint degree 7; by block W1: 4, W2: 2, W3: 1
    """
    joint, by_block = degrees(net)
    return Homogeneity(net, joint, by_block)

"""What every derivation offers: its steps and equations as LaTeX and as plain text, in index notation."""

from __future__ import annotations

from abc import ABC, abstractmethod

from wnproof.graph.nodes import Node
from wnproof.graph.quantity import Quantity, Step
from wnproof.graph.render import align, page

Lines = list[tuple[str, Node]]


class Derivation(ABC):
    """Named steps, and the equations they lead to as (name, node)."""

    @abstractmethod
    def _derivation(self) -> tuple[tuple[Step, ...], Lines]:
        """The steps, and the lines below them."""

    def latex(self) -> str:
        """The derivation and its equations as LaTeX in index notation, for every width and sample count."""
        steps, lines = self._derivation()
        return align(steps, lines=lines)

    def text(self) -> str:
        """The same as plain text, one line a step."""
        steps, lines = self._derivation()
        return page(steps, lines=lines)


def rates(velocity: Quantity) -> Lines:
    """A flat velocity, block by block, each under the name of the block's time derivative."""
    return [(f"d{w.name}", root) for w, root in zip(velocity.parameters.leaves, velocity.roots, strict=True)]

"""The neural tangent kernel of a network at finite width, its parts by length and direction, and the way to its limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from wnproof.derive.derivation import Derivation, Lines
from wnproof.errors import WnproofError
from wnproof.graph.gradient import gradient
from wnproof.graph.nodes import add, contract
from wnproof.graph.quantity import Quantity, Step
from wnproof.graph.relabel import relabel
from wnproof.model.network import SAMPLES, Network
from wnproof.model.normalizations import matrix, plain

if TYPE_CHECKING:
    from wnproof.derive.wide import WideLimit
    from wnproof.model.dataset import Dataset

SECOND = "i2"
"""The axis of a Gram kernel's second sample."""


@dataclass(frozen=True, eq=False)
class NTK(Derivation):
    """Theta = J J^T over the trained blocks, J the Jacobian of the outputs on all samples: f' = -Theta dL/df along gradient flow.

    Axes (i, i2), two indices of samples. A kernel of each part runs as any other.
    """

    net: Network

    def part(self, names: Sequence[str], name: str) -> Quantity:
        """J_b J_b^T summed over the named trained blocks b.

        Raises: WnproofError E-NAME for a block that is not trained, E-EMPTY for none.
        """
        trained = {block.name: block.leaf for block in self.net.parameters.blocks}
        if unknown := [b for b in names if b not in trained]:
            raise WnproofError("E-NAME", f"no trained block {unknown[0]!r}; known: {', '.join(trained)}")
        if not names:
            raise WnproofError("E-EMPTY", f"{self.net} has no trained block for the {name}", help="normalize a layer")
        output = self.net.output.node
        slopes = gradient(output, [trained[b] for b in names], keep=(SAMPLES,))
        grams = [contract((slope, relabel(slope, {SAMPLES: SECOND})), (SAMPLES, SECOND)) for slope in slopes]
        return self.net.quantity(add(grams), name)

    @cached_property
    def gram(self) -> Quantity:
        """Theta itself, over every trained block."""
        return self.part([block.name for block in self.net.parameters.blocks], "Theta")

    @cached_property
    def length_part(self) -> Quantity:
        """Over the length parameters of normalized layers (g or a); G of Dukler, Gu and Montufar."""
        return self.part(self._raw(lengths=True), "length part")

    @cached_property
    def direction_part(self) -> Quantity:
        """Over the direction parameters of normalized layers (V); V / alpha^2 of Dukler, Gu and Montufar."""
        return self.part(self._raw(lengths=False), "direction part")

    def _raw(self, lengths: bool) -> list[str]:
        trained = {block.name for block in self.net.parameters.blocks}
        return [
            tensor.name
            for layer in self.net.layers
            if layer.normalization is not plain
            for (letter, kind), tensor in zip(layer.normalization.raw, layer.raw.values(), strict=True)
            if (kind is not matrix) == lengths and tensor.name in trained
        ]

    def limit(self, data: Dataset, *, normalized: bool = False) -> WideLimit:
        """The infinite-width matrices H = V + G of this data and certified bounds of their smallest eigenvalues.

        For two layers, f(x) = m^(-1/2) sum_k c_k sigma(g_k v_k^T x / |v_k|), c_k = +-1 fixed, at v_k ~ N(0, alpha^2 I) and
        g_k = |v_k| / alpha; sigma two-sided of integer degree. See ``wnproof.derive.wide``.

        Args:
            data: the samples; their labels are not used.
            normalized: divide every sample by its norm first, as the paper does.

        Raises: WnproofError E-VALUE for another network, E-SHAPE for data of another dimension.
        """
        from wnproof.derive.wide import wide_limit

        return wide_limit(self.net, data, normalized)

    def _derivation(self) -> tuple[tuple[Step, ...], Lines]:
        blocks = [block.name for block in self.net.parameters.blocks]
        return self.net.forward, [(f"Theta_{b}", self.part([b], b).node) for b in blocks]

    def __repr__(self) -> str:
        return f"NTK of {self.net}; Theta = J J^T, axes ({', '.join(self.gram.axes)})"


def ntk(net: Network) -> NTK:
    """The neural tangent kernel of a network in its raw, trained parameters, for all widths and sample counts.

    Raises: WnproofError E-EMPTY when nothing is trained, E-SHAPE for several outputs.

    >>> from wnproof.model.activations import relu
    >>> from wnproof.model.normalizations import weight_norm
    >>> net = Network((2, 3, 1), relu, normalization=weight_norm, fixed={"W2": None})
    >>> ntk(net).gram.axes, ntk(net).length_part.name
    (('i', 'i2'), 'length part')
    """
    if net.outputs:
        raise WnproofError("E-SHAPE", f"{net} has {net.widths[-1]} outputs", help="take the kernel of a network with one output")
    if not net.parameters.blocks:
        raise WnproofError("E-EMPTY", f"{net} has no trained block, its tangent kernel is 0", help="leave a block out of fixed")
    return NTK(net)

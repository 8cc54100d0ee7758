"""Parameter space: named blocks laid out in one flat vector theta."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wnproof.errors import WnproofError
from wnproof.graph.nodes import Axes, Leaf, leaf


@dataclass(frozen=True)
class Block:
    """One trained tensor: its name, its axes in the graph, and its shape as the user sees it (matrices are (out, in))."""

    name: str
    axes: Axes
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """Number of entries."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def leaf(self) -> Leaf:
        """The block as a leaf of the graph."""
        return leaf(self.name, self.axes)


@dataclass(frozen=True)
class ParameterSpace:
    """The trained blocks in theta's order; matrices are flattened row by row.

    >>> space = ParameterSpace((Block("W1", ("h1", "h0"), (2, 3)), Block("W2", ("h1",), (1, 2))))
    >>> space.size, space.layout
    (8, (('W1', (2, 3), slice(0, 6, None)), ('W2', (1, 2), slice(6, 8, None))))
    >>> space.unflatten(np.arange(8.0))["W2"]
    array([[6., 7.]])
    """

    blocks: tuple[Block, ...]

    @cached_property
    def size(self) -> int:
        """P = len(theta)."""
        return sum(block.size for block in self.blocks)

    @cached_property
    def layout(self) -> tuple[tuple[str, tuple[int, ...], slice], ...]:
        """(name, shape, slice of theta) for every block."""
        rows, start = [], 0
        for block in self.blocks:
            rows.append((block.name, block.shape, slice(start, start + block.size)))
            start += block.size
        return tuple(rows)

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """The blocks as graph leaves, in theta's order."""
        return tuple(block.leaf for block in self.blocks)

    def flatten(self, blocks: Mapping[str, Any]) -> NDArray[Any]:
        """The flat vector (P,) of the named blocks, or (P, E) when every block carries a trailing ensemble axis.

        Raises: WnproofError E-SHAPE for a missing, unknown or wrongly shaped block.
        """
        unknown = set(blocks) - {b.name for b in self.blocks}
        missing = [b.name for b in self.blocks if b.name not in blocks]
        if unknown or missing:
            raise WnproofError(
                "E-SHAPE",
                f"blocks {sorted(unknown) or missing} {'are unknown' if unknown else 'are missing'}",
                help=f"theta holds {[b.name for b in self.blocks]}",
            )
        parts, ensemble = [], None
        for block in self.blocks:
            array = np.asarray(blocks[block.name])
            extra = array.shape[len(block.shape) :]
            if array.shape[: len(block.shape)] != block.shape or len(extra) > 1 or (ensemble is not None and extra != ensemble):
                raise WnproofError(
                    "E-SHAPE",
                    f"{block.name} is {array.shape}, theta wants {block.shape}" + (f" + {ensemble}" if ensemble else ""),
                )
            ensemble = extra
            parts.append(array.reshape((block.size, *extra)))
        return np.concatenate(parts) if parts else np.zeros(0)

    def unflatten(self, theta: Any) -> dict[str, NDArray[Any]]:
        """The blocks of a flat vector (P,) or (P, E), each with its own shape (an ensemble axis stays last).

        Raises: WnproofError E-SHAPE when theta has another length.
        """
        array = np.asarray(theta)
        if array.ndim not in (1, 2) or array.shape[0] != self.size:
            raise WnproofError("E-SHAPE", f"theta is {array.shape}, wanted ({self.size},) or ({self.size}, E)")
        return {name: array[part].reshape(shape + array.shape[1:]) for name, shape, part in self.layout}

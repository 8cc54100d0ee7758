"""How well a run keeps the quantities that gradient flow conserves."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from wnproof.derive.conservation import conservation_laws
from wnproof.graph.nodes import Axes
from wnproof.graph.statement import Conserved, ConservedMatrix
from wnproof.model.network import Network

FloatArray = NDArray[np.float64]


def balance_drift(net: Network, theta: FloatArray) -> float | None:
    """max |Q(theta_t) - Q(theta_0)| over the rows of theta (T, P) and the known laws Q, relative to the largest sum of |terms|.

    The largest over the members of an ensemble (T, P, E). None when no law is known.

    >>> from wnproof.model.activations import linear, relu
    >>> balance_drift(Network((1, 1, 1), relu), np.array([[3.0, 5.0], [0.0, 4.0]]))
    0.0
    >>> turned = np.array([[1.0, 1.0, 0.0, 0.0], [1.0, -1.0, 0.0, 0.0]])
    >>> balance_drift(Network((1, 2, 1), relu), turned), balance_drift(Network((1, 2, 1), linear), turned)
    (0.0, 2.0)
    """
    laws = conservation_laws(net).laws
    if not laws:
        return None
    blocks = {b.name: b for b in net.parameters.blocks}
    slices = {name: part for name, _, part in net.blocks}
    states = theta[:, None] if theta.ndim == 2 else np.moveaxis(theta, 2, 1)
    worst = 0.0
    for law in laws:
        axes = {name: blocks[name].axes for name in (*law.squares, *law.linear)}
        tensors = {
            name: states[..., slices[name]].reshape(*states.shape[:2], *(net.sizes[a] for a in own)) for name, own in axes.items()
        }
        terms = list(_products(law, tensors, axes) if isinstance(law, ConservedMatrix) else _sums(law, tensors, axes))
        total, size = (np.asarray(sum(parts)) for parts in zip(*terms, strict=True))
        apart, sizes = (np.moveaxis(a, 1, 0).reshape(states.shape[1], -1).max(axis=1) for a in (np.abs(total - total[0]), size))
        worst = max(worst, float((apart / np.maximum(sizes, 1e-300)).max()))
    return worst


def _sums(law: Conserved, tensors: dict[str, FloatArray], axes: dict[str, Axes]) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Each term of a law and its absolute value, over time, members and the law's axis."""
    for table, power in ((law.squares, 2), (law.linear, 1)):
        for name, q in table.items():
            summed = tuple(k for k, axis in enumerate(axes[name], start=2) if axis != law.axis)
            term = tensors[name] ** power
            yield float(q) * term.sum(axis=summed), abs(float(q)) * np.abs(term).sum(axis=summed)


def _products(
    law: ConservedMatrix, tensors: dict[str, FloatArray], axes: dict[str, Axes]
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """The same for a matrix, over time, members and pairs of indices."""
    for name, q in law.squares.items():
        front = np.moveaxis(tensors[name], 2 + axes[name].index(law.axis), 2)
        rows = front.reshape(*front.shape[:3], -1)
        yield float(q) * rows @ rows.swapaxes(2, 3), abs(float(q)) * np.abs(rows) @ np.abs(rows).swapaxes(2, 3)

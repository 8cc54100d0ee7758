"""How well a run keeps the quantities that gradient flow conserves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wnproof.derive.conservation import conservation_laws
from wnproof.model.network import Network

FloatArray = NDArray[np.float64]


def balance_drift(net: Network, theta: FloatArray) -> float | None:
    """max |Q(theta_t) - Q(theta_0)| over the rows of theta (T, P) and the known laws Q, relative to the largest sum of |terms|.

    None when no law is known.

    >>> from wnproof.model.activations import relu
    >>> balance_drift(Network((1, 1, 1), relu), np.array([[3.0, 5.0], [0.0, 4.0]]))
    0.0
    """
    laws = conservation_laws(net).laws
    if not laws:
        return None
    blocks = {b.name: b for b in net.parameters.blocks}
    slices = {name: part for name, _, part in net.blocks}
    worst = 0.0
    for law in laws:
        total = size = np.zeros(1)
        terms = [(name, float(q), 2) for name, q in law.squares.items()] + [(name, float(q), 1) for name, q in law.linear.items()]
        for name, q, power in terms:
            axes = blocks[name].axes
            tensor = theta[:, slices[name]].reshape(len(theta), *(net.sizes[a] for a in axes)) ** power
            summed = tuple(k for k, axis in enumerate(axes, start=1) if axis != law.axis)
            total, size = total + q * tensor.sum(axis=summed), size + abs(q) * np.abs(tensor).sum(axis=summed)
        if size.any():
            worst = max(worst, float(np.abs(total - total[0]).max() / size.max()))
    return worst

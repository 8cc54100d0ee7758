"""What every KKT point with N != 0 of a deep network has to satisfy, layer by layer and neuron by neuron; and its ranks."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from wnproof.derive.sphere import SphereProblem
from wnproof.kkt.chain import correlation_of, shares, sides

FloatArray = NDArray[np.float64]


def weights(problem: SphereProblem, u: FloatArray) -> list[FloatArray]:
    """W_1 .. W_D at u (P,), a bias of the first layer being one more column.

    Raises: WnproofError E-VALUE for a form, and for networks that ``chains`` does not take.
    """
    net = correlation_of(problem).net
    sides(net)
    blocks = net.unflatten(u)
    matrices = [np.asarray(blocks[f"W{layer}"], dtype=np.float64) for layer in range(1, net.depth + 1)]
    if "b1" in blocks:
        matrices[0] = np.column_stack((matrices[0], blocks["b1"]))
    return matrices


def imbalance(problem: SphereProblem, u: FloatArray) -> float:
    """How far a unit vector u (P,) is from the balance of KKT points with N != 0, layer by layer and neuron by neuron.

    ``|W_l|^2 = p^(D-l) / sum_{k<D} p^k``, and for each hidden neuron j ``|row j of W_l|^2 = p |column j of W_(l+1)|^2``: N does
    not change when the row grows by c and the column shrinks by c^p, so the multiplier of that direction is 0. The largest
    difference of two sides.

    >>> from wnproof.derive.ncf import ncf
    >>> from wnproof.model.activations import relu
    >>> from wnproof.model.dataset import Dataset
    >>> from wnproof.model.network import Network
    >>> N = ncf(Network((2, 1, 1), relu), Dataset([[3, 4]], [1]))
    >>> round(imbalance(N, np.array([0.6, 0.0, 0.8])), 12)
    0.28
    """
    p = sides(correlation_of(problem).net)[2]
    matrices = weights(problem, u)
    layers = [abs(float((W**2).sum()) - float(share)) for W, share in zip(matrices, shares(len(matrices), p), strict=True)]
    rows = [(W**2).sum(axis=1) - p * (V**2).sum(axis=0) for W, V in pairwise(matrices)]
    return max(*layers, *(float(np.abs(row).max()) for row in rows))


def rank_defect(problem: SphereProblem, u: FloatArray) -> float:
    """The largest share of the second singular value of a layer in its first; 0 where all layers have rank one.

    >>> from wnproof.derive.ncf import ncf
    >>> from wnproof.model.activations import relu
    >>> from wnproof.model.dataset import Dataset
    >>> from wnproof.model.network import Network
    >>> N = ncf(Network((2, 2, 1), relu), Dataset([[3, 4]], [1]))
    >>> rank_defect(N, np.array([4.0, 0.0, 0.0, 1.0, 1.0, 1.0]))
    0.25
    """
    values = [np.linalg.svd(W, compute_uv=False) for W in weights(problem, u)]
    return max((float(s[1] / s[0]) for s in values if len(s) > 1 and s[0] > 0), default=0.0)

"""The residual dl/df of a loss, at any node that stands for the output."""

from __future__ import annotations

from wnproof.graph.gradient import gradient
from wnproof.graph.nodes import Leaf, Node, leaf
from wnproof.graph.relabel import substitute
from wnproof.model.losses import Loss


def residual(loss: Loss, output: Node, labels: Leaf) -> Node:
    """dL/df with the output's axes, L the total loss; for the square loss f - y.

    The derivative is taken in a leaf of its own and the output put in its place, since a product such as f = W h / 2 may be
    merged into the loss, where nothing is left to differentiate by.

    >>> from wnproof.graph.render import text
    >>> from wnproof.model.losses import square
    >>> text(residual(square, leaf("f", ("i",)), leaf("Y", ("i",))))
    '-Y[i] + f[i]'
    """
    predicted = leaf("F", output.axes)
    (slope,) = gradient(loss.total(predicted, labels), [predicted])
    return substitute(slope, {predicted: output})

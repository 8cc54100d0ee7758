"""The neural correlation function N(u) = sum_i <z_i, f(x_i; u)>, z_i = -dl/df(0, y_i), that rules early training."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from wnproof.derive.homogeneity import degrees
from wnproof.derive.sphere import Correlation, SphereProblem
from wnproof.errors import NotHomogeneous, WnproofError
from wnproof.graph.nodes import contract, leaf
from wnproof.model.dataset import Dataset, ObjectArray
from wnproof.model.losses import Loss, square
from wnproof.model.network import Network


def ncf(net: Network, data: Dataset, loss: Loss = square) -> SphereProblem:
    """The neural correlation function of a homogeneous network on exact data, as a problem on the unit sphere.

    For weight_norm the sphere is the one of the blocks of nonzero degree, and the direction rows live on unit spheres of
    their own.

    Raises: NotHomogeneous (tanh, biases beyond the first layer, exponential_weight_norm), WnproofError E-SHAPE.

    Source: Kumar and Haupt 2024, 2025.

    >>> from wnproof.model.activations import relu
    >>> ncf(Network((1, 1, 1), relu), Dataset([[2]], [3])).expression
    3*W2_0*Pw(2*W1_0_0, 1, 0, 1)
    """
    check_shapes(net, data)
    joint, by_block = degrees(net)
    if not joint:
        raise NotHomogeneous(f"{net} is not homogeneous in its parameters", help=_advice(net))
    output = net.output
    value = replace(
        output,
        name="N",
        roots=(contract((leaf("Z", output.axes), output.node), ()),),
        sizes={**output.sizes, "i": data.n},
        constants={**net.constants, "X": data.exact_X, "Z": pulls(data, loss)},
        convention=f"z = -dl/df(0, y) of the {loss.convention}",
    )
    return SphereProblem(
        value, joint, Correlation(net, data, loss), tuple(name for name, degree in by_block.items() if degree == 0)
    )


def pulls(data: Dataset, loss: Loss) -> ObjectArray:
    """z_i = -dl/df(0, y_i) for every sample and output, exactly (divided by n when the loss is averaged).

    Raises: WnproofError E-VALUE when a value is not rational.
    """
    z = np.empty(data.exact_y.shape, dtype=object)
    rows = data.exact_y.reshape(data.n, -1)
    values = [value for row in rows for value in loss.pulls([Fraction(label) for label in row])]
    for index, value in zip(np.ndindex(*z.shape), values, strict=True):
        if not value.is_Rational:
            raise WnproofError(
                "E-VALUE",
                f"z[{','.join(map(str, index))}] = {value} is not rational",
                help="the neural correlation function is exact for rational -dl/df(0, y)",
            )
        z[index] = Fraction(int(value.p), int(value.q)) / (data.n if loss.mean else 1)
    return z


def check_shapes(net: Network, data: Dataset) -> None:
    """Raises WnproofError E-SHAPE, naming both sides, when the data do not fit the network."""
    outputs = 1 if data.exact_y.ndim == 1 else data.exact_y.shape[1]
    if data.d != net.widths[0]:
        raise WnproofError("E-SHAPE", f"X is {data.n}x{data.d}, the network has {net.widths[0]} inputs")
    if data.exact_y.ndim - 1 != len(net.outputs) or outputs != net.widths[-1]:
        shape = "x".join(map(str, data.exact_y.shape))
        raise WnproofError("E-SHAPE", f"y is {shape}, the network has {net.widths[-1]} output{'s' * (net.widths[-1] > 1)}")


def _advice(net: Network) -> str:
    if net.activation.degree is None:
        return f"{net.activation.name} has no degree; take a homogeneous activation such as relu"
    if any(net.biases[1:]):
        return "a bias beyond the first layer breaks homogeneity; leave it out"
    return "use net.effective(), the network of the effective weights"

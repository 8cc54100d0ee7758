"""Degrees of networks of every depth: the closed form of the total degree, and the scaling that survives biases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from wnproof.claims.claim import claim
from wnproof.claims.core import DERIVED
from wnproof.claims.depth import homogeneous_any_depth
from wnproof.claims.statements import every
from wnproof.graph.statement import Homogeneous, Statement
from wnproof.model.activations import Activation, polynomial_relu, tanh
from wnproof.model.network import Network

Closed = dict[str, Fraction | int]


def geometric_sum(power: int) -> Closed:
    """(p^D - 1)/(p - 1), which is D for p = 1."""
    if power == 1:
        return {"slope": 1}
    return {"power": Fraction(1, power - 1), "ratio": power, "constant": Fraction(-1, power - 1)}


def depth_times_power(power: int) -> Closed:
    """D p."""
    return {"slope": power}


def linear_growth(power: int) -> Closed:
    """p D + 1 - p, right for D = 1 and D = 2."""
    return {"slope": power, "constant": 1 - power}


@claim(
    "core/degree-any-depth",
    source=DERIVED,
    controls={
        "degree D p": dict(closed=depth_times_power, powers=(2,)),
        "degree D p with p = 3": dict(closed=depth_times_power, powers=(3,)),
        "right for D = 1 and D = 2 only": dict(closed=linear_growth, powers=(2,)),
        "tanh has a degree": dict(activation=tanh, powers=(1,)),
    },
)
def degree_any_depth(
    closed: Callable[[int], Closed] = geometric_sum, powers: Sequence[int] = (1, 2, 3), activation: Activation | None = None
) -> Statement:
    """A plain bias-free network with p-homogeneous activation max(z, a z)^p, a = 0, 1/10, has degree (p^D - 1)/(p - 1), and D for
    p = 1, for every depth D >= 1 and all widths.
    """
    cases = [(p, activation or polynomial_relu(p, slope)) for p in powers for slope in (0, "1/10")[: 1 if activation else 2]]
    return every(*(homogeneous_any_depth(sigma, **closed(p)) for p, sigma in cases))


def hidden_degree(power: int, layer: int) -> Fraction:
    """(p^l - 1)/(p - 1)."""
    return Fraction(sum(power**k for k in range(layer)))


def last_power(power: int, layer: int) -> Fraction:
    """p^(l-1)."""
    return Fraction(power ** (layer - 1))


def depth_power(power: int, depth: int) -> Fraction:
    """D p."""
    return Fraction(depth * power)


@claim(
    "core/quasi-homogeneous",
    source=DERIVED,
    controls={
        "biases scale like matrices at p = 1": dict(bias=last_power, depths=(2,), powers=(1,)),
        "biases of layer l scale with p^(l-1)": dict(bias=last_power, depths=(3,), powers=(2,)),
        "degree D p": dict(degree=depth_power, depths=(3,), powers=(2,)),
    },
)
def quasi_homogeneous(
    bias: Callable[[int, int], Fraction] = hidden_degree,
    degree: Callable[[int, int], Fraction] = hidden_degree,
    depths: Sequence[int] = (1, 2, 3, 4),
    powers: Sequence[int] = (1, 2, 3),
) -> Statement:
    """With biases, W_l -> c W_l and b_l -> c^((p^l - 1)/(p - 1)) b_l multiply the output of depth D by c^((p^D - 1)/(p - 1)), at
    all widths.
    """
    parts: list[Statement] = []
    for depth in depths:
        for p in powers:
            net = Network((2,) + (3,) * (depth - 1) + (1,), polynomial_relu(p, "1/10"), bias=(True,) * depth)
            scaled = {f"W{layer}": Fraction(1) for layer in range(1, depth + 1)}
            scaled |= {f"b{layer}": bias(p, layer) for layer in range(1, depth + 1)}
            parts.append(Homogeneous(net.output.node, scaled, degree(p, depth)))
    return every(*parts)

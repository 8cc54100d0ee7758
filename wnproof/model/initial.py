"""Laws of the initial parameters. Every draw is seeded; the seed is the caller's to record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wnproof.errors import WnproofError
from wnproof.model.network import Network
from wnproof.model.normalizations import exponential_weight_norm, plain, weight_norm

FloatArray = NDArray[np.float64]
Weights = dict[str, FloatArray]


@dataclass(frozen=True)
class Law:
    """A named law; ``draw`` maps (network, scale, generator) to the trained blocks of one member."""

    name: str
    draw: Callable[[Network, float, np.random.Generator], Weights]

    def __repr__(self) -> str:
        return self.name


def draw(net: Network, law: Law, scale: float, seed: int, members: int | None) -> FloatArray:
    """theta (P,), or (P, members): member e of a larger ensemble is member e of a smaller one with the same seed.

    >>> from wnproof.model.activations import relu
    >>> net = Network((2, 3, 1), relu)
    >>> draw(net, gaussian, 1e-3, 0, None).shape, draw(net, gaussian, 1e-3, 0, 5).shape
    ((9,), (9, 5))
    """
    if not (np.isfinite(scale) and scale >= 0):
        raise WnproofError("E-VALUE", f"scale is {scale}", help="a scale is a finite number >= 0")
    if not isinstance(seed, int | np.integer) or isinstance(seed, bool) or seed < 0:
        raise WnproofError("E-VALUE", f"seed is {seed!r}", help="a seed is an integer >= 0")
    if members is None:
        return net.flatten(law.draw(net, scale, np.random.default_rng(seed)))
    if members < 1:
        raise WnproofError("E-EMPTY", f"members is {members}; an ensemble has at least one member")
    streams = np.random.SeedSequence(seed).spawn(members)
    return np.stack([net.flatten(law.draw(net, scale, np.random.default_rng(s))) for s in streams], axis=-1)


def _trained(net: Network, blocks: Weights) -> Weights:
    return {block.name: blocks[block.name] for block in net.parameters.blocks}


def _raw(net: Network, weights: list[FloatArray], biases: list[FloatArray]) -> Weights:
    """Raw parameters of the effective weights, with unit directions |v| = 1."""
    blocks: Weights = {}
    for layer, W, b in zip(net.layers, weights, biases, strict=True):
        length = np.linalg.norm(W, axis=1)
        if layer.normalization is plain:
            blocks[f"W{layer.number}"] = W
        elif layer.normalization in (weight_norm, exponential_weight_norm):
            if not length.all():
                raise WnproofError(
                    "E-ZEROINIT",
                    f"a row of layer {layer.number} is zero, its direction is undefined",
                    help="use a positive scale",
                )
            blocks[f"V{layer.number}"] = W / length[:, None]
            name, value = ("g", length) if layer.normalization is weight_norm else ("a", np.log(length))
            blocks[f"{name}{layer.number}"] = value
        else:
            raise WnproofError(
                "E-VALUE",
                f"no initial law for normalization {layer.normalization}: its raw parameters are not known from a weight",
                help="give theta yourself, with net.flatten",
            )
        blocks[f"b{layer.number}"] = b
    return _trained(net, blocks)


def _normal(net: Network, scale: float, rng: np.random.Generator) -> tuple[list[FloatArray], list[FloatArray]]:
    shapes = [(net.widths[k], net.widths[k - 1]) for k in range(1, net.depth + 1)]
    return [scale * rng.standard_normal(s) for s in shapes], [scale * rng.standard_normal(s[0]) for s in shapes]


def _gaussian(net: Network, scale: float, rng: np.random.Generator) -> Weights:
    return _raw(net, *_normal(net, scale, rng))


def _balanced(net: Network, scale: float, rng: np.random.Generator) -> Weights:
    if net.activation.degree is None or net.fixed or any(net.biases):
        raise WnproofError(
            "E-VALUE",
            f"{net} has no balanced law",
            help="balance is |W_l[j,:]|^2 = p |W_{l+1}[:,j]|^2: all layers trained, no bias, a homogeneous activation",
        )
    p = float(net.activation.degree)
    weights, biases = _normal(net, scale, rng)
    for k in range(net.depth - 1):
        incoming, outgoing = np.linalg.norm(weights[k], axis=1), np.linalg.norm(weights[k + 1], axis=0)
        weights[k + 1] = weights[k + 1] * (incoming / (np.sqrt(p) * outgoing))
    return _raw(net, weights, biases)


def _dukler(net: Network, scale: float, rng: np.random.Generator) -> Weights:
    if net.depth != 2 or net.normalizations[0] is not weight_norm or net.widths[-1] != 1:
        raise WnproofError("E-VALUE", f"{net} has no dukler law", help="it is for two layers, scalar output, weight_norm")
    V = scale * rng.standard_normal((net.widths[1], net.widths[0]))
    signs = rng.choice([-1.0, 1.0], size=(1, net.widths[1]))
    blocks = {"V1": V, "g1": np.linalg.norm(V, axis=1) / scale, "W2": signs, "b1": np.zeros(net.widths[1]), "b2": np.zeros(1)}
    return _trained(net, blocks)


gaussian = Law("gaussian", _gaussian)
"""Effective weights and biases independent N(0, scale^2); normalized layers start with |v| = 1."""
balanced = Law("balanced", _balanced)
"""Gaussian, then outgoing weights rescaled so that |W_l[j,:]|^2 = p |W_{l+1}[:,j]|^2 for every hidden neuron."""
dukler = Law("dukler", _dukler)
"""v ~ N(0, scale^2 I), g = |v| / scale, output signs +-1, so the initial function does not depend on the scale.

Source: Dukler, Gu, Montufar 2020 (reconstructed).
"""

FAMILY = {law.name: law for law in (gaussian, balanced, dukler)}

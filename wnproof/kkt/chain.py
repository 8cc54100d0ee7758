"""Deep networks by one neuron: with one neuron in every layer the problem on the sphere is that of a single neuron.

A chain of D layers, sigma(z) = a_+ z^p for z > 0 and a_- |z|^p for z < 0, weights (w, v_2, .., v_D) with v_l = e_l |v_l|, has

    N = prod_l r_l^(p^(D-l)) * G(w/|w|),   G(w) = sum_i z_i phi(w . x_i),   r_1 = |w|, r_l = |v_l|,

where phi(t) = c_+ t^q for t > 0 and c_- |t|^q for t < 0, q = p^(D-1), is what the signs e_2 .. e_D make of +1 and -1. The factor
is smooth and positive where N != 0, so its rule of product is exact: there u is a KKT point if and only if w/|w| is one of G and
r_l^2 = p^(D-l) / sum_k p^k, in the sense of Clarke as well as off the kinks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

import sympy as sp

from wnproof.derive.ncf import ncf
from wnproof.derive.sphere import Correlation, SphereProblem
from wnproof.errors import WnproofError
from wnproof.graph.kink import Pw
from wnproof.graph.nodes import argument
from wnproof.graph.quantity import as_fraction
from wnproof.kkt.neuron import Direction, Neuron
from wnproof.model.activations import Activation
from wnproof.model.network import Network
from wnproof.model.normalizations import plain


@dataclass(frozen=True)
class Chain:
    """What the signs of the weights after the first make of a chain of neurons.

    Attributes:
        signs: e_2 .. e_D.
        right, left: c_+ and c_-.
        power: p, the degree of the activation.
    """

    signs: tuple[int, ...]
    right: Fraction
    left: Fraction
    power: int

    @property
    def depth(self) -> int:
        """D."""
        return len(self.signs) + 1

    @property
    def degree(self) -> int:
        """q, the degree of phi."""
        return int(self.power ** (self.depth - 1))

    @property
    def shares(self) -> tuple[Fraction, ...]:
        """r_1^2 .. r_D^2 at the KKT points with N != 0: of the squared length, layer by layer.

        >>> Chain((1, 1), Fraction(1), Fraction(0), 2).shares
        (Fraction(4, 7), Fraction(2, 7), Fraction(1, 7))
        """
        return shares(self.depth, self.power)

    @property
    def factor_squared(self) -> Fraction:
        """prod_l (r_l^2)^(p^(D-l)): N^2 is this times G^2.

        >>> Chain((1, -1), Fraction(1), Fraction(1, 100), 1).factor_squared
        Fraction(1, 27)
        """
        return math.prod((share ** (self.power**k) for k, share in enumerate(reversed(self.shares))), start=Fraction(1))


def shares(depth: int, power: int) -> tuple[Fraction, ...]:
    """|W_l|^2 = p^(D-l) / sum_{k<D} p^k, layer by layer, at KKT points with N != 0, by Euler's identity."""
    total = sum(power**k for k in range(depth))
    return tuple(Fraction(power ** (depth - layer), total) for layer in range(1, depth + 1))


def chains(net: Network) -> tuple[Chain, ...]:
    """One for every choice of signs e_2 .. e_D, without those whose phi vanishes.

    Raises: WnproofError E-VALUE for a network that is not plain with one output, all weights trained, biases in the first layer
    alone, and an activation of integer degree >= 1.

    >>> from wnproof.model.activations import leaky_relu
    >>> [(c.signs, str(c.right), str(c.left)) for c in chains(Network((3, 2, 2, 1), leaky_relu("1/10")))[::3]]
    [((1, 1), '1', '-1/100'), ((-1, -1), '1/10', '-1/10')]
    """
    right, left, power = sides(net)

    def phi(start: int, signs: tuple[int, ...]) -> Fraction:
        t = Fraction(start)
        for sign in signs:
            t = sign * (right if t > 0 else left) * abs(t) ** power
        return t

    found = (Chain(signs, phi(1, signs), phi(-1, signs), power) for signs in product((1, -1), repeat=net.depth - 1))
    return tuple(chain for chain in found if chain.right or chain.left)


def sides(net: Network) -> tuple[Fraction, Fraction, int]:
    """(a_+, a_-, p) of the activation; raises what ``chains`` raises."""
    p = net.activation.degree
    regular = all(n is plain for n in net.normalizations) and not any(net.biases[1:]) and not net.fixed
    if not regular or net.depth < 2 or net.widths[-1] != 1 or p is None or p.denominator != 1 or p < 1:
        raise WnproofError(
            "E-VALUE",
            f"{net!r} is no plain homogeneous network with one output and all weights trained",
            help="take the effective network, an activation of integer degree, biases in the first layer alone",
        )
    values = [net.activation.expr.subs(argument(0), t) for t in (1, -1)]
    if not all(isinstance(value, sp.Rational) for value in values):
        raise WnproofError("E-VALUE", f"{net.activation} is not rational at 1 and -1", help="take rational slopes")
    return as_fraction(values[0]), as_fraction(values[1]), int(p)


def correlation_of(problem: SphereProblem) -> Correlation:
    """The network and the data; raises WnproofError E-VALUE for a form."""
    if problem.correlation is None:
        raise WnproofError("E-VALUE", f"{problem} is a form, not of a network", help="give ncf(net, data)")
    return problem.correlation


def reduced(problem: SphereProblem, chain: Chain) -> Neuron:
    """The neuron that G is for p = 1; its rows are -x_i where phi vanishes on the right.

    Raises: WnproofError E-VALUE for a form, and for p > 1.

    >>> from wnproof.derive.ncf import ncf
    >>> from wnproof.model.activations import leaky_relu
    >>> from wnproof.model.dataset import Dataset
    >>> problem = ncf(Network((1, 1, 1, 1), leaky_relu("1/2")), Dataset([[3]], [1]))
    >>> [str(reduced(problem, chain).slope) for chain in chains(problem.correlation.net)]
    ['1/4', '1/4', '1', '1']
    """
    if chain.power != 1:
        raise WnproofError("E-VALUE", f"the activation has degree {chain.power}, not 1", help="take smooth_reduced")
    side, right, left = (1, chain.right, -chain.left) if chain.right else (-1, chain.left, Fraction(0))
    rows, labels = inputs(problem)
    return Neuron(tuple(tuple(side * entry for entry in row) for row in rows), labels, left / right, outer_scale=right)


def inputs(problem: SphereProblem) -> tuple[tuple[Direction, ...], Direction]:
    """Rows x_i, a bias of the first layer being one more entry that is 1, and labels z_i times the scale of the network."""
    net, data = correlation_of(problem).net, correlation_of(problem).data
    bias = (Fraction(1),) if net.biases[0] else ()
    rows = tuple((*(Fraction(entry) for entry in row), *bias) for row in data.exact_X)
    return rows, tuple(as_fraction(net.scale) * Fraction(z) for z in problem.value.constants["Z"].flat)


def smooth_reduced(problem: SphereProblem, chain: Chain) -> SphereProblem:
    """G as a problem on the sphere, of any degree: smooth off the kinks for q = 1, with a continuous gradient for q > 1."""
    origin = correlation_of(problem)
    right, left = (sp.Rational(c.numerator, c.denominator) for c in (chain.right, (-1) ** chain.degree * chain.left))
    phi = Activation(f"chain {chain.signs}", Pw(argument(0), right, left, chain.degree))
    net = Network(
        (origin.net.widths[0], 1, 1), phi, bias=(origin.net.biases[0], False), fixed={"W2": [[1]]}, scale=origin.net.scale
    )
    return ncf(net, origin.data, origin.loss)

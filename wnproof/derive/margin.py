"""The maximum-margin problem of a two-layer network: min |theta|^2 / 2 subject to y_i f(x_i; theta) >= 1, and its KKT points.

theta is a KKT point with multipliers lambda >= 0 when theta = sum_i lambda_i y_i s_i with s_i in the Clarke set of f(x_i; .), and
lambda_i = 0 wherever y_i f(x_i) > 1. Different neurons have weights of their own, so every s_i has a free slope for each neuron
on its kink: the sum of the sets is the decoupled set of sum_i lambda_i y_i f(x_i; .).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from wnproof.errors import WnproofError
from wnproof.graph.nodes import Leaf, Node, constant, contract, leaf
from wnproof.graph.quantity import as_fraction, rational_number
from wnproof.graph.statement import AtLeast, ClarkeMember, Equal, Every, Statement, text
from wnproof.model.dataset import Dataset
from wnproof.model.network import SAMPLES, Network
from wnproof.model.normalizations import plain

Row = tuple[Fraction, ...]
Matrix = tuple[Row, ...]


@dataclass(frozen=True, eq=False)
class MarginProblem:
    """min |theta|^2 / 2 subject to y_i f(x_i; theta) >= 1, as exact data; made by ``margin_problem``.

    Attributes:
        net: f(x) = scale sum_j a_j sigma(w_j . x + b_j), sigma of degree 1, with a_j trained or fixed.
        data: samples and labels 1 and -1.
        rows: the inputs (n, k), with a last entry 1 where there is a bias.
        slopes: sigma(z) / z for z > 0 and for z < 0.
        scale: the factor before the sum.
        outer: the fixed a (m,), or None when it is trained.
        by_samples: whether weights are written as combinations of the samples, as every w_j of a KKT point is one; else by
            their entries.
    """

    net: Network
    data: Dataset
    rows: Matrix
    slopes: tuple[Fraction, Fraction]
    scale: Fraction
    outer: Row | None
    by_samples: bool

    @property
    def width(self) -> int:
        """m, the number of neurons."""
        return self.net.widths[1]

    @cached_property
    def labels(self) -> tuple[int, ...]:
        """y (n,), each 1 or -1."""
        return tuple(int(y) for y in self.data.exact_y)

    @cached_property
    def gram(self) -> Matrix:
        """<x_i, x_k> (n, n), a bias counted as one more entry 1."""
        X = np.array(self.rows, dtype=object)
        return tuple(tuple(Fraction(entry) for entry in row) for row in X @ X.T)

    @cached_property
    def coordinates(self) -> tuple[Matrix, Matrix | None]:
        """The inputs (n, k) as the weights' coordinates see them, and the metric (k, k), None for the Euclidean one.

        By samples both are the Gram matrix: nothing else of the data counts, and what is said holds for all data that share it.
        """
        return (self.gram, self.gram) if self.by_samples else (self.rows, None)

    def preactivations(self, weights: Matrix) -> Matrix:
        """<w_j, x_i> (m, n) for weights in the coordinates."""
        product = np.array(weights, dtype=object) @ np.array(self.coordinates[0], dtype=object).T
        return tuple(tuple(Fraction(entry) for entry in row) for row in product)

    def outputs(self, weights: Matrix, outer: Row) -> Row:
        """f(x_i) (n,)."""
        right, left = self.slopes
        hidden = [[z * (right if z > 0 else left) for z in row] for row in self.preactivations(weights)]
        return tuple(
            self.scale * sum((a * row[i] for a, row in zip(outer, hidden, strict=True)), Fraction(0))
            for i in range(len(self.rows))
        )

    def statement(self, weights: Matrix, outer: Row, multipliers: Row, lengths: Row | None = None) -> Statement:
        """The point is a KKT point with these multipliers.

        The checker differentiates sum_i mu_i f(x_i; theta) at mu_i = lambda_i y_i itself, in theta and in mu: the derivative in
        mu is the output, that in the weights has to be the weights times the metric, and that in trained outer weights
        lengths_j a_j. With trained a, ``lengths`` q other than 1 speak of the point a_j q_j^(1/4), w_j q_j^(-1/4) with
        lambda_i q_j^(-1/2), j being the only neuron that moves sample i: f is the same, and each equation is multiplied by a
        power of q_j.

        Args:
            weights: (m, k) in ``coordinates``.
            outer: a (m,).
            multipliers: lambda (n,).
            lengths: q (m,); 1 by default.
        """
        inputs, metric = self.coordinates
        n, k, m = len(inputs), len(inputs[0]), self.width
        output = Network((k, m, 1), self.net.activation, scale=self.net.scale).output.node
        mu = leaf("mu", (SAMPLES,))
        trained: tuple[Leaf, ...] = (leaf("W1", ("h1", "h0")), leaf("W2", ("h1",)), mu)
        values = {
            "W1": [list(map(text, row)) for row in weights],
            "W2": list(map(text, outer)),
            "X": [list(map(text, row)) for row in inputs],
            "mu": [text(size * y) for size, y in zip(multipliers, self.labels, strict=True)],
        }
        reached = self.outputs(weights, outer)
        pulled = weights if metric is None else self.preactivations(weights)
        gradient = {"W1": [list(map(text, row)) for row in pulled], "mu": list(map(text, reached))}
        if self.outer is None:
            gradient["W2"] = [text(q * a) for q, a in zip(lengths or [Fraction(1)] * m, outer, strict=True)]
        else:
            trained = (trained[0], mu)
        sizes = {SAMPLES: n, "h0": k, "h1": m}
        parts: list[Statement] = [
            ClarkeMember(contract((mu, output), ()), trained, values, gradient, sizes, "decoupled"),
        ]
        for size, y, f in zip(multipliers, self.labels, reached, strict=True):
            parts.append(AtLeast(_number(size), _number(Fraction(0))))
            parts.append(AtLeast(_number(y * f), _number(Fraction(1))))
            if y * f != 1:
                parts.append(Equal(_number(size), _number(Fraction(0))))
        return Every(tuple(parts))

    def __repr__(self) -> str:
        kind = "trained" if self.outer is None else "fixed"
        return f"Margin problem of {self.net.widths[1]} neurons ({kind} outer weights) on {len(self.rows)} samples"


def _number(value: Fraction) -> Node:
    return constant(sp.Rational(value.numerator, value.denominator))


def margin_problem(net: Network, data: Dataset) -> MarginProblem:
    """The maximum-margin problem of a two-layer network with (leaky) ReLU on samples with labels 1 and -1.

    Raises: WnproofError E-SHAPE, E-VALUE for what is no such network or data.

    >>> from wnproof.model.activations import relu
    >>> margin_problem(Network((2, 4, 1), relu, fixed={"W2": [[1, 1, -1, -1]]}), Dataset([[1, 0], [0, 1]], [1, -1]))
    Margin problem of 4 neurons (fixed outer weights) on 2 samples
    """
    names = [name for name, _, _ in net.blocks]
    inner = ["W1", *(["b1"] if net.biases[0] else [])]
    if net.depth != 2 or net.widths[2] != 1 or net.normalizations != (plain, plain) or net.biases[1] or data.d != net.widths[0]:
        what = f"{net} on {data.d} features"
        raise WnproofError("E-SHAPE", what, help="take widths (d, m, 1), no normalization and no outer bias")
    slopes = net.activation.slopes
    if slopes is None or not slopes[0] > 0 or not 0 <= slopes[1] <= slopes[0]:
        raise WnproofError("E-VALUE", f"activation {net.activation}", help="take relu, or leaky_relu with a slope in [0, 1]")
    if names not in (inner, [*inner, "W2"]) or ("W2" not in names and net.fixed["W2"] is None):
        raise WnproofError("E-VALUE", f"trained blocks {', '.join(names)}", help="train W1 and b1; give W2 numbers or train it")
    if not net.scale.is_Rational:
        what = f"scale {net.scale} is not rational"
        raise WnproofError("E-VALUE", what, help="leave it out: w/scale and lambda/scale^2 solve the problem with it")
    if data.exact_y.ndim != 1 or set(data.exact_y) - {1, -1}:
        raise WnproofError("E-VALUE", "labels other than 1 and -1", help="a margin is y f(x) with y = 1 or -1")
    rows = tuple((*map(Fraction, row), *([Fraction(1)] if net.biases[0] else [])) for row in data.exact_X)
    outer = None if "W2" in names else tuple(Fraction(a) for a in net.constants["W2"].ravel())
    return MarginProblem(
        net=net,
        data=data,
        rows=rows,
        slopes=(Fraction(slopes[0]), Fraction(slopes[1])),
        scale=as_fraction(sp.Rational(net.scale)),
        outer=outer,
        by_samples=len(rows[0]) > len(rows),
    )


def margin_point(net: Network, data: Dataset, theta: Sequence[Any], multipliers: Sequence[Any]) -> Statement:
    """The statement that theta is a KKT point of min |theta|^2 / 2 subject to y_i f(x_i) >= 1, with these multipliers.

    Args:
        net: two layers, as for ``margin_problem``.
        data: samples with labels 1 and -1.
        theta: (P,) exact, in theta's order.
        multipliers: lambda (n,), exact.

    Raises: WnproofError E-SHAPE, E-FLOAT, E-VALUE.

    >>> from wnproof.model.activations import relu
    >>> from wnproof.prove.decide import decide
    >>> net, data = Network((2, 2, 1), relu, fixed={"W2": [[1, -1]]}), Dataset([[1, 0], [0, 2]], [1, -1])
    >>> decide(margin_point(net, data, [1, 0, 0, "1/2"], [1, "1/4"])).rigor
    Rigor.CERTIFIED
    >>> decide(margin_point(net, data, [1, 1, 0, "1/2"], [1, "1/4"])).rigor
    Rigor.REFUTED
    """
    problem = margin_problem(net, data)
    if len(theta) != net.size or len(multipliers) != data.n:
        what = f"theta has {len(theta)} entries and there are {len(multipliers)} multipliers"
        raise WnproofError("E-SHAPE", what, help=f"wanted {net.size} and {data.n}")
    blocks = net.unflatten(np.array([rational_number(entry) for entry in theta], dtype=object))
    biases = [[b] for b in blocks["b1"]] if "b1" in blocks else [[]] * problem.width
    weights = tuple((*row, *bias) for row, bias in zip(blocks["W1"], biases, strict=True))
    outer = tuple(blocks["W2"].ravel()) if problem.outer is None else problem.outer
    direct = replace(problem, by_samples=False)
    return direct.statement(weights, outer, tuple(rational_number(entry) for entry in multipliers))

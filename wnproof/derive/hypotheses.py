"""Hypotheses of theorems about concrete data and parameters, each with the margin by which it holds, as exact bounds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

import sympy as sp
from flint import arb, ctx

from wnproof.derive.arccosine import ball, midpoint
from wnproof.derive.flow import GradientFlow
from wnproof.errors import WnproofError
from wnproof.graph.expand import expand
from wnproof.graph.kink import Pw
from wnproof.graph.quantity import as_fraction
from wnproof.model.dataset import Dataset, ObjectArray, exact_array
from wnproof.model.network import SAMPLES, Network

PRECISION = 256


@dataclass(frozen=True)
class Margin:
    """lower <= margin <= upper, exact bounds that are equal unless the margin is transcendental.

    Attributes:
        hypothesis: what is assumed, in words with its margin's formula.
        strict: whether the margin must be positive; otherwise it may be zero.
        where: the samples or neurons at which the margin is attained.
    """

    hypothesis: str
    lower: Fraction
    upper: Fraction
    strict: bool
    where: str

    @property
    def holds(self) -> bool | None:
        """True or False when the bounds decide it, else None."""
        if self.lower > 0 or (self.lower == 0 and not self.strict):
            return True
        return False if self.upper < 0 or (self.upper == 0 and self.strict) else None

    def __repr__(self) -> str:
        says = {True: "holds", False: "fails", None: "open"}[self.holds]
        size = str(self.lower) if self.lower == self.upper and len(str(self.lower)) < 20 else f"{float(self.lower):.6g}"
        return f"{says} with margin {size} at {self.where}: {self.hypothesis}"


def no_parallel(data: Dataset) -> Margin:
    """No two samples are parallel or opposite, none is zero: min over pairs of 1 - cos^2, exactly.

    Raises: WnproofError E-SHAPE for one sample.

    >>> no_parallel(Dataset([[1, 0], [1, 1], [-2, 0]], [1, 1, 1]))
    fails with margin 0 at samples 0, 2: no two samples are parallel, min 1 - cos^2 > 0
    """
    X = data.exact_X
    _several(data)
    squares = [Fraction(x @ x) for x in X]

    def off(i: int, j: int) -> Fraction:
        product = squares[i] * squares[j]
        return 1 - Fraction(X[i] @ X[j]) ** 2 / product if product else Fraction(0)

    return _least("no two samples are parallel, min 1 - cos^2 > 0", ((off(i, j), _pair(i, j)) for i, j in _pairs(data)))


def unit_norm(data: Dataset) -> Margin:
    """Every sample has norm one: min over samples of -| |x|^2 - 1 |, which is at most 0 and must be 0.

    >>> unit_norm(Dataset([["3/5", "4/5"], [1, 0]], [1, 1])).holds
    True
    """
    off = ((-abs(Fraction(x @ x) - 1), f"sample {i}") for i, x in enumerate(data.exact_X))
    return _least("every |x| = 1, min -| |x|^2 - 1 | = 0", off, strict=False)


def nearly_orthogonal(data: Dataset, factor: Any) -> Margin:
    """min |x|^2 - factor (max |x| / min |x|)^2 n max_{i != j} |<x_i, x_j>| >= 0, exactly; factor is the theorem's constant.

    Source: Frei, Vardi, Bartlett, Srebro, Hu 2023 (reconstructed), with factor 3 / gamma^3 for slope gamma.

    Raises: WnproofError E-SHAPE for one sample, E-VALUE for a zero sample.

    >>> nearly_orthogonal(Dataset([[10, 0], [0, 10], [1, 10]], [1, 1, 1]), 3).holds
    False
    """
    _several(data)
    X, constant = data.exact_X, exact_array(factor, "factor").item()
    squares = [Fraction(x @ x) for x in X]
    smallest = min(squares)
    if not smallest:
        raise WnproofError("E-VALUE", f"sample {squares.index(smallest)} is zero", help="remove zero samples")
    scale = constant * max(squares) / smallest * data.n
    overlaps = ((smallest - scale * abs(Fraction(X[i] @ X[j])), _pair(i, j)) for i, j in _pairs(data))
    return _least(f"nearly orthogonal data, factor {constant}", overlaps, strict=False)


def nonvanishing(net: Network, blocks: Mapping[str, Any]) -> Margin:
    """Every hidden neuron has incoming weights: min over rows of the trained hidden matrices of |row|^2 > 0, exactly.

    ``blocks`` maps the name of every trained hidden matrix to an array; a float stands for its exact binary value.

    Raises: WnproofError E-NAME, E-SHAPE, E-EMPTY.
    """
    trained = {block.name: block for block in net.parameters.blocks}
    rows = []
    for layer in net.layers[:-1]:
        for tensor in layer.raw.values():
            if len(tensor.axes) == 2 and tensor.name in trained:
                array = _block(blocks, tensor.name, trained[tensor.name].shape)
                rows += [(Fraction(row @ row), f"row {j} of {tensor.name}") for j, row in enumerate(array)]
    if not rows:
        raise WnproofError("E-EMPTY", f"{net} has no trained hidden rows", help="train a hidden layer")
    return _least("no hidden row vanishes, min |row|^2 > 0", rows)


def small_loss(flow: GradientFlow, data: Dataset, blocks: Mapping[str, Any], bound: Any = 1) -> Margin:
    """bound - L(theta) > 0 for exact parameters, L with the flow's own convention (sum or mean).

    ``blocks`` maps the name of every trained block to an array; a float stands for its exact binary value.

    Raises: WnproofError E-NAME, E-SHAPE; E-VALUE where the loss is no number that balls enclose (a preactivation exactly on a
    kink in its irrational part, a function other than exp, log, tanh).
    """
    net = flow.net
    values = {block.name: _block(blocks, block.name, block.shape) for block in net.parameters.blocks}
    wanted = {block.name: [net.sizes[axis] for axis in block.axes] for block in net.parameters.blocks}
    given: dict[str, Any] = {name: value.reshape(wanted[name]) for name, value in values.items()}
    given |= {**net.constants, "X": data.exact_X, "Y": data.exact_y}
    loss = sp.S(expand(flow.loss.node, {**net.sizes, SAMPLES: data.n}, given).item())
    limit = exact_array(bound, "bound").item()
    if loss.is_Rational:
        margin = limit - as_fraction(loss)
        return Margin(f"L < {limit}", margin, margin, True, "the given parameters")
    with ctx.workprec(PRECISION):
        value = ball(limit) - _enclosed(loss)
        return Margin(f"L < {limit}", midpoint(value.lower()), midpoint(value.upper()), True, "the given parameters")


def _enclosed(number: sp.Expr) -> arb:
    """A ball around a closed expression of rationals, roots, exp, log, tanh and kinks."""
    if number.is_Rational:
        return ball(as_fraction(number))
    if isinstance(number, Pw):
        z, right, left, power = number.args
        inner = _enclosed(z)
        if inner > 0 or inner < 0:
            return _enclosed(right if inner > 0 else left) * inner ** int(power)
    of = [_enclosed(a) for a in number.args]
    value: arb | None = None
    if isinstance(number, sp.Add):
        value = sum(of, arb(0))
    elif isinstance(number, sp.Mul):
        value = arb(1)
        for factor in of:
            value = value * factor
    elif isinstance(number, sp.Pow) and number.exp.is_Integer:
        value = of[0] ** int(number.exp)
    elif isinstance(number, sp.Pow) and number.exp.is_Rational and of[0] > 0:
        value = of[0] ** of[1]
    elif isinstance(number, sp.exp | sp.log | sp.tanh):
        value = {sp.exp: arb.exp, sp.log: arb.log, sp.tanh: arb.tanh}[type(number)](of[0])
    if value is None or not value.is_finite():
        raise WnproofError("E-VALUE", f"no ball around {str(number)[:80]}", help="use parameters off the kinks and finite losses")
    return value


def _least(hypothesis: str, margins: Iterable[tuple[Fraction, str]], strict: bool = True) -> Margin:
    margin, where = min(margins, key=lambda found: found[0])
    return Margin(hypothesis, margin, margin, strict, where)


def _several(data: Dataset) -> None:
    if data.n < 2:
        raise WnproofError("E-SHAPE", "one sample has no pairs", help="the hypothesis is about two samples or more")


def _pairs(data: Dataset) -> Iterable[tuple[int, int]]:
    return combinations(range(data.n), 2)


def _pair(i: int, j: int) -> str:
    return f"samples {i}, {j}"


def _block(blocks: Mapping[str, Any], name: str, shape: tuple[int, ...]) -> ObjectArray:
    if name not in blocks:
        raise WnproofError("E-NAME", f"no values for block {name!r}; given: {', '.join(blocks)}")
    array = exact_array(blocks[name], name)
    if array.shape != shape:
        raise WnproofError("E-SHAPE", f"{name} is {array.shape}, wanted {shape}")
    return array

"""Shilton, Gupta, Rana and Venkatesh: exact local models of networks (arXiv 2405.15254), power series in a finite
neighbourhood.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import factorial

import sympy as sp

from wnproof.claims.claim import claim
from wnproof.claims.expressions import node_of
from wnproof.claims.statements import equal, every
from wnproof.derive.flow import gradient_flow
from wnproof.derive.ntk import SECOND, ntk
from wnproof.graph.nodes import add, argument, contract, leaf, multiply, pointwise
from wnproof.graph.relabel import relabel, substitute
from wnproof.graph.statement import Equal, Evolves, Statement
from wnproof.model.activations import leaky_relu, polynomial_relu, relu, tanh
from wnproof.model.losses import logistic, square
from wnproof.model.network import SAMPLES, Network

SOURCE = "[paper] arXiv 2405.15254 for the subject (abstract), the statement reconstructed; derived from first principles"


def _along(theta: Sequence[sp.Symbol], step: Sequence[sp.Symbol], value: sp.Expr, rate: sp.Expr) -> Statement:
    """On the line theta' = step, value' = rate: the line is the gradient flow of -<step, theta>."""
    line = -sum(d * t for d, t in zip(step, theta, strict=True))
    return Evolves(node_of(line), tuple(leaf(t.name) for t in theta), node_of(value), node_of(rate))


@claim(
    "shilton-2024/finite-expansion",
    source=SOURCE,
    controls={
        "one term fewer": dict(missing=1),
        "the tangent model is exact": dict(kept=1),
        "without 1/k!": dict(factorials=False),
    },
)
def finite_expansion(missing: int = 0, kept: int | None = None, factorials: bool = True) -> Statement:
    """With a polynomial activation, f(theta + D) = sum_(k <= K) D^k f[D, .., D] / k! ends at the total degree K, for steps D of
    any size: K = 3 for b (a x)^2, K = 4 for two such neurons with (a x)^3, K = 7 for c (b (a x)^2)^2.

    The derivatives along the line theta + t D are the checker's own: each is the derivative of the one before, the last one 0.
    """
    x = sp.Symbol("x", real=True)
    a, b, c = sp.symbols("a b c", real=True)
    p, q, r = sp.symbols("da db dc", real=True)
    u, v = sp.symbols("u v", real=True)
    s, w = sp.symbols("du dv", real=True)
    cases = (
        ((a, b), (p, q), b * (a * x) ** 2, 3),
        ((a, b, u, v), (p, q, s, w), b * (a * x) ** 3 + v * (u * x) ** 3, 4),
        ((a, b, c), (p, q, r), c * (b * (a * x) ** 2) ** 2, 7),
    )
    parts: list[Statement] = []
    for theta, step, f, degree in cases:
        terms = [f]
        for _ in range(degree):
            terms.append(sum(sp.diff(terms[-1], t) * d for t, d in zip(theta, step, strict=True)))
        parts += [_along(theta, step, value, rate) for value, rate in zip(terms, [*terms[1:], sp.S.Zero], strict=True)]
        moved = f.xreplace({t: t + d for t, d in zip(theta, step, strict=True)})
        last = degree + 1 - missing if kept is None else kept + 1
        parts.append(equal(moved, sum(term / (factorial(k) if factorials else 1) for k, term in enumerate(terms[:last]))))
    return every(*parts)


@claim(
    "shilton-2024/relu-cell",
    source=SOURCE,
    controls={
        "across the kink too": dict(inside=False),
        "the tangent model is exact": dict(order=1),
    },
)
def relu_cell(inside: bool = True, order: int = 2) -> Statement:
    """A two-layer (leaky) ReLU network is its own Taylor polynomial of degree 2 as long as no preactivation changes sign: v
    sigma(z) moves by dv sigma(z) + v sigma'(z) dz + dv sigma'(z) dz.

    For steps of any size within the cell z (z + dz) > 0, one neuron, any preactivation z.
    """
    z, dz, v, dv = sp.symbols("z dz v dv", real=True)
    parts: list[Statement] = []
    for slope in (sp.S.Zero, sp.Rational(1, 10)):
        before, after = (sp.Max(s, 0) + slope * sp.Min(s, 0) for s in (z, z + dz))
        tangent = dz * before / z  # sigma'(z) dz, as z sigma'(z) = sigma(z)
        expansion = dv * before + v * tangent + (dv * tangent if order > 1 else 0)
        domain = [z * (z + dz) > 0] if inside else [sp.Ne(z, 0)]
        parts.append(equal((v + dv) * after - v * before, expansion, domain))
    return every(*parts)


@claim(
    "shilton-2024/tangent-step",
    source=SOURCE,
    controls={
        "half of it": dict(factor="1/2"),
        "the slope of the loss at twice the output": dict(doubled=True),
        "exact for one finite step": dict(finite=True),
    },
)
def tangent_step(factor: str | int = 1, doubled: bool = False, finite: bool = False) -> Statement:
    """A step of gradient descent of length eta moves f(z) by -eta sum_i NTK(z, x_i) l'(f(x_i), y_i) + O(eta^2).

    The first order is the derivative along the flow: two-layer ReLU, leaky ReLU, squared ReLU and tanh, square and logistic loss,
    one neuron with two inputs. The rest is not 0: for f(x) = b (a x)^2 it is eta^2 times a polynomial, which is shown.
    """
    parts: list[Statement] = []
    for activation in (relu, leaky_relu("1/10"), polynomial_relu(2), tanh):
        net = Network((2, 1, 1), activation)
        for loss in (square, logistic):
            at = relabel(substitute(net.output.node, {leaf("X", (SAMPLES, "h0")): leaf("Z", (SAMPLES, "h0"))}), {SAMPLES: SECOND})
            gram = substitute(ntk(net).gram.node, {leaf("X", (SECOND, "h0")): leaf("Z", (SECOND, "h0"))})
            slope = pointwise(loss.derivative(), net.output.node, leaf("Y", (SAMPLES,)))
            if doubled:
                slope = pointwise(loss.derivative(), multiply(2, net.output.node), leaf("Y", (SAMPLES,)))
            moves = multiply(-sp.Rational(factor), contract((gram, slope), (SECOND,)))
            sizes = {**net.sizes, SAMPLES: 1, SECOND: 1}
            parts.append(Evolves(gradient_flow(net, loss).loss.node, net.parameters.leaves, at, moves, sizes))
    a, b, x, y, eta = sp.symbols("a b x y eta", real=True)
    f = b * (a * x) ** 2
    slope_a, slope_b = 2 * a * b * x**2, a**2 * x**2
    residual = f - y
    moved = f.xreplace({a: a - eta * residual * slope_a, b: b - eta * residual * slope_b})
    rest = x**2 * residual**2 * (slope_a**2 * b + 2 * a * slope_a * slope_b) - eta * x**2 * residual**3 * slope_a**2 * slope_b
    linear = f - eta * (slope_a**2 + slope_b**2) * residual
    parts.append(equal(moved, linear if finite else linear + eta**2 * rest))
    return every(*parts)


@claim(
    "shilton-2024/rank-of-gradient",
    source=SOURCE,
    controls={
        "rank one for two samples": dict(cases=((2, 2),)),
        "rank two for three samples": dict(cases=((3, 3),)),
        "features of the new step": dict(cases=((1, 2),), shift=1),
    },
)
def rank_of_gradient(cases: Sequence[tuple[int, int]] = ((1, 2), (2, 3)), shift: int = 0) -> Statement:
    """The loss depends on W_l through z_i = W_l h_i, so its gradient is sum_i delta_i h_i^T, delta_i = dL/dz_i: of rank one for
    one sample, its 2 x 2 minors being 0, of rank two at most for two, and so on.

    Any delta_i and h_i, three neurons and features; the gradient of sum_i <delta_i, W h_i> is the checker's.
    """
    W, H, D = leaf("W", ("j", "k")), leaf("H", ("i", "k")), leaf("D", ("i", "j"))
    parts: list[Statement] = []
    for samples, size in cases:
        pull = contract((D, H), ("j", "k"))
        parts.append(Evolves(contract((D, W, H), ()), (W,), W, multiply(-1, pull), {"i": samples, "j": 3, "k": 3}))
        delta, h = (sp.Matrix(samples, 3, sp.symbols(f"{name}(1:{samples + 1})(1:4)", real=True)) for name in "dh")
        moved = delta.T * h + shift * sp.ones(3, 1) * sp.Matrix([sp.symbols("s1:4", real=True)])
        for rows in combinations(range(3), size):
            parts += [equal(moved.extract(list(rows), list(columns)).det(), 0) for columns in combinations(range(3), size)]
    return every(*parts)


@claim(
    "shilton-2024/layerwise",
    source=SOURCE,
    controls={
        "the old weights carry the change on": dict(new=False),
        "the features alone": dict(carried=0),
        "a step of 2 eta": dict(step=2),
    },
)
def layerwise(new: bool = True, carried: int = 1, step: int = 1) -> Statement:
    """When W_l moves by -eta sum_i delta_i h_i^T, h_i = h_(l-1)(x_i), the preactivation at any x moves by -eta sum_i delta_i
    <h_i, h(x)> + (W_l + dW_l) dh(x), exactly, with dh the change of the features below: layer by layer an exact representor.

    Any delta_i, h_i, h, dh; two samples, two neurons, three features. dW_l is a step along the gradient of sum_i <delta_i, W
    h_i>.
    """
    W, H, D = leaf("W", ("j", "k")), leaf("H", ("i", "k")), leaf("D", ("i", "j"))
    h, dh, eta = leaf("h", ("k",)), leaf("dh", ("k",)), leaf("eta")
    sizes = {"i": 2, "j": 2, "k": 3}
    pull = contract((D, H), ("j", "k"))
    parts: list[Statement] = [Evolves(contract((D, W, H), ()), (W,), W, multiply(-1, pull), sizes)]
    moved = pointwise(argument(0) - argument(1) * argument(2), W, eta, pull)
    change = add([contract((moved, add([h, dh])), ("j",)), multiply(-1, contract((W, h), ("j",)))])
    kernel = multiply(-step, contract((eta, D, contract((H, h), ("i",))), ("j",)))
    below = multiply(carried, contract((moved if new else W, dh), ("j",)))
    parts.append(Equal(change, add([kernel, below]), sizes))
    return every(*parts)

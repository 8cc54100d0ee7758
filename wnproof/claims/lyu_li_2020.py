"""Lyu and Li, gradient flow on homogeneous networks maximizes the margin (2020)."""

from __future__ import annotations

import sympy as sp

from wnproof.claims.claim import claim
from wnproof.claims.statements import at_least, every
from wnproof.derive.flow import gradient_flow
from wnproof.graph.nodes import add, argument, contract, leaf, pointwise
from wnproof.graph.statement import AtLeast, Evolves, Statement
from wnproof.model.activations import leaky_relu, polynomial_relu
from wnproof.model.losses import exponential
from wnproof.model.network import Network


@claim(
    "lyu-li-2020/margin-grows",
    source="[memory] Lyu and Li 2020, the monotonicity of the smoothed normalized margin; each step is derived",
    controls={
        "degree L - 1": dict(lower=1),
        "F may be above 1": dict(below_one=False),
        "half of the gradient suffices": dict(steep="1/2"),
        "margins below q by one": dict(lag=1),
    },
)
def margin_grows(lower: int = 0, below_one: bool = True, steep: str | int = 1, lag: int = 0) -> Statement:
    """Exponential loss F = sum_i e^(-q_i) < 1, q_i homogeneous of degree L, q = -log F, r = |w|: the smoothed normalized margin
    q/r^L does not decrease along gradient flow. Step by step, with S = sum_i q_i e^(-q_i):

    F' = -|grad F|^2 and (r^2)' = 2 L S, S >= q F as every q_i >= q, |grad F|^2 r^2 >= <grad F, w>^2 = (L S)^2 >= L^2 S q F, so
    q'/q = |grad F|^2/(F q) >= L^2 S/r^2 = L r'/r. One neuron with two inputs, leaky ReLU (L = 2) and its square (L = 3), two
    samples; Cauchy's inequality for vectors, 2 to 4 samples in S >= q F.
    """
    parts: list[Statement] = []
    for net, degree in ((Network((2, 1, 1), leaky_relu("1/10")), 2), (Network((2, 1, 1), polynomial_relu(2, "1/10")), 3)):
        flow, output, blocks = gradient_flow(net, exponential), net.output.node, net.parameters.leaves
        margin = pointwise(argument(0) * argument(1), output, leaf("Y", output.axes))
        pull = contract((pointwise((degree - lower) * 2 * argument(0) * sp.exp(-argument(0)), margin),), ())
        radius = add([contract((w, w), ()) for w in blocks])
        parts.append(Evolves(flow.loss.node, blocks, radius, pull, {**net.sizes, "i": 2}))
    w, c = leaf("w", ("k",)), leaf("c", ("k",))
    lengths = contract((contract((w, w), ()), contract((c, c), ())), ())
    parts.append(AtLeast(lengths, contract((contract((w, c), ()),) * 2, ()), {"k": 3}))
    q = sp.Symbol("q", real=True)
    for count in (2, 3, 4):
        margins, weights = (sp.symbols(f"{name}1:{count + 1}", real=True) for name in "mp")  # p_i stands for e^(-q_i)
        domain = [*(m >= q - lag for m in margins), *(p > 0 for p in weights)]
        parts.append(at_least(sum(m * p for m, p in zip(margins, weights, strict=True)), q * sum(weights), domain))
    pull, below = sp.symbols("S B", real=True)  # B stands for q F, positive as F < 1
    parts.append(at_least(sp.Rational(steep) * pull**2, pull * below, [pull >= below, *([below > 0] if below_one else [])]))
    return every(*parts)

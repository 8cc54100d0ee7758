"""Shevchenko, Kungurtsev and Mondelli, mean-field analysis of piecewise linear solutions for wide ReLU networks (2022)."""

from __future__ import annotations

import sympy as sp

from wnproof.claims.claim import claim
from wnproof.claims.expressions import node_of, relation
from wnproof.claims.statements import at_least, equal, every
from wnproof.graph.nodes import leaf
from wnproof.graph.statement import Evolves, Statement


@claim(
    "shevchenko-2022/knots",
    source="[memory] Shevchenko, Kungurtsev and Mondelli 2022 for at most three knots between inputs (noisy mean-field descent);"
    " here weight decay without noise, derived",
    controls={
        "knots only at the inputs": {"at_inputs": True},
        "at most one knot between two inputs": {"one_knot": True},
        "one knot for both signs of w": {"same_side": False},
        "weight decay on the slopes w alone": {"bias_decays": 0},
    },
)
def knots(at_inputs: bool = False, one_knot: bool = False, same_side: bool = True, bias_decays: int = 1) -> Statement:
    """f(x) = sum_j a_j relu(w_j x + b_j) on one-dimensional data, any loss, weight decay on all weights, biases included: at a
    point with gradient 0 the neurons whose knots -b/w lie strictly between the same two neighbouring inputs have at most two
    knots, one for each sign of w. So f is piecewise linear with at most two knots strictly between neighbours.

    There decay (w, b) = a sum_i z_i (x_i, 1) over the inputs on the neuron's side, z = -dl/df, the same sum for all neurons of
    one sign. Two is attained, off the inputs: samples -2 and 2 with labels 1 and 1 have the interpolant of least norm 2/5
    (relu(x + 1/2) + relu(1/2 - x)). The gradient for four inputs, of which two are on each side.
    """
    w, b, a, decay = sp.symbols("w b a lambda", real=True)
    x, z = sp.symbols("x1:5", real=True), sp.symbols("z1:5", real=True)
    parts: list[Statement] = []
    trained = tuple(leaf(s.name) for s in (w, b, a))
    outputs = [sp.Max(w * at + b, 0) for at in x]
    loss = -a * sp.Add(*(m * f for m, f in zip(z, outputs, strict=True))) + decay * (w**2 + bias_decays * b**2 + a**2) / 2
    for on in ((2, 3), (0, 1)):
        domain = tuple(relation(w * at + b > 0 if k in on else w * at + b < 0) for k, at in enumerate(x))
        pulls = {w: sp.Add(*(z[k] * x[k] for k in on)), b: sp.Add(*(z[k] for k in on))}
        parts += [
            Evolves(node_of(loss), trained, node_of(weight), node_of(a * pull - decay * weight), where=domain)
            for weight, pull in pulls.items()
        ]
    parts.append(_one_knot(same_side))
    parts += _least_norm(at_inputs, one_knot)
    return every(*parts)


def _one_knot(same_side: bool) -> Statement:
    """The row (w, b) = a (P, Q) / lambda has the knot -Q/P, whatever a: one for all neurons with the same sums."""
    a, P, P2 = sp.symbols("a P P2", nonzero=True)
    Q, Q2, decay = sp.Symbol("Q", real=True), sp.Symbol("Q2", real=True), sp.Symbol("lambda", positive=True)
    w, b = a * P / decay, a * Q / decay
    return equal(b / w, Q / P if same_side else Q2 / P2)


def _least_norm(at_inputs: bool, one_knot: bool) -> list[Statement]:
    """The interpolant of 1 at -2 and at 2 with knots -1/2 and 1/2, its norm, and that no network has less."""
    t, u, v = sp.symbols("t u v", real=True)
    q = sp.Integer(2) if at_inputs else sp.Rational(1, 2)
    height = 1 / (2 + q)
    f = height * (sp.Max(t + q, 0) + (0 if one_knot else sp.Max(q - t, 0)))
    norm = (1 if one_knot else 2) * height * sp.sqrt(1 + q**2)  # |a| |(w, b)| of each neuron
    reach = (sp.Max(2 * u + v, 0) + sp.Max(v - 2 * u, 0)) / sp.sqrt(5)
    return [
        equal(f.subs(t, 2), 1),
        equal(f.subs(t, -2), 1),
        equal(norm, 2 / sp.sqrt(5)),
        at_least(u**2 + v**2, reach**2),
    ]

"""Exponential weight normalization blows up at every degree: the limit flow of small initialization in finite time."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from wnproof.claims.claim import claim
from wnproof.claims.statements import at_least, every, homogeneous
from wnproof.graph.nodes import argument, contract, leaf, multiply, pointwise
from wnproof.graph.statement import AtLeast, Evolves, Statement
from wnproof.model.activations import polynomial_relu
from wnproof.model.network import Network


@claim(
    "wnproof/ewn-blow-up",
    source="new; derived from first principles",
    controls={
        "kappa = sum_l p^(2 (D - l)), whatever the widths": dict(share=0),
        "the same degree in every layer at p = 2": dict(powers=(2,), degree=1),
        "radial parts count twice": dict(radial=2),
        "turning does not move N": dict(turning=0),
    },
    larger=dict(powers=(1, 2, 3, 4, 5)),
)
def blow_up(
    share: int = 1, powers: Sequence[int] = (1, 2, 3), degree: int | None = None, radial: int = 1, turning: int = 1
) -> Statement:
    """EWN in every layer, D layers of K_l nodes, activation degree p: along the limit flow s_u' = |s_u|^2 grad_u N(s) of small
    initialization N' >= kappa N^2 with kappa = sum_l p^(2 (D - l))/K_l. So it blows up by T* <= 1/(kappa N(0)) when N(0) > 0, for
    every degree L, also L = 2, where the flow without normalization never does.

    Step by step: along a_u, v_u it moves by N' = sum_u <w_u, c_u>^2 + |w_u|^2/|v_u|^2 (|c_u|^2 - <v_u, c_u>^2/|v_u|^2) with
    c = grad N, whose second part is >= 0 by Cauchy; N has degree p^(D - l) in layer l, so sum_u <w_u, c_u> = p^(D - l) N there;
    K sum_u x_u^2 >= (sum_u x_u)^2; and (1/N)' = -N'/N^2 <= -kappa. Two and three inputs, D = 2, 3, the degrees for all widths.
    """
    parts: list[Statement] = []
    v, a, c = leaf("v", ("j", "k")), leaf("a", ("j",)), leaf("c", ("j", "k"))
    squares, along, steep = contract((v, v), ("j",)), contract((v, c), ("j",)), contract((c, c), ("j",))
    unit = pointwise(argument(0) / sp.sqrt(argument(1)), along, squares)
    work = contract((pointwise(sp.exp(argument(0)) * argument(1), a, unit),), ())
    tangential = turning * sp.exp(2 * argument(0)) / argument(2) * (argument(3) - argument(1) ** 2 / argument(2))
    moves = pointwise(radial * sp.exp(2 * argument(0)) * argument(1) ** 2 / argument(2) + tangential, a, along, squares, steep)
    domain = ((">", squares),)
    for inputs in (2, 3):
        rate = contract((moves,), ())
        parts.append(Evolves(multiply(-1, work), (v, a), work, rate, {"j": 1, "k": inputs}, domain))
    x, y = leaf("x", ("k",)), leaf("y", ("k",))
    lengths = contract((contract((x, x), ()), contract((y, y), ())), ())
    parts.append(AtLeast(lengths, contract((contract((x, y), ()),) * 2, ()), {"k": 3}))
    for p in powers:
        for depth in (2, 3):
            net = Network((2,) + (2,) * (depth - 1) + (1,), polynomial_relu(p))
            layers = range(1, depth + 1)
            parts += [homogeneous(net.output, degree or p ** (depth - layer), [f"W{layer}"]) for layer in layers]
    for count in (2, 3, 4):
        nodes = sp.symbols(f"x1:{count + 1}", real=True)
        parts.append(at_least(count**share * sum(node**2 for node in nodes), sum(nodes) ** 2))
    value, speed, kappa = sp.symbols("N S kappa", real=True)
    parts.append(at_least(speed / value**2, kappa, [speed >= kappa * value**2, value > 0]))
    return every(*parts)

"""Frei, Vardi, Bartlett, Srebro and Hu, implicit bias in leaky ReLU networks on high-dimensional data (arXiv 2210.07082)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import sympy as sp

from wnproof.claims.claim import claim
from wnproof.claims.expressions import node_of, relation
from wnproof.claims.statements import at_least, equal, every
from wnproof.derive.hypotheses import Margin, nearly_orthogonal
from wnproof.derive.margin import margin_point
from wnproof.graph.nodes import leaf
from wnproof.graph.quantity import as_fraction, exact
from wnproof.graph.statement import Evolves, Statement
from wnproof.model.activations import leaky_relu
from wnproof.model.dataset import Dataset
from wnproof.model.network import Network
from wnproof.verdict import Rigor

GAMMA = Fraction(1, 4)
ORTHONORMAL = ((1, 0, 0), (0, 1, 0), (0, 0, 1))


def nearly_orthogonal_data(data: Dataset) -> Margin:
    """The theorem's condition on the data at the slope 1/4, with its constant 3 / gamma^3."""
    return nearly_orthogonal(data, 3 / GAMMA**3)


@claim(
    "frei-2023/rank-two",
    source="[paper] arXiv 2210.07082 for rank two (abstract); the weights and multipliers are derived from first principles",
    requires=Rigor.CERTIFIED,
    controls={
        "samples of the other sign do not count": dict(opposite=0),
        "samples of the other sign count fully": dict(opposite=1),
        "multipliers 2 / (1 + gamma)": dict(power=1),
        "rank one: all rows are multiples of one vector": dict(one_vector=True),
        "correlated data keep the pattern": dict(samples=((3, 1, 0), (0, 0, 1), (1, 3, 0))),
        "ReLU: the samples of the other sign push back": dict(slopes=("0",), opposite=1),
    },
    larger=dict(slopes=("1/4", "1/10", "3/10", "1/2", "9/10")),
    on_data=(nearly_orthogonal_data,),
)
def rank_two(
    opposite: int | None = None,
    power: int = 2,
    one_vector: bool = False,
    samples: Sequence[Sequence[int]] = ORTHONORMAL,
    slopes: Sequence[str] = ("1/4",),
) -> Statement:
    """min |W|^2 / 2 subject to y_i f(x_i) >= 1, f(x) = sum_j a_j sigma(w_j . x), a_j = +-1/sqrt m, leaky ReLU with slope gamma:
    where every <w_j, x_i> has the sign of a_j y_i, w_j = |a_j| sum_i lambda_i c_i x_i with c_i = 1 for samples of the sign of
    a_j and -gamma for the others. So there are two vectors, and W has rank two at most.

    Orthonormal samples, as many a_j of each sign: lambda_i = 2 / (1 + gamma^2) and all margins 1, here with m = 4 and three
    samples. The gradient is taken for three samples in two dimensions and any multipliers.
    """
    parts: list[Statement] = []
    labels = (1, 1, -1)
    w = sp.symbols("w1 w2", real=True)
    sizes, X = sp.symbols("l1:4", real=True), [sp.symbols(f"x{i}1 x{i}2", real=True) for i in range(3)]
    for slope in slopes:
        gamma = exact(slope)
        for sign in (1, -1):
            z = [sp.Add(*(p * q for p, q in zip(w, x, strict=True))) for x in X]
            f = [sign * (sp.Max(s, 0) - gamma * sp.Max(-s, 0)) for s in z]
            margins = sp.Add(*(size * y * value for size, y, value in zip(sizes, labels, f, strict=True)))
            domain = tuple(relation(sign * y * s > 0) for y, s in zip(labels, z, strict=True))
            against = -gamma if opposite is None else sp.Integer(opposite)
            counts = [1 if sign == y else against for y in labels]
            for k in (0, 1):
                pull = sp.Add(*(size * c * x[k] for size, c, x in zip(sizes, counts, X, strict=True)))
                parts.append(
                    Evolves(node_of(-margins), tuple(leaf(s.name) for s in w), node_of(w[k]), node_of(pull), where=domain)
                )
        parts.append(_point(as_fraction(gamma), power, one_vector, samples))
    return every(*parts)


def _point(gamma: Fraction, power: int, one_vector: bool, samples: Sequence[Sequence[int]]) -> Statement:
    """Four neurons, scale 1/2, at two vectors for the labels 1, 1, -1."""
    net = Network((3, 4, 1), leaky_relu(str(gamma)), fixed={"W2": [[1, 1, -1, -1]]}, scale="1/2")
    size = 2 / (1 + gamma**power)
    one = Fraction(1)
    counts = (one, one, -gamma), ((-one, -one, gamma) if one_vector else (-gamma, -gamma, one))
    rows = [[size / 2 * sum(c * x[k] for c, x in zip(own, samples, strict=True)) for k in range(3)] for own in counts]
    theta = [entry for row in (rows[0], rows[0], rows[1], rows[1]) for entry in row]
    return margin_point(net, Dataset([list(x) for x in samples], [1, 1, -1]), theta, [size] * 3)


@claim(
    "frei-2023/every-slope",
    source="[paper] arXiv 2210.07082 for rank two (abstract); the weights and multipliers are derived from first principles",
    controls={
        "multipliers 2 / (1 + gamma)": dict(power=1),
        "the other sign's samples push with +gamma": dict(sign=1),
        "correlated samples": dict(overlap=sp.Rational(1, 2)),
        "gamma = 0: one sign's samples do not push": dict(counted=0),
    },
)
def every_slope(power: int = 2, sign: int = -1, overlap: sp.Expr = sp.S.Zero, counted: int = 1) -> Statement:
    """The two vectors of rank-two KKT points at every slope 0 < gamma <= 1: for orthonormal samples, labels 1, 1, -1 and four
    neurons a_j = +-1/2, the rows (lambda/2) (1, 1, -gamma) and (lambda/2) (-gamma, -gamma, 1) in the samples' basis with lambda =
    2 / (1 + gamma^2) have every margin 1, every preactivation on the side that belongs to its sample, and are |a_j| sum_i
    lambda c_i x_i, the gradient of the margins weighted by lambda.
    """
    gamma = sp.Symbol("gamma", positive=True)
    labels, size = (1, 1, -1), 2 / (1 + gamma**power)
    gram = sp.Matrix(3, 3, lambda i, k: 1 if i == k else overlap)
    rows = [sp.Matrix([size / 2 * (1 if s == y else sign * counted * gamma) for y in labels]) for s in (1, -1)]
    parts: list[Statement] = []
    for k, y in enumerate(labels):
        z = [(gram[k, :] * row)[0] for row in rows]
        f = sp.Add(*(s * (sp.Max(q, 0) - gamma * sp.Max(-q, 0)) for s, q in zip((1, -1), z, strict=True)))
        parts.append(equal(y * f, 1))
        parts += [at_least(s * y * q, 0) for s, q in zip((1, -1), z, strict=True)]
        # coefficient of x_k in the gradient: |a| lambda y sigma'(z), of the sign of a
        pulls = [s * size / 2 * y * (1 if s == y else gamma) for s in (1, -1)]
        parts += [equal(row[k], pull) for row, pull in zip(rows, pulls, strict=True)]
    return every(*parts)

"""What small initialization sees of the loss, and of kinks: the labels of the neural correlation function, Clarke's sum rule."""

from __future__ import annotations

import sympy as sp

from wnproof.claims.claim import claim
from wnproof.claims.core import DERIVED
from wnproof.claims.expressions import node_of
from wnproof.claims.statements import equal, every
from wnproof.derive.clarke import clarke_set
from wnproof.derive.ncf import ncf
from wnproof.graph.nodes import argument, leaf, pointwise
from wnproof.graph.statement import Evolves, Statement
from wnproof.model.activations import relu
from wnproof.model.dataset import Dataset
from wnproof.model.losses import exponential, logistic, square
from wnproof.model.network import Network
from wnproof.verdict import Rigor


@claim(
    "core/correlation-labels",
    source=DERIVED,
    controls={
        "z = y for the logistic loss": dict(logistic_share=1),
        "z = y/2 for the exponential loss": dict(exponential_share="1/2"),
        "at the output 1": dict(output=1),
        "z = 2 y for the square": dict(square_share=2),
    },
)
def correlation_labels(
    logistic_share: str | int = "1/2", exponential_share: str | int = 1, square_share: int = 1, output: int = 0
) -> Statement:
    """Where the outputs are 0, f = H(X; theta) of any network moves by theta' = J^T z with z = -dl/df = y for the square and the
    exponential loss, y/2 for the logistic loss, y = 1 or -1: their correlation functions have one set of KKT points, at half
    the speed for the logistic loss.

    -dl/df is the checker's own derivative, for all f and y.
    """
    f, y = sp.symbols("f y", real=True)
    parts: list[Statement] = []
    for loss, share in ((square, square_share), (exponential, exponential_share), (logistic, logistic_share)):
        pull = -loss.derivative().xreplace({argument(0): f, argument(1): y})
        written = pointwise(loss.expr, leaf("f"), leaf("y"))
        parts.append(Evolves(written, (leaf("f"),), leaf("f"), node_of(pull)))
        parts.append(equal(pull.subs(f, output), sp.Rational(share) * y))
    return every(*parts)


@claim(
    "core/clarke-sum",
    source="Clarke 1983 for the sum rule, which is an inclusion; the example is derived",
    requires=Rigor.CERTIFIED,
    controls={
        "slopes chosen for each kink alone": dict(slope="1/2"),
        "beyond all slopes": dict(slope=2),
    },
)
def clarke_sum(slope: str | int = 0) -> Statement:
    """The Clarke set of a sum is smaller than the sum of the Clarke sets: N(w) = relu(w_1) - relu(w_1) + relu(w_2), samples
    (1, 0) twice with opposite labels, has the one gradient (0, 1) at w = (0, 1), where slopes chosen for each sample alone
    would give the segment from (-1, 1) to (1, 1).

    So a gradient that mixes activation patterns which no weights have is no Clarke gradient.
    """
    net = Network((2, 1, 1), relu, fixed={"W2": [[1]]})
    there = clarke_set(ncf(net, Dataset([[1, 0], [1, 0], [0, 1]], [1, -1, 1])), [0, 1])
    return there.member([sp.Rational(slope), 1])

"""KKT points of the neural correlation function of one neuron, on Fisher's measurements."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from wnproof.claims.claim import claim
from wnproof.claims.core import DERIVED
from wnproof.claims.kkt import kkt_complete, kkt_point
from wnproof.claims.statements import every
from wnproof.derive.ncf import ncf
from wnproof.graph.statement import Statement
from wnproof.kkt.solve import kkt_points
from wnproof.model.activations import leaky_relu, relu
from wnproof.model.datasets import iris
from wnproof.model.network import Network
from wnproof.verdict import Rigor


@claim(
    "core/kkt",
    source=DERIVED,
    requires=Rigor.CERTIFIED,
    controls={
        "lambda = N with a trained outer weight": {"multiplier": 1, "outers": (None,)},
        "directions off by 1/1000": {"shift": Fraction(1, 1000), "outers": (1,)},
        "one point fewer": {"dropped": 1, "outers": (1,)},
    },
)
def kkt_of_iris(
    multiplier: int | None = None, shift: Fraction = Fraction(0), dropped: int = 0, outers: Sequence[int | None] = (1, None)
) -> Statement:
    """grad N(u) = L N(u) u at every listed KKT point of one (leaky) ReLU neuron, and the list is complete.

    Petal length and width of iris, all 150 rows, setosa against the rest, square loss; slopes 0 and 1/10; the outer
    weight fixed at 1 (L = 1) and trained (L = 2).
    """
    data = iris(("petal_length", "petal_width"))
    parts: list[Statement] = []
    for activation in (relu, leaky_relu("1/10")):
        for outer in outers:
            net = Network((2, 1, 1), activation, fixed=None if outer is None else {"W2": [[outer]]})
            problem = ncf(net, data)
            points = kkt_points(problem)
            parts.extend(kkt_point(problem, point, multiplier=multiplier, shift=shift) for point in points if point.value)
            parts.append(kkt_complete(problem, points, dropped=dropped))
    return every(*parts)

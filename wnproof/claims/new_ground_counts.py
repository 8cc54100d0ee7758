"""How many KKT points the neural correlation function of one neuron has on real data, as the number of samples grows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import sympy as sp

from wnproof.claims.claim import claim
from wnproof.claims.kkt import kkt_complete
from wnproof.claims.statements import equal, every
from wnproof.derive.ncf import ncf
from wnproof.graph.statement import Statement
from wnproof.kkt.points import Kind
from wnproof.kkt.solve import kkt_points
from wnproof.model.activations import relu
from wnproof.model.dataset import Dataset
from wnproof.model.datasets import iris
from wnproof.model.network import Network
from wnproof.verdict import Rigor

TWO, THREE = ("petal_length", "petal_width"), ("sepal_length", "sepal_width", "petal_length")
Counts = Mapping[tuple[tuple[str, ...], int], tuple[int, int, int]]
COUNTS: Counts = {
    **{(TWO, n): (2, 0, 2) for n in (6, 12, 25, 50, 100, 150)},
    (THREE, 6): (2, 3, 2),
    (THREE, 12): (3, 3, 2),
}


@claim(
    "wnproof/kkt-counts",
    source="new; lists that are complete by a sweep of the arrangement of the samples",
    requires=Rigor.CERTIFIED,
    controls={
        "one point fewer": dict(dropped=1, counts={(TWO, 150): (2, 0, 2)}),
        "as many maxima as samples": dict(counts={(TWO, 6): (6, 0, 6)}),
        "no saddles in three dimensions": dict(counts={(THREE, 6): (2, 0, 2)}),
        "twelve samples have as many as six": dict(counts={(THREE, 12): (2, 3, 2)}),
    },
    larger=dict(counts={**COUNTS, (THREE, 25): (1, 1, 2), (THREE, 50): (1, 1, 2)}),
)
def counts_of_iris(dropped: int = 0, counts: Counts = COUNTS) -> Statement:
    """One ReLU neuron, outer weight 1, on iris with its features centred, versicolor against the rest, every k-th row: with two
    petal features N has two maxima and two minima on the circle, for n = 6, 12, 25, 50, 100 and 150 samples alike; with three
    features 2 and 3 maxima, 3 saddles and 2 minima for n = 6 and 12, and in the larger case 1, 1 and 2 for n = 25 and 50. The
    number of KKT points does not grow with n.

    Of points with N != 0; each list is complete, with its values and kinds.
    """
    parts: list[Statement] = []
    for (features, n), expected in counts.items():
        data = iris(features, positive="versicolor")
        centred = data.exact_X - sum(data.exact_X) / data.n
        rows = np.linspace(0, data.n - 1, n).astype(int)
        problem = ncf(
            Network((len(features), 1, 1), relu, fixed={"W2": [[1]]}),
            Dataset(centred[rows].tolist(), data.exact_y[rows].tolist()),
        )
        points = kkt_points(problem)
        found = Counter(point.kind for point in points if point.value)
        parts.append(kkt_complete(problem, points, dropped=dropped))
        pairs = zip((Kind.MAXIMUM, Kind.SADDLE, Kind.MINIMUM), expected, strict=True)
        parts += [equal(sp.Integer(found[kind]), number) for kind, number in pairs]
    return every(*parts)

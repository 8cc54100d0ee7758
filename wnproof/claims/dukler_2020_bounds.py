"""Dukler, Gu and Montufar (arXiv 2006.06878) on given data: bounds of lambda_0, mu_0, and a rate that lasts."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp

from wnproof.arrival.certified_rate import lasting_rate
from wnproof.arrival.lazy import sphere_data
from wnproof.claims.claim import claim
from wnproof.claims.engine import ByEngine
from wnproof.derive.directions import primitive
from wnproof.derive.hypotheses import no_parallel, unit_norm
from wnproof.derive.ntk import ntk
from wnproof.model.activations import relu
from wnproof.model.dataset import Dataset
from wnproof.model.datasets import iris
from wnproof.model.network import Network
from wnproof.model.normalizations import weight_norm
from wnproof.verdict import Rigor


@claim(
    "dukler-2020/lambda-of-iris",
    source="[memory] arXiv 2006.06878 for lambda_0, mu_0 > 0 without parallel samples; the bounds for these data are derived",
    requires=Rigor.CERTIFIED,
    on_data=(no_parallel, unit_norm),
)
def eigenvalues() -> ByEngine:
    """The 149 rows of iris with different directions, divided by their norms: lambda_0 and mu_0, the smallest eigenvalues of the
    limits of V and G at infinite width, are positive, between 2.90e-4 and 2.91e-4, and between 9.76e-10 and 9.77e-10.

    Balls of 256 bits around exact data, an interval factorization from below, an exact vector from above. With all 150 rows,
    two of which are parallel, both are 0.
    """
    signs = {"W2": [[1, -1]]}
    net = Network((4, 2, 1), relu, normalization=weight_norm, fixed=signs, scale=1 / sp.sqrt(2))
    data = iris()
    rows = list({primitive(row): row for row in data.exact_X.tolist()}.values())
    found = ntk(net).limit(Dataset(rows, [1] * len(rows)), normalized=True)
    lower, upper = found.lambda_0.lower, found.lambda_0.upper
    small = found.mu_0
    wrong = (
        ("lambda_0 is 0", lower > 0),
        ("mu_0 is 0", small.lower > 0),
        ("lambda_0 is that of the plain network", upper < found.h_0.lower),
        ("lambda_0 outside 2.90e-4 .. 2.91e-4", Fraction(290, 10**6) < lower and upper < Fraction(291, 10**6)),
        ("mu_0 outside 9.76e-10 .. 9.77e-10", Fraction(976, 10**12) < small.lower and small.upper < Fraction(977, 10**12)),
        ("parallel rows do no harm", ntk(net).limit(data, normalized=True).lambda_0.upper == 0),
    )
    return ByEngine(found.verdict, wrong)


@claim(
    "dukler-2020/a-posteriori",
    source="[memory] arXiv 2006.06878 for linear convergence from the start; the bound and its constants are derived",
    requires=Rigor.CERTIFIED,
    larger=dict(width=4000),
    on_data=(no_parallel,),
)
def a_posteriori(width: int = 400, seed: int = 0) -> ByEngine:
    """400 ReLU neurons at the paper's law, alpha = 1, in pairs with c = +-1; four samples on the sphere, small labels: the
    tangent kernel stays above a proved bound on a ball that theta never leaves, so |f(t) - y|^2 <= e^(-omega t) |f(0) - y|^2 for
    ever, omega > 1/5, for this one network and these data.

    The rate at the start bounds every such omega from above: it excludes 2 H_11 = 1, the rate of a single sample.
    """
    half = np.random.default_rng(seed).standard_normal((width // 2, 5))
    V = np.repeat(half, 2, axis=0)
    data = sphere_data(3)
    few = Dataset(data.exact_X[:4].tolist(), [y / 16 for y in data.exact_y[:4].tolist()])
    blocks = {"V1": V, "g1": np.linalg.norm(V, axis=1)}
    found = lasting_rate(few, blocks, [(-1) ** k for k in range(width)], ["1/20", "1/10", "1/5"])
    wrong = (
        ("no rate: omega = 0", found.rate > 0),
        ("no rate above 1/5", found.rate > Fraction(1, 5)),
        ("omega = 2 H_11 = 1", found.at_most < 1),
    )
    return ByEngine(found.verdict, wrong)

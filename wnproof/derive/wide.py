"""Infinite-width limits of the tangent kernel's parts on given data, and bounds of their smallest eigenvalues.

H_ij = <x_i, x_j> E[sigma'(w.x_i) sigma'(w.x_j)] for w ~ N(0, I) in R^d, and G_ij = p^2/(d + 2p - 2) E[sigma(w.x_i) sigma(w.x_j)],
as norm and direction of w are independent, E|w|^(2p) = (d + 2p - 2) E|w|^(2p - 2), and z sigma'(z) = p sigma(z); V = H - G. None
of them depends on alpha. Entries are balls of python-flint around exact data; no float decides a bound.

Source: Dukler, Gu, Montufar 2020 (reconstructed) for p = 1 and |x| = 1; the general case is derived here.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx

from wnproof.certificate import computed
from wnproof.derive.arccosine import TwoSided, angle, ball, midpoint
from wnproof.derive.directions import dependence
from wnproof.errors import WnproofError
from wnproof.model.dataset import Dataset, exact_array
from wnproof.model.network import Network
from wnproof.model.normalizations import plain, weight_norm
from wnproof.verdict import Verdict

PRECISION = 256
Rows = list[list[arb]]


@dataclass(frozen=True)
class Smallest:
    """lower <= smallest eigenvalue <= upper, exact rational bounds; ``reason`` says why it is zero, when that is known.

    The lower bound is an interval factorization of A - lower I, or 0 because A is a Gram matrix; the upper one the Rayleigh
    quotient of an exact vector.
    """

    lower: Fraction
    upper: Fraction
    reason: str = ""

    def text(self) -> str:
        """The bounds rounded outwards to twelve digits, or 0 with its reason."""
        if self.reason:
            return f"0: {self.reason}"
        lower, upper = Context(12, ROUND_FLOOR), Context(12, ROUND_CEILING)
        ends = (way.divide(q.numerator, q.denominator) for way, q in ((lower, self.lower), (upper, self.upper)))
        return "between {} and {}".format(*ends)

    def __repr__(self) -> str:
        return self.text()


@dataclass(frozen=True, eq=False)
class WideLimit:
    """The limits as matrices of balls, and certified bounds: lambda_0 of V, mu_0 of G, and that of H.

    Attributes:
        V, G, H: lists of rows of ``flint.arb``; the tangent kernel is V / alpha^2 + G, and H that of the plain network.
        lambda_0, mu_0, h_0: bounds of the smallest eigenvalues of V, G and H.
    """

    V: Rows
    G: Rows
    H: Rows
    lambda_0: Smallest
    mu_0: Smallest
    h_0: Smallest

    @property
    def verdict(self) -> Verdict:
        """The bounds of the three smallest eigenvalues: certified, with the grade ``computed``, in balls of python-flint."""
        bounds = (("V", self.lambda_0), ("G", self.mu_0), ("H", self.h_0))
        sentence = "; ".join(f"the smallest eigenvalue of {name} is {bound.text()}" for name, bound in bounds)
        scope = f"n={len(self.H)} samples of exact numbers, infinite width"
        return computed(sentence, "python-flint: outward rounded balls, interval LDL' and a Rayleigh quotient", scope)

    @property
    def radius(self) -> float:
        """The largest radius of an entry's ball, rounded up."""
        return max(float(entry.rad().upper()) for M in (self.V, self.G, self.H) for row in M for entry in row)

    def tangent(self, alpha: Any) -> Smallest:
        """Bounds of the smallest eigenvalue of V / alpha^2 + G: |f - y|^2 decays like e^(-2 t times it).

        At least lambda_0 / alpha^2 + mu_0 (Weyl). ``alpha`` is an exact number, not 0.

        Raises: WnproofError E-VALUE for alpha = 0.
        """
        scale = exact_array(alpha, "alpha").item()
        if not scale:
            raise WnproofError("E-VALUE", "alpha is 0", help="alpha is the standard deviation of v's entries")
        with ctx.workprec(PRECISION):
            share = ball(1 / scale**2)
            whole = [[share * v + g for v, g in zip(*rows, strict=True)] for rows in zip(self.V, self.G, strict=True)]
            return least_eigenvalue(whole, self.mu_0.reason)

    def __repr__(self) -> str:
        return f"WideLimit of {len(self.H)} samples: lambda_0 {self.lambda_0}; mu_0 {self.mu_0}"


def wide_limit(net: Network, data: Dataset, normalized: bool) -> WideLimit:
    """See ``NTK.limit``.

    >>> from wnproof.derive.ntk import ntk
    >>> from wnproof.model.activations import relu
    >>> net = Network((2, 4, 1), relu, normalization=weight_norm, fixed={"W2": None}, scale="1/2")
    >>> limit = ntk(net).limit(Dataset([[1, 0], ["3/5", "4/5"]], [1, 1]))
    >>> limit.H[0][0].contains(arb(1) / 2), limit.lambda_0.lower > 0, limit.radius < 1e-60
    (True, True, True)
    """
    _of_the_paper(net)
    if data.d != net.widths[0]:
        raise WnproofError("E-SHAPE", f"the data have {data.d} features, the network {net.widths[0]}")
    sigma = TwoSided.of(net.activation)
    with ctx.workprec(PRECISION):
        H, G = _matrices(data, sigma, normalized)
        V = [[h - g for h, g in zip(*rows, strict=True)] for rows in zip(H, G, strict=True)]
        shared = dependence(data.exact_X.tolist(), sigma.degree)
        still = shared or ("in one dimension no direction moves" if data.d == 1 else "")
        return WideLimit(V, G, H, least_eigenvalue(V, still), least_eigenvalue(G, shared), least_eigenvalue(H, shared))


def _of_the_paper(net: Network) -> None:
    output = net.constants.get("W2")
    signs = output is None or all(abs(c) == 1 for c in output.ravel())
    known = net.depth == 2 and not net.outputs and not any(net.biases) and net.normalizations == (weight_norm, plain)
    if not known or set(net.fixed) != {"W2"} or not signs or net.scale**2 * net.widths[1] != 1:
        raise WnproofError(
            "E-VALUE",
            f"no infinite-width limit is known for {net}",
            help="two layers, one output, weight_norm, no bias, fixed W2 of signs (or None), scale 1/sqrt(width)",
        )


def _matrices(data: Dataset, sigma: TwoSided, normalized: bool) -> tuple[Rows, Rows]:
    X, n, p = data.exact_X, data.n, sigma.degree
    H, G = ([[arb(0)] * n for _ in range(n)] for _ in range(2))
    factor = ball(Fraction(p * p, data.d + 2 * p - 2))
    for i in range(n):
        for j in range(i + 1):
            inner, squares = Fraction(X[i] @ X[j]), Fraction((X[i] @ X[i]) * (X[j] @ X[j]))
            if squares == 0:
                continue  # a zero sample: its output and its gradient are zero
            cosine, sine = angle(inner, squares)
            length = arb(1) if normalized else ball(squares).sqrt() ** p
            H[i][j] = H[j][i] = length * cosine * sigma.slope.moment(cosine, sine)
            G[i][j] = G[j][i] = length * factor * sigma.moment(cosine, sine)
    return H, G


def least_eigenvalue(A: Rows, reason: str = "") -> Smallest:
    """Bounds of the smallest eigenvalue of a symmetric positive semidefinite matrix of balls; 0 where a reason is known.

    >>> least_eigenvalue([[arb(2), arb(1)], [arb(1), arb(2)]]).lower > Fraction(999, 1000)
    True
    """
    if reason:
        return Smallest(Fraction(0), Fraction(0), reason)
    vector = _eigenvector(A)
    image = [sum((a * x for a, x in zip(row, vector, strict=True)), arb(0)) for row in A]
    quotient = sum((a * x for a, x in zip(image, vector, strict=True)), arb(0)) / sum((x * x for x in vector), arb(0))
    upper = midpoint(quotient.upper())
    for bits in (40, 20, 10, 5, 1):
        lower = upper * (1 - Fraction(1, 2**bits))
        if lower > 0 and _positive_definite(A, lower):
            return Smallest(lower, upper)
    return Smallest(Fraction(0), upper)


def _eigenvector(A: Rows) -> list[arb]:
    """Exact numbers near an eigenvector of the smallest eigenvalue: a float guess, then inverse iteration at midpoints."""
    found = np.linalg.eigh([[float(a.mid()) for a in row] for row in A])[1][:, 0]
    vector = [arb(float(x)) for x in found]
    try:
        inverse = arb_mat([[a.mid() for a in row] for row in A]).inv()
    except ZeroDivisionError:
        return vector
    for _ in range(4):
        solved = [row[0] for row in (inverse * arb_mat([[x] for x in vector])).tolist()]
        largest = max(abs(float(x.mid())) for x in solved)
        if not 0 < largest < float("inf"):
            break
        vector = [(x / arb(largest)).mid() for x in solved]
    return vector


def _positive_definite(A: Rows, shift: Fraction) -> bool:
    """Whether an interval LDL' of A - shift I has positive pivots for certain, which proves it positive definite."""
    rows = [[*row] for row in A]
    for k, row in enumerate(rows):
        row[k] = row[k] - ball(shift)
    for k, pivot in enumerate(rows):
        if not pivot[k] > 0:
            return False
        for i in range(k + 1, len(rows)):
            factor, row = pivot[i] / pivot[k], rows[i]
            for j in range(i, len(rows)):  # what is below the diagonal is the same
                row[j] = row[j] - factor * pivot[j]
    return True

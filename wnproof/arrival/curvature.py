"""How fast solutions on the sphere part near a point: the largest eigenvalue of a form's Hessian over a ball of directions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any

import flint

from wnproof.arrival.spherical import SphericalForm, norm

POWER = 4  # |A A^T| is at most the trace of its 2^POWER-th power, to the power 2^-POWER


class Curvature:
    """Bounds at unit vectors u near a unit vector c, from the derivatives of N at c: what moves is measured as a norm.

    With A(u) = D^2 N(u) - L N(u), d = u - c and |d| <= r, a tangent vector at u has at most the component r along c. So its
    rate is that of its part tangent at c, where A moves by |D^3 N on tangent vectors| r + O(r^2), and terms of order r times
    that which mixes the two parts: (L-1) grad N on the sphere, which is small near KKT points, and O(r).

    Args:
        form: N.
        c: a box of balls that holds the unit vector; the thinner, the better.
    """

    def __init__(self, form: SphericalForm, c: Sequence[Any]) -> None:
        n, L = form.size, form.degree
        self.degree, self.rate = L, form.parting(c)
        P = flint.arb_mat([[(1 if i == j else 0) - c[i] * c[j] for j in range(n)] for i in range(n)])
        jets = form.jets(c)
        self.value = jets[0][(0,) * n]
        bends = flint.arb_mat([[jets[2][_key(n, i, j)] for j in range(n)] for i in range(n)])
        self.slope = norm((P * flint.arb_mat([[jets[1][_key(n, i)]] for i in range(n)])).entries())
        self.bend, self.whole = norm((P * bends * P).entries()), norm(bends.entries())
        self.twist = _twist(P, jets[3], n) if L > 2 else flint.arb(0)
        self.sizes = {k: _size(jets[k]) for k in range(3, L + 1)}

    def parting(self, r: Any) -> Any:
        """An upper bound on the largest eigenvalue of A(u) on tangent spaces, over all unit vectors u with |u - c| <= r.

        By Euler's identities D^2 N c = (L-1) grad N and D^3 N[c] = (L-2) D^2 N; d has the component -|d|^2/2 along c.
        """
        L, N, half = self.degree, self.value.abs_upper(), r * r / 2
        value = self.slope * r + (L * N + self.whole) * half  # |N(u) - N(c)|
        value += sum((size * r**k / math.factorial(k) for k, size in self.sizes.items()), flint.arb(0))
        rest = sum((size * r ** (k - 2) / math.factorial(k - 2) for k, size in self.sizes.items() if k > 3), flint.arb(0))
        tangent = self.rate + self.twist * r + (L - 2) * self.bend * half + rest + L * value
        mixed = (L - 1) * self.slope * (1 + (L - 2) * half) + (L - 2) * self.bend * r + rest
        radial = L * (L - 2) * self.value + (L - 2) * (L - 1) * (self.slope * r + L * N * half) + rest + L * value
        more = (radial - tangent).upper()
        return (tangent + 2 * r * mixed + r * r * (more if more > 0 else 0)).upper()

    def steepness(self, r: Any) -> Any:
        """An upper bound on |DF(u)|, F(u) = grad N(u) - L N(u) u, over all vectors u with |u - c| <= r.

        DF = D^2 N - L N I - L u grad N^T, each bounded by its value at c and the higher derivatives.
        """
        L = self.degree
        moved = [
            sum((size * r ** (k - j) / math.factorial(k - j) for k, size in self.sizes.items()), flint.arb(0)) for j in range(3)
        ]
        N = self.value.abs_upper()
        slope = L * N + self.slope  # |grad N| at c
        bend = self.whole + moved[2]
        value = N + slope * r + self.whole * r * r / 2 + moved[0]
        pull = slope + self.whole * r + moved[1]
        return (bend + L * value + L * (1 + r) * pull).upper()


@cache
def _key(n: int, *indices: int) -> tuple[int, ...]:
    return tuple(sum(1 for k in indices if k == i) for i in range(n))


def _size(jet: dict[tuple[int, ...], Any]) -> Any:
    """Frobenius norm of a symmetric tensor, from its different entries: at least its norm as a multilinear map."""
    total = flint.arb(0)
    for key, entry in jet.items():
        often = math.factorial(sum(key)) // math.prod(math.factorial(e) for e in key)
        total += often * entry.abs_upper() ** 2
    return total.sqrt().upper()


def _twist(P: Any, jet: dict[tuple[int, ...], Any], n: int) -> Any:
    """The norm of D^3 N on tangent vectors: of the matrix (n, n^2) of its entries, which is at least that."""
    slices = [P * flint.arb_mat([[jet[_key(n, i, j, k)] for k in range(n)] for j in range(n)]) * P for i in range(n)]
    flat = flint.arb_mat([s.entries() for s in slices])
    G = P * flat
    G = G * G.transpose()
    for _ in range(POWER):
        G = G * G
    trace = sum((G[i, i] for i in range(n)), flint.arb(0)).abs_upper()
    for _ in range(POWER + 1):
        trace = trace.sqrt().upper()
    return trace

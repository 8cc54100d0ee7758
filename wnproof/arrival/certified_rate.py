"""A rate that a finite network is proved to keep for ever, from its start alone: it stays near, where the kernel stays positive.

Two layers with weight normalization, f_i = s sum_k c_k g_k relu(v_k.x_i)/|v_k|, c_k = +-1 fixed, square loss, residual r. For a
radius R only the neurons count whose preactivations keep their signs on all samples while theta moves by R, and whose |v_k| stays
above |v_k(0)|/2; J are their rows of the Jacobian, and the others only add to the tangent kernel. There

    |D^2 (g relu(v.x)/|v|)| <= |x|/|v| + (2 / sqrt 3) |g||x|/|v|^2   where x is active,

so that sigma_min(J) >= sigma_0 - R s max_k (sum_i bound_ki^2)^(1/2) =: omega. As |r|' <= -|J^T r| along the path, of which r
moves theta at the speed |J^T r| (all neurons), |r0| < R omega keeps theta within R of the start, and |r(t)| <= e^(-omega^2 t)
|r0| for all t. This holds for every trajectory of the Clarke gradient flow. Balls of python-flint; no float decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb, ctx

from wnproof.certificate import computed
from wnproof.derive.arccosine import ball, midpoint
from wnproof.derive.wide import least_eigenvalue
from wnproof.errors import WnproofError
from wnproof.model.dataset import Dataset, exact_array
from wnproof.verdict import Verdict, undecided

BITS = 128
ENGINE = "python-flint: outward rounded balls, interval LDL' and a bound of the second derivatives"
Row = list[arb]


@dataclass(frozen=True)
class LastingRate:
    """|f(t) - y|^2 <= e^(-rate t) |f(0) - y|^2 for all t >= 0, with rate > 0 proved; 0 where nothing was shown.

    Attributes:
        verdict: certified with the grade ``computed``, or undecided with the reason.
        rate: a lower bound of the largest such rate, exact; 2 omega^2.
        at_most: an upper bound of it, the rate at the start, 2 r^T Lambda r / |r|^2.
        radius: how far theta may move.
        neurons: how many of them count.
    """

    verdict: Verdict
    rate: Fraction
    at_most: Fraction
    radius: Fraction
    neurons: int


def lasting_rate(data: Dataset, blocks: Mapping[str, Any], signs: Sequence[int], radii: Sequence[Any]) -> LastingRate:
    """The best rate that one of the radii proves for the flow from these parameters, with scale 1/sqrt(m).

    Args:
        data: exact samples and labels (n, d), (n,).
        blocks: ``V1`` (m, d) and ``g1`` (m,), g > 0; a float stands for its exact binary value.
        signs: c_k = +-1 (m,).
        radii: candidates for R.

    Raises: WnproofError E-SHAPE, E-VALUE, E-EMPTY.

    Source: Dukler, Gu, Montufar 2020 for the question (reconstructed); the argument is derived.

    >>> one = lasting_rate(Dataset([[1, 0]], ["1/10"]), {"V1": [[1, 0]], "g1": [1]}, [1], ["9/10"])
    >>> one.verdict.rigor.name
    'UNDECIDED'
    >>> near = lasting_rate(Dataset([[1, 0]], ["21/20"]), {"V1": [[1, 0]], "g1": [1]}, [1], ["1/10"])
    >>> near.verdict.rigor.name, 1 < near.rate <= near.at_most
    ('CERTIFIED', True)
    """
    V, g = exact_array(blocks["V1"], "V1"), exact_array(blocks["g1"], "g1")
    if V.shape != (len(signs), data.d) or g.shape != (len(signs),):
        raise WnproofError("E-SHAPE", f"V1 is {V.shape}, g1 {g.shape}, for {len(signs)} signs and {data.d} features")
    if any(c not in (1, -1) for c in signs) or min(g) <= 0 or not all(row.any() for row in V):
        raise WnproofError("E-VALUE", "signs are +-1, g is positive, and no v is 0", help="see the paper's initial law")
    if not len(radii):
        raise WnproofError("E-EMPTY", "no radius is given", help="try some from 1/20 to 1/2")
    with ctx.workprec(BITS):
        start = _Start(data, V.tolist(), g.tolist(), [int(c) for c in signs])
        found = [start.at(exact_array(radius, "radius").item()) for radius in radii]
    return max(found, key=lambda one: one.rate)


class _Start:
    """What does not depend on the radius."""

    def __init__(self, data: Dataset, V: list[list[Fraction]], g: list[Fraction], signs: list[int]) -> None:
        self.X, self.V, self.g, self.signs = data.exact_X.tolist(), V, g, signs
        self.scale = 1 / arb(len(V)).sqrt()
        self.inner = [[ball(sum((a * b for a, b in zip(x, z, strict=True)), Fraction(0))) for z in self.X] for x in self.X]
        self.sizes = [self.inner[i][i].sqrt() for i in range(len(self.X))]
        self.lengths = [ball(sum((a * a for a in v), Fraction(0))).sqrt() for v in V]
        self.z = [[ball(sum((a * b for a, b in zip(v, x, strict=True)), Fraction(0))) for x in self.X] for v in V]
        outputs = self._outputs()
        self.residual = [f - ball(y) for f, y in zip(outputs, data.exact_y.tolist(), strict=True)]
        self.square = sum((r * r for r in self.residual), arb(0))
        self.at_most = self._first_rate()

    def _outputs(self) -> Row:
        total = [arb(0) for _ in self.X]
        for c, g, size, z in zip(self.signs, self.g, self.lengths, self.z, strict=True):
            for i, value in enumerate(z):
                if value > 0:
                    total[i] += c * ball(g) * value / size
        return [self.scale * value for value in total]

    def kernel(self, neurons: Sequence[int]) -> list[Row]:
        """J J^T of these neurons at the start."""
        n = len(self.X)
        rows = [[arb(0) for _ in range(n)] for _ in range(n)]
        for k in neurons:
            size, share = self.lengths[k], (ball(self.g[k]) / self.lengths[k]) ** 2
            for i in range(n):
                for j in range(i + 1):
                    if self.z[k][i] > 0 and self.z[k][j] > 0:
                        along = self.z[k][i] * self.z[k][j] / size**2
                        rows[i][j] += self.scale**2 * (share * (self.inner[i][j] - along) + along)
        for i in range(n):
            for j in range(i):
                rows[j][i] = rows[i][j]
        return rows

    def _first_rate(self) -> Fraction:
        """2 r^T Lambda r / |r|^2 rounded up; 0 where r may be 0."""
        if not self.square > 0:
            return Fraction(0)
        rows = self.kernel(range(len(self.V)))
        r = self.residual
        form = sum((rows[i][j] * r[i] * r[j] for i in range(len(r)) for j in range(len(r))), arb(0))
        return midpoint((2 * form / self.square).upper())

    def _kept(self, k: int, radius: arb) -> bool:
        far = self.lengths[k] > 2 * radius
        return far and all(abs(z) > radius * size for z, size in zip(self.z[k], self.sizes, strict=True))

    def _bend(self, k: int, radius: arb) -> arb:
        """The sum over active samples of the squared bounds of second derivatives within the radius."""
        size, g = self.lengths[k] - radius, ball(self.g[k]) + radius
        each = [s / size + 2 / arb(3).sqrt() * g * s / size**2 for z, s in zip(self.z[k], self.sizes, strict=True) if z > 0]
        return sum((b * b for b in each), arb(0)).upper()

    def at(self, R: Fraction) -> LastingRate:
        """What this radius proves."""
        radius = ball(R)
        kept = [k for k in range(len(self.V)) if self._kept(k, radius)]
        says = f"|f(t) - y|^2 falls at least like e^(-omega t) for all t >= 0 from the given weights of {len(self.V)} neurons"
        if not kept:
            return LastingRate(undecided(says, f"no neuron keeps its signs within {R}"), Fraction(0), self.at_most, R, 0)
        lowest = ball(least_eigenvalue(self.kernel(kept)).lower).sqrt()
        omega = lowest - radius * self.scale * max(self._bend(k, radius) for k in kept).sqrt()
        if not (omega > 0 and self.square < (radius * omega) ** 2):
            reason = f"within {R} the singular values or the residual leave no room"
            return LastingRate(undecided(says, reason), Fraction(0), self.at_most, R, len(kept))
        rate = midpoint((2 * omega**2).lower())
        says = f"{says}, omega = {float(rate):.6g}, and theta stays within {R} of its start"
        scope = f"n={len(self.X)}, {len(kept)} of {len(self.V)} neurons keep their signs"
        return LastingRate(computed(says, ENGINE, scope), rate, self.at_most, R, len(kept))

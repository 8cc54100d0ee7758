"""``is_kkt``: whether a given point, such as the trained weights of a network, is a KKT point of one neuron's problem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wnproof.certificate import settle
from wnproof.derive.sphere import SphereProblem
from wnproof.errors import WnproofError
from wnproof.kkt.arrangement import Exact, point_statement
from wnproof.kkt.family import angle_between
from wnproof.kkt.isolated import Isolated
from wnproof.kkt.neuron import Neuron
from wnproof.kkt.points import Kind, KKTPoint, KKTSet, Notion, clarke, unit_vector
from wnproof.kkt.solve import kkt_points, neuron_of
from wnproof.model.dataset import exact_array
from wnproof.verdict import Verdict, undecided

FloatArray = NDArray[np.float64]
ON_KINK = 1e-7  # |x . w| / (|x| |w|) up to which a row counts as on its kink
SAME = 1e-6  # radians


@dataclass(frozen=True, eq=False)
class KKTCheck:
    """What is known of a point.

    Attributes:
        verdict: certified by the checker for exact entries; for floats always undecided, with residual and nearest point.
        residual: distance of L N(u) u to the gradients at u = point / |point|, where rows within 1e-7 of their kink choose their
            slopes alone, relative to the largest gradient there; never more than the distance to the Clarke set.
        nearest: the certified isolated point at the smallest angle; None when there is none.
        angle: to it, in radians, or to a family when that is nearer; inf when there is neither.
        notion: which generalized gradient counts.
    """

    verdict: Verdict
    residual: float
    nearest: KKTPoint | None
    angle: float
    notion: Notion

    @property
    def kind(self) -> Kind | None:
        """Of the nearest point, when the angle is below 1e-6."""
        return self.nearest.kind if self.nearest is not None and self.angle <= SAME else None

    @property
    def morse_index(self) -> int | None:
        """Of the nearest point, when the angle is below 1e-6."""
        return self.nearest.morse_index if self.nearest is not None and self.angle <= SAME else None

    def __repr__(self) -> str:
        return f"{self.verdict}\nresidual {self.residual:.3g} ({self.notion}), angle {self.angle:.3g} to the nearest listed point"


def is_kkt(problem: SphereProblem, u: Sequence[Any], *, notion: Notion = clarke) -> KKTCheck:
    """Whether u / |u| is a KKT point of one (leaky) ReLU neuron's problem.

    Entries that are all ints, Fractions or "p/q" are decided exactly; floats get a residual and the nearest certified point.

    Args:
        problem: from ``ncf`` of a network with one hidden neuron.
        u: (P,) in the order of theta, of any length but zero.
        notion: which generalized gradient counts on kinks.

    Raises:
        WnproofError: E-SHAPE for another size, E-VALUE for zero, E-NONFINITE, and as ``kkt_points`` does for ``Exact()``.

    >>> from wnproof.derive.ncf import ncf
    >>> from wnproof.model.activations import relu
    >>> from wnproof.model.dataset import Dataset
    >>> from wnproof.model.network import Network
    >>> N = ncf(Network((2, 1, 1), relu, fixed={"W2": [[1]]}), Dataset([[3, 4], [1, 0]], [1, -1]))
    >>> is_kkt(N, [1, 2]).verdict.rigor.value, is_kkt(N, [1, 3]).verdict.rigor.value
    ('certified', 'undecided')
    >>> near = is_kkt(N, [0.1, 0.2])
    >>> near.verdict.rigor.value, near.residual < 1e-12, near.kind
    ('undecided', True, <Kind.MAXIMUM: 'maximum'>)
    """
    listed = kkt_points(problem, notion=notion, method=Exact())
    neuron = neuron_of(problem)
    assert neuron is not None
    entries = [Fraction(entry) for entry in exact_array(list(u), "u").ravel()]
    if len(entries) != problem.size:
        raise WnproofError("E-SHAPE", f"u has {len(entries)} entries, theta has {problem.size}", help="order it as theta is")
    if not any(entries):
        raise WnproofError("E-VALUE", "u is zero", help="a direction is needed")
    point = unit_vector(entries)
    nearest = min(listed, key=lambda other: angle_between(point, other.u), default=None)
    angles = [*(angle_between(point, other.u) for other in listed), *(family.angle(point) for family in listed.families)]
    angle, residual = min(angles, default=np.inf), _residual(neuron, point)
    inexact = any(isinstance(entry, float | np.floating) for entry in u)
    verdict = _measured(listed, residual, angle) if inexact else _decided(neuron, entries, notion)
    return KKTCheck(verdict, residual, nearest, float(angle), notion)


def _measured(listed: KKTSet, residual: float, angle: float) -> Verdict:
    reason = f"floats: residual {residual:.3g}, {angle:.3g} radians to the nearest of {len(listed)} points and families listed"
    return undecided("a point given in floats is a KKT point", reason)


def _decided(neuron: Neuron, entries: Sequence[Fraction], notion: Notion) -> Verdict:
    sign = None
    if neuron.trained:
        *hidden, outer = entries
        if any(hidden) and outer and outer**2 != sum(entry**2 for entry in hidden):
            return undecided(
                "a point is a KKT point", "the outer weight differs in size from the hidden weights: only N = 0 allows it"
            )
        sign = (outer > 0) - (outer < 0)
    else:
        hidden = list(entries)
    scale = int(np.lcm.reduce([entry.denominator for entry in hidden], dtype=object))
    given = Isolated(tuple(int(entry * scale) for entry in hidden), sign, Fraction(0), Kind.SADDLE, None, {})
    return settle(point_statement(neuron, notion, given), {"kind": "arrangement"}, claims="certified")


def _residual(neuron: Neuron, u: FloatArray) -> float:
    """By bounded least squares over the slopes of the rows on their kinks; rows and labels are scaled to 1 before."""
    from scipy.optimize import lsq_linear

    largest = max((abs(entry) for row in neuron.X for entry in row), default=Fraction(0)) or Fraction(1)
    top = max((abs(label) for label in neuron.y), default=Fraction(0)) or Fraction(1)
    X = np.array([[float(entry / largest) for entry in row] for row in neuron.X])
    y = np.array([float(label / top) for label in neuron.y])
    d, slope = X.shape[1], float(neuron.slope)
    w, outer = u[:d], float(u[d]) if neuron.trained else 1.0
    z = X @ w
    kinks = np.abs(z) <= ON_KINK * np.linalg.norm(X, axis=1) * np.linalg.norm(w)
    slopes = np.where(kinks, 0.0, np.where(z > 0, 1.0, slope))
    S = float(y @ np.where(z > 0, z, slope * z))
    g = outer * (y * slopes) @ X
    rows = (outer * y[:, None] * X)[kinks]
    if neuron.trained:
        g, rows = np.append(g, S), np.pad(rows, ((0, 0), (0, 1)))
    target = float(neuron.degree) * outer * S * u - g
    size = float(np.linalg.norm(np.abs(y) @ np.abs(X))) or 1.0
    if not len(rows):
        return float(np.linalg.norm(target)) / size
    best = lsq_linear(rows.T, target, bounds=(min(slope, 1.0), max(slope, 1.0) + 1e-15), method="bvls", tol=1e-15)
    return float(np.linalg.norm(rows.T @ best.x - target)) / size

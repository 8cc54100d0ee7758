"""``is_kkt``: whether a given point, such as the trained weights of a network, is a KKT point of its problem."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wnproof.certificate import settle
from wnproof.derive.sphere import SphereProblem
from wnproof.errors import WnproofError
from wnproof.kkt.arrangement import Exact
from wnproof.kkt.isolated import Isolated
from wnproof.kkt.judgement import KKTCheck, nearest_of
from wnproof.kkt.neuron import Neuron
from wnproof.kkt.points import Kind, KKTSet, Notion, clarke, unit_vector
from wnproof.kkt.said import point_statement
from wnproof.kkt.solve import kkt_points, neuron_of
from wnproof.kkt.stationary import decided, listed_for, measure_of
from wnproof.model.dataset import exact_array
from wnproof.verdict import Verdict, undecided

FloatArray = NDArray[np.float64]
ON_KINK = 1e-7  # |x . w| / (|x| |w|) up to which a row counts as on its kink


def is_kkt(
    problem: SphereProblem, u: Sequence[Any] | FloatArray, *, notion: Notion = clarke, listed: KKTSet | None = None
) -> KKTCheck:
    """Whether u / |u| is a KKT point of N on the unit sphere: of a form, of one neuron, of a wide or a deep network.

    Entries that are all ints, Fractions or "p/q" are decided exactly, by the checker; floats never are: they get a residual and
    the nearest entry of a list, with its kind and index.

    Args:
        problem: from ``ncf`` or ``sphere_problem``.
        u: (P,) in the order of theta, of any length but zero; see ``read_weights`` for files.
        notion: which generalized gradient counts on kinks.
        listed: the list to look for the nearest entry in; without it the one that fits: exact for one neuron and for two-layer
            networks of any width, along chains for deep ones, enclosed for forms.

    Raises:
        WnproofError: E-SHAPE for another size, E-VALUE for zero and for rows on spheres of their own, E-NONFINITE, and as
            ``kkt_points`` does.

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
    >>> deep = ncf(Network((2, 2, 1, 1), relu), Dataset([[3, 4]], [1]))
    >>> there = is_kkt(deep, [3, 4, 0, 0, 5, 0, 5])
    >>> there.verdict.rigor.value, there.nearest.value == 5 / 27**0.5, there.angle < 1e-12
    ('certified', True, True)
    """
    entries = [Fraction(entry) for entry in exact_array(list(u), "u").ravel()]
    if len(entries) != problem.size:
        raise WnproofError("E-SHAPE", f"u has {len(entries)} entries, theta has {problem.size}", help="order it as theta is")
    if not any(entries):
        raise WnproofError("E-VALUE", "u is zero", help="a direction is needed")
    point, neuron = unit_vector(entries), neuron_of(problem)
    inexact = any(isinstance(entry, float | np.floating) for entry in u)
    if neuron is not None:
        known = kkt_points(problem, notion=notion, method=Exact()) if listed is None else listed
        nearest, angle = nearest_of(known, point)
        residual = _residual(neuron, point)
        verdict = _measured(known, residual, angle) if inexact else _decided(neuron, entries, notion)
        return KKTCheck(verdict, residual, nearest, angle, notion)
    measure = measure_of(problem)
    known = listed_for(problem, notion) if listed is None else listed
    nearest, angle = nearest_of(known, point)
    residual = measure.residual(point)
    verdict = _measured(known, residual, angle) if inexact else decided(problem, entries, notion)
    return KKTCheck(verdict, residual, nearest, angle, notion, measure.signs(point))


def _measured(listed: KKTSet, residual: float, angle: float) -> Verdict:
    entries = f"{len(listed)} points and {len(listed.families)} families listed"
    reason = f"floats: residual {residual:.3g}, {angle:.3g} radians to the nearest of {entries}"
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

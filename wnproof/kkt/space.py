"""The correlation of one (leaky) ReLU neuron with any number of inputs: which faces of its rows are judged, and the lists of what
they hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from wnproof.errors import WnproofError
from wnproof.kkt.circle import merge
from wnproof.kkt.cones import Cones, zero_cones
from wnproof.kkt.face import Face, Lines
from wnproof.kkt.faces import Ray, fan_of, inner, most_faces
from wnproof.kkt.isolated import Isolated, isolated
from wnproof.kkt.neuron import Neuron
from wnproof.kkt.points import Kind, Notion
from wnproof.kkt.scan import Scan, scan

MOST_FACES = 300_000
MOST_VISITS = 2_000_000_000
MOST_RANK = 14  # the minors of r rows are 2^r


def faces(lines: Lines, notion: Notion) -> Iterator[Face]:
    """Every face of the lines, {0} (or the directions that no line sees) included, one plane at a time."""
    for signs, rays in fan_of([line.normal for line in lines.items]).faces.items():
        yield Face(lines, np.array(signs, dtype=np.int8), notion, rays)


def critical_faces(lines: Lines, notion: Notion, candidates: NDArray[np.int8]) -> Iterator[Face]:
    """The faces with KKT points of S among these and {0}, those of zeros with their rays; the others are among the candidates.

    Where S = 0 on a face and 0 is a generalized gradient, the same holds on its boundary: its rays are among the critical ones,
    and signs belong to a face exactly when the sum of the rays that have no other signs has just these.
    """
    flat: list[Face] = []
    for signs in candidates:
        face = Face(lines, signs, notion)
        if not any(face.pull):
            flat.append(face)
        elif face.critical_direction is not None and face.balance is not None:
            yield face
    if lines.straight:
        flat.append(Face(lines, np.zeros(len(lines.items), dtype=np.int8), notion))
    flat = [face for face in flat if face.balance is not None]
    rays = [(ray, face.signs) for face in flat if (ray := face.own_ray) is not None]
    directions = np.array([ray for ray, _ in rays], dtype=object).reshape(len(rays), lines.normals.shape[1])
    patterns = np.array([signs for _, signs in rays], dtype=np.int8).reshape(len(rays), len(lines.items))
    for face in flat:
        inside = ((patterns == 0) | (patterns == face.signs)).all(axis=1)
        if np.array_equal(lines.signs(directions[inside].sum(axis=0)), face.signs) if inside.any() else not face.signs.any():
            yield Face(lines, face.signs, notion, frozenset(map(tuple, directions[inside])))


def is_small(neuron: Neuron) -> bool:
    """Whether all faces of the rows can be visited."""
    d, n = len(neuron.X[0]), len(merge(neuron)[0])
    return d <= 2 or (min(n, d) <= MOST_RANK and most_faces(n, d) <= (MOST_FACES if neuron.trained else MOST_VISITS))


@dataclass(frozen=True)
class Found:
    """All KKT points: the isolated ones, the cones of those with N = 0, and the sweep that found their faces, if one did."""

    points: list[Isolated]
    cones: Cones
    swept: Scan | None


def kkt_in_space(neuron: Neuron, notion: Notion) -> Found:
    """All KKT points of one neuron with any number of inputs.

    With a trained outer weight these cones lie over all zeros of S, and every face is known by its rays; with a fixed one over
    the critical ones alone, and most faces are only looked at.

    Raises: WnproofError E-VALUE for more than ``MOST_VISITS`` faces, trained ``MOST_FACES``, or a rank above ``MOST_RANK``.
    """
    merged, unit = merge(neuron)
    lines, d, trained = Lines(merged), len(neuron.X[0]), neuron.trained
    if not is_small(neuron):
        what = f"{len(merged)} lines of rows in {d} dimensions have up to {most_faces(len(merged), d)} faces"
        limit = MOST_FACES if trained else MOST_VISITS
        raise WnproofError(
            "E-VALUE", f"{what}, the limit is {limit} at rank {MOST_RANK}", help="take fewer rows, or method=Multistart()"
        )
    points: list[Isolated] = []
    zeros: list[tuple[Sequence[Ray], Kind | None]] = []
    slopes: dict[Ray, dict[int, Fraction]] = {}
    if not merged:
        units = [tuple(s * int(j == k) for j in range(d)) for k in range(d) for s in (1, -1)]
        zeros.append((units, Kind.FLAT))
    swept = scan(merged, notion) if merged and not trained else None
    every = critical_faces(lines, notion, swept.signs) if swept else faces(lines, notion) if merged else ()
    for face in every:
        if any(face.pull):
            w = face.critical_direction
            if w is not None and face.balance is not None:
                value = inner(face.gradient, w)
                side = 1 if value > 0 else -1
                square = Fraction(side * value * value, unit * unit * inner(w, w))
                points += isolated(w, square, face.kind(side), face.smooth, face.slopes(neuron), trained)
            if trained:
                zeros.append((face.zeros(), None))
        elif trained or face.zeros():
            kind = None if face.balance is None else face.kind(0)
            zeros.append((face.zeros(), kind))
            if len(face.rays) == 1 and kind is not None:
                slopes[next(iter(face.rays))] = face.slopes(neuron)
    cones = zero_cones(zeros, d, trained)
    for cone in [cone for cone in cones if len(cone) == 1 and not any(cone < other for other in cones)]:
        (ray,) = cone
        hidden, sign = (ray[:d], ray[d]) if trained else (ray, None)
        points.append(Isolated(hidden, sign, Fraction(0), cones.pop(cone), None, {} if trained else slopes.get(hidden, {})))
    return Found(points, cones, swept)

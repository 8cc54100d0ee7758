"""The correlation of one (leaky) ReLU neuron with any number of inputs: which faces of its rows are judged, and the lists of what
they hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from wnproof.errors import WnproofError
from wnproof.kkt.circle import merge
from wnproof.kkt.cones import Cones, zero_cones
from wnproof.kkt.face import Face, Lines
from wnproof.kkt.faces import Ray, fan_of, inner, most_faces
from wnproof.kkt.isolated import Isolated, isolated
from wnproof.kkt.level import ZeroLevel, fixed, over
from wnproof.kkt.neuron import Neuron
from wnproof.kkt.origin import Origin, kind_at_origin
from wnproof.kkt.points import Kind, Notion
from wnproof.kkt.scan import Scan, scan

PIECES = 2_000  # faces up to which the points with N = 0 and a trained outer weight are listed cone by cone
MOST_VISITS = 2_000_000_000
MOST_RANK = 14  # the minors of r rows are 2^r


def faces(lines: Lines, notion: Notion) -> Iterator[Face]:
    """Every face of the lines, {0} (or the directions that no line sees) included, one plane at a time."""
    for signs, rays in fan_of([line.normal for line in lines.items]).faces.items():
        yield Face(lines, np.array(signs, dtype=np.int8), notion, rays)


def critical_faces(lines: Lines, notion: Notion, candidates: NDArray[np.int8]) -> Iterator[Face]:
    """The faces with KKT points of S among these, those of zeros with their rays; the others are among the candidates.

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
    flat = [face for face in flat if face.balance is not None]
    rays = [(ray, face.signs) for face in flat if (ray := face.own_ray) is not None]
    directions = np.array([ray for ray, _ in rays], dtype=object).reshape(len(rays), lines.normals.shape[1])
    patterns = np.array([signs for _, signs in rays], dtype=np.int8).reshape(len(rays), len(lines.items))
    for face in flat:
        inside = ((patterns == 0) | (patterns == face.signs)).all(axis=1)
        if inside.any() and np.array_equal(lines.signs(directions[inside].sum(axis=0)), face.signs):
            yield Face(lines, face.signs, notion, frozenset(map(tuple, directions[inside])))


def is_small(neuron: Neuron) -> bool:
    """Whether all faces of the rows can be visited."""
    d, n = len(neuron.X[0]), len(merge(neuron)[0])
    return d <= 2 or (min(n, d) <= MOST_RANK and most_faces(n, d) <= MOST_VISITS)


def zeros_are_listed(neuron: Neuron) -> bool:
    """Whether a list has a cone for each face with points where N = 0, and not one set for all (``ZeroLevel``)."""
    d, n = len(neuron.X[0]), len(merge(neuron)[0])
    return d <= 2 or not neuron.trained or most_faces(n, d) <= PIECES


@dataclass(frozen=True)
class Found:
    """All KKT points: the isolated ones, the cones of those with N = 0, and the sweep that found their faces, if one did.

    ``level`` is the set of the (w, 0) with S(w) = 0 where these are not among the cones, ``beneath`` then the list of S;
    ``doubt`` what was not decided.
    """

    points: list[Isolated]
    cones: Cones
    swept: Scan | None
    level: ZeroLevel | None = None
    beneath: Found | None = None
    doubt: str = ""


def kkt_in_space(neuron: Neuron, notion: Notion) -> Found:
    """All KKT points of one neuron with any number of inputs.

    With a trained outer weight and few faces every face is known by its rays, since the cones with N = 0 lie over all zeros of S;
    otherwise they lie over the critical ones alone, and most faces are only looked at.

    Raises: WnproofError E-VALUE for more than ``MOST_VISITS`` faces or a rank above ``MOST_RANK``.
    """
    merged, unit = merge(neuron)
    lines, d = Lines(merged), len(neuron.X[0])
    if not is_small(neuron):
        what = f"{len(merged)} lines of rows in {d} dimensions have up to {most_faces(len(merged), d)} faces"
        raise WnproofError(
            "E-VALUE",
            f"{what}, the limit is {MOST_VISITS} at rank {MOST_RANK}",
            help="take fewer rows, or method=Multistart()",
        )
    if not merged:
        units = [tuple(s * int(j == k) for j in range(d)) for k in range(d) for s in (1, -1)]
        return _collected(neuron, zero_cones([(units, Kind.FLAT)], d, neuron.trained), [], {}, None)
    if not zeros_are_listed(neuron):
        return _over(kkt_in_space(fixed(neuron), notion), lines, neuron, notion)
    swept = None if neuron.trained else scan(merged, notion)
    points: list[Isolated] = []
    zeros: list[tuple[Sequence[Ray], Kind | None]] = []
    slopes: dict[Ray, dict[int, Fraction]] = {}
    for face in faces(lines, notion) if swept is None else critical_faces(lines, notion, swept.signs):
        if any(face.pull):
            w = face.critical_direction
            if w is not None and face.balance is not None:
                value = inner(face.gradient, w)
                side = 1 if value > 0 else -1
                square = Fraction(side * value * value, unit * unit * inner(w, w))
                points += isolated(w, square, face.kind(side), face.smooth, face.slopes(neuron), neuron.trained)
            if neuron.trained:
                zeros.append((face.zeros(), None))
        elif neuron.trained or face.zeros():
            kind = None if face.balance is None else face.kind(0)
            zeros.append((face.zeros(), kind))
            if len(face.rays) == 1 and kind is not None:
                slopes[next(iter(face.rays))] = face.slopes(neuron)
    critical: bool | None = False
    if swept is not None and lines.straight:
        critical = Origin(merged, notion, swept.rows).is_critical([point.hidden for point in points])
        kind = kind_at_origin([point.signed_square for point in points]) if critical else None
        zeros.append(([ray for e in lines.straight for ray in (e, tuple(-x for x in e))], kind))
    found = _collected(neuron, zero_cones(zeros, d, neuron.trained), points, slopes, swept)
    return found if critical is not None else replace(found, doubt="whether 0 is a gradient where no row is seen")


def _collected(
    neuron: Neuron, cones: Cones, points: list[Isolated], slopes: Mapping[Ray, dict[int, Fraction]], swept: Scan | None
) -> Found:
    """Single rays that no other cone has in its closure are points."""
    d = len(neuron.X[0])
    for cone in [cone for cone in cones if len(cone) == 1 and not any(cone < other for other in cones)]:
        (ray,) = cone
        hidden, sign = (ray[:d], ray[d]) if neuron.trained else (ray, None)
        taken = {} if neuron.trained else slopes.get(hidden, {})
        points.append(Isolated(hidden, sign, Fraction(0), cones.pop(cone), None, taken))
    return Found(points, cones, swept)


def _over(found: Found, lines: Lines, neuron: Neuron, notion: Notion) -> Found:
    """The list of a S(w) from that of S."""
    assert found.swept is not None
    values = [point.signed_square for point in found.points]
    critical = Origin(lines.items, notion, found.swept.rows).is_critical([point.hidden for point in found.points])
    points, cones = over(found.points, found.cones, len(neuron.X[0]), kind_at_origin(values) if critical else None)
    level = ZeroLevel(neuron) if min(values, default=0) < 0 < max(values, default=0) else None
    doubt = found.doubt if critical is not None else "whether (0, 1) and (0, -1) are KKT points"
    return Found(points, cones, found.swept, level, found, doubt)

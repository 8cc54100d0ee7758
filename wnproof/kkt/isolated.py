"""One KKT point of a neuron in exact numbers, before it is shown in floats."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from wnproof.kkt.points import Kind


@dataclass(frozen=True)
class Isolated:
    """A hidden direction, the sign of the trained outer weight (0: it vanishes; None: fixed), then sign(N) N^2."""

    hidden: tuple[int, ...]
    sign: int | None
    signed_square: Fraction
    kind: Kind
    morse_index: int | None
    slopes: dict[int, Fraction]


def isolated(
    hidden: tuple[int, ...], signed_square: Fraction, kind: Kind, smooth: bool, slopes: dict[int, Fraction], trained: bool
) -> list[Isolated]:
    """The KKT points over a critical w with S(w) != 0: w, or with a trained outer weight (w, +-1)/sqrt 2.

    There, where the norms of w and a trade, N = sin(2t) S/2 bends towards 0: a point with N < 0 is never a maximum, nor N > 0 a
    minimum.
    """
    if not trained:
        index = {Kind.MAXIMUM: len(hidden) - 1, Kind.MINIMUM: 0}.get(kind) if smooth else None
        return [Isolated(hidden, None, signed_square, kind, index, slopes)]
    points = []
    for sign in (1, -1):
        square, seen = sign * signed_square / 4, kind if sign > 0 else kind.reflected
        allowed = Kind.MAXIMUM if square > 0 else Kind.MINIMUM
        inside = allowed if seen in (allowed, Kind.FLAT) else Kind.SADDLE
        index = {Kind.MAXIMUM: len(hidden), Kind.MINIMUM: 0}.get(inside) if smooth else None
        points.append(Isolated(hidden, sign, square, inside, index, slopes))
    return points

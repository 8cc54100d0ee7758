"""What is known of a given point: how far from a KKT point, the nearest listed one, its kind and its index."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wnproof.kkt.family import Family, angle_between
from wnproof.kkt.points import Kind, KKTPoint, KKTSet, Notion
from wnproof.verdict import Verdict

FloatArray = NDArray[np.float64]
SAME = 1e-6  # radians


@dataclass(frozen=True, eq=False)
class KKTCheck:
    """What is known of a point.

    Attributes:
        verdict: by the checker for exact entries; for floats always undecided, with residual and nearest point.
        residual: at least the distance of L N(u) u to the gradients at u = point / |point|, relative to the largest gradient. For
            one neuron rows within 1e-7 of their kink choose their slopes alone; otherwise it is the distance to the hull of
            gradients at points within 1e-7.
        nearest: the listed point or family at the smallest angle; None when nothing is listed.
        angle: to it, in radians; inf when there is none.
        notion: which generalized gradient counts.
        signs: how many eigenvalues of the Hessian on the sphere are negative, zero and positive at u, in floating point; None on
            a kink.
    """

    verdict: Verdict
    residual: float
    nearest: KKTPoint | Family | None
    angle: float
    notion: Notion
    signs: tuple[int, int, int] | None = None

    @property
    def kind(self) -> Kind | None:
        """Of the nearest point or family, when the angle is below 1e-6."""
        return self.nearest.kind if self.nearest is not None and self.angle <= SAME else None

    @property
    def morse_index(self) -> int | None:
        """When the angle is below 1e-6: of the nearest point, or the number of negative eigenvalues on a family."""
        if self.nearest is None or self.angle > SAME:
            return None
        if isinstance(self.nearest, KKTPoint):
            return self.nearest.morse_index
        return None if self.signs is None else self.signs[0]

    def __repr__(self) -> str:
        lines = [str(self.verdict)]
        lines += [f"residual {self.residual:.3g} ({self.notion}), angle {self.angle:.3g} to the nearest listed point or family"]
        if self.nearest is not None and self.angle <= SAME:
            index = "" if self.morse_index is None else f", index {self.morse_index}"
            lines.append(f"there: value {self.nearest.value:.12g}, {self.nearest.kind.value}{index}")
        return "\n".join(lines)


def nearest_of(listed: KKTSet, u: FloatArray) -> tuple[KKTPoint | Family | None, float]:
    """The entry of the list at the smallest angle to a unit vector (P,), points first, and that angle."""
    entries: list[tuple[float, KKTPoint | Family]] = [(angle_between(u, point.u), point) for point in listed]
    entries += [(family.angle(u), family) for family in listed.families]
    angle, nearest = min(entries, key=lambda entry: entry[0], default=(np.inf, None))
    return nearest, float(angle)

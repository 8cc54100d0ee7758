"""What every set of KKT points offers that is not finite, however it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from wnproof.kkt.points import Kind


class Family(Protocol):
    """A set of KKT points of one value that is not finite."""

    @property
    def dimension(self) -> int:
        """Its dimension on the sphere, at least 1."""

    @property
    def value(self) -> float:
        """N on it."""

    @property
    def kind(self) -> Kind:
        """The local shape of N around it."""

    @property
    def text(self) -> str:
        """The family in one line."""

    def sample(self, seed: int) -> NDArray[np.float64]:
        """A point of it (P,), drawn with the seed."""

    def angle(self, direction: NDArray[np.float64]) -> float:
        """The angle between a unit vector (P,) and the nearest known point of the family, in radians."""

    def to_json(self) -> dict[str, Any]:
        """Plain data."""


def angle_between(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """The angle between unit vectors in radians, accurate near 0.

    >>> angle_between(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == np.pi / 2
    True
    """
    return 2 * float(np.arctan2(np.linalg.norm(a - b), np.linalg.norm(a + b)))

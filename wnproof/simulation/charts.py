"""Coordinates a trajectory is integrated in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Velocity = Callable[[FloatArray], FloatArray]


class Chart(ABC):
    """A change of coordinates theta <-> state, and the velocity in it."""

    @abstractmethod
    def state(self, theta: FloatArray) -> FloatArray:
        """The coordinates of theta."""

    @abstractmethod
    def theta(self, state: FloatArray) -> FloatArray:
        """The parameters of a state."""

    @abstractmethod
    def velocity(self, velocity: Velocity) -> Velocity:
        """The vector field in these coordinates."""

    @abstractmethod
    def tolerance(self, theta0: FloatArray, tolerance: float) -> float:
        """The absolute tolerance that means ``tolerance`` relative to the start."""


@dataclass(frozen=True)
class Cartesian(Chart):
    """theta itself; the absolute tolerance is scaled to |theta0|, so small starts are resolved."""

    def state(self, theta: FloatArray) -> FloatArray:  # noqa: D102
        return theta

    def theta(self, state: FloatArray) -> FloatArray:  # noqa: D102
        return state

    def velocity(self, velocity: Velocity) -> Velocity:  # noqa: D102
        return velocity

    def tolerance(self, theta0: FloatArray, tolerance: float) -> float:  # noqa: D102
        return 0.1 * tolerance * float(np.linalg.norm(theta0))


@dataclass(frozen=True)
class Polar(Chart):
    """Direction h = theta/|theta| and log radius: h' = (I - h h^T) v / r, (log r)' = <h, v> / r. For small initialization.

    >>> chart = Polar()
    >>> chart.theta(chart.state(np.array([3.0, 4.0]))).round(12).tolist()
    [3.0, 4.0]
    """

    def state(self, theta: FloatArray) -> FloatArray:  # noqa: D102
        radius = np.linalg.norm(theta)
        return np.append(theta / radius, np.log(radius))

    def theta(self, state: FloatArray) -> FloatArray:  # noqa: D102
        h = state[:-1]
        return np.asarray(np.exp(state[-1]) * h / np.linalg.norm(h))

    def velocity(self, velocity: Velocity) -> Velocity:  # noqa: D102
        def field(state: FloatArray) -> FloatArray:
            h = state[:-1] / np.linalg.norm(state[:-1])
            radius = np.exp(state[-1])
            with np.errstate(all="ignore"):  # the integrator refuses what is not finite
                v = velocity(radius * h) / radius
                radial = h @ v
                return np.append(v - radial * h, radial)

        return field

    def tolerance(self, theta0: FloatArray, tolerance: float) -> float:  # noqa: ARG002, D102
        return 0.1 * tolerance


cartesian = Cartesian()
polar = Polar()

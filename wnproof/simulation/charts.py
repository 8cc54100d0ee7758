"""Coordinates a trajectory is integrated in, in units of its start, so that a tolerance means the same at every scale."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Velocity = Callable[[FloatArray], FloatArray]


class Coordinates(ABC):
    """State <-> theta, and the velocity of the state; entries of the state are of order one at the start."""

    @abstractmethod
    def state(self, theta: FloatArray) -> FloatArray:
        """The state of theta (P,)."""

    @abstractmethod
    def theta(self, state: FloatArray) -> FloatArray:
        """The parameters (P,) of a state."""

    @abstractmethod
    def velocity(self, state: FloatArray, velocity: Velocity) -> FloatArray:
        """state', given the velocity theta' as a function of theta."""

    def representative(self, state: FloatArray) -> FloatArray:
        """Parameters with the activation pattern of the state: theta, or a positive multiple where that is all the same."""
        return self.theta(state)


@dataclass(frozen=True)
class Scaled(Coordinates):
    """theta / scale."""

    scale: float

    def state(self, theta: FloatArray) -> FloatArray:
        """The state of theta (P,)."""
        return theta / self.scale

    def theta(self, state: FloatArray) -> FloatArray:
        """The parameters (P,) of a state."""
        return self.scale * state

    def velocity(self, state: FloatArray, velocity: Velocity) -> FloatArray:
        """state', given theta' as a function of theta."""
        return velocity(self.scale * state) / self.scale


@dataclass(frozen=True)
class LogRadius(Coordinates):
    """Direction h = theta / |theta| and rho = log(|theta| / scale): h' = (I - h h^T) v / r, rho' = <h, v> / r."""

    scale: float

    def state(self, theta: FloatArray) -> FloatArray:
        """The state of theta (P,)."""
        radius = float(np.linalg.norm(theta))
        return np.append(theta / radius, math.log(radius / self.scale))

    def theta(self, state: FloatArray) -> FloatArray:
        """The parameters (P,) of a state."""
        return np.asarray(self.scale * np.exp(state[-1]) * unit(state[:-1]))

    def velocity(self, state: FloatArray, velocity: Velocity) -> FloatArray:
        """state', given theta' as a function of theta."""
        h, radius = unit(state[:-1]), self.scale * np.exp(state[-1])
        v = velocity(radius * h) / radius
        radial = h @ v
        return np.append(v - radial * h, radial)


@dataclass(frozen=True)
class BlowUp(Coordinates):
    """For u' = grad N(u), N of degree L, in the time ds = G r^(L-2) dt, which never ends where t does.

    With rho = log(r / r0) and tau = G r0^(L-2) t: h' = (I - h h^T) grad N(h) / G, rho' = <h, grad N(h)> / G,
    tau' = exp((2-L) rho), where r0 is the start's radius and G = |grad N| at its direction.
    """

    degree: float
    scale: float
    steepness: float

    def state(self, theta: FloatArray) -> FloatArray:
        """The state of theta (P,)."""
        radius = float(np.linalg.norm(theta))
        return np.concatenate([theta / radius, [math.log(radius / self.scale), 0.0]])

    def theta(self, state: FloatArray) -> FloatArray:
        """The parameters (P,) of a state."""
        return np.asarray(self.scale * np.exp(state[-2]) * unit(state[:-2]))

    def velocity(self, state: FloatArray, velocity: Velocity) -> FloatArray:
        """state', given theta' as a function of theta."""
        h = unit(state[:-2])
        slope = velocity(h) / self.steepness
        radial = h @ slope
        return np.concatenate([slope - radial * h, [radial, np.exp((2 - self.degree) * state[-2])]])

    def representative(self, state: FloatArray) -> FloatArray:
        """The direction: N is homogeneous, and powers of the radius would leave the floats."""
        return unit(state[:-2])

    @property
    def unit_of_time(self) -> float:
        """t / tau."""
        return float(self.scale ** (2 - self.degree) / self.steepness)


@dataclass(frozen=True)
class Chart:
    """A way to choose coordinates, from the radius of the start; use the values ``cartesian``, ``polar`` and ``log_time``."""

    name: str
    coordinates: Callable[[float], Coordinates]

    def __repr__(self) -> str:
        return self.name


def unit(vector: FloatArray) -> FloatArray:
    """vector / |vector|.

    >>> unit(np.array([3.0, 4.0])).tolist()
    [0.6, 0.8]
    """
    return np.asarray(vector / np.linalg.norm(vector))


cartesian = Chart("cartesian", Scaled)
"""theta itself."""
polar = Chart("polar", LogRadius)
"""Direction and log radius, for small initialization."""
log_time = Chart("log_time", Scaled)
"""log t and log L, for exponential and logistic losses that fall to zero: the loss is the independent variable."""

"""Sets of KKT points of wide two-layer networks, in the coordinates of the network: by level, or up to the order of neurons."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from wnproof.graph.space import ParameterSpace
from wnproof.kkt.composition import Composition, Part
from wnproof.kkt.family import angle_between
from wnproof.kkt.points import Kind, KKTPoint

FloatArray = NDArray[np.float64]


class Coordinates(Protocol):
    """How neurons u_j = (w_j, a_j), rows of an (m, P_1) array, lie in theta."""

    @property
    def width(self) -> int:
        """m."""

    def theta(self, neurons: FloatArray, draw: np.random.Generator) -> FloatArray:
        """theta (P,) of neurons (m, P_1); what a neuron that is zero leaves open is drawn."""

    def neurons(self, theta: FloatArray) -> FloatArray:
        """Neurons (m, P_1) of theta (P,)."""

    def dimension(self, active: int, free: int) -> int:
        """Of the set in theta, when so many neurons are active and ``free`` is its dimension there."""


@dataclass(frozen=True, eq=False)
class PlainCoordinates:
    """theta of a plain network: W1, b1 if there are biases, W2 if it is trained."""

    space: ParameterSpace
    width: int

    def theta(self, neurons: FloatArray, draw: np.random.Generator) -> FloatArray:  # noqa: ARG002
        """See ``Coordinates``."""
        parts, start = {}, 0
        for block in self.space.blocks:
            size = block.size // self.width
            columns = neurons[:, start : start + size]
            parts[block.name] = (columns.T if block.name == "W2" else columns).reshape(block.shape)
            start += size
        return np.asarray(self.space.flatten(parts))

    def neurons(self, theta: FloatArray) -> FloatArray:
        """See ``Coordinates``."""
        parts = self.space.unflatten(theta)
        return np.hstack(
            [
                np.asarray(parts[b.name], dtype=np.float64).reshape(-1, self.width).T
                if b.name == "W2"
                else np.asarray(parts[b.name], dtype=np.float64).reshape(self.width, -1)
                for b in self.space.blocks
            ]
        )

    def dimension(self, active: int, free: int) -> int:  # noqa: ARG002
        """See ``Coordinates``."""
        return free


@dataclass(frozen=True, eq=False)
class RowCoordinates:
    """theta of a weight-normalized network, W1 = g V/|V| row by row: unit rows V1, and g1 and W2 on one sphere.

    An idle neuron has g_j = a_j = 0 and any row of V1.
    """

    space: ParameterSpace
    width: int

    def theta(self, neurons: FloatArray, draw: np.random.Generator) -> FloatArray:
        """See ``Coordinates``."""
        w = neurons[:, :-1]
        g = np.linalg.norm(w, axis=1)
        V = np.where(g[:, None] > 0, w, draw.normal(size=w.shape))
        V /= np.linalg.norm(V, axis=1, keepdims=True)
        return np.asarray(self.space.flatten({"V1": V, "g1": g, "W2": neurons[:, -1:].T}))

    def neurons(self, theta: FloatArray) -> FloatArray:
        """See ``Coordinates``."""
        parts = self.space.unflatten(theta)
        V = parts["V1"] / np.linalg.norm(parts["V1"], axis=1, keepdims=True)
        return np.column_stack((parts["g1"][:, None] * V, parts["W2"].ravel()))

    def dimension(self, active: int, free: int) -> int:
        """See ``Coordinates``: every idle row moves on its sphere."""
        rows = {b.name: b for b in self.space.blocks}["V1"].shape[1]
        return free + (self.width - active) * (rows - 1)


def _angle(part: Part, direction: FloatArray) -> float:
    return angle_between(part.u, direction) if isinstance(part, KKTPoint) else part.angle(direction)


def _chord(lengths: FloatArray, radii: FloatArray, angles: FloatArray) -> float:
    """The angle of two unit vectors, from the lengths and angles of their neurons; accurate near 0."""
    squares = (lengths - radii) ** 2 + 4 * lengths * radii * np.sin(angles / 2) ** 2
    return 2 * math.asin(min(1.0, math.sqrt(float(squares.sum())) / 2))


@dataclass(frozen=True, eq=False)
class LevelFamily:
    """All KKT points of one value where the radii are free (L = 2, or N = 0): each neuron along any of the parts, or zero.

    Attributes:
        parts: points and families of N_1 of this value.
        coordinates: of theta.
        everywhere: whether also those with idle neurons have the kind of the others.
        value: N on it.
    """

    parts: tuple[Part, ...]
    coordinates: Coordinates
    everywhere: bool
    value: float

    @property
    def dimension(self) -> int:
        """The largest of its pieces."""
        m = self.coordinates.width
        inside = max(0 if isinstance(part, KKTPoint) else part.dimension for part in self.parts)
        return max(self.coordinates.dimension(k, k - 1 + k * inside) for k in range(1, m + 1))

    @property
    def kind(self) -> Kind:
        """Of the points without idle neurons; DEGENERATE where the parts differ in kind, so that they do too.

        The radii of active neurons do not change N; a direction that rises or falls can do so alone.
        """
        kinds = {part.kind for part in self.parts}
        for kind in (Kind.MAXIMUM, Kind.MINIMUM):
            if kinds <= {kind, Kind.FLAT} and kind in kinds:
                return kind
        return next(iter(kinds)) if len(kinds) == 1 else Kind.DEGENERATE

    def sample(self, seed: int) -> FloatArray:
        """A point of it (P,), no neuron idle: a part for each neuron at random, r_j^2 uniform on their simplex."""
        draw = np.random.default_rng(seed)
        m = self.coordinates.width
        chosen = [self.parts[k] for k in draw.integers(len(self.parts), size=m)]
        directions = [part.u if isinstance(part, KKTPoint) else part.sample(int(draw.integers(2**32))) for part in chosen]
        radii = np.sqrt(draw.dirichlet(np.ones(m)))
        return self.coordinates.theta(radii[:, None] * np.stack(directions), draw)

    def angle(self, direction: FloatArray) -> float:
        """The angle, between unit vectors of neurons, to the nearest point of it, in radians."""
        neurons = self.coordinates.neurons(direction)
        lengths = np.linalg.norm(neurons, axis=1)
        lengths, neurons = lengths / np.linalg.norm(lengths), neurons[lengths > 0]
        angles = np.zeros(len(lengths))
        unit = neurons / np.linalg.norm(neurons, axis=1, keepdims=True)
        angles[lengths > 0] = [min(min(_angle(part, u) for part in self.parts), math.pi / 2) for u in unit]
        along = lengths * np.cos(angles)
        total = float(np.linalg.norm(along))
        radii = along / total if total > 1e-12 else np.eye(len(along))[np.argmax(lengths)]
        return _chord(lengths, radii, angles)

    @property
    def text(self) -> str:
        """The family in one line."""
        counts = Counter(part.kind.value for part in self.parts)
        parts = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
        idle = "" if self.everywhere else ", other kinds where neurons are idle"
        m = self.coordinates.width
        return f"value {self.value:.12g}, dimension {self.dimension}, {self.kind.value}{idle}, {m} neurons along: {parts}"

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"dimension": self.dimension, "value": self.value, "kind": self.kind.value, "parts": _parts(self.parts)}


@dataclass(frozen=True, eq=False)
class OrbitFamily:
    """The KKT points of one composition whose radii are fixed (L != 2), in every order of neurons that are alike."""

    composition: Composition
    coordinates: Coordinates
    kind: Kind

    @property
    def value(self) -> float:
        """N on it."""
        return self.composition.value

    @property
    def dimension(self) -> int:
        """0 where it is finitely many points."""
        return self.coordinates.dimension(len(self.composition.active), self.composition.dimension)

    def sample(self, seed: int) -> FloatArray:
        """A point of it (P,), the order of the neurons drawn."""
        return self.coordinates.theta(self.composition.sample(seed), np.random.default_rng(seed))

    def angle(self, direction: FloatArray) -> float:
        """The angle to the nearest point of it, in radians: the best of all orders."""
        from scipy.optimize import linear_sum_assignment

        neurons = self.coordinates.neurons(direction)
        lengths = np.linalg.norm(neurons, axis=1)
        lengths, units = lengths / np.linalg.norm(lengths), neurons / np.maximum(lengths, 1e-300)[:, None]
        active, squares = self.composition.active, self.composition.radii_squared
        assert squares is not None
        radii = np.sqrt(np.array([float(square) for square in squares]))
        angles = np.array([[_angle(part, u) if u.any() else 0.0 for part in active] for u in units])
        if self.composition.places is None:
            rows, columns = linear_sum_assignment(-lengths[:, None] * radii * np.cos(angles))
        else:
            rows, columns = np.array(self.composition.places), np.arange(len(active))
        there, turned = np.zeros(len(lengths)), np.zeros(len(lengths))
        there[rows], turned[rows] = radii[columns], angles[rows, columns]
        return _chord(lengths, there, turned)

    @property
    def text(self) -> str:
        """The family in one line."""
        c = self.composition
        order = "in any order" if c.places is None else f"neurons {list(c.places)}"
        values = ", ".join(f"{part.value:.6g}" for part in c.active)
        active = f"{len(c.active)} of {c.width} active, {order}: {values}"
        return f"value {self.value:.12g}, dimension {self.dimension}, {self.kind.value}, {active}"

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        squares = self.composition.radii_squared or ()
        radii = [square if isinstance(square, float) else str(square) for square in squares]
        parts = _parts(self.composition.active)
        return {"dimension": self.dimension, "value": self.value, "kind": self.kind.value, "parts": parts, "radii_squared": radii}


def _parts(parts: Sequence[Part]) -> list[dict[str, Any]]:
    return [part.to_json() for part in parts]

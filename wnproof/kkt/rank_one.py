"""Wide deep networks along a chain: rank-one layers, which make a set of KKT points of every KKT point of the chain.

With unit vectors b_l >= 0 for the hidden layers and ``W_1 = r_1 b_1 w'``, ``W_l = r_l e_l b_l b_(l-1)'``, the last one
``W_D = r_D e_D b_(D-1)'``, the network computes what the chain (r_1 w, r_2 e_2, .., r_D e_D) does, if p = 1; for p > 1 the same
with b_l equal on k_l neurons and zero on the others, up to a factor k_l^((1-p)/2) in every layer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wnproof.graph.space import ParameterSpace
from wnproof.kkt.chain import Chain
from wnproof.kkt.family import angle_between
from wnproof.kkt.neuron import spelled
from wnproof.kkt.points import Kind, KKTPoint, signed_root

FloatArray = NDArray[np.float64]
ROUNDS, STILL = 200, 1e-15


@dataclass(frozen=True, eq=False)
class ChainFamily:
    """The KKT points of a deep network whose layers have rank one along a KKT point of a chain of neurons.

    Attributes:
        chain: the signs.
        point: w as a KKT point of the chain's single neuron; ``point.verdict`` is its certificate.
        widths: (d, h_1, .., h_(D-1), 1).
        active: k_l, for activations of degree p > 1; () for p = 1, where b_l is any unit vector >= 0.
        space: the blocks of theta.
        kind: of the members with b_l > 0, or with k_l active neurons; DEGENERATE where it is open.
        odd: whether the activation is, as the linear one: then b_l may have any signs.
    """

    chain: Chain
    point: KKTPoint
    widths: tuple[int, ...]
    active: tuple[int, ...]
    space: ParameterSpace = field(repr=False)
    kind: Kind
    odd: bool = False

    @property
    def dimension(self) -> int:
        """sum_l (h_l - 1) for p = 1; 0 for p > 1, where it is finitely many points."""
        return 0 if self.active else sum(width - 1 for width in self.widths[1:-1])

    @cached_property
    def factor_squared(self) -> Fraction:
        """N^2 / G^2, exact."""
        p, D = self.chain.power, self.chain.depth
        losses = (Fraction(k) ** ((1 - p) * p ** (D - 1 - layer)) for layer, k in enumerate(self.active, 1))
        return self.chain.factor_squared * math.prod(losses, start=Fraction(1))

    @property
    def value_squared(self) -> Fraction | None:
        """N^2, exact where G^2 is known."""
        return None if self.point.value_squared is None else self.factor_squared * self.point.value_squared

    @property
    def value(self) -> float:
        """N on it."""
        if self.value_squared is not None:
            return signed_root((self.point.value > 0) - (self.point.value < 0), self.value_squared)
        return self.point.value * math.sqrt(self.factor_squared)

    def at(self, profiles: Sequence[FloatArray]) -> FloatArray:
        """theta (P,) with these b_l (h_l,)."""
        r = [math.sqrt(share) for share in self.chain.shares]
        first = r[0] * np.outer(profiles[0], self.point.u)
        blocks = {"W1": first[:, : self.widths[0]], "b1": first[:, self.widths[0] :]}
        rows = [*profiles[1:], np.ones(1)]
        for layer, (length, sign, row, column) in enumerate(zip(r[1:], self.chain.signs, rows, profiles, strict=True), 2):
            blocks[f"W{layer}"] = length * sign * np.outer(row, column)
        return np.asarray(self.space.flatten({b.name: blocks[b.name].reshape(b.shape) for b in self.space.blocks}))

    def sample(self, seed: int) -> FloatArray:
        """A point of it (P,) drawn with the seed: b_l uniform on its unit vectors, or on k_l neurons drawn at random."""
        draw = np.random.default_rng(seed)
        drawn = [draw.normal(size=width) for width in self.widths[1:-1]]
        profiles = drawn if self.odd else [np.abs(profile) for profile in drawn]
        return self.at([self._allowed(profile, layer) for layer, profile in enumerate(profiles)])

    def nearest(self, direction: FloatArray) -> FloatArray:
        """A point of it (P,) close to a unit vector (P,): the closest where its layers have rank one.

        Each b_l in turn is the best one for those of the neighbouring layers, from the top singular vectors on.
        """
        blocks = self.space.unflatten(direction)
        r = [math.sqrt(share) for share in self.chain.shares]
        bias = [blocks["b1"][:, None]] if "b1" in blocks else []
        below = r[0] * np.hstack([blocks["W1"], *bias]) @ self.point.u
        above = [length * sign * blocks[f"W{k}"] for k, (length, sign) in enumerate(zip(r[1:], self.chain.signs, strict=True), 2)]
        profiles = [self._allowed(below, 0)]
        for layer, weight in enumerate(above[:-1], 1):
            profiles.append(self._allowed(weight @ profiles[-1], layer))
        for _ in range(ROUNDS):
            moved = 0.0
            for layer, old in enumerate(profiles):
                down = below if layer == 0 else above[layer - 1] @ profiles[layer - 1]
                up = above[layer].T @ (profiles[layer + 1] if layer + 1 < len(profiles) else np.ones(1))
                profiles[layer] = self._allowed(down + up, layer)
                moved = max(moved, float(np.abs(profiles[layer] - old).max()))
            if moved <= STILL:
                break
        return self.at(profiles)

    def _allowed(self, profile: FloatArray, layer: int) -> FloatArray:
        """The unit vector b_l that is best for a linear function."""
        if self.active:
            best = np.zeros(len(profile))
            best[np.argsort(-profile, kind="stable")[: self.active[layer]]] = 1.0
        else:
            best = np.array(profile) if self.odd else np.maximum(profile, 0.0)
            if not best.any():
                best[np.argmax(profile)] = 1.0
            best /= np.abs(best).max()  # its square may be below the smallest float
        return np.asarray(best / np.linalg.norm(best))

    def angle(self, direction: FloatArray) -> float:
        """The angle of a unit vector (P,) to ``nearest``, in radians."""
        return angle_between(direction, self.nearest(direction))

    @property
    def text(self) -> str:
        """The family in one line."""
        signs = "".join("+" if sign > 0 else "-" for sign in self.chain.signs)
        active = f", {' and '.join(map(str, self.active))} active" if self.active else ""
        w = ", ".join(f"{entry:.6g}" for entry in self.point.u)
        return f"value {self.value:.12g}, dimension {self.dimension}, {self.kind.value}, chain {signs}{active} along ({w})"

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "dimension": self.dimension,
            "value": self.value,
            "value_squared": None if self.value_squared is None else spelled(self.value_squared),
            "kind": self.kind.value,
            "signs": list(self.chain.signs),
            "active": list(self.active),
            "point": self.point.to_json(),
        }

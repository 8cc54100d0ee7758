"""The velocity on kinks: which mode a neuron goes on in, from the linear complementarity problem of its kinks.

On its kinks Z a neuron may leave each to either side or slide along it. A mode is admissible when the motion it makes keeps it:
z' > 0 on the right side, z' < 0 on the left, and while sliding the kink holds back an amount between the pulls of its two sides.
Signs of series that begin with zeros are those of the first coefficient that is not, which decides every exit from sliding.
Where all kinks attract exactly one mode is admissible, of minimal norm; where some repel there may be several, all of them
solutions, and minimal norm would choose wrongly. Sliding along a repelling kink is unstable and left out.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wnproof.simulation.taylor import TIED, Modes, Series, State, TwoLayer

FloatArray = NDArray[np.float64]
LOOKAHEAD = 5  # coefficients that decide a tie
MOST_KINKS = 5
MOST_DIMENSIONS = 3
MOST_RAYS = 1000


class UnresolvedError(ArithmeticError):
    """The way on is not determined by what is implemented."""


@dataclass(frozen=True)
class Ways:
    """The ways on from a point on kinks.

    Attributes:
        signs: the stable admissible modes on Z, in a fixed order; a way that stays dead comes first.
        unique: whether the flow has one solution only, as far as can be told.
    """

    signs: tuple[tuple[int, ...], ...]
    unique: bool


def ways_on(model: TwoLayer, state: State, modes: Modes, j: int, Z: NDArray[np.intp]) -> Ways:
    """The modes in which neuron j, on the kinks Z, can go on while the other neurons keep theirs.

    Raises: UnresolvedError when there is none, or Z is more than is handled: kinks that depend on each other in more than three
    dimensions or cut out more than 1000 rays, or more than five that do not.

    >>> from wnproof.simulation.residuals import Affine
    >>> from wnproof.simulation.rows import PlainRows
    >>> def ways(labels, a):
    ...     X = np.array([[1.0, 0.0], [1.0, 1.0]])
    ...     lines = X / np.linalg.norm(X, axis=1, keepdims=True)
    ...     lengths = np.diag(np.linalg.norm(X, axis=1))
    ...     model = TwoLayer(lines, lengths, 0 * lengths, Affine(np.array([labels]), 1.0), PlainRows(), 1.0, (True, False))
    ...     state = State((np.array([[0.0, 1.0]]),), np.array([[a]]), np.zeros(1))
    ...     return ways_on(model, state, np.array([[0, 1]], dtype=np.int8), 0, np.array([0])).signs
    >>> ways([-9.0, 3.0], 1.0), ways([9.0, 3.0], 1.0), ways([9.0, -1.0], 1.0)  # slides, leaves to the right, is repelled
    (((0,),), ((1,),), ((-1,), (1,)))
    """
    rank = int(np.linalg.matrix_rank(model.lines[Z], tol=1e-9))
    held = False
    if rank == len(Z):
        if len(Z) > MOST_KINKS:
            raise UnresolvedError
        patterns = list(itertools.product((-1, 0, 1), repeat=len(Z)))
    elif rank <= MOST_DIMENSIONS and model.rows.reach_zero:
        rays = rays_of(model.lines[Z])
        if len(rays) > MOST_RAYS:
            raise UnresolvedError
        held = _holds(model, state, modes, j, Z, rays)
        patterns = [] if held else _patterns(model.lines[Z], rays)
    else:
        raise UnresolvedError
    found = [(not resting, signs) for signs in patterns for ok, resting in [_admissible(model, state, modes, j, Z, signs)] if ok]
    signs = [s for _, s in sorted(found)]
    if held:
        signs.append((0,) * len(Z))
    if not signs:
        raise UnresolvedError
    return Ways(tuple(signs), len(signs) == 1 and (rank == len(Z) or held))


def ways_through_zero(model: TwoLayer, state: State, modes: Modes, j: int) -> Ways:
    """The modes in which neuron j goes on when its row g V/|V| has length g = 0: g > 0, g < 0, or g stays 0 and V with it.

    Raises: UnresolvedError when there is none.
    """
    state.raw[1][j] = 0.0
    direction = state.raw[0][j]
    heights = model.lines @ direction
    signs = np.sign(np.where(np.abs(heights) <= TIED * np.linalg.norm(direction), 0, heights)).astype(int)
    every = np.arange(len(model.lines))
    found = [
        tuple(int(s) for s in side * signs)
        for side in (-1, 1)
        if _admissible(model, state, modes, j, every, tuple(side * signs)) == (True, False)
    ]
    if not found:
        rays = exits(model, state, j, every)
        if rays is None or not _holds(model, state, modes, j, every, rays):
            raise UnresolvedError
        found = [(0,) * len(every)]
    return Ways(tuple(found), len(found) == 1)


def exits(model: TwoLayer, state: State, j: int, S: NDArray[np.intp]) -> FloatArray | None:
    """The rays along which neuron j is first let go from where the kinks S meet; None when it slides along them."""
    if model.rows.vanished(state.raw, j):
        direction = state.raw[0][j] / np.linalg.norm(state.raw[0][j])
        return np.stack([direction, -direction])
    if len(S) > 1 and np.linalg.matrix_rank(model.lines[S], tol=1e-9) < len(S):
        return rays_of(model.lines[S])
    return None


def rays_of(normals: FloatArray) -> FloatArray:
    """The edges of the cells that dependent normals (K, D) cut their span of two or three dimensions into: unit vectors, +-.

    >>> sorted((rays_of(np.array([[1, 0], [0, 1], [0.6, 0.8]])).round(9) + 0.0).tolist())
    [[-1.0, 0.0], [-0.8, 0.6], [0.0, -1.0], [0.0, 1.0], [0.8, -0.6], [1.0, 0.0]]
    """
    axes = np.linalg.svd(normals)[2][: np.linalg.matrix_rank(normals, tol=1e-9)]
    flat = normals @ axes.T
    if len(axes) == 2:
        rays = np.stack([-flat[:, 1], flat[:, 0]], axis=1)
    else:
        pairs = np.array(list(itertools.combinations(range(len(flat)), 2)))
        rays = np.cross(flat[pairs[:, 0]], flat[pairs[:, 1]])
    rays = rays / np.linalg.norm(rays, axis=1, keepdims=True) @ axes
    return np.concatenate([rays, -rays])


def outward(series: Series, j: int, Z: NDArray[np.intp], rays: FloatArray) -> FloatArray:
    """The rate N(v), (order+1, rays), at which neuron j leaves the intersection of the kinks Z along each ray.

    N is linear between the rays: it is nowhere positive when it is on none of them.
    """
    along = rays @ series.lines[Z].T
    along[np.abs(along) < 1e-12] = 0
    right, left = np.maximum(along, 0), np.minimum(along, 0)
    own = series.above[:, j, Z] @ right.T + series.below[:, j, Z] @ left.T
    return np.asarray(-(series.force[:, j] @ rays.T) - own)


def leading_sign(coefficients: FloatArray, size: float) -> int:
    """The sign of the first coefficient above ``TIED * size``; 0 when there is none.

    >>> leading_sign(np.array([1e-15, -2.0, 3.0]), 1.0)
    -1
    """
    large = np.flatnonzero(np.abs(coefficients) > TIED * size)
    return int(np.sign(coefficients[large[0]])) if large.size else 0


def slack_size(model: TwoLayer, series: Series, j: int, g: int, powers: FloatArray) -> float:
    """What the rounding of a slack of neuron j at kink g is relative to, for coefficients times these powers of time."""
    pulls = max(float(np.abs(side[: len(powers), j, g] * powers).max()) for side in (series.above, series.below))
    weights = float((np.abs(series.A[: len(powers), :, j]).max(axis=1) * powers).max())
    stretch = float(max(np.abs(model.right[:, g]).max(), np.abs(model.left[:, g]).max()))
    return max(pulls, weights * model.scale * stretch * model.residual.size(series.R[0])) + 1e-300


def _admissible(
    model: TwoLayer, state: State, modes: Modes, j: int, Z: NDArray[np.intp], signs: tuple[int, ...]
) -> tuple[bool, bool]:
    """(whether the mode is admissible and stable, whether the neuron is dead on its kinks in it)."""
    candidate = modes.copy()
    candidate[j, Z] = signs
    along = model.sliding(candidate)
    if j in along.along and np.linalg.matrix_rank(model.lines[along.along[j][0]], tol=1e-9) < len(along.along[j][0]):
        return False, False
    series = model.series(state, candidate, along, LOOKAHEAD)
    powers = series.unit ** np.arange(LOOKAHEAD + 1, dtype=np.float64)
    resting = not series.force[:, j].any() and j not in along.along
    repels = False
    for g, sign in zip(Z, signs, strict=True):
        if sign == 0:
            continue
        if resting:
            jump = (series.above - series.below)[:, j, g] * powers
            repels |= leading_sign(jump, slack_size(model, series, j, int(g), powers)) < 0
            continue
        heights = series.heights[:, j, g] * powers
        size = 1e-2 * float(np.linalg.norm(series.W[0, j])) + float(np.abs(heights[1:]).max())
        if leading_sign(np.append(0.0, heights[1:]), size) != sign:
            return False, False
    if resting:
        return repels, True
    if j in along.along:
        S, inverse = along.along[j]
        low, high = series.slacks(j, S, inverse)
        for column, g in enumerate(S):
            size = slack_size(model, series, j, int(g), powers)
            if min(leading_sign(slack[:, column] * powers[: len(slack)], size) for slack in (low, high)) < 0:
                return False, False
    return True, False


def _holds(model: TwoLayer, state: State, modes: Modes, j: int, Z: NDArray[np.intp], rays: FloatArray) -> bool:
    """Whether neuron j stays where the kinks Z meet: no way leads out."""
    candidate = modes.copy()
    candidate[j, Z] = 0
    series = model.series(state, candidate, model.sliding(candidate), LOOKAHEAD)
    powers = series.unit ** np.arange(LOOKAHEAD + 1, dtype=np.float64)
    size = max(slack_size(model, series, j, int(g), powers) for g in Z)
    rates = outward(series, j, Z, rays) * powers[:, None]
    return all(leading_sign(rate, size) <= 0 for rate in rates.T)


def _patterns(normals: FloatArray, rays: FloatArray) -> list[tuple[int, ...]]:
    """The signs of the normals on the rays and on the faces and in the cells that have a ray as an edge."""
    found: set[tuple[int, ...]] = set()
    rank = int(np.linalg.matrix_rank(normals, tol=1e-9))
    for values in rays @ normals.T:
        signs = np.sign(np.where(np.abs(values) < 1e-9, 0, values)).astype(int)
        zero = np.flatnonzero(signs == 0)
        if len(zero) != rank - 1:
            raise UnresolvedError  # more kinks meet on this ray than it takes to cut it out
        for sides in itertools.product((-1, 0, 1), repeat=len(zero)):
            signs[zero] = sides
            found.add(tuple(int(s) for s in signs))
    return sorted(found)

"""Pictures of KKT points: the circle with two coordinates, both hemispheres with three, sorted values otherwise.

Kinds differ in shape as well as in color (Okabe and Ito's, which color-blind readers tell apart).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wnproof.kkt.neuron import Neuron
from wnproof.kkt.points import Kind, KKTSet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FloatArray = NDArray[np.float64]
Value = Callable[[FloatArray], FloatArray]
MARKS = {
    Kind.MAXIMUM: ("^", "#0072B2"),
    Kind.MINIMUM: ("v", "#D55E00"),
    Kind.SADDLE: ("D", "#009E73"),
    Kind.FLAT: ("o", "#999999"),
    Kind.DEGENERATE: ("X", "#CC79A7"),
}
SAMPLES = 200  # of a family


def shape_of(neuron: Neuron) -> Value:
    """u (..., P) -> N(u) up to a positive factor, in float64: the background of a picture.

    >>> float(shape_of(Neuron.of([[3, 4], [4, 0]], [1, -1]))(np.array([0.6, 0.8]))) * 4
    2.6
    """
    largest = max((abs(entry) for row in neuron.X for entry in row), default=1) or 1
    top = max((abs(label) for label in neuron.y), default=1) or 1
    X = np.array([[float(entry / largest) for entry in row] for row in neuron.X])
    y = np.array([float(label / top) for label in neuron.y]) * (1 if neuron.factor > 0 else -1)
    d, slope = X.shape[1], float(neuron.slope)

    def value(u: FloatArray) -> FloatArray:
        z = u[..., :d] @ X.T
        S = np.where(z > 0, z, slope * z) @ y
        return np.asarray(S * u[..., d] if neuron.trained else S)

    return value


def picture(kkt: KKTSet, path: Path, neuron: Neuron | None = None) -> Path:
    """Draw the list into a file whose ending names the format; N itself is drawn behind it when the neuron is given."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 5.2), layout="constrained")
    draw(kkt, figure, None if neuron is None else shape_of(neuron))
    figure.savefig(path, dpi=150)
    return path


def draw(kkt: KKTSet, figure: Figure, value: Value | None = None) -> None:
    """The list on a figure: points by kind, families as grey dots, with their numbers in a legend below."""
    sizes = {len(point.u) for point in kkt} | {len(family.sample(0)) for family in kkt.families}
    if sizes == {2}:
        axes = figure.subplots()
        _circle(kkt, axes, value)
    elif sizes == {3}:
        left, right = figure.subplots(1, 2)
        axes = left
        _hemisphere(kkt, left, value, 1)
        _hemisphere(kkt, right, value, -1)
    else:
        axes = figure.subplots()
        _values(kkt, axes)
    handles = {label: handle for a in figure.axes for handle, label in zip(*a.get_legend_handles_labels(), strict=True)}
    if handles:
        figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=3, frameon=False)


def _circle(kkt: KKTSet, axes: Axes, value: Value | None) -> None:
    """N as the distance from the unit circle, so that the points sit on its graph."""
    turns = np.linspace(0, 2 * np.pi, 2001)
    ring = np.column_stack((np.cos(turns), np.sin(turns)))
    height: Value = lambda u: np.ones(u.shape[:-1])  # noqa: E731 - the flat picture
    if value is not None:
        largest = float(np.abs(value(ring)).max()) or 1.0
        height = lambda u: 1 + 0.6 * value(u) / largest  # noqa: E731
        axes.plot(*(ring * height(ring)[:, None]).T, color="#56B4E9", lw=1.2, label="1 + N, scaled")
    axes.plot(*ring.T, color="#BBBBBB", lw=0.8)
    _scatter(kkt, axes, lambda u: u * height(u)[:, None])
    _bare(axes, 1.65)


def _hemisphere(kkt: KKTSet, axes: Axes, value: Value | None, side: int) -> None:
    """The half with ``side * u_2 >= 0`` in Lambert's projection, which keeps areas; seen from above, through the ball."""
    x = np.linspace(-1, 1, 401)
    P, Q = np.meshgrid(x, x)
    r = P**2 + Q**2
    if value is not None:
        stretch = np.sqrt(np.maximum(2 - r, 0))
        seen = np.stack((P * stretch, Q * stretch, side * (1 - r)), axis=-1)
        N = np.where(r <= 1, value(seen), np.nan)
        ball = np.concatenate([seen[r <= 1] * (1, 1, half) for half in (1, -1)])
        top = float(np.abs(value(ball)).max()) or 1.0  # of both halves, which share their colors
        axes.contourf(P, Q, N, levels=np.linspace(-top, top, 14), cmap="PuOr", alpha=0.55)
    turns = np.linspace(0, 2 * np.pi, 400)
    axes.plot(np.cos(turns), np.sin(turns), color="#555555", lw=0.8)
    _scatter(kkt, axes, lambda u: _projected(u, side))
    _bare(axes, 1.12)
    axes.set_title(f"$u_3 {'≥' if side > 0 else '≤'} 0$", fontsize=10)


def _projected(u: FloatArray, side: int) -> FloatArray:
    kept = u[side * u[:, 2] >= 0]
    return np.asarray(kept[:, :2] / np.sqrt(1 + np.abs(kept[:, 2:])))


def _scatter(kkt: KKTSet, axes: Axes, place: Callable[[FloatArray], FloatArray]) -> None:
    for family in kkt.families:
        x, y = place(np.stack([family.sample(seed) for seed in range(SAMPLES)])).T
        axes.scatter(x, y, s=5, color="#999999", label="families of KKT points", zorder=2)
    for kind, (marker, color) in MARKS.items():
        places = [point.u for point in kkt if point.kind is kind]
        if places:
            label = f"{kind.value} ({len(places)})"
            x, y = place(np.stack(places)).T
            axes.scatter(x, y, marker=marker, color=color, ec="black", lw=0.5, s=42, label=label, zorder=3)


def _bare(axes: Axes, reach: float) -> None:
    axes.set_aspect("equal")
    axes.set_xlim(-reach, reach)
    axes.set_ylim(-reach, reach)
    axes.set_axis_off()


def _values(kkt: KKTSet, axes: Axes) -> None:
    """The values from the largest down, by kind."""
    from matplotlib.ticker import MaxNLocator

    for kind, (marker, color) in MARKS.items():
        chosen = [(rank, point.value) for rank, point in enumerate(kkt) if point.kind is kind]
        if chosen:
            label = f"{kind.value} ({len(chosen)})"
            ranks, values = np.array(chosen).T
            axes.scatter(ranks, values, marker=marker, color=color, ec="black", lw=0.5, s=30, label=label, zorder=3)
    for value in sorted({family.value for family in kkt.families}):
        axes.axhline(value, color="#999999", lw=3, alpha=0.6, label="families of KKT points")
    axes.axhline(0, color="black", lw=0.6)
    axes.set_xlabel("KKT points, largest value first")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylabel("N(u)")

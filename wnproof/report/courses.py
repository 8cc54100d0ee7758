"""The course of a run in pictures: loss, norms, cosines to KKT points, directions on the circle, and all of them on one sheet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wnproof.arrival.compare import neuron_directions
from wnproof.errors import WnproofError
from wnproof.kernels.kernel import kernel
from wnproof.kkt.points import KKTSet
from wnproof.model.dataset import Dataset
from wnproof.model.network import Network
from wnproof.report.modes import draw_slides, slides
from wnproof.simulation.descent import Gap
from wnproof.simulation.ensemble import Ensemble
from wnproof.simulation.trajectory import Trajectory

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.projections.polar import PolarAxes

FloatArray = NDArray[np.float64]
LINES = 6  # KKT points that are drawn, those the run comes nearest to
GREY = "#BBBBBB"


def draw_loss(traj: Trajectory, axes: Axes, label: str = "loss") -> None:
    """The loss at the output times, on a logarithmic scale where it is positive; in the chart ``log_time`` against log t."""
    times, what = _times(traj)
    if traj.log_loss is not None:
        axes.plot(times, np.asarray(traj.log_loss) / np.log(10), label=label)
        axes.set_ylabel(r"$\log_{10}$ loss")
    else:
        axes.plot(times, traj.loss, label=label)
        axes.set_yscale("log" if (traj.loss > 0).all() else "linear")
        axes.set_ylabel("loss" if (traj.loss >= 0).all() else "-N")
    axes.set_xlabel(what)


def draw_norms(traj: Trajectory, net: Network, axes: Axes) -> None:
    """|theta| and the lengths of the first layer's effective rows at the output times, on a logarithmic scale.

    Raises: WnproofError E-SHAPE when the trajectory belongs to a network of another size, E-VALUE for an ensemble.
    """
    times, what = _times(traj)
    lengths = np.linalg.norm(_rows(traj, net), axis=-1)
    for j, length in enumerate(lengths.T):
        axes.plot(times, np.where(length > 0, length, np.nan), color=f"C{j % 10}", lw=0.9, label=f"neuron {j}")
    axes.plot(times, np.linalg.norm(traj.theta, axis=1), color="black", lw=1.6, label=r"$|\theta|$")
    axes.set_yscale("log")
    axes.set_ylabel("norm")
    axes.set_xlabel(what)


def draw_cosines(traj: Trajectory, kkt: KKTSet, axes: Axes) -> None:
    """<theta / |theta|, u> at the output times, for the KKT points u that the run comes nearest to.

    Raises: WnproofError E-SHAPE when the points have other coordinates, E-VALUE for an ensemble.
    """
    times, what = _times(traj)
    if any(len(point.u) != traj.theta.shape[1] for point in kkt):
        raise WnproofError("E-SHAPE", f"the trajectory has {traj.theta.shape[1]} parameters, the KKT points have others")
    directions = traj.theta / np.linalg.norm(traj.theta, axis=1, keepdims=True)
    nearest = sorted(kkt, key=lambda point: -float((directions @ point.u).max()))[:LINES]
    for point in nearest:
        axes.plot(times, directions @ point.u, label=f"N = {point.value:.4g} ({point.kind.value})")
    axes.set_ylim(-1.05, 1.05)
    axes.set_ylabel("cosine to KKT points")
    axes.set_xlabel(what)


def draw_circle(traj: Trajectory, net: Network, axes: PolarAxes, data: Dataset | None = None) -> None:
    """The directions of the neurons of two inputs, from the start in the centre to the end on the rim; grey rays are the samples'
    kinks.

    Raises: WnproofError E-SHAPE for other than two inputs or a network of another size, E-VALUE for an ensemble.
    """
    times, _ = _times(traj)
    if net.widths[0] != 2:
        raise WnproofError("E-SHAPE", f"{net.widths[0]} inputs have no circle", help="draw a network with two inputs")
    directions = neuron_directions(traj, net)
    first, last = times[np.isfinite(times)][[0, -1]]
    radii = 0.15 + 0.85 * (times - first) / (last - first)
    axes.grid(False)
    if data is not None:
        for row in data.X[np.linalg.norm(data.X, axis=1) > 0]:
            normal = np.arctan2(row[1], row[0])
            for turn in (np.pi / 2, -np.pi / 2):
                axes.plot([normal + turn] * 2, [0.15, 1], color=GREY, lw=0.7)
    for j in range(directions.shape[1]):
        angles = np.arctan2(directions[:, j, 1], directions[:, j, 0])
        seen = np.isfinite(angles) & np.isfinite(radii)
        angles, along = np.unwrap(angles[seen]), radii[seen]
        if len(angles):
            axes.plot(angles, along, color=f"C{j % 10}", lw=1.2)
            axes.plot(angles[-1:], along[-1:], "o", color=f"C{j % 10}", ms=4)
    axes.set_ylim(0, 1.05)
    axes.set_yticks([])


def draw_gap(gap: Gap, axes: Axes) -> None:
    """The distance of gradient descent to gradient flow at equal times, and what the flow's own error may be."""
    shown = gap.distance > 0
    axes.plot(gap.t[shown], gap.distance[shown], label="gradient descent to gradient flow")
    axes.plot(gap.t, gap.uncertainty, color=GREY, label="error of the flow")
    axes.set_yscale("log")
    axes.set_ylabel("distance")
    axes.set_xlabel("t")


def sheet(traj: Trajectory, net: Network, path: Path, *, data: Dataset | None = None, kkt: KKTSet | None = None) -> Path:
    """One picture of a run: loss, norms, and what there is of cosines, circle and slides; the ending names the format.

    Args:
        traj: a run of the network.
        net: the network.
        path: of the file.
        data: for the kinks on the circle.
        kkt: for the cosines; in the coordinates of the run.

    Raises: as the pictures it holds; WnproofError E-VALUE for an ending that names no format, E-IO.
    """
    from matplotlib.figure import Figure

    drawable(path)
    panels: list[tuple[str, dict[str, Any]]] = [("loss", {}), ("norms", {})]
    panels += [("cosines", {})] if kkt is not None and len(kkt) else []
    panels += [("circle", {"projection": "polar"})] if net.widths[0] == 2 else []
    panels += [("slides", {})] if traj.modes and slides(traj) else []
    columns = 2 if len(panels) < 5 else 3
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(4.6 * columns, 3.5 * rows), layout="constrained")
    for place, (name, options) in enumerate(panels, start=1):
        axes: Any = figure.add_subplot(rows, columns, place, **options)
        if name == "loss":
            draw_loss(traj, axes)
        elif name == "norms":
            draw_norms(traj, net, axes)
            if net.widths[1] <= LINES:
                axes.legend(fontsize=7, frameon=False)
        elif name == "cosines" and kkt is not None:
            draw_cosines(traj, kkt, axes)
            axes.legend(fontsize=7, frameon=False, loc="lower right")
        elif name == "circle":
            draw_circle(traj, net, axes, data)
        else:
            draw_slides(traj, axes)
    figure.suptitle(f"t = 0 .. {traj.t_stop:.6g}: {traj.stop.name.lower().replace('_', ' ')}", fontsize=10)
    try:
        figure.savefig(path, dpi=120)
    except OSError as error:
        raise WnproofError("E-IO", f"cannot write '{path}': {error.strerror}") from None
    return path


def drawable(path: Path) -> None:
    """Raises: WnproofError E-VALUE when the ending names no format of pictures."""
    from matplotlib.figure import Figure

    known = sorted(Figure().canvas.get_supported_filetypes())
    if path.suffix[1:].lower() not in known:
        raise WnproofError("E-VALUE", f"'{path}' names no format of pictures", help=f"end it with one of {', '.join(known)}")


def _times(traj: Trajectory) -> tuple[FloatArray, str]:
    if isinstance(traj, Ensemble):
        raise WnproofError("E-VALUE", "an ensemble has no one course", help="draw its members: traj.member(0)")
    if traj.log_t is not None:
        return np.where(np.isfinite(traj.log_t), traj.log_t, np.nan) / np.log(10), r"$\log_{10} t$"
    return traj.t, "t"


def _rows(traj: Trajectory, net: Network) -> FloatArray:
    if traj.theta.shape[1] != net.size:
        raise WnproofError("E-SHAPE", f"the trajectory has {traj.theta.shape[1]} parameters, the network has {net.size}")
    weight = kernel(net.quantity(net.layers[0].weight, "effective rows"))
    return np.stack([np.asarray(weight(theta)) for theta in traj.theta])

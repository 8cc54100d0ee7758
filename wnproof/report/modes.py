"""When which neuron slides on which sample, and where the neurons of two inputs point: pictures on Matplotlib axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wnproof.arrival.compare import neuron_directions
from wnproof.errors import WnproofError
from wnproof.model.network import Network
from wnproof.simulation.trajectory import Trajectory

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def slides(traj: Trajectory) -> tuple[tuple[int, int, float, float], ...]:
    """(neuron, sample, from, to) of every interval in which a neuron is on a sample's kink, by neuron, sample and time.

    Raises: WnproofError E-VALUE for a run that was not followed along kinks.

    >>> from wnproof.derive.flow import gradient_flow
    >>> from wnproof.model.activations import relu
    >>> from wnproof.model.dataset import Dataset
    >>> from wnproof.simulation.smooth import simulate
    >>> net = Network((2, 1, 1), relu, fixed={"W2": [[1]]})
    >>> [(j, i, round(start, 6), end) for j, i, start, end in slides(
    ...     simulate(gradient_flow(net), Dataset([[1, 0], [1, 1]], [2, -3]), [0.5, 0.1], 5.0))]
    [(0, 1, 0.12091, 5.0)]
    """
    if not traj.modes:
        raise WnproofError("E-VALUE", "the run has no modes", help="simulate a two-layer ReLU network in Cartesian coordinates")
    ends = [*(time for time, _ in traj.modes[1:]), traj.t_stop]
    found: dict[tuple[int, int], list[list[float]]] = {}
    for (start, signs), end in zip(traj.modes, ends, strict=True):
        for sample, neuron in zip(*np.nonzero(signs == 0), strict=True):
            intervals = found.setdefault((int(neuron), int(sample)), [])
            if intervals and intervals[-1][1] == start:
                intervals[-1][1] = end
            else:
                intervals.append([start, end])
    return tuple((j, i, start, end) for (j, i), bars in sorted(found.items()) for start, end in bars if end > start)


def draw_slides(traj: Trajectory, axes: Axes) -> None:
    """One bar per slide: time to the right, one row per pair of neuron and sample, one color per neuron.

    Raises: as ``slides``.
    """
    bars = slides(traj)
    pairs = sorted({(j, i) for j, i, _, _ in bars})
    for j, i, start, end in bars:
        axes.barh(pairs.index((j, i)), end - start, left=start, height=0.8, color=f"C{j % 10}")
    axes.set_yticks(range(len(pairs)), [f"neuron {j} on sample {i}" for j, i in pairs])
    axes.set_xlim(0, traj.t_stop)
    axes.set_xlabel("t")


def draw_directions(traj: Trajectory, net: Network, axes: Axes) -> None:
    """The angle of every neuron of two inputs over time, in degrees; a neuron that is zero is not drawn.

    Raises: WnproofError E-SHAPE for other than two inputs or a network of another size.
    """
    if net.widths[0] != 2:
        raise WnproofError("E-SHAPE", f"{net.widths[0]} inputs have no angle", help="draw a network with two inputs")
    directions = neuron_directions(traj, net)
    angles = np.degrees(np.arctan2(directions[..., 1], directions[..., 0]))
    for j, angle in enumerate(angles.T):
        jumps = np.flatnonzero(np.abs(np.diff(angle)) > 180) + 1  # through the cut at 180 degrees: no line across the picture
        axes.plot(np.insert(traj.t, jumps, np.nan), np.insert(angle, jumps, np.nan), color=f"C{j % 10}", label=f"neuron {j}")
    axes.set_ylim(-180, 180)
    axes.set_yticks(range(-180, 181, 90))
    axes.set_xlabel("t")
    axes.set_ylabel("direction in degrees")

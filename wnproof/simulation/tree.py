"""All solutions of a gradient flow that branches at kinks."""

from __future__ import annotations

from typing import Any

from wnproof.derive.flow import GradientFlow
from wnproof.model.dataset import Dataset
from wnproof.simulation.branching import along
from wnproof.simulation.smooth import simulate
from wnproof.simulation.trajectory import StopReason, Trajectory


def simulate_branches(
    flow: GradientFlow, data: Dataset, theta0: Any, t_end: float, *, at: Any = None, most: int = 16
) -> tuple[Trajectory, ...]:
    """Every solution, as far as ``simulate`` branches: one trajectory per sequence of ways taken, in their fixed order.

    At most ``most``; those that would be more end where they branch, and say so. Each is run from the start.

    Raises: as ``simulate``.

    >>> from wnproof.derive.flow import gradient_flow
    >>> from wnproof.model.activations import relu
    >>> from wnproof.model.network import Network
    >>> flow = gradient_flow(Network((1, 1, 1), relu, fixed={"W2": [[1]]}, bias=True))
    >>> tree = simulate_branches(flow, Dataset([[1]], [1]), [1.0, -1.0], 40.0)
    >>> [traj.loss[-1].round(9) for traj in tree]
    [np.float64(0.5), np.float64(0.0)]
    """
    pending: list[tuple[int, ...]] = [()]
    done: list[Trajectory] = []
    while pending:
        path = pending.pop(0)
        traj = simulate(flow, data, theta0, t_end, at=at, branches=along(path))
        if traj.stop is StopReason.BRANCHING and len(done) + len(pending) + traj.ways <= most:
            pending[:0] = [(*path, way) for way in range(traj.ways)]
        else:
            done.append(traj)
    return tuple(done)

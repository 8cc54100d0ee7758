"""Early alignment on iris: neurons trained from small initialization turn to certified KKT points.

Thirty-two single ReLU neurons (w, a) start at scale 1e-8 in random directions and follow the gradient flow of the square loss
on petal length and width, setosa against the rest. While the network is still small, each direction w/|w| can only arrive at a
KKT point of N(w, a) = a sum_i y_i relu(w . x_i), all of which are known exactly, or stay among the dead directions.

Run:  python examples/01_iris_early_alignment.py [PICTURE.svg]
"""

import sys
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

import wnproof as wn

MEMBERS, SCALE, END = 32, 1e-8, 1.0
COLOR = {1.0: "tab:blue", -1.0: "tab:red"}


def degrees(vectors):
    """Angle of vectors (..., >=2) in the (petal length, petal width) plane, in [-180, 180)."""
    return np.degrees(np.arctan2(vectors[..., 1], vectors[..., 0]))


def main(picture: Path) -> None:
    data = wn.datasets.iris(features=("petal_length", "petal_width"))
    net = wn.Network((2, 1, 1), wn.relu)
    points = wn.kkt_points(wn.ncf(net, data))
    print(points.table())
    print(points.to_latex())
    assert points.complete.reaches(wn.Rigor.CERTIFIED)

    flow = wn.gradient_flow(net)
    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "wnproof"
    figure, axis = plt.subplots(figsize=(7.2, 3.6), constrained_layout=True)
    maxima = [point for point in points if point.kind is wn.Kind.MAXIMUM]
    outcomes = dict.fromkeys(
        [
            "arrived at a smooth maximum",
            "stopped on the kink of a maximum",
            "died on the edge of the dead region",
            "dead from the start",
        ],
        0,
    )
    for seed in range(MEMBERS):
        start = net.initial(SCALE, seed=seed)
        traj = early(flow, data, start)
        times = np.unique(np.concatenate([np.geomspace(1e-5, traj.t[-1], 300), [traj.t[-1]]]))
        axis.plot(times, degrees(traj(times)), color=COLOR[np.sign(start[2])], lw=0.9, alpha=0.8)
        outcomes[outcome(traj, points, maxima)] += 1
    for what, count in outcomes.items():
        print(f"{count:3} {what}")
    assert sum(outcomes.values()) == MEMBERS
    assert all(outcomes.values())

    for point in points:
        if point.value:
            sign = np.sign(point.u[2])
            axis.axhline(
                degrees(point.u), color=COLOR[sign], lw=2.5, alpha=0.25 if point.kind is wn.Kind.MAXIMUM else 0.08, zorder=0
            )
    rays = {ray for family in points.families for ray in family.rays if any(ray[:2])}  # one family for either sign of a
    edges = np.array([[float(x) for x in ray] for ray in rays])
    low, high = sorted(np.mod(degrees(edges), 360))
    for shift in (0, -360):
        axis.axhspan(low + shift, high + shift, color="0.5", alpha=0.15, lw=0, zorder=0)
    axis.set(
        xscale="log",
        xlim=(1e-5, END),
        ylim=(-180, 180),
        xlabel="time t",
        ylabel="direction of w (degrees)",
        yticks=range(-180, 181, 90),
    )
    axis.set_title("ReLU neurons from scale 1e-8 on iris; bands: certified KKT directions (maxima), grey: dead", fontsize=9)
    for sign, label in ((1.0, "a > 0"), (-1.0, "a < 0")):
        axis.plot([], [], color=COLOR[sign], label=label)
    axis.legend(loc="lower right", fontsize=8)
    figure.savefig(picture, metadata={"Date": None} if picture.suffix == ".svg" else None)
    print(f"wrote {picture}")


def outcome(traj: wn.Trajectory, points: wn.KKTSet, maxima: list[wn.KKTPoint]) -> str:
    """Where the neuron's direction went; a neuron that meets an attracting kink stops there, since sliding is not followed."""
    if any(event.endswith("the neuron dies on it") for _, event in traj.events):
        return "died on the edge of the dead region"
    if traj.stop is wn.StopReason.REACHED_END and len(traj.t) > 1 and np.ptp(degrees(traj.theta)) > 1e-9:
        arrival = wn.compare(traj, points)
        assert arrival.verdict.reaches(wn.Rigor.SUPPORTED), arrival
        assert arrival.point in maxima
        return "arrived at a smooth maximum"
    if traj.stop is wn.StopReason.REACHED_END:
        return "dead from the start"
    assert traj.stop is wn.StopReason.KINK_UNRESOLVED, traj
    turned = np.abs(degrees(traj.final) - np.array([degrees(point.u) for point in maxima]))
    assert turned.min() < 1e-6, traj
    return "stopped on the kink of a maximum"


def early(flow: wn.GradientFlow, data: wn.Dataset, start: np.ndarray) -> wn.Trajectory:
    """The flow while the network is small: up to the time at which |theta| reaches 1e-3, or to the end."""
    traj = wn.simulate(flow, data, start, END, chart=wn.polar)
    small = np.flatnonzero(np.linalg.norm(traj.theta, axis=1) < 1e-3)
    stop = float(traj.t[small[-1]])
    return traj if stop >= traj.t[-1] else wn.simulate(flow, data, start, stop, chart=wn.polar)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "figures" / "iris_early_alignment.svg")

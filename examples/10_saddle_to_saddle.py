"""From saddle to saddle (Kumar and Haupt, two-homogeneous networks): how long training rests, and what leads it away.

A ReLU network starts at size delta. At every saddle the neurons that are still small follow the correlation function of the
residual: they turn to its KKT points and grow like exp(2 N t). So the rests are linear in log(1/delta), with slopes that the
residuals' rates predict; runs at three scales measure them. With the labels in place of the residual the second slope would be
another one.

Run:  python examples/10_saddle_to_saddle.py [PICTURE.svg]
"""

import math
import sys
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

import wnproof as wn
from wnproof.arrival.itinerary import DwellSlope

DELTAS = (1e-4, 1e-6, 1e-8)
DURATION = 1.6  # in units of log(1/delta)


def main(picture: Path) -> None:
    data = wn.Dataset([[1, 0, 0], [0, 1, 0], [0, 0, 1], ["3/5", "4/5", 0]], [3, -1, 2, 1])
    net = wn.Network((3, 6, 1), wn.relu)
    flow = wn.gradient_flow(net)
    start = net.initial(1.0, seed=5)
    start = start / np.linalg.norm(start)

    runs = [wn.simulate(flow, data, delta * start, DURATION * math.log(1 / delta)) for delta in DELTAS]
    found = wn.itinerary(flow, data, runs[-1])
    print(f"% {found!r}".replace("\n", "\n% "))
    print("\\begin{tabular}{rrrrr}\n\\toprule\nsaddle & loss & $2N^*$ & slope predicted & measured \\\\\n\\midrule")
    for k, saddle in enumerate(found.saddles):
        point, angle = saddle.nearest(wn.kkt_points(saddle.problem))
        measured = DwellSlope(flow, data, start, k, DURATION, DELTAS)
        assert not measured.failure, measured.failure
        print(f"{k} & {saddle.loss:.4f} & {2 * point.value:.4f} & {found.slopes[k]:.4f} & {measured.estimate:.4f} \\\\")
        assert angle < 0.02
        assert abs(measured.estimate - found.slopes[k]) < 0.01
    print("\\bottomrule\n\\end{tabular}")

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "wnproof"
    figure, axis = plt.subplots(figsize=(4.6, 3.2), constrained_layout=True)
    loss = wn.kernel(flow.loss, data)
    for delta, run in zip(DELTAS, runs, strict=True):
        times = np.linspace(0, run.t_stop, 800)
        axis.plot(times / math.log(1 / delta), [float(loss(theta)) for theta in run(times)], label=rf"$\delta$ = {delta:g}")
    for leaves in np.cumsum(found.slopes):
        axis.axvline(leaves, color="0.6", lw=0.8, ls="--")
    axis.set(xlabel=r"$t\,/\,\log(1/\delta)$", ylabel="loss")
    axis.legend(fontsize=8)
    figure.savefig(picture, metadata={"Date": None} if picture.suffix == ".svg" else None)
    print(f"% wrote {picture}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("saddle_to_saddle.svg"))

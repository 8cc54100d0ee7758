"""Early directional convergence on iris (Kumar and Haupt): how far training is from the flow of the correlation function.

From w(0) = delta u0, the theorem's picture is that s(t) = w(t/delta^(L-2))/delta follows u' = grad N(u), and that the
direction of u tends to a KKT point of N on the sphere. For a network of degree L = 3 this measures, at falling delta, the
largest distance of s and u up to half the blow-up time T*, which is of order delta^3: the neighbouring exponents 2 and 4
are told apart by the same runs.

Run:  python examples/04_early_convergence.py [PICTURE.svg]
"""

import sys
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

import wnproof as wn
from wnproof.arrival.convergence import EarlyError

DELTAS = (0.2, 0.1, 0.05, 0.025, 0.0125)


def main(picture: Path) -> None:
    data = wn.datasets.iris(features=("petal_length", "petal_width"))
    net = wn.Network((2, 4, 1), wn.polynomial_relu(2))
    early = EarlyError(net, data, deltas=DELTAS)
    assert not early.failure, early.failure

    print("\\begin{tabular}{rrr}\n\\toprule\n$\\delta$ & error & slope \\\\\n\\midrule")
    for delta, error, slope in zip(DELTAS, early.errors, ("", *(f"{e:.4f}" for e in early.exponents)), strict=True):
        print(f"{delta:g} & {error:.4e} & {slope} \\\\")
    print("\\bottomrule\n\\end{tabular}")
    assert abs(early.estimate - 3) < 0.01

    points = wn.kkt_points(wn.ncf(wn.Network((2, 1, 1), wn.polynomial_relu(2)), data), method=wn.Multistart(starts=60, seed=0))
    print(
        "% KKT values of one neuron that multistart finds: "
        + ", ".join(f"{p.value:.6g} ({p.kind.value})" for p in points if abs(p.value) > 1e-9)
    )

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "wnproof"
    figure, axis = plt.subplots(figsize=(4.6, 3.4), constrained_layout=True)
    deltas = np.array(DELTAS)
    for exponent, style in ((2, ":"), (3, "-"), (4, "--")):
        line = early.errors[0] * (deltas / deltas[0]) ** exponent
        axis.loglog(deltas, line, style, color="0.55", lw=1, label=rf"$\delta^{exponent}$")
    axis.loglog(deltas, early.errors, "o", color="tab:blue", label="measured")
    axis.set_xticks(DELTAS, [f"{delta:g}" for delta in DELTAS])
    axis.minorticks_off()
    axis.set(xlabel=r"initial scale $\delta$", ylabel=r"$\sup_{t\leq T^*/2}\ |s(t)-u(t)|$")
    axis.set_title("Squared ReLU 2-4-1 on iris: error of the early phase", fontsize=9)
    axis.legend(fontsize=8)
    figure.savefig(picture, metadata={"Date": None} if picture.suffix == ".svg" else None)
    print(f"% wrote {picture}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("early_convergence.svg"))

"""Which networks become sparse on XOR (Morwani and Ramaswamy): plain, weight normalization, exponential weight normalization.

Twenty ReLU neurons, the output weights fixed to +-1, the logistic loss, the same start for all three. Norms of neurons in the
limit differ only like powers of log t, so the runs go on until log L = -50, beyond t = 1e21: kinks are followed exactly, and
times on all scales are steps of one series. Under EWN a few neurons take all; under SWN and without normalization all share.

Run:  python examples/06_sparsity_on_xor.py [PICTURE.svg]
"""

import math
import sys
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

import wnproof as wn

NEURONS, END, SEED = 20, 1e22, 0
XOR = wn.Dataset([[1, 1], [1, -1], [-1, 1], [-1, -1]], [1, -1, -1, 1])
NAMES = {wn.plain: "no normalization", wn.weight_norm: "SWN", wn.exponential_weight_norm: "EWN"}


def lengths(normalization: wn.Normalization) -> tuple[np.ndarray, wn.Trajectory]:
    """|w_u| of every neuron at the end, and the run."""
    W = np.random.default_rng(SEED).uniform(-1, 1, (NEURONS, 2)) / np.sqrt(2)
    sizes = np.linalg.norm(W, axis=1)
    start = {wn.plain: {"W1": W}, wn.weight_norm: {"V1": W, "g1": sizes}}
    start[wn.exponential_weight_norm] = {"V1": W, "a1": np.log(sizes)}
    signs = [[1] * (NEURONS // 2) + [-1] * (NEURONS // 2)]
    net = wn.Network((2, NEURONS, 1), wn.relu, normalization=normalization, fixed={"W2": signs})
    run = wn.simulate(wn.gradient_flow(net, wn.logistic), XOR, net.flatten(start[normalization]), END)
    assert run.stop is wn.StopReason.REACHED_END, run.stop
    raw = net.unflatten(run.final)
    return {
        wn.plain: lambda: np.linalg.norm(raw["W1"], axis=1),
        wn.weight_norm: lambda: np.abs(raw["g1"]),
        wn.exponential_weight_norm: lambda: np.exp(raw["a1"]),
    }[normalization](), run


def main(picture: Path) -> None:
    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "wnproof"
    figure, axes = plt.subplots(1, 3, figsize=(7.2, 2.6), sharey=True, constrained_layout=True)
    print("\\begin{tabular}{lrrr}\n\\toprule\n & $\\log L$ & above 20\\,\\% of the largest & above 5\\,\\% \\\\\n\\midrule")
    large = {}
    for axis, (normalization, name) in zip(axes, NAMES.items(), strict=True):
        sizes, run = lengths(normalization)
        shares = np.sort(sizes / sizes.max())[::-1]
        large[normalization] = int((shares > 0.2).sum())
        print(f"{name} & {math.log(run.loss[-1]):.1f} & {large[normalization]} & {int((shares > 0.05).sum())} \\\\")
        assert math.log(run.loss[-1]) < -50
        axis.bar(np.arange(NEURONS), shares, color="tab:blue" if normalization is wn.exponential_weight_norm else "0.6")
        axis.axhline(0.2, color="k", lw=0.7, ls=":")
        axis.set_title(f"{name}: {large[normalization]} above 20 %", fontsize=8)
        axis.set(xlabel="neurons, largest first", xticks=[])
    print("\\bottomrule\n\\end{tabular}")
    axes[0].set_ylabel(r"$|w_u|$ / largest")
    assert large[wn.exponential_weight_norm] <= 6
    assert min(large[wn.plain], large[wn.weight_norm]) >= 18
    figure.savefig(picture, metadata={"Date": None} if picture.suffix == ".svg" else None)
    print(f"% wrote {picture}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("sparsity_on_xor.svg"))

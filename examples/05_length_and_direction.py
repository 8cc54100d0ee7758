"""Length- and direction-dominated training of weight-normalized networks (Dukler, Gu and Montufar).

With v_k(0) of scale alpha the tangent kernel splits into V/alpha^2 (directions) and G (lengths). On unit samples this
computes V and G in the limit of infinite width with certified bounds of their smallest eigenvalues, trains a network of
width 1024 at alpha = 0.3, 1 and 10, and draws |f - y|^2 beside exp(-(lambda_0/alpha^2 + mu_0) t), below which it has to
stay: small alpha trains directions fast, large alpha leaves the lengths alone at work.

Run:  python examples/05_length_and_direction.py [PICTURE.svg]
"""

import sys
from fractions import Fraction
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

import wnproof as wn

WIDTH, END = 1024, 30.0
ALPHAS = (Fraction(3, 10), Fraction(1), Fraction(10))
LEADING = {ALPHAS[0]: ", directions lead", ALPHAS[-1]: ", lengths lead"}
ROWS = ((3, 4, 0), (0, -3, 4), (-4, 0, 3), (5, 0, -12), (-5, -12, 0), (8, 15, 0))


def unit(row):
    """An integer vector of integer length, divided by it."""
    length = int(np.sqrt(sum(e * e for e in row)))
    return [Fraction(e, length) for e in row]


def main(picture: Path) -> None:
    rng = np.random.default_rng(3)
    data = wn.Dataset([unit(row) for row in ROWS], [Fraction(int(k), 10) for k in rng.integers(-9, 10, len(ROWS))])
    signs = [[1] * (WIDTH // 2) + [-1] * (WIDTH // 2)]
    net = wn.Network((3, WIDTH, 1), wn.relu, normalization=wn.weight_norm, fixed={"W2": signs}, scale="1/32")
    limit = wn.ntk(net).limit(data)
    print(f"% {limit.verdict}")

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "wnproof"
    figure, axis = plt.subplots(figsize=(5.2, 3.4), constrained_layout=True)
    times = np.linspace(0, END, 201)
    value = wn.kernel(net.output, data)
    print("\\begin{tabular}{rrrr}\n\\toprule\n$\\alpha$ & certified rate & mean rate & largest error/bound \\\\\n\\midrule")
    for alpha, color in zip(ALPHAS, ("tab:blue", "tab:orange", "tab:green"), strict=True):
        V = rng.standard_normal((WIDTH, 3)) * float(alpha)
        start = net.flatten({"V1": V, "g1": np.linalg.norm(V, axis=1) / float(alpha)})
        run = wn.simulate(wn.gradient_flow(net), data, start, END, at=times, tolerance=1e-6)
        assert run.stop is wn.StopReason.REACHED_END, run.stop
        error = np.array([np.sum((value(theta) - data.y) ** 2) for theta in run.theta])
        rate = float(limit.tangent(alpha).lower)
        seen = error > 1e-12 * error[0]
        shown, bound = error[seen] / error[0], np.exp(-rate * run.t[seen])
        axis.semilogy(run.t[seen], shown, color=color, label=rf"$\alpha={float(alpha):g}${LEADING.get(alpha, '')}")
        axis.semilogy(run.t[seen], bound, "--", color=color, lw=0.8)
        measured = -np.log(shown[-1]) / run.t[seen][-1]
        print(f"{float(alpha):g} & {rate:.4f} & {measured:.4f} & {np.max(shown / bound):.3f} \\\\")
        assert np.max(shown / bound) <= 1 + 1e-6
    print("\\bottomrule\n\\end{tabular}")
    axis.plot([], [], "--", color="0.4", lw=0.8, label="bounds, infinite width")
    axis.set(xlabel="time $t$", ylabel=r"$|f-y|^2/|f(0)-y|^2$", ylim=(1e-7, 2))
    axis.set_title("Six unit samples, width 1024: residuals and certified rates", fontsize=9)
    axis.legend(fontsize=8)
    figure.savefig(picture, metadata={"Date": None} if picture.suffix == ".svg" else None)
    print(f"% wrote {picture}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("length_and_direction.svg"))

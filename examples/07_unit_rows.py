"""Gradient flow on unit rows (Eberle, Jentzen, Riekert and Weiss): one neuron stays bounded, two need not.

The risk is an integral over [0, 1], computed exactly between knots: a grid would stop the divergence. One hidden neuron
under the normalized flow stays bounded for a Lipschitz target. Two neurons and a target that jumps by 1 at x0 do not: the
ramp between their knots becomes steeper for ever, and the outer weights grow like (sqrt(1 + x0^2) t/8)^(1/3).

Run:  python examples/07_unit_rows.py [PICTURE.svg]
"""

import sys
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import sympy as sp

import wnproof as wn

RISK = wn.Loss("risk", (sp.Symbol("f") - sp.Symbol("y")) ** 2)
x = sp.Symbol("x")
JUMP = wn.Population(sp.Piecewise((0, x <= sp.Rational(1, 2)), (1, True)), (0, 1))
KINK = wn.Population(sp.Piecewise((sp.Rational(3, 10) - x, x <= sp.Rational(3, 10)), (x - sp.Rational(3, 10), True)), (0, 1))


def outer(net: wn.Network, run: wn.Trajectory) -> np.ndarray:
    """max |v| at each time of the run."""
    return np.array([np.max(np.abs(net.unflatten(theta)["W2"])) for theta in run.theta])


def main(picture: Path) -> None:
    times = np.logspace(0, 6, 121)
    two = wn.Network((1, 2, 1), wn.relu, bias=(True, True))
    lengths = np.sqrt([1 + 0.3**2, 1 + 0.7**2])
    start = two.flatten(
        {
            "W1": (1 / lengths)[:, None],
            "b1": -np.array([0.3, 0.7]) / lengths,
            "W2": (np.array([2.5, -2.5]) * lengths)[None],
            "b2": np.zeros(1),
        }
    )
    flow = wn.gradient_flow(two, RISK, on=wn.sphere_rows)
    run = wn.simulate(flow, JUMP, start, 1e6, at=times, tolerance=1e-7)
    grown = outer(two, run)
    predicted = (np.sqrt(1 + 0.25) * times / 8) ** (1 / 3)
    print("\\begin{tabular}{rrr}\n\\toprule\n$t$ & $\\max|v|$ & $(\\sqrt{1+x_0^2}\\,t/8)^{1/3}$ \\\\\n\\midrule")
    for k in (60, 80, 100, 120):
        print(f"{times[k]:.0e} & {grown[k]:.5g} & {predicted[k]:.5g} \\\\")
    print("\\bottomrule\n\\end{tabular}")
    assert abs(grown[-1] / predicted[-1] - 1) < 0.01

    one = wn.Network((1, 1, 1), wn.relu, bias=(True, True))
    bounded = []
    for seed in range(6):
        angle, v, c = np.random.default_rng(seed).normal(size=3)
        begin = one.flatten({"W1": [[np.cos(angle)]], "b1": [np.sin(angle)], "W2": [[v]], "b2": [c]})
        single = wn.simulate(wn.gradient_flow(one, RISK, on=wn.sphere_rows), KINK, begin, 1e4, at=times[times <= 1e4])
        bounded.append((single.t, outer(one, single)))
    print(f"% one neuron, f = |x - 0.3|, six starts: sup |v| = {max(np.max(v) for _, v in bounded):.3f}")

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "wnproof"
    figure, axis = plt.subplots(figsize=(4.8, 3.4), constrained_layout=True)
    for k, (t, v) in enumerate(bounded):
        axis.loglog(t, v, color="tab:blue", lw=0.8, label="one neuron, $f=|x-0.3|$" if k == 0 else None)
    axis.loglog(times, grown, color="tab:red", label="two neurons, a jump at 1/2")
    axis.loglog(times, predicted, ":", color="k", lw=1, label=r"$(\sqrt{1+x_0^2}\,t/8)^{1/3}$")
    axis.set_title("Unit rows: one neuron stays bounded, two at a jump do not", fontsize=9)
    axis.set(xlabel="time $t$", ylabel="largest outer weight", xlim=(1, 1e6), ylim=(0.05, 400))
    axis.legend(fontsize=8, loc="upper left")
    figure.savefig(picture, metadata={"Date": None} if picture.suffix == ".svg" else None)
    print(f"% wrote {picture}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("unit_rows.svg"))

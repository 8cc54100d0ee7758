"""Small initialization under weight normalization: neither SWN nor EWN has the early phase of plain networks.

All layers are normalized, |v_u| = 1 and w(0) = delta s(0), with a network of degree L = 3 in its effective weights. EWN:
s(tau) = w(tau/delta^L)/delta follows s_u' = |s_u|^2 grad_u N(s), on a horizon of delta^-L instead of delta^-(L-2); the
distance to that flow is of order delta^L. SWN: at times tau/delta^(L-2) the directions move by an amount of order delta^2
only, so they are frozen while the lengths move. Both orders are measured and told apart from their neighbours.

Run:  python examples/08_small_weights_under_normalization.py [PICTURE.svg]
"""

import sys
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from scipy.integrate import solve_ivp

import wnproof as wn

DELTAS = np.array([0.4, 0.2, 0.1, 0.05])
DEGREE, HORIZON = 3, 0.1
DATA = wn.Dataset([[1, 2], [-1, 1], [2, -1]], [1, -1, 2])
SIGMA = wn.polynomial_relu(2)


def split(w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the hidden layer and of the output layer of a 2-3-1 network."""
    return w[:6].reshape(3, 2), w[6:].reshape(1, 3)


def lengths(w: np.ndarray) -> np.ndarray:
    """|w_u| of the node that each weight belongs to, (P,)."""
    return np.concatenate([np.repeat(np.linalg.norm(rows, axis=1), rows.shape[1]) for rows in split(w)])


def start(normalization: wn.Normalization, w: np.ndarray) -> tuple[wn.Network, np.ndarray]:
    """The network and raw weights with unit directions for the effective weights w."""
    net = wn.Network((2, 3, 1), SIGMA, normalization=(normalization, normalization))
    raw = {}
    for layer, rows in enumerate(split(w), 1):
        norms = np.linalg.norm(rows, axis=1)
        raw[f"V{layer}"] = rows / norms[:, None]
        raw[f"{'g' if normalization is wn.weight_norm else 'a'}{layer}"] = (
            norms if normalization is wn.weight_norm else np.log(norms)
        )
    shapes = {name: shape for name, shape, _ in net.blocks}
    return net, net.flatten({name: np.reshape(value, shapes[name]) for name, value in raw.items()})


def effective(net: wn.Network, theta: np.ndarray) -> np.ndarray:
    """The effective weights, (P,)."""
    return np.concatenate([np.ravel(wn.kernel(net.quantity(layer.weight, "rows"))(theta)) for layer in net.layers])


def main(picture: Path) -> None:
    first = np.random.default_rng(1).normal(size=9)
    first /= np.linalg.norm(first)
    plain = wn.Network((2, 3, 1), SIGMA)
    gradient = wn.kernel(wn.ncf(plain, DATA).gradient)
    taus = np.linspace(0, HORIZON, 41)[1:]
    limit = solve_ivp(
        lambda _, s: lengths(s) ** 2 * gradient(s), (0, HORIZON), first, method="DOP853", t_eval=taus, rtol=1e-12, atol=1e-14
    ).y.T

    followed, turned = [], []
    for delta in DELTAS:
        net, theta = start(wn.exponential_weight_norm, delta * first)
        times = taus / delta**DEGREE
        run = wn.simulate(wn.gradient_flow(net), DATA, theta, times[-1], at=times, tolerance=1e-12)
        scaled = np.array([effective(net, row) for row in run.theta]) / delta
        followed.append(np.max(np.linalg.norm(scaled - limit, axis=1)))

        net, theta = start(wn.weight_norm, delta * first)
        times = taus / delta ** (DEGREE - 2)
        run = wn.simulate(wn.gradient_flow(net), DATA, theta, times[-1], at=times, tolerance=1e-12)
        hidden = np.array([net.unflatten(row)["V1"] for row in run.theta])
        turned.append(np.max(np.linalg.norm(hidden - net.unflatten(theta)["V1"], axis=2)))

    orders = {"EWN, distance to its own flow": (followed, 3, "tab:red"), "SWN, turn of directions": (turned, 2, "tab:blue")}
    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "wnproof"
    figure, axis = plt.subplots(figsize=(4.8, 3.4), constrained_layout=True)
    print("\\begin{tabular}{lrrrr}\n\\toprule\n & $\\delta$ & size & slope & expected \\\\\n\\midrule")
    for name, (sizes, order, color) in orders.items():
        slopes = np.diff(np.log(sizes)) / np.diff(np.log(DELTAS))
        for delta, size, slope in zip(DELTAS, sizes, ("", *(f"{s:.3f}" for s in slopes)), strict=True):
            print(f"{name} & {delta:g} & {size:.3e} & {slope} & {order} \\\\")
        assert abs(slopes[-1] - order) < 0.1, slopes
        axis.loglog(DELTAS, sizes, "o", color=color, label=name)
        axis.loglog(DELTAS, sizes[-1] * (DELTAS / DELTAS[-1]) ** order, color=color, lw=0.9, label=rf"$\delta^{order}$")
        for other in (order - 1, order + 1):
            line = sizes[0] * (DELTAS / DELTAS[0]) ** other
            axis.loglog(DELTAS, line, ":", color=color, lw=0.8, alpha=0.6)
    print("\\bottomrule\n\\end{tabular}")
    axis.set_xticks(DELTAS, [f"{delta:g}" for delta in DELTAS])
    axis.minorticks_off()
    axis.plot([], [], ":", color="0.5", lw=0.8, label="neighbouring exponents")
    axis.set(xlabel=r"initial scale $\delta$", ylabel="largest error or turn up to the horizon")
    axis.set_title("Small weights under EWN and SWN: orders in $\\delta$", fontsize=9)
    axis.legend(fontsize=8)
    figure.savefig(picture, metadata={"Date": None} if picture.suffix == ".svg" else None)
    print(f"% wrote {picture}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("small_weights.svg"))

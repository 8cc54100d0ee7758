"""One whole trajectory: the compiled loop beside SciPy's DOP853 on the NumPy kernel and diffrax at no larger an error.

The network is W2's with the hyperbolic tangent: with ReLU a trajectory slides along kinks, where a solver that does not know them
takes a million steps and none of these times means anything.
"""

from __future__ import annotations

from contextlib import suppress

import numpy as np
from scipy.integrate import solve_ivp

import wnproof as wn
from tests.benchmarks.timing import interleaved
from tests.benchmarks.workloads import Workload

SMOOTH = Workload("W2 with tanh", wn.Network((2, 8, 1), wn.tanh, normalization=wn.weight_norm), wn.logistic.averaged, 20)
START, END, RTOL = SMOOTH.theta, 200.0, 1e-9  # about two thousand evaluations
ATOL = RTOL * float(np.linalg.norm(START))


def scipy(velocity, rtol, atol):
    """DOP853 in Python."""
    return solve_ivp(lambda _, y: velocity(y), (0, END), START, method="DOP853", rtol=rtol, atol=atol).y[:, -1]


def diffrax(rtol, atol):
    """Dopri8 with diffrax's own step control, compiled, in double precision."""
    import diffrax as library
    import jax
    import jax.numpy as m

    jax.config.update("jax_enable_x64", True)
    X, y = m.asarray(SMOOTH.data.X), m.asarray(SMOOTH.data.y)

    def loss(theta):
        V, g, a = theta[:16].reshape(8, 2), theta[16:24], theta[24:]
        W = V * (g / m.sqrt((V * V).sum(1)))[:, None]
        return m.log1p(m.exp(-y * (m.tanh(X @ W.T) @ a))).mean()

    slope = jax.grad(loss)
    term, control = library.ODETerm(lambda t, theta, _: -slope(theta)), library.PIDController(rtol=rtol, atol=atol)

    @jax.jit
    def run(theta):
        solved = library.diffeqsolve(term, library.Dopri8(), 0, END, 1e-2, theta, stepsize_controller=control, max_steps=100_000)
        return solved.ys[-1]

    return lambda: np.asarray(run(START).block_until_ready())


def trajectory(runs):
    """Times, errors against a tolerance of 1e-13, and the least of the runs' ratios."""
    plain, compiled = SMOOTH.kernel(), SMOOTH.kernel(target=wn.Numba())
    reference = scipy(plain, 1e-13, 1e-16)

    def error(call):
        return float(np.linalg.norm(call() - reference) / np.linalg.norm(reference))

    calls = {
        "loop": lambda: wn.integrate(compiled, START, [0, END], rtol=RTOL, atol=ATOL).theta[-1],
        "scipy": lambda: scipy(plain, RTOL, ATOL),
    }
    with suppress(ImportError):
        for tighter in (1, 3, 10, 30, 100):
            calls["diffrax"] = diffrax(RTOL / tighter, ATOL / tighter)
            if error(calls["diffrax"]) <= error(calls["loop"]):
                break
    measured = [{name: min(t) for name, t in interleaved(calls, rounds=20, slice_seconds=2e-2).items()} for _ in range(runs)]
    lines = [f"{SMOOTH.name} to t = {END:g} from {np.linalg.norm(START):.2g}, rtol {RTOL:g}; worst of {runs}"]
    for name in calls:
        ratio, least = min(t[name] / t["loop"] for t in measured), min(t[name] for t in measured)
        lines.append(f"    {name:8} {least * 1e3:8.3f} ms   error {error(calls[name]):.1e}   time / time of the loop {ratio:.1f}")
    return "\n".join(lines)

"""Gradient flow of the integral risk of a two-layer network with one input: no grid, exact between the kinks of the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from scipy.integrate import DenseOutput, OdeSolution, Radau

from wnproof.derive.flow import GradientFlow
from wnproof.derive.projected import ProjectedFlow
from wnproof.errors import WnproofError
from wnproof.graph.nodes import argument
from wnproof.model.network import Network
from wnproof.model.normalizations import plain
from wnproof.model.population import Population
from wnproof.simulation.balance import balance_drift
from wnproof.simulation.trajectory import StopReason, Trajectory

FloatArray = NDArray[np.float64]
EVALUATIONS = 100_000


@dataclass(frozen=True, eq=False)
class PopulationRisk:
    """The risk int l(f(x; theta), target(x)) density(x) dx and its gradient, for f(x) = W2 sigma(W1 x + b1) + b2.

    The knots -b1/W1 and the target's breaks cut the interval; on each piece Gauss' formula of sufficient order is exact, so the
    values are right up to rounding.
    """

    net: Network
    population: Population
    projected: bool
    sides: tuple[float, float]  # sigma(1) and sigma(-1)
    power: int  # sigma(z) = side |z|^power
    loss: FloatArray  # coefficients of l, by powers of f and y
    slope: FloatArray  # of dl/df

    @classmethod
    def of(cls, flow: GradientFlow | ProjectedFlow, population: Population) -> PopulationRisk:
        """Raises: WnproofError E-VALUE unless the network is plain, 1-H-1, sigma homogeneous of whole degree, l polynomial."""
        projected = isinstance(flow, ProjectedFlow)
        free = flow.flow if isinstance(flow, ProjectedFlow) else flow
        net, loss, sigma = free.net, free.criterion, free.net.activation
        plainly = all(n is plain for n in net.normalizations) and not net.fixed
        if net.depth != 2 or (net.widths[0], net.widths[-1]) != (1, 1) or not plainly:
            raise WnproofError("E-VALUE", f"{net} on an interval", help="give a plain network of widths (1, H, 1), nothing fixed")
        if sigma.degree is None or sigma.degree.denominator != 1:
            raise WnproofError("E-VALUE", f"{sigma.name} on an interval", help="use a homogeneous activation, such as relu")
        if not loss.expr.is_polynomial(argument(0), argument(1)) or loss.couples_outputs:
            raise WnproofError("E-VALUE", f"{loss} on an interval", help="use a polynomial loss, such as square")
        sides = (float(sigma.expr.subs(argument(0), 1)), float(sigma.expr.subs(argument(0), -1)))
        tables = (_table(loss.expr), _table(sp.diff(loss.expr, argument(0))))
        return cls(net, population, projected, sides, int(sigma.degree), *tables)

    def __call__(self, theta: FloatArray) -> tuple[float, FloatArray]:
        """The risk and the velocity at theta (P,): minus its gradient, projected onto unit rows for a projected flow."""
        at = {name: np.asarray(value, float) for name, value in self.net.unflatten(theta).items()}
        w, scale = at["W1"][:, 0], float(self.net.scale)
        b, v = at.get("b1", np.zeros_like(w)), at["W2"][0]
        x, weights, y = self.population.quadrature(-b[w != 0] / w[w != 0], self._order)
        z = np.multiply.outer(x, w) + b
        side, size = np.where(z > 0, *self.sides), np.abs(z) ** (self.power - 1)
        hidden, rise = side * size * np.abs(z), self.power * side * size * np.where(z > 0, 1.0, -1.0)
        f = scale * (hidden @ v + at.get("b2", np.zeros(1))[0])
        risk = float(weights @ np.polynomial.polynomial.polyval2d(f, y, self.loss))
        pull = -scale * weights * np.polynomial.polynomial.polyval2d(f, y, self.slope)
        inner = pull[:, None] * rise * v
        rates = {"W1": (x @ inner)[:, None], "b1": inner.sum(axis=0), "W2": (pull @ hidden)[None], "b2": pull.sum(keepdims=True)}
        if self.projected:  # a' = -(I - a a^T) grad_a L, a = (w, b)
            radial = w * rates["W1"][:, 0] + (b * rates["b1"] if "b1" in at else 0.0)
            rates["W1"] = rates["W1"] - (radial * w)[:, None]
            rates["b1"] = rates["b1"] - radial * b
        return risk, self.net.flatten({name: rates[name] for name in at})

    @property
    def _order(self) -> int:
        """The largest degree of an integrand in x: l, or dl/df times df/dtheta, and the density."""
        data = self.population.degree
        worth = max(i * self.power + j * data for i, j in zip(*np.nonzero(self.loss), strict=True))
        return int(worth) + self.power + data


def _table(polynomial: sp.Expr) -> FloatArray:
    poly = sp.Poly(polynomial, argument(0), argument(1))
    out = np.zeros(np.array(poly.monoms()).max(axis=0) + 1)
    for powers, c in poly.terms():
        out[powers] = float(c)
    return out


def simulate_population(
    flow: GradientFlow | ProjectedFlow, population: Population, theta0: FloatArray, t_end: float, at: Any, tolerance: float
) -> Trajectory:
    """The flow from theta0 (P,) to t_end by Radau's method, twice; the finer run is returned, the difference is its error.

    ``invariant_drift``: for a projected flow, of the squared norms of the rows.

    Raises: WnproofError E-VALUE.
    """
    risk = PopulationRisk.of(flow, population)
    fine, coarse = (_run(risk, theta0, t_end, t) for t in (tolerance / 10, tolerance))
    curve, stop = fine
    grid = np.asarray(curve.ts if at is None else at, float)
    times = grid[grid <= curve.t_max]
    theta = curve(times).T
    common = np.linspace(0.0, min(curve.t_max, coarse[0].t_max), 257)
    sizes = np.linalg.norm(curve(common), axis=0)
    error = float(np.max(np.linalg.norm(curve(common) - coarse[0](common), axis=0) / sizes))
    return Trajectory(
        times,
        theta,
        np.array([risk(row)[0] for row in theta]),
        (),
        stop,
        float(curve.t_max),
        error if stop is coarse[1] and curve.t_max > 0 else np.inf,
        _drift(risk, theta),
        None,
        lambda t: np.asarray(curve(t)),
    )


def _run(risk: PopulationRisk, theta0: FloatArray, t_end: float, tolerance: float) -> tuple[OdeSolution | _Start, StopReason]:
    evaluations = 0

    def velocity(_t: float, theta: FloatArray) -> FloatArray:
        nonlocal evaluations
        evaluations += 1
        if evaluations > EVALUATIONS:
            raise _EndlessError
        rates = risk(theta)[1]
        if not np.isfinite(rates).all():  # Radau would try ever shorter steps
            raise FloatingPointError
        return rates

    times, pieces = [0.0], list[DenseOutput]()
    stop, scale = StopReason.REACHED_END, float(np.linalg.norm(theta0))
    try:
        solver = Radau(velocity, 0.0, theta0, t_end, rtol=tolerance, atol=tolerance * scale)
        while solver.status == "running" and stop is StopReason.REACHED_END:
            solver.step()
            if solver.status == "failed":
                stop = StopReason.STEP_LIMIT
            elif not np.isfinite(solver.y).all():
                stop = StopReason.NON_FINITE
            else:
                times.append(solver.t)
                pieces.append(solver.dense_output())
    except KeyboardInterrupt:
        stop = StopReason.INTERRUPTED
    except _EndlessError:
        stop = StopReason.STEP_LIMIT
    except (FloatingPointError, ValueError, np.linalg.LinAlgError):
        stop = StopReason.NON_FINITE
    if not pieces:
        return _Start(theta0), stop
    return OdeSolution(times, pieces), stop


class _EndlessError(ArithmeticError):
    """The steps do not come to an end."""


class _Start:
    """The curve of a run that took no step."""

    def __init__(self, theta: FloatArray) -> None:
        self.theta, self.ts, self.t_max = theta, np.zeros(1), 0.0

    def __call__(self, t: Any) -> FloatArray:
        return self.theta if np.ndim(t) == 0 else np.tile(self.theta[:, None], np.size(t))


def _drift(risk: PopulationRisk, theta: FloatArray) -> float | None:
    if not risk.projected:
        return balance_drift(risk.net, theta)
    return float(np.max(np.abs(_squares(risk, theta) - _squares(risk, theta[:1]))))


def _squares(risk: PopulationRisk, theta: FloatArray) -> FloatArray:
    """|a_j|^2 of every row along the run (T, H)."""
    H = risk.net.widths[1]
    return np.asarray(sum(theta[:, k : k + H] ** 2 for k in range(0, 2 * H if risk.net.biases[0] else H, H)))

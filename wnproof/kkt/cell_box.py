"""A smooth KKT point of one neuron of degree q > 1 in a box: Krawczyk's test for the form that N is on the point's cell."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import sympy as sp
from flint import arb, ctx, fmpq

from wnproof.certificate import computed
from wnproof.derive.sphere import SphereProblem, sphere_problem
from wnproof.graph.nodes import argument
from wnproof.graph.quantity import as_fraction, exact
from wnproof.kkt.eigenpairs import opposite_pair
from wnproof.kkt.form import Form
from wnproof.kkt.krawczyk import PRECISION, Box, enclosed
from wnproof.kkt.points import KKTPoint
from wnproof.verdict import Verdict

LARGEST = 4000  # monomials, over the number of rows


def enclosed_in_cell(problem: SphereProblem, point: KKTPoint) -> KKTPoint | None:
    """The point with an enclosure of N, and the verdict that there is exactly one KKT point in a box inside its cell.

    None where a row lies on its kink or too close to it, where the point is singular, and where the form is too large.

    Args:
        problem: ``scale * sum_i z_i phi(w . x_i)``, phi of integer degree, the outer weight fixed.
        point: approximately a KKT point.

    >>> from wnproof.derive.ncf import ncf
    >>> from wnproof.kkt.multistart import Multistart
    >>> from wnproof.model.activations import polynomial_relu
    >>> from wnproof.model.dataset import Dataset
    >>> from wnproof.model.network import Network
    >>> G = ncf(Network((2, 1, 1), polynomial_relu(3), fixed={"W2": [[1]]}), Dataset([[3, 4], [1, 0]], [1, 1]))
    >>> best = enclosed_in_cell(G, Multistart(starts=5).solve(G)[0])
    >>> best.verdict.rigor.value, float(best.value_range[1] - best.value_range[0]) < 1e-12
    ('certified', True)
    """
    rows, weights, degree = _neuron(problem)
    z = np.array([[float(entry) for entry in row] for row in rows]) @ point.u
    form_problem = _on_cell(rows, weights, degree, z > 0)
    form = None if form_problem is None else Form.of(form_problem)
    box = None if form is None else enclosed(form, point.u.astype(np.complex128))
    if form_problem is None or form is None or box is None or not box.is_real:
        return None
    side = 1 if point.u[box.chart] > 0 else -1
    if not _inside(rows, box, [side if entry > 0 else -side for entry in z]):
        return None
    pair = opposite_pair(form_problem, form, box)
    nearest = min(pair, key=lambda other: float(np.linalg.norm(other.u - point.u)))
    return replace(nearest, settle_verdict=partial(_exists, problem, box))


def _neuron(problem: SphereProblem) -> tuple[list[list[Fraction]], list[tuple[Fraction, Fraction]], int]:
    """Rows x_i, (coefficient for w . x_i > 0, for w . x_i < 0) of (w . x_i)^q, and q."""
    origin = problem.correlation
    assert origin is not None
    degree, scale, phi = int(problem.degree), as_fraction(origin.net.scale), origin.net.activation.expr
    right, left = (as_fraction(phi.subs(argument(0), t)) for t in (1, -1))
    outer = scale * Fraction(problem.value.constants["W2"].item())
    bias = [Fraction(1)] if origin.net.biases[0] else []
    rows = [[*(Fraction(entry) for entry in row), *bias] for row in origin.data.exact_X]
    labels = [outer * Fraction(label) for label in problem.value.constants["Z"].flat]
    return rows, [(label * right, label * left * (-1) ** degree) for label in labels], degree


def _on_cell(
    rows: list[list[Fraction]], weights: list[tuple[Fraction, Fraction]], degree: int, positive: Any
) -> SphereProblem | None:
    d = len(rows[0])
    if sp.binomial(degree + d - 1, d - 1) * len(rows) > LARGEST:
        return None
    symbols = sp.symbols(f"w:{d}")
    total = sp.Poly(0, *symbols, domain="QQ")
    for row, (right, left), side in zip(rows, weights, positive, strict=True):
        linear = sp.Poly(sum(exact(entry) * w for entry, w in zip(row, symbols, strict=True)), *symbols, domain="QQ")
        total += exact(right if side else left) * linear**degree
    return None if total.is_zero else sphere_problem(total.as_expr(), symbols)


def _inside(rows: list[list[Fraction]], box: Box, signs: list[int]) -> bool:
    with ctx.workprec(PRECISION):
        x = [entry.real for entry in box.balls]
        sums = (sum((fmpq(e.numerator, e.denominator) * z for e, z in zip(row, x, strict=True)), arb(0)) for row in rows)
        return all(bool(sign * z > 0) for sign, z in zip(signs, sums, strict=True))


def _exists(problem: SphereProblem, box: Box) -> Verdict:
    says = f"{problem}: exactly one KKT point along a vector of its cell for {box}"
    return computed(says, "Krawczyk's test in ball arithmetic for the form on the cell", "")

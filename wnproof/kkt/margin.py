"""KKT points of the maximum-margin problem on fixed activation patterns: CVXPY proposes who carries the margin, exact linear
algebra decides, and the checker confirms.

On a pattern of slopes s (m, n) a KKT point has w_j = c_j sum_i lambda_i y_i s_ji x_i, c_j = scale a_j, so that the margins are
H lambda with H_ik = y_i y_k <x_i, x_k> sum_j c_j^2 s_ji s_jk, and lambda solves the convex program min lambda^T H lambda / 2 -
sum(lambda), lambda >= 0. It is a point of the network when every <w_j, x_i> has the sign that s_ji stands for.

With trained outer weights each sample has to move one neuron only; then a_j = +-q_j^(1/4), q_j the sum of the neuron's lambda
for a_j = +-1, and everything is a fourth root of rational numbers.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from html import escape
from typing import Any, TypeAlias

import numpy as np
import sympy as sp
from flint import fmpq, fmpq_mat

from wnproof.derive.margin import MarginProblem, Matrix, Row, margin_problem
from wnproof.errors import WnproofError
from wnproof.graph.quantity import rational_number
from wnproof.model.dataset import Dataset
from wnproof.model.network import Network
from wnproof.prove.decide import decide
from wnproof.prove.simplex import feasible
from wnproof.verdict import Verdict

Number: TypeAlias = "Fraction | sp.Expr"
THRESHOLDS = (1e-6, 1e-4, 1e-8, 1e-2)


@dataclass(frozen=True, eq=False)
class MarginPoint:
    """A KKT point of min |theta|^2 / 2 subject to y_i f(x_i) >= 1.

    Attributes:
        problem: what it solves.
        pattern: the slopes s (m, n): the derivative of sigma at <w_j, x_i>, on the kink one that the Clarke set allows.
        weights: w_j (m, k) in ``problem.coordinates``, before trained outer weights are balanced.
        outer: a_j (m,), +-1 or 0 before they are balanced when they are trained.
        sizes: lambda (n,) before that.
        lengths: q_j (m,); 1 where the outer weights are fixed.
    """

    problem: MarginProblem
    pattern: Matrix
    weights: Matrix
    outer: Row
    sizes: Row
    lengths: Row

    @cached_property
    def verdict(self) -> Verdict:
        """That this is a KKT point, settled by the checker when first asked for."""
        return decide(self.problem.statement(self.weights, self.outer, self.sizes, self.lengths))

    @property
    def margins(self) -> Row:
        """y_i f(x_i) (n,)."""
        return tuple(y * f for y, f in zip(self.problem.labels, self.problem.outputs(self.weights, self.outer), strict=True))

    @property
    def multipliers(self) -> tuple[Number, ...]:
        """lambda (n,): rational, with trained outer weights exact SymPy numbers."""
        if self.problem.outer is not None:
            return self.sizes
        return tuple(_sympy(size) / sp.sqrt(_sympy(self._moved(i))) if size else sp.S.Zero for i, size in enumerate(self.sizes))

    def _moved(self, i: int) -> Fraction:
        """q of the neuron that sample i moves."""
        return next(q for q, row in zip(self.lengths, self.pattern, strict=True) if row[i])

    @property
    def value(self) -> Number:
        """|theta|^2 / 2, by Euler's identity L sum(lambda) / 2 with the degree L = 1, or 2 with trained outer weights."""
        total = sum(self.multipliers, Fraction(0) if self.problem.outer is not None else sp.S.Zero)
        return total / 2 if self.problem.outer is not None else sp.radsimp(total)

    @cached_property
    def rank(self) -> int:
        """The rank of the hidden weights W (m, d), a bias being one more column; exact."""
        rows = np.array(self.weights, dtype=object)
        if self.problem.by_samples:  # |W^T z|^2 = z^T B K B^T z, so W and B K B^T have the same rank
            rows = rows @ np.array(self.problem.gram, dtype=object) @ rows.T
        return int(_matrix(rows.tolist()).rank())

    @cached_property
    def theta(self) -> tuple[Number, ...]:
        """The weights (P,) in the network's order: rational, with trained outer weights exact SymPy numbers."""
        rows = np.array(self.weights, dtype=object)
        if self.problem.by_samples:
            rows = rows @ np.array(self.problem.rows, dtype=object)
        blocks: dict[str, Any] = {"W1": rows}
        if self.problem.outer is None:
            roots = [sp.root(_sympy(q), 4) if q else sp.S.One for q in self.lengths]
            balanced = [[_sympy(w) / t for w in row] for row, t in zip(rows.tolist(), roots, strict=True)]
            blocks = {"W1": np.array(balanced, dtype=object)}
            blocks["W2"] = np.array([[_sympy(a) * t for a, t in zip(self.outer, roots, strict=True)]], dtype=object)
        if self.problem.net.biases[0]:
            blocks["W1"], blocks["b1"] = blocks["W1"][:, :-1], blocks["W1"][:, -1]
        return tuple(self.problem.net.flatten(blocks).tolist())

    def __repr__(self) -> str:
        carried = sum(size > 0 for size in self.sizes)
        return f"KKT point of rank {self.rank}: {carried} of {len(self.sizes)} samples carry the margin, {_half_square(self)}"


@dataclass(frozen=True, eq=False)
class MarginKKT:
    """The KKT points found on the patterns, and for every other pattern why it has none.

    Attributes:
        problem: the maximum-margin problem.
        points: one for each pattern that has a point.
        rejected: (pattern, reason) of the others.
    """

    problem: MarginProblem
    points: tuple[MarginPoint, ...]
    rejected: tuple[tuple[Matrix, str], ...]

    def table(self) -> str:
        """Rank, value, least and largest multiplier and verdict of the points, then the reasons, as plain text."""
        lines = [f"{self.problem}: KKT points on {len(self.points)} of {len(self.points) + len(self.rejected)} patterns"]
        for point in self.points:
            sizes = ", ".join(map(str, point.multipliers))
            margins = ", ".join(map(str, point.margins))
            lines.append(f"  rank {point.rank}, {_half_square(point)}, {point.verdict.rigor.value}")
            if len(sizes) + len(margins) < 200:
                lines.append(f"    lambda ({sizes}), margins ({margins})")
        lines += [f"  none: {reason}" for _, reason in self.rejected]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return self.table()

    def _repr_html_(self) -> str:
        return f"<pre>{escape(self.table())}</pre>"


def margin_kkt(net: Network, data: Dataset, patterns: Sequence[Sequence[Sequence[Any]]] | None = None) -> MarginKKT:
    """KKT points of min |theta|^2 / 2 subject to y_i f(x_i; theta) >= 1, one convex program for each activation pattern.

    Args:
        net: two layers, (leaky) ReLU; outer weights fixed to numbers, or trained.
        data: labels 1 and -1. Where there are more features than samples only the Gram matrix matters.
        patterns: slopes (m, n), exact: sigma'(<w_j, x_i>), or any number between the two slopes for a neuron that is on its kink.
            By default the one pattern in which the samples with the label of a_j are on the positive side of neuron j and the
            others on the negative one; of trained neurons the first take one label each.

    Exact: multipliers, weights, margins, rank. Floating point only proposes the samples with lambda_i > 0.

    Raises: WnproofError E-SHAPE, E-FLOAT, E-VALUE.

    Source: Frei, Vardi, Bartlett, Srebro and Hu, arXiv 2210.07082, for rank two on nearly orthogonal data.

    >>> from wnproof.model.activations import leaky_relu
    >>> net = Network((3, 2, 1), leaky_relu("1/4"), fixed={"W2": [[1, -1]]})
    >>> found = margin_kkt(net, Dataset([[1, 0, 0], [0, 1, 0]], [1, -1]))
    >>> found.points[0].multipliers, found.points[0].rank, found.points[0].verdict.rigor
    ((Fraction(16, 17), Fraction(16, 17)), 2, Rigor.CERTIFIED)
    """
    problem = margin_problem(net, data)
    chosen = [_consistent(problem)] if patterns is None else [_pattern(problem, given) for given in patterns]
    points, rejected = [], []
    for pattern in chosen:
        found = _point(problem, pattern)
        if isinstance(found, str):
            rejected.append((pattern, found))
        else:
            points.append(found)
    return MarginKKT(problem, tuple(points), tuple(rejected))


def _consistent(problem: MarginProblem) -> Matrix:
    """Every neuron's slopes where it is positive on the samples of its own sign and negative on the others."""
    (right, left), found = problem.slopes, sorted(set(problem.labels), reverse=True)
    # one trained neuron for each label: two that moved with the same samples would share what one of them does
    signs = problem.outer or [*map(Fraction, found), *[Fraction(0)] * problem.width][: problem.width]
    return tuple(tuple(right if a * y > 0 else left for y in problem.labels) for a in signs)


def _pattern(problem: MarginProblem, given: Sequence[Sequence[Any]]) -> Matrix:
    pattern = tuple(tuple(rational_number(s) for s in row) for row in given)
    right, left = problem.slopes
    if len(pattern) != problem.width or any(len(row) != len(problem.rows) for row in pattern):
        what = f"a pattern of {len(pattern)} rows"
        raise WnproofError("E-SHAPE", what, help=f"one slope for each of {problem.width} neurons and {len(problem.rows)} samples")
    if any(not left <= s <= right for row in pattern for s in row):
        raise WnproofError("E-VALUE", "a slope that the activation has nowhere", help=f"slopes are between {left} and {right}")
    return pattern


def _point(problem: MarginProblem, pattern: Matrix) -> MarginPoint | str:
    """The pattern's KKT point, or why it has none."""
    labels, n = problem.labels, len(problem.rows)
    if problem.outer is not None:
        outer = problem.outer
    else:
        moving = [{y for y, s in zip(labels, row, strict=True) if s} for row in pattern]
        if any(sum(bool(row[i]) for row in pattern) > 1 for i in range(n)):
            return "a sample moves two neurons, whose trained outer weights are then no fourth roots of rational numbers"
        if any(len(signs) > 1 for signs in moving):
            return "a neuron is moved by samples of both labels, of which it can fit only those of its own sign"
        outer = tuple(Fraction(next(iter(signs), 0)) for signs in moving)
    factors = [problem.scale * a for a in outer]
    H = [[Fraction(0)] * n for _ in range(n)]
    for i in range(n):
        for k in range(i + 1):
            shared = sum((c**2 * row[i] * row[k] for c, row in zip(factors, pattern, strict=True)), Fraction(0))
            H[i][k] = H[k][i] = labels[i] * labels[k] * problem.gram[i][k] * shared
    sizes = _multipliers(H)
    if isinstance(sizes, str):
        return sizes
    signed = [size * y for size, y in zip(sizes, labels, strict=True)]
    combined = [[c * size * s for size, s in zip(signed, row, strict=True)] for c, row in zip(factors, pattern, strict=True)]
    weights = combined if problem.by_samples else np.array(combined, dtype=object) @ np.array(problem.rows, dtype=object)
    exact = tuple(tuple(map(Fraction, row)) for row in weights)
    right, left = problem.slopes
    for j, row in enumerate(problem.preactivations(exact)):
        for i, (z, s) in enumerate(zip(row, pattern[j], strict=True)):
            if outer[j] and ((z > 0 and s != right) or (z < 0 and s != left)):
                wanted = "be 0" if left < s < right else f"be {'positive' if s == right else 'negative'} or 0"
                return f"the pattern breaks: with its multipliers <w_{j}, x_{i}> is {float(z):.4g} and has to {wanted}"
    lengths = [Fraction(1)] * len(outer)
    if problem.outer is None:
        lengths = [sum((size for size, s in zip(sizes, row, strict=True) if s), Fraction(0)) for row in pattern]
    return MarginPoint(problem, pattern, exact, tuple(outer), sizes, tuple(lengths))


def _multipliers(H: list[list[Fraction]]) -> Row | str:
    """lambda >= 0 with H lambda >= 1 and equality where lambda > 0, exactly; or why there is none."""
    n, reason = len(H), ""
    if unmoved := [i for i in range(n) if not H[i][i]]:  # then the whole row is 0, H being a Gram matrix
        return f"sample {unmoved[0]} moves no neuron on this pattern, so its margin is 0"
    for support in _proposals(H):
        solution = _solved([[H[i][k] for k in support] for i in support])
        if solution is None:
            reason = f"no multipliers give the samples {', '.join(map(str, support))} the margin 1 on this pattern"
            continue
        sizes = [Fraction(0)] * n
        for i, size in zip(support, solution, strict=True):
            sizes[i] = size
        margins = [sum((h * size for h, size in zip(row, sizes, strict=True)), Fraction(0)) for row in H]
        if min(sizes) >= 0 and min(margins) >= 1:
            return tuple(sizes)
        if min(sizes) < 0:
            reason = f"lambda_{sizes.index(min(sizes))} would be {float(min(sizes)):.4g}, negative"
        else:
            reason = f"the margin of sample {margins.index(min(margins))} would be {float(min(margins)):.4g}, below 1"
    return reason


def _solved(H: list[list[Fraction]]) -> list[Fraction] | None:
    """lambda with H lambda = 1; of a singular H one that is not negative, or None."""
    if (own := _matrix(H)).rank() < len(H):
        found, _ = feasible([list(column) for column in zip(*H, strict=True)], [Fraction(1)] * len(H))
        return None if found is None else list(found)
    solution = own.solve(_matrix([[Fraction(1)]] * len(H)))
    return [Fraction(int(solution[k, 0].p), int(solution[k, 0].q)) for k in range(len(H))]


def _proposals(H: list[list[Fraction]]) -> Iterator[list[int]]:
    """Sets of samples that may carry the margin, as Clarabel's multipliers suggest; at last all of them."""
    import cvxpy as cp  # a second to import, so only when a pattern is tried

    n, seen = len(H), list[list[int]]()
    top = max(H[i][i] for i in range(n))
    scaled = np.array([[float(h / top) for h in row] for row in H])  # data of norm 1: solvers call other scales optimal early
    values, vectors = np.linalg.eigh(scaled)
    factor = np.sqrt(np.maximum(values, 0))[:, None] * vectors.T
    sizes: Any = cp.Variable(n, nonneg=True)
    program: Any = cp.Problem(cp.Minimize(cp.sum_squares(factor @ sizes) / 2 - cp.sum(sizes)))
    with warnings.catch_warnings(), contextlib.suppress(cp.SolverError):
        warnings.simplefilter("ignore")  # an inaccurate answer is a proposal like any other
        program.solve(solver=cp.CLARABEL, tol_gap_abs=1e-10, tol_gap_rel=1e-10, tol_feas=1e-10)
    if sizes.value is not None and np.isfinite(sizes.value).all() and (largest := float(np.max(sizes.value))) > 0:
        seen = [[i for i in range(n) if sizes.value[i] > share * largest] for share in THRESHOLDS]
    yield from map(list, dict.fromkeys(map(tuple, [*seen, range(n)])))


def _half_square(point: MarginPoint) -> str:
    exact = str(point.value)
    return f"|theta|^2 / 2 = {exact}" if len(exact) < 40 else f"|theta|^2 / 2 ~ {float(point.value):.6g}"


def _matrix(rows: Sequence[Sequence[Fraction]]) -> fmpq_mat:
    return fmpq_mat([[fmpq(x.numerator, x.denominator) for x in map(Fraction, row)] for row in rows])


def _sympy(number: Fraction) -> sp.Rational:
    return sp.Rational(number.numerator, number.denominator)

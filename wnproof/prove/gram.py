"""Exact Gram matrices: a target written as a sum of blocks, factor z' Q z with Q positive semidefinite, and of free columns.

A semidefinite program finds Q in floating point. Directions in which every solution vanishes are guessed from its kernel and
taken out of the basis z, until a solution inside the cone is left; this is rounded, the affine equations are solved exactly for
some of its entries, and an exact LDL' decides. Whatever fails gives None: the sums found are checked elsewhere.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from flint import fmpq, fmpq_mat
from numpy.typing import NDArray

from wnproof.checker.polynomial import Poly, plus

Product = Callable[[Poly, Poly], Poly]
ROUNDS, LARGEST, COLUMNS = 6, 70, 3_000
DENOMINATORS = (1, 12, 10**3, 10**6, 10**9)
Float = NDArray[np.float64]


@dataclass(frozen=True)
class Block:
    """``factor`` z' Q z for the polynomials z of the ``basis``; ``label`` says whose block it is."""

    label: tuple[int, ...]
    factor: Poly
    basis: tuple[Poly, ...]


@dataclass(frozen=True)
class Sums:
    """What was found: (label, weight > 0, polynomial) for each weight * factor * polynomial^2, and the free coefficients."""

    squares: list[tuple[tuple[int, ...], Fraction, Poly]]
    free: list[Fraction]


def exact_sums(target: Poly, blocks: Sequence[Block], free: Sequence[Poly], product: Product) -> Sums | None:
    """The target as a sum of the blocks' squares and multiples of the free columns, exactly; None when none was found."""
    blocks = [block for block in blocks if block.basis]
    for _ in range(ROUNDS):
        sides = [len(block.basis) for block in blocks]
        if sum(sides) > LARGEST or len(free) + sum(n * n for n in sides) > COLUMNS:
            return None
        entries = [_entries(block, product) for block in blocks]
        answer = _semidefinite(target, entries, sides, free)
        if answer is None:
            return None
        grams, coefficients = answer
        for denominator in DENOMINATORS:
            found = _rounded(target, entries, blocks, free, grams, coefficients, denominator)
            if found is not None:
                return found
        reduced = [_reduced(block, gram) for block, gram in zip(blocks, grams, strict=True)]
        if [len(block.basis) for block in reduced] == sides:
            return None
        blocks = [block for block in reduced if block.basis]
    return None


def _entries(block: Block, product: Product) -> dict[tuple[int, int], Poly]:
    """factor z_i z_j, i <= j."""
    scaled = [product(block.factor, z) for z in block.basis]
    size = len(scaled)
    return {(i, j): product(scaled[i], block.basis[j]) for i in range(size) for j in range(i, size)}


def _semidefinite(
    target: Poly, entries: list[dict[tuple[int, int], Poly]], sides: list[int], free: Sequence[Poly]
) -> tuple[list[Float], Float] | None:
    """Gram matrices and free coefficients deep inside the cone, by CVXPY with Clarabel; None when it finds none."""
    import cvxpy as cp  # a second to import, so only when a sum of squares is asked for
    from scipy.sparse import csr_matrix

    polynomials = [target, *free, *(p for some in entries for p in some.values())]
    place = {m: k for k, m in enumerate(sorted({m for p in polynomials for m in p}))}
    scale = max(map(abs, target.values()), default=Fraction(1))
    wanted = np.zeros(len(place))
    for m, c in target.items():
        wanted[place[m]] = float(c / scale)

    def matrix(columns: list[Poly]) -> Any:
        rows = [(place[m], k, float(c)) for k, p in enumerate(columns) for m, c in p.items()]
        data, i, j = ([row[k] for row in rows] for k in (2, 0, 1))
        return csr_matrix((data, (i, j)), shape=(len(place), len(columns)))

    grams = [cp.Variable((n, n), PSD=True) for n in sides]
    coefficients = cp.Variable(len(free)) if free else None
    total: Any = matrix(list(free)) @ coefficients if free else 0
    for gram, n, own in zip(grams, sides, entries, strict=True):
        full = [own[min(i, j), max(i, j)] for i in range(n) for j in range(n)]
        total = total + matrix(full) @ cp.vec(gram, order="C")
    if not grams and coefficients is None:
        return None
    depth = cp.Variable()
    inside = [depth <= 1, *(gram - depth * np.eye(n) >> 0 for gram, n in zip(grams, sides, strict=True))]
    for constraints, objective in ((inside, cp.Maximize(depth)), ([], cp.Minimize(0))):
        program: Any = cp.Problem(objective, [total == wanted, *constraints])
        with warnings.catch_warnings(), contextlib.suppress(cp.SolverError, ValueError):
            warnings.simplefilter("ignore")
            program.solve(solver=cp.CLARABEL, max_iter=100)
        deep = not constraints or (depth.value is not None and depth.value > 1e-6)
        if program.status in (cp.OPTIMAL, cp.OPTIMAL_INACCURATE) and deep:
            values = [np.asarray(gram.value, dtype=np.float64).reshape(n, n) for gram, n in zip(grams, sides, strict=True)]
            unit = float(scale)
            multiples = np.zeros(0) if coefficients is None else np.asarray(coefficients.value, dtype=np.float64)
            return [unit * (v + v.T) / 2 for v in values], unit * multiples
        if program.status in (cp.INFEASIBLE, cp.INFEASIBLE_INACCURATE):
            return None
    return None


def _rounded(
    target: Poly,
    entries: list[dict[tuple[int, int], Poly]],
    blocks: list[Block],
    free: Sequence[Poly],
    grams: list[Float],
    coefficients: Float,
    denominator: int,
) -> Sums | None:
    """The solution rounded to this denominator and put right by the affine equations; None unless it is exactly one."""
    columns = [*free, *(p if i == j else plus(p, p) for own in entries for (i, j), p in own.items())]
    start = [*coefficients, *(float(g[i, j]) for g, own in zip(grams, entries, strict=True) for i, j in own)]
    if not all(np.isfinite(start)):
        return None
    rounded = [Fraction(float(x)).limit_denominator(denominator) for x in start]
    solved = _put_right(target, columns, rounded)
    if solved is None:
        return None
    values, squares = iter(solved[len(free) :]), []
    for block, own in zip(blocks, entries, strict=True):
        matrix = {key: next(values) for key in own}
        factors = squares_of(matrix, len(block.basis))
        if factors is None:
            return None
        for weight, row in factors:
            p: Poly = {}
            for c, z in zip(row, block.basis, strict=True):
                p = plus(p, {m: c * x for m, x in z.items()}) if c else p
            squares.append((block.label, weight, p))
    return Sums(squares, solved[: len(free)])


def _put_right(target: Poly, columns: list[Poly], values: list[Fraction]) -> list[Fraction] | None:
    """Values with sum_k values_k columns_k = target: the pivots' values follow from the others, which stay."""
    monomials = sorted({m for p in (target, *columns) for m in p})
    zero = Fraction(0)
    rows = [[_fmpq(p.get(m, zero)) for p in (*columns, target)] for m in monomials]
    if not rows:
        return values
    reduced, rank = fmpq_mat(rows).rref()
    out = list(values)
    width = len(columns)
    for r in range(rank):
        row = [reduced[r, c] for c in range(width + 1)]
        pivot = next(c for c, x in enumerate(row) if x)
        if pivot == width:
            return None  # the equations have no solution
        rest = row[width]
        for c in range(pivot + 1, width):
            if row[c]:
                rest -= row[c] * _fmpq(values[c])
        out[pivot] = Fraction(int(rest.p), int(rest.q))
    return out


def squares_of(matrix: dict[tuple[int, int], Fraction], size: int) -> list[tuple[Fraction, list[Fraction]]] | None:
    """(d, l) with x' Q x = sum d (l x)^2 and all d > 0, by LDL'; None when Q (upper triangle) is not positive semidefinite.

    >>> one = Fraction(1)
    >>> squares_of({(0, 0): one, (0, 1): -one, (1, 1): one}, 2)
    [(Fraction(1, 1), [Fraction(1, 1), Fraction(-1, 1)])]
    >>> squares_of({(0, 0): Fraction(0), (0, 1): one, (1, 1): one}, 2) is None
    True
    """
    rest, out = dict(matrix), []
    for k in range(size):
        pivot = rest[k, k]
        row = [Fraction(0)] * k + [rest[k, j] for j in range(k, size)]
        if pivot < 0 or (not pivot and any(row)):
            return None
        if not pivot:
            continue
        row = [x / pivot for x in row]
        for i in range(k + 1, size):
            for j in range(i, size):
                rest[i, j] -= pivot * row[i] * row[j]
        out.append((pivot, row))
    return out


def _reduced(block: Block, gram: Float) -> Block:
    """The block on the range of its Gram matrix, when the kernel, or its surest part, looks like small rational numbers."""
    values, vectors = np.linalg.eigh(gram)
    largest = max(1e-3, float(values[-1]))
    if largest == 1e-3 and values[-1] < 1e-6:
        return replace(block, basis=())
    for share in (1e-8, 1e-7, 1e-6, 1e-5, 1e-4):
        kernel = vectors[:, values < share * largest].T
        if len(kernel) and (guessed := _guessed(kernel.copy())) is not None:
            return replace(block, basis=tuple(_orthogonal(block.basis, *guessed)))
    return block


def _guessed(kernel: Float) -> tuple[list[list[Fraction]], list[int]] | None:
    """The reduced echelon form (largest pivots) in small rational numbers, and its pivots; None when they are not near."""
    pivots = []
    for r in range(len(kernel)):
        c = int(np.argmax(np.abs(kernel[r])))
        pivots.append(c)
        kernel[r] /= kernel[r, c]
        for other in range(len(kernel)):
            if other != r:
                kernel[other] -= kernel[other, c] * kernel[r]
    guessed = [[Fraction(float(x)).limit_denominator(12) for x in row] for row in kernel]
    near = np.max(np.abs(kernel - np.array([[float(x) for x in row] for row in guessed]))) < 1e-2
    return (guessed, pivots) if near else None


def _orthogonal(basis: Sequence[Poly], kernel: list[list[Fraction]], pivots: list[int]) -> list[Poly]:
    """The basis restricted to the coefficient vectors that are orthogonal to the kernel."""
    out = []
    for c in (c for c in range(len(basis)) if c not in pivots):
        p = basis[c]
        for row, pivot in zip(kernel, pivots, strict=True):
            p = plus(p, basis[pivot], -row[c]) if row[c] else p
        out.append(p)
    return out


def _fmpq(q: Fraction) -> fmpq:
    return fmpq(q.numerator, q.denominator)

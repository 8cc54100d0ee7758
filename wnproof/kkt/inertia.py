"""How many directions along the sphere N falls in at an enclosed point: the inertia of its second derivative, in balls."""

from __future__ import annotations

from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx

from wnproof.kkt.form import Form
from wnproof.kkt.krawczyk import PRECISION, Box


def negative_eigenvalues(form: Form, box: Box) -> int | None:
    """The Morse index of N / factor on the sphere at x / |x|, x the real class in the box; None where balls do not decide it.

    With x_k = 1 and ``grad N(x) = l x`` the vectors ``e_j - x_j e_k``, j != k, columns of B, span the tangent space. The signs of
    the eigenvalues of ``B' (D^2 N(x) - l) B`` are those of the diagonal of ``Q' B' (D^2 N(x) - l) B Q`` for any Q that makes it
    diagonally dominant (Sylvester, Gershgorin); Q holds the eigenvectors in floats.

    >>> import sympy as sp
    >>> from wnproof.derive.sphere import sphere_problem
    >>> from wnproof.kkt.krawczyk import enclosed
    >>> u, v = sp.symbols("u v")
    >>> form = Form.of(sphere_problem(u**4 + 2 * v**4, (u, v)))
    >>> negative_eigenvalues(form, enclosed(form, np.array([0j, 1])))
    1
    """
    size, k = form.size, box.chart
    others = [j for j in range(size) if j != k]
    if not others:
        return 0
    with ctx.workprec(PRECISION):
        x = box.balls
        gradient, hessian = form.in_balls(x)
        ell = gradient[k].real
        curvature = arb_mat([[hessian[i, j].real - (ell if i == j else 0) for j in range(size)] for i in range(size)])
        basis = arb_mat([[_entry(i, j, k, x) for j in others] for i in range(size)])
        along = basis.transpose() * curvature * basis
        middle = np.array([[float(z.mid()) for z in row] for row in along.tolist()])
        if not np.isfinite(middle).all():
            return None
        Q = arb_mat([[arb(entry) for entry in row] for row in np.linalg.eigh((middle + middle.T) / 2)[1].tolist()])
        rows = (Q.transpose() * along * Q).tolist()
        beside = [sum((abs(z) for j, z in enumerate(row) if j != i), arb(0)) for i, row in enumerate(rows)]
        diagonal = [row[i] for i, row in enumerate(rows)]
        if not all(bool(abs(z) > off) for z, off in zip(diagonal, beside, strict=True)):
            return None
        return sum(bool(z < 0) for z in diagonal)


def _entry(i: int, j: int, k: int, x: list[Any]) -> Any:
    if i == k:
        return -x[j].real
    return arb(int(i == j))

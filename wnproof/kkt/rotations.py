"""The rotations that leave a form as it is, exactly: what they move is no isolated KKT point."""

from __future__ import annotations

import itertools

from flint import fmpz_mat

from wnproof.kkt.form import Form
from wnproof.prove.sos import Monomial


def rotation_dimension(form: Form) -> int:
    """The dimension of the group of rotations R with N(R x) = N(x) for all x.

    Its Lie algebra are the skew matrices A with ``<grad N(x), A x> = 0``: linear equations with integer coefficients, one
    for each monomial.

    >>> import sympy as sp
    >>> from wnproof.derive.sphere import sphere_problem
    >>> x, y, z = sp.symbols("x y z")
    >>> [rotation_dimension(Form.of(sphere_problem(e, (x, y, z)))) for e in ((x**2 + y**2) * z, x**2 + y**2 + z**2, x * y * z)]
    [1, 3, 0]
    """
    columns = [_moved(form, i, j) for i, j in itertools.combinations(range(form.size), 2)]
    rows = sorted({monomial for column in columns for monomial in column})
    if not columns or not rows:
        return len(columns)
    return len(columns) - int(fmpz_mat([[column.get(monomial, 0) for column in columns] for monomial in rows]).rank())


def _moved(form: Form, i: int, j: int) -> dict[Monomial, int]:
    """``x_j D_i N - x_i D_j N``."""
    terms: dict[Monomial, int] = {}
    for monomial, c in form.coefficients.items():
        for lost, gained, sign in ((i, j, 1), (j, i, -1)):
            if monomial[lost]:
                exponents = list(monomial)
                exponents[lost] -= 1
                exponents[gained] += 1
                terms[tuple(exponents)] = terms.get(tuple(exponents), 0) + sign * monomial[lost] * c
    return terms

"""The form of a symmetric tensor, whose KKT points on the sphere are the tensor's eigenvectors."""

from __future__ import annotations

import itertools
from collections import defaultdict
from fractions import Fraction
from typing import Any

import sympy as sp

from wnproof.derive.sphere import SphereProblem, sphere_problem
from wnproof.errors import WnproofError
from wnproof.model.dataset import exact_array

ENTRIES = 200_000


def tensor_problem(entries: Any) -> SphereProblem:
    """N(u) = sum T[i, j, ...] u_i u_j ... of a symmetric tensor T (d, ..., d) as a problem on the sphere.

    The eigenvectors T u ... u = l u of a symmetric T are the KKT points of N with value l. Those of another T are not, since N
    only sees its symmetric part, and T is refused.

    Args:
        entries: nested lists or an array of exact numbers, decimal strings or floats (a float is its exact binary value).

    Raises: WnproofError E-SHAPE for a tensor that is not d x ... x d, E-VALUE for one that is not symmetric or zero, E-SIZE for
        more than 200,000 entries, E-NONFINITE.

    >>> tensor_problem([[2, 1], [1, "1/2"]]).expression
    2*u0**2 + 2*u0*u1 + u1**2/2
    """
    T = exact_array(entries, "T")
    if not T.ndim or len(set(T.shape)) != 1 or not T.size:
        shape = "x".join(map(str, T.shape)) or "a number"
        raise WnproofError("E-SHAPE", f"T is {shape}", help="give a tensor of which every axis has the same length")
    if T.size > ENTRIES:
        raise WnproofError("E-SIZE", f"T has {T.size} entries, limit {ENTRIES}", help="give the form to sphere_problem")
    terms: defaultdict[tuple[int, ...], Fraction] = defaultdict(Fraction)
    for index in itertools.product(range(T.shape[0]), repeat=T.ndim):
        first = tuple(sorted(index))
        if T[index] != T[first]:
            raise WnproofError(
                "E-VALUE",
                f"T is not symmetric: T{list(first)} = {T[first]} and T{list(index)} = {T[index]}; its eigenvectors are "
                "no KKT points of a form",
                help="take its symmetric part, if its form is what counts",
            )
        terms[first] += T[index]
    x = sp.symbols(f"u:{T.shape[0]}")
    form = sp.Add(*(_rational(c) * sp.Mul(*(x[i] for i in index)) for index, c in terms.items() if c))
    if not form:
        raise WnproofError("E-VALUE", "T is zero: every unit vector is an eigenvector")
    return sphere_problem(form, x)


def _rational(c: Fraction) -> sp.Rational:
    return sp.Rational(c.numerator, c.denominator)

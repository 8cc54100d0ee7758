"""Boxes around classes of eigenvectors as a statement and as evidence that the checker replays in integers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from wnproof.certificate import computed
from wnproof.derive.sphere import SphereProblem
from wnproof.graph.nodes import argument, leaf, pointwise
from wnproof.graph.statement import KktLines, text
from wnproof.kkt.form import Form
from wnproof.kkt.krawczyk import BITS, Box, preconditioner
from wnproof.prove.decide import decide
from wnproof.verdict import Verdict

REPLAYED = 1_100  # lines that the checker encloses and tells apart in about a minute
DIGITS = 40  # binary ones of the entries of Y


def lines_verdict(problem: SphereProblem, form: Form, real: Sequence[Box], others: Sequence[Box], complete: bool) -> Verdict:
    """That each real box holds one line of KKT points, and, with one of each pair of other classes, that there are no others.

    Settled by the checker: certified, or undecided with its reason; of more than 1,100 lines certified with the grade computed.

    >>> import sympy as sp
    >>> from wnproof.derive.sphere import sphere_problem
    >>> from wnproof.kkt.classes import classes_of
    >>> x, y = sp.symbols("x y")
    >>> problem = sphere_problem(x**3 - 2 * x * y**2, (x, y))
    >>> form = Form.of(problem)
    >>> found = classes_of(form)
    >>> lines_verdict(problem, form, found.real, found.upper, complete=True).rigor
    Rigor.CERTIFIED
    """
    if (count := len(real) + 2 * len(others)) > REPLAYED:
        statement = _statement(problem, real, complete, {}).encode()
        return computed(statement, "a homotopy, with Krawczyk's test in ball arithmetic for each of its ends", f"{count} lines")
    return decide(lines_statement(problem, form, real, others, complete))


def lines_statement(
    problem: SphereProblem, form: Form, real: Sequence[Box], others: Sequence[Box], complete: bool, dropped: int = 0
) -> KktLines:
    """The statement with its evidence; with so many real boxes ``dropped`` it is false, and the last one is the witness."""
    inverses = [_inverse(form, box) for box in (*real, *others)]
    if dropped:
        line = [real[-1].chart, _parts(real[-1])[0], text(real[-1].radius)]
        known = {"kind": "witness", "others": [line], "inverses": [inverses[len(real) - 1]]}
        return _statement(problem, real[:-dropped], complete, known)
    spelled = [[box.chart, *_parts(box), text(box.radius)] for box in others]
    return _statement(problem, real, complete, {"kind": "box", "others": spelled, "inverses": inverses})


def _statement(problem: SphereProblem, real: Sequence[Box], complete: bool, known: dict[str, Any]) -> KktLines:
    names = tuple(x.name for x in problem.variables)
    own = {x: argument(k) for k, x in enumerate(problem.variables)}
    function = pointwise(problem.expression.xreplace(own), *(leaf(name) for name in names))
    boxes = tuple((box.chart, tuple(Fraction(entry, 2**BITS) for entry in box.real), box.radius) for box in real)
    return KktLines(function, names, boxes, complete, known)


def _parts(box: Box) -> list[list[str]]:
    return [[text(Fraction(entry, 2**BITS)) for entry in part] for part in (box.real, box.imaginary)]


def _inverse(form: Form, box: Box) -> list[Any]:
    """A matrix near the inverse of the Jacobian at the centre, of complex numbers [re, im]."""
    inverse = preconditioner(form, box)
    assert inverse is not None, "an enclosed class is simple"
    inverse = inverse / float(form.factor)
    largest = float(np.abs(inverse).max(initial=0.0)) or 1.0
    unit = 2 ** max(0, DIGITS - math.frexp(largest)[1])
    return [[[text(Fraction(round(part * unit), unit)) for part in (z.real, z.imag)] for z in row] for row in inverse.tolist()]

"""Boxes that hold exactly one class of eigenvectors of a form, by Krawczyk's test in ball arithmetic.

In the chart x_k = 1 the classes are the zeros of ``f_i(x) = g_i(x) - x_i g_k(x)``, i != k, with g = grad N. For any Y, a box
Z around c that contains ``c - Y f(c) + (1 - Y f'(Z)) (Z - c)`` in its interior has one zero of f, and f' is regular there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from flint import acb, acb_mat, arb, ctx, fmpq, fmpz

from wnproof.kkt.form import Form, Points

BITS = 80  # of a centre behind the binary point
PRECISION = 192
RADII = (-64, -48, -32)  # powers of 2, the first one that works is taken
NEWTON_STEPS = 30
NEARLY_REAL = 1e-5  # with imaginary parts below this a class is first looked for among the real ones


@dataclass(frozen=True)
class Box:
    """The vectors x with x_chart = 1 and every other entry within 2^exponent of the centre, in real and in imaginary part.

    Attributes:
        chart: the number k of the entry that is 1.
        real: real parts of the centre times 2^80 (P,), with 2^80 at k.
        imaginary: imaginary parts times 2^80, or () for a box of real vectors.
        exponent: of the radius.
    """

    chart: int
    real: tuple[int, ...]
    imaginary: tuple[int, ...]
    exponent: int

    @property
    def is_real(self) -> bool:
        """Whether it consists of real vectors."""
        return not self.imaginary

    @property
    def radius(self) -> Fraction:
        """Half its width."""
        return Fraction(2) ** self.exponent

    @cached_property
    def centre(self) -> list[Any]:
        """Exact balls (P,)."""
        unit = arb(fmpq(1, 2**BITS))
        real = [arb(fmpz(entry)) * unit for entry in self.real]
        imaginary = [arb(fmpz(entry)) * unit for entry in self.imaginary] or [arb(0)] * len(real)
        return [acb(1) if k == self.chart else acb(a, b) for k, (a, b) in enumerate(zip(real, imaginary, strict=True))]

    @property
    def balls(self) -> list[Any]:
        """Balls ``flint.acb`` (P,) around the box."""
        side = arb(0, 2.0**self.exponent)
        wide = acb(side, arb(0) if self.is_real else side)
        return [acb(1) if k == self.chart else c + wide for k, c in enumerate(self.centre)]

    def __str__(self) -> str:
        parts = ", ".join(str(Fraction(entry, 2**BITS)) for entry in self.real)
        return f"x_{self.chart + 1} = 1, the other entries within 2^{self.exponent} of those of ({parts})"

    @property
    def conjugate(self) -> Box:
        """The box of the conjugate vectors."""
        return replace(self, imaginary=tuple(-entry for entry in self.imaginary))


def holds_one_class(form: Form, box: Box) -> bool:
    """Whether Krawczyk's test shows that one class of the form is in the box (a real one, if the box is), and that it is simple.

    Y is the inverse of the Jacobian at the centre, in floats.
    """
    with ctx.workprec(PRECISION):
        Y = preconditioner(form, box)
        return Y is not None and _contracts(form, box, _matrix(Y))


def enclosed(form: Form, x: Points) -> Box | None:
    """A box with exactly one class, found from an approximation x (P,); a real box whenever that succeeds close to real vectors.

    >>> import sympy as sp
    >>> from wnproof.derive.sphere import sphere_problem
    >>> u, v = sp.symbols("u v")
    >>> form = Form.of(sphere_problem(u**3 + v**3, (u, v)))
    >>> box = enclosed(form, np.array([0.7071 + 0j, 0.7072]))
    >>> box.is_real, box.chart, float(box.real[0] / box.real[1])
    (True, 1, 1.0)
    """
    chart = int(np.argmax(np.abs(x)))
    scaled = x / x[chart]
    scaled[chart] = 1  # which the quotient may miss by a rounding
    start = Box(chart, *_rounded(scaled), RADII[0])
    nearly_real = bool(np.abs(scaled.imag).max() < NEARLY_REAL)
    for first in [replace(start, imaginary=()), start] if nearly_real else [start]:
        with ctx.workprec(PRECISION):
            box = _refined(form, first)
            if box is not None:
                wider = (replace(box, exponent=exponent) for exponent in RADII)
                if (found := next((some for some in wider if holds_one_class(form, some)), None)) is not None:
                    return found
    return None


def has_one_zero_at_most(form: Form, chart: int, centre: Sequence[Any], balls: Sequence[Any]) -> bool:
    """Whether f is one-to-one on the balls in the chart x_k = 1: where ``1 - Y f'`` is below 1 in row sums."""
    with ctx.workprec(PRECISION):
        Y = _inverse(_jacobian(form, centre, chart))
        if Y is None:
            return False
        slack = _identity(form.size - 1) - _matrix(Y) * _jacobian(form, balls, chart)
        return all(bool(sum((abs(z) for z in row), arb(0)) < 1) for row in slack.tolist())


def _refined(form: Form, box: Box) -> Box | None:
    """The box moved to where Newton's method leads, or None when it leads away."""
    others = [k for k in range(form.size) if k != box.chart]
    for _ in range(NEWTON_STEPS):
        if (Y := preconditioner(form, box)) is None:
            return None
        gradient, _ = form.in_balls(box.centre)
        step = (_matrix(Y) * _column(_equations(gradient, box.centre, box.chart))).entries() if others else []
        moved = dict(zip(others, (z - s for z, s in zip((box.centre[k] for k in others), step, strict=True)), strict=True))
        real, imaginary = list(box.real), list(box.imaginary)
        for k, z in moved.items():
            if not (z.is_finite() and float(abs(z).mid()) < 4):
                return None
            real[k] = _nearest(z.real)
            if imaginary:
                imaginary[k] = _nearest(z.imag)
        box = replace(box, real=tuple(real), imaginary=tuple(imaginary))
        if all(float(abs(s).mid()) < 2.0 ** -(BITS - 4) for s in step):
            break
    return box


def _contracts(form: Form, box: Box, Y: Any) -> bool:
    size, k = form.size - 1, box.chart
    if not size:
        return True
    value = Y * _column(_equations(form.in_balls(box.centre)[0], box.centre, k))
    inside = box.balls
    slack = _identity(size) - Y * _jacobian(form, inside, k)
    side = arb(0, 2.0**box.exponent)
    away = slack * _column([acb(side, arb(0) if box.is_real else side)] * size) - value
    # a real box: f maps real vectors to real ones and Y is real, so the real parts are all there is
    return all(_below(z.real, box.exponent) and (box.is_real or _below(z.imag, box.exponent)) for z in away.entries())


def _below(x: Any, exponent: int) -> bool:
    return bool(abs(x) < arb(2.0**exponent))


def _equations(gradient: Sequence[Any], x: Sequence[Any], k: int) -> list[Any]:
    return [g - z * gradient[k] for i, (g, z) in enumerate(zip(gradient, x, strict=True)) if i != k]


def _jacobian(form: Form, x: Sequence[Any], k: int) -> Any:
    gradient, hessian = form.in_balls(x)
    others = [i for i in range(form.size) if i != k]
    rows = [[hessian[i, j] - x[i] * hessian[k, j] - (gradient[k] if i == j else 0) for j in others] for i in others]
    return acb_mat(rows)


def preconditioner(form: Form, box: Box) -> Points | None:
    """The inverse of the Jacobian at the centre in floats; None where it has none."""
    if form.size == 1:
        return np.zeros((0, 0), dtype=np.complex128)
    inverse = _inverse(_jacobian(form, box.centre, box.chart))
    return inverse.real.astype(np.complex128) if inverse is not None and box.is_real else inverse


def _inverse(jacobian: Any) -> Points | None:
    rows = [[complex(float(z.real.mid()), float(z.imag.mid())) for z in row] for row in jacobian.tolist()]
    try:
        inverse = np.linalg.inv(np.array(rows))
    except np.linalg.LinAlgError:
        return None
    return inverse if np.isfinite(inverse).all() else None


def _matrix(Y: Points) -> Any:
    return acb_mat([[acb(z.real, z.imag) for z in row] for row in Y.tolist()]) if len(Y) else acb_mat(0, 0)


def _identity(size: int) -> Any:
    return acb_mat([[int(i == j) for j in range(size)] for i in range(size)])


def _column(entries: Sequence[Any]) -> Any:
    return acb_mat([[entry] for entry in entries])


def _rounded(x: Points) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return tuple(int(Fraction(z.real) * 2**BITS) for z in x.tolist()), tuple(int(Fraction(z.imag) * 2**BITS) for z in x.tolist())


def _nearest(x: Any) -> int:
    mantissa, exponent = (int(part) for part in x.mid().man_exp())
    shift = exponent + BITS
    return mantissa << shift if shift >= 0 else (mantissa + (1 << (-shift - 1))) >> -shift

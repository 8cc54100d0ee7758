"""All complex classes of eigenvectors of a form, each in a box of its own: found in floats, then enclosed and told apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import acb, ctx

from wnproof.kkt.form import Form
from wnproof.kkt.homotopy import ends
from wnproof.kkt.krawczyk import PRECISION, Box, enclosed

CLOSE, CLOSER = 1e-4, 1e-7  # how closely paths are followed: at first, and where two end in one class
FUNCTIONALS_SEED = 11
DRAWS = 4


@dataclass(frozen=True)
class Classes:
    """Boxes with one simple class each, no two of them with the same one.

    Attributes:
        expected: how many classes there are when they are finitely many, counted with multiplicity.
        real: boxes of real classes.
        upper: boxes of one class out of each pair of conjugate ones, shown not to be real.
        followed: how many paths were followed, those that were followed again included.
    """

    expected: int
    real: tuple[Box, ...]
    upper: tuple[Box, ...]
    followed: int

    @property
    def count(self) -> int:
        """How many classes the boxes stand for."""
        return len(self.real) + 2 * len(self.upper)

    @property
    def complete(self) -> bool:
        """Whether these are all. A form with finitely many classes has ``expected`` ones with multiplicity; one with infinitely
        many has fewer simple isolated ones, because the bundle whose section vanishes at the classes is ample.

        Source: Cartwright and Sturmfels 2013, Theorem 1.2; Fulton, Intersection Theory, Theorem 12.1.
        """
        return self.count == self.expected


def classes_of(form: Form, seed: int = 0) -> Classes:
    """The simple classes that the paths of a homotopy end in.

    Paths that end in one class are followed again more closely, and those that end in no simple one unless they are many. When
    classes are still missing for which no path says that they are not simple, all paths are followed from other starts.

    >>> import sympy as sp
    >>> from wnproof.derive.sphere import sphere_problem
    >>> u, v = sp.symbols("u v")
    >>> found = classes_of(Form.of(sphere_problem(u**4 - 6 * u**2 * v**2 + v**4 + u**3 * v, (u, v))))
    >>> found.complete, len(found.real), len(found.upper)
    (True, 4, 0)
    """
    expected = form.classes
    if form.degree == 1:
        box = enclosed(form, form.at(np.ones((1, form.size), dtype=np.complex128))[0][0])
        return Classes(expected, () if box is None else (box,), (), 0)
    first = ends(form, seed, CLOSE)
    boxes = [enclosed(form, x) if simple else None for x, simple in zip(first.x, first.simple, strict=True)]
    labels = first_alike(form, boxes)
    shared = {k for k in labels if k is not None and labels.count(k) > 1}
    lost = [k for k, label in enumerate(labels) if label is None]
    again = np.array(
        sorted([k for k, label in enumerate(labels) if label in shared] + (lost if 2 * len(lost) < len(labels) else []))
    )
    found, followed = sorted_out(form, boxes), len(boxes)
    if found.count < expected and len(again):
        nearer = ends(form, seed, CLOSER, again)
        boxes += [enclosed(form, x) for x in nearer.x[nearer.simple]]
        followed += len(again)
        found = sorted_out(form, boxes)
        if found.count + int((~nearer.simple).sum()) < expected:
            other = ends(form, seed + 1, CLOSER)
            boxes += [enclosed(form, x) for x in other.x[other.simple]]
            followed += len(other.x)
            found = sorted_out(form, boxes)
    return Classes(expected, found.real, found.upper, followed)


def sorted_out(form: Form, boxes: Sequence[Box | None]) -> Classes:
    """One box for each class that is real, and one for each pair that is shown not to be.

    The boxes must hold one class each; a class and its conjugate count as one pair, whichever of them is given.
    """
    labels = first_alike(form, boxes)
    kept = [box for k, (box, label) in enumerate(zip(boxes, labels, strict=True)) if box is not None and label == k]
    return Classes(form.classes, tuple(b for b in kept if b.is_real), tuple(b for b in kept if not b.is_real), len(boxes))


def first_alike(form: Form, boxes: Sequence[Box | None]) -> list[int | None]:
    """For each box the number of the first one that may hold the same class or its conjugate; its own where there is none.

    Boxes are told apart by the quotient <p, x> / <q, x> of two functionals with small integers, the same for every multiple of
    x. None for a box of vectors that are not shown not to be real, and for no box.
    """
    labels: list[int | None] = [None] * len(boxes)
    with ctx.workprec(PRECISION):
        balls = {k: box.balls for k, box in enumerate(boxes) if box is not None}
        for draw in range(DRAWS):
            p, q = np.random.default_rng((FUNCTIONALS_SEED, draw)).integers(-9, 10, size=(2, form.size)).tolist()
            quotients = {k: _quotient(p, q, x) for k, x in balls.items()}
            apart = {k: z for k, z in quotients.items() if z is not None and (_box(boxes, k).is_real or not z.imag.contains(0))}
            if len(apart) == len(quotients):
                break
        folded = {k: z if bool(z.imag > 0) or _box(boxes, k).is_real else z.conjugate() for k, z in apart.items()}
        for k, z in _first_overlaps(folded, [k for k in folded if _box(boxes, k).is_real]):
            labels[k] = z
        for k, z in _first_overlaps(folded, [k for k in folded if not _box(boxes, k).is_real]):
            labels[k] = z
    return labels


def _box(boxes: Sequence[Box | None], k: int) -> Box:
    box = boxes[k]
    assert box is not None
    return box


def _quotient(p: list[int], q: list[int], x: list[Any]) -> Any:
    over, under = (sum((c * z for c, z in zip(f, x, strict=True)), acb(0)) for f in (p, q))
    quotient = over / under
    return quotient if quotient.is_finite() else None


def _first_overlaps(balls: dict[int, Any], numbers: list[int]) -> Iterable[tuple[int, int]]:
    """Each number with the smallest one of the group that overlapping balls link it to; a sweep along the real axis."""
    ends_of = {k: (exact_end(balls[k].real.lower()), exact_end(balls[k].real.upper())) for k in numbers}
    root = {k: k for k in numbers}
    active: list[int] = []
    for k in sorted(numbers, key=lambda k: ends_of[k]):
        active = [j for j in active if ends_of[j][1] >= ends_of[k][0]]
        for j in active:
            if balls[j].overlaps(balls[k]):
                low, high = sorted((root[j], root[k]))
                root = {i: low if r == high else r for i, r in root.items()} if low != high else root
        active.append(k)
    return root.items()


def exact_end(x: Any) -> Fraction:
    """The exact value of an end of a ball (``lower()`` or ``upper()``)."""
    mantissa, exponent = x.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)

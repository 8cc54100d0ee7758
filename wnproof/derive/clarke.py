"""The Clarke set of a function at an exact point, as an object: its patterns, its gradients, its least element."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from wnproof.checker.clarke import F, Germ, germ
from wnproof.checker.domain import evaluate
from wnproof.checker.reader import Invalid
from wnproof.checker.scalar import Arena, expand, indices, symbol
from wnproof.checker.statement import ClarkeMember as Checked
from wnproof.checker.statement import parse
from wnproof.derive.sphere import SphereProblem
from wnproof.errors import WnproofError
from wnproof.graph.nodes import leaves
from wnproof.graph.quantity import Quantity, rational_number
from wnproof.graph.statement import ClarkeMember, text
from wnproof.model.dataset import Dataset
from wnproof.prove.clarke import decide_member
from wnproof.prove.local_cells import cells, resolved
from wnproof.prove.nearest import nearest
from wnproof.prove.simplex import feasible
from wnproof.verdict import Verdict

CELL_LIMIT, FREE_LIMIT = 600, 10
Vector = tuple[Fraction, ...]


@dataclass(frozen=True, eq=False)
class ClarkeSet:
    """The hull of the limits of gradients of f at the point; with ``notion`` "decoupled" every kink has a slope of its own.

    A kink is a pw of order 1 whose argument is 0 at the point (and has a gradient there). A pattern gives every kink the side 1
    or -1; it is realizable when some direction moves every argument to its side, kinks inside kinks being followed.

    Attributes:
        quantity: the scalar f.
        point: theta, exact.
        values: every leaf's numbers at the point, as nested lists of "p/q".
        sizes: axis -> length.
        notion: "clarke" or "decoupled".
    """

    quantity: Quantity
    point: Vector
    values: Mapping[str, Any]
    sizes: Mapping[str, int]
    notion: str = "clarke"

    @property
    def decoupled(self) -> ClarkeSet:
        """The set with free slopes at the same point; it contains the Clarke set."""
        return replace(self, notion="decoupled")

    def member(self, g: Sequence[Any]) -> ClarkeMember:
        """The statement that g (P,), in theta's order, is in the set.

        Raises: WnproofError E-SHAPE, E-FLOAT, E-VALUE.
        """
        gradient = _blocks(self.quantity, exact_vector(self.quantity, g, "the vector"), self.sizes)
        return ClarkeMember(self.quantity.node, self.quantity.parameters.leaves, self.values, gradient, self.sizes, self.notion)

    def contains(self, g: Sequence[Any]) -> Verdict:
        """Certified when g (P,) is in the set, refuted when it is not; undecided where second order would have to decide."""
        return decide_member(self.member(g).encode())

    def weights(self, g: Sequence[Any]) -> tuple[Fraction, ...] | None:
        """Weights w >= 0 of sum 1, one for each of ``gradients``, with g (P,) = sum_k w_k gradient_k; None when there are none.

        Exact in both cases; that g is no element of the set follows from None only when the set is ``complete``.

        Raises: WnproofError E-SHAPE, E-FLOAT, E-VALUE, E-SIZE.
        """
        wanted = exact_vector(self.quantity, g, "the vector")
        found, _ = feasible([(*gradient, Fraction(1)) for gradient in self.gradients], (*wanted, Fraction(1)))
        return None if found is None else tuple(found)

    @cached_property
    def value(self) -> Fraction:
        """f at the point.

        Raises: WnproofError E-VALUE when it is not found by rational arithmetic.
        """
        statement, arena = self._checked, Arena()
        root = expand(statement.graph, statement.sizes, arena, (statement.function,))[statement.function][()]
        low, high = evaluate(arena, (root,), statement.values, 64)[root]
        if low != high:
            raise WnproofError("E-VALUE", f"{self.quantity.name} is not rational at the point", help="take another point")
        return low

    @cached_property
    def _checked(self) -> Checked:
        statement = parse(self.member([0] * len(self.point)).encode())
        assert isinstance(statement, Checked)
        return statement

    @cached_property
    def _names(self) -> list[str]:
        return [symbol(b.name, i) for b in self.quantity.parameters.blocks for i in indices(b.axes, self.sizes)]

    @cached_property
    def _first_order(self) -> Germ:
        try:
            return germ(self._checked)
        except Invalid as failure:
            raise WnproofError("E-VALUE", f"{self.quantity.name} at the point: {failure.message}") from None

    @property
    def kinks(self) -> int:
        """How many kinks are at the point."""
        return len(self._first_order.slopes)

    @property
    def complete(self) -> bool:
        """Whether ``gradients`` span the whole set: always for free slopes; for the Clarke set where every argument is affine
        near the point (up to factors that are not 0), or where all sides occur together.

        Otherwise they span a part of the Clarke set: x and x + y^2 move as one to first order, and still have four patterns.
        """
        near = self._first_order
        return self.notion == "decoupled" or near.affine >= near.slopes.keys() or len(self.patterns) == 2 ** len(near.slopes)

    @cached_property
    def _sided(self) -> dict[tuple[int, ...], Vector]:
        near = self._first_order
        if self.notion == "decoupled":
            if len(near.slopes) > FREE_LIMIT:
                raise WnproofError("E-SIZE", f"2^{len(near.slopes)} patterns of free slopes, limit 2^{FREE_LIMIT}")
            patterns = list(product((1, -1), repeat=len(near.slopes)))
        else:
            around = cells(near, self._names, CELL_LIMIT)
            if around is None:
                raise WnproofError("E-SIZE", f"more than {CELL_LIMIT} cells of {len(near.slopes)} kinks")
            patterns = [cell.sides for cell in around]
        forms = {s: resolved(near, dict(zip(near.slopes, s, strict=True)))[F] for s in patterns}
        return {s: tuple(form.get(name, Fraction(0)) for name in self._names) for s, form in forms.items()}

    @property
    def patterns(self) -> tuple[tuple[int, ...], ...]:
        """The sides of the kinks, inner kinks first, that occur together; of free slopes all.

        Raises: WnproofError E-SIZE, E-VALUE (values that are not rational).
        """
        return tuple(self._sided)

    @property
    def gradients(self) -> tuple[Vector, ...]:
        """The different gradients of the patterns, (P,) each in theta's order; the set is their hull when it is ``complete``."""
        return tuple(dict.fromkeys(self._sided.values()))

    def smallest(self) -> Vector:
        """The element of least norm of the hull of ``gradients``, exactly (it is 0 at a Clarke stationary point)."""
        return nearest(self.gradients)

    def text(self) -> str:
        """The set in one line."""
        kind = "Clarke set" if self.notion == "clarke" else "decoupled set"
        hull = ", ".join(f"({', '.join(map(text, g))})" for g in self.gradients)
        part = "hull of" if self.complete else "contains the hull of"
        return f"{kind} of {self.quantity.name} at ({', '.join(map(text, self.point))}): {part} {hull}"

    def latex(self) -> str:
        """The set in LaTeX."""
        sign = r"\partial" if self.notion == "clarke" else r"\partial_{\mathrm{free}}"
        hull = r",\; ".join(f"({', '.join(map(text, g))})" for g in self.gradients)
        relation = "=" if self.complete else r"\supseteq"
        return rf"{sign} {self.quantity.name} {relation} \operatorname{{conv}}\{{{hull}\}}"

    def __repr__(self) -> str:
        kinks = f"{self.kinks} kink{'s' * (self.kinks != 1)}"
        return f"{self.notion.capitalize()} set of {self.quantity.name} in {len(self.point)} variables, {kinks}"


def clarke_set(quantity: Quantity | SphereProblem, point: Sequence[Any], data: Dataset | None = None) -> ClarkeSet:
    """The Clarke set of a scalar function at an exact point: hull of the limits of its gradients nearby.

    Args:
        quantity: a scalar Quantity (a loss, an output for one sample) or a SphereProblem, whose function is N.
        point: theta (P,), exact numbers in theta's order.
        data: samples and labels, for a quantity that is not bound to data.

    Raises: WnproofError E-SHAPE, E-FLOAT, E-VALUE.

    >>> from wnproof.derive.ncf import ncf
    >>> from wnproof.model.activations import absolute
    >>> from wnproof.model.network import Network
    >>> N = ncf(Network((1, 1, 1), absolute, fixed={"W2": [[1]]}), Dataset([[1], [1]], [1, -1]))
    >>> there = clarke_set(N, [0])
    >>> there.patterns, there.gradients
    (((1, 1), (-1, -1)), ((Fraction(0, 1),),))
    >>> there.decoupled.gradients
    ((Fraction(0, 1),), (Fraction(2, 1),), (Fraction(-2, 1),))
    >>> there.contains([1]).rigor, there.decoupled.contains([2]).rigor, there.decoupled.contains([3]).rigor
    (Rigor.REFUTED, Rigor.CERTIFIED, Rigor.REFUTED)
    >>> there.weights([1]), there.decoupled.weights([1])
    (None, (Fraction(1, 2), Fraction(1, 2), Fraction(0, 1)))
    """
    f = quantity.value if isinstance(quantity, SphereProblem) else quantity
    bound = dict(f.constants) if data is None else {**f.constants, "X": data.exact_X, "Y": data.exact_y}
    sizes = dict(f.sizes) if data is None else {**f.sizes, "i": data.n}
    if f.axes:
        raise WnproofError("E-SHAPE", f"{f.name} has axes {f.axes}, a Clarke set is of a scalar", help="sum it, or take its loss")
    theta = exact_vector(f, point, "the point")
    values = _blocks(f, theta, sizes)
    for tensor in leaves(f.node):
        if tensor.name in values or tensor.name == "1":
            continue
        if tensor.name not in bound:
            raise WnproofError("E-VALUE", f"{tensor.name} has no value", help="give data, or fix the block to numbers")
        shape = tuple(sizes[axis] for axis in tensor.axes)
        array = np.asarray(bound[tensor.name], dtype=object)
        if array.size != int(np.prod(shape)):
            raise WnproofError("E-SHAPE", f"{tensor.name} is {array.shape}, its axes {tensor.axes} want {shape}")
        values[tensor.name] = _nested([rational_number(entry) for entry in array.ravel()], shape)
    return ClarkeSet(f, theta, values, sizes)


def exact_vector(f: Quantity, entries: Sequence[Any], what: str) -> Vector:
    """The entries (P,) as rational numbers.

    Raises: WnproofError E-SHAPE, E-FLOAT, E-VALUE.
    """
    if len(entries) != f.parameters.size:
        raise WnproofError("E-SHAPE", f"{what} has {len(entries)} entries, {f.name} has {f.parameters.size} variables")
    return tuple(rational_number(entry) for entry in entries)


def _blocks(f: Quantity, flat: Vector, sizes: Mapping[str, int]) -> dict[str, Any]:
    rows = zip(f.parameters.blocks, f.parameters.layout, strict=True)
    return {b.name: _nested(flat[part], tuple(sizes[a] for a in b.axes)) for b, (_, _, part) in rows}


def _nested(flat: Sequence[Fraction], shape: tuple[int, ...]) -> Any:
    if not shape:
        return text(flat[0])
    step = len(flat) // shape[0]
    return [_nested(flat[k * step : (k + 1) * step], shape[1:]) for k in range(shape[0])]

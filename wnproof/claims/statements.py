"""What users state: about networks (Quantities) or plain SymPy expressions. Each call returns a Statement for ``decide``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, TypeAlias

import sympy as sp

from wnproof.claims.expressions import assumptions, node_of, relation
from wnproof.claims.laws import gram_matrices, norms_and_sums, rational
from wnproof.claims.written_out import entries, faced, has_tensor_constants, scalars
from wnproof.derive.flow import GradientFlow
from wnproof.derive.induced import InducedFlow
from wnproof.derive.projected import ProjectedFlow
from wnproof.errors import WnproofError
from wnproof.graph.nodes import Leaf, Node, argument, constant, contract, leaves, ones, pointwise
from wnproof.graph.quantity import Quantity, exact
from wnproof.graph.relabel import substitute
from wnproof.graph.statement import (
    AtLeast,
    Conserved,
    ConservedMatrix,
    Equal,
    Every,
    Evolves,
    Homogeneous,
    Statement,
)

Term: TypeAlias = Quantity | sp.Expr | Fraction | int


def every(*statements: Statement) -> Statement:
    """All of several statements, proved one by one and certified together."""
    if not statements:
        raise WnproofError("E-NOCLAIMS", "a conjunction of nothing says nothing", help="give at least one statement")
    return statements[0] if len(statements) == 1 else Every(tuple(statements))


def equal(a: Term, b: Term, where: Sequence[sp.Rel] | sp.Rel = (), *, samples: int = 2) -> Statement:
    """a = b entry by entry, for all real values with every relation of ``where``.

    Quantities are compared at their network's widths and this number of samples; SymPy expressions in real symbols as they
    stand, their symbols' assumptions (positive, nonzero, ...) being part of the domain. A Quantity with a block fixed to
    different numbers, or with data, is written out: one statement for each entry, in the scalar leaves W1_0_0, ...

    Raises: WnproofError E-SHAPE for quantities of different widths, E-SIZE for one that is too large to be written out, E-SYMBOL,
    E-FLOAT, E-VACUOUS.

    >>> x = sp.Symbol("x")
    >>> equal(sp.Max(x, 0) - sp.Max(-x, 0), x).encode()["says"]
    'equal'
    """
    return _compared(Equal, a, b, where, samples)


def at_least(a: Term, b: Term, where: Sequence[sp.Rel] | sp.Rel = (), *, samples: int = 2) -> Statement:
    """a >= b entry by entry, for all real values with every relation of ``where``; terms, domain and errors as for ``equal``.

    >>> from wnproof.prove.decide import decide
    >>> x, y = sp.symbols("x y")
    >>> decide(at_least(sp.Abs(x) + sp.Abs(y), sp.Abs(x + y))).rigor, decide(at_least(x**2, x)).rigor
    (Rigor.PROVED, Rigor.REFUTED)
    """
    return _compared(AtLeast, a, b, where, samples)


def _compared(form: type[Equal], a: Term, b: Term, where: Sequence[sp.Rel] | sp.Rel, samples: int) -> Statement:
    """The statement about both sides as nodes, at the sizes and in the domain."""
    if isinstance(where, bool):
        raise WnproofError(
            "E-VALUE", f"{where} is no relation", help="write x > 0, sp.Eq(x, 0), ...; python == compares structure"
        )
    relations = [where] if isinstance(where, sp.Rel) else list(where)
    if any(r is sp.false for r in relations):
        raise WnproofError("E-VACUOUS", "a relation of the domain is never true", help="state it where something holds")
    # a relation that the symbols' own assumptions make true has become sp.true; Python's True comes from a mistaken ==
    relations = [r for r in relations if r is not sp.true]
    left, right = (term.node if isinstance(term, Quantity) else node_of(term) for term in (a, b))
    sizes, fixed = _sizes((a, b), samples), [term.constants if isinstance(term, Quantity) else {} for term in (a, b)]
    if set(left.axes) != set(right.axes):
        raise WnproofError("E-SHAPE", f"the left side has axes {left.axes}, the right side {right.axes}")
    domain = (*(relation(r) for r in relations), *assumptions(e for e in (a, b, *relations) if isinstance(e, sp.Basic)))
    if any(has_tensor_constants(side, own) for side, own in zip((left, right), fixed, strict=True)):
        facing = entries(right, sizes, fixed[1])
        pairs = ((e, facing[faced(index, left.axes, right.axes)]) for index, e in entries(left, sizes, fixed[0]).items())
        return every(*(form(e, other, {}, domain) for e, other in pairs))
    return form(_node(a), _node(b), sizes, domain)


def homogeneous(q: Quantity, degree: Any, blocks: Sequence[str] | None = None) -> Homogeneous:
    """q(c theta) = c^degree q(theta) for c > 0, scaling all trained blocks or the named ones; for all widths and sample
    counts.
    """
    names = [b.name for b in q.parameters.blocks] if blocks is None else list(blocks)
    unknown = set(names) - {b.name for b in q.parameters.blocks}
    if unknown:
        raise WnproofError(
            "E-NAME", f"no trained block {sorted(unknown)[0]!r}; known: {', '.join(b.name for b in q.parameters.blocks)}"
        )
    return Homogeneous(_node(q), dict.fromkeys(names, Fraction(1)), rational(degree))


def conserved(flow: GradientFlow, q: Quantity) -> Conserved:
    """q is constant along the gradient flow of the network, for every data set and every differentiable loss, at all widths.

    q is a sum of numbers times ``row_squares``, ``column_squares``, ``squares``, ``dot`` with itself, ``sum`` or blocks
    themselves; or a matrix, a sum of numbers times ``row_gram`` and ``column_gram``.
    """
    if not isinstance(flow, GradientFlow):
        raise WnproofError("E-VALUE", f"{flow!r} is no gradient flow of a network's raw parameters", help="state it by flow_is")
    net = flow.net
    if q.parameters != net.parameters:
        raise WnproofError("E-SHAPE", f"{q.name} is no quantity of {net}", help="take the blocks from the flow's own network")
    trained = tuple(b.name for b in net.parameters.blocks)
    if len(q.axes) == 2 and q.axes[1] == f"{q.axes[0]}'":
        return ConservedMatrix(_node(net.output), trained, q.axes[0], gram_matrices(q))
    if len(q.axes) > 1:
        raise WnproofError(
            "E-SHAPE", f"{q.name} has axes {q.axes}; a law has one value, or one per neuron", help="take row or column sums"
        )
    squares, linear = norms_and_sums(q)
    axis = q.axes[0] if q.axes else None
    return Conserved(_node(net.output), trained, axis, squares, linear)


def flow_is(
    flow: GradientFlow | InducedFlow | ProjectedFlow, velocities: Quantity | Mapping[str, Quantity], *, samples: int = 1
) -> Statement:
    """The flow's velocity is the given one, entry by entry, at the network's widths and this number of samples.

    The checker forms the gradient of the loss (or of <c, w> for an induced flow) itself; ``velocities`` is a flat
    Quantity in theta's order, or block name -> Quantity. Where a block is fixed to different numbers all is written out, as for
    ``equal``. A projected flow is stated for every |a| > 0, of the unit rows h = a/|a| along the gradient flow of L(h): they
    follow |a|^-2 times the projected velocity at h, and |a| does not change.
    """
    owner = flow.net.output
    if isinstance(flow, ProjectedFlow):
        function, trained = flow.lift.node, flow.net.parameters.leaves
        observed = {w.name: flow.units.get(w, w) for w in trained}
    elif isinstance(flow, InducedFlow):
        function, observed = flow.work.node, {q.name: q.node for q in flow.weights}
        trained = tuple(raw for layer in flow.layers for raw in layer.raw.values())
    else:
        function, trained = flow.loss.node, flow.net.parameters.leaves
        observed = {w.name: w for w in trained}
    if isinstance(velocities, Quantity):
        if len(velocities.roots) != len(observed):
            raise WnproofError("E-SHAPE", f"{velocities.name} has {len(velocities.roots)} blocks, the flow {len(observed)}")
        velocities = {name: velocities.with_node(root, name) for name, root in zip(observed, velocities.roots, strict=True)}
    sizes = {**flow.net.sizes, "i": samples}
    unknown = set(velocities) - set(observed)
    if unknown:
        raise WnproofError("E-NAME", f"no block {sorted(unknown)[0]!r}; known: {', '.join(observed)}")
    rates = {name: replace(q, constants={**owner.constants, **q.constants}) for name, q in velocities.items()}
    if isinstance(flow, ProjectedFlow):
        rates = {name: q.with_node(_below(flow, q.node, name), name) for name, q in rates.items()}
    if any(has_tensor_constants(q.node, q.constants) for q in (owner, *rates.values())):
        return _flow_written_out(owner, function, trained, [(observed[name], q) for name, q in rates.items()], sizes)
    function = _bound(function, owner)
    return every(
        *(Evolves(function, trained, _bound(observed[name], owner), _bound(q.node, q), sizes) for name, q in rates.items())
    )


def _flow_written_out(
    owner: Quantity, function: Node, trained: Sequence[Leaf], rates: Sequence[tuple[Node, Quantity]], sizes: Mapping[str, int]
) -> Statement:
    """Every entry of the observed tensors at its rate; entries that the function does not depend on stand still."""
    (loss,) = entries(function, sizes, owner.constants).values()
    moving = tuple(entry for tensor in trained for entry in scalars(tensor, sizes) if entry in leaves(loss))
    pairs = []
    for quantity, rate in rates:
        facing = entries(rate.node, sizes, rate.constants)
        written = entries(quantity, sizes, owner.constants)
        pairs += [(entry, facing[faced(index, quantity.axes, rate.axes)]) for index, entry in written.items()]
    return every(*(Evolves(loss, moving, entry, rate) for entry, rate in pairs))


def _below(flow: ProjectedFlow, rate: Node, name: str) -> Node:
    """The rate at the unit rows, slower by |a|^2 for a part of a row, as L(a/|a|) is."""
    at = substitute(rate, flow.units)
    squares = {w.name: square for w, square in flow.squares.items()}
    return pointwise(argument(0) / argument(1), at, squares[name]) if name in squares else at


def _node(term: Term) -> Node:
    """The term as a node, blocks that are fixed to one number replaced by it."""
    return _bound(term.node, term) if isinstance(term, Quantity) else node_of(term)


def _bound(node: Node, owner: Quantity) -> Node:
    """The node with every leaf that its owner fixes to one number replaced by that number."""
    replaced = {}
    for tensor in leaves(node):
        if tensor.name in owner.constants:
            entries = set(owner.constants[tensor.name].ravel().tolist())
            if len(entries) > 1:
                what = f"{tensor.name} in {owner.name} is bound to numbers"
                raise WnproofError("E-VALUE", what, help="state it of symbols, with None as the value")
            replaced[tensor] = contract((constant(exact(entries.pop())), *map(ones, tensor.axes)), tensor.axes)
    return substitute(node, replaced)


def _sizes(terms: Sequence[Term], samples: int) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for term in terms:
        if isinstance(term, Quantity):
            for axis, size in term.sizes.items():
                if sizes.setdefault(axis, size) != size:
                    raise WnproofError("E-SHAPE", f"axis {axis} has length {sizes[axis]} on one side and {size} on the other")
    return {"i": samples, **sizes}

"""A plan: the operations in order, and where each result lives. A target turns it into code, ``replay`` into exact numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import sympy as sp

from wnproof.errors import WnproofError
from wnproof.graph.nodes import Axes, Node, leaves
from wnproof.graph.nodes import order as graph_order
from wnproof.graph.quantity import Quantity
from wnproof.kernels.blocks import SAMPLES, Phases, phases
from wnproof.kernels.linear import shared_sign_moved
from wnproof.kernels.lower import Lowering
from wnproof.kernels.masks import covered
from wnproof.kernels.saturation import saturated
from wnproof.kernels.values import Dot, Input, Number, Pointwise, Value, Values, length, order

MEMBERS = "e"  # the axis of an ensemble, behind all others


@dataclass(frozen=True)
class Slot:
    """A piece of memory that values of the same axes use one after the other; the result's own pieces are slots too."""

    number: int
    axes: Axes
    root: int | None = None


@dataclass(frozen=True)
class Root:
    """One output tensor: the value, and the axes in the order in which the caller sees them."""

    value: Value
    axes: Axes


@dataclass(frozen=True, eq=False)
class Plan:
    """A program without a language.

    Attributes:
        quantity: what is computed.
        sizes: axis -> length, samples included.
        inputs: parameter blocks and data arrays, in order of first use.
        setup: operations on data alone, done once.
        steps: operations done at every call, in order.
        roots: what the steps leave behind.
        slots: where the result of each step lives.
        covered: the slope masks that may lose a not-a-number, because it reaches the same place by another way.
        saturated: the exponentials that stop before infinity, because their infinity could meet a zero.
        named: the steps that are a line of the quantity's derivation, with the name it has there.
        phases: the steps by what they need of the samples, when samples come in blocks.
        block: how many samples are in a block.
    """

    quantity: Quantity
    sizes: Mapping[str, int]
    inputs: tuple[Input, ...]
    setup: tuple[Value, ...]
    steps: tuple[Value, ...]
    roots: tuple[Root, ...]
    slots: Mapping[Value, Slot]
    covered: frozenset[Value]
    saturated: frozenset[Value]
    named: Mapping[Value, str]
    phases: Phases | None = None
    block: int = 0

    def shape(self, axes: Axes) -> tuple[int, ...]:
        """The lengths of these axes."""
        return tuple(self.sizes[a] for a in axes)

    @property
    def result_shape(self) -> tuple[int, ...]:
        """The shape the caller sees: (P,) and kept axes (a Jacobian's samples) for a flat quantity, otherwise the node's axes."""
        if not self.quantity.flat:
            return self.shape(self.roots[0].axes)
        kept = self.roots[0].axes[len(self.quantity.parameters.blocks[0].axes) :] if self.roots else ()
        return (self.quantity.parameters.size, *self.shape(kept))

    @property
    def parameters(self) -> tuple[Input, ...]:
        """The inputs that are cut out of theta."""
        return tuple(v for v in self.inputs if not v.fixed)

    @property
    def data(self) -> tuple[Input, ...]:
        """The inputs that are bound once."""
        return tuple(v for v in self.inputs if v.fixed)

    @cached_property
    def operations(self) -> int:
        """Additions, multiplications and function values per call; a contraction of k products counts 2k."""
        return sum(self._count(v) for v in self.steps)

    def _count(self, value: Value) -> int:
        axes = dict.fromkeys(a for v in value.operands for a in v.axes)
        return int(np.prod([self.sizes[a] for a in axes], dtype=object)) * (2 if isinstance(value, Dot) else 1)

    def number(self, value: Number, sizes: Mapping[str, int] | None = None) -> sp.Expr:
        """The exact number at these sizes (the plan's own by default)."""
        return value.expr.xreplace({length(a): sp.Integer(n) for a, n in (self.sizes if sizes is None else sizes).items()})

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the operations, their storage and the sizes: equal programs have equal digests."""
        index = {v: k for k, v in enumerate((*self.inputs, *self.setup, *self.steps))}

        def text(v: Value) -> str:
            if isinstance(v, Number):
                return str(v.expr)
            return f"#{index[v]}"

        lines = [f"{a}={n}" for a, n in self.sizes.items()] + [f"in blocks of {self.block}"] * (self.block > 0)
        lines += [f"{v.name} {v.leaf_axes} {v.axes}" for v in self.inputs]
        for v in (*self.setup, *self.steps):
            name = v.function if isinstance(v, Pointwise) else type(v).__name__
            slot = self.slots.get(v)
            lines.append(f"{name} {' '.join(map(text, v.operands))} -> {v.axes} in {slot.number if slot else '-'}")
        lines += [f"{text(r.value)} as {r.axes}" for r in self.roots]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def plan(quantity: Quantity, shapes: Mapping[str, tuple[int, ...]], block: int | None = None) -> Plan:
    """The plan of a quantity.

    Args:
        quantity: one node, or one per parameter block.
        shapes: data leaf -> shape in the leaf's axes; every leaf that is no parameter must have one.
        block: how many samples to take at a time, where they can be taken apart; all of them when left out.

    Raises: WnproofError E-SHAPE when two tensors give one axis different lengths, E-VALUE for a leaf without a value, E-FRAGMENT
    for a function that has no kernel.
    """
    blocks = {b.name: b for b in quantity.arguments.blocks}
    nodes = graph_order(*quantity.roots)
    sizes: dict[str, int] = {}
    for leaf in leaves(*quantity.roots):
        if leaf.name in blocks:
            shape = tuple(quantity.sizes[a] for a in blocks[leaf.name].axes)
        elif leaf.name in shapes:
            shape = shapes[leaf.name]
        else:
            raise WnproofError("E-VALUE", f"{leaf.name} has no value", help="bind it, or hand over the data it comes from")
        for axis, size in zip(leaf.axes, shape, strict=True):
            if sizes.setdefault(axis, size) != size:
                raise WnproofError("E-SHAPE", f"{leaf.name} has {size} along {axis}, another tensor has {sizes[axis]}")
    for axis, size in quantity.sizes.items():
        sizes.setdefault(axis, size)
    for axis in (a for node in nodes for a in node.axes):
        if axis not in sizes:
            raise WnproofError("E-SHAPE", f"no tensor of {quantity.name} says how long axis {axis!r} is")
    values = Values(_axis_order(quantity, nodes), sizes)
    lowering = Lowering(values, blocks)
    lowered = lowering.lower(shared_sign_moved(quantity.roots))
    roots = tuple(Root(value, axes) for value, axes in zip(lowered, _seen(quantity), strict=True))
    everything = order([r.value for r in roots])
    steps = tuple(v for v in everything if not v.fixed and not isinstance(v, Input))
    named: dict[Value, str] = {}
    for step in quantity.steps:
        if (known := lowering.known(step.node)) in steps and known is not None:
            named.setdefault(known, step.name)
    parts = None if block is None or block >= sizes.get(SAMPLES, 0) else phases(steps, {r.value for r in roots})
    steps = steps if parts is None else parts.steps
    return Plan(
        quantity=quantity,
        sizes={a: sizes[a] for a in values.axes},
        inputs=tuple(v for v in everything if isinstance(v, Input)),
        setup=tuple(v for v in everything if v.fixed and not isinstance(v, (Input, Number))),
        steps=steps,
        roots=roots,
        slots=_storage(steps, roots, parts),
        covered=covered(steps, {r.value for r in roots}),
        saturated=saturated(steps),
        named=named,
        phases=parts,
        block=0 if parts is None or block is None else block,
    )


def _seen(quantity: Quantity) -> list[Axes]:
    """The axes of every output in the caller's order; a flat quantity's blocks first, kept axes after."""
    if not quantity.flat:
        return [quantity.roots[0].axes]
    pairs = list(zip(quantity.parameters.blocks, quantity.roots, strict=True))
    kept = [a for a in pairs[0][1].axes if a not in pairs[0][0].axes] if pairs else []
    for block, root in pairs:
        if set(root.axes) != {*block.axes, *kept} or set(block.axes) & set(kept):
            raise WnproofError("E-SHAPE", f"{quantity.name} has axes {root.axes} for {block.name}, wanted {(*block.axes, *kept)}")
    return [(*block.axes, *kept) for block, _ in pairs]


def _axis_order(quantity: Quantity, nodes: Sequence[Node]) -> Axes:
    """One order for all tensors: as in theta, last layer first, samples and members last, where long runs pay most."""
    found: dict[str, None] = {}
    for block in reversed(quantity.parameters.blocks):
        found.update(dict.fromkeys(block.axes))
    tensors: list[Node] = [n for n in reversed(leaves(*quantity.roots)) if not any(a.startswith("i") for a in n.axes)]
    for node in (*tensors, *nodes):
        found.update(dict.fromkeys(node.axes))
    return tuple(sorted(found, key=lambda a: 2 if a == MEMBERS else int(a.startswith("i"))))


def _storage(steps: tuple[Value, ...], roots: tuple[Root, ...], parts: Phases | None) -> dict[Value, Slot]:
    """Memory by liveness: a pointwise step may overwrite an operand it is the last to read; a root lives in the result itself.

    With blocks, what was there before them lives until the last one is done, and their sums live from the start of the first.
    """
    last: dict[Value, int] = {}
    for k, value in enumerate(steps):
        last.update(dict.fromkeys(value.operands, k))
    first_of_block, sums = (parts.each[0], parts.sums) if parts else (None, ())
    if parts:
        end = len(parts.before) + len(parts.each) - 1
        last.update({v: max(last[v], end) for v in parts.before if any(v in user.operands for user in parts.each)})
    slots: dict[Value, Slot] = {}
    reserved: dict[Value, int] = {}
    for k, root in enumerate(roots):
        if root.value in steps and root.value.axes == root.axes:
            reserved.setdefault(root.value, k)
    kept = {root.value for root in roots}
    free: dict[Axes, list[Slot]] = {}

    def place(value: Value) -> None:
        count = len({slot.number for slot in slots.values()})
        if value in reserved:
            slots[value] = Slot(count, value.axes, reserved[value])
        else:
            slots[value] = free[value.axes].pop() if free.get(value.axes) else Slot(count, value.axes)

    for k, value in enumerate(steps):
        if value is first_of_block:
            for total in sums:
                place(total)
        ended = [v for v in dict.fromkeys(value.operands) if v in slots and last[v] == k and v not in kept]
        if isinstance(value, Pointwise) and value.function != "softplus":
            _release(ended, slots, free)
            ended = []
        if value not in slots:
            place(value)
        _release(ended, slots, free)
        if value not in last and value not in kept:
            free.setdefault(value.axes, []).append(slots[value])
    return slots


def _release(ended: list[Value], slots: Mapping[Value, Slot], free: dict[Axes, list[Slot]]) -> None:
    for value in ended:
        free.setdefault(value.axes, []).append(slots[value])

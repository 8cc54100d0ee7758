"""A kernel for many parameter vectors at once: theta (P, E), the members along the last axis, computed block by block."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wnproof.errors import WnproofError
from wnproof.graph.nodes import Node, contract, ones
from wnproof.graph.quantity import Quantity
from wnproof.graph.relabel import lift
from wnproof.graph.space import Block, ParameterSpace
from wnproof.kernels.kernel import Kernel, Signature, planned
from wnproof.kernels.plan import MEMBERS, Plan, plan
from wnproof.kernels.target import Choice

SCRATCH = 1 << 19  # numbers that a block of members may take: it stays near the cache, whatever the size of the ensemble
LARGEST_BLOCK = 4096


class EnsembleKernel:
    """A quantity as a function of E parameter vectors: theta (P, E) -> the quantity's shape + (E,).

    Every parameter gets an axis of members; data are shared. The members are computed in blocks, so that 100,000 of them need no
    more scratch memory than one block. Column k is the kernel's value at theta[:, k], up to the order of summation.

    Attributes:
        quantity: what is computed for each member.
        target: the language.
        block: how many members are computed at a time.

    Raises: WnproofError E-SHAPE for a theta or out of another shape, E-VALUE for one that is not real.

    >>> from wnproof.graph.space import Block, ParameterSpace
    >>> from wnproof.kernels.numpy_target import NumPy
    >>> w = Block("w", ("k",), (2,))
    >>> length = Quantity("squared length", (contract((w.leaf, w.leaf), ()),), ParameterSpace((w,)), {"k": 2})
    >>> EnsembleKernel(length, {}, NumPy())([[1, 3, 0], [2, 4, 0]])
    array([ 5., 25.,  0.])
    """

    def __init__(self, quantity: Quantity, bound: Mapping[str, NDArray[Any]], target: Choice, block: int | None = None) -> None:
        self.quantity, self.target = quantity, target
        self._bound = dict(bound)
        self._kernels: dict[int, tuple[Kernel, NDArray[Any], NDArray[Any]]] = {}
        self._single = plan(quantity, {name: array.shape for name, array in bound.items()})
        slots = {slot.number: slot for slot in self._single.slots.values()}
        scratch = quantity.arguments.size + sum(math.prod(self._single.shape(slot.axes)) for slot in slots.values())
        self.block = block or max(1, min(LARGEST_BLOCK, SCRATCH // scratch))

    def __call__(self, theta: Any, out: NDArray[Any] | None = None) -> NDArray[Any]:
        """The quantity at every column of theta (P, E), in ``out`` when it is given."""
        members = self._columns(theta)
        shape = (*self._single.result_shape, members.shape[1])
        if out is None:
            out = np.empty(shape, self.target.dtype)
        elif not isinstance(out, np.ndarray) or out.dtype.kind != "f":
            raise WnproofError("E-VALUE", f"out is {getattr(out, 'dtype', type(out).__name__)}, wanted an array of floats")
        elif out.shape != shape:
            raise WnproofError("E-SHAPE", f"out is {out.shape}, wanted {shape}")
        for start, stop in self._parts(members.shape[1]):
            part = members[:, start:stop]
            ker, given, value = self._kernel(stop - start)
            np.copyto(given.reshape(part.shape), part)
            if ker.compiled is None:
                ker(given, value)
            else:
                function, work = ker.compiled
                function(given, value.reshape(-1), work)
            out[..., start:stop] = self._placed(value, stop - start)
        return out

    def _parts(self, members: int) -> list[tuple[int, int]]:
        """Where each block starts and stops: blocks of nearly one size, none larger than ``block``."""
        count = -(-members // self.block)
        return [(members * k // count, members * (k + 1) // count) for k in range(count)]

    def _columns(self, theta: Any) -> NDArray[Any]:
        try:
            members = np.asarray(theta)
        except ValueError as error:
            raise WnproofError("E-SHAPE", f"theta is ragged, wanted ({self.signature.size}, E)") from error
        if members.ndim != 2 or members.shape[0] != self.signature.size:
            raise WnproofError(
                "E-SHAPE",
                f"theta is {members.shape}, wanted ({self.signature.size}, E)",
                help="one column per member: net.initial(scale, seed, members=E)",
            )
        if members.dtype.kind not in "biuf":
            raise WnproofError("E-VALUE", f"theta holds {members.dtype}, wanted real numbers", help="convert it to float64")
        return members

    def _kernel(self, members: int) -> tuple[Kernel, NDArray[Any], NDArray[Any]]:
        """The program for a block of so many members with arrays for its theta and its result, made when it is first needed."""
        if members not in self._kernels:
            program, dtype = self.block_plan(members), self.target.dtype
            ker = Kernel(program, self.target, {v.name: self._bound[v.name] for v in program.data})
            self._kernels[members] = ker, np.empty(ker.signature.size, dtype), np.empty(program.result_shape, dtype)
        return self._kernels[members]

    def block_plan(self, members: int) -> Plan:
        """The program for a block of so many members."""
        return planned(_lifted(self.quantity, members), {name: array.shape for name, array in self._bound.items()}, self.target)

    def _placed(self, value: NDArray[Any], members: int) -> NDArray[Any]:
        """The block's result with the members last; a flat one holds parameters and members in one axis, kept axes after it."""
        if not self.quantity.flat:
            return value
        return np.moveaxis(value.reshape(-1, members, *value.shape[1:]), 1, -1)

    @property
    def source(self) -> str:
        """The program for one full block, theta (P * block,) with the members as the fastest axis."""
        return self._kernel(self.block)[0].source

    @property
    def signature(self) -> Signature:
        """Shapes of one member, and the order of parameters."""
        data = {v.name: self._single.shape(v.leaf_axes) for v in self._single.data}
        return Signature(self.quantity.arguments.layout, tuple(data.items()), self._single.result_shape)

    @property
    def operations(self) -> int:
        """Arithmetic operations and function values per member."""
        return self._single.operations

    def copy(self) -> EnsembleKernel:
        """The same kernel with scratch memory of its own."""
        return EnsembleKernel(self.quantity, self._bound, self.target, self.block)

    def save(self, path: str | Path) -> Path:
        """Write the program for one full block as a module that needs NumPy alone.

        Raises: WnproofError E-IO when the file cannot be written.
        """
        return self._kernel(self.block)[0].save(path)

    def __repr__(self) -> str:
        return f"Ensemble kernel {self.quantity.name}: {self.signature} for each of E members, {self.target}"


def _lifted(quantity: Quantity, members: int) -> Quantity:
    """The same quantity with an axis of members on every parameter and on every result."""
    names = {block.name for block in quantity.arguments.blocks}
    blocks, directions = (
        tuple(Block(b.name, (*b.axes, MEMBERS), (*b.shape, members)) for b in given)
        for given in (quantity.parameters.blocks, quantity.directions)
    )

    def everywhere(root: Node) -> Node:
        node = lift(root, names, MEMBERS)
        return node if MEMBERS in node.axes else contract((node, ones(MEMBERS)), (*node.axes, MEMBERS))

    roots = tuple(contract((everywhere(root),), (*root.axes, MEMBERS)) for root in quantity.roots)
    space, sizes = ParameterSpace(blocks), {**quantity.sizes, MEMBERS: members}
    return replace(quantity, roots=roots, parameters=space, directions=directions, sizes=sizes)

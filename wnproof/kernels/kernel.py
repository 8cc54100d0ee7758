"""``kernel(quantity, data)``: a compiled quantity, theta in, array out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, overload

import numpy as np
from numpy.typing import NDArray

from wnproof.errors import WnproofError
from wnproof.graph.nodes import leaves
from wnproof.graph.quantity import Quantity
from wnproof.kernels.numpy_target import NumPy
from wnproof.kernels.plan import Plan, plan
from wnproof.kernels.replay import ObjectArray, replay
from wnproof.kernels.target import Choice

if TYPE_CHECKING:
    from wnproof.kernels.ensemble import EnsembleKernel
    from wnproof.verdict import Verdict


class Samples(Protocol):
    """What a kernel needs of data: X (n, d) and y (n,) or (n, k)."""

    @property
    def X(self) -> Any:
        """Inputs."""

    @property
    def y(self) -> Any:
        """Labels."""


@dataclass(frozen=True)
class Signature:
    """What goes in and what comes out: theta's blocks in order, the data's shapes, the result's shape."""

    parameters: tuple[tuple[str, tuple[int, ...], slice], ...]
    data: tuple[tuple[str, tuple[int, ...]], ...]
    result: tuple[int, ...]

    @property
    def size(self) -> int:
        """P, the length of theta."""
        return self.parameters[-1][2].stop if self.parameters else 0

    def __str__(self) -> str:
        blocks = ", ".join(f"{name} {shape}" for name, shape, _ in self.parameters)
        data = "; data " + ", ".join(f"{name} {shape}" for name, shape in self.data) if self.data else ""
        return f"theta {(self.size,)} = {blocks} -> {self.result}{data}"


class Kernel:
    """A quantity as a function of theta, in floating point, with the program it runs.

    ``ker(theta, out=None)``: theta (P,) -> array of the quantity's shape; (P,) when it is flat, a NumPy scalar when it has no
    axes. Integers and float32 are converted; ``out`` is written and returned, and may be theta itself. Nothing warns: infinity
    and not-a-number are results, and not-a-number never becomes a number. An exponential that is multiplied by what may vanish
    stops at e^650 (float32: e^50), so that no margin makes a gradient undefined: see ``wnproof.kernels.saturation``. A kink has
    the left piece's derivative (relu'(0) = 0).

    ``target`` is the language it is in, ``reason`` why: it was asked for, or ``Fastest()`` picked it.

    Scratch memory belongs to the kernel: one thread at a time; ``copy()`` gives another thread its own.

    Raises: WnproofError E-SHAPE for a theta or out of another shape, E-VALUE for one that is not real.
    """

    def __init__(self, program: Plan, target: Choice, data: Mapping[str, NDArray[Any]]) -> None:
        self.plan, self._data = program, dict(data)
        self.target, self.reason = target.chosen(program)
        self.source: str = self.target.source(program)
        self._function = self.target.make(self.source)(*self._data.values())

    def __call__(self, theta: Any, out: NDArray[Any] | None = None) -> Any:
        """The quantity at theta (P,), in ``out`` when it is given."""
        try:
            return self._function(theta, out)
        except (TypeError, ValueError, AttributeError) as error:
            self._explain(theta, out)
            raise WnproofError("E-VALUE", str(error)) from error

    def _explain(self, theta: Any, out: Any) -> None:
        """Say what is wrong with the arguments of a call that failed."""
        try:
            given = np.asarray(theta)
        except ValueError as error:
            raise WnproofError("E-SHAPE", f"theta is ragged, wanted ({self.signature.size},)") from error
        wanted = (self.signature.size,)
        if given.shape != wanted:
            blocks = ", ".join(name for name, _, _ in self.signature.parameters)
            raise WnproofError("E-SHAPE", f"theta is {given.shape}, wanted {wanted}", help=f"theta holds {blocks}, flattened")
        if given.dtype.kind not in "biuf":
            raise WnproofError("E-VALUE", f"theta holds {given.dtype}, wanted real numbers", help="convert it to float64")
        if out is None:
            return
        if not isinstance(out, np.ndarray) or out.dtype.kind != "f":
            raise WnproofError("E-VALUE", f"out is {getattr(out, 'dtype', type(out).__name__)}, wanted an array of floats")
        if out.shape != self.signature.result:
            raise WnproofError("E-SHAPE", f"out is {out.shape}, wanted {self.signature.result}")

    @cached_property
    def signature(self) -> Signature:
        """Shapes and the order of parameters."""
        data = {v.name: self.plan.shape(v.leaf_axes) for v in self.plan.data}
        return Signature(self.plan.quantity.arguments.layout, tuple(data.items()), self.plan.result_shape)

    @property
    def operations(self) -> int:
        """Arithmetic operations and function values per call."""
        return self.plan.operations

    @cached_property
    def verdict(self) -> Verdict:
        """Whether the program, in exact arithmetic, is the quantity it was made from; the sizes it is proved for are in it."""
        from wnproof.kernels.proof import program_verdict  # loads the prover, which no call of the kernel needs

        return program_verdict(self.plan)

    @property
    def compiled(self) -> tuple[Any, NDArray[Any]] | None:
        """(f, work) with f(theta, out, work) for other compiled loops, theta and out flat and apart; None if not compiled."""
        found: tuple[Any, NDArray[Any]] | None = getattr(self._function, "compiled", None)
        return found

    def copy(self) -> Kernel:
        """The same kernel with scratch memory of its own."""
        return Kernel(self.plan, self.target, self._data)

    def save(self, path: str | Path) -> Path:
        """Write the program as a module that needs NumPy alone, or Numba too when that is the target.

        Its ``make(data...)`` returns the function. No data is in it.

        Raises: WnproofError E-IO when the file cannot be written.
        """
        path = Path(path)
        try:
            path.write_text(self.source, encoding="utf-8")
        except OSError as error:
            raise WnproofError("E-IO", f"cannot write {str(path)!r}: {error.strerror}") from error
        return path

    def replay(self, parameters: Mapping[str, Any], data: Mapping[str, Any]) -> list[ObjectArray]:
        """The program over exact numbers, at the sizes of these arrays: one object array per block when flat, otherwise one.

        Args:
            parameters: block name -> exact array in the block's axes.
            data: data leaf -> exact array in the leaf's axes.
        """
        return replay(self.plan, {**parameters, **data})

    def enclose(self, theta: Any, bits: int = 64) -> NDArray[np.object_]:
        """Balls (flint.arb) that hold the program's exact values at theta (P,), in the shape of the result.

        Floats in theta and in the data are the exact numbers that they are; theta may hold balls, for a whole box at once.

        Raises: WnproofError E-SHAPE for a theta of another shape.
        """
        from wnproof.kernels.ball import enclosed  # loads python-flint, which no call of the kernel needs

        if np.shape(theta) != (self.signature.size,):
            raise WnproofError("E-SHAPE", f"theta is {np.shape(theta)}, wanted ({self.signature.size},)")
        return enclosed(self.plan, theta, self._data, bits)

    def __repr__(self) -> str:
        return f"Kernel {self.plan.quantity.name}: {self.signature}; {self.operations} operations, {self.target}"


@overload
def kernel(
    quantity: Any, data: Samples | None = ..., *, target: Choice | None = ..., ensemble: Literal[False] = ...
) -> Kernel: ...


@overload
def kernel(
    quantity: Any, data: Samples | None = ..., *, target: Choice | None = ..., ensemble: Literal[True]
) -> EnsembleKernel: ...


def kernel(
    quantity: Any, data: Samples | None = None, *, target: Choice | None = None, ensemble: bool = False
) -> Kernel | EnsembleKernel:
    """Runnable code for a quantity; a gradient flow stands for its velocity, a sphere problem for its gradient.

    Args:
        quantity: a Quantity, or an object with a ``kernel_quantity``.
        data: X (n, d) and y (n,) or (n, k); None when the quantity has its data already.
        target: the language, ``NumPy()`` when left out; ``Numba()`` compiles, which takes seconds once; ``Fastest()`` picks.
        ensemble: whether theta has a trailing axis of members: (P, E) -> the quantity's shape + (E,).

    Raises: WnproofError E-SHAPE when data and network disagree, E-VALUE when a tensor has no value or the quantity is none.

    >>> from wnproof.graph.nodes import contract
    >>> from wnproof.graph.space import Block, ParameterSpace
    >>> w = Block("w", ("k",), (3,))
    >>> length = Quantity("squared length", (contract((w.leaf, w.leaf), ()),), ParameterSpace((w,)), {"k": 3})
    >>> kernel(length)([1, 2, 2])
    np.float64(9.0)
    """
    quantity = getattr(quantity, "kernel_quantity", quantity)
    if not isinstance(quantity, Quantity):
        raise WnproofError(
            "E-VALUE",
            f"{type(quantity).__name__} is no quantity",
            help="hand over a Quantity, a gradient flow or a sphere problem",
        )
    bound = _bound(quantity, data)
    if ensemble:
        from wnproof.kernels.ensemble import EnsembleKernel  # which is made of kernels

        return EnsembleKernel(quantity, bound, NumPy() if target is None else target)
    chosen = NumPy() if target is None else target
    program = planned(quantity, {name: array.shape for name, array in bound.items()}, chosen)
    return Kernel(program, chosen, {v.name: bound[v.name] for v in program.data})


def planned(quantity: Quantity, shapes: Mapping[str, tuple[int, ...]], target: Choice) -> Plan:
    """The plan of a quantity, with the samples in blocks where the target wants them so."""
    whole = plan(quantity, shapes)
    block = target.chosen(whole)[0].samples_at_once(whole)
    return whole if block is None else plan(quantity, shapes, block)


def _bound(quantity: Quantity, data: Samples | None) -> dict[str, NDArray[Any]]:
    """Every data leaf's array in the leaf's axes, in float64."""
    bound: dict[str, NDArray[Any]] = {}
    trained = {b.name for b in quantity.arguments.blocks}
    for leaf in leaves(*quantity.roots):
        if leaf.name in trained or leaf.name in bound:
            continue
        if leaf.name in quantity.constants:
            bound[leaf.name] = np.array(quantity.constants[leaf.name], dtype=np.float64)
        elif leaf.name in ("X", "Y"):
            if data is None:
                raise WnproofError("E-VALUE", f"{quantity.name} needs data", help="kernel(quantity, Dataset(X, y))")
            bound[leaf.name] = _inputs(quantity, data) if leaf.name == "X" else _labels(quantity, data, len(leaf.axes))
    return bound


def _inputs(quantity: Quantity, data: Samples) -> NDArray[Any]:
    X = np.asarray(data.X, dtype=np.float64)
    d = quantity.sizes["h0"]
    if X.ndim != 2 or X.shape[1] != d:
        raise WnproofError("E-SHAPE", f"X is {X.shape}, the network wants (n, {d})")
    return X


def _labels(quantity: Quantity, data: Samples, dimensions: int) -> NDArray[Any]:
    y, n = np.asarray(data.y, dtype=np.float64), len(np.asarray(data.X))
    wanted = (n, quantity.sizes["o"]) if dimensions == 2 else (n,)
    if y.shape != wanted and not (dimensions == 1 and y.shape == (n, 1)):
        raise WnproofError("E-SHAPE", f"y is {y.shape}, the network wants {wanted}")
    return y.reshape(wanted)

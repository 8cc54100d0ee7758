"""The compiled loop of the hybrid flow, for plain rows where Numba is installed (extra ``jit``); cached like a kernel."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import cache
from importlib.util import find_spec
from math import comb

import numpy as np
from numpy.typing import NDArray

from wnproof.simulation import cell_series, first_zero, flow_loop, kink_zeros, mode_choice
from wnproof.simulation.clarke import Ways, exits
from wnproof.simulation.hybrid_run import Accuracy, HybridRun, Meeting
from wnproof.simulation.residuals import Affine, Constant, Exponential, Logistic, Residual
from wnproof.simulation.rows import PlainRows
from wnproof.simulation.taylor import Path, State, TwoLayer

FloatArray = NDArray[np.float64]
LOSSES: dict[type[Residual], int] = {
    Affine: cell_series.AFFINE,
    Exponential: cell_series.EXPONENTIAL,
    Logistic: cell_series.LOGISTIC,
    Constant: cell_series.CONSTANT,
}
PIECES, ENTRIES, WORK = 256, 2**23, 2**30  # of one call: at most, numbers its pieces may take, products until Ctrl-C is heard
TEXTS = (cell_series, first_zero, mode_choice, kink_zeros, flow_loop)
_HEAD = """from math import exp, inf, isfinite, sqrt

import numpy as np
from numba import njit, types

N, F, Y = types.int64, types.float64, types.bool_
V, M, T, Z = F[::1], F[:, ::1], F[:, :, ::1], F[:, :, :, ::1]
I, J, S, H, B, C = N[::1], N[:, ::1], types.int8[:, ::1], types.int8[:, :, ::1], Y[::1], Y[:, ::1]
problem, cells, slide = types.Tuple((M, I, V, V, M)), types.Tuple((I, S)), types.Tuple((B, T, T, J, I))
series, rays, pieces = types.Tuple((T, T, M, T, T, Z, Z, Z, T)), types.Tuple((M, I)), types.Tuple((Z, Z, T))
numbers, flags = V, I
"""
SIGNATURES = {
    "cells_of": "N(S, I, S)",
    "residuals": "types.void(N, N, N, F, M, T, T, Z)",
    "coefficients": "types.void(N, N, N, F, problem, numbers, flags, cells, N, slide, series)",
    "height": "F(V, N, F)",
    "root": "F(V, N)",
    "first_zero": "F(V, N, M)",
    "hold": "Y(M, I, N, M, M)",
    "leading": "N(V, N, N, F)",
    "pull": "F(N, N, N, N, series, V, V)",
    "slack_scale": "F(N, N, N, F, V, F, numbers, series, V)",
    "sizes_of": "types.void(N, series, V)",
    "admissible": "N(N, I, N, problem, V, F, numbers, flags, S, cells, N, slide, series)",
    "meet": "Y(N, B, problem, V, F, numbers, flags, S, cells, slide, series, I)",
    "watch": "F(V, N, Y, F, F, F, F, F, M)",
    "zeros_of": "F(F, F, N, problem, V, F, numbers, S, C, slide, rays, series, M, M)",
    "onward": "N(problem, V, F, numbers, flags, V, S, C, slide, rays, pieces, M, H, J, I, C, M)",
}
"""The loop's functions, each after those it calls, and their types."""
_TAIL = """

def make():
    return onward
"""


@cache
def source() -> str:
    """The text that is compiled: every function of the loop's files, without their types."""
    constants = {
        name: value for module in TEXTS for name, value in vars(module).items() if name.isupper() and type(value) in (int, float)
    }
    parts = [_HEAD, *(f"{name} = {value!r}\n" for name, value in constants.items())]
    functions = {name: value for module in TEXTS for name, value in vars(module).items() if name in SIGNATURES}
    for name, signature in SIGNATURES.items():
        body = inspect.getsource(functions[name])
        start = body.index(":\n", body.index(" -> ")) + 1
        own = "nogil=True" if name == "onward" else "no_cpython_wrapper=True"
        own += ', fastmath={"reassoc", "contract"}' if name == "coefficients" else ""  # sums may be taken in any order
        parts.append(f"\n\ndef {name}({', '.join(inspect.signature(functions[name]).parameters)}):{body[start:]}")
        parts.append(f'\n\n{name} = njit({signature}, error_model="numpy", no_cfunc_wrapper=True, cache=True, {own})({name})\n')
    return "".join(parts) + _TAIL


@cache
def compiled() -> Callable[..., int] | None:
    """``flow_loop.onward`` as machine code, from the cache when it is there; None without Numba."""
    if find_spec("numba") is None:
        return None
    from wnproof.kernels.compiled import compiled_module

    loop: Callable[..., int] = compiled_module(source())()
    return loop


@cache
def _binomials(order: int) -> FloatArray:
    return np.array([[float(comb(i, j)) for j in range(order + 1)] for i in range(order + 1)])


class Swift:
    """The loop on one run: its memory, and what it has to know of the neurons that slide."""

    def __init__(
        self, loop: Callable[..., int], model: TwoLayer, run: HybridRun, t_end: float, accuracy: Accuracy, limit: float
    ) -> None:
        self.loop, self.model, self.run, self.order = loop, model, run, accuracy.order
        (c, m), (K, D) = run.state.A.shape, model.lines.shape
        factors = np.abs(model.right) + np.abs(model.left)
        kink = np.where(factors.any(axis=1), factors.argmax(axis=1), -1) if K else np.full(len(factors), -1)
        sample = np.arange(len(kink))
        right, left = (side[sample, kink] if K else np.zeros(len(kink)) for side in (model.right, model.left))
        y = np.ascontiguousarray(model.residual.y)
        self.problem = np.ascontiguousarray(model.lines), kink.astype(np.int64), right, left, y
        self.stretch = np.maximum(np.abs(model.right).max(axis=0), np.abs(model.left).max(axis=0))
        self.label = model.residual.size(0 * y)
        self.numbers = np.array([model.residual.weight, model.scale, accuracy.tolerance, limit, t_end])
        self.flags = np.array([LOSSES[type(model.residual)], *model.trained], dtype=np.int64)
        self.slide = (
            np.zeros(m, bool),
            np.zeros((m, D, D)),
            np.zeros((m, D, D)),
            np.zeros((m, D), np.int64),
            np.zeros(m, np.int64),
        )
        self.exits: dict[int, FloatArray] = {}
        self.binomial = _binomials(self.order)
        terms = self.order + 1
        self.room = max(2, min(PIECES, ENTRIES // (terms * m * (D + c)), WORK // (terms * m * max(K, 1) * D * c))) + 1
        self.counts, self.met = np.zeros(3, np.int64), np.zeros((m, K), bool)
        self._allocate()
        self.hold(range(m))

    @classmethod
    def of(cls, model: TwoLayer, run: HybridRun, t_end: float, accuracy: Accuracy, limit: float) -> Swift | None:
        """For rows without normalization and the losses above, where Numba is installed."""
        if type(model.rows) is not PlainRows or type(model.residual) not in LOSSES:
            return None
        loop = compiled()
        return None if loop is None else cls(loop, model, run, t_end, accuracy, limit)

    def hold(self, neurons: Iterable[int]) -> None:
        """Take over the modes of these neurons."""
        held, projections, inverses, kinks, counts = self.slide
        modes, model = self.run.modes, self.model
        along = model.sliding(modes).along
        for j in neurons:
            self.exits.pop(j, None)
            held[j], counts[j] = j in along, 0
            if j not in along:
                continue
            S, inverse = along[j]
            projections[j] = model.held[tuple(S.tolist())][1]
            rays = exits(model, self.run.state, j, S)
            if rays is not None:
                self.exits[j] = rays
            else:
                counts[j], kinks[j, : len(S)], inverses[j, : len(S)] = len(S), S, inverse
        numbers = [len(self.exits.get(j, ())) for j in range(len(modes))]
        directions = np.concatenate([np.zeros((0, model.lines.shape[1])), *(self.exits[j] for j in sorted(self.exits))])
        self.rays = directions, np.concatenate([[0], np.cumsum(numbers)]).astype(np.int64)

    def onward(self, fresh: NDArray[np.bool_]) -> int:
        """Bring the run to the loop's next halt, whose reason is returned; ``fresh`` (m, K) is kept up to date."""
        run, counts = self.run, self.counts
        if counts[0] >= self.room - 1:
            self._allocate()
        W, A, b = self.buffers
        first = int(counts[0])
        W[first, 0], A[first, 0], b[first, 0] = run.state.raw[0].T, run.state.A, run.state.b
        self.spans[first:, 3] = 0
        counts[1] = 0
        clock = np.array([run.t])
        halt = self.loop(
            *(self.problem, self.stretch, self.label, self.numbers, self.flags, clock, run.modes, fresh, self.slide, self.rays),
            *(self.buffers, self.spans, self.histories, self.notes, counts, self.met, self.binomial),
        )
        last = int(counts[0])
        for p, (start, end, pace, meets) in enumerate(self.spans[first:last].tolist(), start=first):
            run.pieces.append((start, end, Path((W[p].transpose(0, 2, 1),), A[p], b[p], pace)))
            if meets:
                run.history.append((end, self.histories[p].copy()))
        for piece, neuron, dead, count, *rest in self.notes[: counts[1]].tolist():
            kinks, before, after = (tuple(rest[k : k + count]) for k in range(0, len(rest), len(rest) // 3))
            run.met.append(Meeting(self.spans[piece, 1].item(), neuron, kinks, before, after, Ways((after,), True), bool(dead)))
        run.t = clock.item()
        run.state = State((W[last, 0].T.copy(),), A[last, 0].copy(), b[last, 0].copy())
        return halt

    def uncommon(self) -> dict[int, set[int]]:
        """The neurons and the kinks they meet that are left to the caller, after UNCOMMON."""
        rest = self.met.copy()
        rest[: self.counts[2]] = False
        return {int(j): {int(g) for g in np.flatnonzero(rest[j])} for j in np.flatnonzero(rest.any(axis=1))}

    def _allocate(self) -> None:
        """New memory for pieces; the old one belongs to the paths that were made of it."""
        (c, m), (K, D), room, terms = self.run.state.A.shape, self.model.lines.shape, self.room, self.order + 1
        self.buffers = np.empty((room, terms, D, m)), np.empty((room, terms, c, m)), np.empty((room, terms, c))
        self.spans, self.histories = np.zeros((room, 4)), np.empty((room, m, K), np.int8)
        self.notes = np.zeros((room + m, 4 + 3 * mode_choice.MOST_KINKS), np.int64)
        self.counts[0] = 0

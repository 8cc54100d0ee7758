"""Which directions the gradient fields of an output and their brackets span: how many laws gradient flow can keep at most.

A quantity that gradient flow of every l(f) keeps, for all values of the other leaves, is constant along each field X = grad f_k,
and so along [X, Y] = DY X - DX Y. Where the fields span r of P dimensions, no more than P - r such quantities are independent.
Floats decide here what is independent, so this bounds nothing by itself.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from contextlib import suppress
from fractions import Fraction
from itertools import islice
from typing import Any

import numpy as np

from wnproof.checker.graph import parse_graph
from wnproof.checker.rank import Field, bracket, smooth
from wnproof.checker.reader import Invalid
from wnproof.checker.real import Unsettled
from wnproof.checker.scalar import Arena, expand, indices, read_values, symbol
from wnproof.graph.statement import text
from wnproof.prove.witness import leaf_axes, nested

Json = dict[str, Any]
SEEDS, BRACKETS, SCALARS, BITS = 16, 2_000, 390_000, 64
INDEPENDENT = 1e-7  # a direction whose distance from the others is smaller, relative to its length, is not counted


def largest_rank(flow: Json, wanted: int, known: Mapping[str, Any] = {}) -> int:
    """The largest number of directions, up to ``wanted``, found at one of a few seeded points.

    Args: ``flow`` the encoded graph, function, trained leaves and sizes; ``known`` values of leaves as nested lists of "p/q".

    >>> from wnproof.graph.encode import encode
    >>> from wnproof.graph.nodes import contract, leaf
    >>> u, v, X = leaf("u", ("k",)), leaf("v", ("k",)), leaf("X", ("i",))
    >>> graph, (function,) = encode(contract((u, v, X), ("i",)))
    >>> flow = {"graph": graph, "function": function, "trained": ["u", "v"], "sizes": {"k": 1, "i": 3}}
    >>> largest_rank(flow, 2)
    1
    """
    best = 0
    for seed in range(SEEDS):
        best = max(best, spanned(flow, drawn(flow, seed, known), wanted).rank)
        if best >= wanted:
            break
    return best


def drawn(flow: Json, seed: int, known: Mapping[str, Any]) -> Json:
    """Seeded numbers k/4 != 0, |k| <= 8, for every leaf; those that are known keep their values."""
    rng = random.Random(seed)
    return {
        leaf: known.get(leaf)
        or nested(tuple(flow["sizes"][a] for a in axes), lambda: text(Fraction(rng.choice((-1, 1)) * rng.randint(1, 8), 4)))
        for leaf, axes in sorted(leaf_axes(flow).items())
    }


def spanned(flow: Json, values: Json, wanted: int) -> Span:
    """Fields first, then brackets of what was found, each kept when it adds a direction, until ``wanted`` are found."""
    graph, sizes, arena = parse_graph(flow["graph"], 1), flow["sizes"], Arena()
    names = [symbol(leaf, i) for leaf in flow["trained"] for i in indices(graph.leaves[leaf], sizes)]
    exact = read_values(values, graph, sizes)
    span = Span(arena, names, exact, wanted)
    function = graph.given[flow["function"]]
    for k, entry in enumerate(expand(graph, sizes, arena, (function,))[function].values()):
        if span.full:
            break
        with suppress(Invalid, Unsettled):  # at a kink
            span.offer(k, arena.gradient(smooth(arena, entry, exact, BITS), names))
    for b, a in islice(span.pairs(), BRACKETS):
        if span.full or len(arena.items) > SCALARS:
            break
        span.offer([b, a], bracket(arena, span.fields[b], span.fields[a]))
    return span


class Span:
    """Fields with their words, orthonormalized at the point."""

    def __init__(self, arena: Arena, names: list[str], values: Mapping[str, Fraction], wanted: int) -> None:
        self.words: list[Any] = []
        self.fields: list[Field] = []
        self._arena, self._names, self._wanted = arena, names, wanted
        self._basis = np.zeros((0, len(names)))
        self._floats: dict[int, float] = {}
        self._values = {name: float(q) for name, q in values.items()}

    @property
    def rank(self) -> int:
        """How many directions were found."""
        return len(self._basis)

    @property
    def full(self) -> bool:
        """Whether the wanted rank is reached."""
        return self.rank >= self._wanted

    def offer(self, word: Any, field: Field) -> None:
        """Keep the field when it adds a direction."""
        row = self._row(field)
        length = np.linalg.norm(row)
        for _ in range(2):
            row = row - self._basis.T @ (self._basis @ row)
        if length and np.linalg.norm(row) > INDEPENDENT * length:
            self._basis = np.vstack([self._basis, row / np.linalg.norm(row)])
            self.words.append(word)
            self.fields.append(field)

    def pairs(self) -> Iterator[tuple[int, int]]:
        """All pairs of fields that were kept, those that are kept on the way included."""
        b = 1
        while b < len(self.fields):
            yield from ((b, a) for a in range(b))
            b += 1

    def _row(self, field: Field) -> Any:
        _evaluate(self._arena, field, self._values, self._floats)
        return np.array([self._floats[field[n]] if n in field else 0.0 for n in self._names])


def _evaluate(arena: Arena, field: Field, values: Mapping[str, float], out: dict[int, float]) -> None:
    """Floats for the components; what is there already is kept."""
    stack, fresh = [k for k in field.values() if k not in out], set[int]()
    while stack:
        if (k := stack.pop()) not in fresh and k not in out:
            fresh.add(k)
            stack.extend(arena.items[k].of)
    for k in sorted(fresh):
        item = arena.items[k]
        of = [out[a] for a in item.of]
        match item.op:
            case "sym":
                out[k] = values[item.name]
            case "num":
                out[k] = float(item.by[0])
            case "+":
                out[k] = sum(of)
            case "*":
                out[k] = math.prod(of)
            case "^":
                out[k] = of[0] ** float(item.by[0])
            case _:
                out[k] = {"exp": math.exp, "log": math.log, "tanh": math.tanh}[item.op](of[0])

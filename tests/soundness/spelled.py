"""An encoded statement put before the provers as it stands."""

from __future__ import annotations

from fractions import Fraction

from wnproof.graph.statement import (
    AtLeast,
    Conserved,
    ConservedMatrix,
    Encoded,
    Equal,
    Every,
    Evolves,
    EvolvesAtLeast,
    Homogeneous,
    HomogeneousAnyDepth,
    Shares,
)


class _AsItStands:
    def encode(self):
        return self.content


class _Equal(_AsItStands, Equal):
    def __init__(self, content):
        object.__setattr__(self, "content", content)


class _Evolves(_AsItStands, Evolves):
    def __init__(self, content):
        object.__setattr__(self, "content", content)


class _AtLeast(_AsItStands, AtLeast):
    def __init__(self, content):
        object.__setattr__(self, "content", content)


class _EvolvesAtLeast(_AsItStands, EvolvesAtLeast):
    def __init__(self, content):
        object.__setattr__(self, "content", content)


class _Shares(_AsItStands, Shares):
    def __init__(self, content):
        object.__setattr__(self, "content", content)


class _Homogeneous(_AsItStands, Homogeneous):
    def __init__(self, content):
        object.__setattr__(self, "content", content)
        object.__setattr__(self, "scaled", numbers(content["scaled"]))


class _AnyDepth(_Homogeneous, HomogeneousAnyDepth):
    pass


class _Conserved(_AsItStands, Conserved):
    def __init__(self, content):
        object.__setattr__(self, "content", content)
        object.__setattr__(self, "axis", content["axis"])
        object.__setattr__(self, "squares", numbers(content["squares"]))
        object.__setattr__(self, "linear", numbers(content.get("linear", {})))


class _ConservedMatrix(_Conserved, ConservedMatrix):
    pass


KINDS = {
    "equal": _Equal,
    "at_least": _AtLeast,
    "evolves": _Evolves,
    "evolves_at_least": _EvolvesAtLeast,
    "kkt_shares": _Shares,
    "homogeneous": _Homogeneous,
    "homogeneous_any_depth": _AnyDepth,
    "conserved": _Conserved,
    "conserved_matrix": _ConservedMatrix,
}


def numbers(table):
    return {name: Fraction(q) for name, q in table.items()}


def spelled(content):
    """The statement whose encoding is this content; what the provers read of it comes from there too."""
    if content["says"] == "all":
        return Every(tuple(map(spelled, content["of"])))
    return KINDS.get(content["says"], Encoded)(content)

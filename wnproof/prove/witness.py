"""Witnesses: seeded exact points at which a statement may fail; the checker decides whether it does."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from math import lcm
from typing import Any

from wnproof.graph.statement import text

Json = dict[str, Any]
Evidence = dict[str, Any]
TRIES = 48
_SIZE_PATTERNS = ((2,), (1,), (3, 2), (2, 3))


def leaf_axes(statement: Json) -> dict[str, tuple[str, ...]]:
    """Leaf name -> axes of an encoded statement."""
    return {node["leaf"]: tuple(node["axes"]) for node in statement["graph"] if "leaf" in node and node["leaf"] != "1"}


def axes_of(statement: Json) -> list[str]:
    """Every axis of an encoded statement, in order of first occurrence."""
    return list(dict.fromkeys(axis for node in statement["graph"] for axis in node.get("axes", ())))


def nested(shape: tuple[int, ...], draw: Callable[[], str]) -> Any:
    """A nested list of this shape filled by calls of ``draw``."""
    return draw() if not shape else [nested(shape[1:], draw) for _ in range(shape[0])]


def witness_evidence(statement: Json, seed: int = 0) -> Iterator[Evidence]:
    """Candidate witnesses against an encoded statement, simple points first."""
    says = statement["says"]
    if says in ("kkt_point", "kkt_complete"):
        yield {"kind": "witness"}
        return
    for sizes, values in point_evidence(statement, seed):
        evidence: Evidence = {"kind": "witness", "values": values}
        if says not in ("equal", "at_least", "evolves", "evolves_at_least"):
            evidence["sizes"] = sizes
        if says == "homogeneous":
            evidence["scale"] = text(2 ** _common_denominator(statement, statement["degree"]))
        if says == "homogeneous_any_depth":
            yield from ({**evidence, "depth": depth, "scale": scale} for depth, scale in _scales(statement))
        else:
            yield evidence


def _scales(statement: Json) -> Iterator[tuple[int, str]]:
    """Small depths, each with a scale whose powers are exact."""
    power, ratio, slope, rest = (Fraction(statement[name]) for name in ("power", "ratio", "slope", "degree"))
    for depth in (1, 2, 3):
        yield depth, text(2 ** _common_denominator(statement, power * ratio**depth + slope * depth + rest))


def _common_denominator(statement: Json, degree: str | Fraction) -> int:
    """q with every weight and the degree a multiple of 1/q: powers of 2^q to them are exact."""
    return lcm(*(Fraction(power).denominator for power in (degree, *statement["scaled"].values())))


def point_evidence(statement: Json, seed: int = 1) -> Iterator[tuple[dict[str, int], Json]]:
    """Candidate points of an encoded statement's domain: sizes (its own when it has them) and exact values for every leaf."""
    rng = random.Random(seed)
    for k in range(TRIES):
        sizes = statement.get("sizes") or _sizes(statement, k)
        draw = _draw(rng, k)
        shapes = {name: tuple(sizes[a] for a in axes) for name, axes in sorted(leaf_axes(statement).items())}
        yield sizes, {name: nested(shape, draw) for name, shape in shapes.items()}


def _draw(rng: random.Random, k: int) -> Any:
    """Small nonzero integers first, positive ones every other time, -1, 0 and 1 every fourth time, then small fractions."""
    positive, fine = k % 2 == 0, k >= TRIES // 2

    def draw() -> str:
        if k % 4 == 3:  # kinks sit at 0, and equations such as x^2 + y^2 = 1 have such points
            return rng.choice(("-1", "0", "1"))
        value = Fraction(rng.randint(1, 5), rng.randint(1, 4) if fine else 1)
        return text(value if positive or rng.random() < 0.5 else -value)

    return draw


def _sizes(statement: Json, k: int) -> dict[str, int]:
    pattern = _SIZE_PATTERNS[(k + k // 4) % len(_SIZE_PATTERNS)]  # every pattern meets every kind of draw
    sizes = {axis: pattern[j % len(pattern)] for j, axis in enumerate(axes_of(statement))}
    if "layer" in statement:  # layers that take each other's place have one size
        sizes |= {
            b: sizes[a] for a, b in zip(leaf_axes(statement)[statement["input"]], _axes_at(statement, "layer"), strict=True)
        }
    return sizes


def _axes_at(statement: Json, root: str) -> tuple[str, ...]:
    axes: list[tuple[str, ...]] = []
    for node in statement["graph"]:
        axes.append(tuple(node["axes"]) if "axes" in node else tuple(dict.fromkeys(a for k in node["args"] for a in axes[k])))
    return axes[statement[root]]

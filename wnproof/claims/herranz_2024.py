"""Herranz-Celotti and Rouat, stabilizing paths through time and depth (arXiv 2308.12075)."""

from __future__ import annotations

from math import comb

import sympy as sp

from wnproof.claims.claim import claim
from wnproof.claims.statements import at_least, every
from wnproof.graph.nodes import Node, add, argument, contract, leaf, multiply, pointwise
from wnproof.graph.statement import Evolves, Statement


@claim(
    "herranz-2024/path-count",
    source="[paper] arXiv 2308.12075 for the count of paths (abstract); the grid and its bounds are derived",
    controls={
        "one path fewer": dict(more=-1),
        "stable up to 7/10": dict(radius="7/10"),
        "an eighth of (a + b)^(T + D)": dict(share="1/8"),
    },
)
def path_count(more: int = 0, radius: str = "1/2", share: str | int = 1, size: int = 4) -> Statement:
    """A linear recurrent network h(t, d) = a h(t-1, d) + b h(t, d-1), T steps deep in time and D in depth: dh(T, D)/dh(0, 0) =
    binom(T + D, T) a^T b^D, which is at most (a + b)^(T + D) for a, b >= 0; so |a|, |b| <= 1/2 keep it at most 1, at every T and
    D.

    T, D <= 4. At radius 1 the count itself is left, which grows like 4^T / sqrt(pi T) for T = D.
    """
    a, b, start = (leaf(name) for name in ("a", "b", "h0"))
    grid: dict[tuple[int, int], Node] = {(0, 0): start}
    parts: list[Statement] = []
    x, y, rho = sp.symbols("x y rho", real=True)
    for t in range(size + 1):
        for d in range(size + 1):
            if t + d:
                before = [(a, (t - 1, d)), (b, (t, d - 1))]
                grid[t, d] = add([contract((weight, grid[at]), ()) for weight, at in before if at in grid])
            if t and d and (t == d or t + d == size):
                count = comb(t + d, t) + more
                slope = pointwise(count * argument(0) ** t * argument(1) ** d, a, b)
                parts.append(Evolves(multiply(-1, start), (start,), grid[t, d], slope))
                bound = sp.Rational(share) * (x**2 + y**2) ** (t + d)
                parts.append(at_least(bound, count * x ** (2 * t) * y ** (2 * d)))
                inside = [rho >= 0, rho <= sp.Rational(radius)]
                if t + d == size or radius != "1/2":
                    parts.append(at_least(1, count * rho ** (t + d), inside))
    return every(*parts)

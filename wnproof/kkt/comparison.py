"""Numerical methods beside the exact list of KKT points: what each finds, misses and costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

from wnproof.derive.sphere import SphereProblem
from wnproof.kkt.arrangement import Exact
from wnproof.kkt.conic import Conic
from wnproof.kkt.family import angle_between
from wnproof.kkt.multistart import Multistart
from wnproof.kkt.points import Kind, KKTPoint, KKTSet, Notion, clarke
from wnproof.kkt.solve import kkt_points

NEAR = 1e-4  # radians; cone programs know a maximum to about 1e-5


@dataclass(frozen=True, eq=False)
class Attempt:
    """One method's list beside the exact one.

    Attributes:
        method: as it was called.
        kkt: its list, whose completeness is undecided.
        found, missed: the isolated points of the exact list with and without one of the method's within ``NEAR``.
        strays: the method's points that are near no point and no family of the exact list.
        seconds: wall time of one run, of the first also the imports it needs.
    """

    method: Conic | Multistart
    kkt: KKTSet
    found: tuple[KKTPoint, ...]
    missed: tuple[KKTPoint, ...]
    strays: tuple[KKTPoint, ...]
    seconds: float


@dataclass(frozen=True, eq=False)
class Comparison:
    """The exact list, how long it took, and the attempts."""

    exact: KKTSet
    seconds: float
    attempts: tuple[Attempt, ...]

    def table(self) -> str:
        """One line a method: points found and missed by kind, strays, completeness, seconds."""
        lines = [("method", "found", "missed", "strays", "complete", "seconds")]
        lines += [("Exact()", _kinds(self.exact), "-", "-", self.exact.complete.rigor.value, f"{self.seconds:.3g}")]
        for attempt in self.attempts:
            rigor = attempt.kkt.complete.rigor.value
            cells = (_kinds(attempt.found), _kinds(attempt.missed), str(len(attempt.strays)), rigor, f"{attempt.seconds:.3g}")
            lines.append((repr(attempt.method), *cells))
        widths = [max(len(line[k]) for line in lines) for k in range(len(lines[0]))]
        return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in lines)

    def __repr__(self) -> str:
        return self.table()


def compare_methods(problem: SphereProblem, methods: Sequence[Conic | Multistart], notion: Notion = clarke) -> Comparison:
    """Run the methods on one neuron's problem and match their points with the exact list.

    Raises: WnproofError as ``kkt_points`` does for ``Exact()`` and for each method.

    >>> from wnproof.derive.ncf import ncf
    >>> from wnproof.model.activations import relu
    >>> from wnproof.model.dataset import Dataset
    >>> from wnproof.model.network import Network
    >>> N = ncf(Network((2, 1, 1), relu, fixed={"W2": [[1]]}), Dataset([[3, 4], [1, 0]], [1, -1]))
    >>> conic, = compare_methods(N, [Conic(cones=8)]).attempts
    >>> [point.kind.value for point in conic.found], [point.kind.value for point in conic.missed], len(conic.strays)
    (['maximum'], ['minimum'], 0)
    """
    began = perf_counter()
    exact = kkt_points(problem, notion=notion, method=Exact())
    seconds = perf_counter() - began
    return Comparison(exact, seconds, tuple(_attempt(problem, exact, method, notion) for method in methods))


def _attempt(problem: SphereProblem, exact: KKTSet, method: Conic | Multistart, notion: Notion) -> Attempt:
    began = perf_counter()
    kkt = kkt_points(problem, notion=notion, method=method)
    seconds = perf_counter() - began
    found = [any(angle_between(point.u, other.u) <= NEAR for other in kkt) for point in exact]
    strays = tuple(
        other
        for other in kkt
        if all(angle_between(point.u, other.u) > NEAR for point in exact)
        and all(family.angle(other.u) > NEAR for family in exact.families)
    )
    hits = tuple(point for point, hit in zip(exact, found, strict=True) if hit)
    misses = tuple(point for point, hit in zip(exact, found, strict=True) if not hit)
    return Attempt(method, kkt, hits, misses, strays, seconds)


def _kinds(points: Sequence[KKTPoint]) -> str:
    """How many of each kind."""
    counts = Counter(point.kind for point in points)
    plural = {Kind.MAXIMUM: "maxima", Kind.MINIMUM: "minima", Kind.SADDLE: "saddles"}
    parts = [
        f"{counts[kind]} {plural.get(kind, kind.value) if counts[kind] > 1 else kind.value}" for kind in Kind if counts[kind]
    ]
    return ", ".join(parts) or "0"

"""The KKT points of deep networks that chains of neurons give: exactly listed for p = 1, enclosed one by one for p > 1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import product

from wnproof.derive.sphere import SphereProblem
from wnproof.kkt.arrangement import Exact
from wnproof.kkt.cell_box import enclosed_in_cell
from wnproof.kkt.chain import Chain, chains, correlation_of, inputs, reduced, sides, smooth_reduced
from wnproof.kkt.chain_kind import chain_kind, extreme
from wnproof.kkt.multistart import Multistart
from wnproof.kkt.points import KKTPoint, KKTSet, Notion, clarke
from wnproof.kkt.rank_one import ChainFamily
from wnproof.verdict import Rigor, undecided

ZERO = 1e-9  # of the largest value, below which a value found in floating point is zero


def chain_points(
    problem: SphereProblem, *, notion: Notion = clarke, method: Exact | None = None, search: Multistart | None = None
) -> KKTSet:
    """The KKT points with N != 0 of a deep network whose layers have rank one along a chain of neurons, largest value first.

    Points where every layer has one neuron, otherwise families (``ChainFamily``). What is complete is in the verdict:

    * p = 1 (leaky ReLU): all points of every chain, each single neuron's list replayed by the checker; so with one neuron in
      every layer these are all with N != 0. In wider networks all smooth ones whose layers have rank one and b_l of one sign. For
      D >= 3 there are others: smooth ones with b_l of both signs, and on kinks ones whose layers have higher rank.
    * p > 1: what the search finds, each in a box in its cell; nothing is said of others.

    Args:
        problem: from ``ncf`` of a plain network with one output, all weights trained, biases in the first layer alone.
        notion: which generalized gradient of the single neurons counts on kinks; with free slopes in every layer there would be
            more.
        method: for p = 1, how the single neurons are listed.
        search: for p > 1, how their smooth problem is searched.

    Raises: WnproofError E-VALUE for other networks, and what the two methods raise.

    Source: derived from Euler's identity; cf. Kumar, Haupt 2024 for rank-one layers.

    >>> from wnproof.derive.ncf import ncf
    >>> from wnproof.model.activations import leaky_relu
    >>> from wnproof.model.dataset import Dataset
    >>> from wnproof.model.network import Network
    >>> N = ncf(Network((2, 2, 2, 1), leaky_relu("1/10")), Dataset([[3, 4], [-1, 1]], [1, -1]))
    >>> [str(family.value_squared) for family in chain_points(N).families[:3]]
    ['49/54', '49/675', '1/108']
    """
    net = correlation_of(problem).net
    exact, rough = method or Exact(), search or Multistart(starts=50)
    lists: dict[tuple[Fraction, Fraction], KKTSet] = {}
    found: list[ChainFamily] = []
    thin = max(net.widths[1:-1]) == 1
    right, left, power = sides(net)
    odd = not thin and power == 1 and left == -right
    rows, labels = inputs(problem)
    for chain in chains(net)[: 1 if odd else None]:  # with b_l of any signs the first chain has the others
        phi = (chain.right, chain.left)
        if phi not in lists:
            lists[phi] = exact.solve(reduced(problem, chain), notion) if chain.power == 1 else _searched(problem, chain, rough)
        largest = max((abs(point.value) for point in lists[phi]), default=0.0)
        nonzero = [point for point in lists[phi] if abs(point.value) > (0.0 if chain.power == 1 else ZERO * largest)]
        for k, point in product(_active(chain, net.widths), nonzero):
            kind = extreme(chain, point, rows, labels, net) or chain_kind(chain, point, net.widths, k)
            found.append(ChainFamily(chain, point, net.widths, k, problem.value.parameters, kind, odd))
    found.sort(key=lambda family: -family.value)
    reason = _reason(found, list(lists.values()), exact=net.activation.degree == 1)
    complete = undecided(f"the KKT points of {problem}", reason)
    if thin:
        return KKTSet(tuple(_as_point(problem, family) for family in found), (), complete, notion)
    return KKTSet((), tuple(found), complete, notion)


def _active(chain: Chain, widths: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """The numbers of active neurons that are told apart."""
    if chain.power == 1:
        yield ()
    else:
        yield from product(*(range(1, width + 1) for width in widths[1:-1]))


def _searched(problem: SphereProblem, chain: Chain, search: Multistart) -> KKTSet:
    """The points of the chain's smooth problem that the search finds, in boxes where that succeeds."""
    smooth = smooth_reduced(problem, chain)
    found = search.solve(smooth)
    return replace(found, points=tuple(enclosed_in_cell(smooth, point) or point for point in found))


def _as_point(problem: SphereProblem, family: ChainFamily) -> KKTPoint:
    value, point = family.value, family.point
    return KKTPoint(
        u=family.sample(seed=0),
        value=value,
        value_squared=family.value_squared,
        direction=None,
        multiplier=float(problem.degree) * value,
        slopes=point.slopes,
        kind=family.kind,
        morse_index=None,
        residual=point.residual,
        settle_verdict=partial(getattr, point, "verdict"),
        hidden_direction=point.hidden_direction,
    )


def _reason(found: list[ChainFamily], lists: list[KKTSet], exact: bool) -> str:
    if not exact:
        boxed = sum(point.value_range is not None for kkt in lists for point in kkt)
        return (
            f"{len(found)} with N != 0 along chains, from {sum(map(len, lists))} points of single neurons, "
            f"{boxed} of them in boxes; they were found by a search, which shows of no other that it is none"
        )
    known = sum(kkt.complete.reaches(Rigor.CERTIFIED) for kkt in lists)
    return (
        f"{len(found)} with N != 0 are all along chains, {known} of {len(lists)} lists of single neurons complete; points with "
        "N = 0, with both signs along a layer, and on kinks with layers of higher rank are not listed"
    )

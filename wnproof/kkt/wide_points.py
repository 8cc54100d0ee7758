"""``wide_points``: every KKT point of a wide two-layer network, from the exact list of one neuron."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from wnproof.certificate import computed
from wnproof.derive.ncf import ncf
from wnproof.derive.sphere import Correlation, SphereProblem
from wnproof.errors import WnproofError
from wnproof.kkt.chain import correlation_of
from wnproof.kkt.circle import merge
from wnproof.kkt.composition import Composition, compositions, levels
from wnproof.kkt.faces import coordinates
from wnproof.kkt.family import Family
from wnproof.kkt.neuron import Neuron
from wnproof.kkt.origin import Origin
from wnproof.kkt.points import Kind, KKTSet, Notion, clarke
from wnproof.kkt.solve import kkt_points, neuron_of
from wnproof.kkt.wide import Coordinates, LevelFamily, OrbitFamily, PlainCoordinates, RowCoordinates
from wnproof.model.network import Network
from wnproof.model.normalizations import plain, weight_norm
from wnproof.verdict import Rigor, Verdict, undecided


def wide_points(problem: SphereProblem, *, notion: Notion = clarke) -> KKTSet:
    """The KKT points of N = sum_j N_1(u_j), the correlation of a two-layer network of any width, in its own coordinates.

    Trained outer weights (degree 2 for ReLU): a ``LevelFamily`` for every value of one neuron, its radii free. Otherwise an
    ``OrbitFamily`` for every composition, the neurons in any order, and one level N = 0. Complete and exact when the one-neuron
    list is: the neurons share no variable, so the generalized gradient is the product of theirs.

    With ``weight_norm`` in the first layer the coordinates are raw (rows V_j on unit spheres, (g, a) on one): for N != 0 these
    are the same points, V_j along w_j and g_j = |w_j| up to one sign for both, idle rows free; those with N = 0 are left out,
    there are more of them. Under exponential weight normalization N is not homogeneous: take ``net.effective()``; its flow at
    small initialization follows another ascent, whose limits are in general no KKT points of N.

    Raises: WnproofError E-VALUE for other networks, E-SIZE for too many compositions, and what ``kkt_points`` raises.

    >>> from wnproof.model.activations import relu
    >>> from wnproof.model.dataset import Dataset
    >>> N = ncf(Network((2, 5, 1), relu), Dataset([[3, 4], [1, 0]], [1, -1]))
    >>> found = wide_points(N)
    >>> [family.text for family in found.families][0], found.complete.rigor.value
    ('value 2.2360679775, dimension 4, maximum, 5 neurons along: 1 maximum', 'certified')
    """
    origin = correlation_of(problem)
    coordinates, outer = _read(problem, origin.net)
    width = coordinates.width
    lists = [kkt_points(_single(origin, weight), notion=notion) for weight in dict.fromkeys(outer)]
    own = dict(zip(dict.fromkeys(outer), lists, strict=True))
    one, level = lists[0], levels(lists)
    everything = [part for kkt in lists for part in (*kkt, *kkt.families)]
    degree = int(problem.degree)
    raw = isinstance(coordinates, RowCoordinates)
    families: list[Family] = []
    for value in sorted({level(part) for part in everything}, reverse=True):
        if value if raw else degree == 2 or value == 0:
            parts = tuple(part for part in everything if level(part) == value)
            top, bottom = max(map(level, one), default=value), min(map(level, one), default=value)
            known = one.complete.reaches(Rigor.CERTIFIED)
            families.append(LevelFamily(parts, coordinates, known and value in (top, bottom), parts[0].value if value else 0.0))
    if degree != 2:
        idle = [degree > 1 or _rests(origin, weight, notion) for weight in outer]
        given = one if len(lists) == 1 else [own[weight] for weight in outer]
        found = compositions(given, width, degree, idle=idle)
        families += [OrbitFamily(c, coordinates, _kind(c)) for c in found if c.radii_squared is not None]
    families.sort(key=lambda family: -family.value)
    return KKTSet((), tuple(families), _complete(problem, lists, raw, len(families)), notion)


def _read(problem: SphereProblem, net: Network) -> tuple[Coordinates, list[Fraction | None]]:
    """The coordinates, and the outer weights (None: trained)."""
    names = [block.name for block in net.parameters.blocks]
    space, bias = problem.value.parameters, ["b1"] if net.biases[0] else []
    first, last = net.normalizations[0], net.normalizations[-1]
    if net.depth == 2 and net.widths[-1] == 1 and last is plain and not net.biases[1]:
        m = net.widths[1]
        if first is plain and names == ["W1", *bias, "W2"]:
            return PlainCoordinates(space, m), [None] * m
        if first is weight_norm and names == ["V1", "g1", "W2"]:
            return RowCoordinates(space, m), [None] * m
        if first is plain and names == ["W1", *bias]:
            weights = [Fraction(a) for a in problem.value.constants["W2"].ravel()]
            if all(weights):
                return PlainCoordinates(space, m), list(weights)
    raise WnproofError(
        "E-VALUE",
        f"{net!r} is no two-layer network with one output whose neurons are alike up to their outer weight",
        help="plain or weight_norm rows, the outer weights all trained or all fixed and not zero",
    )


def _single(origin: Correlation, outer: Fraction | None) -> SphereProblem:
    net = origin.net
    fixed = None if outer is None else {"W2": [[outer]]}
    one = Network((net.widths[0], 1, 1), net.activation, bias=(net.biases[0], False), fixed=fixed, scale=net.scale)
    return ncf(one, origin.data, origin.loss)


def _rests(origin: Correlation, outer: Fraction | None, notion: Notion) -> bool:
    """Whether 0 is in the generalized gradient of a G at the origin: then (0, 1) is a KKT point with a trained outer weight."""
    neuron = neuron_of(_single(origin, outer))
    assert isinstance(neuron, Neuron)
    lines, _ = merge(neuron)
    if not lines:
        return True
    rests = Origin(lines, notion, np.array(coordinates([line.normal for line in lines]), dtype=object)).is_critical()
    if rests is None:
        raise WnproofError(
            "E-SIZE", f"whether a neuron of {len(lines)} lines of rows rests at 0 was not decided", help="take fewer rows"
        )
    return rests


def _kind(c: Composition) -> Kind:
    """Decided where N has a local maximum, and where it rises and falls: several active neurons trade their radii.

    With L = 1 N is largest over the radii where N > 0, with L > 2 smallest; the opposite where N < 0.
    """
    if c.local_maximum:
        return Kind.MAXIMUM
    kinds = {part.kind for part in c.active}
    if Kind.DEGENERATE in kinds:
        return Kind.DEGENERATE
    radial = {Kind.MAXIMUM if (c.degree == 1) == (c.value > 0) else Kind.MINIMUM} if len(c.active) > 1 else set()
    if len(c.active) < c.width:
        if c.degree == 1:  # an idle neuron moves N at first order, in directions that are not looked at
            return Kind.DEGENERATE
        radial.add(Kind.MAXIMUM if c.value > 0 else Kind.MINIMUM)  # it only takes length from the others
    seen = (kinds | radial) - {Kind.FLAT}
    return next(iter(seen)) if len(seen) == 1 else Kind.SADDLE


def _complete(problem: SphereProblem, lists: list[KKTSet], raw: bool, count: int) -> Verdict:
    subject = f"the KKT points of {problem}" + (" with N != 0" if raw else "")
    if not all(kkt.complete.reaches(Rigor.CERTIFIED) for kkt in lists):
        return undecided(subject, f"the list of one neuron is not known to be complete; {lists[0].complete.reason}")
    engine = (
        "the complete list of one neuron, values compared exactly, and the rule of composition for functions of separate blocks"
    )
    return computed(f"{subject}: these {count} sets and no other", engine, "all radii and orders of the neurons")

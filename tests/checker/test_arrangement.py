"""The rules of kind ``arrangement``: hand-checked true and false statements, a mutation of every rule, and tampered lists."""

from __future__ import annotations

import copy
import functools
import importlib
import importlib.util
import random
import shutil
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from wnproof import checker
from wnproof.checker import arrangement, fan
from wnproof.checker import neuron as neuron_statement
from wnproof.checker.reader import Invalid
from wnproof.kkt.arrangement import Exact
from wnproof.kkt.neuron import Neuron

ARRANGEMENT, WITNESS = {"kind": "arrangement", "parts": 60}, {"kind": "witness", "parts": 60}
DRAWN = [  # seed, inputs, rows, slope, outer weight, parts that the checker cuts
    (2, 3, 7, "1/10", 1, 20),
    (11, 3, 7, "0", 1, 29),
    (5, 3, 5, "1/2", None, 30),
    (7, 4, 7, "1/3", 1, 47),
    (6, 3, 6, "0", None, 51),
    (3, 4, 6, "0", 1, 60),
]


def neuron(X, y, slope="0", outer="1", scale="1"):
    return {"X": [[str(e) for e in row] for row in X], "y": [str(e) for e in y], "slope": slope, "outer": outer, "scale": scale}


def point(direction, signed_square, kind, sign=None):
    square = Fraction(signed_square)
    side = (square > 0) - (square < 0)
    item = {"direction": [str(e) for e in direction], "value_squared": str(abs(square)), "value_sign": side, "kind": kind}
    return item if sign is None else item | {"sign": sign}


def family(rays, kind, *boundary):
    """An open cone and those of its boundary."""
    return [{"rays": [[str(e) for e in ray] for ray in cone], "kind": inside} for cone, inside in ((rays, kind), *boundary)]


def complete(data, points, families=(), notion="clarke"):
    cones = [cone for family in families for cone in family]
    return {"says": "kkt_complete", "neuron": data, "notion": notion, "points": list(points), "families": cones}


def kkt(data, direction, multiplier="1", **more):
    return {"says": "kkt_point", "neuron": data, "direction": [str(e) for e in direction], "multiplier": multiplier, **more}


ONE = neuron([(3, 4)], [1])
HALF_CIRCLE = family([(-4, 3), (-3, -4), (4, -3)], "flat", ([(-4, 3)], "minimum"), ([(4, -3)], "minimum"))
LEAKY = neuron([(1, 0)], [1], slope="1/2")
LEAKY_TRAINED = neuron([(1, 0)], [1], slope="1/2", outer=None)
LEAKY_TRAINED_POINTS = [
    point((1, 0), "1/4", "maximum", 1),
    point((1, 0), "-1/4", "minimum", -1),
    point((-1, 0), "-1/16", "minimum", 1),
    point((-1, 0), "1/16", "maximum", -1),
    point((0, 1), 0, "saddle", 0),
    point((0, -1), 0, "saddle", 0),
]
DISAGREEING = neuron([(1, 0), (1, 0), (1, 1)], [1, -1, 1])
DISAGREEING_FAMILY = [
    *family([(1, -1), (0, -1)], "flat", ([(1, -1)], "minimum"), ([(-1, 1)], "minimum")),
    *family([(0, -1), (-1, 1)], "flat", ([(0, -1)], "flat")),
]
DIAMOND = neuron([(1, 0), (0, 1)], [1, 1], slope="-1", outer=None)
DIAMOND_POINTS = [
    *(point((a, b), s * Fraction(1, 2), "maximum" if s > 0 else "minimum", s) for a in (1, -1) for b in (1, -1) for s in (1, -1)),
    *(point(ray, s * Fraction(1, 4), "saddle", s) for ray in ((1, 0), (-1, 0), (0, 1), (0, -1)) for s in (1, -1)),
]
DIAMOND_POLES = [point((0, 0), 0, "minimum", 1), point((0, 0), 0, "maximum", -1)]
DESCENDING = neuron([(0, 1), (1, 0)], [-1, -1])
DESCENDING_POINTS = [point((1, 1), -2, "minimum"), point((0, 1), -1, "saddle"), point((1, 0), -1, "saddle")]
DESCENDING_FAMILY = family([(-1, 0), (0, -1)], "flat", ([(-1, 0)], "maximum"), ([(0, -1)], "maximum"))
ABSOLUTE = neuron([(1, 0)], [2], slope="-1", outer="-1/2", scale="3")
ABSOLUTE_POINTS = [point((s, 0), -9, "minimum") for s in (1, -1)] + [point((0, s), 0, "maximum") for s in (1, -1)]
ABSOLUTE_TRAINED = neuron([(1, 0)], [1], slope="-1", outer=None)
ABSOLUTE_HALVES = [
    family([(0, 1, 0), (0, -1, 0), (0, 0, 1)], "minimum", ([(0, 1, 0)], "saddle"), ([(0, -1, 0)], "saddle")),
    family([(0, 1, 0), (0, -1, 0), (0, 0, -1)], "maximum"),
]
ABSOLUTE_TRAINED_POINTS = [
    point((t, 0), s * Fraction(1, 4), "maximum" if s > 0 else "minimum", s) for t in (1, -1) for s in (1, -1)
]
ONE_TRAINED = neuron([(1, 0)], [1], outer=None)
ONE_TRAINED_POINTS = [point((1, 0), "1/4", "maximum", 1), point((1, 0), "-1/4", "minimum", -1)]
EDGES, HALF = [(0, 1, 0), (0, -1, 0)], [(-1, 0, 0), (0, 1, 0), (0, -1, 0)]
ONE_TRAINED_FAMILY = [
    *family(HALF, "flat", *(([*HALF, (0, 0, s)], "flat") for s in (1, -1)), *(([edge], "saddle") for edge in EDGES)),
    *family([*EDGES, (0, 0, 1)], "minimum", ([*EDGES, (0, 0, -1)], "maximum")),
]
CANCELLED = neuron([(1, 0), (2, 0)], [2, -1])
CIRCLE = family([(1, 0), (0, 1), (0, -1)], "flat", ([(-1, 0), (0, 1), (0, -1)], "flat"), ([(0, 1)], "flat"), ([(0, -1)], "flat"))
SPHERE = [
    *(
        cone
        for side in ([], [(0, 0, 1)], [(0, 0, -1)])
        for inside in ([(1, 0, 0)], [(-1, 0, 0)], [])
        if side or inside
        for cone in family([*inside, *EDGES, *side], "flat")
    ),
    *family([(0, 1, 0)], "flat", ([(0, -1, 0)], "flat")),
]
NOTHING = neuron([(0, 0)], [1])
EVERYWHERE = family([(1, 0), (-1, 0), (0, 1), (0, -1)], "flat")
# S is negative at (0, 1), bends up on one side where its derivative vanishes and has a kink on the other: two kinds of corner
VALLEY = neuron([(0, 1), (1, 0)], [-1, 1])
PEAK = neuron([(0, 1), (1, 0)], [1, -1])
VEE = neuron([(1, 0), (-1, 0), (0, 1)], [1, 1, 1])  # a minimum with N > 0, at the kink between two maxima
VEE_POINTS = [
    *(point((t, 1), 2, "maximum") for t in (1, -1)),
    *(point((t, 0), 1, "saddle") for t in (1, -1)),
    *(point((0, t), (t + 1) // 2, "minimum") for t in (1, -1)),
]
# opposite rows on one kink: their slopes add up to -2 on one side and to 3 on the other, and (0, 1) needs 0
OPPOSITE = neuron([(0, 1), (1, 0), (-1, 0)], [1, -2, -3])
STEEP = neuron([(2, 1), (1, 0)], [1, -3])
CLIMBING = neuron([(-2, 1), (1, 0)], [1, 3])
LINEAR = neuron([(1, 0), (0, 1)], [1, -1], slope="1", outer=None)
LINEAR_POINTS = [
    *(point((t, -t), t * s * Fraction(1, 2), "maximum" if t * s > 0 else "minimum", s) for t in (1, -1) for s in (1, -1)),
    *(point((t, t), 0, "saddle", 0) for t in (1, -1)),
]
# gradients (4, 4) and (-2, -2), not neighbours, all others on one side of their line: 0 is on the edge of the hull
EDGE = neuron([(-2, -1), (-2, 1), (1, 2)], [2, -1, 2], slope="1/2", outer=None)
EDGE_POINTS = [
    *(point((1, -2), -s * Fraction(1, 20), "minimum" if s > 0 else "maximum", s) for s in (1, -1)),
    *(point((1, 2), s * Fraction(9, 5), "maximum" if s > 0 else "minimum", s) for s in (1, -1)),
    *(point((-2, 1), s * Fraction(1, 20), "saddle", s) for s in (1, -1)),
    *(point((-1, -1), s * Fraction(1, 2), "maximum" if s > 0 else "minimum", s) for s in (1, -1)),
    *(point(zero, 0, "saddle", 0) for zero in ((5, -2), (1, -4))),
    *(point((0, 0), 0, "saddle", s) for s in (1, -1)),
]

# three inputs: a half-space, a cut through faces, and three dependent kinks whose slopes fit together or are free
ONE_3 = neuron([(3, 4, 0)], [1])
PLANE = [(4, -3, 0), (-4, 3, 0), (0, 0, 1), (0, 0, -1)]
HALF_SPACE = family([(-3, -4, 0), *PLANE], "flat", (PLANE, "minimum"))
LEAKY_3 = neuron([(1, 0, 0)], [1], slope="1/2", outer=None)
LEAKY_3_POINTS = [
    point((1, 0, 0), "1/4", "maximum", 1),
    point((1, 0, 0), "-1/4", "minimum", -1),
    point((-1, 0, 0), "-1/16", "minimum", 1),
    point((-1, 0, 0), "1/16", "maximum", -1),
]
LEAKY_3_FAMILY = family([(0, 1, 0, 0), (0, -1, 0, 0), (0, 0, 1, 0), (0, 0, -1, 0)], "saddle")
LEVEL_RAYS = neuron([(1, 1), (1, -1), (1, 0)], [1, 3, -6], slope="1/2", outer=None)  # S = 0 on two of its six rays
LEVEL_RAYS_POINTS = [
    *(point((1, 1), -s * 2, "minimum" if s > 0 else "maximum", s) for s in (1, -1)),
    *(point((0, -1), s * Fraction(25, 16), "maximum" if s > 0 else "minimum", s) for s in (1, -1)),
    *(point((-1, -1), s * Fraction(1, 2), "saddle", s) for s in (1, -1)),
    *(point((s, -s), 0, "saddle", 0) for s in (1, -1)),
]
LINEAR_3 = neuron([(1, 0, 0), (0, 1, 0)], [1, -1], slope="1", outer=None)
LINEAR_3_POINTS = [
    point((t, -t, 0), t * s * Fraction(1, 2), "maximum" if t * s > 0 else "minimum", s) for t in (1, -1) for s in (1, -1)
]
AXIS = [(0, 0, 1, 0), (0, 0, -1, 0)]
LINEAR_3_FAMILY = family(
    [(1, 1, 0, 0), *AXIS], "saddle", ([(-1, -1, 0, 0), *AXIS], "saddle"), *(([end], "saddle") for end in AXIS)
)
FAR = neuron([(1, 0, 0), (0, 1, 0), (1, 1, 0), (-3, -3, 5)], [5, 5, -5, 1])
NEAR = neuron([(1, 0, 0), (0, 1, 0), (1, 1, 0), (-1, -1, 2)], [2, 2, -2, 1])
OCTANT = neuron([(1, 0, 0), (0, 1, 0), (0, 0, 1)], [-1, -1, -1])

TRUE = [
    complete(ONE, [point((3, 4), 25, "maximum")], [HALF_CIRCLE]),
    complete(LEAKY, [point((1, 0), 1, "maximum"), point((-1, 0), "-1/4", "minimum")]),
    complete(LEAKY_TRAINED, LEAKY_TRAINED_POINTS),
    complete(DISAGREEING, [point((1, 1), 2, "maximum")], [DISAGREEING_FAMILY]),
    complete(DISAGREEING, [point((1, 1), 2, "maximum"), point((0, 1), 1, "saddle")], [DISAGREEING_FAMILY], "decoupled"),
    complete(DIAMOND, [*DIAMOND_POINTS, *DIAMOND_POLES]),
    complete(DESCENDING, DESCENDING_POINTS, [DESCENDING_FAMILY]),
    complete(ABSOLUTE, ABSOLUTE_POINTS),
    complete(ABSOLUTE_TRAINED, ABSOLUTE_TRAINED_POINTS, ABSOLUTE_HALVES),
    complete(ONE_TRAINED, ONE_TRAINED_POINTS, [ONE_TRAINED_FAMILY]),
    complete(CANCELLED, [], [CIRCLE]),
    complete(CANCELLED | {"outer": None}, [], [SPHERE]),
    complete(NOTHING, [], [EVERYWHERE]),
    complete(ONE_3, [point((3, 4, 0), 25, "maximum")], [HALF_SPACE]),
    complete(LEAKY_3, LEAKY_3_POINTS, [LEAKY_3_FAMILY]),
    complete(LINEAR_3, LINEAR_3_POINTS, [LINEAR_3_FAMILY]),
    kkt(ONE_3, (3, 4, 0)),
    kkt(ONE_3, (-3, -4, 7)),
    kkt(LINEAR_3, (1, 1, 9), "2", sign=0),
    kkt(FAR, (0, 0, 1), notion="decoupled"),
    kkt(NEAR, (0, 0, 1)),
    kkt(OCTANT, (1, 1, 0)),
    kkt(ONE, (3, 4)),
    kkt(ONE, (6, 8)),
    kkt(ONE, (-1, -1), "7"),  # N = 0 there, so every multiplier will do
    kkt(LEAKY_TRAINED, (1, 0), "2", sign=-1),
    kkt(LEAKY_TRAINED, (0, 1), "2", sign=0),
    kkt(DIAMOND, (0, 0), "2", sign=1),
    kkt(DISAGREEING, (0, 1), notion="decoupled"),
    kkt(DESCENDING, (0, 1)),
    kkt(VALLEY, (0, 1)),
    kkt(PEAK, (0, 1)),
    kkt(OPPOSITE, (0, 1)),
    kkt(DISAGREEING | {"outer": None}, (0, 0), "2", sign=1, notion="decoupled"),
    kkt(neuron([(1, 0)], [-1], outer=None), (0, 0), "2", sign=1, notion="decoupled"),
    kkt(STEEP, (0, 1)),
    kkt(CLIMBING, (0, 1)),
    complete(LINEAR, LINEAR_POINTS),
    complete(VEE, VEE_POINTS),
    complete(EDGE, EDGE_POINTS),
    complete(LEVEL_RAYS, LEVEL_RAYS_POINTS),
]
FALSE = [
    complete(ONE, [point((3, 4), 25, "minimum")], [HALF_CIRCLE]),
    complete(ONE, [point((3, 4), 24, "maximum")], [HALF_CIRCLE]),
    complete(ONE, [], [HALF_CIRCLE]),
    complete(ONE, [point((3, 4), 25, "maximum")]),
    complete(LEAKY_TRAINED, LEAKY_TRAINED_POINTS[:-1]),
    complete(LEAKY_TRAINED, [*LEAKY_TRAINED_POINTS, point((0, 0), 0, "saddle", 1)]),
    complete(DISAGREEING, [point((1, 1), 2, "maximum"), point((0, 1), 1, "saddle")], [DISAGREEING_FAMILY]),
    complete(DISAGREEING, [point((1, 1), 2, "maximum")], [DISAGREEING_FAMILY], "decoupled"),
    complete(DIAMOND, DIAMOND_POINTS),
    complete(DESCENDING, [DESCENDING_POINTS[0], point((0, 1), -1, "maximum"), DESCENDING_POINTS[2]], [DESCENDING_FAMILY]),
    complete(ABSOLUTE, [*ABSOLUTE_POINTS[:3], point((0, -1), 0, "saddle")]),
    complete(ABSOLUTE_TRAINED, ABSOLUTE_TRAINED_POINTS),
    complete(CANCELLED, []),
    kkt(ONE, (3, 5)),
    kkt(ONE, (3, 4), "2"),
    kkt(LEAKY, (0, 1)),
    kkt(LEAKY_TRAINED, (1, 0), "1", sign=1),
    kkt(LEAKY_TRAINED, (1, 1), "2", sign=0),
    kkt(LEAKY_TRAINED, (0, 0), "2", sign=1),
    kkt(LEAKY_TRAINED, (0, 1), "2", sign=1),
    kkt(DISAGREEING, (0, 1)),
    kkt(neuron([(0, 1), (1, 0), (-1, 0)], [1, -2, 3]), (0, 1)),  # the kink slopes are -2 and -3, w needs 0
    kkt(neuron([(1, 0)], [1], outer=None, slope="1/2"), (0, 0), "2", sign=-1, notion="decoupled"),
    kkt(neuron([(2, 1), (1, 0)], [1, -1]), (0, 1)),
    complete(NOTHING, []),
    complete(ONE_3, [point((3, 4, 0), 25, "maximum")]),
    complete(LINEAR_3, LINEAR_3_POINTS),
    complete(LINEAR_3, LINEAR_3_POINTS[1:], [LINEAR_3_FAMILY]),
    kkt(ONE_3, (3, 4, 1)),
    kkt(LINEAR_3, (1, 2, 0), "2", sign=0),
    kkt(FAR, (0, 0, 1)),
    kkt(OCTANT, (1, 2, 0)),
    complete(LEVEL_RAYS, LEVEL_RAYS_POINTS[:-1]),
]


def shown(package, statement):
    """(accepted as true, accepted as false); the name of an error that is not the checker's own instead."""
    outcome = []
    for evidence, verdict in ((ARRANGEMENT, "certified"), (WITNESS, "refuted")):
        try:
            typed = package.neuron.parse(copy.deepcopy(statement))
            outcome.append(package.arrangement.verify(typed, evidence)[0] == verdict)
        except Exception as error:
            outcome.append(type(error).__name__ != "Invalid" and repr(error))  # a mutant's Invalid is another class
    return tuple(outcome)


@pytest.mark.parametrize("statement", TRUE, ids=range(len(TRUE)))
def test_true_statements_are_shown_and_never_refuted(statement):
    assert shown(checker, statement) == (True, False)
    assert "KKT point" in neuron_statement.render(neuron_statement.parse(statement))


@pytest.mark.parametrize("statement", FALSE, ids=range(len(FALSE)))
def test_false_statements_are_refuted_and_never_shown(statement):
    assert shown(checker, statement) == (False, True)


def test_other_words_for_the_same_family_refute_nothing():
    rays = [("-4", "3"), ("-3", "-4"), ("0", "-1"), ("4", "-3")]
    same = family(rays, "flat", ([(-4, 3)], "minimum"), ([(4, -3)], "minimum"))
    assert shown(checker, complete(ONE, [point((3, 4), 25, "maximum")], [same])) == (False, False)


@pytest.mark.parametrize(
    "broken",
    [
        kkt(ONE, (0, 0)),
        kkt(ONE, (3, 4), sign=1),
        kkt(LEAKY_TRAINED, (1, 0)),
        kkt(LEAKY_TRAINED, (0, 0), sign=0),
        kkt(LEAKY_TRAINED, (1, 0), sign=2),
        kkt(neuron([(1, 0)], [1, 2]), (1, 0)),
        kkt(neuron([(1, 0, 0)], [1]), (1, 0)),
        kkt(neuron([(1, 0), (1, 0, 0)], [1, 1]), (1, 0)),
        kkt(neuron([], []), (1, 0)),
        kkt(neuron([(1,) * 13], [1]), (1,) * 13),
        kkt(neuron([(1, 0)], [1], outer="0"), (1, 0)),
        kkt(neuron([(1, 0)], [1], scale="0"), (1, 0)),
        kkt(ONE, (3, 4), notion="frechet"),
        kkt(ONE, (3, 4), comment="x"),
        complete(ONE, [point((3, 4), 25, "maximum"), point((6, 8), 25, "maximum")], [HALF_CIRCLE]),
        complete(ONE, [point((3, 4), 25, "summit")], [HALF_CIRCLE]),
        complete(ONE, [point((3, 4), 25, "maximum") | {"value_sign": 0}], [HALF_CIRCLE]),
        complete(ONE, [point((3, 4), 25, "maximum")], [family([(1, 0, 0)], "flat")]),
        complete(ONE, [point((3, 4), 25, "maximum")], [family([(1, 0)], "level")]),
    ],
    ids=range(19),
)
def test_malformed_statements_are_rejected_while_reading(broken):
    with pytest.raises(Invalid):
        neuron_statement.parse(broken)


def test_numbers_of_any_length_are_read_and_answered_in_words():
    huge = "1" + "0" * 9000
    far = neuron([(f"3{huge[1:]}", f"4{huge[1:]}")], [1])
    wrong = complete(far, [point((3, 4), 25, "maximum") | {"direction": ["1", huge]}], [HALF_CIRCLE])
    assert "bits" in neuron_statement.render(neuron_statement.parse(wrong))
    with pytest.raises(Invalid, match="no point"):
        arrangement.verify(neuron_statement.parse(wrong), ARRANGEMENT)
    assert "bits" in arrangement.verify(neuron_statement.parse(wrong), WITNESS)[1]


@functools.cache
def listed(seed, d, n, slope, outer):
    """The statement of another engine about rows with ties."""
    rng = random.Random(seed)
    X = [[rng.randint(-2, 2) for _ in range(d)] for _ in range(n)]
    found = Exact().solve(Neuron.of(X, [rng.choice((-1, 1)) for _ in X], slope=Fraction(slope), outer=outer))
    return found.complete.certificate.statement


def parts_cut(package, drawn):
    """How many parts suffice for the replay; None when as many as listed do not."""
    typed = package.neuron.parse(listed(*drawn[:-1]))
    for parts in (drawn[-1] - 1, drawn[-1]):
        try:
            package.arrangement.verify(typed, {"kind": "arrangement", "parts": parts})
        except Exception as error:
            if package.fan.MORE not in str(error):
                return None
        else:
            return parts
    return None


@pytest.mark.parametrize("drawn", DRAWN, ids=str)
def test_lists_of_the_solver_are_replayed_in_as_many_parts_as_it_takes(drawn):
    assert parts_cut(checker, drawn) == drawn[-1]


def test_what_is_too_large_to_replay_is_rejected(monkeypatch):
    assert all(shown(checker, statement)[0] for statement in TRUE)
    with pytest.raises(Invalid, match=fan.MORE):
        arrangement.verify(neuron_statement.parse(TRUE[0]), ARRANGEMENT | {"parts": 0})
    monkeypatch.setattr(neuron_statement, "MAX_BITS", 2)
    with pytest.raises(Invalid, match="common denominator"):
        neuron_statement.parse(complete(neuron([("1/3", "1/5")], [1]), []))


MUTATIONS = {
    "new rays off the cut": ("fan", "high * f - low * e", "high * f + low * e"),
    "new rays on no cut": ("fan", "= shared | new", "= new"),
    "rays on a cut stay beside it": ("fan", "on = {ray: cuts | new for ray, cuts in ends[0].items()}", "on = {}"),
    "rays on a cut do not know of it": ("fan", "on = {ray: cuts | new for ray, cuts in ends[0].items()}", "on = dict(ends[0])"),
    "every pair of rays is an edge": ("fan", "for cuts in self.rays.values()) == 2:", "for cuts in self.rays.values()) >= 2:"),
    "no pair of rays is an edge": ("fan", "for cuts in self.rays.values()) == 2:", "for cuts in self.rays.values()) == 3:"),
    "a line has one end": ("fan", "-1: {down: new - 1}}", "-1: {up: new - 1}}"),
    "the ends of a line are on no cut": ("fan", "{up: new - 1}, -1: {down: new - 1}", "{up: 0}, -1: {down: 0}"),
    "a line remains a line": ("fan", "for other in lines if other != line]", "for other in lines]"),
    "rays along a line are not moved": ("fan", "{_meet(x, up, ray): cuts", "{ray: cuts"),
    "a cone with a line is on one side": ("fan", "or any(dot(x, line) for line in self.lines) else", "else"),
    "a cone is on the side of a ray": ("fan", "None if {-1, 1} <= signs or", "None if"),
    "nothing is in the hull": ("fan", "None) is None", "None) and None"),
    "all is in the hull": ("fan", "None) is None", "None) is None or True"),
    "a gradient short of the part": ("arrangement", "low + min(a * e, b * e)", "low + max(a * e, b * e)"),
    "a gradient beyond the part": ("arrangement", "high + max(a * e, b * e)", "high + min(a * e, b * e)"),
    "walls are not faces": ("fan", "for s in (0, 1, -1)}", "for s in (1, -1)}"),
    "a half is forgotten": ("fan", "for s in (0, 1, -1)}", "for s in (0, 1)}"),
    "walls are open": ("fan", "on | ends[s] if s else on", "on | ends[s] if s else on | ends[1]"),
    "lines on their kink have no slopes": (
        "arrangement",
        "signs, strict=True) if not s]\n\n",
        "signs, strict=True) if s is None]\n\n",
    ),
    "lines without a side have no slopes": (
        "arrangement",
        "signs, strict=True) if not s]\n\n",
        "signs, strict=True) if s == 0]\n\n",
    ),
    "lines with a side have none": ("arrangement", "(lines, signs, strict=True) if s]", "(lines, signs, strict=True) if s == 1]"),
    "sides are those of the whole": ("fan", "cone.side(x) if s is None else s", "cone.side(x) if s is None else -s"),
    "zero is no multiple": ("arrangement", "{-1, 0, 1}  #", "{-1, 1}  #"),
    "no negative multiple": ("arrangement", "{-1, 0, 1}  #", "{0, 1}  #"),
    "no positive multiple": ("arrangement", "{-1, 0, 1}  #", "{-1, 0}  #"),
    "zero only where it is an end": ("arrangement", "(low <= 0 <= high, high", "(low == 0 or high == 0, high"),
    "zero not at the lower end": ("arrangement", "(low <= 0 <= high, high", "(low < 0 <= high, high"),
    "zero not at the upper end": ("arrangement", "(low <= 0 <= high, high", "(low <= 0 < high, high"),
    "zero anywhere": ("arrangement", "(low <= 0 <= high, high", "(True, high"),
    "positive only throughout": ("arrangement", "high > 0, low < 0)", "low > 0, low < 0)"),
    "negative only throughout": ("arrangement", "high > 0, low < 0)", "high > 0, high < 0)"),
    "positive anywhere": ("arrangement", "high > 0, low < 0)", "True, low < 0)"),
    "a multiple has the sign of its factor": ("arrangement", "[m * s]", "[m]"),
    "cuts have the other sign": ("fan", "(*self.cuts, (x, s))", "(*self.cuts, (x, -s * s))"),
    "cuts have no sign": ("fan", "(*self.cuts, (x, s))", "(*self.cuts, (x, 0))"),
    "cuts are not remembered": ("fan", "(*self.cuts, (x, s))", "((x, s),)"),
    "S has a sign where it changes": ("arrangement", "(min(lows) == 0 < max(lows) or", "(min(lows) <= 0 < max(lows) or"),
    "S has the other sign where it changes": (
        "arrangement",
        "or min(highs) < 0 == max(highs))",
        "or min(highs) < 0 <= max(highs))",
    ),
    "S is not zero on all of a part": ("arrangement", "(min(lows) == 0 < max(lows) or", "(min(lows) == 0 or"),
    "a trained outer weight is as a fixed one": ("arrangement", "if neuron.trained and (cone.lines", "if False and (cone.lines"),
    "the evidence allows any number of parts": ("fan", "(most := most - 1) < 0", "(most := most - 1) is None"),
    "not orthogonal": ("fan", "square * e - along * f", "square * e + along * f"),
    "a length is lost": ("fan", "int(entry * clear)", "int(entry)"),
    "rows keep their upper slope": ("arrangement", "(above if s > 0 else below, x)", "(above, x)"),
    "a kink takes only one of its slopes": ("arrangement", "max(low * dot(x, u), high * dot(x, u))", "high * dot(x, u)"),
    "the lower ends of the slopes": (
        "arrangement",
        "max(low * dot(x, u), high * dot(x, u))",
        "min(low * dot(x, u), high * dot(x, u))",
    ),
    "the end of an interval is left out": ("arrangement", "if dot(gap, u) > square", "if dot(gap, u) >= square"),
    "the wrong side of the gap": ("arrangement", "if dot(gap, u) > square", "if -dot(gap, u) > square"),
    "every face is critical": ("arrangement", "                return None", "                continue"),
    "families are not missed": ("arrangement", "if bool(families) != bool(c.families) else FAMILIES", "if False else FAMILIES"),
    "rows choose alone when they should agree": ("arrangement", "self.neuron.alone or in_hull", "True or in_hull"),
    "only the gradient itself": ("arrangement", "beyond([self.base], self.walls)", "beyond([self.base])"),
    "value ignored where a derivative vanishes": ("arrangement", "or -side)", ")"),
    "value with the wrong sign there": ("arrangement", "or -side)", "or side)"),
    "no bend along a face": ("arrangement", "else [-side]", "else []"),
    "a bend on rays": ("arrangement", "out = [] if len(self.walls) == self.neuron.d - 1 else [-side]", "out = [-side]"),
    "derivatives without the rows on their kinks": ("arrangement", "dot(self.base, u) + dot(beside, u)", "dot(self.base, u)"),
    "derivatives of these rows alone": ("arrangement", "dot(self.base, u) + dot(beside, u)", "dot(beside, u)"),
    "the wrong end of the gradient": ("arrangement", "for w in both(face.along):", "for w in [face.along]:"),
    "a gradient outside its face": ("arrangement", "all(sign(dot(x, w)) == s for x, s in zip(rows, signs, strict=True))", "True"),
    "a weak maximum is a saddle": ("arrangement", '"maximum" if max(moves) <= 0', '"maximum" if max(moves) < 0'),
    "a weak minimum is a saddle": ("arrangement", '"minimum" if min(moves) >= 0', '"minimum" if min(moves) > 0'),
    "no trade-off of norms": ("arrangement", ", -(s or 0) * side)", ")"),
    "the trade-off has the wrong sign": ("arrangement", ", -(s or 0) * side)", ", (s or 0) * side)"),
    "half the value forgotten": ("arrangement", "Fraction(s or 4, 4)", "(s or 1)"),
    "the unit of the integers forgotten": ("arrangement", "neuron.unit**2 * dot", "dot"),
    "zeros inside a face forgotten": ("arrangement", "(*straight, *cut, *(w", "(*straight, *(w"),
    "zeros on rays forgotten": ("arrangement", "for h, w in heights if h == 0)", "for h, w in heights if False)"),
    "straight lines forgotten": ("arrangement", "(*straight, *cut", "(*cut"),
    "poles forgotten": ("arrangement", "(cone or neuron.trained)", "cone"),
    "every zero is critical": ("arrangement", "if dot(gap, u) > square", "if side and dot(gap, u) > square"),
    "the lower half not reflected": ("arrangement", "kind_of(*((s or 1) * move for", "kind_of(*(move for"),
    "a vanishing outer weight forgotten": ("arrangement", "if neuron.trained and cone and (cut", "if False and (cut"),
    "a vanishing outer weight always a saddle": ("arrangement", "if moves is None or any(moves) else", "if True else"),
    "a vanishing outer weight as flat as S": ("arrangement", "if moves is None or any(moves) else", "if moves is None else"),
    "lines not divided": ("arrangement", "if len(cone) == 2 and not any", "if False and not any"),
    "ends of families listed as points": ("arrangement", " and not any(cone < other for other in zero)", ""),
    "isolated zeros are families": ("arrangement", "if len(cone) == 1 and", "if False and"),
    "opposite rows are the same": ("neuron", "if x == max(both(x)) else (-down, -up)", ""),
    "opposite rows change sign": ("neuron", "else (-down, -up)", "else (-up, -down)"),
    "the sum of segments is its sum": ("neuron", 'if notion == "decoupled" else', "if False else"),
    "a point off the gradient": ("arrangement", "hidden not in both(here.along)", "False"),
    "a point's gradient is not looked for": ("arrangement", "or here.moves(0) is None:", "or False:"),
    "a point against the gradient": ("arrangement", "not in both(here.along)", "not in [here.along]"),
    "any multiplier": ("arrangement", "if any(here.along) and c.multiplier != degree", "if False"),
    "one multiplier where N is 0": ("arrangement", "if any(here.along) and c.multiplier", "if c.multiplier"),
    "the degree of a trained neuron is 1": ("arrangement", "2 if c.trained else 1", "1"),
    "missing points pass": ("arrangement", "in [*points, *c.points] if", "in c.points if"),
    "invented points pass": ("arrangement", "in [*points, *c.points] if", "in points if"),
    "families are not compared": ("arrangement", "FAMILIES if families != c.families", "FAMILIES if False"),
    "a vanishing outer weight always passes": ("arrangement", "if dot(here.base, hidden) == 0 else", "if True else"),
    "the length of rows is lost": ("neuron", "* max(map(abs, row)) / (", "* any(row) / (0 * "),
    "the outer factor is lost": ("neuron", "up = factor * label *", "up = label *"),
    "other words for a family refute": ("arrangement", 'failure not in ("", FAMILIES)', 'failure != ""'),
}


@pytest.fixture
def mutant(tmp_path, monkeypatch):
    """A copy of the checker with one line changed."""

    def build(module, old, new):
        package = tmp_path / "mutant_checker"
        package.mkdir()
        (package / "__init__.py").touch()
        for name in ("reader", "fan", "neuron", "arrangement"):
            shutil.copy(Path(arrangement.__file__).with_name(f"{name}.py"), package)
        source = (package / f"{module}.py").read_text()
        assert source.count(old) == 1, f"{old!r} occurs {source.count(old)} times"
        (package / f"{module}.py").write_text(source.replace(old, new))
        monkeypatch.syspath_prepend(str(tmp_path))
        importlib.invalidate_caches()
        importlib.import_module("mutant_checker.arrangement")
        return sys.modules["mutant_checker"]

    yield build
    for name in [name for name in sys.modules if name.startswith("mutant_checker")]:
        del sys.modules[name]


@pytest.mark.parametrize("name", MUTATIONS)
def test_every_mutation_of_a_rule_is_noticed(name, mutant):
    package = mutant(*MUTATIONS[name])
    same_family = family([(-4, 3), (-3, -4), (0, -1), (4, -3)], "flat", ([(-4, 3)], "minimum"), ([(4, -3)], "minimum"))
    neither = complete(ONE, [point((3, 4), 25, "maximum")], [same_family])
    expected = {(True, False): TRUE, (False, True): FALSE, (False, False): [neither]}
    differs = (shown(package, statement) != outcome for outcome, statements in expected.items() for statement in statements)
    assert any(differs) or any(parts_cut(package, drawn) != drawn[-1] for drawn in DRAWN)

"""The rules of kind ``arrangement``: hand-checked true and false statements, a mutation of every rule, and tampered lists."""

from __future__ import annotations

import copy
import importlib
import importlib.util
import shutil
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from wnproof.checker import arrangement
from wnproof.checker.reader import Invalid

ARRANGEMENT, WITNESS = {"kind": "arrangement"}, {"kind": "witness"}


def neuron(X, y, slope="0", outer="1", scale="1"):
    return {"X": [[str(e) for e in row] for row in X], "y": [str(e) for e in y], "slope": slope, "outer": outer, "scale": scale}


def point(direction, signed_square, kind, sign=None):
    square = Fraction(signed_square)
    side = (square > 0) - (square < 0)
    item = {"direction": [str(e) for e in direction], "value_squared": str(abs(square)), "value_sign": side, "kind": kind}
    return item if sign is None else item | {"sign": sign}


def family(rays, dimension, kind, *boundary):
    def texts(cone):
        return [[str(e) for e in ray] for ray in cone]

    pieces = [{"rays": texts(cone), "kind": inside} for cone, inside in boundary]
    return {"rays": texts(rays), "dimension": dimension, "kind": kind, "boundary": pieces}


def complete(data, points, families=(), notion="clarke"):
    return {"says": "kkt_complete", "neuron": data, "notion": notion, "points": list(points), "families": list(families)}


def kkt(data, direction, multiplier="1", **more):
    return {"says": "kkt_point", "neuron": data, "direction": [str(e) for e in direction], "multiplier": multiplier, **more}


ONE = neuron([(3, 4)], [1])
HALF_CIRCLE = family([(-4, 3), (-3, -4), (4, -3)], 1, "flat", ([(-4, 3)], "minimum"), ([(4, -3)], "minimum"))
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
DISAGREEING_FAMILY = family([(1, -1), (-1, -1), (-1, 1)], 1, "flat", ([(1, -1)], "minimum"), ([(-1, 1)], "minimum"))
DIAMOND = neuron([(1, 0), (0, 1)], [1, 1], slope="-1", outer=None)
DIAMOND_POINTS = [
    *(point((a, b), s * Fraction(1, 2), "maximum" if s > 0 else "minimum", s) for a in (1, -1) for b in (1, -1) for s in (1, -1)),
    *(point(ray, s * Fraction(1, 4), "saddle", s) for ray in ((1, 0), (-1, 0), (0, 1), (0, -1)) for s in (1, -1)),
]
DIAMOND_POLES = [point((0, 0), 0, "minimum", 1), point((0, 0), 0, "maximum", -1)]
DESCENDING = neuron([(0, 1), (1, 0)], [-1, -1])
DESCENDING_POINTS = [point((1, 1), -2, "minimum"), point((0, 1), -1, "saddle"), point((1, 0), -1, "saddle")]
DESCENDING_FAMILY = family([(-1, 0), (0, -1)], 1, "flat", ([(-1, 0)], "maximum"), ([(0, -1)], "maximum"))
ABSOLUTE = neuron([(1, 0)], [2], slope="-1", outer="-1/2", scale="3")
ABSOLUTE_POINTS = [point((s, 0), -9, "minimum") for s in (1, -1)] + [point((0, s), 0, "maximum") for s in (1, -1)]
ABSOLUTE_TRAINED = neuron([(1, 0)], [1], slope="-1", outer=None)
ABSOLUTE_QUARTERS = [
    family([(0, t, 0), (0, 0, s)], 1, inside, ([(0, t, 0)], "saddle"), ([(0, 0, s)], inside))
    for t in (1, -1)
    for s, inside in ((1, "minimum"), (-1, "maximum"))
]
ABSOLUTE_TRAINED_POINTS = [
    point((t, 0), s * Fraction(1, 4), "maximum" if s > 0 else "minimum", s) for t in (1, -1) for s in (1, -1)
]
ONE_TRAINED = neuron([(1, 0)], [1], outer=None)
ONE_TRAINED_POINTS = [point((1, 0), "1/4", "maximum", 1), point((1, 0), "-1/4", "minimum", -1)]
ONE_TRAINED_FAMILY = family(
    [(0, 1, 0), (-1, 0, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)],
    2,
    "flat",
    *(([(0, t, 0), (0, 0, s)], inside) for t in (1, -1) for s, inside in ((1, "minimum"), (-1, "maximum"))),
    *(([(0, t, 0)], "saddle") for t in (1, -1)),
    ([(0, 0, 1)], "minimum"),
    ([(0, 0, -1)], "maximum"),
)
CANCELLED = neuron([(1, 0), (2, 0)], [2, -1])
CIRCLE = family([(1, 0), (0, 1), (-1, 0), (0, -1)], 1, "flat")
SPHERE = family([(1, 0, 0), (0, 1, 0), (-1, 0, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)], 2, "flat")
# S is negative at (0, 1), bends up on one side where its derivative vanishes and has a kink on the other: two kinds of corner
VALLEY = neuron([(0, 1), (1, 0)], [-1, 1])
PEAK = neuron([(0, 1), (1, 0)], [1, -1])
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

TRUE = [
    complete(ONE, [point((3, 4), 25, "maximum")], [HALF_CIRCLE]),
    complete(LEAKY, [point((1, 0), 1, "maximum"), point((-1, 0), "-1/4", "minimum")]),
    complete(LEAKY_TRAINED, LEAKY_TRAINED_POINTS),
    complete(DISAGREEING, [point((1, 1), 2, "maximum")], [DISAGREEING_FAMILY]),
    complete(DISAGREEING, [point((1, 1), 2, "maximum"), point((0, 1), 1, "saddle")], [DISAGREEING_FAMILY], "decoupled"),
    complete(DIAMOND, [*DIAMOND_POINTS, *DIAMOND_POLES]),
    complete(DESCENDING, DESCENDING_POINTS, [DESCENDING_FAMILY]),
    complete(ABSOLUTE, ABSOLUTE_POINTS),
    complete(ABSOLUTE_TRAINED, ABSOLUTE_TRAINED_POINTS, ABSOLUTE_QUARTERS),
    complete(ONE_TRAINED, ONE_TRAINED_POINTS, [ONE_TRAINED_FAMILY]),
    complete(CANCELLED, [], [CIRCLE]),
    complete(CANCELLED | {"outer": None}, [], [SPHERE]),
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
    complete(EDGE, EDGE_POINTS),
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
]


def shown(checker, statement):
    """(accepted as true, accepted as false); the name of an error that is not the checker's own instead."""
    outcome = []
    for rule, evidence in ((checker.verify, ARRANGEMENT), (checker.refute, WITNESS)):
        try:
            outcome.append(bool(rule(checker.parse(copy.deepcopy(statement)), evidence)))
        except Exception as error:
            outcome.append(type(error).__name__ != "Invalid" and repr(error))  # a mutant's Invalid is another class
    return tuple(outcome)


@pytest.mark.parametrize("statement", TRUE, ids=range(len(TRUE)))
def test_true_statements_are_shown_and_never_refuted(statement):
    assert shown(arrangement, statement) == (True, False)
    assert "KKT point" in arrangement.render(arrangement.parse(statement))


@pytest.mark.parametrize("statement", FALSE, ids=range(len(FALSE)))
def test_false_statements_are_refuted_and_never_shown(statement):
    assert shown(arrangement, statement) == (False, True)


def test_other_words_for_the_same_family_refute_nothing():
    rays = [("-4", "3"), ("-3", "-4"), ("0", "-1"), ("4", "-3")]
    same = family(rays, 1, "flat", ([(-4, 3)], "minimum"), ([(4, -3)], "minimum"))
    assert shown(arrangement, complete(ONE, [point((3, 4), 25, "maximum")], [same])) == (False, False)


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
        kkt(neuron([(1, 0)], [1], outer="0"), (1, 0)),
        kkt(neuron([(1, 0)], [1], scale="0"), (1, 0)),
        kkt(ONE, (3, 4), notion="frechet"),
        kkt(ONE, (3, 4), comment="x"),
        complete(ONE, [point((3, 4), 25, "maximum"), point((6, 8), 25, "maximum")], [HALF_CIRCLE]),
        complete(ONE, [point((3, 4), 25, "summit")], [HALF_CIRCLE]),
        complete(ONE, [point((3, 4), 25, "maximum") | {"value_sign": 0}], [HALF_CIRCLE]),
        complete(ONE, [point((3, 4), 25, "maximum")], [HALF_CIRCLE, HALF_CIRCLE]),
    ],
    ids=range(15),
)
def test_malformed_statements_are_rejected_while_reading(broken):
    with pytest.raises(Invalid):
        arrangement.parse(broken)


def test_numbers_of_any_length_are_read_and_answered_in_words():
    huge = "1" + "0" * 9000
    far = neuron([(f"3{huge[1:]}", f"4{huge[1:]}")], [1])
    wrong = complete(far, [point((3, 4), 25, "maximum") | {"direction": ["1", huge]}], [HALF_CIRCLE])
    assert "bits" in arrangement.render(arrangement.parse(wrong))
    with pytest.raises(Invalid, match="no isolated point"):
        arrangement.verify(arrangement.parse(wrong), ARRANGEMENT)
    assert "bits" in arrangement.refute(arrangement.parse(wrong), WITNESS)


def test_what_is_too_large_to_replay_is_rejected(monkeypatch):
    monkeypatch.setattr(arrangement, "MAX_EVENTS", 1)
    with pytest.raises(Invalid, match="at most 1"):
        arrangement.verify(arrangement.parse(TRUE[0]), ARRANGEMENT)
    monkeypatch.setattr(arrangement, "MAX_BITS", 2)
    with pytest.raises(Invalid, match="common denominator"):
        arrangement.parse(complete(neuron([("1/3", "1/5")], [1]), []))


MUTATIONS = {
    "a kink takes only one of its slopes": ("circle", "return low <= 0 <= high", "return low == 0"),
    "the end of an interval is left out": ("circle", "return low <= 0 <= high", "return low < 0 < high or low == high == 0"),
    "every ray is critical": ("circle", "return low <= 0 <= high", "return True"),
    "rows agree when they should choose alone": (
        "circle",
        "        if alone:\n            kinks",
        "        if False:\n            kinks",
    ),
    "rows choose alone when they should agree": (
        "circle",
        "        if alone:\n            kinks",
        "        if True:\n            kinks",
    ),
    "no critical direction inside an arc": ("circle", "for w in (gradient, minus(gradient), turn", "for w in (turn"),
    "the wrong end of the gradient": ("circle", "for w in (gradient, minus(gradient), ", "for w in (gradient, "),
    "value ignored where a derivative vanishes": (
        "circle",
        "sign(-dot(self.before, t)) or -sign(self.value)",
        "sign(-dot(self.before, t))",
    ),
    "value ignored on the other side": (
        "circle",
        "sign(dot(self.after, t)) or -sign(self.value)",
        "sign(dot(self.after, t)) or sign(self.value)",
    ),
    "isolated zeros on rays forgotten": ("neuron", "case True, False, 0:", "case True, False, 0 if not c.rows:"),
    "isolated zeros in arcs forgotten": ("circle", ", turn(gradient), minus(turn(gradient))):", "):"),
    "a row is crossed without its lower slope": ("circle", "(row.slope(z) - row.slope(-z), row.x)", "(row.slope(z), row.x)"),
    "the sweep starts on the wrong side": ("circle", "corner(rows, order[0]).before", "corner(rows, order[0]).after"),
    "parallel rows keep one": ("circle", "at.setdefault(ray, []).append(row)", "at[ray] = [row]"),
    "a weak maximum is a saddle": ("neuron", 'return "maximum" if max(moves) <= 0', 'return "maximum" if max(moves) < 0'),
    "the origin is always critical": ("circle", "return any(across < 0", "return True or any(across < 0"),
    "the origin is never critical": ("circle", "return any(across < 0", "return False and any(across < 0"),
    "opposite gradients do not meet": ("circle", "and along <= 0)", "and along < 0 and False)"),
    "the sum of segments is never critical": ("circle", "return all(corner.value >= 0", "return all(corner.value > 0"),
    "the sum of segments takes one end": (
        "circle",
        "max(row.up, row.down), min(row.up, row.down)",
        "min(row.up, row.down), max(row.up, row.down)",
    ),
    "a segment is its row": ("circle", "max(row.up, row.down), min(row.up, row.down)", "row.up, row.down"),
    "a point's kink takes the forward slope": ("circle", "low, high = min(fall, rise), max", "low, high = rise, max"),
    "a point's rows choose alone": ("arrangement", "if not here.critical(neuron.alone)", "if not here.critical(True)"),
    "a point's rows agree": ("arrangement", "if not here.critical(neuron.alone)", "if not here.critical(False)"),
    "a point's gradient is the one behind it": ("circle", "total(before), total(after)", "total(before), total(before)"),
    "no trade-off of norms": ("neuron", ", -s * side)", ")"),
    "the trade-off has the wrong sign": ("neuron", ", -s * side)", ", s * side)"),
    "half the value forgotten": ("neuron", "s * square / 4", "s * square / 2"),
    "poles forgotten": ("neuron", "if not families and origin_is_critical", "if False and origin_is_critical"),
    "poles beside families": ("neuron", "if not families and origin_is_critical", "if origin_is_critical"),
    "the ends of zero arcs listed as points": ("neuron", "if (0, 0) not in (c.before, c.after))", "if True)"),
    "zero arcs forgotten": ("neuron", "if start.after == (0, 0) != start.before:", "if False:"),
    "half circles without their middle": ("neuron", "if end.w == minus(start.w) else", "if False else"),
    "quarter circles not reflected": ("neuron", "kind_of(*(p[2] * move for", "kind_of(*(move for"),
    "the unit of the integers forgotten": ("neuron", "neuron.unit**2 * (", "("),
    "any multiplier": ("arrangement", "here.value == 0 or statement.multiplier == degree", "True"),
    "the degree of a trained neuron is 1": ("arrangement", "2 if neuron.trained else 1\n", "1\n"),
    "missing points pass": ("arrangement", "in [*points, *statement.points]:", "in statement.points:"),
    "invented points pass": ("arrangement", "in [*points, *statement.points]:", "in points:"),
    "families are not compared": ("arrangement", "if families == statement.families", "if True"),
    "a vanishing outer weight always passes": (
        "arrangement",
        'return "" if here.value == 0 else',
        'return "" if True else',
    ),
    "the length of rows is lost": ("arrangement", "max(map(abs, row)) / max(map(abs, x))", "1"),
    "the outer factor is lost": ("arrangement", "(x, factor * label *", "(x, label *"),
    "other words for a family refute": ("arrangement", "if failure == FAMILIES and", "if False and"),
}


@pytest.fixture
def mutant(tmp_path, monkeypatch):
    """A copy of the checker with one line changed."""

    def build(module, old, new):
        package = tmp_path / "mutant_checker"
        package.mkdir()
        (package / "__init__.py").touch()
        for name in ("reader", "circle", "neuron", "arrangement"):
            shutil.copy(Path(arrangement.__file__).with_name(f"{name}.py"), package)
        source = (package / f"{module}.py").read_text()
        assert source.count(old) == 1, f"{old!r} occurs {source.count(old)} times"
        (package / f"{module}.py").write_text(source.replace(old, new))
        monkeypatch.syspath_prepend(str(tmp_path))
        importlib.invalidate_caches()
        return importlib.import_module("mutant_checker.arrangement")

    yield build
    for name in [name for name in sys.modules if name.startswith("mutant_checker")]:
        del sys.modules[name]


@pytest.mark.parametrize("name", MUTATIONS)
def test_every_mutation_of_a_rule_is_noticed(name, mutant):
    checker = mutant(*MUTATIONS[name])
    same_family = family([(-4, 3), (-3, -4), (0, -1), (4, -3)], 1, "flat", ([(-4, 3)], "minimum"), ([(4, -3)], "minimum"))
    neither = complete(ONE, [point((3, 4), 25, "maximum")], [same_family])
    expected = [(True, False)] * len(TRUE) + [(False, True)] * len(FALSE) + [(False, False)]
    assert [shown(checker, statement) for statement in (*TRUE, *FALSE, neither)] != expected

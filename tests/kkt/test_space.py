"""The exact list with any number of inputs: against brute force, a reference case by hand-checked numbers, and iris."""

from __future__ import annotations

import csv
import json
import random
from fractions import Fraction
from importlib.resources import files

import pytest

from tests.kkt import bruteforce_space as bruteforce
from wnproof.certificate import canonical, check
from wnproof.errors import WnproofError
from wnproof.kkt.arrangement import neuron_kkt_points
from wnproof.kkt.neuron import Neuron
from wnproof.kkt.points import clarke, decoupled
from wnproof.verdict import Rigor

KINDS = ("maximum", "minimum", "saddle", "flat")


def random_data(seed):
    """Small integers full of ties: duplicate, opposite, dependent and zero rows, zero labels, columns of zeros."""
    rng = random.Random(seed)
    d = rng.choice((1, 3, 3, 3, 4))
    n = rng.choice((2, 3, 4, 5) if d < 4 else (2, 3))
    largest = rng.choice((1, 1, 2))
    X = [[rng.randint(-largest, largest) for _ in range(d)] for _ in range(n)]
    if rng.random() < 0.3:
        X[1] = [-e for e in X[0]]
    if n > 2 and rng.random() < 0.5:
        X[2] = [a + b for a, b in zip(X[0], X[1], strict=True)]
    if d > 1 and rng.random() < 0.2:
        X = [[*row[:-1], 0] for row in X]
    y = [rng.choice((-2, -1, -1, 0, 1, 1, 2)) for _ in range(n)]
    y[0], X[0][0] = y[0] or 1, X[0][0] or 1
    return X, y, rng.choice((Fraction(0), Fraction(0), Fraction(1, 10), Fraction(1, 2), Fraction(-1)))


@pytest.mark.parametrize("trained", [False, True], ids=["fixed", "trained"])
@pytest.mark.parametrize("notion", [clarke, decoupled], ids=str)
@pytest.mark.parametrize("block", range(6))
def test_lists_equal_brute_force(block, notion, trained):
    for seed in range(10 * block, 10 * block + 10):
        X, y, slope = random_data(seed)
        kkt = neuron_kkt_points(Neuron.of(X, y, slope=slope, outer=None if trained else 1), notion)
        assert bruteforce.described(kkt, X, y) == bruteforce.kkt(X, y, slope, notion is decoupled, trained), (seed, X, y, slope)
        assert kkt.complete.rigor is Rigor.CERTIFIED


# direction, value squared, kind and slopes on kinks of all KKT points of 8 rows with slope 1/10: found by 3^8 sign vectors
X8 = [[2, -5, 9], [8, -8, -6], [-6, -6, 2], [-3, 0, -5], [9, 3, 3], [-7, -6, 8], [-3, 7, 5], [-9, -1, 1]]
Y8 = [-1, -3, 2, -2, -1, -1, -2, -1]
EXPECTED = {
    (-2594, 2897, 909): ("-419677/950", "minimum", {2: "687/760"}),
    (-1017, -1443, 568): ("-41941/2050", "saddle", {1: "107/492"}),
    (-631, 319, -936): ("-72422/475", "minimum", {2: "39/76"}),
    (-154, 967, 2439): ("-363554/475", "minimum", {2: "12/19"}),
    (-20, -29, 12): ("-2832489/138500", "maximum", {1: "4522/20775", 3: "27489/27700"}),
    (-17, -14, -4): ("-737881/50100", "maximum", {0: "11599/15030", 1: "4924/22545"}),
    (-13, 5, -24): ("-1441602/9625", "saddle", {1: "1651/11550", 2: "3873/7700"}),
    (-11, 6, -15): ("-58081/382", "saddle", {2: "7739/15280", 6: "1041/7640"}),
    (-5, 6, 3): ("-3031081/7000", "saddle", {2: "3683/4200", 3: "3121/4200"}),
    (1, 13, -16): ("-543169/10650", "maximum", {1: "1093/2556", 4: "1621/6390"}),
    (13, -5, 24): ("-9715689/19250", "saddle", {1: "11537/23100", 2: "327/1925"}),
    (25, -17, -15): ("-44036496/28475", "maximum", {0: "19/134", 3: "1197/2278"}),
    (131, -98, -113): ("-39534/25", "minimum", {}),
    (334, -241, -55): ("-86331/50", "minimum", {}),
    (355, -238, -213): ("-657286/425", "saddle", {3: "42/85"}),
    (2988, -2421, -2009): ("-855703/550", "saddle", {0: "32/55"}),
}


def test_a_reference_case():
    kkt = neuron_kkt_points(Neuron.of(X8, Y8, slope="1/10"))
    found = {tuple(map(int, p.direction)): (p.value_squared * (1 if p.value > 0 else -1), p.kind.value, p.slopes) for p in kkt}
    expected = {
        w: (Fraction(square), kind, {row: Fraction(slope) for row, slope in slopes.items()})
        for w, (square, kind, slopes) in EXPECTED.items()
    }
    assert found == expected
    assert kkt.complete.rigor is Rigor.CERTIFIED
    assert all(p.verdict.rigor is Rigor.CERTIFIED for p in kkt)


@pytest.mark.parametrize("notion", [clarke, decoupled], ids=str)
@pytest.mark.parametrize("seed", range(20))
def test_the_slopes_give_a_gradient_parallel_to_the_point(seed, notion):
    X, y, slope = random_data(seed)
    for point in neuron_kkt_points(Neuron.of(X, y, slope=slope), notion):
        d = point.direction
        gradient = [Fraction(0)] * len(d)
        for index, (x, label) in enumerate(zip(X, y, strict=True)):
            z = bruteforce.dot(x, d)
            if z == 0 and any(x) and label:
                assert min(slope, 1) <= point.slopes[index] <= 1
            else:
                assert index not in point.slopes
            taken = point.slopes.get(index, Fraction(1) if z > 0 else slope)
            gradient = [g + label * taken * e for g, e in zip(gradient, x, strict=True)]
        multiplier = bruteforce.dot(gradient, d) / bruteforce.dot(d, d)
        assert gradient == [multiplier * e for e in d]
        assert multiplier**2 * bruteforce.dot(d, d) == point.value_squared


def iris(columns, species, slope):
    table = csv.DictReader(files("wnproof").joinpath("model/iris.csv").read_text().splitlines())
    rows = [row for row in table if row["species"] in species][::4]
    X = [[row[name] for name in columns] for row in rows]
    return Neuron.of(X, [1 if row["species"] == species[0] else -1 for row in rows], slope=slope)


def test_iris_with_three_features():
    kkt = neuron_kkt_points(iris(("sepal_length", "sepal_width", "petal_length"), ("setosa", "versicolor"), "1/10"))
    assert kkt.complete.rigor is Rigor.CERTIFIED
    assert sum(p.kind.value == "maximum" for p in kkt) >= 1


def test_too_many_faces_are_named():
    rng = random.Random(0)
    X = [[rng.randint(-99, 99) for _ in range(7)] for _ in range(150)]
    with pytest.raises(WnproofError, match="E-VALUE.*faces"):
        neuron_kkt_points(Neuron.of(X, [1] * 150))


def changed(statement, rng):
    """The statement with one thing about its points or cones altered so that it is certainly false, and what it is."""
    points, cones = statement["points"], statement["families"]
    what = rng.choice([*(["drop", "kind", "value", "turn"] if points else []), *(["cone", "cone kind"] if cones else []), "new"])
    if what == "drop":
        points.pop(rng.randrange(len(points)))
    elif what == "kind":
        point = rng.choice(points)
        point["kind"] = rng.choice([kind for kind in KINDS if kind != point["kind"]])
    elif what == "value":
        point = rng.choice(points)
        point["value_squared"], point["value_sign"] = str(Fraction(point["value_squared"]) + 1), point["value_sign"] or 1
    elif what == "turn":
        direction = rng.choice(points)["direction"]
        direction[0] = str(Fraction(direction[0]) + Fraction(1, 97))
    elif what == "cone":
        cones.pop(rng.randrange(len(cones)))
    elif what == "cone kind":
        cone = rng.choice(cones)
        cone["kind"] = rng.choice([kind for kind in KINDS if kind != cone["kind"]])
    else:
        size = len(statement["neuron"]["X"][0])
        new = {"direction": ["101", *["7"] * (size - 1)], "value_squared": "1", "value_sign": 1, "kind": "saddle"}
        points.append(new if statement["neuron"]["outer"] else {**new, "sign": 1})
    return what


@pytest.mark.parametrize("trained", [False, True], ids=["fixed", "trained"])
def test_changed_lists_are_rejected_and_right_ones_never_refuted(trained):
    seen = set()
    for seed in range(40):
        X, y, slope = random_data(seed)
        if len(X[0]) == 1:
            continue
        kkt = neuron_kkt_points(Neuron.of(X, y, slope=slope, outer=None if trained else 1))
        certificate = json.loads(kkt.complete.certificate.data)
        refutation = {"verdict": "refuted", "evidence": {"kind": "witness"}}
        assert accepted(certificate)
        assert not accepted({**certificate, **refutation})
        what = changed(certificate["statement"], random.Random(seed))
        assert not accepted(certificate), (seed, what)
        assert accepted({**certificate, **refutation}) or what in ("cone", "cone kind")
        seen.add(what)
    assert len(seen) >= 5


def accepted(certificate):
    try:
        return bool(check(canonical(certificate)).certificate)
    except WnproofError as error:
        if not error.code.startswith("E-CERT"):
            raise
        return False

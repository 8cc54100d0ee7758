"""Degrees and conservation laws: tables of what is true, proved for all widths; nothing for what has none."""

from __future__ import annotations

from fractions import Fraction

import pytest

from wnproof.derive.conservation import conservation_laws, law_text
from wnproof.derive.homogeneity import homogeneity
from wnproof.model.activations import absolute, leaky_relu, linear, polynomial_relu, relu, tanh
from wnproof.model.network import Network
from wnproof.model.normalizations import exponential_weight_norm, plain, weight_norm
from wnproof.verdict import Rigor


@pytest.mark.parametrize("p", [1, 2, 3])
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_degrees_by_depth_and_power(depth, p):
    """Joint (p^D - 1)/(p - 1), layer l: p^(D - l)."""
    net = Network((2,) + (3,) * (depth - 1) + (1,), polynomial_relu(p, "1/10"))
    found = homogeneity(net)
    assert found.degree == sum(p**k for k in range(depth))
    assert found.by_block == {f"W{k}": p ** (depth - k) for k in range(1, depth + 1)}
    assert all(isinstance(d, Fraction) for d in found.by_block.values())
    assert found.verdict.rigor is Rigor.PROVED
    assert "all widths" in str(found.verdict.scope)


DEGREES = {
    "SWN": (Network((3, 4, 1), polynomial_relu(2), normalization=weight_norm), 3, {"V1": 0, "g1": 2, "W2": 1}),
    "EWN": (Network((3, 4, 1), relu, normalization=exponential_weight_norm), None, {"V1": 0, "a1": None, "W2": 1}),
    "SWN in both layers": (
        Network((3, 4, 2), relu, normalization=(weight_norm, weight_norm)),
        2,
        {"V1": 0, "g1": 1, "V2": 0, "g2": 1},
    ),
    "first bias": (Network((3, 4, 1), relu, bias=True), 2, {"W1": None, "b1": None, "W2": 1}),
    "output bias": (Network((3, 4, 1), relu, bias=(False, True)), None, {"W1": None, "W2": None, "b2": None}),
    "bias in a deep layer": (
        Network((3, 4, 4, 1), relu, bias=(False, True, False)),
        None,
        {"W1": None, "W2": None, "b2": None, "W3": 1},
    ),
    "tanh": (Network((3, 4, 1), tanh), None, {"W1": None, "W2": 1}),
    "absolute": (Network((3, 4, 1), absolute), 2, {"W1": 1, "W2": 1}),
    "fixed outer layer": (Network((3, 4, 1), polynomial_relu(2), fixed={"W2": None}), 2, {"W1": 2}),
    "several outputs and a scale": (Network((3, 4, 5), relu, scale="1/3"), 2, {"W1": 1, "W2": 1}),
}


@pytest.mark.parametrize("name", DEGREES)
def test_degrees(name):
    net, joint, blocks = DEGREES[name]
    found = homogeneity(net)
    assert (found.degree, found.by_block) == (joint, blocks)
    assert found.verdict.rigor is (Rigor.PROVED if any(d is not None for d in (joint, *blocks.values())) else Rigor.UNDECIDED)
    assert ("none" in repr(found)) == (None in (joint, *blocks.values()))


LAWS = {
    "plain": (Network((3, 4, 1), relu), ["|W1[j]|^2 - |W2[j]|^2 for every index j of axis h1"]),
    "squared": (Network((3, 4, 1), polynomial_relu(2)), ["|W1[j]|^2 - 2 |W2[j]|^2 for every index j of axis h1"]),
    "three layers": (
        Network((3, 4, 5, 2), leaky_relu("1/10")),
        ["|W1[j]|^2 - |W2[j]|^2 for every index j of axis h1", "|W2[j]|^2 - |W3[j]|^2 for every index j of axis h2"],
    ),
    "bias": (Network((3, 4, 1), relu, bias=True), ["|W1[j]|^2 + |b1[j]|^2 - |W2[j]|^2 for every index j of axis h1"]),
    "output bias": (Network((3, 4, 1), relu, bias=(False, True)), ["|W1[j]|^2 - |W2[j]|^2 for every index j of axis h1"]),
    "SWN": (
        Network((3, 4, 1), polynomial_relu(3), normalization=weight_norm),
        ["|V1[j]|^2 for every index j of axis h1", "|g1[j]|^2 - 3 |W2[j]|^2 for every index j of axis h1"],
    ),
    "SWN with bias": (
        Network((3, 4, 1), relu, normalization=weight_norm, bias=True),
        ["|V1[j]|^2 for every index j of axis h1", "|g1[j]|^2 + |b1[j]|^2 - |W2[j]|^2 for every index j of axis h1"],
    ),
    "EWN": (
        Network((3, 4, 1), relu, normalization=exponential_weight_norm),
        ["|V1[j]|^2 for every index j of axis h1", "- |W2[j]|^2 + 2 sum a1[j] for every index j of axis h1"],
    ),
    "both normalized": (
        Network((3, 4, 2), relu, normalization=(weight_norm, weight_norm)),
        ["|V1[j]|^2 for every index j of axis h1", "|V2[j]|^2 for every index j of axis o", "|g1|^2 - |g2|^2"],
    ),
    "SWN above EWN": (
        Network((3, 4, 2), relu, normalization=(exponential_weight_norm, weight_norm)),
        ["|V1[j]|^2 for every index j of axis h1", "|V2[j]|^2 for every index j of axis o", "- |g2|^2 + 2 sum a1"],
    ),
    "plain above SWN above plain": (
        Network((3, 4, 4, 1), relu, normalization=(plain, weight_norm, plain)),
        [
            "|V2[j]|^2 for every index j of axis h2",
            "|W1|^2 - |g2|^2",
            "|g2[j]|^2 - |W3[j]|^2 for every index j of axis h2",
        ],
    ),
    "linear": (Network((3, 4, 1), linear), ["<W1[j], W1[k]> - <W2[j], W2[k]> for all indices j, k of axis h1"]),
    "linear with biases": (
        Network((3, 4, 5, 2), linear, bias=(True, True, True)),
        [
            "<W1[j], W1[k]> + <b1[j], b1[k]> - <W2[j], W2[k]> for all indices j, k of axis h1",
            "<W2[j], W2[k]> + <b2[j], b2[k]> - <W3[j], W3[k]> for all indices j, k of axis h2",
        ],
    ),
    "linear and normalized below": (
        Network((3, 4, 1), linear, normalization=weight_norm),
        ["|V1[j]|^2 for every index j of axis h1", "|g1[j]|^2 - |W2[j]|^2 for every index j of axis h1"],
    ),
    "frozen directions": (
        Network((3, 4, 1), relu, normalization=weight_norm, fixed={"V1": None}),
        ["|g1[j]|^2 - |W2[j]|^2 for every index j of axis h1"],
    ),
}


@pytest.mark.parametrize("name", LAWS)
def test_laws_are_found_and_proved(name):
    net, wanted = LAWS[name]
    found = conservation_laws(net)
    assert [law_text(law) for law in found.laws] == wanted
    assert found.count == len(wanted)
    assert found.verdict.rigor is Rigor.PROVED
    assert all(text in repr(found) for text in wanted)


NUMBERS = [
    (Network((2, 3, 2), linear), 6),
    (Network((2, 2, 2), linear), 3),
    (Network((2, 5, 2), linear), 14),  # not 15: both factors have rank 2, so the matrix of five neurons has rank 4 at most
    (Network((3, 2, 4, 2), linear), 13),
    (Network((2, 2, 2, 1), linear), 6),
    (Network((2, 2, 2), linear, bias=(True, True)), 3),
    (Network((3, 4, 2), relu), 4),
    (Network((3, 8, 1), relu), 8),
    (Network((2, 3, 3, 1), relu), 6),
    (Network((2, 2, 1), relu, normalization=weight_norm), 4),
    (Network((3, 2, 2), linear, normalization=exponential_weight_norm), 4),
    (Network((2, 2, 2, 1), relu, normalization=exponential_weight_norm), 7),
    (Network((2, 3, 1), tanh), 0),
]


@pytest.mark.parametrize(("net", "number"), NUMBERS, ids=str)
def test_independent_laws_are_counted(net, number):
    laws = conservation_laws(net)
    assert (laws.independent, laws.most) == (number, number)
    assert laws.complete.rigor is Rigor.PROVED
    assert laws.complete.certificate.statement["count"] == number
    if number:
        assert laws.enough.rigor is Rigor.REFUTED
        assert laws.enough.certificate.statement["count"] == number - 1


@pytest.mark.parametrize("name", LAWS)
def test_the_laws_that_are_found_are_all_there_are(name):
    found = conservation_laws(LAWS[name][0])
    if found.net.size <= 20:
        assert found.complete.rigor is Rigor.PROVED


def test_bounds_that_do_not_meet_are_said_to():
    twins = conservation_laws(Network((2, 2, 1), relu, fixed={"W1": [[1, 0], [1, 0]]}))  # the difference of W2 is constant too
    assert (twins.independent, twins.most) == (0, 1)
    assert "at most 1 (rank in floats, without a certificate): the bounds do not meet" in twins.complete.reason
    assert conservation_laws(Network((2, 2, 1), relu, fixed={"W1": [[1, 0], [2, 1]]})).most == 0
    assert conservation_laws(Network((2, 2, 1), relu, fixed={"W1": [[1, 0], [2, 1]]})).complete.rigor is Rigor.PROVED


NONE = {
    "tanh": Network((3, 4, 1), tanh),
    "one layer": Network((3, 1), relu),
    "fixed outer layer": Network((3, 4, 1), relu, fixed={"W2": None}),
    "fixed inner layer": Network((3, 4, 1), relu, fixed={"W1": None}),
}


@pytest.mark.parametrize("name", NONE)
def test_networks_without_a_scaling_symmetry_have_no_laws(name):
    found = conservation_laws(NONE[name])
    assert found.laws == ()
    assert found.verdict.rigor is Rigor.UNDECIDED


def test_a_normalized_tanh_network_keeps_its_directions_alone():
    found = conservation_laws(Network((3, 4, 1), tanh, normalization=weight_norm))
    assert [law_text(law) for law in found.laws] == ["|V1[j]|^2 for every index j of axis h1"]
    assert found.verdict.rigor is Rigor.PROVED

"""Kind "vector": true identities in every dimension, false ones that hold in few, and what is not invariant."""

from __future__ import annotations

from itertools import pairwise

import pytest
import sympy as sp

from wnproof.certificate import settle
from wnproof.claims.statements import flow_is
from wnproof.derive.flow import gradient_flow
from wnproof.graph.nodes import add, argument, contract, leaf, multiply, ones, pointwise
from wnproof.graph.statement import Equal
from wnproof.model.activations import linear, relu
from wnproof.model.network import Network
from wnproof.model.normalizations import exponential_weight_norm, weight_norm
from wnproof.prove.decide import decide
from wnproof.verdict import Rigor

a, b = argument(0), argument(1)
u, v, w = (leaf(name, ("k",)) for name in "uvw")


def dot(x, y):
    return contract((x, y), ())


def gram(*vectors):
    """The Gram determinant, which vanishes in dimensions below the number of vectors."""
    entries = [[dot(x, y) for y in vectors] for x in vectors]
    n = len(vectors)
    symbols = sp.Matrix(n, n, [argument(k) for k in range(n * n)])
    return pointwise(symbols.det(), *(entries[i][j] for i in range(n) for j in range(n)))


def shown(statement, *axes):
    """The verdict when the identity is shown by cells at its size and widened over the axes."""
    proof = decide(statement)
    assert proof.rigor is Rigor.PROVED
    evidence = proof.certificate.evidence
    cells = evidence["of"] if evidence["kind"] == "vector" else evidence
    return settle(statement.encode(), {"kind": "vector", "axes": list(axes), "of": cells})


def test_lagrange_identity_in_every_dimension():
    """|(u, u) v - (u, v) u|^2 = (u, u) ((u, u)(v, v) - (u, v)^2)."""
    across = add([pointwise(a * b, dot(u, u), v), multiply(-1, pointwise(a * b, dot(u, v), u))])
    right = pointwise(a * (a * b - argument(2) ** 2), dot(u, u), dot(v, v), dot(u, v))
    verdict = shown(Equal(dot(across, across), right, {"k": 2}), "k")
    assert verdict.rigor is Rigor.PROVED
    assert str(verdict.scope).startswith("any k, shown at k=2")


@pytest.mark.parametrize("normalization", [weight_norm, exponential_weight_norm], ids=repr)
def test_induced_flows_in_every_dimension(normalization):
    flow = gradient_flow(Network((2, 1), linear, normalization=(normalization,))).effective()
    verdict = decide(flow_is(flow, {"W1": flow.velocity[0]}))
    assert verdict.rigor is Rigor.PROVED
    assert "any h0" in str(verdict.scope)


def test_a_relu_flow_with_its_kinks_in_every_input_dimension():
    flow = gradient_flow(Network((2, 1, 1), relu))
    assert "any h0" in str(decide(flow_is(flow, flow.velocity, samples=1)).scope)
    assert "any h0" not in str(decide(flow_is(flow, flow.velocity, samples=2)).scope)


@pytest.mark.parametrize("n", [2, 3])
def test_true_in_small_dimensions_only(n):
    """n vectors are dependent in dimension n - 1: the Gram determinant vanishes there and in no larger dimension."""
    vectors = (u, v, w)[:n]
    statement = Equal(gram(*vectors), pointwise(sp.S.Zero), {"k": n - 1})
    verdict = shown(statement, "k")
    assert verdict.rigor is Rigor.UNDECIDED
    assert f"{n} vectors along k need size {n} at least, it is {n - 1}" in verdict.reason
    assert decide(Equal(gram(*vectors), pointwise(sp.S.Zero), {"k": n})).rigor is Rigor.REFUTED


REFUSED = {
    "a sum of entries": Equal(contract((u,), ()), contract((u,), ()), {"k": 3}),
    "a product of entries": Equal(pointwise(a * b, u, v), pointwise(a * b, u, v), {"k": 3}),
    "a square of entries": Equal(pointwise(a**2, u), pointwise(a**2, u), {"k": 3}),
    "three factors in one sum": Equal(contract((u, v, w), ()), contract((u, v, w), ()), {"k": 4}),
    "a scalar added to a vector": Equal(pointwise(a + b, leaf("s"), u), pointwise(a + b, leaf("s"), u), {"k": 3}),
    "a relation between entries": Equal(dot(u, u), dot(u, u), {"k": 2}, ((">", u),)),
    "the vector of ones": Equal(contract((ones("k"), ones("k")), ()), contract((ones("k"), ones("k")), ()), {"k": 3}),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_not_rotation_invariant_is_not_widened(what):
    assert shown(REFUSED[what], "k").rigor is Rigor.UNDECIDED


def test_two_axes_of_one_leaf_are_not_free_together():
    matrix = leaf("M", ("j", "k"))
    square = contract((matrix, matrix), ())
    statement = Equal(square, square, {"j": 2, "k": 2})
    assert shown(statement, "k").rigor is Rigor.PROVED
    assert shown(statement, "j").rigor is Rigor.PROVED
    assert shown(statement, "j", "k").rigor is Rigor.UNDECIDED


@pytest.mark.parametrize("axes", [[], ["k", "k"], ["nowhere"], [1], "k"])
def test_malformed_axes(axes):
    statement = Equal(dot(u, v), dot(v, u), {"k": 2})
    cells = decide(statement).certificate.evidence["of"]
    assert settle(statement.encode(), {"kind": "vector", "axes": axes, "of": cells}).rigor is Rigor.UNDECIDED
    assert settle(statement.encode(), {"kind": "vector", "axes": ["k"], "of": {"kind": "gauge"}}).rigor is Rigor.UNDECIDED


def test_widening_is_monotone_in_the_size():
    statement = [Equal(dot(u, v), dot(v, u), {"k": n}) for n in (1, 2, 3)]
    verdicts = [shown(s, "k").rigor is Rigor.PROVED for s in statement]
    assert verdicts == [False, True, True]
    assert all(later or not earlier for earlier, later in pairwise(verdicts))

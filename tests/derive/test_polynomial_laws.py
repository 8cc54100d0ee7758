"""Polynomial laws: the sampled conditions leave the products of the laws of symmetries, and what symmetries miss is noticed."""

from __future__ import annotations

import pytest
import sympy as sp

import wnproof as wn
from wnproof.graph.expand import expand
from wnproof.model.network import SAMPLES
from wnproof.verdict import Rigor

NETS = {
    "linear": (wn.Network((2, 2, 2), wn.linear), {1: 0, 2: 3, 3: 3, 4: 9}),
    "wide linear": (wn.Network((2, 3, 2), wn.linear), {2: 6}),
    "relu": (wn.Network((2, 2, 1), wn.relu), {2: 2, 3: 2, 4: 5}),
    "leaky": (wn.Network((2, 2, 1), wn.leaky_relu("1/10")), {2: 2}),
    "squared": (wn.Network((2, 2, 1), wn.polynomial_relu(2)), {3: 2}),
    "bias": (wn.Network((2, 2, 1), wn.relu, bias=True), {2: 2}),
    "swn": (wn.Network((2, 2, 1), wn.relu, normalization=wn.weight_norm), {2: 4}),
    "swn in both layers": (wn.Network((2, 2, 1), wn.relu, normalization=(wn.weight_norm, wn.weight_norm)), {2: 4}),
    "ewn": (wn.Network((2, 2, 1), wn.relu, normalization=wn.exponential_weight_norm), {2: 4}),
    "deep swn": (wn.Network((2, 2, 2, 1), wn.linear, normalization=wn.weight_norm), {2: 7}),
}


@pytest.mark.parametrize("name", NETS)
def test_the_products_of_known_laws_are_all(name):
    net, wanted = NETS[name]
    for degree, dimension in wanted.items():
        found = wn.conservation_laws(net).polynomials(degree)
        assert (found.known, found.most) == (dimension, dimension)
        assert (found.verdict.rigor, found.verdict.grade) == (Rigor.CERTIFIED, "computed")


def test_an_independent_count_over_q():
    """Quadratic laws of 2-2-2 as the null space of SymPy's own coefficients."""
    net = wn.Network((2, 2, 2), wn.linear)
    sizes = {**net.sizes, SAMPLES: 1}
    f = list(expand(net.output.node, sizes).ravel())
    theta = [s for name in ("W1", "W2") for s in net.symbols(name).reshape(4)]
    unknown = [(a * b, sp.Dummy()) for k, a in enumerate(theta) for b in theta[k:]] + [(a, sp.Dummy()) for a in theta]
    law = sum(c * m for m, c in unknown)
    rates = [sp.expand(sum(law.diff(t) * e.diff(t) for t in theta)) for e in f]
    every = sorted(set().union(*(e.free_symbols for e in f)), key=str)
    equations = [c for rate in rates for c in sp.Poly(rate, *every).coeffs()]
    matrix = sp.Matrix([[eq.coeff(c) for _, c in unknown] for eq in equations])
    assert len(unknown) - matrix.rank() == wn.conservation_laws(net).polynomials(2).most == 3


def test_laws_without_a_symmetry_are_noticed():
    """With one input no direction moves: v itself is kept, which is no law of a scaling."""
    found = wn.conservation_laws(wn.Network((1, 2, 1), wn.relu, normalization=wn.weight_norm)).polynomials(1)
    assert (found.known, found.most) == (0, 2)
    assert found.verdict.rigor is Rigor.UNDECIDED
    assert "dimension 0 is known, the conditions leave 2" in str(found.verdict)


def test_what_has_no_value_modulo_a_prime_is_refused():
    with pytest.raises(wn.WnproofError, match="tanh has no value modulo a prime"):
        wn.conservation_laws(wn.Network((2, 2, 1), wn.tanh)).polynomials()
    with pytest.raises(wn.WnproofError, match="monomials of degree at most 4"):
        wn.conservation_laws(wn.Network((3, 4, 2), wn.relu)).polynomials(4)
    with pytest.raises(wn.WnproofError, match="degree from 1 on"):
        wn.conservation_laws(wn.Network((2, 2, 1), wn.relu)).polynomials(0)

"""Initial laws: what is balanced is balanced, directions have length one, seeds and ensembles are reproducible."""

from __future__ import annotations

import numpy as np
import pytest

from wnproof.errors import WnproofError
from wnproof.model.activations import leaky_relu, polynomial_relu, relu, tanh
from wnproof.model.initial import balanced, dukler, gaussian
from wnproof.model.network import Network
from wnproof.model.normalizations import Normalization, exponential_weight_norm, plain, weight_norm

NETS = {
    "plain": Network((3, 5, 2), relu),
    "bias": Network((3, 5, 1), relu, bias=True),
    "SWN": Network((3, 5, 1), relu, normalization=weight_norm),
    "EWN": Network((3, 5, 1), relu, normalization=exponential_weight_norm, bias=True),
    "fixed": Network((3, 5, 1), relu, fixed={"W2": None}),
}


@pytest.mark.parametrize("name", NETS)
def test_gaussian_scales_linearly_and_depends_on_the_seed_alone(name):
    net = NETS[name]
    first, again, other = net.initial(1e-3, 7), net.initial(1e-3, 7), net.initial(1e-3, 8)
    assert first.shape == (net.size,)
    assert (first == again).all()
    assert not (first == other).all()
    if name in ("plain", "bias", "fixed"):
        np.testing.assert_allclose(net.initial(2.0, 7), 2000 * first, rtol=1e-12)


@pytest.mark.parametrize("name", ["SWN", "EWN"])
def test_directions_start_with_length_one(name):
    net = NETS[name]
    blocks = net.unflatten(net.initial(1e-3, 0))
    np.testing.assert_allclose(np.linalg.norm(blocks["V1"], axis=1), 1, rtol=1e-14)
    length = blocks["g1"] if name == "SWN" else np.exp(blocks["a1"])
    plain_net = Network(net.widths, relu, bias=net.biases)
    rows = np.linalg.norm(plain_net.unflatten(plain_net.initial(1e-3, 0))["W1"], axis=1)
    np.testing.assert_allclose(length, rows, rtol=1e-12)


@pytest.mark.parametrize("p", [1, 2, 3])
@pytest.mark.parametrize("widths", [(3, 5, 1), (3, 5, 4, 2)])
def test_balanced_is_balanced(p, widths):
    net = Network(widths, polynomial_relu(p, "1/10"))
    blocks = net.unflatten(net.initial(1e-2, 3, law=balanced))
    for layer in range(1, len(widths) - 1):
        incoming = (blocks[f"W{layer}"] ** 2).sum(axis=1)
        outgoing = (blocks[f"W{layer + 1}"] ** 2).sum(axis=0)
        np.testing.assert_allclose(incoming, p * outgoing, rtol=1e-12)


def test_dukler_starts_from_one_function_at_every_scale():
    net = Network((3, 6, 1), relu, normalization=weight_norm)
    small, large = (net.unflatten(net.initial(scale, 5, law=dukler)) for scale in (1e-6, 1e3))
    np.testing.assert_allclose(small["g1"], large["g1"], rtol=1e-12)
    np.testing.assert_allclose(small["V1"] * 1e9, large["V1"], rtol=1e-12)
    assert (small["W2"] == large["W2"]).all()
    assert set(np.abs(small["W2"]).ravel()) == {1.0}


@pytest.mark.parametrize("law", [gaussian, balanced], ids=repr)
def test_a_member_does_not_depend_on_the_size_of_its_ensemble(law):
    net = NETS["plain"]
    few, many = (net.initial(1e-2, 11, law=law, members=m) for m in (2, 7))
    assert many.shape == (net.size, 7)
    assert (few == many[:, :2]).all()
    assert len({tuple(column) for column in many.T}) == 7


BAD = {
    "negative scale": (lambda: NETS["plain"].initial(-1, 0), "E-VALUE", "scale is -1"),
    "nan scale": (lambda: NETS["plain"].initial(float("nan"), 0), "E-VALUE", "scale is nan"),
    "negative seed": (lambda: NETS["plain"].initial(1, -1), "E-VALUE", "seed is -1"),
    "float seed": (lambda: NETS["plain"].initial(1, 1.5), "E-VALUE", "seed is 1.5"),
    "no members": (lambda: NETS["plain"].initial(1, 0, members=0), "E-EMPTY", "at least one member"),
    "zero direction": (lambda: NETS["SWN"].initial(0, 0), "E-ZEROINIT", "direction is undefined"),
    "balanced tanh": (lambda: Network((2, 2, 1), tanh).initial(1, 0, law=balanced), "E-VALUE", "no balanced law"),
    "balanced with bias": (lambda: NETS["bias"].initial(1, 0, law=balanced), "E-VALUE", "no balanced law"),
    "balanced, fixed": (lambda: NETS["fixed"].initial(1, 0, law=balanced), "E-VALUE", "no balanced law"),
    "dukler for plain": (lambda: NETS["plain"].initial(1, 0, law=dukler), "E-VALUE", "no dukler law"),
    "own normalization": (
        lambda: Network((2, 2, 1), relu, normalization=Normalization("own", plain.raw, 2 * plain.weight)).initial(1, 0),
        "E-VALUE",
        "no initial law",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_drawn(name):
    build, code, message = BAD[name]
    with pytest.raises(WnproofError, match=message) as caught:
        build()
    assert caught.value.code == code


def test_zero_scale_is_fine_without_directions():
    assert not NETS["plain"].initial(0, 0).any()
    assert leaky_relu("1/10").degree == 1

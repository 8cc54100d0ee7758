"""The closed form of an induced flow: proved for every normalization that is a size times a direction, refuted when changed."""

from __future__ import annotations

import pytest
import sympy as sp

from wnproof.claims.statements import flow_is
from wnproof.derive.flow import gradient_flow
from wnproof.errors import WnproofError
from wnproof.model.activations import relu
from wnproof.model.network import Network
from wnproof.model.normalizations import Normalization, exponential_weight_norm, matrix, neuron, norm, weight_norm
from wnproof.prove.decide import decide
from wnproof.verdict import Rigor

V, q, p = sp.symbols("V q p", real=True)
SIZES = {
    "SWN": weight_norm,
    "EWN": exponential_weight_norm,
    "squared size": Normalization("squared", raw={"V": matrix, "q": neuron}, weight=q**2 * V / norm(V)),
    "product of two sizes": Normalization("two", raw={"V": matrix, "q": neuron, "p": neuron}, weight=q * p * V / norm(V)),
    "fixed size": Normalization("unit", raw={"V": matrix}, weight=V / norm(V)),
}


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("widths", [(2, 1, 1), (1, 2, 1)], ids=str)
def test_the_closed_form_is_the_induced_flow(name, widths):
    flow = gradient_flow(Network(widths, relu, normalization=SIZES[name])).effective()
    closed = flow.closed.velocities
    assert list(closed) == ["W1", "W2"]
    assert decide(flow_is(flow, closed)).rigor is Rigor.PROVED
    assert decide(flow_is(flow, {"W1": 2 * closed["W1"]})).rigor is (
        Rigor.PROVED if name == "fixed size" and widths[0] == 1 else Rigor.REFUTED
    )


def test_the_closed_form_needs_a_size_times_a_direction():
    net = Network((2, 1, 1), relu, normalization=Normalization("inverse", raw={"V": matrix}, weight=V / norm(V) ** 2))
    with pytest.raises(WnproofError, match="no closed form here") as caught:
        gradient_flow(net).effective().closed  # noqa: B018 - asking for it is the test
    assert caught.value.code == "E-VALUE"


def test_plain_layers_and_pages():
    closed = gradient_flow(Network((2, 2, 1), relu)).effective().closed
    assert closed.text().splitlines() == ["dW1/dt[j,k] = -C1[j,k]", "  dW2/dt[j] = -C2[j]"]
    assert r"\dot{W}^{(1)}_{jk} &= - C^{(1)}_{jk}" in closed.latex()
    assert repr(closed) == "closed form of the induced flow of W1, W2"

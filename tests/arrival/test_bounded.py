"""One neuron on the circle: bounded outer weights, and the energy that the run loses."""

from __future__ import annotations

import wnproof as wn
from wnproof.arrival.bounded import EnergyShare
from wnproof.claims.eberle_2022 import bounded, energy


def supported(claim):
    return wn.decide(claim).rigor is wn.Rigor.SUPPORTED and all(caught for _, caught in claim.rejections())


def test_outer_weights_of_one_neuron_stop_growing():
    claim = bounded()
    assert supported(claim)
    assert 2.5 < claim.run.suprema.max() < 3.1
    assert abs(claim.run.estimate) < 1e-6


def test_the_energy_lost_is_the_squared_projected_gradient():
    claim = energy()
    assert supported(claim)
    assert abs(claim.run.unprojected - 0.527) < 1e-4
    other = EnergyShare(seed=2)
    assert abs(other.estimate - 1) < 1e-4
    assert other.unprojected < 0.95

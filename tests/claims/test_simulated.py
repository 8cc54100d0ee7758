"""Measured numbers and what they can say."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from wnproof.claims.claim import Claim, Results, check_claim
from wnproof.claims.simulated import Measured, near, rate
from wnproof.verdict import Rigor


def test_numbers_of_numpy_are_reported_like_any_other():
    run = Measured("a run", np.float64(1.0), np.float64(1e-3))
    claim = Claim("mine/run", lambda: near(run, 1, 0.1, (2, np.float64(0))), "test", {}, Rigor.SUPPORTED)
    result = check_claim(claim)
    assert result.ok
    assert [control.caught for control in result.controls] == [True, True]
    assert all(type(control.caught) is bool for control in result.controls)
    row = json.loads(json.dumps(Results({claim.slug: result}).to_json()))["claims"][0]
    assert (row["verdict"], row["controls"][0]["verdict"]) == ("supported", "rejected")


@pytest.mark.parametrize(
    ("run", "rejects", "reason"),
    [
        (Measured("a run", 1.0, 0.0), (), "any other value"),
        (Measured("a run", 1.0, 0.0), (1.05,), "1.05"),
        (Measured("a run", 1.0, 0.9), (2,), "2"),
        (Measured("a run", 1.3, 0.1), (2,), "evidence-against"),
        (Measured("a run", 1.0, 0.0, failure="it stopped"), (2,), "it stopped"),
        (Measured("a run", math.nan, 0.0), (2,), "2"),
    ],
)
def test_what_a_run_does_not_show_is_undecided(run, rejects, reason):
    verdict = rate(run, 1, rejects).decide()
    assert verdict.rigor is Rigor.UNDECIDED
    assert reason in verdict.reason

"""What tests of several folders share."""

from __future__ import annotations

import pytest

from wnproof.claims.claim import REGISTRY, select


@pytest.fixture
def registry():
    """Claims of a test are forgotten afterwards."""
    select()
    before = dict(REGISTRY)
    yield
    REGISTRY.clear()
    REGISTRY.update(before)

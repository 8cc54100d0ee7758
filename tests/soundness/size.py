"""The size of the suite: a seeded sample by default, everything with WNPROOF_SOUNDNESS=full in the environment."""

from __future__ import annotations

import os

FULL = os.environ.get("WNPROOF_SOUNDNESS") == "full"


def sized(sample, full):
    return full if FULL else sample

"""The package's own claims and controls with their certificates, decided once."""

from __future__ import annotations

import json
from functools import cache

from wnproof.claims import catalogue
from wnproof.claims.claim import REGISTRY
from wnproof.claims.decide import decide
from wnproof.verdict import Rigor

catalogue.load()
EXACT = [slug for slug, entry in REGISTRY.items() if entry.requires is not Rigor.SUPPORTED and hasattr(entry.state(), "encode")]
CONTROLS = [(slug, name) for slug in EXACT for name in REGISTRY[slug].controls]


@cache
def certificate(slug, control=None):
    """(verdict, statement, evidence) of a claim, or of one of its controls."""
    constants = {} if control is None else REGISTRY[slug].controls[control]
    fields = json.loads(decide(REGISTRY[slug].state(**constants)).certificate.data)
    return fields["verdict"], fields["statement"], fields["evidence"]

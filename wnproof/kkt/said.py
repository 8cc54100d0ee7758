"""What the certificates of one neuron's KKT points say, as plain data with exact numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wnproof.kkt.isolated import Isolated
from wnproof.kkt.neuron import Neuron, spelled
from wnproof.kkt.points import KKTFamily, Notion, strata_to_json


def point_statement(neuron: Neuron, notion: Notion, point: Isolated) -> dict[str, Any]:
    """What a certificate of one KKT point says."""
    signed = {} if point.sign is None else {"sign": point.sign}
    return {
        "says": "kkt_point",
        "neuron": neuron.to_json(),
        "notion": notion.name,
        "direction": [spelled(entry) for entry in point.hidden],
        "multiplier": spelled(neuron.degree),
        **signed,
    }


def completeness_statement(
    neuron: Neuron, notion: Notion, points: Sequence[Isolated], families: Sequence[KKTFamily]
) -> dict[str, Any]:
    """What the certificate of a whole list says: these points and families are KKT, of these values and kinds, and there
    are no others.
    """
    return {
        "says": "kkt_complete",
        "neuron": neuron.to_json(),
        "notion": notion.name,
        "points": [
            {
                "direction": [spelled(entry) for entry in point.hidden],
                "value_squared": spelled(abs(point.signed_square)),
                "value_sign": (point.signed_square > 0) - (point.signed_square < 0),
                "kind": point.kind.value,
                **({} if point.sign is None else {"sign": point.sign}),
            }
            for point in points
        ],
        "families": strata_to_json(families),
    }

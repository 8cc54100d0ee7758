"""Evidence on the number of conservation laws: brackets of gradient fields that span much, known laws that are independent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wnproof.checker.scalar import entries
from wnproof.checker.statement import LawsAtMost as Read
from wnproof.checker.statement import parse
from wnproof.graph.statement import LawsAtMost
from wnproof.prove.gauge import gauge_evidence
from wnproof.prove.independent import independent
from wnproof.prove.spanned import SEEDS, drawn, spanned

Json = dict[str, Any]


def rank_evidence(statement: LawsAtMost, encoded: Json) -> Iterator[Json]:
    """Words in the output's gradient fields that seem to span P - count directions at a seeded point; floats propose them.

    >>> from wnproof.graph.nodes import contract, leaf
    >>> u, v, X = leaf("u", ("k",)), leaf("v", ("k",)), leaf("X", ("i",))
    >>> line = LawsAtMost(contract((u, v, X), ("i",)), ("u", "v"), {"k": 1, "i": 1}, 1)
    >>> next(rank_evidence(line, line.encode()))["words"]
    [0]
    """
    if independent(statement.laws, statement.sizes) > statement.count:
        return
    read = parse(encoded)
    assert isinstance(read, Read)
    wanted = len(entries(read.graph, read.trained, read.sizes)) - read.count
    for seed in range(SEEDS):
        values = drawn(encoded, seed, statement.known)
        if (span := spanned(encoded, values, wanted)).full:
            yield {"kind": "rank", "values": values, "words": span.words}


def independent_laws(statement: LawsAtMost, encoded: Json) -> Iterator[Json]:
    """The known laws, each shown, at a seeded point: they refute a count that is smaller than the rank of their gradients."""
    encoded_laws = [law.encode() for law in statement.laws]
    if encoded_laws:
        values = drawn(encoded, 0, statement.known)
        for shown in zip(*map(gauge_evidence, encoded_laws), strict=False):
            yield {
                "kind": "witness",
                "values": values,
                "laws": [[law, own] for law, own in zip(encoded_laws, shown, strict=True)],
            }

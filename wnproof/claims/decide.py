"""One verdict for any statement: an exact one goes to the provers, a simulated one judges its own run."""

from __future__ import annotations

from wnproof.claims.simulated import Simulated
from wnproof.graph.statement import Statement
from wnproof.prove import decide as prover
from wnproof.verdict import Verdict


def decide(statement: Statement | Simulated) -> Verdict:
    """The verdict on one statement; no claim is needed."""
    return statement.decide() if isinstance(statement, Simulated) else prover.decide(statement)

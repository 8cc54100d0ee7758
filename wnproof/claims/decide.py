"""One verdict for any statement: an exact one goes to the provers; a simulated one, or an engine's, judges its own run."""

from __future__ import annotations

from wnproof.claims.engine import ByEngine
from wnproof.claims.simulated import Simulated
from wnproof.graph.statement import Statement
from wnproof.prove import decide as prover
from wnproof.verdict import Verdict

SELF_JUDGING = (Simulated, ByEngine)


def decide(statement: Statement | Simulated | ByEngine) -> Verdict:
    """The verdict on one statement; no claim is needed."""
    return statement.decide() if isinstance(statement, SELF_JUDGING) else prover.decide(statement)

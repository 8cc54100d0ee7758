"""Is a hypothesis necessary? The claim without it, and a point that refutes what is left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from wnproof.certificate import settle
from wnproof.claims.claim import AnyStatement, Claim
from wnproof.claims.statements import every
from wnproof.errors import WnproofError
from wnproof.graph.render import text
from wnproof.graph.statement import Equal, Every, Evolves, Relation, Statement
from wnproof.prove.decide import decide
from wnproof.verdict import Rigor, Verdict

SMALL = ("0", "1", "-1", "2", "-2", "1/2", "-1/2", "3", "-3")


@dataclass(frozen=True)
class Dropped:
    """A claim without one of its hypotheses: ``verdict`` on the parts that had it."""

    slug: str
    hypothesis: str
    verdict: Verdict

    @property
    def necessary(self) -> bool | None:
        """True when the rest is refuted, False when it is proved all the same, None when neither was shown."""
        return {Rigor.REFUTED: True, Rigor.PROVED: False}.get(self.verdict.rigor)

    @property
    def point(self) -> Mapping[str, Any]:
        """The values of the leaves at which the rest fails, exact numbers as "p/q"; empty when it was not refuted."""
        return dict(sorted((self.verdict.witness or {}).get("values", {}).items())) if self.necessary else {}

    def __str__(self) -> str:
        if self.necessary is None:
            return f"{self.slug} without {self.hypothesis}: undecided; {self.verdict.reason[:200]}"
        if not self.necessary:
            return f"{self.slug} without {self.hypothesis}: still proved, the hypothesis is not needed"
        at = ", ".join(f"{name} = {_spelled(value)}" for name, value in self.point.items())
        return f"{self.slug} without {self.hypothesis}: refuted" + (f" at {at}" if at else "")


def hypotheses(statement: AnyStatement) -> dict[str, list[Relation]]:
    """The relations that the parts of a statement suppose, by what they say.

    >>> import sympy as sp
    >>> from wnproof.claims.statements import equal
    >>> x = sp.Symbol("x", real=True)
    >>> list(hypotheses(equal(sp.Abs(x), x, x > 0)))
    ['x > 0']
    """
    found: dict[str, list[Relation]] = {}
    for part in _parts(statement):
        for relation in part.where:
            found.setdefault(_said(relation), []).append(relation)
    return found


def without(entry: Claim, hypothesis: str) -> Dropped:
    """Decide what is left of a claim when the hypothesis is taken out of every part that supposes it.

    The numbers of the point against it are made as small as they can be one by one.

    Raises: WnproofError E-NAME for a hypothesis that the claim does not have; what its function raises.

    >>> from wnproof.claims.claim import select
    >>> print(without(*select("core/relu-homog"), "c > 0"))
    core/relu-homog without c > 0: refuted at c = -1, z = 1
    """
    statement = entry.state()
    known = hypotheses(statement)
    if hypothesis not in known:
        names = "; ".join(known) or "none that can be dropped"
        raise WnproofError("E-NAME", f"{entry.slug} does not suppose {hypothesis!r}", help=f"its hypotheses: {names}")
    left: list[Statement] = [
        replace(part, where=tuple(r for r in part.where if _said(r) != hypothesis))
        for part in _parts(statement)
        if any(_said(r) == hypothesis for r in part.where)
    ]
    verdicts = []
    for part in left:
        verdicts.append(decide(part))
        if verdicts[-1].rigor is Rigor.REFUTED:
            return Dropped(entry.slug, hypothesis, _smaller(part, verdicts[-1]))
    open_ = [verdict for verdict in verdicts if verdict.rigor is not Rigor.PROVED]
    return Dropped(entry.slug, hypothesis, open_[0] if open_ else decide(every(*left)))


def _smaller(part: Statement, refuted: Verdict) -> Verdict:
    """The refutation with every number of its point replaced by the first of 0, 1, -1, 2, -2, ... that still refutes."""
    evidence = refuted.witness
    if evidence is None or evidence.get("kind") != "witness" or "values" not in evidence:
        return refuted
    encoded, values = part.encode(), evidence["values"]
    for name, place in [(leaf, place) for leaf in sorted(values) for place in _places(values[leaf])]:
        for number in SMALL:
            if _entry(values[name], place) == number:
                break
            tried = {**values, name: _replaced(values[name], place, number)}
            verdict = settle(encoded, {**evidence, "values": tried}, claims="refuted")
            if verdict.rigor is Rigor.REFUTED:
                refuted, values = verdict, tried
                break
    return refuted


def _places(value: Any) -> list[tuple[int, ...]]:
    """Where the numbers of a nested list are."""
    if not isinstance(value, list):
        return [()]
    return [(k, *rest) for k, item in enumerate(value) for rest in _places(item)]


def _entry(value: Any, place: tuple[int, ...]) -> Any:
    return value if not place else _entry(value[place[0]], place[1:])


def _replaced(value: Any, place: tuple[int, ...], number: str) -> Any:
    if not place:
        return number
    return [_replaced(item, place[1:], number) if k == place[0] else item for k, item in enumerate(value)]


def _parts(statement: AnyStatement) -> list[Equal | Evolves]:
    if isinstance(statement, Every):
        return [part for whole in statement.parts for part in _parts(whole)]
    return [statement] if isinstance(statement, Equal | Evolves) else []


def _said(relation: Relation) -> str:
    kind, node = relation
    return f"{text(node)} {kind} 0"


def _spelled(value: Any) -> str:
    return f"({', '.join(map(_spelled, value))})" if isinstance(value, list) else str(value)

"""The trusted checker, standard library only, imports nothing else of the package: a certificate in, what it shows out.

A verdict is as good as this folder. It knows a closed set of statements (statement.py) and of evidence kinds (one file each),
forms every derivative itself, and accepts nothing that it does not understand completely.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from . import arrangement, box, case, cells, clarke, gauge, neuron, rank, witness
from .reader import Invalid, expect_fields, expect_int, expect_list, expect_map, expect_one, expect_str, invalid, read, unknown
from .render import render
from .statement import All, ClarkeMember, Identity, KktLines, Law, LawsAtMost, Statement, parse

FORMAT, VERSION = "wnproof-certificate", 1
_RANK = {"certified": 1, "proved": 2}


class Outcome(NamedTuple):
    """What is shown: ``verdict`` (proved, certified or refuted) of the sentence ``statement_text`` within ``scope``."""

    verdict: str
    statement_text: str
    scope: str
    statement: dict[str, Any]


def check_bytes(data: bytes) -> Outcome:
    """Check a certificate; raises Invalid with an E-CERT-... code when anything at all is not as it should be."""
    fields = expect_fields(read(data), ("format", "version", "verdict", "statement", "evidence"))
    known = fields["format"] == FORMAT and not isinstance(fields["version"], bool) and fields["version"] == VERSION
    if (claimed := expect_str(fields["verdict"])) not in (*_RANK, "refuted") or not known:
        raise unknown("this is not a wnproof certificate of version 1 with a verdict that it can have")
    statement = parse(fields["statement"])
    shown, scope = verify(statement, expect_map(fields["evidence"]))
    if claimed != shown and (claimed, shown) != ("certified", "proved"):
        raise Invalid("E-CERT-OVERCLAIM", f"says {claimed}, the evidence gives {shown}")
    return Outcome(claimed, render(statement), scope, fields["statement"])


def verify(statement: Statement, evidence: dict[str, Any]) -> tuple[str, str]:
    """What the evidence shows about the statement, and in which scope; raises Invalid when it shows nothing."""
    kind = expect_one(evidence.get("kind"), KINDS)
    for about, kinds, rule in _RULES:
        if isinstance(statement, about) and kind in kinds:
            return rule(statement, evidence)
    raise invalid(f"evidence of kind {kind} says nothing about a statement of this form")


def _conjunction(whole: All, evidence: dict[str, Any]) -> tuple[str, str]:
    """Kinds "each" and "one": every part of a conjunction is shown, and the weakest verdict counts; or one part is refuted."""
    one = evidence["kind"] == "one"
    fields = expect_fields(evidence, ("kind", "index", "of") if one else ("kind", "of"))
    at = [expect_int(fields["index"], 0, len(whole.of) - 1)] if one else range(len(whole.of))
    shown: list[tuple[str, str]] = []
    for k, part in zip(at, [fields["of"]] if one else expect_list(fields["of"], len(at)), strict=True):
        try:
            shown.append(verify(whole.of[k], expect_map(part)))
        except Invalid as failure:
            raise Invalid(failure.code, f"part {k + 1}: {failure.message}") from None
        if (shown[-1][0] == "refuted") is not one:
            raise invalid(f"part {k + 1} is {shown[-1][0]}, which does not {'refute' if one else 'show'} the whole")
    weakest = shown[0][0] if one else min((verdict for verdict, _ in shown), key=_RANK.__getitem__)
    return weakest, f"part {at[0] + 1}: " * one + "; ".join(dict.fromkeys(scope for _, scope in shown))


_RULES: tuple[tuple[Any, tuple[str, ...], Callable[[Any, dict[str, Any]], tuple[str, str]]], ...] = (
    (Law, ("gauge",), gauge.verify),
    (Identity, ("cells",), cells.verify),
    (Identity, ("vector",), cells.every_size),
    (Law | Identity, ("witness",), witness.verify),
    (neuron.OneNeuron, ("arrangement", "witness"), arrangement.verify),
    (ClarkeMember, ("clarke", "witness"), clarke.verify),
    (LawsAtMost, ("rank", "witness"), rank.verify),
    (KktLines, ("box", "witness"), box.verify),
    (All, ("each", "one"), _conjunction),
)
KINDS = tuple(dict.fromkeys(kind for _, kinds, _ in _RULES for kind in kinds))
RULES = (gauge, cells, case, witness, arrangement, clarke, rank, box, _conjunction)  # --kinds prints their docstrings

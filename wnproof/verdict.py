"""How surely a statement holds: Verdict, Rigor, Scope.

The hard verdicts (proved, certified, refuted) are made by ``certificate.settle`` and ``certificate.check`` alone, from what the
checker returns; what is too large for it is certified with the grade ``computed`` by ``certificate.computed``.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from enum import Enum
from html import escape
from typing import TYPE_CHECKING, Any, NoReturn

from wnproof.errors import WnproofError

if TYPE_CHECKING:
    from wnproof.certificate import Certificate


class Rigor(Enum):
    """What a verdict promises, strongest first; REFUTED promises the opposite.

    >>> [rigor.value for rigor in Rigor]
    ['proved', 'certified', 'supported', 'undecided', 'refuted']
    """

    PROVED = "proved"
    CERTIFIED = "certified"
    SUPPORTED = "supported"
    UNDECIDED = "undecided"
    REFUTED = "refuted"

    def __repr__(self) -> str:
        return f"Rigor.{self.name}"


_STRENGTH = {Rigor.PROVED: 3, Rigor.CERTIFIED: 2, Rigor.SUPPORTED: 1, Rigor.UNDECIDED: 0}
_HARD = (Rigor.PROVED, Rigor.CERTIFIED, Rigor.REFUTED)
_DOOR = object()  # held by this module and the certificate module
_VERDICT_WORDS = re.compile(r"\b(proved|certified|supported|refuted)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Scope:
    """Sizes and conditions within which a verdict is meant, in words.

    >>> str(Scope("all widths"))
    'all widths'
    """

    text: str = ""

    def __str__(self) -> str:
        return self.text

    def __bool__(self) -> bool:
        return bool(self.text)


@dataclass(frozen=True, init=False, repr=False)
class Verdict:
    """One statement and how surely it holds; frozen, and not a truth value.

    ``.rigor``, ``.grade`` ("" | "computed" | "probabilistic"), ``.statement`` (text), ``.scope``, ``.reason`` (why undecided,
    or how it is supported, or by what it was computed), ``.certificate`` (hard verdicts that the checker replayed),
    ``.witness`` (the refuting evidence), ``.runs`` (supported).

    >>> v = undecided("relu nets balance", "timeout 60 s")
    >>> str(v), v.reaches(Rigor.SUPPORTED)
    ('undecided: relu nets balance; timeout 60 s', False)
    """

    rigor: Rigor
    statement: str
    scope: Scope
    grade: str
    reason: str
    certificate: Certificate | None
    witness: dict[str, Any] | None = field(hash=False)
    runs: int | None

    def __init__(
        self,
        rigor: Rigor,
        statement: str,
        scope: Scope | str = "",
        *,
        grade: str = "",
        reason: str = "",
        certificate: Certificate | None = None,
        witness: dict[str, Any] | None = None,
        runs: int | None = None,
        door: object = None,
    ) -> None:
        replayed = certificate is not None or (rigor is Rigor.CERTIFIED and grade == "computed")
        if rigor in _HARD and (door is not _DOOR or not replayed):
            what = f"{rigor.value} verdicts come from the checker alone"
            raise WnproofError("E-VERDICT", what, help="hand evidence to wnproof.certificate.settle")
        scope = Scope(scope) if isinstance(scope, str) else scope
        values = (rigor, statement, scope, grade, reason, certificate, witness, runs)
        for name, value in zip(self.__dataclass_fields__, values, strict=True):
            object.__setattr__(self, name, value)

    def reaches(self, rigor: Rigor) -> bool:
        """Whether this promises at least as much: PROVED > CERTIFIED > SUPPORTED > UNDECIDED; REFUTED reaches REFUTED only."""
        if Rigor.REFUTED in (self.rigor, rigor):
            return self.rigor is rigor
        return _STRENGTH[self.rigor] >= _STRENGTH[rigor]

    def __bool__(self) -> NoReturn:
        raise TypeError("a verdict is not a truth value; write verdict.reaches(Rigor.PROVED), or another Rigor")

    def __str__(self) -> str:
        head = self.rigor.value + (f" ({self.grade})" if self.grade else "")
        text = f"{head}: {self.statement}" + (f", {self.scope}" if self.scope else "")
        return text + (f"; {self.reason}" if self.reason else "")

    def __repr__(self) -> str:
        text = str(self)
        return f"<{text if len(text) <= 1200 else text[:1200] + ' ...'}>"

    def _repr_html_(self) -> str:
        return f"<p><b>{self.rigor.value}</b>{escape(str(self)[len(self.rigor.value) :])}</p>"

    def to_json(self) -> str:
        """The verdict as one JSON object; the certificate is a file of its own (``.certificate.save``)."""
        fields = {
            "verdict": self.rigor.value,
            "grade": self.grade,
            "statement": self.statement,
            "scope": self.scope.text,
            "reason": self.reason,
            "witness": self.witness,
            "runs": self.runs,
        }
        return json.dumps(fields, sort_keys=True, ensure_ascii=False)


def undecided(statement_text: str, reason: str, scope: Scope | str = "") -> Verdict:
    """Neither shown nor refuted, for this reason; words that name other verdicts are taken out of the text.

    >>> print(undecided("is it proved?", "solver-failed"))
    undecided: is it [..]?; solver-failed
    """
    clean = [_VERDICT_WORDS.sub("[..]", str(text)) for text in (statement_text, reason, scope)]
    return Verdict(Rigor.UNDECIDED, clean[0], clean[2], reason=clean[1])


def supported(statement_text: str, scope: Scope | str, runs: int, detail: str) -> Verdict:
    """``runs`` numerical runs agree with the statement and tell it apart from its wrong variants; no promise.

    Raises: E-VALUE when no run stands behind it.

    >>> print(supported("loss ~ 1/t", "t <= 1e4", 8, "worst error 2e-3"))
    supported: loss ~ 1/t, t <= 1e4; 8 runs, worst error 2e-3
    """
    if runs < 1:
        raise WnproofError("E-VALUE", f"{runs} runs support nothing", help="return an undecided verdict")
    return Verdict(Rigor.SUPPORTED, statement_text, scope, reason=f"{runs} runs, {detail}", runs=runs)

"""Certificates, and the only door to a hard verdict: write bytes, hand the bytes to the checker, believe what comes back.

Beside it one side door, ``computed``, for exact lists too large to replay: it opens to ``certified`` alone, and says so.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from wnproof import verdict as verdicts
from wnproof.checker import FORMAT, VERSION, Outcome, check_bytes
from wnproof.checker.reader import Invalid, expect_map, read
from wnproof.checker.render import render
from wnproof.checker.statement import parse
from wnproof.errors import WnproofError
from wnproof.verdict import Rigor, Verdict, undecided

_BY, _UNREPLAYED = "computed by ", ", not replayed by the checker"


def canonical(obj: object) -> bytes:
    r"""The one spelling of a JSON value: UTF-8, sorted keys, no spaces, no floats, a newline at the end.

    Raises: E-FLOAT for a float, E-VALUE for what JSON cannot say.

    >>> canonical({"b": [1, "1/2"], "a": None})
    b'{"a":null,"b":[1,"1/2"]}\n'
    """
    if found := next(_floats(obj), None):
        raise WnproofError("E-FLOAT", f"{found!r} in a certificate", help="write exact numbers as 'p/q'")
    try:
        return (json.dumps(obj, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n").encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise WnproofError("E-VALUE", f"not a JSON value: {error}") from None


def _floats(obj: object) -> Any:
    stack = [obj]
    while stack:
        item = stack.pop()
        if isinstance(item, float):
            yield item
        elif isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, list | tuple):
            stack.extend(item)


def write_whole(target: Path, data: bytes) -> Path:
    """Write the bytes; the file appears whole or not at all.

    Raises: E-IO when it cannot be written.
    """
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
        raise WnproofError("E-IO", f"cannot write {target}: {error.strerror}") from None
    return target


@dataclass(frozen=True)
class Certificate:
    """The bytes of a certificate; ``.statement``, ``.evidence``, ``.kind`` and ``.text`` read them; only ``check`` says whether
    it is valid.

    >>> c = Certificate(canonical({"statement": {}, "evidence": {"kind": "gauge"}}))
    >>> c.kind
    'gauge'
    """

    data: bytes

    @property
    def content(self) -> dict[str, Any]:
        """All fields."""
        try:
            return expect_map(read(self.data))
        except Invalid as failure:
            _raise(failure)

    @property
    def statement(self) -> dict[str, Any]:
        """What it says."""
        return dict(self.content["statement"])

    @property
    def evidence(self) -> dict[str, Any]:
        """What it shows it with."""
        return dict(self.content["evidence"])

    @property
    def kind(self) -> str:
        """The kind of the evidence."""
        return str(self.evidence["kind"])

    @property
    def text(self) -> str:
        """The file's text."""
        return self.data.decode()

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the bytes; the file appears whole or not at all.

        Raises: E-IO when it cannot be written.
        """
        return write_whole(Path(path), self.data)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Certificate:
        """The certificate in a file; nothing is checked yet.

        Raises: E-IO when it cannot be read.
        """
        try:
            return cls(Path(path).read_bytes())
        except OSError as error:
            raise WnproofError("E-IO", f"cannot read {os.fspath(path)!r}: {error.strerror}") from None


def settle(statement: dict[str, Any], evidence: dict[str, Any], claims: str = "proved") -> Verdict:
    """The verdict that the evidence earns: undecided, with the checker's reason, when the checker does not accept it.

    Args: ``statement`` and ``evidence`` as JSON values, exact numbers as strings; ``claims`` "proved", "certified" or "refuted".
    Raises: E-STATEMENT for a statement that is malformed, E-FLOAT for a float in either.

    >>> graph = [{"leaf": "w", "axes": []}, {"map": ["^", ["arg", 0], "2"], "args": [0]}]
    >>> square = {"says": "homogeneous", "graph": graph, "function": 1, "scaled": {"w": "1"}, "degree": "2"}
    >>> settle(square, {"kind": "gauge", "sizes": {}, "values": {"w": "1"}}).rigor
    Rigor.PROVED
    """
    fields = {"format": FORMAT, "version": VERSION, "verdict": claims, "statement": statement, "evidence": evidence}
    data = canonical(fields)
    try:
        return _hard(check_bytes(data), Certificate(data))
    except Invalid as failure:
        rejected = failure.message
    try:
        sentence = render(parse(read(canonical(statement))))
    except Invalid as failure:
        raise WnproofError("E-STATEMENT", failure.message) from None
    return undecided(sentence, f"evidence rejected: {rejected}")


def computed(statement: dict[str, Any] | str, engine: str, scope: str) -> Verdict:
    """Certified with the grade ``computed``: exact arithmetic of a named engine found it, and nothing replayed it.

    For what is too large for the checker, or beyond what it speaks of. There is no certificate, and the text says by whom it was
    computed.

    Args: ``statement`` as ``settle`` takes it, or a sentence; ``engine`` what computed it, and how; ``scope`` its size.
    Raises: E-STATEMENT for a statement that is malformed, E-FLOAT for a float.

    >>> neuron = {"X": [["1"]], "y": ["1"], "slope": "0", "outer": "1", "scale": "1"}
    >>> says = {"says": "kkt_complete", "neuron": neuron, "notion": "clarke", "points": [], "families": []}
    >>> str(computed(says, "an engine", "n=1")).split(":")[0], computed(says, "an engine", "n=1").reason
    ('certified (computed)', 'computed by an engine, not replayed by the checker')
    """
    try:
        sentence = statement if isinstance(statement, str) else render(parse(read(canonical(statement))))
    except Invalid as failure:
        raise WnproofError("E-STATEMENT", failure.message) from None
    reason = f"{_BY}{engine}{_UNREPLAYED}"
    return Verdict(Rigor.CERTIFIED, sentence, scope, grade="computed", reason=reason, door=verdicts._DOOR)


def engine_of(verdict: Verdict) -> str:
    """What computed a verdict of the grade ``computed``, as it was told to ``computed``."""
    return verdict.reason.removeprefix(_BY).removesuffix(_UNREPLAYED)


def check(source: str | os.PathLike[str] | bytes | Certificate) -> Verdict:
    """Check a certificate (a path, its bytes, or the object) and return the verdict that it carries.

    Raises: E-CERT-... when it is not valid, E-IO when the file cannot be read.
    """
    if isinstance(source, bytes):
        source = Certificate(source)
    certificate = source if isinstance(source, Certificate) else Certificate.load(source)
    try:
        return _hard(check_bytes(certificate.data), certificate)
    except Invalid as failure:
        _raise(failure)


def check_claim(source: str | os.PathLike[str] | bytes | Certificate, statement: dict[str, Any]) -> Verdict:
    """``check``, and the certificate must be about this statement.

    Raises: E-CERT-MISMATCH when it is about another one.
    """
    verdict = check(source)
    if verdict.certificate is None or canonical(verdict.certificate.statement) != canonical(statement):
        raise WnproofError("E-CERT-MISMATCH", "the certificate is about another statement", help="compare its 'statement' field")
    return verdict


def _hard(outcome: Outcome, certificate: Certificate) -> Verdict:
    rigor = Rigor(outcome.verdict)
    witness = certificate.evidence if rigor is Rigor.REFUTED else None
    return Verdict(
        rigor,
        outcome.statement_text,
        outcome.scope,
        grade="",
        certificate=certificate,
        witness=witness,
        door=verdicts._DOOR,
    )


def _raise(failure: Invalid) -> NoReturn:
    raise WnproofError(failure.code, failure.message) from None


__all__ = ["Certificate", "canonical", "check", "check_claim", "computed", "settle"]

"""One statement, one verdict: look for a proof, then for a witness against it, and say honestly when neither was found."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from wnproof.certificate import settle
from wnproof.checker.case import Case
from wnproof.checker.reader import Invalid
from wnproof.checker.render import render
from wnproof.checker.statement import parse
from wnproof.errors import WnproofError
from wnproof.graph.encode import OutOfFragment
from wnproof.graph.statement import (
    Conserved,
    Equal,
    Every,
    Evolves,
    Homogeneous,
    HomogeneousAnyDepth,
    KktLines,
    LawsAtMost,
    Shares,
    Statement,
)
from wnproof.prove.clarke import decide_member
from wnproof.prove.gauge import gauge_evidence
from wnproof.prove.identity import CASE_LIMIT, cell_evidence, is_vacuous
from wnproof.prove.inside import inside_evidence
from wnproof.prove.rank import independent_laws, rank_evidence
from wnproof.prove.witness import witness_evidence
from wnproof.verdict import Rigor, Verdict, undecided

Json = dict[str, Any]
_NEURON = ("kkt_point", "kkt_complete")
_LAWS = (Homogeneous, HomogeneousAnyDepth, Conserved, Shares)


def decide(statement: Statement) -> Verdict:
    """The verdict on a statement: proved, refuted by an exact witness, or undecided with the reason.

    Raises: WnproofError E-STATEMENT for a statement that the checker cannot read, such as one with a power beyond its limits.

    >>> import sympy as sp
    >>> from wnproof.graph.nodes import argument, leaf, pointwise
    >>> x = leaf("x")
    >>> square = pointwise(argument(0) ** 2, x)
    >>> decide(Equal(square, pointwise(argument(0) * argument(0), x))).rigor.name, decide(Equal(square, x)).rigor.name
    ('PROVED', 'REFUTED')
    """
    try:
        encoded = statement.encode()
    except OutOfFragment as problem:
        return undecided(type(statement).__name__.lower(), problem.what)
    if isinstance(statement, Every) and all(isinstance(part, _LAWS) for part in statement.parts):
        together = _together(statement, encoded)
        if together.rigor is Rigor.PROVED:
            return together
    try:
        parse(encoded)
    except Invalid as failure:
        raise WnproofError("E-STATEMENT", failure.message) from None
    return _decide(statement, encoded)


def _decide(statement: Statement, encoded: Json) -> Verdict:
    if isinstance(statement, Every):
        return _decide_all(statement, encoded)
    if encoded["says"] == "clarke_member":
        return decide_member(encoded)
    if isinstance(statement, KktLines):
        return settle(encoded, statement.known, claims="refuted" if statement.known.get("kind") == "witness" else "certified")
    last = None
    claims = "certified" if encoded["says"] in _NEURON else "proved"
    open_cases: list[Case] = []
    for evidence in _proofs(statement, encoded, open_cases):
        last = settle(encoded, evidence, claims=claims)
        if last.certificate is not None:
            return _widest(encoded, last)
    for evidence in _refutations(statement, encoded, open_cases):
        verdict = settle(encoded, evidence, claims="refuted")
        if verdict.rigor is Rigor.REFUTED:
            return verdict
    if "where" in encoded and is_vacuous(encoded):
        what = "no point has the stated relations" if encoded["where"] else "the two sides are nowhere defined"
        return undecided(render(parse(encoded)), f"vacuous: {what}, so the statement says nothing")
    reason = f"no proof was found: a case stays open, or there are more than {CASE_LIMIT} cases" if last is None else last.reason
    return undecided(render(parse(encoded)), f"{reason}; no witness against it among the points tried")


def _widest(encoded: Json, proof: Verdict) -> Verdict:
    """The same proof with every axis free that only carries few enough vectors."""
    if proof.certificate is None or proof.certificate.kind != "cells":
        return proof
    cells = proof.certificate.evidence
    for axis in sorted(encoded["sizes"]):
        axes = [*proof.certificate.evidence.get("axes", ()), axis]
        wider = settle(encoded, {"kind": "vector", "axes": axes, "of": cells}, claims="proved")
        proof = wider if wider.rigor is Rigor.PROVED else proof
        assert proof.certificate is not None
    return proof


def _proofs(statement: Statement, encoded: Json, open_cases: list[Case]) -> Iterator[Json]:
    if isinstance(statement, _LAWS):
        yield from gauge_evidence(encoded)
    elif isinstance(statement, Equal | Evolves):
        yield from cell_evidence(encoded, open_cases)
    elif isinstance(statement, LawsAtMost):
        yield from rank_evidence(statement, encoded)
    elif encoded["says"] in _NEURON:
        yield {"kind": "arrangement", "parts": 20_000}


def _refutations(statement: Statement, encoded: Json, open_cases: list[Case]) -> Iterator[Json]:
    if isinstance(statement, LawsAtMost):
        return independent_laws(statement, encoded)
    return chain(witness_evidence(encoded), inside_evidence(encoded, open_cases))


def _together(laws: Every, encoded: Json) -> Verdict:
    """Laws, whose one typing is known at once, are read and checked once when all of them hold."""
    typings = [next(_proofs(law, own, [])) for law, own in zip(laws.parts, encoded["of"], strict=True)]
    return settle(encoded, {"kind": "each", "of": typings})


def _decide_all(statement: Every, encoded: Json) -> Verdict:
    """Every part on its own; then one certificate for the whole, or the part that fails."""
    evidence = []
    weakest = Rigor.PROVED
    for k, (part, part_encoded) in enumerate(zip(statement.parts, encoded["of"], strict=True)):
        verdict = _decide(part, part_encoded)
        if verdict.certificate is None:
            return undecided(render(parse(encoded)), f"part {k + 1}: {verdict.reason}")
        if verdict.rigor is Rigor.REFUTED:
            return settle(encoded, {"kind": "one", "index": k, "of": verdict.certificate.evidence}, claims="refuted")
        evidence.append(verdict.certificate.evidence)
        weakest = weakest if verdict.reaches(weakest) else verdict.rigor
    return settle(encoded, {"kind": "each", "of": evidence}, claims=weakest.name.lower())

"""A claim's result as a JSON value and back: a hard verdict comes back through the checker, from its certificate.

What an engine computed has no certificate; it comes back as certified with the grade ``computed``, by the same engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

from wnproof.certificate import Certificate, check, computed, engine_of
from wnproof.claims.claim import REGISTRY, Claim, Control, Result, check_claim, load_file
from wnproof.errors import WnproofError
from wnproof.runs.task import Json, Outcome, Task, reference
from wnproof.verdict import Rigor, Scope, Verdict, undecided


def load(modules: list[str], files: list[str]) -> None:
    """Register the claims of these modules and files, each once."""
    for module in modules:
        import_module(module)
    loaded = {entry.state.__code__.co_filename for entry in REGISTRY.values()}
    for name in files:
        if name not in loaded:
            load_file(Path(name))


def decide_claim(slug: str, modules: list[str], files: list[str], full: bool = False) -> dict[str, Json]:
    """Decide the claim of this name, or its larger case, with its controls, in a worker; what ``result`` reads.

    Raises: WnproofError as ``check_claim``.
    """
    load(modules, files)
    return written(check_claim(REGISTRY[slug], full))


def homes(claims: Sequence[Claim]) -> dict[str, list[str]]:
    """The modules of the package and the other files that declare the claims.

    Raises: WnproofError E-LOAD for a claim that is in no file, which no other process can know.
    """
    modules, files = set(), set()
    for entry in claims:
        home = entry.state.__code__.co_filename
        if entry.state.__module__.startswith("wnproof.claims."):
            modules.add(entry.state.__module__)
        elif Path(home).is_file():
            files.add(home)
        else:
            what = f"claim {entry.slug!r} is in no file that a worker could load"
            raise WnproofError("E-LOAD", what, help="write it to a file, or verify it without jobs")
    return {"modules": sorted(modules), "files": sorted(files)}


def claim_task(entry: Claim, full: bool = False) -> Task:
    """The task that decides the claim, or its larger case."""
    return Task(entry.slug, reference(decide_claim), {"slug": entry.slug, **homes([entry]), "full": full})


def load_task(claims: Sequence[Claim]) -> Task:
    """The call that prepares a nursery for the claims."""
    return Task("load", reference(load), homes(claims))


def written(result: Result) -> dict[str, Any]:
    """The result as a JSON value."""
    v = result.verdict
    return {
        "rigor": v.rigor.value,
        "statement": v.statement,
        "scope": v.scope.text,
        "engine": engine_of(v) if v.grade == "computed" else "",
        "reason": v.reason,
        "runs": v.runs,
        "certificate": None if v.certificate is None else v.certificate.text,
        "controls": [asdict(control) for control in result.controls],
    }


def result(entry: Claim, outcome: Outcome) -> Result:
    """What a worker or a journal says about a claim.

    Raises: the WnproofError that the claim raised.

    >>> entry = Claim("a/b", lambda: None, "test", {}, Rigor.PROVED)
    >>> result(entry, Outcome(failure="timeout 60 s")).verdict.reason
    'timeout 60 s'
    """
    if (error := outcome.raised()) is not None:
        raise error
    if outcome.failure:
        return Result(entry, undecided(entry.title, outcome.failure), (), outcome.seconds)
    controls = tuple(Control(**control) for control in outcome.value["controls"])
    return Result(entry, _verdict(entry, outcome.value), controls, outcome.seconds)


def _verdict(entry: Claim, found: Json) -> Verdict:
    rigor = Rigor(found["rigor"])
    if rigor in (Rigor.SUPPORTED, Rigor.UNDECIDED):
        return Verdict(rigor, found["statement"], Scope(found["scope"]), reason=found["reason"], runs=found["runs"])
    if rigor is Rigor.CERTIFIED and found["engine"] and found["certificate"] is None:
        return computed(found["statement"], found["engine"], found["scope"])
    try:
        verdict = check(Certificate((found["certificate"] or "").encode()))
    except WnproofError as failure:
        return undecided(entry.title, f"its certificate did not come through: {failure.what}")
    if verdict.rigor is not rigor:
        return undecided(entry.title, f"its certificate shows another verdict: {verdict.rigor.value}")
    return verdict

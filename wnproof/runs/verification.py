"""``verify``: claims with their controls, here one by one, or each in a process of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Sequence
from contextlib import nullcontext
from os import PathLike
from pathlib import Path

from wnproof.certificate import write_whole
from wnproof.claims import claim as registry
from wnproof.claims.claim import Claim, Result, Results, select
from wnproof.errors import WnproofError
from wnproof.runs.decided import claim_task, load_task, result
from wnproof.runs.journal import Journal
from wnproof.runs.sweep import finished
from wnproof.runs.task import Limits

REPORT = "report.json"
CERTIFICATES = "certificates"


def verify(
    *selectors: Claim | str | Path,
    jobs: int | None = None,
    limits: Limits | None = None,
    journal: str | PathLike[str] | None = None,
    full: bool = False,
    progress: Callable[[Claim], None] | None = None,
) -> Results:
    """Decide the selected claims (all without a selector) with their controls.

    Args:
        selectors: claims, slugs, globs over slugs, or Python files that declare claims.
        jobs: so many processes at a time, one for each claim; without it, here, one after the other.
        limits: wall seconds and memory of a claim with its controls. Needs ``jobs``.
        journal: a folder; a run that was ended in any way goes on from there, and ``report.json`` and the certificates are
            written to it. Needs ``jobs``.
        full: decide the larger case of every claim that has one.
        progress: called with each claim, before it is decided here or after it was decided by a worker.
    Raises: WnproofError E-NAME, E-IO, E-LOAD, E-NOCLAIMS, E-LOCKED; a claim at its limits is undecided.

    >>> verify("core/relu-homog").ok
    True
    """
    chosen = select(*selectors)
    if jobs is None:
        if journal is not None or limits is not None:
            raise WnproofError("E-VALUE", "limits and a journal need processes", help="give jobs=1 or more")
        return registry.verify(*chosen, full=full, progress=progress)
    rows: dict[str, Result] = {}
    with nullcontext() if journal is None else Journal(Path(journal), located(selectors)) as log:
        for entry, found in decided(chosen, jobs, limits or Limits(), log, full):
            if isinstance(found, WnproofError):
                raise found
            rows[entry.slug] = found
            if progress is not None:
                progress(entry)
    results = in_order(chosen, rows)
    if journal is not None:
        save(Path(journal), results)
    return results


def located(selectors: Sequence[Claim | str | Path]) -> list[str]:
    """The selectors as a journal keeps them: files by their whole path, for a later run from another folder.

    >>> located(["core/*"])
    ['core/*']
    """
    names = [s.slug if isinstance(s, Claim) else str(s) for s in selectors]
    return [str(Path(name).absolute()) if name.endswith(".py") else name for name in names]


def decided(
    chosen: Sequence[Claim], jobs: int, limits: Limits, journal: Journal | None = None, full: bool = False
) -> Generator[tuple[Claim, Result | WnproofError]]:
    """(claim, its result, or the mistake in it) as they finish, journaled before they are told.

    Raises: WnproofError E-LOAD for a claim that is in no file, which no other process can know.
    """
    entries = {entry.slug: entry for entry in chosen}
    tasks, setup = [claim_task(entry, full) for entry in chosen], load_task(chosen)
    files = [Path(name) for name in setup.arguments["files"]]
    everything = finished(tasks, jobs, limits, journal=journal, files=files, setup=setup)
    for task, outcome in everything:
        entry = entries[task.name]
        try:
            yield entry, result(entry, outcome)
        except WnproofError as error:
            yield entry, error


def in_order(chosen: Sequence[Claim], rows: dict[str, Result]) -> Results:
    """The results in the order of the claims, whichever finished first."""
    return Results({entry.slug: rows[entry.slug] for entry in chosen if entry.slug in rows})


def report(results: Results) -> bytes:
    """The results with each claim's words, without anything that differs between two runs: no times."""
    written = results.to_json()
    for row, found in zip(written["claims"], results.values(), strict=True):
        del row["seconds"]
        row.update(text=found.claim.text, source=found.claim.source, requires=found.claim.requires.value)
        for control, shown in zip(row["controls"], found.controls, strict=True):
            control["caught"] = shown.caught
    return (json.dumps(written, indent=2, ensure_ascii=False) + "\n").encode()


def save(folder: Path, results: Results) -> None:
    """Write ``report.json`` and a file for each certificate, whole or not at all.

    Raises: WnproofError E-IO.
    """
    save_certificates(folder / CERTIFICATES, results)
    write_whole(folder / REPORT, report(results))


def save_certificates(folder: Path, results: Results) -> None:
    """A file for each certificate, named after its claim.

    Raises: WnproofError E-IO.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WnproofError("E-IO", f"cannot make {folder}: {error.strerror}") from None
    for slug, found in results.items():
        if found.verdict.certificate is not None:
            found.verdict.certificate.save(folder / certificate_name(slug))


def certificate_name(slug: str) -> str:
    """The file name of a claim's certificate."""
    return slug.replace("/", "--") + ".json"

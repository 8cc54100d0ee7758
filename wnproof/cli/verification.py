"""``wnproof verify`` and ``wnproof claims``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from wnproof.cli.app import STDERR, app, print_json, report
from wnproof.cli.options import AsJson, Out
from wnproof.errors import EXIT_PROVED, WnproofError, gravest


@app.command()
def verify(
    selectors: Annotated[
        list[str] | None, typer.Argument(help="claims: slugs, globs, or Python files (which are run); all by default")
    ] = None,
    as_json: AsJson = False,
    out: Out = None,
) -> int:
    """Decide claims and their negative controls; a file or claim that fails is reported, the others still run."""
    from wnproof.claims.claim import Claim, Results, check_claim, select

    chosen: dict[str, Claim] = {}
    failures: list[WnproofError] = []
    for selector in [[name] for name in selectors] if selectors else [[]]:
        with _kept(failures):
            chosen.update({entry.slug: entry for entry in select(*selector)})
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    rows = {}
    with Progress(*columns, console=STDERR, transient=True, disable=not STDERR.is_terminal) as progress:
        task = progress.add_task("verify", total=len(chosen))
        for entry in chosen.values():
            progress.update(task, description=entry.slug)
            with _kept(failures):
                rows[entry.slug] = check_claim(entry)
            progress.advance(task)
    results = Results(rows)
    code = gravest([results.exit_code, *(failure.exit_code for failure in failures)])
    if out is not None:
        _save_certificates(out, results)
    if as_json:
        print_json(results.to_json() | {"exit": code})
    elif rows:
        _show_results(results)
    for failure in failures[1:]:
        report(failure)
    if failures:
        raise failures[0]
    return code


@contextmanager
def _kept(failures: list[WnproofError]) -> Iterator[None]:
    """Go on after an error and keep it for the end."""
    try:
        yield
    except WnproofError as error:
        graver = not failures or gravest([error.exit_code, failures[0].exit_code]) == error.exit_code
        failures.insert(0 if graver else len(failures), error)  # the first one decides the exit code


def _save_certificates(folder: Path, results: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for slug, result in results.items():
        if result.verdict.certificate is not None:
            result.verdict.certificate.save(folder / (slug.replace("/", "--") + ".json"))


def _show_results(results: Any) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("claim", style="bold", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("controls", no_wrap=True)
    table.add_column("seconds", no_wrap=True, justify="right")
    table.add_column("scope", style="dim", no_wrap=True, overflow="ellipsis")
    for slug, result in results.items():
        caught = f"{sum(control.caught for control in result.controls)}/{len(result.controls)} caught"
        note = str(result.verdict.scope) or result.verdict.reason
        note = note if len(note) <= 70 else note[:67] + "..."
        table.add_row(slug, result.verdict.rigor.value, caught, f"{result.seconds:.2f}", note)
    console = Console()
    console = console if console.is_terminal else Console(width=150)
    console.print(table)
    for slug, result in results.items():
        if not result.controls:
            print(f"{slug}: has no control that shows it can fail; give it one (controls=...)")
    for slug, result in results.items():
        for control in result.controls:
            if not control.caught:
                print(f"{slug}: control '{control.name}' was not caught, it is {control.verdict}")
    good = sum(result.ok for result in results.values())
    print(f"{good} of {len(results)} claims reach their verdict with every control caught")


@app.command()
def claims(slug: Annotated[str, typer.Argument(help="show this claim; all titles by default")] = "") -> int:
    """List the claims, or show one: statement, source, controls."""
    from wnproof.claims.claim import select

    for entry in select(*([slug] if slug else [])):
        if slug:
            controls = "; ".join(entry.controls) or "within the run"
            print(f"{entry.slug}\n\n{entry.text}\n\nsource:   {entry.source}")
            print(f"requires: {entry.requires.value}\ncontrols: {controls}")
        else:
            print(f"{entry.slug:45} {entry.title}")
    return EXIT_PROVED

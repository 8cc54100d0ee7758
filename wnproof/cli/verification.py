"""``wnproof verify`` and ``wnproof claims``."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from wnproof.cli.app import STDERR, app, print_json, report
from wnproof.cli.options import AsJson, OptionError, Out
from wnproof.errors import EXIT_INTERRUPTED, EXIT_PROVED, EXIT_UNDECIDED, WnproofError, gravest

if TYPE_CHECKING:
    from wnproof.claims.claim import Claim, Result, Results
    from wnproof.runs.journal import Journal as Log
    from wnproof.runs.task import Limits


PROCESSORS = os.cpu_count() or 1
Jobs = Annotated[int, typer.Option(min=1, help="claims at a time, each in a process of its own; one for each processor")]
Journal = Annotated[
    Path | None, typer.Option(help="folder that keeps what is finished; the same command goes on where it was stopped")
]
Resume = Annotated[Path | None, typer.Option(help="go on with the run whose journal is in this folder")]


@app.command()
def verify(
    selectors: Annotated[
        list[str] | None, typer.Argument(help="claims: slugs, globs, or Python files (which are run); all by default")
    ] = None,
    jobs: Jobs = PROCESSORS,
    journal: Journal = None,
    resume: Resume = None,
    timeout: Annotated[float, typer.Option(min=0.1, help="seconds for a claim with its controls")] = 120.0,
    memory: Annotated[float, typer.Option(min=0.1, help="GiB of address space for a claim")] = 2.0,
    drop: Annotated[str, typer.Option(help="decide a claim without this hypothesis, 'all': without each; see claims SLUG")] = "",
    full: Annotated[
        bool, typer.Option("--full", help="the larger case of every claim that has one; give it a longer timeout")
    ] = False,
    as_json: AsJson = False,
    out: Out = None,
) -> int:
    """Decide claims and their negative controls; a file or claim that fails is reported, the others still run."""
    if drop:
        return _without(selectors or [], drop, as_json)
    from wnproof.claims.claim import select
    from wnproof.runs.journal import NAME
    from wnproof.runs.journal import Journal as Log
    from wnproof.runs.task import Limits
    from wnproof.runs.verification import located, save, save_certificates

    folder = journal or resume
    if resume is not None and (selectors or journal is not None):
        wrong = WnproofError("E-USAGE", "--resume takes its claims from the journal", help="use --journal DIR to add others")
        raise OptionError(wrong)
    if resume is not None and not (resume / NAME).exists():
        raise WnproofError("E-IO", f"cannot read '{resume / NAME}'", help="start a journal with --journal DIR")
    with ExitStack() as stack:
        log = None if folder is None else stack.enter_context(Log(folder, located(selectors or ())))
        selectors = log.selected if log is not None and resume is not None else selectors
        chosen: dict[str, Claim] = {}
        failures: list[WnproofError] = []
        for selector in [[name] for name in selectors] if selectors else [[]]:
            with _kept(failures):
                chosen.update({entry.slug: entry for entry in select(*selector)})
        results, interrupted = _decided(chosen, jobs, Limits(timeout, int(memory * (1 << 30))), log, failures, full)
    if log is not None and log.stale:
        what = f"{len(log.stale)} results of another program or other limits, run again"
        print(f"wnproof: warning[W-RESUME] {what}", file=sys.stderr)
    code = gravest([results.exit_code, *(failure.exit_code for failure in failures)])
    if out is not None:
        save_certificates(out, results)
    if folder is not None and not interrupted:
        save(folder, results)
    if as_json:
        print_json(results.to_json() | {"exit": EXIT_INTERRUPTED if interrupted else code})
    elif results:
        _show_results(results)
    for failure in failures[1:]:
        report(failure)
    if interrupted:
        go_on = "keep what is finished with --journal DIR" if folder is None else f"wnproof verify --resume {folder}"
        print(f"wnproof: interrupted, {len(results)} of {len(chosen)} claims are finished\nhelp: {go_on}", file=sys.stderr)
        return EXIT_INTERRUPTED
    if failures:
        raise failures[0]
    return code


def _without(selectors: list[str], drop: str, as_json: bool) -> int:
    """What becomes of claims without a hypothesis."""
    from wnproof.claims.claim import select
    from wnproof.claims.dropped import hypotheses, without

    found = []
    for entry in select(*selectors):
        for hypothesis in hypotheses(entry.state()) if drop == "all" else [drop]:
            found.append(without(entry, hypothesis))
            if not as_json:
                print(found[-1])
    if as_json:
        rows = [{"claim": d.slug, "without": d.hypothesis, "necessary": d.necessary, "point": d.point} for d in found]
        print_json({"dropped": rows})
    return EXIT_UNDECIDED if any(dropped.necessary is None for dropped in found) else EXIT_PROVED


def _decided(
    chosen: Mapping[str, Claim], jobs: int, limits: Limits, log: Log | None, failures: list[WnproofError], full: bool
) -> tuple[Results, bool]:
    """The results so far, in the claims' order, and whether the user stopped it."""
    from wnproof.runs.verification import decided, in_order

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    rows: dict[str, Result] = {}
    everything = list(chosen.values())
    with Progress(*columns, console=STDERR, transient=True, disable=not STDERR.is_terminal) as progress:
        task = progress.add_task("verify", total=len(chosen))
        running = decided(everything, jobs, limits, log, full)
        try:
            for entry, found in running:
                with _kept(failures):
                    if isinstance(found, WnproofError):
                        raise found
                    rows[entry.slug] = found
                progress.update(task, description=entry.slug, advance=1)
        except KeyboardInterrupt:
            return in_order(everything, rows), True
        finally:
            running.close()
    return in_order(everything, rows), False


@contextmanager
def _kept(failures: list[WnproofError]) -> Iterator[None]:
    """Go on after an error and keep it for the end."""
    try:
        yield
    except WnproofError as error:
        graver = not failures or gravest([error.exit_code, failures[0].exit_code]) == error.exit_code
        failures.insert(0 if graver else len(failures), error)  # the first one decides the exit code


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

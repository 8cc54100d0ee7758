"""The same function over many data sets, seeds or sizes: in parallel, within limits, resumed where it was stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from os import PathLike, cpu_count
from pathlib import Path

from wnproof.runs.journal import Journal
from wnproof.runs.pool import outcomes
from wnproof.runs.task import Json, Limits, Outcome, Task, program_digest, reference

Progress = Callable[[int, int, str], None]


def cores() -> int:
    """The number of processors."""
    return cpu_count() or 1


def finished(
    tasks: Sequence[Task],
    jobs: int,
    limits: Limits,
    *,
    journal: Journal | None = None,
    files: Sequence[Path] = (),
    setup: Task | None = None,
) -> Iterator[tuple[Task, Outcome]]:
    """(task, outcome): first those that the journal has, then the others as they finish, each one journaled before it is told."""
    keys = {task.name: task.key(limits, digest) for digest in (program_digest(*files),) for task in tasks}
    done = journal.done if journal is not None else {}
    if journal is not None:
        journal.expect(keys)
    for task in tasks:
        if keys[task.name] in done:
            yield task, done[keys[task.name]]
    for task, outcome in outcomes([t for t in tasks if keys[t.name] not in done], jobs, limits, setup):
        if journal is not None and outcome.final:
            journal.write(keys[task.name], task.name, outcome)
        yield task, outcome


def sweep(
    function: Callable[..., Json],
    points: Sequence[Mapping[str, Json]],
    *,
    jobs: int | None = None,
    limits: Limits | None = None,
    journal: str | PathLike[str] | None = None,
    progress: Progress | None = None,
) -> list[Outcome]:
    """What the function returns at every point, in the order of the points, each in a process of its own.

    Args:
        function: at the top of a module or script; takes a point's entries as keyword arguments, returns a JSON value.
        points: dictionaries of JSON values (seeds, exact numbers as "p/q", names of files).
        jobs: processes at a time; as many as there are processors by default.
        limits: wall seconds and memory of a point.
        journal: a folder; a second call with it runs only what is not finished there.
        progress: called with (finished, number of points, a point that is finished).
    Raises: WnproofError of the function; E-VALUE, E-IO, E-LOCKED. A timeout, or memory that runs out, is an outcome whose
        ``failure`` says so.

    >>> from wnproof.errors import gravest
    >>> [outcome.value for outcome in sweep(gravest, [{"codes": [3, 1]}, {"codes": [0, 3]}], jobs=1)]
    [1, 3]
    """
    name = reference(function)
    tasks = [Task(f"{index}: {dict(point)}", name, dict(point)) for index, point in enumerate(points)]
    found: dict[str, Outcome] = {}
    home = getattr(function, "__code__", None)
    files = [Path(home.co_filename)] if home is not None and Path(home.co_filename).is_file() else []
    with nullcontext() if journal is None else Journal(Path(journal)) as log:
        for task, outcome in finished(tasks, cores() if jobs is None else jobs, limits or Limits(), journal=log, files=files):
            if (error := outcome.raised()) is not None:
                raise error
            found[task.name] = outcome
            if progress is not None:
                progress(len(found), len(tasks), task.name)
    return [found[task.name] for task in tasks]

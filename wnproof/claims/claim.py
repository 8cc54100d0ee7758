"""A claim is a function from its constants to a statement; a negative control is the same function at wrong constants."""

from __future__ import annotations

import importlib.util
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from inspect import cleandoc
from pathlib import Path
from typing import Any

from wnproof.claims.decide import SELF_JUDGING, decide
from wnproof.claims.engine import ByEngine
from wnproof.claims.simulated import Simulated
from wnproof.derive.hypotheses import Margin
from wnproof.errors import EXIT_PROVED, EXIT_REFUTED, EXIT_UNDECIDED, WnproofError
from wnproof.graph.statement import Statement
from wnproof.model.dataset import Dataset, read_text
from wnproof.verdict import Rigor, Verdict

AnyStatement = Statement | Simulated | ByEngine


@dataclass(frozen=True)
class Claim:
    """A registered claim.

    Attributes:
        slug: its name, "paper/item".
        state: the function from constants to a statement.
        source: where the claim comes from, honestly (paper, reconstructed, derived).
        controls: name -> wrong constants; every one must be refuted.
        requires: the verdict that counts as success.
        larger: constants of a larger case, for ``wnproof verify --full``; none when there is no larger one.
        on_data: the theorem's hypotheses about data, as predicates with margins.
    """

    slug: str
    state: Callable[..., AnyStatement]
    source: str
    controls: Mapping[str, Mapping[str, Any]]
    requires: Rigor
    larger: Mapping[str, Any] = field(default_factory=dict)
    on_data: tuple[Callable[[Dataset], Margin], ...] = ()

    @property
    def title(self) -> str:
        """The first line of the claim's docstring."""
        return self.text.partition("\n")[0]

    @property
    def text(self) -> str:
        """The claim in words."""
        return cleandoc(self.state.__doc__ or self.slug)


@dataclass(frozen=True)
class Control:
    """What became of a wrong variant: ``caught`` when it was refuted, or rejected by the claim's own run."""

    name: str
    verdict: str
    caught: bool


@dataclass(frozen=True)
class Result:
    """A claim's verdict, its controls, and the time it took."""

    claim: Claim
    verdict: Verdict
    controls: tuple[Control, ...]
    seconds: float

    @property
    def ok(self) -> bool:
        """The required verdict was reached and every control was caught."""
        return self.verdict.reaches(self.claim.requires) and all(control.caught for control in self.controls)

    def to_json(self) -> dict[str, Any]:
        """The row of ``wnproof verify --json``."""
        return {
            "claim": self.claim.slug,
            "verdict": self.verdict.rigor.name.lower(),
            "grade": self.verdict.grade,
            "scope": str(self.verdict.scope),
            "reason": self.verdict.reason,
            "controls": [{"name": control.name, "verdict": control.verdict} for control in self.controls],
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True)
class Results(Mapping[str, Result]):
    """Slug -> Result of a verification."""

    rows: Mapping[str, Result] = field(default_factory=dict)

    def __getitem__(self, slug: str) -> Result:
        return self.rows[slug]

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def ok(self) -> bool:
        """Every claim reached its verdict and every control was caught."""
        return all(result.ok for result in self.rows.values())

    @property
    def exit_code(self) -> int:
        """0 when ok; 1 when a claim is refuted; 3 otherwise."""
        if any(result.verdict.rigor is Rigor.REFUTED for result in self.rows.values()):
            return EXIT_REFUTED
        return EXIT_PROVED if self.ok else EXIT_UNDECIDED

    def table(self) -> str:
        """Claim, verdict, scope, controls and seconds as plain text."""
        rows = [("claim", "verdict", "controls", "seconds", "scope")]
        for slug, r in self.rows.items():
            caught = f"{sum(c.caught for c in r.controls)}/{len(r.controls)} caught"
            rows.append(
                (slug, r.verdict.rigor.name.lower(), caught, f"{r.seconds:.2f}", str(r.verdict.scope) or r.verdict.reason)
            )
        widths = [max(len(row[k]) for row in rows) for k in range(4)]
        return "\n".join(
            "  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[4][:100]]) for row in rows
        )

    def to_json(self) -> dict[str, Any]:
        """The object of ``wnproof verify --json``."""
        from wnproof import __version__

        return {"version": __version__, "claims": [r.to_json() for r in self.rows.values()], "exit": self.exit_code}

    def __repr__(self) -> str:
        return self.table()


REGISTRY: dict[str, Claim] = {}


def claim(
    slug: str,
    *,
    source: str,
    controls: Mapping[str, Mapping[str, Any]] | None = None,
    requires: Rigor = Rigor.PROVED,
    larger: Mapping[str, Any] | None = None,
    on_data: Sequence[Callable[[Dataset], Margin]] = (),
) -> Callable[[Callable[..., AnyStatement]], Callable[..., AnyStatement]]:
    """Register a claim; the decorated function stays callable.

    Raises: WnproofError E-DUPNAME when the slug is taken.
    """

    def register(state: Callable[..., AnyStatement]) -> Callable[..., AnyStatement]:
        if slug in REGISTRY:
            first = REGISTRY[slug].state.__code__
            raise WnproofError(
                "E-DUPNAME",
                f"claim {slug!r} is already there",
                help=f"first at {Path(first.co_filename).name}:{first.co_firstlineno}",
            )
        REGISTRY[slug] = Claim(slug, state, source, dict(controls or {}), requires, dict(larger or {}), tuple(on_data))
        return state

    return register


def check_claim(entry: Claim, full: bool = False) -> Result:
    """Decide a claim, the larger case of it when ``full``, and its controls.

    Raises: WnproofError with the claim's file and line when its function raises or returns no statement; mathematics that does
    not work out is an undecided verdict.
    """
    started = time.perf_counter()
    statement = _stated(entry, entry.larger if full else {})
    verdict = decide(statement)
    controls: list[Control] = []
    if isinstance(statement, SELF_JUDGING):
        controls.extend(
            Control(name, "rejected" if caught else "not rejected", caught) for name, caught in statement.rejections()
        )
    for name, constants in entry.controls.items():
        found = decide(_stated(entry, constants))
        controls.append(Control(name, found.rigor.name.lower(), found.rigor is Rigor.REFUTED))
    return Result(entry, verdict, tuple(controls), time.perf_counter() - started)


def _stated(entry: Claim, constants: Mapping[str, Any]) -> AnyStatement:
    code = entry.state.__code__
    try:
        statement = entry.state(**constants)
    except Exception as error:
        raise _located(error, Path(code.co_filename)) from error
    if not isinstance(statement, SELF_JUDGING) and not hasattr(statement, "encode"):
        what = f"claim {entry.slug!r} returned {type(statement).__name__}, no statement"
        raise WnproofError("E-LOAD", what, where=f"{code.co_filename}:{code.co_firstlineno}")
    return statement


def select(*selectors: Claim | str | Path) -> list[Claim]:
    """The claims that the selectors name: claims, slugs, globs over slugs, or Python files that declare claims; all when
    there is none.

    Raises: WnproofError E-NAME, E-IO, E-LOAD, E-NOCLAIMS.
    """
    from wnproof.claims import catalogue

    catalogue.load()
    if not selectors:
        return list(REGISTRY.values())
    chosen: dict[str, Claim] = {}
    for selector in selectors:
        if isinstance(selector, Claim):
            chosen[selector.slug] = selector
        elif str(selector).endswith(".py"):
            chosen.update({c.slug: c for c in load_file(Path(selector))})
        else:
            found = {slug: c for slug, c in REGISTRY.items() if fnmatchcase(slug, str(selector))}
            if not found:
                raise WnproofError("E-NAME", f"no claim matches {str(selector)!r}", help=f"known: {', '.join(REGISTRY)}")
            chosen.update(found)
    return list(chosen.values())


def load_file(path: Path) -> list[Claim]:
    """The claims that a Python file declares. The file is code and is run; a second load replaces what the first declared.

    Raises: WnproofError E-IO, E-ENCODING, E-LOAD, E-NOCLAIMS, E-DUPNAME, and whatever its claims raise, with file and line.
    """
    read_text(path)
    where = str(path.absolute())
    for slug in [slug for slug, entry in REGISTRY.items() if entry.state.__code__.co_filename == where]:
        del REGISTRY[slug]  # the file was loaded before; what it says now counts
    before = dict(REGISTRY)
    spec = importlib.util.spec_from_file_location(f"wnproof_claims_{path.stem}", where)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        REGISTRY.clear()
        REGISTRY.update(before)
        raise _located(error, path) from error
    found = [entry for slug, entry in REGISTRY.items() if slug not in before]
    if not found:
        raise WnproofError("E-NOCLAIMS", f"no claims found in '{path}'", help="declare one with @wn.claim")
    return found


def _located(error: BaseException, path: Path) -> WnproofError:
    """The error with the line of the file it comes from: a WnproofError keeps its code, anything else is E-LOAD."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path.absolute())]
    where = f"{path}:{lines[-1] if lines else getattr(error, 'lineno', None) or 1}"
    if isinstance(error, WnproofError):
        error.where = error.where or where
        return error
    what = f"it ended the program with {error.code}" if isinstance(error, SystemExit) else f"{type(error).__name__}: {error}"
    return WnproofError("E-LOAD", what, where=where)


def verify(*selectors: Claim | str | Path, full: bool = False, progress: Callable[[Claim], None] | None = None) -> Results:
    """Decide the selected claims (all without a selector) with their controls; ``progress`` is called before each."""
    rows = {}
    for entry in select(*selectors):
        if progress is not None:
            progress(entry)
        rows[entry.slug] = check_claim(entry, full)
    return Results(rows)

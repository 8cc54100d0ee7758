"""Claim files as tests: each claim is one item, which passes when it reaches its verdict with every control caught.

    [tool.pytest.ini_options]
    wnproof_files = ["claims_*.py"]

A refuted claim fails with its witness; an undecided one fails too, unless ``--allow-undecided`` is given; a file that cannot be
read, or a claim that cannot be stated, is an error at its line.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from wnproof.errors import WnproofError
from wnproof.verdict import Rigor

if TYPE_CHECKING:
    from wnproof.claims.claim import Claim, Result

OPTION = "--allow-undecided"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The list of claim files, and whether an undecided claim may pass."""
    parser.addini("wnproof_files", "globs over the names of files that declare claims", type="args", default=[])
    parser.getgroup("wnproof").addoption(OPTION, action="store_true", help="undecided claims are skipped instead of failed")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A claim file, when the file's name matches one of the globs."""
    if _declares_claims(file_path, parent):
        collector: pytest.Collector = ClaimFile.from_parent(parent, path=file_path)
        return collector
    return None


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Nothing but claims: pytest would import a file that is named on its command line a second time."""
    if _declares_claims(module_path, parent):
        collector: pytest.Collector = NoTests.from_parent(parent, path=module_path)
        return collector
    return None


def _declares_claims(path: Path, parent: pytest.Collector) -> bool:
    return any(fnmatch(path.name, glob) for glob in parent.config.getini("wnproof_files"))


class NoTests(pytest.File):
    """The test functions of a claim file: none."""

    def collect(self) -> list[pytest.Item]:
        """Nothing."""
        return []


class ClaimFile(pytest.File):
    """A Python file that declares claims."""

    def collect(self) -> Iterator[pytest.Item]:
        """One item a claim."""
        from wnproof.claims.claim import load_file, select

        select()
        try:
            entries = load_file(self.path)
        except WnproofError as error:
            raise self.CollectError(_told(error)) from None
        for entry in entries:
            yield ClaimItem.from_parent(self, name=entry.slug, entry=entry)


class ClaimItem(pytest.Item):
    """A claim with its controls."""

    def __init__(self, *, entry: Claim, **rest: Any) -> None:
        super().__init__(**rest)
        self.entry = entry

    def runtest(self) -> None:
        """Decide it."""
        from wnproof.claims.claim import check_claim

        result = check_claim(self.entry)
        if result.verdict.rigor is Rigor.UNDECIDED and self.config.getoption(OPTION):
            pytest.skip(f"undecided: {result.verdict.reason}")
        if not result.ok:
            raise NotShownError(result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The verdict and the controls, or the mistake and its line; anything else as usual."""
        if isinstance(excinfo.value, NotShownError):
            return str(excinfo.value)
        if isinstance(excinfo.value, WnproofError):
            return _told(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the claim's function is."""
        return self.path, self.entry.state.__code__.co_firstlineno - 1, self.entry.slug


class NotShownError(AssertionError):
    """A claim that did not reach its verdict, or a control that was not caught."""

    def __init__(self, result: Result) -> None:
        lines = [f"{result.claim.slug}: {result.claim.title}", str(result.verdict)]
        if result.verdict.witness is not None:
            lines.append(f"witness: {result.verdict.witness.get('values', result.verdict.witness)}")
        lines += [f"control {c.name!r} was not caught: {c.verdict}" for c in result.controls if not c.caught]
        super().__init__("\n".join(lines))


def _told(error: WnproofError) -> str:
    where = f"{error.where}: " if error.where else ""
    return f"{where}[{error.code}] {error.what}" + (f"\n{error.help}" if error.help else "")

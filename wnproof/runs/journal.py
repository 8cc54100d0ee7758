"""What is finished, on disk before anybody hears of it: one line a task, its own digest in front.

A process that is killed leaves at most one broken line, the last; it is cut off when the journal is opened again. The lock is
the operating system's, so that it goes with its process.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from types import TracebackType

from wnproof.errors import WnproofError
from wnproof.runs.task import Json, Outcome

NAME = "journal.jsonl"


class Journal:
    """The journal in a folder, open for appending; use it as a context manager.

    Args:
        folder: made when it is not there.
        selectors: what the run is about; kept by a new journal, for a later run that only names the folder.

    ``done`` and ``names`` are the outcomes and names by key, ``selected`` the selectors of the run that made the journal.

    Raises: WnproofError E-IO when the folder cannot be written, E-LOCKED when another process writes it.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with Journal(Path(folder), ["core/*"]) as journal:
    ...         journal.write("key", "task", Outcome(value=[1, "1/2"]))
    ...     with Journal(Path(folder)) as again:
    ...         print(again.selected, again.done["key"].value)
    ['core/*'] [1, '1/2']
    """

    def __init__(self, folder: Path, selectors: Sequence[str] = ()) -> None:
        self.folder, self.path = folder, folder / NAME
        self.done: dict[str, Outcome] = {}
        self.names: dict[str, str] = {}
        self.stale: list[str] = []
        self.selected: list[str] = list(selectors)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
            self._lock()
            self._read(selectors)
        except OSError as error:
            raise WnproofError("E-IO", f"cannot write {self.path}: {error.strerror}") from None

    def _lock(self) -> None:
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._handle)
            raise WnproofError(
                "E-LOCKED", f"another run writes {self.path}", help="wait for it, or name another folder"
            ) from None

    def _read(self, selectors: Sequence[str]) -> None:
        content = self.path.read_bytes()
        good = 0
        for line in content.splitlines(keepends=True):
            record = _record(line)
            if record is None:
                break
            good += len(line)
            if "selectors" in record:
                self.selected = record["selectors"]
            else:
                self.done[record["key"]] = Outcome(**record["outcome"])
                self.names[record["key"]] = record["name"]
        os.ftruncate(self._handle, good)
        if not good:
            self._append({"selectors": list(selectors)})
            _sync(self.folder)

    def write(self, key: str, name: str, outcome: Outcome) -> None:
        """Add a finished task; when this returns, it is on disk.

        Raises: WnproofError E-IO, what is finished being kept.
        """
        try:
            self._append({"key": key, "name": name, "outcome": asdict(outcome)})
        except OSError as error:
            what = f"cannot write {self.path}: {error.strerror}"
            raise WnproofError("E-IO", what, help="make room and resume; what is finished is kept") from None
        self.done[key], self.names[key] = outcome, name

    def _append(self, record: Json) -> None:
        content = json.dumps(record, sort_keys=True).encode()
        view = memoryview(sha256(content).hexdigest().encode() + b" " + content + b"\n")
        while view:
            view = view[os.write(self._handle, view) :]
        os.fsync(self._handle)

    def expect(self, keys: Mapping[str, str]) -> None:
        """Name -> key of the tasks of this run; ``stale`` are those of them that are finished here under other keys only."""
        found = {name for key, name in self.names.items() if keys.get(name) != key}
        self.stale = sorted(name for name in found if name in keys and keys[name] not in self.done)

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        os.close(self._handle)


def _record(line: bytes) -> Json | None:
    """The line's content when it is whole."""
    digest, _, content = line.rstrip(b"\n").partition(b" ")
    if not line.endswith(b"\n") or sha256(content).hexdigest().encode() != digest:
        return None
    return json.loads(content)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""What a worker is asked to do, and what came of it: both are JSON values, so that nothing a worker says is ever code."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from wnproof.errors import WnproofError

Json = Any


@dataclass(frozen=True)
class Limits:
    """Wall seconds and bytes of address space of one task."""

    seconds: float = 120.0
    memory: int = 2 << 30

    def __post_init__(self) -> None:
        for name, value in (("seconds", self.seconds), ("memory", self.memory)):
            if not value > 0:
                raise WnproofError("E-VALUE", f"{name} of a limit are {value}", help="give a positive number")


@dataclass(frozen=True)
class Task:
    """Call ``function``, written "module:name" or "file.py:name", with keyword arguments that are JSON values."""

    name: str
    function: str
    arguments: Json = field(default_factory=dict)

    def key(self, limits: Limits, program: str) -> str:
        """The identity of the task: a result is taken over only where function, arguments, limits and program are the same."""
        what = [self.name, self.function, self.arguments, limits.seconds, limits.memory, program]
        return sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Outcome:
    """What a task returned; or why there is nothing: a ``failure`` (timeout, memory, a killed process), or an ``error``."""

    value: Json = None
    failure: str = ""
    error: dict[str, str] | None = None
    seconds: float = 0.0

    @property
    def final(self) -> bool:
        """Whether the same task would end like this again, as far as its own limits decide."""
        return self.error is None and (not self.failure or self.failure.startswith(("timeout", "memory")))

    def raised(self) -> WnproofError | None:
        """The caller's mistake that the task ran into."""
        return None if self.error is None else WnproofError(**self.error)


def program_digest(*files: Path) -> str:
    """The digest of the package's source and of these files: what was found by another program is found again."""
    root = Path(__file__).parents[1]
    digest = sha256()
    for path in [*sorted(root.rglob("*.py")), *files]:
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def reference(function: Callable[..., Json]) -> str:
    """The function as a worker finds it: by its module, or by its file when that was run as a script.

    Raises: WnproofError E-VALUE for a function that is not at the top of a module or script.

    >>> reference(program_digest)
    'wnproof.runs.task:program_digest'
    """
    module, name = function.__module__, function.__qualname__
    if "." in name or "<" in name:
        raise WnproofError("E-VALUE", f"{name} is not at the top of a module", help="workers find a function by module and name")
    if module != "__main__":
        return f"{module}:{name}"
    path = getattr(sys.modules["__main__"], "__file__", None)
    if path is None:
        raise WnproofError("E-VALUE", f"{name} is in no file", help="write it to a file that workers can import")
    return f"{Path(path).resolve()}:{name}"


def resolve(name: str) -> Callable[..., Json]:
    """The function of a reference; a file is run, not as ``__main__``."""
    home, _, attribute = name.rpartition(":")
    if not home.endswith(".py"):
        return getattr(importlib.import_module(home), attribute)  # type: ignore[no-any-return]
    from importlib.util import module_from_spec, spec_from_file_location

    known = sys.modules.get("wnproof_script")
    if known is None or known.__file__ != home:
        spec = spec_from_file_location("wnproof_script", home)
        assert spec is not None
        assert spec.loader is not None
        known = sys.modules["wnproof_script"] = module_from_spec(spec)
        spec.loader.exec_module(known)
    return getattr(known, attribute)  # type: ignore[no-any-return]

"""The cache of compiled modules: one directory per content, trusted only when it is whole and nobody else can write to it.

A directory is named by the SHA-256 of the text and of everything that shapes machine code. It is built beside its place and moved
there in one step, with the SHA-256 of each file in ``manifest.json``: a half-written or foreign one is rebuilt, never loaded.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

MANIFEST, MODULE = "manifest.json", "kernel.py"


@lru_cache(maxsize=256)
def compiled_module(source: str, cache: Path | None = None) -> Callable[..., Any]:
    """The ``make`` of a module of our own making, compiled, from the cache when it is there.

    Args:
        source: the module's text.
        cache: the directory of the cache; the user's when left out.
    """
    home = _private(cache or _default())
    if home is None:
        with tempfile.TemporaryDirectory(prefix="wnproof-") as scratch:
            return _loaded(Path(scratch), source)
    place = home / _key(source)
    if _whole(place, source):
        return _loaded(place, None)
    building = Path(tempfile.mkdtemp(prefix="building-", dir=home))
    try:
        make = _loaded(building, source)
        _seal(building)
        _move(building, place)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return make


def _default() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wnproof" / "kernels"


def _private(home: Path) -> Path | None:
    """The directory when it is ours alone to write to; otherwise nothing is cached."""
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        status = home.stat()
        ours = not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o022)
        return home if ours and os.access(home, os.W_OK) else None
    except OSError:
        return None


def _key(source: str) -> str:
    """What the machine code depends on."""
    import llvmlite
    import numba

    parts = (
        source,
        numba.__version__,
        llvmlite.__version__,
        sys.version,
        platform.machine(),
        llvmlite.binding.get_host_cpu_name(),
        str(numba.config.CPU_NAME),
        str(numba.config.CPU_FEATURES),
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _digests(place: Path) -> dict[str, str]:
    """SHA-256 of every file but the manifest."""
    files = sorted(p for p in place.rglob("*") if p.is_file() and p != place / MANIFEST)
    return {p.relative_to(place).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def _whole(place: Path, source: str) -> bool:
    """Whether the directory is ours, complete and unchanged since it was sealed."""
    try:
        if place.is_symlink() or (place / MODULE).read_text(encoding="utf-8") != source:
            return False
        return bool(json.loads((place / MANIFEST).read_text(encoding="utf-8")) == _digests(place))
    except (OSError, ValueError):
        return False


def _seal(place: Path) -> None:
    (place / MANIFEST).write_text(json.dumps(_digests(place)), encoding="utf-8")


def _move(building: Path, place: Path) -> None:
    """Into place in one step; a damaged directory is moved away first, and whoever comes second leaves the first one's."""
    try:
        if place.exists() or place.is_symlink():
            place.rename(building.with_name(building.name.replace("building", "damaged")))
            shutil.rmtree(building.with_name(building.name.replace("building", "damaged")), ignore_errors=True)
        building.rename(place)
    except OSError:
        return


def _loaded(place: Path, source: str | None) -> Callable[..., Any]:
    """The module in this directory, written first when there is a source; compiling happens while it is loaded."""
    path = place / MODULE
    if source is not None:
        path.write_text(source, encoding="utf-8")
    text = path.read_bytes()
    specification = importlib.util.spec_from_file_location(f"wnproof_kernel_{hashlib.sha256(text).hexdigest()[:16]}", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[module.__name__] = module  # compiled functions name the module they come from
    written, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # the directory holds what the manifest lists
    try:
        specification.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = written
    make: Callable[..., Any] = module.make
    return make

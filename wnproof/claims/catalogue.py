"""The claims that come with the package, one module per paper."""

from __future__ import annotations

from importlib import import_module

PAPERS = ("core", "kumar_haupt_2024")


def load() -> None:
    """Register every claim of the package; a second call does nothing."""
    for paper in PAPERS:
        import_module(f"wnproof.claims.{paper}")

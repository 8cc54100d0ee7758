"""The application object and what all its commands share: where output goes, and how a mistake is shown."""

from __future__ import annotations

import json
import sys
from typing import Any

import typer
from rich.console import Console

from wnproof.errors import WnproofError

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
STDERR = Console(stderr=True)


def print_json(value: Any) -> None:
    """The value as one JSON object on stdout."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def report(error: WnproofError) -> None:
    """The mistake and what to do about it, on stderr."""
    where = f" {error.where}:" if error.where else ""
    print(f"wnproof: error[{error.code}]{where} {error.what}", file=sys.stderr)
    if error.help:
        print(f"help: {error.help}", file=sys.stderr)

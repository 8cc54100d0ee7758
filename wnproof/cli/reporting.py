"""``wnproof report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wnproof.cli.app import app
from wnproof.errors import EXIT_PROVED


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="the folder of a finished wnproof verify --journal")],
    readme: Annotated[Path | None, typer.Option(help="put the summary table between the marks of this file instead")] = None,
    table: Annotated[bool, typer.Option("--table", help="print the summary table instead")] = False,
) -> int:
    """Write the report of a run as one page, index.html, beside its certificates, which are checked again."""
    from wnproof.report.verified import read

    rows = read(folder)
    if readme is not None or table:
        from wnproof.report.summary import summary, update

        if readme is not None:
            print(f"{readme} {'updated' if update(readme, rows) else 'is current'}")
        else:
            print(summary(rows))
        return EXIT_PROVED
    from wnproof.certificate import write_whole
    from wnproof.report.page import figures_of, page

    print(f"wrote {write_whole(folder / 'index.html', page(rows, figures_of(folder)).encode())}")
    return EXIT_PROVED

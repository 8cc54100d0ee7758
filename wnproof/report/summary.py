"""The summary table of a README: a block between two marks, written by the program."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from wnproof.certificate import write_whole
from wnproof.errors import WnproofError
from wnproof.model.dataset import read_text
from wnproof.report.verified import Row, by_paper
from wnproof.verdict import Rigor

BEGIN = "<!-- claims: written by wnproof report, do not edit -->"
END = "<!-- end of claims -->"
_COLUMNS = (Rigor.PROVED, Rigor.CERTIFIED, Rigor.SUPPORTED, Rigor.UNDECIDED, Rigor.REFUTED)


def summary(rows: Sequence[Row]) -> str:
    """A Markdown table: for each paper its claims, how surely they hold, and their controls.

    >>> row = Row("core/one", "1 = 1.", "derived", Rigor.PROVED, Rigor.PROVED, "", "", "", (("two", "refuted", True),), "")
    >>> print(summary([row]))
    | paper | claims | proved | controls caught |
    |---|---|---|---|
    | core | 1 | 1 | 1 of 1 |
    | **all** | 1 | 1 | 1 of 1 |
    """
    shown = [rigor for rigor in _COLUMNS if any(row.rigor is rigor for row in rows)]
    lines = [["paper", "claims", *(rigor.value for rigor in shown), "controls caught"]]
    for name, own in (*by_paper(rows).items(), ("**all**", list(rows))):
        counts = [str(sum(row.rigor is rigor for row in own) or "") for rigor in shown]
        controls = f"{sum(row.caught for row in own)} of {sum(len(row.controls) for row in own)}"
        lines.append([name, str(len(own)), *counts, controls])
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("|" + "|".join(f" {cell} " if cell != "---" else cell for cell in line) + "|" for line in lines)


def update(path: Path, rows: Sequence[Row]) -> bool:
    """Put the table between the marks of a text file; whether the file changed.

    Raises: WnproofError E-IO, E-ENCODING, E-VALUE for a file without the two marks.
    """
    text = read_text(path)
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise WnproofError("E-VALUE", f"{path} has no place for the table", help=f"write the lines {BEGIN} and {END} into it")
    new = f"{before}{BEGIN}\n{summary(rows)}\n{END}{after}"
    if new == text:
        return False
    write_whole(path, new.encode())
    return True

"""What ``wnproof verify --journal`` left in a folder, read back: a hard verdict counts with its certificate alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wnproof.certificate import Certificate, check
from wnproof.errors import WnproofError
from wnproof.runs.verification import CERTIFICATES, REPORT, certificate_name
from wnproof.verdict import Rigor

HARD = (Rigor.PROVED, Rigor.CERTIFIED, Rigor.REFUTED)


@dataclass(frozen=True)
class Row:
    """A claim of the report: its words, its verdict, its controls, and the file that shows it."""

    slug: str
    text: str
    source: str
    rigor: Rigor
    requires: Rigor
    grade: str
    scope: str
    reason: str
    controls: tuple[tuple[str, str, bool], ...]
    certificate: str

    @property
    def paper(self) -> str:
        """The first part of the slug."""
        return self.slug.partition("/")[0]

    @property
    def title(self) -> str:
        """The first line of its words."""
        return self.text.partition("\n")[0]

    @property
    def caught(self) -> int:
        """Number of controls that were caught."""
        return sum(caught for _, _, caught in self.controls)


def read(folder: Path) -> list[Row]:
    """The rows of ``report.json``, every hard verdict checked again from its certificate.

    Raises: WnproofError E-IO (no finished run in the folder), E-VALUE (not such a file), E-CERT-... (a certificate that does not
        show what the row says).
    """
    path = folder / REPORT
    try:
        written = json.loads(path.read_bytes())
    except OSError as error:
        help = "finish a run first: wnproof verify --journal DIR"
        raise WnproofError("E-IO", f"cannot read {path}: {error.strerror}", help=help) from None
    except ValueError:
        raise WnproofError("E-VALUE", f"{path} is no report", help="write it by wnproof verify --journal DIR") from None
    try:
        return [_row(folder, row) for row in written["claims"]]
    except WnproofError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise WnproofError("E-VALUE", f"{path} is no report: {error}", help="write it by wnproof verify --journal DIR") from None


def _row(folder: Path, row: Mapping[str, Any]) -> Row:
    rigor, name = Rigor(row["verdict"]), f"{CERTIFICATES}/{certificate_name(row['claim'])}"
    by_engine = rigor is Rigor.CERTIFIED and row["grade"] == "computed"  # there is no certificate, and the row says so
    shown = rigor in HARD and not by_engine
    if shown and check(Certificate.load(folder / name)).rigor is not rigor:
        raise WnproofError("E-CERT-MISMATCH", f"{name} shows another verdict than {rigor.value}", help="verify again")
    return Row(
        row["claim"],
        row["text"],
        row["source"],
        rigor,
        Rigor(row["requires"]),
        row["grade"],
        row["scope"],
        row["reason"],
        tuple((control["name"], control["verdict"], control["caught"]) for control in row["controls"]),
        name if shown else "",
    )


def by_paper(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Paper -> its rows, in their order."""
    papers: dict[str, list[Row]] = {}
    for row in rows:
        papers.setdefault(row.paper, []).append(row)
    return papers

"""A folder that holds a list of KKT points: certificates, CSV, LaTeX and a picture."""

from __future__ import annotations

from pathlib import Path

from wnproof.certificate import write_whole
from wnproof.kkt.neuron import Neuron
from wnproof.kkt.points import KKTSet
from wnproof.report.plots import picture


def save_list(kkt: KKTSet, folder: Path, neuron: Neuron | None = None) -> None:
    """Write ``complete.json`` and ``point-K.json``, where the checker confirms them, ``kkt.csv``, ``kkt.tex`` and ``kkt.png``.

    The neuron, when the list is one's, is drawn behind the points.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if kkt.complete.certificate is not None:
        kkt.complete.certificate.save(folder / "complete.json")
    for k, point in enumerate(kkt):
        if point.verdict.certificate is not None:
            point.verdict.certificate.save(folder / f"point-{k}.json")
    write_whole(folder / "kkt.csv", kkt.to_csv().encode())
    write_whole(folder / "kkt.tex", kkt.to_latex().encode())
    picture(kkt, folder / "kkt.png", neuron)

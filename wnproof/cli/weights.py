"""A point of parameter space from a file: trained weights in .npz by block, or numbers in CSV in the order of theta."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from wnproof.errors import WnproofError
from wnproof.model.dataset import read_text
from wnproof.model.network import Network


def read_point(path: Path, net: Network) -> list[Any]:
    """The entries of theta: floats from .npz, from CSV floats where a number has a point or a power of ten and exact otherwise.

    Raises: WnproofError E-IO, E-NAME for missing blocks, E-VALUE for what is no number, E-SHAPE for other shapes.
    """
    if path.suffix == ".npz":
        return _from_blocks(path, net)
    cells = [cell.strip() for line in read_text(path).splitlines() for cell in line.split(",")]
    return [_number(cell, path) for cell in cells if cell]


def _from_blocks(path: Path, net: Network) -> list[Any]:
    import numpy as np

    names = [name for name, _, _ in net.blocks]
    try:
        with np.load(path, allow_pickle=False) as archive:
            blocks = {name: np.asarray(archive[name], dtype=np.float64) for name in names if name in archive}
    except OSError as error:
        raise WnproofError("E-IO", f"cannot read '{path}': {error.strerror or error}") from None
    except (ValueError, BadZipFile) as error:
        raise WnproofError("E-VALUE", f"{path.name} is no archive of numbers: {error}") from None
    for name, shape, _ in net.blocks:
        if name not in blocks:
            raise WnproofError("E-NAME", f"{path.name}: no array {name!r}", help=f"the blocks are {', '.join(names)}")
        if blocks[name].size != np.prod(shape):
            raise WnproofError("E-SHAPE", f"{path.name}: {name} is {blocks[name].shape}, the network has {shape}")
    return [float(entry) for name in names for entry in blocks[name].ravel()]


def _number(cell: str, path: Path) -> Any:
    if not any(mark in cell for mark in ".eEn"):
        return cell
    try:
        return float(cell)
    except ValueError:
        raise WnproofError("E-VALUE", f"{path.name}: {cell!r} is no number") from None

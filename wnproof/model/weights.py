"""A point of parameter space from a file: trained weights in .npz by block, or numbers in CSV in the order of theta."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from wnproof.errors import WnproofError
from wnproof.graph.space import ParameterSpace
from wnproof.model.dataset import read_text


def read_weights(path: str | Path, parameters: ParameterSpace) -> list[Any]:
    r"""The entries of theta: floats from .npz; from CSV floats where a number has a point or a power of ten, else "p/q" text.

    Args:
        path: .npz with an array for every block, in its shape or flat, or any other name for CSV, read row by row.
        parameters: of a network or of ``problem.value``.

    Raises: WnproofError E-IO, E-NAME for missing blocks, E-VALUE for what is no number, E-SHAPE for other shapes.

    >>> import tempfile
    >>> from wnproof.model.activations import relu
    >>> from wnproof.model.network import Network
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "point.csv"
    ...     _ = path.write_text("1/3, 2\n0.5, -1\n", encoding="utf-8")
    ...     read_weights(path, Network((1, 2, 1), relu).parameters)
    ['1/3', '2', 0.5, '-1']
    """
    path = Path(path)
    if path.suffix == ".npz":
        return _from_blocks(path, parameters)
    cells = [cell.strip() for line in read_text(path).splitlines() for cell in line.split(",")]
    return [_number(cell, path) for cell in cells if cell]


def _from_blocks(path: Path, parameters: ParameterSpace) -> list[Any]:
    import numpy as np

    names = [block.name for block in parameters.blocks]
    try:
        with np.load(path, allow_pickle=False) as archive:
            blocks = {name: np.asarray(archive[name], dtype=np.float64) for name in names if name in archive}
    except OSError as error:
        raise WnproofError("E-IO", f"cannot read '{path}': {error.strerror or error}") from None
    except (ValueError, BadZipFile) as error:
        raise WnproofError("E-VALUE", f"{path.name} is no archive of numbers: {error}") from None
    for block in parameters.blocks:
        if block.name not in blocks:
            raise WnproofError("E-NAME", f"{path.name}: no array {block.name!r}", help=f"the blocks are {', '.join(names)}")
        given = blocks[block.name].shape
        if given not in (block.shape, (block.size,)) and not (block.size == 1 and blocks[block.name].size == 1):
            raise WnproofError("E-SHAPE", f"{path.name}: {block.name} is {given}, wanted {block.shape}")
    return [float(entry) for name in names for entry in blocks[name].ravel()]


def _number(cell: str, path: Path) -> Any:
    if not any(mark in cell for mark in ".eEn"):
        return cell
    try:
        return float(cell)
    except ValueError:
        raise WnproofError("E-VALUE", f"{path.name}: {cell!r} is no number") from None

"""Data: exact rational measurements and labels; floats are a view of them."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wnproof.errors import WnproofError
from wnproof.graph.quantity import parse_rational

FloatArray = NDArray[np.float64]
ObjectArray = NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Dataset:
    """Samples X (n, d) and labels y (n,) or (n, k).

    Entries may be int, Fraction, "p/q" or "0.1" (exact); a float stands for its exact binary value. Duplicates, ties,
    zero rows and zero labels are ordinary data.

    Raises: WnproofError E-SHAPE (shapes, dtype, ragged rows), E-NONFINITE, E-EMPTY.

    >>> data = Dataset([["0.1", 2], [3, "-1/3"]], [1, -1])
    >>> data.exact_X[0, 0], data.X[0, 0], data.n, data.d
    (Fraction(1, 10), np.float64(0.1), 2, 2)
    """

    exact_X: ObjectArray  # noqa: N815 - the field's own name
    exact_y: ObjectArray
    features: tuple[str, ...]

    def __init__(self, X: Any, y: Any, *, features: Sequence[str] | None = None) -> None:
        exact_X, exact_y = exact_array(X, "X"), exact_array(y, "y")
        if exact_X.ndim != 2:
            raise WnproofError("E-SHAPE", f"X is {_shape(exact_X)}, wanted n x d")
        if exact_y.ndim not in (1, 2):
            raise WnproofError("E-SHAPE", f"y is {_shape(exact_y)}, wanted n or n x k")
        if 0 in exact_X.shape or 0 in exact_y.shape[1:]:
            raise WnproofError(
                "E-EMPTY",
                f"X is {_shape(exact_X)}, y is {_shape(exact_y)}",
                help="at least one sample and one feature are needed",
            )
        if len(exact_y) != len(exact_X):
            raise WnproofError("E-SHAPE", f"X is {_shape(exact_X)}, y has {len(exact_y)}", help="give one label per row of X")
        names = tuple(features) if features is not None else tuple(f"x{k}" for k in range(exact_X.shape[1]))
        if len(names) != exact_X.shape[1]:
            raise WnproofError("E-SHAPE", f"X is {_shape(exact_X)}, but {len(names)} features are named")
        exact_X.setflags(write=False)
        exact_y.setflags(write=False)
        object.__setattr__(self, "exact_X", exact_X)
        object.__setattr__(self, "exact_y", exact_y)
        object.__setattr__(self, "features", names)

    @property
    def n(self) -> int:
        """Number of samples."""
        return len(self.exact_X)

    @property
    def d(self) -> int:
        """Number of features."""
        return int(self.exact_X.shape[1])

    @cached_property
    def X(self) -> FloatArray:
        """The samples (n, d) as float64; E-SIZE when one is too large for it."""
        return _floats(self.exact_X, "X")

    @cached_property
    def y(self) -> FloatArray:
        """The labels (n,) or (n, k) as float64; E-SIZE when one is too large for it."""
        return _floats(self.exact_y, "y")

    @property
    def is_zero(self) -> bool:
        """Whether every sample or every label is zero, so that the neural correlation function vanishes identically."""
        return not self.exact_X.any() or not self.exact_y.any()

    @staticmethod
    def from_csv(path: str | Path, *, target: str, features: Sequence[str] | None = None, positive: str | None = None) -> Dataset:
        """Read a CSV file with a header line; decimals are read exactly.

        Args:
            path: the file; UTF-8, with or without byte order mark, any line ending.
            target: the label column.
            features: the feature columns, in this order; by default every column but the target.
            positive: when given, y = +1 where the target equals it and -1 elsewhere; otherwise the target is a number.

        Raises: WnproofError E-IO, E-ENCODING, E-EMPTY, E-SHAPE, E-NAME, E-DUPNAME, E-VALUE, E-NONFINITE, naming file and line.
        """
        return _read(read_text(Path(path)), str(path), target, features, positive)

    def __repr__(self) -> str:
        distinct = len({tuple(row) for row in self.exact_X})
        outputs = "" if self.exact_y.ndim == 1 else f", {self.exact_y.shape[1]} outputs"
        return f"Dataset: {self.n} samples ({distinct} distinct) x {self.d} features ({', '.join(self.features)}){outputs}"


def _shape(array: ObjectArray) -> str:
    return "x".join(map(str, array.shape)) or "a number"


def _floats(array: ObjectArray, what: str) -> FloatArray:
    try:
        return array.astype(np.float64)
    except OverflowError:
        raise WnproofError("E-SIZE", f"{what} has an entry beyond float64", help="rescale the data") from None


def exact_array(values: Any, what: str) -> ObjectArray:
    """An object array of Fractions; ``what`` names it in the errors E-SHAPE, E-NONFINITE and E-VALUE."""
    if isinstance(values, np.ndarray) and values.dtype.kind not in "iufOUb":
        raise WnproofError("E-SHAPE", f"{what} has dtype {values.dtype}", help="give real numbers")
    try:
        array = np.array(values, dtype=object)
    except ValueError:
        raise WnproofError("E-SHAPE", f"{what} is ragged", help="give rows of equal length") from None
    result = np.empty(array.shape, dtype=object)
    for index in np.ndindex(*array.shape):
        result[index] = _exact(array[index], f"{what}[{','.join(map(str, index))}]")
    return result


def _exact(value: Any, where: str) -> Fraction:
    if isinstance(value, str):
        if value.strip().lower().lstrip("+-") in ("nan", "inf", "infinity"):
            raise WnproofError("E-NONFINITE", f"{where} is {value.strip().lower()}")
        return parse_rational(value)
    if isinstance(value, bool | np.bool_):
        return Fraction(int(value))
    if isinstance(value, int | Fraction | np.integer):
        return Fraction(value) if isinstance(value, int | Fraction) else Fraction(int(value))
    if isinstance(value, float | np.floating):
        if not math.isfinite(value):
            raise WnproofError("E-NONFINITE", f"{where} is {float(value)}")
        return Fraction(float(value))
    if getattr(value, "is_Rational", False):
        return Fraction(int(value.p), int(value.q))
    if isinstance(value, list | tuple):
        raise WnproofError(
            "E-SHAPE", f"{where} is a {type(value).__name__}: rows have different lengths", help="give rows of equal length"
        )
    raise WnproofError("E-SHAPE", f"{where} is {type(value).__name__}, no real number")


def read_text(path: Path) -> str:
    """The text of a UTF-8 file; E-IO when it cannot be read, E-ENCODING for another encoding or a NUL byte."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise WnproofError("E-IO", f"cannot read '{path}': {error.strerror}") from None
    if 0 in raw:
        raise WnproofError("E-ENCODING", f"byte 0x00 at offset {raw.index(0)}", help="save as UTF-8", where=str(path))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise WnproofError(
            "E-ENCODING", f"byte 0x{raw[error.start]:02x} at offset {error.start}", help="save as UTF-8", where=str(path)
        ) from None


def _label(text: str, target: str, positive: str | None) -> Fraction:
    if positive is not None:
        return Fraction(1 if text == positive else -1)
    try:
        return _exact(text, target)
    except WnproofError as error:
        if error.code != "E-VALUE" or not text:
            raise
        help = f"write numbers, or name the {target} that stands for +1: --positive {text}"
        raise WnproofError(error.code, error.what, help=help) from None


def _read(text: str, path: str, target: str, features: Sequence[str] | None, positive: str | None) -> Dataset:
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        rows = [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        raise WnproofError("E-VALUE", f"no CSV file: {error}", where=f"{path}:{reader.line_num}") from None
    if len(rows) < 2:
        raise WnproofError(
            "E-EMPTY", "no samples found", help="the first line names the columns, every other line is a sample", where=path
        )
    header = [name.strip() for name in rows[0][1]]
    if len(set(header)) < len(header):
        twice = next(name for name in header if header.count(name) > 1)
        raise WnproofError("E-DUPNAME", f"two columns are called {twice!r}", where=f"{path}:{rows[0][0]}")
    columns = list(features) if features is not None else [name for name in header if name != target]
    for name in (target, *columns):
        if name not in header:
            raise WnproofError("E-NAME", f"no column {name!r}; known: {', '.join(header)}", where=path)
    X, y = [], []
    for line, row in rows[1:]:
        if len(row) != len(header):
            raise WnproofError("E-SHAPE", f"{len(row)} fields, the header has {len(header)}", where=f"{path}:{line}")
        entry = dict(zip(header, row, strict=True))
        try:
            X.append([_exact(entry[name], name) for name in columns])
            y.append(_label(entry[target].strip(), target, positive))
        except WnproofError as error:
            raise WnproofError(error.code, error.what, help=error.help, where=f"{path}:{line}") from None
    if positive is not None and all(label != 1 for label in y):
        known = sorted({dict(zip(header, row, strict=True))[target].strip() for _, row in rows[1:]})
        raise WnproofError("E-NAME", f"no row has {target} = {positive!r}; known: {', '.join(known[:10])}", where=path)
    return Dataset(X, y, features=columns)

"""The one exception of the package: what was found, what was wanted, what to do next.

A caller's mistake raises; mathematics that did not work out is a value (an undecided verdict with its reason).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

EXIT_PROVED = 0
EXIT_REFUTED = 1
EXIT_USAGE = 2
EXIT_UNDECIDED = 3
EXIT_BAD_INPUT = 4
EXIT_BAD_CERTIFICATE = 5
EXIT_ENVIRONMENT = 7
EXIT_INTERNAL = 8
EXIT_INTERRUPTED = 130

_GRAVEST_FIRST = (
    EXIT_INTERNAL,
    EXIT_ENVIRONMENT,
    EXIT_BAD_CERTIFICATE,
    EXIT_BAD_INPUT,
    EXIT_REFUTED,
    EXIT_UNDECIDED,
    EXIT_PROVED,
)
_EXIT_OF_CODE = {
    **dict.fromkeys(("E-IO", "E-LOCKED", "E-MISSING"), EXIT_ENVIRONMENT),
    "E-USAGE": EXIT_USAGE,
    "E-INTERNAL": EXIT_INTERNAL,
}


def gravest(codes: Iterable[int]) -> int:
    """The exit code of a run in which several things happened: 8 before 7, 5, 4, 1, 3, 0.

    >>> gravest([3, 1, 4, 0])
    4
    """
    return min(codes, key=_GRAVEST_FIRST.index, default=EXIT_PROVED)


class WnproofError(ValueError):
    """A mistake in what was handed to wnproof.

    Args:
        code: one of the stable codes, such as ``E-SHAPE``.
        what: what was found and what was wanted, in one line.
        help: the next step, in one line; empty when ``what`` already says it.
        where: ``file:line`` of the culprit, when there is a file.

    >>> raise WnproofError("E-SHAPE", "X is 5x3, y has 4", help="give one label per row of X")
    Traceback (most recent call last):
    ...
    wnproof.errors.WnproofError: [E-SHAPE] X is 5x3, y has 4; give one label per row of X
    """

    def __init__(self, code: str, what: str, *, help: str = "", where: str = "") -> None:
        super().__init__(f"[{code}] {what}" + (f"; {help}" if help else ""))
        self.code, self.what, self.help, self.where = code, what, help, where

    def __reduce__(self) -> tuple[Any, ...]:
        """So that it passes from one process to another."""
        return _passed, (type(self), self.args, vars(self))

    @property
    def exit_code(self) -> int:
        """The process exit code of this error (pitfalls of the input, not of the mathematics)."""
        if self.code.startswith("E-CERT"):
            return EXIT_BAD_CERTIFICATE
        return _EXIT_OF_CODE.get(self.code, EXIT_BAD_INPUT)


def _passed(kind: type[WnproofError], words: tuple[str, ...], entries: dict[str, Any]) -> WnproofError:
    error = kind.__new__(kind, *words)
    vars(error).update(entries)
    return error


class NotHomogeneous(WnproofError):  # noqa: N818 - says what is wrong
    """The network has no joint degree of homogeneity, so there is no sphere to project its correlation function to."""

    def __init__(self, what: str, *, help: str) -> None:
        super().__init__("E-NOTHOMOGENEOUS", what, help=help)
